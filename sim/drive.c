#include "sim/drive.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/identity_words.h"
#include "sim/solve.h"

struct drive_memory {            /* of a place: the goals that its words meet now */
	int goals;
	struct solve_goal goal[SOLVE_GOALS_MAX];
};

struct drive {
	struct layout l;
	const struct family *f;
	uint16_t *word, *known, *before, *backup;
	uint8_t *owner;              /* place of each cell */
	uint8_t *kept;               /* cells that the solver may not touch: managed bits */
	uint8_t *fixed;              /* scratch */
	struct drive_memory *memory; /* one a place */
};

enum { NOBODY = 255 };

/* Of a cell, for the solver: free, with a value of the plant (bent only for what is held by hand), held by hand or not ours. */
enum { FREE, VALUED, HELD };

static bool allocate(struct drive *d)
{
	size_t n = (size_t)d->l.cells + 1;
	d->word = calloc(n, sizeof *d->word);
	d->known = calloc(n, sizeof *d->known);
	d->before = calloc(n, sizeof *d->before);
	d->backup = calloc(n, sizeof *d->backup);
	d->owner = calloc(n, 1);
	d->kept = calloc(n, 1);
	d->fixed = calloc(n, 1);
	d->memory = calloc((size_t)drive_places(d), sizeof *d->memory);
	return d->word && d->known && d->before && d->backup && d->owner && d->kept && d->fixed && d->memory;
}

/* Tables of bits start at 0, words that no row describes at "not available"; a table of settings starts at 0 as well.  The first
 * table that covers a cell drives it; where unit 1 stands in for the concentrator, the last. */
static void fill_resting(struct drive *d)
{
	bool measures[FAM_BLOCKS_MAX] = { false };
	for (int i = 0; i < d->f->point_count; i++)
		for (int t = 0; t < d->f->point[i].terms; t++)
			measures[d->f->point[i].term[t].block] = true;
	memset(d->owner, NOBODY, (size_t)d->l.cells);
	for (int i = 0; i < d->l.tables; i++) {
		const struct layout_table *t = &d->l.table[i];
		const struct fam_block *block = &d->f->block[t->block];
		bool managing = false;
		for (int b = 0; b < d->f->block_count; b++)
			managing |= d->f->block[b].managed_by == block->letter;
		for (int c = t->first; c < t->first + t->count; c++) {
			if (d->owner[c] == NOBODY || d->l.shape.no_concentrator)
				d->owner[c] = t->place;
			d->kept[c] |= managing;
			d->word[c] = measures[t->block] && !block->bits ? 0xFFFF : 0;
		}
	}
}

/* The code is the identity's business: --model may ask for another. */
static bool match_is_code(const struct drive *d, const struct fam_probe *p, const struct fam_match *match)
{
	for (int i = 0; i < d->f->field_count; i++) {
		const struct fam_field *field = &d->f->field[i];
		if (field->what == FAM_ID_CODE && d->f->bases.single + d->f->block[field->term.block].offset + field->term.word == p->address + match->word)
			return true;
	}
	return false;
}

static void fill_word(struct drive *d, int function, int address, uint16_t value)
{
	for (int i = 0; i < d->l.tables; i++) {
		const struct layout_table *t = &d->l.table[i];
		if (d->f->block[t->block].function != function || address < t->address || address >= t->address + t->count)
			continue;
		d->word[t->first + address - t->address] = value;
		d->kept[t->first + address - t->address] = 1;
	}
}

/* What a gateway looks for before it believes that this is the family, where no other row writes it: the words of the first probe. */
static void fill_probed(struct drive *d)
{
	const struct fam_probe *p = &d->f->probe[0];
	for (int m = 0; d->f->probe_count && m < p->matches; m++) {
		const struct fam_match *match = &p->match[m];
		size_t n = strlen(match->text);
		bool code = match_is_code(d, p, match);
		if (!n && !code)
			fill_word(d, p->function, p->address + match->word, match->low);
		for (size_t i = 0; i < n; i += 2)
			fill_word(d, p->function, p->address + match->word + (int)i / 2,
				(uint16_t)((uint8_t)match->text[i] << 8 | (i + 1 < n ? (uint8_t)match->text[i + 1] : ' ')));
	}
}

struct drive *drive_make(const struct family *f, const struct layout_shape *shape, const struct drive_identity *id,
	struct err_at *why)
{
	struct drive *d = calloc(1, sizeof *d);
	if (!d) {
		err_set(why, f->id, 0, "no memory");
		return NULL;
	}
	d->f = f;
	if (!layout_make(&d->l, f, shape, why)) {
		free(d);
		return NULL;
	}
	if (!allocate(d)) {
		drive_free(d);
		err_set(why, f->id, 0, "no memory");
		return NULL;
	}
	fill_resting(d);
	for (int i = d->l.views - 1; i >= 0; i--)
		identity_words_write(f, shape, id, d->l.view[i].unit, &d->l.view[i].cells, d->word);
	fill_probed(d);
	return d;
}

