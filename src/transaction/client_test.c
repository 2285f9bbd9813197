/* Confirmed requests on virtual time: whole and in segments, both ways; losses, repeats, wrong peers, peers that start anew. */
#include "transaction/client.h"

#include <stdlib.h>

#include "transaction/fake_port_test.h"

enum { TIMEOUT = 3000, SEGMENT_TIMEOUT = 2000, RETRIES = 2, REQUESTS = 6, PER_PEER = 3, REQUEST_MAX = 4000, ANSWER_MAX = 5000 };

struct caller {
	struct client_call *call;
	unsigned told;
	enum client_end end;
	struct fault fault;
	uint8_t body[ANSWER_MAX];
	size_t length;
	void (*then)(struct caller *);
	void *with;
};

struct world {
	struct ev_loop *loop;
	struct fake_port port;
	struct binding *binding;
	struct client *client;
	struct peer peer;
	struct caller caller[8];
};

static const struct client_conf usual = { .timeout_ms = TIMEOUT, .segment_timeout_ms = SEGMENT_TIMEOUT, .retries = RETRIES, .window = 4,
	.max_apdu = 1476, .max_segments = 64, .requests = REQUESTS, .per_peer = PER_PEER, .request_max = REQUEST_MAX,
	.answer_max = ANSWER_MAX, .seed = 5 };

static void make_client(struct world *w, const struct client_conf *conf)
{
	struct port port = fake_port(&w->port);
	client_free(w->client);
	w->client = client_make(w->loop, &port, w->binding, conf);
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	w->loop = ev_loop_make_virtual((struct mono){ 1000000000 });
	struct port port = fake_port(&w->port);
	w->binding = binding_make(w->loop, &port, &(struct binding_conf){ 4, 1000, 1, 60000, 5000 });
	make_client(w, &usual);
	w->peer = (struct peer){ .addr = host(9) };
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	client_free(w->client);
	binding_free(w->binding);
	ev_loop_free(w->loop);
	free(w);
	return 0;
}

static void done(void *ctx, const struct client_result *r)
{
	struct caller *c = ctx;
	c->told++;
	c->end = r->end;
	c->fault = r->fault;
	if (c->then)
		c->then(c);
	struct rd body = r->body;
	c->length = rd_left(&body);
	if (c->length)
		memcpy(c->body, rd_take(&body, c->length), c->length);
}

/* ---- what we send ---- */

static uint8_t octet(size_t at)
{
	return (uint8_t)(at * 7 + at / 256);
}

static bool begin_and_send(struct world *w, int caller, const struct peer *peer, uint32_t instance, uint8_t service, size_t length)
{
	struct caller *c = &w->caller[caller];
	struct wr body;
	c->told = 0;
	c->length = 0;
	c->call = peer ? client_begin(w->client, peer, service, &body) : client_begin_device(w->client, instance, service, &body);
	if (!c->call)
		return false;
	for (size_t i = 0; i < length; i++)
		wr_u8(&body, octet(i));
	client_send(c->call, &body, done, c);
	return true;
}

static bool ask(struct world *w, int caller, size_t length)
{
	return begin_and_send(w, caller, &w->peer, 0, CONFIRMED_READ_PROPERTY, length);
}

static struct apdu sent_apdu(struct world *w, unsigned n, struct rd *body)
{
	struct npdu head;
	struct apdu a;
	*body = rd_over(w->port.sent[n].npdu, w->port.sent[n].length);
	assert_true(npdu_read(body, &head));
	assert_false(head.has_source);
	assert_int_equal(apdu_read(body, &a), APDU_OK);
	assert_int_equal(head.expecting_reply, a.type == APDU_CONFIRMED);
	return a;
}

static uint8_t invoke_of(struct world *w, unsigned n)
{
	struct rd body;
	return sent_apdu(w, n, &body).invoke;
}

/* Message n is a segment of a request, with these octets of it. */
static void expect_segment(struct world *w, unsigned n, uint8_t sequence, bool more, size_t from, size_t length)
{
	struct rd body;
	struct apdu a = sent_apdu(w, n, &body);
	assert_int_equal(a.type, APDU_CONFIRMED);
	assert_true(a.segmented);
	assert_int_equal(a.sequence, sequence);
	assert_int_equal(a.more, more);
	assert_int_equal(a.window, 4);
	assert_int_equal(rd_left(&body), length);
	for (size_t i = 0; i < length; i++)
		assert_int_equal(body.p[i], octet(from + i));
}

/* The last message is a SegmentACK of ours, and the n-th of all. */
static void expect_ack(struct world *w, unsigned count, bool nak, uint8_t sequence, uint8_t window)
{
	struct rd body;
	assert_int_equal(w->port.count, count);
	struct apdu a = sent_apdu(w, count - 1, &body);
	assert_int_equal(a.type, APDU_SEGMENT_ACK);
	assert_int_equal(a.nak, nak);
	assert_false(a.server);
	assert_int_equal(a.sequence, sequence);
	assert_int_equal(a.window, window);
}

static void expect_abort(struct world *w, unsigned count, uint8_t reason)
{
	struct rd body;
	assert_int_equal(w->port.count, count);
	struct apdu a = sent_apdu(w, count - 1, &body);
	assert_int_equal(a.type, APDU_ABORT);
	assert_false(a.server);
	assert_int_equal(a.reason, reason);
}

/* ---- what comes ---- */

static bool give_from(struct world *w, const struct bac_addr *from, const uint8_t *apdu, size_t n)
{
	struct rd r = rd_over(apdu, n);
	struct apdu a;
	assert_int_equal(apdu_read(&r, &a), APDU_OK);
	return client_rx(w->client, from, &a, &r);
}

#define GIVE(w, ...) give_from((w), &(w)->peer.addr, (const uint8_t[]){ __VA_ARGS__ }, sizeof (const uint8_t[]){ __VA_ARGS__ })

