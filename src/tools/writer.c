#include "tools/writer.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "tools/table.h"

/* ---- values ---- */

/* "link.state" from here on. */
static json_t *at_path(json_t *tree, const char *path)
{
	char key[64];
	while (tree && path && *path) {
		size_t n = strcspn(path, ".");
		snprintf(key, sizeof key, "%.*s", (int)n, path);
		tree = json_object_get(tree, key);
		path += n + (path[n] == '.');
	}
	return tree;
}

/* A leaf, or a list of leaves, as text.  NULL and nothing are "". */
static const char *plain(json_t *value, char *buffer, size_t size)
{
	size_t n = 0;
	buffer[0] = 0;
	if (json_is_string(value))
		snprintf(buffer, size, "%s", json_string_value(value));
	else if (json_is_integer(value))
		snprintf(buffer, size, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		snprintf(buffer, size, "%.12g", json_real_value(value));
	else if (json_is_boolean(value))
		snprintf(buffer, size, "%s", json_is_true(value) ? "true" : "false");
	for (size_t i = 0; i < json_array_size(value) && n < size; i++) {
		char item[256];
		n += (size_t)snprintf(buffer + n, size - n, "%s%s", i ? ", " : "", plain(json_array_get(value, i), item, sizeof item));
	}
	return buffer;
}

/* What a person reads for this row of an item. */
static const char *shown(const struct writer_row *row, json_t *item, char *buffer, size_t size)
{
	if (!row->text)
		return plain(at_path(item, row->key), buffer, size);
	const char *text = row->text(row->key ? at_path(item, row->key) : item, buffer, size);
	return text ? text : "";
}

/* ---- text ---- */

enum { TITLE_WIDTH = 16 };

static void print_line(const struct tool *t, const char *title, enum tool_colour colour, const char *text)
{
	char safe[WRITER_TEXT_MAX];
	utf8_copy(safe, sizeof safe, text);
	fprintf(t->out, "%-*s %s%s%s\n", TITLE_WIDTH, title, colour == PLAIN ? "" : tool_colour(t, colour), safe,
		colour == PLAIN ? "" : tool_colour(t, PLAIN));
}

static void print_members(const struct tool *t, const struct writer_row *row, json_t *value)
{
	char text[WRITER_TEXT_MAX];
	const char *key;
	json_t *member;
	size_t i;
	json_array_foreach(value, i, member)
		print_line(t, i ? "" : row->title, row->colour ? row->colour(member) : PLAIN, plain(member, text, sizeof text));
	json_object_foreach(value, key, member)
		print_line(t, key, row->colour ? row->colour(member) : PLAIN, plain(member, text, sizeof text));
}

static void print_record(const struct tool *t, const struct writer_view *v, json_t *item)
{
	char text[WRITER_TEXT_MAX];
	for (size_t i = 0; i < v->count; i++) {
		const struct writer_row *row = &v->rows[i];
		json_t *value = row->key ? at_path(item, row->key) : item;
		if (!row->title) {
			fputc('\n', t->out);             /* a gap between groups */
		} else if (!row->text && (json_is_object(value) || json_is_array(value))) {
			print_members(t, row, value);
		} else {
			const char *is = shown(row, item, text, sizeof text);
			if (is[0])
				print_line(t, row->title, row->colour ? row->colour(value) : PLAIN, is);
		}
	}
}

static void print_records(const struct tool *t, const struct writer_view *v, json_t *at)
{
	char text[WRITER_TEXT_MAX], safe[WRITER_TEXT_MAX];
	if (!json_is_array(at)) {
		print_record(t, v, at);
		return;
	}
	for (size_t i = 0; i < json_array_size(at); i++) {
		json_t *item = json_array_get(at, i);
		if (v->heading && json_array_size(at) > 1) {
			utf8_copy(safe, sizeof safe, v->heading(item, text, sizeof text));
			fprintf(t->out, "%s%s%s%s\n", i ? "\n" : "", tool_colour(t, BOLD), safe, tool_colour(t, PLAIN));
		}
		print_record(t, v, item);
	}
}

static void print_table(const struct tool *t, const struct writer_view *v, json_t *list, bool titles)
{
	char text[WRITER_TEXT_MAX];
	struct table *table = table_make();
	json_t *item;
	size_t i;
	for (size_t c = 0; c < v->count; c++)
		if (v->rows[c].title)
			table_column(table, v->rows[c].align ? v->rows[c].align : 'l', v->rows[c].least, titles ? v->rows[c].title : NULL);
	json_array_foreach(list, i, item) {
		table_begin(table, v->colour ? v->colour(item) : PLAIN);
		for (size_t c = 0; c < v->count; c++)
			if (v->rows[c].title)
				table_cell(table, shown(&v->rows[c], item, text, sizeof text));
	}
	table_print(table, t);
}

static void print_text(const struct tool *t, json_t *tree, const struct writer_view *v, size_t count, bool titles)
{
	for (size_t i = 0; i < count; i++) {
		json_t *at = at_path(tree, v[i].path);
		if (i > 0 && v[i].kind == WRITER_TABLE)
			fputc('\n', t->out);
		if (v[i].kind == WRITER_TABLE)
			print_table(t, &v[i], at, titles);
		else
			print_records(t, &v[i], at);
	}
}

/* ---- key=value ---- */

typedef void leaf_fn(const struct tool *, const char *path, json_t *leaf);

/* By its name; by its identifier; of an object's states and bits, by the object and the number of it; else by its place. */
static void key_of(json_t *item, size_t index, char *key, size_t size)
{
	const char *ups = text_of(item, "ups"), *name = text_of(item, "name")[0] ? text_of(item, "name") : text_of(item, "id");
	json_t *state = json_object_get(item, "state"), *part = json_is_integer(state) ? state : json_object_get(item, "bit");
	if (name[0] && json_is_integer(part))
		snprintf(key, size, "%s.%lld", name, (long long)json_integer_value(part));
	else if (name[0])
		snprintf(key, size, "%s%s%s", ups, ups[0] ? "." : "", name);
	else
		snprintf(key, size, "%zu", index);
}

enum { DEPTH_MAX = 8 };                      /* of what the daemon says; what lies deeper is left out */

static void walk(const struct tool *t, json_t *at, const char *path, int depth, leaf_fn *leaf)
{
	char below[512], name[160];
	const char *dot = path[0] ? "." : "", *key;
	json_t *member;
	size_t i;
	if (!json_is_object(at) && !json_is_array(at))
		leaf(t, path, at);
	if (depth == DEPTH_MAX)
		return;
	json_array_foreach(at, i, member) {
		key_of(member, i, name, sizeof name);
		snprintf(below, sizeof below, "%s%s%s", path, dot, name);
		walk(t, member, below, depth + 1, leaf);
	}
	json_object_foreach(at, key, member) {
		snprintf(below, sizeof below, "%s%s%s", path, dot, key);
		walk(t, member, below, depth + 1, leaf);
	}
}

static void kv_leaf(const struct tool *t, const char *path, json_t *leaf)
{
	char text[WRITER_TEXT_MAX], key[512], value[WRITER_TEXT_MAX];
	utf8_copy(key, sizeof key, path);
	utf8_copy(value, sizeof value, plain(leaf, text, sizeof text));
	fprintf(t->out, "%s=%s\n", key, value);
}

static json_t *without_its_list(json_t *tree)
{
	void *only = json_object_size(tree) == 1 ? json_object_iter(tree) : NULL;
	return only && json_is_array(json_object_iter_value(only)) ? json_object_iter_value(only) : tree;
}

/* ---- CSV ---- */

static void csv_cell(FILE *f, const char *text, bool first)
{
	char safe[WRITER_TEXT_MAX];
	utf8_copy(safe, sizeof safe, text);
	bool quote = strpbrk(safe, ",\"") != NULL;
	fprintf(f, "%s%s", first ? "" : ",", quote ? "\"" : "");
	for (const char *p = safe; *p; p++)
		fprintf(f, *p == '"' ? "\"%c" : "%c", *p);
	fputs(quote ? "\"" : "", f);
}

static void csv_leaf(const struct tool *t, const char *path, json_t *leaf)
{
	char text[WRITER_TEXT_MAX];
	csv_cell(t->out, path, true);
	csv_cell(t->out, plain(leaf, text, sizeof text), false);
	fputc('\n', t->out);
}

static void csv_table(const struct tool *t, const struct writer_view *v, json_t *list, bool titles)
{
	bool first = true;
	for (size_t c = 0; titles && c < v->count; c++) {
		if (!v->rows[c].key)
			continue;
		csv_cell(t->out, v->rows[c].key, first);
		first = false;
	}
	fputs(titles ? "\n" : "", t->out);
	for (size_t i = 0; i < json_array_size(list); i++) {
		first = true;
		for (size_t c = 0; c < v->count; c++) {
			char text[WRITER_TEXT_MAX];
			if (!v->rows[c].key)
				continue;
			csv_cell(t->out, plain(at_path(json_array_get(list, i), v->rows[c].key), text, sizeof text), first);
			first = false;
		}
		fputc('\n', t->out);
	}
}

static void print_csv(const struct tool *t, json_t *tree, const struct writer_view *v, size_t count, bool titles)
{
	bool any = false;
	for (size_t i = 0; i < count; i++) {
		if (v[i].kind != WRITER_TABLE)
			continue;
		fputs(any ? "\n" : "", t->out);
		csv_table(t, &v[i], at_path(tree, v[i].path), titles);
		any = true;
	}
	if (any)
		return;
	fputs("name,value\n", t->out);
	walk(t, tree, "", 0, csv_leaf);
}

/* ---- JSON ---- */

/* JSON escapes C0; what else a terminal would obey stands in strings only, and is escaped here. */
static void print_json(const struct tool *t, json_t *tree, size_t flags)
{
	char *text = json_dumps(tree, flags | JSON_REAL_PRECISION(12)), *p = text;
	size_t left = text ? strlen(text) : 0;
	while (left) {
		uint32_t code;
		size_t n = utf8_next(p, left, &code);
		if (n == 0)
			break;                           /* what jansson gives is UTF-8 */
		if (*p == '\n' || utf8_printable(p, n))
			fwrite(p, 1, n, t->out);
		else
			fprintf(t->out, "\\u%04X", (unsigned)code);
		p += n;
		left -= n;
	}
	fputc('\n', t->out);
	free(text);
}

/* ---- all of them ---- */

void writer_show(const struct tool *t, json_t *tree, const struct writer_view *v, size_t count)
{
	switch (t->format) {
	case FORMAT_TEXT: print_text(t, tree, v, count, true); break;
	case FORMAT_KV:   walk(t, without_its_list(tree), "", 0, kv_leaf); break;
	case FORMAT_CSV:  print_csv(t, tree, v, count, true); break;
	case FORMAT_JSON: print_json(t, tree, JSON_INDENT(2)); break;
	}
}

void writer_next(const struct tool *t, json_t *tree, const struct writer_view *v, size_t count, bool first)
{
	switch (t->format) {
	case FORMAT_TEXT:
		print_text(t, tree, v, count, false);
		break;
	case FORMAT_KV:
		walk(t, tree, "", 0, kv_leaf);
		fputc('\n', t->out);
		break;
	case FORMAT_CSV:
		print_csv(t, tree, v, count, first);
		break;
	case FORMAT_JSON:
		print_json(t, tree, JSON_COMPACT);
		break;
	}
}
