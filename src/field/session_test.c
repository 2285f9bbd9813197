/* A session against a MASTERYS in memory, on virtual time: everything that takes minutes on a line takes milliseconds here. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "field/fake_ups.h"
#include "field/plan.h"
#include "field/session.h"

/* MASTERYS: identification, status, alarms, measurements, configuration, clock. */
enum { CODE = 0x1000, STATUS = 0x1020, ALARMS = 0x1040, MEASUREMENTS = 0x1060, CONFIGURATION = 0x10E0, CLOCK = 0x1360 };
enum { ON_INVERTER = 1 << 3, ON_BATTERY = 1 << 5, IN_PARALLEL = 1 << 14 };

struct fixture {
	struct fake_ups ups;
	struct session *session;
	struct source_conf conf;
	struct log log;
	int log_pipe[2];
	char text[60000];        /* of the log */
	struct snapshot last;
	int published;
	int64_t longest_pause_ms;        /* between two snapshots */
	struct mono complete_at;
};

static void published(void *ctx, const struct snapshot *s)
{
	struct fixture *f = ctx;
	assert_int_equal(s->sequence, f->last.sequence + 1);
	int64_t pause = mono_ms_between(f->last.at, s->at);
	if (f->published && pause > f->longest_pause_ms)
		f->longest_pause_ms = pause;
	if (s->complete && !f->last.complete)
		f->complete_at = s->at;
	f->last = *s;
	f->published++;
}

static void add_unit(struct fake_ups *u, uint16_t base)
{
	fake_table(u, base + 0x00, 12);
	fake_table(u, base + 0x20, 6);
	fake_table(u, base + 0x40, 4);
	fake_table(u, base + 0x60, 48);
	fake_table(u, base + 0xE0, 32);
	fake_table(u, base + 0x360, 4);
	u->word[base] = 4711;
	u->word[base + 0xED] = 2;        /* battery fitted */
	u->word[base + 0x20] = 1 | 2 | 4 | ON_INVERTER;
	u->word[base + 0x63] = 40;
	u->word[base + 0x361] = u->word[base + 0x362] = 1 << 8 | 1;      /* the first of January, a Monday */
}

static struct fixture *make(void)
{
	struct fixture *f = calloc(1, sizeof *f);
	assert_non_null(f);
	f->ups.now = (struct mono){ 1000000000 };
	f->ups.baud = 9600;
	add_unit(&f->ups, 0x1000);
	assert_int_equal(pipe2(f->log_pipe, O_NONBLOCK | O_CLOEXEC), 0);
	fcntl(f->log_pipe[1], F_SETPIPE_SZ, 1 << 20);
	f->log = (struct log){ .fd = getenv("VERBOSE") ? 2 : f->log_pipe[1], .level = LOG_LEVEL_INFO };
	f->conf = (struct source_conf){ .link = "/dev/ttyFAKE", .family = "auto", .parity = 'N', .slave = 1,
		.timeout_ms = 500, .retries = 3 };
	return f;
}

static void begin(struct fixture *f)
{
	if (f->session)
		return;
	struct line line = { &fake_ops, &f->ups };
	f->session = session_make(&f->conf, &line, &f->log, published, f);
	assert_non_null(f->session);
}

/* One request while the link is up, one attempt while it is not. */
static void step(struct fixture *f)
{
	begin(f);
	f->ups.end = mono_add_ms(f->ups.now, 3600000);
	assert_true(session_step(f->session));
	assert_true(f->ups.logged < FAKE_LOG);
}

static void run(struct fixture *f, int64_t ms)
{
	begin(f);
	f->ups.end = mono_add_ms(f->ups.now, ms);
	for (int n = 0; session_step(f->session); n++)
		assert_true(n < 10000000);
}

static void done(struct fixture *f)
{
	session_free(f->session);
	close(f->log_pipe[0]);
	close(f->log_pipe[1]);
	free(f);
}

/* How often a line was logged that ends so, the link before it. */
static int lines(struct fixture *f, const char *end)
{
	size_t have = strlen(f->text), n = strlen(end);
	ssize_t more = read(f->log_pipe[0], f->text + have, sizeof f->text - have - 1);
	f->text[have + (size_t)(more > 0 ? more : 0)] = '\0';
	int count = 0;
	for (const char *line = f->text, *next; (next = strchr(line, '\n')); line = next + 1)
		count += (size_t)(next - line) >= n && !strncmp(next - n, end, n);
	return count;
}

/* How many lines have this part. */
static int holding(struct fixture *f, const char *part)
{
	int count = 0;
	lines(f, "");
	for (const char *at = f->text; (at = strstr(at, part)) != NULL; at++)
		count++;
	return count;
}

static int count_log(const struct fixture *f, uint16_t address, struct mono from)
{
	int n = 0;
	for (int i = 0; i < f->ups.logged && i < FAKE_LOG; i++)
		n += f->ups.log[i].address == address && f->ups.log[i].at.ns >= from.ns;
	return n;
}

/* ---- finding it ---- */

static void speed_and_family_are_found(void **state)
{
	struct fixture *f = make();
	run(f, 10000);
	assert_int_equal(f->last.link, LINK_UP);
	assert_true(f->last.complete);
	assert_string_equal(f->last.identity.family, "masterys");
	assert_int_equal(f->last.identity.code, 4711);
	assert_int_equal(f->last.identity.system, SYSTEM_SINGLE);
	assert_int_equal(f->last.stats.baud, 9600);
	assert_int_equal(f->last.point[PT_UNIT_OUTPUT_LR].value, 40);
	assert_int_equal(f->last.point[PT_UNIT_OUTPUT_LR].quality, QUALITY_GOOD);
	assert_int_equal(f->last.state[ST_UNIT_LOAD_STATUS].value, UNIT_LOAD_STATUS_ON_INVERTER);
	done(f);
}

static void it_keeps_looking_for_ever(void **state)
{
	struct fixture *f = make();
	f->ups.all = LINE_TIMEOUT;
	run(f, 3600 * 1000);
	assert_int_equal(f->last.link, LINK_PROBING);
	assert_true(f->longest_pause_ms < 3000);
	assert_true(f->last.stats.requests > 600 && f->last.stats.requests < 7200);
	assert_int_equal(lines(f, "looking for it until one answers"), 1);
	f->ups.all = LINE_ANSWER;
	run(f, 15000);
	assert_int_equal(f->last.link, LINK_UP);
	assert_int_equal(f->last.stats.reconnects, 0);
	f->ups.all = LINE_TIMEOUT;               /* what was found is lost, and not looked for in these words */
	run(f, 60000);
	assert_int_equal(lines(f, "looking for it until one answers"), 1);
	done(f);
}

static void a_missing_device_is_waited_for(void **state)
{
	struct fixture *f = make();
	f->ups.unplugged = true;
	run(f, 60000);
	assert_int_equal(f->last.link, LINK_PROBING);
	assert_non_null(strstr(f->last.stats.last_error, "no such device"));
	f->ups.unplugged = false;
	run(f, 10000);
	assert_true(f->last.complete);
	done(f);
}

static void a_named_family_that_does_not_exist_is_an_internal_fault(void **state)
{
	struct fixture *f = make();
	strcpy(f->conf.family, "no-such-family");
	run(f, 5000);
	assert_true(f->last.internal_fault);
	assert_non_null(strstr(f->last.stats.last_error, "no-such-family"));
	assert_int_equal(f->ups.logged, 0);
	assert_in_range(f->published, 4, 8);     /* the heartbeat goes on */
	done(f);
}

static void a_fixed_speed_is_the_only_one(void **state)
{
	struct fixture *f = make();
	f->conf.baud = 19200;
	run(f, 20000);
	assert_int_equal(f->last.link, LINK_PROBING);
	assert_int_equal(f->last.stats.baud, 19200);
	done(f);
}

/* ---- polling ---- */

static void a_quiet_ups_costs_one_snapshot_a_second(void **state)
{
	struct fixture *f = make();
	run(f, 10000);
	int before = f->published;
	f->longest_pause_ms = 0;
	run(f, 60000);
	assert_in_range(f->published - before, 50, 80);
	assert_true(f->longest_pause_ms < 1500);
	done(f);
}

static void a_changed_bit_is_published_with_its_table(void **state)
{
	struct fixture *f = make();
	run(f, 10000);
	struct wire w = wire_of(9600, 'N');
	int64_t cycle_ns = wire_read_ns(&w, 12) + wire_read_ns(&w, 8);
	for (int n = 0; n < 20; n++) {
		run(f, 1717);
		f->ups.word[STATUS] ^= ON_BATTERY;
		struct mono changed = f->ups.now;
		uint8_t before = f->last.state[ST_BATTERY_STATUS].value;
		while (f->last.state[ST_BATTERY_STATUS].value == before)
			run(f, 1);
		/* At most one slow request stands before it. */
		assert_true(mono_ns_between(changed, f->last.at) < 2 * cycle_ns + wire_read_ns(&w, 96));
	}
	done(f);
}

