/* The server side with services of the test's own: what the rows promise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "transaction/server.h"

enum { SIMPLE = 1, LONG_CHANGE = 2, READS = 3, OWN_ERROR = 4, REJECTS = 5, DEFERS = 6 };

struct sent {
	size_t length;
	uint8_t npdu[1500];
};

struct world {
	struct ev_loop *loop;
	struct log log;
	struct limits *limits;
	struct places *places;
	struct counts counts;
	struct network net;
	struct server server;
	struct bac_addr peer;
	uint8_t room[1500];
	unsigned sent, executed;
	struct sent out[64];
	size_t answer;                       /* octets that the handlers write */
};

/* ---- the services ---- */

static struct fault count_and_write(struct service_call *call, struct rd *request, struct wr *ack)
{
	struct world *w = call->node;
	size_t n = rd_left(request);
	rd_take(request, n);
	w->executed++;
	for (size_t i = 0; ack && i < w->answer; i++)
		wr_u8(ack, (uint8_t)i);
	return DONE;
}

static struct fault fails(struct service_call *call, struct rd *request, struct wr *ack)
{
	(void)request, (void)ack;
	((struct world *)call->node)->executed++;
	call->failed_element = 77;
	call->failed = (struct property_ref){ .object = 5, .property = 6, .index = 7 };
	return ERROR(PROPERTY, WRITE_ACCESS_DENIED);
}

static void own_error(struct wr *w, struct fault f, const struct service_call *call)
{
	bac_put_open(w, 0);
	bac_put_error(w, f.cls, f.code);
	bac_put_close(w, 0);
	bac_put_uint_ctx(w, 1, call->failed_element);
}

static struct fault rejects(struct service_call *call, struct rd *request, struct wr *ack)
{
	(void)request, (void)ack;
	((struct world *)call->node)->executed++;
	return REJECT(INVALID_TAG);
}

static struct fault defers(struct service_call *call, struct rd *request, struct wr *ack)
{
	rd_take(request, rd_left(request));
	((struct world *)call->node)->executed++;
	return DEFERRED;
}

static const struct service_row confirmed[CONFIRMED_COUNT] = {
	[SIMPLE] = { count_and_write, SERVICE_SIMPLE, SERVICE_CHANGES },
	[LONG_CHANGE] = { count_and_write, SERVICE_COMPLEX, SERVICE_CHANGES },
	[READS] = { count_and_write, SERVICE_COMPLEX, SERVICE_READS },
	[OWN_ERROR] = { fails, SERVICE_SIMPLE, SERVICE_CHANGES, .error = own_error },
	[DEFERS] = { defers, SERVICE_SIMPLE, SERVICE_CHANGES },
	[REJECTS] = { rejects, SERVICE_SIMPLE, SERVICE_CHANGES },
};
static const struct service_row unconfirmed[UNCONFIRMED_COUNT] = {
	[1] = { count_and_write },
	[2] = { rejects },
	[3] = { count_and_write, .heard = true },
};
static const struct service_table table = { confirmed, unconfirmed };

/* ---- the world ---- */

static struct wr begin(void *ctx, size_t max)
{
	return wr_over(((struct world *)ctx)->room, max);
}

static void send_to(void *ctx, const struct bac_addr *to, const struct wr *npdu)
{
	struct world *w = ctx;
	assert_true(bac_addr_same(to, &w->peer));
	struct sent *s = &w->out[w->sent++ % 64];
	s->length = wr_len(npdu);
	memcpy(s->npdu, npdu->start, s->length);
}

static const struct server_settings settings = { .max_apdu = 1476, .max_segments = 16, .apdu_timeout_ms = 6000, .segment_timeout_ms = 5000,
	.retries = 3, .window = 16 };

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	w->log = (struct log){ .fd = STDERR_FILENO, .level = LOG_LEVEL_ERROR };
	w->loop = ev_loop_make_virtual((struct mono){ 1000000000 });
	w->limits = limits_make(7);
	w->places = places_make();
	w->counts.loop = w->loop;
	w->counts.log = &w->log;
	w->peer = (struct bac_addr){ .mac = { 10, 0, 0, 9, 0xBA, 0xC0 } };
	w->answer = 4;
	network_init(&w->net, &(struct network_conf){ .loop = w->loop, .limits = w->limits, .counts = &w->counts });
	network_set_port(&w->net, &(struct port){ .ctx = w, .begin = begin, .send = send_to, .npdu_max = 1497 });
	server_init(&w->server, &(struct server_conf){ .loop = w->loop, .network = &w->net, .places = w->places, .services = &table, .node = w }, &settings);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	server_close(&w->server);
	assert_int_equal(places_live(w->places), 0);
	places_free(w->places);
	limits_free(w->limits);
	ev_loop_free(w->loop);
	free(w);
	return 0;
}

