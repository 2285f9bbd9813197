#include "bacnet/cov.h"

#include <math.h>

#include "bacnet/enum.h"

/* ---- subscribing ---- */

/* [0] process  [1] object  [2] confirmed?  [3] lifetime?  Confirmed without a lifetime is for ever; a lifetime without the other cannot be. */
static void head_read(struct rd *r, struct cov_subscribe *q)
{
	*q = (struct cov_subscribe){ .ref = { .property = PROP_PRESENT_VALUE, .index = BAC_ARRAY_ALL } };
	q->process = bac_uint_ctx(r, 0);
	q->ref.object = bac_object_ctx(r, 1);
	q->cancels = !bac_next_ctx(r, 2);
	if (!q->cancels)
		q->confirmed = bac_bool_ctx(r, 2);
	q->has_lifetime = bac_next_ctx(r, 3);
	if (!q->has_lifetime)
		return;
	if (q->cancels)
		rd_fail(r, RD_SHORT);
	q->lifetime_s = bac_uint_ctx(r, 3);
}

static void head_write(struct wr *w, const struct cov_subscribe *q)
{
	bac_put_uint_ctx(w, 0, q->process);
	bac_put_object_ctx(w, 1, q->ref.object);
	if (q->cancels)
		return;
	bac_put_bool_ctx(w, 2, q->confirmed);
	if (q->has_lifetime)
		bac_put_uint_ctx(w, 3, q->lifetime_s);
}

bool cov_subscribe_read(struct rd *r, struct cov_subscribe *q)
{
	head_read(r, q);
	return rd_done(r);
}

void cov_subscribe_write(struct wr *w, const struct cov_subscribe *q)
{
	head_write(w, q);
}

/* [4] { [0] property  [1] index? }  [5] increment? */
bool cov_subscribe_property_read(struct rd *r, struct cov_subscribe *q)
{
	head_read(r, q);
	struct rd ref = bac_enclosed(r, 4);
	q->ref.property = bac_uint_ctx(&ref, 0);
	q->ref.index = bac_next_ctx(&ref, 1) ? bac_uint_ctx(&ref, 1) : BAC_ARRAY_ALL;
	rd_end(r, &ref);
	q->has_increment = bac_next_ctx(r, 5);
	if (q->has_increment) {
		struct rd content = bac_take_ctx(r, 5);
		q->increment = bac_content_real(&content);
		rd_end(r, &content);
		if (rd_ok(r) && !(isfinite(q->increment) && q->increment >= 0))
			rd_fail(r, RD_VALUE);
	}
	return rd_done(r);
}

void cov_subscribe_property_write(struct wr *w, const struct cov_subscribe *q)
{
	head_write(w, q);
	bac_put_open(w, 4);
	bac_put_uint_ctx(w, 0, q->ref.property);
	if (q->ref.index != BAC_ARRAY_ALL)
		bac_put_uint_ctx(w, 1, q->ref.index);
	bac_put_close(w, 4);
	if (q->has_increment)
		bac_put_real_ctx(w, 5, q->increment);
}

/* ---- notifications ---- */

bool cov_notification_read(struct rd *r, struct cov_notification *n)
{
	n->process = bac_uint_ctx(r, 0);
	n->device = bac_object_ctx(r, 1);
	n->object = bac_object_ctx(r, 2);
	n->remaining_s = bac_uint_ctx(r, 3);
	n->values = bac_enclosed(r, 4);
	return rd_done(r);
}

void cov_notification_open(struct wr *w, const struct cov_notification *n)
{
	bac_put_uint_ctx(w, 0, n->process);
	bac_put_object_ctx(w, 1, n->device);
	bac_put_object_ctx(w, 2, n->object);
	bac_put_uint_ctx(w, 3, n->remaining_s);
	bac_put_open(w, 4);
}

void cov_notification_close(struct wr *w)
{
	bac_put_close(w, 4);
}

/* [0] property  [1] index?  [2] { value }  [3] priority? */
bool cov_value_read(struct rd *r, struct property_ref *ref, struct rd *value)
{
	ref->property = bac_uint_ctx(r, 0);
	ref->index = bac_next_ctx(r, 1) ? bac_uint_ctx(r, 1) : BAC_ARRAY_ALL;
	*value = bac_enclosed(r, 2);
	if (bac_next_ctx(r, 3))
		bac_uint_ctx(r, 3);
	return rd_ok(r);
}

void cov_value_open(struct wr *w, uint32_t property, uint64_t index)
{
	bac_put_uint_ctx(w, 0, property);
	if (index != BAC_ARRAY_ALL)
		bac_put_uint_ctx(w, 1, index);
	bac_put_open(w, 2);
}

void cov_value_close(struct wr *w)
{
	bac_put_close(w, 2);
}

/* ---- Active_COV_Subscriptions ---- */

/* [0] { [0] { [1] { network, MAC } }  [1] process }  [1] { [0] object [1] property [2] index? }  [2] confirmed  [3] remaining  [4] increment? */
void cov_active_write(struct wr *w, const struct cov_active *a)
{
	bac_put_open(w, 0);
	bac_put_open(w, 0);
	bac_put_open(w, 1);
	bac_put_uint(w, a->peer.net);
	if (a->peer.net == BAC_NET_LOCAL)
		bac_put_octets(w, a->peer.mac, sizeof a->peer.mac);
	else
		bac_put_octets(w, a->peer.adr, a->peer.adr_len);
	bac_put_close(w, 1);
	bac_put_close(w, 0);
	bac_put_uint_ctx(w, 1, a->process);
	bac_put_close(w, 0);
	bac_put_open(w, 1);
	bac_put_object_ctx(w, 0, a->ref.object);
	bac_put_uint_ctx(w, 1, a->ref.property);
	if (a->ref.index != BAC_ARRAY_ALL)
		bac_put_uint_ctx(w, 2, a->ref.index);
	bac_put_close(w, 1);
	bac_put_bool_ctx(w, 2, a->confirmed);
	bac_put_uint_ctx(w, 3, a->remaining_s);
	if (a->has_increment)
		bac_put_real_ctx(w, 4, a->increment);
}
