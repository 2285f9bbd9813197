/* bacnet-ups objects, bacnet-ups get */
#include <string.h>

#include "tools/daemon.h"
#include "tools/item.h"

static const struct writer_row columns[] = {
	{ .title = "object", .text = item_brief },
	{ .key = "ups" },
	{ .key = "type" },
	{ .key = "instance" },
	{ .title = "name", .key = "name" },
	{ .title = "present", .align = 'r', .text = item_present },
	{ .key = "present_value" },
	{ .title = "quality", .key = "quality" },
	{ .key = "age" },
	{ .title = "age", .align = 'r', .text = item_age },
	{ .title = "note", .text = item_note },
	{ .key = "reliability" },
	{ .key = "out_of_service" },
	{ .key = "exposed" },
	{ .key = "value" },
	{ .key = "unit" },
	{ .title = "value", .text = item_words },
	{ .key = "text" },
};
static const struct writer_view view = { .kind = WRITER_TABLE, .path = "objects", WRITER_ROWS(columns), .colour = item_colour };

/* What the daemon has and the command line means; NULL with *status. */
static json_t *ask(struct tool *t, bool tidy, size_t *hidden, int *status)
{
	json_t *all = daemon_call(t, "objects", t->ups ? json_pack("{s:s}", "ups", t->ups) : NULL, status);
	if (!all)
		return NULL;
	json_t *patterns = item_patterns(t);
	json_t *chosen = item_choose(t, json_object_get(all, "objects"), patterns, tidy, hidden);
	json_decref(patterns);
	json_decref(all);
	*status = chosen ? TOOL_OK : TOOL_FAILED;
	return chosen;
}

/* One line above all, rather than one mark among many. */
static void warn_of_stale(const struct tool *t, const json_t *list)
{
	json_t *e;
	char age[32];
	size_t i, stale = 0;
	double least = 0;
	json_array_foreach(list, i, e) {
		if (!item_has(e, "stale"))
			continue;
		least = stale++ == 0 || number_of(e, "age") < least ? number_of(e, "age") : least;
	}
	if (stale)
		fprintf(t->out, "%s%zu of these values %s stale, the newest is %s old: it is not known what they are now.%s\n", tool_colour(t, YELLOW), stale,
			stale == 1 ? "is" : "are", tool_duration(least, age, sizeof age), tool_colour(t, PLAIN));
}

int tool_objects(struct tool *t)
{
	size_t hidden;
	int status;
	json_t *chosen = ask(t, t->format == FORMAT_TEXT, &hidden, &status);
	if (!chosen)
		return status;
	if (t->format == FORMAT_TEXT)
		warn_of_stale(t, chosen);
	json_t *tree = json_pack("{s:o}", "objects", chosen);
	writer_show(t, tree, &view, 1);
	if (hidden && t->width)
		fprintf(t->out, "%s%zu more are not managed by this UPS; --all shows them.%s\n", tool_colour(t, DIM), hidden, tool_colour(t, PLAIN));
	json_decref(tree);
	return TOOL_OK;
}

/* ---- get: for scripts ---- */

/* A value that nobody vouches for is said to be one: a script that looks at the exit status alone is not led to think that it is good. */
static int vouch_for_each(const struct tool *t, const json_t *list)
{
	int status = TOOL_OK;
	json_t *e;
	size_t i;
	json_array_foreach(list, i, e) {
		char age[32];
		const char *old = item_age(e, age, sizeof age);
		if (item_has(e, "good"))
			continue;
		status = tool_fail(t, TOOL_NO_VALUE, "%s is %s%s%s", text_of(e, "name"), text_of(e, "quality"),
			item_has(e, "stale") && old ? ", last read before " : "", item_has(e, "stale") && old ? old : "");
	}
	return status;
}

/* How many are of this quality, and the names of the first. */
static size_t names_with(const json_t *list, const char *quality, char *names, size_t size)
{
	enum { NAMED = 8 };
	size_t i, count = 0, used = 0;
	json_t *e;
	names[0] = 0;
	json_array_foreach(list, i, e) {
		if (!item_has(e, quality))
			continue;
		if (count < NAMED && used < size)
			used += (size_t)snprintf(names + used, size - used, "%s%s", count ? ", " : "", text_of(e, "name"));
		else if (count == NAMED && used < size)
			used += (size_t)snprintf(names + used, size - used, " and more");
		count++;
	}
	return count;
}

/* Of everything: one line for what is stale, one for what is not there yet.  What this UPS does not have is no lack. */
static int vouch_for_all(const struct tool *t, const json_t *list)
{
	static const struct { const char *quality, *says; } rows[] = {
		{ "stale", "stale: it is not known what they are now" }, { "not read", "not read yet, and not printed" },
	};
	char names[600];
	size_t k, values = 0;
	int status = TOOL_OK;
	json_t *e;
	json_array_foreach(list, k, e)
		values += item_has_value(e);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t count = names_with(list, rows[i].quality, names, sizeof names);
		if (count)
			status = tool_fail(t, TOOL_NO_VALUE, "%zu of %zu are %s: %s", count, json_array_size(list), rows[i].says, names);
	}
	return values || status != TOOL_OK ? status : tool_fail(t, TOOL_NO_VALUE, "there is no value");
}

static void print_bare(const struct tool *t, const json_t *list)
{
	static const struct writer_row bare[] = { { .title = "", .key = "bare" } };
	static const struct writer_view lines = { .kind = WRITER_TABLE, .path = "values", WRITER_ROWS(bare) };
	json_t *values = json_array(), *e;
	size_t i;
	json_array_foreach(list, i, e)
		if (item_has_value(e))
			json_array_append_new(values, json_pack("{s:o}", "bare", item_bare(e)));
	json_t *tree = json_pack("{s:o}", "values", values);
	writer_next(t, tree, &lines, 1, false);
	json_decref(tree);
}

/* Nothing named: every object, as NAME=VALUE. */
int tool_get(struct tool *t)
{
	size_t hidden, i;
	int status;
	json_t *chosen = ask(t, true, &hidden, &status), *e;
	if (!chosen)
		return status;
	if (t->format == FORMAT_TEXT && t->count) {
		print_bare(t, chosen);
	} else {
		struct tool named = *t;
		json_t *tree = json_object();
		named.format = t->format == FORMAT_TEXT ? FORMAT_KV : t->format;
		json_array_foreach(chosen, i, e) {
			char key[160];
			const char *ups = text_of(e, "ups");
			snprintf(key, sizeof key, "%s%s%s", ups, ups[0] ? "." : "", text_of(e, "name"));
			if (t->count || item_has_value(e) || t->format == FORMAT_JSON)       /* null is no value, an empty text could be one */
				json_object_set_new(tree, key, item_bare(e));
		}
		writer_show(&named, tree, NULL, 0);
		json_decref(tree);
	}
	status = t->count ? vouch_for_each(t, chosen) : vouch_for_all(t, chosen);
	json_decref(chosen);
	return status;
}
