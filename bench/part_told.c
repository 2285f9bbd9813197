/* Subscribers of changes of value: how soon all of them are told, whether none misses a change, and what a thousand subscriptions cost
 * those who read.  The values change because a client writes them (writable = test, Out_Of_Service), so that the moment is known. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bench/frames.h"
#include "bench/hearers.h"
#include "bench/stats.h"

enum {
	CHANGES = 400, RANDOM_CHANGES = 400, EACH = 10, ROUNDS = 41, SLICE_MS = 400, READ_ROUNDS = 7,
	PACE_US = 10500,                     /* between two changes of one value: a subscription is told 100 a second at most */
	NOTIFICATION = 50,                   /* octets of one of these notifications, for the bare fan */
	OUT_OF_SERVICE = 81, PRESENT_VALUE = 85,
};

struct setting {
	struct gateway g;
	struct process fan;
	struct hearers ours, bare;
	int writer;
	uint8_t invoke;
	uint32_t object[FRAME_OBJECTS_MAX];
	size_t analog;
};

static bool is_any(void *ctx, unsigned hearer, const uint8_t *in, size_t n, struct mono at)
{
	(void)ctx, (void)hearer, (void)at;
	struct frame_told told;
	return in[0] == 'J' || frame_is_told(in, n, &told);
}

/* ---- writing and subscribing ---- */

static bool write_values(struct setting *s, const uint32_t *object, size_t n, uint8_t property, const uint8_t *value, size_t length)
{
	uint8_t octets[FRAME_MAX];
	size_t size = frame_write_many(octets, ++s->invoke, object, n, property, value, length);
	return size && send(s->writer, octets, size, 0) == (ssize_t)size;
}

static bool written(struct setting *s)
{
	uint8_t in[FRAME_MAX];
	ssize_t n = recv(s->writer, in, sizeof in, 0);
	return n > 0 && frame_is_simple_ack(in, (size_t)n, s->invoke, 16);
}

static bool write_real(struct setting *s, const uint32_t *object, size_t n, float v)
{
	uint8_t value[5] = { 0x44 };
	uint32_t bits;
	memcpy(&bits, &v, sizeof bits);
	for (int i = 0; i < 4; i++)
		value[1 + i] = (uint8_t)(bits >> (24 - 8 * i));
	return write_values(s, object, n, PRESENT_VALUE, value, sizeof value);
}

static bool take_over(struct setting *s)
{
	return write_values(s, s->object, s->analog, OUT_OF_SERVICE, (const uint8_t[]){ 0x11 }, 1) && written(s) &&
	       write_real(s, s->object, s->analog, 0) && written(s);
}

/* The answer, and the first notification. */
static bool subscribe(struct setting *s, unsigned hearer, uint32_t process, uint32_t object)
{
	uint8_t octets[FRAME_MAX], in[FRAME_MAX];
	bool acknowledged = false, told = false;
	for (int tries = 0; tries < 5 && !(acknowledged && told); tries++) {
		size_t size = frame_subscribe(octets, (uint8_t)process, process, object);
		acknowledged = told = false;
		if (send(s->ours.fd[hearer], octets, size, 0) != (ssize_t)size)
			return false;
		for (ssize_t n; !(acknowledged && told) && (n = recv(s->ours.fd[hearer], in, sizeof in, 0)) > 0;) {
			struct frame_told t;
			acknowledged |= frame_is_simple_ack(in, (size_t)n, (uint8_t)process, 5);
			told |= frame_is_told(in, (size_t)n, &t) && t.process == process;
		}
	}
	return acknowledged && told;
}

/* ---- one value, a hundred subscribers ---- */

struct wanted {
	float value;
	unsigned count;
};

static bool is_value(void *ctx, unsigned hearer, const uint8_t *in, size_t n, struct mono at)
{
	(void)hearer, (void)at;
	struct wanted *w = ctx;
	struct frame_told told;
	return frame_is_told(in, n, &told) && told.value <= w->value && told.value >= w->value;
}

