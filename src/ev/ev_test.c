/* Timers on virtual time (order, moving, cancelling, against a plain list), and the same contract on the real loop with
 * descriptors, signals, wake-ups and work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/memory_test.h"
#include "ev/ev.h"

struct trail {
	int n, who[64];
	struct ev_loop *loop;
};

struct probe {
	struct ev_timer timer;
	struct trail *trail;
	int who;
	int64_t again_ms;        /* -1 = not */
	int fired;
	struct probe *cancels;
};

static void probe_fired(struct ev_timer *t)
{
	struct probe *p = OWNER(t, struct probe, timer);
	assert_false(ev_pending(t));
	assert_true(ev_now(p->trail->loop).ns >= t->due.ns);
	if (p->trail->n < 64)
		p->trail->who[p->trail->n++] = p->who;
	p->fired++;
	if (p->cancels)
		ev_cancel(&p->cancels->timer);
	if (p->again_ms >= 0)
		ev_after(p->trail->loop, t, p->again_ms);
}

static struct probe probe_of(struct trail *trail, int who)
{
	struct probe p = { .trail = trail, .who = who, .again_ms = -1 };
	ev_timer_init(&p.timer, probe_fired);
	return p;
}

static void timers_fire_in_order_and_equal_ones_as_started(void **state)
{
	(void)state;
	struct trail trail = { .loop = ev_loop_make_virtual((struct mono){ 1 }) };
	struct probe p[5];
	static const int64_t after[5] = { 30, 10, 20, 10, 0 };
	for (int i = 0; i < 5; i++) {
		p[i] = probe_of(&trail, i);
		ev_after(trail.loop, &p[i].timer, after[i]);
	}
	assert_true(ev_pending(&p[0].timer));
	assert_int_equal(trail.n, 0);
	ev_advance(trail.loop, 9);
	assert_int_equal(trail.n, 1);
	ev_advance(trail.loop, 21);
	static const int order[] = { 4, 1, 3, 2, 0 };
	assert_int_equal(trail.n, 5);
	assert_memory_equal(trail.who, order, sizeof order);
	assert_int_equal(ev_now(trail.loop).ns, 1 + 30000000);
	ev_loop_free(trail.loop);
}

static void a_timer_may_be_moved_cancelled_and_started_again(void **state)
{
	(void)state;
	struct trail trail = { .loop = ev_loop_make_virtual((struct mono){ 1 }) };
	struct probe a = probe_of(&trail, 0), b = probe_of(&trail, 1), c = probe_of(&trail, 2);
	ev_cancel(&a.timer);                            /* never started: harmless */
	ev_after(trail.loop, &a.timer, 10);
	ev_after(trail.loop, &a.timer, 50);             /* moved later */
	ev_after(trail.loop, &b.timer, 20);
	ev_after(trail.loop, &c.timer, 20);
	b.cancels = &c;                                 /* due at the same moment, and yet it must not fire */
	b.again_ms = 100;
	ev_advance(trail.loop, 40);
	assert_int_equal(a.fired, 0);
	assert_int_equal(b.fired, 1);
	assert_int_equal(c.fired, 0);
	ev_advance(trail.loop, 960);
	assert_int_equal(a.fired, 1);
	assert_int_equal(b.fired, 10);                  /* 20, 120, ... 920 */
	ev_cancel(&b.timer);
	ev_advance(trail.loop, 1000);
	assert_int_equal(b.fired, 10);
	ev_loop_free(trail.loop);
}

/* Hundreds of timers, started, moved and cancelled at random, against the plainest thing that could be right. */
static void the_heap_agrees_with_a_list(void **state)
{
	(void)state;
	unsigned seed = (unsigned)time(NULL);
	print_message("seed %u\n", seed);
	srand(seed);
	enum { N = 300 };
	static struct probe p[N];
	int64_t due[N], started[N];
	struct trail trail = { .loop = ev_loop_make_virtual((struct mono){ 1 }) };
	for (int i = 0; i < N; i++) {
		p[i] = probe_of(&trail, i);
		due[i] = -1;
	}
	int64_t now = 0;
	for (int step = 0; step < 20000; step++) {
		int i = rand() % N;
		if (rand() % 3) {
			int64_t ms = 1 + rand() % 60;
			ev_after(trail.loop, &p[i].timer, ms);
			due[i] = now + ms;
			started[i] = step;
		} else {
			ev_cancel(&p[i].timer);
			due[i] = -1;
		}
		if (step % 16)
			continue;
		int64_t ms = rand() % 30;
		int64_t last = now, last_started = -1;
		int expected = 0;
		now += ms;
		for (int k = 0; k < N; k++) {
			expected += due[k] >= 0 && due[k] <= now;
			p[k].fired = 0;
		}
		trail.n = 0;
		ev_advance(trail.loop, ms);
		int fired = 0;
		for (int k = 0; k < N; k++) {
			assert_int_equal(p[k].fired, due[k] >= 0 && due[k] <= now);
			fired += p[k].fired;
		}
		assert_int_equal(fired, expected);
		for (int k = 0; k < trail.n; k++) {
			int who = trail.who[k];
			assert_true(due[who] > last || (due[who] == last && started[who] > last_started));
			last = due[who];
			last_started = started[who];
		}
		for (int k = 0; k < N; k++)
			if (due[k] <= now)
				due[k] = -1;
	}
	for (int i = 0; i < N; i++)
		ev_cancel(&p[i].timer);
	ev_loop_free(trail.loop);
}

