#include "field/session_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- the log ---- */

static bool may_log(struct session *s, enum lines_of kind, struct mono now)
{
	static const char *const about[] = { [LINES_LINK] = "losses and returns", [LINES_OTHER] = "lines" };
	struct lines *l = &s->lines[kind];
	if (!mono_is_set(l->from) || mono_ms_between(l->from, now) >= SESSION_LINES_MS) {
		l->from = now;
		l->count = 0;
	}
	if (l->count == SESSION_LINES) {
		l->held_back++;
		return false;
	}
	l->count++;
	if (l->held_back)
		log_warning(s->log, "%s: %u %s about this link were held back", s->conf.link, l->held_back, about[kind]);
	l->held_back = 0;
	return true;
}

bool session_log_of(struct session *s, enum lines_of kind, enum log_level level, const char *format, ...)
{
	char text[512];
	va_list args;
	if (level != LOG_LEVEL_DEBUG && !may_log(s, kind, line_now(&s->line)))
		return false;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	log_line(s->log, level, "%s: %s", s->conf.link, text);
	return true;
}

void session_tell_gathered(struct session *s)
{
	struct gathered *g = &s->gathered;
	const char *many = g->count > 1 ? "s" : "";
	if (g->count && g->again)
		session_log(s, LOG_LEVEL_INFO, "table%s %s answer%s again", many, g->text, g->count > 1 ? "" : "s");
	else if (g->count)
		session_log(s, LOG_LEVEL_WARNING, "table%s %s do%s not answer (%s)", many, g->text, g->count > 1 ? "" : "es", g->how);
	g->count = 0;
}

void session_gather(struct session *s, char letter, uint16_t address, const char *how)
{
	enum { ONE_MORE = sizeof ", X at 0xFFFF" };
	struct gathered *g = &s->gathered;
	bool same = how ? !g->again && strcmp(g->how, how) == 0 : g->again;
	if (g->count && (!same || strlen(g->text) + ONE_MORE > sizeof g->text))
		session_tell_gathered(s);
	if (!g->count)
		*g = (struct gathered){ .from = line_now(&s->line), .again = !how };
	size_t used = strlen(g->text);
	snprintf(g->text + used, sizeof g->text - used, "%s%c at 0x%04X", g->count ? ", " : "", letter, address);
	snprintf(g->how, sizeof g->how, "%s", how ? how : "");
	g->count++;
}

/* ---- the snapshot ---- */

/* What somebody should look after although the UPS answers, in one sentence; the worst first. */
static void tell_trouble(struct session *s)
{
	struct link_stats *t = &s->snapshot.stats;
	int ailing = s->snapshot.link == LINK_UP ? plan_ailing(&s->plan) : -1;
	s->snapshot.lacking = ailing >= 0;
	t->trouble[0] = '\0';
	if (ailing >= 0)
		snprintf(t->trouble, sizeof t->trouble, "the UPS answers, but not to questions for table %c at 0x%04X",
			s->family->block[s->plan.read[ailing].block].letter, s->plan.read[ailing].address);
	else if (s->echo.told)
		snprintf(t->trouble, sizeof t->trouble, "the line gives back what is sent: switch the echo of the RS-485 adapter off");
	else if (s->strays.told)
		snprintf(t->trouble, sizeof t->trouble,
			"stray octets before answers: look at the RS-485 adapter, the bias and the termination of the line");
}

