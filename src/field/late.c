#include "field/late.h"

static void forget_expired(struct late *l, struct mono now)
{
	for (int i = 0; i < l->count; )
		if (l->owed[i].until.ns <= now.ns)
			l->owed[i] = l->owed[--l->count];
		else
			i++;
}

/* Can the answer to one be taken for the answer to the other? */
static bool alike(const struct line_question *a, const struct line_question *b)
{
	return a->function == b->function && line_octets(a) == line_octets(b);
}

static bool same(const struct line_question *a, const struct line_question *b)
{
	return a->function == b->function && a->address == b->address && a->count == b->count;
}

void late_note(struct late *l, const struct line_question *q, struct mono until)
{
	int soonest = 0;
	for (int i = 0; i < l->count; i++) {
		struct late_question *owed = &l->owed[i];
		if (same(&owed->question, q)) {
			if (owed->until.ns < until.ns)
				owed->until = until;
			owed->doubtful = (struct mono){ 0 };
			return;
		}
		if (owed->until.ns < l->owed[soonest].until.ns)
			soonest = i;
	}
	int at = l->count < LATE_MAX ? l->count++ : soonest;
	l->owed[at] = (struct late_question){ .question = *q, .until = until };
}

void late_answered(struct late *l, const struct line_question *q, struct mono now, struct mono until)
{
	forget_expired(l, now);
	for (int i = 0; i < l->count; i++)
		if (same(&l->owed[i].question, q)) {
			struct mono doubtful = mono_is_set(l->owed[i].doubtful) ? l->owed[i].doubtful : now;
			late_note(l, q, until);
			l->owed[i].doubtful = doubtful;
			return;
		}
	l->count = 0;
}

struct mono late_allowed(struct late *l, const struct line_question *q, struct mono now)
{
	forget_expired(l, now);
	struct mono from = now;
	for (int i = 0; i < l->count; i++) {
		const struct late_question *owed = &l->owed[i];
		bool rests = mono_is_set(owed->doubtful) && mono_ms_between(owed->doubtful, now) >= LATE_DOUBT_MS;
		bool hinders = same(&owed->question, q) ? rests : alike(&owed->question, q);
		if (hinders && owed->until.ns > from.ns)
			from = owed->until;
	}
	return from;
}

bool late_owed(struct late *l, const struct line_question *q, struct mono now)
{
	forget_expired(l, now);
	for (int i = 0; i < l->count; i++)
		if (!same(&l->owed[i].question, q))
			return true;
	return false;
}

bool late_settles(struct late *l, const struct line_question *q, struct mono now)
{
	forget_expired(l, now);
	for (int i = 0; i < l->count; i++)
		if (alike(&l->owed[i].question, q))
			return false;
	return l->count > 0;
}
