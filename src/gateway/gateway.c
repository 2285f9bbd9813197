/* Which objects there are, and what is remembered. */
#include "gateway/gateway.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bacnet/enum.h"
#include "gateway/state.h"
#include "object/analog_value.h"
#include "object/binary_value.h"
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
	struct alarm_conf alarm = gateway_alarm(g, VALUE_POINT + id);
	return add(g, &analog_value, p->instance, p->name, p->description, &(struct analog_value_conf){ .units = p->unit,
		.cov_increment = p->cov_increment, .value = gateway_missing(g, id), .reliability = RELIABILITY_COMMUNICATION_FAILURE, .alarm = &alarm });
}

static struct object *add_state(struct gateway *g, int id)
{
	const struct state_info *s = &state_table[id];
	struct alarm_conf alarm = gateway_alarm(g, VALUE_STATE + id);
	return add(g, &multistate_value, s->instance, s->name, s->description, &(struct multistate_value_conf){ .states = s->count,
		.text = state_text_of, .texts = s->state, .relinquish_default = relinquish_default(g, id), .state = s->fallback,
		.reliability = RELIABILITY_COMMUNICATION_FAILURE, .alarm = &alarm });
}

static struct object *add_bits(struct gateway *g, int id)
{
	const struct bits_info *b = &bits_table[id];
	struct alarm_conf alarm = gateway_alarm(g, VALUE_BITS + id);
	return add(g, &bitstring_value, b->instance, b->name, b->description, &(struct bitstring_value_conf){ .count = b->count,
		.text = bit_text_of, .texts = b->bit, .reliability = RELIABILITY_COMMUNICATION_FAILURE, .alarm = &alarm });
}

static struct object *add_alarm(struct gateway *g, int id)
{
	const struct alarm_bit *a = &alarm_bit_table[id];
	struct alarm_conf alarm = gateway_alarm(g, VALUE_ALARM + id);
	return add(g, &binary_value, alarm_bit_instance(id), alarm_bit_name(id, g->alarm_name[id]), bits_table[a->bits].bit[a->bit].description,
		&(struct binary_value_conf){ .inactive_text = GATEWAY_NO_ALARM, .active_text = GATEWAY_ALARM,
			.reliability = RELIABILITY_COMMUNICATION_FAILURE, .alarm = &alarm });
}

static struct object *make(struct gateway *g, int n)
{
	int id;
	switch (value_kind_of(n, &id)) {
	case VALUE_IS_POINT: return add_point(g, id);
	case VALUE_IS_STATE: return add_state(g, id);
	case VALUE_IS_BITS:  return add_bits(g, id);
	case VALUE_IS_ALARM: return add_alarm(g, id);
	}
	return NULL;
}

static void drop(struct gateway *g, int n)
{
	if (g->object[n])
		device_remove(g->device, g->object[n]);
	g->object[n] = NULL;
}

/* The object of a value is there exactly when map and UPS ask for it.  False: it cannot be had. */
static bool fit(struct gateway *g, int n)
{
	struct object **slot = &g->object[n];
	bool all = g->conf.map == GATEWAY_MAP_SOCOMEC;   /* that there are in the manual */
	bool want = all ? n < VALUE_ALARM : !g->believer.held.out[n];
	if (want && !*slot)
		*slot = make(g, n);
	if (!want)
		drop(g, n);
	return !want || *slot;
}

/* Makes the set of objects what map and UPS ask for, and shows all anew. */
static bool arrange(struct gateway *g)
{
	bool ok = true;
	device_edit(g->device);
	for (int n = 0; n < VALUES; n++)
		ok = fit(g, n) && ok;
	if (ok) {
		gateway_show_device(g);
		gateway_show_values(g);
	}
	device_commit(g->device);
	return ok;
}

/* ---- snapshots ---- */

/* Values of before, that were not read this time. */
static void make_stale(struct snapshot *s, int n)
{
	if (value_quality(s, n) == QUALITY_GOOD)
		value_set_quality(s, n, QUALITY_STALE);
}

void gateway_snapshot_lost(struct snapshot *s)
{
	s->link = LINK_LOST;
	s->complete = false;
	for (int n = 0; n < VALUES; n++)
		make_stale(s, n);
	if (!s->stats.last_error[0])
		snprintf(s->stats.last_error, sizeof s->stats.last_error, "no answer");
}

/* A link that has just been started anew knows nothing yet.  What was read before stays, as the stale reading that it is. */
static struct snapshot with_values_of(const struct snapshot *fresh, const struct snapshot *before)
{
	struct snapshot s = *fresh;
	s.identity = before->identity;
	s.clock = before->clock;
	for (int n = 0; n < VALUES; n++) {
		value_copy(&s, before, n);
		make_stale(&s, n);
	}
	return s;
}

/* A value that is said not to be managed, and that is not believed yet, is one that was not read this time. */
static struct snapshot without_doubted(const struct snapshot *fresh, const struct gateway *g)
{
	struct snapshot s = *fresh;
	for (int n = 0; n < VALUES; n++)
		if (value_quality(&s, n) == QUALITY_NOT_MANAGED && !g->believer.held.out[n]) {
			value_copy(&s, &g->now, n);
			make_stale(&s, n);
		}
	return s;
}

bool gateway_update(struct gateway *g, const struct snapshot *s)
{
	bool news = belief_hear(&g->believer, s);
	bool anew = g->now.identity.family[0] && !s->identity.family[0];
	g->now = anew ? with_values_of(s, &g->now) : without_doubted(s, g);
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
	bool switched = conf->map != g->conf.map;
	g->conf = *conf;
	device_edit(g->device);
	for (int n = VALUE_BITS; switched && n < VALUE_ALARM; n++)       /* what of them is an alarm belongs to the map */
		drop(g, n);
	for (int i = 0; i < ST_COUNT; i++)               /* Relinquish_Default belongs to the map */
		if (g->object[VALUE_STATE + i])
			multistate_value_set_default(g->object[VALUE_STATE + i], relinquish_default(g, i));
	bool ok = arrange(g);
	assert(ok);
	(void)ok;
	device_commit(g->device);
	device_settle(g->device);
}

/* ---- memory ---- */

void gateway_remember(const struct gateway *g, struct gateway_memory *m)
{
	m->identity = g->believer.held.identity;
	m->not_managed_count = 0;
	for (int n = 0; n < VALUES; n++)
		if (g->believer.held.out[n])
			m->not_managed[m->not_managed_count++] = value_object_id(n);
}

static bool is_listed(const struct gateway_memory *m, uint32_t id)
{
	for (size_t i = 0; i < m->not_managed_count; i++)
		if (m->not_managed[i] == id)
			return true;
	return false;
}

static void recall(struct belief *b, const struct gateway_memory *m)
{
	b->identity = m->identity;
	for (int n = 0; n < VALUES; n++)
		b->out[n] = n != VALUE_DEVICE_STATUS && is_listed(m, value_object_id(n));
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
	    !device_register(device, &bitstring_value, BS_COUNT) || !device_register(device, &binary_value, ALARM_BITS) || !arrange(g)) {
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
struct object *gateway_point_object(const struct gateway *g, enum point_id id)  { return g->object[VALUE_POINT + (int)id]; }
struct object *gateway_state_object(const struct gateway *g, enum state_id id)  { return g->object[VALUE_STATE + (int)id]; }
struct object *gateway_bits_object(const struct gateway *g, enum bits_id id)    { return g->object[VALUE_BITS + (int)id]; }
struct object *gateway_alarm_object(const struct gateway *g, int n)             { return g->object[VALUE_ALARM + n]; }
