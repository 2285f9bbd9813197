/* The client side of a transaction: what comes from the peer. */
#include "transaction/call.h"

static void give_up(struct client_call *c, struct fault f)
{
	call_send_abort(c, f);
	call_end(c, CLIENT_BROKEN, f);
}

static void segment_arrived(struct client_call *c, const struct apdu *a, struct rd *body)
{
	const struct client_conf *conf = &c->client->conf;
	if (c->state != CALL_ANSWER) {
		if (a->sequence != 0)                    /* of an answer that nobody waits for any more */
			return;
		if (!incoming_start(&c->in, c->answer, conf->answer_max, conf->max_segments, a->window, conf->window)) {
			give_up(c, ABORT(WINDOW_SIZE_OUT_OF_RANGE));
			return;
		}
		c->state = CALL_ANSWER;
	}
	enum incoming_step step = incoming_segment(&c->in, a->sequence, a->more, body->p, rd_left(body));
	if (step == INCOMING_TOO_LARGE) {
		give_up(c, ABORT(BUFFER_OVERFLOW));
		return;
	}
	if (step == INCOMING_WINDOW || step == INCOMING_DONE || step == INCOMING_ACK_AGAIN || step == INCOMING_NAK)
		call_send_segment_ack(c, step == INCOMING_NAK);
	if (step == INCOMING_DONE)
		call_finish(c, (struct client_result){ .end = CLIENT_ANSWERED, .body = rd_over(c->answer, c->in.length) });
	else if (step == INCOMING_TAKEN || step == INCOMING_WINDOW)
		ev_after(c->client->loop, &c->timer, 4 * conf->segment_timeout_ms);
}

static void segment_acknowledged(struct client_call *c, const struct apdu *a)
{
	switch (outgoing_acknowledged(&c->out, a->nak, a->sequence, a->window)) {
	case OUTGOING_SEND:
		call_send_window(c);
		return;
	case OUTGOING_DONE:
		c->state = CALL_WAITING;
		ev_after(c->client->loop, &c->timer, c->client->conf.timeout_ms);
		return;
	case OUTGOING_WAIT:
		ev_after(c->client->loop, &c->timer, c->client->conf.segment_timeout_ms);
		return;
	case OUTGOING_STRAY:
		return;
	case OUTGOING_BAD_WINDOW:
		give_up(c, ABORT(WINDOW_SIZE_OUT_OF_RANGE));
		return;
	}
}

/* Has the peer got the request as a whole, so that this can be the answer to it? */
static bool is_asked(const struct client_call *c)
{
	return c->state == CALL_WAITING || (c->state == CALL_REQUEST && c->out.sent == c->out.count);
}

static void acknowledged(struct client_call *c, const struct apdu *a, struct rd *body)
{
	if (a->service != c->service || !(is_asked(c) || (a->segmented && c->state == CALL_ANSWER)))
		return;
	if (a->segmented)
		segment_arrived(c, a, body);
	else
		call_finish(c, (struct client_result){ .end = CLIENT_ANSWERED, .body = *body });
}

bool client_rx(struct client *cl, const struct bac_addr *from, const struct apdu *a, struct rd *body)
{
	struct client_call *c = call_find(cl, from, a->invoke);
	if (!c)
		return false;
	c->peer.addr = *from;
	switch ((enum apdu_type)a->type) {
	case APDU_SIMPLE_ACK:
	case APDU_COMPLEX_ACK:
		acknowledged(c, a, body);
		return true;
	case APDU_ERROR:
		if (a->service == c->service)
			call_end(c, CLIENT_REFUSED, bac_error_read(body));
		return true;
	case APDU_REJECT:
		call_end(c, CLIENT_REFUSED, (struct fault){ FAULT_REJECT, 0, a->reason });
		return true;
	case APDU_ABORT:
		if (a->server)
			call_end(c, CLIENT_REFUSED, (struct fault){ FAULT_ABORT, 0, a->reason });
		return a->server;
	case APDU_SEGMENT_ACK:
		if (a->server && c->state == CALL_REQUEST)
			segment_acknowledged(c, a);
		return a->server;
	case APDU_CONFIRMED:
	case APDU_UNCONFIRMED:
	case APDU_TYPE_COUNT:
		break;
	}
	return false;
}
