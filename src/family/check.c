/* What no single row of a map can know: gaps, doubles, overlaps, words that nobody reads.  Also gives each block its place in an
 * image and marks the blocks that are used. */
#include <stdio.h>
#include <string.h>

#include "family/build.h"

struct checker {
	const struct builder *b;
	struct family *f;
	const char *name;
	struct err_at *why;
};

#define fail(c, line, ...) err_set((c)->why, (c)->name, line, __VA_ARGS__)

uint32_t expr_blocks(const struct family *f, struct fam_expr expr)
{
	uint32_t blocks = 0;
	for (int i = expr.start; i < expr.start + expr.length; i++) {
		const struct fam_op *op = &f->code[i];
		if (op->code != FAM_OP_BIT && op->code != FAM_OP_IN && op->code != FAM_OP_MANAGED)
			continue;
		blocks |= 1u << op->block;
		for (int k = 0; k < f->block_count; k++)
			if (f->block[k].letter == f->block[op->block].managed_by)
				blocks |= 1u << k;
	}
	return blocks;
}

/* ---- blocks ---- */

static bool check_place(const struct checker *c, const struct fam_block *block)
{
	const struct fam_bases *bases = &c->f->bases;
	long last_unit = bases->unit + (long)(FAM_UNITS_MAX - 1) * bases->unit_step;
	const struct { int level; long base; } at[] = {
		{ FAM_LEVEL_UNIT, bases->single }, { FAM_LEVEL_UNIT, bases->concentrator }, { FAM_LEVEL_UNIT, last_unit },
		{ FAM_LEVEL_UPS, bases->ups }, { FAM_LEVEL_SYSTEM, bases->system },
	};
	for (size_t i = 0; i < sizeof at / sizeof *at; i++)
		if ((block->levels & at[i].level) && at[i].base + block->offset + block->count > 0x10000)
			return fail(c, block->line, "block %c ends past address 0xFFFF at base 0x%04lX", block->letter, (unsigned long)at[i].base);
	if (block->rest_address + block->count - block->shorter > 0x10000)
		return fail(c, block->line, "the rest of block %c ends past address 0xFFFF", block->letter);
	if ((block->levels & FAM_LEVEL_UPS) && !(c->b->bases & 1u << FAM_BASE_UPS))
		return fail(c, block->line, "block %c is of the UPS level, and there is no base ups", block->letter);
	return true;
}

static bool check_managed_by(const struct checker *c, const struct fam_block *block)
{
	if (!block->managed_by)
		return true;
	const struct fam_block *by = &c->f->block[build_block(c->b, block->managed_by)];
	if (!by->bits || by->unit_count * fam_word_bits(by) < block->count)
		return fail(c, block->line, "block %c has no bit for each of the %d words of block %c", by->letter, block->count, block->letter);
	if ((by->levels & block->levels) != block->levels && !(by->levels & FAM_LEVEL_SYSTEM))
		return fail(c, block->line, "block %c is not read at every level of block %c", by->letter, block->letter);
	return true;
}

static bool check_blocks(struct checker *c)
{
	struct family *f = c->f;
	int clocks = 0;
	for (int i = 0; i < f->block_count; i++) {
		struct fam_block *block = &f->block[i];
		if (!check_place(c, block) || !check_managed_by(c, block))
			return false;
		for (int k = 0; k < i; k++) {
			const struct fam_block *other = &f->block[k];
			if ((block->levels & other->levels) && block->offset < other->offset + other->count
			    && other->offset < block->offset + block->count)
				return fail(c, block->line, "block %c overlaps block %c of line %d", block->letter, other->letter, other->line);
		}
		clocks += block->clock;
		if (clocks > 1)
			return fail(c, block->line, "a second clock");
		block->first = (uint16_t)f->words;
		f->words += block->count;
		if (f->words > FAM_WORDS_MAX)
			return fail(c, block->line, "the blocks have more than %d words together", FAM_WORDS_MAX);
	}
	return true;
}

/* ---- are words that a row wants read at the level of the row? ---- */

static int words_at(const struct fam_block *block, enum level level)
{
	if (block->levels & FAM_LEVEL_SYSTEM)
		return block->count;
	if (!(block->levels & (level == LEVEL_UPS ? FAM_LEVEL_UPS : FAM_LEVEL_UNIT)))
		return 0;
	return level == LEVEL_UPS ? block->count : block->unit_count;
}

