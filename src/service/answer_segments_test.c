/* Segments in both directions, as a client sees them: windows, losses, repeats, floods, forgeries; on virtual time. */
#include "service/exchange_test.h"

enum { SEGMENT_TIMEOUT = 5000, RETRIES = 3 };

static const uint32_t device_id_ = 8u << 22 | 1338;

/* A ReadPropertyMultiple of ALL of the first n objects. */
static void ask_all(struct exchange *x, unsigned n)
{
	struct wr w = exchange_request(x, CONFIRMED_READ_PROPERTY_MULTIPLE);
	for (unsigned i = 0; i < n; i++) {
		rpm_object_open(&w, object_id(device_at(x->device, i)));
		rpm_reference_write(&w, &(struct property_ref){ .property = PROP_ALL, .index = BAC_ARRAY_ALL });
		rpm_object_close(&w);
	}
	exchange_send(x, &w);
}

static void ack(struct exchange *x, bool nak, uint8_t sequence, uint8_t window)
{
	uint8_t octets[] = { 0x01, 0x00, nak ? 0x42 : 0x40, x->invoke, sequence, window };
	exchange_npdu(x, octets, sizeof octets);
}

/* Checks that message n is segment `sequence`; gives its octets. */
static struct rd segment(struct exchange *x, unsigned n, uint8_t sequence, bool *more)
{
	struct apdu a;
	struct rd r = exchange_sent(x, n, &a);
	assert_int_equal(x->catcher.message[n].npdu[1] & 0x04, 0x04);        /* data expecting reply */
	assert_int_equal(a.type, APDU_COMPLEX_ACK);
	assert_true(a.segmented);
	assert_int_equal(a.invoke, x->invoke);
	assert_int_equal(a.sequence, sequence);
	assert_in_range(a.window, 1, 127);
	assert_int_equal(a.service, CONFIRMED_READ_PROPERTY_MULTIPLE);
	*more = a.more;
	return r;
}

static uint8_t last_sequence;            /* of what collect() has taken */

/* Plays the client to the end of a segmented answer; gives its octets. */
static size_t collect(struct exchange *x, uint8_t window, size_t limit, uint8_t *to)
{
	size_t length = 0;
	uint8_t next = 0;
	bool more = true;
	size_t size = 0;
	unsigned in_window = 0;
	while (more) {
		for (int ms = 0; ms < 2000 && !x->catcher.count; ms += 20)       /* held back: this address has had much, and proved nothing yet */
			ev_advance(x->loop, 20);
		unsigned n = x->catcher.count;
		assert_in_range(n, 1, next ? window : 1);
		for (unsigned i = 0; i < n; i++) {
			assert_true(more);
			struct rd r = segment(x, i, next++, &more);
			size_t k = rd_left(&r);
			assert_true(k + APDU_SEGMENT_HEADER <= limit);
			size = size ? size : k;          /* all are of one size, but the last */
			assert_true(more ? k == size : k <= size);
			assert_true(!more || 3 * k >= limit);
			memcpy(to + length, r.p, k);
			length += k;
		}
		in_window += n;
		if (in_window < (window < 16 ? window : 16) && next > n && more && next != 1) {
			exchange_clear(x);
			continue;                        /* the rest of the window follows */
		}
		in_window = 0;
		ack(x, false, (uint8_t)(next - 1), window);
	}
	last_sequence = (uint8_t)(next - 1);
	assert_int_equal(x->catcher.count, 0);
	assert_int_equal(places_live(x->commons.places), 0);
	return length;
}

/* The answer with room enough, to compare with. */
static size_t whole(struct exchange *x, unsigned objects, uint8_t *to, size_t size)
{
	struct wr w = wr_over(to, size);
	for (unsigned i = 0; i < objects; i++) {
		struct object *o = device_at(x->device, i);
		rpm_object_open(&w, object_id(o));
		const struct property_row *row;
		for (size_t cursor = 0; (row = object_row_next(o, &cursor));) {
			if (row->property == PROP_PROPERTY_LIST)
				continue;
			rpm_value_open(&w, row->property, BAC_ARRAY_ALL);
			assert_false(fault_is(object_read(o, row->property, BAC_ARRAY_ALL, &w)));
			rpm_value_close(&w);
		}
		rpm_object_close(&w);
	}
	assert_false(w.full);
	return wr_len(&w);
}

