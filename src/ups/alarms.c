#include "ups/alarms.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>

#define NO_LIMIT NAN

static const struct limit_row {
	enum point_id point;
	enum alarm_class class;
	double low, high, deadband;
	uint32_t delay_s;
} limits[] = {
#define LIMIT(point_, class_, low_, high_, deadband_, delay_) { PT_##point_, ALARM_CLASS_##class_, low_, high_, deadband_, delay_ },
#define ALARM_STATE(...)
#include "ups/alarms.def"
#undef LIMIT
#undef ALARM_STATE
};

static const struct {
	enum state_id state;
	enum alarm_class class;
	uint32_t value;
} states[] = {
#define LIMIT(...)
#define ALARM_STATE(id, class_, name) { ST_##id, ALARM_CLASS_##class_, id##_##name },
#include "ups/alarms.def"
#undef LIMIT
#undef ALARM_STATE
};

struct point_alarm point_alarm(enum point_id id)
{
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		const struct limit_row *r = &limits[i];
		if (r->point != id)
			continue;
		bool low = !isnan(r->low), high = !isnan(r->high);
		return (struct point_alarm){ r->class, low, high, low ? r->low : 0, high ? r->high : (r->low > 0 ? r->low : 0) + 1e6, r->deadband, r->delay_s };
	}
	return (struct point_alarm){ .class = ALARM_CLASS_COMMUNICATION };
}

struct state_alarm state_alarm(enum state_id id)
{
	struct state_alarm a = { .class = ALARM_CLASS_COMMUNICATION };
	for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
		if (states[i].state != id)
			continue;
		if (!a.states)
			a.class = states[i].class;
		a.states |= 1u << (states[i].value - 1);
	}
	return a;
}

uint32_t bits_alarm(enum bits_id id)
{
	uint32_t bits = 0;
	for (uint8_t i = 0; i < bits_table[id].count; i++)
		bits |= bits_table[id].bit[i].severity != SEVERITY_NONE ? 1u << i : 0;
	return bits;
}

const struct alarm_bit alarm_bit_table[ALARM_BITS] = {
#define BITS(...)
#define BIT(id, bit, name, severity, ...) ALARM_BIT_##severity(id, bit)
#define ALARM_BIT_NONE(id, bit)
#define ALARM_BIT_GENERAL(id, bit)    { BS_##id, bit },
#define ALARM_BIT_PREVENTIVE(id, bit) { BS_##id, bit },
#define ALARM_BIT_CRITICAL(id, bit)   { BS_##id, bit },
#include "ups/bits.def"
#undef BITS
#undef BIT
};

static_assert((int)BITS_MAX < (int)ALARM_BIT_STEP, "the bits of a string have instances of their own");

uint32_t alarm_bit_instance(int n)
{
	return (uint32_t)bits_table[alarm_bit_table[n].bits].instance * ALARM_BIT_STEP + alarm_bit_table[n].bit;
}

const char *alarm_bit_name(int n, char name[ALARM_BIT_NAME])
{
	const struct bits_info *b = &bits_table[alarm_bit_table[n].bits];
	snprintf(name, ALARM_BIT_NAME, "%s.%s", b->name, b->bit[alarm_bit_table[n].bit].text);
	return name;
}