static void stop_now(struct ev_timer *t)
{
	struct probe *p = OWNER(t, struct probe, timer);
	p->fired++;
	ev_stop(p->trail->loop);
}

struct spin {
	struct ev_timer timer;
	struct ev_loop *loop;
	int fired, seen;
};

static void spins(struct ev_timer *t)
{
	struct spin *s = OWNER(t, struct spin, timer);
	if (++s->fired < 4)
		ev_after(s->loop, t, 0);
	else
		ev_stop(s->loop);
}

static void seen(void *ctx, int events)
{
	(void)events;
	((struct spin *)ctx)->seen++;           /* reads nothing: it stays readable */
}

/* A timer started with 0 by a timer waits for the next turn, so that it cannot starve the descriptors; and for no longer. */
static void zero_is_the_next_turn(void **state)
{
	(void)state;
	struct spin s = { .loop = ev_loop_make() };
	int fd[2];
	assert_non_null(s.loop);
	assert_int_equal(pipe(fd), 0);
	assert_int_equal(write(fd[1], "x", 1), 1);
	struct ev_io *io = ev_io_start(s.loop, fd[0], EV_READ, seen, &s);
	ev_timer_init(&s.timer, spins);
	ev_after(s.loop, &s.timer, 0);
	ev_run(s.loop);
	assert_int_equal(s.fired, 4);
	assert_in_range(s.seen, 4, 5);          /* once a turn; the turn in which it stops is finished */
	ev_io_stop(io);
	ev_loop_free(s.loop);
	close(fd[0]);
	close(fd[1]);
}

static void a_virtual_loop_runs_until_it_is_stopped_or_empty(void **state)
{
	(void)state;
	struct trail trail = { .loop = ev_loop_make_virtual((struct mono){ 1 }) };
	struct probe tick = probe_of(&trail, 0), stop = probe_of(&trail, 1);
	tick.again_ms = 60000;
	ev_timer_init(&stop.timer, stop_now);
	ev_after(trail.loop, &tick.timer, 0);
	ev_after(trail.loop, &stop.timer, 3600 * 1000 - 1);
	ev_run(trail.loop);
	assert_int_equal(tick.fired, 60);
	tick.again_ms = -1;
	ev_run(trail.loop);
	assert_int_equal(tick.fired, 61);
	ev_loop_free(trail.loop);
}

/* No early firing (probe_fired looks), and at most one sleep of the thread for each timer. */
static void real_timers_are_never_early_and_ring_once(void **state)
{
	(void)state;
	struct trail trail = { .loop = ev_loop_make() };
	struct probe p[8], stop = probe_of(&trail, 9);
	for (int i = 0; i < 8; i++) {
		p[i] = probe_of(&trail, i);
		ev_after(trail.loop, &p[i].timer, 8 - i);
	}
	ev_timer_init(&stop.timer, stop_now);
	ev_after(trail.loop, &stop.timer, 20);
	struct rusage before, after;
	getrusage(RUSAGE_THREAD, &before);
	ev_run(trail.loop);
	getrusage(RUSAGE_THREAD, &after);
	for (int i = 0; i < 8; i++)
		assert_int_equal(p[i].fired, 1);
	assert_true(after.ru_nvcsw - before.ru_nvcsw <= 9 + 1);
	ev_loop_free(trail.loop);
}

struct world {
	struct ev_loop *loop;
	struct ev_io *io;
	struct ev_signal *signal;
	struct ev_async *async;
	int fd[2], reads, writes, wakes, signo, worked, done;
	pthread_t worker;
};

