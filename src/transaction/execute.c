/* Executing a confirmed request and sending what comes of it. */
#include "transaction/inside.h"

/* An answer that is written: within what its request may draw it leaves, otherwise there is silence. */
static void send_answer(struct server *s, const struct net_head *head, struct wr *w, size_t in)
{
	int64_t octets = limits_cost(wr_len(w)) - limits_credit(in);
	if (octets > 0 && !limits_answer(s->limits, &head->from, ev_now(s->conf.loop), octets))
		REFUSE(s->counts, answers_limited, &head->from);
	else
		network_send(s->conf.network, &head->from, w);
}

/* Where an answer of one APDU is written, its end set to what peer, device and data link can carry; false: not even a short one fits. */
static bool begin_answer(struct server *s, const struct net_head *head, const struct apdu *a, struct wr *w)
{
	size_t limit = apdu_size_of_code(a->max_apdu_code);
	*w = network_begin(s->conf.network, &head->from, false, head->priority);
	if (limit > s->set.max_apdu)
		limit = s->set.max_apdu;
	if (limit > wr_room(w))
		limit = wr_room(w);
	if (limit < APDU_MIN) {
		REFUSE(s->counts, tx_full, &head->from);
		return false;
	}
	w->end = w->p + limit;
	return true;
}

/* The answer did not fit one APDU: writes it whole, but no longer than the peer takes it, and sends it in segments. */
static struct fault answer_in_segments(struct server *s, struct service_call *call, const struct apdu *a, struct rd body, size_t limit,
                                       size_t in)
{
	const struct net_head *head = call->head;
	size_t room = segments_room(s, head, a, limit);
	if (room == 0)
		return ABORT(SEGMENTATION_NOT_SUPPORTED);
	uint64_t digest = limits_digest(s->limits, body.p, rd_left(&body));
	struct wr w = wr_over(places_scratch(s->conf.places), room);
	struct fault f = server_row(s, a->service)->execute(call, &body, &w);
	if (!fault_is(f) && w.full)
		f = ABORT(BUFFER_OVERFLOW);
	if (!fault_is(f))
		segments_respond(s, head, a, digest, wr_len(&w), limit, in);
	return f;
}

/* SERVICE_COMPLEX that reads: the answer is written where it is sent from. */
static void answer_with_data(struct server *s, const struct net_head *head, const struct apdu *a, struct rd body, size_t in)
{
	struct service_call call = { .node = s->conf.node, .head = head };
	struct wr w;
	if (!begin_answer(s, head, a, &w))
		return;
	size_t limit = wr_room(&w);
	struct wr_mark start = wr_mark(&w);
	apdu_write_complex_ack(&w, a->invoke, a->service);
	struct rd request = body;
	struct fault f = server_row(s, a->service)->execute(&call, &request, &w);
	if (!fault_is(f) && !w.full) {
		send_answer(s, head, &w, in);
		return;
	}
	if (!fault_is(f)) {
		f = answer_in_segments(s, &call, a, body, limit, in);        /* sends, so what was begun is lost */
		if (fault_is(f))
			server_send_fault(s, head, a, f, &call);
		return;
	}
	if (!server_may_refuse(s, head, f))
		return;
	wr_back(&w, start);
	server_write_fault(s, &w, a, f, &call);
	network_send(s->conf.network, &head->from, &w);
}

/* What has been said to a request that must not be executed again; more than is kept would be another answer the second time. */
static void remember(struct server *s, const struct net_head *head, const struct apdu *a, uint64_t digest, const uint8_t *apdu, size_t length)
{
	uint8_t instead[4];
	struct wr w = wr_over(instead, sizeof instead);
	if (length > RECENT_REPLY_MAX) {
		apdu_write_abort(&w, a->invoke, true, ABORT_OTHER);
		apdu = instead;
		length = wr_len(&w);
	}
	recent_put(&s->recent, &head->from, a->invoke, a->service, digest, ev_now(s->conf.loop), apdu, length);
}

/* An answer with data of a service that changes something: executed into the scratch, because a second time is not allowed. */
static struct fault change_with_data(struct server *s, struct service_call *call, const struct apdu *a, struct rd *body, struct wr *ack)
{
	struct wr w = wr_over(places_scratch(s->conf.places), PLACES_ANSWER_MAX);
	struct fault f = server_row(s, a->service)->execute(call, body, &w);
	*ack = w;
	return !fault_is(f) && w.full ? ABORT(BUFFER_OVERFLOW) : f;
}

