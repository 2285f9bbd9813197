/* bacnet-ups families: what a family map offers, row by row, with the source of each. */
#include <stdlib.h>
#include <string.h>

#include "bacnet/enum.h"
#include "tools/daemon.h"
#include "tools/maptext.h"
#include "tools/table.h"

/* ---- a family as JSON; what is printed for people is made from the same ---- */

/* What all rows end in. */
static json_t *with_row(json_t *row, uint8_t managed, bool enabled, const struct fam_source *s, int line)
{
	char source[80], mark[2] = { s->mark, 0 };
	maptext_source(s, source, sizeof source);
	json_object_set_new(row, "managed", json_string(fam_managed_text(managed)));
	json_object_set_new(row, "enabled", json_boolean(enabled));
	json_object_set_new(row, "mark", json_string(mark));
	json_object_set_new(row, "source", json_string(source));
	json_object_set_new(row, "line", json_integer(line));
	return row;
}

static json_t *point_json(const struct family *f, const struct fam_point *p)
{
	char registers[80], scale[48], absent[48];
	maptext_registers(f, p, registers, sizeof registers);
	maptext_scale(p, scale, sizeof scale);
	maptext_absent(p, absent, sizeof absent);
	const char *guard = p->guard ? f->guard[p->guard - 1].name : "";
	return with_row(json_pack("{s:s, s:i, s:s, s:s, s:s, s:s}", "name", point_table[p->point].name,
		"instance", point_table[p->point].instance, "registers", registers, "scale", p->words ? scale : "",
		"absent", p->words ? absent : "", "guard", guard), p->managed, p->enabled, &p->source, p->line);
}

static json_t *state_json(const struct family *f, const struct fam_rule *r)
{
	const struct state_info *s = &state_table[r->state_object];
	char when[MAPTEXT_MAX];
	maptext_condition(f, r->when, when, sizeof when);
	return with_row(json_pack("{s:s, s:i, s:i, s:s, s:s}", "name", s->name, "instance", s->instance, "state", r->value,
		"text", s->state[r->value].text, "when", r->otherwise ? "otherwise" : when), r->managed, r->enabled, &r->source, r->line);
}

static json_t *bit_json(const struct family *f, const struct fam_bit *b)
{
	const struct bits_info *o = &bits_table[b->bits];
	char when[MAPTEXT_MAX];
	maptext_condition(f, b->when, when, sizeof when);
	return with_row(json_pack("{s:s, s:i, s:i, s:s, s:s}", "name", o->name, "instance", o->instance, "bit", b->bit,
		"text", o->bit[b->bit].text, "when", when), b->managed, b->enabled, &b->source, b->line);
}

/* By object, and of an object in the order of the map, which is the order in which the rules are tried. */
static json_t *points_json(const struct family *f)
{
	json_t *list = json_array();
	for (int object = 0; object < PT_COUNT; object++)
		for (int i = 0; i < f->point_count; i++)
			if (f->point[i].point == object)
				json_array_append_new(list, point_json(f, &f->point[i]));
	return list;
}

static json_t *states_json(const struct family *f)
{
	json_t *list = json_array();
	for (int object = 0; object < ST_COUNT; object++)
		for (int i = 0; i < f->rule_count; i++)
			if (f->rule[i].state_object == object)
				json_array_append_new(list, state_json(f, &f->rule[i]));
	return list;
}

static json_t *bits_json(const struct family *f)
{
	json_t *list = json_array();
	for (int object = 0; object < BS_COUNT; object++)
		for (int bit = 0; bit < bits_table[object].count; bit++)
			for (int i = 0; i < f->bit_count; i++)
				if (f->bit[i].bits == object && f->bit[i].bit == bit)
					json_array_append_new(list, bit_json(f, &f->bit[i]));
	return list;
}

static json_t *blocks_json(const struct family *f)
{
	static const struct { uint8_t level; const char *text; } levels[] = {
		{ FAM_LEVEL_UPS, "ups" }, { FAM_LEVEL_UNIT, "unit" }, { FAM_LEVEL_SYSTEM, "system" },
	};
	json_t *list = json_array();
	for (int i = 0; i < f->block_count; i++) {
		const struct fam_block *b = &f->block[i];
		char letter[2] = { b->letter, 0 }, source[80], address[16];
		json_t *at = json_array();
		for (size_t l = 0; l < sizeof levels / sizeof *levels; l++)
			if (b->levels & levels[l].level)
				json_array_append_new(at, json_string(levels[l].text));
		maptext_source(&b->source, source, sizeof source);
		snprintf(address, sizeof address, "0x%04X", family_address(f, b, LEVEL_UNIT, SYSTEM_SINGLE, 0));
		json_array_append_new(list, json_pack("{s:s, s:b, s:s, s:i, s:s, s:o, s:b, s:b, s:s}", "block", letter, "bits", b->bits,
			"address", address, "words", b->count, "rate", maptext_rate(b->rate), "levels", at, "optional", b->optional,
			"used", b->used, "source", source));
	}
	return list;
}