static void all_of_all_objects_arrives_in_segments(void **state)
{
	struct exchange *x = *state;
	static uint8_t got[65536], wanted[65536];
	size_t n = whole(x, SAMPLE_OBJECTS + 1, wanted, sizeof wanted);
	x->segments_accepted = true;
	for (uint8_t code = 1; code < 16; code++) {
		x->max_apdu_code = code;
		ask_all(x, SAMPLE_OBJECTS + 1);
		size_t k = collect(x, (uint8_t)(code * 8), apdu_size_of_code(code), got);
		assert_int_equal(k, n);
		assert_memory_equal(got, wanted, n);
	}
	assert_int_equal(node_counters(x->node)->segments_resent, 0);
}

/* Every Max_APDU_Length_Accepted of ours, every code of the peer's: an answer never exceeds either; it is whole, in segments, or the
 * Abort that the situation asks for. */
static void answers_at_every_max_apdu_from_50_to_1476(void **state)
{
	(void)state;
	static uint8_t got[65536], wanted[65536];
	for (unsigned max = 50; max <= 1476; max++) {
		struct exchange *x = exchange_make(&(struct device_conf){ .instance = 1338, .max_apdu = (uint16_t)max, .max_segments = 64, .retries = 3 },
		                                   &(struct node_conf){ .seed = 1 });
		for (uint8_t code = 0; code < 7; code++) {
			unsigned limit = apdu_size_of_code(code) < max ? apdu_size_of_code(code) : max;
			x->max_apdu_code = code;
			x->segments_accepted = false;
			struct wr w = exchange_request(x, CONFIRMED_READ_PROPERTY);
			rp_request_write(&w, &(struct property_ref){ device_id_, PROP_OBJECT_LIST, BAC_ARRAY_ALL });
			size_t whole_answer = 5 * (SAMPLE_OBJECTS + 1) + 7 + 2 + APDU_COMPLEX_HEADER;
			exchange_send(x, &w);
			if (whole_answer <= limit)
				exchange_body(x, APDU_COMPLEX_ACK, CONFIRMED_READ_PROPERTY);
			else
				expect_abort(x, ABORT_SEGMENTATION_NOT_SUPPORTED);
			assert_true(x->catcher.message[0].length - 2 <= limit);
			if ((max + code) % 8)
				continue;                        /* the long way for an eighth of them */
			x->segments_accepted = true;
			size_t n = whole(x, 1, wanted, sizeof wanted);
			ask_all(x, 1);
			if (n + APDU_COMPLEX_HEADER <= limit) {
				struct rd r = exchange_body(x, APDU_COMPLEX_ACK, CONFIRMED_READ_PROPERTY_MULTIPLE);
				assert_int_equal(rd_left(&r), n);
				assert_memory_equal(r.p, wanted, n);
			} else {
				assert_int_equal(collect(x, 5, limit, got), n);
				assert_memory_equal(got, wanted, n);
			}
		}
		exchange_free(x);
	}
}

/* An acknowledgement of what lies behind the last segment is none. */
static void the_last_window_ends_with_the_last_segment(void **state)
{
	struct exchange *x = *state;
	static uint8_t all[65536];
	x->segments_accepted = true;
	x->max_apdu_code = 1;
	unsigned segments = (unsigned)((whole(x, 2, all, sizeof all) + 122) / 123);
	ask_all(x, 2);
	ack(x, false, 0, 3);
	unsigned base = 1;
	while (segments - base > 4) {
		base += 3;
		ack(x, false, (uint8_t)(base - 1), 3);
	}
	assert_in_range(segments - base, 2, 4);
	ack(x, false, (uint8_t)(segments - 2), 16);              /* all but the last */
	assert_int_equal(x->catcher.count, 1);
	for (unsigned i = 0; i < 15; i++) {
		ack(x, false, (uint8_t)(segments + i), 16);
		assert_int_equal(places_live(x->commons.places), 1);
	}
	ack(x, false, (uint8_t)(segments - 1), 16);
	assert_int_equal(places_live(x->commons.places), 0);
}

