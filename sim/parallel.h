/* A parallel system out of its units: what the common ("UPS level") tables and the concentrator show.
 *
 * The DELPHYS MP/MX manual (UPS/NTA GB/DMX-DMP JBUS.D page 7) says how: every status and alarm bit is the OR over the units, but
 * "on battery", "battery low", "overload", "over temperature" and "imminent stop" are the AND when the system is redundant, and
 * "rectifier input present" the other way round.  Currents and powers add up, voltages, rates and temperatures are means. */
#ifndef SIM_PARALLEL_H
#define SIM_PARALLEL_H

#include "sim/plant.h"

struct parallel {
	bool redundant;          /* one unit less could still carry the load */
	bool lost;               /* a unit is missing that should be there */
};

/* `units` wants of 1..units, with the plants they came from.  Fills every point, state and bit of *out. */
struct parallel parallel_show(const struct plant *plant, const struct want *unit, int units, struct want *out);

#endif
