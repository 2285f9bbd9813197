/* The BACnet side while the serial side is in trouble: 200 reads a second, one every 5 ms, must neither be lost nor wait. */
#include <unistd.h>

#include "bench/bench.h"

enum { PER_SECOND = 200 };

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

void part_paced(struct bench *b)
{
	struct gateway g;
	bool ok = gateway_start(b, &g, 9600) && gateway_wait_ready(b, &g, 20000);
	int fd = ok ? gateway_connect(b) : -1;
	double usual = 0;
	for (unsigned i = 0; ok && i < sizeof troubles / sizeof troubles[0]; i++) {
		struct load_result r;
		troubles[i].begin(&g);
		usleep(200000);
		ok = load_paced(fd, PER_SECOND, b->quick ? 2000 : 6000, &r) && process_alive(&g.daemon);
		if (!ok)
			break;
		if (i == 0)
			usual = r.p99_us;
		report_figure(&b->report, "paced", "reads", (double)(r.lost + r.wrong), GOAL_AT_MOST, 0, "%s: lost of 200 a second", troubles[i].name);
		report_figure(&b->report, "paced", "us", r.p99_us, GOAL_AT_MOST, 1000, "%s: p99", troubles[i].name);
		report_figure(&b->report, "paced", "us", r.max_us, GOAL_NONE, 0, "%s: longest", troubles[i].name);
		if (i)
			report_figure(&b->report, "paced", "of polled", r.p99_us / usual, GOAL_NONE, 0, "%s: p99", troubles[i].name);
	}
	if (!ok)
		report_failure(&b->report, "paced", "the gateway does not come up or ended; see %s", b->directory);
	if (fd >= 0)
		close(fd);
	gateway_stop(&g);
}
