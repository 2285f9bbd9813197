#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "field/plan.h"

/* A family as the VU-MAP is built: status and alarms with the summary of a parallel system, measurements, configuration, clock. */
enum { S, A, M, T, K, BLOCKS };

static struct fam_block blocks[BLOCKS] = {
	{ .function = 3, .letter = 'S', .bits = true, .offset = 0x30, .count = 8, .unit_count = 8, .shorter = 6, .rest_address = 0x1036,
	  .levels = FAM_LEVEL_UNIT | FAM_LEVEL_UPS, .rate = FAM_FAST, .used = true, .first = 0 },
	{ .function = 3, .letter = 'A', .bits = true, .offset = 0x38, .count = 8, .unit_count = 8, .shorter = 6, .rest_address = 0x103E,
	  .levels = FAM_LEVEL_UNIT | FAM_LEVEL_UPS, .rate = FAM_FAST, .used = true, .first = 8 },
	{ .function = 3, .letter = 'M', .offset = 0x40, .count = 80, .unit_count = 80,
	  .levels = FAM_LEVEL_UNIT | FAM_LEVEL_UPS, .rate = FAM_TURN, .used = true, .first = 16 },
	{ .function = 3, .letter = 'T', .offset = 0x01, .count = 15, .unit_count = 15,
	  .levels = FAM_LEVEL_SYSTEM, .rate = FAM_RARE, .used = true, .first = 96 },
	{ .function = 3, .letter = 'K', .offset = 0xCB, .count = 4, .unit_count = 4,
	  .levels = FAM_LEVEL_SYSTEM, .rate = FAM_RARE, .clock = true, .used = true, .optional = true, .first = 111 },
};

static const struct family family = {
	.id = "test", .block = blocks, .block_count = BLOCKS, .words = 115,
	.bases = { .single = 0, .ups = 0, .concentrator = 0, .unit = 0x1000, .unit_step = 0x1000 },
};

struct fixture {
	struct plan plan;
	struct late late;
	struct plan_words words;
	struct wire wire;
	struct mono now;
};

enum { RETRIES = 3, TIMEOUT_MS = 500 };

static void remake(struct fixture *f, const struct family *fam, enum ups_system system, uint8_t unit_number, uint32_t interval_ms)
{
	plan_make(&f->plan, &(struct plan_conf){ .family = fam, .system = system, .unit_number = unit_number, .retries = RETRIES,
		.wire = f->wire, .interval_ms = interval_ms, .timeout_ms = TIMEOUT_MS });
}

static void make_at(struct fixture *f, uint32_t baud, enum ups_system system, uint8_t unit_number, uint32_t interval_ms)
{
	*f = (struct fixture){ .wire = wire_of(baud, 'N'), .now = { 1000000000 } };
	remake(f, &family, system, unit_number, interval_ms);
}

static void make(struct fixture *f, enum ups_system system, uint8_t unit_number, uint32_t interval_ms)
{
	make_at(f, 9600, system, unit_number, interval_ms);
}

static int next(struct fixture *f)
{
	struct mono wait;
	return plan_next(&f->plan, f->now, &f->late, &wait);
}

static const struct plan_read *get(struct fixture *f, int i)
{
	assert_in_range(i, 0, f->plan.reads - 1);
	return &f->plan.read[i];
}

static bool answer(struct fixture *f, int i, uint16_t value)
{
	uint16_t words[FAM_BLOCK_WORDS_MAX];
	for (int w = 0; w < FAM_BLOCK_WORDS_MAX; w++)
		words[w] = value;
	struct mono sent = f->now;
	f->now = mono_add_ns(f->now, wire_read_ns(&f->wire, 2 * f->plan.read[i].count));
	return plan_answered(&f->plan, i, words, &f->words, sent, mono_add_ns(f->now, -f->wire.silence_ns));
}

/* Answers the next question, which must be for this address and as many words. */
static void expect(struct fixture *f, uint16_t address, uint8_t count)
{
	int i = next(f);
	const struct plan_read *r = get(f, i);
	assert_int_equal(r->address, address);
	assert_int_equal(r->count, count);
	answer(f, i, 0);
}

static void everything_once(struct fixture *f)
{
	for (int n = 0; n < 100 && !plan_is_known(&f->plan); n++)
		answer(f, next(f), 0);
	assert_true(plan_is_known(&f->plan));
}

/* Up to the read's next turn. */
static void answer_until(struct fixture *f, int read)
{
	for (int i = next(f), n = 0; i != read; i = next(f), n++) {
		assert_true(n < 10000);
		answer(f, i, 0);
	}
}

/* ---- which tables ---- */

static void a_single_unit_is_read_at_its_base(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 3, 0);           /* the unit number of the gateway does not matter */
	expect(&f, 0x30, 8);
	expect(&f, 0x38, 8);
	expect(&f, 0x40, 80);
	expect(&f, 0x01, 15);
	expect(&f, 0xCB, 4);
	expect(&f, 0x30, 8);
}

static void a_concentrator_reads_what_is_the_same_once(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_PARALLEL, 0, 0);         /* here the system and the concentrator have the same base */
	expect(&f, 0x30, 8);
	expect(&f, 0x38, 8);
	expect(&f, 0x40, 80);
	for (int l = 0; l < LEVEL_TABLES; l++) {
		assert_int_equal(f.words.image.level[l].block[S].got, 8);
		assert_int_equal(f.words.image.level[l].block[M].got, 80);
	}
}

static void a_multi_unit_reads_both_levels(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_PARALLEL, 3, 0);
	expect(&f, 0x0030, 8);
	expect(&f, 0x3030, 8);
	expect(&f, 0x0038, 8);
	expect(&f, 0x3038, 8);
	expect(&f, 0x0040, 80);
	expect(&f, 0x3040, 80);
	expect(&f, 0x0001, 15);
	expect(&f, 0x00CB, 4);
}

