/* Multi-state Value (clause 12.20).  Relinquish_Default without Priority_Array is a choice of the owner's. */
#ifndef OBJECT_MULTISTATE_VALUE_H
#define OBJECT_MULTISTATE_VALUE_H

#include "object/value.h"

extern const struct object_type multistate_value;

typedef const char *value_text_fn(const void *texts, uint32_t n);    /* text n of a table, from 0 */

struct multistate_value_conf {
	uint32_t states;                     /* >= 1 */
	value_text_fn *text;                 /* NULL: no State_Text */
	const void *texts;
	uint32_t relinquish_default;         /* 0: the property is absent */
	uint32_t state;                      /* until it is set; 1..states */
	uint8_t reliability;
	const struct alarm_conf *alarm;       /* NULL: nothing of it is an alarm */
};

void multistate_value_set(struct object *, uint32_t state, unsigned reliability);    /* 1..states, or nothing happens */
void multistate_value_set_default(struct object *, uint32_t state);                  /* Relinquish_Default; 0: absent */

#endif
