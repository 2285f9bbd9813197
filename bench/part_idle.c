/* What the gateway costs when nobody asks: wake-ups, memory; and how soon it answers after exec. */
#include <unistd.h>

#include "base/mono.h"
#include "bench/bench.h"
#include "bench/stats.h"

enum { STARTS = 20 };

/* Wake-ups a second of the main thread and of the others, and requests on the line, over `seconds` in which nobody asks anything. */
struct calm {
	double main, others, requests;
};

static bool measure_calm(struct gateway *g, int seconds, struct calm *c)
{
	struct link_numbers from, to;
	if (!gateway_link_numbers(g, &from))
		return false;
	usleep(200000);                          /* our own question has been forgotten */
	struct process_sleeps before = process_sleeps(&g->daemon);
	struct mono start = mono_now();
	sleep((unsigned)seconds);
	struct process_sleeps after = process_sleeps(&g->daemon);
	double s = (double)mono_ns_between(start, mono_now()) / 1e9;
	if (!gateway_link_numbers(g, &to))
		return false;
	c->main = (double)(after.main - before.main) / s;
	c->others = (double)(after.others - before.others) / s;
	c->requests = (double)(to.requests - from.requests) / (s + 0.2);
	return true;
}

static void report_calm(struct bench *b, const char *name, const struct calm *c)
{
	double beyond = c->main - c->requests;
	report_figure(&b->report, "idle", "/s", beyond > 0 ? beyond : 0, GOAL_AT_MOST, 10, "%s: wake-ups beyond the serial line's", name);
	report_figure(&b->report, "idle", "/s", c->main, GOAL_NONE, 0, "%s: wake-ups of the main thread", name);
	report_figure(&b->report, "idle", "/s", c->others, GOAL_NONE, 0, "%s: wake-ups of the serial line's thread", name);
	report_figure(&b->report, "idle", "/s", c->requests, GOAL_NONE, 0, "%s: requests on the line", name);
	if (c->requests >= 1)
		report_figure(&b->report, "idle", "each", c->others / c->requests, GOAL_AT_MOST, 4,
		              "%s: wake-ups of the serial line's thread a request", name);
}

static bool measure_starts(struct bench *b, struct gateway *g)
{
	double ms[STARTS];
	int fd = gateway_connect(b);
	for (int i = 0; fd >= 0 && i < STARTS; i++) {
		process_stop(&g->daemon);
		int64_t answered = gateway_start_daemon(b, g) ? load_first_answer(fd, 5000) : 0;
		if (!answered) {
			close(fd);
			return false;
		}
		ms[i] = (double)(answered - g->daemon.exec_ns) / 1e6;
		while (load_read_value(fd, 0xFF, 0, (uint8_t[8]){ 0 }, 8))
			;                        /* late answers of this start */
	}
	if (fd < 0)
		return false;
	close(fd);
	report_figure(&b->report, "idle", "ms", stats_median(ms, STARTS), GOAL_AT_MOST, 5, "from exec to the first answer, median of %d", STARTS);
	report_figure(&b->report, "idle", "ms", ms[STARTS - 1], GOAL_NONE, 0, "from exec to the first answer, longest");
	return true;
}

void part_idle(struct bench *b)
{
	struct gateway g;
	struct calm calm;
	bool ok = gateway_start(b, &g, 9600) && gateway_wait_ready(b, &g, 20000) && measure_calm(&g, b->quick ? 2 : 6, &calm);
	if (ok) {
		report_calm(b, "UPS polled", &calm);
		report_figure(&b->report, "idle", "MiB", (double)process_status_kib(&g.daemon, "VmRSS") / 1024, GOAL_AT_MOST, 3,
		              "resident memory, one UPS");
		report_figure(&b->report, "idle", "MiB", (double)process_status_kib(&g.daemon, "RssAnon") / 1024, GOAL_NONE, 0,
		              "of it private");
		ok = measure_starts(b, &g);
	}
	if (ok) {
		process_stop(&g.sim);
		sleep(2);
		ok = measure_calm(&g, b->quick ? 2 : 6, &calm);
	}
	if (ok)
		report_calm(b, "adapter pulled", &calm);
	else
		report_failure(&b->report, "idle", "the gateway does not come up, or says nothing about its link; see %s", b->directory);
	gateway_stop(&g);
}