static void a_table_with_two_letters_is_read_once(void **state)
{
	struct fam_block two[BLOCKS + 1];
	memcpy(two, blocks, sizeof blocks);
	two[BLOCKS] = (struct fam_block){ .function = 3, .letter = 'V', .offset = 0x3030, .count = 2, .unit_count = 2, .levels = FAM_LEVEL_UPS,
		.rate = FAM_FAST, .used = true, .first = 115 };        /* the first words of unit 3's status */
	struct family f2 = family;
	f2.block = two;
	f2.block_count = BLOCKS + 1;
	struct fixture f;
	make(&f, SYSTEM_PARALLEL, 3, 0);
	remake(&f, &f2, SYSTEM_PARALLEL, 3, 0);
	assert_int_equal(f.plan.fasts, 6);       /* status and alarms of both levels, and the two rests, which are off */
	expect(&f, 0x0030, 8);
	answer(&f, next(&f), 0x3333);
	assert_int_equal(f.words.image.level[LEVEL_UPS].block[BLOCKS].got, 2);
	assert_int_equal(f.words.image.level[LEVEL_UPS].word[116], 0x3333);
	assert_int_equal(f.words.image.level[LEVEL_UPS].word[117], 0);
	assert_int_equal(f.words.image.level[LEVEL_UNIT].block[BLOCKS].got, 0);
}

static void words_go_to_their_level(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_PARALLEL, 3, 0);
	answer(&f, next(&f), 0x1111);
	answer(&f, next(&f), 0x3333);
	assert_int_equal(f.words.image.level[LEVEL_UPS].word[7], 0x1111);
	assert_int_equal(f.words.image.level[LEVEL_UNIT].word[7], 0x3333);
	assert_int_equal(f.words.image.level[LEVEL_UNIT].word[8], 0);
}

static void a_map_without_a_question_about_the_system_reads_nothing_for_it(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_UNKNOWN, 0, 0);
	assert_int_equal(f.plan.reads, 0);
	assert_true(plan_is_known(&f.plan));
}

static void the_tables_that_tell_the_system_are_read_first(void **state)
{
	struct fam_op code = { .code = FAM_OP_IN, .block = T, .word = 0, .low = 0x600, .high = 0x6FF };
	struct family asks = family;
	asks.code = &code;
	asks.code_count = 1;
	asks.parallel = (struct fam_expr){ 0, 1 };
	struct fixture f;
	make(&f, SYSTEM_UNKNOWN, 3, 0);
	remake(&f, &asks, SYSTEM_UNKNOWN, 3, 0);
	expect(&f, 0x01, 15);
	assert_true(plan_is_known(&f.plan));
}

/* ---- when ---- */

static void one_slow_request_between_two_cycles(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 1);           /* measurements are always due */
	everything_once(&f);
	for (int n = 0; n < 20; n++) {
		expect(&f, 0x30, 8);
		expect(&f, 0x38, 8);
		expect(&f, 0x40, 80);
	}
}

static int read_of(const struct fixture *f, uint16_t address)
{
	for (int i = 0; i < f->plan.reads; i++)
		if (f->plan.read[i].address == address)
			return i;
	fail();
	return -1;
}

static int64_t turn_ms(const struct fixture *f)
{
	return plan_turn_ns(&f->plan, &f->plan.read[read_of(f, 0x40)]) / 1000000;
}

/* The longest time between two readings of the measurements, over a while. */
static int64_t longest_pause_ms(struct fixture *f)
{
	everything_once(f);
	struct mono end = mono_add_ms(f->now, 60000), last = f->now;
	int64_t longest = 0;
	while (f->now.ns < end.ns) {
		int i = next(f);
		answer(f, i, 0);
		if (f->plan.read[i].address != 0x40)
			continue;
		longest = mono_ms_between(last, f->now) > longest ? mono_ms_between(last, f->now) : longest;
		last = f->now;
	}
	return longest;
}

static void measurements_are_fresh(void **state)
{
	static const struct { uint32_t baud; int64_t most_ms; } goals[] = { { 9600, 2000 }, { 57600, 1000 } };
	for (int k = 0; k < 2; k++) {
		struct fixture f;
		make_at(&f, goals[k].baud, SYSTEM_SINGLE, 0, 0);
		assert_true(longest_pause_ms(&f) <= goals[k].most_ms);
	}
}

static void measurements_take_their_part_of_the_line(void **state)
{
	struct fixture f;
	make_at(&f, 57600, SYSTEM_SINGLE, 0, 0);
	assert_int_equal(turn_ms(&f), PLAN_TURN_MIN_MS);
	make_at(&f, 19200, SYSTEM_SINGLE, 0, 0);
	assert_int_equal(turn_ms(&f), 8 * wire_read_ns(&f.wire, 160) / 1000000);
	assert_in_range(turn_ms(&f), PLAN_TURN_MIN_MS + 1, PLAN_TURN_MAX_MS - 1);
	make_at(&f, 1200, SYSTEM_SINGLE, 0, 0);
	assert_int_equal(turn_ms(&f), PLAN_TURN_MAX_MS);
	make_at(&f, 0, SYSTEM_SINGLE, 0, 0);
	assert_int_equal(turn_ms(&f), PLAN_TURN_TCP_MS);
	make_at(&f, 9600, SYSTEM_SINGLE, 0, 7000);       /* what the configuration says rules */
	f.plan.on_battery = true;
	f.plan.read[read_of(&f, 0x40)].of_battery = true;
	assert_int_equal(turn_ms(&f), 7000);
}

static void battery_tables_hurry_and_go_first_on_battery(void **state)
{
	struct fam_block two[BLOCKS + 1];
	memcpy(two, blocks, sizeof blocks);
	two[BLOCKS] = (struct fam_block){ .function = 3, .letter = 'N', .offset = 0x400, .count = 80, .unit_count = 80,
		.levels = FAM_LEVEL_UNIT, .rate = FAM_TURN, .used = true, .first = 115 };
	struct fam_point battery = { .point = PT_BATTERY_TMP, .term = { { .block = BLOCKS } }, .terms = 1, .enabled = true };
	struct family f2 = family;
	f2.block = two;
	f2.block_count = BLOCKS + 1;
	f2.point = &battery;
	f2.point_count = 1;
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	remake(&f, &f2, SYSTEM_SINGLE, 0, 0);
	int m = read_of(&f, 0x40), n = read_of(&f, 0x400);
	assert_true(f.plan.read[n].of_battery);
	assert_false(f.plan.read[m].of_battery);
	assert_int_equal(plan_turn_ns(&f.plan, &f.plan.read[n]) / 1000000, PLAN_TURN_MAX_MS);
	f.plan.on_battery = true;
	assert_int_equal(plan_turn_ns(&f.plan, &f.plan.read[n]) / 1000000, PLAN_BATTERY_MS);
	assert_int_equal(plan_turn_ns(&f.plan, &f.plan.read[m]) / 1000000, PLAN_TURN_MAX_MS);
	f.plan.on_battery = false;
	for (int on = 0; on < 2; on++) {         /* both are due, M for longer */
		everything_once(&f);
		answer_until(&f, 0);
		f.plan.on_battery = on;
		f.plan.read[m].asked = mono_add_ms(f.now, -9000);
		f.plan.read[n].asked = mono_add_ms(f.now, -5000);
		expect(&f, 0x30, 8);
		expect(&f, 0x38, 8);
		expect(&f, on ? 0x400 : 0x40, 80);
	}
}

