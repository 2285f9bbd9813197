/* The conditions of a family map read backwards: which bits must stand in the tables so that the wanted states and alarms come out.
 *
 * A map says "state 2 when S05, else state 3 when S03 ...", and several rules share bits.  Each wanted state or alarm is a goal;
 * the search sets one bit or word after the other, drops what contradicts a goal at once, and goes back.  Hard goals (set by
 * hand) must come true; soft ones (from the plant) give way when they cannot.  Bits that no goal needs are 0; words that a
 * condition compares keep the value that they have when they can.  Works on cells: the words of all tables in one array. */
#ifndef SIM_SOLVE_H
#define SIM_SOLVE_H

#include "family/family.h"

/* Where the words of one level of one unit stand: cell of the first word of each block, -1 = there is no such table, and how many of
 * its words can be read. */
struct solve_view {
	int base[FAM_BLOCKS_MAX];
	uint8_t words[FAM_BLOCKS_MAX];
};

enum { GOAL_CONDITION, GOAL_STATE };

struct solve_goal {
	const struct solve_view *view;
	uint8_t kind;
	bool hard;
	bool given_up;           /* out: soft, and not to be had together with the others */
	bool truth;              /* GOAL_CONDITION: what `when` shall be */
	struct fam_expr when;
	uint8_t state, value;    /* GOAL_STATE: enum state_id, the value that its rules shall give */
	int16_t tag;             /* the caller's */
};

enum { SOLVE_GOALS_MAX = 256, SOLVE_STEPS_MAX = 20000, SOLVE_DEPTH_MAX = 512 };

struct solve {
	const struct family *f;
	int cells;
	uint16_t *word;          /* in: words as the values left them; out: with the bits that make the goals true */
	const uint8_t *fixed;    /* a cell that is 1 must stay as it is */
	uint16_t *known;         /* scratch, `cells` words: the bits that are decided */
	uint16_t *before;        /* scratch, `cells` words: as they came in */
};

/* False when the hard goals alone cannot be met: *broken is then the index of one that is in the way. */
bool solve_run(struct solve *, struct solve_goal *goal, int goals, int *broken);

/* Do all goals that are not given up hold for the words as they stand?  Changes nothing. */
bool solve_holds(const struct solve *, const struct solve_goal *goal, int goals);

#endif
