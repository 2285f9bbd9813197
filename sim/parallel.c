#include "sim/parallel.h"

#include <string.h>

enum how { SUM, MEAN };

/* Unit points that stand once more at UPS level; both run in the same order. */
enum { OUTPUT_POINTS = PT_UNIT_OUTPUT_PF3 - PT_UNIT_OUTPUT_LR + 1 };
_Static_assert(PT_UPS_OUTPUT_PF3 - PT_UPS_OUTPUT_LR + 1 == OUTPUT_POINTS, "UPS_OUTPUT_ and UNIT_OUTPUT_ have the same points");

static enum how point_how(int point)
{
	switch (point_table[point].unit) {
	case UNIT_AMPERES:
	case UNIT_KILOVOLT_AMPERES:
	case UNIT_KILOWATTS:
		return SUM;
	default:
		return point == PT_BATTERY_AH ? SUM : MEAN;
	}
}

static bool counts(const struct plant *p, int point)
{
	bool output = point >= PT_UNIT_OUTPUT_LR && point <= PT_UNIT_OUTPUT_PF3;
	return !output || plant_supplies(p);
}

static void join_point(const struct plant *plant, const struct want *unit, int units, int point, struct want *out)
{
	double sum = 0;
	int n = 0, idle = 0, zero = 0, by_hand = 0;
	for (int u = 0; u < units; u++) {
		const struct want_value *v = &unit[u].point[point];
		by_hand += v->by_hand;
		if (v->how != WANT_VALUE && v->how != WANT_IDLE)
			continue;
		zero++;
		if (!counts(&plant[u], point))
			continue;
		sum += v->value;
		n++;
		idle += v->how == WANT_IDLE;
	}
	struct want_value *o = &out->point[point];
	o->by_hand = by_hand == units;
	if (n == 0) {
		o->how = zero ? WANT_VALUE : WANT_ABSENT;
		return;
	}
	o->how = idle == n ? WANT_IDLE : WANT_VALUE;
	o->value = point_how(point) == MEAN ? sum / n : sum;
}

static uint32_t join_alarms(const struct want *unit, int units, bool redundant)
{
	static const uint32_t strict = 1u << UNIT_ALARM_IMMINENT_STOP | 1u << UNIT_ALARM_OVERLOAD | 1u << UNIT_ALARM_TEMPERATURE |
		1u << UNIT_ALARM_LOW | 1u << UNIT_ALARM_ON_BATTERY;
	uint32_t any = 0, all = ~0u;
	for (int u = 0; u < units; u++) {
		any |= unit[u].bits[BS_UNIT_ALARMS];
		all &= unit[u].bits[BS_UNIT_ALARMS];
	}
	return redundant ? (any & ~strict) | (all & strict) : any;
}

/* How far up a state's list the worst unit stands: states of the same object, most telling first. */
static const uint8_t worst_first[ST_COUNT][STATE_MAX] = {
	[ST_UNIT_LOAD_STATUS] = { UNIT_LOAD_STATUS_ON_MAINT_BYPASS, UNIT_LOAD_STATUS_ON_BATTERY, UNIT_LOAD_STATUS_ON_BYPASS,
		UNIT_LOAD_STATUS_ECO_MODE, UNIT_LOAD_STATUS_NORMAL_MODE, UNIT_LOAD_STATUS_ON_INVERTER, UNIT_LOAD_STATUS_LOAD_OFF },
	[ST_UNIT_STATUS] = { UNIT_STATUS_OPERATING, UNIT_STATUS_SERVICE_MODE, UNIT_STATUS_AUTO_TEST, UNIT_STATUS_ON_STANDBY,
		UNIT_STATUS_AVAILABLE, UNIT_STATUS_ISOLATED },
	[ST_BATTERY_STATUS] = { BATTERY_STATUS_DISCONNECTED, BATTERY_STATUS_DISCHARGED, BATTERY_STATUS_LOW, BATTERY_STATUS_DISCHARGING,
		BATTERY_STATUS_ALARM, BATTERY_STATUS_TESTING, BATTERY_STATUS_CHARGING, BATTERY_STATUS_OK, BATTERY_STATUS_NO_BATTERY },
	[ST_RECTIFIER_STATUS] = { RECTIFIER_STATUS_ON, RECTIFIER_STATUS_OFF },
	[ST_INVERTER_STATUS] = { INVERTER_STATUS_ON, INVERTER_STATUS_OFF },
	[ST_INPUT_REC_STATUS] = { INPUT_REC_STATUS_NOT_PRESENT, INPUT_REC_STATUS_OUT_OF_TOL, INPUT_REC_STATUS_GEN_SET, INPUT_REC_STATUS_OK },
	[ST_INPUT_BYP_STATUS] = { INPUT_BYP_STATUS_NOT_PRESENT, INPUT_BYP_STATUS_OUT_OF_TOL, INPUT_BYP_STATUS_SYNCHRO_INV,
		INPUT_BYP_STATUS_OK },
};