struct tally {
	int rows, off, none;             /* none: managed, and nothing known that feeds it */
	int marks[128];
};

static void count_row(struct tally *n, const json_t *row, const char *feeds)
{
	bool enabled = flag_of(row, "enabled"), managed = strcmp(text_of(row, "managed"), "no") != 0;
	n->rows++;
	n->off += !enabled;
	n->none += enabled && managed && !text_of(row, feeds)[0];
	if (enabled && text_of(row, feeds)[0])
		n->marks[(unsigned char)text_of(row, "mark")[0] & 127]++;
}

static json_t *tally_json(const json_t *rows, const char *feeds)
{
	static const char marks[] = { FAM_MANUAL, FAM_FAMILY, FAM_CODE, FAM_SPEC, FAM_INFERRED };
	struct tally n = { 0 };
	json_t *row, *sums = json_object();
	size_t i;
	int fed = 0;
	json_array_foreach(rows, i, row)
		count_row(&n, row, feeds);
	for (size_t m = 0; m < sizeof marks; m++) {
		char mark[2] = { marks[m], 0 };
		json_object_set_new(sums, mark, json_integer(n.marks[(int)marks[m]]));
		fed += n.marks[(int)marks[m]];
	}
	json_object_set_new(sums, "served", json_integer(fed));
	json_object_set_new(sums, "managed_without_source", json_integer(n.none));
	json_object_set_new(sums, "off", json_integer(n.off));
	return sums;
}

static json_t *family_json(const struct family *f)
{
	json_t *covers = json_array(), *bauds = json_array();
	for (int i = 0; i < f->cover_count; i++)
		json_array_append_new(covers, json_string(f->covers[i]));
	for (int i = 0; i < f->baud_count; i++)
		json_array_append_new(bauds, json_integer(f->baud[i]));
	json_t *points = points_json(f), *states = states_json(f), *bits = bits_json(f);
	json_t *summary = json_pack("{s:o, s:o, s:o}", "points", tally_json(points, "registers"), "states", tally_json(states, "when"),
		"bits", tally_json(bits, "when"));
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:i, s:o, s:o, s:o, s:o, s:o}", "id", f->id, "title", f->title, "column", f->column,
		"covers", covers, "baud", bauds, "slave", f->slave, "blocks", blocks_json(f), "points", points, "states", states,
		"bits", bits, "summary", summary);
}

/* ---- for people ---- */

static const char *joined(const json_t *list, char *buffer, size_t size)
{
	size_t i, n = 0;
	json_t *item;
	buffer[0] = 0;
	json_array_foreach(list, i, item) {
		if (n >= size)
			break;
		if (json_is_integer(item))
			n += (size_t)snprintf(buffer + n, size - n, "%s%lld", i ? ", " : "", (long long)json_integer_value(item));
		else
			n += (size_t)snprintf(buffer + n, size - n, "%s%s", i ? ", " : "", json_string_value(item));
	}
	return buffer;
}

static enum tool_colour row_colour(const json_t *row)
{
	if (!flag_of(row, "enabled") || strcmp(text_of(row, "managed"), "no") == 0)
		return DIM;
	return text_of(row, "mark")[0] == FAM_INFERRED ? YELLOW : PLAIN;
}

/* What feeds the row: its registers or its condition, or why nothing does. */
static const char *feeds_of(const json_t *row, const char *key)
{
	if (text_of(row, key)[0])
		return text_of(row, key);
	return strcmp(text_of(row, "managed"), "no") == 0 ? "-" : "not known";
}

static void print_points(const struct tool *t, const json_t *f)
{
	struct table *table = table_make("lllllllll", "object|name|managed||registers|scale|absent|guard|source");
	size_t i;
	json_t *r;
	json_array_foreach(json_object_get(f, "points"), i, r) {
		char id[24];
		snprintf(id, sizeof id, "AV %lld", integer_of(r, "instance"));
		table_row(table, row_colour(r), id, text_of(r, "name"), text_of(r, "managed"), flag_of(r, "enabled") ? "" : "off",
			feeds_of(r, "registers"), text_of(r, "scale"), text_of(r, "absent"), text_of(r, "guard"), text_of(r, "source"), NULL);
	}
	table_print(table, t);
}

static void print_texts(const struct tool *t, const json_t *f, const char *key, const char *brief, const char *number)
{
	struct table *table = table_make("llrlllll", strcmp(key, "bits") == 0 ? "object|name|bit|text|managed||source|when"
		: "object|name|state|text|managed||source|when");
	size_t i;
	json_t *r;
	json_array_foreach(json_object_get(f, key), i, r) {
		char id[24], n[24];
		snprintf(id, sizeof id, "%s %lld", brief, integer_of(r, "instance"));
		snprintf(n, sizeof n, "%lld", integer_of(r, number));
		table_row(table, row_colour(r), id, text_of(r, "name"), n, text_of(r, "text"), text_of(r, "managed"),
			flag_of(r, "enabled") ? "" : "off", text_of(r, "source"), feeds_of(r, "when"), NULL);
	}
	table_print(table, t);
}

