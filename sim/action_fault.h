/* The order `fault`: KIND [ARGUMENT] [at ADDRESS] [every N] [for TIME], KIND off, none.  For the table of action.c. */
#ifndef SIM_ACTION_FAULT_H
#define SIM_ACTION_FAULT_H

#include "sim/action.h"

bool action_fault(struct action *, char **word, int words, char *why, size_t size);

#endif
