/* What came of a read. */
#include <string.h>

#include "field/plan.h"

static void asked(struct plan *p, int i, struct mono at)
{
	p->read[i].asked = at;
	if (i < p->fasts && i == p->cursor)
		p->cursor++;             /* not when another one was asked to settle what is owed */
}

static void account(struct plan *p, int i, struct mono sent, struct mono ended)
{
	if (i >= p->fasts || p->second)
		return;
	if (!mono_is_set(p->cycle_start))
		p->cycle_start = sent;
	p->cycle_end = ended;
	p->cycle_wire_ns += plan_read_ns(p, &p->read[i]);
}

static struct plan_read *rest_of(struct plan *p, const struct plan_read *r)
{
	for (int i = 0; i < p->reads; i++) {
		struct plan_read *other = &p->read[i];
		if (other->block == r->block && other->offset && !r->offset && other->levels & r->levels)
			return other;
	}
	return NULL;
}

/* ---- the tables of the images that a read fills ---- */

struct target {
	struct fam_image_level *level;
	int block;
	uint8_t first;           /* word of the block */
};

enum { TARGETS_MAX = 2 * (LEVEL_TABLES + 1) };

static int add_targets(struct plan_words *w, int block, uint8_t levels, struct target *t, int n)
{
	for (int l = 0; l < LEVEL_TABLES; l++)
		if (levels & 1 << l)
			t[n++] = (struct target){ &w->image.level[l], block, 0 };
	if (levels & PLAN_TELLS)
		t[n++] = (struct target){ &w->tells.level[LEVEL_UNIT], block, 0 };
	return n;
}

static int targets_of(const struct plan_read *r, struct plan_words *w, struct target t[TARGETS_MAX])
{
	int n = add_targets(w, r->block, r->levels, t, 0);
	return r->also ? add_targets(w, r->also - 1, r->also_levels, t, n) : n;
}

static struct fam_image_block *block_of(const struct target *t)
{
	return &t->level->block[t->block];
}

/* Has this read answered before, in this run? */
static bool has_answered(const struct plan_read *r, struct plan_words *w)
{
	struct target t[TARGETS_MAX];
	int n = targets_of(r, w, t);
	for (int i = 0; i < n; i++)
		if (r->offset ? block_of(&t[i])->rest_got : block_of(&t[i])->got >= r->count)
			return true;
	return false;
}

/* ---- an answer ---- */

static bool a_fast_one_works(const struct plan *p)
{
	for (int i = 0; i < p->fasts; i++)
		if (p->read[i].state == PLAN_GOOD)
			return true;
	return false;
}

bool plan_is_void(const struct plan *p, int i, const uint16_t *words)
{
	const struct plan_read *r = &p->read[i];
	const struct fam_block *block = &p->conf.family->block[r->block];
	bool may_be = block->bits && r->rate != FAM_FAST;        /* "all measurements are managed" */
	may_be |= r->rate == FAM_TURN && a_fast_one_works(p);    /* "none is available": each for itself */
	struct line_question q = plan_question(r);
	return !may_be && line_all_ones(&q, words);
}

struct change {
	bool words, any;         /* any: or what is known about them */
};

static void store(const struct plan *p, const struct plan_read *r, const struct target *t, const uint16_t *words, struct mono at,
	struct change *change)
{
	const struct fam_block *info = &p->conf.family->block[t->block];
	uint8_t count = r->count < info->count ? r->count : info->count;
	uint16_t *to = &t->level->word[info->first + r->offset];
	struct fam_image_block *b = block_of(t);
	change->words |= memcmp(to, words, count * sizeof words[0]) != 0;
	memcpy(to, words, count * sizeof words[0]);
	if (r->offset) {
		change->any |= !b->rest_got;
		b->rest_got = true;
		return;
	}
	change->any |= b->got != count || b->refused || b->stale;
	b->got = count;
	b->rest_got = b->rest_got && r->count < r->full;
	b->refused = b->stale = false;
	b->at = at;
}

static void in_full(struct plan *p, struct plan_read *r)
{
	struct plan_read *rest = rest_of(p, r);
	r->count = r->full;
	if (rest)
		rest->state = PLAN_OFF;
}

/* The UPS has perhaps been started anew, or is another one. */
static void rare_soon(struct plan *p)
{
	for (int i = p->fasts; i < p->reads; i++)
		if (p->read[i].rate == FAM_RARE && p->read[i].answers)
			p->read[i].answers = 1;
}

