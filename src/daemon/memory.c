#include "daemon/memory.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MEMORY_FORMAT = 1 };

/* The texts of the identity, each once. */
static const struct { const char *key; size_t offset, size; } texts[] = {
	{ "family",    offsetof(struct ups_identity, family),    sizeof ((struct ups_identity *)0)->family },
	{ "model",     offsetof(struct ups_identity, model),     sizeof ((struct ups_identity *)0)->model },
	{ "serial",    offsetof(struct ups_identity, serial),    sizeof ((struct ups_identity *)0)->serial },
	{ "reference", offsetof(struct ups_identity, reference), sizeof ((struct ups_identity *)0)->reference },
	{ "location",  offsetof(struct ups_identity, location),  sizeof ((struct ups_identity *)0)->location },
};
enum { TEXTS = sizeof texts / sizeof *texts };

static uint32_t number(const json_t *object, const char *key, uint32_t max)
{
	json_int_t n = json_integer_value(json_object_get(object, key));
	return n >= 0 && n <= max ? (uint32_t)n : 0;
}

static void identity_read(const json_t *object, struct ups_identity *id)
{
	for (int i = 0; i < TEXTS; i++) {
		const char *text = json_string_value(json_object_get(object, texts[i].key));
		snprintf((char *)id + texts[i].offset, texts[i].size, "%s", text ? text : "");
	}
	id->kva_x10 = number(object, "kva_x10", UINT32_MAX);
	id->code = (uint16_t)number(object, "code", UINT16_MAX);
	id->system = (uint8_t)number(object, "system", SYSTEM_PARALLEL);
	id->factor = (uint8_t)number(object, "factor", FACTOR_10);
	id->phases_out = (uint8_t)number(object, "phases_out", 3);
	id->phases_in = (uint8_t)number(object, "phases_in", 3);
}

static json_t *identity_write(const struct ups_identity *id)
{
	json_t *object = json_pack("{s:I, s:i, s:i, s:i, s:i, s:i}", "kva_x10", (json_int_t)id->kva_x10, "code", (int)id->code,
		"system", (int)id->system, "factor", (int)id->factor, "phases_out", (int)id->phases_out,
		"phases_in", (int)id->phases_in);
	for (int i = 0; i < TEXTS; i++)
		json_object_set_new(object, texts[i].key, json_string((const char *)id + texts[i].offset));
	return object;
}

static void entry_read(const json_t *entry, struct memory *m)
{
	m->known = true;
	m->database_revision = number(entry, "database_revision", UINT32_MAX);
	m->database_digest = number(entry, "database_digest", UINT32_MAX);
	identity_read(json_object_get(entry, "identity"), &m->gateway.identity);
	size_t i;
	json_t *id;
	json_array_foreach(json_object_get(entry, "not_managed"), i, id) {
		if (m->gateway.not_managed_count < GATEWAY_OBJECTS && json_is_integer(id))
			m->gateway.not_managed[m->gateway.not_managed_count++] = (uint32_t)json_integer_value(id);
	}
}

bool memory_load(const char *path, const char *ups, struct memory *m, struct err_at *why)
{
	memset(m, 0, sizeof *m);
	if (access(path, F_OK) != 0 && errno == ENOENT)
		return true;
	json_error_t error;
	json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		return err_set(why, path, error.line > 0 ? error.line : 0, "%s", error.text);
	bool ok = json_is_object(root) && json_integer_value(json_object_get(root, "format")) == MEMORY_FORMAT;
	const json_t *entry = json_object_get(json_object_get(root, "ups"), ups);
	if (ok && entry)
		entry_read(entry, m);
	json_decref(root);
	return ok || err_set(why, path, 0, "not in format %d", MEMORY_FORMAT);
}

char *memory_text(const char *ups, const struct memory *m, size_t *length)
{
	json_t *not_managed = json_array();
	for (size_t i = 0; i < m->gateway.not_managed_count; i++)
		json_array_append_new(not_managed, json_integer(m->gateway.not_managed[i]));
	json_t *root = json_pack("{s:i, s:{s:{s:I, s:I, s:o, s:o}}}", "format", MEMORY_FORMAT, "ups", ups,
		"database_revision", (json_int_t)m->database_revision, "database_digest", (json_int_t)m->database_digest,
		"identity", identity_write(&m->gateway.identity), "not_managed", not_managed);
	char *text = root ? json_dumps(root, JSON_INDENT(1)) : NULL;
	json_decref(root);
	*length = text ? strlen(text) : 0;
	return text;
}
