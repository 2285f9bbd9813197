/* What the files of the server side stand on: rows, refusals, places. */
#include "transaction/inside.h"

/* ---- the table ---- */

bool server_is_off(const struct server *s, int bit)
{
	return bit >= 0 && s->set.services_off >> bit & 1;
}

const struct service_row *server_row(const struct server *s, uint8_t choice)
{
	if (choice >= CONFIRMED_COUNT || !s->conf.services->confirmed[choice].execute)
		return NULL;
	return s->set.services_off && server_is_off(s, bac_confirmed_bit(choice)) ? NULL : &s->conf.services->confirmed[choice];
}

/* ---- what is said when it is not done ---- */

/* A storm of broken requests costs less when it is not answered, and the others are served meanwhile.  An Error answers a request that
 * was well-formed, and is not limited. */
bool server_may_refuse(struct server *s, const struct net_head *head, struct fault f)
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

void server_write_fault(struct server *s, struct wr *w, const struct apdu *a, struct fault f, const struct service_call *call)
{
	switch ((enum fault_kind)f.kind) {
	case FAULT_NONE:
	case FAULT_DEFERRED:
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

void server_send_fault(struct server *s, const struct net_head *head, const struct apdu *a, struct fault f, const struct service_call *call)
{
	if (!server_may_refuse(s, head, f))
		return;
	struct wr w = network_begin(s->conf.network, &head->from, false, head->priority);
	server_write_fault(s, &w, a, f, call);
	network_send(s->conf.network, &head->from, &w);
}

void server_refuse(struct server *s, const struct net_head *head, const struct apdu *a, struct fault f)
{
	server_send_fault(s, head, a, f, NULL);
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
	struct server *s = t->server;
	struct bac_addr from = t->head.from;
	bool guessed = t->state == PLACE_ANSWERS && t->bits && t->acknowledged && t->out.base < t->out.count;
	places_end(s->conf.places, t);
	if (guessed)
		server_guessed(s, &from);
}

void server_guessed(struct server *s, const struct bac_addr *from)
{
	limits_failed(s->limits, from);
	for (struct place *t; (t = places_proof_of(s->conf.places, from)) != NULL;)
		places_end(s->conf.places, t);
}

void server_abort_peer(struct place *t, struct fault f)
{
	server_refuse(t->server, &t->head, &t->apdu, f);
	server_end(t);
}