/* How old the measurements were at the oldest, whenever somebody looked. */
static int64_t oldest_measurement_ms(struct fixture *f, int64_t for_ms)
{
	int64_t oldest = 0;
	struct mono end = mono_add_ms(f->ups.now, for_ms);
	while (f->ups.now.ns < end.ns) {
		run(f, 20);
		f->ups.logged = 0;
		int64_t age = mono_ms_between(f->last.point[PT_UNIT_OUTPUT_LR].at, f->ups.now);
		oldest = age > oldest ? age : oldest;
		f->ups.word[MEASUREMENTS + 3] = (uint16_t)(f->ups.word[MEASUREMENTS + 3] % 90 + 1);        /* so that each reading is news */
	}
	return oldest;
}

static void measurements_are_fresh(void **state)
{
	static const struct { uint32_t baud; int64_t most_ms; } goals[] = { { 9600, 2000 }, { 57600, 1000 } };
	for (int k = 0; k < 2; k++) {
		struct fixture *f = make();
		f->ups.baud = f->conf.baud = goals[k].baud;
		run(f, 10000);
		assert_in_range(oldest_measurement_ms(f, 60000), 0, goals[k].most_ms);
		f->ups.word[STATUS] = (uint16_t)((f->ups.word[STATUS] & ~ON_INVERTER) | ON_BATTERY);
		run(f, 2000);
		assert_int_equal(f->last.state[ST_UNIT_LOAD_STATUS].value, UNIT_LOAD_STATUS_ON_BATTERY);
		assert_in_range(oldest_measurement_ms(f, 60000), 0, PLAN_BATTERY_MS + 400);
		done(f);
	}
}

/* The goal of the issue: 1.2 times a fast cycle and the longest slow request, 99 times out of 100. */
static void an_alarm_bit_is_shown_in_time(void **state)
{
	static const uint32_t bauds[] = { 9600, 57600 };
	for (int b = 0; b < 2; b++) {
		struct fixture *f = make();
		f->ups.baud = f->conf.baud = bauds[b];
		run(f, 10000);
		struct wire w = wire_of(bauds[b], 'N');
		int64_t bound_ns = (wire_read_ns(&w, 12) + wire_read_ns(&w, 8) + wire_read_ns(&w, 96)) * 12 / 10;
		int late = 0;
		for (int n = 0; n < 500; n++) {
			run(f, 137 + n % 61);
			f->ups.logged = 0;
			f->ups.word[ALARMS] ^= 1 << 2;
			struct mono changed = f->ups.now;
			uint32_t before = f->last.bits[BS_UNIT_ALARMS].value;
			while (f->last.bits[BS_UNIT_ALARMS].value == before)
				run(f, 1);
			late += mono_ns_between(changed, f->last.at) > bound_ns;
		}
		assert_true(late <= 5);
		done(f);
	}
}

static void the_line_is_always_busy(void **state)
{
	struct fixture *f = make();
	run(f, 60000);
	assert_true(f->last.stats.wanted_ns > UINT64_C(50000000000));
	assert_true(f->last.stats.busy_ns * 100 >= f->last.stats.wanted_ns * 99);
	assert_true(f->last.stats.busy_ns <= f->last.stats.wanted_ns + 10000000);        /* the last silence is not over yet */
	assert_true(f->last.stats.wire_us > 0);
	assert_in_range(f->last.stats.cycle_us, f->last.stats.wire_us, f->last.stats.wire_us * 101 / 100);
	done(f);
}

static void what_the_ups_does_not_have_is_asked_rarely(void **state)
{
	struct fixture *f = make();
	f->ups.tables--;                         /* no clock */
	run(f, 30 * 1000);
	assert_true(f->last.complete);
	assert_false(f->last.clock.valid);
	assert_int_equal(count_log(f, CLOCK, (struct mono){ 0 }), 2);    /* and once more after 10 s */
	done(f);
}

static void a_ups_with_four_status_words_is_read_so(void **state)
{
	struct fixture *f = make();
	f->ups.table[1].count = 4;
	run(f, 10000);
	assert_true(f->last.complete);
	assert_int_equal(f->last.state[ST_UNIT_LOAD_STATUS].value, UNIT_LOAD_STATUS_ON_INVERTER);
	assert_int_equal(f->last.state[ST_UNIT_LOAD_STATUS].quality, QUALITY_GOOD);
	int six = 0;
	for (int i = 0; i < f->ups.logged && i < FAKE_LOG; i++)
		six += f->ups.log[i].address == STATUS && f->ups.log[i].count == 6;
	assert_in_range(six, 1, 2);              /* once to learn the system, once for the plan */
	done(f);
}

/* ---- parallel systems ---- */

static void make_parallel(struct fixture *f)
{
	add_unit(&f->ups, 0x0000);
	add_unit(&f->ups, 0x2000);
	f->ups.word[0x0021] |= IN_PARALLEL;
	f->ups.word[0x1021] |= IN_PARALLEL;
	f->ups.word[0x2021] |= IN_PARALLEL;
	f->ups.word[0x0063] = 100;
	f->ups.word[0x2063] = 60;
}

static void a_concentrator_shows_the_system(void **state)
{
	struct fixture *f = make();
	make_parallel(f);
	run(f, 20000);
	assert_true(f->last.complete);
	assert_int_equal(f->last.identity.system, SYSTEM_PARALLEL);
	assert_int_equal(f->last.point[PT_UPS_OUTPUT_LR].value, 100);
	assert_int_equal(f->last.point[PT_UNIT_OUTPUT_LR].value, 100);
	done(f);
}

static void a_unit_of_a_system_shows_both(void **state)
{
	struct fixture *f = make();
	make_parallel(f);
	f->conf.unit_number = 2;
	run(f, 20000);
	assert_true(f->last.complete);
	assert_int_equal(f->last.point[PT_UPS_OUTPUT_LR].value, 100);
	assert_int_equal(f->last.point[PT_UNIT_OUTPUT_LR].value, 60);
	done(f);
}

static void units_may_stand_at_the_other_step(void **state)
{
	struct fixture *f = make();
	make_parallel(f);
	add_unit(&f->ups, 0x0300);               /* unit 3 at 0x0300 instead of 0x3000 */
	f->ups.word[0x0321] |= IN_PARALLEL;
	f->ups.word[0x0363] = 33;
	f->conf.unit_number = 3;
	run(f, 30000);
	assert_true(f->last.complete);
	assert_int_equal(f->last.point[PT_UNIT_OUTPUT_LR].value, 33);
	assert_int_equal(lines(f, "unit 3 has no tables here, looking for them in steps of 0x0100"), 1);
	done(f);
}

/* As DELPHYS MP tells the system by a table that is read in each cycle and stands at one place for all. */
static void units_of_every_family_may_stand_at_the_other_step(void **state)
{
	static const char *const families[] = { "masterys", "delphys-mp", "delphys-gp" };
	for (int i = 0; i < 3; i++) {
		struct fixture *f = make();
		make_parallel(f);
		add_unit(&f->ups, 0x0300);
		f->ups.word[0x0321] |= IN_PARALLEL;
		f->ups.word[0x0363] = 33;
		f->conf.unit_number = 3;
		strcpy(f->conf.family, families[i]);
		run(f, 30000);
		assert_true(f->last.complete);
		assert_int_equal(f->last.point[PT_UNIT_OUTPUT_LR].value, 33);
		assert_string_equal(f->last.stats.trouble, "");
		done(f);
	}
}

static void a_unit_that_cannot_be_read_is_told(void **state)
{
	static const char *const families[] = { "masterys", "delphys-mp", "delphys-gp" };
	for (int i = 0; i < 3; i++) {
		struct fixture *f = make();
		make_parallel(f);
		f->conf.unit_number = 5;
		strcpy(f->conf.family, families[i]);
		run(f, 30000);
		assert_int_equal(f->last.link, LINK_UP);
		assert_non_null(strstr(f->last.stats.trouble, "not to questions for table S at 0x"));
		done(f);
	}
}

