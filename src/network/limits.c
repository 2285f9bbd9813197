#include "network/limits.h"

#include <stdlib.h>

#include "base/budget.h"
#include "base/hash.h"
#include "base/random.h"

enum {
	ADDRESS_SETS = 256, MEMBER_SETS = 64, WAYS = 4,      /* sets are powers of two */
	QUESTIONS = 4,
};

struct question {
	struct mono at;
	uint64_t digest;
	uint8_t way;
};

struct source {
	struct mono since, seen;             /* first and last heard of; 0: an empty row */
	uint64_t id;                         /* the address; of a member: its hash */
	struct budget budget[LIMIT_KINDS], octets;
	struct mono proved_at;
	uint8_t bits;                        /* what it has guessed right so far */
	uint8_t next_question;
	struct question question[QUESTIONS];
};

struct limits {
	struct hash_key key;
	struct random random;
	struct budget all[LIMIT_KINDS], octets;
	size_t allowed;
	struct ipv4_net allow[ALLOW_MAX];
	struct source address[ADDRESS_SETS][WAYS], member[MEMBER_SETS][WAYS];
};

#define LIMIT(kind, address_per_s, address_burst, member_per_s, member_burst, all_per_s, all_burst) \
	{ address_per_s, address_burst, member_per_s, member_burst, all_per_s, all_burst },
static const struct limit_row {
	uint16_t address_per_s, address_burst, member_per_s, member_burst, all_per_s, all_burst;
} rows[LIMIT_KINDS] = {
#include "network/limits.def"
};
#undef LIMIT

struct limits *limits_make(uint64_t seed)
{
	struct limits *l = calloc(1, sizeof *l);
	if (!l)
		return NULL;
	hash_key_make(&l->key);
	l->random = random_make(seed);
	return l;
}

void limits_free(struct limits *l)
{
	free(l);
}

uint64_t limits_digest(const struct limits *l, const void *octets, size_t n)
{
	return hash_keyed(&l->key, octets, n);
}

uint32_t limits_below(struct limits *l, uint32_t bound)
{
	return random_below(&l->random, bound);
}

/* ---- the table ---- */

static bool proven(const struct source *s, struct mono now)
{
	return s->bits >= PROOF_BITS && mono_ms_between(s->proved_at, now) < PROOF_MS;
}

static bool known(const struct source *s)
{
	return mono_ms_between(s->since, s->seen) >= KNOWN_MS;
}

static bool is_regular(const struct source *s, struct mono now)
{
	return known(s) && mono_ms_between(s->seen, now) < KNOWN_REST_MS;
}

/* Does `a` give way before `b`? */
static bool gives_way(const struct source *a, const struct source *b, struct mono now)
{
	if (proven(a, now) != proven(b, now))
		return proven(b, now);
	bool a_stays = is_regular(a, now), b_stays = is_regular(b, now);
	return a_stays == b_stays ? a->seen.ns < b->seen.ns : b_stays;
}

/* The row of `id` in this set, or the one that gives way, made new. */
static struct source *row_of(struct source set[WAYS], uint64_t id, struct mono now)
{
	struct source *least = &set[0];
	for (unsigned i = 0; i < WAYS; i++) {
		if (mono_is_set(set[i].seen) && set[i].id == id) {
			set[i].seen = now;
			return &set[i];
		}
		if (gives_way(&set[i], least, now))
			least = &set[i];
	}
	*least = (struct source){ .since = now, .seen = now, .id = id };
	return least;
}

static struct source *address_of(struct limits *l, const struct bac_addr *from, struct mono now)
{
	uint32_t address;
	memcpy(&address, from->mac, sizeof address);
	return row_of(l->address[limits_digest(l, &address, sizeof address) % ADDRESS_SETS], address, now);
}

/* NULL: it is the address itself that speaks. */
static struct source *member_of(struct limits *l, const struct bac_addr *from, struct mono now)
{
	if (!from->net)
		return NULL;
	uint8_t whole[4 + 2 + 1 + BAC_MAC_MAX] = { 0 };
	memcpy(whole, from->mac, 4);
	memcpy(whole + 4, &from->net, 2);
	whole[6] = from->adr_len;
	memcpy(whole + 7, from->adr, from->adr_len);
	uint64_t id = limits_digest(l, whole, sizeof whole);
	return row_of(l->member[id % MEMBER_SETS], id, now);
}

