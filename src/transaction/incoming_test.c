/* A message that arrives in segments: what is said to each, and both halves of the exchange over a network that loses, repeats and
 * reorders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "transaction/incoming.h"
#include "transaction/outgoing.h"

static uint8_t room[1 << 17];

static struct incoming started(uint8_t window)
{
	struct incoming in;
	assert_true(incoming_start(&in, room, sizeof room, UINT32_MAX, window, 127));
	return in;
}

/* Segment n carries two octets that tell it. */
static enum incoming_step give(struct incoming *in, uint32_t n, bool more)
{
	uint8_t octets[2] = { (uint8_t)(n >> 8), (uint8_t)n };
	return incoming_segment(in, (uint8_t)n, more, octets, sizeof octets);
}

/* The segments before n have been taken, in a window as large as there is. */
static struct incoming at(uint32_t n, uint8_t window)
{
	struct incoming in = started(window);
	for (uint32_t i = 0; i < n; i++)
		assert_in_range(give(&in, i, true), INCOMING_TAKEN, INCOMING_WINDOW);
	return in;
}

static void the_window_is_the_smaller_of_the_peers_and_ours(void **state)
{
	(void)state;
	static const struct { uint8_t proposed, ours, window; } rows[] = {
		{ 1, 16, 1 }, { 15, 16, 15 }, { 16, 16, 16 }, { 17, 16, 16 }, { 127, 16, 16 }, { 127, 127, 127 }, { 5, 1, 1 },
	};
	struct incoming in;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_true(incoming_start(&in, room, sizeof room, 64, rows[i].proposed, rows[i].ours));
		assert_int_equal(in.window, rows[i].window);
	}
	assert_false(incoming_start(&in, room, sizeof room, 64, 0, 16));
	assert_false(incoming_start(&in, room, sizeof room, 64, 128, 16));
	assert_false(incoming_start(&in, room, sizeof room, 64, 255, 16));
}

static void the_first_segment_is_acknowledged_alone_then_each_window(void **state)
{
	(void)state;
	struct incoming in = started(3);
	assert_int_equal(give(&in, 0, true), INCOMING_WINDOW);
	assert_int_equal(incoming_sequence(&in), 0);
	for (uint32_t n = 1; n < 100; n++) {
		assert_int_equal(give(&in, n, true), n % 3 == 0 ? INCOMING_WINDOW : INCOMING_TAKEN);
		assert_int_equal(incoming_sequence(&in), n);
	}
	assert_int_equal(give(&in, 100, false), INCOMING_DONE);
	assert_int_equal(in.length, 202);
	for (uint32_t n = 0; n <= 100; n++)
		assert_int_equal(room[2 * n + 1], n);
}

static void a_message_of_one_segment_is_whole_at_once(void **state)
{
	(void)state;
	struct incoming in = started(3);
	assert_int_equal(give(&in, 0, false), INCOMING_DONE);
	assert_int_equal(in.length, 2);
}

static void numbers_go_round_at_256(void **state)
{
	(void)state;
	struct incoming in = at(600, 100);
	assert_int_equal(in.received, 600);
	assert_int_equal(incoming_sequence(&in), 599 & 255);
	assert_int_equal(give(&in, 600, false), INCOMING_DONE);
	for (uint32_t n = 0; n <= 600; n++) {
		assert_int_equal(room[2 * n], n >> 8);
		assert_int_equal(room[2 * n + 1], n & 255);
	}
}

static void an_empty_segment_is_one_too(void **state)
{
	(void)state;
	struct incoming in = started(1);
	assert_int_equal(incoming_segment(&in, 0, true, NULL, 0), INCOMING_WINDOW);
	assert_int_equal(incoming_segment(&in, 1, false, NULL, 0), INCOMING_DONE);
	assert_int_equal(in.length, 0);
}

/* ---- too large ---- */

static void as_many_octets_as_there_is_room_for(void **state)
{
	(void)state;
	uint8_t small[11] = { 0 };
	struct incoming in;
	incoming_start(&in, small, 10, 64, 1, 1);
	assert_int_equal(incoming_segment(&in, 0, true, "abcdef", 6), INCOMING_WINDOW);
	assert_int_equal(incoming_segment(&in, 1, true, "ghijk", 5), INCOMING_TOO_LARGE);
	assert_int_equal(in.length, 6);
	assert_int_equal(incoming_segment(&in, 1, true, "ghij", 4), INCOMING_WINDOW);
	assert_int_equal(incoming_segment(&in, 2, false, "k", 1), INCOMING_TOO_LARGE);
	assert_int_equal(incoming_segment(&in, 2, false, NULL, 0), INCOMING_DONE);
	assert_string_equal((char *)small, "abcdefghij");
}

