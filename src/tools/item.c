#include "tools/item.h"

#include <string.h>

#include "bacnet/enum.h"
#include "tools/object_name.h"

uint32_t item_id(const json_t *e)
{
	uint32_t type = 0;
	bac_object_type_by_name(text_of(e, "type"), &type);
	return bac_object_id(type, (uint32_t)integer_of(e, "instance"));
}

const char *item_brief(const json_t *e, char *buffer, size_t size)
{
	return object_name_brief(item_id(e), buffer, size);
}

/* A number without needless digits, or bits in hexadecimal with b00 lowest. */
const char *item_present(const json_t *e, char *buffer, size_t size)
{
	const json_t *present = json_object_get(e, "present_value");
	const char *bits = json_string_value(present);
	unsigned word = 0;
	for (size_t i = 0; bits && bits[i]; i++)
		word |= (bits[i] == '1' ? 1u : 0u) << i;
	if (json_is_number(present))
		snprintf(buffer, size, "%.7g", json_number_value(present));
	else if (bits)
		snprintf(buffer, size, "0x%X", word);
	else
		snprintf(buffer, size, "-");
	return buffer;
}

const char *item_age(const json_t *e, char *buffer, size_t size)
{
	return json_is_number(json_object_get(e, "age")) ? tool_duration(number_of(e, "age"), buffer, size) : NULL;
}

bool item_has(const json_t *e, const char *quality)
{
	return strcmp(text_of(e, "quality"), quality) == 0;
}

bool item_has_value(const json_t *e)
{
	return item_has(e, "good") || item_has(e, "stale");
}

const char *item_note(const json_t *e, char *buffer, size_t size)
{
	static const struct { const char *quality, *reliability; } implied[] = {
		{ "good", "no-fault-detected" }, { "stale", "communication-failure" }, { "not read", "communication-failure" },
		{ "absent", "no-sensor" }, { "absent", "no-fault-detected" }, { "absent", "communication-failure" }, { "not managed", "no-fault-detected" },
	};
	const char *reliability = text_of(e, "reliability");
	(void)buffer;
	(void)size;
	if (flag_of(e, "out_of_service"))
		return "out of service";
	if (!flag_of(e, "exposed"))
		return item_has(e, "not managed") ? NULL : "no object";
	for (size_t i = 0; i < sizeof implied / sizeof *implied; i++)
		if (item_has(e, implied[i].quality) && strcmp(reliability, implied[i].reliability) == 0)
			return NULL;
	return reliability;
}

const char *item_words(const json_t *e, char *buffer, size_t size)
{
	(void)buffer;
	(void)size;
	return item_has_value(e) ? text_of(e, "text") : NULL;
}

enum tool_colour item_colour(const json_t *e)
{
	return item_has(e, "good") ? PLAIN : item_has(e, "stale") ? YELLOW : DIM;
}

json_t *item_bare(const json_t *e)
{
	char text[WRITER_TEXT_MAX] = "";
	json_t *set = json_object_get(e, "set"), *bit;
	size_t i, n = 0;
	if (!item_has_value(e))
		return json_null();
	json_array_foreach(set, i, bit)
		if (n < sizeof text)
			n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", i ? ", " : "", json_string_value(bit));
	if (set)
		return json_string(text);
	if (strcmp(text_of(e, "type"), "analog-value") == 0)
		return json_deep_copy(json_object_get(e, "value"));
	return json_string(text_of(e, "text"));
}

/* ---- which ---- */

json_t *item_patterns(const struct tool *t)
{
	json_t *patterns = json_array();
	for (int i = 0; i < t->count; ) {
		uint32_t id;
		bool two = object_name_take(t->args + i, t->count - i, &id) == 2;
		json_array_append_new(patterns, two ? json_sprintf("%s %s", t->args[i], t->args[i + 1]) : json_string(t->args[i]));
		i += two ? 2 : 1;
	}
	return patterns;
}

static bool is_meant(const struct tool *t, const json_t *pattern, const json_t *e)
{
	return (!t->ups || strcmp(t->ups, text_of(e, "ups")) == 0) && object_name_is(json_string_value(pattern), item_id(e), text_of(e, "name"));
}

bool item_wanted(const struct tool *t, const json_t *patterns, const json_t *e)
{
	json_t *pattern;
	size_t i;
	if (json_array_size(patterns) == 0)
		return !t->ups || strcmp(t->ups, text_of(e, "ups")) == 0;
	json_array_foreach(patterns, i, pattern)
		if (is_meant(t, pattern, e))
			return true;
	return false;
}

enum { NEAREST = 3 };
struct nearest {
	const char *name[NEAREST];
	unsigned distance[NEAREST];
};

static void come_nearer(struct nearest *n, const char *name, unsigned distance)
{
	int at = NEAREST;
	for (int i = 0; i < NEAREST; i++)
		if (n->name[i] && strcmp(n->name[i], name) == 0)
			return;                          /* another UPS has it too */
	while (at > 0 && (!n->name[at - 1] || distance < n->distance[at - 1]))
		at--;
	for (int i = NEAREST - 1; i > at; i--) {
		n->name[i] = n->name[i - 1];
		n->distance[i] = n->distance[i - 1];
	}
	if (at < NEAREST) {
		n->name[at] = name;
		n->distance[at] = distance;
	}
}

static void no_such(const struct tool *t, const char *pattern, const json_t *list)
{
	struct nearest n = { 0 };
	char names[200] = "";
	size_t i, used = 0;
	json_t *e;
	json_array_foreach(list, i, e)
		come_nearer(&n, text_of(e, "name"), object_name_distance(pattern, text_of(e, "name")));
	for (int k = 0; k < NEAREST && n.name[k] && used < sizeof names; k++)
		used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", k ? ", " : "; the nearest names are ", n.name[k]);
	tool_fail(t, TOOL_FAILED, "there is no object %s%s", pattern, names);
}

json_t *item_choose(const struct tool *t, const json_t *list, const json_t *patterns, bool tidy, size_t *hidden)
{
	json_t *chosen = json_array(), *seen = json_object(), *pattern, *e;
	json_t *everything = json_pack("[s]", "*");
	size_t i, k;
	*hidden = 0;
	json_array_foreach(json_array_size(patterns) ? patterns : everything, i, pattern) {
		const char *text = json_string_value(pattern);
		bool any = false, loose = text[0] && text[strlen(text) - 1] == '*';
		json_array_foreach(list, k, e) {
			char key[160];
			if (!is_meant(t, pattern, e))
				continue;
			any = true;
			snprintf(key, sizeof key, "%s %u", text_of(e, "ups"), (unsigned)item_id(e));
			if (json_object_get(seen, key))
				continue;
			json_object_set_new(seen, key, json_true());
			bool hide = tidy && loose && !t->all && item_has(e, "not managed");
			*hidden += hide;
			if (!hide)
				json_array_append(chosen, e);
		}
		if (!any && json_array_size(patterns)) {
			no_such(t, text, list);
			json_decref(chosen);
			chosen = NULL;
			break;
		}
	}
	json_decref(everything);
	json_decref(seen);
	return chosen;
}
