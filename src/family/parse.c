/* A map, row by row: one function a keyword, found in one table.  What takes more than one row to know is in check.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "family/build.h"

void *build_push(struct row *row, void *array_pointer, int *count, size_t size, int limit, const char *what)
{
	void *array;
	memcpy(&array, array_pointer, sizeof array);
	if (!row_ok(row))
		return NULL;
	if (*count >= limit) {
		row_fail(row, "more than %d %s", limit, what);
		return NULL;
	}
	if ((*count & (*count - 1)) == 0 && (*count == 0 || *count >= 8)) {      /* full: 0, 8, 16, 32 ... */
		array = realloc(array, size * (size_t)(*count ? *count * 2 : 8));
		if (!array) {
			row_fail(row, "out of memory");
			return NULL;
		}
		memcpy(array_pointer, &array, sizeof array);
	}
	char *slot = (char *)array + size * (size_t)(*count)++;
	memset(slot, 0, size);
	return slot;
}

/* ---- parts of rows ---- */

/* "[M p.40]", "[I- ]": the mark, how strong it is, and where it stands. */
struct fam_source build_source(struct row *row)
{
	struct fam_source s = { 0 };
	const struct tok *tok = row_peek(row);
	if (!row_ok(row))
		return s;
	if (tok->kind != TOK_SOURCE) {
		if (tok->kind == TOK_END)
			row_fail(row, "the row ends without its source, like [M p.40]");
		else
			row_fail(row, "unexpected '%.*s'", tok->n > 60 ? 60 : tok->n, tok->p);
		return s;
	}
	const char *p = tok->p, *end = tok->p + tok->n;
	if (p == end || !memchr("MFCSI", *p, 5) || (p + 1 < end && !memchr("+- ", p[1], 3))) {
		row_fail(row, "source [%.*s] does not begin with M, F, C, S or I", tok->n > 60 ? 60 : tok->n, tok->p);
		return s;
	}
	s.mark = *p++;
	if (p < end && *p != ' ')
		s.strength = *p++;
	while (p < end && *p == ' ')
		p++;
	if ((size_t)(end - p) >= sizeof s.text)
		row_fail(row, "source of %d characters, at most %zu fit", (int)(end - p), sizeof s.text - 1);
	snprintf(s.text, sizeof s.text, "%.*s", (int)(end - p), p);
	row->next++;
	return s;
}

/* ---- the whole family ---- */

static void id_is_plain(struct row *row, const char *id)
{
	for (const char *p = id; *p; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || *p == '-'))
			row_fail(row, "id '%s' has other characters than a-z, 0-9 and -", id);
}

static void row_family(struct builder *b, struct row *row)
{
	struct tok id = row_word(row, "id");
	if ((size_t)id.n >= sizeof b->f->id)
		row_fail(row, "id has %d characters, at most %zu fit", id.n, sizeof b->f->id - 1);
	tok_copy(&id, b->f->id, sizeof b->f->id);
	id_is_plain(row, b->f->id);
	row_text(row, b->f->title, sizeof b->f->title, "title in quotes");
}

static void row_column(struct builder *b, struct row *row)
{
	row_text(row, b->f->column, sizeof b->f->column, "column in quotes");
}

static void row_covers(struct builder *b, struct row *row)
{
	const int most = sizeof b->f->covers / sizeof *b->f->covers;
	do {
		if (b->f->cover_count == most) {
			row_fail(row, "more than %d names", most);
			return;
		}
		row_text(row, b->f->covers[b->f->cover_count], sizeof *b->f->covers, "name in quotes");
		b->f->cover_count += row_ok(row);
	} while (row_ok(row) && !row_at_end(row));
}

static void row_serial(struct builder *b, struct row *row)
{
	static const uint32_t known[] = { 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200 };
	const int most = sizeof b->f->baud / sizeof *b->f->baud;
	do {
		int32_t baud = row_number(row, 1200, 115200, "speed");
		bool found = false;
		for (size_t i = 0; i < sizeof known / sizeof *known; i++)
			found |= known[i] == (uint32_t)baud;
		if (!found)
			row_fail(row, "%d is not a speed of a serial line", baud);
		if (b->f->baud_count == most)
			row_fail(row, "more than %d speeds", most);
		if (row_ok(row))
			b->f->baud[b->f->baud_count++] = (uint32_t)baud;
	} while (row_ok(row) && !row_has(row, "slave"));
	row_want(row, "slave");
	b->f->slave = (uint8_t)row_number(row, 1, 247, "slave");
	b->f->serial_source = build_source(row);
}

