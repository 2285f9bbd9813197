#include "bench/report.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

static const struct { const char *sign, *word; } goals[] = {
	[GOAL_NONE] = { "", "" }, [GOAL_AT_LEAST] = { ">=", "at least" }, [GOAL_AT_MOST] = { "<=", "at most" },
};

static const char *verdict(const struct figure *f)
{
	switch (f->kind) {
	case GOAL_NONE: return "";
	case GOAL_AT_LEAST: return f->value >= f->goal ? "met" : "MISSED";
	case GOAL_AT_MOST: return f->value <= f->goal ? "met" : "MISSED";
	}
	return "";
}

static void print_row(const struct figure *f)
{
	char goal[32] = "";
	if (f->kind != GOAL_NONE)
		snprintf(goal, sizeof goal, "%s %g", goals[f->kind].sign, f->goal);
	printf("%-8s %-60s %12.4g %-10s %-10s %s\n", f->part, f->name, f->value, f->unit, goal, verdict(f));
	fflush(stdout);
}

void report_figure(struct report *r, const char *part, const char *unit, double value, enum goal kind, double goal, const char *name, ...)
{
	if (r->n == REPORT_ROWS) {
		r->failures++;
		return;
	}
	struct figure *f = &r->row[r->n++];
	*f = (struct figure){ .value = value, .kind = kind, .goal = goal };
	snprintf(f->part, sizeof f->part, "%s", part);
	snprintf(f->unit, sizeof f->unit, "%s", unit);
	va_list args;
	va_start(args, name);
	vsnprintf(f->name, sizeof f->name, name, args);
	va_end(args);
	print_row(f);            /* as it comes: the whole takes minutes */
}

void report_failure(struct report *r, const char *part, const char *format, ...)
{
	r->failures++;
	printf("%-8s cannot be measured: ", part);
	va_list args;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

void report_print(const struct report *r)
{
	unsigned missed = 0, met = 0;
	for (size_t i = 0; i < r->n; i++) {
		missed += verdict(&r->row[i])[0] == 'M';
		met += verdict(&r->row[i])[0] == 'm';
	}
	printf("\n%s\n%u goals met, %u missed, %u parts not measured\n", r->where, met, missed, r->failures);
	for (size_t i = 0; i < r->n; i++)
		if (verdict(&r->row[i])[0] == 'M')
			print_row(&r->row[i]);
}

bool report_write_json(const struct report *r, const char *path)
{
	json_t *figures = json_array();
	for (size_t i = 0; i < r->n; i++) {
		const struct figure *f = &r->row[i];
		json_t *o = json_pack("{s:s, s:s, s:s, s:f}", "part", f->part, "name", f->name, "unit", f->unit, "value", f->value);
		if (o && f->kind != GOAL_NONE) {
			json_object_set_new(o, "goal", json_sprintf("%s %g", goals[f->kind].word, f->goal));
			json_object_set_new(o, "met", json_boolean(verdict(f)[0] == 'm'));
		}
		json_array_append_new(figures, o);
	}
	json_t *all = json_pack("{s:s, s:s, s:I, s:i, s:o}", "program", "bacnet-ups " BACNET_UPS_VERSION, "where", r->where,
	                        "time", (json_int_t)time(NULL), "parts_not_measured", (int)r->failures, "figures", figures);
	bool ok = all && json_dump_file(all, path, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) == 0;
	json_decref(all);
	return ok;
}
