/* Rows of text in aligned columns.  Owns copies of its cells.  Widths count characters of UTF-8, not octets.  Without a terminal
 * (width 0) nothing is cut; with one, the last column is cut to what is left.  Never fails: without memory a row is missing. */
#ifndef TOOLS_TABLE_H
#define TOOLS_TABLE_H

#include "tools/tool.h"

enum { TABLE_COLUMNS_MAX = 16 };

struct table;

/* One letter a column: l or r, for left and right.  Titles are separated by '|'; NULL: no line of titles. */
struct table *table_make(const char *align, const char *titles);
void table_row(struct table *, enum tool_colour, ...) __attribute__((sentinel));     /* const char * for each column, then NULL */
void table_print(struct table *, const struct tool *);       /* and frees it; NULL is fine */
void table_free(struct table *);

/* The same, a column and a cell at a time: columns before the first row; `least` characters wide; a title of NULL in all of them: no line
 * of titles. */
void table_column(struct table *, char align, int least, const char *title);
void table_begin(struct table *, enum tool_colour);
void table_cell(struct table *, const char *text);

/* Characters of a UTF-8 text. */
size_t table_width(const char *text);

#endif
