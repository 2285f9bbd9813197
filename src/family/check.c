/* What no single row of a map can know: gaps, doubles, overlaps, words that nobody reads.  Also gives each block its place in an
 * image and marks the blocks that are used, and the words that only a guarded row reads. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "family/build.h"
#include "family/view.h"

struct checker {
	const struct builder *b;
	struct family *f;
	const char *name;
	struct fam_faults *faults;
	bool rows_failed;        /* a row that was refused may be the one that is missing */
};

static void fail(const struct checker *c, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void fail(const struct checker *c, int line, const char *format, ...)
{
	char text[sizeof c->faults->list[0].text];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	fault_add(c->faults, c->name, line, text);
}

static bool was_seen(const struct checker *c, enum map_row row)
{
	return c->b->seen & 1u << row;
}

/* ---- blocks ---- */

static void check_place(const struct checker *c, const struct fam_block *block)
{
	const struct fam_bases *bases = &c->f->bases;
	long last_unit = bases->unit + (long)(FAM_UNITS_MAX - 1) * bases->unit_step;
	const struct { int level; long base; } at[] = {
		{ FAM_LEVEL_UNIT, bases->single }, { FAM_LEVEL_UNIT, bases->concentrator }, { FAM_LEVEL_UNIT, last_unit },
		{ FAM_LEVEL_UPS, bases->ups }, { FAM_LEVEL_UPS, bases->ups_else }, { FAM_LEVEL_SYSTEM, bases->system },
	};
	for (size_t i = 0; i < sizeof at / sizeof *at; i++)
		if ((block->levels & at[i].level) && at[i].base + block->offset + block->count > 0x10000) {
			fail(c, block->line, "block %c ends past address 0xFFFF at base 0x%04lX", block->letter, (unsigned long)at[i].base);
			break;
		}
	if (block->rest_address + block->count - block->shorter > 0x10000)
		fail(c, block->line, "the rest of block %c ends past address 0xFFFF", block->letter);
	if ((block->levels & FAM_LEVEL_UPS) && !(c->b->bases & 1u << FAM_BASE_UPS))
		fail(c, block->line, "block %c is of the UPS level, and there is no base ups", block->letter);
}

static void check_managed_by(const struct checker *c, const struct fam_block *block)
{
	if (!block->managed_by)
		return;
	const struct fam_block *by = &c->f->block[build_block(c->b, block->managed_by)];
	if (!by->bits || by->unit_count * fam_word_bits(by) < block->count)
		fail(c, block->line, "block %c has no bit for each of the %d words of block %c", by->letter, block->count, block->letter);
	else if ((by->levels & block->levels) != block->levels && !(by->levels & FAM_LEVEL_SYSTEM))
		fail(c, block->line, "block %c is not read at every level of block %c", by->letter, block->letter);
}

static void check_overlaps(const struct checker *c, int index)
{
	const struct fam_block *block = &c->f->block[index];
	for (int k = 0; k < index; k++) {
		const struct fam_block *other = &c->f->block[k];
		if ((block->levels & other->levels) && block->function == other->function && block->offset < other->offset + other->count
		    && other->offset < block->offset + block->count)
			fail(c, block->line, "block %c overlaps block %c of line %d", block->letter, other->letter, other->line);
	}
}

static void check_blocks(const struct checker *c)
{
	struct family *f = c->f;
	int clocks = f->clock.has != 0;
	for (int i = 0; i < f->block_count; i++) {
		struct fam_block *block = &f->block[i];
		check_place(c, block);
		check_managed_by(c, block);
		check_overlaps(c, i);
		clocks += block->clock;
		if (block->clock && clocks > 1)
			fail(c, block->line, "a second clock");
		block->first = (uint16_t)f->words;
		if (f->words <= FAM_WORDS_MAX && f->words + block->count > FAM_WORDS_MAX)
			fail(c, block->line, "the blocks have more than %d words together", FAM_WORDS_MAX);
		f->words += block->count;
	}
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

/* False when it has been complained about: one complaint a row. */
static bool word_is_read(const struct checker *c, int line, int block_index, int word, enum level level)
{
	const struct fam_block *block = &c->f->block[block_index];
	int words = words_at(block, level);
	const char *at = level == LEVEL_UPS ? "UPS level" : "unit level";
	if (words == 0)
		fail(c, line, "block %c is not read at the %s", block->letter, at);
	else if (word >= words)
		fail(c, line, "block %c has only %d words at the %s", block->letter, words, at);
	return word < words;
}

static bool expr_is_read(const struct checker *c, int line, struct fam_expr expr, enum level level)
{
	for (int i = expr.start; i < expr.start + expr.length; i++) {
		const struct fam_op *op = &c->f->code[i];
		if (op->code <= FAM_OP_MANAGED && !word_is_read(c, line, op->block, op->word, level))
			return false;
	}
	return true;
}

static enum level level_of(enum level level)
{
	return level == LEVEL_UPS ? LEVEL_UPS : LEVEL_UNIT;
}

/* ---- everything once ---- */

static void check_points(const struct checker *c)
{
	int lines[PT_COUNT] = { 0 };
	for (int i = 0; i < c->f->point_count; i++) {
		const struct fam_point *p = &c->f->point[i];
		const struct point_info *info = &point_table[p->point];
		bool read = true;
		for (int t = 0; t < p->terms && read; t++)
			read = word_is_read(c, p->line, p->term[t].block, p->term[t].word + fam_type_words(p->type) - 1, level_of(info->level));
		if (read && p->guard >= 0)
			expr_is_read(c, p->line, c->f->guard[p->guard].holds, level_of(info->level));
		if (!p->enabled)
			continue;
		if (lines[p->point])
			fail(c, p->line, "%s stands already in line %d", info->name, lines[p->point]);
		else
			lines[p->point] = p->line;
	}
	for (int i = 0; i < PT_COUNT; i++)
		if (!lines[i] && !(c->b->named_point[i] && c->rows_failed))
			fail(c, 0, "%s has no row that is enabled: give it one, or name it in an absent row", point_table[i].name);
}

static void check_bits(const struct checker *c)
{
	int lines[BS_COUNT][BITS_MAX] = { 0 };
	for (int i = 0; i < c->f->bit_count; i++) {
		const struct fam_bit *bit = &c->f->bit[i];
		const struct bits_info *info = &bits_table[bit->bits];
		int *line = &lines[bit->bits][bit->bit];
		expr_is_read(c, bit->line, bit->when, level_of(info->level));
		if (!bit->enabled)
			continue;
		if (*line)
			fail(c, bit->line, "bit %d of %s stands already in line %d", bit->bit, info->name, *line);
		else
			*line = bit->line;
	}
	for (int i = 0; i < BS_COUNT; i++)
		for (int n = 0; n < bits_table[i].count; n++)
			if (!lines[i][n] && !(c->b->named_bit[i][n] && c->rows_failed))
				fail(c, 0, "bit %d \"%s\" of %s has no row that is enabled: give it one, or name it in an absent row", n,
					bits_table[i].bit[n].text, bits_table[i].name);
}

struct rule_list {
	int line[STATE_MAX + 1];         /* of the enabled row of each state */
	bool condition[STATE_MAX + 1];   /* it has one: an otherwise may give the same state */
	int otherwise, conditions, last;
	bool bad;                        /* complained about already */
};

static void check_rule(const struct checker *c, const struct fam_rule *rule, struct rule_list *list)
{
	const struct state_info *info = &state_table[rule->state_object];
	expr_is_read(c, rule->line, rule->when, level_of(info->level));
	if (!rule->enabled)
		return;
	if (list->line[rule->value] && !(rule->otherwise && list->condition[rule->value])) {
		fail(c, rule->line, "state %d of %s stands already in line %d", rule->value, info->name, list->line[rule->value]);
		list->bad = true;
		return;
	}
	list->line[rule->value] = rule->line;
	bool absent = !rule->otherwise && rule->when.length == 0;
	if (absent)
		return;
	if (list->otherwise) {
		fail(c, rule->line, "%s: this row is never reached, the otherwise of line %d comes first", info->name, list->otherwise);
		list->bad = true;
	}
	list->otherwise = rule->otherwise ? rule->line : list->otherwise;
	list->condition[rule->value] = !rule->otherwise;
	list->conditions += !rule->otherwise;
	list->last = rule->line;
}

static void check_rules(const struct checker *c)
{
	struct rule_list lists[ST_COUNT] = { 0 };
	for (int i = 0; i < c->f->rule_count; i++)
		check_rule(c, &c->f->rule[i], &lists[c->f->rule[i].state_object]);
	for (int i = 0; i < ST_COUNT; i++) {
		const struct state_info *info = &state_table[i];
		if (i == ST_DEVICE_STATUS || i == ST_ALARMS || lists[i].bad || (c->b->named_state[i] && c->rows_failed))
			continue;
		for (int n = 1; n <= info->count; n++)
			if (!lists[i].line[n])
				fail(c, 0, "state %d \"%s\" of %s has no row that is enabled: give it one, or name it in an absent row", n,
					info->state[n].text, info->name);
		if (lists[i].conditions && !lists[i].otherwise)
			fail(c, lists[i].last, "%s: the last row must be otherwise", info->name);
		if (lists[i].otherwise && !lists[i].conditions)
			fail(c, lists[i].otherwise, "%s: an otherwise alone says nothing, name the object in an absent row", info->name);
	}
}

/* ---- the family as a whole ---- */

static void check_whole(const struct checker *c)
{
	const struct family *f = c->f;
	if (!was_seen(c, ROW_FAMILY))
		fail(c, 0, "no family row");
	if (!was_seen(c, ROW_SERIAL) && !was_seen(c, ROW_TCP))
		fail(c, 0, "no serial row, and no tcp row");
	if (!(c->b->bases & 1u << FAM_BASE_SINGLE))
		fail(c, 0, "no base single");
	if (!was_seen(c, ROW_BLOCK))
		fail(c, 0, "no block row");
	if (!was_seen(c, ROW_PROBE))
		fail(c, 0, "no probe row");
	const uint32_t parallel_bases = 1u << FAM_BASE_UPS | 1u << FAM_BASE_CONCENTRATOR | 1u << FAM_BASE_UNIT;
	if (f->parallel.length && (c->b->bases & parallel_bases) != parallel_bases)
		fail(c, c->b->parallel_line, "a parallel system needs base ups, base concentrator and base unit");
	if (c->b->factor_point_line && !f->has_factor)
		fail(c, c->b->factor_point_line, "factor, and no factor row says when it applies");
}

static void check_conditions(const struct checker *c)
{
	const struct family *f = c->f;
	expr_is_read(c, c->b->parallel_line, f->parallel, LEVEL_UNIT);
	expr_is_read(c, c->b->factor_line, f->factor_10, LEVEL_UNIT);
	expr_is_read(c, c->b->single_in_line, f->single_phase_in, LEVEL_UNIT);
	expr_is_read(c, c->b->single_out_line, f->single_phase_out, LEVEL_UNIT);
	for (int i = 0; i < f->field_count; i++) {
		const struct fam_field *field = &f->field[i];
		word_is_read(c, field->line, field->term.block, field->term.word + field->words - 1, LEVEL_UNIT);
		if (field->scale == FAM_SCALE_FACTOR && !f->has_factor)
			fail(c, field->line, "factor, and no factor row says when it applies");
	}
	for (int i = 0; i < FAM_CLOCK_PARTS; i++)
		if (f->clock.has & 1u << i)
			word_is_read(c, f->clock.line, f->clock.term[i].block, f->clock.term[i].word + (f->clock.wide >> i & 1), LEVEL_UNIT);
}

/* ---- what is derived ---- */

static uint32_t point_blocks(const struct family *f, const struct fam_point *p)
{
	uint32_t blocks = p->guard >= 0 ? expr_blocks(f, f->guard[p->guard].holds) : 0;
	for (int i = 0; i < p->terms; i++)
		blocks |= 1u << p->term[i].block;
	return blocks;
}

static void mark_used(struct family *f)
{
	uint32_t used = expr_blocks(f, f->parallel) | expr_blocks(f, f->factor_10) | expr_blocks(f, f->single_phase_in)
		| expr_blocks(f, f->single_phase_out);
	for (int i = 0; i < f->field_count; i++)
		used |= 1u << f->field[i].term.block;
	for (int i = 0; i < FAM_CLOCK_PARTS; i++)
		used |= f->clock.has & 1u << i ? 1u << f->clock.term[i].block : 0;
	for (int i = 0; i < f->point_count; i++)
		used |= f->point[i].enabled ? point_blocks(f, &f->point[i]) : 0;
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

/* The guard of the enabled row that makes a point of this word, -1: none, or a row that believes it anyway does so too. */
static int8_t guard_of(const struct family *f, int block, int word)
{
	int8_t guard = -1;
	for (int i = 0; i < f->point_count; i++) {
		const struct fam_point *p = &f->point[i];
		for (int t = 0; t < p->terms && p->enabled; t++) {
			if (p->term[t].block != block || word < p->term[t].word || word >= p->term[t].word + fam_type_words(p->type))
				continue;
			if (p->guard < 0)
				return -1;
			guard = p->guard;
		}
	}
	return guard;
}

static void mark_guarded(struct family *f, struct fam_expr expr)
{
	for (int i = expr.start; i < expr.start + expr.length; i++)
		if (f->code[i].code <= FAM_OP_MANAGED)
			f->code[i].guard = guard_of(f, f->code[i].block, f->code[i].word);
}

void check_family(const struct builder *b, const char *name, struct fam_faults *faults)
{
	struct checker c = { b, b->f, name, faults, faults->count > 0 };
	check_whole(&c);
	check_blocks(&c);
	check_conditions(&c);
	check_points(&c);
	check_bits(&c);
	check_rules(&c);
	mark_used(b->f);
	for (int i = 0; i < b->f->bit_count; i++)
		mark_guarded(b->f, b->f->bit[i].when);
	for (int i = 0; i < b->f->rule_count; i++)
		mark_guarded(b->f, b->f->rule[i].when);
}
