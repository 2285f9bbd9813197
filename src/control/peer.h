/* One client of the server: its socket, the lines that wait to be answered, the octets that wait to be sent.  For the files of this room
 * only.  It decides nothing about when a line is answered: server.c does, for all clients together. */
#ifndef CONTROL_PEER_H
#define CONTROL_PEER_H

#include <jansson.h>

#include "control/frame.h"
#include "control/rpc.h"
#include "ev/ev.h"

/* What the owner of the clients does for each: a line has come; one was dropped, for this reason. */
struct peer_owner {
	struct ev_loop *loop;
	void (*line_waits)(struct peer_owner *);
	void (*dropped)(struct peer_owner *, const char *reason);
};

/* A request whose answer comes later.  Zero: none is open. */
struct call {
	json_t *id;                      /* NULL: a notification, which gets no answer */
	bool open, orphan;               /* orphan: its client is gone */
};

struct peer {
	struct peer_owner *owner;
	int fd;                          /* -1: the place is free */
	struct ev_io *io;
	struct ev_timer linger;
	struct frame_in in;
	struct frame_out out;
	struct call call;
	enum rpc_right right;
	unsigned watches;                    /* enum rpc_topic */
	bool ending;                     /* sends what is left, takes nothing more */
	bool ended;                      /* the other side has closed its half; what is left in `in` is still answered */
};

void peer_init(struct peer *, struct peer_owner *);
bool peer_start(struct peer *, int fd);    /* takes the descriptor, unless it is false: no memory */
void peer_free(struct peer *);

bool peer_put(struct peer *, const char *line, size_t n);    /* False: too much waits */
void peer_flush(struct peer *);                      /* sends what it can; the peer may be gone afterwards (fd -1) */
bool peer_line_waits(struct peer *);                 /* one that may be answered now */
void peer_drop(struct peer *, const char *reason);   /* says why and lets it go */

#endif
