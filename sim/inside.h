/* The inside of a simulation, for sim.c (from plants to words), orders.c (what commands do to it), play.c (commands, time, scenarios),
 * shown.c (what comes out) and their tests. */
#ifndef SIM_INSIDE_H
#define SIM_INSIDE_H

#include "sim/action.h"
#include "sim/scenario.h"
#include "sim/sim.h"

/* What a person set by hand at one place, laid over what the plant shows. */
struct overrides {
	struct want_value point[PT_COUNT];           /* by_hand = set */
	uint8_t state[ST_COUNT];                     /* 0 = not set */
	uint32_t bits[BS_COUNT], bits_set[BS_COUNT];
};

struct sim {
	struct sim_conf conf;
	struct sim_hooks hooks;
	struct drive *drive;
	struct registers *registers;
	struct faults *faults;
	struct scenario *scenario;
	struct player player;
	int kept, broken, passed_over;               /* its expectations that held, steps that failed, what this family has not */
	bool frozen;                                 /* a register, by a fault */
	int32_t frozen_address;
	double load;                                 /* of the system, percent */
	double own_load[LAYOUT_PLACES_MAX];           /* of a unit by itself, negative = its share */
	int units, places;
	struct plant plant[FAM_UNITS_MAX];
	struct overrides overrides[LAYOUT_PLACES_MAX];
	struct want want[LAYOUT_PLACES_MAX];
	char why[160];                               /* of the last update that failed */
};

/* Index into want and overrides of unit u (1..): a single unit is place 0. */
static inline int sim_place(const struct sim *s, int unit)
{
	return s->conf.shape.parallel ? unit : 0;
}

/* From plants and overrides to the words of the drive; false when what is held by hand cannot be had together (s->why). */
bool sim_solve(struct sim *);
void sim_publish(struct sim *);              /* and from there to the registers, all at once */
bool sim_update(struct sim *);               /* both; publishes nothing when it is false */

/* As when it was made, but for faults.  `released` lists what was held by hand. */
void sim_reset(struct sim *, char *released, size_t size);

/* Carries an order out.  True: `reply` holds what follows "ok ", perhaps nothing; false: what follows "error: ". */
bool sim_do(struct sim *, const struct action *, struct mono now, char *reply, size_t size);

/* Is it about something that this family has no register for?  A scenario passes over that. */
bool sim_beyond(const struct sim *, const struct action *);

/* Lets a register go that a fault holds, or holds another (address >= 0). */
bool sim_freeze(struct sim *, int32_t address);

#endif
