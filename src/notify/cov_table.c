/* The rows of the table: taken, given back, and how long they live. */
#include "notify/cov_inside.h"

unsigned cov_bucket(const struct cov *c, uint32_t object)
{
	return object * 2654435761u >> 16 & c->bucket_mask;
}

static void expired(struct ev_timer *t)
{
	struct subscription *s = OWNER(t, struct subscription, expiry);
	s->cov->counts->n.cov_expired++;
	subscription_drop(s);
}

struct subscription *subscription_take(struct cov *c)
{
	struct subscription *s = c->free;
	if (s)
		c->free = s->next;
	else if (c->touched < c->conf.subscriptions)
		s = &c->rows[c->touched++];
	else
		return NULL;
	*s = (struct subscription){ .cov = c, .used = true };
	ev_timer_init(&s->expiry, expired);
	c->count++;
	return s;
}

static void take_off_due(struct subscription *s)
{
	struct cov *c = s->cov;
	struct subscription **at = &c->due;
	while (*at != s)
		at = &(*at)->next_due;
	*at = s->next_due;
	if (c->due_end == &s->next_due)
		c->due_end = at;
	s->due = false;
}

void subscription_drop(struct subscription *s)
{
	struct cov *c = s->cov;
	struct subscription **at = &c->buckets[cov_bucket(c, s->ref.object)];
	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	if (s->due)
		take_off_due(s);
	if (s->call)
		client_cancel(s->call);
	ev_cancel(&s->expiry);
	*s = (struct subscription){ .next = c->free };
	c->free = s;
	c->count--;
}

/* What is left of its life, as clients are told: 0 is for ever, so that the last second is 1. */
uint32_t subscription_remaining_s(const struct subscription *s)
{
	if (!ev_pending(&s->expiry))
		return 0;
	int64_t ms = mono_ms_between(ev_now(s->cov->conf.loop), s->expiry.due);
	return ms <= 1000 ? 1 : (uint32_t)((ms + 999) / 1000);
}
