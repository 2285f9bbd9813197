/* The event loop: timers, file descriptors, signals, waking from another thread.  libuv behind it, nowhere else.
 *
 * A loop is a value with one owner and one thread; ev_wake() alone may be called from others.  A virtual loop has no clock and no
 * descriptors of its own: ev_advance() moves its time and fires what becomes due, so tests drive hours in microseconds.
 * Timers and watchers live inside their owner and must be stopped before the owner goes.  Starting a timer
 * allocates nothing and cannot fail; starting a watcher can (NULL), and leaves a line about it to its caller. */
#ifndef EV_EV_H
#define EV_EV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mono.h"

#define OWNER(pointer, type, member) ((type *)(void *)((char *)(pointer) - offsetof(type, member)))

struct ev_loop;

struct ev_loop *ev_loop_make(void);                  /* NULL: no memory or no descriptors */
struct ev_loop *ev_loop_make_virtual(struct mono start);
void ev_loop_free(struct ev_loop *);
void ev_run(struct ev_loop *);                       /* until ev_stop; a virtual loop also ends when no timer is left */
void ev_stop(struct ev_loop *);                      /* before ev_run: that one returns at once */
struct mono ev_clock(const struct ev_loop *);        /* the clock itself, for who must know how long something took */
struct mono ev_now(const struct ev_loop *);          /* time of this turn of the loop: one clock reading a turn */
void ev_advance(struct ev_loop *, int64_t ms);       /* virtual loops only: fires every timer that is due on the way, in order */

/* ---- timers ---- */

struct ev_timer {
	void (*fn)(struct ev_timer *);
	struct mono due;
	struct ev_loop *loop;                        /* NULL = not running; this and the rest is ev's own */
	uint64_t order;
	struct ev_timer *child, *next, *prev;
};

/* One shot after `ms` (0 = next turn), never early; two that are due together fire in the order in which they were started.
 * Starting a running timer moves it.  fn is kept from ev_timer_init.  In fn the timer is not running and may be started again. */
void ev_timer_init(struct ev_timer *, void (*fn)(struct ev_timer *));
void ev_after(struct ev_loop *, struct ev_timer *, int64_t ms);
void ev_cancel(struct ev_timer *);                   /* harmless when it is not running */
bool ev_pending(const struct ev_timer *);

/* ---- descriptors ---- */

enum { EV_READ = 1, EV_WRITE = 2 };

struct ev_io;
/* Level-triggered.  The descriptor becomes non-blocking, stays the caller's and must stay open until ev_io_stop.  An error or a
 * hang-up comes as EV_READ | EV_WRITE, so that the call that follows names it.  On a virtual loop nothing ever comes. */
struct ev_io *ev_io_start(struct ev_loop *, int fd, int events, void (*fn)(void *ctx, int events), void *ctx);
void ev_io_events(struct ev_io *, int events);
void ev_io_stop(struct ev_io *);

/* ---- signals, other threads, work ---- */

struct ev_signal;
struct ev_signal *ev_signal_start(struct ev_loop *, int signo, void (*fn)(void *ctx, int signo), void *ctx);
void ev_signal_stop(struct ev_signal *);

struct ev_async;
struct ev_async *ev_async_start(struct ev_loop *, void (*fn)(void *ctx), void *ctx);
void ev_wake(struct ev_async *);                     /* any thread; several wakes before the loop turns make one call */
void ev_async_stop(struct ev_async *);

/* Runs `work` on the one worker thread, then `done` on the loop.  For what blocks: fsync.  On a virtual loop both run at once.
 * false: no memory, neither runs.  ev_loop_free waits for what has begun. */
bool ev_work(struct ev_loop *, void (*work)(void *ctx), void (*done)(void *ctx), void *ctx);

#endif