/* Not when the step is configured, nor without a unit, nor for a single UPS; and one that is at neither is looked for once. */
static void the_other_step_is_tried_when_there_is_one(void **state)
{
	static const struct { bool parallel; uint8_t unit; uint16_t step; int tried; } rows[] = {
		{ true, 5, 0, 1 }, { true, 5, 0x1000, 0 }, { true, 0, 0, 0 }, { true, 2, 0, 0 }, { false, 5, 0, 0 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct fixture *f = make();
		if (rows[i].parallel)
			make_parallel(f);
		f->conf.unit_number = rows[i].unit;
		f->conf.unit_step = rows[i].step;
		run(f, 60000);
		assert_int_equal(f->last.link, LINK_UP);
		assert_int_equal(lines(f, "looking for them in steps of 0x0100"), rows[i].tried);
		done(f);
	}
}

static void a_unit_that_is_not_there_shows_nothing_of_another(void **state)
{
	struct fixture *f = make();
	make_parallel(f);
	f->conf.unit_number = 5;
	run(f, 30000);
	assert_int_equal(f->last.link, LINK_UP);
	assert_int_not_equal(f->last.point[PT_UNIT_OUTPUT_LR].quality, QUALITY_GOOD);
	assert_int_not_equal(f->last.state[ST_UNIT_STATUS].quality, QUALITY_GOOD);
	done(f);
}

/* ---- failures ---- */

static void check_stands_but_stale(const struct snapshot *before, const struct snapshot *now)
{
	for (int i = 0; i < PT_COUNT; i++) {
		if (before->point[i].quality != QUALITY_GOOD) {
			assert_int_equal(now->point[i].quality, before->point[i].quality);
			continue;
		}
		assert_int_equal(now->point[i].value, before->point[i].value);
		assert_int_equal(now->point[i].quality, QUALITY_STALE);
	}
	for (int i = 0; i < ST_COUNT; i++)
		assert_int_equal(now->state[i].value, before->state[i].value);
	for (int i = 0; i < BS_COUNT; i++)
		assert_int_equal(now->bits[i].value, before->bits[i].value);
	assert_int_equal(now->bits[BS_UNIT_ALARMS].quality, QUALITY_STALE);
}

static void every_kind_of_failure_loses_the_link_and_clears_nothing(void **state)
{
	static const enum line_result kinds[] = { LINE_TIMEOUT, LINE_CRC, LINE_BAD, LINE_GONE };
	for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
		struct fixture *f = make();
		f->ups.word[ALARMS] = 0x8005;            /* imminent stop, overload, general alarm */
		run(f, 10000);
		assert_int_not_equal(f->last.bits[BS_UNIT_ALARMS].value, 0);
		struct snapshot before = f->last;
		f->ups.all = kinds[k];
		f->ups.unplugged = kinds[k] == LINE_GONE;
		run(f, 3000);
		assert_int_equal(f->last.link, LINK_LOST);
		assert_false(f->last.complete);
		check_stands_but_stale(&before, &f->last);
		run(f, 120000);                          /* nor later, whatever is tried meanwhile */
		assert_int_equal(f->last.link, LINK_LOST);
		check_stands_but_stale(&before, &f->last);
		assert_true(f->longest_pause_ms < 3000);
		f->ups.all = LINE_ANSWER;
		f->ups.unplugged = false;
		run(f, 9000);
		assert_int_equal(f->last.link, LINK_UP);
		assert_true(f->last.complete);
		assert_int_equal(f->last.stats.reconnects, 1);
		assert_int_equal(f->last.bits[BS_UNIT_ALARMS].quality, QUALITY_GOOD);
		done(f);
	}
}

static void nothing_is_cleared_while_the_link_comes_back(void **state)
{
	struct fixture *f = make();
	f->ups.word[ALARMS] = 0x8005;
	run(f, 10000);
	uint32_t alarms = f->last.bits[BS_UNIT_ALARMS].value;
	f->ups.all = LINE_TIMEOUT;
	run(f, 200000);
	f->ups.all = LINE_ANSWER;
	while (!f->last.complete) {
		run(f, 5);
		assert_int_equal(f->last.bits[BS_UNIT_ALARMS].value, alarms);
		assert_int_equal(f->last.state[ST_UNIT_LOAD_STATUS].value, UNIT_LOAD_STATUS_ON_INVERTER);
		assert_int_equal(f->last.point[PT_UNIT_OUTPUT_LR].value, 40);
	}
	done(f);
}

static void single_failures_are_retried_without_a_trace_in_the_values(void **state)
{
	static const enum line_result kinds[] = { LINE_TIMEOUT, LINE_CRC, LINE_BAD };
	struct fixture *f = make();
	run(f, 10000);
	for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
		f->ups.all = kinds[k];
		run(f, kinds[k] == LINE_TIMEOUT ? 1200 : 50);
		f->ups.all = LINE_ANSWER;
		run(f, 1000);
		assert_int_equal(f->last.link, LINK_UP);
		assert_true(f->last.complete);
		assert_int_equal(f->last.point[PT_UNIT_OUTPUT_LR].quality, QUALITY_GOOD);
		assert_int_equal(f->last.bits[BS_UNIT_ALARMS].quality, QUALITY_GOOD);
	}
	assert_true(f->last.stats.timeouts >= 1 && f->last.stats.crc_errors >= 1 && f->last.stats.bad_answers >= 1);
	assert_int_equal(f->last.stats.reconnects, 0);
	done(f);
}

/* Refused on and off every four seconds: each loss and each return is told, whatever the tables have to say. */
static void finding_1_6_refusals_do_not_hide_losses_and_returns(void **state)
{
	(void)state;
	struct fixture *f = make();
	run(f, 10000);
	int losses = 0;
	for (int n = 0; n < 7; n++) {
		f->ups.all = LINE_EXCEPTION;
		f->ups.all_exception = 2;
		run(f, 4000);
		losses += f->last.link == LINK_LOST;
		f->ups.all = LINE_ANSWER;
		run(f, 4000);
	}
	assert_int_equal(losses, 7);
	assert_int_equal(holding(f, ": the UPS does not answer ("), 7);
	assert_int_equal(lines(f, ": the UPS answers again"), 7);
	assert_in_range(holding(f, ": table"), 7, 21);
	assert_int_equal(holding(f, ": tables "), 7);            /* several in one line */
	assert_int_equal(lines(f, "held back"), 0);
	done(f);
}

/* A link that brings nothing is not complete, and says so. */
static void finding_1_4_all_ones_are_not_complete(void **state)
{
	(void)state;
	struct fixture *f = make();
	strcpy(f->conf.family, "vu-map");
	f->ups.tables = 0;
	fake_table(&f->ups, 0x0001, 15);
	fake_table(&f->ups, 0x0030, 16);
	fake_table(&f->ups, 0x0040, 80);
	fake_table(&f->ups, 0x00C0, 7);
	run(f, 20000);
	assert_true(f->last.complete);
	assert_false(f->last.lacking);
	assert_string_equal(f->last.stats.trouble, "");
	for (int a = 0; a < 0x1400; a++)
		f->ups.word[a] = 0xFFFF;
	run(f, 120000);
	assert_true(f->last.link == LINK_LOST || f->last.lacking);
	assert_string_equal(f->last.stats.trouble, "the UPS answers, but not to questions for table S at 0x0030");
	done(f);
}

static void one_table_that_fails_is_stale_alone(void **state)
{
	struct fixture *f = make();
	run(f, 10000);
	fake_fault(&f->ups, ALARMS, LINE_EXCEPTION, 2);
	run(f, 5000);
	assert_int_equal(f->last.link, LINK_UP);
	assert_int_equal(f->last.bits[BS_UNIT_ALARMS].quality, QUALITY_STALE);
	assert_int_equal(f->last.point[PT_UNIT_OUTPUT_LR].quality, QUALITY_GOOD);
	assert_int_equal(f->last.state[ST_RECTIFIER_STATUS].quality, QUALITY_GOOD);
	assert_int_equal(lines(f, ": table A at 0x1040 does not answer (exception 2)"), 1);
	assert_string_equal(f->last.stats.trouble, "the UPS answers, but not to questions for table A at 0x1040");
	f->ups.faults = 0;
	run(f, 1300);
	assert_int_equal(f->last.bits[BS_UNIT_ALARMS].quality, QUALITY_GOOD);
	run(f, SESSION_GATHER_MS);
	assert_int_equal(lines(f, ": table A at 0x1040 answers again"), 1);
	assert_string_equal(f->last.stats.trouble, "");
	done(f);
}

static void a_table_that_is_always_silent_does_not_take_the_link_down(void **state)
{
	struct fixture *f = make();
	fake_fault(&f->ups, CLOCK, LINE_TIMEOUT, 0);
	run(f, 60000);
	assert_int_equal(f->last.link, LINK_UP);
	assert_true(f->last.complete);
	assert_int_equal(f->last.stats.reconnects, 0);
	assert_int_equal(count_log(f, CLOCK, (struct mono){ 0 }), 6);    /* 4 at first, then after 10 s and 20 s */
	done(f);
}

/* ---- section 1 of the findings: a dead or confused UPS shown as alive ---- */

/* What a Modbus TCP box says when nothing is behind it. */
static void finding_1_1_exceptions_10_and_11_are_no_answer(void **state)
{
	for (int tcp = 0; tcp < 2; tcp++) {
		struct fixture *f = make();
		f->conf.baud = 9600;
		if (tcp) {
			strcpy(f->conf.link, "tcp:192.0.2.7");
			f->ups.baud = 0;
		}
		run(f, 10000);
		assert_true(f->last.complete);
		struct snapshot before = f->last;
		f->ups.all = LINE_NOBODY;
		run(f, 2000);
		assert_int_equal(f->last.link, LINK_LOST);
		check_stands_but_stale(&before, &f->last);
		assert_non_null(strstr(f->last.stats.last_error, "words: the Modbus gateway gets no answer from the UPS"));
		f->ups.all = LINE_ANSWER;
		run(f, 9000);
		assert_true(f->last.complete);
		assert_string_equal(f->last.stats.trouble, "");
		done(f);
	}
}