static void readable(void *ctx, int events)
{
	struct world *w = ctx;
	char octets[8];
	if (events & EV_READ && read(w->fd[0], octets, sizeof octets) > 0)
		w->reads++;
	if (events & EV_WRITE) {
		w->writes++;
		ev_io_events(w->io, EV_READ);
		return;
	}
	ev_io_stop(w->io);
	w->io = NULL;
	ev_stop(w->loop);
}

static void descriptors_are_watched_until_they_are_stopped(void **state)
{
	(void)state;
	struct world w = { .loop = ev_loop_make() };
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, w.fd), 0);
	w.io = ev_io_start(w.loop, w.fd[0], EV_READ | EV_WRITE, readable, &w);
	assert_non_null(w.io);
	assert_true(fcntl(w.fd[0], F_GETFL) & O_NONBLOCK);
	struct trail trail = { .loop = w.loop };
	struct probe stop = probe_of(&trail, 0);
	ev_timer_init(&stop.timer, stop_now);
	ev_after(w.loop, &stop.timer, 2);
	ev_run(w.loop);
	assert_int_equal(w.writes, 1);                  /* then EV_READ alone: quiet */
	assert_int_equal(w.reads, 0);
	assert_int_equal(write(w.fd[1], "x", 1), 1);
	ev_run(w.loop);
	assert_int_equal(w.reads, 1);
	close(w.fd[0]);
	close(w.fd[1]);
	ev_loop_free(w.loop);
}

static void hang_up_seen(void *ctx, int events)
{
	struct world *w = ctx;
	assert_true(events & EV_READ);
	char octet;
	assert_int_equal(read(w->fd[0], &octet, 1), 0);
	w->reads++;
	ev_io_stop(w->io);
	ev_stop(w->loop);
}

static void a_hang_up_comes_as_something_to_read(void **state)
{
	(void)state;
	struct world w = { .loop = ev_loop_make() };
	assert_int_equal(pipe(w.fd), 0);
	w.io = ev_io_start(w.loop, w.fd[0], EV_READ, hang_up_seen, &w);
	close(w.fd[1]);
	ev_run(w.loop);
	assert_int_equal(w.reads, 1);
	close(w.fd[0]);
	ev_loop_free(w.loop);
	w.loop = ev_loop_make();
	assert_null(ev_io_start(w.loop, w.fd[0], EV_READ, hang_up_seen, &w));     /* closed: no watcher */
	ev_loop_free(w.loop);
}

static void writable_end_without_a_reader(void *ctx, int events)
{
	struct world *w = ctx;
	assert_true(events & EV_WRITE);
	if (++w->writes < 3)                            /* does nothing about it: it is told again */
		return;
	assert_int_equal(write(w->fd[1], "x", 1), -1);
	ev_io_stop(w->io);
	ev_stop(w->loop);
}

/* poll reports POLLERR, on which libuv ceases to watch: it must not be lost. */
static void an_error_comes_to_the_owner(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	struct world w = { .loop = ev_loop_make() };
	assert_int_equal(pipe(w.fd), 0);
	w.io = ev_io_start(w.loop, w.fd[1], EV_WRITE, writable_end_without_a_reader, &w);
	close(w.fd[0]);
	ev_run(w.loop);
	assert_int_equal(w.writes, 3);
	close(w.fd[1]);
	ev_loop_free(w.loop);
}

static void signal_seen(void *ctx, int signo)
{
	struct world *w = ctx;
	w->signo = signo;
	ev_stop(w->loop);
}

static void signals_arrive_on_the_loop(void **state)
{
	(void)state;
	struct world w = { .loop = ev_loop_make() };
	w.signal = ev_signal_start(w.loop, SIGUSR1, signal_seen, &w);
	assert_non_null(w.signal);
	assert_null(ev_signal_start(w.loop, SIGKILL, signal_seen, &w));
	raise(SIGUSR1);
	assert_int_equal(w.signo, 0);
	ev_run(w.loop);
	assert_int_equal(w.signo, SIGUSR1);
	ev_signal_stop(w.signal);
	ev_loop_free(w.loop);
}

static void woken(void *ctx)
{
	struct world *w = ctx;
	if (++w->wakes == 2)
		ev_stop(w->loop);
	else if (w->worker == 0)
		ev_stop(w->loop);
}

static void *wakes_once(void *ctx)
{
	struct world *w = ctx;
	ev_wake(w->async);
	return NULL;
}

