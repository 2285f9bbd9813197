/* Of libuv the loop, the polling, signals, the wake-up descriptor and the worker are used; timers stand in our own heap (heap.h) and
 * one uv_timer, armed just before each wait, covers the earliest.  So a virtual loop is the heap without libuv, starting a timer costs
 * no call into libuv, and nothing turns the loop while nothing is due. */
#include "ev/ev.h"

#include <assert.h>
#include <stdlib.h>
#include <uv.h>

#include "ev/heap.h"

/* What one turn of the loop has found out; apart from the loop, so that ev_now can take a const loop. */
struct turn {
	struct mono now;
	bool known;              /* the clock has been read in this turn */
};

struct ev_loop {
	struct turn *turn;
	struct ev_timer *timers;         /* root of the heap */
	uint64_t order;
	bool is_virtual, stopped;
	struct ev_async *asyncs;         /* virtual only */
	struct turn turn_storage;
	uv_loop_t uv;
	uv_timer_t alarm;
	uv_prepare_t prepare;
	int64_t armed_ms;                /* of the loop's clock; 0 = not armed */
};

/* ---- the loop ---- */

struct mono ev_now(const struct ev_loop *l)
{
	struct turn *turn = l->turn;
	if (!turn->known) {
		turn->now = mono_now();
		turn->known = true;
	}
	return turn->now;
}

struct mono ev_clock(const struct ev_loop *l)
{
	return l->is_virtual ? ev_now(l) : mono_now();
}

/* Fires what was due and started before this call; a timer started by one of them waits for the next turn. */
static void fire_due(struct ev_loop *l)
{
	struct mono now = ev_now(l);
	uint64_t end = l->order;
	for (struct ev_timer *t = l->timers; t && t->due.ns <= now.ns && t->order < end; t = l->timers) {
		ev_cancel(t);
		t->fn(t);
	}
}

static void alarm_rings(uv_timer_t *alarm)
{
	struct ev_loop *l = alarm->data;
	l->armed_ms = 0;
	fire_due(l);
}

/* The last step before the loop sleeps.  libuv's clock is the same one, cut to milliseconds: waiting for the first millisecond
 * that is not before `due` makes a timer never early, and never rings twice for one.  What is due already does not sleep at all. */
static void before_wait(uv_prepare_t *prepare)
{
	struct ev_loop *l = prepare->data;
	const struct ev_timer *first = l->timers;
	int64_t now = (int64_t)uv_now(&l->uv), want = 0;
	if (first)
		want = l->turn->known && first->due.ns <= l->turn->now.ns ? now : (first->due.ns + 999999) / 1000000;
	l->turn->known = false;
	if (want == l->armed_ms)
		return;
	l->armed_ms = want;
	if (want == 0)
		uv_timer_stop(&l->alarm);
	else
		uv_timer_start(&l->alarm, alarm_rings, want > now ? (uint64_t)(want - now) : 0, 0);
}

struct ev_loop *ev_loop_make(void)
{
	struct ev_loop *l = calloc(1, sizeof *l);
	if (!l)
		return NULL;
	setenv("UV_THREADPOOL_SIZE", "1", 0);   /* ev_work: one thread is enough, and costs memory only when it is used */
	if (uv_loop_init(&l->uv) != 0) {
		free(l);
		return NULL;
	}
	l->turn = &l->turn_storage;
	uv_timer_init(&l->uv, &l->alarm);
	uv_prepare_init(&l->uv, &l->prepare);
	l->alarm.data = l->prepare.data = l;
	uv_prepare_start(&l->prepare, before_wait);
	return l;
}

struct ev_loop *ev_loop_make_virtual(struct mono start)
{
	struct ev_loop *l = calloc(1, sizeof *l);
	if (!l)
		return NULL;
	l->turn = &l->turn_storage;
	l->turn->now = start;
	l->turn->known = true;
	l->is_virtual = true;
	return l;
}

static void assert_closing(uv_handle_t *h, void *ctx)
{
	assert(uv_is_closing(h) && "watchers are stopped before their loop goes");
	(void)h, (void)ctx;
}

