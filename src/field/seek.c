#include "field/session_state.h"

#include <stdio.h>
#include <string.h>

#include "field/probe.h"

enum { BAUDS_MAX = 8 };

static bool is_auto(const struct session *s)
{
	return !strcmp(s->conf.family, "auto") || !s->conf.family[0];
}

/* The configured step of the units' tables replaces the map's. */
static struct family *prepare(struct session *s, struct family *f)
{
	if (f && s->conf.unit_step)
		family_set_unit_step(f, s->conf.unit_step);
	return f;
}

/* A map that replaces a compiled-in one and has a fault is reported, and the compiled-in one stays in force. */
static struct family *open_family(struct session *s, const char *id)
{
	struct err_at why;
	char text[480];
	const char *directory = s->conf.family_directory[0] ? s->conf.family_directory : NULL;
	struct family *f = family_open(id, directory, &why);
	if (f)
		return prepare(s, f);
	session_log(s, LOG_LEVEL_ERROR, "map refused: %s", err_format(&why, text, sizeof text));
	snprintf(s->snapshot.stats.last_error, sizeof s->snapshot.stats.last_error, "map refused: %.220s", text);
	if (strchr(id, '/') || !directory)
		return NULL;
	f = family_open(id, NULL, &why);
	if (f)
		session_log(s, LOG_LEVEL_WARNING, "the compiled-in map \"%s\" is used instead", id);
	return prepare(s, f);
}

/* Every family that may be meant.  One that is in use already is not loaded again, so that its words keep their places. */
static int open_families(struct session *s, struct family **families, int max)
{
	int n = 0;
	if (!is_auto(s)) {
		families[0] = s->family ? s->family : open_family(s, s->conf.family);
		return families[0] != NULL;
	}
	struct family_id list[FAM_LIST_MAX];
	int ids = family_list(s->conf.family_directory, list);
	for (int i = 0; i < ids && n < max; i++) {
		const char *id = list[i].text;
		families[n] = s->family && !strcmp(s->family->id, id) ? s->family : open_family(s, id);
		n += families[n] != NULL;
	}
	return n;
}

/* All of these and the one that was in use before, but the one that is in use now. */
static void close_families(const struct session *s, struct family **families, int n, struct family *before)
{
	for (int i = 0; i < n; i++) {
		if (families[i] == before)
			before = NULL;
		if (families[i] != s->family)
			family_free(families[i]);
	}
	if (before && before != s->family)
		family_free(before);
}

/* The speeds to try, in the order of the maps: fast ones stand first in each of them. */
static int list_bauds(const struct session *s, struct family *const *families, int n, uint32_t *bauds)
{
	if (!strncmp(s->conf.link, "tcp:", 4)) {
		bauds[0] = 0;
		return 1;
	}
	if (s->conf.baud) {
		bauds[0] = s->conf.baud;
		return 1;
	}
	int count = 0;
	for (int f = 0; f < n; f++)
		for (int b = 0; b < families[f]->baud_count; b++) {
			int at = 0;
			while (at < count && bauds[at] > families[f]->baud[b])
				at++;
			if ((at < count && bauds[at] == families[f]->baud[b]) || count == BAUDS_MAX)
				continue;
			memmove(&bauds[at + 1], &bauds[at], (size_t)(count - at) * sizeof bauds[0]);
			bauds[at] = families[f]->baud[b];
			count++;
		}
	if (!count)
		bauds[count++] = 9600;
	return count;
}

enum attempt { FOUND, NOBODY, STRANGER, STOP };

/* Asks the probe questions of these families at one speed. */
static enum attempt try_speed(struct session *s, struct family *const *families, int n, uint32_t baud, int *found)
{
	struct probe probe;
	uint16_t words[FAM_PROBE_WORDS_MAX];
	struct line_question q;
	probe_make(&probe, (const struct family *const *)families, n, !is_auto(s));
	if (!session_set_speed(s, baud))
		return NOBODY;
	while (probe_next(&probe, &q)) {
		struct mono now = line_now(&s->line);
		if (!session_wait(s, late_allowed(&s->late, &q, now)))
			return STOP;
		struct line_answer a = session_ask(s, q, words);
		if (a.stopped)
			return STOP;
		if (a.result == LINE_GONE)
			return NOBODY;
		probe_put(&probe, &a, words);
	}
	*found = probe.found;
	return probe.found >= 0 ? FOUND : probe.alive ? STRANGER : NOBODY;
}

