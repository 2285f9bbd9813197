/* Words -> points, bits and states. */
#include <assert.h>

#include "family/build.h"
#include "family/view.h"

/* ---- points ---- */

/* What all points of one level share. */
struct point_context {
	struct view view;
	enum fam_truth factor_10, single_in, single_out;
	enum fam_truth guard[GUARDS_MAX];
};

static bool is_absent(const struct fam_point *p, uint16_t raw)
{
	for (int i = 0; i < p->absents; i++)
		if (p->absent[i] == raw)
			return true;
	return false;
}

static bool phase_is_missing(const struct point_context *c, enum phase phase)
{
	return (phase == PHASE_OUTPUT_3 && c->single_out == FAM_TRUE) || (phase == PHASE_INPUT_3 && c->single_in == FAM_TRUE);
}

/* Is it published, and with which quality?  *sum gets the raw words together. */
static enum quality point_raw(const struct point_context *c, const struct fam_point *p, bool stale, int32_t *sum)
{
	bool any = false;
	int by = view_managers(c->view.f, p->block);
	struct words managers = by >= 0 ? view_block(&c->view, by) : (struct words){ 0 };
	*sum = 0;
	for (int i = 0; i < p->words; i++) {
		uint16_t raw;
		if (!view_word(&c->view, p->block, p->word[i], &raw))
			continue;        /* the UPS has the shorter table only */
		enum fam_truth managed = view_managed(&c->view, p->block, p->word[i]);
		if (managed == FAM_UNKNOWN && (!managers.block || !managers.block->refused))
			return QUALITY_NOT_READ;
		if (managed == FAM_FALSE || (managed == FAM_UNKNOWN && p->guard) || is_absent(p, raw))
			continue;
		*sum += p->is_signed ? (int16_t)raw : raw;
		any = true;
	}
	if (!any)
		return QUALITY_ABSENT;
	if (p->guard && c->guard[p->guard - 1] != FAM_TRUE)
		return c->guard[p->guard - 1] == FAM_FALSE ? QUALITY_ABSENT : QUALITY_NOT_READ;
	if (p->scale == FAM_SCALE_FACTOR && c->factor_10 == FAM_UNKNOWN)
		return QUALITY_NOT_READ;
	return stale ? QUALITY_STALE : QUALITY_GOOD;
}

/* Rounded to the nearest, halves away from zero; exact wherever `over` divides. */
static int32_t scaled(int32_t raw, int32_t multiply, int32_t divide)
{
	int64_t value = (int64_t)raw * multiply;
	if (divide < 0) {
		value = -value;
		divide = -divide;
	}
	value = value < 0 ? (value - divide / 2) / divide : (value + divide / 2) / divide;
	return value > INT32_MAX ? INT32_MAX : value < -INT32_MAX ? -INT32_MAX : (int32_t)value;
}

static struct ups_value point_value(const struct point_context *c, const struct fam_point *p)
{
	const struct point_info *info = &point_table[p->point];
	struct ups_value out = { .value = -1, .quality = QUALITY_NOT_MANAGED, .decimals = p->decimals };
	if (info->decimals != DECIMALS_FREE)
		out.decimals = info->decimals;
	else if (p->scale == FAM_SCALE_FACTOR)
		out.decimals = c->factor_10 == FAM_TRUE;
	if (p->words == 0)
		return out;
	struct words w = view_block(&c->view, p->block);
	if (!w.block || w.block->got == 0) {
		bool no_table = w.block && w.block->refused && c->view.f->block[p->block].optional;
		out.quality = (uint8_t)(no_table ? QUALITY_ABSENT : QUALITY_NOT_READ);
		return out;
	}
	int32_t sum = 0;
	out.quality = (uint8_t)(phase_is_missing(c, info->phase) ? QUALITY_ABSENT : point_raw(c, p, w.block->stale, &sum));
	if (out.quality != QUALITY_NOT_READ)
		out.at = w.block->at;
	if (out.quality == QUALITY_GOOD || out.quality == QUALITY_STALE)
		out.value = scaled(sum, p->multiply, p->divide);
	return out;
}

static void point_context_fill(struct point_context *c, const struct view *v, uint32_t *implausible)
{
	const struct family *f = v->f;
	struct view unit = *v;
	unit.level = LEVEL_UNIT;
	c->view = *v;
	c->factor_10 = view_truth(&unit, f->factor_10);
	c->single_in = view_truth(&unit, f->single_phase_in);
	c->single_out = view_truth(&unit, f->single_phase_out);
	for (int i = 0; i < f->guard_count; i++) {
		c->guard[i] = view_truth(v, f->guard[i].holds);
		if (c->guard[i] == FAM_FALSE)
			*implausible |= 1u << i;
	}
}

static void decode_points(const struct view *ups, const struct view *unit, enum ups_system system, struct snapshot *out,
	uint32_t *implausible)
{
	struct point_context unit_context, ups_context;
	point_context_fill(&unit_context, unit, implausible);
	if (system == SYSTEM_PARALLEL)
		point_context_fill(&ups_context, ups, implausible);
	for (int i = 0; i < unit->f->point_count; i++) {
		const struct fam_point *p = &unit->f->point[i];
		if (!p->enabled)
			continue;
		struct ups_value *value = &out->point[p->point];
		if (point_table[p->point].level != LEVEL_UPS || system == SYSTEM_PARALLEL) {
			*value = point_value(point_table[p->point].level == LEVEL_UPS ? &ups_context : &unit_context, p);
			continue;
		}
		*value = point_value(&unit_context, &(struct fam_point){ .point = p->point, .decimals = p->decimals });
		value->quality = system == SYSTEM_SINGLE || p->words == 0 ? QUALITY_NOT_MANAGED : QUALITY_NOT_READ;
	}
}

