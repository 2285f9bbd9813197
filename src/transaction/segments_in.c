/* Requests that arrive in segments. */
#include "transaction/inside.h"

enum { SEGMENT_NPDU_MAX = 1497, WAIT_FACTOR = 4 };       /* a receiver waits 4 x APDU_Segment_Timeout (clause 5.4.5) */

static void expired(struct ev_timer *timer)
{
	struct place *t = OWNER(timer, struct place, timer);
	REFUSE(t->server->counts, transactions_timeout, &t->head.from);
	server_abort_peer(t, ABORT(TSM_TIMEOUT));
}

static void acknowledge(struct place *t, bool nak)
{
	struct network *net = t->server->conf.network;
	struct wr w = network_begin(net, &t->head.from, false, t->head.priority);
	apdu_write_segment_ack(&w, t->apdu.invoke, nak, true, incoming_sequence(&t->in), t->in.window);
	network_send(net, &t->head.from, &w);
}

/* For a segment that is not the next one: a storm of them is not answered for ever. */
static void acknowledge_again(struct place *t, bool nak)
{
	struct server *s = t->server;
	if (limits_spend(s->limits, LIMIT_REFUSAL, &t->head.from, ev_now(s->conf.loop)))
		acknowledge(t, nak);
	else
		REFUSE(s->counts, refusals_limited, &t->head.from);
}

/* The request is whole.  Its place is free before it is executed, so that its answer finds one. */
static void whole(struct place *t)
{
	struct server *s = t->server;
	struct net_head head = t->head;
	struct apdu a = t->apdu;
	struct rd body = rd_over(t->in.octets, t->in.length);        /* nobody takes the room before the loop's next turn */
	server_end(t);
	server_execute(s, &head, &a, body, rd_left(&body));
}

static void take(struct place *t, const struct apdu *a, struct rd *body)
{
	struct server *s = t->server;
	size_t n = rd_left(body);
	enum incoming_step step = incoming_segment(&t->in, a->sequence, a->more, rd_take(body, n), n);
	if (step <= INCOMING_DONE) {
		t->moved = ev_now(s->conf.loop);
		t->acknowledged = t->in.received > 1 && limits_proven(s->limits, &t->head.from, t->moved);        /* anybody can send two */
		ev_after(s->conf.loop, &t->timer, WAIT_FACTOR * (int64_t)s->set.segment_timeout_ms);
	}
	switch (step) {
	case INCOMING_TAKEN:
		return;
	case INCOMING_WINDOW:
		acknowledge(t, false);
		return;
	case INCOMING_DONE:
		acknowledge(t, false);
		whole(t);
		return;
	case INCOMING_TOO_LARGE:
		server_abort_peer(t, ABORT(BUFFER_OVERFLOW));
		return;
	case INCOMING_REPEATED:
		s->counts->n.segment_repeated++;
		return;
	case INCOMING_ACK_AGAIN:
		s->counts->n.segment_repeated++;
		acknowledge_again(t, false);
		return;
	case INCOMING_NAK:
		REFUSE(s->counts, segment_gap, &t->head.from);
		acknowledge_again(t, true);
		return;
	case INCOMING_GAP:
		REFUSE(s->counts, segment_gap, &t->head.from);
		return;
	}
}

static void first(struct server *s, const struct net_head *head, const struct apdu *a, struct rd *body)
{
	if (a->sequence != 0) {
		s->counts->n.segment_unexpected++;
		server_refuse(s, head, a, ABORT(INVALID_APDU_IN_THIS_STATE));
		return;
	}
	if (!server_row(s, a->service)) {
		server_refuse(s, head, a, REJECT(UNRECOGNIZED_SERVICE));
		return;
	}
	struct incoming in;
	if (!incoming_start(&in, NULL, 0, 0, a->window, s->set.window)) {
		server_refuse(s, head, a, ABORT(WINDOW_SIZE_OUT_OF_RANGE));
		return;
	}
	if (!limits_spend(s->limits, LIMIT_COLLECT, &head->from, ev_now(s->conf.loop))) {
		REFUSE(s->counts, refusals_limited, &head->from);
		return;
	}
	struct place *t = server_place(s, PLACE_COLLECTS, head, a, expired);
	if (!t)
		return;                          /* the newest waits: its client asks again */
	size_t max = (size_t)s->set.max_segments * SEGMENT_NPDU_MAX;
	incoming_start(&t->in, t->in.octets, max < PLACES_REQUEST_MAX ? max : PLACES_REQUEST_MAX, s->set.max_segments, a->window, s->set.window);
	take(t, a, body);
}

void segments_rx(struct server *s, const struct net_head *head, const struct apdu *a, struct rd *body)
{
	s->counts->n.segments_received++;
	struct place *t = places_find(s->conf.places, s, &head->from, a->invoke);
	if (t && t->state == PLACE_ANSWERS) {
		s->counts->n.duplicates++;
		if (a->sequence != 0 || mono_ms_between(t->begun, ev_now(s->conf.loop)) < DUPLICATE_MS)
			return;                  /* the end of the request again; its answer is on the way */
		server_end(t);
		t = NULL;
	}
	if (!t)
		first(s, head, a, body);
	else if (a->service != t->apdu.service)
		server_abort_peer(t, ABORT(INVALID_APDU_IN_THIS_STATE));
	else
		take(t, a, body);
}