static void tell_found(struct session *s, bool other)
{
	const struct family *f = s->family;
	if (s->snapshot.link == LINK_LOST && !other) {
		if (s->said_lost)
			session_log_of(s, LINES_LINK, LOG_LEVEL_INFO, "the UPS answers again");
	} else if (s->baud) {
		session_log(s, LOG_LEVEL_INFO, "found %s (%s) at %u baud, slave %u", f->title, f->id, s->baud, s->conf.slave);
	} else {
		session_log(s, LOG_LEVEL_INFO, "found %s (%s), unit identifier %u", f->title, f->id, s->conf.slave);
	}
}

static void link_up(struct session *s, struct family *family, uint32_t baud)
{
	struct mono now = line_now(&s->line);
	bool other = s->family != family;
	if (other) {
		s->words = (struct plan_words){ 0 };
		s->shown = (struct fam_image){ 0 };
		s->implausible = 0;
		s->family = family;
	}
	s->baud = baud;
	s->misses = 0;
	s->said_alive = false;
	s->said_complete = s->said_complete && !other;
	tell_found(s, other);
	s->said_lost = false;
	poll_begin(s, now);
	s->snapshot.stats.reconnects += s->snapshot.link == LINK_LOST;
	s->snapshot.link = LINK_UP;
	s->snapshot.complete = false;
	snprintf(s->snapshot.identity.family, sizeof s->snapshot.identity.family, "%s", family->id);
	session_say(s, now);
}

/* A slave is there, but none of its answers will do. */
static void tell_stranger(struct session *s)
{
	if (s->said_alive || s->family)          /* what is lost has been told */
		return;
	if (is_auto(s))
		session_log(s, LOG_LEVEL_WARNING, "a Modbus slave answers, but no family fits; name one in the configuration");
	else
		session_log(s, LOG_LEVEL_WARNING, "a Modbus slave answers, but has none of the tables of family %s", s->conf.family);
	s->said_alive = true;
}

/* Every family at every speed. */
static enum attempt try_all(struct session *s)
{
	struct family *families[PROBE_FAMILIES_MAX];
	uint32_t bauds[BAUDS_MAX];
	int n = open_families(s, families, PROBE_FAMILIES_MAX), found = -1;
	if (!n) {
		s->refused = s->snapshot.internal_fault = true;
		session_say(s, line_now(&s->line));
		return NOBODY;
	}
	enum attempt result = NOBODY, all = NOBODY;
	int speeds = list_bauds(s, families, n, bauds);
	for (int i = 0; i < speeds && result != FOUND && result != STOP; i++) {
		result = try_speed(s, families, n, bauds[i], &found);
		if (result == STRANGER)
			tell_stranger(s);
		all = result > all ? result : all;
	}
	struct family *before = s->family;
	if (result == FOUND)
		link_up(s, families[found], s->snapshot.stats.baud);
	close_families(s, families, n, before);
	return result == FOUND || result == STOP ? result : all;
}

/* A loss whose line was held back, and which lasts. */
static void tell_lost_at_last(struct session *s)
{
	if (s->snapshot.link == LINK_LOST && !s->said_lost && mono_ms_between(s->lines[LINES_LINK].from, line_now(&s->line)) >= SESSION_LINES_MS)
		poll_tell_lost(s);
}

/* One attempt; what answered before comes first.  False: the session shall end. */
bool seek_step(struct session *s)
{
	if (!session_wait(s, s->next_try))
		return false;
	if (s->snapshot.link == LINK_STARTING) {
		s->snapshot.link = LINK_PROBING;
		session_say(s, line_now(&s->line));
	}
	tell_lost_at_last(s);
	enum attempt result = NOBODY;
	int found;
	if (s->family) {
		struct family *known = s->family;
		result = try_speed(s, &known, 1, s->baud, &found);
		if (result == FOUND)
			link_up(s, known, s->baud);
	}
	/* A full round takes seconds, so at first only what is most likely is tried again; a stranger in its place changes that. */
	if (result == STRANGER || (result == NOBODY && (!s->family || s->misses >= SESSION_KNOWN_FIRST))) {
		line_close(&s->line);            /* the device behind the path may be another one by now */
		result = try_all(s);
	}
	if (result == STOP)
		return false;
	if (result != FOUND) {
		if (!s->family && !s->misses && !s->refused)
			session_log(s, LOG_LEVEL_INFO, "no UPS found yet (%s), looking for it until one answers",
				s->snapshot.stats.last_error);
		session_try_later(s);
		s->misses++;
	}
	return true;
}
