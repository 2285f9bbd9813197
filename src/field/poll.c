/* Polling a UPS that has been found. */
#include "field/session_state.h"

#include <stdio.h>
#include <string.h>

static void make_plan(struct session *s)
{
	plan_make(&s->plan, &(struct plan_conf){
		.family = s->family, .system = s->system, .unit_number = s->conf.unit_number, .retries = s->conf.retries,
		.wire = s->wire, .interval_ms = s->conf.measurement_interval_ms, .timeout_ms = s->conf.timeout_ms,
	});
	s->again = s->suspect = -1;
	s->doubt = s->others_answer = false;
	s->failures = s->refusals = 0;
	s->other_system_since = (struct mono){ 0 };
}

void poll_begin(struct session *s, struct mono now)
{
	s->system = SYSTEM_UNKNOWN;
	s->other_step = s->said_incomplete = false;
	s->busy_until = now;
	s->words.tells = (struct fam_image){ 0 };
	make_plan(s);
}

/* ---- what is shown ---- */

/* Between two cycles what has come in belongs together and may be shown. */
static void show(struct session *s, struct mono now)
{
	if (s->system == SYSTEM_UNKNOWN || !plan_is_between(&s->plan, now) || s->plan.torn)
		return;
	s->shown = s->words.image;
	if (!s->changed)
		return;
	s->changed = false;
	session_decode(s);
	session_say(s, now);
}

/* ---- losing it ---- */

void poll_tell_lost(struct session *s)
{
	session_tell_gathered(s);
	s->said_lost = session_log_of(s, LINES_LINK, LOG_LEVEL_WARNING, "the UPS does not answer (%s)", s->lost_why);
}

static void link_lost(struct session *s, const char *why)
{
	struct mono now = line_now(&s->line);
	snprintf(s->lost_why, sizeof s->lost_why, "%s", why);
	s->snapshot.link = LINK_LOST;
	s->snapshot.complete = false;
	plan_image_stale(&s->shown);
	s->words.image = s->shown;               /* of a cycle that was not finished nothing stays */
	if (s->system != SYSTEM_UNKNOWN)
		session_decode(s);
	poll_tell_lost(s);
	session_try_soon(s);
	session_say(s, now);
}

/* ---- which system it is ---- */

static void learn_system(struct session *s, enum ups_system system)
{
	s->system = system;
	make_plan(s);
}

/* All tables of the unit are refused: perhaps this UPS keeps its units at the other step (0x0100 instead of 0x1000). */
static bool try_other_step(struct session *s)
{
	if (s->system != SYSTEM_PARALLEL || !s->conf.unit_number || s->conf.unit_step || s->other_step)
		return false;
	int refused = 0;
	for (int i = 0; i < s->plan.fasts; i++) {
		const struct plan_read *r = &s->plan.read[i];
		if (!(r->levels & 1 << LEVEL_UNIT) || r->offset || s->family->block[r->block].levels & FAM_LEVEL_SYSTEM)
			continue;                /* it has no place of the unit's own */
		if (r->state != PLAN_REFUSED)
			return false;
		refused++;
	}
	if (!refused)
		return false;
	s->other_step = true;
	family_set_unit_step(s->family, s->family->bases.unit_step == 0x0100 ? 0x1000 : 0x0100);
	session_log(s, LOG_LEVEL_INFO, "unit %u has no tables here, looking for them in steps of 0x%04X", s->conf.unit_number,
		s->family->bases.unit_step);
	learn_system(s, SYSTEM_PARALLEL);
	return true;
}

/* The first thing after the link is up: the words that tell, or a guess when this UPS does not have them (or not now). */
static void find_system(struct session *s, enum ups_system says)
{
	s->system_guessed = says == SYSTEM_UNKNOWN;
	learn_system(s, says == SYSTEM_UNKNOWN ? SYSTEM_SINGLE : says);
}