/* Segment `sequence` of an answer to call n, with `length` octets. */
static bool give_segment(struct world *w, uint8_t invoke, uint32_t n, bool more, uint8_t window, size_t length)
{
	uint8_t apdu[1500] = { (uint8_t)(more ? 0x3C : 0x38), invoke, (uint8_t)n, window, CONFIRMED_READ_PROPERTY };
	for (size_t i = 0; i < length; i++)
		apdu[5 + i] = octet(n * length + i);
	return give_from(w, &w->peer.addr, apdu, 5 + length);
}

static void expect_end(const struct caller *c, enum client_end end)
{
	assert_int_equal(c->told, 1);
	assert_int_equal(c->end, end);
}

static void expect_fault(const struct caller *c, enum client_end end, uint8_t kind, uint8_t cls, uint16_t code)
{
	expect_end(c, end);
	assert_int_equal(c->fault.kind, kind);
	assert_int_equal(c->fault.cls, cls);
	assert_int_equal(c->fault.code, code);
}

static void expect_body(const struct caller *c, size_t length)
{
	expect_end(c, CLIENT_ANSWERED);
	assert_int_equal(c->length, length);
	for (size_t i = 0; i < length; i++)
		assert_int_equal(c->body[i], octet(i));
}

/* ---- one APDU each way ---- */

static void a_request_and_its_answer(void **state)
{
	struct world *w = *state;
	assert_true(ask(w, 0, 3));
	assert_int_equal(w->port.count, 1);
	assert_true(bac_addr_same(&w->port.sent[0].to, &w->peer.addr));
	assert_false(w->port.sent[0].broadcast);
	uint8_t id = invoke_of(w, 0);
	EXPECT(&w->port, 0, 0x01, 0x04, 0x02, 0x65, id, CONFIRMED_READ_PROPERTY, octet(0), octet(1), octet(2));
	assert_true(GIVE(w, 0x30, id, CONFIRMED_READ_PROPERTY, octet(0), octet(1)));
	expect_body(&w->caller[0], 2);
	assert_int_equal(w->caller[0].fault.kind, FAULT_NONE);
	ev_advance(w->loop, 100000);
	assert_int_equal(w->port.count, 1);
	assert_int_equal(w->caller[0].told, 1);
}

/* Behind a router that nobody knows: broadcast, until somebody answers through one. */
static void a_peer_behind_an_unknown_router_is_found_by_its_answer(void **state)
{
	struct world *w = *state;
	const struct peer behind = { .addr = { .net = 5, .adr_len = 1, .adr = { 7 } } };
	struct bac_addr from = behind.addr, other = behind.addr;
	memcpy(from.mac, host(3).mac, 6);
	memcpy(other.mac, host(3).mac, 6);
	other.adr[0] = 8;
	const struct bac_addr router = host(3);
	assert_true(begin_and_send(w, 0, &behind, 0, CONFIRMED_READ_PROPERTY, 1));
	assert_true(w->port.sent[0].broadcast);
	uint8_t id = invoke_of(w, 0);
	EXPECT(&w->port, 0, 0x01, 0x24, 0x00, 0x05, 0x01, 0x07, 0xFF, 0x02, 0x65, id, CONFIRMED_READ_PROPERTY, octet(0));
	ev_advance(w->loop, TIMEOUT);
	assert_int_equal(w->port.count, 2);                      /* again, and again to all */
	assert_true(w->port.sent[1].broadcast);
	const uint8_t ack[] = { 0x20, id, CONFIRMED_READ_PROPERTY };
	assert_false(give_from(w, &other, ack, sizeof ack));     /* another device behind the same router */
	assert_false(give_from(w, &router, ack, sizeof ack));   /* the router itself */
	assert_true(give_from(w, &from, ack, sizeof ack));
	expect_end(&w->caller[0], CLIENT_ANSWERED);
	assert_true(begin_and_send(w, 1, &behind, 0, CONFIRMED_READ_PROPERTY, REQUEST_MAX));
	unsigned first = w->port.count;
	assert_true(w->port.sent[first - 1].broadcast);
	const uint8_t more[] = { 0x41, invoke_of(w, first - 1), 0, 4 };
	give_from(w, &from, more, sizeof more);                  /* a SegmentACK: the rest goes through that router alone */
	assert_true(w->port.count > first);
	for (unsigned i = first; i < w->port.count; i++)
		assert_true(!w->port.sent[i].broadcast && bac_addr_same(&w->port.sent[i].to, &from));
}

/* Of this request alone, each time it is said. */
static void a_request_may_be_urgent(void **state)
{
	struct world *w = *state;
	struct wr body;
	struct client_call *call = client_begin(w->client, &w->peer, CONFIRMED_EVENT_NOTIFICATION, &body);
	client_set_priority(call, 3);
	client_send(call, &body, done, &w->caller[0]);
	ev_advance(w->loop, TIMEOUT);
	assert_int_equal(w->port.count, 2);
	assert_int_equal(w->port.sent[0].npdu[1], 0x07);
	assert_int_equal(w->port.sent[1].npdu[1], 0x07);
	ev_advance(w->loop, 10 * TIMEOUT);
	w->port.count = 0;
	assert_true(ask(w, 0, 3));
	assert_int_equal(w->port.sent[0].npdu[1], 0x04);
}

static void a_simple_ack_has_no_body(void **state)
{
	struct world *w = *state;
	ask(w, 0, 3);
	assert_true(GIVE(w, 0x20, invoke_of(w, 0), CONFIRMED_READ_PROPERTY));
	expect_body(&w->caller[0], 0);
}

static void refusals_are_told_as_they_are(void **state)
{
	struct world *w = *state;
	for (int i = 0; i < 3; i++)
		ask(w, i, 3);
	assert_true(GIVE(w, 0x50, invoke_of(w, 0), CONFIRMED_READ_PROPERTY, 0x91, 0x02, 0x91, 0x20));
	assert_true(GIVE(w, 0x60, invoke_of(w, 1), 0x09));
	assert_true(GIVE(w, 0x71, invoke_of(w, 2), 0x04));
	expect_fault(&w->caller[0], CLIENT_REFUSED, FAULT_ERROR, 2, 32);
	expect_fault(&w->caller[1], CLIENT_REFUSED, FAULT_REJECT, 0, 9);
	expect_fault(&w->caller[2], CLIENT_REFUSED, FAULT_ABORT, 0, 4);
}

