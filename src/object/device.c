#include "object/model.h"

#include <stdio.h>
#include <stdlib.h>

const uint32_t kind_type[KIND_COUNT] = {
	[KIND_DEVICE] = OBJ_DEVICE, [KIND_ANALOG_VALUE] = OBJ_ANALOG_VALUE, [KIND_MULTI_STATE_VALUE] = OBJ_MULTI_STATE_VALUE,
	[KIND_BITSTRING_VALUE] = OBJ_BITSTRING_VALUE, [KIND_NETWORK_PORT] = OBJ_NETWORK_PORT,
};

enum { CAPACITY_MAX = 30000 };               /* slots are counted in 16 bits */

/* ---- index ---- */

static uint32_t bucket_of(const struct device *d, uint32_t id)
{
	return id * 2654435761u >> d->bucket_shift;      /* Fibonacci hashing spreads dense instances */
}

static void index_put(struct device *d, const struct object *o)
{
	uint32_t b = bucket_of(d, o->id);
	while (d->buckets[b])
		b = (b + 1) & d->bucket_mask;
	d->buckets[b] = (uint16_t)(o - d->slots + 1);
}

/* Removing and renumbering are rare: the whole index is made anew. */
static void index_make(struct device *d)
{
	memset(d->buckets, 0, (d->bucket_mask + 1) * sizeof d->buckets[0]);
	for (size_t i = 0; i < d->count; i++)
		index_put(d, d->list[i]);
}

struct object *device_find(struct device *d, uint32_t id)
{
	uint32_t b = bucket_of(d, id);
	for (uint16_t slot; (slot = d->buckets[b]); b = (b + 1) & d->bucket_mask)
		if (d->slots[slot - 1].id == id)
			return &d->slots[slot - 1];
	return NULL;
}

struct object *device_find_any(struct device *d, uint32_t id)
{
	struct object *o = device_find(d, id);
	if (o || bac_id_instance(id) != BAC_INSTANCE_ANY)
		return o;
	if (bac_id_type(id) == OBJ_DEVICE)
		return &d->slots[0];
	for (size_t i = 0; bac_id_type(id) == OBJ_NETWORK_PORT && i < d->count; i++)
		if (d->list[i]->kind == KIND_NETWORK_PORT)
			return d->list[i];
	return NULL;
}

struct object *device_find_name(struct device *d, const char *name, size_t n)
{
	for (size_t i = 0; i < d->count; i++) {
		struct object *o = d->list[i];
		if (o->name_length == n && memcmp(o->name, name, n) == 0)
			return o;
	}
	return NULL;
}

/* ---- making ---- */

struct device *device_make(const struct device_conf *conf)
{
	if (conf->objects > CAPACITY_MAX || conf->instance > BAC_INSTANCE_MAX)
		return NULL;
	struct device *d = calloc(1, sizeof *d);
	if (!d)
		return NULL;
	d->capacity = conf->objects + 1;
	uint32_t bits = 1;
	while (1ul << bits < 2 * d->capacity)
		bits++;
	d->bucket_shift = 32 - bits;
	d->bucket_mask = (1u << bits) - 1;
	d->slots = calloc(d->capacity, sizeof d->slots[0]);
	d->list = calloc(d->capacity, sizeof d->list[0]);
	d->buckets = calloc(1ul << bits, sizeof d->buckets[0]);
	d->own = calloc(d->capacity, sizeof d->own[0]);
	if (!d->slots || !d->list || !d->buckets || !d->own) {
		device_free(d);
		return NULL;
	}
	d->hooks = conf->hooks;
	d->writable = conf->writable;
	d->vendor_id = conf->vendor_id;
	d->max_apdu = conf->max_apdu ? conf->max_apdu : 1476;
	d->max_segments = conf->max_segments ? conf->max_segments : 16;
	d->apdu_timeout_ms = conf->apdu_timeout_ms ? conf->apdu_timeout_ms : 6000;
	d->segment_timeout_ms = conf->segment_timeout_ms ? conf->segment_timeout_ms : 5000;
	d->retries = conf->retries;
	d->revision = 1;
	d->editing = true;
	struct object *self = &d->slots[0];
	*self = (struct object){ .id = bac_object_id(OBJ_DEVICE, conf->instance), .kind = KIND_DEVICE, .used = true,
	                         .name = d->text[DEVICE_NAME], .device = d };
	d->list[d->count++] = self;
	snprintf(d->text[DEVICE_NAME], sizeof d->text[0], "device-%u", (unsigned)conf->instance);
	self->name_length = (uint16_t)strlen(self->name);
	index_make(d);
	return d;
}

