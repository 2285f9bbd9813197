/* Analog Value (clause 12.4): Present_Value = engineering value * scale. */
#ifndef OBJECT_ANALOG_VALUE_H
#define OBJECT_ANALOG_VALUE_H

#include "object/value.h"

extern const struct object_type analog_value;

#define COV_INCREMENT_MAX 1e34f              /* finite at every scale that there is */

struct analog_value_conf {
	uint32_t units;
	float cov_increment;                 /* in engineering units, as all increments here */
	float scale;                         /* > 0; 0: 1 */
	float value;                         /* what it shows until it is set */
	uint8_t reliability;
	const struct alarm_conf *alarm;       /* NULL: nothing of it is an alarm */
};

void analog_value_set(struct object *, float, unsigned reliability);         /* Present_Value as shown */
void analog_value_set_scale(struct object *, float scale);                   /* > 0; the increment is shown anew */

float analog_value_increment(const struct object *);                         /* COV_Increment as shown */

#endif
