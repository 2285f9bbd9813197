/* Which objects there are, and what is remembered. */
#include "gateway/gateway.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bacnet/enum.h"
#include "gateway/state.h"
#include "object/analog_value.h"
#include "object/bitstring_value.h"
#include "object/multistate_value.h"
#include "object/object.h"

/* ---- objects ---- */

static const char *state_text_of(const void *texts, uint32_t n)
{
	return ((const struct state_text *)texts)[n + 1].text;
}

static const char *bit_text_of(const void *texts, uint32_t n)
{
	return ((const struct bit_text *)texts)[n].text;
}

static uint32_t relinquish_default(const struct gateway *g, enum state_id id)
{
	return g->conf.map == GATEWAY_MAP_SOCOMEC ? state_table[id].fallback : 0;
}

static struct object *add(struct gateway *g, const struct object_type *type, uint32_t instance, const char *name,
                          const char *description, const void *with)
{
	struct object *o = NULL;
	device_add(g->device, &(struct object_conf){ type, instance, name, description, with }, &o);
	return o;
}

static struct object *add_point(struct gateway *g, int id)
{
	const struct point_info *p = &point_table[id];
	return add(g, &analog_value, p->instance, p->name, p->description, &(struct analog_value_conf){ .units = p->unit,
		.cov_increment = p->cov_increment, .scale = gateway_scale(g, p->decimals == DECIMALS_FREE ? 0 : p->decimals),
		.value = gateway_missing(g, id), .reliability = RELIABILITY_COMMUNICATION_FAILURE });
}

static struct object *add_state(struct gateway *g, int id)
{
	const struct state_info *s = &state_table[id];
	return add(g, &multistate_value, s->instance, s->name, s->description, &(struct multistate_value_conf){ .states = s->count,
		.text = state_text_of, .texts = s->state, .relinquish_default = relinquish_default(g, id), .state = s->fallback,
		.reliability = RELIABILITY_COMMUNICATION_FAILURE });
}

static struct object *add_bits(struct gateway *g, int id)
{
	const struct bits_info *b = &bits_table[id];
	return add(g, &bitstring_value, b->instance, b->name, b->description, &(struct bitstring_value_conf){ .count = b->count,
		.text = bit_text_of, .texts = b->bit, .reliability = RELIABILITY_COMMUNICATION_FAILURE });
}

/* The object of a slot is there exactly when map and UPS ask for it. */
static bool fit(struct gateway *g, bool not_managed, struct object **slot, struct object *(*make)(struct gateway *, int id), int id)
{
	bool want = g->conf.map == GATEWAY_MAP_SOCOMEC || !not_managed;
	if (want && !*slot)
		*slot = make(g, id);
	if (!want && *slot) {
		device_remove(g->device, *slot);
		*slot = NULL;
	}
	return !want || *slot;
}

/* Makes the set of objects what map and UPS ask for, and shows all anew. */
static bool arrange(struct gateway *g)
{
	const struct belief *b = &g->believer.held;
	bool ok = true;
	device_edit(g->device);
	for (int i = 0; i < PT_COUNT; i++)
		ok &= fit(g, b->point_out[i], &g->point[i], add_point, i);
	for (int i = 0; i < ST_COUNT; i++)
		ok &= fit(g, b->state_out[i], &g->state[i], add_state, i);
	for (int i = 0; i < BS_COUNT; i++)
		ok &= fit(g, b->bits_out[i], &g->bits[i], add_bits, i);
	gateway_show_device(g);
	gateway_show_values(g);
	device_commit(g->device);
	return ok;
}

/* ---- snapshots ---- */

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

/* A value that is said not to be managed, and that is not believed yet, is one that was not read this time. */
#define HOLD(kind_, count_) \
	for (int i = 0; i < (count_); i++) \
		if (fresh->kind_[i].quality == QUALITY_NOT_MANAGED && !b->kind_##_out[i]) { \
			fresh->kind_[i] = g->now.kind_[i]; \
			make_stale(&fresh->kind_[i].quality); \
		}

static void hold_doubted(const struct gateway *g, struct snapshot *fresh)
{
	const struct belief *b = &g->believer.held;
	HOLD(point, PT_COUNT)
	HOLD(state, ST_COUNT)
	HOLD(bits, BS_COUNT)
}

