#include "sim/solve.h"

#include <string.h>

enum { STACK_MAX = 64, OPTIONS_MAX = 24 };

/* An atom of a condition whose truth is not known yet, and what to try for it. */
struct atom {
	const struct fam_op *op;
	int cell;
	bool prefer;             /* try 1 before 0 */
};

static enum fam_truth not_truth(enum fam_truth t)
{
	return t == FAM_TRUE ? FAM_FALSE : t == FAM_FALSE ? FAM_TRUE : FAM_UNKNOWN;
}

static enum fam_truth and_truth(enum fam_truth a, enum fam_truth b)
{
	if (a == FAM_FALSE || b == FAM_FALSE)
		return FAM_FALSE;
	return a == FAM_TRUE && b == FAM_TRUE ? FAM_TRUE : FAM_UNKNOWN;
}

static bool can_read(const struct solve_view *view, int block, int word)
{
	return view->base[block] >= 0 && word < view->words[block];
}

/* The bit tables that say which words are managed are filled with the values, they are never searched for. */
static enum fam_truth managed(const struct solve *s, const struct solve_view *view, const struct fam_op *op)
{
	char letter = s->f->block[op->block].managed_by;
	for (int b = 0; letter && b < s->f->block_count; b++) {
		if (s->f->block[b].letter != letter)
			continue;
		int per_word = fam_word_bits(&s->f->block[b]);
		if (!can_read(view, b, op->word / per_word))
			return FAM_UNKNOWN;
		return s->word[view->base[b] + op->word / per_word] >> (op->word % per_word) & 1 ? FAM_TRUE : FAM_FALSE;
	}
	return FAM_TRUE;
}

/* As a gateway would see it (src/family/decode.c): a word that cannot be read, or that is not managed, makes it UNKNOWN for good;
 * *open says that it is UNKNOWN only because the search has not come to it yet.  `all`: every bit counts as decided. */
static enum fam_truth atom_truth(const struct solve *s, const struct solve_view *view, const struct fam_op *op, bool all, bool *open)
{
	*open = false;
	if (!can_read(view, op->block, op->word))
		return FAM_UNKNOWN;
	int cell = view->base[op->block] + op->word;
	uint16_t known = all ? 0xFFFF : s->known[cell], word = s->word[cell];
	if (op->code == FAM_OP_BIT) {
		*open = !(known >> op->bit & 1);
		return *open ? FAM_UNKNOWN : word >> op->bit & 1 ? FAM_TRUE : FAM_FALSE;
	}
	enum fam_truth m = managed(s, view, op);
	if (op->code == FAM_OP_IN && m == FAM_FALSE)
		return FAM_UNKNOWN;
	*open = known != 0xFFFF;
	if (*open)
		return FAM_UNKNOWN;
	if (op->code == FAM_OP_IN)
		return family_word_in(op, word);
	return and_truth(m, word != 0xFFFF ? FAM_TRUE : FAM_FALSE);
}

static enum fam_truth evaluate(const struct solve *s, const struct solve_view *view, struct fam_expr e, bool all, struct atom *open)
{
	enum fam_truth stack[STACK_MAX];
	int n = 0;
	open->op = NULL;
	for (int i = 0; i < e.length; i++) {
		const struct fam_op *op = &s->f->code[e.start + i];
		if (op->code == FAM_OP_NOT && n >= 1) {
			stack[n - 1] = not_truth(stack[n - 1]);
		} else if (op->code == FAM_OP_AND && n >= 2) {
			n--;
			stack[n - 1] = and_truth(stack[n - 1], stack[n]);
		} else if (op->code == FAM_OP_OR && n >= 2) {
			n--;
			stack[n - 1] = not_truth(and_truth(not_truth(stack[n - 1]), not_truth(stack[n])));
		} else if (n < STACK_MAX) {
			bool undecided;
			stack[n] = atom_truth(s, view, op, all, &undecided);
			if (undecided && !open->op) {
				open->op = op;
				open->cell = view->base[op->block] + op->word;
			}
			n++;
		}
	}
	return n == 1 ? stack[0] : FAM_FALSE;
}

enum verdict { MET, OPEN, VIOLATED };

