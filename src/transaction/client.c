#include "transaction/client.h"

#include <assert.h>
#include <stdlib.h>

#include "bacnet/npdu.h"
#include "base/random.h"
#include "transaction/call.h"

/* ---- places ---- */

static bool is_live(const struct client_call *c)
{
	return c->state != CALL_FREE && c->state != CALL_TELLING;
}

static struct client_call *take_place(struct client *cl, const struct peer *peer, uint32_t instance)
{
	unsigned live = 0, of_peer = 0;
	struct client_call *place = NULL;
	for (unsigned i = 0; i < cl->places; i++) {
		struct client_call *c = &cl->call[i];
		if (c->state == CALL_FREE)
			place = c;
		if (!is_live(c))
			continue;
		live++;
		of_peer += peer ? c->state != CALL_BINDING && bac_addr_same(&c->peer.addr, &peer->addr) : c->instance == instance;
	}
	if (!place || live >= cl->conf.requests || of_peer >= cl->conf.per_peer)
		return NULL;
	return place;
}

static struct client_call *begin(struct client *cl, const struct peer *peer, uint32_t instance, uint8_t service, struct wr *body)
{
	struct client_call *c = take_place(cl, peer, instance);
	if (!c)
		return NULL;
	c->state = CALL_BEGUN;
	c->peer = peer ? *peer : (struct peer){ 0 };
	c->instance = instance;
	c->service = service;
	c->retries = c->priority = 0;
	*body = wr_over(c->request, cl->conf.request_max);
	return c;
}

struct client_call *client_begin(struct client *cl, const struct peer *peer, uint8_t service, struct wr *body)
{
	return begin(cl, peer, NO_INSTANCE, service, body);
}

struct client_call *client_begin_device(struct client *cl, uint32_t instance, uint8_t service, struct wr *body)
{
	return begin(cl, NULL, instance, service, body);
}

static void release(struct client_call *c)
{
	ev_cancel(&c->timer);
	binding_cancel(&c->wait);
	c->state = CALL_FREE;
}

/* ---- ending ---- */

void call_finish(struct client_call *c, struct client_result result)
{
	ev_cancel(&c->timer);
	if (result.end == CLIENT_SILENT && c->instance != NO_INSTANCE)
		binding_forget(c->client->binding, c->instance);
	c->state = CALL_TELLING;
	c->done(c->ctx, &result);
	c->state = CALL_FREE;
}

void call_end(struct client_call *c, enum client_end how, struct fault f)
{
	call_finish(c, (struct client_result){ .end = how, .fault = f });
}

static void fail_later(struct client_call *c, enum client_end how, struct fault f)
{
	c->failure = (struct client_result){ .end = how, .fault = f };
	c->state = CALL_FAILED;
	ev_after(c->client->loop, &c->timer, 0);
}

/* ---- sending ---- */

static struct wr begin_message(struct client_call *c, bool expecting_reply)
{
	const struct port *port = &c->client->port;
	struct wr w = port->begin(port->ctx, port->npdu_max);
	npdu_write(&w, &c->peer.addr, expecting_reply, c->priority);
	return w;
}

static void send_message(struct client_call *c, const struct wr *w)
{
	const struct port *port = &c->client->port;
	if (bac_addr_router_unknown(&c->peer.addr))
		port->broadcast(port->ctx, w);
	else
		port->send(port->ctx, &c->peer.addr, w);
}

static struct apdu_request header_of(const struct client_call *c)
{
	const struct client_conf *conf = &c->client->conf;
	return (struct apdu_request){ .segments_accepted = conf->max_segments > 1,
		.max_segments_code = apdu_code_of_segments(conf->max_segments), .max_apdu_code = apdu_code_of_size(conf->max_apdu),
		.invoke = c->invoke, .service = c->service };
}

