/* What the bench found: one row a figure, printed as a table and written as JSON.  A figure with a goal gets a verdict; a missed goal
 * is news, not a failure of the bench. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stdbool.h>
#include <stddef.h>

enum goal { GOAL_NONE, GOAL_AT_LEAST, GOAL_AT_MOST };

enum { REPORT_ROWS = 192 };

struct figure {
	char part[20], name[72], unit[16];
	double value, goal;
	enum goal kind;
};

struct report {
	struct figure row[REPORT_ROWS];
	size_t n;
	char where[200];         /* "two network namespaces", "loopback ..." */
	unsigned failures;       /* parts that could not be measured */
};

void report_figure(struct report *, const char *part, const char *unit, double value, enum goal, double goal, const char *name, ...)
	__attribute__((format(printf, 7, 8)));
void report_failure(struct report *, const char *part, const char *format, ...) __attribute__((format(printf, 3, 4)));
void report_print(const struct report *);
bool report_write_json(const struct report *, const char *path);

#endif
