#include "transaction/places.h"

#include <stdlib.h>

enum { PLACES = PLACES_ANSWERS + PLACES_REQUESTS + PLACES_PROOFS };
static const unsigned most[PLACE_STATES] = { [PLACE_COLLECTS] = PLACES_REQUESTS, [PLACE_ANSWERS] = PLACES_ANSWERS, [PLACE_PROVES] = PLACES_PROOFS };

struct places {
	struct place slot[PLACES];
	struct place *live[PLACES], *unused[PLACES];
	unsigned n[PLACE_STATES];                    /* by state; n[PLACE_FREE] of `unused` */
	unsigned blocks_unused;
	uint8_t (*room)[PLACES_REQUEST_MAX];         /* [PLACES_REQUESTS], in one piece: a head each would touch a page each */
	bool room_taken[PLACES_REQUESTS];
	uint8_t (*block)[PLACES_BLOCK];
	int next[PLACES_BLOCKS], first_unused;
	uint8_t *scratch;
};

struct places *places_make(void)
{
	struct places *p = calloc(1, sizeof *p);
	if (!p)
		return NULL;
	p->block = calloc(PLACES_BLOCKS, sizeof p->block[0]);        /* pages come when they are touched */
	p->scratch = calloc(1, PLACES_ANSWER_MAX);
	p->room = calloc(PLACES_REQUESTS, sizeof p->room[0]);
	bool ok = p->block && p->scratch && p->room;
	for (unsigned i = 0; i < PLACES; i++)
		p->unused[i] = &p->slot[PLACES - 1 - i];
	p->n[PLACE_FREE] = PLACES;
	for (int i = 0; i < PLACES_BLOCKS; i++)
		p->next[i] = i + 1 < PLACES_BLOCKS ? i + 1 : -1;
	p->blocks_unused = PLACES_BLOCKS;
	if (!ok) {
		places_free(p);
		return NULL;
	}
	return p;
}

void places_free(struct places *p)
{
	if (!p)
		return;
	free(p->room);
	free(p->scratch);
	free(p->block);
	free(p);
}

uint8_t *places_scratch(struct places *p)
{
	return p->scratch;
}

unsigned places_live(const struct places *p)
{
	return p->n[PLACE_COLLECTS] + p->n[PLACE_ANSWERS];
}

static unsigned taken(const struct places *p)
{
	return PLACES - p->n[PLACE_FREE];
}

/* ---- taking and ending ---- */

static int take_room(struct places *p)
{
	int i = 0;
	while (p->room_taken[i])                 /* as many rooms as places that collect */
		i++;
	p->room_taken[i] = true;
	return i;
}

struct place *places_take(struct places *p, enum place_state state, struct server *server, void (*expired)(struct ev_timer *))
{
	if (p->n[state] >= most[state])
		return NULL;
	unsigned at = taken(p);
	struct place *t = p->unused[--p->n[PLACE_FREE]];
	*t = (struct place){ .server = server, .state = (uint8_t)state, .room = -1, .block = -1, .at = at };
	if (state == PLACE_COLLECTS) {
		t->room = take_room(p);
		t->in.octets = p->room[t->room];
	}
	ev_timer_init(&t->timer, expired);
	p->live[t->at] = t;
	p->n[state]++;
	return t;
}

void places_end(struct places *p, struct place *t)
{
	ev_cancel(&t->timer);
	if (t->room >= 0)
		p->room_taken[t->room] = false;
	while (t->block >= 0) {
		int block = t->block;
		t->block = p->next[block];
		p->next[block] = p->first_unused;
		p->first_unused = block;
		p->blocks_unused++;
	}
	struct place *last = p->live[taken(p) - 1];
	p->live[t->at] = last;
	last->at = t->at;
	p->n[t->state]--;
	t->state = PLACE_FREE;
	p->unused[p->n[PLACE_FREE]++] = t;
}

/* ---- the octets of an answer ---- */