void ev_loop_free(struct ev_loop *l)
{
	if (!l)
		return;
	assert(!l->timers && "timers are stopped before their loop goes");
	if (!l->is_virtual) {
		uv_close((uv_handle_t *)&l->alarm, NULL);
		uv_close((uv_handle_t *)&l->prepare, NULL);
		uv_walk(&l->uv, assert_closing, NULL);
		while (uv_run(&l->uv, UV_RUN_DEFAULT))  /* the close callbacks, and work that has begun */
			;
		uv_loop_close(&l->uv);
	}
	free(l);
}

static void async_run_pending(struct ev_loop *l);

/* Virtual: lets the time pass until `end`. */
static void advance_to(struct ev_loop *l, struct mono end)
{
	async_run_pending(l);
	while (l->timers && l->timers->due.ns <= end.ns) {
		if (l->timers->due.ns > l->turn->now.ns)
			l->turn->now = l->timers->due;
		fire_due(l);
		async_run_pending(l);
	}
	l->turn->now = end;
}

void ev_run(struct ev_loop *l)
{
	if (!l->is_virtual) {
		uv_run(&l->uv, UV_RUN_DEFAULT);
		return;
	}
	while (!l->stopped && l->timers)
		advance_to(l, l->timers->due.ns > l->turn->now.ns ? l->timers->due : l->turn->now);
	l->stopped = false;
}

void ev_stop(struct ev_loop *l)
{
	if (l->is_virtual)
		l->stopped = true;
	else
		uv_stop(&l->uv);
}

void ev_advance(struct ev_loop *l, int64_t ms)
{
	assert(l->is_virtual);
	advance_to(l, mono_add_ms(l->turn->now, ms));
}

/* ---- timers ---- */

void ev_timer_init(struct ev_timer *t, void (*fn)(struct ev_timer *))
{
	*t = (struct ev_timer){ .fn = fn };
}

void ev_after(struct ev_loop *l, struct ev_timer *t, int64_t ms)
{
	ev_cancel(t);
	t->due = mono_add_ms(ev_now(l), ms > 0 ? ms : 0);
	t->order = l->order++;
	t->loop = l;
	l->timers = ev_heap_insert(l->timers, t);
}

void ev_cancel(struct ev_timer *t)
{
	if (!t->loop)
		return;
	t->loop->timers = ev_heap_remove(t->loop->timers, t);
	t->loop = NULL;
}

bool ev_pending(const struct ev_timer *t)
{
	return t->loop != NULL;
}

/* ---- descriptors ---- */

struct ev_io {
	uv_poll_t poll;
	struct ev_loop *loop;
	void (*fn)(void *ctx, int events);
	void *ctx;
	int events;
};

static_assert((int)EV_READ == (int)UV_READABLE && (int)EV_WRITE == (int)UV_WRITABLE, "the same bits as libuv");

static void free_handle(uv_handle_t *h)
{
	free(h->data);
}

static void io_ready(uv_poll_t *poll, int status, int events)
{
	struct ev_io *io = poll->data;
	if (status < 0) {                               /* libuv has stopped watching; the owner's next call will name the error */
		uv_poll_start(poll, io->events, io_ready);
		events = EV_READ | EV_WRITE;
	}
	io->fn(io->ctx, events);
}

struct ev_io *ev_io_start(struct ev_loop *l, int fd, int events, void (*fn)(void *, int), void *ctx)
{
	struct ev_io *io = calloc(1, sizeof *io);
	if (!io)
		return NULL;
	*io = (struct ev_io){ .loop = l, .fn = fn, .ctx = ctx, .events = events };
	if (l->is_virtual)
		return io;
	if (uv_poll_init(&l->uv, &io->poll, fd) != 0) {
		free(io);
		return NULL;
	}
	io->poll.data = io;
	if (uv_poll_start(&io->poll, events, io_ready) != 0) {
		uv_close((uv_handle_t *)&io->poll, free_handle);
		return NULL;
	}
	return io;
}

void ev_io_events(struct ev_io *io, int events)
{
	if (io->events == events)
		return;
	io->events = events;
	if (!io->loop->is_virtual)
		uv_poll_start(&io->poll, events, io_ready);      /* with no events this stops it */
}

void ev_io_stop(struct ev_io *io)
{
	if (!io)
		return;
	if (io->loop->is_virtual)
		free(io);
	else
		uv_close((uv_handle_t *)&io->poll, free_handle);
}

