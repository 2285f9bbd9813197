#include "sim/want.h"

/* Bits of UnitAlarms that make the state Alarms critical or preventive (TBK 17 91083 chapter 6.2.5). */
static const uint32_t critical =
	1u << UNIT_ALARM_REC_CRITICAL | 1u << UNIT_ALARM_INV_CRITICAL | 1u << UNIT_ALARM_BYP_CRITICAL;
static const uint32_t preventive =
	1u << UNIT_ALARM_REC_PREVENTIVE | 1u << UNIT_ALARM_INV_PREVENTIVE | 1u << UNIT_ALARM_BYP_PREVENTIVE;

static void conclude_general(struct want *w, int bits, int general)
{
	uint32_t bit = 1u << general;
	if (w->bits[bits] && !(w->bits_by_hand[bits] & bit))
		w->bits[bits] |= bit;
}

void want_conclude(struct want *w, bool unit_level, bool ups_level)
{
	conclude_general(w, BS_UPS_ALARMS, UPS_ALARM_GENERAL);
	conclude_general(w, BS_UNIT_ALARMS, UNIT_ALARM_GENERAL);
	if (w->state_by_hand[ST_ALARMS])
		return;
	uint32_t unit = unit_level ? w->bits[BS_UNIT_ALARMS] : 0;
	uint32_t ups = ups_level ? w->bits[BS_UPS_ALARMS] : 0;
	w->state[ST_ALARMS] = unit & critical ? ALARMS_CRITICAL_ALARM
	                    : unit & preventive ? ALARMS_PREVENTIVE_ALARM
	                    : unit || ups ? ALARMS_GENERAL_ALARM : ALARMS_NO_ALARM;
}
