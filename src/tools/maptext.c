#include "tools/maptext.h"

#include <stdio.h>
#include <string.h>

static void part_text(struct fam_part part, char *buffer, size_t size)
{
	if (part.bits == 0)
		buffer[0] = 0;
	else if (part.bits == 8 && part.shift % 8 == 0)
		snprintf(buffer, size, "%s", part.shift ? ".msb" : ".lsb");
	else
		snprintf(buffer, size, ".%d..%d", part.shift, part.shift + part.bits - 1);
}

/* "M004", "S017", "T013.1", "A002.msb".  bit -1: the word. */
static void word_text(const struct family *f, int block, int word, int bit, struct fam_part part, char *buffer, size_t size)
{
	const struct fam_block *b = &f->block[block];
	char of[16];
	part_text(part, of, sizeof of);
	if (b->bits)
		snprintf(buffer, size, "%c%03d", b->letter, b->from + word * fam_word_bits(b) + (bit < 0 ? 0 : bit));
	else if (bit >= 0)
		snprintf(buffer, size, "%c%03d.%d", b->letter, b->from + word, bit);
	else
		snprintf(buffer, size, "%c%03d%s", b->letter, b->from + word, of);
}

static void bound(const struct fam_op *op, int32_t value, char *buffer, size_t size)
{
	if (op->is_signed || value < 256)
		snprintf(buffer, size, "%d", (int)value);
	else
		snprintf(buffer, size, "0x%04X", (unsigned)value);
}

static void comparison(const struct fam_op *op, const char *word, char *buffer, size_t size)
{
	char low[16], high[16];
	bound(op, op->low, low, sizeof low);
	bound(op, op->high, high, sizeof high);
	int least = op->is_signed ? -32768 : 0, most = op->is_signed ? 32767 : fam_part_get(0xFFFF, op->part);
	if (op->low == op->high)
		snprintf(buffer, size, "%s = %s", word, low);
	else if (op->low == least)
		snprintf(buffer, size, "%s <= %s", word, high);
	else if (op->high == most)
		snprintf(buffer, size, "%s >= %s", word, low);
	else
		snprintf(buffer, size, "%s in %s..%s", word, low, high);
}

static void operand(const struct family *f, const struct fam_op *op, char *buffer, size_t size)
{
	char word[24];
	word_text(f, op->block, op->word, op->code == FAM_OP_BIT ? op->bit : -1, op->part, word, sizeof word);
	if (op->code == FAM_OP_IN)
		comparison(op, word, buffer, size);
	else
		snprintf(buffer, size, op->code == FAM_OP_MANAGED ? "managed(%s)" : "%s", word);
}

/* Postfix back to infix.  A part that binds weaker than what uses it gets parentheses. */
enum { STACK = 16, OR, AND, NOT, ATOM };
struct part {
	int strength;
	char text[MAPTEXT_MAX];
};

static void join(struct part *a, const struct part *b, const char *word, int strength)
{
	char text[MAPTEXT_MAX * 2 + 32];
	bool open_a = a->strength < strength, open_b = b->strength < strength;
	snprintf(text, sizeof text, "%s%s%s %s %s%s%s", open_a ? "(" : "", a->text, open_a ? ")" : "", word, open_b ? "(" : "", b->text,
		open_b ? ")" : "");
	snprintf(a->text, sizeof a->text, "%.*s", MAPTEXT_MAX - 1, text);
	a->strength = strength;
}

static void negate(struct part *a)
{
	char text[MAPTEXT_MAX + 16];
	bool open = a->strength < NOT;
	snprintf(text, sizeof text, "not %s%s%s", open ? "(" : "", a->text, open ? ")" : "");
	snprintf(a->text, sizeof a->text, "%.*s", MAPTEXT_MAX - 1, text);
	a->strength = NOT;
}

void maptext_condition(const struct family *f, struct fam_expr e, char *buffer, size_t size)
{
	struct part stack[STACK];
	int n = 0;
	for (int i = e.start; i < e.start + e.length; i++) {
		const struct fam_op *op = &f->code[i];
		int takes = op->code == FAM_OP_AND || op->code == FAM_OP_OR ? 2 : op->code == FAM_OP_NOT ? 1 : 0;
		if (n < takes || (takes == 0 && n == STACK))
			break;                   /* the loader makes no such code */
		if (takes == 2)
			join(&stack[n - 2], &stack[n - 1], op->code == FAM_OP_AND ? "and" : "or", op->code == FAM_OP_AND ? AND : OR);
		else if (takes == 1)
			negate(&stack[n - 1]);
		else
			operand(f, op, stack[n].text, sizeof stack[n].text);
		if (takes == 0)
			stack[n++].strength = ATOM;
		else
			n -= takes - 1;
	}
	snprintf(buffer, size, "%s", n ? stack[0].text : "");
}