/* Where the data link would have to cut a datagram into pieces, segments are made smaller instead. */
static void segments_fit_the_data_link(void **state)
{
	struct exchange *x = *state;
	static uint8_t got[65536], wanted[65536];
	struct port port = catcher_port(&x->catcher);
	port.npdu_whole = 1468;
	node_set_port(x->node, &port);
	x->segments_accepted = true;
	size_t n = whole(x, 40, wanted, sizeof wanted);
	ask_all(x, 40);
	assert_int_equal(x->catcher.message[0].length, 1468);
	assert_int_equal(collect(x, 16, 1466, got), n);
	assert_memory_equal(got, wanted, n);
	x->max_apdu_code = 4;
	ask_all(x, 40);
	assert_int_equal(collect(x, 16, 1024, got), n);
	assert_memory_equal(got, wanted, n);
}

static void peers_that_take_few_segments_get_an_abort(void **state)
{
	struct exchange *x = *state;
	x->segments_accepted = true;
	x->max_apdu_code = 2;
	static uint8_t got[65536];
	size_t n = whole(x, 8, got, sizeof got);
	unsigned needed = (unsigned)((n + 200) / 201);
	for (uint8_t code = 1; code < 8; code++) {
		x->max_segments_code = code;
		ask_all(x, 8);
		if (needed > apdu_segments_of_code(code))
			expect_abort(x, ABORT_BUFFER_OVERFLOW);
		else
			assert_int_equal(collect(x, 16, 206, got), n);
		assert_int_equal(places_live(x->commons.places), 0);
	}
	x->max_segments_code = 0;
	ask_all(x, 8);
	assert_int_equal(collect(x, 16, 206, got), n);
}

static void answers_beyond_all_bounds_get_an_abort(void **state)
{
	struct exchange *x = *state;
	x->segments_accepted = true;
	x->max_segments_code = 7;
	struct wr w = exchange_request(x, CONFIRMED_READ_PROPERTY_MULTIPLE);
	for (unsigned i = 0; i < 140; i++) {             /* the Device, 140 times: above 64 KiB */
		rpm_object_open(&w, device_id_);
		rpm_reference_write(&w, &(struct property_ref){ .property = PROP_ALL, .index = BAC_ARRAY_ALL });
		rpm_object_close(&w);
	}
	exchange_send(x, &w);
	expect_abort(x, ABORT_BUFFER_OVERFLOW);
	assert_int_equal(places_live(x->commons.places), 0);
	/* garbage at its end is still what it is */
	wr_u8(&w, 0x2F);
	x->invoke++;
	w.start[4] = x->invoke;
	exchange_send(x, &w);
	expect_reject(x, REJECT_INVALID_TAG);
}

/* ---- losses ---- */

static void a_window_that_is_not_acknowledged_comes_again(void **state)
{
	struct exchange *x = *state;
	bool more;
	x->segments_accepted = true;
	x->max_apdu_code = 1;
	ask_all(x, 4);
	segment(x, 0, 0, &more);
	exchange_clear(x);
	ev_advance(x->loop, SEGMENT_TIMEOUT);            /* the first one, alone */
	assert_int_equal(x->catcher.count, 1);
	segment(x, 0, 0, &more);
	ack(x, false, 0, 4);
	assert_int_equal(x->catcher.count, 4);
	for (unsigned i = 0; i < 4; i++)
		segment(x, i, (uint8_t)(1 + i), &more);
	ack(x, true, 2, 4);                              /* 3 and 4 are missing: 3 to 6 */
	assert_int_equal(x->catcher.count, 4);
	segment(x, 0, 3, &more);
	segment(x, 3, 6, &more);
	ack(x, true, 2, 4);                              /* 3 is missing again: its window once more */
	assert_int_equal(x->catcher.count, 4);
	segment(x, 0, 3, &more);
	for (unsigned i = 0; i < RETRIES - 1; i++) {
		exchange_clear(x);
		ev_advance(x->loop, SEGMENT_TIMEOUT);
		assert_int_equal(x->catcher.count, 4);
		segment(x, 0, 3, &more);
	}
	exchange_clear(x);
	ev_advance(x->loop, SEGMENT_TIMEOUT);            /* retries are used up */
	assert_int_equal(x->catcher.count, 0);
	assert_int_equal(places_live(x->commons.places), 0);
	assert_int_equal(node_counters(x->node)->transactions_timeout, 1);
	ev_advance(x->loop, 3600000);
	assert_int_equal(x->catcher.count, 0);
}

