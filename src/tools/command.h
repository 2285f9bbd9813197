/* The command line of bacnet-ups: one row an option, one row a subcommand; everything but the terminal. */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

#include "tools/tool.h"

/* Runs what the arguments say, argv[0] being the program; the exit status.  *t has where to print, how, and what is outside; the rest
 * of it is filled in here. */
int command_run(struct tool *t, int argc, char **argv);

#endif
