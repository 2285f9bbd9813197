/* bacnet-ups families: what a family map offers, row by row, with the source of each. */
#include <stdlib.h>
#include <string.h>

#include "bacnet/enum.h"
#include "tools/daemon.h"
#include "tools/maptext.h"
#include "tools/writer.h"

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
	const char *guard = p->guard >= 0 ? f->guard[p->guard].name : "";
	return with_row(json_pack("{s:s, s:i, s:s, s:s, s:s, s:s}", "name", point_table[p->point].name,
		"instance", point_table[p->point].instance, "registers", registers, "scale", p->terms ? scale : "",
		"absent", p->terms ? absent : "", "guard", guard), p->managed, p->enabled, &p->source, p->line);
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
		json_array_append_new(list, json_pack("{s:s, s:b, s:i, s:s, s:i, s:s, s:o, s:b, s:b, s:s}", "block", letter, "bits", b->bits,
			"function", b->function, "address", address, "words", b->count, "rate", maptext_rate(b->rate), "levels", at, "optional", b->optional,
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
	json_t *tcp = f->tcp_unit < 0 ? json_null() : json_integer(f->tcp_unit);
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:i, s:o, s:o, s:o, s:o, s:o, s:o}", "id", f->id, "title", f->title, "vendor", f->vendor,
		"column", f->column, "covers", covers, "baud", bauds, "slave", f->slave, "tcp_slave", tcp, "blocks", blocks_json(f), "points", points, "states", states,
		"bits", bits, "summary", summary);
}

/* ---- for people ---- */

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

static const char *registers_text(const json_t *row, char *buffer, size_t size)
{
	(void)buffer;
	(void)size;
	return feeds_of(row, "registers");
}

static const char *when_text(const json_t *row, char *buffer, size_t size)
{
	(void)buffer;
	(void)size;
	return feeds_of(row, "when");
}

static const char *object_text(const json_t *row, char *buffer, size_t size)
{
	const char *kind = json_object_get(row, "registers") ? "AV" : json_object_get(row, "state") ? "MSV" : "BSV";
	snprintf(buffer, size, "%s %lld", kind, integer_of(row, "instance"));
	return buffer;
}

static const char *off_text(const json_t *row, char *buffer, size_t size)
{
	(void)buffer;
	(void)size;
	return flag_of(row, "enabled") ? "" : "off";
}

static const char *kind_text(const json_t *block, char *buffer, size_t size)
{
	(void)buffer;
	(void)size;
	return flag_of(block, "bits") ? "bits" : "words";
}

static const char *polled_text(const json_t *block, char *buffer, size_t size)
{
	(void)buffer;
	(void)size;
	return flag_of(block, "used") ? text_of(block, "rate") : "never";
}

static const char *optional_text(const json_t *block, char *buffer, size_t size)
{
	(void)buffer;
	(void)size;
	return flag_of(block, "optional") ? "optional" : "";
}

static const char *serial_text(const json_t *f, char *buffer, size_t size)
{
	size_t i, n = 0;
	json_t *baud;
	buffer[0] = 0;
	json_array_foreach(json_object_get(f, "baud"), i, baud)
		if (n < size)
			n += (size_t)snprintf(buffer + n, size - n, "%s%lld", i ? ", " : "", (long long)json_integer_value(baud));
	if (n > 0 && n < size)
		snprintf(buffer + n, size - n, " baud, slave %lld", integer_of(f, "slave"));
	return buffer;
}

static const char *tcp_text(const json_t *f, char *buffer, size_t size)
{
	buffer[0] = 0;
	if (json_is_integer(json_object_get(f, "tcp_slave")))
		snprintf(buffer, size, "slave %lld", integer_of(f, "tcp_slave"));
	return buffer;
}

static const char *covers_text(const json_t *covers, char *buffer, size_t size)
{
	size_t i, n = 0;
	json_t *model;
	buffer[0] = 0;
	json_array_foreach(covers, i, model)
		if (n < size)
			n += (size_t)snprintf(buffer + n, size - n, "%s%s", i ? ", " : "", json_string_value(model));
	return buffer;
}