static void what_is_said_of_segments_follows_the_configuration(void **state)
{
	struct world *w = *state;
	static const struct { uint16_t segments, apdu; uint8_t first, second; } rows[] = {
		{ 0, 1476, 0x00, 0x05 }, { 1, 1024, 0x00, 0x04 }, { 2, 480, 0x02, 0x13 }, { 64, 50, 0x02, 0x60 }, { 65, 1476, 0x02, 0x75 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct client_conf conf = usual;
		conf.max_segments = rows[i].segments;
		conf.max_apdu = rows[i].apdu;
		make_client(w, &conf);
		w->port.count = 0;
		ask(w, 0, 0);
		EXPECT(&w->port, 0, 0x01, 0x04, rows[i].first, rows[i].second, invoke_of(w, 0), CONFIRMED_READ_PROPERTY);
	}
}

static void nobody_answers(void **state)
{
	struct world *w = *state;
	ask(w, 0, 3);
	for (unsigned n = 1; n <= RETRIES; n++) {
		ev_advance(w->loop, TIMEOUT - 1);
		assert_int_equal(w->port.count, n);
		ev_advance(w->loop, 1);
		assert_int_equal(w->port.count, n + 1);
		expect_octets(&w->port, n, w->port.sent[0].npdu, w->port.sent[0].length);
	}
	ev_advance(w->loop, TIMEOUT - 1);
	assert_int_equal(w->caller[0].told, 0);
	ev_advance(w->loop, 1);
	expect_fault(&w->caller[0], CLIENT_SILENT, FAULT_ABORT, 0, ABORT_TSM_TIMEOUT);
	assert_int_equal(w->port.count, 1 + RETRIES);
	assert_false(GIVE(w, 0x20, invoke_of(w, 0), CONFIRMED_READ_PROPERTY));   /* too late */
	assert_int_equal(w->caller[0].told, 1);
}

static void an_answer_to_the_second_try_is_one(void **state)
{
	struct world *w = *state;
	ask(w, 0, 3);
	ev_advance(w->loop, TIMEOUT);
	assert_true(GIVE(w, 0x20, invoke_of(w, 1), CONFIRMED_READ_PROPERTY));
	expect_end(&w->caller[0], CLIENT_ANSWERED);
	assert_false(GIVE(w, 0x20, invoke_of(w, 1), CONFIRMED_READ_PROPERTY));   /* and to the first */
	ev_advance(w->loop, 100000);
	assert_int_equal(w->port.count, 2);
}

static void only_the_peer_can_answer(void **state)
{
	struct world *w = *state;
	ask(w, 0, 3);
	uint8_t id = invoke_of(w, 0);
	uint8_t ack[] = { 0x20, id, CONFIRMED_READ_PROPERTY }, abort[] = { 0x71, id, 0 };
	struct bac_addr others[] = { host(8), host(9), host(9), host(9) };
	others[1].mac[5]++;                                      /* another port of the same host */
	others[2].net = 5;                                       /* somebody behind it */
	others[2].adr_len = 1;
	others[3].net = 5;
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		assert_false(give_from(w, &others[i], ack, sizeof ack));
		assert_false(give_from(w, &others[i], abort, sizeof abort));
	}
	assert_false(GIVE(w, 0x20, (uint8_t)(id + 1), CONFIRMED_READ_PROPERTY));
	assert_int_equal(w->caller[0].told, 0);
	assert_true(give_from(w, &w->peer.addr, ack, sizeof ack));
	assert_int_equal(w->caller[0].told, 1);
}

static void what_does_not_answer_it_is_passed_over(void **state)
{
	struct world *w = *state;
	ask(w, 0, 3);
	uint8_t id = invoke_of(w, 0);
	GIVE(w, 0x20, id, CONFIRMED_WRITE_PROPERTY);
	GIVE(w, 0x30, id, CONFIRMED_WRITE_PROPERTY, 1, 2);
	GIVE(w, 0x50, id, CONFIRMED_WRITE_PROPERTY, 0x91, 0x02, 0x91, 0x20);
	assert_false(GIVE(w, 0x70, id, 0));                      /* of a client */
	assert_false(GIVE(w, 0x40, id, 0, 1));
	assert_true(GIVE(w, 0x41, id, 0, 1));                    /* of a server, but nothing of ours is in segments */
	assert_false(GIVE(w, 0x00, 0x05, id, CONFIRMED_READ_PROPERTY));
	assert_int_equal(w->caller[0].told, 0);
	assert_int_equal(w->port.count, 1);
	ev_advance(w->loop, TIMEOUT);
	assert_int_equal(w->port.count, 2);                      /* and the time went on */
}

static void a_malformed_error_is_still_one(void **state)
{
	struct world *w = *state;
	ask(w, 0, 3);
	GIVE(w, 0x50, invoke_of(w, 0), CONFIRMED_READ_PROPERTY, 0x91);
	expect_fault(&w->caller[0], CLIENT_REFUSED, FAULT_ERROR, 0, 0);
}

/* ---- invoke ids ---- */

/* Command-line tools that begin with the same invoke id each time are taken for repeating themselves. */
static void finding_2_1_the_first_invoke_id_is_random(void **state)
{
	struct world *w = *state;
	bool seen[256] = { false };
	unsigned different = 0;
	for (int i = 0; i < 64; i++) {
		struct client_conf conf = usual;
		conf.seed = 0;
		make_client(w, &conf);
		w->port.count = 0;
		ask(w, 0, 3);
		different += !seen[invoke_of(w, 0)];
		seen[invoke_of(w, 0)] = true;
	}
	assert_in_range(different, 30, 64);
}

static void invoke_ids_follow_each_other_and_go_round(void **state)
{
	struct world *w = *state;
	ask(w, 0, 3);
	uint8_t id = invoke_of(w, 0);
	GIVE(w, 0x20, id, CONFIRMED_READ_PROPERTY);
	for (int i = 0; i < 600; i++) {
		w->port.count = 0;
		ask(w, 0, 3);
		id++;
		assert_int_equal(invoke_of(w, 0), id);
		GIVE(w, 0x20, id, CONFIRMED_READ_PROPERTY);
	}
}

