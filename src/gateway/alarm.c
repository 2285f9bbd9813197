/* What is an alarm of each value, and what a person reads about it. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bacnet/enum.h"
#include "gateway/state.h"
#include "object/object.h"
#include "ups/alarms.h"

/* ---- texts ---- */

struct line {                                /* a text that grows, and is cut where it must end */
	char *to;
	size_t size, length;
};

__attribute__((format(printf, 2, 3))) static void say(struct line *l, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int n = vsnprintf(l->to + l->length, l->size - l->length, format, arguments);
	va_end(arguments);
	if (n > 0)
		l->length = (size_t)n < l->size - l->length ? l->length + (size_t)n : l->size - 1;
}

/* "BATTERY LOW" is "battery low" inside a sentence; "Battery charge" is "battery charge", "UPS" stays. */
static void say_small(struct line *l, const char *text)
{
	size_t begin = l->length;
	say(l, "%s", text);
	bool one = text[0] && text[1] >= 'a' && text[1] <= 'z';
	for (size_t i = begin; i < l->length && (!one || i == begin); i++)
		if (l->to[i] >= 'A' && l->to[i] <= 'Z' && strncmp(l->to + i, "UPS", 3) != 0)
			l->to[i] = (char)(l->to[i] - 'A' + 'a');
		else if (strncmp(l->to + i, "UPS", 3) == 0)
			i += 2;
}

static void say_who(struct line *l, const struct gateway *g, enum level level)
{
	uint8_t unit = g->conf.unit_number ? g->conf.unit_number : g->believer.held.identity.unit_number;
	if (level == LEVEL_UNIT && unit)
		say(l, "Unit %u: ", unit);
	else
		say(l, "UPS: ");
}

static double measured(const struct ups_value *v)
{
	static const double power[] = { 1, 10, 100, 1000 };
	return v->value / power[v->decimals < 4 ? v->decimals : 3];
}

static void say_point(struct line *l, const struct gateway *g, enum point_id id, const struct object *o, unsigned state)
{
	const struct point_info *p = &point_table[id];
	const struct alarm *a = alarm_see(o);
	const char *unit = unit_symbol(p->unit);
	say_who(l, g, p->level);
	say_small(l, p->description);
	say(l, " %g%s%s", measured(&g->now.point[id]), unit[0] ? " " : "", unit);
	if (state == EVENT_STATE_HIGH_LIMIT)
		say(l, ", above %g", a->high);
	else if (state == EVENT_STATE_LOW_LIMIT)
		say(l, ", below %g", a->low);
	else
		say(l, ", normal");
}

static void say_state(struct line *l, const struct gateway *g, enum state_id id, const struct object *o)
{
	const struct state_info *s = &state_table[id];
	uint32_t value = object_word(o);
	say_who(l, g, s->level);
	say_small(l, s->description);
	say(l, ": ");
	say_small(l, value >= 1 && value <= s->count ? s->state[value].text : "?");
}

/* How long the battery will last, where it is what matters and the UPS says so. */
static void say_left(struct line *l, const struct gateway *g, enum bits_id id, uint32_t set)
{
	const struct ups_value *v = &g->now.point[PT_BATTERY_MIN];
	uint32_t battery = 1u << UNIT_ALARMS_ON_BATTERY | 1u << UNIT_ALARMS_BATTERY_LOW;
	if (id == BS_UNIT_ALARMS && set & battery && v->quality == QUALITY_GOOD)
		say(l, ", %g min left", measured(v));
}

static void say_bits(struct line *l, const struct gateway *g, enum bits_id id, const struct object *o)
{
	const struct bits_info *b = &bits_table[id];
	uint32_t set = object_word(o) & bits_alarm(id);
	say_who(l, g, b->level);
	if (!set)
		say(l, "no alarm");
	bool first = true;
	for (uint8_t i = 0; i < b->count; i++) {
		if (!(set >> i & 1))
			continue;
		say(l, "%s", first ? "" : ", ");
		say_small(l, b->bit[i].text);
		first = false;
	}
	say_left(l, g, id, set);
}

static void say_alarm(struct line *l, const struct gateway *g, const struct alarm_bit *a, unsigned state)
{
	say_who(l, g, bits_table[a->bits].level);
	say_small(l, bits_table[a->bits].bit[a->bit].text);
	if (state == EVENT_STATE_NORMAL)
		say(l, ": no more");
	else
		say_left(l, g, a->bits, 1u << a->bit);
}

static void write_text(void *ctx, const struct object *o, unsigned state, char *to, size_t size)
{
	const struct gateway *g = ctx;
	struct line l = { to, size, 0 };
	int n = 0, id;
	to[0] = 0;
	while (n < VALUES && g->object[n] != o)
		n++;
	if (n == VALUES || state == EVENT_STATE_FAULT) {
		say(&l, "%s: %s", object_name(o), bac_reliability_name(object_reliability(o)) ? bac_reliability_name(object_reliability(o)) : "fault");
		return;
	}
	switch (value_kind_of(n, &id)) {
	case VALUE_IS_POINT: say_point(&l, g, id, o, state); return;
	case VALUE_IS_STATE: say_state(&l, g, id, o); return;
	case VALUE_IS_BITS:  say_bits(&l, g, id, o); return;
	case VALUE_IS_ALARM: say_alarm(&l, g, &alarm_bit_table[id], state); return;
	}
}

/* ---- what is an alarm ---- */

static struct alarm_conf of_point(enum point_id id)
{
	struct point_alarm p = point_alarm(id);
	return (struct alarm_conf){ .class = p.class, .delay_s = p.delay_s, .delay_normal_s = p.delay_s, .low = p.low, .high = p.high,
		.deadband = p.deadband, .limits = (uint8_t)((p.has_low ? LIMIT_LOW : 0) | (p.has_high ? LIMIT_HIGH : 0)) };
}

static enum alarm_class alarm_class_of(const struct alarm_bit *a)
{
	return bits_table[a->bits].bit[a->bit].class;
}

struct alarm_conf gateway_alarm(struct gateway *g, int n)
{
	struct alarm_conf a = { 0 };
	int id;
	switch (value_kind_of(n, &id)) {
	case VALUE_IS_POINT: a = of_point(id); break;
	case VALUE_IS_STATE: a = (struct alarm_conf){ .class = state_alarm(id).class, .states = state_alarm(id).states }; break;
	case VALUE_IS_BITS:
		a = (struct alarm_conf){ .class = bits_alarm(id) ? ALARM_CLASS_GENERAL : ALARM_CLASS_COMMUNICATION, .bits = bits_alarm(id),
			.quiet = g->conf.map == GATEWAY_MAP_STANDARD && bits_alarm(id) };
		break;
	case VALUE_IS_ALARM: a = (struct alarm_conf){ .class = alarm_class_of(&alarm_bit_table[id]) }; break;
	}
	a.text = write_text;
	a.ctx = g;
	return a;
}
