#include "sim/shown.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 3, 4))) static bool no(char *why, size_t size, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	vsnprintf(why, size, format, list);
	va_end(list);
	return false;
}

static void decode(const struct sim *s, const struct fam_image *image, int unit, struct snapshot *out)
{
	snapshot_clear(out);
	family_decode(s->conf.family, image, (uint8_t)unit, out, NULL);
}

/* ---- is what was ordered what is shown? ---- */

/* One step of the register in the digits of the object: what a wish may be off by. */
static double step_of(const struct sim *s, int point)
{
	const struct fam_point *row = drive_row(s->drive, point);
	double step = row ? fabs((double)row->multiply / row->divide) * row->terms : 1;
	return step < 1 ? 1 : step;
}

static bool point_as_held(const struct sim *s, int point, const struct want_value *want, const struct snapshot *shown, char *why, size_t size)
{
	const struct ups_value *v = &shown->point[point];
	double wanted = want->value * pow(10, v->decimals);
	if (want->how == WANT_ABSENT && v->quality == QUALITY_ABSENT)
		return true;
	if (want->how == WANT_VALUE && v->quality == QUALITY_GOOD && fabs(v->value - wanted) <= step_of(s, point))
		return true;
	if (v->quality != QUALITY_GOOD)
		return no(why, size, "%s is %s", point_table[point].name, quality_text((enum quality)v->quality));
	return no(why, size, "%s is %.*f", point_table[point].name, v->decimals, v->value / pow(10, v->decimals));
}

static bool state_as_held(int state, uint8_t want, const struct snapshot *shown, char *why, size_t size)
{
	const struct ups_state *v = &shown->state[state];
	if (v->quality == QUALITY_GOOD && v->value == want)
		return true;
	const char *text = v->quality == QUALITY_GOOD ? state_table[state].state[v->value].text : quality_text((enum quality)v->quality);
	return no(why, size, "%s is %s", state_table[state].name, text);
}

static bool bits_as_held(int bits, uint32_t want, uint32_t mask, const struct snapshot *shown, char *why, size_t size)
{
	const struct ups_bits *v = &shown->bits[bits];
	if (v->quality != QUALITY_GOOD)
		return no(why, size, "%s is %s", bits_table[bits].name, quality_text((enum quality)v->quality));
	for (int b = 0; b < bits_table[bits].count; b++)
		if (((v->value ^ want) & mask) >> b & 1)
			return no(why, size, "%s %s is %s", bits_table[bits].name, bits_table[bits].bit[b].text, v->value >> b & 1 ? "on" : "off");
	return true;
}

/* The objects of one level of one place. */
static bool level_as_held(const struct sim *s, enum level level, const struct want *w, const struct snapshot *shown, char *why, size_t size)
{
	for (int p = 0; p < PT_COUNT; p++)
		if (point_table[p].level == level && w->point[p].by_hand && !point_as_held(s, p, &w->point[p], shown, why, size))
			return false;
	for (int i = 0; i < ST_COUNT; i++) {
		bool here = state_table[i].level == level || (state_table[i].level == LEVEL_COMMON && level == LEVEL_UNIT);
		if (here && w->state_by_hand[i] && !state_as_held(i, w->state[i], shown, why, size))
			return false;
	}
	for (int i = 0; i < BS_COUNT; i++) {
		uint32_t mask = w->bits_by_hand[i] & drive_bits(s->drive, i);
		if (bits_table[i].level == level && mask && !bits_as_held(i, w->bits[i], mask, shown, why, size))
			return false;
	}
	return true;
}

/* ---- what is served ---- */

/* One table as a gateway reads it: in full, or as the shorter one with the rest at its own address. */
static void read_block(const struct sim *s, int b, enum level level, int unit, struct fam_image *image)
{
	const struct fam_block *block = &s->conf.family->block[b];
	struct fam_image_block *state = &image->level[level].block[b];
	uint16_t *word = &image->level[level].word[block->first];
	enum ups_system system = s->conf.shape.parallel ? SYSTEM_PARALLEL : SYSTEM_SINGLE;
	uint16_t address = family_address(s->conf.family, block, level, system, (uint8_t)unit);
	uint8_t count = family_block_words(block, level, system);
	state->at = (struct mono){ 1 };
	if (registers_read(s->registers, block->function, address, count, word)) {
		state->got = count;
		return;
	}
	state->refused = !block->shorter || block->shorter >= count || !registers_read(s->registers, block->function, address, block->shorter, word);
	if (state->refused)
		return;
	state->got = block->shorter;
	state->rest_got = block->rest_address &&
		registers_read(s->registers, block->function, block->rest_address, count - block->shorter, word + block->shorter);
}

static void served(const struct sim *s, int unit, struct snapshot *out)
{
	struct fam_image image;
	memset(&image, 0, sizeof image);
	for (int b = 0; b < s->conf.family->block_count; b++) {
		uint8_t levels = s->conf.family->block[b].levels;
		if (s->conf.shape.parallel && levels & FAM_LEVEL_UPS)
			read_block(s, b, LEVEL_UPS, 0, &image);
		if (levels & (FAM_LEVEL_UNIT | FAM_LEVEL_SYSTEM))
			read_block(s, b, LEVEL_UNIT, s->conf.shape.parallel ? unit : 1, &image);
	}
	decode(s, &image, unit, out);
}

/* ---- is everything as it is held? ---- */