/* 7.3: the states that follow from measurements must not wait for their turn when a bit says that something happened. */
static void finding_7_3_a_fast_word_that_changes_makes_the_measurements_due(void **state)
{
	struct fam_op code = { .code = FAM_OP_IN, .block = M, .low = 1, .high = 2 };
	struct fam_rule rule = { .state_object = ST_INPUT_REC_STATUS, .value = 1, .enabled = true, .when = { 0, 1 } };
	struct family f2 = family;
	f2.code = &code;
	f2.code_count = 1;
	f2.rule = &rule;
	f2.rule_count = 1;
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	remake(&f, &f2, SYSTEM_SINGLE, 0, 0);
	assert_true(f.plan.read[read_of(&f, 0x40)].of_states);
	assert_false(f.plan.read[read_of(&f, 0x30)].of_states);
	everything_once(&f);
	answer_until(&f, 0);
	expect(&f, 0x30, 8);                     /* nothing changed: no measurements yet */
	expect(&f, 0x38, 8);
	assert_int_equal(next(&f), 0);
	answer(&f, 0, 1);
	expect(&f, 0x38, 8);
	assert_int_equal(next(&f), 0);           /* did it last? */
	answer(&f, 0, 1);
	expect(&f, 0x40, 80);
	assert_int_equal(next(&f), 0);           /* once */
	answer(&f, 0, 1);
	expect(&f, 0x38, 8);
	assert_int_equal(next(&f), 0);
}

/* ---- one cycle ---- */

/* 7.4: the alarms changed, so the status that was read before them may be older than the change. */
static void finding_7_4_what_stands_before_a_change_is_read_once_more(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	everything_once(&f);
	answer_until(&f, 0);
	assert_true(plan_is_between(&f.plan, f.now) || f.plan.cursor == 0);
	expect(&f, 0x30, 8);
	assert_false(plan_is_between(&f.plan, f.now));
	answer(&f, next(&f), 0x0400);            /* an alarm */
	assert_false(plan_is_between(&f.plan, f.now));
	expect(&f, 0x30, 8);                     /* the status again, and only the status */
	assert_true(plan_is_between(&f.plan, f.now));
	int i = next(&f);
	assert_int_equal(get(&f, i)->address, 0x40);
	answer(&f, i, 0);
	assert_true(plan_is_between(&f.plan, f.now));
	assert_int_equal(next(&f), 0);
}

/* The status changed and the alarms did not: perhaps it has changed back before they were asked for. */
static void a_change_that_others_do_not_share_is_read_once_more(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	everything_once(&f);
	answer_until(&f, 0);
	answer(&f, 0, 0x0001);
	assert_false(plan_is_between(&f.plan, f.now));
	expect(&f, 0x38, 8);
	assert_false(plan_is_between(&f.plan, f.now));
	expect(&f, 0x30, 8);                     /* 0 again */
	assert_true(plan_is_between(&f.plan, f.now));    /* once a cycle, whatever it says */
	assert_int_equal(f.words.image.level[LEVEL_UNIT].word[0], 0);
}

static void the_first_reading_of_all_is_not_read_twice(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	answer(&f, next(&f), 1);
	answer(&f, next(&f), 2);
	assert_true(plan_is_between(&f.plan, f.now));
	assert_int_equal(get(&f, next(&f))->address, 0x40);
}

static void rare_tables_come_about_once_a_minute(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	f.wire = wire_of(57600, 'N');
	remake(&f, &family, SYSTEM_SINGLE, 0, 0);
	everything_once(&f);
	struct mono end = mono_add_ms(f.now, 10 * PLAN_RARE_MS);
	int rare = 0;
	while (f.now.ns < end.ns) {
		int i = next(&f);
		rare += get(&f, i)->address == 0x01;
		answer(&f, i, 0);
	}
	assert_in_range(rare, 9 + PLAN_SOON_TIMES, 10 + PLAN_SOON_TIMES);
}

/* What a UPS says while it boots, just after the link came up, must not stand for a minute. */
static void rare_tables_are_read_again_soon_after_the_link_is_up(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	everything_once(&f);
	int t = read_of(&f, 0x01);
	struct mono first = f.plan.read[t].asked;
	for (int n = 1; n <= PLAN_SOON_TIMES; n++) {
		struct mono before = f.plan.read[t].asked;
		answer_until(&f, t);
		assert_in_range(mono_ms_between(before, f.now), PLAN_SOON_MS, PLAN_SOON_MS + 1500);
		answer(&f, t, 0);
	}
	answer_until(&f, t);
	assert_true(mono_ms_between(first, f.now) >= PLAN_SOON_MS * PLAN_SOON_TIMES + PLAN_RARE_MS);
}

static void tcp_cycles_have_a_pace(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	f.wire = wire_of(0, 'N');
	remake(&f, &family, SYSTEM_SINGLE, 0, 0);
	everything_once(&f);
	int asked = 0;
	struct mono end = mono_add_ms(f.now, 10000), wait;
	while (f.now.ns < end.ns) {
		int i = plan_next(&f.plan, f.now, &f.late, &wait);
		if (i < 0) {
			assert_true(wait.ns > f.now.ns);
			f.now = wait;
			continue;
		}
		asked += get(&f, i)->address == 0x30;
		answer(&f, i, 0);
	}
	assert_in_range(asked, 10000 / PLAN_TCP_CYCLE_MS - 3, 10000 / PLAN_TCP_CYCLE_MS + 1);
}

static void cycles_are_measured_without_the_slow_requests(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 1);
	everything_once(&f);
	for (int n = 0; n < 9; n++)
		answer(&f, next(&f), 0);
	assert_true(f.plan.cycles >= 2);
	assert_int_equal(f.plan.last_cycle_ns, 2 * wire_read_ns(&f.wire, 16));
	assert_int_equal(f.plan.last_cycle_wire_ns, 2 * wire_read_ns(&f.wire, 16));
}

/* ---- refusals ---- */