void drive_free(struct drive *d)
{
	if (!d)
		return;
	free(d->word);
	free(d->known);
	free(d->before);
	free(d->backup);
	free(d->owner);
	free(d->kept);
	free(d->fixed);
	free(d->memory);
	free(d);
}

const struct family *drive_family(const struct drive *d)
{
	return d->f;
}

int drive_places(const struct drive *d)
{
	return d->l.shape.parallel ? 1 + d->l.shape.units : 1;
}

int drive_order(const struct drive *d, int i)
{
	return d->l.shape.no_concentrator ? (i + 1) % drive_places(d) : i;
}

int drive_tables(const struct drive *d, const struct layout_table **tables)
{
	*tables = d->l.table;
	return d->l.tables;
}

const uint16_t *drive_words(const struct drive *d, int *cells)
{
	*cells = d->l.cells;
	return d->word;
}

/* ---- what the family can show ---- */

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

/* ---- values ---- */

static int row_decimals(const struct drive *d, const struct fam_point *row)
{
	if (row->scale == FAM_SCALE_FACTOR)
		return d->l.shape.factor_10 ? 1 : 0;
	return point_table[row->point].decimals == DECIMALS_FREE ? row->decimals : point_table[row->point].decimals;
}

static void set_managed(struct drive *d, const struct solve_view *view, const struct fam_term *t, bool managed)
{
	int mb = layout_block(d->f, d->f->block[t->block].managed_by);
	if (mb < 0 || view->base[mb] < 0)
		return;
	int per_word = fam_word_bits(&d->f->block[mb]);
	uint16_t *cell = &d->word[view->base[mb] + t->word / per_word];
	uint16_t bit = (uint16_t)(1u << (t->word % per_word));
	*cell = (uint16_t)(managed ? *cell | bit : *cell & ~bit);
}

static bool driven_alone(const struct drive *d, const struct fam_point *sum, const struct fam_term *t)
{
	for (int i = 0; i < d->f->point_count; i++) {
		const struct fam_point *row = &d->f->point[i];
		if (row != sum && row->enabled && row->terms == 1 && row->term[0].block == t->block && row->term[0].word == t->word &&
		    point_table[row->point].level == point_table[sum->point].level)
			return true;
	}
	return false;
}

static bool is_absent(const struct drive *d, const struct fam_point *row, const struct want_value *v)
{
	if (v->how == WANT_IDLE)
		return !d->f->block[row->term[0].block].managed_by;
	return v->how != WANT_VALUE;
}

/* The words of a number, when this view drives them. */
static uint16_t *term_words(struct drive *d, const struct layout_view *view, const struct fam_point *row, const struct fam_term *t)
{
	int cell = view->cells.base[t->block] + t->word, last = cell + fam_type_words(row->type) - 1;
	return d->owner[cell] == view->place && d->owner[last] == view->place ? &d->word[cell] : NULL;
}

static void put_term(struct drive *d, const struct layout_view *view, const struct fam_point *row, const struct fam_term *t, bool there,
	double number, bool by_hand)
{
	uint16_t *words = term_words(d, view, row, t);
	if (!words)
		return;
	if (there)
		family_number_put(row, t, number, words);
	else
		family_number_put_absent(row, t, words);
	for (int i = 0; i < fam_type_words(row->type); i++)
		d->fixed[words + i - d->word] = by_hand ? HELD : VALUED;
}

/* The second word of a product is a setting of the UPS, its nominal power: it stands. */
static void put_product(struct drive *d, const struct layout_view *view, const struct fam_point *row, bool there, double raw, bool by_hand)
{
	double setting = 0;
	uint16_t *words = term_words(d, view, row, &row->term[1]);
	bool set = words && family_number_get(row, &row->term[1], words, &setting) && setting != 0;
	if (!set)
		put_term(d, view, row, &row->term[1], true, setting = 100, by_hand);
	put_term(d, view, row, &row->term[0], there, raw / setting, by_hand);
}

static void put_row(struct drive *d, const struct layout_view *view, const struct fam_point *row, const struct want_value *v)
{
	bool absent = is_absent(d, row, v);
	if (row->terms > 1 && !row->product && !v->by_hand && driven_alone(d, row, &row->term[0]))
		return;
	int phases = d->l.shape.phases_out == 1 && row->terms == 3 ? 1 : row->terms;
	double raw = v->value * pow(10, row_decimals(d, row)) * row->divide / row->multiply - row->offset;
	if (row->product)
		put_product(d, view, row, !absent, raw, v->by_hand);
	for (int i = 0; i < row->terms && !row->product; i++) {
		bool there = !absent && i < phases;
		double part = !there ? 0 : row->type == FAM_F32 ? raw / (phases - i) : round(raw / (phases - i));
		put_term(d, view, row, &row->term[i], there, part, v->by_hand);
		raw -= part;
	}
	for (int i = 0; i < row->terms; i++)
		set_managed(d, &view->cells, &row->term[i], !absent);
}

static bool can_put(const struct layout_view *view, const struct fam_point *row)
{
	bool can = row->enabled && row->terms > 0 && point_table[row->point].level == view->level;
	for (int i = 0; i < row->terms; i++)
		can &= view->cells.base[row->term[i].block] >= 0;
	return can;
}

