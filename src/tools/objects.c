/* bacnet-ups objects, bacnet-ups watch */
#include <string.h>

#include "tools/daemon.h"
#include "tools/table.h"

/* A name, or the beginning of names with a * behind it. */
static bool name_matches(const char *pattern, const char *name)
{
	size_t n = strlen(pattern);
	if (n && pattern[n - 1] == '*')
		return strncmp(pattern, name, n - 1) == 0;
	return strcmp(pattern, name) == 0;
}

static bool wanted(const struct tool *t, const json_t *o)
{
	bool any = t->count == 0;
	for (int i = 0; i < t->count; i++)
		any |= name_matches(t->args[i], text_of(o, "name"));
	return any && (!t->ups || strcmp(t->ups, text_of(o, "ups")) == 0);
}

/* Only what was asked for, as a new array. */
static json_t *choose(const struct tool *t, const json_t *list)
{
	json_t *chosen = json_array(), *o;
	size_t i;
	json_array_foreach(list, i, o)
		if (wanted(t, o))
			json_array_append(chosen, o);
	return chosen;
}

/* "AV 70": short types as building people write them. */
static const char *short_id(const json_t *o, char *buffer, size_t size)
{
	static const struct { const char *type, *brief; } types[] = {
		{ "analog-value", "AV" }, { "multi-state-value", "MSV" }, { "bitstring-value", "BSV" },
	};
	const char *type = text_of(o, "type");
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i].type, type) == 0)
			type = types[i].brief;
	snprintf(buffer, size, "%s %lld", type, integer_of(o, "instance"));
	return buffer;
}

static enum tool_colour colour_of(const json_t *o)
{
	static const struct { const char *quality; enum tool_colour colour; } rows[] = {
		{ "good", PLAIN }, { "stale", YELLOW }, { "absent", DIM }, { "not managed", DIM }, { "not read", DIM },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i].quality, text_of(o, "quality")) == 0)
			return rows[i].colour;
	return PLAIN;
}

/* What clients read, when it is there: a number without needless digits, or bits in hexadecimal with b00 lowest. */
static const char *raw_text(const json_t *o, char *buffer, size_t size)
{
	const json_t *raw = json_object_get(o, "present_value");
	const char *bits = json_string_value(raw);
	unsigned word = 0;
	for (size_t i = 0; bits && bits[i]; i++)
		word |= (bits[i] == '1' ? 1u : 0u) << i;
	if (json_is_number(raw))
		snprintf(buffer, size, "%.7g", json_number_value(raw));
	else if (bits)
		snprintf(buffer, size, "0x%X", word);
	else
		snprintf(buffer, size, "-");
	return buffer;
}

static const char *note_of(const json_t *o)
{
	if (!flag_of(o, "exposed"))
		return "no object";
	if (flag_of(o, "out_of_service"))
		return "out of service";
	const char *reliability = text_of(o, "reliability");
	return strcmp(reliability, "no-fault-detected") == 0 ? "" : reliability;
}

static void add_row(struct table *table, const json_t *o)
{
	char id[40], age[32] = "", raw[48];
	const char *text = text_of(o, "text"), *quality = text_of(o, "quality");
	if (json_is_number(json_object_get(o, "age")))
		tool_duration(number_of(o, "age"), age, sizeof age);
	/* A value that is not there says why once, in the column of qualities. */
	table_row(table, colour_of(o), short_id(o, id, sizeof id), text_of(o, "name"), raw_text(o, raw, sizeof raw), quality, age, note_of(o),
		strcmp(text, quality) == 0 ? "" : text, NULL);
}

int tool_objects(struct tool *t)
{
	json_t *all = daemon_call(t, "objects", t->ups ? json_pack("{s:s}", "ups", t->ups) : NULL), *o;
	size_t i;
	if (!all)
		return TOOL_FAILED;
	json_t *chosen = choose(t, json_object_get(all, "objects"));
	size_t count = json_array_size(chosen);
	if (t->json) {
		json_t *out = json_pack("{s:O}", "objects", chosen);
		tool_print_json(t, out);
		json_decref(out);
	} else if (count) {
		struct table *table = table_make("llrlrll", "object|name|present|quality|age|note|value");
		json_array_foreach(chosen, i, o)
			add_row(table, o);
		table_print(table, t);
	}
	json_decref(chosen);
	json_decref(all);
	return count ? TOOL_OK : tool_fail(t, TOOL_FAILED, "no object has such a name");
}

/* One update; returns whether there was anything of interest in it. */
static bool print_changes(const struct tool *t, const json_t *list)
{
	json_t *chosen = choose(t, list), *o;
	size_t i, count = json_array_size(chosen);
	if (count && t->json) {
		json_t *out = json_pack("{s:O}", "changes", chosen);
		json_dumpf(out, t->out, JSON_COMPACT | JSON_REAL_PRECISION(12));
		fputc('\n', t->out);
		json_decref(out);
	}
	json_array_foreach(chosen, i, o) {
		char id[40];
		if (t->json)
			break;
		const char *note = note_of(o);
		const char *text = text_of(o, "text"), *quality = text_of(o, "quality");
		bool plain = strcmp(quality, "good") == 0 || strcmp(quality, text) == 0;
		fprintf(t->out, "%-7s %-16s %s%s%s%s%s%s%s\n", short_id(o, id, sizeof id), text_of(o, "name"), tool_colour(t, colour_of(o)), text,
			tool_colour(t, PLAIN), plain ? "" : ", ", plain ? "" : quality, note[0] ? ", " : "", note);
	}
	fflush(t->out);
	json_decref(chosen);
	return count > 0;
}

int tool_watch(struct tool *t)
{
	struct err_at why = { 0 };
	char line[512];
	struct control_client *c = daemon_open(t);
	json_t *now = c ? control_client_call(c, "watch", NULL, &why) : NULL;
	if (c && now)
		print_changes(t, json_object_get(now, "objects"));
	json_decref(now);
	for (int n = 0; c && now && !ferror(t->out) && (!t->updates || n < t->updates); ) {
		json_t *update = control_client_update(c, -1, &why);
		if (!update)
			break;
		n += print_changes(t, json_object_get(update, "changes"));
		json_decref(update);
	}
	control_client_close(c);
	if (c && why.text[0])
		return tool_fail(t, TOOL_FAILED, "%s", err_format(&why, line, sizeof line));
	return c ? TOOL_OK : TOOL_FAILED;
}