static enum plan_verdict refuse(struct fixture *f, int i, uint8_t exception)
{
	return plan_refused(&f->plan, i, exception, &f->words, f->now);
}

static void a_refused_table_is_read_shorter_and_its_rest_apart(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	assert_int_equal(refuse(&f, next(&f), 2), PLAN_ASK_SHORTER);
	expect(&f, 0x30, 6);
	assert_int_equal(f.words.image.level[LEVEL_UNIT].block[S].got, 6);
	assert_false(f.words.image.level[LEVEL_UNIT].block[S].rest_got);
	int rest = next(&f);
	assert_int_equal(get(&f, rest)->address, 0x1036);
	assert_int_equal(get(&f, rest)->count, 2);
	answer(&f, rest, 0x5555);
	assert_true(f.words.image.level[LEVEL_UNIT].block[S].rest_got);
	assert_int_equal(f.words.image.level[LEVEL_UNIT].word[5], 0);
	assert_int_equal(f.words.image.level[LEVEL_UNIT].word[6], 0x5555);
	everything_once(&f);
	answer_until(&f, 0);                    /* remembered: the next cycle asks for 6 at once */
	expect(&f, 0x30, 6);
	assert_true(f.words.image.level[LEVEL_UNIT].block[S].rest_got);
}

static void a_rest_that_is_refused_leaves_the_table_alone(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	refuse(&f, next(&f), 2);
	expect(&f, 0x30, 6);
	assert_int_equal(refuse(&f, next(&f), 2), PLAN_BECAME_ABSENT);
	assert_false(f.words.image.level[LEVEL_UNIT].block[S].refused);
	expect(&f, 0x38, 8);
}

/* 7.2: a gateway of one unit, and a UPS without the common tables: the UPS level is read where the map says it may stand as well. */
static void finding_7_2_the_ups_level_is_looked_for_elsewhere(void **state)
{
	static struct fam_block jbus[] = {
		{ .function = 3, .letter = 'S', .bits = true, .offset = 0x20, .count = 6, .unit_count = 6, .shorter = 4,
		  .levels = FAM_LEVEL_UNIT | FAM_LEVEL_UPS, .rate = FAM_FAST, .used = true },
	};
	static const struct family two_places = {
		.id = "jbus", .block = jbus, .block_count = 1, .words = 6,
		.bases = { .single = 0x1000, .ups = 0, .ups_else = 0x1000, .concentrator = 0x1000, .unit = 0x1000, .unit_step = 0x1000 },
	};
	struct fixture f;
	make(&f, SYSTEM_PARALLEL, 2, 0);
	remake(&f, &two_places, SYSTEM_PARALLEL, 2, 0);
	assert_int_equal(get(&f, next(&f))->address, 0x0020);
	assert_int_equal(refuse(&f, next(&f), 2), PLAN_ASK_SHORTER);
	assert_int_equal(get(&f, next(&f))->count, 4);
	assert_int_equal(refuse(&f, next(&f), 2), PLAN_ASK_ELSEWHERE);
	assert_int_equal(get(&f, next(&f))->address, 0x1020);
	assert_int_equal(get(&f, next(&f))->count, 6);
	assert_int_equal(refuse(&f, next(&f), 2), PLAN_ASK_SHORTER);
	expect(&f, 0x1020, 4);
	assert_int_equal(f.words.image.level[LEVEL_UPS].block[0].got, 4);
	assert_int_equal(f.words.image.level[LEVEL_UNIT].block[0].got, 0);
	expect(&f, 0x2020, 6);                   /* that of the unit in its own place, and there alone */
	expect(&f, 0x1020, 4);
	refuse(&f, next(&f), 2);
	remake(&f, &two_places, SYSTEM_PARALLEL, 2, 0);
	memset(&f.words, 0, sizeof f.words);
	for (int i = 0; i < 3; i++)
		refuse(&f, next(&f), 2);
	assert_int_equal(refuse(&f, next(&f), 2), PLAN_BECAME_ABSENT);
	assert_true(f.words.image.level[LEVEL_UPS].block[0].refused);
	assert_int_equal(f.plan.read[0].address, 0x0020);        /* the next attempt begins anew */
	assert_int_equal(f.plan.read[0].count, 6);
	remake(&f, &two_places, SYSTEM_PARALLEL, 0, 0);          /* a concentrator reads that place anyway */
	refuse(&f, next(&f), 2);
	assert_int_equal(refuse(&f, next(&f), 2), PLAN_BECAME_ABSENT);
}

/* Refuses one table for as long as it takes; how often it was asked about. */
static int refused_for(struct fixture *f, uint16_t address, uint8_t exception, int64_t ms)
{
	int asked = 0;
	struct mono end = mono_add_ms(f->now, ms);
	while (f->now.ns < end.ns) {
		int i = next(f);
		if (get(f, i)->address == address) {
			asked++;
			refuse(f, i, exception);
			f->now = mono_add_ms(f->now, 20);
		} else {
			answer(f, i, 0);
		}
	}
	return asked;
}

static void a_table_that_does_not_exist_is_asked_for_less_and_less_often(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	assert_int_equal(refused_for(&f, 0xCB, 2, PLAN_ABSENT_MS - 500), 1);
	assert_true(f.words.image.level[LEVEL_UNIT].block[K].refused);
	assert_true(plan_is_complete(&f.plan));
	assert_int_equal(refused_for(&f, 0xCB, 2, 1000), 1);             /* after 10 s */
	assert_int_equal(refused_for(&f, 0xCB, 2, 2 * PLAN_ABSENT_MS), 1);       /* after 20 s more */
	refused_for(&f, 0xCB, 2, 2 * PLAN_ABSENT_MAX_MS);
	assert_int_equal(refused_for(&f, 0xCB, 2, PLAN_ABSENT_MAX_MS * 5), 5);
	assert_int_equal(plan_ailing(&f.plan), -1);
}

/* 1.3: while a card boots it refuses everything, and nobody wants to wait ten minutes for the alarms. */
static void finding_1_3_status_and_alarms_are_asked_for_soon(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	refused_for(&f, 0x38, 1, 300000);
	assert_false(plan_is_complete(&f.plan));
	assert_true(plan_is_known(&f.plan));
	assert_int_equal(get(&f, plan_ailing(&f.plan))->address, 0x38);
	assert_in_range(refused_for(&f, 0x38, 3, 300000), 10 * 2 - 2, 10 * 2 + 2);       /* 8 words, then 6, every 30 s */
	assert_int_equal(f.plan.read[read_of(&f, 0x38)].state, PLAN_REFUSED);
}

