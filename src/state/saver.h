/* Replaces one file in the background: fsync may take a second on an SD card, and the packet path must not wait for it.
 *
 * saver_touch() may be called as often as something changes.  One replacement runs at a time; between the end of one and the beginning of
 * the next there are at least SAVER_PAUSE_MS, whatever is touched, and SAVER_RETRY_MS after one that failed.  Belongs to the loop's
 * thread; only the blocking write runs on a thread of the pool, with a text of its own. */
#ifndef STATE_SAVER_H
#define STATE_SAVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/log.h"
#include "ev/ev.h"

enum { SAVER_PAUSE_MS = 250, SAVER_RETRY_MS = 10000 };

/* As file_replace() of base/file.h; blocks. */
typedef bool saver_replace_fn(const char *path, const char *text, size_t length, struct err_at *why);

struct saver_conf {
	const struct log *log;
	const char *path;                        /* borrowed */
	size_t max;                              /* octets that can be read again: a longer text is not written; 0: any */
	saver_replace_fn *replace;
	char *(*serialise)(void *ctx, size_t *length);   /* the whole text, freed with free(); NULL: no memory */
	void (*done)(void *ctx, bool ok);        /* after each attempt, on the loop */
	void *ctx;
};

struct saver {
	struct saver_conf conf;
	struct ev_loop *loop;
	struct ev_timer timer;
	struct mono not_before;                  /* the next attempt */
	uint64_t touched, writing, saved;        /* how many touches there were; that the running attempt has; that are on disk */
	bool running, closing, failed;           /* failed: the last attempt did */
	bool ok;                                 /* of the running attempt, with `why`: what the thread of the pool found */
	struct err_at why;
	char *text;
	size_t length;
};

void saver_init(struct saver *, struct ev_loop *, const struct saver_conf *);

/* Something has changed.  The number of this change, for saver_saved(). */
uint64_t saver_touch(struct saver *);
bool saver_saved(const struct saver *, uint64_t change);     /* it is on disk */
bool saver_failed(const struct saver *);                     /* the last attempt did: what is touched may be lost */

/* The end has two steps, with ev_loop_free between them, which waits for an attempt that is running: close stops the timer and begins
 * nothing new; finish then writes, on this thread, what has not been written yet.  False: that failed; the reason is logged. */
void saver_close(struct saver *);
bool saver_finish(struct saver *);

#endif
