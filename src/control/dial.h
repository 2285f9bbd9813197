/* A client of the control socket on a loop, for programs that serve others meanwhile: any number of requests at a time, updates as they
 * come, nothing blocks.  Belongs to its loop's thread.
 *
 * The connection ends once, with `ended`: the server is not there, has closed it, or says what no server says.  Requests that are open
 * then are answered with that reason first.  Whoever wants to try again dials again. */
#ifndef CONTROL_DIAL_H
#define CONTROL_DIAL_H

#include <jansson.h>

#include "base/err.h"
#include "ev/ev.h"

enum { DIAL_ASKED_MAX = 64, DIAL_OUT_MAX = 1024 * 1024 };

struct dial;

struct dial_conf {
	const char *path;                        /* copied */
	void *ctx;
	void (*update)(void *ctx, json_t *params);           /* borrowed; may be NULL */
	void (*ended)(void *ctx, const char *why);           /* dial_close() is due, now or later */
};

/* The result, borrowed; NULL: it failed, and `why` says so. */
typedef void dial_answer_fn(void *ctx, json_t *result, const char *why);

/* NULL with *why: nobody listens there, no memory. */
struct dial *dial_open(struct ev_loop *, const struct dial_conf *, struct err_at *why);
void dial_close(struct dial *);              /* calls nobody; NULL is fine */

/* Takes `params` (NULL: none).  False: DIAL_ASKED_MAX are open, the server does not read, or the connection has ended; `answer` is not
 * called then. */
bool dial_ask(struct dial *, const char *method, json_t *params, dial_answer_fn *answer, void *ctx);

#endif
