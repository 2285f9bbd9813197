/* The control socket: JSON-RPC 2.0 over a Unix stream socket, one message a line (docs/control.md).
 *
 * Belongs to its loop's thread.  The file has mode 0660, so whoever may talk is the group's business.  A socket file that nobody
 * listens on is replaced, one that somebody listens on is a reason not to start; the file is removed at the end when it is still ours.
 * Everything is bounded: clients, the length of a line, what waits to be sent, and the work of all clients together: one request a turn
 * of the loop, from one client after the other, within a budget (share.h).  A client that does not read is served no further, and a
 * watcher that falls behind is told so and dropped; nobody slows the loop down.
 *
 * Whoever may open the socket may look.  Root, the user of the process and the members of one group, when it
 * is set, may do everything (right.h). */
#ifndef CONTROL_SERVER_H
#define CONTROL_SERVER_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/log.h"
#include "control/rpc.h"
#include "ev/ev.h"

enum {
	CONTROL_CLIENTS_MAX = 16,
	CONTROL_OUT_MAX = 1024 * 1024,       /* octets that wait for one client */
	CONTROL_OUT_BUSY = 64 * 1024,        /* no further request is taken from a client that has as much as this to read */
	CONTROL_LINGER_MS = 2000,            /* for a client that is dropped to read why */
};

struct control_counters {
	uint64_t accepted, refused;          /* clients; refused: too many at a time */
	uint64_t requests, failures;         /* failures: answered with an error */
	uint64_t dropped;                    /* too slow, or a line too long */
};

struct control;

/* `methods` and `ctx` are the owner's and outlive it.  NULL with *why, which names what to do about it. */
struct control *control_open(struct ev_loop *, const char *path, const struct rpc_method *methods, void *ctx, const struct log *,
	struct err_at *why);
/* Counts for who opens the socket from now on; (gid_t)-1: no group. */
void control_set_admin_group(struct control *, gid_t);
void control_close(struct control *);

/* The answer of a method that is answered later: `result` (borrowed), or NULL and the error.  Due once for each call; a client that is
 * gone by then is not missed. */
void call_answer(struct call *, json_t *result, const struct rpc_error *error);

/* The notification `update` to everybody who called a method that subscribes to this topic; `params` is borrowed. */
void control_publish(struct control *, enum rpc_topic, json_t *params);
int control_watchers(const struct control *, enum rpc_topic);       /* 0: nobody, so nothing needs to be built */
int control_clients(const struct control *);
const struct control_counters *control_counters(const struct control *);

#endif