bool plan_answered(struct plan *p, int i, const uint16_t *words, struct plan_words *w, struct mono sent, struct mono ended)
{
	struct plan_read *r = &p->read[i];
	struct target t[TARGETS_MAX];
	struct change change = { 0 };
	int n = targets_of(r, w, t);
	for (int k = 0; k < n; k++)
		store(p, r, &t[k], words, ended, &change);
	if (i < p->fasts && r->state == PLAN_GOOD && change.words) {
		p->stirred = ended;
		if (!p->second && i == p->cursor)
			p->changed = i;
	}
	bool back = r->state == PLAN_FAILING;
	r->state = PLAN_GOOD;
	r->failures = 0;
	r->silent = false;
	if (r->answers < UINT8_MAX)
		r->answers++;
	account(p, i, sent, ended);
	if (back && i < p->fasts)
		rare_soon(p);
	if (back && r->count < r->full)
		in_full(p, r);           /* at once: was it only the moment? */
	else
		asked(p, i, sent);
	return change.words || change.any;
}

/* ---- none ---- */

static bool becomes_shorter(struct plan *p, struct plan_read *r)
{
	const struct fam_block *block = &p->conf.family->block[r->block];
	if (r->offset || !block->shorter || r->count <= block->shorter)
		return false;
	r->count = block->shorter;
	r->failures--;                   /* that was not the last word */
	r->asked = (struct mono){ 0 };   /* at once */
	struct plan_read *rest = rest_of(p, r);
	if (rest)
		rest->state = PLAN_NEW;
	return true;
}

/* A table of the UPS level that the UPS does not have in its own place. */
static bool becomes_elsewhere(const struct plan *p, struct plan_read *r)
{
	const struct family *f = p->conf.family;
	uint16_t other;
	if (r->offset || r->levels != 1 << LEVEL_UPS
	    || !family_elsewhere(f, &f->block[r->block], LEVEL_UPS, p->conf.unit_number, r->address, &other))
		return false;
	r->address = other;
	r->count = r->full;
	r->failures = 0;
	r->asked = (struct mono){ 0 };   /* at once */
	return true;
}

/* From the first place again at the next attempt. */
static void begin_anew(struct plan *p, struct plan_read *r)
{
	in_full(p, r);
	if (r->levels == 1 << LEVEL_UPS)
		r->address = family_address(p->conf.family, &p->conf.family->block[r->block], LEVEL_UPS, p->conf.system, p->conf.unit_number);
}

static enum plan_verdict becomes_absent(struct plan *p, struct plan_read *r, struct plan_words *w)
{
	struct target t[TARGETS_MAX];
	int n = targets_of(r, w, t);
	enum plan_verdict verdict = r->state == PLAN_REFUSED ? PLAN_AS_BEFORE : PLAN_BECAME_ABSENT;
	r->state = PLAN_REFUSED;
	if (r->offset)
		return verdict;          /* the words before it are there */
	begin_anew(p, r);
	for (int k = 0; k < n; k++)
		block_of(&t[k])->refused = true;
	return verdict;
}

static enum plan_verdict becomes_stale(struct plan_read *r, struct plan_words *w)
{
	struct target t[TARGETS_MAX];
	int n = targets_of(r, w, t);
	enum plan_verdict verdict = r->state == PLAN_FAILING ? PLAN_AS_BEFORE : PLAN_BECAME_STALE;
	r->state = PLAN_FAILING;
	for (int k = 0; k < n && !r->offset; k++) {
		struct fam_image_block *b = block_of(&t[k]);
		b->stale = b->got > 0;
		b->refused |= !b->got && r->optional;    /* so that nothing waits for an option that never answers */
	}
	return verdict;
}

static void count_failure(struct plan *p, int i)
{
	plan_failed(p, i);
	if (p->read[i].failures < UINT8_MAX)
		p->read[i].failures++;
}

enum plan_verdict plan_refused(struct plan *p, int i, uint8_t exception, struct plan_words *w, struct mono now)
{
	struct plan_read *r = &p->read[i];
	enum plan_verdict verdict = PLAN_ASK_AGAIN;
	count_failure(p, i);
	r->silent = false;
	bool for_good = line_is_for_good(exception) || (!exception && r->optional);
	if (for_good && !has_answered(r, w)) {
		if (becomes_shorter(p, r))
			return PLAN_ASK_SHORTER;
		if (becomes_elsewhere(p, r))
			return PLAN_ASK_ELSEWHERE;
		if (r->state != PLAN_REFUSED)
			r->failures = 1;
		verdict = becomes_absent(p, r, w);
	} else if (r->failures > p->conf.retries || r->state == PLAN_FAILING || r->state == PLAN_REFUSED) {
		verdict = becomes_stale(r, w);
		/* It may be another UPS by now: every length and place that the map has, one after the other. */
		if (for_good && (becomes_shorter(p, r) || becomes_elsewhere(p, r)))
			return verdict;
		if (for_good && !r->offset)
			begin_anew(p, r);
	}
	asked(p, i, now);
	return verdict;
}