static bool check_word(const struct checker *c, int line, int block_index, int word, enum level level)
{
	const struct fam_block *block = &c->f->block[block_index];
	int words = words_at(block, level);
	const char *at = level == LEVEL_UPS ? "UPS level" : "unit level";
	if (words == 0)
		return fail(c, line, "block %c is not read at the %s", block->letter, at);
	if (word >= words)
		return fail(c, line, "block %c has only %d words at the %s", block->letter, words, at);
	return true;
}

static bool check_expr(const struct checker *c, int line, struct fam_expr expr, enum level level)
{
	for (int i = expr.start; i < expr.start + expr.length; i++) {
		const struct fam_op *op = &c->f->code[i];
		bool reads = op->code == FAM_OP_BIT || op->code == FAM_OP_IN || op->code == FAM_OP_MANAGED;
		if (reads && !check_word(c, line, op->block, op->word, level))
			return false;
	}
	return true;
}

static enum level level_of(enum level level)
{
	return level == LEVEL_UPS ? LEVEL_UPS : LEVEL_UNIT;
}

/* ---- everything once ---- */

static bool check_points(const struct checker *c)
{
	int lines[PT_COUNT] = { 0 };
	for (int i = 0; i < c->f->point_count; i++) {
		const struct fam_point *p = &c->f->point[i];
		const struct point_info *info = &point_table[p->point];
		for (int w = 0; w < p->words; w++)
			if (!check_word(c, p->line, p->block, p->word[w], level_of(info->level)))
				return false;
		if (p->guard && !check_expr(c, p->line, c->f->guard[p->guard - 1].holds, level_of(info->level)))
			return false;
		if (!p->enabled)
			continue;
		if (lines[p->point])
			return fail(c, p->line, "%s stands already in line %d", info->name, lines[p->point]);
		lines[p->point] = p->line;
	}
	for (int i = 0; i < PT_COUNT; i++)
		if (!lines[i])
			return fail(c, 0, "%s has no row that is enabled: give it one, or name it in an absent row", point_table[i].name);
	return true;
}

static bool check_bits(const struct checker *c)
{
	int lines[BS_COUNT][BITS_MAX] = { 0 };
	for (int i = 0; i < c->f->bit_count; i++) {
		const struct fam_bit *bit = &c->f->bit[i];
		const struct bits_info *info = &bits_table[bit->bits];
		int *line = &lines[bit->bits][bit->bit];
		if (!check_expr(c, bit->line, bit->when, level_of(info->level)))
			return false;
		if (!bit->enabled)
			continue;
		if (*line)
			return fail(c, bit->line, "bit %d of %s stands already in line %d", bit->bit, info->name, *line);
		*line = bit->line;
	}
	for (int i = 0; i < BS_COUNT; i++)
		for (int n = 0; n < bits_table[i].count; n++)
			if (!lines[i][n])
				return fail(c, 0, "bit %d \"%s\" of %s has no row that is enabled: give it one, or name it in an absent row", n,
					bits_table[i].bit[n].text, bits_table[i].name);
	return true;
}

struct rule_list {
	int line[STATE_MAX + 1];         /* of the enabled row of each state */
	int otherwise, conditions, last;
};

static bool check_rule(const struct checker *c, const struct fam_rule *rule, struct rule_list *list)
{
	const struct state_info *info = &state_table[rule->state_object];
	if (!check_expr(c, rule->line, rule->when, level_of(info->level)))
		return false;
	if (!rule->enabled)
		return true;
	if (list->line[rule->value])
		return fail(c, rule->line, "state %d of %s stands already in line %d", rule->value, info->name, list->line[rule->value]);
	list->line[rule->value] = rule->line;
	bool absent = !rule->otherwise && rule->when.length == 0;
	if (absent)
		return true;
	if (list->otherwise)
		return fail(c, rule->line, "%s: this row is never reached, the otherwise of line %d comes first", info->name, list->otherwise);
	list->otherwise = rule->otherwise ? rule->line : 0;
	list->conditions += !rule->otherwise;
	list->last = rule->line;
	return true;
}