static struct net_head head_of(const struct world *w)
{
	return (struct net_head){ .from = w->peer, .length = 20 };
}

static void ask(struct world *w, uint8_t service, uint8_t invoke, bool segments, const char *text)
{
	struct net_head head = head_of(w);
	struct apdu a = { .type = APDU_CONFIRMED, .service = service, .invoke = invoke, .max_apdu_code = 5, .segments_accepted = segments };
	struct rd body = rd_over(text, strlen(text));
	w->sent = 0;
	server_request(&w->server, &head, APDU_OK, &a, &body);
}

static struct apdu answer(const struct world *w, unsigned n, struct rd *body)
{
	struct apdu a;
	*body = rd_over(w->out[n].npdu + 2, w->out[n].length - 2);
	assert_int_equal(apdu_read(body, &a), APDU_OK);
	return a;
}

static void expect(const struct world *w, const char *octets, size_t n)
{
	assert_int_equal(w->sent, 1);
	assert_int_equal(w->out[0].length, 2 + n);
	assert_memory_equal(w->out[0].npdu + 2, octets, n);
}

static void acknowledge(struct world *w, uint8_t invoke, uint8_t sequence, uint8_t window)
{
	struct net_head head = head_of(w);
	struct apdu a = { .type = APDU_SEGMENT_ACK, .invoke = invoke, .sequence = sequence, .window = window };
	w->sent = 0;
	server_segment_ack(&w->server, &head, &a);
}

/* ---- what changes runs once ---- */

static void what_changes_runs_once_with_data_or_without(void **state)
{
	struct world *w = *state;
	for (int i = 0; i < 3; i++) {
		ask(w, SIMPLE, 9, false, "x");
		expect(w, "\x20\x09\x01", 3);
		assert_int_equal(w->executed, 1);
	}
	for (int i = 0; i < 3; i++) {
		ask(w, LONG_CHANGE, 10, false, "x");
		expect(w, "\x30\x0a\x02\x00\x01\x02\x03", 7);
		assert_int_equal(w->executed, 2);
	}
	ask(w, LONG_CHANGE, 10, false, "y");             /* another content */
	assert_int_equal(w->executed, 3);
	ask(w, SIMPLE, 10, false, "y");                  /* another service */
	assert_int_equal(w->executed, 4);
	ask(w, LONG_CHANGE, 10, false, "y");             /* which ended the matter */
	assert_int_equal(w->executed, 5);
	for (int i = 0; i < 3; i++)
		ask(w, READS, 11, false, "x");
	assert_int_equal(w->executed, 8);
	assert_int_equal(w->counts.n.duplicates, 4);
}

/* Whoever repeats a request that is not finished waits; others are served, and his later ones. */
static void an_answer_may_come_later(void **state)
{
	struct world *w = *state;
	for (int i = 0; i < 3; i++) {
		ask(w, DEFERS, 9, false, "x");
		assert_int_equal(w->sent, 0);
	}
	assert_int_equal(w->executed, 1);
	assert_int_equal(w->counts.n.duplicates, 2);
	assert_int_equal(w->counts.n.confirmed, 1);
	ask(w, SIMPLE, 9, false, "y");           /* nobody has two under one invoke id */
	assert_int_equal(w->sent, 0);
	ask(w, SIMPLE, 10, false, "y");
	expect(w, "\x20\x0a\x01", 3);
	w->sent = 0;
	server_answer(&w->server, DONE);
	expect(w, "\x20\x09\x06", 3);
	w->sent = 0;
	server_answer(&w->server, DONE);         /* once */
	assert_int_equal(w->sent, 0);
	ask(w, DEFERS, 9, false, "x");           /* as it was answered */
	expect(w, "\x20\x09\x06", 3);
	assert_int_equal(w->executed, 2);
	ask(w, DEFERS, 11, false, "x");
	w->sent = 0;
	server_answer(&w->server, ERROR(SECURITY, PASSWORD_FAILURE));
	expect(w, "\x50\x0b\x06\x91\x04\x91\x1a", 7);
	/* who is switched off meanwhile, or ends, says nothing more */
	ask(w, DEFERS, 12, false, "x");
	struct server_settings off = settings;
	off.services_off = 1ull << bac_confirmed_bit(DEFERS);
	server_set(&w->server, &off);
	w->sent = 0;
	server_answer(&w->server, DONE);
	assert_int_equal(w->sent, 0);
	server_set(&w->server, &settings);
	ask(w, DEFERS, 13, false, "x");
	server_close(&w->server);
	server_answer(&w->server, DONE);
	assert_int_equal(w->sent, 0);
}

