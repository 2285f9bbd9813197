/* The serial line is the slow part: how much of the time it is busy, and how soon a bit and a measurement of the UPS stand in their BACnet
 * objects. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mono.h"
#include "bench/bench.h"
#include "bench/frames.h"
#include "bench/stats.h"
#include "ups/points.h"

enum {
	FLIPS_MAX = 600,
	FLIPS_MS = 30000,        /* about so long for all of them: fewer on a slow line */
	WATCH_US = 200,          /* between two looks at the object */
	ALARMS = 0x1040,         /* the first alarm word of a single MASTERYS: bit 2 is the overload, UnitAlarms b01 */
	OVERLOAD = 1 << 2,
	MEASUREMENTS = 0x1060,   /* its word 3 is the load, UNIT_OUTPUT_Lr */
	SLOW_OCTETS = 8 + 5 + 2 * 48,    /* of the longest slow request and its answer: the measurements */
	FRESH_MAX = 100,
};

static bool measure_busy(struct bench *b, struct gateway *g, unsigned baud)
{
	struct link_numbers from, to;
	if (!gateway_link_numbers(g, &from))
		return false;
	process_say(&g->sim, "stats reset\n");
	sleep(b->quick ? 3 : 8);
	double seen = gateway_line_busy(b, g);
	if (!gateway_link_numbers(g, &to) || to.wanted_ms == from.wanted_ms)
		return false;
	report_figure(&b->report, "serial", "busy", (double)(to.busy_ms - from.busy_ms) / (double)(to.wanted_ms - from.wanted_ms),
	              GOAL_AT_LEAST, 0.95, "%u baud: busy of the time that it wants to poll", baud);
	if (seen >= 0)
		report_figure(&b->report, "serial", "busy", seen, GOAL_NONE, 0, "%u baud: busy as the simulator sees it",
		              baud);
	else
		report_failure(&b->report, "serial", "the simulator says nothing about its line");
	report_figure(&b->report, "serial", "of wire", (double)to.cycle_us / (double)to.wire_us, GOAL_NONE, 0,
	              "%u baud: the last cycle of status and alarms", baud);
	report_figure(&b->report, "serial", "ms", (double)to.wire_us / 1e3, GOAL_NONE, 0, "%u baud: wire time of that cycle", baud);
	return true;
}

/* Microseconds from the moment at which the simulator changed its word until the object shows another value; 0 = it never did. */
static double change_once(int fd, struct gateway *g, FILE *answers, unsigned address, unsigned word, uint32_t object)
{
	uint8_t before[16], now[16];
	uint8_t id = 0;
	size_t n = 0;
	for (int i = 0; i < 3 && !n; i++)                /* a datagram may be lost on a busy machine */
		n = load_read_value(fd, id++, object, before, sizeof before);
	struct mono start = mono_now();
	process_say(&g->sim, "poke 0x%04x %u\n", address, word);
	while (n && mono_ms_between(start, mono_now()) < 5000) {
		size_t m = load_read_value(fd, id++, object, now, sizeof now);
		struct mono seen = mono_now();
		struct mono changed = m == n && memcmp(now, before, n) != 0 ? gateway_sim_changed(answers) : (struct mono){ 0 };
		if (mono_is_set(changed))
			return (double)mono_ns_between(changed, seen) / 1e3;
		usleep(WATCH_US);
	}
	return 0;
}

/* The longest slow request on the wire. */
static double slow_us(unsigned baud)
{
	double octet_us = 10 * 1e6 / baud;
	return SLOW_OCTETS * octet_us + 2 * (baud > 19200 ? 1750 : 3.5 * octet_us);
}