void device_free(struct device *d)
{
	if (!d)
		return;
	free(d->slots);
	free(d->list);
	free(d->buckets);
	free(d->own);
	free(d);
}

/* ---- objects ---- */

static int kind_of(uint32_t type)
{
	for (int kind = 0; kind < KIND_COUNT; kind++)
		if (kind_type[kind] == type)
			return kind;
	return -1;
}

static enum object_add can_add(struct device *d, uint32_t id, const char *name)
{
	size_t n = name ? strlen(name) : 0;
	if (n == 0 || n > DEVICE_TEXT_MAX || bac_id_instance(id) > BAC_INSTANCE_MAX)
		return OBJECT_BAD;
	if (device_find(d, id))
		return OBJECT_ID_TAKEN;
	if (device_find_name(d, name, n))
		return OBJECT_NAME_TAKEN;
	return d->count < d->capacity ? OBJECT_ADDED : OBJECT_NO_ROOM;
}

static struct object *add(struct device *d, const struct object *made)
{
	size_t slot = 1;
	while (d->slots[slot].used)
		slot++;                          /* can_add() saw that one is free */
	struct object *o = &d->slots[slot];
	*o = *made;
	o->used = true;
	o->name_length = (uint16_t)strlen(o->name);
	o->own = d->own[slot];
	o->device = d;
	d->list[d->count++] = o;
	index_put(d, o);
	device_revise(d);
	return o;
}

enum object_add device_add(struct device *d, const struct object_conf *c, struct object **made)
{
	int kind = kind_of(c->type);
	if (kind != KIND_ANALOG_VALUE && kind != KIND_MULTI_STATE_VALUE && kind != KIND_BITSTRING_VALUE)
		return OBJECT_BAD;
	if (kind == KIND_MULTI_STATE_VALUE && (c->state < 1 || c->state > c->count || c->relinquish_default > c->count))
		return OBJECT_BAD;
	if (kind == KIND_BITSTRING_VALUE && c->count > 32)
		return OBJECT_BAD;
	if (c->instance > BAC_INSTANCE_MAX)
		return OBJECT_BAD;
	uint32_t id = bac_object_id(c->type, c->instance);
	enum object_add can = can_add(d, id, c->name);
	if (can != OBJECT_ADDED)
		return can;
	struct object o = {
		.id = id, .kind = (uint8_t)kind, .name = c->name, .description = c->description, .profile = c->profile, .units = c->units,
		.cov_increment = c->cov_increment, .count = c->count, .text = c->text, .texts = c->texts,
		.relinquish_default = c->relinquish_default, .reliability = c->reliability,
	};
	if (kind == KIND_ANALOG_VALUE)
		o.value.real = c->real;
	else
		o.value.word = kind == KIND_MULTI_STATE_VALUE ? c->state : c->bits;
	struct object *added = add(d, &o);
	if (made)
		*made = added;
	return OBJECT_ADDED;
}

enum object_add device_add_port(struct device *d, uint32_t instance, const char *name, const char *description,
                                const struct network_port *port, struct object **made)
{
	size_t n = 0;
	while (n < DEVICE_PORTS && d->port_used[n])
		n++;
	if (instance > BAC_INSTANCE_MAX)
		return OBJECT_BAD;
	uint32_t id = bac_object_id(OBJ_NETWORK_PORT, instance);
	enum object_add can = can_add(d, id, name);
	if (can != OBJECT_ADDED || n == DEVICE_PORTS)
		return can != OBJECT_ADDED ? can : OBJECT_NO_ROOM;
	d->port_used[n] = true;
	d->ports[n] = *port;
	struct object *added = add(d, &(struct object){ .id = id, .kind = KIND_NETWORK_PORT, .name = name, .description = description,
	                                                .port = &d->ports[n] });
	if (made)
		*made = added;
	return OBJECT_ADDED;
}

const char *object_add_text(enum object_add added)
{
	switch (added) {
	case OBJECT_ADDED:      return "added";
	case OBJECT_NO_ROOM:    return "the device has no room for another object";
	case OBJECT_ID_TAKEN:   return "another object has this identifier";
	case OBJECT_NAME_TAKEN: return "another object has this name";
	case OBJECT_BAD:        return "type, instance, name or state is not possible";
	}
	return "unknown";
}