static void finding_1_3_only_one_two_and_three_say_that_there_is_no_table(void **state)
{
	static const uint8_t codes[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 0 };
	for (size_t k = 0; k < sizeof codes; k++) {
		struct fixture f;
		make(&f, SYSTEM_SINGLE, 0, 0);
		int m = read_of(&f, 0x40);
		everything_once(&f);
		struct fam_image_block *b = &f.words.image.level[LEVEL_UNIT].block[M];
		f.plan.read[m].state = PLAN_NEW;
		*b = (struct fam_image_block){ 0 };
		bool for_good = codes[k] >= 1 && codes[k] <= 3;
		assert_int_equal(refuse(&f, m, codes[k]), for_good ? PLAN_BECAME_ABSENT : PLAN_ASK_AGAIN);
		assert_int_equal(f.plan.read[m].state, for_good ? PLAN_REFUSED : PLAN_NEW);
		assert_int_equal(b->refused, for_good);
		assert_int_equal(plan_is_known(&f.plan), for_good);
		if (for_good)
			continue;
		for (int n = 1; n < RETRIES; n++)
			assert_int_equal(refuse(&f, m, codes[k]), PLAN_ASK_AGAIN);
		assert_int_equal(refuse(&f, m, codes[k]), PLAN_BECAME_STALE);
		assert_int_equal(refuse(&f, m, codes[k]), PLAN_AS_BEFORE);
		assert_false(b->refused);
		assert_false(b->stale);          /* nothing was read that could be */
		assert_true(plan_is_known(&f.plan));
	}
}

static void finding_1_3_what_has_answered_once_is_never_absent(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	everything_once(&f);
	remake(&f, &family, SYSTEM_SINGLE, 0, 0);        /* the link was lost and is up again */
	int i = next(&f);
	for (int n = 0; n < RETRIES; n++)
		assert_int_equal(refuse(&f, i, 2), PLAN_ASK_AGAIN);
	assert_int_equal(refuse(&f, i, 2), PLAN_BECAME_STALE);
	assert_int_equal(get(&f, i)->count, 6);
	assert_false(f.words.image.level[LEVEL_UNIT].block[S].refused);
	assert_true(f.words.image.level[LEVEL_UNIT].block[S].stale);
}

static void a_stale_table_is_asked_again_within_seconds(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	everything_once(&f);
	for (int n = 0; n <= RETRIES; n++)
		refuse(&f, 0, 4);
	assert_in_range(refused_for(&f, 0x30, 4, 10000), 7, 10);
	plan_silent(&f.plan, 0, &f.words, f.now);
	struct mono from = f.now;
	answer_until(&f, 0);
	assert_in_range(mono_ms_between(from, f.now), PLAN_SILENT_MS + 2 * TIMEOUT_MS, PLAN_SILENT_MS + 2 * TIMEOUT_MS + 400);
	assert_true(answer(&f, 0, 0));
	assert_false(f.words.image.level[LEVEL_UNIT].block[S].stale);
	assert_int_equal(f.plan.read[0].failures, 0);
}

/* 1.3b: silence is stale, for what has answered and for what is needed; an option that has never answered is not there. */
static void finding_1_3b_a_silent_table_is_stale(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	assert_int_equal(plan_silent(&f.plan, read_of(&f, 0x38), &f.words, f.now), PLAN_BECAME_STALE);
	assert_int_equal(plan_silent(&f.plan, read_of(&f, 0x38), &f.words, f.now), PLAN_AS_BEFORE);
	assert_false(f.words.image.level[LEVEL_UNIT].block[A].refused);
	assert_int_equal(plan_silent(&f.plan, read_of(&f, 0xCB), &f.words, f.now), PLAN_BECAME_ABSENT);
	assert_int_equal(f.plan.read[read_of(&f, 0xCB)].failures, 1);
	assert_int_equal(plan_silent(&f.plan, read_of(&f, 0xCB), &f.words, f.now), PLAN_AS_BEFORE);
	assert_int_equal(f.plan.read[read_of(&f, 0xCB)].failures, 2);
	make(&f, SYSTEM_SINGLE, 0, 0);
	everything_once(&f);
	assert_int_equal(plan_silent(&f.plan, read_of(&f, 0xCB), &f.words, f.now), PLAN_BECAME_STALE);
	assert_true(f.words.image.level[LEVEL_UNIT].block[K].stale);
	assert_true(plan_is_complete(&f.plan));
	assert_int_equal(get(&f, plan_ailing(&f.plan))->address, 0xCB);
}

/* 1.2: without status and alarms nothing is complete, whatever else there is. */
static void finding_1_2_complete_needs_status_and_alarms(void **state)
{
	for (int missing = 0; missing < 3; missing++) {
		struct fixture f;
		make(&f, SYSTEM_SINGLE, 0, 0);
		for (int n = 0; n < 100 && !plan_is_known(&f.plan); n++) {
			int i = next(&f);
			bool refuses = get(&f, i)->address == (missing == 0 ? 0x30 : 0x38) && missing < 2;
			if (refuses)
				refuse(&f, i, 1);
			else
				answer(&f, i, 0);
		}
		assert_int_equal(plan_is_complete(&f.plan), missing == 2);
	}
	struct fixture f;                        /* and a UPS that refuses everything has nothing */
	make(&f, SYSTEM_SINGLE, 0, 0);
	for (int n = 0; n < 100 && !plan_is_known(&f.plan); n++)
		refuse(&f, next(&f), 1);
	assert_true(plan_is_known(&f.plan));
	assert_false(plan_is_complete(&f.plan));
	assert_false(plan_has_good(&f.plan));
}

static void one_level_is_enough(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_PARALLEL, 3, 0);
	for (int n = 0; n < 100 && !plan_is_known(&f.plan); n++) {
		int i = next(&f);
		if (get(&f, i)->address >= 0x3000)
			refuse(&f, i, 2);
		else
			answer(&f, i, 0);
	}
	assert_true(plan_is_complete(&f.plan));
	assert_int_equal(get(&f, plan_ailing(&f.plan))->address, 0x3030);        /* but the unit has nothing to show */
}

