/* Rows that types have in common, and what a write function needs. */
#include "base/utf8.h"
#include "bacnet/value.h"
#include "object/model.h"

/* ---- reading ---- */

void row_read_identifier(const struct object *o, uint32_t index, struct wr *w)     { (void)index; bac_put_object(w, o->id); }
void row_read_name(const struct object *o, uint32_t index, struct wr *w)           { (void)index; bac_put_text(w, o->name, o->name_length); }
void row_read_type(const struct object *o, uint32_t index, struct wr *w)           { (void)index; bac_put_enum(w, o->kind->type->type); }
void row_read_status_flags(const struct object *o, uint32_t index, struct wr *w)   { (void)index; bac_put_bits(w, object_status_flags(o), 4); }
void row_read_event_state(const struct object *o, uint32_t index, struct wr *w)    { (void)index; bac_put_enum(w, o->event_state); }
void row_read_reliability(const struct object *o, uint32_t index, struct wr *w)    { (void)index; bac_put_enum(w, o->reliability); }
void row_read_out_of_service(const struct object *o, uint32_t index, struct wr *w) { (void)index; bac_put_bool(w, o->out_of_service); }

void row_read_description(const struct object *o, uint32_t index, struct wr *w)
{
	(void)index;
	const char *text = object_description(o);
	bac_put_text(w, text, strlen(text));
}

/* ---- what clients write ---- */

static struct fault take(struct rd *r, enum bac_app type, struct bac_value *v)
{
	*v = bac_value_read(r);
	return rd_done(r) && v->type == type ? DONE : ERROR(PROPERTY, INVALID_DATA_TYPE);
}

#define TAKE(name_, type_, c_type, member_) \
	struct fault name_(struct rd *r, c_type *to) \
	{ \
		struct bac_value v; \
		struct fault f = take(r, type_, &v); \
		if (!fault_is(f)) \
			*to = v.member_; \
		return f; \
	}
TAKE(take_bool, APP_BOOLEAN, bool, boolean)
TAKE(take_unsigned, APP_UNSIGNED, uint64_t, number)
TAKE(take_enum, APP_ENUM, uint64_t, number)
TAKE(take_real, APP_REAL, float, real)
TAKE(take_bits, APP_BITS, struct bac_bits, bits)

struct fault take_text(struct rd *r, char to[DEVICE_TEXT_MAX + 1])
{
	struct bac_value v;
	struct fault f = take(r, APP_TEXT, &v);
	if (fault_is(f))
		return f;
	if (v.text.charset != 0)
		return ERROR(PROPERTY, CHARACTER_SET_NOT_SUPPORTED);
	if (v.text.n > DEVICE_TEXT_MAX)
		return ERROR(RESOURCES, NO_SPACE_TO_WRITE_PROPERTY);
	if (!utf8_printable(v.text.p, v.text.n))
		return ERROR(PROPERTY, VALUE_OUT_OF_RANGE);
	memcpy(to, v.text.p, v.text.n);
	to[v.text.n] = 0;
	return DONE;
}

/* ---- what outlives a restart ---- */

/* The Device object's instance is a setting: its texts stay its own when that changes. */
static uint32_t kept_id(const struct object *o)
{
	return bac_id_type(o->id) == OBJ_DEVICE ? bac_object_id(OBJ_DEVICE, BAC_INSTANCE_ANY) : o->id;
}

struct fault object_keep(const struct object *o, uint32_t property, const struct wr *value)
{
	const struct device_hooks *h = &o->device->hooks;
	bool kept = !value->full && (o->device->recalling || !h->keep ||
	                             h->keep(h->ctx, kept_id(o), property, value->start, wr_len(value)));
	return kept ? DONE : ERROR(RESOURCES, NO_SPACE_TO_WRITE_PROPERTY);
}

bool object_recalling(const struct object *o)
{
	return o->device->recalling;
}

void object_recall(struct object *o)
{
	const struct device_hooks *h = &o->device->hooks;
	const struct object_type *type = o->kind->type;
	for (size_t i = 0; h->recall && i < type->row_count; i++) {
		const struct property_row *row = &type->rows[i];
		struct rd value;
		if (!row->kept || !h->recall(h->ctx, kept_id(o), row->property, &value))
			continue;
		o->device->recalling = true;
		struct fault f = row->write(o, 0, &value);
		o->device->recalling = false;
		if (fault_is(f) && h->not_recalled)
			h->not_recalled(h->ctx, kept_id(o), row->property, f);
	}
}

struct fault row_write_unsigned(struct object *o, uint32_t property, uint32_t most, struct rd *value, uint32_t *to)
{
	uint8_t octets[16];
	struct wr w = wr_over(octets, sizeof octets);
	uint64_t v;
	struct fault f = take_unsigned(value, &v);
	if (fault_is(f))
		return f;
	if (v > most)
		return ERROR(PROPERTY, VALUE_OUT_OF_RANGE);
	bac_put_uint(&w, v);
	f = object_keep(o, property, &w);
	if (fault_is(f))
		return f;
	if (*to != v)
		object_mark(o, CHANGE_PROPERTY);
	*to = (uint32_t)v;
	return DONE;
}

struct fault row_write_bool(struct object *o, uint32_t property, struct rd *value, bool *to)
{
	uint8_t octets[16];
	struct wr w = wr_over(octets, sizeof octets);
	bool v;
	struct fault f = take_bool(value, &v);
	if (fault_is(f))
		return f;
	bac_put_bool(&w, v);
	f = object_keep(o, property, &w);
	if (fault_is(f))
		return f;
	if (*to != v)
		object_mark(o, CHANGE_PROPERTY);
	*to = v;
	return DONE;
}

struct fault row_write_description(struct object *o, uint32_t index, struct rd *value)
{
	(void)index;
	char text[DEVICE_TEXT_MAX + 1];
	uint8_t octets[DEVICE_TEXT_MAX + 8];
	struct wr w = wr_over(octets, sizeof octets);
	struct fault f = take_text(value, text);
	if (fault_is(f))
		return f;
	bac_put_text(&w, text, strlen(text));
	f = object_keep(o, PROP_DESCRIPTION, &w);
	if (fault_is(f))
		return f;
	if (!o->description_written || strcmp(o->own, text) != 0)
		object_mark(o, CHANGE_PROPERTY);
	strcpy(o->own, text);
	o->description_written = true;
	return DONE;
}

/* ---- by value ---- */

void *object_data(struct object *o)                    { return o->data; }
const void *object_data_of(const struct object *o)     { return o->data; }
struct device *object_device(const struct object *o)   { return o->device; }
const struct object_type *object_type(const struct object *o) { return o->kind->type; }
uint32_t object_id(const struct object *o)             { return o->id; }
const char *object_name(const struct object *o)        { return o->name; }
unsigned object_reliability(const struct object *o)    { return o->reliability; }
bool object_out_of_service(const struct object *o)     { return o->out_of_service; }

const char *object_description(const struct object *o)
{
	return o->description_written ? o->own : o->description ? o->description : "";
}

uint8_t object_status_flags(const struct object *o)
{
	return (uint8_t)((o->event_state != EVENT_STATE_NORMAL) | (o->reliability != RELIABILITY_NO_FAULT_DETECTED) << 1 | o->out_of_service << 3);
}

void object_set_description(struct object *o, const char *text)
{
	bool shown = !o->description_written && strcmp(object_description(o), text ? text : "") != 0;
	o->description = text;
	if (shown)
		object_mark(o, CHANGE_PROPERTY);
}
