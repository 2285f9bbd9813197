/* What a simulated UPS is asked to show: one value, state or bit a published object.
 *
 * The plant (plant.h) fills it from its physics, overrides (what a person set by hand) are laid over it, the drive (drive.h) turns it
 * into register words.  Plain values; nothing points anywhere. */
#ifndef SIM_WANT_H
#define SIM_WANT_H

#include <stdbool.h>
#include <stdint.h>

#include "ups/points.h"

enum want_how {
	WANT_NOTHING,            /* the drive leaves the word at "not available" */
	WANT_VALUE,
	WANT_ABSENT,             /* "not available", said on purpose */
	WANT_IDLE,               /* there is a value, but a UPS without managed bits shows 0xFFFF while it is on mains: backup time */
};

struct want_value {
	double value;            /* engineering units: 50.0 Hz */
	uint8_t how;             /* enum want_how */
	bool by_hand;             /* set by hand: the drive may not bend it */
};

struct want {
	struct want_value point[PT_COUNT];
	uint8_t state[ST_COUNT];                 /* 0: nothing wanted */
	bool state_by_hand[ST_COUNT];
	uint32_t bits[BS_COUNT];
	uint32_t bits_by_hand[BS_COUNT];          /* 1: this bit was set by hand */
};

/* Bit numbers of the bit strings, by the order of ups/bits.def. */
enum {
	UPS_STATUS_UNIT_1 = 1,
	UPS_ALARM_IMMINENT_STOP = 0, UPS_ALARM_OVERLOAD = 1, UPS_ALARM_BYPASS_LOCKED = 2, UPS_ALARM_BYPASS_IMPOSSIBLE = 3,
	UPS_ALARM_RESOURCES = 4, UPS_ALARM_REDUNDANCY = 5, UPS_ALARM_GENERAL = 7, UPS_ALARM_UNIT_1 = 8,
	UNIT_ALARM_IMMINENT_STOP = 0, UNIT_ALARM_OVERLOAD = 1, UNIT_ALARM_TEMPERATURE = 2, UNIT_ALARM_BYPASS_LOCKED = 3,
	UNIT_ALARM_BYPASS_IMPOSSIBLE = 4,
	UNIT_ALARM_GENERAL = 6, UNIT_ALARM_DISCONNECTED = 7, UNIT_ALARM_DISCHARGED = 8, UNIT_ALARM_LOW = 9, UNIT_ALARM_ON_BATTERY = 10,
	UNIT_ALARM_TEST_FAILED = 13, UNIT_ALARM_BATTERY = 14, UNIT_ALARM_REC_CRITICAL = 16, UNIT_ALARM_REC_PREVENTIVE = 17,
	UNIT_ALARM_GEN_SET = 18,
	UNIT_ALARM_INV_CRITICAL = 19, UNIT_ALARM_INV_PREVENTIVE = 20, UNIT_ALARM_BYP_CRITICAL = 21, UNIT_ALARM_BYP_PREVENTIVE = 22,
	UNIT_ALARM_MAINTENANCE_BYPASS = 24,
};

/* Fills what follows from the bits unless it was by_hand: the general alarm of a bit string, and the state Alarms.  `parallel_bits`
 * are the UPS-level alarms when they count (0 on a single unit). */
void want_conclude(struct want *, bool unit_level, bool ups_level);

#endif
