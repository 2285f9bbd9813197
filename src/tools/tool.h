/* bacnet-ups, the person's tool: what its subcommands share.
 *
 * A subcommand is a function of a struct tool, which holds the command line, where to print and how wide.  It prints what was asked for
 * on `out` and complaints on `err`, and gives the exit status.  One thread, no state beyond the struct. */
#ifndef TOOLS_TOOL_H
#define TOOLS_TOOL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

enum {                           /* exit status; bacnet-ups(1) */
	TOOL_OK = 0,
	TOOL_FAILED = 1,
	TOOL_USAGE = 2,
	TOOL_BAD_CONFIG = 78,    /* EX_CONFIG of sysexits.h, as bacnet-upsd */
};

struct tool {
	FILE *out, *err;
	int width;                   /* of the terminal; 0: a file or a pipe, nothing is cut */
	bool colour;
	const char *command;         /* name of the subcommand */
	char **args;                 /* behind the subcommand */
	int count;
	/* options; NULL or 0: not given */
	bool json;
	const char *control, *config, *state_dir, *families, *ups, *map, *family, *output, *interface, *address;
	int port, timeout_ms, retries, updates;
};

typedef int tool_fn(struct tool *);

int tool_status(struct tool *);
int tool_objects(struct tool *);
int tool_watch(struct tool *);
int tool_read(struct tool *);
int tool_check(struct tool *);
int tool_families(struct tool *);
int tool_export(struct tool *);

/* "bacnet-ups COMMAND: text" on err; returns `status`. */
int tool_fail(const struct tool *, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Prints JSON, indented, with an end of line. */
void tool_print_json(const struct tool *, const json_t *);

/* Colours, empty when there are none. */
enum tool_colour { PLAIN, BOLD, DIM, RED, GREEN, YELLOW };
const char *tool_colour(const struct tool *, enum tool_colour);

/* "12 s", "3 min", "2 h 5 min", "4 d 1 h". */
const char *tool_duration(double seconds, char *buffer, size_t size);

/* The directory of family maps: --families, or what the configuration says, or the default.  Never NULL. */
const char *tool_family_directory(struct tool *, char *buffer, size_t size);

#endif
