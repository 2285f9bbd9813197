#include "api/entry.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api/json.h"
#include "bacnet/enum.h"
#include "object/object.h"

static void entry_point(struct entry *e, const struct snapshot *s, int i)
{
	const struct point_info *p = &point_table[i];
	const struct ups_value *v = &s->point[i];
	*e = (struct entry){ .type = OBJ_ANALOG_VALUE, .instance = p->instance, .name = p->name, .description = p->description,
		.unit = unit_symbol(p->unit), .quality = v->quality, .at = v->at, .value = v->value, .decimals = v->decimals };
}

static void entry_state(struct entry *e, const struct snapshot *s, int i)
{
	const struct state_info *p = &state_table[i];
	const struct ups_state *v = &s->state[i];
	*e = (struct entry){ .type = OBJ_MULTI_STATE_VALUE, .instance = p->instance, .name = p->name, .description = p->description,
		.unit = "", .quality = v->quality, .at = v->at, .value = v->value, .state = p };
}

static void entry_bits(struct entry *e, const struct snapshot *s, int i)
{
	const struct bits_info *p = &bits_table[i];
	const struct ups_bits *v = &s->bits[i];
	*e = (struct entry){ .type = OBJ_BITSTRING_VALUE, .instance = p->instance, .name = p->name, .description = p->description,
		.unit = "", .quality = v->quality, .at = v->at, .value = v->value, .bits = p, .managed = v->managed };
}

void entry_read(struct entry *e, const struct snapshot *s, int i)
{
	if (i < PT_COUNT)
		entry_point(e, s, i);
	else if (i < PT_COUNT + ST_COUNT)
		entry_state(e, s, i - PT_COUNT);
	else
		entry_bits(e, s, i - PT_COUNT - ST_COUNT);
}

int entry_of_object(uint32_t id)
{
	uint32_t type = bac_id_type(id), instance = bac_id_instance(id);
	for (int i = 0; type == OBJ_ANALOG_VALUE && i < PT_COUNT; i++)
		if (point_table[i].instance == instance)
			return i;
	for (int i = 0; type == OBJ_MULTI_STATE_VALUE && i < ST_COUNT; i++)
		if (state_table[i].instance == instance)
			return PT_COUNT + i;
	for (int i = 0; type == OBJ_BITSTRING_VALUE && i < BS_COUNT; i++)
		if (bits_table[i].instance == instance)
			return PT_COUNT + ST_COUNT + i;
	return -1;
}

void entry_at(struct entry *e, const struct api_view *v, int ups, int i)
{
	const struct api_ups *u = &v->ups[ups];
	entry_read(e, u->snapshot, i);
	e->object = u->device ? device_find(u->device, bac_object_id(e->type, e->instance)) : NULL;
	/* The gateway makes this one, not the UPS: the object is what there is to know. */
	if (i == ENTRY_DEVICE_STATUS && e->object) {
		e->value = object_word(e->object);
		e->quality = QUALITY_GOOD;
		e->at = ev_now(v->loop);
	}
}

bool entry_has_value(const struct entry *e)
{
	return e->quality == QUALITY_GOOD || e->quality == QUALITY_STALE;
}

json_t *entry_set_bits(const struct entry *e)
{
	json_t *set = json_array();
	for (int b = 0; b < e->bits->count; b++)
		if (e->value >> b & 1)
			json_array_append_new(set, json_string(e->bits->bit[b].text));
	return set;
}

/* "49.9 Hz", "ON BATTERY", "OVERLOAD, FAN FAILURE", "none", "not read": a string of its own. */
json_t *entry_words(const struct entry *e)
{
	char text[1024] = "";
	size_t n = 0;
	if (!entry_has_value(e))
		return json_string(quality_text(e->quality));
	if (e->state) {
		bool known = e->value >= 1 && e->value <= e->state->count;
		return json_string(known ? e->state->state[e->value].text : "unknown state");
	}
	if (e->bits) {
		for (int b = 0; b < e->bits->count && n < sizeof text; b++)
			if (e->value >> b & 1)
				n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", n ? ", " : "", e->bits->bit[b].text);
		return json_string(n ? text : "none");
	}
	json_decimal_text(text, sizeof text, e->value, e->decimals);
	n = strlen(text);
	snprintf(text + n, sizeof text - n, "%s%s", e->unit[0] ? " " : "", e->unit);
	return json_string(text);
}

/* What BACnet clients read; bits as a text of 0 and 1, b00 first. */
static json_t *present_value(const struct entry *e)
{
	char bits[BITS_MAX + 2];
	if (!e->object)
		return json_null();
	if (e->state)
		return json_integer(object_word(e->object));
	if (!e->bits)                        /* JSON has no NaN: there is none, and the quality says why */
		return isfinite(object_real(e->object)) ? json_real((double)object_real(e->object)) : json_null();
	for (int b = 0; b < e->bits->count; b++)
		bits[b] = object_word(e->object) >> b & 1 ? '1' : '0';
	bits[e->bits->count] = 0;
	return json_string(bits);
}

static json_t *value_json(const struct entry *e)
{
	return entry_has_value(e) ? json_decimal(e->value, e->decimals) : json_null();
}

json_t *entry_to_json(const struct api_view *v, int ups, const struct entry *e)
{
	const char *reliability = e->object ? bac_reliability_name(object_reliability(e->object)) : NULL;
	return json_pack("{s:s, s:s, s:i, s:s, s:o, s:o, s:o*, s:o*, s:o*, s:s, s:o, s:s, s:o, s:b, s:o, s:s?, s:b}",
		"ups", v->conf->ups[ups].name,
		"type", bac_object_type_name(e->type),
		"instance", e->instance,
		"name", e->name,
		"description", json_text(e->object ? object_description(e->object) : e->description),
		"value", value_json(e),
		"decimals", !e->state && !e->bits && entry_has_value(e) ? json_integer(e->decimals) : NULL,
		"set", e->bits && entry_has_value(e) ? entry_set_bits(e) : NULL,
		"managed", e->bits ? json_integer(e->managed) : NULL,
		"unit", e->unit,
		"text", entry_words(e),
		"quality", quality_text(e->quality),
		"age", json_age(v->loop, e->at),
		"exposed", e->object != NULL,
		"present_value", present_value(e),
		"reliability", reliability,
		"out_of_service", e->object && object_out_of_service(e->object));
}

int entry_ups(const struct api_view *v, const char *name)
{
	for (int i = 0; i < v->ups_count; i++)
		if (strcmp(v->conf->ups[i].name, name) == 0)
			return i;
	return -1;
}
