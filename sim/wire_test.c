/* The wire on virtual time: every instant is computed, nothing is waited for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/wire.h"

enum { BAUD = 9600 };
static const int64_t octet_ns = 1041666, silence_ns = 3645833, start_ns = 1000000000;

struct bench {
	struct faults *faults;
	struct wire wire;
	const uint8_t *got;
};

static int set_up(void **state)
{
	static struct bench b;
	b.faults = faults_make();
	assert_non_null(b.faults);
	wire_make(&b.wire, BAUD, 1, b.faults);
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	faults_free(((struct bench *)*state)->faults);
	return 0;
}

/* A request of 8 octets, and the instant at which it is over. */
static int64_t request_at(struct bench *b, int64_t now)
{
	wire_from_client(&b->wire, (const uint8_t *)"request!", 8, true, now);
	int64_t over = now + pace_octets_ns(BAUD, 8);
	assert_int_equal(wire_next_ns(&b->wire), over);
	assert_int_equal(wire_to_slave(&b->wire, over - 1, &b->got), 0);
	assert_int_equal(wire_to_slave(&b->wire, over, &b->got), 8);
	assert_memory_equal(b->got, "request!", 8);
	assert_int_equal(wire_to_slave(&b->wire, over, &b->got), 0);
	return over;
}

/* Everything that the client sees until then, octet by octet, as text. */
static void client_sees(struct bench *b, int64_t until, const char *want, size_t n)
{
	uint8_t seen[PACE_FRAME_MAX];
	size_t got = 0;
	while (wire_next_ns(&b->wire) <= until) {
		int k = wire_to_client(&b->wire, wire_next_ns(&b->wire), &b->got);
		assert_int_equal(k, 1);
		seen[got++] = *b->got;
	}
	assert_int_equal(got, n);
	if (n)
		assert_memory_equal(seen, want, n);
}

static void an_answer_begins_after_the_silence(void **state)
{
	struct bench *b = *state;
	int64_t over = request_at(b, start_ns);
	assert_int_equal(wire_next_ns(&b->wire), INT64_MAX);
	wire_from_slave(&b->wire, (const uint8_t *)"abc", 3, over + 1000);       /* ready before its turn */
	assert_int_equal(wire_next_ns(&b->wire), over + silence_ns + octet_ns);
	assert_false(wire_last_octet(&b->wire));
	assert_int_equal(wire_to_client(&b->wire, over + silence_ns + octet_ns - 1, &b->got), 0);
	assert_int_equal(wire_to_client(&b->wire, over + silence_ns + octet_ns, &b->got), 1);
	assert_int_equal(*b->got, 'a');
	assert_int_equal(wire_to_client(&b->wire, over + silence_ns + pace_octets_ns(BAUD, 2), &b->got), 1);
	assert_true(wire_last_octet(&b->wire));
	assert_int_equal(b->wire.stats.frames_out, 0);
	assert_int_equal(wire_to_client(&b->wire, over + silence_ns + pace_octets_ns(BAUD, 3), &b->got), 1);
	assert_int_equal(*b->got, 'c');
	assert_false(wire_last_octet(&b->wire));
	assert_int_equal(wire_next_ns(&b->wire), INT64_MAX);
	assert_int_equal(b->wire.stats.frames_in, 1);
	assert_int_equal(b->wire.stats.frames_out, 1);
	assert_int_equal(b->wire.stats.octets_in, 8);
	assert_int_equal(b->wire.stats.octets_out, 3);
	assert_int_equal(b->wire.stats.busy_ns, pace_octets_ns(BAUD, 8) + 3 * octet_ns + silence_ns);
}

/* The slave's own delay is none up to 16 octet times; then it is one. */
static void a_slow_slave_is_late(void **state)
{
	struct bench *b = *state;
	int64_t over = request_at(b, start_ns), grace = pace_octets_ns(BAUD, 16);
	wire_from_slave(&b->wire, (const uint8_t *)"a", 1, over + silence_ns + grace);
	assert_int_equal(wire_next_ns(&b->wire), over + silence_ns + octet_ns);
	assert_int_equal(wire_to_client(&b->wire, over + silence_ns + grace, &b->got), 1);
	over = request_at(b, over + 100000000);
	wire_from_slave(&b->wire, (const uint8_t *)"a", 1, over + silence_ns + grace + 1);
	assert_int_equal(wire_next_ns(&b->wire), over + silence_ns + grace + 1 + octet_ns);
}