static void send_whole(struct client_call *c)
{
	struct apdu_request q = header_of(c);
	struct wr w = begin_message(c, true);
	apdu_write_confirmed(&w, &q);
	wr_octets(&w, c->request, c->length);
	send_message(c, &w);
	c->state = CALL_WAITING;
	ev_after(c->client->loop, &c->timer, c->client->conf.timeout_ms);
}

void call_send_window(struct client_call *c)
{
	struct apdu_request q = header_of(c);
	struct outgoing_segment s;
	while (outgoing_next(&c->out, &s)) {
		struct wr w = begin_message(c, true);
		apdu_write_confirmed_segment(&w, &q, s.more, s.sequence, c->client->conf.window);
		wr_octets(&w, c->request + s.from, s.length);
		send_message(c, &w);
	}
	ev_after(c->client->loop, &c->timer, c->client->conf.segment_timeout_ms);
}

void call_send_segment_ack(struct client_call *c, bool nak)
{
	struct wr w = begin_message(c, false);
	apdu_write_segment_ack(&w, c->invoke, nak, false, incoming_sequence(&c->in), c->in.window);
	send_message(c, &w);
}

void call_send_abort(struct client_call *c, struct fault f)
{
	struct wr w = begin_message(c, false);
	apdu_write_abort(&w, c->invoke, false, (uint8_t)f.code);
	send_message(c, &w);
}

/* Octets that one APDU to this peer may have, and those that the data link need not cut. */
static size_t largest_apdu(const struct client_call *c, size_t npdu)
{
	size_t header = 2 + (c->peer.addr.net ? 4u + c->peer.addr.adr_len : 0);
	size_t most = c->peer.max_apdu && c->peer.max_apdu < APDU_MAX ? c->peer.max_apdu : APDU_MAX;
	return npdu < header + APDU_MIN ? APDU_MIN : npdu - header < most ? npdu - header : most;
}

/* Sends the request for the first time, or all of it again. */
static bool start(struct client_call *c)
{
	const struct client *cl = c->client;
	size_t whole = cl->port.npdu_whole ? cl->port.npdu_whole : cl->port.npdu_max;
	if (c->length + APDU_REQUEST_HEADER <= largest_apdu(c, cl->port.npdu_max)) {
		send_whole(c);
		return true;
	}
	bool takes = !c->peer.max_apdu || c->peer.segmentation == SEGMENTATION_BOTH || c->peer.segmentation == SEGMENTATION_RECEIVE;
	if (!takes)
		return false;
	outgoing_start(&c->out, c->length, largest_apdu(c, whole) - APDU_REQUEST_SEGMENT_HEADER, UINT32_MAX, cl->conf.window, cl->conf.retries);
	c->state = CALL_REQUEST;
	call_send_window(c);
	return true;
}

/* Whoever stands behind a router that was not known is known by his address there; the router that brings his answer is known from then on. */
static bool is_peer(struct client_call *c, const struct bac_addr *from)
{
	struct bac_addr expected = c->peer.addr;
	if (bac_addr_router_unknown(&expected))
		memcpy(expected.mac, from->mac, sizeof expected.mac);
	return bac_addr_same(&expected, from);
}

struct client_call *call_find(struct client *cl, const struct bac_addr *peer, uint8_t invoke)
{
	for (unsigned i = 0; i < cl->places; i++) {
		struct client_call *c = &cl->call[i];
		bool asked = c->state == CALL_REQUEST || c->state == CALL_WAITING || c->state == CALL_ANSWER;
		if (asked && c->invoke == invoke && is_peer(c, peer))
			return c;
	}
	return NULL;
}

static void start_first(struct client_call *c)
{
	struct client *cl = c->client;
	while (call_find(cl, &c->peer.addr, cl->next_invoke))        /* fewer than 256 are on their way */
		cl->next_invoke++;
	c->invoke = cl->next_invoke++;
	if (!start(c))
		fail_later(c, CLIENT_TOO_LARGE, ABORT(SEGMENTATION_NOT_SUPPORTED));
}