/* 64 octets of a reply are kept; of a longer one, that it was executed. */
static void a_long_reply_is_told_once(void **state)
{
	struct world *w = *state;
	for (size_t n = 61; n <= 62; n++) {              /* the header has three */
		w->answer = n;
		w->executed = 0;
		ask(w, LONG_CHANGE, (uint8_t)n, false, "x");
		assert_int_equal(w->sent, 1);
		assert_int_equal(w->out[0].length, 2 + 3 + n);
		ask(w, LONG_CHANGE, (uint8_t)n, false, "x");
		assert_int_equal(w->executed, 1);
		if (n == 61)
			assert_int_equal(w->out[0].length, 2 + 3 + n);
		else
			expect(w, "\x71\x3e\x00", 3);
	}
}

static void a_change_with_an_answer_in_segments_runs_once(void **state)
{
	struct world *w = *state;
	struct rd body;
	w->answer = 4000;
	ask(w, LONG_CHANGE, 9, true, "x");
	assert_int_equal(w->executed, 1);
	assert_int_equal(w->sent, 1);
	struct apdu a = answer(w, 0, &body);
	assert_true(a.segmented && a.more);
	assert_int_equal(a.sequence, 0);
	acknowledge(w, 9, 0, 2);
	assert_int_equal(w->sent, 2);
	ev_advance(w->loop, 50);
	ask(w, LONG_CHANGE, 9, true, "x");               /* the client began anew: so does the answer, of the same octets */
	assert_int_equal(w->executed, 1);
	assert_int_equal(w->sent, 1);
	a = answer(w, 0, &body);
	assert_int_equal(a.sequence, 0);
	assert_int_equal(body.p[5], 5);
	acknowledge(w, 9, 0, 2);
	acknowledge(w, 9, 2, 2);
	assert_int_equal(places_live(w->places), 0);
	ask(w, LONG_CHANGE, 9, true, "x");               /* and when it is gone, it is only known that it was executed */
	expect(w, "\x71\x09\x00", 3);
	assert_int_equal(w->executed, 1);
	/* no segments, or more than there may be: it happened all the same */
	ask(w, LONG_CHANGE, 10, false, "x");
	expect(w, "\x71\x0a\x04", 3);
	assert_int_equal(w->executed, 2);
	w->answer = PLACES_ANSWER_MAX + 1;
	ask(w, LONG_CHANGE, 11, true, "x");
	expect(w, "\x71\x0b\x01", 3);
	assert_int_equal(w->executed, 3);
	ask(w, LONG_CHANGE, 11, true, "x");
	assert_int_equal(w->executed, 3);
}

static void what_was_rejected_was_not_executed(void **state)
{
	struct world *w = *state;
	for (unsigned i = 0; i < 3; i++) {
		ask(w, REJECTS, 9, false, "x");
		expect(w, "\x60\x09\x04", 3);
		assert_int_equal(w->executed, i + 1);
	}
}

static void an_error_has_the_form_of_its_service(void **state)
{
	struct world *w = *state;
	for (int i = 0; i < 2; i++) {                    /* also when it is told again */
		ask(w, OWN_ERROR, 9, false, "x");
		expect(w, "\x50\x09\x04\x0e\x91\x02\x91\x28\x0f\x19\x4d", 11);
		assert_int_equal(w->executed, 1);
	}
}

/* ---- rows, and services that are off ---- */

