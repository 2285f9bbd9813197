/* Writes a file of the state directory in the background: fsync may take a second on an SD card, and the packet path must not wait for it.
 *
 * saver_touch() may be called as often as a client writes: one save runs at a time, and what changed meanwhile is in the next one,
 * which begins SAVER_PAUSE_MS after the last.  Belongs to the loop's thread; only the blocking write runs on a thread of the pool,
 * with a text of its own. */
#ifndef DAEMON_SAVER_H
#define DAEMON_SAVER_H

#include <stdbool.h>

#include "base/log.h"
#include "conf/store.h"
#include "ev/ev.h"

enum { SAVER_PAUSE_MS = 250 };

struct saver {
	struct ev_loop *loop;
	const struct log *log;
	char path[512];
	char *(*serialise)(void *ctx, size_t *length);   /* the whole text, freed with free(); NULL: no memory */
	void (*done)(void *ctx, bool ok);        /* after each attempt, on the loop */
	void *ctx;
	struct ev_timer timer;
	bool running, again, closing;
	bool failed;                             /* the last attempt did */
	char *text;                              /* what the running attempt writes */
	size_t length;
	struct err_at why;
	bool ok;
};

void saver_init(struct saver *, struct ev_loop *, const struct log *, const char *path,
	char *(*serialise)(void *ctx, size_t *length), void (*done)(void *ctx, bool ok), void *ctx);
void saver_touch(struct saver *);

/* The end has two steps, with ev_loop_free between them, which waits for a save that is running: close stops the timer and begins
 * nothing new; finish then writes, on this thread, what has not been written yet. */
void saver_close(struct saver *);
void saver_finish(struct saver *);

#endif