static bool measure_all_told(struct bench *b, struct setting *s)
{
	static uint32_t us[CHANGES];
	unsigned changes = b->quick ? CHANGES / 8 : CHANGES, missed = 0, seed = 7;
	for (unsigned i = 0; i < changes; i++) {
		struct wanted w = { .value = (float)(i + 1) };
		struct mono from = mono_now(), last = from;
		if (!write_real(s, s->object, 1, w.value))
			return false;
		missed += HEARERS - hearers_hear(&s->ours, HEARERS, 200, is_value, &w, &last);
		us[i] = (uint32_t)(mono_ns_between(from, last) / 1000);
		if (!written(s))
			return false;
		usleep((useconds_t)(PACE_US + rand_r(&seed) % 5000));
	}
	report_figure(&b->report, "told", "ms", (double)stats_percentile(us, changes, 50) / 1e3, GOAL_AT_MOST, 1,
	              "from a write to the last of %d subscribers, median", HEARERS);
	report_figure(&b->report, "told", "ms", (double)stats_percentile(us, changes, 99) / 1e3, GOAL_AT_MOST, 5, "the same, p99 of %u", changes);
	report_figure(&b->report, "told", "untold", missed, GOAL_AT_MOST, 0, "the same: of %u notifications", changes * HEARERS);
	return true;
}

/* Changes at any time, also while the last one is still being told. */
static bool measure_untold(struct bench *b, struct setting *s)
{
	unsigned changes = b->quick ? RANDOM_CHANGES / 8 : RANDOM_CHANGES, heard = 0, seed = 11;
	struct mono last = mono_now();
	for (unsigned i = 0; i < changes; i++) {
		struct mono due = mono_add_ns(mono_now(), (PACE_US + rand_r(&seed) % 3000) * 1000LL);
		if (!write_real(s, s->object, 1, (float)(1000 + i)) || !written(s))
			return false;
		heard += hearers_hear(&s->ours, (unsigned)rand_r(&seed) % HEARERS, 0, is_any, NULL, &last);
		mono_sleep_until(due);
	}
	heard += hearers_hear(&s->ours, changes * HEARERS - heard, 300, is_any, NULL, &last);
	report_figure(&b->report, "told", "untold", (double)(changes * HEARERS - heard), GOAL_AT_MOST, 0, "changes at any time: of %u notifications",
	              changes * HEARERS);
	return true;
}

/* ---- all values, a thousand subscriptions ---- */

static bool join_fan(struct setting *s)
{
	uint8_t join[NOTIFICATION] = { 'J' };
	for (unsigned i = 0; i < HEARERS * EACH; i++) {
		if (send(s->bare.fd[i % HEARERS], join, sizeof join, 0) != sizeof join)
			return false;
		if (i % 50 == 49)
			usleep(1000);
	}
	return true;
}

/* Microseconds to the last of all; 0: some were lost. */
static double fan_once(struct setting *s)
{
	struct mono from = mono_now(), last = from;
	send(s->bare.fd[0], "T", 1, 0);
	unsigned n = hearers_hear(&s->bare, HEARERS * EACH, 200, is_any, NULL, &last);
	return n == HEARERS * EACH ? (double)mono_ns_between(from, last) / 1e3 : 0;
}

static double ours_once(struct setting *s, unsigned round)
{
	struct mono from = mono_now(), last = from;
	if (!write_real(s, s->object, s->analog, (float)(5000 + 100 * (round + 1))))
		return 0;
	unsigned n = hearers_hear(&s->ours, HEARERS * EACH, 200, is_any, NULL, &last);
	return written(s) && n == HEARERS * EACH ? (double)mono_ns_between(from, last) / 1e3 : 0;
}

static bool measure_all_at_once(struct bench *b, struct setting *s)
{
	double ratio[ROUNDS], us[ROUNDS], bare[ROUNDS];
	unsigned rounds = b->quick ? 5 : ROUNDS, n = 0, lost = 0;
	for (unsigned i = 0; i < rounds; i++) {
		double fan = fan_once(s), own = ours_once(s, i);
		usleep(2 * PACE_US);
		if (fan > 0 && own > 0) {
			ratio[n] = fan / own;
			bare[n] = fan;
			us[n++] = own;
		}
		lost += fan > 0 && own <= 0;
	}
	if (n < rounds / 2)
		return false;
	report_figure(&b->report, "told", "of bare", stats_median(ratio, n), GOAL_AT_LEAST, 0.8, "%d subscriptions, all values at once: datagrams/s",
	              HEARERS * EACH);
	report_figure(&b->report, "told", "ms", stats_median(us, n) / 1e3, GOAL_NONE, 0, "the same: from the write to the last");
	report_figure(&b->report, "told", "ms", stats_median(bare, n) / 1e3, GOAL_NONE, 0, "the same: a bare sendmmsg of as many");
	report_figure(&b->report, "told", "rounds", lost, GOAL_AT_MOST, 0, "the same: with a notification that did not come");
	return true;
}

