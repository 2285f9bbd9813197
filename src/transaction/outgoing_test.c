/* A message that leaves in windows: sizes and numbers of every segment, each acknowledgement that fits and that does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "transaction/outgoing.h"

enum { RETRIES = 3 };

static struct outgoing started(size_t length, size_t size, uint8_t proposed)
{
	struct outgoing o;
	assert_true(outgoing_start(&o, length, size, UINT32_MAX, proposed, RETRIES));
	return o;
}

/* Exactly the segments from `first` to before `end` leave now. */
static void expect_sent(struct outgoing *o, uint32_t first, uint32_t end, bool again)
{
	struct outgoing_segment s;
	for (uint32_t n = first; n < end; n++) {
		assert_true(outgoing_next(o, &s));
		assert_int_equal(s.sequence, n & 255);
		assert_int_equal(s.from, n * o->size);
		assert_int_equal(s.more, n + 1 < o->count);
		assert_int_equal(s.length, n + 1 < o->count ? o->size : o->length - n * o->size);
		assert_int_equal(s.again, again);
	}
	assert_false(outgoing_next(o, &s));
}

static enum outgoing_step ack(struct outgoing *o, uint32_t n, uint8_t window)
{
	return outgoing_acknowledged(o, false, (uint8_t)n, window);
}

/* ---- beginning ---- */