static void print_blocks(const struct tool *t, const json_t *f)
{
	struct table *table = table_make("llrlllll", "block|address|words|of|polled|levels||source");
	size_t i;
	json_t *b;
	json_array_foreach(json_object_get(f, "blocks"), i, b) {
		char words[24], levels[64];
		snprintf(words, sizeof words, "%lld", integer_of(b, "words"));
		table_row(table, PLAIN, text_of(b, "block"), text_of(b, "address"), words, flag_of(b, "bits") ? "bits" : "words",
			flag_of(b, "used") ? text_of(b, "rate") : "never", joined(json_object_get(b, "levels"), levels, sizeof levels),
			flag_of(b, "optional") ? "optional" : "", text_of(b, "source"), NULL);
	}
	table_print(table, t);
}

static void print_summary(const struct tool *t, const json_t *f)
{
	static const char *const kinds[] = { "points", "states", "bits" };
	struct table *table = table_make("lrrr", "|points|states|bits");
	const char *key;
	json_t *value;
	json_object_foreach(json_object_get(json_object_get(f, "summary"), "points"), key, value) {
		char n[3][24], label[64];
		for (int k = 0; k < 3; k++)
			snprintf(n[k], sizeof n[k], "%lld", integer_of(json_object_get(json_object_get(f, "summary"), kinds[k]), key));
		const char *mark = key[1] ? NULL : maptext_mark(key[0]);
		snprintf(label, sizeof label, "%s%s%s", key, mark ? "  " : "", mark ? mark : "");
		for (char *p = label; *p; p++)
			*p = *p == '_' ? ' ' : *p;
		table_row(table, PLAIN, label, n[0], n[1], n[2], NULL);
	}
	table_print(table, t);
}

static void print_family(const struct tool *t, const json_t *f)
{
	char covers[300], bauds[64];
	fprintf(t->out, "%s%s%s  %s\n", tool_colour(t, BOLD), text_of(f, "id"), tool_colour(t, PLAIN), text_of(f, "title"));
	fprintf(t->out, "covers %s\nserial %s baud, slave %lld\ncolumn of chapter 7: %s\n\n",
		joined(json_object_get(f, "covers"), covers, sizeof covers), joined(json_object_get(f, "baud"), bauds, sizeof bauds),
		integer_of(f, "slave"), text_of(f, "column"));
	print_blocks(t, f);
	fputc('\n', t->out);
	print_points(t, f);
	fputc('\n', t->out);
	print_texts(t, f, "states", "MSV", "state");
	fputc('\n', t->out);
	print_texts(t, f, "bits", "BSV", "bit");
	fputc('\n', t->out);
	print_summary(t, f);
}

static void add_to_list(struct table *table, const json_t *f)
{
	static const char *const kinds[] = { "points", "states", "bits" };
	char n[3][24], covers[300];
	for (int k = 0; k < 3; k++)
		snprintf(n[k], sizeof n[k], "%lld", integer_of(json_object_get(json_object_get(f, "summary"), kinds[k]), "served"));
	table_row(table, PLAIN, text_of(f, "id"), text_of(f, "title"), n[0], n[1], n[2],
		joined(json_object_get(f, "covers"), covers, sizeof covers), NULL);
}

/* ---- the subcommand ---- */

static int list_all(struct tool *t, const char *directory)
{
	json_t *list = json_array();
	struct table *table = table_make("llrrrl", "id|title|points|states|bits|covers");
	int status = TOOL_OK;
	struct family_id ids[FAM_LIST_MAX];
	int count = family_list(directory, ids);
	for (int i = 0; i < count; i++) {
		struct err_at why;
		char line[512];
		struct family *f = family_open(ids[i].text, directory, &why);
		if (!f) {
			fprintf(t->err, "%s\n", err_format(&why, line, sizeof line));
			status = TOOL_BAD_CONFIG;
			continue;
		}
		json_t *j = family_json(f);
		add_to_list(table, j);
		if (t->json)             /* the rows are for those who ask for one family */
			for (size_t k = 0; k < 3; k++)
				json_object_del(j, (const char *const[]){ "points", "states", "bits" }[k]);
		json_array_append_new(list, j);
		family_free(f);
	}
	if (t->json) {
		json_t *out = json_pack("{s:O}", "families", list);
		tool_print_json(t, out);
		json_decref(out);
		table_free(table);
	} else {
		table_print(table, t);
	}
	json_decref(list);
	return status;
}

int tool_families(struct tool *t)
{
	char directory[200], line[512];
	struct err_at why;
	tool_family_directory(t, directory, sizeof directory);
	if (t->count == 0)
		return list_all(t, directory);
	struct family *f = family_open(t->args[0], directory, &why);
	if (!f) {
		fprintf(t->err, "%s\n", err_format(&why, line, sizeof line));
		return TOOL_BAD_CONFIG;
	}
	json_t *j = family_json(f);
	if (t->json)
		tool_print_json(t, j);
	else
		print_family(t, j);
	json_decref(j);
	family_free(f);
	return TOOL_OK;
}
