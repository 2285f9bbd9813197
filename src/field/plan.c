/* When tables are read. */
#include "field/plan.h"

struct line_question plan_question(const struct plan_read *r)
{
	return (struct line_question){ .function = r->function, .address = r->address, .count = r->count };
}

int64_t plan_read_ns(const struct plan *p, const struct plan_read *r)
{
	struct line_question q = plan_question(r);
	return wire_read_ns(&p->conf.wire, line_octets(&q));
}

static struct mono allowed_at(const struct plan_read *r, struct mono now, struct late *late)
{
	struct line_question q = plan_question(r);
	return late_allowed(late, &q, now);
}

static struct mono earlier(struct mono a, struct mono b)
{
	return b.ns < a.ns ? b : a;
}

static struct mono later(struct mono a, struct mono b)
{
	return b.ns > a.ns ? b : a;
}

static int64_t ms(int64_t n)
{
	return n * 1000000;
}

/* ---- when a read is due ---- */

/* All tables of a rate once, on the wire. */
static int64_t round_ns(const struct plan *p, enum fam_rate rate)
{
	int64_t round = 0;
	for (int i = 0; i < p->reads; i++)
		if (p->read[i].rate == rate && p->read[i].state != PLAN_OFF && p->read[i].state != PLAN_REFUSED)
			round += plan_read_ns(p, &p->read[i]);
	return round;
}

static int64_t clamp(int64_t n, int64_t least, int64_t most)
{
	return n < least ? least : n > most ? most : n;
}

int64_t plan_turn_ns(const struct plan *p, const struct plan_read *r)
{
	int64_t interval = ms(PLAN_TURN_TCP_MS);
	if (p->conf.interval_ms)
		return ms(p->conf.interval_ms);
	if (p->conf.wire.octet_ns)
		interval = clamp(round_ns(p, FAM_TURN) * PLAN_TURN_TIMES, ms(PLAN_TURN_MIN_MS), ms(PLAN_TURN_MAX_MS));
	return p->on_battery && r->of_battery && interval > ms(PLAN_BATTERY_MS) ? ms(PLAN_BATTERY_MS) : interval;
}

static int64_t rare_ns(const struct plan *p)
{
	return clamp(round_ns(p, FAM_RARE) * PLAN_RARE_SHARE, ms(PLAN_RARE_MS), INT64_MAX);
}

/* The pause before a table that has never answered is asked again. */
static int64_t absent_ns(const struct plan_read *r)
{
	int64_t most = r->rate == FAM_FAST && !r->optional && !r->offset ? ms(PLAN_ABSENT_FAST_MAX_MS) : ms(PLAN_ABSENT_MAX_MS);
	int64_t pause = ms(PLAN_ABSENT_MS);
	for (int i = 1; i < r->failures && pause < most; i++)
		pause *= 2;
	return clamp(pause, 0, most);
}

/* The pause before a table that is not well is asked again. */
static int64_t retry_ns(const struct plan *p, const struct plan_read *r)
{
	if (r->state == PLAN_REFUSED)
		return absent_ns(r);
	return r->silent ? ms(PLAN_SILENT_MS) + 2 * ms(p->conf.timeout_ms) : ms(PLAN_RETRY_MS);
}

/* From when a read may be made; an instant in the past when it was never asked. */
static struct mono due(const struct plan *p, const struct plan_read *r)
{
	if (!mono_is_set(r->asked))
		return (struct mono){ 0 };
	if (r->state == PLAN_REFUSED || r->state == PLAN_FAILING || (r->failures && r->rate != FAM_FAST))
		return mono_add_ns(r->asked, retry_ns(p, r));
	if (r->rate == FAM_FAST)
		return r->asked;         /* in each cycle */
	if (r->rate == FAM_RARE)
		return mono_add_ns(r->asked, r->answers <= PLAN_SOON_TIMES ? ms(PLAN_SOON_MS) : rare_ns(p));
	return r->asked.ns < p->stirred.ns ? p->stirred : mono_add_ns(r->asked, plan_turn_ns(p, r));
}

/* ---- the cycle ---- */

