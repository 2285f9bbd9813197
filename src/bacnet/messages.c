#include "bacnet/messages.h"

#include "bacnet/datetime.h"

/* Both limits or none: [0] low  [1] high, each 0..4194303, low <= high. */
static void limits_read(struct rd *r, uint32_t *low, uint32_t *high)
{
	*low = 0;
	*high = BAC_INSTANCE_ANY;
	if (!bac_next_ctx(r, 0))
		return;
	*low = bac_uint_ctx(r, 0);
	*high = bac_uint_ctx(r, 1);
	if (rd_ok(r) && (*high > BAC_INSTANCE_ANY || *low > *high))
		rd_fail(r, RD_VALUE);
}

static void limits_write(struct wr *w, uint32_t low, uint32_t high)
{
	if (low == 0 && high == BAC_INSTANCE_ANY)
		return;
	bac_put_uint_ctx(w, 0, low);
	bac_put_uint_ctx(w, 1, high);
}

/* An optional array index, context tag `number`. */
static uint64_t index_read(struct rd *r, uint8_t number)
{
	return bac_next_ctx(r, number) ? bac_uint_ctx(r, number) : BAC_ARRAY_ALL;
}

static void index_write(struct wr *w, uint8_t number, uint64_t index)
{
	if (index != BAC_ARRAY_ALL)
		bac_put_uint_ctx(w, number, index);
}

/* ---- Who-Is, I-Am ---- */

bool who_is_read(struct rd *r, struct who_is *q)
{
	limits_read(r, &q->low, &q->high);
	return rd_done(r);
}

void who_is_write(struct wr *w, const struct who_is *q)
{
	limits_write(w, q->low, q->high);
}

bool i_am_read(struct rd *r, struct i_am *m)
{
	m->device = bac_object_app(r);
	m->max_apdu = bac_uint_app(r);
	m->segmentation = bac_enum_app(r);
	m->vendor = bac_uint_app(r);
	if (rd_ok(r) && bac_id_type(m->device) != OBJ_DEVICE)
		rd_fail(r, RD_VALUE);
	return rd_done(r);
}

void i_am_write(struct wr *w, const struct i_am *m)
{
	bac_put_object(w, m->device);
	bac_put_uint(w, m->max_apdu);
	bac_put_enum(w, m->segmentation);
	bac_put_uint(w, m->vendor);
}

/* ---- Who-Has, I-Have ---- */

bool who_has_read(struct rd *r, struct who_has *q)
{
	*q = (struct who_has){ 0 };
	limits_read(r, &q->low, &q->high);
	q->by_name = bac_next_ctx(r, 3);
	if (q->by_name)
		q->name = bac_text_ctx(r, 3);
	else
		q->object = bac_object_ctx(r, 2);
	return rd_done(r);
}

void who_has_write(struct wr *w, const struct who_has *q)
{
	limits_write(w, q->low, q->high);
	if (q->by_name)
		bac_put_text_ctx(w, 3, q->name.p, q->name.n);
	else
		bac_put_object_ctx(w, 2, q->object);
}

bool i_have_read(struct rd *r, struct i_have *m)
{
	m->device = bac_object_app(r);
	m->object = bac_object_app(r);
	m->name = bac_text_app(r);
	if (rd_ok(r) && bac_id_type(m->device) != OBJ_DEVICE)
		rd_fail(r, RD_VALUE);
	return rd_done(r);
}

void i_have_write(struct wr *w, const struct i_have *m)
{
	bac_put_object(w, m->device);
	bac_put_object(w, m->object);
	bac_put_text(w, m->name.p, m->name.n);
}

/* ---- ReadProperty:  object [0]  property [1]  index [2] OPTIONAL;  the answer: the same and value {[3]} ---- */

static void ref_read(struct rd *r, struct property_ref *q)
{
	q->object = bac_object_ctx(r, 0);
	q->property = bac_uint_ctx(r, 1);
	q->index = index_read(r, 2);
}

bool rp_request_read(struct rd *r, struct property_ref *q)
{
	ref_read(r, q);
	return rd_done(r);
}

void rp_request_write(struct wr *w, const struct property_ref *q)
{
	bac_put_object_ctx(w, 0, q->object);
	bac_put_uint_ctx(w, 1, q->property);
	index_write(w, 2, q->index);
}

void rp_ack_open(struct wr *w, const struct property_ref *q)
{
	rp_request_write(w, q);
	bac_put_open(w, 3);
}

void rp_ack_close(struct wr *w)
{
	bac_put_close(w, 3);
}

bool rp_ack_read(struct rd *r, struct property_ref *q, struct rd *value)
{
	ref_read(r, q);
	*value = bac_enclosed(r, 3);
	return rd_done(r);
}

