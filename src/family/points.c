/* Words -> points. */
#include <assert.h>
#include <stddef.h>

#include "family/build.h"
#include "family/view.h"

/* What all points of one level share. */
struct point_context {
	struct view view;
	enum fam_truth factor_10, single_in, single_out;
};

static bool phase_is_missing(const struct point_context *c, enum phase phase)
{
	return (phase == PHASE_OUTPUT_3 && c->single_out == FAM_TRUE) || (phase == PHASE_INPUT_3 && c->single_in == FAM_TRUE);
}

/* What the words of a point make together, and how fresh they are. */
struct reading {
	double number;
	bool stale;
	struct mono at;          /* of the oldest table */
};

enum term_state { TERM_UNREAD, TERM_ABSENT, TERM_THERE };

static enum term_state term_read(const struct view *v, const struct fam_point *p, const struct fam_term *t, struct reading *r, double *number)
{
	uint16_t words[2] = { 0 };
	struct words w = view_block(v, t->block);
	if (!w.block || w.block->got == 0)
		return w.block && w.block->refused && v->f->block[t->block].optional ? TERM_ABSENT : TERM_UNREAD;
	r->stale |= w.block->stale;
	if (!mono_is_set(r->at) || mono_ns_between(w.block->at, r->at) > 0)
		r->at = w.block->at;
	for (int i = 0; i < fam_type_words(p->type); i++)
		if (!view_word(v, t->block, t->word + i, &words[i]))
			return TERM_ABSENT;      /* the UPS has the shorter table only */
	enum fam_truth managed = view_managed(v, t->block, t->word);
	if (managed == FAM_UNKNOWN) {
		struct words managers = view_block(v, view_managers(v->f, t->block));
		if (!managers.block || !managers.block->refused)
			return TERM_UNREAD;
		managed = p->guard >= 0 ? FAM_FALSE : FAM_TRUE;
	}
	return managed == FAM_TRUE && family_number_get(p, t, words, number) ? TERM_THERE : TERM_ABSENT;
}

/* Is it published, and with which quality? */
static enum quality point_read(const struct point_context *c, const struct fam_point *p, struct reading *r)
{
	int there = 0;
	*r = (struct reading){ .number = p->product };
	for (int i = 0; i < p->terms; i++) {
		double number;
		enum term_state state = term_read(&c->view, p, &p->term[i], r, &number);
		if (state == TERM_UNREAD)
			return QUALITY_NOT_READ;
		if (state == TERM_ABSENT)
			continue;
		r->number = p->product ? r->number * number : r->number + number;
		there++;
	}
	if (there == 0 || (p->product && there < p->terms) || phase_is_missing(c, point_table[p->point].phase))
		return QUALITY_ABSENT;
	enum fam_truth believed = p->guard >= 0 ? c->view.guard[p->guard] : FAM_TRUE;
	if (believed != FAM_TRUE)
		return believed == FAM_FALSE ? QUALITY_ABSENT : QUALITY_NOT_READ;
	if (p->scale == FAM_SCALE_FACTOR && c->factor_10 == FAM_UNKNOWN)
		return QUALITY_NOT_READ;
	return r->stale ? QUALITY_STALE : QUALITY_GOOD;
}

/* Rounded to the nearest, halves away from zero; exact for all words of 16 bits and wherever `over` divides. */
static int32_t scaled(double number, const struct fam_point *p)
{
	double value = (number + p->offset) * p->multiply / p->divide;
	if (value >= INT32_MAX)
		return INT32_MAX;
	if (value <= -INT32_MAX)
		return -INT32_MAX;
	int32_t whole = (int32_t)value;
	double rest = value - whole;
	return rest >= 0.5 ? whole + 1 : rest <= -0.5 ? whole - 1 : whole;
}

static struct ups_value point_value(const struct point_context *c, const struct fam_point *p)
{
	const struct point_info *info = &point_table[p->point];
	struct ups_value out = { .value = -1, .quality = QUALITY_NOT_MANAGED, .decimals = p->decimals };
	if (info->decimals != DECIMALS_FREE)
		out.decimals = info->decimals;
	else if (p->scale == FAM_SCALE_FACTOR)
		out.decimals = c->factor_10 == FAM_TRUE;
	if (p->terms == 0)
		return out;
	struct reading r;
	out.quality = (uint8_t)point_read(c, p, &r);
	if (out.quality != QUALITY_NOT_READ)
		out.at = r.at;
	if (out.quality == QUALITY_GOOD || out.quality == QUALITY_STALE)
		out.value = scaled(r.number, p);
	return out;
}

static struct point_context context_of(const struct view *v)
{
	const struct family *f = v->f;
	struct view unit = *v;
	unit.level = LEVEL_UNIT;
	return (struct point_context){ .view = *v, .factor_10 = view_truth(&unit, f->factor_10),
		.single_in = view_truth(&unit, f->single_phase_in), .single_out = view_truth(&unit, f->single_phase_out) };
}

static void points_of(const struct view *v, bool ups_level, struct snapshot *out)
{
	struct point_context c = context_of(v);
	for (int i = 0; i < v->f->point_count; i++) {
		const struct fam_point *p = &v->f->point[i];
		if (p->enabled && (point_table[p->point].level == LEVEL_UPS) == ups_level)
			out->point[p->point] = point_value(&c, p);
	}
}

/* The UPS level of a single unit, or of one of which that is not known yet. */
static void points_without(const struct family *f, enum ups_system system, struct snapshot *out)
{
	for (int i = 0; i < f->point_count; i++) {
		const struct fam_point *p = &f->point[i];
		const struct point_info *info = &point_table[p->point];
		if (!p->enabled || info->level != LEVEL_UPS)
			continue;
		uint8_t decimals = info->decimals == DECIMALS_FREE ? p->decimals : info->decimals;
		bool managed = system == SYSTEM_UNKNOWN && p->terms > 0;
		out->point[p->point] = (struct ups_value){ .value = -1, .decimals = decimals,
			.quality = managed ? QUALITY_NOT_READ : QUALITY_NOT_MANAGED };
	}
}

static_assert(PT_UNIT_OUTPUT_PF3 - PT_UNIT_OUTPUT_LR == PT_UPS_OUTPUT_PF3 - PT_UPS_OUTPUT_LR, "the two levels list the same output values");

void points_decode(const struct view *ups, const struct view *unit, enum ups_system system, struct snapshot *out)
{
	points_of(unit, false, out);
	if (system == SYSTEM_PARALLEL)
		points_of(ups, true, out);
	else
		points_without(unit->f, system, out);
	for (int i = PT_UPS_OUTPUT_LR; i <= PT_UPS_OUTPUT_PF3 && unit->concentrator; i++)
		out->point[PT_UNIT_OUTPUT_LR + i - PT_UPS_OUTPUT_LR] = out->point[i];
}