/* The concentrator takes from one level what the other refuses. */
static void the_levels_of_a_concentrator_stand_in_for_each_other(void **state)
{
	struct family apart = family;
	apart.bases.concentrator = 0x1000;
	struct fixture f;
	make(&f, SYSTEM_PARALLEL, 0, 0);
	remake(&f, &apart, SYSTEM_PARALLEL, 0, 0);
	for (int n = 0; n < 100 && !plan_is_known(&f.plan); n++) {
		int i = next(&f);
		if (get(&f, i)->address >= 0x1000)
			refuse(&f, i, 2);
		else
			answer(&f, i, 0);
	}
	assert_true(plan_is_complete(&f.plan));
	assert_int_equal(plan_ailing(&f.plan), -1);
}

/* 1.4: words of all ones are no words, where they must mean something. */
static void finding_1_4_all_ones_are_void(void **state)
{
	struct fixture f;
	uint16_t words[FAM_BLOCK_WORDS_MAX];
	memset(words, 0xFF, sizeof words);
	make(&f, SYSTEM_SINGLE, 0, 0);
	assert_true(plan_is_void(&f.plan, read_of(&f, 0x30), words));
	assert_true(plan_is_void(&f.plan, read_of(&f, 0x38), words));
	assert_true(plan_is_void(&f.plan, read_of(&f, 0x01), words));
	assert_true(plan_is_void(&f.plan, read_of(&f, 0x40), words));    /* one that says nothing else is not there */
	f.plan.read[read_of(&f, 0x38)].state = PLAN_GOOD;
	assert_false(plan_is_void(&f.plan, read_of(&f, 0x40), words));   /* and here each measurement speaks for itself */
	assert_true(plan_is_void(&f.plan, read_of(&f, 0x01), words));
	words[79] = 0;
	assert_false(plan_is_void(&f.plan, read_of(&f, 0x40), words));
	words[7] = 0xFFFE;
	assert_false(plan_is_void(&f.plan, read_of(&f, 0x30), words));
	assert_false(plan_is_void(&f.plan, read_of(&f, 0x01), words));
	words[7] = 0xFFFF;
	words[15] = 0;                           /* not asked for: does not count */
	assert_true(plan_is_void(&f.plan, read_of(&f, 0x30), words));
	assert_true(plan_is_void(&f.plan, read_of(&f, 0x01), words));
}

static void a_table_that_answered_becomes_stale_after_the_retries_only(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	everything_once(&f);
	for (int n = 0; n < RETRIES; n++) {
		answer_until(&f, 0);
		assert_int_equal(refuse(&f, 0, 2), PLAN_ASK_AGAIN);
		assert_false(f.words.image.level[LEVEL_UNIT].block[S].stale);
	}
	answer_until(&f, 0);
	assert_int_equal(refuse(&f, 0, 2), PLAN_BECAME_STALE);
	assert_true(f.words.image.level[LEVEL_UNIT].block[S].stale);
	assert_false(f.words.image.level[LEVEL_UNIT].block[S].refused);
	assert_false(f.words.image.level[LEVEL_UNIT].block[A].stale);          /* its neighbours are as they were */
	assert_int_equal(next(&f), 0);                   /* at once the shorter one: it may be another UPS by now */
	assert_int_equal(get(&f, 0)->count, 6);
	assert_int_equal(refuse(&f, 0, 2), PLAN_AS_BEFORE);
	answer_until(&f, 0);
	assert_int_equal(get(&f, 0)->count, 8);
	assert_true(answer(&f, 0, 0));                   /* a table that comes back is a change */
	assert_false(f.words.image.level[LEVEL_UNIT].block[S].stale);
}

/* Refuses it until its values are stale. */
static void make_stale(struct fixture *f, int read)
{
	for (int n = 0; n <= RETRIES; n++) {
		answer_until(f, read);
		refuse(f, read, 2);
	}
}

/* A UPS that answered 8 words has been exchanged for one that has 6. */
static void a_table_that_became_shorter_is_read_so(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	everything_once(&f);
	make_stale(&f, 0);
	expect(&f, 0x30, 6);
	assert_int_equal(next(&f), 0);                   /* was that the UPS, or the moment?  In full once more */
	assert_int_equal(get(&f, 0)->count, 8);
	assert_int_equal(refuse(&f, 0, 3), PLAN_ASK_SHORTER);
	expect(&f, 0x30, 6);
	assert_false(f.words.image.level[LEVEL_UNIT].block[S].stale);
	expect(&f, 0x1036, 2);                           /* and its rest, like that of any other */
	answer_until(&f, 0);
	expect(&f, 0x30, 6);
	assert_int_equal(plan_ailing(&f.plan), -1);
}

/* It was only busy: what it answers in full is read in full. */
static void a_table_that_is_back_in_full_is_read_so(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	everything_once(&f);
	make_stale(&f, 0);
	expect(&f, 0x30, 6);
	expect(&f, 0x30, 8);
	answer_until(&f, 0);
	expect(&f, 0x30, 8);
	assert_int_equal(get(&f, 1)->state, PLAN_OFF);   /* the rest */
	make_stale(&f, 0);
	expect(&f, 0x30, 6);
	assert_int_equal(refuse(&f, next(&f), 4), PLAN_ASK_AGAIN);       /* busy says nothing about the length */
	answer_until(&f, 0);
	expect(&f, 0x30, 8);
}

/* The place of the UPS level is looked for again as well, after a loss. */
static void a_table_that_stands_elsewhere_is_found_again(void **state)
{
	static struct fam_block jbus[] = {
		{ .function = 3, .letter = 'S', .bits = true, .offset = 0x20, .count = 6, .unit_count = 6, .shorter = 4,
		  .levels = FAM_LEVEL_UNIT | FAM_LEVEL_UPS, .rate = FAM_FAST, .used = true },
	};
	static const struct family two_places = {
		.id = "jbus", .block = jbus, .block_count = 1, .words = 6,
		.bases = { .single = 0x1000, .ups = 0, .ups_else = 0x1000, .concentrator = 0x1000, .unit = 0x1000, .unit_step = 0x1000 },
	};
	struct fixture f;
	make(&f, SYSTEM_PARALLEL, 2, 0);
	remake(&f, &two_places, SYSTEM_PARALLEL, 2, 0);
	expect(&f, 0x0020, 6);
	remake(&f, &two_places, SYSTEM_PARALLEL, 2, 0);          /* and now it is another one */
	for (int n = 0; n <= RETRIES; n++)
		refuse(&f, 0, 2);
	assert_int_equal(refuse(&f, 0, 2), PLAN_AS_BEFORE);      /* 4 words */
	assert_int_equal(f.plan.read[0].address, 0x1020);
	assert_int_equal(f.plan.read[0].count, 6);
	assert_int_equal(refuse(&f, 0, 2), PLAN_AS_BEFORE);
	assert_int_equal(f.plan.read[0].count, 4);
	assert_int_equal(refuse(&f, 0, 2), PLAN_AS_BEFORE);
	assert_int_equal(f.plan.read[0].address, 0x0020);
	assert_int_equal(f.plan.read[0].count, 6);
}