/* ---- what it costs who reads ---- */

static bool pace_of_reads(struct bench *b, struct setting *s, int echo, double *of_echo)
{
	double ratio[READ_ROUNDS];
	unsigned rounds = b->quick ? 3 : READ_ROUNDS;
	for (unsigned i = 0; i < rounds; i++) {
		struct load_result e, r;
		if (!load_read(echo, 16, SLICE_MS, true, &e) || !load_read(s->writer, 16, SLICE_MS, false, &r) || !e.answered)
			return false;
		ratio[i] = ((double)r.answered / r.seconds) / ((double)e.answered / e.seconds);
	}
	*of_echo = stats_median(ratio, rounds);
	return true;
}

static bool subscribe_all(struct setting *s)
{
	for (unsigned i = 0; i < HEARERS * EACH; i++)
		if (i / HEARERS && !subscribe(s, i % HEARERS, 100 + i / HEARERS, s->object[(i % HEARERS + i / HEARERS * 9) % s->analog]))
			return false;
	return true;
}

static bool measure(struct bench *b, struct setting *s, int echo)
{
	double before, after;
	if (!pace_of_reads(b, s, echo, &before))
		return false;
	long memory = process_status_kib(&s->g.daemon, "VmRSS");
	if (!take_over(s))
		return false;
	for (unsigned i = 0; i < HEARERS; i++)
		if (!subscribe(s, i, 100, s->object[0]))
			return false;
	if (!measure_all_told(b, s) || !measure_untold(b, s) || !subscribe_all(s) || !join_fan(s) || !measure_all_at_once(b, s))
		return false;
	/* Its UPS gone, everything that was read is in alarm. */
	if (!write_values(s, s->object, s->analog, OUT_OF_SERVICE, (const uint8_t[]){ 0x10 }, 1) || !written(s))
		return false;
	process_stop(&s->g.sim);
	sleep(17);
	if (!pace_of_reads(b, s, echo, &after))
		return false;
	report_figure(&b->report, "told", "KiB", (double)(process_status_kib(&s->g.daemon, "VmRSS") - memory), GOAL_AT_MOST, 1024,
	              "memory of %d subscriptions and everything in alarm", HEARERS * EACH);
	report_figure(&b->report, "told", "of before", after / before, GOAL_AT_LEAST, 1, "reads/s with them, window 16");
	return true;
}

void part_told(struct bench *b)
{
	static struct setting s = { .fan.in = -1 };
	struct process echo = { .in = -1 };
	bool ok = gateway_start_with(b, &s.g, 57600, "writable = test\n") && gateway_wait_ready(b, &s.g, 20000) &&
	          bench_start_server(b, &s.fan, "bench-fan", FAN_PORT, 0) && bench_start_server(b, &echo, "bench-echo", ECHO_PORT, FRAME_READ_ACK_SIZE);
	frame_objects(s.object, &s.analog);
	int echo_fd = ok ? load_open(b->net.server_ip, ECHO_PORT) : -1;
	s.writer = ok ? gateway_connect(b) : -1;
	ok = ok && hearers_open(&s.ours, &b->net, BENCH_PORT) && hearers_open(&s.bare, &b->net, FAN_PORT) && measure(b, &s, echo_fd);
	if (!ok)
		report_failure(&b->report, "told", "no subscription, or no answer; see %s", b->directory);
	hearers_close(&s.ours);
	hearers_close(&s.bare);
	close(echo_fd);
	close(s.writer);
	process_stop(&s.fan);
	process_stop(&echo);
	gateway_stop(&s.g);
}