static void services_are_claimed_and_switched_off_by_their_bits(void **state)
{
	struct world *w = *state;
	assert_int_equal(service_bits(&table), 1 << SIMPLE | 1 << LONG_CHANGE | 1 << READS | 1 << OWN_ERROR | 1 << REJECTS | 1 << DEFERS | 1ull << 27 | 1ull << 28);
	struct server_settings set = settings;
	set.services_off = 1 << READS | 1ull << 27;
	server_set(&w->server, &set);
	ask(w, READS, 9, false, "x");
	expect(w, "\x60\x09\x09", 3);
	ask(w, SIMPLE, 9, false, "x");
	expect(w, "\x20\x09\x01", 3);
	struct net_head head = head_of(w);
	struct rd body = rd_over("", 0);
	w->sent = w->executed = 0;
	for (uint8_t service = 0; service < 4; service++)
		server_unconfirmed(&w->server, &head, &(struct apdu){ .service = service }, &body);
	server_unconfirmed(&w->server, &head, &(struct apdu){ .service = 255 }, &body);
	assert_int_equal(w->executed, 2);
	assert_int_equal(w->sent, 0);
	assert_int_equal(w->counts.n.unconfirmed_unknown, 3);
	assert_int_equal(w->counts.n.unconfirmed_malformed, 1);
	assert_int_equal(w->counts.n.unconfirmed, 1);
	ask(w, 255, 9, false, "x");
	expect(w, "\x60\x09\x09", 3);
	ask(w, CONFIRMED_COUNT, 9, false, "x");
	expect(w, "\x60\x09\x09", 3);
}

static void switch_off(struct world *w, uint64_t bits)
{
	struct server_settings set = settings;
	set.services_off = bits;
	server_set(&w->server, &set);
}

/* A service that is switched off while an answer of it is on its way: the answer ends as it began, and the request again is a new one. */
static void a_request_again_when_its_service_is_off_is_refused(void **state)
{
	struct world *w = *state;
	static const struct { uint8_t service, invoke; const char *refused; } row[] = {
		{ READS, 9, "\x60\x09\x09" }, { LONG_CHANGE, 10, "\x60\x0a\x09" },
	};
	w->answer = 4000;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		switch_off(w, 0);
		w->executed = 0;
		ask(w, row[i].service, row[i].invoke, true, "x");
		acknowledge(w, row[i].invoke, 0, 1);
		assert_int_equal(w->sent, 1);
		switch_off(w, 1u << row[i].service);
		acknowledge(w, row[i].invoke, 1, 1);
		assert_int_equal(w->sent, 1);
		ev_advance(w->loop, 50);
		ask(w, row[i].service, row[i].invoke, true, "x");
		expect(w, row[i].refused, 3);
		assert_int_equal(w->executed, row[i].service == READS ? 2 : 1);      /* what reads is written twice when it is long */
		assert_int_equal(places_live(w->places), 0);
	}
}

static void segment_in(struct world *w, uint8_t service, uint8_t sequence, bool more)
{
	struct net_head head = head_of(w);
	struct apdu a = { .type = APDU_CONFIRMED, .service = service, .invoke = 9, .max_apdu_code = 5, .segmented = true, .more = more,
	                  .sequence = sequence, .window = 4 };
	struct rd body = rd_over("x", 1);
	w->sent = 0;
	server_request(&w->server, &head, APDU_OK, &a, &body);
}

static void a_request_half_collected_when_its_service_is_off_is_refused(void **state)
{
	struct world *w = *state;
	static const uint8_t service[] = { SIMPLE, READS };
	for (size_t i = 0; i < sizeof service; i++) {
		switch_off(w, 0);
		segment_in(w, service[i], 0, true);
		assert_int_equal(w->sent, 1);
		switch_off(w, 1u << service[i]);
		segment_in(w, service[i], 1, false);
		assert_int_equal(w->sent, 2);            /* the segment is acknowledged, the request is refused */
		assert_int_equal(w->out[1].length, 2 + 3);
		assert_memory_equal(w->out[1].npdu + 2, "\x60\x09\x09", 3);
		assert_int_equal(w->executed, 0);
		assert_int_equal(places_live(w->places), 0);
	}
}

/* ---- sizes ---- */

