#include "field/session_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOST_LINES_MS = 10000 };  /* at most one log line of a lost link in this time */

/* ---- the snapshot ---- */

void session_say(struct session *s, struct mono now)
{
	s->snapshot.sequence++;
	s->snapshot.at = now;
	s->next_heartbeat = mono_add_ms(now, SESSION_HEARTBEAT_MS);
	s->publish(s->ctx, &s->snapshot);
}

static bool on_battery(const struct snapshot *n)
{
	return n->state[ST_UNIT_LOAD_STATUS].value == UNIT_LOAD_STATUS_ON_BATTERY ||
		n->state[ST_UPS_LOAD_STATUS].value == UPS_LOAD_STATUS_ON_BATTERY;
}

/* Words -> values, and what follows for the plan from a load or a battery that changed its state. */
static void decode(struct session *s, struct mono now)
{
	static const enum state_id watched[] = { ST_UPS_LOAD_STATUS, ST_UNIT_LOAD_STATUS, ST_BATTERY_STATUS };
	uint8_t before[3];
	for (int i = 0; i < 3; i++)
		before[i] = s->snapshot.state[watched[i]].value;

	uint32_t implausible = 0;
	family_decode(s->family, &s->image, s->conf.unit_number, &s->snapshot, &implausible);
	snprintf(s->snapshot.identity.family, sizeof s->snapshot.identity.family, "%s", s->family->id);

	for (int i = 0; i < 3; i++)
		if (s->snapshot.complete && s->snapshot.state[watched[i]].value != before[i])
			s->plan.hurry_until = mono_add_ms(now, PLAN_HURRY_FOR_MS);
	s->plan.on_battery = on_battery(&s->snapshot);

	for (int g = 0; g < s->family->guard_count && g < 32; g++)
		if (implausible & ~s->implausible & UINT32_C(1) << g)
			log_warning(s->log, "%s: the values of group \"%s\" are not plausible and are not published",
				s->conf.link, s->family->guard[g].name);
	s->implausible |= implausible;
}

static void beat(struct session *s, struct mono now)
{
	if (now.ns < s->next_heartbeat.ns)
		return;
	if (s->family && s->system != SYSTEM_UNKNOWN)
		decode(s, now);
	session_say(s, now);
}

/* Waits, with a heartbeat now and then.  False: the session shall end. */
bool session_wait(struct session *s, struct mono until)
{
	for (;;) {
		struct mono now = line_now(&s->line);
		beat(s, now);
		struct mono to = until.ns < s->next_heartbeat.ns ? until : s->next_heartbeat;
		if (!line_pause(&s->line, to))
			return false;
		if (line_now(&s->line).ns >= until.ns)
			return true;
	}
}

/* ---- one request ---- */

static void count_answer(struct session *s, const struct line_answer *a, int octets)
{
	struct link_stats *t = &s->snapshot.stats;
	int64_t wire_ns = 0;
	t->requests++;
	switch (a->result) {
	case LINE_ANSWER:
		t->answers++;
		wire_ns = wire_read_ns(&s->wire, octets);
		break;
	case LINE_EXCEPTION:
	case LINE_NOBODY:
		t->exceptions++;
		wire_ns = wire_read_ns(&s->wire, 0);
		break;
	case LINE_TIMEOUT:
		t->timeouts++;
		wire_ns = wire_request_ns(&s->wire);
		break;
	case LINE_CRC:
		t->crc_errors++;
		wire_ns = wire_read_ns(&s->wire, octets);
		break;
	case LINE_BAD:
		t->bad_answers++;
		wire_ns = wire_request_ns(&s->wire);
		break;
	case LINE_GONE:
		break;
	}
	if (s->snapshot.link == LINK_UP)         /* the time of looking for the UPS does not count as wanted either */
		t->busy_ns += (uint64_t)wire_ns;
}

static bool is_failure(enum line_result r)
{
	return r != LINE_ANSWER && r != LINE_EXCEPTION;
}

