#include "state/takeover.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bacnet/enum.h"
#include "bacnet/value.h"
#include "base/file.h"
#include "base/utf8.h"
#include "conf/lines.h"
#include "conf/quote.h"

enum { OLD_FORMAT = 1, OLD_SIZE_MAX = 1024 * 1024 };

static enum takeover damaged(char *why, size_t size, const struct err_at *at)
{
	char text[512];
	snprintf(why, size, "%s", err_format(at, text, sizeof text));
	return TAKEOVER_DAMAGED;
}

/* ---- settings.conf ---- */

struct settings {
	struct kept *kept;
	const char *name;
	struct conf_errors errors;
	int station;                         /* of the section we are in; -1: of none */
	uint32_t object;                     /* 0: the section holds options */
	char section[KEPT_KEY_MAX];
};

/* Keys of an [object] section, and the property each one is. */
static const struct { const char *key; uint32_t property; } object_keys[] = {
	{ "name", PROP_OBJECT_NAME }, { "description", PROP_DESCRIPTION }, { "location", PROP_LOCATION },
	{ "cov_increment", PROP_COV_INCREMENT },
};
enum { OBJECT_KEYS = sizeof object_keys / sizeof *object_keys };

/* "device", or "analog-value:5". */
static bool object_of(const char *text, uint32_t *id)
{
	char type[40] = "", rest = 0;
	unsigned instance = 0;
	uint32_t number;
	int fields = sscanf(text, "%39[a-z-]:%7u%c", type, &instance, &rest);
	if (fields < 1 || fields > 2 || !bac_object_type_by_name(type, &number) || instance > BAC_INSTANCE_MAX)
		return false;
	bool device = number == OBJ_DEVICE;
	*id = bac_object_id(number, device ? BAC_INSTANCE_ANY : instance);
	return device == (fields == 1);
}

static void section_object(struct settings *s, const char *rest, int line)
{
	char station[KEPT_NAME_MAX + 1] = "";
	const char *slash = strchr(rest, '/');
	if (slash && (size_t)(slash - rest) < sizeof station) {
		memcpy(station, rest, (size_t)(slash - rest));
		rest = slash + 1;
	}
	s->station = object_of(rest, &s->object) ? kept_station(s->kept, station) : -1;
	if (s->station < 0) {
		s->object = 0;
		s->section[0] = 0;
		conf_complain(&s->errors, s->name, line, "no such object: %s", rest);
	}
}

static void take_section(void *ctx, const char *section, int line)
{
	struct settings *s = ctx;
	const char *colon = strchr(section, ':');
	size_t n = colon ? (size_t)(colon - section) : strlen(section);
	s->station = KEPT_ALL_STATIONS;
	s->object = 0;
	snprintf(s->section, sizeof s->section, "%.*s", (int)n, section);
	if (strncmp(section, "object ", 7) == 0)
		section_object(s, section + 7, line);
	else if (strcmp(s->section, "ups") == 0)
		s->station = kept_station(s->kept, colon ? colon + 1 : "");
}

/* COV_Increment was text there, in engineering units, and is a Double now. */
static bool number_of_text(const char *text, double *number)
{
	char *end;
	*number = strtod(text, &end);
	return *text && *end == 0 && isfinite(*number) && !signbit(*number);
}

static bool keep_property(struct settings *s, uint32_t property, const char *text)
{
	uint8_t octets[LINES_LINE_MAX + 8];
	struct wr w = wr_over(octets, sizeof octets);
	struct bac_value v = { .type = APP_TEXT, .text = { text, strlen(text), 0 } };
	if (property == PROP_COV_INCREMENT) {
		v = (struct bac_value){ .type = APP_DOUBLE };
		if (!number_of_text(text, &v.dbl))
			return false;
	}
	bac_value_write(&w, &v);
	return !w.full && utf8_valid(text, strlen(text)) &&
	       kept_set_property(s->kept, s->station, s->object, property, octets, wr_len(&w)) != KEPT_FULL;
}

static bool keep(struct settings *s, const char *key, const char *text)
{
	if (!s->object)
		return s->section[0] && kept_set_option(s->kept, s->station, s->section, key, text) != KEPT_FULL;
	for (int i = 0; i < OBJECT_KEYS; i++)
		if (strcmp(object_keys[i].key, key) == 0)
			return keep_property(s, object_keys[i].property, text);
	return false;
}

static void take_key(void *ctx, const char *section, const char *key, const char *value, int line)
{
	struct settings *s = ctx;
	char text[LINES_LINE_MAX];
	const char *why = "cannot be kept";
	(void)section;
	if (!quote_read(value, text, sizeof text, &why) || !keep(s, key, text))         /* also in a section that was refused */
		conf_complain(&s->errors, s->name, line, "%.40s: %s", key, why);
}

enum takeover takeover_settings(struct kept *k, const char *path, char *why, size_t size)
{
	size_t length;
	struct settings s = { .kept = k, .name = path, .station = KEPT_ALL_STATIONS };
	char *text = file_read(path, OLD_SIZE_MAX, &length, &s.errors.at[0]);
	if (!text)
		return errno == ENOENT ? TAKEOVER_NOTHING : damaged(why, size, &s.errors.at[0]);
	struct lines_handler to = { .section = take_section, .key = take_key, .ctx = &s, .name = path, .errors = &s.errors };
	lines_parse(text, length, &to);
	free(text);
	return s.errors.count ? damaged(why, size, &s.errors.at[0]) : TAKEOVER_WHOLE;
}

/* ---- state.json ---- */

static bool number_of(const json_t *entry, const char *key, uint32_t *number)
{
	const json_t *member = json_object_get(entry, key);
	json_int_t n = json_integer_value(member);
	*number = n >= 0 && n <= UINT32_MAX ? (uint32_t)n : 0;
	return json_is_integer(member) && n >= 0 && n <= UINT32_MAX;
}

static bool take_entry(struct kept *k, const char *name, json_t *entry)
{
	struct kept_revision r;
	json_t *identity = json_object_get(entry, "identity"), *not_managed = json_object_get(entry, "not_managed");
	int station = kept_station(k, name);
	bool good = station >= 0 && number_of(entry, "database_revision", &r.revision);
	good = good && number_of(entry, "database_digest", &r.digest);
	if (good)
		kept_set_revision(k, station, r);
	if (station >= 0 && json_is_object(identity) && json_is_array(not_managed))
		kept_set_ups(k, station, json_pack("{s:O, s:O}", "identity", identity, "not_managed", not_managed));
	return good;
}

enum takeover takeover_state(struct kept *k, const char *path, char *why, size_t size)
{
	struct err_at at;
	json_error_t error;
	size_t length;
	char *text = file_read(path, OLD_SIZE_MAX, &length, &at);
	if (!text)
		return errno == ENOENT ? TAKEOVER_NOTHING : damaged(why, size, &at);
	json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
	free(text);
	if (!root) {
		err_set(&at, path, error.line > 0 ? error.line : 0, "%s", error.text);
		return damaged(why, size, &at);
	}
	bool ok = json_integer_value(json_object_get(root, "format")) == OLD_FORMAT;
	const char *name;
	json_t *entry;
	json_object_foreach(json_object_get(root, "ups"), name, entry)
		ok &= take_entry(k, name, entry);
	json_decref(root);
	err_set(&at, path, 0, "a number in it cannot be true, or it is of another format");
	return ok ? TAKEOVER_WHOLE : damaged(why, size, &at);
}
