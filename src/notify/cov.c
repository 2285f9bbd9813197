#include "notify/cov.h"

#include <stdlib.h>

#include "notify/cov_inside.h"

/* ---- the table ---- */

static struct subscription *find(struct cov *c, const struct bac_addr *peer, const struct cov_subscribe *q, bool of_property)
{
	for (struct subscription *s = c->buckets[cov_bucket(c, q->ref.object)]; s; s = s->next)
		if (s->ref.object == q->ref.object && s->process == q->process && s->of_property == of_property &&
		    (!of_property || (s->ref.property == q->ref.property && s->ref.index == q->ref.index)) && bac_addr_same(&s->peer, peer))
			return s;
	return NULL;
}

/* A stranger behind a router is the router's: it is the address that can be counted. */
static unsigned held_by(const struct cov *c, const struct bac_addr *peer)
{
	unsigned n = 0;
	for (unsigned i = 0; i < c->touched; i++)
		n += c->rows[i].used && memcmp(c->rows[i].peer.mac, peer->mac, 4) == 0;
	return n;
}

/* ---- subscribing ---- */

/* May somebody subscribe to this?  The Device object's clock changes all the time, and nobody is told that. */
static struct fault may_subscribe(struct cov *c, const struct cov_subscribe *q, bool of_property)
{
	const struct object *o = device_find(c->conf.device, q->ref.object);
	if (!o)
		return ERROR(OBJECT, UNKNOWN_OBJECT);
	if (!of_property)
		return object_type(o)->present_value ? DONE : ERROR(OBJECT, OPTIONAL_FUNCTIONALITY_NOT_SUPPORTED);
	if (q->ref.property == PROP_LOCAL_DATE || q->ref.property == PROP_LOCAL_TIME)
		return ERROR(PROPERTY, NOT_COV_PROPERTY);
	if (!q->cancels && q->has_lifetime && q->lifetime_s == 0)
		return ERROR(SERVICES, PARAMETER_OUT_OF_RANGE);      /* for ever is no lifetime here (clause 13.15.1.1) */
	uint8_t octets[COV_VALUES_MAX];
	struct wr w = wr_over(octets, sizeof octets);
	struct fault f = object_read(o, q->ref.property, q->ref.index, &w);
	return fault_is(f) ? f : w.full ? ERROR(PROPERTY, NOT_COV_PROPERTY) : DONE;
}

static struct subscription *subscribe_anew(struct cov *c, const struct bac_addr *peer, const struct cov_subscribe *q, bool of_property)
{
	unsigned share = (c->conf.subscriptions + COV_SHARE - 1) / COV_SHARE;
	struct subscription *s = held_by(c, peer) < share ? subscription_take(c) : NULL;
	if (!s) {
		REFUSE(c->counts, cov_full, peer);
		return NULL;
	}
	s->peer = *peer;
	s->process = q->process;
	s->ref = q->ref;
	s->of_property = of_property;
	unsigned bucket = cov_bucket(c, q->ref.object);
	s->next = c->buckets[bucket];
	c->buckets[bucket] = s;
	return s;
}

struct fault cov_subscribe(struct cov *c, const struct bac_addr *peer, const struct cov_subscribe *q, bool of_property)
{
	struct subscription *s = find(c, peer, q, of_property);
	if (q->cancels) {
		if (s)
			subscription_drop(s);
		return DONE;
	}
	struct fault f = may_subscribe(c, q, of_property);
	if (fault_is(f))
		return f;
	s = s ? s : subscribe_anew(c, peer, q, of_property);
	if (!s)
		return ERROR(RESOURCES, NO_SPACE_TO_ADD_LIST_ELEMENT);
	s->confirmed = q->confirmed;
	s->has_increment = q->has_increment;
	s->increment = q->increment;
	s->forced = true;
	if (q->lifetime_s)
		ev_after(c->conf.loop, &s->expiry, (int64_t)q->lifetime_s * 1000);
	else
		ev_cancel(&s->expiry);
	subscription_due(s);
	ev_after(c->conf.loop, &c->flush, 0);
	return DONE;
}

/* ---- what changes ---- */

static void changed(struct device_listener *l, struct object *o, unsigned changes)
{
	struct cov *c = OWNER(l, struct cov, listener);
	cov_forget_shown(c);
	struct subscription *next;
	for (struct subscription *s = c->buckets[cov_bucket(c, object_id(o))]; s; s = next) {
		next = s->next;
		if (s->ref.object != object_id(o))
			continue;
		if (changes & CHANGE_REMOVED)
			subscription_drop(s);
		else if (!s->due && subscription_stale(s))
			subscription_due(s);
	}
}

static void settled(struct device_listener *l)
{
	cov_flush(OWNER(l, struct cov, listener));
}

void cov_resume(struct cov *c)
{
	ev_after(c->conf.loop, &c->flush, 0);
}

static void flush_later(struct ev_timer *t)
{
	struct cov *c = OWNER(t, struct cov, flush);
	cov_forget_shown(c);
	cov_flush(c);
}

/* ---- life ---- */

struct cov *cov_make(const struct cov_conf *conf)
{
	unsigned buckets = 16;
	while (buckets < conf->subscriptions / 4)
		buckets *= 2;
	struct cov *c = calloc(1, sizeof *c);
	if (!c)
		return NULL;
	c->conf = *conf;
	c->counts = conf->network->conf.counts;
	c->bucket_mask = buckets - 1;
	c->due_end = &c->due;
	c->listener = (struct device_listener){ .changed = changed, .settled = settled, .rank = LISTEN_COV };
	ev_timer_init(&c->flush, flush_later);
	c->rows = calloc(conf->subscriptions, sizeof *c->rows);          /* touched only when it is used */
	c->buckets = calloc(buckets, sizeof(struct subscription *));
	device_listen(conf->device, &c->listener);
	if (c->rows && c->buckets)
		return c;
	cov_free(c);
	return NULL;
}

void cov_free(struct cov *c)
{
	if (!c)
		return;
	device_unlisten(c->conf.device, &c->listener);
	ev_cancel(&c->flush);
	for (unsigned i = 0; c->rows && i < c->touched; i++)
		if (c->rows[i].used)
			subscription_drop(&c->rows[i]);
	free(c->rows);
	free(c->buckets);
	free(c);
}

/* ---- to be seen ---- */


bool cov_next(const struct cov *c, size_t *cursor, struct cov_active *a)
{
	while (*cursor < c->touched && !c->rows[*cursor].used)
		++*cursor;
	if (*cursor >= c->touched)
		return false;
	const struct subscription *s = &c->rows[(*cursor)++];
	*a = (struct cov_active){ .peer = s->peer, .process = s->process, .ref = s->ref, .confirmed = s->confirmed,
		.remaining_s = subscription_remaining_s(s), .has_increment = s->has_increment, .increment = s->increment };
	return true;
}
