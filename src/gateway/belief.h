/* What the UPS is, as far as it is believed: its identity, and what it has no value for.
 *
 * Names, objects and Database_Revision follow from it, and clients store those: so a word that wavers, or that reads "not available"
 * for a moment, must not change them.  What was unknown is believed at once; what contradicts must stand for BELIEF_MS; what is not
 * available contradicts nothing.  Pure: the instants are those of the snapshots. */
#ifndef GATEWAY_BELIEF_H
#define GATEWAY_BELIEF_H

#include "gateway/values.h"

enum { BELIEF_MS = 5000 };

struct belief {
	struct ups_identity identity;        /* family empty: nothing is known */
	bool out[VALUES];                    /* what is not managed */
};

struct believer {
	struct belief held, doubted;         /* doubted: what contradicts, since `since` */
	struct mono since;
};

/* True when `held` has changed. */
bool belief_hear(struct believer *, const struct snapshot *);

#endif
