/* Requests in segments: put together, lost, repeated, forged, flooded; on virtual time. */
#include "service/exchange_test.h"

enum { SEGMENT_TIMEOUT = 5000 };

static const uint32_t device_id_ = 8u << 22 | 1338;

static void send_piece(struct exchange *x, const uint8_t *body, size_t n, uint8_t sequence, uint8_t window, bool more, uint8_t service)
{
	struct wr w = wr_over(x->request, sizeof x->request);
	npdu_write(&w, &x->peer, true, x->priority);
	apdu_write_confirmed_segment(&w, &(struct apdu_request){ x->segments_accepted, 0, x->max_apdu_code, x->invoke, service }, more, sequence, window);
	wr_octets(&w, body, n);
	exchange_send(x, &w);
}

static void expect_segment_ack(struct exchange *x, unsigned n, bool nak, uint8_t sequence, uint8_t window)
{
	struct apdu a;
	struct rd r = exchange_sent(x, n, &a);
	assert_true(rd_done(&r));
	assert_int_equal(a.type, APDU_SEGMENT_ACK);
	assert_true(a.server);
	assert_int_equal(a.invoke, x->invoke);
	assert_int_equal(a.nak, nak);
	assert_int_equal(a.sequence, sequence);
	assert_int_equal(a.window, window);
}

static size_t present_values(struct exchange *x, uint8_t *body, size_t size)
{
	struct wr w = wr_over(body, size);
	for (size_t i = 1; i < device_count(x->device) - 1; i++) {
		rpm_object_open(&w, object_id(device_at(x->device, i)));
		rpm_reference_write(&w, &(struct property_ref){ .property = PROP_PRESENT_VALUE, .index = BAC_ARRAY_ALL });
		rpm_object_close(&w);
	}
	return wr_len(&w);
}

/* Counts the results of an RPM acknowledgement. */
static unsigned results(struct rd r)
{
	unsigned n = 0;
	while (rd_left(&r)) {
		uint32_t object;
		struct rd list = rpm_object_read(&r, &object);
		while (rd_left(&list)) {
			struct rpm_result q;
			assert_true(rpm_result_read(&list, &q));
			assert_false(q.failed);
			n++;
		}
		rd_end(&r, &list);
	}
	assert_true(rd_done(&r));
	return n;
}

static void a_request_in_segments_is_put_together(void **state)
{
	struct exchange *x = *state;
	uint8_t body[1400];
	size_t n = present_values(x, body, sizeof body);
	x->segments_accepted = true;
	x->max_apdu_code = 5;
	x->invoke = 9;
	enum { PIECE = 100 };
	uint8_t pieces = (uint8_t)((n + PIECE - 1) / PIECE);
	static uint8_t got[65536];
	for (uint8_t i = 0; i < pieces; i++) {
		size_t from = (size_t)i * PIECE;
		bool more = i + 1 < pieces;
		send_piece(x, body + from, more ? PIECE : n - from, i, 3, more, CONFIRMED_READ_PROPERTY_MULTIPLE);
		if (more) {
			bool acked = i == 0 || i % 3 == 0;
			assert_int_equal(x->catcher.count, acked);
			if (acked)
				expect_segment_ack(x, 0, false, i, 3);
		}
	}
	expect_segment_ack(x, 0, false, (uint8_t)(pieces - 1), 3);
	assert_int_equal(x->catcher.count, 2);           /* and the answer's first segment */
	size_t k = 0;
	struct apdu a = { .more = true };
	while (a.more) {                                 /* a window of 1 will do here; windows are the matter of transaction_test.c */
		struct rd r = exchange_sent(x, x->catcher.count - 1, &a);
		memcpy(got + k, r.p, rd_left(&r));
		k += rd_left(&r);
		uint8_t ack[] = { 0x01, 0x00, 0x40, x->invoke, a.sequence, 1 };
		exchange_npdu(x, ack, sizeof ack);
	}
	assert_int_equal(results(rd_over(got, k)), SAMPLE_OBJECTS - 1);
}

