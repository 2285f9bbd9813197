/* ReadPropertyMultiple of every Present_Value: what fits into one datagram, and all of them in segments as the client needs them. */
#include <unistd.h>

#include "bench/bench.h"
#include "bench/frames.h"
#include "bench/stats.h"

enum { ROUNDS = 7, SLICE_MS = 300 };

/* What an answer with one REAL for each object takes: 16 octets each, before them BVLC, NPDU and APDU headers. */
static size_t answer_size(size_t objects)
{
	return 4 + 2 + 3 + objects * 16;
}

struct race {
	unsigned max_apdu;
	const char *name;
	bool all;                /* or the analog values alone */
};

static const struct race races[] = {
	{ 1476, "88 values, one datagram", false },
	{ 1476, "101 values, max-APDU 1476", true },
	{ 480, "101 values, max-APDU 480", true },
	{ 206, "101 values, max-APDU 206", true },
};

struct lane {
	struct process *process;
	int fd;
	size_t echo_size;
};

struct outcome {
	double rate[ROUNDS], p99[ROUNDS], cpu_us[ROUNDS], datagrams[ROUNDS];
	uint64_t lost, wrong;
};

static bool run_once(const struct lane *l, const struct race *race, const uint32_t *object, size_t n, struct outcome *o, unsigned round)
{
	struct load_result r;
	int64_t cpu = process_cpu_ns(l->process);
	if (!load_read_many(l->fd, race->max_apdu, object, n, SLICE_MS, l->echo_size, &r) || r.answered == 0)
		return false;
	o->rate[round] = (double)r.answered / r.seconds;
	o->p99[round] = r.p99_us;
	o->cpu_us[round] = (double)(process_cpu_ns(l->process) - cpu) / 1e3 / (double)r.answered / (double)n;
	o->datagrams[round] = (double)r.datagrams / (double)r.answered;
	o->lost += r.lost;
	o->wrong += r.wrong;
	return true;
}

/* One race; `first` is the rate of the first race, which the segmented ones are held against. */
static bool run_race(struct bench *b, const struct race *race, const struct lane lane[2], const uint32_t *object, size_t n, double *first)
{
	struct outcome echo = { 0 }, ours = { 0 };
	unsigned rounds = b->quick ? 3 : ROUNDS;
	double ratio[ROUNDS];
	for (unsigned i = 0; i < rounds; i++) {
		if (!run_once(&lane[0], race, object, n, &echo, i) || !run_once(&lane[1], race, object, n, &ours, i))
			return false;
		ratio[i] = ours.rate[i] / echo.rate[i];
	}
	double rate = stats_median(ours.rate, rounds);
	if (!race->all)
		*first = rate;
	if (race->all)
		report_figure(&b->report, "many", "of one", rate / *first, GOAL_NONE, 0, "%s: reports/s", race->name);
	else
		report_figure(&b->report, "many", "of echo", stats_median(ratio, rounds), GOAL_AT_LEAST, 0.9, "%s: reports/s", race->name);
	report_figure(&b->report, "many", "reports/s", rate, GOAL_NONE, 0, "%s", race->name);
	report_figure(&b->report, "many", "datagrams", stats_median(ours.datagrams, rounds), GOAL_NONE, 0, "%s: in each report", race->name);
	report_figure(&b->report, "many", "us", stats_median(ours.p99, rounds), GOAL_NONE, 0, "%s: p99", race->name);
	report_figure(&b->report, "many", "us", stats_median(ours.cpu_us, rounds), GOAL_NONE, 0, "%s: CPU a point", race->name);
	if (ours.lost + ours.wrong)
		report_figure(&b->report, "many", "reports", (double)(ours.lost + ours.wrong), GOAL_AT_MOST, 0, "%s: lost or wrong", race->name);
	return true;
}

void part_many(struct bench *b)
{
	uint32_t object[FRAME_OBJECTS_MAX];
	size_t analog, n = frame_objects(object, &analog);
	struct process echo = { .in = -1 };
	struct gateway g;
	bool ok = gateway_start(b, &g, 9600) && gateway_wait_ready(b, &g, 20000) &&
	          bench_start_server(b, &echo, "bench-echo", ECHO_MANY_PORT, (unsigned)answer_size(analog));
	struct lane lane[2] = {
		{ .process = &echo, .fd = ok ? load_open(b->net.server_ip, ECHO_MANY_PORT) : -1, .echo_size = answer_size(analog) },
		{ .process = &g.daemon, .fd = ok ? gateway_connect(b) : -1 },
	};
	double first = 0;
	for (unsigned i = 0; ok && i < sizeof races / sizeof races[0]; i++)
		ok = run_race(b, &races[i], lane, object, races[i].all ? n : analog, &first);
	if (!ok)
		report_failure(&b->report, "many", "no answers; see %s", b->directory);
	for (int i = 0; i < 2; i++)
		if (lane[i].fd >= 0)
			close(lane[i].fd);
	process_stop(&echo);
	gateway_stop(&g);
}
