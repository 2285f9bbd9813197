/* What a gateway would make of the simulated registers: the words decoded forwards again.  Private to the simulation (inside.h).
 *
 * An order that sets something by hand is accepted only when this comes out as it was ordered, at the level of the system and of each
 * unit; `status` and `expect` look at what is really served, pokes and words from a file included. */
#ifndef SIM_SHOWN_H
#define SIM_SHOWN_H

#include "sim/inside.h"

/* Is everything that is held by hand shown, in the words that the drive has made (published or not)?  False: `why` names the first
 * object that is not, and what is shown in its place. */
bool shown_as_held(const struct sim *, char *why, size_t size);

/* The same in what is served: with the words of a file and poked registers. */
bool shown_as_served(const struct sim *, char *why, size_t size);

/* An `expect` order.  True when it holds, or when this family shows no such thing. */
bool shown_expect(const struct sim *, const struct action *, char *reply, size_t size);

/* The answer to `status`. */
void shown_status(const struct sim *, int unit, struct mono now, char *reply, size_t size);

#endif
