/* States and alarms of a wish -> goals for the search, and what this family can show of them at all. */
#include "sim/drive_inside.h"

#include <stdio.h>

/* What a UPS shows that has no such state, by what the loader's maps leave out (TBK 17 91083 chapter 7.1). */
static const struct { uint8_t state, value, instead; } substitutes[] = {
	{ ST_UPS_LOAD_STATUS, UPS_LOAD_STATUS_NORMAL_MODE, UPS_LOAD_STATUS_ON_INVERTER },
	{ ST_UNIT_LOAD_STATUS, UNIT_LOAD_STATUS_NORMAL_MODE, UNIT_LOAD_STATUS_ON_INVERTER },
	{ ST_UNIT_STATUS, UNIT_STATUS_ISOLATED, UNIT_STATUS_AVAILABLE },
	{ ST_UNIT_STATUS, UNIT_STATUS_AUTO_TEST, UNIT_STATUS_OPERATING },
	{ ST_UNIT_STATUS, UNIT_STATUS_ON_STANDBY, UNIT_STATUS_AVAILABLE },
	{ ST_UNIT_STATUS, UNIT_STATUS_SERVICE_MODE, UNIT_STATUS_AVAILABLE },
	{ ST_BATTERY_STATUS, BATTERY_STATUS_DISCHARGE_TO_INPUT, BATTERY_STATUS_DISCHARGING },
	{ ST_INPUT_REC_STATUS, INPUT_REC_STATUS_GEN_SET, INPUT_REC_STATUS_OK },
	{ ST_INPUT_BYP_STATUS, INPUT_BYP_STATUS_SYNCHRO_INV, INPUT_BYP_STATUS_OK },
};

/* How many of the bits and words that a condition asks for this view can read: all, some, none. */
enum sight { SEES_NONE, SEES_SOME, SEES_ALL };

static enum sight sees(const struct drive *d, const struct solve_view *view, struct fam_expr e)
{
	int asked = 0, seen = 0;
	for (int i = 0; i < e.length; i++) {
		const struct fam_op *op = &d->f->code[e.start + i];
		if (op->code > FAM_OP_MANAGED)
			continue;
		asked++;
		seen += view->base[op->block] >= 0 && op->word < view->words[op->block];
	}
	return seen == 0 ? SEES_NONE : seen == asked ? SEES_ALL : SEES_SOME;
}

static bool has_state(const struct drive *d, int state, uint8_t value)
{
	const struct layout_view *view = &d->l.view[state_table[state].level == LEVEL_UPS ? 0 : d->l.views - 1];
	for (int i = 0; i < d->f->rule_count; i++) {
		const struct fam_rule *r = &d->f->rule[i];
		if (r->state_object == state && r->enabled && r->value == value &&
		    (r->otherwise || sees(d, &view->cells, r->when) != SEES_NONE))
			return true;
	}
	return value == state_table[state].fallback;
}

uint8_t drive_state(const struct drive *d, int state, uint8_t value)
{
	for (size_t i = 0; i < sizeof substitutes / sizeof *substitutes && !has_state(d, state, value); i++)
		if (substitutes[i].state == state && substitutes[i].value == value)
			value = substitutes[i].instead;
	return has_state(d, state, value) ? value : 0;
}

uint32_t drive_bits(const struct drive *d, int bits)
{
	uint32_t mask = 0;
	for (int i = 0; i < d->f->bit_count; i++)
		if (d->f->bit[i].bits == bits && d->f->bit[i].enabled && d->f->bit[i].when.length)
			mask |= 1u << d->f->bit[i].bit;
	return mask;
}

const struct fam_point *drive_row(const struct drive *d, int point)
{
	for (int i = 0; i < d->f->point_count; i++)
		if (d->f->point[i].point == point && d->f->point[i].enabled && d->f->point[i].terms)
			return &d->f->point[i];
	return NULL;
}

bool drive_unit_visible(const struct drive *d, int unit)
{
	bool shared = d->l.shape.parallel && d->f->bases.concentrator == d->f->bases.unit;
	return !shared || unit != (d->l.shape.no_concentrator ? 0 : 1);
}

