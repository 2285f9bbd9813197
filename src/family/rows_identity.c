/* The rows identity, model, unknown-model and clock: which UPS is it, and what time does it think it is? */
#include <string.h>

#include "family/build.h"

void build_model_row(struct builder *b, struct row *row)
{
	struct fam_model m = { .line = row->in->line };
	int32_t low, high;
	row_range(row, 0, 0xFFFF, "code", &low, &high);
	m.low = (uint16_t)low;
	m.high = (uint16_t)high;
	row_text(row, m.name, sizeof m.name, "name in quotes");
	m.source = build_source(row);
	struct fam_model *slot = build_push(row, &b->f->model, &b->f->model_count, sizeof m, MAP_ROWS_MAX, "models");
	if (slot)
		*slot = m;
}

/* %u is the code, %k the nominal power: at most one of each. */
void build_unknown_model_row(struct builder *b, struct row *row)
{
	row_text(row, b->f->unknown_model, sizeof b->f->unknown_model, "name in quotes");
	int codes = 0, powers = 0, others = 0;
	for (const char *p = b->f->unknown_model; *p; p++) {
		if (*p != '%')
			continue;
		p++;
		codes += *p == 'u';
		powers += *p == 'k';
		others += *p != 'u' && *p != 'k';
		if (!*p)
			break;
	}
	if (row_ok(row) && (codes > 1 || powers > 1 || others))
		row_fail(row, "the name may hold one %%u for the code, one %%k for the power, and no other %%");
}

static const struct { const char *word; uint8_t what; bool ascii; } identity_kinds[] = {
	{ "code", FAM_ID_CODE, false }, { "model", FAM_ID_MODEL, true }, { "serial", FAM_ID_SERIAL, true },
	{ "reference", FAM_ID_REFERENCE, true }, { "location", FAM_ID_LOCATION, true }, { "kva", FAM_ID_KVA, false },
	{ "unit", FAM_ID_UNIT, false }, { "units", FAM_ID_UNITS, false },
	{ "phases-in", FAM_ID_PHASES_IN, false }, { "phases-out", FAM_ID_PHASES_OUT, false },
};
enum { IDENTITY_KINDS = sizeof identity_kinds / sizeof *identity_kinds };

/* What the word of the nominal power holds. */
static void identity_scale(struct row *row, struct fam_field *field)
{
	static const struct { const char *word; uint16_t holds; } scales[] = { { "x1", 1 }, { "x10", 10 }, { "x100", 100 }, { "x1000", 1000 } };
	if (row_take(row, "factor")) {
		field->scale = FAM_SCALE_FACTOR;
		return;
	}
	for (size_t i = 0; i < sizeof scales / sizeof *scales && !field->holds; i++)
		if (row_take(row, scales[i].word))
			field->holds = scales[i].holds;
	if (!field->holds)
		row_fail(row, "what does the word hold? x1 for kVA, x10, x100 for tens of VA, x1000 for VA, or factor");
}

static void identity_text(struct builder *b, struct row *row, struct fam_field *field)
{
	const struct fam_block *block = &b->f->block[field->term.block];
	field->words = (uint8_t)row_number(row, 1, 16, "words");
	row_want(row, "ascii");
	field->lsb_first = row_take(row, "lsb-first");
	if (field->term.part.bits)
		row_fail(row, "a text has whole words");
	if (row_ok(row) && field->term.word + field->words > block->unit_count)
		row_fail(row, "the text runs past the end of block %c", block->letter);
}

static void identity_number(struct builder *b, struct row *row, struct fam_field *field)
{
	uint8_t type = FAM_U16;
	build_type(row, &type, &field->low_first);
	field->words = (uint8_t)fam_type_words(type);
	if (row_ok(row) && type != FAM_U16 && type != FAM_U32)
		row_fail(row, "a number of the identification is unsigned: one word, or u32");
	build_term_fits(b, row, &field->term, field->words);
	if (field->what == FAM_ID_KVA)
		identity_scale(row, field);
}

