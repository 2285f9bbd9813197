/* What clients may write, property by property: access has been checked, datatype and range have not. */
#include <math.h>

#include "bacnet/value.h"
#include "base/utf8.h"
#include "object/model.h"

#define WANT(type_) \
	if (v->type != (type_)) \
		return ERROR(PROPERTY, INVALID_DATA_TYPE)

static void tell_stored(const struct object *o, uint32_t property, const char *text, float real)
{
	const struct device_hooks *h = &o->device->hooks;
	if (h->stored)
		h->stored(h->ctx, o->id, property, text, real);
}

/* A text that may be stored, copied out and terminated. */
static struct fault take_string(const struct bac_value *v, char to[DEVICE_TEXT_MAX + 1])
{
	WANT(APP_TEXT);
	if (v->text.charset != 0)
		return ERROR(PROPERTY, CHARACTER_SET_NOT_SUPPORTED);
	if (v->text.n > DEVICE_TEXT_MAX)
		return ERROR(RESOURCES, NO_SPACE_TO_WRITE_PROPERTY);
	if (!utf8_printable(v->text.p, v->text.n))
		return ERROR(PROPERTY, VALUE_OUT_OF_RANGE);
	memcpy(to, v->text.p, v->text.n);
	to[v->text.n] = 0;
	return DONE;
}

struct fault write_device_name(struct object *o, const struct bac_value *v)
{
	char text[DEVICE_TEXT_MAX + 1];
	struct fault f = take_string(v, text);
	if (fault_is(f))
		return f;
	if (!text[0])
		return ERROR(PROPERTY, VALUE_OUT_OF_RANGE);
	if (!device_restore_text(o->device, o->id, PROP_OBJECT_NAME, text))
		return ERROR(PROPERTY, DUPLICATE_NAME);
	tell_stored(o, PROP_OBJECT_NAME, text, 0);
	return DONE;
}

static struct fault write_text(struct object *o, uint32_t property, const struct bac_value *v)
{
	char text[DEVICE_TEXT_MAX + 1];
	struct fault f = take_string(v, text);
	if (fault_is(f))
		return f;
	device_restore_text(o->device, o->id, property, text);
	tell_stored(o, property, text, 0);
	return DONE;
}

struct fault write_description(struct object *o, const struct bac_value *v) { return write_text(o, PROP_DESCRIPTION, v); }
struct fault write_location(struct object *o, const struct bac_value *v)    { return write_text(o, PROP_LOCATION, v); }

struct fault write_cov_increment(struct object *o, const struct bac_value *v)
{
	WANT(APP_REAL);
	if (!isfinite(v->real) || v->real < 0)
		return ERROR(PROPERTY, VALUE_OUT_OF_RANGE);
	o->cov_increment = v->real;
	o->cov_written = true;
	tell_stored(o, PROP_COV_INCREMENT, NULL, v->real);
	return DONE;
}

struct fault write_present_value(struct object *o, const struct bac_value *v)
{
	static const uint8_t datatype[KIND_COUNT] = {
		[KIND_ANALOG_VALUE] = APP_REAL, [KIND_MULTI_STATE_VALUE] = APP_UNSIGNED, [KIND_BITSTRING_VALUE] = APP_BITS,
	};
	WANT(datatype[o->kind]);
	union shown value = { .word = 0 };
	bool good = false;
	if (o->kind == KIND_ANALOG_VALUE) {
		value.real = v->real;
		good = isfinite(v->real);
	} else if (o->kind == KIND_MULTI_STATE_VALUE) {
		value.word = (uint32_t)v->number;
		good = v->number >= 1 && v->number <= o->count;
	} else {
		value.word = (uint32_t)bac_bits_word(v->bits);
		good = v->bits.count == o->count;
	}
	if (!good)
		return ERROR(PROPERTY, VALUE_OUT_OF_RANGE);
	object_show(o, value, o->reliability);
	return DONE;
}

struct fault write_reliability(struct object *o, const struct bac_value *v)
{
	WANT(APP_ENUM);
	bool standard = v->number < RELIABILITY_COUNT && v->number != 11;
	bool proprietary = v->number >= 64 && v->number <= UINT16_MAX;
	if (!standard && !proprietary)
		return ERROR(PROPERTY, VALUE_OUT_OF_RANGE);
	object_show(o, o->value, (unsigned)v->number);
	return DONE;
}

struct fault write_out_of_service(struct object *o, const struct bac_value *v)
{
	WANT(APP_BOOLEAN);
	object_set_out_of_service(o, v->boolean);
	return DONE;
}
