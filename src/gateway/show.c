/* How what is known is shown: a row says how a quality is shown in a map; the rest is walking the tables of points, states and bits. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gateway/name.h"
#include "gateway/state.h"
#include "object/analog_value.h"
#include "object/binary_value.h"
#include "object/bitstring_value.h"
#include "object/multistate_value.h"
#include "object/object.h"

enum source { SHOW_VALUE, SHOW_MISSING };

struct showing {
	enum source source;
	uint8_t reliability;
};

static const struct showing showings[][5] = {
	[GATEWAY_MAP_SOCOMEC] = {
		[QUALITY_NOT_READ]    = { SHOW_MISSING, RELIABILITY_COMMUNICATION_FAILURE },
		[QUALITY_GOOD]        = { SHOW_VALUE,   RELIABILITY_NO_FAULT_DETECTED },
		[QUALITY_STALE]       = { SHOW_VALUE,   RELIABILITY_COMMUNICATION_FAILURE },
		[QUALITY_ABSENT]      = { SHOW_MISSING, RELIABILITY_NO_FAULT_DETECTED },
		[QUALITY_NOT_MANAGED] = { SHOW_MISSING, RELIABILITY_NO_FAULT_DETECTED },
	},
	[GATEWAY_MAP_STANDARD] = {
		[QUALITY_NOT_READ]    = { SHOW_MISSING, RELIABILITY_COMMUNICATION_FAILURE },
		[QUALITY_GOOD]        = { SHOW_VALUE,   RELIABILITY_NO_FAULT_DETECTED },
		[QUALITY_STALE]       = { SHOW_VALUE,   RELIABILITY_COMMUNICATION_FAILURE },
		[QUALITY_ABSENT]      = { SHOW_MISSING, RELIABILITY_NO_SENSOR },
		[QUALITY_NOT_MANAGED] = { SHOW_MISSING, RELIABILITY_NO_SENSOR },
	},
};

static float power_of(uint8_t decimals)
{
	static const float power_of_ten[] = { 1.0f, 10.0f, 100.0f, 1000.0f };
	return power_of_ten[decimals < 4 ? decimals : 3];
}

static float scale_of(const struct gateway *g, uint8_t decimals)
{
	return g->conf.map == GATEWAY_MAP_SOCOMEC ? power_of(decimals) : 1.0f;
}

/* The manual: -1, and 0 in the UPS-level values of a single unit (chapter 5.1).  In engineering units -1 would be a measurement, so the
 * standard map says NaN. */
float gateway_missing(const struct gateway *g, enum point_id id)
{
	const struct belief *b = &g->believer.held;
	if (g->conf.map == GATEWAY_MAP_STANDARD)
		return NAN;
	bool single = b->identity.system == SYSTEM_SINGLE && point_table[id].level == LEVEL_UPS && b->out[VALUE_POINT + (int)id];
	return single ? 0.0f : -1.0f;
}

/* A value that the UPS said is not there is as old as the link: when that is lost it is not known any more. */
static struct showing showing_of(const struct gateway *g, uint8_t quality)
{
	struct showing s = showings[g->conf.map][quality <= QUALITY_NOT_MANAGED ? quality : QUALITY_NOT_READ];
	if (quality == QUALITY_ABSENT && g->now.link == LINK_LOST)
		s.reliability = RELIABILITY_COMMUNICATION_FAILURE;
	return s;
}

/* ---- DeviceStatus (TBK 17 91083 chapter 5.2.3, readings 20, 21, 24) ---- */

static bool is_heard(uint8_t quality)
{
	return quality == QUALITY_GOOD || quality == QUALITY_ABSENT;
}

/* Does any table answer?  A link that is up and brings nothing does not communicate, whatever it says of itself. */
static bool any_heard(const struct snapshot *s)
{
	for (int n = 0; n < VALUES; n++)
		if (n != VALUE_DEVICE_STATUS && is_heard(value_quality(s, n)))
			return true;
	return false;
}

static uint8_t device_status(const struct gateway *g)
{
	bool up = g->now.link == LINK_UP;
	if (up && g->now.complete && any_heard(&g->now))
		return DEVICE_STATUS_RUNNING;
	/* Ready is for the start alone: up to the first complete poll, and no longer than we have patience with silence. */
	bool silent = g->now.link == LINK_LOST || (g->waited && !up);
	return g->left_ready || silent ? DEVICE_STATUS_NO_COM : DEVICE_STATUS_READY;
}

void gateway_show_status(struct gateway *g)
{
	uint8_t status = device_status(g);
	g->left_ready |= status != DEVICE_STATUS_READY;
	bool fault = g->internal_fault || g->now.internal_fault;
	g->device_status = fault ? DEVICE_STATUS_FAULT : status;
	device_set_system_status(g->device, fault ? STATUS_NON_OPERATIONAL : STATUS_OPERATIONAL);
	multistate_value_set(g->object[VALUE_DEVICE_STATUS], g->device_status, RELIABILITY_NO_FAULT_DETECTED);
}

/* ---- Device object ---- */

static const char *profile_text(const struct gateway *g)
{
	static const char *const text[] = { [FACTOR_NA] = "N/A", [FACTOR_NONE] = "no_factor", [FACTOR_10] = "factor_10" };
	uint8_t factor = g->believer.held.identity.factor;
	if (g->conf.map != GATEWAY_MAP_SOCOMEC)
		return "";                       /* absent: it would have to begin with the vendor identifier (clause 12.11) */
	return text[factor <= FACTOR_10 ? factor : FACTOR_NA];
}

