/* Reading takes each member that it understands out of the tree; what is left of the tree is what this version does not know. */
#include "state/document.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bacnet/enum.h"
#include "state/value.h"

/* ---- names ---- */

enum { OBJECT_TEXT_MAX = 64 };

static const char *object_text(uint32_t id, char buffer[OBJECT_TEXT_MAX])
{
	const char *type = bac_object_type_name(bac_id_type(id));
	char number[12];
	snprintf(number, sizeof number, "%u", bac_id_type(id));
	if (bac_id_type(id) == OBJ_DEVICE)
		snprintf(buffer, OBJECT_TEXT_MAX, "%s", type);
	else
		snprintf(buffer, OBJECT_TEXT_MAX, "%s:%u", type ? type : number, bac_id_instance(id));
	return buffer;
}

static bool object_from_text(const char *text, uint32_t *id)
{
	char type[OBJECT_TEXT_MAX];
	const char *colon = strchr(text, ':');
	size_t n = colon ? (size_t)(colon - text) : strlen(text);
	uint32_t number;
	if (n >= sizeof type)
		return false;
	memcpy(type, text, n);
	type[n] = 0;
	if (!bac_object_type_by_name(type, &number))
		return false;
	if (number == OBJ_DEVICE) {
		*id = bac_object_id(OBJ_DEVICE, BAC_INSTANCE_ANY);
		return !colon;
	}
	size_t digits = colon ? strlen(colon + 1) : 0;
	if (digits < 1 || digits > 7 || strspn(colon + 1, "0123456789") != digits)
		return false;
	unsigned long instance = strtoul(colon + 1, NULL, 10);
	*id = bac_object_id(number, (uint32_t)instance);
	return instance <= BAC_INSTANCE_MAX;
}

static const char *property_text(uint32_t property, char number[12])
{
	const char *name = bac_property_name(property);
	snprintf(number, 12, "%u", property);
	return name ? name : number;
}

/* ---- reading ---- */

struct reading {
	struct kept *kept;
	struct document_faults *faults;
	uint8_t *value;                      /* KEPT_VALUE_MAX octets */
};