static bool has_turn(const struct plan *p, const struct plan_read *r, struct mono now)
{
	return r->state != PLAN_OFF && due(p, r).ns <= now.ns;
}

/* Did a table that was read after the last one that changed not change?  Then that one may have changed back in between. */
static bool others_stayed(const struct plan *p)
{
	for (int i = p->changed + 1; i < p->fasts; i++)
		if (p->read[i].state == PLAN_GOOD)
			return true;
	return false;
}

static int pass_end(const struct plan *p)
{
	return !p->second ? p->fasts : p->changed + others_stayed(p);
}

bool plan_is_between(struct plan *p, struct mono now)
{
	for (;;) {
		while (p->cursor < pass_end(p) && !has_turn(p, &p->read[p->cursor], now))
			p->cursor++;
		if (p->cursor < pass_end(p))
			return false;
		if (p->second || p->changed < 0)
			return true;
		p->second = true;
		p->cursor = 0;
	}
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
	for (; !plan_is_between(p, now); p->cursor++) {
		const struct plan_read *r = &p->read[p->cursor];
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
		p->torn = true;
	}
	return -1;
}

/* Of two reads that are due: which goes first? */
static bool goes_before(const struct plan *p, const struct plan_read *a, struct mono a_due, const struct plan_read *b, struct mono b_due)
{
	if (p->on_battery && a->of_battery != b->of_battery)
		return a->of_battery;
	if (a_due.ns == b_due.ns && a->of_states != b->of_states)
		return a->of_states;
	return a_due.ns < b_due.ns;
}

/* The slow read whose turn it is; -1 and *wait when there is none now. */
static int next_slow(const struct plan *p, struct mono now, struct late *late, struct mono *wait)
{
	int best = -1;
	struct mono best_due = { 0 };
	for (int i = p->fasts; i < p->reads; i++) {
		const struct plan_read *r = &p->read[i];
		if (r->state == PLAN_OFF)
			continue;
		struct mono at = due(p, r), allowed = allowed_at(r, now, late);
		if (allowed.ns > now.ns)
			at = later(at, allowed);
		*wait = earlier(*wait, at);
		if (at.ns <= now.ns && (best < 0 || goes_before(p, r, at, &p->read[best], best_due))) {
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

static void begin_cycle(struct plan *p, struct mono now)
{
	if (mono_is_set(p->cycle_start) && !p->cycle_failures) {
		p->cycles++;
		p->last_cycle_ns = mono_ns_between(p->cycle_start, p->cycle_end) + p->conf.wire.silence_ns;
		p->last_cycle_wire_ns = p->cycle_wire_ns;
	}
	p->cycle_wire_ns = 0;
	p->cycle_failures = 0;
	p->cursor = 0;
	p->changed = -1;
	p->second = p->torn = p->slow_done = false;
	p->cycle_start = (struct mono){ 0 };
	p->cycle_began = now;
}

int plan_next(struct plan *p, struct mono now, struct late *late, struct mono *wait)
{
	for (int round = 0; round < 2; round++) {
		*wait = (struct mono){ INT64_MAX };
		int i = next_fast(p, now, late, wait);
		if (i >= 0 || p->cursor < pass_end(p))
			return i;

		i = p->slow_done && !slow_is_new(p) ? -1 : next_slow(p, now, late, wait);
		p->slow_done = i >= 0;
		if (i >= 0)
			return i;

		/* The cycle is over.  On TCP the next one waits for its time. */
		struct mono next = now;
		if (!p->conf.wire.octet_ns && mono_is_set(p->cycle_began))
			next = mono_add_ms(p->cycle_began, PLAN_TCP_CYCLE_MS);
		if (p->fasts && next.ns > now.ns) {
			*wait = earlier(*wait, next);
			return -1;
		}
		begin_cycle(p, now);
	}
	/* Nothing at all may be asked now: tables that are all refused, or all too like a late answer. */
	for (int i = 0; i < p->fasts; i++) {
		const struct plan_read *r = &p->read[i];
		if (r->state != PLAN_OFF)
			*wait = earlier(*wait, later(due(p, r), allowed_at(r, now, late)));
	}
	return -1;
}