static void row_base(struct builder *b, struct row *row)
{
	static const char *const names[] = { "single", "ups", "concentrator", "unit", "system" };
	struct fam_bases *bases = &b->f->bases;
	uint16_t *const where[] = { &bases->single, &bases->ups, &bases->concentrator, &bases->unit, &bases->system };
	for (int i = 0; i < FAM_BASE_COUNT; i++) {
		if (!row_take(row, names[i]))
			continue;
		if (b->bases & 1u << i)
			row_fail(row, "a second base %s", names[i]);
		b->bases |= 1u << i;
		*where[i] = (uint16_t)row_number(row, 0, 0xFFFF, "address");
		if (i == FAM_BASE_UNIT) {
			row_want(row, "step");
			bases->unit_step = (uint16_t)row_number(row, 1, 0x1000, "step");
		}
		b->f->base_source[i] = build_source(row);
		return;
	}
	row_fail(row, "base of what? single, ups, concentrator, unit or system");
}

/* function N: how the table is read; 3 when the row says nothing. */
static uint8_t function_of(struct row *row)
{
	return row_take(row, "function") ? (uint8_t)row_number(row, 1, 4, "function") : 3;
}

static void block_option(struct builder *b, struct row *row, struct fam_block *block)
{
	struct tok tok = row_word(row, "source");
	if (tok_is(&tok, "function")) {
		block->function = (uint8_t)row_number(row, 1, 4, "function");
	} else if (tok_is(&tok, "from")) {
		block->from = (uint16_t)row_number(row, 0, 999, "first number");
	} else if (tok_is(&tok, "shorter")) {
		block->shorter = (uint8_t)row_number(row, 1, block->count - 1, "shorter length");
	} else if (tok_is(&tok, "rest")) {
		block->rest_address = (uint16_t)row_number(row, 1, 0xFFFF, "address of the rest");
	} else if (tok_is(&tok, "unit-words")) {
		block->unit_count = (uint8_t)row_number(row, 1, block->count, "words of a unit");
	} else if (tok_is(&tok, "optional")) {
		block->optional = true;
	} else if (tok_is(&tok, "clock")) {
		block->clock = true;
	} else if (tok_is(&tok, "managed")) {
		struct tok letter = row_word(row, "letter of the block of managed bits");
		if (row_ok(row) && (letter.n != 1 || build_block(b, letter.p[0]) < 0))
			row_fail(row, "managed %.*s: no such block above this line", letter.n > 60 ? 60 : letter.n, letter.p);
		block->managed_by = row_ok(row) ? letter.p[0] : 0;
	} else {
		row_fail(row, "'%.*s' means nothing in a block row", tok.n > 60 ? 60 : tok.n, tok.p);
	}
}

static const struct { const char *word; int rate, level; } block_words[] = {
	{ "fast", FAM_FAST, 0 }, { "turn", FAM_TURN, 0 }, { "rare", FAM_RARE, 0 },
	{ "unit", -1, FAM_LEVEL_UNIT }, { "ups", -1, FAM_LEVEL_UPS }, { "system", -1, FAM_LEVEL_SYSTEM },
};