/* Until when an answer to this question may still come, however late it is; also after a frame that was none, because that may
 * have been the late answer to the question before. */
static struct mono late_until(const struct session *s, const struct line_question *q, const struct line_answer *a)
{
	int64_t ms = (int64_t)s->conf.timeout_ms * SESSION_LATE_FACTOR;
	if (ms < SESSION_LATE_MIN_MS)
		ms = SESSION_LATE_MIN_MS;
	return mono_add_ns(mono_add_ms(a->sent, ms), wire_read_ns(&s->wire, line_octets(q)));
}

static void note_late(struct session *s, const struct line_question *q, const struct line_answer *a)
{
	struct mono until = late_until(s, q, a);
	if (!s->wire.octet_ns || a->result == LINE_GONE)
		return;
	if (is_failure(a->result) || a->unsure)
		late_note(&s->late, q, until);
	else
		late_answered(&s->late, q, line_now(&s->line), until);
}

struct line_answer session_ask(struct session *s, struct line_question q, uint16_t *words)
{
	q.slave = s->conf.slave;
	struct link_stats *t = &s->snapshot.stats;
	struct line_answer a = line_read(&s->line, &q, words);
	/* An exception does not say to which question it belongs. */
	a.unsure = a.result == LINE_EXCEPTION && late_owed(&s->late, &q, line_now(&s->line));
	count_answer(s, &a, line_octets(&q));
	if (a.result == LINE_ANSWER)
		t->last_error[0] = '\0';
	else if (a.result == LINE_EXCEPTION)
		snprintf(t->last_error, sizeof t->last_error, "0x%04X, %u words: exception %u", q.address, q.count, a.exception);
	else
		snprintf(t->last_error, sizeof t->last_error, "0x%04X, %u words: %s", q.address, q.count, line_result_text(a.result));
	note_late(s, &q, &a);
	return a;
}

bool session_set_speed(struct session *s, uint32_t baud)
{
	struct link_stats *t = &s->snapshot.stats;
	if (t->baud != baud)
		s->late = (struct late){ 0 };    /* whatever comes now has another shape */
	t->baud = baud;
	s->wire = wire_of(baud, s->conf.parity);
	return line_open(&s->line, baud, t->last_error, sizeof t->last_error);
}

/* ---- polling it ---- */

static void link_lost(struct session *s)
{
	struct mono now = line_now(&s->line);
	char why[sizeof s->snapshot.stats.last_error];
	memcpy(why, s->snapshot.stats.last_error, sizeof why);
	s->snapshot.link = LINK_LOST;
	s->snapshot.complete = false;
	plan_image_stale(&s->image);
	decode(s, now);
	uint32_t held;
	s->said_lost = log_limit_pass(&s->lost_lines, now, LOST_LINES_MS, &held);
	if (s->said_lost)
		log_warning(s->log, "%s: the UPS does not answer (%s)%s", s->conf.link, why, held ? ", not for the first time" : "");
	seek_soon(s);
	session_say(s, now);
}

static void learn_system(struct session *s, enum ups_system system)
{
	s->system = system;
	plan_make(&s->plan, s->family, system, s->conf.unit_number, &s->wire, s->conf.measurement_interval_ms);
	s->again = s->suspect = -1;
	s->failures = 0;
}

/* All tables of the unit are refused: perhaps this UPS keeps its units at the other step (0x0100 instead of 0x1000). */
static bool try_other_step(struct session *s)
{
	if (s->system != SYSTEM_PARALLEL || !s->conf.unit_number || s->conf.unit_step || s->other_step)
		return false;
	int refused = 0;
	for (int i = 0; i < s->plan.fasts; i++) {
		const struct plan_read *r = &s->plan.read[i];
		if (!(r->levels & 1 << LEVEL_UNIT) || r->offset)
			continue;
		if (r->state != PLAN_REFUSED)
			return false;
		refused++;
	}
	if (!refused)
		return false;
	s->other_step = true;
	family_set_unit_step(s->family, s->family->bases.unit_step == 0x0100 ? 0x1000 : 0x0100);
	log_info(s->log, "%s: unit %u has no tables here, looking for them in steps of 0x%04X", s->conf.link, s->conf.unit_number,
		s->family->bases.unit_step);
	learn_system(s, SYSTEM_PARALLEL);
	return true;
}