static const struct writer_row head_rows[] = {
	{ .title = "Family", .key = "id" }, { .title = "Title", .key = "title" }, { .title = "Covers", .key = "covers", .text = covers_text },
	{ .title = "Vendor", .key = "vendor" }, { .title = "Serial line", .text = serial_text }, { .title = "Modbus TCP", .text = tcp_text }, { .title = "Chapter 7", .key = "column" },
};
static const struct writer_row block_rows[] = {
	{ .title = "block", .key = "block" }, { .title = "function", .key = "function" }, { .title = "address", .key = "address" }, { .title = "words", .key = "words", .align = 'r' },
	{ .title = "of", .text = kind_text }, { .key = "bits" }, { .title = "polled", .text = polled_text }, { .key = "rate" }, { .key = "used" },
	{ .title = "levels", .key = "levels" }, { .title = "", .text = optional_text }, { .key = "optional" },
	{ .title = "source", .key = "source" },
};
static const struct writer_row point_rows[] = {
	{ .title = "object", .text = object_text }, { .key = "instance" }, { .title = "name", .key = "name" },
	{ .title = "managed", .key = "managed" }, { .title = "", .text = off_text }, { .key = "enabled" },
	{ .title = "registers", .text = registers_text }, { .key = "registers" }, { .title = "scale", .key = "scale" },
	{ .title = "absent", .key = "absent" }, { .title = "guard", .key = "guard" }, { .title = "source", .key = "source" },
};
#define NUMBERED_ROWS(number_) { \
	{ .title = "object", .text = object_text }, { .key = "instance" }, { .title = "name", .key = "name" }, \
	{ .title = number_, .key = number_, .align = 'r' }, { .title = "text", .key = "text" }, { .title = "managed", .key = "managed" }, \
	{ .title = "", .text = off_text }, { .key = "enabled" }, { .title = "source", .key = "source" }, { .title = "when", .text = when_text }, \
	{ .key = "when" }, }
static const struct writer_row state_rows[] = NUMBERED_ROWS("state");
static const struct writer_row bit_rows[] = NUMBERED_ROWS("bit");
static const struct writer_row sum_rows[] = {
	{ .title = "", .key = "of" }, { .title = "points", .key = "points", .align = 'r' }, { .title = "states", .key = "states", .align = 'r' },
	{ .title = "bits", .key = "bits", .align = 'r' },
};
static const struct writer_view family_views[] = {
	{ .kind = WRITER_RECORD, WRITER_ROWS(head_rows) },
	{ .kind = WRITER_TABLE, .path = "blocks", WRITER_ROWS(block_rows) },
	{ .kind = WRITER_TABLE, .path = "points", WRITER_ROWS(point_rows), .colour = row_colour },
	{ .kind = WRITER_TABLE, .path = "states", WRITER_ROWS(state_rows), .colour = row_colour },
	{ .kind = WRITER_TABLE, .path = "bits", WRITER_ROWS(bit_rows), .colour = row_colour },
	{ .kind = WRITER_TABLE, .path = "sums", WRITER_ROWS(sum_rows) },
};

static const struct writer_row list_rows[] = {
	{ .title = "id", .key = "id" }, { .title = "title", .key = "title" },
	{ .title = "points", .key = "summary.points.served", .align = 'r' }, { .title = "states", .key = "summary.states.served", .align = 'r' },
	{ .title = "bits", .key = "summary.bits.served", .align = 'r' }, { .title = "covers", .key = "covers", .text = covers_text },
};
static const struct writer_view list_view = { .kind = WRITER_TABLE, .path = "families", WRITER_ROWS(list_rows) };

/* The summary turned round for a table of three columns, with the marks in words. */
static json_t *sums_of(const json_t *f)
{
	json_t *sums = json_array(), *summary = json_object_get(f, "summary"), *value;
	const char *key;
	json_object_foreach(json_object_get(summary, "points"), key, value) {
		char label[64];
		const char *mark = key[1] ? NULL : maptext_mark(key[0]);
		snprintf(label, sizeof label, "%s%s%s", key, mark ? "  " : "", mark ? mark : "");
		for (char *p = label; *p; p++)
			*p = *p == '_' ? ' ' : *p;
		json_array_append_new(sums, json_pack("{s:s, s:O, s:O, s:O}", "of", label, "points", value,
			"states", json_object_get(json_object_get(summary, "states"), key),
			"bits", json_object_get(json_object_get(summary, "bits"), key)));
	}
	return sums;
}

static void show_family(const struct tool *t, json_t *f)
{
	if (t->format == FORMAT_TEXT)
		json_object_set_new(f, "sums", sums_of(f));
	writer_show(t, f, family_views, sizeof family_views / sizeof *family_views - (t->format != FORMAT_TEXT));
}

/* ---- the subcommand ---- */

static int list_all(struct tool *t, const char *directory)
{
	json_t *list = json_array();
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
		for (size_t k = 0; k < 3; k++)   /* the rows are for those who ask for one family */
			json_object_del(j, (const char *const[]){ "points", "states", "bits" }[k]);
		json_array_append_new(list, j);
		family_free(f);
	}
	json_t *out = json_pack("{s:o}", "families", list);
	writer_show(t, out, &list_view, 1);
	json_decref(out);
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
	show_family(t, j);
	json_decref(j);
	family_free(f);
	return TOOL_OK;
}
