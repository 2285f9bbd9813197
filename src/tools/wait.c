/* bacnet-ups wait: until something is so.
 *
 * Waits for the daemon too, so that a script may start it and wait.  Changes come by `watch`: a state that comes and goes between two
 * looks is seen.  A value that is not good makes no condition true. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tools/daemon.h"
#include "tools/item.h"
#include "tools/object_name.h"
#include "ups/points.h"

enum { RETRY_MS = 200, ROUND_MS = 1000 };

enum relation { IS, IS_NOT, LEAST, MOST, ABOVE, BELOW };
static const struct { const char *sign; enum relation relation; } signs[] = {          /* longer ones first */
	{ "!=", IS_NOT }, { ">=", LEAST }, { "<=", MOST }, { "=", IS }, { ">", ABOVE }, { "<", BELOW },
};

struct condition {
	bool link;                       /* the link to the UPS is up */
	char name[80];
	enum relation relation;
	const char *value;
};

static bool parse(const char *text, struct condition *c)
{
	*c = (struct condition){ 0 };
	if (strcasecmp(text, "link") == 0) {
		c->link = true;
		return true;
	}
	if (strcasecmp(text, "running") == 0) {
		*c = (struct condition){ .name = "DeviceStatus", .relation = IS, .value = "Running" };
		return true;
	}
	size_t n = strcspn(text, "!=<>");
	if (n == 0 || n >= sizeof c->name)
		return false;
	memcpy(c->name, text, n);
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
		size_t length = strlen(signs[i].sign);
		if (strncmp(text + n, signs[i].sign, length) != 0)
			continue;
		c->relation = signs[i].relation;
		c->value = text + n + length;
		return c->value[0] != 0;
	}
	return false;
}

static bool compare(double is, enum relation relation, double with)
{
	switch (relation) {
	case IS:     return is == with;
	case IS_NOT: return is != with;
	case LEAST:  return is >= with;
	case MOST:   return is <= with;
	case ABOVE:  return is > with;
	case BELOW:  return is < with;
	}
	return false;
}

static bool has_bit(const json_t *set, const char *text)
{
	json_t *bit;
	size_t i;
	json_array_foreach(set, i, bit)
		if (strcasecmp(json_string_value(bit), text) == 0)
			return true;
	return set && json_array_size(set) == 0 && strcasecmp(text, "none") == 0;
}

/* As a number where both are numbers; else as the words of the state, or one of the bits. */
static bool holds_for(const struct condition *c, const json_t *e)
{
	const json_t *value = json_object_get(e, "value"), *set = json_object_get(e, "set");
	char *end;
	double number = strtod(c->value, &end);
	if (!item_has(e, "good"))
		return false;
	if (json_is_number(value) && !set && end != c->value && !*end)
		return compare(json_number_value(value), c->relation, number);
	bool same = set ? has_bit(set, c->value) : strcasecmp(text_of(e, "text"), c->value) == 0;
	return c->relation == IS ? same : c->relation == IS_NOT && !same;
}

struct waiting {
	struct tool *t;
	struct condition *conditions;
	size_t count;
	int64_t deadline;                /* INT64_MAX: none */
	json_t *known;                   /* the newest entry of each object */
};

static bool link_is_up(const struct waiting *w)
{
	const struct outside *o = w->t->outside;
	char buffer[128];
	struct err_at why = { 0 };
	const char *path = daemon_path(w->t, buffer, sizeof buffer);
	void *c = path ? o->open(o->ctx, path, ROUND_MS, &why) : NULL;
	json_t *status = c ? o->call(c, "status", NULL, &why) : NULL, *u;
	bool up = json_array_size(json_object_get(status, "ups")) > 0;
	size_t i;
	json_array_foreach(json_object_get(status, "ups"), i, u)
		if (!w->t->ups || strcmp(w->t->ups, text_of(u, "name")) == 0)
			up &= strcmp(text_of(json_object_get(u, "link"), "state"), "up") == 0;
	json_decref(status);
	if (c)
		o->close(c);
	return up;
}

/* For every UPS that is meant. */
static bool holds(const struct waiting *w, const struct condition *c)
{
	json_t *pattern = json_pack("[s]", c->name), *e;
	const char *key;
	bool all = true, any = false;
	if (c->link) {
		json_decref(pattern);
		return link_is_up(w);
	}
	json_object_foreach(w->known, key, e) {
		if (!item_wanted(w->t, pattern, e))
			continue;
		any = true;
		all &= holds_for(c, e);
	}
	json_decref(pattern);
	return any && all;
}

static bool all_hold(const struct waiting *w)
{
	for (size_t i = 0; i < w->count; i++)
		if (!holds(w, &w->conditions[i]))
			return false;
	return true;
}

static void learn(struct waiting *w, const json_t *list)
{
	json_t *e;
	size_t i;
	json_array_foreach(list, i, e) {
		char key[160];
		snprintf(key, sizeof key, "%s %u", text_of(e, "ups"), (unsigned)item_id(e));
		json_object_set(w->known, key, e);
	}
}

/* ---- what an object can be at all ---- */

enum { WORDS_MAX = 40 };

static int texts_of(const json_t *e, const char *words[WORDS_MAX])
{
	long long instance = integer_of(e, "instance");
	int n = 0;
	for (int i = 0; strcmp(text_of(e, "type"), "multi-state-value") == 0 && i < ST_COUNT; i++)
		for (int k = 1; state_table[i].instance == instance && k <= state_table[i].count && n < WORDS_MAX; k++)
			words[n++] = state_table[i].state[k].text;
	for (int i = 0; strcmp(text_of(e, "type"), "bitstring-value") == 0 && i < BS_COUNT; i++)
		for (int k = 0; bits_table[i].instance == instance && k < bits_table[i].count && n < WORDS_MAX; k++)
			words[n++] = bits_table[i].bit[k].text;
	return n;
}

