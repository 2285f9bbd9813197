#include "object/analog_value.h"

#include <math.h>

#include "bacnet/value.h"
#include "object/model.h"

struct analog {
	struct value value;
	uint32_t units;
	float scale;
	double increment;                    /* in engineering units; double, so that what a client wrote reads back as the same REAL */
};

static const struct analog *analog_of(const struct object *o)
{
	return data_of(o);
}

static bool make(struct object *o, const void *with)
{
	const struct analog_value_conf *c = with;
	struct analog *a = data_of(o);
	a->units = c->units;
	a->scale = c->scale > 0 ? c->scale : 1.0f;
	a->increment = (double)c->cov_increment;
	alarm_begin(&a->value.alarm, c->alarm);
	a->value.alarm.scale = a->scale;
	value_begin(o, (union shown){ .real = c->value }, c->reliability);
	return true;
}

void analog_value_set(struct object *o, float v, unsigned reliability)
{
	value_set(o, (union shown){ .real = v }, reliability);
}

void analog_value_set_scale(struct object *o, float scale)
{
	struct analog *a = data_of(o);
	if (!(scale > 0) || a->scale == scale)
		return;
	a->scale = a->value.alarm.scale = scale;
	object_mark(o, CHANGE_PROPERTY);
}

float analog_value_increment(const struct object *o)
{
	const struct analog *a = analog_of(o);
	return (float)(a->increment * (double)a->scale);
}

/* ---- properties ---- */

static void read_present_value(const struct object *o, uint32_t index, struct wr *w)
{
	(void)index;
	bac_put_real(w, analog_of(o)->value.shown.real);
}

static void read_units(const struct object *o, uint32_t index, struct wr *w)
{
	(void)index;
	bac_put_enum(w, analog_of(o)->units);
}

static void read_increment(const struct object *o, uint32_t index, struct wr *w)
{
	(void)index;
	bac_put_real(w, analog_value_increment(o));
}

static struct fault write_present_value(struct object *o, uint32_t index, struct rd *value)
{
	(void)index;
	float v;
	struct fault f = take_real(value, &v);
	if (fault_is(f))
		return f;
	if (!isfinite(v))
		return ERROR(PROPERTY, VALUE_OUT_OF_RANGE);
	value_write(o, (union shown){ .real = v });
	return DONE;
}

/* As it was kept: engineering units. */
static struct fault recall_increment(struct analog *a, struct rd *value)
{
	struct bac_value v = bac_value_read(value);
	if (!rd_done(value) || v.type != APP_DOUBLE)
		return ERROR(PROPERTY, INVALID_DATA_TYPE);
	if (!(v.dbl >= 0 && v.dbl <= (double)COV_INCREMENT_MAX))
		return ERROR(PROPERTY, VALUE_OUT_OF_RANGE);
	a->increment = v.dbl;
	return DONE;
}

static struct fault write_increment(struct object *o, uint32_t index, struct rd *value)
{
	(void)index;
	struct analog *a = data_of(o);
	if (object_recalling(o))
		return recall_increment(a, value);
	uint8_t octets[16];
	struct wr w = wr_over(octets, sizeof octets);
	float v;
	struct fault f = take_real(value, &v);
	if (fault_is(f))
		return f;
	if (!(v >= 0 && v <= COV_INCREMENT_MAX))
		return ERROR(PROPERTY, VALUE_OUT_OF_RANGE);
	double increment = v == 0 ? 0.0 : (double)v / (double)a->scale;          /* -0 is 0 */
	bac_put_double(&w, increment);
	f = object_keep(o, PROP_COV_INCREMENT, &w);
	if (fault_is(f))
		return f;
	if (a->increment < increment || a->increment > increment)
		object_mark(o, CHANGE_PROPERTY);
	a->increment = increment;
	return DONE;
}

static const struct property_row rows[] = {
	ROWS_OF_EVERY_TYPE,
	ROW_PRESENT_VALUE("REAL", read_present_value, write_present_value, "finite"),
	ROWS_OF_STATUS(REQUIRED),
	ROW(UNITS, REQUIRED, SINGLE, "BACnetEngineeringUnits", .read = read_units),
	ROW(COV_INCREMENT, OPTIONAL, SINGLE, "REAL", .read = read_increment, .write = write_increment, .access = ACCESS_LABEL, .kept = true,
	    .limits = "0 to 1e34"),
	ROWS_OF_ALARM,
	ROWS_OF_LIMITS,
	ROW_PROPERTY_LIST,
};

const struct object_type analog_value = {
	.type = OBJ_ANALOG_VALUE, .present_value = APP_REAL, .rows = rows, .row_count = sizeof rows / sizeof *rows,
	.data_size = sizeof(struct analog), .make = make,
};