static void spoofed_segment_ack_and_abort_change_nothing(void **state)
{
	struct exchange *x = *state;
	bool more;
	x->segments_accepted = true;
	x->max_apdu_code = 1;
	ask_all(x, 4);
	struct bac_addr peer = x->peer;
	for (unsigned i = 0; i < 6; i++) {               /* every octet of the address counts */
		x->peer = peer;
		x->peer.mac[i] ^= 1;
		ack(x, false, 0, 4);
		assert_int_equal(x->catcher.count, 0);
		exchange_hex(x, "70 01 00", "");
		assert_int_equal(x->catcher.count, 0);
	}
	x->peer = peer;
	uint8_t routed[] = { 0x01, 0x08, 0x00, 0x07, 0x01, 0x05, 0x70, x->invoke, 0x00 };
	exchange_npdu(x, routed, sizeof routed);         /* the same router, another device behind it */
	uint8_t invoke = x->invoke;
	for (unsigned i = 0; i < 256; i++) {             /* the right address: another invoke id, or a sequence that was never sent */
		x->invoke = (uint8_t)i;
		if (x->invoke != invoke)
			ack(x, false, 0, 4);
		x->invoke = invoke;
		if (i != 0)
			ack(x, i % 2, (uint8_t)i, 4);
		assert_int_equal(x->catcher.count, 0);
	}
	uint8_t from_server[] = { 0x01, 0x00, 0x71, x->invoke, 0x00 };
	exchange_npdu(x, from_server, sizeof from_server);
	assert_int_equal(places_live(x->commons.places), 1);
	ack(x, false, 0, 3);                             /* the true one goes on where it was */
	assert_int_equal(x->catcher.count, 3);
	segment(x, 0, 1, &more);
	ack(x, false, 9, 3);                             /* ahead of what was sent */
	assert_int_equal(x->catcher.count, 0);
	uint8_t from_client[] = { 0x01, 0x00, 0x70, x->invoke, 0x00 };
	exchange_npdu(x, from_client, sizeof from_client);
	assert_int_equal(places_live(x->commons.places), 0);
	assert_int_equal(x->catcher.count, 0);
	/* a window that cannot be ends it */
	ask_all(x, 4);
	ack(x, false, 0, 0);
	expect_abort(x, ABORT_WINDOW_SIZE_OUT_OF_RANGE);
	ask_all(x, 4);
	ack(x, false, 0, 128);
	expect_abort(x, ABORT_WINDOW_SIZE_OUT_OF_RANGE);
	assert_int_equal(places_live(x->commons.places), 0);
}

/* SegmentACKs outside of the window keep a transaction no longer than a silent peer would. */
static void out_of_window_acks_do_not_hold_a_transaction(void **state)
{
	struct exchange *x = *state;
	x->segments_accepted = true;
	x->max_apdu_code = 1;
	ask_all(x, 4);
	for (unsigned i = 0; i < 2 * (RETRIES + 2) * 5 && places_live(x->commons.places); i++) {
		ev_advance(x->loop, SEGMENT_TIMEOUT / 2);
		ack(x, false, 77, 4);
	}
	assert_int_equal(places_live(x->commons.places), 0);
}

/* The same request again while its answer is on the way: the first segment or the last SegmentACK was lost, or the client began anew.  So
 * does the answer. */