static void watch_system(struct session *s, enum ups_system says)
{
	struct mono now = line_now(&s->line);
	if (says == SYSTEM_UNKNOWN)
		return;
	if (says == s->system) {
		s->system_guessed = false;
		s->other_system_since = (struct mono){ 0 };
		return;
	}
	if (!mono_is_set(s->other_system_since))
		s->other_system_since = now;
	if (!s->system_guessed && mono_ms_between(s->other_system_since, now) < SESSION_STANDS_MS)
		return;
	s->system_guessed = false;
	session_log(s, LOG_LEVEL_INFO, "it is a %s system now", says == SYSTEM_PARALLEL ? "parallel" : "single");
	plan_image_stale(&s->words.image);
	learn_system(s, says);
}

/* ---- complete ---- */

static void tell_complete(struct session *s)
{
	const struct ups_identity *id = &s->snapshot.identity;
	if (!s->said_complete)
		session_log(s, LOG_LEVEL_INFO, "%s%s%s, %s system, complete", id->model[0] ? id->model : s->family->title,
			id->serial[0] ? ", serial number " : "", id->serial, s->system == SYSTEM_PARALLEL ? "parallel" : "single");
	s->said_complete = true;
}

/* What every table has told, once all have been read. */
static void consider(struct session *s, struct mono now)
{
	if (!plan_is_known(&s->plan))
		return;
	enum ups_system says = family_system(s->family, &s->words.tells);
	if (s->system == SYSTEM_UNKNOWN) {
		find_system(s, says);
		return;
	}
	watch_system(s, says);
	if (s->snapshot.complete || !plan_is_known(&s->plan) || try_other_step(s))
		return;
	if (plan_is_complete(&s->plan)) {
		if (!plan_is_between(&s->plan, now))
			return;
		s->shown = s->words.image;
		session_decode(s);
		s->snapshot.complete = true;
		session_say(s, now);
		tell_complete(s);
	} else if (!s->said_incomplete) {
		int i = plan_ailing(&s->plan);
		s->said_incomplete = true;
		if (i >= 0)
			session_log(s, LOG_LEVEL_WARNING, "status and alarms cannot be read: table %c at 0x%04X does not answer",
				s->family->block[s->plan.read[i].block].letter, s->plan.read[i].address);
	}
}

/* ---- what came of a request ---- */

static void tell_verdict(struct session *s, const struct plan_read *was, enum plan_verdict verdict, const char *how)
{
	const struct fam_block *block = &s->family->block[was->block];
	switch (verdict) {
	case PLAN_ASK_AGAIN:
	case PLAN_AS_BEFORE:
		return;
	case PLAN_ASK_SHORTER:
		session_log(s, LOG_LEVEL_DEBUG, "table %c at 0x%04X: %u words refused, trying %u", block->letter, was->address, was->count,
			block->shorter);
		return;
	case PLAN_ASK_ELSEWHERE:
		session_log(s, LOG_LEVEL_DEBUG, "table %c at 0x%04X: refused, trying its other place", block->letter, was->address);
		return;
	case PLAN_BECAME_STALE:
		session_gather(s, block->letter, was->address, how);
		break;
	case PLAN_BECAME_ABSENT:
		session_log(s, was->optional || was->offset ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO, "this UPS has no table %c at 0x%04X (%s)",
			block->letter, was->address, how);
		break;
	}
	s->changed = true;
}

/* Nothing has answered for as long as a table is given: which of them still do? */
static void look_for_one_that_answers(struct session *s, uint8_t exception, struct mono now)
{
	s->doubt = true;
	s->again = plan_has_good(&s->plan) ? plan_witness(&s->plan, -1, now, &s->late) : -1;
	if (s->again >= 0)
		return;
	s->doubt = false;
	if (plan_has_good(&s->plan))
		return;
	char why[64] = "answers, but every word says not available (all ones)";
	if (exception)
		snprintf(why, sizeof why, "every table answers with exception %u", exception);
	link_lost(s, why);
}

static void settle_refusal(struct session *s, const struct plan_read *was, enum plan_verdict verdict, uint8_t exception, struct mono now)
{
	bool doubtful = s->doubt || (verdict == PLAN_BECAME_STALE && s->refusals > s->conf.retries);
	if (doubtful && s->system != SYSTEM_UNKNOWN)
		look_for_one_that_answers(s, exception, now);
}