/* Whatever it says: when no table answers any more the link is lost, within seconds. */
static void finding_1_1_a_ups_that_refuses_everything_is_lost(void **state)
{
	for (uint8_t code = 1; code <= 8; code++) {
		struct fixture *f = make();
		run(f, 10000);
		struct snapshot before = f->last;
		f->ups.all = LINE_EXCEPTION;
		f->ups.all_exception = code;
		run(f, 3000);
		assert_int_equal(f->last.link, LINK_LOST);
		check_stands_but_stale(&before, &f->last);
		f->ups.all = LINE_ANSWER;
		run(f, 9000);
		assert_true(f->last.complete);
		assert_int_equal(f->last.stats.reconnects, 1);
		done(f);
	}
}

static struct fixture *make_patient(uint32_t timeout_ms, uint8_t retries)
{
	struct fixture *f = make();
	f->conf.baud = 9600;
	f->conf.timeout_ms = timeout_ms;
	f->ups.timeout_ms = (int)timeout_ms;
	f->conf.retries = retries;
	run(f, 20000);
	assert_true(f->last.complete);
	return f;
}

static void the_age_limit_follows_the_timeout(void **state)
{
	static const struct { uint32_t timeout_ms; int64_t limit_ms; } rows[] = { { 50, 5000 }, { 2500, 5000 }, { 2501, 5002 },
		{ 7499, 14998 }, { 7500, 15000 }, { 10000, 15000 } };
	struct snapshot s = { .at = { 7000000 } };
	for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
		assert_int_equal(source_age_limit_ms(rows[k].timeout_ms), rows[k].limit_ms);
		assert_int_equal(source_good_for_ms(&s, rows[k].timeout_ms, mono_add_ms(s.at, 1)), rows[k].limit_ms - 1);
		assert_int_equal(source_good_for_ms(&s, rows[k].timeout_ms, mono_add_ms(s.at, rows[k].limit_ms)), 0);
	}
	s.stats.heard = (struct mono){ 1000000 };        /* not when the snapshot was made, but when the UPS was heard */
	assert_int_equal(source_good_for_ms(&s, 500, s.at), 4994);
}

/* A dead UPS is not shown as alive, whatever retries say; and one question without an answer loses nothing. */
static void a_silent_ups_is_lost_within_the_age_limit(void **state)
{
	static const struct { uint32_t timeout_ms; uint8_t retries; int64_t from_ms, to_ms; } rows[] = {
		{ 500, 3, 1900, 2200 }, { 500, 10, 4400, 5100 }, { 5000, 5, 9900, 10500 }, { 5000, 0, 9900, 10500 }, { 7000, 10, 13900, 14500 },
		{ 10000, 10, 9900, 20500 },      /* one read that blocks may be under way; see station.c for who does not wait for it */
	};
	for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
		struct fixture *f = make_patient(rows[k].timeout_ms, rows[k].retries);
		f->ups.all = LINE_TIMEOUT;
		f->ups.logged = 0;
		struct mono from = f->ups.now;
		while (f->last.link == LINK_UP)
			step(f);
		assert_in_range(mono_ms_between(from, f->last.at), rows[k].from_ms, rows[k].to_ms);
		assert_true(f->ups.logged >= 2);
		assert_int_equal(f->last.bits[BS_UNIT_ALARMS].quality, QUALITY_STALE);
		done(f);
	}
}

/* Tables that are silent, and cost seconds each, do not take a link down on which others answer; theirs alone are stale in time. */
static void silent_tables_and_a_long_timeout(void **state)
{
	for (int both = 0; both < 2; both++) {
		struct fixture *f = make_patient(both ? 5000 : 10000, 10);
		if (both) {
			fake_fault(&f->ups, ALARMS, LINE_TIMEOUT, 0);
			run(f, 30000);
		}
		fake_fault(&f->ups, STATUS, LINE_TIMEOUT, 0);
		f->ups.logged = 0;
		struct mono from = f->ups.now, stale = { 0 };
		while (mono_ms_between(from, f->ups.now) < 120000) {
			step(f);
			f->ups.logged = 0;
			assert_int_equal(f->last.link, LINK_UP);
			assert_true(source_good_for_ms(&f->last, f->conf.timeout_ms, f->last.at) > 0);
			if (!mono_is_set(stale) && f->last.state[ST_UNIT_LOAD_STATUS].quality == QUALITY_STALE)
				stale = f->last.at;
		}
		if (!both)                               /* with the alarms it was before */
			assert_in_range(mono_ms_between(from, stale), 4000, source_age_limit_ms(f->conf.timeout_ms) + 500);
		f->ups.faults = 0;
		run(f, 60000);
		assert_int_equal(f->last.state[ST_UNIT_LOAD_STATUS].quality, QUALITY_GOOD);
		assert_int_equal(f->last.bits[BS_UNIT_ALARMS].quality, QUALITY_GOOD);
		assert_int_equal(f->last.stats.reconnects, 0);
		done(f);
	}
}

static void fast_tables_age(void **state)
{
	struct fam_block blocks[] = { { .rate = FAM_FAST }, { .rate = FAM_TURN } };
	struct family f = { .block_count = 2, .block = blocks };
	struct fam_image image = { 0 };
	for (int b = 0; b < 2; b++) {
		image.level[LEVEL_UNIT].block[b].got = 1;
		image.level[LEVEL_UNIT].block[b].at = (struct mono){ 100 };
	}
	assert_false(plan_image_age(&image, &f, (struct mono){ 99 }));
	assert_true(plan_image_age(&image, &f, (struct mono){ 100 }));
	assert_false(plan_image_age(&image, &f, (struct mono){ 101 }));          /* it is stale already */
	assert_true(image.level[LEVEL_UNIT].block[0].stale);
	assert_false(image.level[LEVEL_UNIT].block[1].stale);
	assert_false(image.level[LEVEL_UPS].block[0].stale);
}

static void the_reason_of_a_loss_stays(void **state)
{
	for (int ones = 0; ones < 2; ones++) {
		const char *why = ones ? "answers, but every word says not available (all ones)" : "every table answers with exception 4";
		struct fixture *f = make();
		run(f, 10000);
		if (ones)
			memset(f->ups.word, 0xFF, sizeof f->ups.word);
		else
			f->ups.all = LINE_EXCEPTION;
		run(f, 10000);
		for (int n = 0; n < 20; n++) {           /* at all the speeds too, where nobody answers */
			run(f, 3000);
			f->ups.logged = 0;
			assert_int_equal(f->last.link, LINK_LOST);
			assert_string_equal(f->last.stats.last_error, why);
		}
		f->ups.all = LINE_ANSWER;
		memset(f->ups.word, 0, sizeof f->ups.word);
		f->ups.tables = 0;
		add_unit(&f->ups, 0x1000);
		run(f, 15000);
		assert_int_equal(f->last.link, LINK_UP);
		assert_string_equal(f->last.stats.last_error, "");
		done(f);
	}
}

static void finding_1_2_a_slave_that_refuses_everything_is_not_found(void **state)
{
	struct fixture *f = make();
	strcpy(f->conf.family, "masterys");
	f->conf.baud = 9600;
	f->ups.all = LINE_EXCEPTION;
	f->ups.all_exception = 1;
	run(f, 20000);
	assert_int_equal(f->last.link, LINK_PROBING);
	assert_false(f->last.complete);
	assert_int_equal(lines(f, ": a Modbus slave answers, but has none of the tables of family masterys"), 1);
	done(f);
}

/* Found by its identification, but without status or alarms it is not complete, and says so once. */
static void finding_1_2_complete_needs_status_and_alarms(void **state)
{
	static const uint16_t needed[] = { STATUS, ALARMS };
	for (int k = 0; k < 2; k++) {
		struct fixture *f = make();
		fake_fault(&f->ups, needed[k], LINE_EXCEPTION, 2);
		run(f, 60000);
		assert_int_equal(f->last.link, LINK_UP);
		assert_false(f->last.complete);
		assert_true(f->last.lacking);
		assert_int_equal(lines(f, k ? ": status and alarms cannot be read: table A at 0x1040 does not answer" :
			": status and alarms cannot be read: table S at 0x1020 does not answer"), 1);
		f->ups.faults = 0;
		run(f, 31000);
		assert_true(f->last.complete);
		assert_false(f->last.lacking);
		done(f);
	}
}