static void finding_2_6_a_repeated_request_is_answered_anew(void **state)
{
	struct exchange *x = *state;
	bool more;
	x->segments_accepted = true;
	x->max_apdu_code = 1;
	ask_all(x, 4);
	uint8_t before = x->invoke;
	ev_advance(x->loop, 49);
	x->invoke = (uint8_t)(before - 1);
	ask_all(x, 4);                                   /* doubled by the network: its answer is there already */
	assert_int_equal(x->catcher.count, 0);
	for (unsigned i = 0; i < 5; i++) {
		ev_advance(x->loop, 50);
		x->invoke = (uint8_t)(before - 1);
		ask_all(x, 4);
		assert_int_equal(x->catcher.count, 1);
		segment(x, 0, 0, &more);
		ack(x, false, 0, 4);                     /* in the middle of it, */
		assert_int_equal(x->catcher.count, 4);
		segment(x, 0, 1, &more);
	}
	assert_int_equal(node_counters(x->node)->confirmed, 6);
	struct apdu a = { .more = true };
	while (exchange_sent(x, x->catcher.count - 1, &a), a.more)
		ack(x, false, a.sequence, 4);
	ev_advance(x->loop, 100);
	x->invoke = (uint8_t)(before - 1);
	ask_all(x, 4);                                   /* and at its end, the last acknowledgement lost */
	assert_int_equal(x->catcher.count, 1);
	segment(x, 0, 0, &more);
	assert_int_equal(places_live(x->commons.places), 1);
	/* another request with that id: the client has given up the first */
	x->invoke = (uint8_t)(before - 1);
	ask_all(x, 5);
	assert_int_equal(x->catcher.count, 1);
	segment(x, 0, 0, &more);
	assert_int_equal(places_live(x->commons.places), 1);
	x->invoke = (uint8_t)(before - 1);
	exchange_read(x, device_id_, PROP_MODEL_NAME, BAC_ARRAY_ALL);
	exchange_body(x, APDU_COMPLEX_ACK, CONFIRMED_READ_PROPERTY);
	assert_int_equal(places_live(x->commons.places), 0);
}

/* ---- bounds ---- */

/* Many answers at once to one address (all its programs, all stations behind one router) are nothing unusual: none is refused.  When
 * every place is taken, one of the address that has most of them gives way, and nobody else's. */
static void finding_2_8_many_answers_at_once_to_one_address(void **state)
{
	struct exchange *x = *state;
	x->segments_accepted = true;
	x->max_apdu_code = 1;
	bool more;
	ask_all(x, 4);                                   /* another client, elsewhere, and the oldest of all */
	struct bac_addr other = x->peer;
	uint8_t invoke = x->invoke;
	x->peer.mac[3]++;
	for (unsigned i = 0; i < 300; i++) {
		x->peer.mac[4] = (uint8_t)(i >> 8);      /* ports cost nothing: the address counts */
		x->peer.mac[5] = (uint8_t)i;
		ev_advance(x->loop, 1);
		ask_all(x, 4);
		assert_int_equal(x->catcher.count, 1);
		segment(x, 0, 0, &more);
		assert_int_equal(places_live(x->commons.places), 2 + i < 256 ? 2 + i : 256);
		assert_int_equal(node_counters(x->node)->places_gave_way, 2 + i <= 256 ? 0 : 2 + i - 256);
	}
	assert_int_equal(node_counters(x->node)->places_full, 0);
	struct bac_addr last = x->peer;
	x->peer = other;
	x->invoke = invoke;
	ack(x, false, 0, 2);
	assert_int_equal(x->catcher.count, 2);
	segment(x, 0, 1, &more);
	/* the oldest of the many are gone, the newest is there */
	x->peer = last;
	x->invoke = (uint8_t)(invoke + 300);
	ack(x, false, 0, 2);
	assert_int_equal(x->catcher.count, 2);
	x->peer.mac[4] = x->peer.mac[5] = 0;
	x->invoke = (uint8_t)(invoke + 1);
	ack(x, false, 0, 2);
	assert_int_equal(x->catcher.count, 0);
}