static void an_answer_ends_at_what_peer_device_and_port_take(void **state)
{
	struct world *w = *state;
	w->answer = 1476 - 3;
	ask(w, READS, 1, false, "x");
	assert_int_equal(w->out[0].length, 2 + 1476);
	w->answer++;
	ask(w, READS, 2, false, "x");
	expect(w, "\x71\x02\x04", 3);
	ask(w, READS, 3, true, "x");
	struct rd body;
	struct apdu a = answer(w, 0, &body);
	assert_true(a.segmented && a.more);
	assert_int_equal(w->out[0].length, 2 + 1476);
	acknowledge(w, 3, 0, 1);
	a = answer(w, 0, &body);
	assert_false(a.more);
	assert_int_equal(rd_left(&body), 1474 - 1471);
	acknowledge(w, 3, 1, 1);
	/* smaller ones */
	struct server_settings set = settings;
	set.max_apdu = 100;
	server_set(&w->server, &set);
	w->answer = 97;
	ask(w, READS, 4, false, "x");
	assert_int_equal(w->out[0].length, 2 + 100);
	w->answer = 98;
	ask(w, READS, 5, false, "x");
	expect(w, "\x71\x05\x04", 3);
	/* a port that carries less than the smallest APDU */
	network_set_port(&w->net, &(struct port){ .ctx = w, .begin = begin, .send = send_to, .npdu_max = 51 });
	w->answer = 4;
	ask(w, READS, 6, false, "x");
	assert_int_equal(w->sent, 0);
	assert_int_equal(w->counts.n.tx_full, 1);
	network_set_port(&w->net, &(struct port){ .ctx = w, .begin = begin, .send = send_to, .npdu_max = 52 });
	ask(w, READS, 7, false, "x");
	assert_int_equal(w->sent, 1);
}

/* Two segments that the peer takes, and one octet more. */
static void as_many_segments_as_the_peer_takes(void **state)
{
	struct world *w = *state;
	struct net_head head = head_of(w);
	for (int more = 0; more < 2; more++) {
		struct apdu a = { .type = APDU_CONFIRMED, .service = READS, .invoke = 9, .max_apdu_code = 1, .max_segments_code = 1, .segments_accepted = true };
		struct rd body = rd_over("x", 1);
		w->answer = (size_t)(2 * (128 - 5) + more);
		w->sent = 0;
		server_request(&w->server, &head, APDU_OK, &a, &body);
		if (more) {
			expect(w, "\x71\x09\x01", 3);
			continue;
		}
		assert_int_equal(w->out[0].length, 2 + 128);
		acknowledge(w, 9, 0, 1);
		assert_int_equal(w->sent, 1);
		assert_int_equal(w->out[0].length, 2 + 128);
		acknowledge(w, 9, 1, 1);
	}
	assert_int_equal(places_live(w->places), 0);
}

static void an_answer_over_its_budget_is_silence(void **state)
{
	struct world *w = *state;
	unsigned answered = 0;
	w->answer = 1400;                                /* 1437 octets for 52: 1021 of them beyond eight times as many */
	for (uint8_t i = 0; i < 100; i++) {
		ask(w, READS, i, false, "x");
		answered += w->sent;
	}
	assert_int_equal(answered, ANSWER_BURST / (1400 + 5 + 32 - 8 * (20 + 32)));
	assert_int_equal(w->counts.n.answers_limited, 100 - answered);
	w->answer = 8 * (20 + 32) - 32 - 5;
	ask(w, READS, 200, false, "x");                  /* eight times is free */
	assert_int_equal(w->sent, 1);
}

/* ---- who is there ---- */

enum { LONG = 30000, GRACE_MS = 1000 };      /* octets of an answer that is left to chance: 4 bits of it */

/* Begins such an answer, and takes its first segment. */
static void begin_long(struct world *w, uint8_t invoke)
{
	w->answer = LONG;
	ask(w, READS, invoke, true, "x");
	for (int ms = 0; ms < 1000 && !w->sent; ms += 20)
		ev_advance(w->loop, 20);
	assert_int_equal(w->sent, 1);
}

/* Takes the rest of it, one by one; the sequence of the last. */
static uint8_t take_rest(struct world *w, uint8_t invoke)
{
	for (;;) {
		struct rd body;
		struct apdu a = answer(w, 0, &body);
		acknowledge(w, invoke, a.sequence, 1);
		if (!a.more)
			return a.sequence;
		for (int ms = 0; ms < 1000 && !w->sent; ms += 20)
			ev_advance(w->loop, 20);
		assert_int_equal(w->sent, 1);
	}
}

static uint8_t take_long(struct world *w, uint8_t invoke)
{
	begin_long(w, invoke);
	return take_rest(w, invoke);
}

static bool is_proven(const struct world *w)
{
	return limits_proven(w->limits, &w->peer, ev_now(w->loop));
}