/* "signed M024", "M037 + M038 + M039", "u32 low-first V004 * V010" */
void maptext_registers(const struct family *f, const struct fam_point *p, char *buffer, size_t size)
{
	static const char *const types[] = { [FAM_U16] = "", [FAM_S16] = "signed ", [FAM_M16] = "magnitude ", [FAM_U32] = "u32 ",
		[FAM_S32] = "s32 ", [FAM_F32] = "f32 " };
	size_t n = (size_t)snprintf(buffer, size, "%s%s", p->terms ? types[p->type] : "", p->low_first ? "low-first " : "");
	for (int i = 0; i < p->terms && n < size; i++) {
		char word[24];
		word_text(f, p->term[i].block, p->term[i].word, -1, p->term[i].part, word, sizeof word);
		n += (size_t)snprintf(buffer + n, size - n, "%s%s", i == 0 ? "" : p->product ? " * " : " + ", word);
	}
}

/* As the map says it: xN is what the word holds (its scale), times and over what is done to it; see docs/families.md. */
void maptext_scale(const struct fam_point *p, char *buffer, size_t size)
{
	char offset[24] = "", times[24] = "", over[24] = "", scale[24] = "factor";
	int64_t n = p->divide;
	for (int d = 0; d < p->decimals; d++)
		n *= 10;
	if (p->scale != FAM_SCALE_FACTOR)
		snprintf(scale, sizeof scale, "x%d", (int)(n / (p->multiply < 0 ? -p->multiply : p->multiply)));
	if (p->offset)
		snprintf(offset, sizeof offset, "offset %d ", p->offset);
	if (p->multiply != 1)
		snprintf(times, sizeof times, " times %d", p->multiply);
	if (p->divide != 1)
		snprintf(over, sizeof over, " over %d", p->divide);
	snprintf(buffer, size, "%s%s%s%s", offset, scale, times, over);
}

static void absent_value(int64_t value, char *buffer, size_t size)
{
	snprintf(buffer, size, value > 255 ? "0x%04llX" : "%lld", (long long)value);
}

void maptext_absent(const struct fam_point *p, char *buffer, size_t size)
{
	size_t n = 0;
	buffer[0] = 0;
	if (p->ones_absent && p->terms)
		n = (size_t)snprintf(buffer, size, "%s", p->type == FAM_F32 ? "no number" : p->type == FAM_U32 ? "0xFFFFFFFF" : "0xFFFF");
	for (int i = 0; i < p->absents && n < size; i++) {
		char low[24], high[24];
		absent_value(p->absent[i].low, low, sizeof low);
		absent_value(p->absent[i].high, high, sizeof high);
		bool range = p->absent[i].low != p->absent[i].high;
		n += (size_t)snprintf(buffer + n, size - n, "%s%s%s%s", n ? ", " : "", low, range ? ".." : "", range ? high : "");
	}
}

void maptext_source(const struct fam_source *s, char *buffer, size_t size)
{
	char strength[2] = { s->strength, 0 }, mark[2] = { s->mark, 0 };
	snprintf(buffer, size, "%s%s%s%s", mark, strength, s->text[0] ? " " : "", s->text);
}

const char *maptext_rate(enum fam_rate rate)
{
	switch (rate) {
	case FAM_FAST: return "every cycle";
	case FAM_TURN: return "in turn";
	case FAM_RARE: return "rarely";
	}
	return "";
}

const char *maptext_mark(char mark)
{
	static const struct { char mark; const char *text; } marks[] = {
		{ FAM_MANUAL, "manual" }, { FAM_FAMILY, "sister family's manual" }, { FAM_CODE, "public code" },
		{ FAM_SPEC, "product's specification" }, { FAM_INFERRED, "inferred" },
	};
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (marks[i].mark == mark)
			return marks[i].text;
	return NULL;
}
