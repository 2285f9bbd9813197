/* bacnet-ups, the person's tool: what its subcommands share.
 *
 * A subcommand is a function of a struct tool, which holds the command line, where to print and how wide, and how the world is reached
 * (`outside`: the daemon, the clocks), so that tests hand in their own.  It prints what was asked for on `out` and complaints on `err`,
 * and gives the exit status.  One thread, no state beyond the struct. */
#ifndef TOOLS_TOOL_H
#define TOOLS_TOOL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

#define TOOL_CONFIG    "/etc/bacnet-ups/bacnet-ups.conf"
#define TOOL_STATE_DIR "/var/lib/bacnet-ups"
#define TOOL_PASSWORDS "passwords"   /* in the state directory */

enum {                           /* exit status; bacnet-ups(1) */
	TOOL_OK = 0,
	TOOL_FAILED = 1,
	TOOL_USAGE = 2,
	TOOL_NO_VALUE = 3,       /* get, read: a value is there that nobody vouches for, or none */
	TOOL_BAD_CONFIG = 78,    /* EX_CONFIG of sysexits.h, as bacnet-upsd */
	TOOL_TIME_OVER = 124,    /* wait: as timeout(1) */
	TOOL_INTERRUPTED = 130,  /* read: by SIGINT, as a shell says it */
};

enum tool_format { FORMAT_TEXT, FORMAT_KV, FORMAT_CSV, FORMAT_JSON };

struct outside;

struct tool {
	FILE *in, *out, *err;
	const struct outside *outside;
	int width;                   /* of the terminal; 0: a file or a pipe, nothing is cut */
	bool colour;
	const char *command;         /* name of the subcommand */
	char **args;                 /* behind the subcommand */
	int count;
	/* options; NULL or 0: not given */
	enum tool_format format;
	bool json, all, running, watch, cov, confirmed, cold, help, version;
	const char *control, *config, *state_dir, *families, *ups, *map, *family, *system, *output, *interface, *address;
	int port, timeout_ms, retries, updates, ack, lifetime;
};

typedef int tool_fn(struct tool *);

int tool_status(struct tool *);
int tool_objects(struct tool *);
int tool_get(struct tool *);
int tool_watch(struct tool *);
int tool_health(struct tool *);
int tool_subscriptions(struct tool *);
int tool_alarms(struct tool *);
int tool_password(struct tool *);
int tool_restart(struct tool *);
int tool_wait(struct tool *);
int tool_read(struct tool *);
int tool_check(struct tool *);
int tool_families(struct tool *);
int tool_export(struct tool *);

/* "bacnet-ups COMMAND: text" on err; returns `status`.  Control characters in the text do not get through. */
int tool_fail(const struct tool *, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Colours, empty when there are none. */
enum tool_colour { PLAIN, BOLD, DIM, RED, GREEN, YELLOW };
const char *tool_colour(const struct tool *, enum tool_colour);

/* "12 s", "3 min", "2 h 5 min", "4 d 1 h". */
const char *tool_duration(double seconds, char *buffer, size_t size);

/* "12:34:56.789", local, for people; for programs "2026-11-26T11:34:56.789Z". */
const char *tool_time(const struct tool *, int64_t wall_ms, char *buffer, size_t size);

/* The directory of family maps: --families, or what the configuration says, or the default.  Never NULL. */
const char *tool_family_directory(struct tool *, char *buffer, size_t size);

/* Members of a JSON object; never NULL: "" and 0 where there is none. */
const char *text_of(const json_t *, const char *key);
double number_of(const json_t *, const char *key);
long long integer_of(const json_t *, const char *key);
bool flag_of(const json_t *, const char *key);

#endif
