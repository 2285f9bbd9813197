/* The words of a UPS seen from one level, and the conditions over them in three-valued logic. */
#include "family/view.h"

#include <assert.h>

#include "family/build.h"

static bool same_place(const struct view *v, const struct fam_block *block)
{
	return family_address(v->f, block, LEVEL_UPS, SYSTEM_PARALLEL, 0) == family_address(v->f, block, LEVEL_UNIT, SYSTEM_PARALLEL, 0);
}

struct words view_block(const struct view *v, int index)
{
	const struct fam_block *block = &v->f->block[index];
	enum level level = block->levels & FAM_LEVEL_SYSTEM ? LEVEL_UNIT : v->level;
	bool both = block->levels == (FAM_LEVEL_UNIT | FAM_LEVEL_UPS);
	if (!(block->levels & (level == LEVEL_UPS ? FAM_LEVEL_UPS : FAM_LEVEL_UNIT | FAM_LEVEL_SYSTEM)))
		return (struct words){ 0 };
	if (v->concentrator && both && v->image->level[level].block[index].got == 0) {
		enum level other = level == LEVEL_UPS ? LEVEL_UNIT : LEVEL_UPS;
		bool refused = v->image->level[level].block[index].refused;
		if (v->image->level[other].block[index].got > 0 && (refused || same_place(v, block)))
			level = other;
	}
	return (struct words){ &v->image->level[level].block[index], &v->image->level[level].word[block->first] };
}

bool view_word(const struct view *v, int index, int word, uint16_t *value)
{
	struct words w = view_block(v, index);
	if (!w.block || w.block->got == 0 || (word >= w.block->got && !w.block->rest_got))
		return false;
	*value = w.word[word];
	return true;
}

int view_managers(const struct family *f, int index)
{
	for (int i = 0; f->block[index].managed_by && i < f->block_count; i++)
		if (f->block[i].letter == f->block[index].managed_by)
			return i;
	return -1;
}

enum fam_truth view_managed(const struct view *v, int index, int word)
{
	int by = view_managers(v->f, index);
	uint16_t bits;
	if (by < 0)
		return FAM_TRUE;
	int per_word = fam_word_bits(&v->f->block[by]);
	if (!view_word(v, by, word / per_word, &bits))
		return FAM_UNKNOWN;
	return bits & 1u << word % per_word ? FAM_TRUE : FAM_FALSE;
}

/* ---- conditions ---- */

static enum fam_truth truth(bool yes)
{
	return yes ? FAM_TRUE : FAM_FALSE;
}

static enum fam_truth not_truth(enum fam_truth a)
{
	return a == FAM_UNKNOWN ? FAM_UNKNOWN : truth(a == FAM_FALSE);
}

static enum fam_truth and_truth(enum fam_truth a, enum fam_truth b)
{
	if (a == FAM_FALSE || b == FAM_FALSE)
		return FAM_FALSE;
	return a == FAM_TRUE && b == FAM_TRUE ? FAM_TRUE : FAM_UNKNOWN;
}

enum fam_truth family_word_in(const struct fam_op *op, uint16_t word)
{
	if (word == 0xFFFF && !op->is_signed && !op->names_ones)
		return FAM_UNKNOWN;
	int32_t value = op->is_signed ? (int16_t)word : fam_part_get(word, op->part);
	return truth(value >= op->low && value <= op->high);
}

static bool is_believed(const struct view *v, const struct fam_op *op)
{
	return op->guard < 0 || !v->guard || v->guard[op->guard] == FAM_TRUE;
}

static enum fam_truth leaf(const struct view *v, const struct fam_op *op)
{
	uint16_t word;
	if (!view_word(v, op->block, op->word, &word) || !is_believed(v, op))
		return FAM_UNKNOWN;
	if (op->code == FAM_OP_BIT)
		return word == 0xFFFF ? FAM_UNKNOWN : truth(word & 1u << op->bit);
	enum fam_truth managed = view_managed(v, op->block, op->word);
	if (op->code == FAM_OP_MANAGED)
		return and_truth(managed, truth(word != 0xFFFF));
	return managed == FAM_FALSE ? FAM_UNKNOWN : family_word_in(op, word);      /* not managed: its content means nothing */
}

