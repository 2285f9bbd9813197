#include "base/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static bool complain(char *why, size_t size, const struct option_row *row, const char *text)
{
	if (row->kind == OPTION_NUMBER || row->kind == OPTION_REAL)
		snprintf(why, size, "--%s must be %.10g to %.10g, not %s", row->name, row->low, row->high, text);
	else if (row->kind == OPTION_TEXT)
		snprintf(why, size, "--%s must not be empty", row->name);
	else
		snprintf(why, size, "--%s must be %s, not %s", row->name, row->argument, text);
	return false;
}

static bool in_range(const struct option_row *row, const char *text, double *value)
{
	char *end;
	errno = 0;
	*value = row->kind == OPTION_REAL ? strtod(text, &end) : (double)strtol(text, &end, 0);
	return !errno && end != text && !*end && *value >= row->low && *value <= row->high;
}

static bool take(const struct option_row *row, void *into, const char *text)
{
	void *at = (char *)into + row->at;
	double value;
	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)at = true;
		return true;
	case OPTION_TEXT:
		*(const char **)at = text;
		return row->low < 1 || *text;
	case OPTION_NUMBER:
		if (!in_range(row, text, &value))
			return false;
		*(int *)at = (int)value;
		return true;
	case OPTION_REAL:
		if (!in_range(row, text, &value))
			return false;
		*(double *)at = value;
		return true;
	case OPTION_PARSED:
		return row->parse(at, text);
	}
	return false;
}

enum { FIRST_ID = 256 };                     /* above every letter */

static size_t row_of(const struct option_row *rows, size_t count, int id)
{
	if (id >= FIRST_ID)
		return (size_t)(id - FIRST_ID);
	for (size_t i = 0; i < count; i++)
		if (rows[i].letter == id)
			return i;
	return count;
}

bool options_parse(const struct option_row *rows, size_t count, void *into, int argc, char **argv, int *first, uint64_t *given, char *why,
	size_t size)
{
	struct option options[OPTIONS_MAX + 1] = { 0 };
	char letters[2 * OPTIONS_MAX + 2] = ":";         /* a leading colon: a missing value is told apart */
	size_t n = 1;
	for (size_t i = 0; i < count && i < OPTIONS_MAX; i++) {
		bool flag = rows[i].kind == OPTION_FLAG;
		options[i] = (struct option){ rows[i].name, flag ? no_argument : required_argument, NULL, FIRST_ID + (int)i };
		if (rows[i].letter)
			letters[n++] = rows[i].letter;
		if (rows[i].letter && !flag)
			letters[n++] = ':';
	}
	*given = 0;
	opterr = 0;
	optind = 0;                              /* glibc: begin anew */
	for (int id; (id = getopt_long(argc, argv, letters, options, NULL)) != -1;) {
		if (id == '?' || id == ':') {
			snprintf(why, size, id == ':' ? "%s needs a value" : "there is no option %s; try --help", argv[optind - 1]);
			return false;
		}
		size_t row = row_of(rows, count, id);
		if (!take(&rows[row], into, optarg))
			return complain(why, size, &rows[row], optarg);
		*given |= (uint64_t)1 << row;
	}
	*first = optind;
	return true;
}

void options_print(FILE *f, const struct option_row *rows, size_t count, uint64_t which)
{
	for (size_t i = 0; i < count; i++) {
		char left[64], letter[5] = "";
		if (!(which >> i & 1))
			continue;
		if (rows[i].letter)
			snprintf(letter, sizeof letter, "-%c, ", rows[i].letter);
		snprintf(left, sizeof left, "%s--%s%s%s", letter, rows[i].name, rows[i].argument ? " " : "", rows[i].argument ? rows[i].argument : "");
		fprintf(f, "  %-22s %s\n", left, rows[i].help);
	}
}
