#include "transaction/inside.h"

void server_init(struct server *s, const struct server_conf *conf, const struct server_settings *settings)
{
	*s = (struct server){ .conf = *conf, .set = *settings, .counts = conf->network->conf.counts, .limits = conf->network->conf.limits };
	s->recent.limits = s->limits;
}

void server_set(struct server *s, const struct server_settings *settings)
{
	s->set = *settings;
}

void server_close(struct server *s)
{
	for (struct place *t; (t = places_of(s->conf.places, s)) != NULL;)
		places_end(s->conf.places, t);
}

/* ---- the table ---- */

static bool is_off(const struct server *s, int bit)
{
	return bit >= 0 && s->set.services_off >> bit & 1;
}

const struct service_row *server_row(const struct server *s, uint8_t choice)
{
	if (choice >= CONFIRMED_COUNT || !s->conf.services->confirmed[choice].execute)
		return NULL;
	return s->set.services_off && is_off(s, bac_confirmed_bit(choice)) ? NULL : &s->conf.services->confirmed[choice];
}

static const struct service_row *unconfirmed_row(const struct server *s, uint8_t choice)
{
	if (choice >= UNCONFIRMED_COUNT || !s->conf.services->unconfirmed[choice].execute)
		return NULL;
	return s->set.services_off && is_off(s, bac_unconfirmed_bit(choice)) ? NULL : &s->conf.services->unconfirmed[choice];
}

static bool claims(const struct service_row *row)
{
	return row->execute && !row->heard;
}

uint64_t service_bits(const struct service_table *t)
{
	uint64_t bits = 0;
	for (uint32_t i = 0; i < CONFIRMED_COUNT; i++)
		bits |= (uint64_t)claims(&t->confirmed[i]) << bac_confirmed_bit(i);
	for (uint32_t i = 0; i < UNCONFIRMED_COUNT; i++)
		bits |= (uint64_t)claims(&t->unconfirmed[i]) << bac_unconfirmed_bit(i);
	return bits;
}

/* ---- what is said when it is not done ---- */

/* A storm of broken requests costs less when it is not answered, and the others are served meanwhile.  An Error answers a request that
 * was well-formed, and is not limited. */
static bool may_refuse(struct server *s, const struct net_head *head, struct fault f)
{
	if (f.kind != FAULT_REJECT && f.kind != FAULT_ABORT)
		return true;
	if (limits_spend(s->limits, LIMIT_REFUSAL, &head->from, ev_now(s->conf.loop)))
		return true;
	REFUSE(s->counts, refusals_limited, &head->from);
	return false;
}

static void write_error(struct wr *w, const struct apdu *a, struct fault f, const struct service_row *row, const struct service_call *call)
{
	if (!row || !row->error) {
		apdu_write_error(w, a->invoke, a->service, f.cls, f.code);
		return;
	}
	apdu_write_error_head(w, a->invoke, a->service);
	row->error(w, f, call);
}

static void write_fault(struct server *s, struct wr *w, const struct apdu *a, struct fault f, const struct service_call *call)
{
	switch ((enum fault_kind)f.kind) {
	case FAULT_NONE:
		break;
	case FAULT_ERROR:
		s->counts->n.errors_sent++;
		write_error(w, a, f, server_row(s, a->service), call);
		break;
	case FAULT_REJECT:
		s->counts->n.rejects_sent++;
		apdu_write_reject(w, a->invoke, (uint8_t)f.code);
		break;
	case FAULT_ABORT:
		s->counts->n.aborts_sent++;
		apdu_write_abort(w, a->invoke, true, (uint8_t)f.code);
		break;
	}
}

static void send_fault(struct server *s, const struct net_head *head, const struct apdu *a, struct fault f, const struct service_call *call)
{
	if (!may_refuse(s, head, f))
		return;
	struct wr w = network_begin(s->conf.network, &head->from, false, head->priority);
	write_fault(s, &w, a, f, call);
	network_send(s->conf.network, &head->from, &w);
}

void server_refuse(struct server *s, const struct net_head *head, const struct apdu *a, struct fault f)
{
	send_fault(s, head, a, f, NULL);
}

/* ---- places ---- */

struct place *server_place(struct server *s, enum place_state state, const struct net_head *head, const struct apdu *a,
                           void (*expired)(struct ev_timer *))
{
	struct places *places = s->conf.places;
	struct mono now = ev_now(s->conf.loop);
	struct place *t = places_take(places, state, s, expired);
	if (!t) {
		struct place *weakest = places_weakest(places, state, &head->from, now);
		if (!weakest) {
			REFUSE(s->counts, places_full, &head->from);
			return NULL;
		}
		server_give_way(weakest);
		t = places_take(places, state, s, expired);
	}
	t->head = *head;
	t->apdu = *a;
	t->begun = t->moved = now;
	return t;
}

void server_give_way(struct place *t)
{
	REFUSE(t->server->counts, places_gave_way, &t->head.from);
	if (t->acknowledged)
		server_abort_peer(t, ABORT(PREEMPTED_BY_HIGHER_PRIORITY_TASK));
	else
		server_end(t);                   /* who has shown no sign of life may be nobody who waits for us */
}

void server_end(struct place *t)
{
	places_end(t->server->conf.places, t);
}

void server_abort_peer(struct place *t, struct fault f)
{
	server_refuse(t->server, &t->head, &t->apdu, f);
	server_end(t);
}

/* ---- executing ---- */

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
			send_fault(s, head, a, f, &call);
		return;
	}
	if (!may_refuse(s, head, f))
		return;
	wr_back(&w, start);
	write_fault(s, &w, a, f, &call);
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

