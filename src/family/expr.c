/* The conditions of a map, compiled to postfix: not before and before or, parentheses, no recursion, bounded in length and depth. */
#include <string.h>

#include "family/build.h"

/* "M004", "S017", "T009.0", "T000.msb", "T007.4..6" -> block, word, and the bit or the part of it.  bit: -1 when it names a word. */
struct word_ref {
	int block, word, bit;
	struct fam_part part;
};

/* ".msb", ".lsb", ".3" or ".4..6" */
static bool word_part(struct row *row, const struct tok *tok, const char *p, const char *end, struct word_ref *ref)
{
	struct tok part = { TOK_WORD, p, (int)(end - p) };
	const char *dots = memmem(p, (size_t)(end - p), "..", 2);
	int32_t low, high;
	if (tok_is(&part, "msb") || tok_is(&part, "lsb")) {
		ref->part = (struct fam_part){ *p == 'm' ? 8 : 0, 8 };
		return true;
	}
	if (dots)
		part.n = (int)(dots - p);
	struct tok last = dots ? (struct tok){ TOK_WORD, dots + 2, (int)(end - dots - 2) } : part;
	if (!tok_number(&part, &low) || !tok_number(&last, &high) || low < 0 || high > 15 || high < low)
		return row_fail(row, "'%.*s': after the dot comes a bit 0..15, bits like 4..6, msb or lsb", tok->n, tok->p);
	if (dots && high - low < 15)
		ref->part = (struct fam_part){ (uint8_t)low, (uint8_t)(high - low + 1) };
	else if (!dots)
		ref->bit = (int)low;
	return true;
}

static bool build_word_ref(struct builder *b, struct row *row, const struct tok *tok, struct word_ref *ref)
{
	*ref = (struct word_ref){ .bit = -1 };
	const char *p = tok->p + 1, *end = tok->p + tok->n;
	const char *dot = memchr(tok->p, '.', (size_t)tok->n);
	struct tok digits = { TOK_WORD, p, (int)((dot ? dot : end) - p) };
	int32_t number;
	if (tok->kind != TOK_WORD || tok->n < 2 || tok->n > 16 || tok->p[0] < 'A' || tok->p[0] > 'Z'
	    || *p < '0' || *p > '9' || !tok_number(&digits, &number))
		return row_fail(row, "'%.*s' is not a letter and a number like M004", tok_shown(tok), tok->p);
	ref->block = build_block(b, tok->p[0]);
	if (ref->block < 0 && (b->broken_blocks & 1u << (tok->p[0] - 'A')))
		return row_give_up(row);
	if (ref->block < 0)
		return row_fail(row, "no block %c above this line", tok->p[0]);
	const struct fam_block *block = &b->f->block[ref->block];
	int per_word = fam_word_bits(block), size = block->bits ? block->count * per_word : block->count;
	if (number < block->from || number >= block->from + size)
		return row_fail(row, "%.*s lies outside block %c, which has %c%03d..%c%03d", tok->n, tok->p, block->letter,
			block->letter, block->from, block->letter, block->from + size - 1);
	number -= block->from;
	ref->word = block->bits ? (int)(number / per_word) : (int)number;
	if (block->bits) {
		ref->bit = (int)(number % per_word);
		return dot ? row_fail(row, "%.*s: block %c counts bits, a dot has no meaning", tok->n, tok->p, block->letter) : true;
	}
	return dot ? word_part(row, tok, dot + 1, end, ref) : true;
}

bool build_term(struct builder *b, struct row *row, struct fam_term *term)
{
	struct tok tok = row_word(row, "word");
	struct word_ref ref;
	if (!row_ok(row) || !build_word_ref(b, row, &tok, &ref))
		return false;
	if (ref.bit >= 0)
		return row_fail(row, "%.*s is a bit, a number is needed", tok.n, tok.p);
	*term = (struct fam_term){ (uint8_t)ref.block, (uint8_t)ref.word, ref.part };
	return true;
}

void build_term_fits(struct builder *b, struct row *row, const struct fam_term *term, int words)
{
	if (!row_ok(row) || words == 1)
		return;
	const struct fam_block *block = &b->f->block[term->block];
	if (term->part.bits)
		row_fail(row, "a part of a word is no number of two words");
	else if (term->word + words > block->count)
		row_fail(row, "%c%03d is the last word of block %c, and the number has two", block->letter, block->from + term->word, block->letter);
}

void build_type(struct row *row, uint8_t *type, bool *low_first)
{
	static const struct { const char *word; uint8_t type; } types[] = {
		{ "signed", FAM_S16 }, { "magnitude", FAM_M16 }, { "u32", FAM_U32 }, { "s32", FAM_S32 }, { "f32", FAM_F32 },
	};
	*type = FAM_U16;
	for (size_t i = 0; i < sizeof types / sizeof *types && *type == FAM_U16; i++)
		if (row_take(row, types[i].word))
			*type = types[i].type;
	*low_first = fam_type_words(*type) == 2 && row_take(row, "low-first");
}

struct compiler {
	struct builder *b;
	struct row *row;
	uint8_t waiting[EXPR_DEPTH_MAX];     /* enum fam_opcode, or OPEN */
	int waits;               /* a value that waits has an operator that waits: this bounds both */
	uint16_t start;
};
enum { OPEN = 255 };

