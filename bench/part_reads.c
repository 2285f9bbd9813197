/* ReadProperty of Present_Value against the bare echo, in windows of 1, 16 and 128; turn and turn about, so that whatever else the
 * machine does hits both. */
#include <stdio.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bench/frames.h"
#include "bench/stats.h"

enum { ROUNDS_MAX = 61, SLICE_MS = 60 };

static const struct { unsigned window; double goal; } windows[] = { { 1, 0.95 }, { 16, 0.90 }, { 128, 0.90 } };

enum { ECHO, LINK, GATEWAY };      /* in the order of the contestants */

struct contestant {
	const char *name;
	struct process process;
	int fd;
	bool echo;
	double rate[ROUNDS_MAX], cpu_us[ROUNDS_MAX], p99[ROUNDS_MAX], ratio[ROUNDS_MAX], cpu_ratio[ROUNDS_MAX];
	uint64_t lost, wrong;
};

static bool run_once(struct contestant *c, unsigned window, int64_t ms, unsigned round)
{
	struct load_result r;
	int64_t cpu = process_cpu_ns(&c->process);
	if (!load_read(c->fd, window, ms, c->echo, &r) || r.answered == 0)
		return false;
	c->rate[round] = (double)r.answered / r.seconds;
	c->cpu_us[round] = (double)(process_cpu_ns(&c->process) - cpu) / 1e3 / (double)r.answered;
	c->p99[round] = r.p99_us;
	c->lost += r.lost;
	c->wrong += r.wrong;
	return true;
}

static void report_window(struct bench *b, struct contestant *c, unsigned which, unsigned w, unsigned rounds)
{
	unsigned window = windows[w].window;
	struct report *r = &b->report;
	if (which != ECHO) {
		report_figure(r, "reads", "of echo", stats_median(c->ratio, rounds), which == GATEWAY ? GOAL_AT_LEAST : GOAL_NONE,
		              windows[w].goal, "%s, window %u: reads/s", c->name, window);
		report_figure(r, "reads", "of echo", stats_median(c->cpu_ratio, rounds), GOAL_NONE, 0, "%s, window %u: CPU a read", c->name,
		              window);
	}
	report_figure(r, "reads", "reads/s", stats_median(c->rate, rounds), GOAL_NONE, 0, "%s, window %u", c->name, window);
	report_figure(r, "reads", "us", stats_median(c->cpu_us, rounds), GOAL_NONE, 0, "%s, window %u: CPU a read", c->name, window);
	report_figure(r, "reads", "us", stats_median(c->p99, rounds), GOAL_NONE, 0, "%s, window %u: p99", c->name, window);
}

static bool compare(struct bench *b, struct contestant *c, unsigned n)
{
	unsigned rounds = b->quick ? 11 : ROUNDS_MAX;
	for (unsigned w = 0; w < sizeof windows / sizeof windows[0]; w++) {
		for (unsigned i = 0; i < n; i++)                /* to warm up; nobody counts it */
			if (!run_once(&c[i], windows[w].window, 100, 0))
				return false;
		for (unsigned round = 0; round < rounds; round++) {
			for (unsigned i = 0; i < n; i++)
				if (!run_once(&c[round % 2 ? n - 1 - i : i], windows[w].window, SLICE_MS, round))
					return false;
			for (unsigned i = 0; i < n; i++) {
				c[i].ratio[round] = c[i].rate[round] / c[0].rate[round];
				c[i].cpu_ratio[round] = c[i].cpu_us[round] / c[0].cpu_us[round];
			}
		}
		for (unsigned i = 0; i < n; i++)
			report_window(b, &c[i], i, w, rounds);
	}
	for (unsigned i = 0; i < n; i++)
		report_figure(&b->report, "reads", "reads", (double)(c[i].lost + c[i].wrong), GOAL_NONE, 0, "%s: lost or wrong", c[i].name);
	return true;
}

void part_reads(struct bench *b)
{
	struct contestant c[3] = {
		{ .name = "echo", .echo = true, .fd = -1 }, { .name = "bare link", .fd = -1 }, { .name = "bacnet-upsd", .fd = -1 },
	};
	struct gateway g = { 0 };
	unsigned n = 2;
	bool ok = bench_start_server(b, &c[0].process, "bench-echo", ECHO_PORT, FRAME_READ_ACK_SIZE) &&
	          bench_start_server(b, &c[1].process, "bench-bare-link", LINK_PORT, 0);
	if (ok) {
		c[0].fd = load_open(b->net.server_ip, ECHO_PORT);
		c[1].fd = load_open(b->net.server_ip, LINK_PORT);
		if (gateway_start(b, &g, 9600) && gateway_wait_ready(b, &g, 20000)) {
			c[2].process = g.daemon;
			c[2].fd = gateway_connect(b);
			n = 3;
		} else {
			report_failure(&b->report, "reads", "bacnet-upsd with its simulator does not come up; see %s", b->directory);
		}
		ok = compare(b, c, n);
	}
	if (!ok)
		report_failure(&b->report, "reads", "a server gives no answer");
	for (unsigned i = 0; i < n; i++)
		if (c[i].fd >= 0)
			close(c[i].fd);
	process_stop(&c[0].process);
	process_stop(&c[1].process);
	gateway_stop(&g);
}