static void exceptions_of_the_moment_make_nothing_shorter(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	everything_once(&f);
	for (int n = 0; n <= RETRIES + 3; n++) {
		answer_until(&f, 0);
		refuse(&f, 0, 6);
		assert_int_equal(f.plan.read[0].count, 8);
	}
	assert_int_equal(f.plan.read[0].state, PLAN_FAILING);
}

/* An option that is refused for now, and has never answered, is not waited for: what it would say is not known. */
static void an_option_that_never_answers_is_refused(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	int k = read_of(&f, 0xCB);
	struct fam_image_block *b = &f.words.image.level[LEVEL_UNIT].block[K];
	for (int n = 0; n < RETRIES; n++) {
		assert_int_equal(refuse(&f, k, 6), PLAN_ASK_AGAIN);
		assert_false(b->refused);
	}
	assert_int_equal(refuse(&f, k, 6), PLAN_BECAME_STALE);
	assert_true(b->refused);
	answer(&f, k, 0);
	assert_false(b->refused);
	for (int n = 0; n <= RETRIES; n++)
		refuse(&f, k, 6);
	assert_false(b->refused);                        /* now it has */
	assert_true(b->stale);
}

static void a_refusal_of_a_table_with_two_letters_is_one_of_both(void **state)
{
	struct fam_block two[BLOCKS + 1];
	memcpy(two, blocks, sizeof blocks);
	two[BLOCKS] = (struct fam_block){ .function = 3, .letter = 'V', .offset = 0x3030, .count = 2, .unit_count = 2,
		.levels = FAM_LEVEL_UPS, .rate = FAM_FAST, .used = true, .optional = true, .first = 115 };
	struct family f2 = family;
	f2.block = two;
	f2.block_count = BLOCKS + 1;
	struct fixture f;
	make(&f, SYSTEM_PARALLEL, 3, 0);
	remake(&f, &f2, SYSTEM_PARALLEL, 3, 0);
	int i = read_of(&f, 0x3030);
	assert_false(f.plan.read[i].optional);           /* one of them is needed */
	refuse(&f, i, 2);                                /* 6 words then */
	assert_int_equal(refuse(&f, i, 2), PLAN_BECAME_ABSENT);
	assert_true(f.words.image.level[LEVEL_UNIT].block[S].refused);
	assert_true(f.words.image.level[LEVEL_UPS].block[BLOCKS].refused);
	assert_false(f.words.image.level[LEVEL_UPS].block[S].refused);
	answer(&f, i, 0);
	plan_silent(&f.plan, i, &f.words, f.now);
	assert_true(f.words.image.level[LEVEL_UNIT].block[S].stale);
	assert_true(f.words.image.level[LEVEL_UPS].block[BLOCKS].stale);
	assert_false(f.words.image.level[LEVEL_UPS].block[S].stale);
}

static void a_change_is_seen(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	assert_true(answer(&f, next(&f), 0));            /* read for the first time */
	everything_once(&f);
	answer_until(&f, 0);
	assert_false(answer(&f, 0, 0));
	answer_until(&f, 0);
	assert_true(answer(&f, 0, 1));
}

/* ---- late answers ---- */

static void before_a_look_alike_something_else_is_asked(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	everything_once(&f);
	answer_until(&f, 0);
	late_note(&f.late, &(struct line_question){ .function = 3, .address = 0x30, .count = 8 }, mono_add_ms(f.now, 2000));
	expect(&f, 0x30, 8);
	int i = next(&f);
	assert_int_equal(get(&f, i)->address, 0xCB);     /* the shortest table that cannot be mistaken */
	answer(&f, i, 0);
	late_answered(&f.late, &(struct line_question){ .function = 3, .address = 0xCB, .count = 4 }, f.now, f.now);
	expect(&f, 0x38, 8);
	expect(&f, 0x30, 8);
}

static void a_look_alike_is_passed_over_but_not_for_ever(void **state)
{
	struct fixture f;
	struct mono wait;
	struct family f2 = family;
	f2.block_count = M;                      /* nothing else to ask */
	make(&f, SYSTEM_SINGLE, 0, 0);
	remake(&f, &f2, SYSTEM_SINGLE, 0, 0);
	expect(&f, 0x30, 8);
	expect(&f, 0x38, 8);
	struct mono start = f.now;
	int held = 0;
	for (int n = 0; n < 200; n++) {          /* every status read is lost once, so its answer is always owed */
		late_note(&f.late, &(struct line_question){ .function = 3, .address = 0x30, .count = 8 }, mono_add_ms(f.now, 2000));
		int i = plan_next(&f.plan, f.now, &f.late, &wait);
		if (i < 0) {
			f.now = wait;
			held++;
			break;
		}
		assert_int_not_equal(get(&f, i)->address, 0x38);
		answer(&f, i, 0);
	}
	assert_int_equal(held, 1);
	assert_true(mono_ms_between(start, f.now) <= 2 * PLAN_PATIENCE_MS + 500);
	expect(&f, 0x38, 8);
}

static void a_witness_works_and_may_be_asked(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	int s = read_of(&f, 0x30), a = read_of(&f, 0x38), m = read_of(&f, 0x40);
	assert_int_equal(plan_witness(&f.plan, s, f.now, &f.late), a);   /* nothing works yet: one that was not tried */
	f.plan.read[a].failures = 1;
	assert_int_equal(plan_witness(&f.plan, s, f.now, &f.late), m);
	expect(&f, 0x30, 8);
	assert_int_equal(plan_witness(&f.plan, m, f.now, &f.late), s);
	assert_int_equal(plan_witness(&f.plan, -1, f.now, &f.late), s);
	late_note(&f.late, &(struct line_question){ .function = 3, .address = 0x38, .count = 8 }, mono_add_ms(f.now, 2000));
	assert_int_equal(plan_witness(&f.plan, a, f.now, &f.late), m);   /* its answer would look like the one that is owed */
}

/* ---- the system ---- */

