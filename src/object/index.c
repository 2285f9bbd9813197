/* Finding objects: by identifier in constant time, by name.  Both are unique in a device (clause 12.1.5). */
#include "object/model.h"

static uint32_t bucket_of(const struct device *d, uint32_t id)
{
	return id * 2654435761u >> d->bucket_shift;      /* Fibonacci hashing spreads dense instances */
}

void index_put(struct device *d, struct object *o)
{
	uint32_t b = bucket_of(d, o->id);
	while (d->buckets[b].object)
		b = (b + 1) & d->bucket_mask;
	d->buckets[b] = (struct bucket){ o->id, o };
}

/* Removing and renumbering are rare: the whole index is made anew. */
void index_make(struct device *d)
{
	memset(d->buckets, 0, (d->bucket_mask + 1) * sizeof d->buckets[0]);
	for (size_t i = 0; i < d->count; i++)
		index_put(d, d->list[i]);
}

struct object *device_find(struct device *d, uint32_t id)
{
	uint32_t b = bucket_of(d, id);
	while (d->buckets[b].object && d->buckets[b].id != id)
		b = (b + 1) & d->bucket_mask;
	return d->buckets[b].object;
}

static struct object *find_first(struct device *d, uint32_t type)
{
	for (size_t i = 0; i < d->count; i++)
		if (bac_id_type(d->list[i]->id) == type)
			return d->list[i];
	return NULL;
}

struct object *device_find_any(struct device *d, uint32_t id)
{
	struct object *o = device_find(d, id);
	uint32_t type = bac_id_type(id);
	if (o || bac_id_instance(id) != BAC_INSTANCE_ANY || (type != OBJ_DEVICE && type != OBJ_NETWORK_PORT))
		return o;
	return find_first(d, type);
}

/* ---- types ---- */

struct object *device_find_name(struct device *d, const char *name, size_t n)
{
	for (size_t i = 0; i < d->count; i++) {
		struct object *o = d->list[i];
		if (o->name_length == n && memcmp(o->name, name, n) == 0)
			return o;
	}
	return NULL;
}

bool device_has_other(const struct device *d, const char *name)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->list[i] != d->self && strcmp(d->list[i]->name, name) == 0)
			return true;
	return false;
}
