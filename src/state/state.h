/* The state directory: kept.json in it, read at the start and replaced whenever something changes, and the lock that keeps a second
 * daemon away.
 *
 * A document that cannot be read, or in which something cannot be true, is no reason not to start: it is put aside beside itself under a
 * name that `problem` tells, and what can be read of it is taken.  One owner, one thread (the loop's); the disk is written by the saver. */
#ifndef STATE_STATE_H
#define STATE_STATE_H

#include "state/kept.h"
#include "state/saver.h"

struct state {
	char *directory, *path;                  /* of the directory and of kept.json in it */
	const struct log *log;
	struct kept *kept;
	struct saver saver;
	int lock;                                /* a descriptor of the directory; -1: not locked */
	bool fresh;                              /* there was no kept.json */
	char problem[400];                       /* what somebody should know about how it was read; empty: nothing */
	void *ctx;
	void (*saved)(void *ctx, bool ok);       /* after each attempt to replace the file */
};

/* Takes the directory (made when it is not there) and reads kept.json, or what an older version kept (takeover.h).  False with *why:
 * another process has the directory, the path is too long, no memory; state_close() is due then too.  A directory that cannot be made
 * or locked is taken without: saving will fail and say so. */
bool state_open(struct state *, const char *directory, const struct log *, struct err_at *why);

/* The same for somebody who only wants to see: no lock, and nothing on the disk is touched. */
bool state_look(struct state *, const char *directory, const struct log *, struct err_at *why);

/* From now on state_touch() saves. */
void state_start(struct state *, struct ev_loop *, saver_replace_fn *replace, void (*saved)(void *ctx, bool ok), void *ctx);
uint64_t state_touch(struct state *);                /* something in `kept` has changed; see saver_touch() */

void state_stop(struct state *);                     /* before ev_loop_free */
void state_close(struct state *);                    /* after it: what is not on disk yet is written; frees all but the struct */

#endif