static void a_proof_counts_when_nothing_followed_for_a_second(void **state)
{
	struct world *w = *state;
	take_long(w, 1);                                 /* within what an unknown address may have at once: or not */
	take_long(w, 2);
	ev_advance(w->loop, GRACE_MS);
	limits_failed(w->limits, &w->peer);
	take_long(w, 3);
	uint8_t last = take_long(w, 4);
	acknowledge(w, 4, last, 1);                      /* it did not arrive, thinks the client */
	acknowledge(w, 5, 77, 1);                        /* of something else, long past */
	ev_advance(w->loop, GRACE_MS - 1);
	assert_false(is_proven(w));
	ev_advance(w->loop, 1);
	assert_true(is_proven(w));
	assert_int_equal(w->counts.n.segment_ack_unexpected, 2);
	acknowledge(w, 4, (uint8_t)(last + 1), 1);       /* too late to mean anything */
	assert_true(is_proven(w));
}

enum guess { NONE, COUNTS_ON, BEFORE, NEVER_SENT, ABORTS, ASKS_ANOTHER, ASKS_AGAIN, BAD_WINDOW, CHANGES_AGAIN, SEGMENT, GUESSES };

static void guess(struct world *w, enum guess kind, uint8_t last)
{
	struct net_head head = head_of(w);
	if (kind == COUNTS_ON)
		acknowledge(w, 1, (uint8_t)(last + 1), 1);
	if (kind == BEFORE)
		acknowledge(w, 1, (uint8_t)(last - 1), 1);
	if (kind <= BEFORE)
		return;
	w->answer = LONG;
	ask(w, kind == CHANGES_AGAIN ? LONG_CHANGE : READS, 3, true, "x");
	for (int ms = 0; ms < 1000 && !w->sent; ms += 20)
		ev_advance(w->loop, 20);
	acknowledge(w, 3, 0, 1);
	ev_advance(w->loop, 60);
	if (kind == NEVER_SENT)
		acknowledge(w, 3, 100, 1);
	if (kind == ABORTS)
		server_abort(&w->server, &head, &(struct apdu){ .type = APDU_ABORT, .invoke = 3 });
	if (kind == BAD_WINDOW)
		acknowledge(w, 3, 1, 0);
	if (kind == SEGMENT) {
		struct apdu a = { .type = APDU_CONFIRMED, .service = READS, .invoke = 3, .segmented = true, .more = true, .window = 1 };
		struct rd body = rd_over("x", 1);
		server_request(&w->server, &head, APDU_OK, &a, &body);
	}
	w->answer = 4;
	if (kind == ASKS_ANOTHER)
		ask(w, READS, 3, true, "y");
	if (kind == ASKS_AGAIN)
		ask(w, READS, 3, true, "x");
	if (kind == CHANGES_AGAIN)
		ask(w, LONG_CHANGE, 3, true, "x");
}

/* However a guess goes wrong, or is called off when it may have been right: it takes with it what was guessed before. */
static void a_guess_that_fails_voids_what_came_before(void **state)
{
	struct world *w = *state;
	take_long(w, 1);
	for (enum guess kind = NONE; kind < GUESSES; kind++) {
		limits_failed(w->limits, &w->peer);
		uint8_t last = take_long(w, 1);
		guess(w, kind, last);
		ev_advance(w->loop, GRACE_MS);
		take_long(w, 2);
		ev_advance(w->loop, GRACE_MS);
		assert_int_equal(is_proven(w), kind == NONE);
		server_close(&w->server);
		ev_advance(w->loop, 10000);
	}
}

/* Many guesses at once: those that were right count when it is known how the others end. */
static void guesses_at_once_count_together(void **state)
{
	struct world *w = *state;
	take_long(w, 9);
	for (int ends = 0; ends < 2; ends++) {
		ev_advance(w->loop, 10000);
		limits_failed(w->limits, &w->peer);
		begin_long(w, 3);
		acknowledge(w, 3, 0, 1);
		if (!w->sent)
			ev_advance(w->loop, 40);
		struct sent first = w->out[0];
		take_long(w, 1);
		take_long(w, 2);
		ev_advance(w->loop, 3 * GRACE_MS);
		assert_false(is_proven(w));
		w->out[0] = first;
		if (ends)
			take_rest(w, 3);
		else
			ev_advance(w->loop, 25000);
		ev_advance(w->loop, 2 * GRACE_MS);
		assert_int_equal(is_proven(w), ends);
	}
}