static void as_many_segments_as_may_be(void **state)
{
	(void)state;
	struct incoming in;
	incoming_start(&in, room, sizeof room, 3, 1, 1);
	for (uint32_t n = 0; n < 3; n++)
		assert_int_equal(give(&in, n, true), INCOMING_WINDOW);
	assert_int_equal(give(&in, 3, false), INCOMING_TOO_LARGE);
	incoming_start(&in, room, sizeof room, 3, 1, 1);
	assert_int_equal(give(&in, 0, true), INCOMING_WINDOW);
	assert_int_equal(give(&in, 1, true), INCOMING_WINDOW);
	assert_int_equal(give(&in, 2, false), INCOMING_DONE);
}

/* ---- repeated ---- */

static void the_last_acknowledgement_is_said_again(void **state)
{
	(void)state;
	struct incoming in = at(4, 3);                   /* 0, and 1 to 3: both windows are acknowledged */
	for (int i = 0; i < 10; i++)
		assert_int_equal(give(&in, 3, true), INCOMING_ACK_AGAIN);
	assert_int_equal(in.received, 4);
	assert_int_equal(in.length, 8);
}

static void what_is_inside_the_window_comes_again_without_a_word(void **state)
{
	(void)state;
	struct incoming in = at(6, 3);                   /* 4 and 5 are not acknowledged yet */
	assert_int_equal(give(&in, 5, true), INCOMING_REPEATED);
	assert_int_equal(give(&in, 4, true), INCOMING_REPEATED);
	assert_int_equal(give(&in, 3, true), INCOMING_REPEATED);
	assert_int_equal(give(&in, 5, true), INCOMING_NAK);      /* one more than a window: the sender needs to hear where we are */
	assert_int_equal(incoming_sequence(&in), 5);
	assert_int_equal(give(&in, 4, true), INCOMING_REPEATED);
	assert_int_equal(give(&in, 6, true), INCOMING_TAKEN);    /* after the NAK a window begins at 6 */
	assert_int_equal(give(&in, 7, true), INCOMING_TAKEN);
	assert_int_equal(give(&in, 8, true), INCOMING_WINDOW);
}

static void progress_forgets_what_was_repeated(void **state)
{
	(void)state;
	struct incoming in = at(8, 6);                   /* 7 is not acknowledged */
	for (int i = 0; i < 6; i++)
		assert_int_equal(give(&in, 5, true), INCOMING_REPEATED);
	assert_int_equal(give(&in, 8, true), INCOMING_TAKEN);
	for (int i = 0; i < 6; i++)
		assert_int_equal(give(&in, 5, true), INCOMING_REPEATED);
	assert_int_equal(give(&in, 5, true), INCOMING_NAK);
}

static void repeated_reaches_back_one_window_and_no_further_than_the_beginning(void **state)
{
	(void)state;
	struct incoming in = at(6, 3);
	assert_int_equal(give(&in, 2, true), INCOMING_NAK);      /* 3 behind: outside */
	in = at(6, 3);
	assert_int_equal(give(&in, 3, true), INCOMING_REPEATED);
	in = at(2, 100);
	assert_int_equal(give(&in, 0, true), INCOMING_REPEATED);
	assert_int_equal(give(&in, 255, true), INCOMING_NAK);    /* was never there */
}

/* ---- gaps ---- */

static void a_gap_is_told_once(void **state)
{
	(void)state;
	struct incoming in = at(5, 4);
	assert_int_equal(give(&in, 6, true), INCOMING_NAK);
	assert_int_equal(incoming_sequence(&in), 4);
	assert_int_equal(give(&in, 7, true), INCOMING_GAP);
	assert_int_equal(give(&in, 8, false), INCOMING_GAP);
	assert_int_equal(in.length, 10);
	assert_int_equal(give(&in, 5, true), INCOMING_TAKEN);
	assert_int_equal(give(&in, 7, true), INCOMING_NAK);      /* another one */
	assert_int_equal(give(&in, 5, true), INCOMING_ACK_AGAIN);
	assert_int_equal(give(&in, 7, true), INCOMING_NAK);      /* the sender began anew */
}

static void a_window_begins_behind_the_segment_that_a_nak_names(void **state)
{
	(void)state;
	struct incoming in = at(3, 4);                   /* 1 and 2 of the window 1 to 4 */
	assert_int_equal(give(&in, 5, true), INCOMING_NAK);
	assert_int_equal(give(&in, 3, true), INCOMING_TAKEN);
	assert_int_equal(give(&in, 4, true), INCOMING_TAKEN);
	assert_int_equal(give(&in, 5, true), INCOMING_TAKEN);
	assert_int_equal(give(&in, 6, true), INCOMING_WINDOW);
}

/* ---- both halves over a bad network ---- */

enum { FLIGHT_MAX = 64 };