/* While a card boots it refuses; that is over soon and must not cost ten minutes. */
static void finding_1_3_a_card_that_boots_is_complete_soon_after(void **state)
{
	for (uint8_t code = 1; code <= 8; code++) {
		struct fixture *f = make();
		fake_fault(&f->ups, STATUS, LINE_EXCEPTION, code);
		fake_fault(&f->ups, ALARMS, LINE_EXCEPTION, code);
		fake_fault(&f->ups, MEASUREMENTS, LINE_EXCEPTION, code);
		run(f, 25000);
		assert_false(f->last.complete);
		f->ups.faults = 0;
		run(f, code > 3 ? 3000 : 31000);
		assert_true(f->last.complete);
		run(f, 41000);
		assert_int_equal(f->last.point[PT_UNIT_OUTPUT_LR].quality, QUALITY_GOOD);
		done(f);
	}
}

/* A table that answered before the link was lost and is refused after it is stale, not absent. */
static void finding_1_3_what_has_answered_once_is_never_absent(void **state)
{
	struct fixture *f = make();
	run(f, 10000);
	f->ups.all = LINE_TIMEOUT;
	run(f, 5000);
	f->ups.all = LINE_ANSWER;
	fake_fault(&f->ups, MEASUREMENTS, LINE_EXCEPTION, 2);
	run(f, 15000);
	assert_true(f->last.complete);
	assert_int_equal(f->last.point[PT_UNIT_OUTPUT_LR].quality, QUALITY_STALE);
	assert_int_equal(f->last.point[PT_UNIT_OUTPUT_LR].value, 40);
	f->ups.faults = 0;
	run(f, 2000);
	assert_int_equal(f->last.point[PT_UNIT_OUTPUT_LR].quality, QUALITY_GOOD);
	done(f);
}

/* One table silent: stale, the others go on, the link and `complete` do not waver. */
static void finding_1_3b_a_silent_table_is_stale_and_the_others_go_on(void **state)
{
	static const uint16_t tables[] = { STATUS, ALARMS, MEASUREMENTS };
	for (int k = 0; k < 3; k++) {
		struct fixture *f = make();
		run(f, 10000);
		fake_fault(&f->ups, tables[k], LINE_TIMEOUT, 0);
		struct mono from = f->ups.now;
		for (int n = 0; n < 600; n++) {
			run(f, 100);
			f->ups.logged = 0;
			assert_int_equal(f->last.link, LINK_UP);
			assert_true(f->last.complete);
			f->ups.word[MEASUREMENTS + 3] ^= 1;
		}
		assert_true(mono_ms_between(from, f->ups.now) >= 59000);
		assert_int_equal(f->last.bits[BS_UNIT_ALARMS].quality, tables[k] == MEASUREMENTS ? QUALITY_GOOD : QUALITY_STALE);
		assert_int_equal(f->last.state[ST_INVERTER_STATUS].quality, tables[k] == STATUS ? QUALITY_STALE : QUALITY_GOOD);
		assert_int_equal(f->last.point[PT_UNIT_OUTPUT_LR].quality, tables[k] == MEASUREMENTS ? QUALITY_STALE : QUALITY_GOOD);
		if (tables[k] != MEASUREMENTS)
			assert_true(mono_ms_between(f->last.point[PT_UNIT_OUTPUT_LR].at, f->ups.now) < 4000);
		assert_int_equal(f->last.stats.reconnects, 0);
		f->ups.faults = 0;
		run(f, 4500);
		assert_int_equal(f->last.bits[BS_UNIT_ALARMS].quality, QUALITY_GOOD);
		assert_int_equal(f->last.point[PT_UNIT_OUTPUT_LR].quality, QUALITY_GOOD);
		assert_int_equal(lines(f, " answers again"), 1);
		done(f);
	}
}

/* From the start on: the link comes up with what there is, and stays up. */
static void finding_1_3b_a_table_that_is_silent_from_the_start(void **state)
{
	static const uint16_t tables[] = { STATUS, ALARMS };
	for (int k = 0; k < 2; k++) {
		struct fixture *f = make();
		fake_fault(&f->ups, tables[k], LINE_TIMEOUT, 0);
		run(f, 30000);
		assert_int_equal(f->last.link, LINK_UP);
		assert_int_equal(f->last.stats.reconnects, 0);
		assert_false(f->last.complete);
		assert_int_equal(f->last.point[PT_UNIT_OUTPUT_LR].quality, QUALITY_GOOD);
		f->ups.faults = 0;
		run(f, 5000);
		assert_true(f->last.complete);
		done(f);
	}
}

static void finding_1_4_all_ones_raise_no_alarm_and_rename_nobody(void **state)
{
	struct fixture *f = make();
	run(f, 10000);
	struct snapshot before = f->last;
	for (int a = 0x1000; a < 0x1400; a++)
		if (a < MEASUREMENTS || a >= MEASUREMENTS + 48)
			f->ups.word[a] = 0xFFFF;
	run(f, 100000);
	assert_int_equal(f->last.link, LINK_UP);
	assert_int_equal(f->last.point[PT_UNIT_OUTPUT_LR].quality, QUALITY_GOOD);
	assert_int_equal(f->last.bits[BS_UNIT_ALARMS].value, before.bits[BS_UNIT_ALARMS].value);
	assert_int_equal(f->last.bits[BS_UNIT_ALARMS].quality, QUALITY_STALE);
	for (int i = 0; i < ST_COUNT; i++)
		assert_int_equal(f->last.state[i].value, before.state[i].value);
	assert_int_equal(f->last.identity.code, 4711);
	assert_string_equal(f->last.identity.model, before.identity.model);
	assert_string_equal(f->last.identity.serial, before.identity.serial);
	assert_int_equal(holding(f, "S at 0x1020"), 1);
	assert_true(lines(f, " do not answer (all ones: not available)") >= 1);
	assert_string_equal(f->last.stats.trouble, "the UPS answers, but not to questions for table S at 0x1020");
	for (int i = 0; i < 48; i++)             /* and with nothing left it is not there */
		f->ups.word[MEASUREMENTS + i] = 0xFFFF;
	run(f, 10000);
	assert_int_equal(f->last.link, LINK_LOST);
	assert_int_equal(f->last.point[PT_UNIT_OUTPUT_LR].value, 40);
	assert_int_equal(f->last.identity.code, 4711);
	assert_string_equal(f->last.identity.model, before.identity.model);
	assert_string_equal(f->last.identity.serial, before.identity.serial);
	for (int a = 0x1000; a < 0x1400; a++)
		f->ups.word[a] = 0;
	add_unit(&f->ups, 0x1000);
	run(f, 9000);
	assert_true(f->last.complete);
	assert_int_equal(f->last.bits[BS_UNIT_ALARMS].quality, QUALITY_GOOD);
	done(f);
}

/* Each loss and each return, exactly once. */
static void finding_1_6_each_loss_and_return_is_logged_once(void **state)
{
	struct fixture *f = make();
	run(f, 10000);
	for (int n = 1; n <= 5; n++) {
		f->ups.all = LINE_TIMEOUT;
		run(f, 4000);
		assert_int_equal(f->last.link, LINK_LOST);
		f->ups.all = LINE_ANSWER;
		run(f, 7000);
		assert_true(f->last.complete);
		assert_int_equal(lines(f, "the UPS does not answer (0x1040, 4 words: no answer)") +
			lines(f, "the UPS does not answer (0x1060, 48 words: no answer)") +
			lines(f, "the UPS does not answer (0x1020, 6 words: no answer)"), n);
		assert_int_equal(lines(f, "/dev/ttyFAKE: the UPS answers again"), n);
	}
	assert_int_equal(lines(f, "were held back"), 0);
	done(f);
}

/* A link that flaps faster than anybody reads is counted, and the loss that lasts is told. */
static void finding_1_6_what_is_held_back_is_counted_and_said(void **state)
{
	struct fixture *f = make();
	strcpy(f->conf.link, "tcp:192.0.2.7");
	f->ups.baud = 0;
	run(f, 10000);
	int losses = 0;
	for (int n = 0; n < 100; n++) {
		f->ups.all = LINE_NOBODY;
		run(f, 300);
		losses += f->last.link == LINK_LOST;
		f->ups.all = LINE_ANSWER;
		run(f, 500);
	}
	assert_true(losses > 50);
	assert_true(lines(f, "") <= 3 * SESSION_LINES + 10);
	f->ups.all = LINE_NOBODY;
	run(f, 70000);
	assert_true(lines(f, "were held back") >= 1);
	int said = lines(f, "the Modbus gateway gets no answer from the UPS)");
	run(f, 300000);
	assert_int_equal(lines(f, "the Modbus gateway gets no answer from the UPS)"), said);
	f->ups.all = LINE_ANSWER;
	int back = lines(f, ": the UPS answers again");
	run(f, 10000);
	assert_int_equal(lines(f, ": the UPS answers again"), back + 1);
	done(f);
}