bool places_keep(struct places *p, struct place *t, const uint8_t *answer, size_t length)
{
	unsigned blocks = (unsigned)((length + PLACES_BLOCK - 1) / PLACES_BLOCK);
	if (blocks > p->blocks_unused)
		return false;
	t->blocks = blocks;
	p->blocks_unused -= blocks;
	int *link = &t->block;
	for (size_t from = 0; from < length; from += PLACES_BLOCK) {
		int block = p->first_unused;
		p->first_unused = p->next[block];
		p->next[block] = -1;
		*link = block;
		link = &p->next[block];
		size_t left = length - from;
		memcpy(p->block[block], answer + from, left < PLACES_BLOCK ? left : PLACES_BLOCK);
	}
	return true;
}

void places_copy(const struct places *p, const struct place *t, size_t from, size_t length, uint8_t *to)
{
	int block = t->block;
	for (; from >= PLACES_BLOCK; from -= PLACES_BLOCK)
		block = p->next[block];
	while (length) {
		size_t part = PLACES_BLOCK - from < length ? PLACES_BLOCK - from : length;
		memcpy(to, p->block[block] + from, part);
		to += part;
		length -= part;
		from = 0;
		block = p->next[block];
	}
}

/* ---- finding ---- */

static struct place *find(const struct places *p, const struct server *server, const struct bac_addr *peer, uint8_t invoke, bool proves)
{
	for (unsigned i = 0, n = taken(p); i < n; i++) {
		struct place *t = p->live[i];
		if (t->apdu.invoke == invoke && (t->state == PLACE_PROVES) == proves && t->server == server && bac_addr_same(&t->head.from, peer))
			return t;
	}
	return NULL;
}

struct place *places_find(const struct places *p, const struct server *server, const struct bac_addr *peer, uint8_t invoke)
{
	return find(p, server, peer, invoke, false);
}

struct place *places_proof(const struct places *p, const struct server *server, const struct bac_addr *peer, uint8_t invoke)
{
	return p->n[PLACE_PROVES] ? find(p, server, peer, invoke, true) : NULL;
}

struct place *places_of(const struct places *p, const struct server *server)
{
	for (unsigned i = 0, n = taken(p); i < n; i++)
		if (p->live[i]->server == server)
			return p->live[i];
	return NULL;
}

static bool same_address(const struct place *t, const struct bac_addr *from)
{
	return memcmp(t->head.from.mac, from->mac, 4) == 0;      /* ports, and networks behind a router, can be made up at will */
}

struct place *places_proof_of(const struct places *p, const struct bac_addr *peer)
{
	for (unsigned i = 0, n = p->n[PLACE_PROVES] ? taken(p) : 0; i < n; i++)
		if (p->live[i]->state == PLACE_PROVES && same_address(p->live[i], peer))
			return p->live[i];
	return NULL;
}

bool places_staked(const struct places *p, const struct place *proof)
{
	for (unsigned i = 0, n = taken(p); i < n; i++) {
		const struct place *t = p->live[i];
		if (t->state == PLACE_ANSWERS && t->bits && t->acknowledged && t->begun.ns <= proof->begun.ns && same_address(t, &proof->head.from))
			return true;
	}
	return false;
}

/* Is `a` weaker than `b`? */
static bool weaker(const struct place *a, const struct place *b)
{
	return a->acknowledged == b->acknowledged ? a->moved.ns < b->moved.ns : !a->acknowledged;
}

struct place *places_weakest(const struct places *p, enum place_state state, const struct bac_addr *from, struct mono now)
{
	unsigned places = 0, blocks = 0;
	for (unsigned i = 0, n = taken(p); i < n; i++) {
		const struct place *t = p->live[i];
		if (t->state == state && same_address(t, from)) {
			places++;
			blocks += t->blocks;
		}
	}
	unsigned half = (state == PLACE_COLLECTS ? PLACES_REQUESTS : PLACES_ANSWERS) / 2;
	bool own = places >= half || blocks >= PLACES_BLOCKS / 2;
	struct place *weakest = NULL;
	for (unsigned i = 0, n = taken(p); i < n; i++) {
		struct place *t = p->live[i];
		if (t->state != state || (own && !same_address(t, from)))
			continue;
		bool may = !t->acknowledged || mono_ms_between(t->moved, now) >= PLACES_IDLE_MS;
		if (may && (!weakest || weaker(t, weakest)))
			weakest = t;
	}
	return weakest;
}