struct network {
	struct outgoing out;
	struct incoming in;
	const uint8_t *message;
	struct outgoing_segment flight[FLIGHT_MAX];
	unsigned flying, loss;
	bool sender_done, receiver_done, broken;
};

static unsigned below(unsigned n)
{
	return (unsigned)rand() % n;
}

static void put_window(struct network *w)
{
	struct outgoing_segment s;
	while (outgoing_next(&w->out, &s))
		for (unsigned copies = 1 + (below(100) < w->loss); copies && w->flying < FLIGHT_MAX; copies--)
			if (below(100) >= w->loss)
				w->flight[w->flying++] = s;
}

/* The acknowledgement arrives, or not, or twice. */
static void put_ack(struct network *w, bool nak)
{
	for (unsigned copies = below(100) < w->loss ? 0 : 1 + (below(100) < w->loss); copies && !w->sender_done; copies--) {
		enum outgoing_step step = outgoing_acknowledged(&w->out, nak, incoming_sequence(&w->in), w->in.window);
		assert_int_not_equal(step, OUTGOING_BAD_WINDOW);
		if (step == OUTGOING_SEND)
			put_window(w);
		w->sender_done = step == OUTGOING_DONE;
	}
}

/* One segment arrives; out of order now and then. */
static void land(struct network *w)
{
	unsigned i = below(100) < w->loss ? below(w->flying) : 0;
	struct outgoing_segment s = w->flight[i];
	w->flying--;
	memmove(w->flight + i, w->flight + i + 1, (w->flying - i) * sizeof s);
	if (w->receiver_done) {                  /* as its owner does it: the end is acknowledged again */
		if (!s.more)
			put_ack(w, false);
		return;
	}
	switch (incoming_segment(&w->in, s.sequence, s.more, w->message + s.from, s.length)) {
	case INCOMING_DONE:
		w->receiver_done = true;
		put_ack(w, false);
		break;
	case INCOMING_WINDOW:
	case INCOMING_ACK_AGAIN:
		put_ack(w, false);
		break;
	case INCOMING_NAK:
		if (w->in.received)
			put_ack(w, true);
		break;
	case INCOMING_TOO_LARGE:
		fail();
	case INCOMING_TAKEN:
	case INCOMING_REPEATED:
	case INCOMING_GAP:
		break;
	}
}

static void every_message_arrives_whole_or_the_sender_gives_up(void **state)
{
	(void)state;
	static uint8_t message[20000];
	unsigned seed = (unsigned)time(NULL), whole = 0, runs = 4000;
	printf("seed %u\n", seed);
	srand(seed);
	for (size_t i = 0; i < sizeof message; i++)
		message[i] = (uint8_t)rand();
	for (unsigned run = 0; run < runs; run++) {
		struct network w = { .message = message, .loss = run % 4 * 10 };
		size_t length = 1 + below(sizeof message - 1);
		assert_true(outgoing_start(&w.out, length, 20 + below(480), UINT32_MAX, (uint8_t)(1 + below(30)), 7));
		assert_true(incoming_start(&w.in, room, sizeof room, UINT32_MAX, w.out.proposed, (uint8_t)(1 + below(30))));
		bool patient = true;
		put_window(&w);
		while (!w.sender_done && patient) {
			if (w.flying) {
				land(&w);
				continue;
			}
			patient = outgoing_timeout(&w.out);
			put_window(&w);
		}
		if (w.loss == 0)
			assert_true(w.sender_done && w.receiver_done);
		if (w.sender_done)
			assert_true(w.receiver_done);
		if (!w.receiver_done)
			continue;
		whole++;
		assert_int_equal(w.in.length, length);
		assert_memory_equal(room, message, length);
	}
	assert_in_range(whole, runs / 2, runs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_window_is_the_smaller_of_the_peers_and_ours),
		cmocka_unit_test(the_first_segment_is_acknowledged_alone_then_each_window),
		cmocka_unit_test(a_message_of_one_segment_is_whole_at_once),
		cmocka_unit_test(numbers_go_round_at_256),
		cmocka_unit_test(an_empty_segment_is_one_too),
		cmocka_unit_test(as_many_octets_as_there_is_room_for),
		cmocka_unit_test(as_many_segments_as_may_be),
		cmocka_unit_test(the_last_acknowledgement_is_said_again),
		cmocka_unit_test(what_is_inside_the_window_comes_again_without_a_word),
		cmocka_unit_test(progress_forgets_what_was_repeated),
		cmocka_unit_test(repeated_reaches_back_one_window_and_no_further_than_the_beginning),
		cmocka_unit_test(a_gap_is_told_once),
		cmocka_unit_test(a_window_begins_behind_the_segment_that_a_nak_names),
		cmocka_unit_test(every_message_arrives_whole_or_the_sender_gives_up),
	};
	return cmocka_run_group_tests_name("incoming", tests, NULL, NULL);
}