static void finding_1_7_what_comes_before_answers_is_named(void **state)
{
	for (int k = 0; k < 2; k++) {
		struct fixture *f = make();
		run(f, 10000);
		f->ups.echo = k == 0;
		f->ups.strays = (uint16_t)k;
		run(f, 3000);
		assert_int_equal(f->last.link, LINK_UP);
		assert_string_equal(f->last.stats.trouble, k ?
			"stray octets before answers: look at the RS-485 adapter, the bias and the termination of the line" :
			"the line gives back what is sent: switch the echo of the RS-485 adapter off");
		assert_int_equal(lines(f, k ? "stray octets come before answers; they are left out, but the line is not in order" :
			"the line gives back what is sent; that is left out, but the adapter should not do it"), 1);
		assert_true(k ? f->last.stats.strays > 20 : f->last.stats.echoes > 20);
		assert_int_equal(k ? f->last.stats.echoes : f->last.stats.strays, 0);
		f->ups.echo = false;
		f->ups.strays = 0;
		run(f, 3000);
		assert_string_equal(f->last.stats.trouble, "");
		done(f);
	}
}

/* On Modbus TCP, where nothing else slows it down. */
static void finding_1_9_a_wavering_bit_changes_nothing(void **state)
{
	struct fixture *f = make();
	strcpy(f->conf.link, "tcp:192.0.2.7");
	f->ups.baud = 0;
	make_parallel(f);
	run(f, 20000);
	int before = lines(f, "");
	for (int n = 0; n < 1000; n++) {
		f->ups.word[0x0021] ^= IN_PARALLEL;
		f->ups.word[0x1021] ^= IN_PARALLEL;
		run(f, 90);
		f->ups.logged = 0;
		assert_int_equal(f->last.identity.system, SYSTEM_PARALLEL);
	}
	assert_int_equal(lines(f, ""), before);
	f->ups.word[0x1021] = (uint16_t)(f->ups.word[0x1021] & ~IN_PARALLEL);
	run(f, SESSION_STANDS_MS - 1000);
	assert_int_equal(f->last.identity.system, SYSTEM_PARALLEL);
	run(f, 3000);
	assert_int_equal(f->last.identity.system, SYSTEM_SINGLE);
	assert_int_equal(lines(f, ": it is a single system now"), 1);
	assert_true(f->last.complete);
	done(f);
}

/* What tells the system cannot be read at first: single is a guess, and the first word that is read corrects it at once. */
static void a_guess_needs_no_time_to_be_corrected(void **state)
{
	struct fixture *f = make();
	strcpy(f->conf.link, "tcp:192.0.2.7");
	f->ups.baud = 0;
	make_parallel(f);
	run(f, 5000);
	assert_int_equal(f->last.identity.system, SYSTEM_PARALLEL);
	done(f);
	f = make();
	strcpy(f->conf.link, "tcp:192.0.2.7");
	f->ups.baud = 0;
	make_parallel(f);
	f->ups.fault[0].address = 0x0020;
	f->ups.fault[1].address = 0x1020;
	for (int i = 0; i < 2; i++) {
		f->ups.fault[i].result = LINE_EXCEPTION;
		f->ups.fault[i].exception = LINE_EXCEPTION_BUSY;
	}
	f->ups.faults = 2;
	run(f, 5000);
	assert_int_equal(f->last.link, LINK_UP);
	assert_int_equal(f->last.identity.system, SYSTEM_SINGLE);
	f->ups.faults = 0;
	run(f, SESSION_STANDS_MS / 2);
	assert_int_equal(f->last.identity.system, SYSTEM_PARALLEL);
	assert_int_equal(lines(f, ": it is a parallel system now"), 1);
	f->ups.word[0x0021] = (uint16_t)(f->ups.word[0x0021] & ~IN_PARALLEL);
	f->ups.word[0x1021] = (uint16_t)(f->ups.word[0x1021] & ~IN_PARALLEL);
	run(f, SESSION_STANDS_MS / 2);           /* now it is known */
	assert_int_equal(f->last.identity.system, SYSTEM_PARALLEL);
	done(f);
}

/* ---- section 7 ---- */

/* The unit's own copy of the bit says otherwise, for ever. */
static void finding_7_1_one_word_in_one_place_decides(void **state)
{
	struct fixture *f = make();
	make_parallel(f);
	f->conf.unit_number = 2;
	f->ups.word[0x2021] = (uint16_t)(f->ups.word[0x2021] & ~IN_PARALLEL);
	run(f, 20000);
	int before = lines(f, "");
	for (int n = 0; n < 600; n++) {
		run(f, 100);
		f->ups.logged = 0;
		assert_int_equal(f->last.identity.system, SYSTEM_PARALLEL);
		assert_int_equal(f->last.point[PT_UPS_OUTPUT_LR].value, 100);
		assert_int_equal(f->last.point[PT_UNIT_OUTPUT_LR].value, 60);
	}
	assert_int_equal(lines(f, ""), before);
	assert_int_equal(lines(f, "system now"), 0);
	done(f);
}

/* Status and alarm words change together in the UPS, at any moment; what is shown was never a mixture of both. */
static void finding_7_4_a_snapshot_is_of_one_cycle(void **state)
{
	struct fixture *f = make();
	run(f, 10000);
	for (int n = 0; n < 400; n++) {
		run(f, 150 + n * 7 % 90);
		f->ups.logged = 0;
		bool on = n % 2 == 0;
		f->ups.change_at = mono_add_ms(f->ups.now, n * 3 % 70);
		f->ups.change[0].address = STATUS;
		f->ups.change[0].word = (uint16_t)(on ? 1 | 2 | 4 : 1 | 2 | 4 | ON_INVERTER);
		f->ups.change[1].address = ALARMS;
		f->ups.change[1].word = on ? 1 << 2 : 0;         /* overload, to see the two apart */
		struct mono end = mono_add_ms(f->ups.now, 400);
		while (f->ups.now.ns < end.ns) {
			bool alarm = f->last.bits[BS_UNIT_ALARMS].value & 1 << 1;
			bool inverter = f->last.state[ST_UNIT_LOAD_STATUS].value == UNIT_LOAD_STATUS_ON_INVERTER;
			assert_int_equal(alarm, !inverter);
			step(f);
		}
	}
	done(f);
}

/* ---- second failures ---- */

/* Silent, not refusing, at the first probes. */
static void a_ups_that_is_silent_at_first_is_found_later(void **state)
{
	struct fixture *f = make();
	f->ups.all = LINE_TIMEOUT;
	run(f, 7000);
	f->ups.all = LINE_ANSWER;
	run(f, 15000);
	assert_int_equal(f->last.link, LINK_UP);
	assert_true(f->last.complete);
	assert_int_equal(lines(f, ": found SOCOMEC MASTERYS (JBUSP) (masterys) at 9600 baud, slave 1"), 1);
	assert_int_equal(lines(f, ": MASTERYS, single system, complete"), 1);
	done(f);
}

static void a_slow_table_that_answered_and_stops_is_stale(void **state)
{
	static const uint16_t tables[] = { MEASUREMENTS, CLOCK };
	for (int k = 0; k < 2; k++) {
		struct fixture *f = make();
		run(f, 10000);
		fake_fault(&f->ups, tables[k], LINE_TIMEOUT, 0);
		run(f, k ? 200000 : 6000);
		assert_int_equal(f->last.point[PT_UNIT_OUTPUT_LR].quality, k ? QUALITY_GOOD : QUALITY_STALE);
		assert_int_equal(f->last.stats.reconnects, 0);
		assert_int_equal(lines(f, k ? ": table D at 0x1360 does not answer (no answer, but to other questions)" :
			": table M at 0x1060 does not answer (no answer, but to other questions)"), 1);
		done(f);
	}
}

static void every_result_has_its_counter(void **state)
{
	struct fixture *f = make();
	f->conf.baud = 9600;
	run(f, 10000);
	struct link_stats before = f->last.stats;
	assert_int_equal(before.timeouts + before.crc_errors + before.bad_answers, 0);
	static const enum line_result kinds[] = { LINE_TIMEOUT, LINE_CRC, LINE_BAD, LINE_EXCEPTION, LINE_NOBODY };
	for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
		fake_fault(&f->ups, STATUS, kinds[k], 4);
		do
			step(f);
		while (f->ups.log[f->ups.logged - 1].result != kinds[k]);
		f->ups.faults = 0;
		run(f, 1500);
	}
	const struct link_stats *t = &f->last.stats;
	assert_int_equal(t->timeouts - before.timeouts, 1);
	assert_int_equal(t->crc_errors - before.crc_errors, 1);
	assert_int_equal(t->bad_answers - before.bad_answers, 1);
	assert_int_equal(t->exceptions - before.exceptions, 2);
	assert_int_equal(t->requests - before.requests, t->answers - before.answers + 5);
	assert_int_equal(t->reconnects, 0);
	assert_true(t->cycle_us_max < 100000);   /* a cycle with a failure is none to measure */
	done(f);
}

