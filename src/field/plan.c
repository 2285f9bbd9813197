#include "field/plan.h"

#include <string.h>

struct line_question plan_question(const struct plan_read *r)
{
	return (struct line_question){ .function = r->function, .address = r->address, .count = r->count };
}

static int64_t read_ns(const struct plan *p, const struct plan_read *r)
{
	struct line_question q = plan_question(r);
	return wire_read_ns(&p->wire, line_octets(&q));
}

static struct mono allowed_at(const struct plan_read *r, struct mono now, struct late *late)
{
	struct line_question q = plan_question(r);
	return late_allowed(late, &q, now);
}

/* ---- which tables ---- */

static bool expr_uses(const struct family *f, struct fam_expr e, int block)
{
	for (int i = e.start; i < e.start + e.length; i++) {
		const struct fam_op *op = &f->code[i];
		if ((op->code == FAM_OP_BIT || op->code == FAM_OP_IN || op->code == FAM_OP_MANAGED) && op->block == block)
			return true;
	}
	return false;
}

/* The same words as an earlier read, which then serves both. */
static bool fold(struct plan_read *other, const struct plan_read *r, enum level level)
{
	if (other->function != r->function || other->address != r->address || other->offset != r->offset || other->rate > r->rate)
		return false;
	if (other->block == r->block) {
		other->levels |= (uint8_t)(1 << level);
		if (r->full > other->full)       /* the longer one says all that the other says */
			other->count = other->full = r->full;
		return true;
	}
	if (r->offset || r->full > other->full || (other->also && other->also != r->block + 1))
		return false;
	other->also = (uint8_t)(r->block + 1);
	other->also_levels |= (uint8_t)(1 << level);
	return true;
}

static void add(struct plan *p, struct plan_read r, enum level level)
{
	for (int i = 0; i < p->reads; i++)
		if (fold(&p->read[i], &r, level))
			return;
	if (p->reads == PLAN_READS_MAX)
		return;                  /* cannot be: the loader allows FAM_BLOCKS_MAX blocks */
	r.levels = (uint8_t)(1 << level);
	p->read[p->reads++] = r;
}

static void add_block(struct plan *p, int b, enum level level, enum ups_system system, uint8_t unit_number)
{
	const struct family *f = p->family;
	const struct fam_block *block = &f->block[b];
	uint8_t words = family_block_words(block, level, system);
	struct plan_read r = {
		.function = block->function, .address = family_address(f, block, level, system, unit_number),
		.count = words, .full = words, .block = (uint8_t)b, .rate = (uint8_t)block->rate, .state = PLAN_NEW,
	};
	add(p, r, level);
	if (!block->shorter || !block->rest_address || block->shorter >= words)
		return;
	r.address = block->rest_address;
	r.offset = block->shorter;
	r.count = r.full = (uint8_t)(words - block->shorter);
	r.state = PLAN_OFF;
	add(p, r, level);
}

static void add_blocks(struct plan *p, enum fam_rate rate, enum ups_system system, uint8_t unit_number)
{
	const struct family *f = p->family;
	for (int b = 0; b < f->block_count; b++) {
		const struct fam_block *block = &f->block[b];
		if (block->rate != rate || !block->used)
			continue;
		if (system == SYSTEM_PARALLEL && block->levels & FAM_LEVEL_UPS)
			add_block(p, b, LEVEL_UPS, system, unit_number);
		if (block->levels & (FAM_LEVEL_UNIT | FAM_LEVEL_SYSTEM))
			add_block(p, b, LEVEL_UNIT, system, unit_number);
	}
}

void plan_make(struct plan *p, const struct family *f, enum ups_system system, uint8_t unit_number, const struct wire *wire,
	uint32_t interval_ms)
{
	*p = (struct plan){ .family = f, .wire = *wire, .interval_ms = interval_ms };
	if (system == SYSTEM_UNKNOWN) {
		for (int b = 0; b < f->block_count; b++)
			if (expr_uses(f, f->parallel, b))
				add_block(p, b, LEVEL_UNIT, SYSTEM_SINGLE, 0);
		for (int i = 0; i < p->reads; i++)
			p->read[i].rate = FAM_RARE;
		return;
	}
	add_blocks(p, FAM_FAST, system, unit_number);
	p->fasts = p->reads;
	add_blocks(p, FAM_TURN, system, unit_number);
	add_blocks(p, FAM_RARE, system, unit_number);
}