static void fault(const struct reading *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void fault(const struct reading *r, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	if (r->faults->count++ == 0)
		vsnprintf(r->faults->first, sizeof r->faults->first, format, args);
	va_end(args);
}

static void read_options(const struct reading *r, int station, const char *section, json_t *options)
{
	const char *key;
	json_t *value;
	void *next;
	json_object_foreach_safe(options, next, key, value) {
		const char *text = json_string_value(value);
		if (!text || kept_set_option(r->kept, station, section, key, text) != KEPT_DONE)
			fault(r, "options.%.31s.%.31s: no text, too long, or too many of them", section, key);
		json_object_del(options, key);
	}
}

static void read_process_options(const struct reading *r, json_t *options)
{
	const char *section;
	json_t *rows;
	void *next;
	json_object_foreach_safe(options, next, section, rows) {
		read_options(r, KEPT_ALL_STATIONS, section, rows);
		json_object_del(options, section);
	}
}

/* False: it is not there, or a fault. */
static bool take_number(const struct reading *r, json_t *object, const char *key, uint32_t *number)
{
	json_t *member = json_object_get(object, key);
	json_int_t n = json_integer_value(member);
	bool good = json_is_integer(member) && n >= 0 && n <= UINT32_MAX;
	*number = good ? (uint32_t)n : 0;
	if (member && !good)
		fault(r, "database.%s: not a number of 0 to 4294967295", key);
	json_object_del(object, key);
	return good;
}

static void read_database(const struct reading *r, int station, json_t *database)
{
	struct kept_revision revision;
	bool known = take_number(r, database, "revision", &revision.revision);
	known &= take_number(r, database, "digest", &revision.digest);
	if (known)
		kept_set_revision(r->kept, station, revision);
}

static void read_object(const struct reading *r, int station, const char *name, uint32_t id, json_t *properties)
{
	const char *key;
	json_t *value;
	void *next;
	json_object_foreach_safe(properties, next, key, value) {
		uint32_t property;
		if (!bac_property_by_name(key, &property))
			continue;                /* of a newer version: it stays where it is */
		size_t n = value_from_json(value, r->value, KEPT_VALUE_MAX);
		if (n == 0 || kept_set_property(r->kept, station, id, property, r->value, n) != KEPT_DONE)
			fault(r, "properties.%.40s.%.40s: no such value, or no room for it", name, key);
		json_object_del(properties, key);
	}
}

static void read_properties(const struct reading *r, int station, json_t *objects)
{
	const char *name;
	json_t *properties;
	void *next;
	json_object_foreach_safe(objects, next, name, properties) {
		uint32_t id;
		if (!object_from_text(name, &id))
			continue;
		read_object(r, station, name, id, properties);
		if (json_object_size(properties) == 0)
			json_object_del(objects, name);
	}
}

/* What has been read whole leaves nothing behind. */
static void drop_empty(json_t *parent, const char *key)
{
	json_t *member = json_object_get(parent, key);
	if (json_is_object(member) && json_object_size(member) == 0)
		json_object_del(parent, key);
}

/* The member, when it is an object; anything else under its name is a fault and taken away. */
static json_t *take_object(const struct reading *r, json_t *parent, const char *key)
{
	json_t *member = json_object_get(parent, key);
	if (!member || json_is_object(member))
		return member;
	fault(r, "%s: not an object", key);
	json_object_del(parent, key);
	return NULL;
}

static void read_station(const struct reading *r, int station, json_t *entry)
{
	read_options(r, station, "ups", take_object(r, entry, "options"));
	read_database(r, station, take_object(r, entry, "database"));
	read_properties(r, station, take_object(r, entry, "properties"));
	json_t *ups = take_object(r, entry, "ups");
	if (ups)
		kept_set_ups(r->kept, station, json_incref(ups));
	json_object_del(entry, "ups");
	drop_empty(entry, "options");
	drop_empty(entry, "database");
	drop_empty(entry, "properties");
}

static void read_stations(const struct reading *r, json_t *stations)
{
	const char *name;
	json_t *entry;
	void *next;
	json_object_foreach_safe(stations, next, name, entry) {
		int station = json_is_object(entry) && kept_stations(r->kept) < KEPT_STATIONS_READ_MAX ? kept_station(r->kept, name) : -1;
		if (station < 0) {
			fault(r, "stations.%.40s: not an object, or too many of them", name);
			json_object_del(stations, name);
			continue;
		}
		read_station(r, station, entry);
		drop_empty(stations, name);
	}
}

static bool refuse(char *why, size_t size, const char *text)
{
	snprintf(why, size, "%s", text);
	return false;
}

/* A tree that is a document of a format that we read. */
static bool acceptable(const json_t *root, char *why, size_t size)
{
	const json_t *format = json_object_get(root, "format");
	if (!json_is_object(root) || !json_is_integer(format))
		return refuse(why, size, "not a document of bacnet-upsd");
	if (json_integer_value(format) == DOCUMENT_FORMAT)
		return true;
	snprintf(why, size, "format %lld, and this version reads format %d", (long long)json_integer_value(format), DOCUMENT_FORMAT);
	return false;
}

bool document_read(struct kept *k, const char *text, size_t length, struct document_faults *faults, char *why, size_t size)
{
	json_error_t error;
	struct reading r = { .kept = k, .faults = faults, .value = malloc(KEPT_VALUE_MAX) };
	*faults = (struct document_faults){ 0 };
	json_t *root = r.value ? json_loadb(text, length, JSON_REJECT_DUPLICATES, &error) : NULL;
	if (!root)
		snprintf(why, size, "line %d: %s", error.line, r.value ? error.text : "no memory");
	bool ok = root && acceptable(root, why, size);
	if (ok) {
		read_process_options(&r, take_object(&r, root, "options"));
		read_stations(&r, take_object(&r, root, "stations"));
		json_object_del(root, "format");
		drop_empty(root, "options");
		drop_empty(root, "stations");
		kept_set_unknown(k, json_object_size(root) ? json_incref(root) : NULL);
	}
	json_decref(root);
	free(r.value);
	return ok;
}

/* ---- writing ---- */

/* The object under this key, made when it is not there.  NULL: no memory; writing into it then does nothing, and is noticed at the end. */
static json_t *member(json_t *parent, const char *key)
{
	json_t *is = json_object_get(parent, key);
	if (is)
		return is;
	json_object_set_new(parent, key, json_object());
	return json_object_get(parent, key);
}

static bool write_options(const struct kept *k, json_t *root, json_t *stations)
{
	bool ok = true;
	const struct kept_option *o;
	for (int i = 0; (o = kept_option_at(k, i)) != NULL; i++) {
		json_t *to = o->station == KEPT_ALL_STATIONS ? member(member(root, "options"), o->section)
			: member(member(stations, kept_station_name(k, o->station)), "options");
		ok &= json_object_set_new(to, o->key, json_string(o->value)) == 0;
	}
	return ok;
}

static bool write_properties(const struct kept *k, json_t *stations)
{
	bool ok = true;
	char object[OBJECT_TEXT_MAX], number[12];
	const struct kept_property *p;
	for (int i = 0; (p = kept_property_at(k, i)) != NULL; i++) {
		json_t *objects = member(member(stations, kept_station_name(k, p->station)), "properties");
		ok &= json_object_set_new(member(objects, object_text(p->object, object)), property_text(p->property, number),
			value_to_json(kept_octets(k, p), p->length)) == 0;
	}
	return ok;
}

static bool write_stations(const struct kept *k, json_t *stations)
{
	bool ok = true;
	for (int s = 0; s < kept_stations(k); s++) {
		struct kept_revision r;
		const json_t *ups = kept_ups(k, s);
		json_t *entry = member(stations, kept_station_name(k, s));
		if (kept_revision(k, s, &r))
			ok &= json_object_set_new(entry, "database", json_pack("{s:I, s:I}", "revision", (json_int_t)r.revision,
				"digest", (json_int_t)r.digest)) == 0;
		if (ups)
			ok &= json_object_set_new(entry, "ups", json_deep_copy(ups)) == 0;
	}
	return ok;
}

char *document_text(const struct kept *k, size_t *length)
{
	json_t *root = json_pack("{s:i, s:{}}", "format", DOCUMENT_FORMAT, "stations");
	json_t *stations = json_object_get(root, "stations");
	bool ok = write_stations(k, stations) & write_options(k, root, stations) & write_properties(k, stations);
	/* Ours over what we do not know. */
	const json_t *unknown = kept_unknown(k);
	json_t *whole = unknown ? json_deep_copy(unknown) : json_incref(root);
	if (unknown)
		ok &= json_object_update_recursive(whole, root) == 0;
	char *text = ok && whole ? json_dumps(whole, JSON_INDENT(1)) : NULL;
	if (text && strlen(text) > DOCUMENT_SIZE_MAX) {  /* what we do not know may have been written in fewer octets */
		free(text);
		text = json_dumps(whole, JSON_COMPACT);
	}
	json_decref(whole);
	json_decref(root);
	*length = text ? strlen(text) : 0;
	return text;
}