/* A map of the directory that has a fault is named, and the rest goes on: with the compiled-in one where there is one. */
static void a_faulty_map_in_the_directory_is_named(void **state)
{
	struct fixture *f = make();
	char path[300];
	strcpy(f->conf.family_directory, "/tmp/field-session-XXXXXX");
	assert_non_null(mkdtemp(f->conf.family_directory));
	static const char *const names[] = { "acme", "masterys" };
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/%s.map", f->conf.family_directory, names[i]);
		FILE *map = fopen(path, "w");
		assert_non_null(map);
		fputs("nonsense\n", map);
		fclose(map);
	}
	run(f, 12000);
	assert_true(f->last.complete);
	assert_string_equal(f->last.identity.family, "masterys");
	assert_int_equal(lines(f, ": the compiled-in map \"masterys\" is used instead"), 1);
	assert_non_null(strstr(f->text, "map refused: "));
	assert_non_null(strstr(f->text, "/acme.map:1:"));
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/%s.map", f->conf.family_directory, names[i]);
		unlink(path);
	}
	rmdir(f->conf.family_directory);
	done(f);
}

static void the_last_answer_has_its_instant(void **state)
{
	struct fixture *f = make();
	assert_false(mono_is_set(f->last.stats.heard));
	run(f, 10000);
	assert_true(mono_ms_between(f->last.stats.heard, f->last.at) < 200);
	f->ups.all = LINE_TIMEOUT;
	struct mono lost = f->ups.now;
	run(f, 20000);
	assert_true(mono_ms_between(f->last.stats.heard, f->last.at) > 17000);
	assert_true(mono_ms_between(lost, f->last.stats.heard) < 200);
	done(f);
}

/* 6 status words before, 4 afterwards; with the link lost in between, and without. */
static void an_exchanged_ups_with_a_shorter_table_is_read(void **state)
{
	static const char *const families[] = { "masterys", "delphys-gp" };
	for (int i = 0; i < 4; i++) {
		struct fixture *f = make();
		strcpy(f->conf.family, families[i / 2]);
		run(f, 10000);
		assert_true(f->last.complete);
		f->ups.all = i % 2 ? LINE_TIMEOUT : LINE_ANSWER;
		run(f, i % 2 ? 6000 : 0);
		f->ups.all = LINE_ANSWER;
		f->ups.table[1].count = 4;
		f->ups.word[STATUS] = 1 | 4 | 1 << 4;
		run(f, 15000);
		assert_true(f->last.complete);
		assert_int_equal(f->last.state[ST_UNIT_LOAD_STATUS].value, UNIT_LOAD_STATUS_ON_BYPASS);
		assert_int_equal(f->last.state[ST_UNIT_LOAD_STATUS].quality, QUALITY_GOOD);
		assert_string_equal(f->last.stats.trouble, "");
		done(f);
	}
}

/* What it says about itself after a loss is read at once, and again while it starts. */
static void after_a_loss_the_rare_tables_are_read_at_once(void **state)
{
	struct fixture *f = make();
	run(f, 70000);
	f->ups.all = LINE_TIMEOUT;
	run(f, 5000);
	assert_int_equal(f->last.link, LINK_LOST);
	f->ups.all = LINE_ANSWER;
	f->ups.word[CONFIGURATION + 13] = 0;             /* no battery, it says while it starts */
	struct mono back = f->ups.now;
	run(f, 5000);
	assert_true(f->last.complete);
	assert_int_equal(f->last.state[ST_BATTERY_STATUS].value, BATTERY_STATUS_NO_BATTERY);
	assert_true(count_log(f, CONFIGURATION, back) >= 1 && count_log(f, CLOCK, back) >= 1);
	f->ups.word[CONFIGURATION + 13] = 2;
	run(f, PLAN_SOON_MS + 2000);
	assert_int_not_equal(f->last.state[ST_BATTERY_STATUS].value, BATTERY_STATUS_NO_BATTERY);
	done(f);
}

/* A UPS that started anew so fast that nothing but a table was missed. */
static void after_the_loss_of_a_table_the_rare_tables_are_read_soon(void **state)
{
	struct fixture *f = make();
	run(f, 70000);
	fake_fault(&f->ups, STATUS, LINE_EXCEPTION, 6);
	run(f, 3000);
	f->ups.word[CONFIGURATION + 13] = 0;
	f->ups.faults = 0;
	run(f, PLAN_SOON_MS + 3000);
	assert_int_equal(f->last.state[ST_BATTERY_STATUS].value, BATTERY_STATUS_NO_BATTERY);
	done(f);
}

static void another_ups_in_its_place_is_recognised(void **state)
{
	struct fixture *f = make();
	run(f, 10000);
	f->ups.all = LINE_TIMEOUT;
	run(f, 10000);
	f->ups.all = LINE_ANSWER;
	f->ups.word[CODE] = 515;                 /* a DELPHYS MX now */
	run(f, 20000);
	assert_int_equal(f->last.link, LINK_UP);
	assert_true(f->last.complete);
	assert_int_equal(f->last.identity.code, 515);
	done(f);
}

static void the_ups_may_come_back_at_another_speed(void **state)
{
	struct fixture *f = make();
	f->ups.baud = 9600;
	strcpy(f->conf.family, "masterys");
	run(f, 10000);
	assert_int_equal(f->last.link, LINK_UP);
	f->ups.all = LINE_TIMEOUT;
	run(f, 30000);
	f->ups.all = LINE_ANSWER;
	run(f, 12000);
	assert_int_equal(f->last.link, LINK_UP);
	done(f);
}

/* ---- late answers ---- */

/* A slave that answers in order, each answer some time after the one before it, and takes one request at a time into its buffer. */
struct late_slave {
	struct fake_ups ups;
	struct { uint16_t address; uint8_t count; struct mono at; } owed[2];
	int owes;
	uint32_t random;
	int slow_ms;             /* longest delay of an answer */
	int mistaken, late_taken;
};

static uint32_t pick(struct late_slave *s, uint32_t n)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 17;
	s->random ^= s->random << 5;
	return s->random % n;
}

static void take_request(struct late_slave *s, uint16_t address, uint8_t count, struct mono sent)
{
	if (s->owes == 2)
		return;                          /* lost: it is busy */
	struct mono from = mono_add_ms(sent, 13);
	if (s->owes && s->owed[s->owes - 1].at.ns > from.ns)
		from = s->owed[s->owes - 1].at;
	s->owed[s->owes].address = address;
	s->owed[s->owes].count = count;
	s->owed[s->owes++].at = mono_add_ms(from, 20 + (s->slow_ms ? (int64_t)pick(s, (uint32_t)s->slow_ms) : 0));
}

static void drop_first(struct late_slave *s)
{
	s->owed[0] = s->owed[1];
	s->owes--;
}

/* What libmodbus sees: the first frame that arrives in the time of the question. */
static struct line_answer late_read(void *ctx, const struct line_question *q, uint16_t *words)
{
	uint16_t address = q->address;
	uint8_t count = q->count;
	struct late_slave *s = ctx;
	struct mono sent = s->ups.now, deadline = mono_add_ms(sent, FAKE_TIMEOUT_MS);
	struct line_answer a = { .sent = sent, .result = LINE_TIMEOUT };
	while (s->owes && s->owed[0].at.ns <= sent.ns)   /* came while nobody listened: thrown away */
		drop_first(s);
	take_request(s, address, count, sent);
	if (!s->owes || s->owed[0].at.ns > deadline.ns) {
		s->ups.now = mono_add_ms(deadline, 30);
		return a;
	}
	uint16_t from = s->owed[0].address;
	uint8_t words_in_it = s->owed[0].count;
	s->ups.now = mono_add_ms(s->owed[0].at, 4);
	s->late_taken += s->owes > 1;
	drop_first(s);
	if (!fake_has(&s->ups, from, words_in_it)) {
		a.result = LINE_EXCEPTION;
		a.exception = LINE_EXCEPTION_ADDRESS;
	} else if (words_in_it != count) {
		a.result = LINE_BAD;
		s->ups.now = mono_add_ms(s->ups.now, 30);
	} else {
		a.result = LINE_ANSWER;
		s->mistaken += from != address;
		memcpy(words, &s->ups.word[from], count * sizeof words[0]);
	}
	return a;
}

static bool late_open(void *ctx, uint32_t baud, char *why, int size)
{
	return true;
}

static const struct line_ops late_ops = { late_open, fake_close, late_read, fake_now, fake_pause };

static void run_late(struct fixture *f, struct late_slave *s, int64_t ms)
{
	s->ups.end = mono_add_ms(s->ups.now, ms);
	while (session_step(f->session))
		;
}

