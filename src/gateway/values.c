#include "gateway/values.h"

#include <assert.h>

#include "bacnet/enum.h"

static const int begin[] = { [VALUE_IS_POINT] = VALUE_POINT, [VALUE_IS_STATE] = VALUE_STATE, [VALUE_IS_BITS] = VALUE_BITS,
	[VALUE_IS_ALARM] = VALUE_ALARM };

enum value_kind value_kind_of(int n, int *id)
{
	assert((unsigned)n < VALUES);
	enum value_kind kind = VALUE_IS_ALARM;
	while (n < begin[kind])
		kind--;
	*id = n - begin[kind];
	return kind;
}

/* A bit that the family has not is not managed, whatever the others of its string are; before the string was read nobody knows. */
static uint8_t alarm_quality(const struct snapshot *s, const struct alarm_bit *a)
{
	const struct ups_bits *b = &s->bits[a->bits];
	bool known = b->managed || b->quality != QUALITY_NOT_READ;
	return known && !(b->managed >> a->bit & 1) ? QUALITY_NOT_MANAGED : b->quality;
}

uint8_t value_quality(const struct snapshot *s, int n)
{
	int id;
	switch (value_kind_of(n, &id)) {
	case VALUE_IS_POINT: return s->point[id].quality;
	case VALUE_IS_STATE: return s->state[id].quality;
	case VALUE_IS_BITS:  return s->bits[id].quality;
	case VALUE_IS_ALARM: break;
	}
	return alarm_quality(s, &alarm_bit_table[id]);
}

void value_set_quality(struct snapshot *s, int n, uint8_t quality)
{
	int id;
	switch (value_kind_of(n, &id)) {
	case VALUE_IS_POINT: s->point[id].quality = quality; break;
	case VALUE_IS_STATE: s->state[id].quality = quality; break;
	case VALUE_IS_BITS:  s->bits[id].quality = quality; break;
	case VALUE_IS_ALARM: break;
	}
}

static void copy_alarm(struct ups_bits *to, const struct ups_bits *from, uint32_t bit)
{
	to->managed = (to->managed & ~bit) | (from->managed & bit);
	to->value = (to->value & ~bit) | (from->value & bit);
}

void value_copy(struct snapshot *to, const struct snapshot *from, int n)
{
	int id;
	switch (value_kind_of(n, &id)) {
	case VALUE_IS_POINT: to->point[id] = from->point[id]; break;
	case VALUE_IS_STATE: to->state[id] = from->state[id]; break;
	case VALUE_IS_BITS:  to->bits[id] = from->bits[id]; break;
	case VALUE_IS_ALARM:
		copy_alarm(&to->bits[alarm_bit_table[id].bits], &from->bits[alarm_bit_table[id].bits], 1u << alarm_bit_table[id].bit);
		break;
	}
}

uint32_t value_object_id(int n)
{
	int id;
	switch (value_kind_of(n, &id)) {
	case VALUE_IS_POINT: return bac_object_id(OBJ_ANALOG_VALUE, point_table[id].instance);
	case VALUE_IS_STATE: return bac_object_id(OBJ_MULTI_STATE_VALUE, state_table[id].instance);
	case VALUE_IS_BITS:  return bac_object_id(OBJ_BITSTRING_VALUE, bits_table[id].instance);
	case VALUE_IS_ALARM: break;
	}
	return bac_object_id(OBJ_BINARY_VALUE, alarm_bit_instance(id));
}