/* ---- messages ---- */

bool limits_spend(struct limits *l, enum limit kind, const struct bac_addr *from, struct mono now)
{
	const struct limit_row *row = &rows[kind];
	struct source *address = address_of(l, from, now), *member = member_of(l, from, now);
	if (budget_left(&address->budget[kind], now, row->address_per_s, row->address_burst) < 1 ||
	    budget_left(&l->all[kind], now, row->all_per_s, row->all_burst) < 1 ||
	    (member && !budget_spend(&member->budget[kind], now, row->member_per_s, row->member_burst)))
		return false;
	budget_take(&address->budget[kind], now, row->address_per_s, 1);
	budget_take(&l->all[kind], now, row->all_per_s, 1);
	return true;
}

bool limits_same(struct limits *l, const struct bac_addr *from, struct mono now, unsigned way, uint64_t digest)
{
	struct source *s = address_of(l, from, now);
	for (unsigned i = 0; i < QUESTIONS; i++) {
		const struct question *q = &s->question[i];
		if (q->digest == digest && q->way != way && mono_is_set(q->at) && mono_ms_between(q->at, now) < SAME_QUESTION_MS)
			return true;
	}
	s->question[s->next_question++ % QUESTIONS] = (struct question){ now, digest, (uint8_t)way };
	return false;
}

/* ---- octets ---- */

static bool has_octets(struct limits *l, const struct source *s, struct mono now, int64_t octets)
{
	int64_t left_to_others = known(s) || proven(s, now) ? 0 : ALL_ANSWER_BURST / 2;
	return budget_left(&s->octets, now, ANSWER_PER_S, ANSWER_BURST) >= octets &&
	       budget_left(&l->octets, now, ALL_ANSWER_PER_S, ALL_ANSWER_BURST) >= octets + left_to_others;
}

static bool spend_octets(struct limits *l, struct source *s, struct mono now, int64_t octets)
{
	if (!has_octets(l, s, now, octets))
		return false;
	budget_take(&s->octets, now, ANSWER_PER_S, octets);
	budget_take(&l->octets, now, ALL_ANSWER_PER_S, octets);
	return true;
}

bool limits_would_answer(struct limits *l, const struct bac_addr *to, struct mono now, int64_t octets)
{
	const struct source *s = address_of(l, to, now);
	return octets <= 0 || proven(s, now) || has_octets(l, s, now, octets);
}

bool limits_answer(struct limits *l, const struct bac_addr *to, struct mono now, int64_t octets)
{
	struct source *s = address_of(l, to, now);
	return octets <= 0 || proven(s, now) || spend_octets(l, s, now, octets);
}

bool limits_answer_again(struct limits *l, const struct bac_addr *to, struct mono now, int64_t octets)
{
	return octets <= 0 || spend_octets(l, address_of(l, to, now), now, octets);
}

bool limits_proven(struct limits *l, const struct bac_addr *to, struct mono now)
{
	return proven(address_of(l, to, now), now);
}

void limits_proved(struct limits *l, const struct bac_addr *from, struct mono now, unsigned bits)
{
	struct source *s = address_of(l, from, now);
	s->bits = s->bits + bits < PROOF_BITS ? (uint8_t)(s->bits + bits) : PROOF_BITS;
	s->proved_at = now;
}

void limits_failed(struct limits *l, const struct bac_addr *from)
{
	uint32_t address;
	memcpy(&address, from->mac, sizeof address);
	struct source *set = l->address[limits_digest(l, &address, sizeof address) % ADDRESS_SETS];
	for (unsigned i = 0; i < WAYS; i++)
		if (set[i].id == address)
			set[i].bits = 0;
}

/* ---- who is served ---- */

void limits_allow(struct limits *l, const struct ipv4_net *nets, size_t n)
{
	l->allowed = n < ALLOW_MAX ? n : ALLOW_MAX;
	for (size_t i = 0; i < l->allowed; i++)
		l->allow[i] = nets[i];
}

bool limits_allowed(const struct limits *l, const uint8_t address[4])
{
	for (size_t i = 0; i < l->allowed; i++)
		if (ipv4_in_net(&l->allow[i], address))
			return true;
	return l->allowed == 0;
}