/* ---- ReadPropertyMultiple:  ( object [0]  {[1] (property [0]  index [1] OPTIONAL)... } )... ---- */

struct rd rpm_object_read(struct rd *r, uint32_t *object)
{
	*object = bac_object_ctx(r, 0);
	return bac_enclosed(r, 1);
}

bool rpm_reference_read(struct rd *references, struct property_ref *q)
{
	q->property = bac_uint_ctx(references, 0);
	q->index = index_read(references, 1);
	return rd_ok(references);
}

void rpm_object_open(struct wr *w, uint32_t object)
{
	bac_put_object_ctx(w, 0, object);
	bac_put_open(w, 1);
}

void rpm_object_close(struct wr *w)
{
	bac_put_close(w, 1);
}

void rpm_reference_write(struct wr *w, const struct property_ref *q)
{
	bac_put_uint_ctx(w, 0, q->property);
	index_write(w, 1, q->index);
}

/* the answer:  object [0]  {[1] (property [2]  index [3] OPTIONAL  ( value {[4]} | error {[5]} ))... } */

bool rpm_result_read(struct rd *results, struct rpm_result *q)
{
	q->ref.property = bac_uint_ctx(results, 2);
	q->ref.index = index_read(results, 3);
	q->failed = bac_next_open(results, 5);
	q->error = DONE;
	q->value = bac_enclosed(results, q->failed ? 5 : 4);
	if (q->failed) {
		q->error = bac_error_read(&q->value);
		rd_end(results, &q->value);
	}
	return rd_ok(results);
}

void rpm_value_open(struct wr *w, uint32_t property, uint64_t index)
{
	bac_put_uint_ctx(w, 2, property);
	index_write(w, 3, index);
	bac_put_open(w, 4);
}

void rpm_value_close(struct wr *w)
{
	bac_put_close(w, 4);
}

void rpm_error_write(struct wr *w, uint32_t property, uint64_t index, uint16_t cls, uint16_t code)
{
	bac_put_uint_ctx(w, 2, property);
	index_write(w, 3, index);
	bac_put_open(w, 5);
	bac_put_error(w, cls, code);
	bac_put_close(w, 5);
}

/* ---- WriteProperty:  object [0]  property [1]  index [2] OPTIONAL  value {[3]}  priority [4] OPTIONAL ---- */

/* { value } under one tag, and behind it an optional priority under the next. */
static void value_read(struct rd *r, uint8_t number, struct wp_request *q)
{
	q->value = bac_enclosed(r, number);
	uint32_t priority = 0;
	if (bac_next_ctx(r, (uint8_t)(number + 1))) {
		priority = bac_uint_ctx(r, (uint8_t)(number + 1));
		if (rd_ok(r) && (priority < 1 || priority > 16))
			rd_fail(r, RD_VALUE);
	}
	q->priority = (uint8_t)priority;
}

bool wp_request_read(struct rd *r, struct wp_request *q)
{
	ref_read(r, &q->ref);
	value_read(r, 3, q);
	return rd_done(r);
}

/* [0] object  [1] property  [2] index?  [3] { elements } */
bool list_request_read(struct rd *r, struct wp_request *q)
{
	ref_read(r, &q->ref);
	q->value = bac_enclosed(r, 3);
	q->priority = 0;
	return rd_done(r);
}

void list_error_write(struct wr *w, uint16_t cls, uint16_t code, uint32_t first_failed)
{
	bac_put_open(w, 0);
	bac_put_error(w, cls, code);
	bac_put_close(w, 0);
	bac_put_uint_ctx(w, 1, first_failed);
}

bool wpm_value_read(struct rd *properties, struct wp_request *q)
{
	rpm_reference_read(properties, &q->ref);
	value_read(properties, 2, q);
	return rd_ok(properties);
}

void wpm_error_write(struct wr *w, uint16_t cls, uint16_t code, const struct property_ref *failed)
{
	bac_put_open(w, 0);
	bac_put_error(w, cls, code);
	bac_put_close(w, 0);
	bac_put_open(w, 1);
	rp_request_write(w, failed);
	bac_put_close(w, 1);
}

/* ---- TimeSynchronization ---- */

bool time_sync_read(struct rd *r, struct time_sync *m)
{
	m->date = bac_date_app(r);
	m->time = bac_time_app(r);
	if (m->date.weekday == 0)
		m->date.weekday = 7;             /* what older masters mean by it: Sunday */
	if (rd_ok(r) && (!bac_date_actual(m->date) || !bac_time_actual(m->time)))
		rd_fail(r, RD_VALUE);
	return rd_done(r);
}

void time_sync_write(struct wr *w, const struct time_sync *m)
{
	bac_put_date(w, m->date);
	bac_put_time(w, m->time);
}