/* ---- when ---- */

static int64_t ms(int64_t n)
{
	return n * 1000000;
}

/* The interval at which the tables of a rate take one part in `share` of the line. */
static int64_t interval_ns(const struct plan *p, enum fam_rate rate, int64_t share, int64_t least_ms)
{
	int64_t round = 0;
	for (int i = 0; i < p->reads; i++)
		if (p->read[i].rate == rate && p->read[i].state != PLAN_OFF && p->read[i].state != PLAN_REFUSED)
			round += read_ns(p, &p->read[i]);
	return round * share > ms(least_ms) ? round * share : ms(least_ms);
}

int64_t plan_turn_ns(const struct plan *p, struct mono now)
{
	if (p->interval_ms)
		return ms(p->interval_ms);
	if (p->on_battery || now.ns < p->hurry_until.ns)
		return ms(PLAN_HURRY_MS);
	int64_t interval = interval_ns(p, FAM_TURN, PLAN_SHARE, PLAN_TURN_MS);
	return interval < ms(PLAN_TURN_MAX_MS) ? interval : ms(PLAN_TURN_MAX_MS);
}

/* From when a read may be made; an instant in the past when it was never asked. */
static struct mono due(const struct plan *p, const struct plan_read *r, struct mono now)
{
	if (!mono_is_set(r->asked))
		return (struct mono){ 0 };
	if (r->state == PLAN_REFUSED)
		return mono_add_ms(r->asked, PLAN_REFUSED_MS);
	if (r->rate == FAM_FAST)
		return r->asked;         /* at each turn */
	if (r->failures)
		return mono_add_ms(r->asked, PLAN_HURRY_MS);
	return mono_add_ns(r->asked, r->rate == FAM_TURN ? plan_turn_ns(p, now) :
		interval_ns(p, FAM_RARE, PLAN_RARE_SHARE, PLAN_RARE_MS));
}

static struct mono earlier(struct mono a, struct mono b)
{
	return b.ns < a.ns ? b : a;
}

/* A short read that works and whose answer cannot be taken for one that is owed: with it all that is owed is settled. */
static int settling_read(const struct plan *p, struct mono now, struct late *late)
{
	int best = -1;
	for (int i = 0; i < p->reads; i++) {
		const struct plan_read *r = &p->read[i];
		struct line_question q = plan_question(r);
		if (r->state == PLAN_GOOD && late_settles(late, &q, now) && (best < 0 || r->count < p->read[best].count))
			best = i;
	}
	return best;
}

/* The next fast read of this cycle, -1 when the cycle is over or must wait until *wait. */
static int next_fast(struct plan *p, struct mono now, struct late *late, struct mono *wait)
{
	for (; p->cursor < p->fasts; p->cursor++) {
		const struct plan_read *r = &p->read[p->cursor];
		if (r->state == PLAN_OFF || (r->state == PLAN_REFUSED && due(p, r, now).ns > now.ns))
			continue;
		struct mono allowed = allowed_at(r, now, late);
		if (allowed.ns <= now.ns)
			return p->cursor;
		int settling = settling_read(p, now, late);
		if (settling >= 0)
			return settling;
		/* Passed over in favour of the other tables, but not for ever: then the line rests until it may be asked. */
		if (mono_is_set(r->asked) && mono_ms_between(r->asked, now) > PLAN_PATIENCE_MS) {
			*wait = allowed;
			return -1;
		}
	}
	return -1;
}