static void pieces_lost_and_repeated_are_sorted_out(void **state)
{
	struct exchange *x = *state;
	static const uint8_t body[] = { 0x0C, 0x00, 0x80, 0x00, 0x01, 0x1E, 0x09, 0x55, 0x1F };
	const uint8_t service = CONFIRMED_READ_PROPERTY_MULTIPLE;
	x->invoke = 9;
	send_piece(x, body, 1, 0, 4, true, service);
	expect_segment_ack(x, 0, false, 0, 4);
	send_piece(x, body, 1, 0, 4, true, service);     /* our acknowledgement was lost */
	expect_segment_ack(x, 0, false, 0, 4);
	send_piece(x, body + 1, 1, 1, 4, true, service);
	assert_int_equal(x->catcher.count, 0);
	send_piece(x, body + 3, 1, 3, 4, true, service); /* 2 is missing: said once */
	expect_segment_ack(x, 0, true, 1, 4);
	send_piece(x, body + 4, 1, 4, 4, true, service);
	assert_int_equal(x->catcher.count, 0);
	for (uint8_t i = 2; i < 6; i++) {                /* the window again from 2 */
		send_piece(x, body + i, 1, i, 4, true, service);
		assert_int_equal(x->catcher.count, i == 5);
	}
	expect_segment_ack(x, 0, false, 5, 4);
	for (uint8_t i = 2; i < 5; i++) {                /* repeats are dropped in silence */
		send_piece(x, (const uint8_t *)"\xFF", 1, i, 4, true, service);
		assert_int_equal(x->catcher.count, 0);
	}
	send_piece(x, body + 6, 1, 6, 4, true, service);
	send_piece(x, body + 7, 1, 7, 4, true, service);
	send_piece(x, body + 8, 1, 8, 4, false, service);
	assert_int_equal(x->catcher.count, 2);
	expect_segment_ack(x, 0, false, 8, 4);
	struct apdu a;
	struct rd r = exchange_sent(x, 1, &a);
	assert_int_equal(a.type, APDU_COMPLEX_ACK);
	assert_int_equal(results(r), 1);
	assert_int_equal(places_live(x->commons.places), 0);
}

static void segments_that_cannot_be_get_their_abort(void **state)
{
	struct exchange *x = *state;
	const uint8_t body[1] = { 0 }, service = CONFIRMED_READ_PROPERTY_MULTIPLE;
	x->invoke = 9;
	send_piece(x, body, 1, 1, 4, true, service);     /* of no transaction */
	expect_abort(x, ABORT_INVALID_APDU_IN_THIS_STATE);
	send_piece(x, body, 1, 0, 0, true, service);
	expect_abort(x, ABORT_WINDOW_SIZE_OUT_OF_RANGE);
	send_piece(x, body, 1, 0, 128, true, service);
	expect_abort(x, ABORT_WINDOW_SIZE_OUT_OF_RANGE);
	send_piece(x, body, 1, 0, 4, true, 99);
	expect_reject(x, REJECT_UNRECOGNIZED_SERVICE);
	send_piece(x, body, 1, 0, 4, true, service);
	send_piece(x, body, 1, 1, 4, true, CONFIRMED_WRITE_PROPERTY);
	expect_abort(x, ABORT_INVALID_APDU_IN_THIS_STATE);
	send_piece(x, body, 1, 0, 4, true, service);
	x->invoke--;
	exchange_read(x, device_id_, PROP_MODEL_NAME, BAC_ARRAY_ALL);       /* whole, in the middle of it */
	expect_abort(x, ABORT_INVALID_APDU_IN_THIS_STATE);
	assert_int_equal(places_live(x->commons.places), 0);
	send_piece(x, body, 1, 0, 4, true, service);
	exchange_clear(x);
	ev_advance(x->loop, 4 * SEGMENT_TIMEOUT);        /* the rest never comes */
	expect_abort(x, ABORT_TSM_TIMEOUT);
	assert_int_equal(places_live(x->commons.places), 0);
}

static void segment_floods_are_bounded(void **state)
{
	struct exchange *x = *state;
	static uint8_t body[1460];
	const uint8_t service = CONFIRMED_READ_PROPERTY_MULTIPLE;
	x->invoke = 9;
	unsigned sent = 0;
	for (unsigned i = 0; i < 300; i++) {             /* more segments than Max_Segments_Accepted, each of them full */
		send_piece(x, body, sizeof body, (uint8_t)i, 127, true, service);
		sent++;
		if (x->catcher.count && (x->catcher.message[0].npdu[2] & 0xF0) == 0x70)
			break;
	}
	expect_abort(x, ABORT_BUFFER_OVERFLOW);
	assert_int_equal(sent, 17);
	for (sent = 0; sent < 300; sent++) {             /* small ones count as well, and empty ones */
		send_piece(x, body, sent % 2, (uint8_t)sent, 127, true, service);
		if (x->catcher.count && (x->catcher.message[0].npdu[2] & 0xF0) == 0x70)
			break;
	}
	expect_abort(x, ABORT_BUFFER_OVERFLOW);
	assert_int_equal(sent, 16);
	unsigned answers = 0;
	for (unsigned i = 0; i < 5000; i++) {            /* first segments from everywhere, one datagram out for one in at most */
		x->peer.mac[1] = (uint8_t)(i >> 8);
		x->peer.mac[2] = (uint8_t)i;
		x->invoke = (uint8_t)(i * 7);
		send_piece(x, body, sizeof body, 0, 127, true, service);
		answers += x->catcher.count;
		assert_in_range(places_live(x->commons.places), 0, 16);
	}
	assert_int_equal(answers, 4000 - 2);             /* two were begun above */
	assert_int_equal(node_counters(x->node)->refusals_limited, 1000 + 2);
	exchange_clear(x);
	ev_advance(x->loop, 100000);
	assert_int_equal(places_live(x->commons.places), 0);
	x->peer = (struct bac_addr){ .mac = { 10, 0, 0, 7, 0xBA, 0xC0 } };
	exchange_read(x, device_id_, PROP_MODEL_NAME, BAC_ARRAY_ALL);
	exchange_body(x, APDU_COMPLEX_ACK, CONFIRMED_READ_PROPERTY);
}

