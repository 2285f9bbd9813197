#include "object/bitstring_value.h"

#include "object/model.h"

struct bitstring {
	struct value value;
	uint32_t count;
	value_text_fn *text;
	const void *texts;
};

static const struct bitstring *bitstring_of(const struct object *o)
{
	return data_of(o);
}

static uint32_t all_of(uint32_t count)
{
	return count < BITSTRING_MAX ? (1u << count) - 1 : UINT32_MAX;
}

static bool make(struct object *o, const void *with)
{
	const struct bitstring_value_conf *c = with;
	struct bitstring *b = data_of(o);
	if (c->count > BITSTRING_MAX)
		return false;
	b->count = c->count;
	b->text = c->text;
	b->texts = c->texts;
	alarm_begin(&b->value.alarm, c->alarm);
	b->value.alarm.bit_count = (uint8_t)c->count;
	value_begin(o, (union shown){ .word = c->bits & all_of(c->count) }, c->reliability);
	return true;
}

void bitstring_value_set(struct object *o, uint32_t bits, unsigned reliability)
{
	value_set(o, (union shown){ .word = bits & all_of(bitstring_of(o)->count) }, reliability);
}

/* ---- properties ---- */

static void read_present_value(const struct object *o, uint32_t index, struct wr *w)
{
	(void)index;
	bac_put_bits(w, bitstring_of(o)->value.shown.word, bitstring_of(o)->count);
}

static void read_text(const struct object *o, uint32_t index, struct wr *w)
{
	const struct bitstring *b = bitstring_of(o);
	const char *text = b->text(b->texts, index - 1);
	bac_put_text(w, text, strlen(text));
}

static struct fault write_present_value(struct object *o, uint32_t index, struct rd *value)
{
	(void)index;
	struct bac_bits bits;
	struct fault f = take_bits(value, &bits);
	if (fault_is(f))
		return f;
	if (bits.count != bitstring_of(o)->count)
		return ERROR(PROPERTY, VALUE_OUT_OF_RANGE);
	value_write(o, (union shown){ .word = (uint32_t)bac_bits_word(bits) });
	return DONE;
}

static bool has_texts(const struct object *o)      { return bitstring_of(o)->text; }
static uint32_t size_texts(const struct object *o) { return bitstring_of(o)->count; }

static const struct property_row rows[] = {
	ROWS_OF_EVERY_TYPE,
	ROW_PRESENT_VALUE("BIT STRING", read_present_value, write_present_value, "as many bits as it has"),
	ROWS_OF_STATUS(OPTIONAL),
	ROW(BIT_TEXT, OPTIONAL, ARRAY, "BACnetARRAY[N] of CharacterString", .present = has_texts, .size = size_texts, .read = read_text),
	ROWS_OF_ALARM,
	ROWS_OF_ALARM_BITS,
	ROW_PROPERTY_LIST,
};

const struct object_type bitstring_value = {
	.type = OBJ_BITSTRING_VALUE, .present_value = APP_BITS, .rows = rows, .row_count = sizeof rows / sizeof *rows,
	.data_size = sizeof(struct bitstring), .make = make,
};
