/* BitString Value (clause 12.40) of up to 32 bits. */
#ifndef OBJECT_BITSTRING_VALUE_H
#define OBJECT_BITSTRING_VALUE_H

#include "object/multistate_value.h"

extern const struct object_type bitstring_value;

enum { BITSTRING_MAX = 32 };

struct bitstring_value_conf {
	uint32_t count;                      /* of bits, 0..32 */
	value_text_fn *text;                 /* NULL: no Bit_Text */
	const void *texts;
	uint32_t bits;                       /* until they are set; bit n of the string is bit n of the word */
	uint8_t reliability;
	const struct alarm_conf *alarm;       /* NULL: nothing of it is an alarm */
};

void bitstring_value_set(struct object *, uint32_t bits, unsigned reliability);      /* those that it has not are left out */

#endif
