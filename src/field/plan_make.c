/* Which tables are read. */
#include "field/plan.h"

static bool expr_uses(const struct family *f, struct fam_expr e, int block)
{
	for (int i = e.start; i < e.start + e.length; i++) {
		const struct fam_op *op = &f->code[i];
		if ((op->code == FAM_OP_BIT || op->code == FAM_OP_IN || op->code == FAM_OP_MANAGED) && op->block == block)
			return true;
	}
	return false;
}

static bool is_of_states(const struct family *f, int block)
{
	for (int i = 0; i < f->rule_count; i++)
		if (f->rule[i].enabled && expr_uses(f, f->rule[i].when, block))
			return true;
	return false;
}

static bool is_of_battery(const struct family *f, int block)
{
	for (int i = 0; i < f->point_count; i++) {
		const struct fam_point *p = &f->point[i];
		bool battery = p->enabled && p->point >= PT_BATTERY_V_PLUS && p->point <= PT_BATTERY_TMP;
		for (int t = 0; battery && t < p->terms; t++)
			if (p->term[t].block == block)
				return true;
	}
	return false;
}

/* The same words as an earlier read, which then serves both. */
static bool fold(struct plan_read *other, const struct plan_read *r)
{
	if (other->function != r->function || other->address != r->address || other->offset != r->offset || other->rate > r->rate)
		return false;
	if (other->block == r->block) {
		other->levels |= r->levels;
		if (r->full > other->full)       /* the longer one says all that the other says */
			other->count = other->full = r->full;
		return true;
	}
	if (r->offset || r->full > other->full || (other->also && other->also != r->block + 1))
		return false;
	other->also = (uint8_t)(r->block + 1);
	other->also_levels |= r->levels;
	other->optional &= r->optional;
	other->of_states |= r->of_states;
	other->of_battery |= r->of_battery;
	return true;
}

static void add(struct plan *p, struct plan_read r)
{
	for (int i = 0; i < p->reads; i++)
		if (fold(&p->read[i], &r))
			return;
	if (p->reads < PLAN_READS_MAX)           /* the loader allows FAM_BLOCKS_MAX blocks */
		p->read[p->reads++] = r;
}

static void add_block(struct plan *p, int b, enum level level, enum ups_system system, uint8_t unit_number)
{
	const struct family *f = p->conf.family;
	const struct fam_block *block = &f->block[b];
	uint8_t words = family_block_words(block, level, system);
	struct plan_read r = {
		.function = block->function, .address = family_address(f, block, level, system, unit_number),
		.count = words, .full = words, .block = (uint8_t)b, .levels = (uint8_t)(1 << level), .rate = (uint8_t)block->rate,
		.optional = block->optional, .of_states = is_of_states(f, b), .of_battery = is_of_battery(f, b),
	};
	add(p, r);
	if (!block->shorter || !block->rest_address || block->shorter >= words)
		return;
	r.address = block->rest_address;
	r.offset = block->shorter;
	r.count = r.full = (uint8_t)(words - block->shorter);
	r.state = PLAN_OFF;
	add(p, r);
}

static void add_blocks(struct plan *p, enum fam_rate rate)
{
	const struct plan_conf *c = &p->conf;
	for (int b = 0; b < c->family->block_count; b++) {
		const struct fam_block *block = &c->family->block[b];
		if (block->rate != rate || !block->used)
			continue;
		if (c->system == SYSTEM_PARALLEL && block->levels & FAM_LEVEL_UPS)
			add_block(p, b, LEVEL_UPS, c->system, c->unit_number);
		if (block->levels & (FAM_LEVEL_UNIT | FAM_LEVEL_SYSTEM))
			add_block(p, b, LEVEL_UNIT, c->system, c->unit_number);
	}
}

/* The words that tell the system, where a single unit has them. */
static void add_telling(struct plan *p)
{
	const struct family *f = p->conf.family;
	for (int b = 0; b < f->block_count; b++) {
		const struct fam_block *block = &f->block[b];
		if (!expr_uses(f, f->parallel, b))
			continue;
		uint8_t words = family_block_words(block, LEVEL_UNIT, SYSTEM_SINGLE);
		add(p, (struct plan_read){
			.function = block->function, .address = family_address(f, block, LEVEL_UNIT, SYSTEM_SINGLE, 0),
			.count = words, .full = words, .block = (uint8_t)b, .levels = PLAN_TELLS, .rate = FAM_RARE, .optional = block->optional,
		});
	}
}

void plan_make(struct plan *p, const struct plan_conf *conf)
{
	*p = (struct plan){ .conf = *conf, .changed = -1 };
	if (conf->system != SYSTEM_UNKNOWN) {
		add_blocks(p, FAM_FAST);
		p->fasts = p->reads;
		add_blocks(p, FAM_TURN);
		add_blocks(p, FAM_RARE);
	}
	int before = p->reads;
	add_telling(p);
	for (int i = before; i < p->reads && conf->system != SYSTEM_UNKNOWN; i++)
		p->read[i].rate = FAM_TURN;      /* not one of the tables above: looked at as often as measurements */
}