/* block LETTER bits|words OFFSET COUNT RATE LEVELS [options] [source] */
static void row_block(struct builder *b, struct row *row)
{
	struct tok letter = row_word(row, "letter");
	if (row_ok(row) && (letter.n != 1 || letter.p[0] < 'A' || letter.p[0] > 'Z'))
		row_fail(row, "'%.*s' is not a letter A..Z", letter.n > 60 ? 60 : letter.n, letter.p);
	if (row_ok(row) && build_block(b, letter.p[0]) >= 0)
		row_fail(row, "block %c stands already in line %d", letter.p[0], b->f->block[build_block(b, letter.p[0])].line);
	if (b->f->block_count == FAM_BLOCKS_MAX)
		row_fail(row, "more than %d blocks", FAM_BLOCKS_MAX);
	struct fam_block block = { .line = row->in->line, .function = 3, .bits = row_take(row, "bits") };
	if (!block.bits)
		row_want(row, "words");
	block.offset = (uint16_t)row_number(row, 0, 0xFFFF, "offset");
	block.count = (uint8_t)row_number(row, 1, FAM_BLOCK_WORDS_MAX, "words of a block");
	block.unit_count = block.count;
	bool rated = false;
	while (row_ok(row) && row_peek(row)->kind == TOK_WORD) {
		size_t i = 0;
		while (i < sizeof block_words / sizeof *block_words && !row_take(row, block_words[i].word))
			i++;
		if (i == sizeof block_words / sizeof *block_words) {
			block_option(b, row, &block);
			continue;
		}
		block.levels |= (uint8_t)block_words[i].level;
		if (block_words[i].rate >= 0) {
			if (rated)
				row_fail(row, "fast, turn or rare, not two of them");
			rated = true;
			block.rate = (enum fam_rate)block_words[i].rate;
		}
	}
	block.source = build_source(row);
	if (!rated)
		row_fail(row, "how often? fast, turn or rare");
	if (!block.levels || ((block.levels & FAM_LEVEL_SYSTEM) && block.levels != FAM_LEVEL_SYSTEM))
		row_fail(row, "of what? unit, ups, unit ups, or system alone");
	if (block.clock && (block.count != 4 || block.bits))
		row_fail(row, "a clock has 4 words");
	if (fam_word_bits(&block) == 1 && !block.bits)
		row_fail(row, "function %d reads bits: say bits, not words", block.function);
	if (block.rest_address && !block.shorter)
		row_fail(row, "rest has no meaning without shorter");
	if (!row_ok(row))
		return;
	block.letter = letter.p[0];
	struct fam_block *slot = build_push(row, &b->f->block, &b->f->block_count, sizeof block, MAP_ROWS_MAX, "blocks");
	if (slot)
		*slot = block;
}

/* ---- which UPS is it? ---- */

/* word N in LOW..HIGH, or text N "TEXT" */
static void probe_match(struct row *row, const struct fam_probe *p, struct fam_match *m)
{
	bool text = row_take(row, "text");
	if (!text)
		row_want(row, "word");
	m->word = (uint8_t)row_number(row, 0, p->count - 1, "word");
	if (text) {
		row_text(row, m->text, sizeof m->text, "text in quotes");
		if (row_ok(row) && (!m->text[0] || m->word + (strlen(m->text) + 1) / 2 > p->count))
			row_fail(row, "\"%s\" does not fit into the words %d..%d", m->text, m->word, p->count - 1);
		return;
	}
	int32_t low, high;
	row_want(row, "in");
	row_range(row, 0, 0xFFFF, "codes", &low, &high);
	m->low = (uint16_t)low;
	m->high = (uint16_t)high;
}

/* probe ORDER ADDRESS COUNT [function N] any | MATCH [and MATCH ...] */
static void row_probe(struct builder *b, struct row *row)
{
	struct fam_probe p = { .order = (uint8_t)row_number(row, 1, 255, "order") };
	p.address = (uint16_t)row_number(row, 0, 0xFFFF, "address");
	p.count = (uint8_t)row_number(row, 1, FAM_PROBE_WORDS_MAX, "words");
	p.function = function_of(row);
	if (!row_take(row, "any"))
		do {
			if (p.matches == FAM_MATCHES_MAX) {
				row_fail(row, "more than %d words that must match", FAM_MATCHES_MAX);
				break;
			}
			probe_match(row, &p, &p.match[p.matches++]);
		} while (row_take(row, "and"));
	p.source = build_source(row);
	if (row_ok(row) && p.address + p.count > 0x10000)
		row_fail(row, "the probe ends past address 0xFFFF");
	const int most = sizeof b->f->probe / sizeof *b->f->probe;
	if (b->f->probe_count == most)
		row_fail(row, "more than %d probes", most);
	else if (row_ok(row))
		b->f->probe[b->f->probe_count++] = p;
}

static void row_model(struct builder *b, struct row *row)
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

static void row_unknown_model(struct builder *b, struct row *row)
{
	row_text(row, b->f->unknown_model, sizeof b->f->unknown_model, "name in quotes");
	const char *percent = strchr(b->f->unknown_model, '%');
	if (percent && (percent[1] != 'u' || strchr(percent + 1, '%')))
		row_fail(row, "the name may hold one %%u for the code and no other %%");
}