/* A client of which nothing is heard but a guess in time does not keep its place for ever; one that is there does. */
static void places_that_somebody_acknowledged_give_way_last(void **state)
{
	struct exchange *x = *state;
	x->segments_accepted = true;
	x->max_apdu_code = 1;
	for (unsigned i = 0; i < 256; i++) {             /* each in the name of another, acknowledged by a guess */
		x->peer.mac[2] = (uint8_t)i;
		x->invoke = 7;
		ask_all(x, 4);
		ack(x, false, 0, 1);
		assert_int_equal(x->catcher.count, 1);
	}
	x->peer.mac[1]++;
	ask_all(x, 4);                                   /* every one of them may be there: the newest waits */
	assert_int_equal(x->catcher.count, 0);
	assert_int_equal(node_counters(x->node)->places_full, 1);
	ev_advance(x->loop, PLACES_IDLE_MS - 1);
	ask_all(x, 4);
	assert_int_equal(x->catcher.count, 0);
	ev_advance(x->loop, 1);
	ask_all(x, 4);                                   /* and now the one that has not moved for longest goes, and is told */
	assert_int_equal(x->catcher.count, 2);
	struct apdu a;
	exchange_sent(x, 0, &a);
	assert_int_equal(a.type, APDU_ABORT);
	assert_int_equal(a.reason, ABORT_PREEMPTED_BY_HIGHER_PRIORITY_TASK);
	assert_int_equal(x->catcher.message[0].to.mac[2], 0);
	bool more;
	segment(x, 1, 0, &more);
	ask_all(x, 4);                                   /* the one that nobody has acknowledged goes before all others, and is told nothing */
	assert_int_equal(x->catcher.count, 1);
	segment(x, 0, 0, &more);
	assert_int_equal(places_live(x->commons.places), 256);
}

/* ---- in the name of others ---- */

enum { CARRIER = 20 + 8 + 4 };       /* IPv4, UDP, BVLC around an NPDU */

static size_t octets_sent(const struct exchange *x)
{
	size_t octets = 0;
	for (unsigned i = 0; i < x->catcher.count; i++)
		octets += x->catcher.message[i].length + CARRIER;
	return octets;
}

/* Object_List n times over: few octets that draw many. */
static void ask_lists(struct exchange *x, unsigned n)
{
	struct wr w = exchange_request(x, CONFIRMED_READ_PROPERTY_MULTIPLE);
	rpm_object_open(&w, device_id_);
	for (unsigned i = 0; i < n; i++)
		rpm_reference_write(&w, &(struct property_ref){ .property = PROP_OBJECT_LIST, .index = BAC_ARRAY_ALL });
	rpm_object_close(&w);
	exchange_send(x, &w);
}

/* One forged request: its answer begins once, and the beginning is repeated once; of many not even that. */
static void finding_3_4_a_first_segment_is_repeated_once(void **state)
{
	struct exchange *x = *state;
	x->segments_accepted = true;
	for (unsigned i = 0; i < 50; i++) {
		x->peer.mac[3] = (uint8_t)i;
		ask_all(x, 10);
		unsigned first = x->catcher.count;
		assert_int_equal(first, 1);
	}
	exchange_clear(x);
	ev_advance(x->loop, 60000);
	assert_int_equal(x->catcher.count, 2);           /* LIMIT_REPEAT: two at once */
	assert_int_equal(places_live(x->commons.places), 0);
}

/* The bound of docs/security.md: in the name of an address that has proved nothing at most ANSWER_FACTOR times what came in that name,
 * ANSWER_BURST at once and ANSWER_PER_S a second, whatever is asked and whatever acknowledgements are guessed. */
static void finding_3_4_forged_requests_and_guessed_acknowledgements(void **state)
{
	struct exchange *x = *state;
	enum { SECONDS = 20 };
	size_t in = 0, out = 0;
	x->segments_accepted = true;
	for (unsigned ms = 0; ms < SECONDS * 1000; ms += 2) {
		unsigned kind = ms / 2 % 25;
		if (kind == 0) {
			x->invoke = (uint8_t)(ms / 50 % 16);
			ask_lists(x, 40);                /* 21 KB of answer */
			in += 4 + 7 + 40 * 2;
		} else if (kind == 1) {
			exchange_read(x, device_id_, PROP_OBJECT_LIST, BAC_ARRAY_ALL);
			in += 13;
			x->invoke--;                     /* the acknowledgements are for the other */
		} else {
			ack(x, false, (uint8_t)((kind - 2) * 2), 2);
			in += 6;
		}
		in += 2 + CARRIER;
		out += octets_sent(x);
		exchange_clear(x);
		ev_advance(x->loop, 2);
		out += octets_sent(x);
	}
	print_message("%zu in, %zu out\n", in, out);
	assert_true(out > 1000000);                      /* the test asks for more than there is */
	assert_true(out <= 8 * in + ANSWER_BURST + (size_t)SECONDS * ANSWER_PER_S);
	assert_true(node_counters(x->node)->answers_limited > 100);
}

