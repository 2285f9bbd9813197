/* How the tool reaches what is outside of it: the daemon's control socket, and the clocks.
 *
 * The functions are handed in (struct tool's `outside`), so that a command's tests need no socket and no time.  outside_real is the
 * world as it is. */
#ifndef TOOLS_DAEMON_H
#define TOOLS_DAEMON_H

#include "tools/tool.h"

struct outside {
	void *ctx;
	/* A connection; NULL with *why. */
	void *(*open)(void *ctx, const char *path, int timeout_ms, struct err_at *why);
	/* A new reference; params are taken.  NULL with *why: no answer, or the daemon's error in its words. */
	json_t *(*call)(void *connection, const char *method, json_t *params, struct err_at *why);
	/* The next update; timeout_ms < 0 waits for ever.  NULL with *why; an empty why->text: nothing came in time. */
	json_t *(*update)(void *connection, int timeout_ms, struct err_at *why);
	void (*close)(void *connection);
	int64_t (*now_ms)(void *ctx);                /* of a clock that only goes forward */
	int64_t (*wall_ms)(void *ctx);               /* since 1970, UTC */
	void (*sleep_ms)(void *ctx, int ms);
};
extern const struct outside outside_real;

/* The path of the socket: --control, or what the configuration says, or the default.  NULL: the configuration that was asked for
 * cannot be read, which has been said. */
const char *daemon_path(const struct tool *, char *buffer, size_t size);

/* A connection; NULL with the complaint, and what mends it, printed.  *status is what the command ends with. */
void *daemon_open(const struct tool *, int *status);

/* One call on a connection of its own.  NULL with a complaint printed. */
json_t *daemon_call(const struct tool *, const char *method, json_t *params, int *status);

/* Why nobody can be reached at this path, and what to do about it, for a person who has only just installed this.  Looks at the file. */
const char *daemon_mend(const char *path, char *buffer, size_t size);

#endif
