#include "tools/table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct row {
	enum tool_colour colour;
	char *cell[TABLE_COLUMNS_MAX];
};

struct table {
	char align[TABLE_COLUMNS_MAX + 1];
	size_t columns, rows, room;
	bool titled;
	struct row *row;
};

static bool continues(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

size_t table_width(const char *text)
{
	size_t n = 0;
	for (; *text; text++)
		n += !continues(*text);
	return n;
}

static struct row *new_row(struct table *t, enum tool_colour colour)
{
	if (t->rows == t->room) {
		size_t room = t->room ? t->room * 2 : 32;
		struct row *row = realloc(t->row, room * sizeof *row);
		if (!row)
			return NULL;
		t->row = row;
		t->room = room;
	}
	struct row *r = &t->row[t->rows++];
	*r = (struct row){ .colour = colour };
	return r;
}

struct table *table_make(const char *align, const char *titles)
{
	struct table *t = calloc(1, sizeof *t);
	if (!t)
		return NULL;
	t->columns = strlen(align);
	memcpy(t->align, align, t->columns);
	struct row *r = titles ? new_row(t, BOLD) : NULL;
	t->titled = r != NULL;
	for (size_t i = 0; r && i < t->columns; i++) {
		size_t n = strcspn(titles, "|");
		r->cell[i] = strndup(titles, n);
		titles += n + (titles[n] == '|');
	}
	return t;
}

/* What the UPS or a stranger calls himself does not reach the terminal as a command. */
static char *safe_copy(const char *text)
{
	char *copy = strdup(text);
	for (char *p = copy; p && *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	return copy;
}

void table_row(struct table *t, enum tool_colour colour, ...)
{
	struct row *r = t ? new_row(t, colour) : NULL;
	if (!r)
		return;
	va_list args;
	va_start(args, colour);
	const char *text;
	for (size_t i = 0; i < t->columns && (text = va_arg(args, const char *)) != NULL; i++)
		r->cell[i] = safe_copy(text);
	va_end(args);
}

/* At most `most` characters of the text; a text that is cut ends with "...". */
static void print_cut(FILE *out, const char *text, size_t most)
{
	size_t width = table_width(text), keep = width > most ? (most > 3 ? most - 3 : most) : width, octets = 0;
	for (size_t n = 0; text[octets]; octets++) {
		n += !continues(text[octets]);
		if (n > keep)
			break;
	}
	fprintf(out, "%.*s%s", (int)octets, text, width > most && most > 3 ? "..." : "");
}

static void print_row(const struct table *t, const struct row *r, const size_t *widths, const struct tool *tool)
{
	size_t used = 0, last = t->columns;
	while (last > 0 && (!r->cell[last - 1] || !r->cell[last - 1][0]))
		last--;                  /* no blanks at the end of a line */
	fputs(tool_colour(tool, r->colour), tool->out);
	for (size_t i = 0; i < last; i++) {
		const char *text = r->cell[i] ? r->cell[i] : "";
		size_t pad = widths[i] - table_width(text);
		bool end = i + 1 == last;
		if (t->align[i] == 'r')
			fprintf(tool->out, "%*s", (int)pad, "");
		if (end && tool->width && i + 1 == t->columns)
			print_cut(tool->out, text, (size_t)tool->width > used + 8 ? (size_t)tool->width - used : 8);
		else
			fputs(text, tool->out);
		if (!end)
			fprintf(tool->out, "%*s", (int)(t->align[i] == 'r' ? 2 : pad + 2), "");
		used += widths[i] + 2;
	}
	if (r->colour != PLAIN)
		fputs(tool_colour(tool, PLAIN), tool->out);
	fputc('\n', tool->out);
}

void table_print(struct table *t, const struct tool *tool)
{
	size_t widths[TABLE_COLUMNS_MAX] = { 0 };
	for (size_t i = 0; t && i < t->rows; i++)
		for (size_t c = 0; c < t->columns; c++)
			if (t->row[i].cell[c] && table_width(t->row[i].cell[c]) > widths[c])
				widths[c] = table_width(t->row[i].cell[c]);
	for (size_t i = 0; t && i < t->rows; i++)
		print_row(t, &t->row[i], widths, tool);
	table_free(t);
}

void table_free(struct table *t)
{
	for (size_t i = 0; t && i < t->rows; i++)
		for (size_t c = 0; c < t->columns; c++)
			free(t->row[i].cell[c]);
	if (t)
		free(t->row);
	free(t);
}