/* The slow read that has been due for longest; -1 and *wait when there is none now. */
static int next_slow(struct plan *p, struct mono now, struct late *late, struct mono *wait)
{
	int best = -1;
	struct mono best_due = { INT64_MAX };
	for (int i = p->fasts; i < p->reads; i++) {
		const struct plan_read *r = &p->read[i];
		if (r->state == PLAN_OFF)
			continue;
		struct mono at = due(p, r, now), allowed = allowed_at(r, now, late);
		if (allowed.ns > now.ns && allowed.ns > at.ns)
			at = allowed;
		*wait = earlier(*wait, at);
		if (at.ns <= now.ns && at.ns < best_due.ns) {
			best = i;
			best_due = at;
		}
	}
	return best;
}

static bool slow_is_new(const struct plan *p)
{
	for (int i = p->fasts; i < p->reads; i++)
		if (p->read[i].state == PLAN_NEW && !p->read[i].failures)
			return true;
	return false;
}

static void close_cycle(struct plan *p)
{
	if (mono_is_set(p->cycle_start) && !p->cycle_failures) {
		p->cycles++;
		p->last_cycle_ns = mono_ns_between(p->cycle_start, p->cycle_end) + p->wire.silence_ns;
		p->last_cycle_wire_ns = p->cycle_wire_ns;
	}
	p->cycle_wire_ns = 0;
	p->cycle_failures = 0;
}

int plan_next(struct plan *p, struct mono now, struct late *late, struct mono *wait)
{
	for (int round = 0; round < 2; round++) {
		*wait = (struct mono){ INT64_MAX };
		int i = next_fast(p, now, late, wait);
		if (i >= 0 || p->cursor < p->fasts)
			return i;

		i = p->slow_done && !slow_is_new(p) ? -1 : next_slow(p, now, late, wait);
		p->slow_done = i >= 0;
		if (i >= 0)
			return i;

		/* The cycle is over.  On TCP the next one waits for its time. */
		struct mono next = now;
		if (!p->wire.octet_ns && mono_is_set(p->cycle_began))
			next = mono_add_ms(p->cycle_began, PLAN_TCP_CYCLE_MS);
		if (p->fasts && next.ns > now.ns) {
			*wait = earlier(*wait, next);
			return -1;
		}
		close_cycle(p);
		p->cursor = 0;
		p->slow_done = false;
		p->cycle_start = (struct mono){ 0 };
		p->cycle_began = now;
	}
	/* Nothing at all may be asked now: tables that are all refused, or all too like a late answer. */
	for (int i = 0; i < p->fasts; i++) {
		const struct plan_read *r = &p->read[i];
		struct mono at = due(p, r, now), allowed = allowed_at(r, now, late);
		if (r->state != PLAN_OFF)
			*wait = earlier(*wait, at.ns > allowed.ns ? at : allowed);
	}
	return -1;
}

/* ---- what came of it ---- */

static void asked(struct plan *p, int i, struct mono at)
{
	p->read[i].asked = at;
	if (i < p->fasts && i == p->cursor)
		p->cursor++;             /* not when another one was asked to settle what is owed */
}

