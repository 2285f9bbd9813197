/* What a UPS shows to the building: 88 analog values, 10 multi-state values, 3 bit strings, as const tables over points.def,
 * states.def and bits.def.  Everything that lists objects walks these tables: the BACnet objects, the family maps, the exports,
 * the tool, the tests. */
#ifndef UPS_POINTS_H
#define UPS_POINTS_H

#include <stdbool.h>
#include <stdint.h>

enum unit {              /* values are BACnetEngineeringUnits, clause 21 */
	UNIT_AMPERES = 3, UNIT_VOLTS = 5, UNIT_KILOVOLT_AMPERES = 9, UNIT_POWER_FACTOR = 15, UNIT_HERTZ = 27, UNIT_KILOWATTS = 48,
	UNIT_DEGREES_CELSIUS = 62, UNIT_MINUTES = 72, UNIT_SECONDS = 73, UNIT_NO_UNITS = 95, UNIT_PERCENT = 98,
};

const char *unit_symbol(enum unit);        /* "V", "kVA", "" for no units; for people */
const char *unit_name(enum unit);          /* "volts", "kilovolt-amperes": the name of ASHRAE 135 */

enum level { LEVEL_UPS, LEVEL_UNIT, LEVEL_COMMON };
enum { LEVEL_TABLES = 2 };                 /* LEVEL_UPS and LEVEL_UNIT have registers of their own */
enum phase { PHASE_ANY, PHASE_OUTPUT_3, PHASE_INPUT_3 };

enum { DECIMALS_FREE = 255 };              /* the UPS decides, see struct ups_value */

/* ---- analog values ---- */

#define POINT(inst, id, ...) PT_##id,
enum point_id {
#include "ups/points.def"
	PT_COUNT
};
#undef POINT

struct point_info {
	uint16_t instance;
	const char *name;
	enum unit unit;
	uint8_t decimals;        /* 0..2, or DECIMALS_FREE */
	bool factor_10;
	float cov_increment;     /* in engineering units */
	enum level level;
	enum phase phase;
	const char *description;
};
extern const struct point_info point_table[PT_COUNT];

/* ---- multi-state values ---- */

#define STATES(inst, id, ...) ST_##id,
#define STATE(...)
enum state_id {
#include "ups/states.def"
	ST_COUNT
};
#undef STATES
#undef STATE

#define STATES(...)
#define STATE(id, value, name, ...) id##_##name = value,
enum state_value {       /* DEVICE_STATUS_RUNNING = 1, UPS_LOAD_STATUS_ON_BATTERY = 2 ... */
#include "ups/states.def"
	STATE_VALUE_LAST
};
#undef STATES
#undef STATE

enum { STATE_MAX = 10 };  /* most states of one object */

struct state_text {
	const char *text, *description;
};

struct state_info {
	uint16_t instance;
	const char *name;
	enum level level;
	uint8_t count;           /* Number_Of_States */
	uint8_t fallback;        /* the default state */
	const char *description;
	const struct state_text *state;      /* state[1..count]; state[0] is unused */
};
extern const struct state_info state_table[ST_COUNT];

/* ---- bit strings ---- */

#define BITS(inst, id, ...) BS_##id,
#define BIT(...)
enum bits_id {
#include "ups/bits.def"
	BS_COUNT
};
#undef BITS
#undef BIT

#define BITS(...)
#define BIT(id, bit, name, ...) id##_##name = bit,
enum bit_number {        /* UNIT_ALARMS_ON_BATTERY = 10, UPS_STATUS_UNIT_1_OPERATING = 1 ... */
#include "ups/bits.def"
	BIT_NUMBER_LAST
};
#undef BITS
#undef BIT

enum { BITS_MAX = 31 };   /* most bits of one object */

enum severity { SEVERITY_NONE, SEVERITY_GENERAL, SEVERITY_PREVENTIVE, SEVERITY_CRITICAL };      /* the worse, the more */

enum alarm_class { ALARM_CLASS_NONE, ALARM_CLASS_CRITICAL, ALARM_CLASS_PREVENTIVE, ALARM_CLASS_GENERAL, ALARM_CLASS_COMMUNICATION,
	ALARM_CLASS_MAINTENANCE };       /* numbers of the Notification Classes */

struct bit_text {
	const char *text, *description;
	enum severity severity;              /* of an alarm bit: what it makes of the state Alarms */
	enum alarm_class class;              /* who is told of it */
};

struct bits_info {
	uint16_t instance;
	const char *name;
	enum level level;
	uint8_t count;
	const char *description;
	const struct bit_text *bit;          /* bit[0..count-1] */
};
extern const struct bits_info bits_table[BS_COUNT];

/* By object name, exactly as written; -1 when there is none. */
int point_by_name(const char *name);
int state_by_name(const char *name);
int bits_by_name(const char *name);

#endif