bool view_doubts(const struct view *v, struct fam_expr expr)
{
	for (int i = expr.start; i < expr.start + expr.length; i++) {
		const struct fam_op *op = &v->f->code[i];
		uint16_t word;
		if (op->code > FAM_OP_MANAGED || !view_word(v, op->block, op->word, &word))
			continue;
		const struct fam_block *block = &v->f->block[op->block];
		if (block->bits && word == 0xFFFF && (!block->shorter || op->word < block->shorter))
			return true;
		if (!is_believed(v, op) && v->guard[op->guard] == FAM_FALSE && view_managed(v, op->block, op->word) == FAM_TRUE)
			return true;
	}
	return false;
}

enum fam_truth view_truth(const struct view *v, struct fam_expr expr)
{
	enum fam_truth stack[EXPR_DEPTH_MAX];
	int n = 0;
	if (expr.length == 0)
		return FAM_FALSE;
	for (int i = expr.start; i < expr.start + expr.length; i++) {
		const struct fam_op *op = &v->f->code[i];
		switch ((enum fam_opcode)op->code) {
		case FAM_OP_BIT:
		case FAM_OP_IN:
		case FAM_OP_MANAGED:
			assert(n < EXPR_DEPTH_MAX);
			stack[n++] = leaf(v, op);
			break;
		case FAM_OP_NOT:
			stack[n - 1] = not_truth(stack[n - 1]);
			break;
		case FAM_OP_AND:
			n--;
			stack[n - 1] = and_truth(stack[n - 1], stack[n]);
			break;
		case FAM_OP_OR:          /* a or b is not (not a and not b) */
			n--;
			stack[n - 1] = not_truth(and_truth(not_truth(stack[n - 1]), not_truth(stack[n])));
			break;
		}
	}
	return stack[0];
}

enum fam_truth family_truth(const struct family *f, struct fam_expr expr, const struct fam_image *image, enum level level)
{
	return view_truth(&(struct view){ f, image, level, false, NULL }, expr);
}

enum ups_system family_system(const struct family *f, const struct fam_image *image)
{
	if (image->system != SYSTEM_UNKNOWN)
		return image->system;
	switch (family_truth(f, f->parallel, image, LEVEL_UNIT)) {
	case FAM_FALSE:   return SYSTEM_SINGLE;
	case FAM_TRUE:    return SYSTEM_PARALLEL;
	case FAM_UNKNOWN: break;
	}
	return SYSTEM_UNKNOWN;
}

/* ---- how good is what came out of several blocks? ---- */

struct quality_at view_quality(const struct view *v, uint32_t blocks, bool doubted)
{
	bool missing = false, stale[3] = { false }, read[3] = { false };
	struct mono oldest[3] = { { 0 } };
	for (int i = 0; i < v->f->block_count; i++) {
		if (!(blocks & 1u << i))
			continue;
		const struct fam_block *block = &v->f->block[i];
		struct words w = view_block(v, i);
		if (!w.block || w.block->got == 0) {
			missing |= !block->optional;
			continue;
		}
		stale[block->rate] |= w.block->stale;
		if (!read[block->rate] || mono_ns_between(w.block->at, oldest[block->rate]) > 0)
			oldest[block->rate] = w.block->at;
		read[block->rate] = true;
	}
	if (missing || !(read[FAM_FAST] || read[FAM_TURN] || read[FAM_RARE]))
		return (struct quality_at){ QUALITY_NOT_READ, { 0 } };
	bool often = read[FAM_FAST] || read[FAM_TURN];
	bool old = often ? stale[FAM_FAST] || stale[FAM_TURN] : stale[FAM_RARE];
	enum fam_rate rate = read[FAM_FAST] ? FAM_FAST : read[FAM_TURN] ? FAM_TURN : FAM_RARE;
	return (struct quality_at){ old || doubted ? QUALITY_STALE : QUALITY_GOOD, oldest[rate] };
}