static void late_answers_are_never_mistaken(void **state)
{
	uint32_t seed = getenv("SEED") ? (uint32_t)atoi(getenv("SEED")) : (uint32_t)time(NULL);
	print_message("seed %u\n", seed);
	int late_taken = 0;
	for (uint32_t round = 0; round < 60; round++) {
		struct fixture *f = make();
		struct late_slave *s = calloc(1, sizeof *s);
		assert_non_null(s);
		s->ups = f->ups;
		s->random = (seed + round) * 2654435761u | 1;
		if (round % 3)
			s->ups.table[1].count = 4;       /* status and alarms look alike */
		strcpy(f->conf.family, "masterys");
		f->conf.baud = 9600;
		f->conf.measurement_interval_ms = round % 2 ? 1000 : 0;
		struct line line = { &late_ops, s };
		f->session = session_make(&f->conf, &line, &f->log, published, f);
		for (int n = 0; n < 8; n++) {
			s->slow_ms = n % 2 ? (int)pick(s, 950) : 0;
			run_late(f, s, 500 + pick(s, 8000));
			assert_int_equal(s->mistaken, 0);
		}
		s->slow_ms = 0;
		run_late(f, s, 20000);
		assert_int_equal(s->mistaken, 0);
		assert_true(f->last.complete);           /* and no exception was taken for another table's */
		assert_int_equal(f->last.bits[BS_UNIT_ALARMS].quality, QUALITY_GOOD);
		assert_int_equal(f->last.point[PT_UNIT_OUTPUT_LR].quality, QUALITY_GOOD);
		assert_true(f->last.clock.valid);
		late_taken += s->late_taken;
		done(f);
		free(s);
	}
	assert_true(late_taken > 100);
}

/* An exception that came while another answer was owed teaches nothing, and nothing is forgotten over it. */
static void doubtful_exceptions_are_asked_about_again(void **state)
{
	struct fixture *f = make();
	f->ups.table[1].count = 4;
	run(f, 10000);
	f->ups.all = LINE_CRC;                   /* the link is lost while identification and status are owed */
	run(f, 1000);
	assert_int_equal(f->last.link, LINK_LOST);
	f->ups.all = LINE_TIMEOUT;
	run(f, 700);
	f->ups.all = LINE_ANSWER;
	run(f, 8000);
	assert_true(f->last.complete);
	assert_int_equal(f->last.bits[BS_UNIT_ALARMS].quality, QUALITY_GOOD);
	done(f);
}

static void an_exception_that_may_be_another_tables_removes_none(void **state)
{
	struct fixture *f = make();
	while (!count_log(f, STATUS, (struct mono){ 0 }))        /* the question about the system */
		step(f);
	fake_fault(&f->ups, STATUS, LINE_TIMEOUT, 0);    /* is owed from now on */
	while (f->ups.log[f->ups.logged - 1].address != STATUS || f->ups.log[f->ups.logged - 1].result != LINE_TIMEOUT)
		step(f);
	f->ups.faults = 0;
	fake_fault(&f->ups, ALARMS, LINE_EXCEPTION, 2);  /* so this may be its late answer */
	assert_int_equal(count_log(f, ALARMS, (struct mono){ 0 }), 0);
	while (!count_log(f, ALARMS, (struct mono){ 0 }))
		step(f);
	f->ups.faults = 0;
	run(f, 5000);
	assert_true(f->last.complete);
	assert_int_equal(f->last.bits[BS_UNIT_ALARMS].quality, QUALITY_GOOD);
	done(f);
}

static void back_off_grows_and_has_jitter(void **state)
{
	struct fixture *f = make();
	run(f, 5000);
	f->ups.unplugged = true;
	int opens = f->ups.opens;
	run(f, 60000);
	opens = f->ups.opens - opens;
	assert_in_range(opens, 60000 / (SESSION_BACK_OFF_MAX_MS * 5 / 4), 100);
	done(f);
}

static void modbus_tcp_has_its_own_pace_and_no_wire(void **state)
{
	struct fixture *f = make();
	strcpy(f->conf.link, "tcp:192.0.2.7");
	f->ups.baud = 0;
	run(f, 20000);
	assert_true(f->last.complete);
	assert_int_equal(f->last.stats.baud, 0);
	assert_int_equal(f->last.stats.busy_ns, 0);
	int before = f->ups.logged;
	run(f, 10000);
	assert_in_range(f->ups.logged - before, 80, 125);
	done(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(speed_and_family_are_found),
		cmocka_unit_test(it_keeps_looking_for_ever),
		cmocka_unit_test(a_missing_device_is_waited_for),
		cmocka_unit_test(a_named_family_that_does_not_exist_is_an_internal_fault),
		cmocka_unit_test(a_fixed_speed_is_the_only_one),
		cmocka_unit_test(a_quiet_ups_costs_one_snapshot_a_second),
		cmocka_unit_test(a_changed_bit_is_published_with_its_table),
		cmocka_unit_test(measurements_are_fresh),
		cmocka_unit_test(an_alarm_bit_is_shown_in_time),
		cmocka_unit_test(the_line_is_always_busy),
		cmocka_unit_test(what_the_ups_does_not_have_is_asked_rarely),
		cmocka_unit_test(a_ups_with_four_status_words_is_read_so),
		cmocka_unit_test(a_concentrator_shows_the_system),
		cmocka_unit_test(a_unit_of_a_system_shows_both),
		cmocka_unit_test(units_may_stand_at_the_other_step),
		cmocka_unit_test(units_of_every_family_may_stand_at_the_other_step),
		cmocka_unit_test(a_unit_that_cannot_be_read_is_told),
		cmocka_unit_test(the_other_step_is_tried_when_there_is_one),
		cmocka_unit_test(a_unit_that_is_not_there_shows_nothing_of_another),
		cmocka_unit_test(every_kind_of_failure_loses_the_link_and_clears_nothing),
		cmocka_unit_test(nothing_is_cleared_while_the_link_comes_back),
		cmocka_unit_test(single_failures_are_retried_without_a_trace_in_the_values),
		cmocka_unit_test(one_table_that_fails_is_stale_alone),
		cmocka_unit_test(a_table_that_is_always_silent_does_not_take_the_link_down),
		cmocka_unit_test(finding_1_1_exceptions_10_and_11_are_no_answer),
		cmocka_unit_test(finding_1_1_a_ups_that_refuses_everything_is_lost),
		cmocka_unit_test(the_age_limit_follows_the_timeout),
		cmocka_unit_test(a_silent_ups_is_lost_within_the_age_limit),
		cmocka_unit_test(silent_tables_and_a_long_timeout),
		cmocka_unit_test(fast_tables_age),
		cmocka_unit_test(the_reason_of_a_loss_stays),
		cmocka_unit_test(finding_1_2_a_slave_that_refuses_everything_is_not_found),
		cmocka_unit_test(finding_1_2_complete_needs_status_and_alarms),
		cmocka_unit_test(finding_1_3_a_card_that_boots_is_complete_soon_after),
		cmocka_unit_test(finding_1_3_what_has_answered_once_is_never_absent),
		cmocka_unit_test(finding_1_3b_a_silent_table_is_stale_and_the_others_go_on),
		cmocka_unit_test(finding_1_3b_a_table_that_is_silent_from_the_start),
		cmocka_unit_test(finding_1_4_all_ones_raise_no_alarm_and_rename_nobody),
		cmocka_unit_test(finding_1_6_each_loss_and_return_is_logged_once),
		cmocka_unit_test(finding_1_6_what_is_held_back_is_counted_and_said),
		cmocka_unit_test(finding_1_4_all_ones_are_not_complete),
		cmocka_unit_test(finding_1_6_refusals_do_not_hide_losses_and_returns),
		cmocka_unit_test(finding_1_7_what_comes_before_answers_is_named),
		cmocka_unit_test(finding_1_9_a_wavering_bit_changes_nothing),
		cmocka_unit_test(a_guess_needs_no_time_to_be_corrected),
		cmocka_unit_test(finding_7_1_one_word_in_one_place_decides),
		cmocka_unit_test(finding_7_4_a_snapshot_is_of_one_cycle),
		cmocka_unit_test(a_ups_that_is_silent_at_first_is_found_later),
		cmocka_unit_test(a_slow_table_that_answered_and_stops_is_stale),
		cmocka_unit_test(every_result_has_its_counter),
		cmocka_unit_test(a_faulty_map_in_the_directory_is_named),
		cmocka_unit_test(the_last_answer_has_its_instant),
		cmocka_unit_test(an_exchanged_ups_with_a_shorter_table_is_read),
		cmocka_unit_test(after_a_loss_the_rare_tables_are_read_at_once),
		cmocka_unit_test(after_the_loss_of_a_table_the_rare_tables_are_read_soon),
		cmocka_unit_test(another_ups_in_its_place_is_recognised),
		cmocka_unit_test(the_ups_may_come_back_at_another_speed),
		cmocka_unit_test(late_answers_are_never_mistaken),
		cmocka_unit_test(doubtful_exceptions_are_asked_about_again),
		cmocka_unit_test(an_exception_that_may_be_another_tables_removes_none),
		cmocka_unit_test(back_off_grows_and_has_jitter),
		cmocka_unit_test(modbus_tcp_has_its_own_pace_and_no_wire),
	};
	if (getenv("ONLY"))
		cmocka_set_test_filter(getenv("ONLY"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