enum plan_verdict plan_silent(struct plan *p, int i, struct plan_words *w, struct mono now)
{
	struct plan_read *r = &p->read[i];
	enum plan_verdict verdict;
	count_failure(p, i);
	if (r->optional && !has_answered(r, w)) {
		if (r->state != PLAN_REFUSED)
			r->failures = 1;
		verdict = becomes_absent(p, r, w);
	} else {
		verdict = becomes_stale(r, w);
	}
	r->silent = true;
	asked(p, i, now);
	return verdict;
}

void plan_failed(struct plan *p, int i)
{
	p->cycle_failures += i < p->fasts;
}

void plan_unsure(struct plan *p, int i, struct mono now)
{
	plan_failed(p, i);
	if (!p->read[i].failures)
		p->read[i].failures = 1;
	asked(p, i, now);
}

/* ---- all of them ---- */

bool plan_is_known(const struct plan *p)
{
	for (int i = 0; i < p->reads; i++)
		if (p->read[i].state == PLAN_NEW)
			return false;
	return true;
}

static bool serves(const struct plan_read *r, int block)
{
	return r->block == block || r->also == block + 1;
}

/* Does a read that works serve the block, at whatever level? */
static bool block_works(const struct plan *p, int block)
{
	for (int i = 0; i < p->reads; i++)
		if (p->read[i].state == PLAN_GOOD && serves(&p->read[i], block))
			return true;
	return false;
}

bool plan_is_complete(const struct plan *p)
{
	for (int i = 0; i < p->fasts; i++)
		if (!p->read[i].optional && !block_works(p, p->read[i].block))
			return false;
	return plan_is_known(p) && plan_has_good(p);
}

bool plan_has_good(const struct plan *p)
{
	for (int i = 0; i < p->reads; i++)
		if (p->read[i].state == PLAN_GOOD)
			return true;
	return false;
}

static bool may_be_asked(const struct plan_read *r, struct mono now, struct late *late)
{
	struct line_question q = plan_question(r);
	return late_allowed(late, &q, now).ns <= now.ns;
}

int plan_witness(const struct plan *p, int silent, struct mono now, struct late *late)
{
	int untried = -1;
	for (int i = 0; i < p->reads; i++) {
		const struct plan_read *r = &p->read[i];
		if (i == silent || !may_be_asked(r, now, late))
			continue;
		if (r->state == PLAN_GOOD)
			return i;
		if (untried < 0 && r->state == PLAN_NEW && !r->failures)
			untried = i;
	}
	return untried;
}

/* Is it the unit's own table, for which no other level can stand in? */
static bool is_alone(const struct plan *p, const struct plan_read *r)
{
	return p->conf.system == SYSTEM_PARALLEL && p->conf.unit_number && r->levels & 1 << LEVEL_UNIT && !r->offset
		&& !(p->conf.family->block[r->block].levels & FAM_LEVEL_SYSTEM);
}

int plan_ailing(const struct plan *p)
{
	for (int i = 0; i < p->reads; i++) {
		const struct plan_read *r = &p->read[i];
		bool missing = r->state == PLAN_REFUSED && i < p->fasts && !r->optional && (is_alone(p, r) || !block_works(p, r->block));
		if (r->state == PLAN_FAILING || missing)
			return i;
	}
	return -1;
}

bool plan_image_age(struct fam_image *image, const struct family *f, struct mono since)
{
	bool any = false;
	for (int l = 0; l < LEVEL_TABLES; l++)
		for (int b = 0; b < f->block_count; b++) {
			struct fam_image_block *block = &image->level[l].block[b];
			if (f->block[b].rate != FAM_FAST || !block->got || block->stale || block->at.ns > since.ns)
				continue;
			block->stale = any = true;
		}
	return any;
}

void plan_image_stale(struct fam_image *image)
{
	for (int l = 0; l < LEVEL_TABLES; l++)
		for (int b = 0; b < FAM_BLOCKS_MAX; b++)
			if (image->level[l].block[b].got)
				image->level[l].block[b].stale = true;
}
