#include "object/value.h"

#include "object/model.h"

static const struct value *value_of(const struct object *o)
{
	return data_of(o);
}

float object_real(const struct object *o)
{
	return o->kind->type->present_value == APP_REAL ? value_of(o)->shown.real : 0.0f;
}

uint32_t object_word(const struct object *o)
{
	uint8_t datatype = o->kind->type->present_value;
	return datatype == APP_UNSIGNED || datatype == APP_BITS || datatype == APP_ENUM ? value_of(o)->shown.word : 0;
}

void value_begin(struct object *o, union shown shown, unsigned reliability)
{
	struct value *v = data_of(o);
	v->shown = shown;
	o->reliability = (uint16_t)reliability;
}

/* A new value, Out_Of_Service or not. */
static void show(struct object *o, union shown shown, unsigned reliability)
{
	struct value *v = data_of(o);
	unsigned changes = v->shown.word != shown.word ? CHANGE_VALUE : 0;
	if (o->reliability != reliability)
		changes |= CHANGE_RELIABILITY;
	if ((o->reliability != 0) != (reliability != 0))
		changes |= CHANGE_STATUS;
	v->shown = shown;
	o->reliability = (uint16_t)reliability;
	object_mark(o, changes);
}

void value_set(struct object *o, union shown shown, unsigned reliability)
{
	if (!o->out_of_service) {
		show(o, shown, reliability);
		return;
	}
	struct value *v = data_of(o);
	v->aside = shown;
	v->aside_reliability = (uint16_t)reliability;
}

void value_write(struct object *o, union shown shown)
{
	show(o, shown, o->reliability);
}

struct fault row_write_reliability(struct object *o, uint32_t index, struct rd *value)
{
	(void)index;
	uint64_t reliability;
	struct fault f = take_enum(value, &reliability);
	if (fault_is(f))
		return f;
	bool standard = reliability < RELIABILITY_COUNT && reliability != 11;    /* 11 is not assigned */
	bool proprietary = reliability >= 64 && reliability <= UINT16_MAX;
	if (!standard && !proprietary)
		return ERROR(PROPERTY, VALUE_OUT_OF_RANGE);
	show(o, value_of(o)->shown, (unsigned)reliability);
	return DONE;
}

struct fault row_write_out_of_service(struct object *o, uint32_t index, struct rd *value)
{
	(void)index;
	bool out;
	struct fault f = take_bool(value, &out);
	if (fault_is(f) || out == o->out_of_service)
		return f;
	struct value *v = data_of(o);
	o->out_of_service = out;
	object_mark(o, CHANGE_STATUS);
	if (out) {
		v->aside = v->shown;
		v->aside_reliability = o->reliability;
	} else {
		show(o, v->aside, v->aside_reliability);
	}
	return DONE;
}
