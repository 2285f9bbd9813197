/* Setting the clock of the UPS: the only thing that is ever written to it. */
#include "field/session_state.h"

#include <stdio.h>
#include <time.h>

/* What the clock shall say now, when it should have said `c` at c->at. */
static struct ups_clock moved_on(const struct ups_clock *c, struct mono now)
{
	struct tm tm = { .tm_year = c->year - 1900, .tm_mon = c->month - 1, .tm_mday = c->day, .tm_hour = c->hour, .tm_min = c->minute,
		.tm_sec = c->second };
	time_t seconds = timegm(&tm) + (time_t)(mono_ms_between(c->at, now) / 1000);
	gmtime_r(&seconds, &tm);
	return (struct ups_clock){ .valid = true, .year = (uint16_t)(tm.tm_year + 1900), .month = (uint8_t)(tm.tm_mon + 1),
		.day = (uint8_t)tm.tm_mday, .weekday = (uint8_t)(tm.tm_wday ? tm.tm_wday : 7), .hour = (uint8_t)tm.tm_hour,
		.minute = (uint8_t)tm.tm_min, .second = (uint8_t)tm.tm_sec, .at = now };
}

/* It is over, one way or the other: told once in the log, and kept for whoever asks. */
static void conclude(struct session *s, bool set, const char *words)
{
	struct link_stats *t = &s->snapshot.stats;
	s->clock.pending = false;
	t->clock_writes += set;
	t->clock_failures += !set;
	snprintf(t->clock_told, sizeof t->clock_told, "%s", words);
	session_log(s, set ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, "the clock of the UPS is %s%s", set ? "" : "not set: ", words);
}

/* The table of the clock is read at once, so that everybody sees what it says now. */
static void read_it_again(struct session *s)
{
	for (int i = 0; i < s->plan.reads; i++)
		if (s->family->block[s->plan.read[i].block].clock)
			s->plan.read[i].asked = (struct mono){ 0 };
}

void session_hear_clock(struct session *s)
{
	struct ups_clock wanted;
	while (s->take_clock && s->take_clock(s->ctx, &wanted))
		s->clock = (struct clock_to_set){ .pending = true, .wanted = wanted };
	if (s->clock.pending && s->snapshot.link != LINK_UP)     /* what it would say when it is back is another time */
		conclude(s, false, "the UPS does not answer");
}

static void settle(struct session *s, const struct line_answer *a, uint16_t address, const struct ups_clock *c)
{
	char words[CLOCK_TOLD_SIZE];
	if (a->result == LINE_ANSWER) {
		snprintf(words, sizeof words, "set to %04u-%02u-%02u %02u:%02u:%02u, function 16 at 0x%04X", c->year, c->month, c->day, c->hour,
			c->minute, c->second, address);
		conclude(s, true, words);
		read_it_again(s);
	} else if (a->result == LINE_EXCEPTION && !a->unsure) {
		snprintf(words, sizeof words, "exception %u, function 16 at 0x%04X", a->exception, address);
		conclude(s, false, words);
	} else if (s->clock.attempts > s->conf.retries) {
		snprintf(words, sizeof words, "%s, function 16 at 0x%04X", a->unsure ? "no answer that is surely its own" : line_result_text(a->result),
			address);
		conclude(s, false, words);
	}
}

bool session_set_clock(struct session *s, struct mono now)
{
	uint16_t address;
	if (!s->clock.pending)
		return false;
	if (!family_clock_address(s->family, &address)) {
		conclude(s, false, "the map of its family names no words of a clock that may be written");
		return false;
	}
	struct ups_clock c = moved_on(&s->clock.wanted, now);
	struct line_question q = { .function = LINE_WRITE, .address = address, .count = FAM_CLOCK_WORDS };
	family_clock_words(&c, q.word);
	s->clock.attempts++;
	struct line_answer a = session_ask(s, q, NULL);
	if (!a.stopped)
		settle(s, &a, address, &c);
	return true;
}