static void the_same_first_segment_is_not_acknowledged_for_ever(void **state)
{
	struct exchange *x = *state;
	uint8_t body[40] = { 0 };
	unsigned answers = 0;
	for (unsigned i = 0; i < 1000; i++) {
		x->invoke = 9;
		send_piece(x, body, sizeof body, 0, 127, true, CONFIRMED_READ_PROPERTY_MULTIPLE);
		answers += x->catcher.count;
	}
	assert_int_equal(answers, 1 + 400);              /* the first one is no repeat */
}

static void a_write_in_segments_is_executed_once_too(void **state)
{
	struct exchange *x = *state;
	device_set_writable(x->device, WRITABLE_LABELS);
	uint8_t body[64];
	struct wr w = wr_over(body, sizeof body);
	wp_request_open(&w, &(struct property_ref){ device_id_, PROP_LOCATION, BAC_ARRAY_ALL });
	bac_put_text(&w, "here", 4);
	wp_request_close(&w, 0);
	x->invoke = 9;
	for (int i = 0; i < 2; i++) {
		send_piece(x, body, 5, 0, 4, true, CONFIRMED_WRITE_PROPERTY);
		send_piece(x, body + 5, wr_len(&w) - 5, 1, 4, false, CONFIRMED_WRITE_PROPERTY);
		assert_int_equal(x->catcher.count, 2);
		struct apdu a;
		exchange_sent(x, 1, &a);
		assert_int_equal(a.type, APDU_SIMPLE_ACK);
		assert_string_equal(device_text(x->device, DEVICE_LOCATION), i ? "changed" : "here");
		sample_write_text(x->device, device_id_, PROP_LOCATION, "changed");
	}
}

/* An APDU that is a few octets longer than Max_APDU_Length_Accepted is taken when the datagram holds it: a common stack sends such
 * segments. */
static void finding_2_7_what_the_datagram_holds_is_taken(void **state)
{
	struct exchange *x = *state;
	uint8_t body[1476];
	struct wr w = wr_over(body, sizeof body);
	while (wr_room(&w) > 16) {
		rpm_object_open(&w, bac_object_id(OBJ_ANALOG_VALUE, 1));
		rpm_reference_write(&w, &(struct property_ref){ .property = PROP_PRESENT_VALUE, .index = BAC_ARRAY_ALL });
		rpm_object_close(&w);
	}
	size_t n = wr_len(&w), objects = n / 9;
	assert_int_equal(n % 9, 0);
	x->segments_accepted = true;
	x->invoke = 9;
	uint8_t long_body[2 * 1476];
	memcpy(long_body, body, n);
	memcpy(long_body + n, body, n);
	send_piece(x, long_body, 1476, 0, 4, true, CONFIRMED_READ_PROPERTY_MULTIPLE);    /* 1482 octets of APDU */
	assert_int_equal(x->catcher.count, 1);
	expect_segment_ack(x, 0, false, 0, 4);
	send_piece(x, long_body + 1476, 2 * n - 1476, 1, 4, false, CONFIRMED_READ_PROPERTY_MULTIPLE);
	assert_int_equal(x->catcher.count, 2);
	struct apdu a;
	exchange_sent(x, 1, &a);
	assert_int_equal(a.type, APDU_COMPLEX_ACK);
	assert_true(a.segmented);
	(void)objects;
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, exchange_setup, exchange_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_request_in_segments_is_put_together),
		TEST(pieces_lost_and_repeated_are_sorted_out),
		TEST(segments_that_cannot_be_get_their_abort),
		TEST(segment_floods_are_bounded),
		TEST(the_same_first_segment_is_not_acknowledged_for_ever),
		TEST(a_write_in_segments_is_executed_once_too),
		TEST(finding_2_7_what_the_datagram_holds_is_taken),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