static void an_invoke_id_that_waits_is_not_given_again_to_the_same_peer(void **state)
{
	struct world *w = *state;
	ask(w, 0, 3);
	uint8_t first = invoke_of(w, 0);
	for (int i = 1; i < 256; i++) {
		w->port.count = 0;
		ask(w, 1, 3);
		assert_int_equal(invoke_of(w, 0), (uint8_t)(first + i));
		GIVE(w, 0x20, invoke_of(w, 0), CONFIRMED_READ_PROPERTY);
	}
	w->port.count = 0;
	ask(w, 1, 3);
	assert_int_equal(invoke_of(w, 0), (uint8_t)(first + 1));
	GIVE(w, 0x20, first, CONFIRMED_READ_PROPERTY);
	assert_int_equal(w->caller[0].told, 1);
	assert_int_equal(w->caller[1].told, 0);
}

/* ---- bounds ---- */

static void one_peer_gets_its_share_and_no_more(void **state)
{
	struct world *w = *state;
	struct peer other = { .addr = host(10) };
	for (int i = 0; i < PER_PEER; i++)
		assert_true(ask(w, i, 3));
	assert_false(ask(w, 7, 3));
	assert_int_equal(w->port.count, PER_PEER);
	assert_true(begin_and_send(w, 3, &other, 0, CONFIRMED_READ_PROPERTY, 3));
	GIVE(w, 0x20, invoke_of(w, 1), CONFIRMED_READ_PROPERTY);
	assert_true(ask(w, 1, 3));
	assert_false(ask(w, 7, 3));
}

static void there_is_a_bound_in_all(void **state)
{
	struct world *w = *state;
	for (int i = 0; i < REQUESTS; i++) {
		struct peer p = { .addr = host((uint8_t)(100 + i)) };
		assert_true(begin_and_send(w, i, &p, 0, CONFIRMED_READ_PROPERTY, 3));
	}
	assert_false(ask(w, 7, 3));
	client_cancel(w->caller[2].call);
	assert_true(ask(w, 7, 3));
}

static void one_device_gets_its_share_by_instance_too(void **state)
{
	struct world *w = *state;
	for (int i = 0; i < PER_PEER; i++)
		assert_true(begin_and_send(w, i, NULL, 77, CONFIRMED_READ_PROPERTY, 3));
	assert_false(begin_and_send(w, 7, NULL, 77, CONFIRMED_READ_PROPERTY, 3));
	assert_true(begin_and_send(w, 7, NULL, 78, CONFIRMED_READ_PROPERTY, 3));
	assert_true(ask(w, 6, 3));
}

static void ask_the_next(struct caller *c)
{
	struct world *w = c->with;
	assert_true(ask(w, 1, 3));
	memset(w->caller[1].body, 0, sizeof w->caller[1].body);
}

/* When its owner is told, the place is free for his next request, and the answer stays readable meanwhile. */
static void the_next_may_be_asked_when_the_last_is_told(void **state)
{
	struct world *w = *state;
	struct client_conf conf = usual;
	conf.requests = conf.per_peer = 1;
	make_client(w, &conf);
	w->caller[0].then = ask_the_next;
	w->caller[0].with = w;
	ask(w, 0, 3);
	assert_false(ask(w, 7, 3));
	uint8_t id = invoke_of(w, 0);
	give_segment(w, id, 0, true, 4, 100);
	give_segment(w, id, 1, false, 4, 100);
	expect_body(&w->caller[0], 200);
	assert_int_equal(w->port.count, 4);
	GIVE(w, 0x20, invoke_of(w, 3), CONFIRMED_READ_PROPERTY);
	expect_end(&w->caller[1], CLIENT_ANSWERED);
}

static void cancel_itself(struct caller *c)
{
	client_cancel(c->call);
}

static void a_call_that_is_being_told_may_be_cancelled(void **state)
{
	struct world *w = *state;
	w->caller[0].then = cancel_itself;
	ask(w, 0, 3);
	GIVE(w, 0x20, invoke_of(w, 0), CONFIRMED_READ_PROPERTY);
	expect_end(&w->caller[0], CLIENT_ANSWERED);
	assert_int_equal(w->port.count, 1);
}

static void who_cancels_is_not_told(void **state)
{
	struct world *w = *state;
	struct wr body;
	ask(w, 0, 3);
	client_cancel(w->caller[0].call);
	assert_false(GIVE(w, 0x20, invoke_of(w, 0), CONFIRMED_READ_PROPERTY));
	client_cancel(client_begin(w->client, &w->peer, 12, &body));
	begin_and_send(w, 1, NULL, 77, 12, 3);
	client_cancel(w->caller[1].call);
	ev_advance(w->loop, 100000);
	assert_int_equal(w->caller[0].told, 0);
	assert_int_equal(w->caller[1].told, 0);
	assert_int_equal(w->port.count, 3);                      /* the request, and two Who-Is */
}

static void timeouts_can_be_changed(void **state)
{
	struct world *w = *state;
	client_set_timeouts(w->client, 100, 50, 1);
	ask(w, 0, 3);
	ev_advance(w->loop, 100);
	assert_int_equal(w->port.count, 2);
	ev_advance(w->loop, 100);
	expect_end(&w->caller[0], CLIENT_SILENT);
}

/* ---- a request in segments ---- */

static void the_largest_request_that_fits_goes_whole(void **state)
{
	struct world *w = *state;
	ask(w, 0, APDU_MAX - APDU_REQUEST_HEADER);
	assert_int_equal(w->port.count, 1);
	assert_int_equal(w->port.sent[0].length, 2 + APDU_MAX);
	ask(w, 1, APDU_MAX - APDU_REQUEST_HEADER + 1);
	assert_int_equal(w->port.count, 2);
	assert_int_equal(w->port.sent[1].length, 2 + APDU_MAX);
	expect_segment(w, 1, 0, true, 0, APDU_MAX - APDU_REQUEST_SEGMENT_HEADER);
}

