/* bacnet-ups watch: each change as it happens.
 *
 * For people a loss of the UPS is one line and not one for each of its values, and so is its return: what is stale together keeps its
 * value, so there is nothing else to say.  Programs get every entry. */
#include <string.h>

#include "tools/daemon.h"
#include "tools/item.h"

enum { TOGETHER = 4 };           /* from so many on, values that go stale or come back in one update are one line */

static const char *value_text(const json_t *e, char *buffer, size_t size);

static const struct writer_row columns[] = {
	{ .title = "time", .key = "time", .least = 12 },
	{ .title = "object", .least = 6, .text = item_brief },
	{ .key = "ups" }, { .key = "type" }, { .key = "instance" },
	{ .title = "name", .key = "name", .least = 16 },
	{ .key = "present_value" }, { .key = "quality" }, { .key = "age" }, { .key = "reliability" }, { .key = "out_of_service" },
	{ .key = "exposed" }, { .key = "value" }, { .key = "unit" }, { .key = "text" },
	{ .title = "value", .text = value_text },
};
static const struct writer_view view = { .kind = WRITER_TABLE, .path = "changes", WRITER_ROWS(columns), .colour = item_colour };

/* "17 %", "17 %, stale", "absent", "17 %, out of service: clients read 42". */
static const char *value_text(const json_t *e, char *buffer, size_t size)
{
	char present[48], unused[8];
	const char *words = item_words(e, unused, sizeof unused), *note = item_note(e, unused, sizeof unused);
	bool good = item_has(e, "good"), out = flag_of(e, "out_of_service");
	snprintf(buffer, size, "%s%s%s%s%s%s%s", words ? words : "", words && !good ? ", " : "", good ? "" : text_of(e, "quality"),
		note ? ", " : "", note ? note : "", out ? ": clients read " : "", out ? item_present(e, present, sizeof present) : "");
	return buffer;
}

/* ---- what goes and comes together ---- */

struct watch {
	struct tool *t;
	json_t *patterns, *known;        /* known: the entry of each object as it was, by UPS and identifier */
	bool begun;
};

static const char *key_of(const json_t *e, char *buffer, size_t size)
{
	snprintf(buffer, size, "%s %u", text_of(e, "ups"), (unsigned)item_id(e));
	return buffer;
}

/* Did nothing but its quality change, from one to the other? */
static bool went(const struct watch *w, const json_t *e, const char *from, const char *to)
{
	char key[160];
	const json_t *before = json_object_get(w->known, key_of(e, key, sizeof key));
	return before && item_has(before, from) && item_has(e, to) && strcmp(text_of(before, "text"), text_of(e, "text")) == 0;
}

static size_t count(const struct watch *w, const json_t *list, const char *from, const char *to)
{
	json_t *e;
	size_t i, n = 0;
	json_array_foreach(list, i, e)
		n += went(w, e, from, to);
	return n;
}

/* Takes those that go together out of the list and says it in one line. */
static json_t *together(const struct watch *w, json_t *list, const char *from, const char *to, const char *time, enum tool_colour colour)
{
	json_t *rest = json_array(), *e;
	size_t i, n = count(w, list, from, to);
	if (n < TOGETHER) {
		json_decref(rest);
		return list;
	}
	json_array_foreach(list, i, e)
		if (!went(w, e, from, to))
			json_array_append(rest, e);
	json_decref(list);
	fprintf(w->t->out, "%s  %s%zu values are %s%s%s\n", time, tool_colour(w->t, colour), n, to,
		colour == YELLOW ? ": the UPS does not answer for them" : " again", tool_colour(w->t, PLAIN));
	return rest;
}

/* A change that a person cannot see, of a Reliability that the quality tells already. */
static bool looks_the_same(const struct watch *w, const json_t *e)
{
	char key[160], now[WRITER_TEXT_MAX], then[WRITER_TEXT_MAX];
	const json_t *before = json_object_get(w->known, key_of(e, key, sizeof key));
	return before && strcmp(value_text(before, then, sizeof then), value_text(e, now, sizeof now)) == 0;
}

static void remember(struct watch *w, json_t *list)
{
	json_t *e;
	size_t i;
	json_array_foreach(list, i, e) {
		char key[160];
		json_object_set(w->known, key_of(e, key, sizeof key), e);
	}
}

static bool is_hidden(const struct watch *w, const json_t *e)
{
	return !w->t->all && item_has(e, "not managed") && json_array_size(w->patterns) == 0;
}

/* One update; whether there was anything of interest in it. */
static bool print(struct watch *w, json_t *list)
{
	const struct tool *t = w->t;
	char time[48];
	json_t *chosen = json_array(), *e;
	size_t i;
	tool_time(t, t->outside->wall_ms(t->outside->ctx), time, sizeof time);
	json_array_foreach(list, i, e) {
		if (!item_wanted(t, w->patterns, e) || (t->format == FORMAT_TEXT && (is_hidden(w, e) || looks_the_same(w, e))))
			continue;
		if (t->format != FORMAT_JSON)
			json_object_set_new(e, "time", json_string(time));
		json_array_append(chosen, e);
	}
	bool any = json_array_size(chosen) > 0;
	if (t->format == FORMAT_TEXT && w->begun) {
		chosen = together(w, chosen, "good", "stale", time, YELLOW);
		chosen = together(w, chosen, "stale", "good", time, GREEN);
	}
	json_t *tree = t->format == FORMAT_JSON ? json_pack("{s:s, s:O}", "time", time, "changes", chosen) : json_pack("{s:O}", "changes", chosen);
	if (any)
		writer_next(t, tree, &view, 1, !w->begun);
	fflush(t->out);
	remember(w, list);
	w->begun = true;
	json_decref(tree);
	json_decref(chosen);
	return any;
}

/* A name that nobody has would be waited for for ever. */
static bool all_exist(struct watch *w, const json_t *list)
{
	size_t hidden;
	json_t *chosen = item_choose(w->t, list, w->patterns, false, &hidden);
	json_decref(chosen);
	return chosen != NULL;
}

static int follow(struct watch *w, void *c)
{
	struct tool *t = w->t;
	struct err_at why = { 0 };
	char line[512];
	json_t *now = t->outside->call(c, "watch", NULL, &why);
	if (now && !all_exist(w, json_object_get(now, "objects"))) {
		json_decref(now);
		return TOOL_FAILED;
	}
	if (now)
		print(w, json_object_get(now, "objects"));
	for (int n = 0; now && !ferror(t->out) && (!t->updates || n < t->updates); ) {
		json_t *update = t->outside->update(c, -1, &why);
		if (!update)
			break;
		n += print(w, json_object_get(update, "changes"));
		json_decref(update);
	}
	json_decref(now);
	return why.text[0] ? tool_fail(t, TOOL_FAILED, "%s", err_format(&why, line, sizeof line)) : TOOL_OK;
}

int tool_watch(struct tool *t)
{
	int status;
	void *c = daemon_open(t, &status);
	if (!c)
		return status;
	struct watch w = { .t = t, .patterns = item_patterns(t), .known = json_object() };
	status = follow(&w, c);
	json_decref(w.patterns);
	json_decref(w.known);
	t->outside->close(c);
	return status;
}
