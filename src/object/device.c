/* The device as a container: types, objects, how they are found. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "object/model.h"

enum { OBJECTS_MAX = 100000 };               /* of one device */

/* ---- index ---- */

static bool grow(struct device *d, size_t room)
{
	size_t capacity = d->capacity + room;
	uint32_t bits = 1;
	while (1ul << bits < 2 * capacity)
		bits++;
	struct object **list = calloc(capacity, sizeof *list);
	struct bucket *buckets = calloc(1ul << bits, sizeof *buckets);
	if (!list || !buckets) {
		free(list);
		free(buckets);
		return false;
	}
	for (size_t i = 0; i < d->count; i++)
		list[i] = d->list[i];
	free(d->list);
	free(d->buckets);
	d->list = list;
	d->buckets = buckets;
	d->capacity = capacity;
	d->bucket_shift = 32 - bits;
	d->bucket_mask = (1u << bits) - 1;
	index_make(d);
	return true;
}

static void kind_free(struct kind *k)
{
	if (!k)
		return;
	free(k->objects);
	free(k->own);
	free(k);
}

static struct kind *kind_make(const struct object_type *type, size_t room)
{
	struct kind *k = calloc(1, sizeof *k);
	if (!k)
		return NULL;
	k->type = type;
	k->room = room;
	k->stride = (sizeof(struct object) + type->data_size + alignof(struct object) - 1) / alignof(struct object) * alignof(struct object);
	k->objects = calloc(room, k->stride);
	k->own = calloc(room, sizeof k->own[0]);
	if (!k->objects || !k->own) {
		kind_free(k);
		return NULL;
	}
	for (size_t i = 0; i < PROP_STANDARD_LIMIT; i++)
		k->row_of[i] = -1;
	for (size_t i = 0; i < type->row_count; i++)
		k->row_of[type->rows[i].property] = (int16_t)i;
	return k;
}

static struct kind *kind_of(const struct device *d, const struct object_type *type)
{
	for (size_t i = 0; i < d->kind_count; i++)
		if (d->kinds[i]->type == type)
			return d->kinds[i];
	return NULL;
}

bool device_register(struct device *d, const struct object_type *type, size_t room)
{
	if (d->kind_count == DEVICE_TYPES_MAX || room < 1 || room > OBJECTS_MAX - d->capacity || kind_of(d, type))
		return false;
	struct kind *k = kind_make(type, room);
	if (!k || !grow(d, room)) {
		kind_free(k);
		return false;
	}
	d->kinds[d->kind_count++] = k;
	if (type->type < BAC_OBJECT_TYPES_BITS)
		d->types |= 1ull << type->type;
	return true;
}

const struct object_type *device_type_at(const struct device *d, size_t n)
{
	return n < d->kind_count ? d->kinds[n]->type : NULL;
}

/* ---- objects ---- */

static struct object *object_at(const struct kind *k, size_t n)
{
	return (void *)(k->objects + n * k->stride);
}

static struct object *place(const struct kind *k)
{
	for (size_t n = 0; n < k->room; n++)
		if (!object_at(k, n)->kind)
			return object_at(k, n);
	return NULL;
}

static enum object_add can_add(struct device *d, const struct kind *k, const struct object_conf *c)
{
	size_t n = c->name ? strlen(c->name) : 0;
	if (!k || n == 0 || n > DEVICE_TEXT_MAX || c->instance > BAC_INSTANCE_MAX)
		return OBJECT_BAD;
	if (device_find(d, bac_object_id(k->type->type, c->instance)))
		return OBJECT_ID_TAKEN;
	if (device_has_other(d, c->name))
		return OBJECT_NAME_TAKEN;
	return place(k) ? OBJECT_ADDED : OBJECT_NO_ROOM;
}

enum object_add device_add(struct device *d, const struct object_conf *c, struct object **made)
{
	const struct kind *k = kind_of(d, c->type);
	enum object_add can = can_add(d, k, c);
	if (can != OBJECT_ADDED)
		return can;
	struct object *o = place(k);
	size_t n = (size_t)((unsigned char *)o - k->objects) / k->stride;
	*o = (struct object){ .id = bac_object_id(k->type->type, c->instance), .kind = k, .device = d, .name = c->name,
	                      .name_length = (uint16_t)strlen(c->name), .description = c->description, .own = k->own[n] };
	memset(o->data, 0, k->type->data_size);
	if (k->type->make && !k->type->make(o, c->with)) {
		o->kind = NULL;
		return OBJECT_BAD;
	}
	d->list[d->count++] = o;
	index_put(d, o);
	object_recall(o);
	object_mark(o, CHANGE_ADDED);
	device_name_settle(d);
	device_revise(d);
	if (made)
		*made = o;
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

static void unmark(struct device *d, struct object *o)
{
	struct object **at = &d->first_marked;
	while (*at && *at != o)
		at = &(*at)->marked;
	if (!*at)
		return;
	*at = o->marked;
	if (d->last_marked == &o->marked)
		d->last_marked = at;
}

void device_remove(struct device *d, struct object *o)
{
	if (o == d->self || !o->kind)
		return;
	for (struct device_listener *l = d->listeners; l; l = l->next)
		l->changed(l, o, CHANGE_REMOVED);
	unmark(d, o);
	size_t at = 0;
	while (d->list[at] != o)
		at++;
	memmove(&d->list[at], &d->list[at + 1], (--d->count - at) * sizeof d->list[0]);
	*o = (struct object){ 0 };
	index_make(d);
	device_name_settle(d);
	device_revise(d);
}

size_t device_count(const struct device *d)           { return d->count; }
struct object *device_at(struct device *d, size_t n)  { return n < d->count ? d->list[n] : NULL; }

/* ---- life ---- */

struct device *device_make(const struct device_conf *conf)
{
	if (conf->instance > BAC_INSTANCE_MAX)
		return NULL;
	struct device *d = calloc(1, sizeof *d);
	if (!d)
		return NULL;
	d->hooks = conf->hooks;
	d->writable = conf->writable;
	d->vendor_id = conf->vendor_id;
	d->max_apdu = conf->max_apdu ? conf->max_apdu : 1476;
	d->max_segments = conf->max_segments ? conf->max_segments : 16;
	d->apdu_timeout_ms = conf->apdu_timeout_ms ? conf->apdu_timeout_ms : 6000;
	d->segment_timeout_ms = conf->segment_timeout_ms ? conf->segment_timeout_ms : 5000;
	d->retries = conf->retries;
	d->revision = d->wanted_revision = 1;
	d->last_marked = &d->first_marked;
	d->editing = 1;
	snprintf(d->wanted_name, sizeof d->wanted_name, "device-%u", (unsigned)conf->instance);
	memcpy(d->text[DEVICE_NAME], d->wanted_name, sizeof d->wanted_name);
	if (!device_register(d, &device_type, 1) ||
	    device_add(d, &(struct object_conf){ .type = &device_type, .instance = conf->instance, .name = d->text[DEVICE_NAME] },
	               NULL) != OBJECT_ADDED) {
		device_free(d);
		return NULL;
	}
	return d;
}

void device_free(struct device *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->kind_count; i++)
		kind_free(d->kinds[i]);
	free(d->list);
	free(d->buckets);
	free(d);
}
