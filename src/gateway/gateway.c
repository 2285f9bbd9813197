/* A row says how a quality is shown in a map; the rest is walking the tables of points, states and bits. */
#include "gateway/gateway.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bacnet/enum.h"
#include "gateway/name.h"
#include "object/object.h"

struct gateway {
	struct device *device;
	struct gateway_conf conf;
	struct gateway_hooks hooks;
	bool internal_fault;
	bool was_up;                 /* the link has been up since the start */
	struct snapshot now;
	struct ups_identity known;   /* the last identity that was not empty, or the recalled one */
	/* What the UPS, as far as it is known, has no value for. */
	bool point_out[PT_COUNT], state_out[ST_COUNT], bits_out[BS_COUNT];
	struct object *point[PT_COUNT], *state[ST_COUNT], *bits[BS_COUNT];
	float scale[PT_COUNT];       /* Present_Value = engineering value * scale */
};

/* ---- how a quality is shown ---- */

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

static const float power_of_ten[] = { 1.0f, 10.0f, 100.0f, 1000.0f };

static float power_of(uint8_t decimals)
{
	return power_of_ten[decimals < 4 ? decimals : 3];
}

/* What stands for "no value".  The manual: -1, and 0 in the UPS-level values of a single unit (chapter 5.1).  In engineering units
 * -1 would be a measurement, so the standard map says NaN. */
