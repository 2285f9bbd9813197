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
	s->deferred.waits = false;
}

/* ---- the table ---- */

static const struct service_row *unconfirmed_row(const struct server *s, uint8_t choice)
{
	if (choice >= UNCONFIRMED_COUNT || !s->conf.services->unconfirmed[choice].execute)
		return NULL;
	return s->set.services_off && server_is_off(s, bac_unconfirmed_bit(choice)) ? NULL : &s->conf.services->unconfirmed[choice];
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
	const struct service_row *row = server_row(s, a->service);
	if (row && row->effect == SERVICE_CHANGES) {
		t->credit += limits_credit(head->length);
		segments_again(t);
		return true;
	}
	server_end(t);           /* our last segment or its acknowledgement was lost, or the client began anew, or the service is off by now */
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
	server_execute(s, head, a, *body, head->length);
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