static void a_request_may_come_in_pieces(void **state)
{
	struct bench *b = *state;
	wire_from_client(&b->wire, (const uint8_t *)"abc", 3, true, start_ns);
	wire_from_client(&b->wire, (const uint8_t *)"de", 2, true, start_ns + 10);       /* queued behind the first */
	int64_t over = start_ns + pace_octets_ns(BAUD, 3) + pace_octets_ns(BAUD, 2);
	assert_int_equal(wire_to_slave(&b->wire, over - 1, &b->got), 0);
	assert_int_equal(wire_to_slave(&b->wire, over, &b->got), 5);
	assert_memory_equal(b->got, "abcde", 5);
	assert_int_equal(b->wire.stats.frames_in, 1);
	assert_int_equal(b->wire.turn_ns, over + silence_ns);
	/* half a request of a client that goes away is none */
	wire_from_client(&b->wire, (const uint8_t *)"abc", 3, true, over + 1000000000);
	wire_hang_up(&b->wire);
	assert_int_equal(wire_to_slave(&b->wire, INT64_MAX, &b->got), 0);
	/* too much is cut, not written past the end */
	uint8_t much[PACE_FRAME_MAX] = { 0 };
	wire_from_client(&b->wire, much, PACE_FRAME_MAX, true, start_ns);
	wire_from_client(&b->wire, much, PACE_FRAME_MAX, true, start_ns);
	assert_int_equal(wire_to_slave(&b->wire, INT64_MAX, &b->got), PACE_FRAME_MAX);
}

static void the_silence_that_the_client_keeps_is_counted(void **state)
{
	struct bench *b = *state;
	int64_t over = request_at(b, start_ns);
	wire_from_slave(&b->wire, (const uint8_t *)"a", 1, over);
	int64_t end = over + silence_ns + octet_ns;
	assert_int_equal(wire_to_client(&b->wire, end, &b->got), 1);
	int64_t busy = b->wire.stats.busy_ns;
	over = request_at(b, end + silence_ns - 1);              /* too early by a nanosecond */
	assert_int_equal(b->wire.stats.early, 1);
	assert_int_equal(b->wire.stats.busy_ns - busy, pace_octets_ns(BAUD, 8) + silence_ns - 1);
	wire_from_slave(&b->wire, (const uint8_t *)"a", 1, over);
	end = over + silence_ns + octet_ns;
	assert_int_equal(wire_to_client(&b->wire, end, &b->got), 1);
	busy = b->wire.stats.busy_ns;
	request_at(b, end + silence_ns);
	assert_int_equal(b->wire.stats.early, 1);
	assert_int_equal(b->wire.stats.busy_ns - busy, pace_octets_ns(BAUD, 8) + silence_ns);
	busy = b->wire.stats.busy_ns;
	request_at(b, end + 5 * silence_ns);                     /* no answer came before this one: nothing was owed */
	assert_int_equal(b->wire.stats.busy_ns - busy, pace_octets_ns(BAUD, 8));
}

static void another_speed_is_lost(void **state)
{
	struct bench *b = *state;
	wire_from_client(&b->wire, (const uint8_t *)"abcdefgh", 8, false, start_ns);
	wire_from_client(&b->wire, (const uint8_t *)"ijkl", 4, false, start_ns + 1000);      /* the rest of it */
	assert_int_equal(wire_to_slave(&b->wire, INT64_MAX, &b->got), 0);
	assert_int_equal(wire_next_ns(&b->wire), INT64_MAX);
	assert_int_equal(b->wire.stats.wrong_speed, 1);
	assert_int_equal(b->wire.stats.frames_in, 1);
	assert_int_equal(b->wire.stats.octets_in, 12);
	wire_from_client(&b->wire, (const uint8_t *)"abcdefgh", 8, false, start_ns + pace_octets_ns(BAUD, 12) + 1);
	assert_int_equal(b->wire.stats.wrong_speed, 2);
	request_at(b, start_ns + INT64_C(1000000000));
	assert_int_equal(b->wire.stats.wrong_speed, 2);
}

static void on(struct bench *b, enum fault_kind kind, int32_t argument)
{
	faults_on(b->faults, kind, &(struct fault_order){ .argument = argument, .at = -1 }, (struct mono){ 1 });
}

/* An answer "answer" under this fault, and what the client sees of it. */
static void answer_is_seen(struct bench *b, int64_t now, const char *want, size_t n)
{
	int64_t over = request_at(b, now);
	wire_from_slave(&b->wire, (const uint8_t *)"answer", 6, over);
	client_sees(b, INT64_MAX - 1, want, n);
}