/* States that only count for the whole when every unit of a redundant system shows them. */
static bool needs_all(int state, uint8_t value)
{
	switch (state) {
	case ST_UNIT_LOAD_STATUS:  return value == UNIT_LOAD_STATUS_ON_BATTERY;
	case ST_BATTERY_STATUS:    return value == BATTERY_STATUS_LOW || value == BATTERY_STATUS_DISCHARGING;
	case ST_INPUT_REC_STATUS:  return value == INPUT_REC_STATUS_NOT_PRESENT;
	default:                   return false;
	}
}

static uint8_t join_state(const struct want *unit, int units, int state, bool redundant)
{
	for (int i = 0; i < STATE_MAX && worst_first[state][i]; i++) {
		uint8_t value = worst_first[state][i];
		int n = 0;
		for (int u = 0; u < units; u++)
			n += unit[u].state[state] == value;
		if (n == units || (n > 0 && !(redundant && needs_all(state, value))))
			return value;
	}
	return unit[0].state[state];
}

/* What is held by hand in every unit alike is held in the whole. */
static bool held_alike(const struct want *unit, int units, int state)
{
	for (int u = 0; u < units; u++)
		if (!unit[u].state_by_hand[state] || unit[u].state[state] != unit[0].state[state])
			return false;
	return units > 0;
}

static uint32_t bits_held_alike(const struct want *unit, int units)
{
	uint32_t held = ~0u;
	for (int u = 0; u < units; u++)
		held &= unit[u].bits_by_hand[BS_UNIT_ALARMS] & ~(unit[u].bits[BS_UNIT_ALARMS] ^ unit[0].bits[BS_UNIT_ALARMS]);
	return units > 0 ? held : 0;
}

static bool is_redundant(const struct plant *plant, int units, int *supplying)
{
	double load = 0;
	*supplying = 0;
	for (int u = 0; u < units; u++)
		if (plant_supplies(&plant[u])) {
			load += plant[u].load;
			(*supplying)++;
		}
	return *supplying > 1 && load <= 100.0 * (*supplying - 1);
}

/* Alarms that both levels have; some maps keep them in one register bit. */
static const struct { int unit, ups; } alike[] = {
	{ UNIT_ALARM_IMMINENT_STOP, UPS_ALARM_IMMINENT_STOP }, { UNIT_ALARM_OVERLOAD, UPS_ALARM_OVERLOAD },
	{ UNIT_ALARM_BYPASS_LOCKED, UPS_ALARM_BYPASS_LOCKED }, { UNIT_ALARM_BYPASS_IMPOSSIBLE, UPS_ALARM_BYPASS_IMPOSSIBLE },
};

struct parallel parallel_show(const struct plant *plant, const struct want *unit, int units, struct want *out)
{
	memset(out, 0, sizeof *out);
	int supplying;
	struct parallel system = { .redundant = is_redundant(plant, units, &supplying) };
	for (int u = 0; u < units; u++)
		system.lost |= plant[u].mode == MODE_FAULT || plant[u].mode == MODE_ISOLATED;

	for (int p = 0; p < PT_COUNT; p++)
		if (point_table[p].level == LEVEL_UNIT)
			join_point(plant, unit, units, p, out);
	/* the load rate of the system is that of all that is installed, not of the units that happen to run */
	if (units > 0 && supplying > 0) {
		static const int rates[] = { PT_UNIT_OUTPUT_LR, PT_UNIT_OUTPUT_LR1, PT_UNIT_OUTPUT_LR2, PT_UNIT_OUTPUT_LR3 };
		for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
			out->point[rates[i]].value *= (double)supplying / units;
	}
	for (int i = 0; i < OUTPUT_POINTS; i++)
		out->point[PT_UPS_OUTPUT_LR + i] = out->point[PT_UNIT_OUTPUT_LR + i];

	for (int s = 0; s < ST_COUNT; s++)
		if (state_table[s].level != LEVEL_UPS && s != ST_DEVICE_STATUS) {
			out->state[s] = join_state(unit, units, s, system.redundant);
			out->state_by_hand[s] = held_alike(unit, units, s);
		}
	out->state[ST_UPS_LOAD_STATUS] = out->state[ST_UNIT_LOAD_STATUS];

	uint32_t alarms = join_alarms(unit, units, system.redundant), ups = 0;
	out->bits[BS_UNIT_ALARMS] = alarms;
	out->bits_by_hand[BS_UNIT_ALARMS] = bits_held_alike(unit, units);
	for (size_t i = 0; i < sizeof alike / sizeof *alike; i++)
		ups |= (alarms >> alike[i].unit & 1u) << alike[i].ups;
	if (system.lost && !system.redundant)
		ups |= 1u << UPS_ALARM_RESOURCES;
	if (system.lost)
		ups |= 1u << UPS_ALARM_REDUNDANCY;
	for (int u = 0; u < units; u++) {
		if (unit[u].bits[BS_UNIT_ALARMS])
			ups |= 1u << (UPS_ALARM_UNIT_1 + u);
		if (plant_supplies(&plant[u]))
			out->bits[BS_UPS_STATUS] |= 1u << (UPS_STATUS_UNIT_1 + u);
	}
	out->bits[BS_UPS_ALARMS] = ups;
	want_conclude(out, true, true);
	return system;
}
