#include "tools/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

struct row {
	enum tool_colour colour;
	size_t cells;
	char *cell[TABLE_COLUMNS_MAX];
};

struct table {
	char align[TABLE_COLUMNS_MAX];
	int least[TABLE_COLUMNS_MAX];
	size_t columns, rows, room;
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

void table_column(struct table *t, char align, int least, const char *title)
{
	if (!t || t->columns == TABLE_COLUMNS_MAX)
		return;
	t->align[t->columns] = align;
	t->least[t->columns++] = least;
	if (!title)
		return;
	if (t->rows == 0 && !new_row(t, BOLD))
		return;
	table_cell(t, title);
}

struct table *table_make(void)
{
	return calloc(1, sizeof(struct table));
}

void table_begin(struct table *t, enum tool_colour colour)
{
	if (t)
		new_row(t, colour);
}

/* What the UPS or a stranger calls himself does not reach the terminal as a command. */
void table_cell(struct table *t, const char *text)
{
	struct row *r = t && t->rows ? &t->row[t->rows - 1] : NULL;
	size_t size = strlen(text) + 1;
	if (!r || r->cells == t->columns)
		return;
	char *copy = malloc(size);
	if (copy)
		utf8_copy(copy, size, text);
	r->cell[r->cells++] = copy;
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
	if (r->colour != PLAIN)
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

static void table_free(struct table *t)
{
	for (size_t i = 0; t && i < t->rows; i++)
		for (size_t c = 0; c < t->columns; c++)
			free(t->row[i].cell[c]);
	if (t)
		free(t->row);
	free(t);
}

void table_print(struct table *t, const struct tool *tool)
{
	size_t widths[TABLE_COLUMNS_MAX] = { 0 };
	for (size_t c = 0; t && c < t->columns; c++)
		widths[c] = (size_t)t->least[c];
	for (size_t i = 0; t && i < t->rows; i++)
		for (size_t c = 0; c < t->columns; c++)
			if (t->row[i].cell[c] && table_width(t->row[i].cell[c]) > widths[c])
				widths[c] = table_width(t->row[i].cell[c]);
	for (size_t i = 0; t && i < t->rows; i++)
		print_row(t, &t->row[i], widths, tool);
	table_free(t);
}
