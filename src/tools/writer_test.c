/* Tables and the writer. */
#include "tools/testing.h"

#include "tools/table.h"
#include "tools/writer.h"

static char *out;
static size_t out_size;

static struct tool begin(enum tool_format format, int width, bool colour)
{
	free(out);
	return (struct tool){ .out = open_memstream(&out, &out_size), .format = format, .width = width, .colour = colour };
}

static void is(struct tool *t, const char *text)
{
	fclose(t->out);
	assert_string_equal(out, text);
}

static int teardown(void **state)
{
	(void)state;
	free(out);
	out = NULL;
	return 0;
}

/* ---- tables ---- */

static struct table *table(const char *titles)
{
	struct table *made = table_make();
	table_column(made, 'l', 0, titles ? "name" : NULL);
	table_column(made, 'r', 0, titles ? "n" : NULL);
	table_column(made, 'l', 0, titles ? titles : NULL);
	return made;
}

static void row(struct table *made, enum tool_colour colour, const char *a, const char *b, const char *c)
{
	table_begin(made, colour);
	table_cell(made, a);
	if (b)
		table_cell(made, b);
	if (c)
		table_cell(made, c);
}

static void print_sample(struct tool *t)
{
	struct table *made = table("text");
	row(made, PLAIN, "caf\xc3\xa9", "1", "a long text that may be cut");
	row(made, RED, "x", "1000", "bad\033[2J\n\xc2\x9b\xe2\x80\xae");
	row(made, PLAIN, "y", "", "");
	table_print(made, t);
}

static void tables_are_aligned(void **state)
{
	(void)state;
	struct tool t = begin(FORMAT_TEXT, 0, false);
	print_sample(&t);
	is(&t, "name     n  text\n"
		"caf\xc3\xa9     1  a long text that may be cut\n"
		"x     1000  bad?[2J???\n"
		"y\n");
	t = begin(FORMAT_TEXT, 0, true);
	print_sample(&t);
	is(&t, "\033[1mname     n  text\033[0m\n"
		"caf\xc3\xa9     1  a long text that may be cut\n"
		"\033[31mx     1000  bad?[2J???\033[0m\n"
		"y\n");
	table_print(NULL, &t);
	table_cell(NULL, "x");
	table_begin(NULL, PLAIN);
	table_column(NULL, 'l', 0, NULL);
}