static bool measure_bits(struct bench *b, struct gateway *g, unsigned baud)
{
	uint32_t samples[FLIPS_MAX];             /* of microseconds */
	struct link_numbers link;
	FILE *answers = gateway_sim_answers(b);
	int fd = gateway_connect(b);
	bool ok = answers && fd >= 0 && gateway_link_numbers(g, &link) && link.wire_us;
	int flips = ok ? (int)(FLIPS_MS * 1000 / (link.wire_us * 2)) : 0;
	flips = flips > FLIPS_MAX ? FLIPS_MAX : flips;
	flips = b->quick ? flips / 8 : flips;
	unsigned seed = (unsigned)mono_now().ns;
	for (int i = 0; ok && i < flips; i++) {
		usleep((useconds_t)(link.wire_us / 2 + (uint64_t)rand_r(&seed) % link.wire_us));     /* any moment of a cycle */
		double us = change_once(fd, g, answers, ALARMS, i % 2 == 0 ? OVERLOAD : 0,
			frame_object(OBJECT_BSV, bits_table[BS_UNIT_ALARMS].instance));
		samples[i] = (uint32_t)us;
		ok = us > 0;
	}
	if (fd >= 0)
		close(fd);
	if (answers)
		fclose(answers);
	if (!ok || flips < 1)
		return false;
	double cycle_us = (double)link.wire_us, most_us = cycle_us + slow_us(baud);
	report_figure(&b->report, "serial", "of both", (double)stats_percentile(samples, (size_t)flips, 99) / most_us, GOAL_AT_MOST, 1.2,
	              "%u baud: a bit from UPS to object, p99 of %d (1: cycle, slow request)", baud, flips);
	report_figure(&b->report, "serial", "ms", (double)stats_percentile(samples, (size_t)flips, 99) / 1e3, GOAL_NONE, 0,
	              "%u baud: the same", baud);
	report_figure(&b->report, "serial", "ms", (double)stats_percentile(samples, (size_t)flips, 50) / 1e3, GOAL_NONE, 0,
	              "%u baud: the same, median", baud);
	return true;
}

/* How old may a measurement be?  As long as a change of its word takes to its object. */
static bool measure_freshness(struct bench *b, struct gateway *g, unsigned baud)
{
	uint32_t samples[FRESH_MAX];             /* of microseconds */
	FILE *answers = gateway_sim_answers(b);
	int fd = gateway_connect(b), changes = b->quick ? 8 : baud > 9600 ? FRESH_MAX : FRESH_MAX / 2;
	unsigned seed = (unsigned)mono_now().ns;
	bool ok = answers && fd >= 0;
	for (int i = 0; ok && i < changes; i++) {
		usleep((useconds_t)(rand_r(&seed) % 300000));
		double us = change_once(fd, g, answers, MEASUREMENTS + 3, i % 2 ? 41 : 42,
			frame_object(OBJECT_AV, point_table[PT_UNIT_OUTPUT_LR].instance));
		samples[i] = (uint32_t)us;
		ok = us > 0;
	}
	if (fd >= 0)
		close(fd);
	if (answers)
		fclose(answers);
	if (!ok)
		return false;
	report_figure(&b->report, "serial", "s", (double)stats_percentile(samples, (size_t)changes, 99) / 1e6, GOAL_AT_MOST, baud > 9600 ? 1 : 2,
	              "%u baud: a measurement from UPS to object, p99 of %d", baud, changes);
	report_figure(&b->report, "serial", "s", (double)stats_percentile(samples, (size_t)changes, 50) / 1e6, GOAL_NONE, 0,
	              "%u baud: the same, median", baud);
	return true;
}

void part_serial(struct bench *b)
{
	static const unsigned bauds[] = { 9600, 57600 };
	for (unsigned i = 0; i < sizeof bauds / sizeof bauds[0]; i++) {
		struct gateway g;
		if (!gateway_start(b, &g, bauds[i]) || !gateway_wait_ready(b, &g, 20000) || !measure_busy(b, &g, bauds[i]) ||
		    !measure_bits(b, &g, bauds[i]) || !measure_freshness(b, &g, bauds[i]))
			report_failure(&b->report, "serial", "%u baud: no values, or no change of a bit; see %s", bauds[i], b->directory);
		gateway_stop(&g);
	}
}
