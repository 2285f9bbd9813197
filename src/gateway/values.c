#include "gateway/values.h"

#include <assert.h>

#include "bacnet/enum.h"

enum value_kind value_kind_of(int n, int *id)
{
	assert((unsigned)n < VALUES);
	if (n < VALUE_STATE) {
		*id = n;
		return VALUE_IS_POINT;
	}
	*id = n < VALUE_BITS ? n - VALUE_STATE : n - VALUE_BITS;
	return n < VALUE_BITS ? VALUE_IS_STATE : VALUE_IS_BITS;
}

uint8_t value_quality(const struct snapshot *s, int n)
{
	int id;
	enum value_kind kind = value_kind_of(n, &id);
	return kind == VALUE_IS_POINT ? s->point[id].quality : kind == VALUE_IS_STATE ? s->state[id].quality : s->bits[id].quality;
}

void value_set_quality(struct snapshot *s, int n, uint8_t quality)
{
	int id;
	switch (value_kind_of(n, &id)) {
	case VALUE_IS_POINT: s->point[id].quality = quality; break;
	case VALUE_IS_STATE: s->state[id].quality = quality; break;
	case VALUE_IS_BITS:  s->bits[id].quality = quality; break;
	}
}

void value_copy(struct snapshot *to, const struct snapshot *from, int n)
{
	int id;
	switch (value_kind_of(n, &id)) {
	case VALUE_IS_POINT: to->point[id] = from->point[id]; break;
	case VALUE_IS_STATE: to->state[id] = from->state[id]; break;
	case VALUE_IS_BITS:  to->bits[id] = from->bits[id]; break;
	}
}

uint32_t value_object_id(int n)
{
	int id;
	enum value_kind kind = value_kind_of(n, &id);
	if (kind == VALUE_IS_POINT)
		return bac_object_id(OBJ_ANALOG_VALUE, point_table[id].instance);
	if (kind == VALUE_IS_STATE)
		return bac_object_id(OBJ_MULTI_STATE_VALUE, state_table[id].instance);
	return bac_object_id(OBJ_BITSTRING_VALUE, bits_table[id].instance);
}
