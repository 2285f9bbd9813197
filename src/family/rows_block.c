/* The rows block and probe: what is read. */
#include <string.h>

#include "family/build.h"

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
	} else if (tok_is(&tok, "writable")) {
		block->writable = true;
	} else if (tok_is(&tok, "managed")) {
		struct tok letter = row_word(row, "letter of the block of managed bits");
		bool capital = row_ok(row) && letter.n == 1 && letter.p[0] >= 'A' && letter.p[0] <= 'Z';
		if (capital && build_block(b, letter.p[0]) < 0 && (b->broken_blocks & 1u << (letter.p[0] - 'A')))
			row_give_up(row);
		if (row_ok(row) && (!capital || build_block(b, letter.p[0]) < 0))
			row_fail(row, "managed %.*s: no such block above this line", tok_shown(&letter), letter.p);
		block->managed_by = row_ok(row) ? letter.p[0] : 0;
	} else {
		row_fail(row, "'%.*s' means nothing in a block row", tok_shown(&tok), tok.p);
	}
}

static const struct { const char *word; int rate, level; } block_words[] = {
	{ "fast", FAM_FAST, 0 }, { "turn", FAM_TURN, 0 }, { "rare", FAM_RARE, 0 },
	{ "unit", -1, FAM_LEVEL_UNIT }, { "ups", -1, FAM_LEVEL_UPS }, { "system", -1, FAM_LEVEL_SYSTEM },
};

/* block LETTER bits|words OFFSET COUNT RATE LEVELS [options] [source] */
void build_block_row(struct builder *b, struct row *row)
{
	struct tok letter = row_word(row, "letter");
	if (row_ok(row) && (letter.n != 1 || letter.p[0] < 'A' || letter.p[0] > 'Z'))
		row_fail(row, "'%.*s' is not a letter A..Z", tok_shown(&letter), letter.p);
	bool named = row_ok(row);
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
	if (block.writable && (!block.clock || block.function != 3 || block.levels != FAM_LEVEL_SYSTEM))
		row_fail(row, "writable is for a clock of the system, read by function 3");
	if (fam_word_bits(&block) == 1 && !block.bits)
		row_fail(row, "function %d reads bits: say bits, not words", block.function);
	if (block.rest_address && !block.shorter)
		row_fail(row, "rest has no meaning without shorter");
	if (!row_ok(row)) {
		b->broken_blocks |= named ? 1u << (letter.p[0] - 'A') : 0;
		return;
	}
	block.letter = letter.p[0];
	struct fam_block *slot = build_push(row, &b->f->block, &b->f->block_count, sizeof block, MAP_ROWS_MAX, "blocks");
	if (slot)
		*slot = block;
}

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
void build_probe_row(struct builder *b, struct row *row)
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

