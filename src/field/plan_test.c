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
	struct fam_image image;
	struct wire wire;
	struct mono now;
};

static void make(struct fixture *f, enum ups_system system, uint8_t unit_number, uint32_t interval_ms)
{
	*f = (struct fixture){ .wire = wire_of(9600, 'N'), .now = { 1000000000 } };
	plan_make(&f->plan, &family, system, unit_number, &f->wire, interval_ms);
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
	return plan_answered(&f->plan, i, words, &f->image, sent, mono_add_ns(f->now, -f->wire.silence_ns));
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
	for (int n = 0; n < 100 && !plan_complete(&f->plan); n++)
		answer(f, next(f), 0);
	assert_true(plan_complete(&f->plan));
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
		assert_int_equal(f.image.level[l].block[S].got, 8);
		assert_int_equal(f.image.level[l].block[M].got, 80);
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
	plan_make(&f.plan, &f2, SYSTEM_PARALLEL, 3, &f.wire, 0);
	assert_int_equal(f.plan.fasts, 6);       /* status and alarms of both levels, and the two rests, which are off */
	expect(&f, 0x0030, 8);
	answer(&f, next(&f), 0x3333);
	assert_int_equal(f.image.level[LEVEL_UPS].block[BLOCKS].got, 2);
	assert_int_equal(f.image.level[LEVEL_UPS].word[116], 0x3333);
	assert_int_equal(f.image.level[LEVEL_UPS].word[117], 0);
	assert_int_equal(f.image.level[LEVEL_UNIT].block[BLOCKS].got, 0);
}

static void words_go_to_their_level(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_PARALLEL, 3, 0);
	answer(&f, next(&f), 0x1111);
	answer(&f, next(&f), 0x3333);
	assert_int_equal(f.image.level[LEVEL_UPS].word[7], 0x1111);
	assert_int_equal(f.image.level[LEVEL_UNIT].word[7], 0x3333);
	assert_int_equal(f.image.level[LEVEL_UNIT].word[8], 0);
}

static void a_map_without_a_question_about_the_system_reads_nothing_for_it(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_UNKNOWN, 0, 0);
	assert_int_equal(f.plan.reads, 0);
	assert_true(plan_complete(&f.plan));
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
	plan_make(&f.plan, &asks, SYSTEM_UNKNOWN, 3, &f.wire, 0);
	expect(&f, 0x01, 15);
	assert_true(plan_complete(&f.plan));
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

static void measurements_take_their_share_of_a_serial_line(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	f.wire = wire_of(57600, 'N');
	plan_make(&f.plan, &family, SYSTEM_SINGLE, 0, &f.wire, 0);
	everything_once(&f);
	int64_t slow_ns = 0, all_ns = 0;
	for (int n = 0; n < 60000; n++) {
		int i = next(&f);
		int64_t ns = wire_read_ns(&f.wire, 2 * get(&f, i)->count);
		all_ns += ns;
		slow_ns += get(&f, i)->address == 0x40 ? ns : 0;
		answer(&f, i, 0);
	}
	assert_in_range(slow_ns * 10000 / all_ns, 10000 / PLAN_SHARE * 9 / 10, 10000 / PLAN_SHARE * 11 / 10);
}

static void measurements_are_neither_too_fast_nor_too_slow(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	f.wire = wire_of(1200, 'N');
	plan_make(&f.plan, &family, SYSTEM_SINGLE, 0, &f.wire, 0);
	assert_int_equal(plan_turn_ns(&f.plan, f.now), PLAN_TURN_MAX_MS * INT64_C(1000000));
	f.wire = wire_of(0, 'N');
	plan_make(&f.plan, &family, SYSTEM_SINGLE, 0, &f.wire, 0);
	assert_int_equal(plan_turn_ns(&f.plan, f.now), PLAN_TURN_MS * INT64_C(1000000));
}

static void measurements_hurry_on_battery_and_after_a_change(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	assert_true(plan_turn_ns(&f.plan, f.now) > PLAN_HURRY_MS * INT64_C(1000000));
	f.plan.on_battery = true;
	assert_int_equal(plan_turn_ns(&f.plan, f.now), PLAN_HURRY_MS * INT64_C(1000000));
	f.plan.on_battery = false;
	f.plan.hurry_until = mono_add_ms(f.now, 10);
	assert_int_equal(plan_turn_ns(&f.plan, f.now), PLAN_HURRY_MS * INT64_C(1000000));
	assert_true(plan_turn_ns(&f.plan, mono_add_ms(f.now, 10)) > PLAN_HURRY_MS * INT64_C(1000000));
	f.plan.interval_ms = 7000;               /* what the configuration says rules */
	f.plan.on_battery = true;
	assert_int_equal(plan_turn_ns(&f.plan, f.now), INT64_C(7000000000));
}

