/* The inside of a drive, for drive.c (memory, the search), drive_goals.c (states and alarms as goals of it) and drive_values.c (values as
 * words).  Private to these. */
#ifndef SIM_DRIVE_INSIDE_H
#define SIM_DRIVE_INSIDE_H

#include "sim/drive.h"
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

/* Every value of a wish that this view shows: those that were set by hand, or the others. */
void drive_put_values(struct drive *, const struct layout_view *, const struct want *, bool by_hand);

/* What must be true of the words of a view, in the order in which goals give way, last first. */
struct goals {
	struct solve_goal *goal;
	int n;
};
void drive_goals(const struct drive *, const struct layout_view *, int kind, const struct want *, struct goals *);
enum { DRIVE_GOAL_KINDS = 3 };

/* "UnitAlarms ON BATTERY off" */
void drive_explain(const struct solve_goal *, char *why, size_t size);

#endif