void session_say(struct session *s, struct mono now)
{
	tell_trouble(s);
	if (s->snapshot.link == LINK_LOST && !s->refused)
		memcpy(s->snapshot.stats.last_error, s->lost_why, sizeof s->lost_why);
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

void session_decode(struct session *s)
{
	uint32_t implausible = 0;
	struct mono since = mono_add_ms(line_now(&s->line), -source_age_limit_ms(s->conf.timeout_ms));
	s->changed |= plan_image_age(&s->words.image, s->family, since);
	plan_image_age(&s->shown, s->family, since);
	s->shown.system = (uint8_t)s->system;
	family_decode(s->family, &s->shown, s->conf.unit_number, &s->snapshot, &implausible);
	snprintf(s->snapshot.identity.family, sizeof s->snapshot.identity.family, "%s", s->family->id);
	s->plan.on_battery = on_battery(&s->snapshot);
	for (int g = 0; g < s->family->guard_count && g < 32; g++)
		if (implausible & ~s->implausible & UINT32_C(1) << g)
			session_log(s, LOG_LEVEL_WARNING, "the values of group \"%s\" are not plausible and are not published",
				s->family->guard[g].name);
	s->implausible |= implausible;
}

void session_beat(struct session *s, struct mono now)
{
	if (mono_ms_between(s->gathered.from, now) >= SESSION_GATHER_MS)
		session_tell_gathered(s);
	if (now.ns < s->next_heartbeat.ns)
		return;
	if (s->family && s->system != SYSTEM_UNKNOWN)
		session_decode(s);
	session_say(s, now);
}

bool session_wait(struct session *s, struct mono until)
{
	for (;;) {
		struct mono now = line_now(&s->line);
		session_beat(s, now);
		struct mono to = until.ns < s->next_heartbeat.ns ? until : s->next_heartbeat;
		if (!line_pause(&s->line, to))
			return false;
		if (line_now(&s->line).ns >= until.ns)
			return true;
	}
}

/* ---- one request ---- */

bool session_has_no_answer(enum line_result r)
{
	return r != LINE_ANSWER && r != LINE_EXCEPTION;
}

static void count_answer(struct session *s, const struct line_question *q, const struct line_answer *a)
{
	struct link_stats *t = &s->snapshot.stats;
	int64_t wire_ns = 0;
	t->requests++;
	switch (a->result) {
	case LINE_ANSWER:
		t->answers++;
		wire_ns = wire_read_ns(&s->wire, line_octets(q) + line_written_octets(q));
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
		wire_ns = wire_read_ns(&s->wire, line_octets(q));
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

static bool count_noise(struct noise *n, bool present)
{
	bool before = n->told;
	n->with = present ? n->with + 1 : 0;
	n->without = present ? 0 : n->without + 1;
	if (n->with >= SESSION_NOISE_FROM)
		n->told = true;
	if (n->without >= SESSION_NOISE_TO)
		n->told = false;
	return n->told && !before;
}

static void hear_noise(struct session *s, const struct line_answer *a)
{
	struct link_stats *t = &s->snapshot.stats;
	t->echoes += a->echo;
	t->strays += a->strays;
	if (session_has_no_answer(a->result))
		return;                          /* what came instead of an answer is counted as a failure */
	if (count_noise(&s->echo, a->echo))
		session_log(s, LOG_LEVEL_WARNING, "the line gives back what is sent; that is left out, but the adapter should not do it");
	if (count_noise(&s->strays, a->strays > 0))
		session_log(s, LOG_LEVEL_WARNING, "stray octets come before answers; they are left out, but the line is not in order");
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
	if (a->unsure || (session_has_no_answer(a->result) && a->result != LINE_NOBODY))
		late_note(&s->late, q, until);
	else
		late_answered(&s->late, q, line_now(&s->line), until);
}

struct line_answer session_ask(struct session *s, struct line_question q, uint16_t *words)
{
	struct link_stats *t = &s->snapshot.stats;
	q.slave = s->conf.slave;
	struct line_answer a = line_read(&s->line, &q, words);
	struct mono now = line_now(&s->line);
	/* An exception does not say to which question it belongs. */
	a.unsure = a.result == LINE_EXCEPTION && late_owed(&s->late, &q, now);
	count_answer(s, &q, &a);
	hear_noise(s, &a);
	if (a.result == LINE_ANSWER) {
		t->heard = now;
		t->last_error[0] = '\0';
	} else if (a.result == LINE_EXCEPTION) {
		snprintf(t->last_error, sizeof t->last_error, "0x%04X, %u words: exception %u", q.address, q.count, a.exception);
	} else {
		snprintf(t->last_error, sizeof t->last_error, "0x%04X, %u words: %s", q.address, q.count, line_result_text(a.result));
	}
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

/* ---- the next attempt ---- */

static struct mono jittered(struct session *s, struct mono now, int64_t ms)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 17;
	s->random ^= s->random << 5;
	return mono_add_ms(now, ms * 3 / 4 + s->random % (uint32_t)(ms / 2 + 1));
}

void session_try_later(struct session *s)
{
	int64_t ms = SESSION_BACK_OFF_MS;
	for (int i = 0; i < s->misses && ms < SESSION_BACK_OFF_MAX_MS; i++)
		ms *= 2;
	if (ms > SESSION_BACK_OFF_MAX_MS)
		ms = SESSION_BACK_OFF_MAX_MS;
	s->next_try = jittered(s, line_now(&s->line), ms);
}

void session_try_soon(struct session *s)
{
	s->misses = 0;
	session_try_later(s);
}
