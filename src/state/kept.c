#include "state/kept.h"

#include <stdlib.h>
#include <string.h>

struct station {
	char name[KEPT_NAME_MAX + 1];
	bool revised;
	struct kept_revision revision;
	json_t *ups;
};

/* The octets of all values stand behind each other without gaps. */
struct kept {
	int stations, properties, options;
	size_t used;
	json_t *unknown;
	struct station station[KEPT_STATIONS_MAX];
	struct kept_property property[KEPT_PROPERTIES_MAX];
	struct kept_option option[KEPT_OPTIONS_MAX];
	uint8_t octets[KEPT_OCTETS_MAX];
};

struct kept *kept_make(void)
{
	return calloc(1, sizeof(struct kept));   /* of which untouched pages cost nothing */
}

void kept_free(struct kept *k)
{
	if (!k)
		return;
	for (int i = 0; i < k->stations; i++)
		json_decref(k->station[i].ups);
	json_decref(k->unknown);
	free(k);
}

/* ---- stations ---- */

int kept_station(struct kept *k, const char *name)
{
	for (int i = 0; i < k->stations; i++)
		if (strcmp(k->station[i].name, name) == 0)
			return i;
	if (k->stations == KEPT_STATIONS_MAX || strlen(name) > KEPT_NAME_MAX)
		return -1;
	strcpy(k->station[k->stations].name, name);
	return k->stations++;
}

int kept_stations(const struct kept *k)
{
	return k->stations;
}

const char *kept_station_name(const struct kept *k, int station)
{
	return k->station[station].name;
}

/* ---- properties ---- */

static int property_find(const struct kept *k, int station, uint32_t object, uint32_t property)
{
	for (int i = 0; i < k->properties; i++) {
		const struct kept_property *p = &k->property[i];
		if (p->object == object && p->property == property && p->station == station)
			return i;
	}
	return -1;
}

/* Takes the octets of a property out of the row of all octets. */
static void octets_remove(struct kept *k, const struct kept_property *gone)
{
	size_t at = gone->at, length = gone->length;
	memmove(k->octets + at, k->octets + at + length, k->used - at - length);
	k->used -= length;
	for (int i = 0; i < k->properties; i++)
		if (k->property[i].at > at)
			k->property[i].at -= length;
}

enum kept_answer kept_set_property(struct kept *k, int station, uint32_t object, uint32_t property, const uint8_t *octets, size_t n)
{
	int i = property_find(k, station, object, property);
	struct kept_property *p = i < 0 ? NULL : &k->property[i];
	size_t before = p ? p->length : 0;
	if (p && before == n && memcmp(k->octets + p->at, octets, n) == 0)
		return KEPT_SAME;
	if (n > KEPT_VALUE_MAX || k->used - before + n > KEPT_OCTETS_MAX || (!p && k->properties == KEPT_PROPERTIES_MAX))
		return KEPT_FULL;
	if (p)
		octets_remove(k, p);
	else
		p = &k->property[k->properties++];
	*p = (struct kept_property){ .station = station, .object = object, .property = property, .at = k->used, .length = n };
	memcpy(k->octets + k->used, octets, n);
	k->used += n;
	return KEPT_DONE;
}

const struct kept_property *kept_property(const struct kept *k, int station, uint32_t object, uint32_t property)
{
	int i = property_find(k, station, object, property);
	return i < 0 ? NULL : &k->property[i];
}

const struct kept_property *kept_property_at(const struct kept *k, int i)
{
	return i < k->properties ? &k->property[i] : NULL;
}

const uint8_t *kept_octets(const struct kept *k, const struct kept_property *p)
{
	return k->octets + p->at;
}

/* ---- options ---- */

enum kept_answer kept_set_option(struct kept *k, int station, const char *section, const char *key, const char *value)
{
	struct kept_option *o = k->option, *end = k->option + k->options;
	while (o < end && !(o->station == station && strcmp(o->section, section) == 0 && strcmp(o->key, key) == 0))
		o++;
	if (o < end && strcmp(o->value, value) == 0)
		return KEPT_SAME;
	if (strlen(section) >= sizeof o->section || strlen(key) >= sizeof o->key || strlen(value) >= sizeof o->value)
		return KEPT_FULL;
	if (o == end && k->options == KEPT_OPTIONS_MAX)
		return KEPT_FULL;
	k->options += o == end;
	o->station = station;
	strcpy(o->section, section);
	strcpy(o->key, key);
	strcpy(o->value, value);
	return KEPT_DONE;
}

const struct kept_option *kept_option_at(const struct kept *k, int i)
{
	return i < k->options ? &k->option[i] : NULL;
}

/* ---- what belongs to a station ---- */

enum kept_answer kept_set_revision(struct kept *k, int station, struct kept_revision r)
{
	struct station *s = &k->station[station];
	if (s->revised && s->revision.revision == r.revision && s->revision.digest == r.digest)
		return KEPT_SAME;
	s->revision = r;
	s->revised = true;
	return KEPT_DONE;
}

bool kept_revision(const struct kept *k, int station, struct kept_revision *r)
{
	if (k->station[station].revised)
		*r = k->station[station].revision;
	return k->station[station].revised;
}

enum kept_answer kept_set_ups(struct kept *k, int station, json_t *ups)
{
	json_t **now = &k->station[station].ups, *before = json_incref(*now);
	json_t *fresh = before ? json_copy(before) : json_object();
	bool ok = ups && json_object_update(fresh, ups) == 0;
	bool same = ok && json_equal(fresh, before);
	if (ok) {
		json_decref(*now);
		*now = json_incref(fresh);
	}
	json_decref(fresh);
	json_decref(before);
	json_decref(ups);
	return same ? KEPT_SAME : ok ? KEPT_DONE : KEPT_FULL;
}

const json_t *kept_ups(const struct kept *k, int station)
{
	return k->station[station].ups;
}

void kept_set_unknown(struct kept *k, json_t *unknown)
{
	json_decref(k->unknown);
	k->unknown = unknown;
}

const json_t *kept_unknown(const struct kept *k)
{
	return k->unknown;
}
