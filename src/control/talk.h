/* What a client of the control socket says and hears, without any I/O: requests become lines, lines become answers, updates or the
 * server's farewell.  The blocking client (client.h) and the one on a loop (dial.h) move the octets. */
#ifndef CONTROL_TALK_H
#define CONTROL_TALK_H

#include <jansson.h>

#include "base/err.h"
#include "control/frame.h"

enum { TALK_LINE_MAX = 4 * 1024 * 1024 };    /* of what the server may say in one */

struct talk {
	json_int_t id;                       /* of the last request */
	struct frame_in in;
};

enum talk_kind {
	TALK_NOTHING,                        /* no whole line has come */
	TALK_RESULT,                         /* `value` is the result of request `id` */
	TALK_ERROR,                          /* `text` says why request `id` failed; id 0: it could not even be read */
	TALK_UPDATE,                         /* `value` are the params */
	TALK_CLOSED,                         /* the server lets us go: `text` */
	TALK_BROKEN,                         /* not what a server says: `text` */
};

struct talk_heard {
	enum talk_kind kind;
	json_int_t id;
	json_t *value;                       /* a new reference, or NULL */
	char text[240];
};

/* The line of a request, with its end; free() it.  Takes `params`; NULL: none.  NULL: no memory, or params that are no JSON. */
char *talk_request(struct talk *, const char *method, json_t *params);

/* The next thing that the octets in `in` say. */
struct talk_heard talk_hear(struct talk *);
void talk_free(struct talk *);

#endif