static const struct { const char *word; uint8_t what; bool ascii; } identity_kinds[] = {
	{ "code", FAM_ID_CODE, false }, { "model", FAM_ID_MODEL, true }, { "serial", FAM_ID_SERIAL, true },
	{ "reference", FAM_ID_REFERENCE, true }, { "location", FAM_ID_LOCATION, true }, { "kva", FAM_ID_KVA, false },
	{ "unit", FAM_ID_UNIT, false }, { "units", FAM_ID_UNITS, false },
	{ "phases-in", FAM_ID_PHASES_IN, false }, { "phases-out", FAM_ID_PHASES_OUT, false },
};

static void identity_scale(struct row *row, struct fam_field *field)
{
	field->multiply = 1;
	if (row_take(row, "factor"))
		field->scale = FAM_SCALE_FACTOR;
	else if (row_take(row, "x1"))
		field->multiply = 10;
	else
		row_want(row, "x10");
}

/* identity KIND WORD [COUNT ascii [lsb-first]] [x1|x10|factor] */
static void row_identity(struct builder *b, struct row *row)
{
	size_t kind = 0;
	while (kind < sizeof identity_kinds / sizeof *identity_kinds && !row_take(row, identity_kinds[kind].word))
		kind++;
	if (kind == sizeof identity_kinds / sizeof *identity_kinds) {
		row_fail(row, "identity of what? code, model, serial, reference, location, kva, unit, units, phases-in, phases-out");
		return;
	}
	struct tok tok = row_word(row, "word");
	struct word_ref ref;
	if (!row_ok(row) || !build_word_ref(b, row, &tok, &ref))
		return;
	struct fam_field field = { .what = identity_kinds[kind].what, .line = row->in->line, .words = 1, .multiply = 1,
		.block = (uint8_t)ref.block, .word = (uint8_t)ref.word, .part = (uint8_t)ref.part };
	if (ref.bit >= 0)
		row_fail(row, "%.*s is a bit, a word is needed", tok.n, tok.p);
	if (identity_kinds[kind].ascii) {
		field.words = (uint8_t)row_number(row, 1, 16, "words");
		row_want(row, "ascii");
		field.lsb_first = row_take(row, "lsb-first");
		if (field.word + field.words > b->f->block[ref.block].unit_count)
			row_fail(row, "the text runs past the end of block %c", b->f->block[ref.block].letter);
	}
	if (field.what == FAM_ID_KVA)
		identity_scale(row, &field);
	field.source = build_source(row);
	struct fam_field *slot = build_push(row, &b->f->field, &b->f->field_count, sizeof field, MAP_ROWS_MAX, "identity rows");
	if (slot)
		*slot = field;
}

/* parallel when ..., factor when ..., single-phase input|output when ... */
static void condition(struct builder *b, struct row *row, struct fam_expr *expr)
{
	row_want(row, "when");
	*expr = build_expr(b, row);
	build_source(row);
}

static void row_parallel(struct builder *b, struct row *row)
{
	b->parallel_line = row->in->line;
	condition(b, row, &b->f->parallel);
}

static void row_factor(struct builder *b, struct row *row)
{
	b->f->has_factor = true;
	condition(b, row, &b->f->factor_10);
}

static void row_single_phase(struct builder *b, struct row *row)
{
	bool input = row_take(row, "input");
	if (!input)
		row_want(row, "output");
	struct fam_expr *expr = input ? &b->f->single_phase_in : &b->f->single_phase_out;
	if (expr->length)
		row_fail(row, "a second single-phase %s", input ? "input" : "output");
	condition(b, row, expr);
}

int build_guard(const struct builder *b, const struct tok *name)
{
	for (int i = 0; i < b->f->guard_count; i++)
		if (tok_is(name, b->f->guard[i].name))
			return i;
	return -1;
}