bool gateway_update(struct gateway *g, const struct snapshot *s)
{
	bool news = belief_hear(&g->believer, s);
	if (g->now.identity.family[0] && !s->identity.family[0]) {
		keep_values(g, s);
	} else {
		struct snapshot fresh = *s;
		hold_doubted(g, &fresh);
		g->now = fresh;
	}
	bool ok = arrange(g);
	assert(ok);                              /* names and instances are those of the tables, and there is room for all */
	(void)ok;
	device_settle(g->device);
	return news;
}

void gateway_waited(struct gateway *g)
{
	g->waited = true;
	gateway_show_status(g);
	device_settle(g->device);
}

void gateway_set_internal_fault(struct gateway *g, bool fault)
{
	g->internal_fault = fault;
	gateway_show_status(g);
	device_settle(g->device);
}

void gateway_configure(struct gateway *g, const struct gateway_conf *conf)
{
	g->conf = *conf;
	for (int i = 0; i < ST_COUNT; i++)               /* Relinquish_Default belongs to the map */
		if (g->state[i])
			multistate_value_set_default(g->state[i], relinquish_default(g, i));
	bool ok = arrange(g);
	assert(ok);
	(void)ok;
	device_settle(g->device);
}

/* ---- memory ---- */

void gateway_remember(const struct gateway *g, struct gateway_memory *m)
{
	const struct belief *b = &g->believer.held;
	m->identity = b->identity;
	m->not_managed_count = 0;
	for (int i = 0; i < PT_COUNT; i++)
		if (b->point_out[i])
			m->not_managed[m->not_managed_count++] = bac_object_id(OBJ_ANALOG_VALUE, point_table[i].instance);
	for (int i = 0; i < ST_COUNT; i++)
		if (b->state_out[i])
			m->not_managed[m->not_managed_count++] = bac_object_id(OBJ_MULTI_STATE_VALUE, state_table[i].instance);
	for (int i = 0; i < BS_COUNT; i++)
		if (b->bits_out[i])
			m->not_managed[m->not_managed_count++] = bac_object_id(OBJ_BITSTRING_VALUE, bits_table[i].instance);
}

static bool listed(const struct gateway_memory *m, uint32_t type, uint32_t instance)
{
	for (size_t i = 0; i < m->not_managed_count && i < GATEWAY_OBJECTS; i++)
		if (m->not_managed[i] == bac_object_id(type, instance))
			return true;
	return false;
}

static void recall(struct belief *b, const struct gateway_memory *m)
{
	b->identity = m->identity;
	for (int i = 0; i < PT_COUNT; i++)
		b->point_out[i] = listed(m, OBJ_ANALOG_VALUE, point_table[i].instance);
	for (int i = 0; i < ST_COUNT; i++)
		b->state_out[i] = i != ST_DEVICE_STATUS && listed(m, OBJ_MULTI_STATE_VALUE, state_table[i].instance);
	for (int i = 0; i < BS_COUNT; i++)
		b->bits_out[i] = listed(m, OBJ_BITSTRING_VALUE, bits_table[i].instance);
}

/* ---- life, looks ---- */

struct gateway *gateway_make(struct device *device, const struct gateway_conf *conf, const struct gateway_memory *memory)
{
	struct gateway *g = calloc(1, sizeof *g);
	if (!g)
		return NULL;
	g->device = device;
	g->conf = *conf;
	if (memory)
		recall(&g->believer.held, memory);
	snapshot_clear(&g->now);
	if (!device_register(device, &analog_value, PT_COUNT) || !device_register(device, &multistate_value, ST_COUNT) ||
	    !device_register(device, &bitstring_value, BS_COUNT) || !arrange(g)) {
		gateway_free(g);
		return NULL;
	}
	return g;
}

void gateway_free(struct gateway *g)
{
	free(g);
}

const struct snapshot *gateway_snapshot(const struct gateway *g)                { return &g->now; }
const struct ups_identity *gateway_identity(const struct gateway *g)            { return &g->believer.held.identity; }
uint8_t gateway_device_status(const struct gateway *g)                          { return g->device_status; }
struct object *gateway_point_object(const struct gateway *g, enum point_id id)  { return g->point[id]; }
struct object *gateway_state_object(const struct gateway *g, enum state_id id)  { return g->state[id]; }
struct object *gateway_bits_object(const struct gateway *g, enum bits_id id)    { return g->bits[id]; }