/* What comes of a request that is executed once: remembered, and said. */
static void answer_of_change(struct server *s, const struct net_head *head, const struct apdu *a, uint64_t digest, struct fault f,
                             const struct service_call *call, const struct wr *ack, size_t in)
{
	struct wr w;
	bool said = server_may_refuse(s, head, f) && begin_answer(s, head, a, &w);
	if (!said)
		w = wr_over(NULL, 0);            /* it happened all the same */
	size_t limit = wr_room(&w);
	struct wr_mark start = wr_mark(&w);
	if (fault_is(f)) {
		server_write_fault(s, &w, a, f, call);
	} else if (server_row(s, a->service)->body == SERVICE_SIMPLE) {
		apdu_write_simple_ack(&w, a->invoke, a->service);
	} else {
		apdu_write_complex_ack(&w, a->invoke, a->service);
		wr_octets(&w, ack->start, wr_len(ack));
	}
	bool whole = !w.full;
	if (f.kind != FAULT_REJECT)              /* what was rejected was not executed */
		remember(s, head, a, digest, start.p, whole ? (size_t)(w.p - start.p) : RECENT_REPLY_MAX + 1);
	if (whole && said)
		send_answer(s, head, &w, in);
	else if (said && segments_room(s, head, a, limit) >= wr_len(ack))
		segments_respond(s, head, a, digest, wr_len(ack), limit, in);
	else if (said)
		server_refuse(s, head, a, segments_room(s, head, a, limit) ? ABORT(BUFFER_OVERFLOW) : ABORT(SEGMENTATION_NOT_SUPPORTED));
}

static void answer_again(struct server *s, const struct net_head *head, const struct apdu *a, const struct recent_reply *again, size_t in)
{
	struct wr w;
	s->counts->n.duplicates++;
	if (!begin_answer(s, head, a, &w))
		return;
	wr_octets(&w, again->apdu, again->length);
	if (!w.full)
		send_answer(s, head, &w, in);
	else
		server_refuse(s, head, a, ABORT(BUFFER_OVERFLOW));
}

static void answer_once(struct server *s, const struct net_head *head, const struct apdu *a, struct rd body, size_t in)
{
	const struct service_row *row = server_row(s, a->service);
	struct service_call call = { .node = s->conf.node, .head = head };
	uint64_t digest = limits_digest(s->limits, body.p, rd_left(&body));
	const struct recent_reply *again = recent_find(&s->recent, &head->from, a->invoke, a->service, digest, ev_now(s->conf.loop),
	                                               s->set.apdu_timeout_ms + 1000);
	if (again) {
		answer_again(s, head, a, again, in);
		return;
	}
	struct wr ack = { 0 };
	struct fault f = row->body == SERVICE_COMPLEX ? change_with_data(s, &call, a, &body, &ack) : row->execute(&call, &body, NULL);
	if (f.kind == FAULT_DEFERRED)
		s->deferred = (struct deferred){ .waits = true, .head = *head, .apdu = *a, .digest = digest, .in = in };
	else
		answer_of_change(s, head, a, digest, f, &call, &ack, in);
}

void server_answer(struct server *s, struct fault f)
{
	struct deferred d = s->deferred;
	struct wr ack = { 0 };
	s->deferred.waits = false;
	if (d.waits && server_row(s, d.apdu.service))
		answer_of_change(s, &d.head, &d.apdu, d.digest, f, &(struct service_call){ .node = s->conf.node, .head = &d.head }, &ack, d.in);
}

static bool is_deferred(const struct server *s, const struct net_head *head, const struct apdu *a)
{
	return s->deferred.waits && s->deferred.apdu.invoke == a->invoke && bac_addr_same(&s->deferred.head.from, &head->from);
}

void server_execute(struct server *s, const struct net_head *head, const struct apdu *a, struct rd body, size_t in)
{
	if (is_deferred(s, head, a)) {
		s->counts->n.duplicates++;
		return;                          /* its answer is on its way */
	}
	const struct service_row *row = server_row(s, a->service);
	if (!row) {                              /* or no more: switched off while its request was collected */
		server_refuse(s, head, a, REJECT(UNRECOGNIZED_SERVICE));
		return;
	}
	s->counts->n.confirmed++;
	if (row->effect == SERVICE_CHANGES)
		answer_once(s, head, a, body, in);
	else
		answer_with_data(s, head, a, body, in);
}