static void row_guard(struct builder *b, struct row *row)
{
	struct fam_guard guard = { .line = row->in->line };
	struct tok name = row_word(row, "name");
	if ((size_t)name.n >= sizeof guard.name)
		row_fail(row, "the name has %d characters, at most %zu fit", name.n, sizeof guard.name - 1);
	if (row_ok(row) && build_guard(b, &name) >= 0)
		row_fail(row, "a second guard %.*s", name.n, name.p);
	if (b->f->guard_count == GUARDS_MAX)
		row_fail(row, "more than %d guards", GUARDS_MAX);
	tok_copy(&name, guard.name, sizeof guard.name);
	condition(b, row, &guard.holds);
	struct fam_guard *slot = build_push(row, &b->f->guard, &b->f->guard_count, sizeof guard, MAP_ROWS_MAX, "guards");
	if (slot)
		*slot = guard;
}

/* ---- all rows ---- */

static const struct keyword {
	const char *word;
	void (*read)(struct builder *, struct row *);
	bool once;
} keywords[] = {
	{ "family",        row_family,        true },
	{ "column",        row_column,        true },
	{ "covers",        row_covers,        true },
	{ "serial",        row_serial,        true },
	{ "base",          row_base,          false },
	{ "block",         row_block,         false },
	{ "probe",         row_probe,         false },
	{ "model",         row_model,         false },
	{ "unknown-model", row_unknown_model, true },
	{ "identity",      row_identity,      false },
	{ "parallel",      row_parallel,      true },
	{ "factor",        row_factor,        true },
	{ "single-phase",  row_single_phase,  false },
	{ "guard",         row_guard,         false },
	{ "point",         build_point_row,     false },
	{ "bit",           build_bit_row,       false },
	{ "state",         build_state_row,     false },
	{ "absent",        build_absent_row,    false },
};

static void read_row(struct builder *b, struct row *row)
{
	const struct tok *first = row_peek(row);
	for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
		if (!row_take(row, keywords[i].word))
			continue;
		if (b->seen == 0 && i != 0)
			row_fail(row, "the first row must be family, not %s", keywords[i].word);
		if (keywords[i].once && (b->seen & 1u << i))
			row_fail(row, "a second %s row", keywords[i].word);
		b->seen |= 1u << i;
		if (row_ok(row))
			keywords[i].read(b, row);
		const struct tok *rest = row_peek(row);
		if (row_ok(row) && rest->kind != TOK_END)
			row_fail(row, "unexpected '%.*s' at the end", rest->n > 60 ? 60 : rest->n, rest->p);
		return;
	}
	row_fail(row, "unknown row '%.*s'", first->n > 60 ? 60 : first->n, first->p);
}

static void default_bases(struct builder *b)
{
	struct fam_bases *bases = &b->f->bases;
	uint16_t *const where[] = { NULL, &bases->ups, &bases->concentrator, &bases->unit, &bases->system };
	for (int i = FAM_BASE_UPS; i < FAM_BASE_COUNT; i++)
		if (!(b->bases & 1u << i))
			*where[i] = bases->single;
}

static void shrink(void *array_pointer, int count, size_t size)
{
	void *array;
	memcpy(&array, array_pointer, sizeof array);
	if (count == 0)
		return;
	void *less = realloc(array, size * (size_t)count);
	if (less)
		memcpy(array_pointer, &less, sizeof less);
}

struct family *family_parse(const char *text, size_t length, const char *name, struct err_at *why)
{
	struct err_at unheard;
	why = why ? why : &unheard;
	if (length > MAP_SIZE_MAX) {
		err_set(why, name, 0, "map of %zu octets, the largest is %d", length, MAP_SIZE_MAX);
		return NULL;
	}
	struct family *f = calloc(1, sizeof *f);
	if (!f) {
		err_set(why, name, 0, "out of memory");
		return NULL;
	}
	struct builder b = { .f = f };
	struct lines in;
	struct row row;
	lines_begin(&in, text, length, name, why);
	while (lines_next(&in, &row))
		read_row(&b, &row);
	default_bases(&b);
	if (in.failed || !check_family(&b, name, why)) {
		family_free(f);
		return NULL;
	}
	shrink(&f->block, f->block_count, sizeof *f->block);
	shrink(&f->model, f->model_count, sizeof *f->model);
	shrink(&f->field, f->field_count, sizeof *f->field);
	shrink(&f->point, f->point_count, sizeof *f->point);
	shrink(&f->bit, f->bit_count, sizeof *f->bit);
	shrink(&f->rule, f->rule_count, sizeof *f->rule);
	shrink(&f->guard, f->guard_count, sizeof *f->guard);
	shrink(&f->code, f->code_count, sizeof *f->code);
	return f;
}