/* Who counts on blindly, one by one, meets the last segment of every answer, but does not know which one it was. */
static void counting_blindly_proves_nothing(void **state)
{
	struct exchange *x = *state;
	size_t in = 0, out = 0;
	struct mono before = ev_now(x->loop);
	x->segments_accepted = true;
	for (unsigned round = 0; round < 1000; round++) {
		for (unsigned i = 0; i < 2; i++) {       /* the first takes what there is at once: the second is left to chance */
			x->invoke = (uint8_t)(round * 2 + i);
			ask_lists(x, 40);
			in += 4 + 7 + 40 * 2 + 2 + CARRIER;
			out += octets_sent(x);
		}
		x->invoke--;
		for (unsigned i = 0; i < 40; i++) {
			ack(x, false, (uint8_t)i, round % 2 ? 1 : 127);
			in += 6 + CARRIER;
			out += octets_sent(x);
			exchange_clear(x);
			ev_advance(x->loop, i < 20 ? 5 : 1);
			out += octets_sent(x);
			exchange_clear(x);
		}
		if (round % 4 == 0)
			ev_advance(x->loop, 1100);
		out += octets_sent(x);
		exchange_clear(x);
		assert_false(limits_proven(x->commons.limits, &x->peer, ev_now(x->loop)));
	}
	size_t ms = (size_t)mono_ms_between(before, ev_now(x->loop));
	print_message("%zu in, %zu out in %zu ms\n", in, out, ms);
	assert_true(out > 1000000);
	assert_true(out <= 8 * in + ANSWER_BURST + ms * ANSWER_PER_S / 1000);
}

/* A client that is there, until it has proved so; in how many answers. */
static unsigned prove(struct exchange *x)
{
	static uint8_t got[65536];
	x->segments_accepted = true;
	unsigned answers = 0;
	while (!limits_proven(x->commons.limits, &x->peer, ev_now(x->loop)) && answers < 60) {
		for (int i = 0; i < 20; i++, answers++) {         /* the first of them have room in what everybody has at once */
			ask_all(x, 60);
			collect(x, 16, 1476, got);
			exchange_clear(x);
		}
		ack(x, false, last_sequence, 16);        /* the last one again is no guess */
		assert_int_equal(x->catcher.count, 0);
		ev_advance(x->loop, 1000);
	}
	return answers;
}

/* Also to who has proved that he is there: a window that is sent again is paid for. */
static void what_is_sent_again_has_a_budget(void **state)
{
	struct exchange *x = *state;
	prove(x);
	assert_true(limits_proven(x->commons.limits, &x->peer, ev_now(x->loop)));
	size_t out = 0, in = 0;
	ask_lists(x, 100);
	in += 2 + 4 + 7 + 100 * 2 + CARRIER;
	out += octets_sent(x);
	for (unsigned i = 0; i < 30; i++) {
		ack(x, false, (uint8_t)i, 127);
		in += 6 + CARRIER;
		out += octets_sent(x);
		exchange_clear(x);
	}
	print_message("%zu in, %zu out\n", in, out);
	assert_true(out <= PLACES_ANSWER_MAX + 8 * in + ANSWER_BURST);
}