/* ---- goals ---- */

static void goal_add(struct goals *g, struct solve_goal goal)
{
	if (g->n < SOLVE_GOALS_MAX)
		g->goal[g->n++] = goal;
}

enum { TAG_SHAPE = -1, TAG_GUARD = -2, TAG_STATE = 0, TAG_BIT = 100 };

static void goals_of_shape(const struct drive *d, const struct layout_view *view, const struct want *w, struct goals *g)
{
	(void)w;
	const struct { struct fam_expr when; bool truth; } facts[] = {
		{ d->f->parallel, d->l.shape.parallel },
		{ d->f->single_phase_in, d->l.shape.phases_in == 1 },
		{ d->f->single_phase_out, d->l.shape.phases_out == 1 },
		{ d->f->factor_10, d->l.shape.factor_10 },
	};
	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
		if (sees(d, &view->cells, facts[i].when) == SEES_ALL)
			goal_add(g, (struct solve_goal){ .view = &view->cells, .kind = GOAL_CONDITION, .hard = true,
				.when = facts[i].when, .truth = facts[i].truth, .tag = TAG_SHAPE });
	for (int i = 0; i < d->f->guard_count; i++)
		if (sees(d, &view->cells, d->f->guard[i].holds) == SEES_ALL)
			goal_add(g, (struct solve_goal){ .view = &view->cells, .kind = GOAL_CONDITION, .when = d->f->guard[i].holds,
				.truth = true, .tag = TAG_GUARD });
}

static void goals_of_states(const struct drive *d, const struct layout_view *view, const struct want *w, struct goals *g)
{
	for (int s = 0; s < ST_COUNT; s++) {
		bool common = state_table[s].level == LEVEL_COMMON && view->level == LEVEL_UNIT && s != ST_DEVICE_STATUS;
		if (state_table[s].level != view->level && !common)
			continue;
		uint8_t value = w->state[s] ? drive_state(d, s, w->state[s]) : 0;
		if (value)
			goal_add(g, (struct solve_goal){ .view = &view->cells, .kind = GOAL_STATE, .hard = w->state_by_hand[s],
				.state = (uint8_t)s, .value = value, .tag = (int16_t)(TAG_STATE + s) });
	}
}

static void goals_of_bits(const struct drive *d, const struct layout_view *view, const struct want *w, struct goals *g)
{
	for (int i = 0; i < d->f->bit_count; i++) {
		const struct fam_bit *b = &d->f->bit[i];
		if (!b->enabled || !b->when.length || bits_table[b->bits].level != view->level || sees(d, &view->cells, b->when) == SEES_NONE)
			continue;
		goal_add(g, (struct solve_goal){ .view = &view->cells, .kind = GOAL_CONDITION, .when = b->when,
			.hard = w->bits_by_hand[b->bits] >> b->bit & 1, .truth = w->bits[b->bits] >> b->bit & 1,
			.tag = (int16_t)(TAG_BIT + b->bits * 32 + b->bit) });
	}
}

void drive_explain(const struct solve_goal *g, char *why, size_t size)
{
	if (g->tag >= TAG_BIT) {
		const struct bits_info *b = &bits_table[(g->tag - TAG_BIT) / 32];
		snprintf(why, size, "%s %s %s", b->name, b->bit[(g->tag - TAG_BIT) % 32].text, g->truth ? "on" : "off");
	} else if (g->tag >= TAG_STATE) {
		const struct state_info *s = &state_table[g->state];
		snprintf(why, size, "%s %s", s->name, s->state[g->value].text);
	} else {
		snprintf(why, size, "what makes it a system of this kind");
	}
}

/* In the order in which they give way, last first: where they cannot all be had, alarms stand and states follow. */
static void (*const goals_of[DRIVE_GOAL_KINDS])(const struct drive *, const struct layout_view *, const struct want *, struct goals *) = {
	goals_of_shape, goals_of_bits, goals_of_states,
};

void drive_goals(const struct drive *d, const struct layout_view *view, int kind, const struct want *w, struct goals *g)
{
	goals_of[kind](d, view, w, g);
}