static_assert(PT_UNIT_OUTPUT_PF3 - PT_UNIT_OUTPUT_LR == PT_UPS_OUTPUT_PF3 - PT_UPS_OUTPUT_LR, "the two levels list the same output values");

static void copy_output_to_unit(struct snapshot *out)
{
	for (int i = PT_UPS_OUTPUT_LR; i <= PT_UPS_OUTPUT_PF3; i++)
		out->point[PT_UNIT_OUTPUT_LR + i - PT_UPS_OUTPUT_LR] = out->point[i];
}

/* ---- bits and states ---- */

static struct ups_bits bits_of(const struct view *v, enum bits_id id)
{
	struct ups_bits out = { 0 };
	uint32_t blocks = 0;
	for (int i = 0; i < v->f->bit_count; i++) {
		const struct fam_bit *bit = &v->f->bit[i];
		if (bit->bits != id || !bit->enabled || bit->when.length == 0)
			continue;
		blocks |= expr_blocks(v->f, bit->when);
		if (view_truth(v, bit->when) == FAM_TRUE)
			out.value |= 1u << bit->bit;
	}
	struct quality_at q = blocks ? view_quality(v, blocks) : (struct quality_at){ QUALITY_NOT_MANAGED, { 0 } };
	out.quality = q.quality;
	out.at = q.at;
	if (q.quality == QUALITY_NOT_READ)
		out.value = 0;
	return out;
}

/* *order gets the place of the row that fired, so that two levels can be compared: the first row is the worst. */
static struct ups_state state_of(const struct view *v, enum state_id id, int *order)
{
	struct ups_state out = { .value = state_table[id].fallback, .quality = QUALITY_NOT_MANAGED };
	uint32_t blocks = 0;
	int fired = -1;
	for (int i = 0; i < v->f->rule_count; i++) {
		const struct fam_rule *rule = &v->f->rule[i];
		if (rule->state_object != id || !rule->enabled || (!rule->otherwise && rule->when.length == 0))
			continue;
		blocks |= expr_blocks(v->f, rule->when);
		if (fired < 0 && (rule->otherwise || view_truth(v, rule->when) == FAM_TRUE))
			fired = i;
	}
	*order = fired;
	if (fired < 0)
		return out;
	struct quality_at q = view_quality(v, blocks);
	out.quality = q.quality;
	out.at = q.at;
	if (q.quality != QUALITY_NOT_READ)
		out.value = v->f->rule[fired].value;
	return out;
}

/* The value of level COMMON: the worse of the unit's and, in a parallel system, the UPS's.  A UPS that has no tables of the UPS level
 * leaves the unit's alone. */
static struct ups_state worst_of(const struct view *ups, const struct view *unit, enum ups_system system, enum state_id id)
{
	int unit_order, ups_order;
	struct ups_state a = state_of(unit, id, &unit_order);
	if (system != SYSTEM_PARALLEL || a.quality == QUALITY_NOT_READ || a.quality == QUALITY_NOT_MANAGED)
		return a;
	struct ups_state b = state_of(ups, id, &ups_order);
	if (b.quality == QUALITY_NOT_READ)
		return a;
	if (ups_order < unit_order)
		a.value = b.value;
	if (b.quality == QUALITY_STALE)
		a.quality = b.quality;
	if (mono_ns_between(b.at, a.at) > 0)
		a.at = b.at;
	return a;
}

static void decode_bits(const struct view *ups, const struct view *unit, enum ups_system system, struct snapshot *out)
{
	for (int i = 0; i < BS_COUNT; i++) {
		bool of_unit = bits_table[i].level != LEVEL_UPS;
		if (of_unit || system == SYSTEM_PARALLEL)
			out->bits[i] = bits_of(of_unit ? unit : ups, i);
		else
			out->bits[i] = (struct ups_bits){ .quality = system == SYSTEM_SINGLE ? QUALITY_NOT_MANAGED : QUALITY_NOT_READ };
	}
}

static void decode_states(const struct view *ups, const struct view *unit, enum ups_system system, struct snapshot *out)
{
	int order;
	for (int i = 0; i < ST_COUNT; i++) {
		if (i == ST_DEVICE_STATUS)
			continue;
		if (state_table[i].level == LEVEL_COMMON)
			out->state[i] = worst_of(ups, unit, system, i);
		else if (state_table[i].level == LEVEL_UNIT || system == SYSTEM_PARALLEL)
			out->state[i] = state_of(state_table[i].level == LEVEL_UNIT ? unit : ups, i, &order);
		else
			out->state[i] = (struct ups_state){ .value = state_table[i].fallback,
				.quality = system == SYSTEM_SINGLE ? QUALITY_NOT_MANAGED : QUALITY_NOT_READ };
	}
}

void family_decode(const struct family *f, const struct fam_image *image, uint8_t unit_number, struct snapshot *out, uint32_t *implausible)
{
	uint32_t ignored = 0;
	uint32_t *groups = implausible ? implausible : &ignored;
	*groups = 0;
	enum ups_system system = family_system(f, image);
	bool concentrator = system == SYSTEM_PARALLEL && unit_number == 0;
	struct view unit = { f, image, LEVEL_UNIT, concentrator }, ups = { f, image, LEVEL_UPS, concentrator };
	identity_decode(&unit, system, &out->identity);
	clock_decode(&unit, &out->clock);
	decode_points(&ups, &unit, system, out, groups);
	if (concentrator)
		copy_output_to_unit(out);
	decode_states(&ups, &unit, system, out);
	decode_bits(&ups, &unit, system, out);
}