static void rare_tables_come_about_once_a_minute(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	f.wire = wire_of(57600, 'N');
	plan_make(&f.plan, &family, SYSTEM_SINGLE, 0, &f.wire, 0);
	everything_once(&f);
	struct mono end = mono_add_ms(f.now, 10 * PLAN_RARE_MS);
	int rare = 0;
	while (f.now.ns < end.ns) {
		int i = next(&f);
		rare += get(&f, i)->address == 0x01;
		answer(&f, i, 0);
	}
	assert_in_range(rare, 9, 10);
}

static void tcp_cycles_have_a_pace(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	f.wire = wire_of(0, 'N');
	plan_make(&f.plan, &family, SYSTEM_SINGLE, 0, &f.wire, 0);
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
	return plan_refused(&f->plan, i, exception, 3, &f->image, f->now);
}

static void a_refused_table_is_read_shorter_and_its_rest_apart(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	assert_int_equal(refuse(&f, next(&f), 2), PLAN_ASK_SHORTER);
	expect(&f, 0x30, 6);
	assert_int_equal(f.image.level[LEVEL_UNIT].block[S].got, 6);
	assert_false(f.image.level[LEVEL_UNIT].block[S].rest_got);
	int rest = next(&f);
	assert_int_equal(get(&f, rest)->address, 0x1036);
	assert_int_equal(get(&f, rest)->count, 2);
	answer(&f, rest, 0x5555);
	assert_true(f.image.level[LEVEL_UNIT].block[S].rest_got);
	assert_int_equal(f.image.level[LEVEL_UNIT].word[5], 0);
	assert_int_equal(f.image.level[LEVEL_UNIT].word[6], 0x5555);
	everything_once(&f);
	while (next(&f) != 0)                    /* remembered: the next cycle asks for 6 at once */
		answer(&f, next(&f), 0);
	expect(&f, 0x30, 6);
	assert_true(f.image.level[LEVEL_UNIT].block[S].rest_got);
}

static void a_rest_that_is_refused_leaves_the_table_alone(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	refuse(&f, next(&f), 2);
	expect(&f, 0x30, 6);
	assert_int_equal(refuse(&f, next(&f), 2), PLAN_ABSENT);
	assert_false(f.image.level[LEVEL_UNIT].block[S].refused);
	expect(&f, 0x38, 8);
}

static void a_table_that_never_answered_is_not_asked_again_soon(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	int64_t asked = 0;
	struct mono end = mono_add_ms(f.now, PLAN_REFUSED_MS * 5 / 2);
	while (f.now.ns < end.ns) {
		int i = next(&f);
		if (get(&f, i)->address == 0xCB) {
			asked++;
			assert_int_equal(refuse(&f, i, 2), PLAN_ABSENT);
			assert_true(f.image.level[LEVEL_UNIT].block[K].refused);
		} else {
			answer(&f, i, 0);
		}
	}
	assert_true(plan_complete(&f.plan));
	assert_int_equal(asked, 3);
}

static void a_refused_table_that_answers_after_all_is_there(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	int i = next(&f);
	refuse(&f, i, 2);
	assert_int_equal(refuse(&f, i, 2), PLAN_ABSENT);
	assert_true(f.image.level[LEVEL_UNIT].block[S].refused);
	f.now = mono_add_ms(f.now, PLAN_REFUSED_MS);
	while (next(&f) != i)
		answer(&f, next(&f), 0);
	assert_int_equal(get(&f, i)->count, 8);          /* begins anew */
	answer(&f, i, 7);
	assert_false(f.image.level[LEVEL_UNIT].block[S].refused);
	assert_int_equal(f.plan.read[i].state, PLAN_GOOD);
}

