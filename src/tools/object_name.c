#include "tools/object_name.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bacnet/enum.h"

static const struct {
	const char *brief;
	uint32_t type;
} briefs[] = {
	{ "AI", OBJ_ANALOG_INPUT }, { "AO", OBJ_ANALOG_OUTPUT }, { "AV", OBJ_ANALOG_VALUE },
	{ "BI", OBJ_BINARY_INPUT }, { "BO", OBJ_BINARY_OUTPUT }, { "BV", OBJ_BINARY_VALUE },
	{ "MSI", OBJ_MULTI_STATE_INPUT }, { "MSO", OBJ_MULTI_STATE_OUTPUT }, { "MSV", OBJ_MULTI_STATE_VALUE },
	{ "MI", OBJ_MULTI_STATE_INPUT }, { "MO", OBJ_MULTI_STATE_OUTPUT }, { "MV", OBJ_MULTI_STATE_VALUE },
	{ "BSV", OBJ_BITSTRING_VALUE }, { "DEV", OBJ_DEVICE }, { "NP", OBJ_NETWORK_PORT },
	{ "NC", OBJ_NOTIFICATION_CLASS }, { "TL", OBJ_TREND_LOG }, { "EL", OBJ_EVENT_LOG }, { "SV", OBJ_STRUCTURED_VIEW },
};
enum { BRIEFS = sizeof briefs / sizeof *briefs, TYPE_MAX = 40 };

/* The name of a type, long or short, of n octets. */
static bool type_of(const char *text, size_t n, uint32_t *type)
{
	char name[TYPE_MAX];
	if (n == 0 || n >= sizeof name)
		return false;
	for (size_t i = 0; i < n; i++)
		name[i] = (char)tolower((unsigned char)text[i]);
	name[n] = 0;
	for (size_t i = 0; i < BRIEFS; i++)
		if (strcasecmp(briefs[i].brief, name) == 0) {
			*type = briefs[i].type;
			return true;
		}
	return bac_object_type_by_name(name, type);
}

static bool instance_of(const char *digits, uint32_t *instance)
{
	char *end;
	if (!isdigit((unsigned char)digits[0]))
		return false;
	unsigned long n = strtoul(digits, &end, 10);
	*instance = (uint32_t)n;
	return *end == 0 && n <= BAC_INSTANCE_ANY;
}

static bool make(const char *type_name, size_t n, const char *digits, uint32_t *id)
{
	uint32_t type, instance;
	if (!type_of(type_name, n, &type) || !instance_of(digits, &instance))
		return false;
	*id = bac_object_id(type, instance);
	return true;
}

static bool make_only_one(const char *text, uint32_t *id)
{
	uint32_t type;
	if (!type_of(text, strlen(text), &type) || (type != OBJ_DEVICE && type != OBJ_NETWORK_PORT))
		return false;
	*id = bac_object_id(type, BAC_INSTANCE_ANY);
	return true;
}

bool object_name_parse(const char *text, uint32_t *id)
{
	size_t separator = strcspn(text, " :,"), letters = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-");
	if (text[separator])
		return make(text, separator, text + separator + 1, id);
	if (letters && text[letters])
		return make(text, letters, text + letters, id);
	return letters && make_only_one(text, id);
}

int object_name_take(char *const *args, int count, uint32_t *id)
{
	size_t n = count > 0 ? strlen(args[0]) : 0;
	if (count > 1 && n && isalpha((unsigned char)args[0][0]) && make(args[0], n, args[1], id))
		return 2;
	return count > 0 && object_name_parse(args[0], id) ? 1 : 0;
}

const char *object_name_brief(uint32_t id, char *buffer, size_t size)
{
	const char *type = bac_object_type_name(bac_id_type(id));
	for (size_t i = 0; i < BRIEFS; i++)
		if (briefs[i].type == bac_id_type(id)) {
			type = briefs[i].type == OBJ_DEVICE || briefs[i].type == OBJ_NETWORK_PORT ? type : briefs[i].brief;
			break;
		}
	if (type)
		snprintf(buffer, size, "%s %u", type, bac_id_instance(id));
	else
		snprintf(buffer, size, "%u:%u", bac_id_type(id), bac_id_instance(id));
	return buffer;
}

bool object_name_is(const char *text, uint32_t id, const char *name)
{
	uint32_t meant;
	size_t n = strlen(text);
	if (strcasecmp(text, name) == 0)
		return true;
	if (n && text[n - 1] == '*')
		return strncasecmp(text, name, n - 1) == 0;
	return object_name_parse(text, &meant) && meant == id;
}

/* Levenshtein, one row of it at a time; a name is at most 64 octets, what is longer is compared up to there. */
unsigned object_name_distance(const char *typed, const char *name)
{
	enum { LONGEST = 64 };
	size_t columns = strnlen(name, LONGEST), rows = strnlen(typed, LONGEST);
	unsigned cost[LONGEST + 1];
	for (size_t c = 0; c <= columns; c++)
		cost[c] = (unsigned)c;
	for (size_t r = 1; r <= rows; r++) {
		unsigned diagonal = cost[0];
		cost[0] = (unsigned)r;
		for (size_t c = 1; c <= columns; c++) {
			bool same = tolower((unsigned char)typed[r - 1]) == tolower((unsigned char)name[c - 1]);
			unsigned best = diagonal + (same ? 0 : 1);
			diagonal = cost[c];
			if (cost[c] + 1 < best)
				best = cost[c] + 1;
			if (cost[c - 1] + 1 < best)
				best = cost[c - 1] + 1;
			cost[c] = best;
		}
	}
	return cost[columns];
}