static void segments_fit_peer_and_data_link(void **state)
{
	struct world *w = *state;
	static const struct { uint16_t max_apdu, whole, net; size_t apdu; } rows[] = {
		{ 0, 0, 0, 1476 }, { 0, 1468, 0, 1466 }, { 1476, 1468, 0, 1466 }, { 1024, 1468, 0, 1024 }, { 480, 0, 0, 480 }, { 50, 0, 0, 50 },
		{ 0, 1468, 5, 1461 }, { 480, 1468, 5, 480 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct port port = fake_port(&w->port);
		port.npdu_whole = rows[i].whole;
		client_set_port(w->client, &port);
		w->peer = (struct peer){ .addr = host(9), .max_apdu = rows[i].max_apdu, .segmentation = SEGMENTATION_BOTH };
		w->peer.addr.net = rows[i].net;
		w->peer.addr.adr_len = rows[i].net ? 1 : 0;
		w->port.count = 0;
		ask(w, 0, 3000);
		assert_int_equal(w->port.count, 1);
		assert_int_equal(w->port.sent[0].length, 2u + (rows[i].net ? 5u : 0u) + rows[i].apdu);
		client_cancel(w->caller[0].call);
	}
}

static void a_request_leaves_in_windows(void **state)
{
	struct world *w = *state;
	w->peer.max_apdu = 206;
	w->peer.segmentation = SEGMENTATION_RECEIVE;
	ask(w, 0, 1501);                                         /* seven of 200, and 101 */
	uint8_t id = invoke_of(w, 0);
	assert_int_equal(w->port.count, 1);
	expect_segment(w, 0, 0, true, 0, 200);
	assert_true(GIVE(w, 0x41, id, 0, 3));
	assert_int_equal(w->port.count, 4);
	for (uint8_t n = 1; n < 4; n++)
		expect_segment(w, n, n, true, 200u * n, 200);
	assert_true(GIVE(w, 0x41, id, 3, 5));                    /* more than we propose */
	assert_int_equal(w->port.count, 8);
	expect_segment(w, 7, 7, false, 1400, 101);
	assert_true(GIVE(w, 0x41, id, 7, 4));
	assert_int_equal(w->port.count, 8);
	ev_advance(w->loop, TIMEOUT - 1);
	assert_true(GIVE(w, 0x41, id, 7, 4));                    /* once more: says nothing new, and gives no time */
	assert_int_equal(w->port.count, 8);
	ev_advance(w->loop, 1);
	assert_int_equal(w->port.count, 9);                      /* no answer: from the beginning */
	expect_segment(w, 8, 0, true, 0, 200);
	assert_true(GIVE(w, 0x41, id, 0, 4));
	w->port.count = 8;
	assert_true(GIVE(w, 0x41, id, 4, 4));
	assert_true(GIVE(w, 0x41, id, 7, 4));
	w->port.count = 8;
	assert_true(GIVE(w, 0x20, id, CONFIRMED_READ_PROPERTY));
	expect_end(&w->caller[0], CLIENT_ANSWERED);
	for (unsigned n = 0; n < 8; n++)
		assert_int_equal(invoke_of(w, n), id);
}

static void lost_segments_leave_again(void **state)
{
	struct world *w = *state;
	w->peer.max_apdu = 206;
	ask(w, 0, 1000);                                         /* five of 200 */
	uint8_t id = invoke_of(w, 0);
	ev_advance(w->loop, SEGMENT_TIMEOUT - 1);
	assert_int_equal(w->port.count, 1);
	ev_advance(w->loop, 1);
	assert_int_equal(w->port.count, 2);
	expect_segment(w, 1, 0, true, 0, 200);
	GIVE(w, 0x41, id, 0, 4);
	assert_int_equal(w->port.count, 6);
	GIVE(w, 0x43, id, 2, 4);                                 /* 3 was lost */
	assert_int_equal(w->port.count, 8);
	expect_segment(w, 6, 3, true, 600, 200);
	expect_segment(w, 7, 4, false, 800, 200);
	GIVE(w, 0x41, id, 2, 4);                                 /* twice on its way: only the time begins anew */
	assert_int_equal(w->port.count, 8);
	ev_advance(w->loop, SEGMENT_TIMEOUT);
	assert_int_equal(w->port.count, 10);
	GIVE(w, 0x41, id, 4, 4);
	GIVE(w, 0x30, id, CONFIRMED_READ_PROPERTY, octet(0));
	expect_body(&w->caller[0], 1);
}

static void an_old_segment_ack_starts_the_time_anew(void **state)
{
	struct world *w = *state;
	w->peer.max_apdu = 206;
	ask(w, 0, 1000);
	uint8_t id = invoke_of(w, 0);
	GIVE(w, 0x41, id, 0, 1);
	ev_advance(w->loop, SEGMENT_TIMEOUT - 10);
	GIVE(w, 0x41, id, 0, 1);
	ev_advance(w->loop, SEGMENT_TIMEOUT - 1);
	assert_int_equal(w->port.count, 2);
	ev_advance(w->loop, 1);
	assert_int_equal(w->port.count, 3);
}

static void nobody_acknowledges_a_segment(void **state)
{
	struct world *w = *state;
	w->peer.max_apdu = 206;
	ask(w, 0, 1000);
	ev_advance(w->loop, (1 + RETRIES) * SEGMENT_TIMEOUT - 1);
	assert_int_equal(w->caller[0].told, 0);
	ev_advance(w->loop, 1);
	expect_fault(&w->caller[0], CLIENT_SILENT, FAULT_ABORT, 0, ABORT_TSM_TIMEOUT);
	assert_int_equal(w->port.count, 1 + RETRIES);
}

static void a_request_in_segments_is_repeated_as_a_whole(void **state)
{
	struct world *w = *state;
	w->peer.max_apdu = 206;
	ask(w, 0, 400);
	uint8_t id = invoke_of(w, 0);
	for (unsigned n = 0; n <= RETRIES; n++) {
		w->port.count = n ? w->port.count : 1;
		GIVE(w, 0x41, id, 0, 4);
		GIVE(w, 0x41, id, 1, 4);
		assert_int_equal(w->port.count, 2 * (n + 1));
		ev_advance(w->loop, TIMEOUT);
	}
	assert_int_equal(w->port.count, 2 * (1 + RETRIES));
	expect_end(&w->caller[0], CLIENT_SILENT);
}

static void an_answer_may_overtake_the_last_segment_ack(void **state)
{
	struct world *w = *state;
	w->peer.max_apdu = 206;
	ask(w, 0, 400);
	uint8_t id = invoke_of(w, 0);
	GIVE(w, 0x20, id, CONFIRMED_READ_PROPERTY);              /* before it can know what is asked */
	assert_int_equal(w->caller[0].told, 0);
	GIVE(w, 0x41, id, 0, 4);
	GIVE(w, 0x20, id, CONFIRMED_READ_PROPERTY);
	expect_end(&w->caller[0], CLIENT_ANSWERED);
}

static void a_peer_may_refuse_in_the_middle(void **state)
{
	struct world *w = *state;
	w->peer.max_apdu = 206;
	ask(w, 0, 1000);
	GIVE(w, 0x71, invoke_of(w, 0), ABORT_BUFFER_OVERFLOW);   /* or it has started anew and knows of nothing */
	expect_fault(&w->caller[0], CLIENT_REFUSED, FAULT_ABORT, 0, ABORT_BUFFER_OVERFLOW);
	ev_advance(w->loop, 100000);
	assert_int_equal(w->port.count, 1);
}

static void a_window_out_of_range_ends_it(void **state)
{
	struct world *w = *state;
	w->peer.max_apdu = 206;
	ask(w, 0, 1000);
	GIVE(w, 0x41, invoke_of(w, 0), 0, 0);
	expect_abort(w, 2, ABORT_WINDOW_SIZE_OUT_OF_RANGE);
	expect_fault(&w->caller[0], CLIENT_BROKEN, FAULT_ABORT, 0, ABORT_WINDOW_SIZE_OUT_OF_RANGE);
}

static void who_takes_no_segments_gets_none(void **state)
{
	struct world *w = *state;
	static const struct { uint16_t max_apdu; uint8_t segmentation; bool sent; } rows[] = {
		{ 206, SEGMENTATION_BOTH, true }, { 206, SEGMENTATION_TRANSMIT, false }, { 206, SEGMENTATION_RECEIVE, true },
		{ 206, SEGMENTATION_NONE, false }, { 0, SEGMENTATION_NONE, true },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		w->peer = (struct peer){ .addr = host(9), .max_apdu = rows[i].max_apdu, .segmentation = rows[i].segmentation };
		w->port.count = 0;
		ask(w, 0, 2000);
		assert_int_equal(w->port.count, rows[i].sent);
		assert_int_equal(w->caller[0].told, 0);          /* never from within client_send() */
		ev_advance(w->loop, 0);
		if (!rows[i].sent)
			expect_fault(&w->caller[0], CLIENT_TOO_LARGE, FAULT_ABORT, 0, ABORT_SEGMENTATION_NOT_SUPPORTED);
		else
			client_cancel(w->caller[0].call);
		ask(w, 0, 206 - APDU_REQUEST_HEADER);
		assert_false(rows[i].max_apdu && w->port.sent[w->port.count - 1].npdu[2] & 0x08);
		client_cancel(w->caller[0].call);
	}
}

static void a_request_beyond_its_place_is_not_sent(void **state)
{
	struct world *w = *state;
	ask(w, 0, REQUEST_MAX);
	assert_int_equal(w->port.count, 1);
	ask(w, 1, REQUEST_MAX + 1);
	assert_int_equal(w->port.count, 1);
	assert_int_equal(w->caller[1].told, 0);
	ev_advance(w->loop, 0);
	expect_fault(&w->caller[1], CLIENT_TOO_LARGE, FAULT_ABORT, 0, ABORT_BUFFER_OVERFLOW);
}

static void who_cancels_in_the_middle_says_so(void **state)
{
	struct world *w = *state;
	w->peer.max_apdu = 206;
	ask(w, 0, 1000);
	client_cancel(w->caller[0].call);
	expect_abort(w, 2, ABORT_OTHER);
	ask(w, 0, 10);
	give_segment(w, invoke_of(w, 2), 0, true, 4, 10);
	client_cancel(w->caller[0].call);
	expect_abort(w, 5, ABORT_OTHER);
	ev_advance(w->loop, 100000);
	assert_int_equal(w->port.count, 5);
	assert_int_equal(w->caller[0].told, 0);
}

/* ---- an answer in segments ---- */

static void an_answer_arrives_in_windows(void **state)
{
	struct world *w = *state;
	ask(w, 0, 3);
	uint8_t id = invoke_of(w, 0);
	assert_true(give_segment(w, id, 0, true, 3, 100));
	expect_ack(w, 2, false, 0, 3);
	give_segment(w, id, 1, true, 3, 100);
	give_segment(w, id, 2, true, 3, 100);
	assert_int_equal(w->port.count, 2);
	give_segment(w, id, 3, true, 3, 100);
	expect_ack(w, 3, false, 3, 3);
	give_segment(w, id, 4, false, 3, 100);
	expect_ack(w, 4, false, 4, 3);
	expect_body(&w->caller[0], 500);
	for (unsigned n = 1; n < 4; n++)
		assert_true(bac_addr_same(&w->port.sent[n].to, &w->peer.addr));
	assert_false(give_segment(w, id, 4, false, 3, 100));     /* again: whoever handed it in may say that it is over */
	ev_advance(w->loop, 100000);
	assert_int_equal(w->port.count, 4);
}

static void our_window_is_the_smaller_one(void **state)
{
	struct world *w = *state;
	ask(w, 0, 3);
	give_segment(w, invoke_of(w, 0), 0, true, 100, 10);
	expect_ack(w, 2, false, 0, 4);
}

static void an_answer_of_more_than_256_segments(void **state)
{
	struct world *w = *state;
	struct client_conf conf = usual;
	conf.max_segments = 600;
	make_client(w, &conf);
	ask(w, 0, 3);
	uint8_t id = invoke_of(w, 0);
	for (uint32_t n = 0; n < 599; n++)
		give_segment(w, id, n, true, 4, 8);
	assert_int_equal(w->port.count, 1 + 1 + 149);
	give_segment(w, id, 599, false, 4, 8);
	expect_body(&w->caller[0], 4800);
}

static void gaps_and_repeats_are_answered(void **state)
{
	struct world *w = *state;
	ask(w, 0, 3);
	uint8_t id = invoke_of(w, 0);
	give_segment(w, id, 0, true, 4, 10);
	give_segment(w, id, 0, true, 4, 10);                     /* our SegmentACK was lost */
	expect_ack(w, 3, false, 0, 4);
	give_segment(w, id, 2, true, 4, 10);
	expect_ack(w, 4, true, 0, 4);
	give_segment(w, id, 3, true, 4, 10);
	assert_int_equal(w->port.count, 4);
	give_segment(w, id, 1, true, 4, 10);
	give_segment(w, id, 1, true, 4, 10);
	give_segment(w, id, 2, true, 4, 10);
	give_segment(w, id, 3, false, 4, 10);
	expect_ack(w, 5, false, 3, 4);
	expect_body(&w->caller[0], 40);
}

static void an_answer_that_stops_is_given_up(void **state)
{
	struct world *w = *state;
	ask(w, 0, 3);
	uint8_t id = invoke_of(w, 0);
	ev_advance(w->loop, TIMEOUT - 1);
	give_segment(w, id, 0, true, 4, 10);
	ev_advance(w->loop, 4 * SEGMENT_TIMEOUT - 1);
	give_segment(w, id, 1, true, 4, 10);
	ev_advance(w->loop, 4 * SEGMENT_TIMEOUT - 1);
	give_segment(w, id, 1, true, 4, 10);                     /* a repeat is no progress */
	assert_int_equal(w->caller[0].told, 0);
	ev_advance(w->loop, 1);
	expect_fault(&w->caller[0], CLIENT_SILENT, FAULT_ABORT, 0, ABORT_TSM_TIMEOUT);
	assert_int_equal(w->port.count, 2);
}

static void an_answer_that_is_too_large_is_refused(void **state)
{
	struct world *w = *state;
	ask(w, 0, 3);
	uint8_t id = invoke_of(w, 0);
	for (uint32_t n = 0; n < 5; n++)
		give_segment(w, id, n, true, 1, 1000);
	assert_int_equal(w->port.count, 6);
	give_segment(w, id, 5, false, 1, 1);
	expect_abort(w, 7, ABORT_BUFFER_OVERFLOW);
	expect_fault(&w->caller[0], CLIENT_BROKEN, FAULT_ABORT, 0, ABORT_BUFFER_OVERFLOW);
}

static void more_segments_than_we_said_are_refused(void **state)
{
	struct world *w = *state;
	struct client_conf conf = usual;
	conf.max_segments = 2;
	make_client(w, &conf);
	ask(w, 0, 3);
	uint8_t id = invoke_of(w, 0);
	give_segment(w, id, 0, true, 1, 10);
	give_segment(w, id, 1, true, 1, 10);
	give_segment(w, id, 2, false, 1, 10);
	expect_abort(w, 4, ABORT_BUFFER_OVERFLOW);
	expect_end(&w->caller[0], CLIENT_BROKEN);
}

static void a_proposed_window_out_of_range_is_refused(void **state)
{
	struct world *w = *state;
	ask(w, 0, 3);
	give_segment(w, invoke_of(w, 0), 0, true, 0, 10);
	expect_abort(w, 2, ABORT_WINDOW_SIZE_OUT_OF_RANGE);
	expect_end(&w->caller[0], CLIENT_BROKEN);
}

static void segments_of_another_answer_are_passed_over(void **state)
{
	struct world *w = *state;
	ask(w, 0, 3);
	uint8_t id = invoke_of(w, 0);
	assert_true(give_segment(w, id, 3, true, 4, 10));        /* of an older one with this invoke id */
	assert_int_equal(w->port.count, 1);
	give_segment(w, id, 0, true, 4, 10);
	assert_int_equal(w->port.count, 2);
	GIVE(w, 0x3C, id, 1, 4, CONFIRMED_READ_PROPERTY_MULTIPLE, 1, 2, 3);
	GIVE(w, 0x20, id, CONFIRMED_READ_PROPERTY);              /* nonsense in the middle */
	GIVE(w, 0x30, id, CONFIRMED_READ_PROPERTY, 1);
	assert_int_equal(w->port.count, 2);
	assert_int_equal(w->caller[0].told, 0);
	give_segment(w, id, 1, false, 4, 10);
	expect_body(&w->caller[0], 20);
}

static void a_peer_that_starts_anew_in_its_answer_says_so(void **state)
{
	struct world *w = *state;
	ask(w, 0, 3);
	uint8_t id = invoke_of(w, 0);
	give_segment(w, id, 0, true, 4, 10);
	GIVE(w, 0x71, id, ABORT_INVALID_APDU_IN_THIS_STATE);
	expect_fault(&w->caller[0], CLIENT_REFUSED, FAULT_ABORT, 0, ABORT_INVALID_APDU_IN_THIS_STATE);
	ask(w, 0, 3);
	give_segment(w, invoke_of(w, 2), 0, false, 4, 10);       /* the next one is not disturbed by it */
	expect_body(&w->caller[0], 10);
}

/* ---- by instance ---- */

static void i_am(struct world *w, uint32_t instance, uint8_t last, uint32_t max_apdu)
{
	struct bac_addr from = host(last);
	binding_i_am(w->binding, &from, &(struct i_am){ bac_object_id(OBJ_DEVICE, instance), max_apdu, SEGMENTATION_BOTH, 591 });
}

static void a_device_is_looked_for_then_asked(void **state)
{
	struct world *w = *state;
	begin_and_send(w, 0, NULL, 77, CONFIRMED_READ_PROPERTY, 300);
	assert_int_equal(w->port.count, 1);
	assert_true(w->port.sent[0].broadcast);
	i_am(w, 77, 9, 206);
	assert_int_equal(w->port.count, 2);
	assert_true(bac_addr_same(&w->port.sent[1].to, &w->peer.addr));
	expect_segment(w, 1, 0, true, 0, 200);                   /* as it said it could */
	GIVE(w, 0x41, invoke_of(w, 1), 0, 1);
	GIVE(w, 0x41, invoke_of(w, 1), 1, 1);
	GIVE(w, 0x20, invoke_of(w, 1), CONFIRMED_READ_PROPERTY);
	expect_end(&w->caller[0], CLIENT_ANSWERED);
	begin_and_send(w, 0, NULL, 77, CONFIRMED_READ_PROPERTY, 3);
	assert_int_equal(w->port.count, 4);
	assert_false(w->port.sent[3].broadcast);
}

static void a_device_that_nobody_knows_is_not_found(void **state)
{
	struct world *w = *state;
	begin_and_send(w, 0, NULL, 77, CONFIRMED_READ_PROPERTY, 3);
	ev_advance(w->loop, 2000);
	expect_fault(&w->caller[0], CLIENT_NOT_FOUND, FAULT_NONE, 0, 0);
	begin_and_send(w, 0, NULL, 77, CONFIRMED_READ_PROPERTY, 3);
	assert_int_equal(w->caller[0].told, 0);                  /* never from within client_send() */
	ev_advance(w->loop, 0);
	expect_end(&w->caller[0], CLIENT_NOT_FOUND);
	assert_int_equal(w->port.count, 2);
}

static void a_device_that_is_silent_is_looked_for_again(void **state)
{
	struct world *w = *state;
	begin_and_send(w, 0, NULL, 77, CONFIRMED_READ_PROPERTY, 3);
	i_am(w, 77, 9, 1476);
	ev_advance(w->loop, (1 + RETRIES) * TIMEOUT);
	expect_end(&w->caller[0], CLIENT_SILENT);
	w->port.count = 0;
	begin_and_send(w, 0, NULL, 77, CONFIRMED_READ_PROPERTY, 3);
	assert_true(w->port.sent[0].broadcast);
	i_am(w, 77, 10, 1476);                                   /* it has moved */
	assert_int_equal(w->port.sent[1].to.mac[3], 10);
}

static void a_device_that_refuses_is_still_where_it_is(void **state)
{
	struct world *w = *state;
	begin_and_send(w, 0, NULL, 77, CONFIRMED_READ_PROPERTY, 3);
	i_am(w, 77, 9, 1476);
	GIVE(w, 0x60, invoke_of(w, 1), 9);
	w->port.count = 0;
	begin_and_send(w, 0, NULL, 77, CONFIRMED_READ_PROPERTY, 3);
	assert_false(w->port.sent[0].broadcast);
}

static void a_device_that_takes_too_little_is_told_of_later(void **state)
{
	struct world *w = *state;
	begin_and_send(w, 0, NULL, 77, CONFIRMED_READ_PROPERTY, 300);
	struct bac_addr from = host(9);
	binding_i_am(w->binding, &from, &(struct i_am){ bac_object_id(OBJ_DEVICE, 77), 206, SEGMENTATION_NONE, 591 });
	ev_advance(w->loop, 0);
	expect_fault(&w->caller[0], CLIENT_TOO_LARGE, FAULT_ABORT, 0, ABORT_SEGMENTATION_NOT_SUPPORTED);
	assert_int_equal(w->port.count, 1);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_request_and_its_answer),
		T(a_request_may_be_urgent), T(a_simple_ack_has_no_body),
		T(a_peer_behind_an_unknown_router_is_found_by_its_answer),
		T(refusals_are_told_as_they_are),
		T(what_is_said_of_segments_follows_the_configuration),
		T(nobody_answers),
		T(an_answer_to_the_second_try_is_one),
		T(only_the_peer_can_answer),
		T(what_does_not_answer_it_is_passed_over),
		T(a_malformed_error_is_still_one),
		T(finding_2_1_the_first_invoke_id_is_random),
		T(invoke_ids_follow_each_other_and_go_round),
		T(an_invoke_id_that_waits_is_not_given_again_to_the_same_peer),
		T(one_peer_gets_its_share_and_no_more),
		T(there_is_a_bound_in_all),
		T(one_device_gets_its_share_by_instance_too),
		T(the_next_may_be_asked_when_the_last_is_told),
		T(a_call_that_is_being_told_may_be_cancelled),
		T(who_cancels_is_not_told),
		T(timeouts_can_be_changed),
		T(the_largest_request_that_fits_goes_whole),
		T(segments_fit_peer_and_data_link),
		T(a_request_leaves_in_windows),
		T(lost_segments_leave_again),
		T(an_old_segment_ack_starts_the_time_anew),
		T(nobody_acknowledges_a_segment),
		T(a_request_in_segments_is_repeated_as_a_whole),
		T(an_answer_may_overtake_the_last_segment_ack),
		T(a_peer_may_refuse_in_the_middle),
		T(a_window_out_of_range_ends_it),
		T(who_takes_no_segments_gets_none),
		T(a_request_beyond_its_place_is_not_sent),
		T(who_cancels_in_the_middle_says_so),
		T(an_answer_arrives_in_windows),
		T(our_window_is_the_smaller_one),
		T(an_answer_of_more_than_256_segments),
		T(gaps_and_repeats_are_answered),
		T(an_answer_that_stops_is_given_up),
		T(an_answer_that_is_too_large_is_refused),
		T(more_segments_than_we_said_are_refused),
		T(a_proposed_window_out_of_range_is_refused),
		T(segments_of_another_answer_are_passed_over),
		T(a_peer_that_starts_anew_in_its_answer_says_so),
		T(a_device_is_looked_for_then_asked),
		T(a_device_that_nobody_knows_is_not_found),
		T(a_device_that_is_silent_is_looked_for_again),
		T(a_device_that_refuses_is_still_where_it_is),
		T(a_device_that_takes_too_little_is_told_of_later),
	};
	return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
