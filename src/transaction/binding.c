#include "transaction/binding.h"

#include <stdlib.h>

#include "bacnet/npdu.h"

enum row_state { ROW_FREE, ROW_ASKED, ROW_KNOWN, ROW_ABSENT };

struct row {
	struct binding *binding;
	struct ev_timer timer;           /* ASKED: of the Who-Is */
	struct binding_wait *waiting;    /* ASKED: who wants to know, the first one first */
	struct peer peer;                /* KNOWN */
	struct mono since;               /* KNOWN: the last I-Am; ABSENT: given up */
	struct mono used;
	uint32_t instance;
	uint8_t state, retries;
};

struct binding {
	struct ev_loop *loop;
	struct port port;
	struct binding_conf conf;
	struct row row[];                /* [conf.devices] */
};

static bool elapsed(const struct binding *b, struct mono since, int64_t ms)
{
	return mono_ms_between(since, ev_now(b->loop)) >= ms;
}

/* ---- asking ---- */

static void send_who_is(struct row *r)
{
	struct binding *b = r->binding;
	struct wr w = b->port.begin(b->port.ctx, b->port.npdu_max);
	npdu_write_global(&w);
	apdu_write_unconfirmed(&w, UNCONFIRMED_WHO_IS);
	who_is_write(&w, &(struct who_is){ r->instance, r->instance });
	b->port.broadcast(b->port.ctx, &w);
	ev_after(b->loop, &r->timer, b->conf.timeout_ms);
}

/* Those who wait, one after another; each may ask, cancel, or forget what it likes. */
static void tell(struct row *r, const struct peer *found)
{
	struct binding_wait *list = r->waiting;
	r->waiting = NULL;
	if (list)
		list->back = &list;
	struct peer peer = found ? *found : (struct peer){ 0 };
	while (list) {
		struct binding_wait *w = list;
		binding_cancel(w);
		w->fn(w, found ? &peer : NULL);
	}
}

static void unanswered(struct ev_timer *timer)
{
	struct row *r = OWNER(timer, struct row, timer);
	if (r->retries < r->binding->conf.retries) {
		r->retries++;
		send_who_is(r);
		return;
	}
	r->state = ROW_ABSENT;
	r->since = ev_now(r->binding->loop);
	tell(r, NULL);
}

static void ask(struct row *r, uint32_t instance)
{
	r->state = ROW_ASKED;
	r->instance = instance;
	r->retries = 0;
	send_who_is(r);
}

/* ---- the table ---- */

static struct row *find(struct binding *b, uint32_t instance)
{
	for (unsigned i = 0; i < b->conf.devices; i++)
		if (b->row[i].state != ROW_FREE && b->row[i].instance == instance)
			return &b->row[i];
	return NULL;
}

/* A row for another device: a free one, or the one whose content was used the longest ago. */
static struct row *take_row(struct binding *b)
{
	struct row *oldest = NULL;
	for (unsigned i = 0; i < b->conf.devices; i++) {
		struct row *r = &b->row[i];
		if (r->state == ROW_FREE)
			return r;
		if (!r->waiting && (!oldest || r->used.ns < oldest->used.ns))
			oldest = r;
	}
	if (oldest)
		ev_cancel(&oldest->timer);
	return oldest;
}

static void wait_for(struct row *r, struct binding_wait *w)
{
	struct binding_wait **end = &r->waiting;
	while (*end)
		end = &(*end)->next;
	w->next = NULL;
	w->back = end;
	*end = w;
}

void binding_cancel(struct binding_wait *w)
{
	if (!w->back)
		return;
	*w->back = w->next;
	if (w->next)
		w->next->back = w->back;
	w->next = NULL;
	w->back = NULL;
}

enum binding_answer binding_ask(struct binding *b, uint32_t instance, struct binding_wait *w, struct peer *peer)
{
	struct row *r = find(b, instance);
	if (!r) {
		r = take_row(b);
		if (!r)
			return BINDING_FULL;
		ask(r, instance);
	}
	r->used = ev_now(b->loop);
	if (r->state == ROW_KNOWN && !elapsed(b, r->since, b->conf.age_ms)) {
		*peer = r->peer;
		return BINDING_KNOWN;
	}
	if (r->state == ROW_ABSENT && !elapsed(b, r->since, b->conf.absent_ms))
		return BINDING_ABSENT;
	if (r->state != ROW_ASKED)
		ask(r, instance);
	wait_for(r, w);
	return BINDING_ASKED;
}

void binding_forget(struct binding *b, uint32_t instance)
{
	struct row *r = find(b, instance);
	if (r && r->state == ROW_KNOWN)
		r->state = ROW_FREE;
}

void binding_i_am(struct binding *b, const struct bac_addr *from, const struct i_am *m)
{
	struct row *r = find(b, bac_id_instance(m->device));
	if (!r)
		return;
	ev_cancel(&r->timer);
	r->state = ROW_KNOWN;
	r->since = ev_now(b->loop);
	r->peer = (struct peer){ .addr = *from, .max_apdu = m->max_apdu < UINT16_MAX ? (uint16_t)m->max_apdu : UINT16_MAX,
	                         .segmentation = (uint8_t)(m->segmentation < SEGMENTATION_NONE ? m->segmentation : SEGMENTATION_NONE) };
	if (r->peer.max_apdu < APDU_MIN)         /* no device can have less */
		r->peer.max_apdu = APDU_MIN;
	tell(r, &r->peer);
}

bool binding_at(const struct binding *b, size_t n, uint32_t *instance, struct bac_addr *addr)
{
	for (unsigned i = 0; i < b->conf.devices; i++) {
		const struct row *r = &b->row[i];
		if (r->state != ROW_KNOWN || elapsed(b, r->since, b->conf.age_ms) || n-- > 0)
			continue;
		*instance = r->instance;
		*addr = r->peer.addr;
		return true;
	}
	return false;
}

/* ---- making ---- */

struct binding *binding_make(struct ev_loop *loop, const struct port *port, const struct binding_conf *conf)
{
	struct binding *b = calloc(1, sizeof *b + conf->devices * sizeof b->row[0]);
	if (!b)
		return NULL;
	b->loop = loop;
	b->port = *port;
	b->conf = *conf;
	for (unsigned i = 0; i < conf->devices; i++) {
		b->row[i].binding = b;
		ev_timer_init(&b->row[i].timer, unanswered);
	}
	return b;
}

void binding_free(struct binding *b)
{
	if (!b)
		return;
	for (unsigned i = 0; i < b->conf.devices; i++) {
		ev_cancel(&b->row[i].timer);
		while (b->row[i].waiting)
			binding_cancel(b->row[i].waiting);
	}
	free(b);
}

void binding_set_port(struct binding *b, const struct port *port)
{
	b->port = *port;
}