static void put_values(struct drive *d, const struct layout_view *view, const struct want *w, bool by_hand)
{
	for (int i = 0; i < d->f->point_count; i++) {
		const struct fam_point *row = &d->f->point[i];
		const struct want_value *v = &w->point[row->point];
		if (v->by_hand == by_hand && can_put(view, row))
			put_row(d, view, row, v);
	}
}

/* ---- goals ---- */

struct goals {
	struct solve_goal *goal;
	int n;
};

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

static void explain(const struct solve_goal *g, char *why, size_t size)
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

static bool same_goals(const struct drive_memory *m, const struct goals *g)
{
	if (m->goals != g->n)
		return false;
	for (int i = 0; i < g->n; i++) {
		struct solve_goal a = m->goal[i], b = g->goal[i];
		if (a.view != b.view || a.kind != b.kind || a.hard != b.hard || a.truth != b.truth || a.tag != b.tag || a.value != b.value)
			return false;
	}
	return true;
}

/* In the order in which they give way, last first: where they cannot all be had, alarms stand and states follow. */
static void (*const goals_of[])(const struct drive *, const struct layout_view *, const struct want *, struct goals *) = {
	goals_of_shape, goals_of_bits, goals_of_states,
};

bool drive_place(struct drive *d, int place, const struct want *w, char *why, size_t size)
{
	struct solve_goal goal[SOLVE_GOALS_MAX];
	struct goals g = { goal, 0 };
	struct drive_memory *m = &d->memory[place];
	memcpy(d->backup, d->word, (size_t)d->l.cells * sizeof *d->word);
	bool own = false;
	for (int i = 0; i < d->l.cells; i++) {
		d->fixed[i] = d->owner[i] != place || d->kept[i] ? HELD : FREE;
		own |= d->owner[i] == place;
	}
	if (!own)
		return true;     /* unit 1 where a map puts the concentrator at its addresses */
	for (int by_hand = 0; by_hand <= 1; by_hand++)
		for (int v = 0; v < d->l.views; v++)
			if (d->l.view[v].place == place)
				put_values(d, &d->l.view[v], w, by_hand);
	for (size_t kind = 0; kind < sizeof goals_of / sizeof *goals_of; kind++)
		for (int v = 0; v < d->l.views; v++)
			if (d->l.view[v].place == place)
				goals_of[kind](d, &d->l.view[v], w, &g);
	struct solve s = { .f = d->f, .cells = d->l.cells, .word = d->word, .fixed = d->fixed, .known = d->known, .before = d->before };
	if (same_goals(m, &g) && solve_holds(&s, m->goal, m->goals))
		return true;
	int broken = 0;
	bool good = solve_run(&s, goal, g.n, &broken);
	if (!good) {             /* a state held by hand that follows from measurements */
		for (int i = 0; i < d->l.cells; i++)
			if (d->fixed[i] == VALUED)
				d->fixed[i] = FREE;
		good = solve_run(&s, goal, g.n, &broken);
	}
	if (!good) {
		memcpy(d->word, d->backup, (size_t)d->l.cells * sizeof *d->word);
		explain(&goal[broken], why, size);
		return false;
	}
	memcpy(m->goal, goal, (size_t)g.n * sizeof *goal);
	m->goals = g.n;
	return true;
}

/* ---- forward again ---- */

static void image_block(const struct drive *d, int b, enum level level, uint8_t unit, struct fam_image *image, struct mono at)
{
	const struct fam_block *block = &d->f->block[b];
	struct fam_image_block *state = &image->level[level].block[b];
	uint16_t address = family_address(d->f, block, level, layout_system(&d->l), unit);
	int t = layout_find(&d->l, b, address);
	if (t < 0 || strchr(d->l.shape.refused, block->letter)) {
		state->refused = true;
		return;
	}
	uint8_t words = family_block_words(block, level, layout_system(&d->l));
	state->got = d->l.table[t].count < words ? d->l.table[t].count : words;
	state->at = at;
	memcpy(&image->level[level].word[block->first], &d->word[d->l.table[t].first], state->got * sizeof(uint16_t));
	if (block->rest_address && state->got == block->shorter) {
		int rest = layout_find(&d->l, b, block->rest_address);
		state->rest_got = rest >= 0;
		for (int i = 0; rest >= 0 && i < d->l.table[rest].count; i++)
			image->level[level].word[block->first + block->shorter + i] = d->word[d->l.table[rest].first + i];
	}
}

void drive_image(const struct drive *d, uint8_t unit_number, struct fam_image *image, struct mono at)
{
	memset(image, 0, sizeof *image);
	for (int b = 0; b < d->f->block_count; b++) {
		const struct fam_block *block = &d->f->block[b];
		if (d->l.shape.parallel && block->levels & FAM_LEVEL_UPS)
			image_block(d, b, LEVEL_UPS, 0, image, at);
		if (block->levels & (FAM_LEVEL_UNIT | FAM_LEVEL_SYSTEM))
			image_block(d, b, LEVEL_UNIT, d->l.shape.parallel ? unit_number : 1, image, at);
	}
}
