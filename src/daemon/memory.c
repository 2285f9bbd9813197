#include "daemon/memory.h"

#include "base/utf8.h"

#define MEMBER(member) offsetof(struct ups_identity, member), sizeof ((struct ups_identity *)0)->member

/* The texts and numbers of the identity, each once. */
static const struct { const char *key; size_t offset, size; } texts[] = {
	{ "family",    MEMBER(family) },
	{ "model",     MEMBER(model) },
	{ "serial",    MEMBER(serial) },
	{ "reference", MEMBER(reference) },
	{ "location",  MEMBER(location) },
};
enum { TEXTS = sizeof texts / sizeof *texts };

static const struct { const char *key; size_t offset, size; uint32_t max; } numbers[] = {
	{ "kva_x10",     MEMBER(kva_x10),     UINT32_MAX },
	{ "code",        MEMBER(code),        UINT16_MAX },
	{ "system",      MEMBER(system),      SYSTEM_PARALLEL },
	{ "factor",      MEMBER(factor),      FACTOR_10 },
	{ "phases_out",  MEMBER(phases_out),  3 },
	{ "phases_in",   MEMBER(phases_in),   3 },
};
enum { NUMBERS = sizeof numbers / sizeof *numbers };

static uint32_t number_of(const struct ups_identity *id, int n)
{
	const char *at = (const char *)id + numbers[n].offset;
	switch (numbers[n].size) {
	case sizeof(uint8_t):  return *(const uint8_t *)at;
	case sizeof(uint16_t): return *(const uint16_t *)(const void *)at;
	}
	return *(const uint32_t *)(const void *)at;
}

static void set_number(struct ups_identity *id, int n, uint32_t value)
{
	char *at = (char *)id + numbers[n].offset;
	switch (numbers[n].size) {
	case sizeof(uint8_t):  *(uint8_t *)at = (uint8_t)value; return;
	case sizeof(uint16_t): *(uint16_t *)(void *)at = (uint16_t)value; return;
	}
	*(uint32_t *)(void *)at = value;
}

/* False: it is there and not a number of 0 to max. */
static bool read_number(const json_t *json, uint32_t max, uint32_t *value)
{
	json_int_t n = json_integer_value(json);
	bool good = json_is_integer(json) && n >= 0 && n <= max;
	*value = good ? (uint32_t)n : 0;
	return good || !json;
}

static bool read_identity(const json_t *json, struct ups_identity *id)
{
	bool good = true;
	for (int i = 0; i < TEXTS; i++) {
		const char *text = json_string_value(json_object_get(json, texts[i].key));
		utf8_copy((char *)id + texts[i].offset, texts[i].size, text ? text : "");
	}
	for (int i = 0; i < NUMBERS; i++) {
		uint32_t value;
		good &= read_number(json_object_get(json, numbers[i].key), numbers[i].max, &value);
		set_number(id, i, value);
	}
	return good;
}

bool memory_from_json(const json_t *json, struct gateway_memory *m)
{
	size_t i;
	json_t *id;
	*m = (struct gateway_memory){ 0 };
	bool good = read_identity(json_object_get(json, "identity"), &m->identity);
	json_array_foreach(json_object_get(json, "not_managed"), i, id) {
		bool fits = m->not_managed_count < GATEWAY_OBJECTS && read_number(id, UINT32_MAX, &m->not_managed[m->not_managed_count]);
		m->not_managed_count += fits;
		good &= fits;
	}
	return good;
}

json_t *memory_to_json(const struct gateway_memory *m)
{
	json_t *identity = json_object(), *not_managed = json_array();
	for (int i = 0; i < TEXTS; i++)
		json_object_set_new(identity, texts[i].key, json_string((const char *)&m->identity + texts[i].offset));
	for (int i = 0; i < NUMBERS; i++)
		json_object_set_new(identity, numbers[i].key, json_integer(number_of(&m->identity, i)));
	for (size_t i = 0; i < m->not_managed_count; i++)
		json_array_append_new(not_managed, json_integer(m->not_managed[i]));
	return json_pack("{s:o, s:o}", "identity", identity, "not_managed", not_managed);
}
