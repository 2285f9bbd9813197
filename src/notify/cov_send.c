/* What a subscriber is told, whether it is another thing than he knows, and the telling. */
#include <math.h>

#include "notify/cov_inside.h"
#include "object/analog_value.h"

/* ---- what is shown, and what is known ---- */

/* A REAL whose small changes do not count. */
static bool by_increment(const struct subscription *s, const struct object *o)
{
	return object_type(o)->present_value == APP_REAL && s->ref.property == PROP_PRESENT_VALUE;
}

static uint64_t bits_of(float v)
{
	uint32_t bits;
	memcpy(&bits, &v, sizeof bits);
	return bits;
}

static float real_of(uint64_t digest)
{
	uint32_t bits = (uint32_t)digest;
	float v;
	memcpy(&v, &bits, sizeof v);
	return v;
}

/* A step of exactly the increment counts, although 23.4f - 23.3f is less than 0.1f: the two are known to half a unit in their last place. */
static bool stepped(float from, float to, float increment)
{
	if (isnan(from) || isnan(to))
		return isnan(from) != isnan(to);
	if (isinf(from) || isinf(to))
		return from != to;
	double step = fabs((double)to - (double)from);
	double before = fabs((double)from), now = fabs((double)to);
	double grain = (before > now ? before : now) * 0x1p-23;
	return step > 0 && step + grain >= (double)increment;
}

static void write_value(struct wr *w, const struct object *o, uint32_t property, uint64_t index)
{
	cov_value_open(w, property, index);
	struct fault f = object_read(o, property, index, w);
	if (fault_is(f))
		bac_put_null(w);                 /* an element that is not there any more */
	cov_value_close(w);
}

/* The values of its notification, once for all who have subscribed to the same. */
static void show(const struct subscription *s, const struct object *o)
{
	struct cov *c = s->cov;
	if (c->values_length && c->shown.object == s->ref.object && c->shown.property == s->ref.property && c->shown.index == s->ref.index)
		return;
	struct wr w = wr_over(c->values, sizeof c->values);
	write_value(&w, o, s->ref.property, s->ref.index);
	size_t value = wr_len(&w);
	if (object_has(o, PROP_STATUS_FLAGS) && s->ref.property != PROP_STATUS_FLAGS)
		write_value(&w, o, PROP_STATUS_FLAGS, BAC_ARRAY_ALL);
	c->shown = s->ref;
	c->values_length = w.full ? 0 : wr_len(&w);
	c->shown_told.flags = object_status_flags(o);
	c->shown_told.digest = by_increment(s, o) ? bits_of(object_real(o)) :
		limits_digest(c->conf.network->conf.limits, c->values, w.full ? 0 : value);
}

void cov_forget_shown(struct cov *c)
{
	c->values_length = 0;
}

bool subscription_stale(struct subscription *s)
{
	struct cov *c = s->cov;
	const struct object *o = device_find(c->conf.device, s->ref.object);
	if (!o)
		return false;
	show(s, o);
	if (s->forced || s->told.flags != c->shown_told.flags)
		return true;
	if (!by_increment(s, o))
		return s->told.digest != c->shown_told.digest;
	float increment = s->has_increment ? s->increment : analog_value_increment(o);
	return stepped(real_of(s->told.digest), real_of(c->shown_told.digest), increment);
}

/* ---- telling ---- */

void subscription_due(struct subscription *s)
{
	struct cov *c = s->cov;
	if (s->due)
		return;
	s->due = true;
	s->next_due = NULL;
	*c->due_end = s;
	c->due_end = &s->next_due;
}

static void write_notification(struct wr *w, const struct subscription *s)
{
	const struct cov *c = s->cov;
	cov_notification_open(w, &(struct cov_notification){ .process = s->process, .device = device_id(c->conf.device),
		.object = s->ref.object, .remaining_s = subscription_remaining_s(s) });
	wr_octets(w, c->values, c->values_length);
	cov_notification_close(w);
}

/* Whoever has answered is told what has changed meanwhile; whoever has not, or does not know the subscription, is dropped. */
static void confirmed_done(void *ctx, const struct client_result *result)
{
	struct subscription *s = ctx;
	struct cov *c = s->cov;
	s->call = NULL;
	if (result->end != CLIENT_ANSWERED) {
		REFUSE(c->counts, cov_dropped, &s->peer);
		subscription_drop(s);
	} else if (subscription_stale(s)) {
		subscription_due(s);
	}
	if (c->due)
		ev_after(c->conf.loop, &c->flush, 0);    /* a place for a request is free again */
}

enum telling { TOLD, LATER, NEVER };

static enum telling tell_confirmed(struct subscription *s)
{
	struct cov *c = s->cov;
	struct wr body;
	struct client_call *call = client_begin(c->conf.client, &(struct peer){ .addr = s->peer }, CONFIRMED_COV_NOTIFICATION, &body);
	if (!call)
		return LATER;
	write_notification(&body, s);
	s->call = call;
	client_send(call, &body, confirmed_done, s);
	return TOLD;
}

static enum telling tell_unconfirmed(struct subscription *s)
{
	struct cov *c = s->cov;
	struct wr w = network_begin(c->conf.network, &s->peer, false, 0);
	apdu_write_unconfirmed(&w, UNCONFIRMED_COV_NOTIFICATION);
	write_notification(&w, s);
	network_send(c->conf.network, &s->peer, &w);
	return TOLD;
}

static enum telling tell(struct subscription *s, struct mono now)
{
	struct cov *c = s->cov;
	if (s->call)
		return NEVER;                    /* confirmed_done() looks again */
	if (!subscription_stale(s))
		return NEVER;                    /* it went back before it was told */
	if (c->values_length == 0)
		return NEVER;                    /* too long by now */
	if (budget_left(&s->budget, now, COV_PER_S, COV_BURST) < 1)
		return LATER;
	struct told told = c->shown_told;
	enum telling done = s->confirmed ? tell_confirmed(s) : tell_unconfirmed(s);
	if (done != TOLD)
		return done;
	budget_take(&s->budget, now, COV_PER_S, 1);
	s->told = told;
	s->forced = false;
	c->counts->n.cov_notifications++;
	return TOLD;
}

void cov_flush(struct cov *c)
{
	if (!c->due || (c->conf.may_initiate && !c->conf.may_initiate(c->conf.ctx)))
		return;
	struct mono now = ev_now(c->conf.loop);
	struct subscription *s = c->due;
	c->due = NULL;
	c->due_end = &c->due;
	bool later = false;
	for (struct subscription *next; s; s = next) {
		next = s->next_due;
		s->due = false;
		if (tell(s, now) == LATER) {
			subscription_due(s);
			later = true;
		}
	}
	if (later && !ev_pending(&c->flush))
		ev_after(c->conf.loop, &c->flush, 1000 / COV_PER_S);
}