static void account(struct plan *p, int i, struct mono sent, struct mono ended)
{
	if (i >= p->fasts)
		return;
	if (!mono_is_set(p->cycle_start))
		p->cycle_start = sent;
	p->cycle_end = ended;
	p->cycle_wire_ns += read_ns(p, &p->read[i]);
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

/* The words of one block at the levels that it has here. */
static bool store(const struct plan *p, const struct plan_read *r, int block, uint8_t levels, const uint16_t *words,
	struct fam_image *image, struct mono at)
{
	const struct fam_block *info = &p->family->block[block];
	uint8_t count = r->count < info->count ? r->count : info->count;
	bool changed = false;
	for (int l = 0; l < LEVEL_TABLES; l++) {
		if (!(levels & 1 << l))
			continue;
		uint16_t *to = &image->level[l].word[info->first + r->offset];
		struct fam_image_block *b = &image->level[l].block[block];
		changed |= memcmp(to, words, count * sizeof words[0]) != 0;
		memcpy(to, words, count * sizeof words[0]);
		if (r->offset) {
			changed |= !b->rest_got;
			b->rest_got = true;
			continue;
		}
		changed |= b->got != count || b->refused || b->stale;
		b->got = count;
		b->rest_got = b->rest_got && r->count < r->full;
		b->refused = b->stale = false;
		b->at = at;
	}
	return changed;
}

bool plan_answered(struct plan *p, int i, const uint16_t *words, struct fam_image *image, struct mono sent, struct mono ended)
{
	struct plan_read *r = &p->read[i];
	bool changed = store(p, r, r->block, r->levels, words, image, ended);
	if (r->also)
		changed |= store(p, r, r->also - 1, r->also_levels, words, image, ended);
	r->state = PLAN_GOOD;
	r->failures = 0;
	account(p, i, sent, ended);
	asked(p, i, sent);
	return changed;
}

static bool becomes_shorter(struct plan *p, struct plan_read *r)
{
	const struct fam_block *block = &p->family->block[r->block];
	if (r->offset || !block->shorter || r->count <= block->shorter)
		return false;
	r->count = block->shorter;
	r->asked = (struct mono){ 0 };   /* at once */
	struct plan_read *rest = rest_of(p, r);
	if (rest)
		rest->state = PLAN_NEW;
	return true;
}

static void becomes_absent(struct plan *p, struct plan_read *r, struct fam_image *image)
{
	r->state = PLAN_REFUSED;
	if (r->offset)
		return;                  /* the words before it are there */
	r->count = r->full;              /* the next attempt begins anew */
	struct plan_read *rest = rest_of(p, r);
	if (rest)
		rest->state = PLAN_OFF;
	for (int l = 0; l < LEVEL_TABLES; l++) {
		if (r->levels & 1 << l)
			image->level[l].block[r->block].refused = true;
		if (r->also && r->also_levels & 1 << l)
			image->level[l].block[r->also - 1].refused = true;
	}
}

static void becomes_stale(struct plan_read *r, struct fam_image *image)
{
	r->state = PLAN_FAILING;
	for (int l = 0; l < LEVEL_TABLES; l++) {
		if (r->levels & 1 << l)
			image->level[l].block[r->block].stale = true;
		if (r->also && r->also_levels & 1 << l)
			image->level[l].block[r->also - 1].stale = true;
	}
}

static bool passes_by_itself(uint8_t exception)
{
	return exception && !line_is_for_good(exception);
}

enum plan_verdict plan_refused(struct plan *p, int i, uint8_t exception, uint8_t retries, struct fam_image *image, struct mono now)
{
	struct plan_read *r = &p->read[i];
	bool answered_before = r->state == PLAN_GOOD || r->state == PLAN_FAILING;
	p->cycle_failures += i < p->fasts;
	if (r->failures < UINT8_MAX)
		r->failures++;
	if ((answered_before || passes_by_itself(exception)) && r->failures <= retries) {
		asked(p, i, now);
		return PLAN_ASK_AGAIN;
	}
	if (answered_before) {
		becomes_stale(r, image);
		asked(p, i, now);
		return PLAN_STALE;
	}
	if (becomes_shorter(p, r)) {
		r->failures = 0;
		return PLAN_ASK_SHORTER;
	}
	becomes_absent(p, r, image);
	asked(p, i, now);
	return PLAN_ABSENT;
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

bool plan_complete(const struct plan *p)
{
	for (int i = 0; i < p->reads; i++)
		if (p->read[i].state == PLAN_NEW)
			return false;
	return true;
}

int plan_witness(const struct plan *p, int read)
{
	for (int i = 0; i < p->reads; i++)
		if (p->read[i].state == PLAN_GOOD && p->read[i].count != p->read[read].count)
			return i;
	return -1;
}

void plan_image_stale(struct fam_image *image)
{
	for (int l = 0; l < LEVEL_TABLES; l++)
		for (int b = 0; b < FAM_BLOCKS_MAX; b++)
			if (image->level[l].block[b].got)
				image->level[l].block[b].stale = true;
}