/* Texts of states and bits are all known: a word that is none would be waited for in vain. */
static bool can_be(const json_t *e, const char *value)
{
	const char *words[WORDS_MAX];
	int n = texts_of(e, words);
	char *end;
	bool state = !json_object_get(e, "set"), can = n == 0 || (!state && strcasecmp(value, "none") == 0);
	strtod(value, &end);
	for (int i = 0; i < n && !can; i++)
		can = strcasecmp(words[i], value) == 0;
	return can || (state && end != value && !*end);
}

static int no_such_word(const struct tool *t, const json_t *e, const char *value)
{
	enum { NEAREST = 3 };
	const char *words[WORDS_MAX];
	char list[200] = "";
	int n = texts_of(e, words);
	size_t used = 0;
	for (int k = 0; k < NEAREST && k < n && used < sizeof list; k++) {
		int best = k;
		for (int i = k + 1; i < n; i++)
			if (object_name_distance(value, words[i]) < object_name_distance(value, words[best]))
				best = i;
		const char *word = words[best];
		words[best] = words[k];
		words[k] = word;
		used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", k ? ", " : "", word);
	}
	return tool_fail(t, TOOL_FAILED, "%s is never %s; the nearest are %s", text_of(e, "name"), value, list);
}

static bool all_can_be(const struct tool *t, const json_t *chosen, const struct condition *c)
{
	const json_t *odd = NULL;
	json_t *e;
	size_t i;
	json_array_foreach(chosen, i, e) {
		if (can_be(e, c->value))
			return true;
		odd = e;
	}
	return !odd || no_such_word(t, odd, c->value) == TOOL_OK;
}

/* Names that nobody has are refused at once. */
static bool all_exist(const struct waiting *w, const json_t *list)
{
	bool exist = true;
	for (size_t i = 0; i < w->count && exist; i++) {
		size_t hidden;
		json_t *pattern = json_pack("[s]", w->conditions[i].name);
		json_t *chosen = w->conditions[i].link ? json_array() : item_choose(w->t, list, pattern, false, &hidden);
		exist = chosen != NULL && all_can_be(w->t, chosen, &w->conditions[i]);
		json_decref(chosen);
		json_decref(pattern);
	}
	return exist;
}

static int left_ms(const struct waiting *w, int most)
{
	int64_t now = w->t->outside->now_ms(w->t->outside->ctx), left = w->deadline - now;
	return left <= 0 ? 0 : left < most ? (int)left : most;
}

static int time_over(const struct waiting *w)
{
	return tool_fail(w->t, TOOL_TIME_OVER, "not within %d ms", w->t->timeout_ms);
}

/* One connection.  -1: it has ended, and there is still time. */
static int follow(struct waiting *w, void *c)
{
	const struct outside *o = w->t->outside;
	struct err_at why = { 0 };
	json_t *now = o->call(c, "watch", NULL, &why);
	json_t *list = json_object_get(now, "objects");
	bool exist = !now || all_exist(w, list);
	bool connected = now != NULL;
	learn(w, list);
	json_decref(now);
	if (!exist)
		return TOOL_FAILED;
	while (connected) {
		if (all_hold(w))
			return TOOL_OK;
		if (left_ms(w, ROUND_MS) == 0)
			return time_over(w);
		why.text[0] = 0;
		json_t *update = o->update(c, left_ms(w, ROUND_MS), &why);
		connected = update || !why.text[0];
		learn(w, json_object_get(update, "changes"));
		json_decref(update);
	}
	return left_ms(w, RETRY_MS) ? -1 : time_over(w);
}

/* Until there is a connection.  What time does not mend ends it. */
static int keep_trying(struct waiting *w)
{
	const struct outside *o = w->t->outside;
	char buffer[128], line[512], mend[300];
	for (;;) {
		struct err_at why = { 0 };
		const char *path = daemon_path(w->t, buffer, sizeof buffer);
		if (!path)
			return TOOL_BAD_CONFIG;
		errno = 0;
		void *c = o->open(o->ctx, path, ROUND_MS, &why);
		if (!c && errno == EACCES)
			return tool_fail(w->t, TOOL_FAILED, "%s. %s", err_format(&why, line, sizeof line), daemon_mend(path, mend, sizeof mend));
		int status = c ? follow(w, c) : -1;
		if (c)
			o->close(c);
		if (status >= 0)
			return status;
		int pause = left_ms(w, RETRY_MS);
		if (!pause)
			return tool_fail(w->t, TOOL_TIME_OVER, "not within %d ms; %s", w->t->timeout_ms, err_format(&why, line, sizeof line));
		o->sleep_ms(o->ctx, pause);
	}
}

int tool_wait(struct tool *t)
{
	struct condition running;
	struct waiting w = { .t = t, .count = t->count ? (size_t)t->count : 1, .deadline = INT64_MAX };
	w.conditions = t->count ? calloc((size_t)t->count, sizeof *w.conditions) : &running;
	parse("running", &running);
	for (int i = 0; i < t->count; i++) {
		if (w.conditions && parse(t->args[i], &w.conditions[i]))
			continue;
		free(w.conditions);
		return tool_fail(t, TOOL_USAGE, "%s is no condition: running, link, NAME=VALUE, or != > < >= <= between them", t->args[i]);
	}
	if (t->timeout_ms)
		w.deadline = t->outside->now_ms(t->outside->ctx) + t->timeout_ms;
	w.known = json_object();
	int status = keep_trying(&w);
	json_decref(w.known);
	if (t->count)
		free(w.conditions);
	return status;
}