static void emit(struct compiler *c, struct fam_op op)
{
	struct family *f = c->b->f;
	if (!row_ok(c->row))
		return;
	if (f->code_count - c->start >= EXPR_OPS_MAX) {
		row_fail(c->row, "condition of more than %d steps", EXPR_OPS_MAX);
		return;
	}
	op.guard = -1;
	struct fam_op *slot = build_push(c->row, &f->code, &f->code_count, sizeof *slot, MAP_OPS_MAX, "steps of conditions");
	if (slot)
		*slot = op;
}

static void push_wait(struct compiler *c, uint8_t op)
{
	if (c->waits == EXPR_DEPTH_MAX)
		row_fail(c->row, "condition nested deeper than %d", EXPR_DEPTH_MAX);
	else
		c->waiting[c->waits++] = op;
}

/* Emits what waits and binds at least as tightly as `op`: not 3, and 2, or 1. */
static void pop_waits(struct compiler *c, int binding)
{
	static const uint8_t strength[] = { [FAM_OP_NOT] = 3, [FAM_OP_AND] = 2, [FAM_OP_OR] = 1 };
	while (c->waits > 0 && c->waiting[c->waits - 1] != OPEN && strength[c->waiting[c->waits - 1]] >= binding)
		emit(c, (struct fam_op){ .code = c->waiting[--c->waits] });
}

static const struct comparison { const char *sign; int kind; } comparisons[] = {
	{ "in", 0 }, { "=", 1 }, { ">", 2 }, { ">=", 3 }, { "<", 4 }, { "<=", 5 },
};

/* A word is compared as unsigned, unless a bound is negative. */
static bool bounds(struct compiler *c, const struct word_ref *ref, struct fam_op *op)
{
	struct row *row = c->row;
	const struct comparison *how = NULL;
	for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons && !how; i++)
		if (row_take(row, comparisons[i].sign))
			how = &comparisons[i];
	if (!how)
		return row_fail(row, "a word needs a comparison (in, =, <, <=, >, >=) or a bit like .0");
	int32_t top = fam_part_get(0xFFFF, ref->part), least_of_all = ref->part.bits ? 0 : -32768, low, high;
	if (how->kind == 0)
		row_range(row, least_of_all, top, "range", &low, &high);
	else
		low = high = row_number(row, least_of_all, top, "number");
	op->is_signed = low < 0;
	op->names_ones = high == top;
	int32_t least = op->is_signed ? -32768 : 0, most = op->is_signed ? 32767 : top;
	switch (how->kind) {
	case 2: low = low + 1, high = most; break;
	case 3: high = most; break;
	case 4: high = high - 1, low = least; break;
	case 5: low = least; break;
	default: break;
	}
	if (row_ok(row) && high > most)
		return row_fail(row, "a negative bound makes the word signed, and %d does not fit one", high);
	if (row_ok(row) && high < low)
		return row_fail(row, "this comparison can never be true");
	op->low = low;
	op->high = high;
	return row_ok(row);
}

static void operand(struct compiler *c)
{
	struct row *row = c->row;
	bool managed = row_take(row, "managed");
	if (managed)
		row_want(row, "(");
	struct tok tok = row_word(row, "condition");
	struct word_ref ref;
	if (!row_ok(row) || !build_word_ref(c->b, row, &tok, &ref))
		return;
	struct fam_op op = { .block = (uint8_t)ref.block, .word = (uint8_t)ref.word, .part = ref.part };
	if (managed) {
		if (ref.bit >= 0 || ref.part.bits)
			row_fail(row, "managed() asks about a word, %.*s is less than that", tok.n, tok.p);
		op.code = FAM_OP_MANAGED;
		row_want(row, ")");
	} else if (ref.bit >= 0) {
		op.code = FAM_OP_BIT;
		op.bit = (uint8_t)ref.bit;
	} else {
		op.code = FAM_OP_IN;
		bounds(c, &ref, &op);
	}
	emit(c, op);
}

static void close_group(struct compiler *c)
{
	pop_waits(c, 1);
	if (c->waits == 0)
		row_fail(c->row, "')' without '('");
	else
		c->waits--;
}

struct fam_expr build_expr(struct builder *b, struct row *row)
{
	struct compiler c = { .b = b, .row = row, .start = (uint16_t)b->f->code_count };
	bool want_operand = true;
	while (row_ok(row)) {
		if (want_operand) {
			if (row_take(row, "(")) {
				push_wait(&c, OPEN);
			} else if (row_take(row, "not")) {
				push_wait(&c, FAM_OP_NOT);
			} else {
				operand(&c);
				want_operand = false;
			}
		} else if (row_take(row, ")")) {
			close_group(&c);
		} else if (row_has(row, "and") || row_has(row, "or")) {
			bool and = row_take(row, "and");
			if (!and)
				row_want(row, "or");
			pop_waits(&c, and ? 2 : 1);
			push_wait(&c, and ? FAM_OP_AND : FAM_OP_OR);
			want_operand = true;
		} else {
			break;
		}
	}
	pop_waits(&c, 1);
	if (c.waits > 0)
		row_fail(row, "')' is missing");
	return (struct fam_expr){ c.start, (uint16_t)(b->f->code_count - c.start) };
}
