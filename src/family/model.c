/* A family as a value: its end, where its tables stand, what its probes and conditions ask for. */
#include <stdlib.h>
#include <string.h>

#include "family/view.h"

void family_free(struct family *f)
{
	if (!f)
		return;
	free(f->block);
	free(f->model);
	free(f->field);
	free(f->point);
	free(f->bit);
	free(f->rule);
	free(f->guard);
	free(f->code);
	free(f);
}

uint32_t expr_blocks(const struct family *f, struct fam_expr expr)
{
	uint32_t blocks = 0;
	for (int i = expr.start; i < expr.start + expr.length; i++) {
		const struct fam_op *op = &f->code[i];
		if (op->code > FAM_OP_MANAGED)
			continue;
		blocks |= 1u << op->block;
		for (int k = 0; k < f->block_count; k++)
			if (f->block[k].letter == f->block[op->block].managed_by)
				blocks |= 1u << k;
	}
	return blocks;
}

void family_set_unit_step(struct family *f, uint16_t step)
{
	f->bases.unit = step;
	f->bases.unit_step = step;
}

uint8_t family_block_words(const struct fam_block *block, enum level level, enum ups_system system)
{
	return level == LEVEL_UPS && system == SYSTEM_PARALLEL ? block->count : block->unit_count;
}

uint16_t family_address(const struct family *f, const struct fam_block *block, enum level level, enum ups_system system,
	uint8_t unit_number)
{
	const struct fam_bases *bases = &f->bases;
	uint32_t base;
	if (block->levels & FAM_LEVEL_SYSTEM)
		base = bases->system;
	else if (level == LEVEL_UPS)
		base = bases->ups;
	else if (system != SYSTEM_PARALLEL)
		base = bases->single;
	else if (unit_number == 0)
		base = bases->concentrator;
	else
		base = bases->unit + (unit_number - 1u) * bases->unit_step;
	return (uint16_t)(base + block->offset);
}

bool family_elsewhere(const struct family *f, const struct fam_block *block, enum level level, uint8_t unit_number, uint16_t address,
	uint16_t *other)
{
	const struct fam_bases *bases = &f->bases;
	if (level != LEVEL_UPS || unit_number == 0 || block->levels & FAM_LEVEL_SYSTEM || bases->ups_else == bases->ups)
		return false;
	if (address != (uint16_t)(bases->ups + block->offset))
		return false;
	*other = (uint16_t)(bases->ups_else + block->offset);
	return true;
}

static bool match_holds(const struct fam_match *m, const uint16_t *words)
{
	if (!m->text[0])
		return words[m->word] >= m->low && words[m->word] <= m->high;
	for (int i = 0; m->text[i]; i++) {
		uint16_t word = words[m->word + i / 2];
		if ((uint8_t)m->text[i] != (i % 2 ? word & 0xFF : word >> 8))
			return false;
	}
	return true;
}

bool family_probe_matches(const struct fam_probe *p, const uint16_t *words, int count)
{
	if (count < p->count)
		return false;
	for (int i = 0; i < p->matches; i++)
		if (!match_holds(&p->match[i], words))
			return false;
	return true;
}

const char *fam_managed_text(enum fam_managed managed)
{
	switch (managed) {
	case FAM_MANAGED_YES:    return "yes";
	case FAM_MANAGED_NO:     return "no";
	case FAM_MANAGED_OPTION: return "option";
	}
	return "yes";
}