static bool check_rules(const struct checker *c)
{
	struct rule_list lists[ST_COUNT] = { 0 };
	for (int i = 0; i < c->f->rule_count; i++)
		if (!check_rule(c, &c->f->rule[i], &lists[c->f->rule[i].state_object]))
			return false;
	for (int i = 0; i < ST_COUNT; i++) {
		const struct state_info *info = &state_table[i];
		if (i == ST_DEVICE_STATUS)
			continue;
		for (int n = 1; n <= info->count; n++)
			if (!lists[i].line[n])
				return fail(c, 0, "state %d \"%s\" of %s has no row that is enabled: give it one, or name it in an absent row", n,
					info->state[n].text, info->name);
		if (lists[i].conditions && !lists[i].otherwise)
			return fail(c, lists[i].last, "%s: the last row must be otherwise", info->name);
		if (lists[i].otherwise && !lists[i].conditions)
			return fail(c, lists[i].otherwise, "%s: an otherwise alone says nothing, name the object in an absent row", info->name);
	}
	return true;
}

/* ---- the family as a whole ---- */

static bool check_whole(const struct checker *c)
{
	const struct family *f = c->f;
	if (!f->id[0])
		return fail(c, 0, "no family row");
	if (f->baud_count == 0)
		return fail(c, 0, "no serial row");
	if (!(c->b->bases & 1u << FAM_BASE_SINGLE))
		return fail(c, 0, "no base single");
	if (f->block_count == 0)
		return fail(c, 0, "no block row");
	if (f->probe_count == 0)
		return fail(c, 0, "no probe row");
	const uint32_t parallel_bases = 1u << FAM_BASE_UPS | 1u << FAM_BASE_CONCENTRATOR | 1u << FAM_BASE_UNIT;
	if (f->parallel.length && (c->b->bases & parallel_bases) != parallel_bases)
		return fail(c, c->b->parallel_line, "a parallel system needs base ups, base concentrator and base unit");
	if (c->b->factor_point_line && !f->has_factor)
		return fail(c, c->b->factor_point_line, "factor, and no factor row says when it applies");
	return true;
}

static bool check_conditions(const struct checker *c)
{
	const struct family *f = c->f;
	if (!check_expr(c, c->b->parallel_line, f->parallel, LEVEL_UNIT) || !check_expr(c, 0, f->factor_10, LEVEL_UNIT)
	    || !check_expr(c, 0, f->single_phase_in, LEVEL_UNIT) || !check_expr(c, 0, f->single_phase_out, LEVEL_UNIT))
		return false;
	for (int i = 0; i < f->field_count; i++) {
		const struct fam_field *field = &f->field[i];
		if (!check_word(c, field->line, field->block, field->word + field->words - 1, LEVEL_UNIT))
			return false;
		if (field->scale == FAM_SCALE_FACTOR && !f->has_factor)
			return fail(c, field->line, "factor, and no factor row says when it applies");
	}
	return true;
}

static void mark_used(struct family *f)
{
	uint32_t used = expr_blocks(f, f->parallel) | expr_blocks(f, f->factor_10) | expr_blocks(f, f->single_phase_in)
		| expr_blocks(f, f->single_phase_out);
	for (int i = 0; i < f->field_count; i++)
		used |= 1u << f->field[i].block;
	for (int i = 0; i < f->point_count; i++) {
		const struct fam_point *p = &f->point[i];
		if (!p->enabled || p->words == 0)
			continue;
		used |= 1u << p->block;
		if (p->guard)
			used |= expr_blocks(f, f->guard[p->guard - 1].holds);
	}
	for (int i = 0; i < f->bit_count; i++)
		used |= f->bit[i].enabled ? expr_blocks(f, f->bit[i].when) : 0;
	for (int i = 0; i < f->rule_count; i++)
		used |= f->rule[i].enabled ? expr_blocks(f, f->rule[i].when) : 0;
	for (int i = 0; i < f->block_count; i++)
		f->block[i].used = f->block[i].clock || (used & 1u << i);
	for (int i = 0; i < f->block_count; i++)
		for (int k = 0; k < f->block_count; k++)
			if (f->block[i].used && f->block[k].letter == f->block[i].managed_by)
				f->block[k].used = true;
}

bool check_family(const struct builder *b, const char *name, struct err_at *why)
{
	struct checker c = { b, b->f, name, why };
	if (!check_whole(&c) || !check_blocks(&c) || !check_conditions(&c) || !check_points(&c) || !check_bits(&c) || !check_rules(&c))
		return false;
	mark_used(b->f);
	return true;
}
