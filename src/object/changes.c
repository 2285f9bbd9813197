/* Who is told what has changed, and the revision of the set of objects. */
#include "object/model.h"

/* ---- listeners ---- */

void object_mark(struct object *o, unsigned changes)
{
	struct device *d = o->device;
	if (changes && !o->changes) {
		o->marked = NULL;
		*d->last_marked = o;
		d->last_marked = &o->marked;
	}
	o->changes |= (uint8_t)changes;
	if (d->settling)
		o->again |= (uint8_t)changes;
}

void device_listen(struct device *d, struct device_listener *l)
{
	struct device_listener **at = &d->listeners;
	while (*at && (*at)->rank <= l->rank)
		at = &(*at)->next;
	l->next = *at;
	*at = l;
}

void device_unlisten(struct device *d, struct device_listener *l)
{
	struct device_listener **at = &d->listeners;
	while (*at && *at != l)
		at = &(*at)->next;
	if (*at)
		*at = l->next;
}

static void tell(struct device *d)
{
	for (struct device_listener *l = d->listeners; l; l = l->next) {
		for (struct object *o = d->first_marked; o; o = o->marked)
			l->changed(l, o, o->changes);
		if (l->settled)
			l->settled(l);
	}
}

/* What listeners have marked while they were told is all that is marked now. */
static void mark_again(struct device *d)
{
	struct object *told = d->first_marked;
	d->first_marked = NULL;
	d->last_marked = &d->first_marked;
	for (struct object *next; told; told = next) {
		next = told->marked;
		uint8_t again = told->again;
		told->changes = told->again = 0;
		object_mark(told, again);
	}
}

/* A listener that marks an object tells those after it in the same round, and those before it in another one.  Two that answer each other
 * for ever are stopped: what they still have to say is told with the next change. */
void device_settle(struct device *d)
{
	enum { ROUNDS = 4 };
	if (d->settling)
		return;
	for (int round = 0; d->first_marked && round < ROUNDS; round++) {
		d->settling = true;
		tell(d);
		d->settling = false;
		mark_again(d);
	}
}

/* ---- Database_Revision ---- */

static uint32_t fnv(uint32_t h, const void *octets, size_t n)
{
	const uint8_t *p = octets;
	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 16777619u;
	return h;
}

/* A sum, so that objects which went and came back make no other set than before. */
uint32_t device_database_digest(const struct device *d)
{
	uint32_t sum = 0;
	for (size_t i = 0; i < d->count; i++) {
		const struct object *o = d->list[i];
		const uint8_t id[4] = { (uint8_t)(o->id >> 24), (uint8_t)(o->id >> 16), (uint8_t)(o->id >> 8), (uint8_t)o->id };
		sum += fnv(fnv(2166136261u, id, sizeof id), o->name, o->name_length);
	}
	return sum;
}

static void want(struct device *d, uint32_t revision)
{
	d->wanted_revision = revision;
	if (d->hooks.revised)
		d->hooks.revised(d->hooks.ctx, revision);
	else
		device_revision_kept(d, revision);
}

void device_revise(struct device *d)
{
	if (d->editing)
		return;
	uint32_t digest = device_database_digest(d);
	bool news = d->digest_known && digest != d->digest;      /* the very first set is what the first revision stands for */
	d->digest = digest;
	d->digest_known = true;
	if (news)
		want(d, d->wanted_revision + 1);
}

void device_edit(struct device *d)
{
	d->editing++;
}

void device_commit(struct device *d)
{
	if (--d->editing == 0)
		device_revise(d);
}

void device_restore_revision(struct device *d, uint32_t revision, uint32_t digest)
{
	d->revision = d->wanted_revision = revision;
	d->digest = digest;
	d->digest_known = true;
}

void device_revision_kept(struct device *d, uint32_t revision)
{
	if (revision == d->revision || revision > d->wanted_revision)
		return;
	d->revision = revision;
	object_mark(d->self, CHANGE_PROPERTY);
}

uint32_t device_database_revision(const struct device *d) { return d->revision; }
uint32_t device_wanted_revision(const struct device *d)   { return d->wanted_revision; }