/* The first rule that is true gives the state; one that nobody can tell is passed over. */
static enum verdict judge_state(const struct solve *s, const struct solve_goal *g, bool all, struct atom *open)
{
	for (int i = 0; i < s->f->rule_count; i++) {
		const struct fam_rule *r = &s->f->rule[i];
		if (r->state_object != g->state || !r->enabled || (!r->otherwise && !r->when.length))
			continue;
		enum fam_truth t = r->otherwise ? FAM_TRUE : evaluate(s, g->view, r->when, all, open);
		if (t == FAM_TRUE)
			return r->value == g->value ? MET : VIOLATED;
		if (t == FAM_UNKNOWN && open->op) {
			open->prefer = r->value == g->value;
			return OPEN;
		}
	}
	return g->value == state_table[g->state].fallback ? MET : VIOLATED;
}

static enum verdict judge(const struct solve *s, const struct solve_goal *g, bool all, struct atom *open)
{
	if (g->kind == GOAL_STATE)
		return judge_state(s, g, all, open);
	enum fam_truth t = evaluate(s, g->view, g->when, all, open);
	open->prefer = g->truth;
	if (t == FAM_UNKNOWN && open->op)
		return OPEN;
	return (t == FAM_TRUE) == g->truth ? MET : VIOLATED;
}

bool solve_holds(const struct solve *s, const struct solve_goal *goal, int goals)
{
	struct atom open;
	for (int i = 0; i < goals; i++)
		if (!goal[i].given_up && judge(s, &goal[i], true, &open) != MET)
			return false;
	return true;
}

/* ---- the search ---- */

struct turn {                /* one decision: the options left, and how to undo it */
	int cell;
	uint16_t word, known;    /* as they were */
	uint16_t mask;           /* bits that an option sets */
	uint16_t option[OPTIONS_MAX];
	uint8_t options, next;
};

static void option_add(struct turn *t, int32_t value)
{
	if (value < -32768 || value > 65535 || t->options == OPTIONS_MAX)
		return;
	for (int i = 0; i < t->options; i++)
		if (t->option[i] == (uint16_t)value)
			return;
	t->option[t->options++] = (uint16_t)value;
}

/* Values of a compared word that are worth trying: as it is, at and beside the bounds of each comparison, each bit both ways. */
static void options_of_word(const struct solve *s, const struct fam_op *atom, struct turn *t)
{
	option_add(t, t->word);
	for (int i = 0; i < s->f->code_count; i++) {
		const struct fam_op *op = &s->f->code[i];
		if (op->block != atom->block || op->word != atom->word || op->code > FAM_OP_MANAGED)
			continue;
		if (op->code == FAM_OP_BIT) {
			for (int o = 0, n = t->options; o < n; o++)
				option_add(t, t->option[o] ^ 1 << op->bit);
			continue;
		}
		const int32_t bounds[] = { op->low, op->high, op->low - 1, op->high + 1 };
		for (int b = 0; op->code == FAM_OP_IN && b < 4; b++) {
			uint16_t word = t->word;
			if (op->part.bits == 0) {
				option_add(t, bounds[b]);
			} else if (bounds[b] >= 0 && bounds[b] <= fam_part_get(0xFFFF, op->part)) {
				fam_part_put(&word, op->part, (uint16_t)bounds[b]);
				option_add(t, word);
			}
		}
	}
	option_add(t, 0);
	option_add(t, 0xFFFF);
}

static bool compared(const struct solve *s, const struct fam_op *atom)
{
	for (int i = 0; i < s->f->code_count; i++) {
		const struct fam_op *op = &s->f->code[i];
		if ((op->code == FAM_OP_IN || op->code == FAM_OP_MANAGED) && op->block == atom->block && op->word == atom->word)
			return true;
	}
	return false;
}

static void turn_open(const struct solve *s, const struct atom *a, struct turn *t)
{
	*t = (struct turn){ .cell = a->cell, .word = s->word[a->cell], .known = s->known[a->cell] };
	if (a->op->code == FAM_OP_BIT && !compared(s, a->op)) {
		t->mask = (uint16_t)(1u << a->op->bit);
		t->options = 2;
		t->option[a->prefer ? 0 : 1] = t->mask;
		return;
	}
	t->mask = 0xFFFF;
	options_of_word(s, a->op, t);
}