/* What nobody has acknowledged yet, what was not left to chance, what began later, and what others do, is not waited for. */
static void a_proof_waits_for_guesses_only(void **state)
{
	struct world *w = *state;
	enum { UNHEARD, NO_CHANCE, LATER, ANOTHER, ANOTHER_FAILS, KINDS };
	for (int kind = 0; kind < KINDS; kind++) {
		w->peer.mac[2] = (uint8_t)(2 * kind);
		struct bac_addr one = w->peer, other = w->peer;
		other.mac[2]++;
		w->answer = 4000;
		if (kind == NO_CHANCE) {
			ask(w, READS, 3, true, "x");
			acknowledge(w, 3, 0, 1);
		}
		take_long(w, 9);
		ev_advance(w->loop, GRACE_MS);
		limits_failed(w->limits, &one);
		take_long(w, 8);                         /* what it may have at once is gone */
		limits_failed(w->limits, &one);
		ev_advance(w->loop, 1);
		if (kind == UNHEARD)
			begin_long(w, 3);
		w->peer = other;
		if (kind == ANOTHER || kind == ANOTHER_FAILS) {
			begin_long(w, 3);
			acknowledge(w, 3, 0, 1);
		}
		w->peer = one;
		take_long(w, 1);
		take_long(w, 2);
		ev_advance(w->loop, 1);
		if (kind == LATER) {
			begin_long(w, 3);
			acknowledge(w, 3, 0, 1);
		}
		w->peer = other;
		if (kind == ANOTHER_FAILS)
			acknowledge(w, 3, 100, 1);
		w->peer = one;
		ev_advance(w->loop, GRACE_MS);
		assert_true(is_proven(w));
		server_close(&w->server);
	}
}

/* A change whose answer begins again has as many segments as before: who was told once may have seen how many. */
static void an_answer_that_begins_again_proves_nothing(void **state)
{
	struct world *w = *state;
	take_long(w, 9);
	ev_advance(w->loop, GRACE_MS);
	for (int again = 0; again < 2; again++) {
		limits_failed(w->limits, &w->peer);
		take_long(w, 1);
		w->answer = LONG;
		ask(w, LONG_CHANGE, (uint8_t)(20 + again), true, "x");
		for (int ms = 0; ms < 1000 && !w->sent; ms += 20)
			ev_advance(w->loop, 20);
		if (again) {
			ev_advance(w->loop, 60);
			ask(w, LONG_CHANGE, (uint8_t)(20 + again), true, "x");
			for (int ms = 0; ms < 1000 && !w->sent; ms += 20)
				ev_advance(w->loop, 20);
		}
		assert_int_equal(w->sent, 1);
		take_rest(w, (uint8_t)(20 + again));
		ev_advance(w->loop, GRACE_MS);
		assert_int_equal(is_proven(w), !again);
	}
}

/* Two segments each in the names of many: they keep nobody out, least of all a client that has proved to be there. */
static void requests_half_collected_in_the_name_of_others_give_way(void **state)
{
	struct world *w = *state;
	struct bac_addr there = w->peer;
	limits_proved(w->limits, &there, ev_now(w->loop), PROOF_BITS);
	segment_in(w, SIMPLE, 0, true);
	segment_in(w, SIMPLE, 1, true);
	for (uint8_t i = 1; i < 100; i++) {
		ev_advance(w->loop, 1);
		w->peer.mac[2] = i;
		segment_in(w, SIMPLE, 0, true);
		assert_int_equal(w->sent, 1);
		segment_in(w, SIMPLE, 1, true);
		assert_int_equal(w->sent, 0);
	}
	assert_int_equal(w->counts.n.places_full, 0);
	assert_int_equal(w->counts.n.places_gave_way, 100 - PLACES_REQUESTS);
	w->peer.mac[2] = 100 - PLACES_REQUESTS;          /* the oldest that is gone */
	segment_in(w, SIMPLE, 2, false);
	expect(w, "\x71\x09\x02", 3);
	w->peer.mac[2]++;
	segment_in(w, SIMPLE, 2, false);
	assert_int_equal(w->sent, 2);
	w->peer = there;
	segment_in(w, SIMPLE, 2, false);
	assert_int_equal(w->sent, 2);
	assert_int_equal(w->executed, 2);
}