void gateway_show_device(struct gateway *g)
{
	const struct ups_identity *id = &g->believer.held.identity;
	char text[DEVICE_TEXT_MAX + 1];
	struct name_parts parts = { .identity = id, .instance = device_instance(g->device), .unit_number = g->conf.unit_number };
	device_set_text(g->device, DEVICE_NAME, name_expand(g->conf.device_name, &parts, text, sizeof text));
	device_set_text(g->device, DEVICE_MODEL, name_rating(id->kva_x10, text, sizeof text));
	device_set_text(g->device, DEVICE_DESCRIPTION, id->serial);
	device_set_text(g->device, DEVICE_SERIAL, id->serial);
	device_set_text(g->device, DEVICE_PROFILE, profile_text(g));
	snprintf(text, sizeof text, "%u", g->conf.unit_number);
	device_set_text(g->device, DEVICE_LOCATION, text);
}

/* ---- values ---- */

/* The map socomec sends integers whose decimals, where the manual leaves them free, only the UPS knows: the Description tells them, from
 * the first reading on. */
static void show_decimals(struct gateway *g, enum point_id id, struct object *o)
{
	const struct point_info *p = &point_table[id];
	const char *unit = unit_symbol(p->unit);
	if (g->now.point[id].quality == QUALITY_GOOD)            /* other decimals are another scale, which is told */
		snprintf(g->description[id], DESCRIPTION_MAX, "%s, in steps of %g%s%s", p->description,
			1 / (double)power_of(g->now.point[id].decimals), unit[0] ? " " : "", unit);
	bool tell = g->conf.map == GATEWAY_MAP_SOCOMEC && g->description[id][0];
	object_set_description(o, tell ? g->description[id] : p->description);
}

/* What is not believed to be there is not managed, whatever a snapshot says. */
static struct showing shown_as(const struct gateway *g, int n, uint8_t quality)
{
	return showing_of(g, g->believer.held.out[n] ? QUALITY_NOT_MANAGED : quality);
}

static void show_point(struct gateway *g, enum point_id id, struct object *o)
{
	const struct ups_value *v = &g->now.point[id];
	struct showing s = shown_as(g, VALUE_POINT + (int)id, v->quality);
	float value = gateway_missing(g, id);
	if (s.source == SHOW_VALUE)
		value = g->conf.map == GATEWAY_MAP_SOCOMEC ? (float)v->value : (float)v->value / power_of(v->decimals);
	if (point_table[id].decimals == DECIMALS_FREE)
		show_decimals(g, id, o);
	alarm_set_unknown(o, s.source != SHOW_VALUE);
	analog_value_set_scale(o, scale_of(g, v->decimals));
	analog_value_set(o, value, s.reliability);
}

static bool bits_are_set(const struct gateway *g, enum bits_id id)
{
	bool shown = shown_as(g, VALUE_BITS + (int)id, g->now.bits[id].quality).source == SHOW_VALUE;
	return shown && g->now.bits[id].value;
}

/* Alarms never contradicts the bits that are shown beside it (reading 23). */
static uint8_t alarms_of(const struct gateway *g)
{
	uint8_t alarms = g->now.state[ST_ALARMS].value;
	bool set = bits_are_set(g, BS_UNIT_ALARMS) || bits_are_set(g, BS_UPS_ALARMS);
	return set && alarms == ALARMS_NO_ALARM ? ALARMS_GENERAL_ALARM : alarms;
}

static void show_state(struct gateway *g, enum state_id id, struct object *o)
{
	struct showing s = shown_as(g, VALUE_STATE + (int)id, g->now.state[id].quality);
	uint8_t state = id == ST_ALARMS ? alarms_of(g) : g->now.state[id].value;
	if (id == ST_DEVICE_STATUS)
		return;
	alarm_set_unknown(o, s.source != SHOW_VALUE);
	multistate_value_set(o, s.source == SHOW_VALUE ? state : state_table[id].fallback, s.reliability);
}

static void show_bits(struct gateway *g, enum bits_id id, struct object *o)
{
	struct showing s = shown_as(g, VALUE_BITS + (int)id, g->now.bits[id].quality);
	bitstring_value_set(o, s.source == SHOW_VALUE ? g->now.bits[id].value : 0, s.reliability);
}

static void show_alarm(struct gateway *g, int id, struct object *o)
{
	const struct alarm_bit *a = &alarm_bit_table[id];
	int n = VALUE_ALARM + id;
	struct showing s = shown_as(g, n, value_quality(&g->now, n));
	alarm_set_unknown(o, s.source != SHOW_VALUE);
	binary_value_set(o, s.source == SHOW_VALUE && g->now.bits[a->bits].value >> a->bit & 1, s.reliability);
}

void gateway_show_values(struct gateway *g)
{
	for (int n = 0; n < VALUES; n++) {
		int id;
		enum value_kind kind = value_kind_of(n, &id);
		if (!g->object[n])
			continue;
		switch (kind) {
		case VALUE_IS_POINT: show_point(g, id, g->object[n]); break;
		case VALUE_IS_STATE: show_state(g, id, g->object[n]); break;
		case VALUE_IS_BITS:  show_bits(g, id, g->object[n]); break;
		case VALUE_IS_ALARM: show_alarm(g, id, g->object[n]); break;
		}
	}
	gateway_show_status(g);
}