static void a_table_that_answered_becomes_stale_after_the_retries_only(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	everything_once(&f);
	for (int n = 0; n < 3; n++) {
		while (next(&f) != 0)
			answer(&f, next(&f), 0);
		assert_int_equal(refuse(&f, 0, 2), PLAN_ASK_AGAIN);
		assert_false(f.image.level[LEVEL_UNIT].block[S].stale);
	}
	while (next(&f) != 0)
		answer(&f, next(&f), 0);
	assert_int_equal(refuse(&f, 0, 2), PLAN_STALE);
	assert_true(f.image.level[LEVEL_UNIT].block[S].stale);
	assert_false(f.image.level[LEVEL_UNIT].block[S].refused);
	assert_false(f.image.level[LEVEL_UNIT].block[A].stale);          /* its neighbours are as they were */
	while (next(&f) != 0)
		answer(&f, next(&f), 0);
	assert_int_equal(get(&f, 0)->count, 8);          /* never shorter once it answered in full */
	assert_true(answer(&f, 0, 0));                   /* a table that comes back is a change */
	assert_false(f.image.level[LEVEL_UNIT].block[S].stale);
}

static void busy_is_no_refusal(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	assert_int_equal(refuse(&f, 0, LINE_EXCEPTION_BUSY), PLAN_ASK_AGAIN);
	assert_int_equal(f.plan.read[0].state, PLAN_NEW);
	assert_false(plan_complete(&f.plan));
}

static void a_change_is_seen(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	assert_true(answer(&f, next(&f), 0));            /* read for the first time */
	everything_once(&f);
	while (next(&f) != 0)
		answer(&f, next(&f), 0);
	assert_false(answer(&f, 0, 0));
	while (next(&f) != 0)
		answer(&f, next(&f), 0);
	assert_true(answer(&f, 0, 1));
}

/* ---- late answers ---- */

static void before_a_look_alike_something_else_is_asked(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	everything_once(&f);
	while (next(&f) != 0)
		answer(&f, next(&f), 0);
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
	plan_make(&f.plan, &f2, SYSTEM_SINGLE, 0, &f.wire, 0);
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

static void a_witness_has_another_length(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	assert_int_equal(plan_witness(&f.plan, 0), -1);
	expect(&f, 0x30, 8);
	int m = -1, a = -1;
	for (int i = 0; i < f.plan.reads; i++) {
		m = f.plan.read[i].address == 0x40 ? i : m;
		a = f.plan.read[i].address == 0x38 ? i : a;
	}
	assert_int_equal(plan_witness(&f.plan, m), 0);
	assert_int_equal(plan_witness(&f.plan, a), -1);
}

static void losing_the_link_clears_nothing(void **state)
{
	struct fixture f;
	make(&f, SYSTEM_SINGLE, 0, 0);
	answer(&f, next(&f), 0xABCD);
	struct fam_image before = f.image;
	plan_image_stale(&f.image);
	assert_memory_equal(before.level[LEVEL_UNIT].word, f.image.level[LEVEL_UNIT].word, sizeof before.level[LEVEL_UNIT].word);
	assert_true(f.image.level[LEVEL_UNIT].block[S].stale);
	assert_int_equal(f.image.level[LEVEL_UNIT].block[S].got, 8);
	assert_int_equal(f.image.level[LEVEL_UNIT].block[S].at.ns, before.level[LEVEL_UNIT].block[S].at.ns);
	assert_false(f.image.level[LEVEL_UNIT].block[A].stale);          /* never read: nothing to be stale */
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
		cmocka_unit_test(measurements_take_their_share_of_a_serial_line),
		cmocka_unit_test(measurements_are_neither_too_fast_nor_too_slow),
		cmocka_unit_test(measurements_hurry_on_battery_and_after_a_change),
		cmocka_unit_test(rare_tables_come_about_once_a_minute),
		cmocka_unit_test(tcp_cycles_have_a_pace),
		cmocka_unit_test(cycles_are_measured_without_the_slow_requests),
		cmocka_unit_test(a_refused_table_is_read_shorter_and_its_rest_apart),
		cmocka_unit_test(a_rest_that_is_refused_leaves_the_table_alone),
		cmocka_unit_test(a_table_that_never_answered_is_not_asked_again_soon),
		cmocka_unit_test(a_refused_table_that_answers_after_all_is_there),
		cmocka_unit_test(a_table_that_answered_becomes_stale_after_the_retries_only),
		cmocka_unit_test(busy_is_no_refusal),
		cmocka_unit_test(a_change_is_seen),
		cmocka_unit_test(before_a_look_alike_something_else_is_asked),
		cmocka_unit_test(a_look_alike_is_passed_over_but_not_for_ever),
		cmocka_unit_test(a_witness_has_another_length),
		cmocka_unit_test(losing_the_link_clears_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
