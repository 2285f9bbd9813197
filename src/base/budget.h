/* A budget for what a stranger can make us do: so many a second, so many at once.  One instant is all its state (0 = untouched), so a
 * table of them costs eight octets a row. */
#ifndef BASE_BUDGET_H
#define BASE_BUDGET_H

#include "base/mono.h"

struct budget {
	struct mono full;        /* when the whole burst will be there again */
};

/* What may be spent now, of `burst` at most. */
static inline int64_t budget_left(const struct budget *b, struct mono now, int64_t per_second, int64_t burst)
{
	int64_t each = 1000000000 / per_second;
	int64_t owed = b->full.ns > now.ns ? (b->full.ns - now.ns + each - 1) / each : 0;
	return owed < burst ? burst - owed : 0;
}

static inline void budget_take(struct budget *b, struct mono now, int64_t per_second, int64_t n)
{
	b->full.ns = (b->full.ns > now.ns ? b->full.ns : now.ns) + 1000000000 / per_second * n;
}

/* Spends one of `per_second`, of which `burst` may be spent at once; false: nothing is left. */
static inline bool budget_spend(struct budget *b, struct mono now, int64_t per_second, int64_t burst)
{
	if (budget_left(b, now, per_second, burst) < 1)
		return false;
	budget_take(b, now, per_second, 1);
	return true;
}

#endif