static void finding_7_1_one_word_in_one_place_tells_the_system(void **state)
{
	struct fam_op code = { .code = FAM_OP_BIT, .block = S, .word = 1, .bit = 14 };
	struct family asks = family;
	asks.code = &code;
	asks.code_count = 1;
	asks.parallel = (struct fam_expr){ 0, 1 };
	asks.bases = (struct fam_bases){ .single = 0x1000, .ups = 0, .concentrator = 0x1000, .unit = 0x1000, .unit_step = 0x1000 };
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	remake(&f, &asks, SYSTEM_UNKNOWN, 2, 0);
	assert_int_equal(f.plan.reads, 1);
	assert_int_equal(f.plan.read[0].address, 0x1030);
	answer(&f, 0, 0x4000);
	assert_int_equal(f.words.image.level[LEVEL_UNIT].block[S].got, 0);       /* these are no values of the unit */
	assert_int_equal(family_system(&asks, &f.words.tells), SYSTEM_PARALLEL);
	remake(&f, &asks, SYSTEM_SINGLE, 2, 0);
	assert_int_equal(f.plan.read[0].address, 0x1030);                        /* the status itself */
	assert_int_equal(f.plan.read[0].levels, PLAN_TELLS | 1 << LEVEL_UNIT);
	answer(&f, 0, 0);
	assert_int_equal(family_system(&asks, &f.words.tells), SYSTEM_SINGLE);
	remake(&f, &asks, SYSTEM_PARALLEL, 2, 0);
	assert_int_equal(f.plan.read[read_of(&f, 0x2030)].levels, 1 << LEVEL_UNIT);
	const struct plan_read *tells = &f.plan.read[read_of(&f, 0x1030)];
	assert_int_equal(tells->levels, PLAN_TELLS);
	assert_int_equal(tells->rate, FAM_TURN);
	remake(&f, &asks, SYSTEM_PARALLEL, 1, 0);                                /* unit 1 has its status there */
	assert_int_equal(f.plan.read[read_of(&f, 0x1030)].levels, PLAN_TELLS | 1 << LEVEL_UNIT);
}

static void losing_the_link_clears_nothing(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	answer(&f, next(&f), 0xABCD);
	struct fam_image before = f.words.image;
	plan_image_stale(&f.words.image);
	assert_memory_equal(before.level[LEVEL_UNIT].word, f.words.image.level[LEVEL_UNIT].word, sizeof before.level[LEVEL_UNIT].word);
	assert_true(f.words.image.level[LEVEL_UNIT].block[S].stale);
	assert_int_equal(f.words.image.level[LEVEL_UNIT].block[S].got, 8);
	assert_int_equal(f.words.image.level[LEVEL_UNIT].block[S].at.ns, before.level[LEVEL_UNIT].block[S].at.ns);
	assert_false(f.words.image.level[LEVEL_UNIT].block[A].stale);          /* never read: nothing to be stale */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_single_unit_is_read_at_its_base),
		cmocka_unit_test(a_concentrator_reads_what_is_the_same_once),
		cmocka_unit_test(a_multi_unit_reads_both_levels),
		cmocka_unit_test(a_table_with_two_letters_is_read_once),
		cmocka_unit_test(words_go_to_their_level),
		cmocka_unit_test(a_map_without_a_question_about_the_system_reads_nothing_for_it),
		cmocka_unit_test(the_tables_that_tell_the_system_are_read_first),
		cmocka_unit_test(one_slow_request_between_two_cycles),
		cmocka_unit_test(measurements_are_fresh),
		cmocka_unit_test(measurements_take_their_part_of_the_line),
		cmocka_unit_test(battery_tables_hurry_and_go_first_on_battery),
		cmocka_unit_test(finding_7_3_a_fast_word_that_changes_makes_the_measurements_due),
		cmocka_unit_test(finding_7_4_what_stands_before_a_change_is_read_once_more),
		cmocka_unit_test(a_change_that_others_do_not_share_is_read_once_more),
		cmocka_unit_test(the_first_reading_of_all_is_not_read_twice),
		cmocka_unit_test(rare_tables_come_about_once_a_minute),
		cmocka_unit_test(rare_tables_are_read_again_soon_after_the_link_is_up),
		cmocka_unit_test(tcp_cycles_have_a_pace),
		cmocka_unit_test(cycles_are_measured_without_the_slow_requests),
		cmocka_unit_test(a_refused_table_is_read_shorter_and_its_rest_apart),
		cmocka_unit_test(a_rest_that_is_refused_leaves_the_table_alone),
		cmocka_unit_test(finding_7_2_the_ups_level_is_looked_for_elsewhere),
		cmocka_unit_test(a_table_that_does_not_exist_is_asked_for_less_and_less_often),
		cmocka_unit_test(finding_1_3_status_and_alarms_are_asked_for_soon),
		cmocka_unit_test(finding_1_3_only_one_two_and_three_say_that_there_is_no_table),
		cmocka_unit_test(finding_1_3_what_has_answered_once_is_never_absent),
		cmocka_unit_test(a_stale_table_is_asked_again_within_seconds),
		cmocka_unit_test(finding_1_3b_a_silent_table_is_stale),
		cmocka_unit_test(finding_1_2_complete_needs_status_and_alarms),
		cmocka_unit_test(the_levels_of_a_concentrator_stand_in_for_each_other),
		cmocka_unit_test(one_level_is_enough),
		cmocka_unit_test(finding_1_4_all_ones_are_void),
		cmocka_unit_test(a_table_that_answered_becomes_stale_after_the_retries_only),
		cmocka_unit_test(a_table_that_became_shorter_is_read_so),
		cmocka_unit_test(a_table_that_is_back_in_full_is_read_so),
		cmocka_unit_test(a_table_that_stands_elsewhere_is_found_again),
		cmocka_unit_test(exceptions_of_the_moment_make_nothing_shorter),
		cmocka_unit_test(an_option_that_never_answers_is_refused),
		cmocka_unit_test(a_refusal_of_a_table_with_two_letters_is_one_of_both),
		cmocka_unit_test(a_change_is_seen),
		cmocka_unit_test(before_a_look_alike_something_else_is_asked),
		cmocka_unit_test(a_look_alike_is_passed_over_but_not_for_ever),
		cmocka_unit_test(a_witness_works_and_may_be_asked),
		cmocka_unit_test(finding_7_1_one_word_in_one_place_tells_the_system),
		cmocka_unit_test(losing_the_link_clears_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
