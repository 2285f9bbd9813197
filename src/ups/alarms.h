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

/* Each bit of bits.def that is an alarm, in its order: for whoever shows each as an object of its own. */
struct alarm_bit {
	uint8_t bits, bit;                   /* enum bits_id, number of the bit */
};
#define BITS(...)
#define BIT(id, bit, name, severity, ...) ALARM_BIT_COUNT_##severity
#define ALARM_BIT_COUNT_NONE
#define ALARM_BIT_COUNT_GENERAL    +1
#define ALARM_BIT_COUNT_PREVENTIVE +1
#define ALARM_BIT_COUNT_CRITICAL   +1
enum {
	ALARM_BITS = 0
#include "ups/bits.def"
};
#undef BITS
#undef BIT
extern const struct alarm_bit alarm_bit_table[ALARM_BITS];

enum { ALARM_BIT_STEP = 100 };
/* The instance of its Binary Value: 100 times that of the bit string, and the number of the bit.  Neither is ever reused. */
uint32_t alarm_bit_instance(int n);
enum { ALARM_BIT_NAME = 64 };
const char *alarm_bit_name(int n, char name[ALARM_BIT_NAME]);        /* "UnitAlarms.BATTERY LOW" */

struct point_alarm point_alarm(enum point_id);
struct state_alarm state_alarm(enum state_id);
uint32_t bits_alarm(enum bits_id);           /* the bits that are alarms */

#endif