static void the_last_column_is_cut_to_the_terminal(void **state)
{
	(void)state;
	static const struct { int width; const char *line; } rows[] = {
		{ 39, "caf\xc3\xa9     1  a long text that may be cut\n" }, { 38, "caf\xc3\xa9     1  a long text that may be...\n" },
		{ 30, "caf\xc3\xa9     1  a long text tha...\n" }, { 20, "caf\xc3\xa9     1  a lon...\n" }, { 10, "caf\xc3\xa9     1  a lon...\n" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct tool t = begin(FORMAT_TEXT, rows[i].width, false);
		print_sample(&t);
		fclose(t.out);
		if (!strstr(out, rows[i].line))
			fail_msg("%d: %s", rows[i].width, out);
	}
	/* never within a character, and only the last */
	struct tool t = begin(FORMAT_TEXT, 15, false);
	struct table *made = table(NULL);
	row(made, PLAIN, "ab", "", "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9");
	row(made, PLAIN, "a long cell that is not the last one", NULL, NULL);
	table_print(made, &t);
	fclose(t.out);
	assert_non_null(strstr(out, "  \xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9...\n"));
	assert_non_null(strstr(out, "a long cell that is not the last one\n"));
}

static void columns_have_their_least_width(void **state)
{
	(void)state;
	struct tool t = begin(FORMAT_TEXT, 0, false);
	struct table *made = table_make();
	table_column(made, 'l', 5, NULL);
	table_column(made, 'r', 4, NULL);
	table_column(made, 'l', 0, NULL);
	row(made, PLAIN, "a", "1", "x");
	table_cell(made, "one too many");
	for (int i = 0; i < 40; i++)                 /* more than there is room for at first */
		row(made, PLAIN, "b", "22", "y");
	table_print(made, &t);
	fclose(t.out);
	assert_true(strncmp(out, "a         1  x\nb        22  y\n", 30) == 0);
	size_t lines = 0;
	for (const char *p = out; *p; p++)
		lines += *p == '\n';
	assert_int_equal(lines, 41);
	made = table_make();                         /* columns that are too many are left out */
	for (int i = 0; i < TABLE_COLUMNS_MAX + 4; i++)
		table_column(made, 'l', 1, NULL);
	table_begin(made, PLAIN);
	for (int i = 0; i < TABLE_COLUMNS_MAX + 4; i++)
		table_cell(made, "x");
	t = begin(FORMAT_TEXT, 0, false);
	table_print(made, &t);
	is(&t, "x  x  x  x  x  x  x  x  x  x  x  x  x  x  x  x\n");
	assert_int_equal(table_width("\xe2\x82\xac" "a\xf0\x9f\x94\x8b"), 3);
}

/* ---- the writer ---- */

static const char *twice(const json_t *item, char *buffer, size_t size)
{
	snprintf(buffer, size, "%lld+%lld", integer_of(item, "n"), integer_of(item, "n"));
	return buffer;
}

static const char *nothing(const json_t *item, char *buffer, size_t size)
{
	(void)item;
	(void)buffer;
	(void)size;
	return NULL;
}

static enum tool_colour warn(const json_t *item)
{
	return integer_of(item, "n") > 1 ? YELLOW : PLAIN;
}

static enum tool_colour green(const json_t *value)
{
	(void)value;
	return GREEN;
}

static const char *head(const json_t *item, char *buffer, size_t size)
{
	snprintf(buffer, size, "<%s>", text_of(item, "name"));
	return buffer;
}

static const struct writer_row columns[] = {
	{ .title = "name", .key = "name" }, { .key = "hidden" }, { .title = "n", .key = "n", .align = 'r' }, { .title = "twice", .text = twice },
	{ .title = "deep", .key = "a.b" },
};
static const struct writer_row lines[] = {
	{ .title = "Version", .key = "version", .colour = green }, { .title = "Missing", .key = "no.such" }, { .title = "Empty", .text = nothing },
	{ .title = NULL }, { .title = "List", .key = "list" }, { .title = "Members", .key = "members", .colour = green },
};
static const struct writer_row item_lines[] = { { .title = "N", .key = "n" } };
static const struct writer_view views[] = {
	{ .kind = WRITER_RECORD, WRITER_ROWS(lines) },
	{ .kind = WRITER_TABLE, .path = "items", WRITER_ROWS(columns), .colour = warn },
	{ .kind = WRITER_RECORD, .path = "items", WRITER_ROWS(item_lines), .heading = head },
};
#define TREE "{'version':'1','list':['x','y'],'members':{'k':1.5,'l':true},'items':[{'name':'one','n':1,'hidden':'h,','a':{'b':'c'}}," \
	"{'name':'t\\u009bo','n':2,'hidden':'q\\\"','a':{'b':null}}]}"

static void show(enum tool_format format, bool colour, const struct writer_view *v, size_t count, const char *tree, const char *text)
{
	struct tool t = begin(format, 0, colour);
	json_t *j = fake_json(tree);
	writer_show(&t, j, v, count);
	json_decref(j);
	is(&t, text);
}

static void text_follows_the_views(void **state)
{
	(void)state;
	show(FORMAT_TEXT, false, views, 3, TREE,
		"Version          1\n"
		"\n"
		"List             x\n"
		"                 y\n"
		"k                1.5\n"
		"l                true\n"
		"\n"
		"name  n  twice  deep\n"
		"one   1  1+1    c\n"
		"t?o   2  2+2\n"
		"<one>\n"
		"N                1\n"
		"\n<t?o>\n"
		"N                2\n");
	show(FORMAT_TEXT, true, views, 1, "{'version':'\\u001b[2J'}", "Version          \033[32m?[2J\033[0m\n\n");
	show(FORMAT_TEXT, true, views + 1, 1, TREE,
		"\033[1mname  n  twice  deep\033[0m\none   1  1+1    c\n\033[33mt?o   2  2+2\033[0m\n");
	show(FORMAT_TEXT, false, views + 2, 1, "{'items':[{'name':'a','n':1}]}", "N                1\n");
	show(FORMAT_TEXT, false, views + 1, 1, "{}", "name  n  twice  deep\n");
}

static void key_value_is_every_leaf(void **state)
{
	(void)state;
	show(FORMAT_KV, false, views, 3, TREE,
		"version=1\nlist.0=x\nlist.1=y\nmembers.k=1.5\nmembers.l=true\n"
		"items.one.name=one\nitems.one.n=1\nitems.one.hidden=h,\nitems.one.a.b=c\n"
		"items.t?o.name=t?o\nitems.t?o.n=2\nitems.t?o.hidden=q\"\nitems.t?o.a.b=\n");
	show(FORMAT_KV, false, NULL, 0, "{'only':[{'id':'a','n':1},{'n':2},{'name':'b','ups':'u','n':3},{'name':'s','state':4,'n':4},{'name':'s','bit':5},"
		"{'name':'s','state':'up'}]}",
		"a.id=a\na.n=1\n1.n=2\nu.b.name=b\nu.b.ups=u\nu.b.n=3\ns.4.name=s\ns.4.state=4\ns.4.n=4\ns.5.name=s\ns.5.bit=5\ns.name=s\ns.state=up\n");
	show(FORMAT_KV, false, NULL, 0, "{'a':false,'b':-3,'c':0.1,'d':'x\\ny'}", "a=false\nb=-3\nc=0.1\nd=x?y\n");
	show(FORMAT_KV, false, NULL, 0, "{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':1}}}}}}}}", "a.a.a.a.a.a.a.a=1\n");
	show(FORMAT_KV, false, NULL, 0, "{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':1}}}}}}}}}", "");
}

static void csv_is_the_tables(void **state)
{
	(void)state;
	show(FORMAT_CSV, false, views, 3, TREE, "name,hidden,n,a.b\none,\"h,\",1,c\nt?o,\"q\"\"\",2,\n");
	show(FORMAT_CSV, false, views + 1, 1, "{'items':[]}", "name,hidden,n,a.b\n");
	show(FORMAT_CSV, false, views, 1, TREE,
		"name,value\nversion,1\nlist.0,x\nlist.1,y\nmembers.k,1.5\nmembers.l,true\nitems.one.name,one\nitems.one.n,1\nitems.one.hidden,\"h,\"\n"
		"items.one.a.b,c\nitems.t?o.name,t?o\nitems.t?o.n,2\nitems.t?o.hidden,\"q\"\"\"\nitems.t?o.a.b,\n");
	static const struct writer_row set[] = { { .title = "set", .key = "set" } };
	static const struct writer_view two[] = { { .kind = WRITER_TABLE, .path = "x", WRITER_ROWS(set) }, { .kind = WRITER_TABLE, .path = "y", WRITER_ROWS(set) } };
	show(FORMAT_CSV, false, two, 2, "{'x':[{'set':['a','b']}],'y':[{'set':[]}]}", "set\n\"a, b\"\n\nset\n\n");
	show(FORMAT_TEXT, false, two, 2, "{'x':[{'set':['a','b']}],'y':[{'set':'c'}]}", "set\na, b\n\nset\nc\n");
}

static void finding_5_6_json_hides_what_a_terminal_would_obey(void **state)
{
	(void)state;
	show(FORMAT_JSON, false, NULL, 0, "{'a':'x\\u009b\\u202e\\u007f\\u001b\\n\\u00e9','b':0.1}",
		"{\n  \"a\": \"x\\u009B\\u202E\\u007F\\u001B\\n\xc3\xa9\",\n  \"b\": 0.1\n}\n");
}

static void a_stream(void **state)
{
	(void)state;
	static const struct writer_row stream_columns[] = { { .title = "a", .key = "a", .least = 4 }, { .title = "b", .key = "b" } };
	static const struct writer_view stream = { .kind = WRITER_TABLE, .path = "rows", WRITER_ROWS(stream_columns) };
	static const struct { enum tool_format format; const char *text; } rows[] = {
		{ FORMAT_TEXT, "1     2\n1     2\n" }, { FORMAT_KV, "rows.0.a=1\nrows.0.b=2\n\nrows.0.a=1\nrows.0.b=2\n\n" },
		{ FORMAT_CSV, "a,b\n1,2\n1,2\n" }, { FORMAT_JSON, "{\"rows\":[{\"a\":1,\"b\":2}]}\n{\"rows\":[{\"a\":1,\"b\":2}]}\n" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct tool t = begin(rows[i].format, 0, false);
		json_t *j = fake_json("{'rows':[{'a':1,'b':2}]}");
		writer_next(&t, j, &stream, 1, true);
		writer_next(&t, j, &stream, 1, false);
		json_decref(j);
		is(&t, rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_are_aligned), cmocka_unit_test(the_last_column_is_cut_to_the_terminal), cmocka_unit_test(columns_have_their_least_width),
		cmocka_unit_test(text_follows_the_views), cmocka_unit_test(key_value_is_every_leaf),
		cmocka_unit_test(csv_is_the_tables), cmocka_unit_test(finding_5_6_json_hides_what_a_terminal_would_obey), cmocka_unit_test(a_stream),
	};
	return cmocka_run_group_tests(tests, NULL, teardown);
}
