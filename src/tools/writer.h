/* What a command shows, written once.  The command makes its data, one JSON tree, and says in rows how a person sees it; the writer lets the
 * tree out as the format of the command line has it:
 *
 *     text   the views in their order: tables and records, aligned, in colour and cut to the width where there is a terminal
 *     kv     every leaf of the tree, PATH=VALUE, one a line: link.state=up.  Something in a list goes by its name, or else by its
 *            number; where the tree is nothing but one list, the name of the list is left out
 *     csv    RFC 4180 with LF: the tables by their columns; a tree without tables as name,value
 *     json   the tree
 *
 * What a UPS or a stranger calls himself does not reach the terminal as a command: control characters come out as '?', in JSON escaped.
 * Borrows the tree. */
#ifndef TOOLS_WRITER_H
#define TOOLS_WRITER_H

#include "tools/tool.h"

enum { WRITER_TEXT_MAX = 1024 };

typedef const char *writer_text_fn(const json_t *item, char *buffer, size_t size);       /* NULL, "": nothing to say */
typedef enum tool_colour writer_colour_fn(const json_t *item);

/* A column of a table, or a line of a record. */
struct writer_row {
	const char *title;           /* NULL: not for people */
	const char *key;             /* where in the item, "link.state"; NULL: only for people, made by `text` from the whole item */
	char align;                  /* of a column: 'l', 'r' */
	int least;                   /* of a column: characters, so that the lines of a stream stand below each other */
	writer_text_fn *text;        /* NULL: the value itself */
	writer_colour_fn *colour;    /* of a line, asked with the value at `key`, or with the item where that is NULL */
};

struct writer_view {
	enum { WRITER_RECORD, WRITER_TABLE } kind;
	const char *path;            /* in the tree; NULL: the tree itself.  A list here is a table's rows, or as many records */
	const struct writer_row *rows;
	size_t count;
	writer_colour_fn *colour;    /* of a row of a table */
	writer_text_fn *heading;     /* of each of several records */
};
#define WRITER_ROWS(rows_) .rows = (rows_), .count = sizeof(rows_) / sizeof *(rows_)

/* A record's line is left out when there is nothing to say; where its value is an object or a list it is a line for each member. */
void writer_show(const struct tool *, json_t *tree, const struct writer_view *, size_t count);

/* One of many that follow each other: JSON on one line, kv with an empty line behind, CSV and text without titles unless `first`
 * (text never has them). */
void writer_next(const struct tool *, json_t *tree, const struct writer_view *, size_t count, bool first);

#endif
