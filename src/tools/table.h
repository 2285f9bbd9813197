/* Rows of text in aligned columns.  Owns copies of its cells.  Widths count characters of UTF-8, not octets.  Without a terminal
 * (width 0) nothing is cut; with one, the last column is cut to what is left.  Never fails: without memory a row is missing. */
#ifndef TOOLS_TABLE_H
#define TOOLS_TABLE_H

#include "tools/tool.h"

enum { TABLE_COLUMNS_MAX = 16 };

struct table;

/* NULL (no memory) is fine for all the others. */
struct table *table_make(void);

/* Columns before the first row: 'l' or 'r'; `least` characters wide; a title of NULL in all of them: no line of titles. */
void table_column(struct table *, char align, int least, const char *title);
void table_begin(struct table *, enum tool_colour);
void table_cell(struct table *, const char *text);
void table_print(struct table *, const struct tool *);       /* and frees it */

/* Characters of a UTF-8 text. */
size_t table_width(const char *text);

#endif
