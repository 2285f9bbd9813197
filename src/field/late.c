#include "field/late.h"

static void forget_expired(struct late *l, struct mono now)
{
	for (int i = 0; i < l->questions; )
		if (l->question[i].until.ns <= now.ns)
			l->question[i] = l->question[--l->questions];
		else
			i++;
}

static bool same(const struct late_question *q, uint16_t address, uint8_t count)
{
	return q->address == address && q->count == count;
}

void late_note(struct late *l, uint16_t address, uint8_t count, struct mono until)
{
	int soonest = 0;
	for (int i = 0; i < l->questions; i++) {
		struct late_question *q = &l->question[i];
		if (same(q, address, count)) {
			if (q->until.ns < until.ns)
				q->until = until;
			return;
		}
		if (q->until.ns < l->question[soonest].until.ns)
			soonest = i;
	}
	int at = l->questions < LATE_MAX ? l->questions++ : soonest;
	l->question[at] = (struct late_question){ address, count, until };
}

void late_answered(struct late *l, uint16_t address, uint8_t count, struct mono now, struct mono until)
{
	forget_expired(l, now);
	for (int i = 0; i < l->questions; i++)
		if (same(&l->question[i], address, count)) {
			late_note(l, address, count, until);
			return;
		}
	l->questions = 0;
}

struct mono late_allowed(struct late *l, uint16_t address, uint8_t count, struct mono now)
{
	forget_expired(l, now);
	struct mono from = now;
	for (int i = 0; i < l->questions; i++) {
		const struct late_question *q = &l->question[i];
		if (q->count == count && q->address != address && q->until.ns > from.ns)
			from = q->until;
	}
	return from;
}

bool late_owed(struct late *l, uint16_t address, uint8_t count, struct mono now)
{
	forget_expired(l, now);
	for (int i = 0; i < l->questions; i++)
		if (!same(&l->question[i], address, count))
			return true;
	return false;
}

bool late_settles(struct late *l, uint8_t count, struct mono now)
{
	forget_expired(l, now);
	for (int i = 0; i < l->questions; i++)
		if (l->question[i].count == count)
			return false;
	return l->questions > 0;
}