static float missing_value(const struct gateway *g, enum point_id id)
{
	if (g->conf.map == GATEWAY_MAP_STANDARD)
		return NAN;
	bool single = g->known.system == SYSTEM_SINGLE && point_table[id].level == LEVEL_UPS && g->point_out[id];
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

/* ---- Device object ---- */

uint8_t gateway_device_status(const struct gateway *g)
{
	if (g->internal_fault || g->now.internal_fault)
		return DEVICE_STATUS_FAULT;
	if (g->now.link == LINK_LOST || (g->was_up && g->now.link != LINK_UP))
		return DEVICE_STATUS_NO_COM;
	return g->now.link == LINK_UP && g->now.complete ? DEVICE_STATUS_RUNNING : DEVICE_STATUS_READY;
}

static const char *profile_text(const struct gateway *g)
{
	static const char *const text[] = { [FACTOR_NA] = "N/A", [FACTOR_NONE] = "no_factor", [FACTOR_10] = "factor_10" };
	if (g->conf.map != GATEWAY_MAP_SOCOMEC)
		return "";                       /* absent: it would have to begin with the vendor identifier (clause 12.11) */
	return text[g->known.factor <= FACTOR_10 ? g->known.factor : FACTOR_NA];
}

static void show_device(struct gateway *g)
{
	const struct ups_identity *id = &g->known;
	char text[DEVICE_TEXT_MAX + 1];
	struct name_parts parts = { .identity = id, .instance = device_instance(g->device), .unit_number = g->conf.unit_number };
	device_set_text(g->device, DEVICE_NAME, name_expand(g->conf.device_name, &parts, text, sizeof text));
	device_set_text(g->device, DEVICE_MODEL, name_rating(id->kva_x10, text, sizeof text));
	device_set_text(g->device, DEVICE_DESCRIPTION, id->serial);
	device_set_text(g->device, DEVICE_SERIAL, id->serial);
	device_set_text(g->device, DEVICE_PROFILE, profile_text(g));
	snprintf(text, sizeof text, "%u", g->conf.unit_number);
	device_set_text(g->device, DEVICE_LOCATION, text);
	device_set_system_status(g->device,
		gateway_device_status(g) == DEVICE_STATUS_FAULT ? STATUS_NON_OPERATIONAL : STATUS_OPERATIONAL);
}

/* ---- values ---- */

static uint8_t point_quality(const struct gateway *g, enum point_id id)
{
	return g->point_out[id] ? QUALITY_NOT_MANAGED : g->now.point[id].quality;
}

/* The COV_Increment is one of the value's own scale, which for some points only the UPS knows. */
static void show_increment(struct gateway *g, enum point_id id, float scale)
{
	if (g->scale[id] == scale)
		return;
	g->scale[id] = scale;
	struct object *o = g->point[id];
	float engineering;
	object_set_cov_increment(o, point_table[id].cov_increment * scale);
	if (g->hooks.cov_increment && g->hooks.cov_increment(g->hooks.ctx, object_id(o), &engineering))
		device_restore_real(g->device, object_id(o), PROP_COV_INCREMENT, engineering * scale);
}

static void show_point(struct gateway *g, enum point_id id)
{
	if (!g->point[id])
		return;
	const struct ups_value *v = &g->now.point[id];
	struct showing s = showing_of(g, point_quality(g, id));
	float one = power_of(v->decimals);
	show_increment(g, id, g->conf.map == GATEWAY_MAP_SOCOMEC ? one : 1.0f);
	float value = missing_value(g, id);
	if (s.source == SHOW_VALUE)
		value = g->conf.map == GATEWAY_MAP_SOCOMEC ? (float)v->value : (float)v->value / one;
	object_set_real(g->point[id], value, s.reliability);
}

static void show_state(struct gateway *g, enum state_id id)
{
	if (!g->state[id])
		return;
	if (id == ST_DEVICE_STATUS) {
		object_set_state(g->state[id], gateway_device_status(g), RELIABILITY_NO_FAULT_DETECTED);
		return;
	}
	uint8_t quality = g->state_out[id] ? QUALITY_NOT_MANAGED : g->now.state[id].quality;
	struct showing s = showing_of(g, quality);
	uint32_t state = s.source == SHOW_VALUE ? g->now.state[id].value : state_table[id].fallback;
	object_set_state(g->state[id], state, s.reliability);
}

static void show_bits(struct gateway *g, enum bits_id id)
{
	if (!g->bits[id])
		return;
	uint8_t quality = g->bits_out[id] ? QUALITY_NOT_MANAGED : g->now.bits[id].quality;
	struct showing s = showing_of(g, quality);
	object_set_bits(g->bits[id], s.source == SHOW_VALUE ? g->now.bits[id].value : 0, s.reliability);
}

/* ---- objects ---- */

static const char *state_text_of(const void *texts, uint32_t n)
{
	return ((const struct state_text *)texts)[n + 1].text;
}

static const char *bit_text_of(const void *texts, uint32_t n)
{
	return ((const struct bit_text *)texts)[n].text;
}

static bool wanted(const struct gateway *g, bool not_managed)
{
	return g->conf.map == GATEWAY_MAP_SOCOMEC || !not_managed;
}

static bool add(struct gateway *g, const struct object_conf *conf, struct object **slot)
{
	if (device_add(g->device, conf, slot) != OBJECT_ADDED)
		return false;
	const char *written = g->hooks.description ? g->hooks.description(g->hooks.ctx, object_id(*slot)) : NULL;
	if (written)
		device_restore_text(g->device, object_id(*slot), PROP_DESCRIPTION, written);
	return true;
}

static bool add_point(struct gateway *g, int id)
{
	const struct point_info *p = &point_table[id];
	g->scale[id] = 0.0f;                             /* unknown: the first showing sets the increment */
	return add(g, &(struct object_conf){ .type = OBJ_ANALOG_VALUE, .instance = p->instance, .name = p->name,
		.description = p->description, .units = p->unit, .cov_increment = p->cov_increment,
		.real = missing_value(g, id), .reliability = RELIABILITY_COMMUNICATION_FAILURE }, &g->point[id]);
}

static bool add_state(struct gateway *g, int id)
{
	const struct state_info *s = &state_table[id];
	return add(g, &(struct object_conf){ .type = OBJ_MULTI_STATE_VALUE, .instance = s->instance, .name = s->name,
		.description = s->description, .count = s->count, .text = state_text_of, .texts = s->state,
		.relinquish_default = g->conf.map == GATEWAY_MAP_SOCOMEC ? s->fallback : 0,
		.state = s->fallback, .reliability = RELIABILITY_COMMUNICATION_FAILURE }, &g->state[id]);
}

static bool add_bits(struct gateway *g, int id)
{
	const struct bits_info *b = &bits_table[id];
	return add(g, &(struct object_conf){ .type = OBJ_BITSTRING_VALUE, .instance = b->instance, .name = b->name,
		.description = b->description, .count = b->count, .text = bit_text_of, .texts = b->bit,
		.reliability = RELIABILITY_COMMUNICATION_FAILURE }, &g->bits[id]);
}

/* The object of a slot is there exactly when map and UPS ask for it. */
static bool settle(struct gateway *g, bool not_managed, struct object **slot, bool (*make)(struct gateway *, int id), int id)
{
	bool want = wanted(g, not_managed);
	if (want && !*slot)
		return make(g, id);
	if (!want && *slot) {
		device_remove(g->device, *slot);
		*slot = NULL;
	}
	return true;
}

/* Makes the set of objects what map and UPS ask for. */
static bool arrange(struct gateway *g)
{
	bool ok = true;
	device_edit(g->device);
	for (int i = 0; i < PT_COUNT; i++)
		ok &= settle(g, g->point_out[i], &g->point[i], add_point, i);
	for (int i = 0; i < ST_COUNT; i++)
		ok &= settle(g, g->state_out[i], &g->state[i], add_state, i);
	for (int i = 0; i < BS_COUNT; i++)
		ok &= settle(g, g->bits_out[i], &g->bits[i], add_bits, i);
	show_device(g);
	for (int i = 0; i < PT_COUNT; i++)
		show_point(g, i);
	for (int i = 0; i < ST_COUNT; i++)
		show_state(g, i);
	for (int i = 0; i < BS_COUNT; i++)
		show_bits(g, i);
	device_commit(g->device);
	return ok;
}

/* Learns from a snapshot what the UPS does not have. */
static void learn(struct gateway *g)
{
	if (!g->now.identity.family[0])
		return;
	g->known = g->now.identity;
	for (int i = 0; i < PT_COUNT; i++)
		g->point_out[i] = g->now.point[i].quality == QUALITY_NOT_MANAGED;
	for (int i = 0; i < ST_COUNT; i++)
		g->state_out[i] = i != ST_DEVICE_STATUS && g->now.state[i].quality == QUALITY_NOT_MANAGED;
	for (int i = 0; i < BS_COUNT; i++)
		g->bits_out[i] = g->now.bits[i].quality == QUALITY_NOT_MANAGED;
}

static void make_stale(uint8_t *quality)
{
	if (*quality == QUALITY_GOOD)
		*quality = QUALITY_STALE;
}

/* A link that has just been started anew knows nothing yet.  What was read before stays, as the stale reading that it is. */
static void keep_values(struct gateway *g, const struct snapshot *fresh)
{
	struct snapshot *now = &g->now;
	now->sequence = fresh->sequence;
	now->at = fresh->at;
	now->link = fresh->link;
	now->complete = fresh->complete;
	now->internal_fault = fresh->internal_fault;
	now->stats = fresh->stats;
	for (int i = 0; i < PT_COUNT; i++)
		make_stale(&now->point[i].quality);
	for (int i = 0; i < ST_COUNT; i++)
		make_stale(&now->state[i].quality);
	for (int i = 0; i < BS_COUNT; i++)
		make_stale(&now->bits[i].quality);
}

/* ---- the outside ---- */

struct gateway *gateway_make(struct device *device, const struct gateway_conf *conf, const struct gateway_hooks *hooks)
{
	struct gateway *g = calloc(1, sizeof *g);
	if (!g)
		return NULL;
	g->device = device;
	g->conf = *conf;
	if (hooks)
		g->hooks = *hooks;
	snapshot_clear(&g->now);
	if (!arrange(g)) {
		gateway_free(g);
		return NULL;
	}
	return g;
}

void gateway_free(struct gateway *g)
{
	free(g);
}

void gateway_update(struct gateway *g, const struct snapshot *s)
{
	if (g->now.identity.family[0] && !s->identity.family[0])
		keep_values(g, s);
	else
		g->now = *s;
	g->was_up |= s->link == LINK_UP;
	learn(g);
	arrange(g);
}

void gateway_configure(struct gateway *g, const struct gateway_conf *conf)
{
	bool anew = conf->map != g->conf.map;
	g->conf = *conf;
	device_edit(g->device);
	for (int i = 0; anew && i < PT_COUNT; i++)       /* scale and Relinquish_Default of an object belong to its map */
		g->scale[i] = 0.0f;
	for (int i = 0; anew && i < ST_COUNT; i++)
		if (g->state[i])
			object_set_relinquish_default(g->state[i],
				conf->map == GATEWAY_MAP_SOCOMEC ? state_table[i].fallback : 0);
	arrange(g);
	device_commit(g->device);
}

void gateway_set_internal_fault(struct gateway *g, bool fault)
{
	g->internal_fault = fault;
	show_device(g);
	show_state(g, ST_DEVICE_STATUS);
}

const struct snapshot *gateway_snapshot(const struct gateway *g)
{
	return &g->now;
}

struct object *gateway_point_object(const struct gateway *g, enum point_id id)
{
	return g->point[id];
}

struct object *gateway_state_object(const struct gateway *g, enum state_id id)
{
	return g->state[id];
}

struct object *gateway_bits_object(const struct gateway *g, enum bits_id id)
{
	return g->bits[id];
}

float gateway_cov_engineering(const struct gateway *g, uint32_t id, float written)
{
	for (int i = 0; i < PT_COUNT; i++)
		if (g->point[i] && object_id(g->point[i]) == id && g->scale[i] > 0.0f)
			return written / g->scale[i];
	return written;
}

/* ---- memory ---- */

void gateway_remember(const struct gateway *g, struct gateway_memory *m)
{
	m->identity = g->known;
	m->not_managed_count = 0;
	for (int i = 0; i < PT_COUNT; i++)
		if (g->point_out[i])
			m->not_managed[m->not_managed_count++] = bac_object_id(OBJ_ANALOG_VALUE, point_table[i].instance);
	for (int i = 0; i < ST_COUNT; i++)
		if (g->state_out[i])
			m->not_managed[m->not_managed_count++] = bac_object_id(OBJ_MULTI_STATE_VALUE, state_table[i].instance);
	for (int i = 0; i < BS_COUNT; i++)
		if (g->bits_out[i])
			m->not_managed[m->not_managed_count++] = bac_object_id(OBJ_BITSTRING_VALUE, bits_table[i].instance);
}

static bool listed(const struct gateway_memory *m, uint32_t type, uint32_t instance)
{
	for (size_t i = 0; i < m->not_managed_count && i < GATEWAY_OBJECTS; i++)
		if (m->not_managed[i] == bac_object_id(type, instance))
			return true;
	return false;
}

void gateway_recall(struct gateway *g, const struct gateway_memory *m)
{
	g->known = m->identity;
	for (int i = 0; i < PT_COUNT; i++)
		g->point_out[i] = listed(m, OBJ_ANALOG_VALUE, point_table[i].instance);
	for (int i = 0; i < ST_COUNT; i++)
		g->state_out[i] = i != ST_DEVICE_STATUS && listed(m, OBJ_MULTI_STATE_VALUE, state_table[i].instance);
	for (int i = 0; i < BS_COUNT; i++)
		g->bits_out[i] = listed(m, OBJ_BITSTRING_VALUE, bits_table[i].instance);
	arrange(g);
}
