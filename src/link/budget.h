/* A budget for what a stranger can make us do: so many a second, so many at once.  One instant is all its state (0 = untouched), so a
 * table of them costs eight octets a row. */
#ifndef LINK_BUDGET_H
#define LINK_BUDGET_H

#include "base/mono.h"

struct budget {
	struct mono full;        /* when the whole burst will be there again */
};

/* Spends one of `per_second`, of which `burst` may be spent at once; false: nothing is left. */
static inline bool budget_spend(struct budget *b, struct mono now, int per_second, int burst)
{
	int64_t each = 1000000000 / per_second;
	int64_t full = b->full.ns > now.ns ? b->full.ns : now.ns;
	if (full - now.ns > each * (burst - 1))
		return false;
	b->full.ns = full + each;
	return true;
}

#endif