static void answer_once(struct server *s, const struct net_head *head, const struct apdu *a, struct rd body, size_t in)
{
	const struct service_row *row = server_row(s, a->service);
	struct service_call call = { .node = s->conf.node, .head = head };
	uint64_t digest = limits_digest(s->limits, body.p, rd_left(&body));
	struct wr w, ack = { 0 };
	const struct recent_reply *again = recent_find(&s->recent, &head->from, a->invoke, a->service, digest, ev_now(s->conf.loop),
	                                               s->set.apdu_timeout_ms + 1000);
	struct fault f = DONE;
	if (!again)
		f = row->body == SERVICE_COMPLEX ? change_with_data(s, &call, a, &body, &ack) : row->execute(&call, &body, NULL);
	bool said = may_refuse(s, head, f) && begin_answer(s, head, a, &w);
	if (!said)
		w = wr_over(NULL, 0);            /* it happened all the same */
	size_t limit = wr_room(&w);
	struct wr_mark start = wr_mark(&w);
	if (again) {
		s->counts->n.duplicates++;
		wr_octets(&w, again->apdu, again->length);
	} else if (fault_is(f)) {
		write_fault(s, &w, a, f, &call);
	} else if (row->body == SERVICE_SIMPLE) {
		apdu_write_simple_ack(&w, a->invoke, a->service);
	} else {
		apdu_write_complex_ack(&w, a->invoke, a->service);
		wr_octets(&w, ack.start, wr_len(&ack));
	}
	bool whole = !w.full;
	if (!again && f.kind != FAULT_REJECT)    /* what was rejected was not executed */
		remember(s, head, a, digest, start.p, whole ? (size_t)(w.p - start.p) : RECENT_REPLY_MAX + 1);
	if (whole && said)
		send_answer(s, head, &w, in);
	else if (said && segments_room(s, head, a, limit) >= wr_len(&ack))
		segments_respond(s, head, a, digest, wr_len(&ack), limit, in);
	else if (said)
		server_refuse(s, head, a, segments_room(s, head, a, limit) ? ABORT(BUFFER_OVERFLOW) : ABORT(SEGMENTATION_NOT_SUPPORTED));
}

void server_execute(struct server *s, const struct net_head *head, const struct apdu *a, struct rd body, size_t in)
{
	s->counts->n.confirmed++;
	if (server_row(s, a->service)->effect == SERVICE_CHANGES)
		answer_once(s, head, a, body, in);
	else
		answer_with_data(s, head, a, body, in);
}

/* ---- what comes in ---- */

/* A request while an answer to this peer and invoke id is on its way; true when that was all there is to do. */
static bool is_repeated(struct server *s, struct place *t, const struct net_head *head, const struct apdu *a, const struct rd *body)
{
	if (t->state == PLACE_COLLECTS) {
		server_abort_peer(t, ABORT(INVALID_APDU_IN_THIS_STATE));
		return true;
	}
	bool same = a->service == t->apdu.service && limits_digest(s->limits, body->p, rd_left(body)) == t->digest;
	if (!same) {
		server_end(t);                   /* the peer has given up the old one */
		return false;
	}
	s->counts->n.duplicates++;
	if (mono_ms_between(t->begun, ev_now(s->conf.loop)) < DUPLICATE_MS)
		return true;
	if (server_row(s, a->service)->effect == SERVICE_CHANGES) {
		t->credit += limits_credit(head->length);
		segments_again(t);
		return true;
	}
	server_end(t);                           /* our last segment or its acknowledgement was lost, or the client began anew: so do we */
	return false;
}

void server_request(struct server *s, const struct net_head *head, enum apdu_why why, const struct apdu *a, struct rd *body)
{
	if (head->broadcast) {
		REFUSE(s->counts, broadcast_confirmed, &head->from);
		return;
	}
	if (why == APDU_CUT) {
		server_refuse(s, head, a, REJECT(MISSING_REQUIRED_PARAMETER));
		return;
	}
	if (a->segmented) {
		segments_rx(s, head, a, body);
		return;
	}
	struct place *t = places_live(s->conf.places) ? places_find(s->conf.places, s, &head->from, a->invoke) : NULL;
	if (t && is_repeated(s, t, head, a, body))
		return;
	const struct service_row *row = server_row(s, a->service);
	if (!row || row->effect == SERVICE_READS)
		recent_other(&s->recent, &head->from, a->invoke);
	if (row)
		server_execute(s, head, a, *body, head->length);
	else
		server_refuse(s, head, a, REJECT(UNRECOGNIZED_SERVICE));
}

void server_unconfirmed(struct server *s, const struct net_head *head, const struct apdu *a, struct rd *body)
{
	const struct service_row *row = unconfirmed_row(s, a->service);
	if (!row) {
		s->counts->n.unconfirmed_unknown++;      /* others talk to each other all day: not worth a line */
		return;
	}
	struct service_call call = { .node = s->conf.node, .head = head };
	if (fault_is(row->execute(&call, body, NULL)))
		REFUSE(s->counts, unconfirmed_malformed, &head->from);
	else
		s->counts->n.unconfirmed++;
}

void server_abort(struct server *s, const struct net_head *head, const struct apdu *a)
{
	struct place *t = places_find(s->conf.places, s, &head->from, a->invoke);
	if (!t) {
		REFUSE(s->counts, unexpected_answer, &head->from);
		return;
	}
	REFUSE(s->counts, transactions_aborted, &head->from);
	server_end(t);
}