static void segments_are_counted_exactly(void **state)
{
	(void)state;
	static const struct { size_t length, size; uint32_t count; } rows[] = {
		{ 1, 10, 1 }, { 9, 10, 1 }, { 10, 10, 1 }, { 11, 10, 2 }, { 20, 10, 2 }, { 21, 10, 3 }, { 65536, 1471, 45 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct outgoing o;
		assert_true(outgoing_start(&o, rows[i].length, rows[i].size, rows[i].count, 16, RETRIES));
		assert_int_equal(o.count, rows[i].count);
		assert_false(outgoing_start(&o, rows[i].length, rows[i].size, rows[i].count - 1, 16, RETRIES));
	}
}

static void the_last_segment_is_as_short_as_it_is(void **state)
{
	(void)state;
	struct outgoing o = started(21, 10, 16);
	struct outgoing_segment s;
	expect_sent(&o, 0, 1, false);
	assert_int_equal(ack(&o, 0, 16), OUTGOING_SEND);
	assert_true(outgoing_next(&o, &s));
	assert_int_equal(s.length, 10);
	assert_true(s.more);
	assert_true(outgoing_next(&o, &s));
	assert_int_equal(s.from, 20);
	assert_int_equal(s.length, 1);
	assert_false(s.more);
}

static void a_message_of_one_segment_ends_with_its_acknowledgement(void **state)
{
	(void)state;
	struct outgoing o = started(10, 10, 16);
	expect_sent(&o, 0, 1, false);
	assert_int_equal(ack(&o, 0, 1), OUTGOING_DONE);
}

/* ---- windows ---- */

static void the_first_segment_goes_alone(void **state)
{
	(void)state;
	struct outgoing o = started(1000, 10, 16);
	expect_sent(&o, 0, 1, false);
	assert_int_equal(o.base, 0);
}

static void the_window_is_the_smaller_of_ours_and_the_peers(void **state)
{
	(void)state;
	struct outgoing o = started(1000, 10, 16);
	expect_sent(&o, 0, 1, false);
	assert_int_equal(ack(&o, 0, 15), OUTGOING_SEND);
	expect_sent(&o, 1, 16, false);
	assert_int_equal(ack(&o, 15, 17), OUTGOING_SEND);
	expect_sent(&o, 16, 32, false);
	assert_int_equal(ack(&o, 31, 1), OUTGOING_SEND);         /* a peer may change its mind */
	expect_sent(&o, 32, 33, false);
}

static void windows_of_1_and_127_are_taken_and_no_others(void **state)
{
	(void)state;
	static const struct { uint8_t window; enum outgoing_step step; } rows[] = {
		{ 0, OUTGOING_BAD_WINDOW }, { 1, OUTGOING_SEND }, { 127, OUTGOING_SEND }, { 128, OUTGOING_BAD_WINDOW },
		{ 255, OUTGOING_BAD_WINDOW },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct outgoing o = started(10000, 10, 127);
		expect_sent(&o, 0, 1, false);
		assert_int_equal(ack(&o, 0, rows[i].window), rows[i].step);
		if (rows[i].step == OUTGOING_SEND)
			expect_sent(&o, 1, 1u + rows[i].window, false);
	}
}

static void a_window_that_is_out_of_range_is_refused_even_outside_of_the_window(void **state)
{
	(void)state;
	struct outgoing o = started(1000, 10, 16);
	expect_sent(&o, 0, 1, false);
	assert_int_equal(ack(&o, 99, 0), OUTGOING_BAD_WINDOW);
	assert_int_equal(o.base, 0);
}

static void an_acknowledgement_inside_the_window_moves_it_there(void **state)
{
	(void)state;
	struct outgoing o = started(1000, 10, 4);
	expect_sent(&o, 0, 1, false);
	assert_int_equal(ack(&o, 0, 4), OUTGOING_SEND);
	expect_sent(&o, 1, 5, false);
	assert_int_equal(ack(&o, 2, 4), OUTGOING_SEND);          /* 3 and 4 were lost, or are on their way */
	assert_int_equal(o.base, 3);
	struct outgoing_segment s;
	for (uint32_t n = 3; n < 7; n++) {
		assert_true(outgoing_next(&o, &s));
		assert_int_equal(s.sequence, n);
		assert_int_equal(s.again, n < 5);
	}
	assert_false(outgoing_next(&o, &s));
}

static void a_negative_one_inside_the_window_is_the_same(void **state)
{
	(void)state;
	struct outgoing o = started(1000, 10, 4);
	expect_sent(&o, 0, 1, false);
	assert_int_equal(ack(&o, 0, 4), OUTGOING_SEND);
	expect_sent(&o, 1, 5, false);
	assert_int_equal(outgoing_acknowledged(&o, true, 1, 4), OUTGOING_SEND);
	assert_int_equal(o.base, 2);
	assert_int_equal(o.retries, 0);
}

static void numbers_go_round_at_256(void **state)
{
	(void)state;
	struct outgoing o = started(6000, 10, 100);
	expect_sent(&o, 0, 1, false);
	uint32_t base = 1;
	assert_int_equal(ack(&o, 0, 100), OUTGOING_SEND);
	while (base + 100 < 600) {
		expect_sent(&o, base, base + 100, false);
		base += 100;
		assert_int_equal(ack(&o, base - 1, 100), OUTGOING_SEND);
	}
	expect_sent(&o, base, 600, false);
	assert_int_equal(ack(&o, 599, 100), OUTGOING_DONE);
}

static void the_end_of_the_message_ends_the_window(void **state)
{
	(void)state;
	struct outgoing o = started(50, 10, 16);
	expect_sent(&o, 0, 1, false);
	assert_int_equal(ack(&o, 0, 16), OUTGOING_SEND);
	expect_sent(&o, 1, 5, false);
	assert_int_equal(ack(&o, 5, 16), OUTGOING_WAIT);         /* there is no such segment */
	assert_int_equal(ack(&o, 3, 16), OUTGOING_SEND);         /* all but the last */
	expect_sent(&o, 4, 5, true);
	assert_int_equal(ack(&o, 4, 16), OUTGOING_DONE);
}

/* ---- what does not fit ---- */

static void what_has_not_left_cannot_be_acknowledged(void **state)
{
	(void)state;
	struct outgoing o = started(1000, 10, 4);
	expect_sent(&o, 0, 1, false);
	assert_int_equal(ack(&o, 1, 4), OUTGOING_WAIT);
	assert_int_equal(ack(&o, 0, 4), OUTGOING_SEND);
	expect_sent(&o, 1, 5, false);
	assert_int_equal(ack(&o, 5, 4), OUTGOING_WAIT);
	assert_int_equal(o.base, 1);
	struct outgoing_segment s;
	assert_false(outgoing_next(&o, &s));
}

static void an_old_acknowledgement_only_starts_the_timer_anew_and_not_for_ever(void **state)
{
	(void)state;
	struct outgoing o = started(1000, 10, 4);
	struct outgoing_segment s;
	expect_sent(&o, 0, 1, false);
	ack(&o, 0, 4);
	expect_sent(&o, 1, 5, false);
	for (int i = 0; i < RETRIES; i++)
		assert_int_equal(ack(&o, 0, 4), OUTGOING_WAIT);
	assert_int_equal(ack(&o, 0, 4), OUTGOING_STRAY);
	assert_int_equal(ack(&o, 200, 4), OUTGOING_STRAY);
	assert_false(outgoing_next(&o, &s));
	assert_int_equal(ack(&o, 4, 4), OUTGOING_SEND);          /* progress: it may be patient again */
	expect_sent(&o, 5, 9, false);
	assert_int_equal(ack(&o, 0, 4), OUTGOING_WAIT);
}

static void progress_gives_its_patience_back(void **state)
{
	(void)state;
	struct outgoing o = started(1000, 10, 1);
	expect_sent(&o, 0, 1, false);
	for (uint32_t n = 0; n < 20; n++) {
		for (int i = 0; i < RETRIES; i++)
			assert_int_equal(ack(&o, n + 7, 1), OUTGOING_WAIT);
		for (int i = 0; i < RETRIES; i++) {
			assert_true(outgoing_timeout(&o));
			expect_sent(&o, n, n + 1, true);
		}
		assert_int_equal(ack(&o, n, 1), OUTGOING_SEND);
		expect_sent(&o, n + 1, n + 2, false);
	}
}

/* ---- again ---- */

static void the_window_leaves_again_as_often_as_there_are_retries(void **state)
{
	(void)state;
	struct outgoing o = started(1000, 10, 4);
	struct outgoing_segment s;
	expect_sent(&o, 0, 1, false);
	ack(&o, 0, 4);
	expect_sent(&o, 1, 5, false);
	for (int i = 0; i < RETRIES; i++) {
		assert_true(outgoing_timeout(&o));
		expect_sent(&o, 1, 5, true);
	}
	assert_false(outgoing_timeout(&o));
	assert_false(outgoing_next(&o, &s));
}

static void without_retries_the_first_timeout_ends_it(void **state)
{
	(void)state;
	struct outgoing o, p;
	assert_true(outgoing_start(&o, 100, 10, 10, 4, 0));
	expect_sent(&o, 0, 1, false);
	assert_false(outgoing_timeout(&o));
	assert_true(outgoing_start(&p, 100, 10, 10, 4, 1));
	expect_sent(&p, 0, 1, false);
	assert_true(outgoing_timeout(&p));
	expect_sent(&p, 0, 1, true);
	assert_false(outgoing_timeout(&p));
}

static void a_nak_of_what_came_before_the_window_brings_it_again(void **state)
{
	(void)state;
	struct outgoing o = started(1000, 10, 4);
	struct outgoing_segment s;
	expect_sent(&o, 0, 1, false);
	ack(&o, 0, 4);
	expect_sent(&o, 1, 5, false);
	assert_int_equal(outgoing_acknowledged(&o, true, 0, 4), OUTGOING_SEND);
	expect_sent(&o, 1, 5, true);
	assert_int_equal(outgoing_acknowledged(&o, true, 255, 4), OUTGOING_WAIT);        /* of an older one still: no */
	assert_false(outgoing_next(&o, &s));
	assert_int_equal(o.retries, 1);
}

static void such_naks_are_counted_as_retries(void **state)
{
	(void)state;
	struct outgoing o = started(1000, 10, 4);
	struct outgoing_segment s;
	expect_sent(&o, 0, 1, false);
	ack(&o, 0, 4);
	expect_sent(&o, 1, 5, false);
	for (int i = 0; i < RETRIES; i++) {
		assert_int_equal(outgoing_acknowledged(&o, true, 0, 4), OUTGOING_SEND);
		expect_sent(&o, 1, 5, true);
	}
	assert_int_equal(outgoing_acknowledged(&o, true, 0, 4), OUTGOING_WAIT);
	assert_false(outgoing_next(&o, &s));
	assert_false(outgoing_timeout(&o));
}

/* Nobody who has acknowledged nothing makes us say the first segment again. */
static void a_nak_before_anything_was_acknowledged_draws_nothing(void **state)
{
	(void)state;
	struct outgoing o = started(1000, 10, 4);
	struct outgoing_segment s;
	expect_sent(&o, 0, 1, false);
	assert_int_equal(outgoing_acknowledged(&o, true, 255, 4), OUTGOING_WAIT);
	assert_false(outgoing_next(&o, &s));
	assert_int_equal(o.retries, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_are_counted_exactly),
		cmocka_unit_test(the_last_segment_is_as_short_as_it_is),
		cmocka_unit_test(a_message_of_one_segment_ends_with_its_acknowledgement),
		cmocka_unit_test(the_first_segment_goes_alone),
		cmocka_unit_test(the_window_is_the_smaller_of_ours_and_the_peers),
		cmocka_unit_test(windows_of_1_and_127_are_taken_and_no_others),
		cmocka_unit_test(a_window_that_is_out_of_range_is_refused_even_outside_of_the_window),
		cmocka_unit_test(an_acknowledgement_inside_the_window_moves_it_there),
		cmocka_unit_test(a_negative_one_inside_the_window_is_the_same),
		cmocka_unit_test(numbers_go_round_at_256),
		cmocka_unit_test(the_end_of_the_message_ends_the_window),
		cmocka_unit_test(what_has_not_left_cannot_be_acknowledged),
		cmocka_unit_test(an_old_acknowledgement_only_starts_the_timer_anew_and_not_for_ever),
		cmocka_unit_test(progress_gives_its_patience_back),
		cmocka_unit_test(the_window_leaves_again_as_often_as_there_are_retries),
		cmocka_unit_test(without_retries_the_first_timeout_ends_it),
		cmocka_unit_test(a_nak_of_what_came_before_the_window_brings_it_again),
		cmocka_unit_test(such_naks_are_counted_as_retries),
		cmocka_unit_test(a_nak_before_anything_was_acknowledged_draws_nothing),
	};
	return cmocka_run_group_tests_name("outgoing", tests, NULL, NULL);
}