/* The words that tell a single from a parallel system are read at the first unit's base: no values of the unit that we show. */
static struct fam_image *image_of(struct session *s)
{
	return s->system == SYSTEM_UNKNOWN ? &s->scout : &s->image;
}

/* What every table has told, once all have been read. */
static void consider(struct session *s)
{
	if (!plan_complete(&s->plan))
		return;
	enum ups_system system = family_system(s->family, image_of(s));
	if (s->system == SYSTEM_UNKNOWN) {
		/* Words that this UPS does not have cannot say that it is part of a parallel system. */
		learn_system(s, system == SYSTEM_UNKNOWN ? SYSTEM_SINGLE : system);
		return;
	}
	if (system != SYSTEM_UNKNOWN && system != s->system) {
		log_info(s->log, "%s: it is a %s system now", s->conf.link, system == SYSTEM_PARALLEL ? "parallel" : "single");
		plan_image_stale(&s->image);
		learn_system(s, system);
		return;
	}
	if (s->snapshot.complete || try_other_step(s))
		return;
	struct mono now = line_now(&s->line);
	s->snapshot.complete = true;
	decode(s, now);
	session_say(s, now);
	const struct ups_identity *id = &s->snapshot.identity;
	if (!s->said_complete)
		log_info(s->log, "%s: %s%s%s, %s system, complete", s->conf.link, id->model[0] ? id->model : s->family->title,
			id->serial[0] ? ", serial number " : "", id->serial, s->system == SYSTEM_PARALLEL ? "parallel" : "single");
	s->said_complete = true;
}

static void answered(struct session *s, int i, const uint16_t *words, const struct line_answer *a, struct mono now)
{
	bool changed = plan_answered(&s->plan, i, words, image_of(s), a->sent, now);
	if (changed && s->system != SYSTEM_UNKNOWN) {
		decode(s, now);
		session_say(s, now);
	}
}

static void take_cycle(struct session *s)
{
	struct link_stats *t = &s->snapshot.stats;
	if (!s->plan.cycles)
		return;
	t->cycle_us = (uint32_t)(s->plan.last_cycle_ns / 1000);
	t->wire_us = (uint32_t)(s->plan.last_cycle_wire_ns / 1000);
	if (t->cycle_us > t->cycle_us_max)
		t->cycle_us_max = t->cycle_us;
}

static void refused(struct session *s, int i, uint8_t exception, struct mono now)
{
	const struct plan_read *r = &s->plan.read[i];
	char letter = s->family->block[r->block].letter;
	bool was_failing = r->state == PLAN_FAILING, optional = s->family->block[r->block].optional;
	uint16_t address = r->address;
	uint8_t count = r->count;
	bool told = r->state == PLAN_REFUSED;
	switch (plan_refused(&s->plan, i, exception, s->conf.retries, image_of(s), now)) {
	case PLAN_ASK_AGAIN:
		return;
	case PLAN_ASK_SHORTER:
		log_debug(s->log, "%s: table %c at 0x%04X: %u words refused, trying %u", s->conf.link, letter, address, count, r->count);
		return;
	case PLAN_STALE:
		if (!was_failing)
			log_warning(s->log, "%s: table %c at 0x%04X does not answer any more (exception %u)", s->conf.link, letter, address,
				exception);
		break;
	case PLAN_ABSENT:
		if (!told)
			log_line(s->log, optional || r->offset ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO,
				"%s: this UPS has no table %c at 0x%04X (exception %u)", s->conf.link, letter, address, exception);
		break;
	}
	if (s->system != SYSTEM_UNKNOWN && !was_failing) {
		decode(s, now);
		session_say(s, now);
	}
}