static void answered(struct session *s, int i, const uint16_t *words, const struct line_answer *a, struct mono now)
{
	struct plan_read was = s->plan.read[i];
	s->refusals = 0;
	s->doubt = false;
	s->changed |= plan_answered(&s->plan, i, words, &s->words, a->sent, now);
	if (was.state == PLAN_FAILING)
		session_gather(s, s->family->block[was.block].letter, was.address, NULL);
}

/* Refused, or answered with words that are none. */
static void refused(struct session *s, int i, uint8_t exception, struct mono now)
{
	struct plan_read was = s->plan.read[i];
	char how[48] = "all ones: not available";
	s->refusals++;
	if (exception)
		snprintf(how, sizeof how, "exception %u", exception);
	else
		snprintf(s->snapshot.stats.last_error, sizeof s->snapshot.stats.last_error, "0x%04X, %u words: %s", was.address,
			was.count, how);
	enum plan_verdict verdict = s->doubt ? plan_silent(&s->plan, i, &s->words, now) :
		plan_refused(&s->plan, i, exception, &s->words, now);
	tell_verdict(s, &was, verdict, how);
	settle_refusal(s, &was, verdict, exception, now);
}

static void silent(struct session *s, int i, struct mono now)
{
	struct plan_read was = s->plan.read[i];
	s->again = s->suspect = -1;
	s->others_answer = false;
	s->failures = 0;
	tell_verdict(s, &was, plan_silent(&s->plan, i, &s->words, now), "no answer, but to other questions");
	if (s->system != SYSTEM_UNKNOWN && !plan_has_good(&s->plan))
		link_lost(s, s->snapshot.stats.last_error);
	else
		show(s, now);
}

/* The UPS said something.  When that was to find out whether only the suspect is silent, that one is asked a last time. */
static void clear_suspicion(struct session *s, int asked)
{
	bool of_another = s->suspect >= 0 && asked != s->suspect;
	s->again = of_another ? s->suspect : -1;
	s->suspect = of_another ? s->suspect : -1;
	s->others_answer = of_another;
	s->failures = 0;
}

/* Can so many questions more stay without an answer, before what was heard is too old? */
static bool has_time_for(const struct session *s, int questions, struct mono now)
{
	return (int64_t)s->conf.timeout_ms * questions <= source_good_for_ms(&s->snapshot, s->conf.timeout_ms, now);
}

/* No answer to a question: ask once more, then another one, then it is lost. */
static void unanswered(struct session *s, int i, struct mono now)
{
	const struct plan_read *r = &s->plan.read[i];
	int attempts = s->conf.retries > 1 ? s->conf.retries : 1;
	plan_failed(&s->plan, i);
	s->failures++;
	s->again = i;
	bool alone = s->others_answer || r->state == PLAN_FAILING || r->state == PLAN_REFUSED;
	if (alone) {
		silent(s, i, now);
		return;
	}
	if (s->suspect >= 0 || s->doubt) {       /* the other one does not answer either */
		link_lost(s, s->snapshot.stats.last_error);
		return;
	}
	if (s->failures < attempts && has_time_for(s, 2, now))
		return;
	int witness = plan_witness(&s->plan, i, now, &s->late);
	if (witness >= 0) {
		s->suspect = i;
		s->again = witness;
	} else if (s->system == SYSTEM_UNKNOWN) {
		silent(s, i, now);               /* there is more to ask about, once the system has been guessed */
	} else if (s->failures > s->conf.retries || !has_time_for(s, 1, now)) {
		link_lost(s, s->snapshot.stats.last_error);
	}
}

/* The others answer, but there is no time left to ask a fast table once more before its words are too old. */
static void settle_suspect(struct session *s, struct mono now)
{
	int i = s->others_answer ? s->again : -1;
	if (s->snapshot.link != LINK_UP || i < 0 || i >= s->plan.fasts || !mono_is_set(s->plan.read[i].asked))
		return;
	if (mono_ms_between(s->plan.read[i].asked, now) + s->conf.timeout_ms > source_age_limit_ms(s->conf.timeout_ms))
		silent(s, i, now);
}