static void bound(struct binding_wait *w, const struct peer *peer)
{
	struct client_call *c = OWNER(w, struct client_call, wait);
	if (!peer) {
		call_end(c, CLIENT_NOT_FOUND, DONE);
		return;
	}
	c->peer = *peer;
	start_first(c);
}

void client_set_priority(struct client_call *c, uint8_t priority)
{
	c->priority = priority;
}

void client_send(struct client_call *c, const struct wr *body, client_done_fn *done, void *ctx)
{
	assert(c->state == CALL_BEGUN);
	c->done = done;
	c->ctx = ctx;
	c->length = wr_len(body);
	if (body->full) {
		fail_later(c, CLIENT_TOO_LARGE, ABORT(BUFFER_OVERFLOW));
		return;
	}
	if (c->instance == NO_INSTANCE) {
		start_first(c);
		return;
	}
	switch (binding_ask(c->client->binding, c->instance, &c->wait, &c->peer)) {
	case BINDING_KNOWN:
		start_first(c);
		return;
	case BINDING_ASKED:
		c->state = CALL_BINDING;
		return;
	case BINDING_ABSENT:
	case BINDING_FULL:
		fail_later(c, CLIENT_NOT_FOUND, DONE);
		return;
	}
}

void client_cancel(struct client_call *c)
{
	if (c->state == CALL_REQUEST || c->state == CALL_ANSWER)
		call_send_abort(c, ABORT(OTHER));
	if (c->state != CALL_TELLING)
		release(c);
}

/* ---- nobody answers ---- */

static void expired(struct ev_timer *timer)
{
	struct client_call *c = OWNER(timer, struct client_call, timer);
	if (c->state == CALL_FAILED) {
		call_finish(c, c->failure);
	} else if (c->state == CALL_REQUEST && outgoing_timeout(&c->out)) {
		call_send_window(c);
	} else if (c->state == CALL_WAITING && c->retries < c->client->conf.retries) {
		c->retries++;
		start(c);
	} else {
		call_end(c, CLIENT_SILENT, ABORT(TSM_TIMEOUT));
	}
}

/* ---- making ---- */

struct client *client_make(struct ev_loop *loop, const struct port *port, struct binding *binding, const struct client_conf *conf)
{
	unsigned places = conf->requests + 1;
	size_t room = conf->request_max + conf->answer_max;
	assert(conf->requests < 256 && conf->window >= 1 && conf->window <= APDU_WINDOW_MAX);
	struct client *cl = calloc(1, sizeof *cl + places * sizeof cl->call[0]);
	uint8_t *memory = calloc(places, room);      /* pages come when they are touched */
	if (!cl || !memory) {
		free(cl);
		free(memory);
		return NULL;
	}
	struct random random = random_make(conf->seed);
	cl->loop = loop;
	cl->port = *port;
	cl->binding = binding;
	cl->conf = *conf;
	cl->next_invoke = (uint8_t)random_below(&random, 256);
	cl->places = places;
	cl->memory = memory;
	for (unsigned i = 0; i < places; i++) {
		struct client_call *c = &cl->call[i];
		c->client = cl;
		c->request = memory + i * room;
		c->answer = c->request + conf->request_max;
		c->wait.fn = bound;
		ev_timer_init(&c->timer, expired);
	}
	return cl;
}

void client_free(struct client *cl)
{
	if (!cl)
		return;
	for (unsigned i = 0; i < cl->places; i++)
		release(&cl->call[i]);
	free(cl->memory);
	free(cl);
}

void client_set_port(struct client *cl, const struct port *port)
{
	cl->port = *port;
}

void client_set_timeouts(struct client *cl, int64_t timeout_ms, int64_t segment_timeout_ms, uint8_t retries)
{
	cl->conf.timeout_ms = timeout_ms;
	cl->conf.segment_timeout_ms = segment_timeout_ms;
	cl->conf.retries = retries;
}
