#include "ups/points.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#define DECIMALS_0 0
#define DECIMALS_1 1
#define DECIMALS_2 2
#define POINT(inst, id, name_, unit_, decimals_, factor_10_, cov_, level_, phase_, description_) [PT_##id] = { \
	.instance = inst, .name = name_, .unit = UNIT_##unit_, .decimals = DECIMALS_##decimals_, .factor_10 = factor_10_, \
	.cov_increment = cov_, .level = LEVEL_##level_, .phase = PHASE_##phase_, .description = description_ },
const struct point_info point_table[PT_COUNT] = {
#include "ups/points.def"
};
#undef POINT
/* A repeated instance is a repeated case: a compile error. */
#define POINT(inst, ...) case inst:
static inline void instances_are_unique(int instance)
{
	switch (instance) {
#include "ups/points.def"
	default:
		break;
	}
}
#undef POINT

#define STATES(inst, id, ...) }; static const struct state_text state_text_##id[] = { { "", "" },
#define STATE(id, value, name, text_, description_) [value] = { .text = text_, .description = description_ },
static const struct state_text no_states[] = { { "", "" },
#include "ups/states.def"
};
#undef STATES
#undef STATE

#define STATES(inst, id, name_, level_, default_, description_) [ST_##id] = { \
	.instance = inst, .name = name_, .level = LEVEL_##level_, .fallback = default_, .description = description_, \
	.count = sizeof state_text_##id / sizeof *state_text_##id - 1, .state = state_text_##id },
#define STATE(...)
const struct state_info state_table[ST_COUNT] = {
#include "ups/states.def"
};
#undef STATES
#undef STATE
static_assert(ST_COUNT == 10, "the device publishes 10 multi-state values");

#define BITS(inst, id, ...) }; static const struct bit_text bit_text_##id[] = {
#define BIT(id, bit_, name, severity_, class_, text_, description_) [bit_] = { \
	.text = text_, .description = description_, .severity = SEVERITY_##severity_, .class = ALARM_CLASS_##class_ },
static const struct bit_text no_bits[] = { { "", "", SEVERITY_NONE, ALARM_CLASS_NONE },
#include "ups/bits.def"
};
#undef BITS
#undef BIT

#define BITS(inst, id, name_, level_, description_) [BS_##id] = { \
	.instance = inst, .name = name_, .level = LEVEL_##level_, .description = description_, \
	.count = sizeof bit_text_##id / sizeof *bit_text_##id, .bit = bit_text_##id },
#define BIT(...)
const struct bits_info bits_table[BS_COUNT] = {
#include "ups/bits.def"
};
#undef BITS
#undef BIT
static_assert(BS_COUNT == 3, "the device publishes 3 bit strings");

int point_by_name(const char *name)
{
	instances_are_unique(0);
	(void)no_states;
	(void)no_bits;
	for (int i = 0; i < PT_COUNT; i++)
		if (strcmp(point_table[i].name, name) == 0)
			return i;
	return -1;
}

int state_by_name(const char *name)
{
	for (int i = 0; i < ST_COUNT; i++)
		if (strcmp(state_table[i].name, name) == 0)
			return i;
	return -1;
}

int bits_by_name(const char *name)
{
	for (int i = 0; i < BS_COUNT; i++)
		if (strcmp(bits_table[i].name, name) == 0)
			return i;
	return -1;
}

static const struct { enum unit unit; const char *symbol, *name; } units[] = {
	{ UNIT_AMPERES,           "A",   "amperes" },
	{ UNIT_VOLTS,             "V",   "volts" },
	{ UNIT_KILOVOLT_AMPERES,  "kVA", "kilovolt-amperes" },
	{ UNIT_POWER_FACTOR,      "",    "power-factor" },
	{ UNIT_HERTZ,             "Hz",  "hertz" },
	{ UNIT_KILOWATTS,         "kW",  "kilowatts" },
	{ UNIT_DEGREES_CELSIUS,   "°C",  "degrees-celsius" },
	{ UNIT_MINUTES,           "min", "minutes" },
	{ UNIT_SECONDS,           "s",   "seconds" },
	{ UNIT_NO_UNITS,          "",    "no-units" },
	{ UNIT_PERCENT,           "%",   "percent" },
};

const char *unit_symbol(enum unit unit)
{
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (units[i].unit == unit)
			return units[i].symbol;
	return "";
}

const char *unit_name(enum unit unit)
{
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (units[i].unit == unit)
			return units[i].name;
	return "";
}