static void faults_of_octets(void **state)
{
	struct bench *b = *state;
	on(b, FAULT_CRC, 0);
	answer_is_seen(b, start_ns, "answeb", 6);                /* 'r' with bit 4 the other way */
	faults_clear(b->faults);
	on(b, FAULT_TRUNCATE, 4);
	answer_is_seen(b, 2 * start_ns, "answ", 4);
	on(b, FAULT_TRUNCATE, 6);
	answer_is_seen(b, 3 * start_ns, "answer", 6);
	on(b, FAULT_TRUNCATE, 0);
	answer_is_seen(b, 4 * start_ns, "", 0);
	faults_clear(b->faults);
	on(b, FAULT_STRAY, 0);
	answer_is_seen(b, 5 * start_ns, "\0answer", 7);
	on(b, FAULT_STRAY, 'x');
	answer_is_seen(b, 6 * start_ns, "xanswer", 7);
	faults_clear(b->faults);
	int64_t over = request_at(b, 7 * start_ns);
	on(b, FAULT_GAPS, 5);
	wire_from_slave(&b->wire, (const uint8_t *)"ab", 2, over);
	assert_int_equal(pace_end_ns(&b->wire.out), over + silence_ns + pace_octets_ns(BAUD, 2) + 5000000);
	client_sees(b, INT64_MAX - 1, "ab", 2);
	faults_clear(b->faults);
	over = request_at(b, 8 * start_ns);
	on(b, FAULT_NOISE, 3);
	wire_from_slave(&b->wire, (const uint8_t *)"ab", 2, over);
	assert_int_equal(b->wire.out.n, 8);
	assert_memory_equal(b->wire.out.octet + 3, "ab", 2);
	assert_memory_not_equal(b->wire.out.octet, b->wire.out.octet + 5, 3);
}

static void finding_1_7_a_converter_that_echoes(void **state)
{
	struct bench *b = *state;
	on(b, FAULT_ECHO, 0);
	wire_from_client(&b->wire, (const uint8_t *)"request!", 8, true, start_ns);
	int64_t over = start_ns + pace_octets_ns(BAUD, 8);
	assert_int_equal(wire_next_ns(&b->wire), start_ns + octet_ns);           /* as it is sent */
	uint64_t busy = (uint64_t)b->wire.stats.busy_ns;
	for (int i = 0; i < 8; i++) {
		assert_int_equal(wire_to_client(&b->wire, start_ns + pace_octets_ns(BAUD, i + 1), &b->got), 1);
		assert_int_equal(*b->got, "request!"[i]);
	}
	assert_int_equal(b->wire.stats.busy_ns, busy);           /* the same octets, not once more */
	assert_int_equal(b->wire.stats.octets_out, 0);
	assert_int_equal(b->wire.stats.frames_out, 0);
	assert_int_equal(wire_to_slave(&b->wire, over, &b->got), 8);
	wire_from_slave(&b->wire, (const uint8_t *)"answer", 6, over + silence_ns);
	assert_int_equal(wire_next_ns(&b->wire), over + silence_ns + octet_ns);
	client_sees(b, INT64_MAX - 1, "answer", 6);
	assert_int_equal(b->wire.stats.frames_out, 1);
}

static void babble_and_a_cut_cable(void **state)
{
	struct bench *b = *state;
	wire_babble(&b->wire, start_ns);
	assert_int_equal(wire_next_ns(&b->wire), INT64_MAX);
	on(b, FAULT_BABBLE, 0);
	wire_babble(&b->wire, start_ns);
	assert_int_equal(wire_next_ns(&b->wire), start_ns + pace_octets_ns(BAUD, 8));
	assert_int_equal(wire_to_client(&b->wire, start_ns + pace_octets_ns(BAUD, 8), &b->got), 8);
	wire_from_slave(&b->wire, (const uint8_t *)"answer", 6, start_ns);       /* drowned */
	assert_int_equal(wire_to_client(&b->wire, INT64_MAX / 2, &b->got), 56);
	assert_int_equal(b->wire.stats.octets_out, 64);
	assert_int_equal(b->wire.stats.frames_out, 0);
	wire_babble(&b->wire, start_ns);
	wire_cut(&b->wire);
	assert_int_equal(wire_next_ns(&b->wire), INT64_MAX);
	faults_clear(b->faults);
	int64_t over = request_at(b, 2 * start_ns);
	wire_from_slave(&b->wire, (const uint8_t *)"ans", 3, over);
	wire_from_slave(&b->wire, (const uint8_t *)"wer", 3, over + 1);          /* in two pieces */
	client_sees(b, INT64_MAX - 1, "answer", 6);
	wire_from_client(&b->wire, (const uint8_t *)"abc", 3, true, 3 * start_ns);
	wire_cut(&b->wire);
	assert_int_equal(wire_to_slave(&b->wire, INT64_MAX, &b->got), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_answer_begins_after_the_silence, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_slow_slave_is_late, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_request_may_come_in_pieces, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_silence_that_the_client_keeps_is_counted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(another_speed_is_lost, set_up, tear_down),
		cmocka_unit_test_setup_teardown(faults_of_octets, set_up, tear_down),
		cmocka_unit_test_setup_teardown(finding_1_7_a_converter_that_echoes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(babble_and_a_cut_cable, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
