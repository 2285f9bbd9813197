/* Binary Value (clause 12.8), not commandable.  Its alarm, where it has one, is the state active. */
#ifndef OBJECT_BINARY_VALUE_H
#define OBJECT_BINARY_VALUE_H

#include "object/value.h"

extern const struct object_type binary_value;

struct binary_value_conf {
	const char *inactive_text, *active_text;     /* borrowed; NULL: neither property is there */
	bool active;                         /* until it is set */
	uint8_t reliability;
	const struct alarm_conf *alarm;      /* NULL: nothing of it is an alarm */
};

void binary_value_set(struct object *, bool active, unsigned reliability);

#endif
