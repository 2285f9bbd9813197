/* The BACnet side while the serial side is in trouble: 200 reads a second, one every 5 ms, must neither be lost nor wait.  A bare echo
 * is asked as often in the same seconds: what delays it too is the machine's doing. */
#include <unistd.h>

#include "bench/bench.h"
#include "bench/frames.h"

enum { PER_SECOND = 200, P99_US = 1000 };

static void trouble_none(struct gateway *g)
{
	(void)g;
}

static void trouble_silent(struct gateway *g)
{
	process_say(&g->sim, "fault silence\n");
}

static void trouble_noise(struct gateway *g)
{
	process_say(&g->sim, "fault none\nfault babble\n");
}

static void trouble_pulled(struct gateway *g)
{
	process_stop(&g->sim);
}

static const struct { const char *name; void (*begin)(struct gateway *); } troubles[] = {
	{ "UPS polled", trouble_none },
	{ "UPS silent", trouble_silent },
	{ "line full of noise", trouble_noise },
	{ "adapter pulled", trouble_pulled },
};

static bool measure(struct bench *b, struct gateway *g, const int fd[2], const char *name)
{
	static const bool echo[2] = { false, true };
	struct load_result r[2];
	if (!load_paced(fd, echo, 2, PER_SECOND, b->quick ? 2000 : 6000, r) || !process_alive(&g->daemon))
		return false;
	report_figure(&b->report, "paced", "reads", (double)(r[0].lost + r[0].wrong), GOAL_AT_MOST, 0, "%s: lost of 200 a second", name);
	bool calm = r[1].p99_us <= P99_US;
	report_figure(&b->report, "paced", "us", r[0].p99_us, calm ? GOAL_AT_MOST : GOAL_NONE, P99_US, "%s: p99%s", name,
	              calm ? "" : " (machine too busy to judge)");
	report_figure(&b->report, "paced", "us", r[1].p99_us, GOAL_NONE, 0, "%s: p99 of the echo meanwhile", name);
	report_figure(&b->report, "paced", "us", r[0].max_us, GOAL_NONE, 0, "%s: longest", name);
	report_figure(&b->report, "paced", "us", r[1].max_us, GOAL_NONE, 0, "%s: longest of the echo meanwhile", name);
	report_figure(&b->report, "paced", "of echo", r[0].p99_us / r[1].p99_us, GOAL_NONE, 0, "%s: p99", name);
	return true;
}

void part_paced(struct bench *b)
{
	struct gateway g;
	struct process echo = { .in = -1 };
	bool ok = gateway_start(b, &g, 9600) && gateway_wait_ready(b, &g, 20000) &&
	          bench_start_server(b, &echo, "bench-echo", ECHO_PORT, FRAME_READ_ACK_SIZE);
	int fd[2] = { ok ? gateway_connect(b) : -1, ok ? load_open(b->net.server_ip, ECHO_PORT) : -1 };
	for (unsigned i = 0; ok && i < sizeof troubles / sizeof troubles[0]; i++) {
		troubles[i].begin(&g);
		usleep(200000);
		ok = measure(b, &g, fd, troubles[i].name);
	}
	if (!ok)
		report_failure(&b->report, "paced", "the gateway does not come up or ended; see %s", b->directory);
	for (int i = 0; i < 2; i++)
		if (fd[i] >= 0)
			close(fd[i]);
	process_stop(&echo);
	gateway_stop(&g);
}
