/* What of a UPS is an alarm, and of which class: the limits and states of alarms.def and the bits of bits.def, as const tables. */
#ifndef UPS_ALARMS_H
#define UPS_ALARMS_H

#include "ups/points.h"

struct point_alarm {                         /* of every point; class COMMUNICATION where it has no limit */
	enum alarm_class class;
	bool has_low, has_high;
	double low, high, deadband;          /* engineering units */
	uint32_t delay_s;
};

struct state_alarm {
	enum alarm_class class;
	uint32_t states;                     /* bit n - 1 is state n */
};

struct point_alarm point_alarm(enum point_id);
struct state_alarm state_alarm(enum state_id);
uint32_t bits_alarm(enum bits_id);           /* the bits that are alarms */

#endif
