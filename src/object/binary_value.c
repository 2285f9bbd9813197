#include "object/binary_value.h"

#include "object/model.h"

enum { INACTIVE, ACTIVE };                   /* BACnetBinaryPV */

struct binary {
	struct value value;
	const char *text[2];                 /* by BACnetBinaryPV */
};

static const struct binary *binary_of(const struct object *o)
{
	return data_of(o);
}

static bool make(struct object *o, const void *with)
{
	const struct binary_value_conf *c = with;
	struct binary *b = data_of(o);
	if (!c->inactive_text != !c->active_text)        /* both or neither (clause 12.8) */
		return false;
	b->text[INACTIVE] = c->inactive_text;
	b->text[ACTIVE] = c->active_text;
	alarm_begin(&b->value.alarm, c->alarm);
	value_begin(o, (union shown){ .word = c->active }, c->reliability);
	return true;
}

void binary_value_set(struct object *o, bool active, unsigned reliability)
{
	value_set(o, (union shown){ .word = active }, reliability);
}

/* ---- properties ---- */

static void read_present_value(const struct object *o, uint32_t index, struct wr *w)
{
	(void)index;
	bac_put_enum(w, binary_of(o)->value.shown.word);
}

static void read_alarm_value(const struct object *o, uint32_t index, struct wr *w)
{
	(void)o, (void)index;
	bac_put_enum(w, ACTIVE);
}

static void read_inactive_text(const struct object *o, uint32_t index, struct wr *w)
{
	const char *text = binary_of(o)->text[INACTIVE];
	(void)index;
	bac_put_text(w, text, strlen(text));
}

static void read_active_text(const struct object *o, uint32_t index, struct wr *w)
{
	const char *text = binary_of(o)->text[ACTIVE];
	(void)index;
	bac_put_text(w, text, strlen(text));
}

static struct fault write_present_value(struct object *o, uint32_t index, struct rd *value)
{
	(void)index;
	uint64_t state;
	struct fault f = take_enum(value, &state);
	if (fault_is(f))
		return f;
	if (state > ACTIVE)
		return ERROR(PROPERTY, VALUE_OUT_OF_RANGE);
	value_write(o, (union shown){ .word = (uint32_t)state });
	return DONE;
}

static bool has_texts(const struct object *o) { return binary_of(o)->text[ACTIVE]; }

static const struct property_row rows[] = {
	ROWS_OF_EVERY_TYPE,
	ROW_PRESENT_VALUE("BACnetBinaryPV", read_present_value, write_present_value, "INACTIVE, ACTIVE"),
	ROWS_OF_STATUS(REQUIRED),
	ROW(INACTIVE_TEXT, OPTIONAL, SINGLE, "CharacterString", .present = has_texts, .read = read_inactive_text),
	ROW(ACTIVE_TEXT, OPTIONAL, SINGLE, "CharacterString", .present = has_texts, .read = read_active_text),
	ROWS_OF_ALARM,
	ALARM_ROW(ALARM_VALUE, SINGLE, "BACnetBinaryPV", .read = read_alarm_value),
	ROW_PROPERTY_LIST,
};

const struct object_type binary_value = {
	.type = OBJ_BINARY_VALUE, .present_value = APP_ENUM, .rows = rows, .row_count = sizeof rows / sizeof *rows,
	.data_size = sizeof(struct binary), .make = make,
};