/* The next option of the last decision that has one left; false when nothing is left to try. */
static bool advance(struct solve *s, struct turn *turn, int *depth)
{
	while (*depth > 0) {
		struct turn *t = &turn[*depth - 1];
		s->word[t->cell] = t->word;
		s->known[t->cell] = t->known;
		if (t->next < t->options) {
			s->word[t->cell] = (uint16_t)((t->word & ~t->mask) | t->option[t->next++]);
			s->known[t->cell] |= t->mask;
			return true;
		}
		(*depth)--;
	}
	return false;
}

static void forget(struct solve *s)
{
	for (int i = 0; i < s->cells; i++)
		s->known[i] = s->fixed[i] ? 0xFFFF : 0;
}

static bool search(struct solve *s, const struct solve_goal *goal, const int *order, int goals)
{
	static const struct atom none;
	struct turn turn[SOLVE_DEPTH_MAX];
	int depth = 0;
	for (int steps = 0; steps < SOLVE_STEPS_MAX; steps++) {
		struct atom first = none, open;
		bool violated = false;
		for (int i = 0; i < goals && !violated; i++) {
			const struct solve_goal *g = &goal[order[i]];
			if (g->given_up)
				continue;
			enum verdict v = judge(s, g, false, &open);
			violated = v == VIOLATED;
			if (v == OPEN && !first.op)
				first = open;
		}
		if (!violated && !first.op)
			return true;
		if (!violated && depth < SOLVE_DEPTH_MAX)
			turn_open(s, &first, &turn[depth++]);
		if (!advance(s, turn, &depth))
			return false;
	}
	while (depth > 0) {
		depth--;
		s->word[turn[depth].cell] = turn[depth].word;
	}
	return false;
}

/* How much a goal leaves open: the ones with a single bit first, then they never have to be undone. */
static int weight(const struct solve *s, const struct solve_goal *g)
{
	if (g->kind == GOAL_CONDITION)
		return g->when.length;
	int n = 100;
	for (int i = 0; i < s->f->rule_count; i++)
		if (s->f->rule[i].state_object == g->state && s->f->rule[i].enabled)
			n += s->f->rule[i].when.length;
	return n;
}

static void sort_goals(const struct solve *s, const struct solve_goal *goal, int goals, int *order)
{
	for (int i = 0; i < goals; i++) {
		int at = i, w = weight(s, &goal[i]);
		for (; at > 0 && weight(s, &goal[order[at - 1]]) > w; at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
}

/* Bits that no goal decided: 0 in tables of bits; a compared word keeps its value. */
static void clear_undecided(struct solve *s, const struct solve_goal *goal, int goals)
{
	for (int i = 0; i < goals; i++)
		for (int b = 0; b < s->f->block_count; b++) {
			int base = goal[i].view->base[b];
			if (base < 0 || !s->f->block[b].bits)
				continue;
			for (int w = 0; w < goal[i].view->words[b]; w++) {
				s->word[base + w] &= s->known[base + w];
				s->known[base + w] = 0xFFFF;
			}
		}
}

static bool attempt(struct solve *s, struct solve_goal *goal, const int *order, int goals)
{
	memcpy(s->word, s->before, (size_t)s->cells * sizeof *s->word);
	forget(s);
	return search(s, goal, order, goals);
}

bool solve_run(struct solve *s, struct solve_goal *goal, int goals, int *broken)
{
	int order[SOLVE_GOALS_MAX] = { 0 };
	if (goals > SOLVE_GOALS_MAX)
		goals = SOLVE_GOALS_MAX;
	sort_goals(s, goal, goals, order);
	memcpy(s->before, s->word, (size_t)s->cells * sizeof *s->word);
	for (int i = 0; i < goals; i++)
		goal[i].given_up = false;
	if (!attempt(s, goal, order, goals)) {
		for (int i = 0; i < goals; i++)
			goal[i].given_up = true;
		for (int hard = 1; hard >= 0; hard--)
			for (int i = 0; i < goals; i++) {
				if (goal[i].hard != hard)
					continue;
				goal[i].given_up = false;
				if (attempt(s, goal, order, goals))
					continue;
				goal[i].given_up = true;
				if (hard) {
					*broken = i;
					memcpy(s->word, s->before, (size_t)s->cells * sizeof *s->word);
					return false;
				}
			}
		if (!attempt(s, goal, order, goals))
			return false;
	}
	clear_undecided(s, goal, goals);
	return true;
}