/* Who is there shows it with his first long answers, and is not held back from then on. */
static void finding_3_4_a_real_client_is_not_held_back(void **state)
{
	struct exchange *x = *state;
	static uint8_t got[65536];
	x->segments_accepted = true;
	assert_int_equal(prove(x), 20);
	uint64_t held = node_counters(x->node)->answers_limited;
	struct mono before = ev_now(x->loop);
	for (int i = 0; i < 500; i++) {
		ask_all(x, 60);
		collect(x, 16, 1476, got);
	}
	assert_int_equal(node_counters(x->node)->answers_limited, held);
	assert_int_equal(mono_ms_between(before, ev_now(x->loop)), 0);
	/* an acknowledgement of what was never sent is a guess: he has to show it anew */
	ask_all(x, 60);
	ack(x, false, 100, 16);
	assert_int_equal(x->catcher.count, 0);
	assert_false(limits_proven(x->commons.limits, &x->peer, ev_now(x->loop)));
}

/* The client loses datagrams at random in both directions: what arrives in the end is the answer, octet by octet. */
static void answers_survive_a_lossy_network(void **state)
{
	struct exchange *x = *state;
	static uint8_t got[65536], wanted[65536];
	unsigned seed = 77;
	print_message("seed %u\n", seed);
	size_t n = whole(x, 40, wanted, sizeof wanted);
	x->segments_accepted = true;
	unsigned finished = 0;
	for (int round = 0; round < 60; round++) {
		x->max_apdu_code = (uint8_t)(1 + rand_r(&seed) % 5);
		uint8_t window = (uint8_t)(1 + rand_r(&seed) % 20);
		size_t length = 0;
		unsigned next = 0, idle = 0;
		bool more = true, in_window = false;
		ask_all(x, 40);
		while (more && idle < 6) {
			bool gap = false, moved = false;
			struct caught copy[32];
			unsigned count = x->catcher.count < 32 ? x->catcher.count : 32;
			memcpy(copy, x->catcher.message, count * sizeof copy[0]);
			for (unsigned i = 0; i < count && more; i++) {
				struct apdu a;
				struct rd r = rd_over(copy[i].npdu + 2, copy[i].length - 2);
				assert_int_equal(apdu_read(&r, &a), APDU_OK);
				assert_int_equal(a.type, APDU_COMPLEX_ACK);
				if (rand_r(&seed) % 10 == 0)
					continue;                /* lost */
				if (a.sequence != (uint8_t)next) {
					gap = true;
					continue;
				}
				memcpy(got + length, r.p, rd_left(&r));
				length += rd_left(&r);
				next++;
				moved = in_window = true;
				more = a.more;
			}
			exchange_clear(x);
			if (rand_r(&seed) % 10 == 0 || (!moved && !gap)) {
				ev_advance(x->loop, SEGMENT_TIMEOUT);
				idle = moved ? 0 : idle + 1;
			} else if (in_window) {
				ack(x, gap, (uint8_t)(next - 1), window);
				idle = moved ? 0 : idle + 1;
			}
		}
		if (!more) {
			finished++;
			assert_int_equal(length, n);
			assert_memory_equal(got, wanted, n);
		}
		ev_advance(x->loop, 100000);
		assert_int_equal(places_live(x->commons.places), 0);
	}
	assert_in_range(finished, 50, 60);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, exchange_setup, exchange_teardown)
	const struct CMUnitTest tests[] = {
		TEST(all_of_all_objects_arrives_in_segments),
		cmocka_unit_test(answers_at_every_max_apdu_from_50_to_1476),
		TEST(the_last_window_ends_with_the_last_segment),
		TEST(segments_fit_the_data_link),
		TEST(peers_that_take_few_segments_get_an_abort),
		TEST(answers_beyond_all_bounds_get_an_abort),
		TEST(a_window_that_is_not_acknowledged_comes_again),
		TEST(spoofed_segment_ack_and_abort_change_nothing),
		TEST(out_of_window_acks_do_not_hold_a_transaction),
		TEST(finding_2_6_a_repeated_request_is_answered_anew),
		TEST(finding_2_8_many_answers_at_once_to_one_address),
		TEST(places_that_somebody_acknowledged_give_way_last),
		TEST(finding_3_4_a_first_segment_is_repeated_once),
		TEST(finding_3_4_forged_requests_and_guessed_acknowledgements),
		TEST(counting_blindly_proves_nothing),
		TEST(what_is_sent_again_has_a_budget),
		TEST(finding_3_4_a_real_client_is_not_held_back),
		TEST(answers_survive_a_lossy_network),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