void device_remove(struct device *d, struct object *o)
{
	if (o->kind == KIND_DEVICE || !o->used)
		return;
	size_t at = 0;
	while (d->list[at] != o)
		at++;
	memmove(&d->list[at], &d->list[at + 1], (--d->count - at) * sizeof d->list[0]);
	if (o->port)
		d->port_used[o->port - d->ports] = false;
	*o = (struct object){ 0 };
	index_make(d);
	device_revise(d);
}

size_t device_count(const struct device *d)           { return d->count; }
struct object *device_at(struct device *d, size_t n)  { return n < d->count ? d->list[n] : NULL; }
struct object *device_object(struct device *d)        { return &d->slots[0]; }

/* ---- Database_Revision ---- */

uint32_t device_database_digest(const struct device *d)
{
	uint32_t h = 2166136261u;                /* FNV-1a */
	for (size_t i = 0; i < d->count; i++) {
		const struct object *o = d->list[i];
		for (unsigned shift = 0; shift < 32; shift += 8)
			h = (h ^ (o->id >> shift & 0xFF)) * 16777619u;
		for (size_t k = 0; k <= o->name_length; k++)
			h = (h ^ (uint8_t)o->name[k]) * 16777619u;
	}
	return h;
}

void device_revise(struct device *d)
{
	d->edited = true;
	if (d->editing)
		return;
	d->edited = false;
	d->revision++;
	if (d->hooks.revised)
		d->hooks.revised(d->hooks.ctx, d->revision);
}

void device_edit(struct device *d)
{
	d->editing = true;
}

void device_commit(struct device *d)
{
	bool first = !d->committed;
	d->editing = false;
	d->committed = true;
	/* At start the objects are put together anew: that is a change only if they differ from those of the last run. */
	bool changed = first ? d->restored && d->restored_digest != device_database_digest(d) : d->edited;
	d->edited = false;
	if (changed)
		device_revise(d);
}

void device_restore_revision(struct device *d, uint32_t revision, uint32_t digest)
{
	d->revision = revision;
	d->restored_digest = digest;
	d->restored = true;
}

uint32_t device_database_revision(const struct device *d) { return d->revision; }

/* ---- identity and settings ---- */

uint32_t device_id(const struct device *d)            { return d->slots[0].id; }
uint32_t device_instance(const struct device *d)      { return bac_id_instance(d->slots[0].id); }

void device_set_instance(struct device *d, uint32_t instance)
{
	if (instance > BAC_INSTANCE_MAX || instance == device_instance(d))
		return;
	d->slots[0].id = bac_object_id(OBJ_DEVICE, instance);
	index_make(d);
	device_revise(d);
}

void device_set_timeouts(struct device *d, uint32_t apdu_ms, uint32_t segment_ms, uint8_t retries)
{
	d->apdu_timeout_ms = apdu_ms;
	d->segment_timeout_ms = segment_ms;
	d->retries = retries;
}

void device_set_vendor_id(struct device *d, uint16_t v)          { d->vendor_id = v; }
void device_set_system_status(struct device *d, unsigned v)      { d->system_status = v < STATUS_COUNT ? (uint8_t)v : d->system_status; }
void device_set_writable(struct device *d, enum writable v)      { d->writable = v; }
void device_set_utc_offset(struct device *d, int16_t v)          { d->utc_offset = v; }
void device_set_daylight_saving(struct device *d, bool v)        { d->daylight_saving = v; }
void device_set_services(struct device *d, uint64_t v)           { d->services = v; }
void device_set_hooks(struct device *d, const struct device_hooks *h) { d->hooks = *h; }
const struct device_hooks *device_hooks(const struct device *d)  { return &d->hooks; }
uint16_t device_vendor_id(const struct device *d)                { return d->vendor_id; }
int16_t device_utc_offset(const struct device *d)                { return d->utc_offset; }
bool device_daylight_saving(const struct device *d)              { return d->daylight_saving; }
uint64_t device_services(const struct device *d)                 { return d->services; }
uint16_t device_max_apdu(const struct device *d)                 { return d->max_apdu; }
uint16_t device_max_segments(const struct device *d)             { return d->max_segments; }
uint32_t device_apdu_timeout_ms(const struct device *d)          { return d->apdu_timeout_ms; }
uint32_t device_segment_timeout_ms(const struct device *d)       { return d->segment_timeout_ms; }
uint8_t device_retries(const struct device *d)                   { return d->retries; }