static void wakes_of_other_threads_are_joined(void **state)
{
	(void)state;
	struct world w = { .loop = ev_loop_make() };
	w.async = ev_async_start(w.loop, woken, &w);
	assert_non_null(w.async);
	for (int i = 0; i < 5; i++)
		ev_wake(w.async);
	ev_run(w.loop);
	assert_int_equal(w.wakes, 1);
	assert_int_equal(pthread_create(&w.worker, NULL, wakes_once, &w), 0);
	ev_run(w.loop);
	assert_int_equal(w.wakes, 2);
	pthread_join(w.worker, NULL);
	ev_async_stop(w.async);
	ev_loop_free(w.loop);
}

static void work_on_its_thread(void *ctx)
{
	struct world *w = ctx;
	w->worker = pthread_self();
	w->worked++;
}

static void work_done(void *ctx)
{
	struct world *w = ctx;
	w->done += w->worked;
	ev_stop(w->loop);
}

static void work_runs_elsewhere_and_ends_here(void **state)
{
	(void)state;
	struct world w = { .loop = ev_loop_make() };
	assert_true(ev_work(w.loop, work_on_its_thread, work_done, &w));
	ev_run(w.loop);
	assert_int_equal(w.done, 1);
	assert_false(pthread_equal(w.worker, pthread_self()));
	assert_true(ev_work(w.loop, work_on_its_thread, work_done, &w));
	ev_loop_free(w.loop);                           /* waits for it */
	assert_int_equal(w.done, 3);
}

static void ignored(void *ctx)
{
	(void)ctx;
}

static void ignored_number(void *ctx, int number)
{
	(void)ctx, (void)number;
}

static void what_is_stopped_gives_its_memory_back(void **state)
{
	int fd[2];
	(void)state;
	assert_int_equal(pipe(fd), 0);
	for (int real = 0; real < 2; real++)
		GIVES_BACK(60, {
			struct ev_loop *l = real ? ev_loop_make() : ev_loop_make_virtual((struct mono){ 1 });
			struct ev_io *io = ev_io_start(l, fd[0], EV_READ, ignored_number, NULL);
			struct ev_signal *s = ev_signal_start(l, SIGUSR1, ignored_number, NULL);
			struct ev_async *a = ev_async_start(l, ignored, NULL);
			struct ev_async *b = ev_async_start(l, ignored, NULL);
			assert_true(ev_work(l, ignored, ignored, NULL));
			ev_io_stop(io);
			ev_signal_stop(s);
			ev_async_stop(b);
			ev_async_stop(a);
			ev_loop_free(l);
		});
	ev_io_stop(NULL);
	ev_signal_stop(NULL);
	ev_async_stop(NULL);
	ev_loop_free(NULL);
	close(fd[0]);
	close(fd[1]);
}

static void a_virtual_loop_takes_all_watchers(void **state)
{
	(void)state;
	struct world w = { .loop = ev_loop_make_virtual((struct mono){ 7 }) };
	w.io = ev_io_start(w.loop, -1, EV_READ, readable, &w);
	w.signal = ev_signal_start(w.loop, SIGUSR1, signal_seen, &w);
	w.async = ev_async_start(w.loop, woken, &w);
	assert_true(w.io && w.signal && w.async);
	ev_wake(w.async);
	ev_wake(w.async);
	assert_int_equal(w.wakes, 0);
	ev_advance(w.loop, 0);
	assert_int_equal(w.wakes, 1);
	assert_true(ev_work(w.loop, work_on_its_thread, work_done, &w));
	assert_int_equal(w.done, 1);
	assert_int_equal(ev_now(w.loop).ns, 7);
	ev_io_events(w.io, EV_WRITE);
	ev_io_stop(w.io);
	ev_signal_stop(w.signal);
	ev_async_stop(w.async);
	ev_loop_free(w.loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_fire_in_order_and_equal_ones_as_started),
		cmocka_unit_test(a_timer_may_be_moved_cancelled_and_started_again),
		cmocka_unit_test(the_heap_agrees_with_a_list),
		cmocka_unit_test(zero_is_the_next_turn),
		cmocka_unit_test(a_virtual_loop_runs_until_it_is_stopped_or_empty),
		cmocka_unit_test(real_timers_are_never_early_and_ring_once),
		cmocka_unit_test(descriptors_are_watched_until_they_are_stopped),
		cmocka_unit_test(a_hang_up_comes_as_something_to_read),
		cmocka_unit_test(an_error_comes_to_the_owner),
		cmocka_unit_test(signals_arrive_on_the_loop),
		cmocka_unit_test(wakes_of_other_threads_are_joined),
		cmocka_unit_test(work_runs_elsewhere_and_ends_here),
		cmocka_unit_test(what_is_stopped_gives_its_memory_back),
		cmocka_unit_test(a_virtual_loop_takes_all_watchers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
