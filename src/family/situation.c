#include "family/situation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIKE_DEPTH = 4 };

enum situation_kind { SITUATION_WORDS, SITUATION_LIKE, SITUATION_GONE, SITUATION_EXPECTED };

struct situation_row {
	char name[SITUATION_NAME_SIZE];
	int unit;                /* -1: a single UPS */
	enum situation_kind kind;
	char where[SITUATION_NAME_SIZE];
	char value[SITUATION_VALUE_SIZE];
	int line;
};

struct situations {
	const char *p, *end, *file;
	int line;
	struct err_at *why;
	bool failed;
};

static bool fail(struct situations *s, const char *what)
{
	s->failed = true;
	return err_set(s->why, s->file, s->line, "%s", what);
}

static bool copy(struct situations *s, char *to, size_t size, const char *from, size_t n)
{
	if (n >= size)
		return fail(s, "a column is too long");
	memcpy(to, from, n);
	to[n] = 0;
	return true;
}

static bool read_unit(struct situations *s, const char *text, size_t n, int *unit)
{
	if (n == 6 && memcmp(text, "single", 6) == 0) {
		*unit = -1;
		return true;
	}
	*unit = n == 1 ? text[0] - '0' : n == 2 ? (text[0] - '0') * 10 + text[1] - '0' : -1;
	return (*unit >= 0 && *unit <= 15) || fail(s, "the unit is single or 0..15");
}

static bool read_kind(struct situations *s, const char *text, size_t n, enum situation_kind *kind)
{
	static const char *const kinds[] = { "words", "like", "gone", "state", "bits", "point", "model" };
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strlen(kinds[i]) == n && memcmp(kinds[i], text, n) == 0) {
			*kind = i < SITUATION_EXPECTED ? (enum situation_kind)i : SITUATION_EXPECTED;
			return true;
		}
	return fail(s, "no such kind of row");
}

static bool read_line(struct situations *s, const char *p, const char *end, struct situation_row *row)
{
	const char *column[SITUATION_COLUMNS];
	size_t length[SITUATION_COLUMNS] = { 0 };
	int columns = 0;
	for (const char *from = p; columns < SITUATION_COLUMNS; columns++) {
		const char *tab = memchr(from, '\t', (size_t)(end - from));
		column[columns] = from;
		length[columns] = (size_t)((tab ? tab : end) - from);
		if (!tab) {
			columns++;
			break;
		}
		from = tab + 1;
	}
	if (columns < 5)
		return fail(s, "a row has situation, unit, kind, where, value and perhaps a note");
	row->line = s->line;
	return copy(s, row->name, sizeof row->name, column[0], length[0]) && read_unit(s, column[1], length[1], &row->unit) &&
		read_kind(s, column[2], length[2], &row->kind) && copy(s, row->where, sizeof row->where, column[3], length[3]) &&
		copy(s, row->value, sizeof row->value, column[4], length[4]);
}

static bool situations_next(struct situations *s, struct situation_row *row)
{
	while (s->p < s->end && !s->failed) {
		const char *start = s->p, *newline = memchr(start, '\n', (size_t)(s->end - start));
		const char *end = newline ? newline : s->end;
		s->p = newline ? newline + 1 : s->end;
		s->line++;
		if (start < end && *start != '#')
			return read_line(s, start, end, row);
	}
	return false;
}

static bool situation_apply(const struct situations *s, const struct situation_row *row, struct situation_memory *m)
{
	char *end;
	unsigned long address = strtoul(row->where, &end, 16);
	if (end == row->where || *end || address > 0xFFFF)
		return err_set(s->why, s->file, row->line, "'%s' is no address", row->where);
	if (row->kind == SITUATION_GONE) {
		unsigned long count = strtoul(row->value, &end, 10);
		if (*end || count < 1 || address + count > 0x10000)
			return err_set(s->why, s->file, row->line, "'%s' is no number of words", row->value);
		memset(&m->there[address], 0, count);
		return true;
	}
	for (const char *p = row->value; *p; address++) {
		unsigned long word = strtoul(p, &end, 16);
		if (end == p || word > 0xFFFF || address > 0xFFFF)
			return err_set(s->why, s->file, row->line, "'%.20s' is no word", p);
		m->word[address] = (uint16_t)word;
		m->there[address] = true;
		p = end + strspn(end, " ");
	}
	return true;
}

/* The situation that it is like, "" when it stands alone; its own words only when they are asked for. */
static bool pass(const char *text, size_t length, const char *file, const char *name, struct situation_memory *m, char like[SITUATION_NAME_SIZE],
	struct err_at *why)
{
	struct situations s = { .p = text, .end = text + length, .file = file, .why = why };
	struct situation_row row;
	bool found = false, ok = true;
	like[0] = 0;
	while (ok && situations_next(&s, &row)) {
		if (strcmp(row.name, name) != 0)
			continue;
		found = true;
		if (row.kind == SITUATION_LIKE)
			memcpy(like, row.where, sizeof row.where);
		else if (m && (row.kind == SITUATION_WORDS || row.kind == SITUATION_GONE))
			ok = situation_apply(&s, &row, m);
	}
	if (s.failed || !ok)
		return false;
	return found || err_set(why, file, 0, "no situation is called %s", name);
}

bool situation_load(const char *text, size_t length, const char *file, const char *name, struct situation_memory *m, struct err_at *why)
{
	char chain[LIKE_DEPTH][SITUATION_NAME_SIZE], like[SITUATION_NAME_SIZE];
	int depth = 0;
	memset(m, 0, sizeof *m);
	snprintf(like, sizeof like, "%s", name);
	while (like[0]) {
		if (depth == LIKE_DEPTH)
			return err_set(why, file, 0, "%s is like another that is like another ... more than %d times", name, LIKE_DEPTH);
		memcpy(chain[depth], like, sizeof like);
		if (!pass(text, length, file, chain[depth++], NULL, like, why))
			return false;
	}
	while (depth > 0)
		if (!pass(text, length, file, chain[--depth], m, like, why))
			return false;
	return true;
}