/* The question failed for the last time.  Is the link lost, or is it only that this table never answers? */
static void give_up(struct session *s, int i)
{
	s->failures = 0;
	s->again = -1;
	if (s->suspect < 0 && (s->plan.read[i].state == PLAN_NEW || s->plan.read[i].state == PLAN_REFUSED)) {
		s->again = plan_witness(&s->plan, i);
		if (s->again >= 0) {
			s->suspect = i;
			s->failures = s->conf.retries;   /* it has one attempt */
			return;
		}
	}
	link_lost(s);
}

/* Returns false when the session shall end. */
static bool poll_once(struct session *s)
{
	struct link_stats *t = &s->snapshot.stats;
	struct mono now = line_now(&s->line), wait;
	if (!line_pause(&s->line, now))
		return false;
	beat(s, now);
	int i = s->again;
	if (i < 0) {
		consider(s);
		i = plan_next(&s->plan, now, &s->late, &wait);
		take_cycle(s);
		if (i < 0) {
			bool go_on = session_wait(s, wait);
			if (s->wire.octet_ns)
				t->wanted_ns += (uint64_t)mono_ns_between(s->busy_until, line_now(&s->line));
			s->busy_until = line_now(&s->line);
			return go_on;
		}
	}
	const struct plan_read r = s->plan.read[i];
	uint16_t words[FAM_BLOCK_WORDS_MAX];
	struct line_answer a = session_ask(s, plan_question(&r), words);
	now = line_now(&s->line);
	if (s->wire.octet_ns)
		t->wanted_ns += (uint64_t)mono_ns_between(s->busy_until, now);
	s->busy_until = now;

	if (!is_failure(a.result)) {
		s->failures = 0;
		s->again = -1;
		if (a.result == LINE_ANSWER)
			answered(s, i, words, &a, now);
		else if (a.unsure)
			plan_unsure(&s->plan, i, now);
		else
			refused(s, i, a.exception, now);
		if (s->suspect >= 0) {           /* the line works: only that table is silent */
			i = s->suspect;
			s->suspect = -1;
			refused(s, i, 0, now);
		}
		return true;
	}
	plan_failed(&s->plan, i);
	s->again = i;
	if (a.result == LINE_GONE && !session_set_speed(s, s->baud))
		link_lost(s);
	else if (++s->failures > s->conf.retries || r.state == PLAN_REFUSED)
		give_up(s, i);
	return true;
}

/* ---- ---- */

struct session *session_make(const struct source_conf *conf, const struct line *line, const struct log *log,
	void (*publish)(void *, const struct snapshot *), void *ctx)
{
	struct session *s = calloc(1, sizeof *s);
	if (!s)
		return NULL;
	s->conf = *conf;
	s->line = *line;
	s->log = log;
	s->publish = publish;
	s->ctx = ctx;
	s->again = s->suspect = -1;
	s->random = (uint32_t)line_now(line).ns * 2654435761u | 1;
	snapshot_clear(&s->snapshot);
	snprintf(s->snapshot.stats.device, sizeof s->snapshot.stats.device, "%.63s", conf->link);
	return s;
}

void session_free(struct session *s)
{
	if (!s)
		return;
	line_close(&s->line);
	family_free(s->family);
	free(s);
}

void session_refuse(struct session *s, const char *why)
{
	s->refused = s->snapshot.internal_fault = true;
	snprintf(s->snapshot.stats.last_error, sizeof s->snapshot.stats.last_error, "%s", why);
}

bool session_step(struct session *s)
{
	if (s->refused)
		return session_wait(s, mono_add_ms(line_now(&s->line), 10 * SESSION_HEARTBEAT_MS));
	return s->snapshot.link == LINK_UP ? poll_once(s) : seek_step(s);
}
