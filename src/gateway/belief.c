#include "gateway/belief.h"

#include <string.h>

/* The identity, field by field: what the field says when it says nothing is empty or 0. */
#define TEXTS(X) X(family) X(model) X(serial) X(reference) X(location)
#define NUMBERS(X) X(kva_x10) X(code) X(unit_number) X(units) X(phases_in) X(phases_out) X(factor) X(system)

static bool same_identity(const struct ups_identity *a, const struct ups_identity *b)
{
#define SAME_TEXT(field) if (strcmp(a->field, b->field) != 0) return false;
#define SAME_NUMBER(field) if (a->field != b->field) return false;
	TEXTS(SAME_TEXT)
	NUMBERS(SAME_NUMBER)
	return true;
}

/* Nothing that was known is another thing now. */
static bool only_adds(const struct ups_identity *before, const struct ups_identity *now)
{
#define ADDS_TEXT(field) if (before->field[0] && strcmp(before->field, now->field) != 0) return false;
#define ADDS_NUMBER(field) if (before->field && before->field != now->field) return false;
	TEXTS(ADDS_TEXT)
	NUMBERS(ADDS_NUMBER)
	return true;
}

/* What the same UPS does not say just now it has said before. */
static void fill_gaps(struct ups_identity *now, const struct ups_identity *before)
{
#define FILL_TEXT(field) if (!now->field[0]) memcpy(now->field, before->field, sizeof now->field);
#define FILL_NUMBER(field) if (!now->field) now->field = before->field;
	TEXTS(FILL_TEXT)
	NUMBERS(FILL_NUMBER)
}

static struct belief hear(const struct snapshot *s, const struct belief *held)
{
	struct belief b = { .identity = s->identity };
	if (b.identity.code == UINT16_MAX) {             /* the words are not available, and neither is what was made of them */
		b.identity = (struct ups_identity){ .factor = s->identity.factor, .system = s->identity.system };
		memcpy(b.identity.family, s->identity.family, sizeof b.identity.family);
	}
	bool another = b.identity.code && held->identity.code && b.identity.code != held->identity.code;
	if (!another && strcmp(b.identity.family, held->identity.family) == 0)
		fill_gaps(&b.identity, &held->identity);
	for (int n = 0; n < VALUES; n++)
		b.out[n] = n != VALUE_DEVICE_STATUS && value_quality(s, n) == QUALITY_NOT_MANAGED;
	return b;
}

static bool same(const struct belief *a, const struct belief *b)
{
	return memcmp(a->out, b->out, sizeof a->out) == 0 && same_identity(&a->identity, &b->identity);
}

static bool stands(struct believer *b, const struct belief *heard, struct mono now)
{
	if (!mono_is_set(b->since) || !same(heard, &b->doubted)) {
		b->doubted = *heard;
		b->since = now;
	}
	return mono_ms_between(b->since, now) >= BELIEF_MS;
}

bool belief_hear(struct believer *b, const struct snapshot *s)
{
	if (!s->identity.family[0])
		return false;
	struct belief heard = hear(s, &b->held);
	bool news = !same_identity(&heard.identity, &b->held.identity);
	bool contradicts = !same(&heard, &b->held) && !(news && only_adds(&b->held.identity, &heard.identity));
	if (contradicts && !stands(b, &heard, s->at))
		return false;
	bool changed = !same(&heard, &b->held);
	b->held = heard;
	b->since = (struct mono){ 0 };
	return changed;
}