/* ---- signals ---- */

struct ev_signal {
	uv_signal_t signal;
	struct ev_loop *loop;
	void (*fn)(void *ctx, int signo);
	void *ctx;
};

static void signal_came(uv_signal_t *signal, int signo)
{
	struct ev_signal *s = signal->data;
	s->fn(s->ctx, signo);
}

struct ev_signal *ev_signal_start(struct ev_loop *l, int signo, void (*fn)(void *, int), void *ctx)
{
	struct ev_signal *s = calloc(1, sizeof *s);
	if (!s)
		return NULL;
	*s = (struct ev_signal){ .loop = l, .fn = fn, .ctx = ctx };
	if (l->is_virtual)
		return s;
	if (uv_signal_init(&l->uv, &s->signal) != 0) {
		free(s);
		return NULL;
	}
	s->signal.data = s;
	if (uv_signal_start(&s->signal, signal_came, signo) != 0) {
		uv_close((uv_handle_t *)&s->signal, free_handle);
		return NULL;
	}
	return s;
}

void ev_signal_stop(struct ev_signal *s)
{
	if (!s)
		return;
	if (s->loop->is_virtual)
		free(s);
	else
		uv_close((uv_handle_t *)&s->signal, free_handle);
}

/* ---- other threads ---- */

struct ev_async {
	uv_async_t async;
	struct ev_loop *loop;
	void (*fn)(void *ctx);
	void *ctx;
	struct ev_async *next;           /* virtual only */
	bool pending;                    /* virtual only */
};

static void async_came(uv_async_t *async)
{
	struct ev_async *a = async->data;
	a->fn(a->ctx);
}

struct ev_async *ev_async_start(struct ev_loop *l, void (*fn)(void *), void *ctx)
{
	struct ev_async *a = calloc(1, sizeof *a);
	if (!a)
		return NULL;
	*a = (struct ev_async){ .loop = l, .fn = fn, .ctx = ctx };
	if (l->is_virtual) {
		a->next = l->asyncs;
		l->asyncs = a;
		return a;
	}
	if (uv_async_init(&l->uv, &a->async, async_came) != 0) {
		free(a);
		return NULL;
	}
	a->async.data = a;
	return a;
}

void ev_wake(struct ev_async *a)
{
	if (a->loop->is_virtual)
		__atomic_store_n(&a->pending, true, __ATOMIC_RELEASE);
	else
		uv_async_send(&a->async);
}

static void async_run_pending(struct ev_loop *l)
{
	for (struct ev_async *a = l->asyncs, *next; a; a = next) {
		next = a->next;
		if (__atomic_exchange_n(&a->pending, false, __ATOMIC_ACQ_REL))
			a->fn(a->ctx);
	}
}

void ev_async_stop(struct ev_async *a)
{
	if (!a)
		return;
	if (!a->loop->is_virtual) {
		uv_close((uv_handle_t *)&a->async, free_handle);
		return;
	}
	struct ev_async **at = &a->loop->asyncs;
	while (*at != a)
		at = &(*at)->next;
	*at = a->next;
	free(a);
}

/* ---- work ---- */

struct job {
	uv_work_t work;
	void (*run)(void *ctx);
	void (*done)(void *ctx);
	void *ctx;
};

static void job_run(uv_work_t *work)
{
	struct job *j = work->data;
	j->run(j->ctx);
}

static void job_done(uv_work_t *work, int status)
{
	struct job *j = work->data;
	(void)status;                    /* nobody cancels */
	void (*done)(void *) = j->done;
	void *ctx = j->ctx;
	free(j);
	done(ctx);
}

bool ev_work(struct ev_loop *l, void (*work)(void *), void (*done)(void *), void *ctx)
{
	if (l->is_virtual) {
		work(ctx);
		done(ctx);
		return true;
	}
	struct job *j = calloc(1, sizeof *j);
	if (!j)
		return false;
	*j = (struct job){ .run = work, .done = done, .ctx = ctx };
	j->work.data = j;
	if (uv_queue_work(&l->uv, &j->work, job_run, job_done) != 0) {
		free(j);
		return false;
	}
	return true;
}