/* Up to now the line was wanted. */
static void count_wanted(struct session *s, struct mono now)
{
	if (s->wire.octet_ns)
		s->snapshot.stats.wanted_ns += (uint64_t)mono_ns_between(s->busy_until, now);
	s->busy_until = now;
}

static void count_cycle(struct session *s)
{
	struct link_stats *t = &s->snapshot.stats;
	if (!s->plan.cycles)
		return;
	t->cycle_us = (uint32_t)(s->plan.last_cycle_ns / 1000);
	t->wire_us = (uint32_t)(s->plan.last_cycle_wire_ns / 1000);
	if (t->cycle_us > t->cycle_us_max)
		t->cycle_us_max = t->cycle_us;
}

/* From then on a table that works is asked before any other, so that one silence more does not make all of them too old. */
static struct mono reassurance_due(const struct session *s)
{
	return mono_add_ms(s->snapshot.stats.heard, source_age_limit_ms(s->conf.timeout_ms) - s->conf.timeout_ms);
}

static int reassurance(struct session *s, struct mono now)
{
	bool due = now.ns >= reassurance_due(s).ns && plan_has_good(&s->plan);
	return due ? plan_witness(&s->plan, -1, now, &s->late) : -1;
}

/* Whatever is still being tried. */
static void lose_what_is_too_old(struct session *s, struct mono now)
{
	if (s->snapshot.link == LINK_UP && source_good_for_ms(&s->snapshot, s->conf.timeout_ms, now) <= 0)
		link_lost(s, s->snapshot.stats.last_error);
}

/* The read that is due; -1 after a wait.  False: the session shall end. */
static bool next_read(struct session *s, struct mono now, int *i)
{
	struct mono wait;
	*i = s->again;
	if (*i >= 0)
		return true;
	consider(s, now);
	*i = s->suspect < 0 ? reassurance(s, now) : -1;
	if (*i >= 0)
		return true;
	*i = plan_next(&s->plan, now, &s->late, &wait);
	count_cycle(s);
	if (*i >= 0)
		return true;
	struct mono due = reassurance_due(s);
	if (due.ns > now.ns && due.ns < wait.ns)
		wait = due;
	bool go_on = session_wait(s, wait);
	count_wanted(s, line_now(&s->line));
	return go_on;
}

/* Nothing is in doubt, and no cycle is torn in two by another question. */
static bool has_a_moment(struct session *s, struct mono now)
{
	return s->snapshot.complete && s->again < 0 && s->suspect < 0 && !s->doubt && plan_is_between(&s->plan, now);
}

bool poll_step(struct session *s)
{
	struct mono now = line_now(&s->line);
	uint16_t words[FAM_BLOCK_WORDS_MAX];
	int i;
	if (!line_pause(&s->line, now))
		return false;
	session_beat(s, now);
	if (has_a_moment(s, now) && session_set_clock(s, now)) {
		count_wanted(s, line_now(&s->line));
		return true;
	}
	if (!next_read(s, now, &i))
		return false;
	if (i < 0)
		return true;
	struct line_answer a = session_ask(s, plan_question(&s->plan.read[i]), words);
	now = line_now(&s->line);
	count_wanted(s, now);
	if (session_has_no_answer(a.result)) {
		if (a.stopped)
			return false;
		if (a.result == LINE_GONE && !session_set_speed(s, s->baud))
			link_lost(s, s->snapshot.stats.last_error);
		else
			unanswered(s, i, now);
		lose_what_is_too_old(s, now);
		return true;
	}
	clear_suspicion(s, i);
	if (a.unsure)
		plan_unsure(&s->plan, i, now);
	else if (a.result == LINE_EXCEPTION || plan_is_void(&s->plan, i, words))
		refused(s, i, a.exception, now);
	else
		answered(s, i, words, &a, now);
	settle_suspect(s, now);
	if (s->snapshot.link == LINK_UP)
		show(s, now);
	lose_what_is_too_old(s, now);
	return true;
}
