/* bacnet-ups health: one line of words and an exit status, as monitoring plugins (Nagios, Icinga, Zabbix) have it.
 *
 * What is not known is not healthy: a UPS that does not answer or is not read is CRITICAL, because nobody would hear that it is on battery; a gateway that
 * cannot be asked, a value that has gone stale or has not been read yet is UNKNOWN. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tools/daemon.h"
#include "tools/mood.h"
#include "tools/writer.h"

/* The worst first.  A warning that is certain counts more than what is not known. */
static const struct { enum health health; const char *word; } order[] = {
	{ HEALTH_CRITICAL, "CRITICAL" }, { HEALTH_WARNING, "WARNING" }, { HEALTH_UNKNOWN, "UNKNOWN" }, { HEALTH_OK, "OK" },
};
enum { ORDER = sizeof order / sizeof *order };
enum { SEARCH_S = 15 };                  /* every speed of a line has been tried by then */

struct findings {
	json_t *reasons[ORDER];          /* lists of texts, by enum health */
	const char *ups;                 /* "" or "NAME: " before each reason */
};

static void find(struct findings *f, enum health health, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void find(struct findings *f, enum health health, const char *format, ...)
{
	char text[300];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	json_array_append_new(f->reasons[health], json_sprintf("%s%s%s", f->ups, f->ups[0] ? ": " : "", text));
}

static void judge_states(struct findings *f, json_t *ups)
{
	json_t *stale = json_object_get(ups, "stale"), *word, *age;
	const char *name;
	char old[32];
	json_object_foreach(json_object_get(ups, "states"), name, word) {
		enum health health = mood_health(name, json_string_value(word));
		if (!json_object_get(stale, name) && health != HEALTH_OK)
			find(f, health, "%s %s", name, json_string_value(word));
		if (strcmp(json_string_value(word), "not read") == 0)
			find(f, HEALTH_UNKNOWN, "%s has not been read yet", name);
	}
	json_object_foreach(stale, name, age)
		find(f, HEALTH_UNKNOWN, "%s is stale, last read before %s", name, tool_duration(json_number_value(age), old, sizeof old));
}

static void judge_alarms(struct findings *f, json_t *ups)
{
	json_t *states = json_object_get(ups, "states"), *alarm;
	enum health health = mood_health("Alarms", text_of(states, "Alarms"));
	size_t i;
	json_array_foreach(json_object_get(ups, "alarms"), i, alarm)
		find(f, health == HEALTH_OK ? HEALTH_WARNING : health, "%s", json_string_value(alarm));
}

/* While the UPS does not answer, what it last said is no reason for anything.  A gateway that has only just started may still be looking
 * for it; one that runs for longer would have found it. */
static void judge_ups(struct findings *f, json_t *ups, double uptime)
{
	const json_t *link = json_object_get(ups, "link");
	const char *state = text_of(link, "state"), *error = text_of(link, "last_error");
	bool heard = json_is_number(json_object_get(link, "age"));
	double silence = heard ? number_of(link, "age") : uptime;
	bool given_up = strcmp(state, "lost") == 0 || (strcmp(state, "up") != 0 && silence > SEARCH_S);
	char age[32];
	enum health device = mood_health("DeviceStatus", text_of(json_object_get(ups, "states"), "DeviceStatus"));
	if (flag_of(link, "internal_fault"))
		find(f, HEALTH_CRITICAL, "the UPS is not read: %s", error);
	else if (given_up && heard)
		find(f, HEALTH_CRITICAL, "the link to the UPS is lost: %s, last heard %s ago", error[0] ? error : "no answer",
			tool_duration(silence, age, sizeof age));
	else if (given_up)
		find(f, HEALTH_CRITICAL, "the UPS has never answered%s%s", error[0] ? ": " : "", error);
	else if (strcmp(state, "up") != 0)
		find(f, device == HEALTH_CRITICAL ? HEALTH_CRITICAL : HEALTH_UNKNOWN, "the link to the UPS is %s", state);
	else {
		judge_states(f, ups);
		judge_alarms(f, ups);
	}
}

/* What is said when there is nothing to complain of, and the figures as performance data. */
static void praise(struct findings *f, json_t *ups, json_t *figures)
{
	const json_t *states = json_object_get(ups, "states"), *stale = json_object_get(ups, "stale");
	const char *name;
	json_t *figure;
	find(f, HEALTH_OK, "%s, %s", text_of(states, "UnitLoadStatus"), text_of(states, "Alarms"));
	json_object_foreach(json_object_get(ups, "figures"), name, figure) {
		char *end;
		const char *text = json_string_value(figure);
		double value = strtod(text, &end);
		if (end != text && !json_object_get(stale, name))
			json_array_append_new(figures, json_sprintf("'%s%s%s'=%.10g%s", f->ups, f->ups[0] ? "." : "", name, value,
				strcmp(end, " %") == 0 ? "%" : ""));
	}
}

static const char *joined(const json_t *list, const char *between, char *buffer, size_t size)
{
	size_t i, n = 0;
	json_t *text;
	buffer[0] = 0;
	json_array_foreach(list, i, text)
		if (n < size)
			n += (size_t)snprintf(buffer + n, size - n, "%s%s", i ? between : "", json_string_value(text));
	return buffer;
}

static const char *line_text(const json_t *tree, char *buffer, size_t size)
{
	char figures[600];
	joined(json_object_get(tree, "figures"), " ", figures, sizeof figures);
	snprintf(buffer, size, "%s: %s%s%s", text_of(tree, "health"), text_of(tree, "text"), figures[0] ? " | " : "", figures);
	return buffer;
}

static int conclude(const struct tool *t, struct findings *f, json_t *figures)
{
	static const struct writer_row rows[] = { { .title = "", .text = line_text } };
	static const struct writer_view view = { .kind = WRITER_TABLE, .path = "line", WRITER_ROWS(rows) };
	json_t *reasons = json_array();
	char text[WRITER_TEXT_MAX];
	int worst = ORDER - 1;
	for (int i = ORDER - 1; i >= 0; i--)
		if (json_array_size(f->reasons[order[i].health]))
			worst = i;
	for (int i = 0; i < ORDER - (worst < ORDER - 1); i++)        /* praise is for those who have nothing else */
		json_array_extend(reasons, f->reasons[order[i].health]);
	json_t *tree = json_pack("{s:s, s:i, s:s, s:O, s:O}", "health", order[worst].word, "status", order[worst].health,
		"text", joined(reasons, ", ", text, sizeof text), "reasons", reasons, "figures", figures);
	json_t *line = json_pack("{s:[O]}", "line", tree);
	if (t->format == FORMAT_TEXT)
		writer_next(t, line, &view, 1, false);
	else
		writer_show(t, tree, NULL, 0);
	json_decref(line);
	json_decref(tree);
	json_decref(reasons);
	return (int)order[worst].health;
}

static json_t *ask(const struct tool *t, struct findings *f)
{
	struct err_at why = { 0 };
	char buffer[128], line[512];
	const char *path = daemon_path(t, buffer, sizeof buffer);
	void *c = path ? t->outside->open(t->outside->ctx, path, t->timeout_ms ? t->timeout_ms : 5000, &why) : NULL;
	json_t *status = c ? t->outside->call(c, "status", NULL, &why) : NULL;
	if (!status)
		find(f, HEALTH_UNKNOWN, "%s", path ? err_format(&why, line, sizeof line) : "the configuration cannot be read");
	if (c)
		t->outside->close(c);
	return status;
}

int tool_health(struct tool *t)
{
	struct findings f = { .ups = "" };
	json_t *figures = json_array(), *u, *problem;
	size_t i, judged = 0;
	for (int h = 0; h < ORDER; h++)
		f.reasons[h] = json_array();
	json_t *status = ask(t, &f), *list = json_object_get(status, "ups");
	json_array_foreach(list, i, u) {
		if (t->ups && strcmp(t->ups, text_of(u, "name")) != 0)
			continue;
		f.ups = json_array_size(list) > 1 ? text_of(u, "name") : "";
		judge_ups(&f, u, number_of(status, "uptime"));
		praise(&f, u, figures);
		judged++;
	}
	f.ups = "";
	if (status && !judged)
		find(&f, HEALTH_UNKNOWN, "there is no UPS %s", t->ups ? t->ups : "");
	json_array_foreach(json_object_get(status, "problems"), i, problem)
		find(&f, HEALTH_WARNING, "%s", json_string_value(problem));
	int result = conclude(t, &f, figures);
	for (int h = 0; h < ORDER; h++)
		json_decref(f.reasons[h]);
	json_decref(figures);
	json_decref(status);
	return result;
}