/* Two servers share the places and nothing else: the same peer and invoke id are two matters. */
static void servers_share_places_and_nothing_else(void **state)
{
	struct world *w = *state;
	struct server other;
	server_init(&other, &(struct server_conf){ .loop = w->loop, .network = &w->net, .places = w->places, .services = &table, .node = w }, &settings);
	w->answer = 4000;
	ask(w, READS, 9, true, "x");
	struct net_head head = head_of(w);
	struct apdu abort = { .type = APDU_ABORT, .invoke = 9 };
	server_abort(&other, &head, &abort);
	assert_int_equal(places_live(w->places), 1);
	assert_int_equal(w->counts.n.unexpected_answer, 1);
	struct apdu a = { .type = APDU_CONFIRMED, .service = READS, .invoke = 9, .max_apdu_code = 5, .segments_accepted = true };
	struct rd body = rd_over("x", 1);
	server_request(&other, &head, APDU_OK, &a, &body);
	assert_int_equal(places_live(w->places), 2);
	server_close(&other);
	assert_int_equal(places_live(w->places), 1);
	server_abort(&w->server, &head, &abort);
	assert_int_equal(places_live(w->places), 0);
	assert_int_equal(w->counts.n.transactions_aborted, 1);
}

/* The octets of answers are a pool: what is taken is given back, to the last block. */
static void the_pool_gives_back_what_it_lends(void **state)
{
	struct world *w = *state;
	static uint8_t octets[PLACES_ANSWER_MAX], copy[3000];
	for (size_t i = 0; i < sizeof octets; i++)
		octets[i] = (uint8_t)(i * 7 + i / 256);
	struct place *t[64];
	for (int round = 0; round < 3; round++) {
		unsigned n = 0;
		for (; n < 64; n++) {
			t[n] = places_take(w->places, PLACE_ANSWERS, &w->server, NULL);
			assert_non_null(t[n]);
			if (!places_keep(w->places, t[n], octets, sizeof octets))
				break;
		}
		assert_int_equal(n, PLACES_BLOCKS / (PLACES_ANSWER_MAX / PLACES_BLOCK));
		static const size_t from[] = { 0, 1, 1023, 1024, 1025, 5000, PLACES_ANSWER_MAX - 3000 };
		for (size_t i = 0; i < sizeof from / sizeof from[0]; i++) {
			places_copy(w->places, t[7], from[i], sizeof copy, copy);
			assert_memory_equal(copy, octets + from[i], sizeof copy);
		}
		for (unsigned i = 0; i <= n; i++)
			places_end(w->places, t[(i * 5) % (n + 1)]);
		assert_int_equal(places_live(w->places), 0);
	}
	for (int i = 0; i < PLACES_REQUESTS; i++)
		assert_non_null(places_take(w->places, PLACE_COLLECTS, &w->server, NULL));
	assert_null(places_take(w->places, PLACE_COLLECTS, &w->server, NULL));
	for (int i = 0; i < PLACES_PROOFS; i++)
		assert_non_null(places_take(w->places, PLACE_PROVES, &w->server, NULL));
	assert_null(places_take(w->places, PLACE_PROVES, &w->server, NULL));
	assert_int_equal(places_live(w->places), PLACES_REQUESTS);
	assert_non_null(places_take(w->places, PLACE_ANSWERS, &w->server, NULL));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_changes_runs_once_with_data_or_without),
		TEST(an_answer_may_come_later),
		TEST(a_long_reply_is_told_once),
		TEST(a_change_with_an_answer_in_segments_runs_once),
		TEST(what_was_rejected_was_not_executed),
		TEST(an_error_has_the_form_of_its_service),
		TEST(services_are_claimed_and_switched_off_by_their_bits),
		TEST(a_request_again_when_its_service_is_off_is_refused),
		TEST(a_request_half_collected_when_its_service_is_off_is_refused),
		TEST(an_answer_ends_at_what_peer_device_and_port_take),
		TEST(as_many_segments_as_the_peer_takes),
		TEST(an_answer_over_its_budget_is_silence),
		TEST(a_proof_counts_when_nothing_followed_for_a_second),
		TEST(a_guess_that_fails_voids_what_came_before),
		TEST(guesses_at_once_count_together),
		TEST(a_proof_waits_for_guesses_only),
		TEST(an_answer_that_begins_again_proves_nothing),
		TEST(requests_half_collected_in_the_name_of_others_give_way),
		TEST(servers_share_places_and_nothing_else),
		TEST(the_pool_gives_back_what_it_lends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