static bool place_as_held(const struct sim *s, int p, const struct snapshot *shown, char *why, size_t size)
{
	char what[120];
	bool good = !drive_unit_visible(s->drive, p) || level_as_held(s, LEVEL_UNIT, &s->want[p], shown, what, sizeof what);
	if (good && p == 0 && s->conf.shape.parallel)
		good = level_as_held(s, LEVEL_UPS, &s->want[0], shown, what, sizeof what);
	if (good)
		return true;
	if (p > 0)
		return no(why, size, "%s in unit %d", what, p);
	return no(why, size, "%s%s", what, s->conf.shape.parallel ? " in the system as a whole" : "");
}

bool shown_as_held(const struct sim *s, char *why, size_t size)
{
	struct fam_image image;
	struct snapshot shown;
	bool good = true;
	for (int p = 0; p < s->places && good; p++) {
		drive_image(s->drive, (uint8_t)p, &image, (struct mono){ 1 });
		decode(s, &image, p, &shown);
		good = place_as_held(s, p, &shown, why, size);
	}
	return good;
}

bool shown_as_served(const struct sim *s, char *why, size_t size)
{
	struct snapshot shown;
	bool good = true;
	for (int p = 0; p < s->places && good; p++) {
		served(s, p, &shown);
		good = place_as_held(s, p, &shown, why, size);
	}
	return good;
}

/* ---- expect ---- */

static bool expect_value(const struct snapshot *shown, const struct action *a, char *reply, size_t size)
{
	const struct ups_value *v = &shown->point[a->object];
	double value = v->value / pow(10, v->decimals);
	if (v->quality == QUALITY_NOT_MANAGED)
		return true;
	if (!a->on)
		return v->quality == QUALITY_ABSENT || no(reply, size, "expected %s absent, it is %g", point_table[a->object].name, value);
	if (v->quality == QUALITY_GOOD && value >= a->low && value <= a->high)
		return true;
	return no(reply, size, "expected %s %g..%g, it is %g (%s)", point_table[a->object].name, a->low, a->high, value,
		quality_text((enum quality)v->quality));
}

static bool expect_state(const struct sim *s, const struct snapshot *shown, const struct action *a, char *reply, size_t size)
{
	const struct state_info *i = &state_table[a->object];
	const struct ups_state *v = &shown->state[a->object];
	uint8_t want = drive_state(s->drive, a->object, (uint8_t)a->item);
	if (v->quality == QUALITY_NOT_MANAGED || !want || v->value == want)
		return true;
	return no(reply, size, "expected %s %s, it is %s", i->name, i->state[want].text, i->state[v->value].text);
}

static bool expect_bits(const struct sim *s, const struct snapshot *shown, const struct action *a, char *reply, size_t size)
{
	const struct bits_info *i = &bits_table[a->object];
	uint32_t mask = drive_bits(s->drive, a->object) & (a->item < 0 ? ~0u : 1u << a->item), bits = shown->bits[a->object].value & mask;
	if (shown->bits[a->object].quality == QUALITY_NOT_MANAGED || (a->on ? bits == mask : bits == 0))
		return true;
	return no(reply, size, "expected %s %s %s, it is not", i->name, a->item < 0 ? "(any)" : i->bit[a->item].text, a->on ? "on" : "off");
}

bool shown_expect(const struct sim *s, const struct action *a, char *reply, size_t size)
{
	struct snapshot shown;
	if (a->unit > s->units)
		return no(reply, size, "there is no unit %d", a->unit);
	served(s, a->unit == UNIT_ALL ? 0 : a->unit, &shown);
	switch (a->expect) {
	case DO_SET:   return expect_value(&shown, a, reply, size);
	case DO_STATE: return expect_state(s, &shown, a, reply, size);
	default:       return expect_bits(s, &shown, a, reply, size);
	}
}

/* ---- status ---- */

static size_t add_bits(const struct snapshot *shown, int bits, char *text, size_t size)
{
	const struct bits_info *i = &bits_table[bits];
	size_t n = (size_t)snprintf(text, size, " %s=\"", i->name);
	bool first = true;
	for (int b = 0; b < i->count && n < size; b++)
		if (shown->bits[bits].value >> b & 1) {
			n += (size_t)snprintf(text + n, size - n, "%s%s", first ? "" : ", ", i->bit[b].text);
			first = false;
		}
	return n < size ? n + (size_t)snprintf(text + n, size - n, "\"") : size;
}

void shown_status(const struct sim *s, int unit, struct mono now, char *reply, size_t size)
{
	static const int values[] = { PT_UNIT_OUTPUT_LR, PT_UNIT_OUTPUT_V1, PT_UNIT_OUTPUT_FR, PT_BATTERY_PERCENT, PT_BATTERY_MIN };
	struct snapshot shown;
	char faults[160];
	served(s, unit, &shown);
	faults_text(s->faults, now, faults, sizeof faults);
	size_t n = (size_t)snprintf(reply, size, "scenario=%s fault=\"%s\"", sim_scenario_name(s), faults);
	for (int i = 0; i < ST_COUNT && n < size; i++)
		if (i != ST_DEVICE_STATUS && shown.state[i].quality == QUALITY_GOOD)
			n += (size_t)snprintf(reply + n, size - n, " %s=\"%s\"", state_table[i].name, state_table[i].state[shown.state[i].value].text);
	for (int i = 0; i < BS_COUNT && n < size; i++)
		if (shown.bits[i].quality == QUALITY_GOOD)
			n += add_bits(&shown, i, reply + n, size - n);
	for (size_t i = 0; i < sizeof values / sizeof *values && n < size; i++) {
		const struct ups_value *v = &shown.point[values[i]];
		if (v->quality == QUALITY_GOOD)
			n += (size_t)snprintf(reply + n, size - n, " %s=%g", point_table[values[i]].name, v->value / pow(10, v->decimals));
	}
}