/* identity KIND WORD [u32 [low-first]] [x1|x10|x100|x1000|factor], identity KIND WORD COUNT ascii [lsb-first], identity model "NAME" */
void build_identity_row(struct builder *b, struct row *row)
{
	int kind = 0;
	while (kind < IDENTITY_KINDS && !row_take(row, identity_kinds[kind].word))
		kind++;
	if (kind == IDENTITY_KINDS) {
		row_fail(row, "identity of what? code, model, serial, reference, location, kva, unit, units, phases-in, phases-out");
		return;
	}
	if (identity_kinds[kind].what == FAM_ID_MODEL && row_peek(row)->kind == TOK_TEXT) {
		row_text(row, b->f->model_text, sizeof b->f->model_text, "name in quotes");
		build_source(row);
		return;
	}
	struct fam_field field = { .what = identity_kinds[kind].what, .line = row->in->line };
	if (!build_term(b, row, &field.term))
		return;
	if (identity_kinds[kind].ascii)
		identity_text(b, row, &field);
	else
		identity_number(b, row, &field);
	field.source = build_source(row);
	struct fam_field *slot = build_push(row, &b->f->field, &b->f->field_count, sizeof field, MAP_ROWS_MAX, "identity rows");
	if (slot)
		*slot = field;
}

/* ---- the clock ---- */

static const char *const clock_words[FAM_CLOCK_PARTS] = { "year", "month", "day", "hour", "minute", "second", "seconds", "days", "of-day" };

/* Are these enough for a date and a time, and none twice? */
static bool clock_is_whole(uint16_t has)
{
	const uint16_t date = 1 << FAM_CLOCK_YEAR | 1 << FAM_CLOCK_MONTH | 1 << FAM_CLOCK_DAY, days = 1 << FAM_CLOCK_DAYS;
	const uint16_t time = 1 << FAM_CLOCK_HOUR | 1 << FAM_CLOCK_MINUTE, of_day = 1 << FAM_CLOCK_OF_DAY;
	const uint16_t second = 1 << FAM_CLOCK_SECOND, seconds = 1 << FAM_CLOCK_SECONDS;
	if (has == seconds)
		return true;
	for (int i = 0; i < 4; i++) {
		uint16_t whole = (uint16_t)((i & 1 ? date : days) | (i & 2 ? time : of_day));
		if (has == whole || ((i & 2) && has == (whole | second)))
			return true;
	}
	return false;
}

/* clock PART WORD [u32] [PART WORD [u32] ...] [from YEAR] [low-first] */
void build_clock_row(struct builder *b, struct row *row)
{
	struct fam_clock c = { .line = row->in->line, .epoch = 1970 };
	while (row_ok(row) && row_peek(row)->kind == TOK_WORD) {
		int part = 0;
		while (part < FAM_CLOCK_PARTS && !row_take(row, clock_words[part]))
			part++;
		if (part == FAM_CLOCK_PARTS)
			break;
		if (c.has & 1u << part)
			row_fail(row, "%s twice", clock_words[part]);
		c.has |= (uint16_t)(1u << part);
		uint8_t type = row_ok(row) && build_term(b, row, &c.term[part]) && row_take(row, "u32") ? FAM_U32 : FAM_U16;
		c.wide |= (uint16_t)((type == FAM_U32) << part);
		build_term_fits(b, row, &c.term[part], fam_type_words(type));
	}
	if (row_take(row, "from"))
		c.epoch = (uint16_t)row_number(row, 1900, 2100, "year");
	c.low_first = row_take(row, "low-first");
	c.source = build_source(row);
	if (row_ok(row) && !clock_is_whole(c.has))
		row_fail(row, "a clock is: year month day, or days; with hour minute [second], or of-day; or seconds alone");
	if (row_ok(row))
		b->f->clock = c;
}
