#include "field/session_state.h"

#include <stdio.h>
#include <string.h>

#include "field/probe.h"

enum { BAUDS_MAX = 8 };

static struct mono jittered(struct session *s, struct mono now, int64_t ms)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 17;
	s->random ^= s->random << 5;
	return mono_add_ms(now, ms * 3 / 4 + s->random % (uint32_t)(ms / 2 + 1));
}

static void schedule_try(struct session *s)
{
	int64_t ms = SESSION_BACK_OFF_MS;
	for (int i = 0; i < s->misses && ms < SESSION_BACK_OFF_MAX_MS; i++)
		ms *= 2;
	if (ms > SESSION_BACK_OFF_MAX_MS)
		ms = SESSION_BACK_OFF_MAX_MS;
	s->next_try = jittered(s, line_now(&s->line), ms);
}

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
	log_error(s->log, "%s: map refused: %s", s->conf.link, err_format(&why, text, sizeof text));
	snprintf(s->snapshot.stats.last_error, sizeof s->snapshot.stats.last_error, "map refused: %.80s", text);
	if (strchr(id, '/') || !directory)
		return NULL;
	f = family_open(id, NULL, &why);
	if (f)
		log_warning(s->log, "%s: the compiled-in map \"%s\" is used instead", s->conf.link, id);
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
		if (a.result == LINE_GONE)
			return NOBODY;
		probe_put(&probe, &a, words);
	}
	*found = probe.found;
	return probe.found >= 0 ? FOUND : probe.alive ? STRANGER : NOBODY;
}

static void link_up(struct session *s, struct family *family, uint32_t baud)
{
	struct mono now = line_now(&s->line);
	bool again = s->snapshot.link == LINK_LOST, other = s->family != family;
	if (other) {
		s->image = (struct fam_image){ 0 };
		s->implausible = 0;
		s->family = family;
	}
	s->baud = baud;
	s->system = SYSTEM_UNKNOWN;
	s->misses = 0;
	s->again = s->suspect = -1;
	s->failures = 0;
	s->other_step = false;
	s->said_alive = false;
	s->said_complete = s->said_complete && !other;
	s->busy_until = now;
	s->scout = (struct fam_image){ 0 };
	plan_make(&s->plan, family, SYSTEM_UNKNOWN, s->conf.unit_number, &s->wire, s->conf.measurement_interval_ms);
	s->snapshot.link = LINK_UP;
	s->snapshot.complete = false;
	s->snapshot.stats.reconnects += again;
	snprintf(s->snapshot.identity.family, sizeof s->snapshot.identity.family, "%s", family->id);
	if (again && !other) {
		if (s->said_lost)
			log_info(s->log, "%s: the UPS answers again", s->conf.link);
	} else if (baud) {
		log_info(s->log, "%s: found %s (%s) at %u baud, slave %u", s->conf.link, family->title, family->id, baud, s->conf.slave);
	} else {
		log_info(s->log, "%s: found %s (%s), unit identifier %u", s->conf.link, family->title, family->id, s->conf.slave);
	}
	session_say(s, now);
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
		if (result == STRANGER && !s->said_alive) {
			log_warning(s->log, "%s: a Modbus slave answers, but no family fits; name one in the configuration", s->conf.link);
			s->said_alive = true;
		}
		all = result > all ? result : all;
	}
	struct family *before = s->family;
	if (result == FOUND)
		link_up(s, families[found], s->snapshot.stats.baud);
	close_families(s, families, n, before);
	return result == FOUND || result == STOP ? result : all;
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
			log_info(s->log, "%s: no UPS found yet (%s), looking for it until one answers", s->conf.link,
				s->snapshot.stats.last_error);
		schedule_try(s);
		s->misses++;
	}
	return true;
}

void seek_soon(struct session *s)
{
	s->misses = 0;
	schedule_try(s);
}
