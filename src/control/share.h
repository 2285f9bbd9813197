/* How much of the loop the control socket may have, whatever its clients ask for: a budget in octets of work, one for all clients, which
 * fills at SHARE_OCTETS_PER_S up to a burst.  Octets, because making and writing JSON is what a request costs, and because octets
 * are the same on a busy machine and on virtual time.  One piece of work may overdraw it; the next then waits longer. */
#ifndef CONTROL_SHARE_H
#define CONTROL_SHARE_H

#include <stddef.h>

#include "base/mono.h"

enum {
	SHARE_OCTETS_PER_S = 4 * 1024 * 1024,
	SHARE_BURST = 512 * 1024,
	SHARE_REQUEST = 2048,                /* what a request costs beside its octets */
};

struct share {
	struct mono full;                    /* when the whole burst will be there again; zero is now */
};

static inline void share_spend(struct share *s, struct mono now, size_t octets)
{
	int64_t from = s->full.ns > now.ns ? s->full.ns : now.ns;
	s->full.ns = from + (int64_t)octets * 1000000000 / SHARE_OCTETS_PER_S;
}

/* Milliseconds until there is something to spend; 0: there is. */
static inline int64_t share_wait_ms(const struct share *s, struct mono now)
{
	int64_t over = s->full.ns - now.ns - (int64_t)SHARE_BURST * 1000000000 / SHARE_OCTETS_PER_S;
	return over > 0 ? (over + 999999) / 1000000 : 0;
}

#endif
