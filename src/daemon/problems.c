#include "daemon/problems.h"

#include <inttypes.h>
#include <stdio.h>

enum { FIRST_ANSWER_MS = 15000 };        /* a link that has just been started is given this long before anybody is called */

void problems_of_state(struct api_problems *p, const struct state *s)
{
	if (s->problem[0])
		api_problem(p, "%s", s->problem);
	if (saver_failed(&s->saver))
		api_problem(p, "%s cannot be written: %s; what BACnet clients want to have kept is refused", s->path,
			s->saver.why.text);
}

void problems_of_config(struct api_problems *p, const struct config *c)
{
	char needed[200];
	if (config_restart_needed(c, needed, sizeof needed)[0])
		api_problem(p, "changed options take effect at the next start: %s", needed);
}

/* ---- one station ---- */

/* The last answer, whenever it was; 0: there was none. */
static void link_problem(struct api_problems *p, const struct station *s, const char *of)
{
	const struct snapshot *now = gateway_snapshot(s->gateway);
	const char *why = now->stats.last_error[0] ? now->stats.last_error : "no answer";
	bool patient = mono_ms_between(s->started, ev_now(s->conf.loop)) < FIRST_ANSWER_MS;
	if (now->internal_fault)
		api_problem(p, "%scannot be read: %s", of, why);
	else if (now->link == LINK_LOST)
		api_problem(p, "%sthe UPS does not answer any more on %s: %s", of, now->stats.device, why);
	else if (now->link != LINK_UP && !patient)
		api_problem(p, "%sno UPS has been found on %s: %s", of, now->stats.device, why);
}

static int stale_values(const struct snapshot *s)
{
	int stale = 0;
	for (int i = 0; i < PT_COUNT; i++)
		stale += s->point[i].quality == QUALITY_STALE;
	for (int i = 0; i < ST_COUNT; i++)
		stale += s->state[i].quality == QUALITY_STALE;
	for (int i = 0; i < BS_COUNT; i++)
		stale += s->bits[i].quality == QUALITY_STALE;
	return stale;
}

/* The link is up, and yet something is wrong with it. */
static void line_problem(struct api_problems *p, const struct station *s, const char *of)
{
	const struct snapshot *now = gateway_snapshot(s->gateway);
	int stale = now->link == LINK_UP ? stale_values(now) : 0;
	if (now->stats.trouble[0])
		api_problem(p, "%s%s", of, now->stats.trouble);
	if (stale)
		api_problem(p, "%s%d values are old: the UPS answers, but not for them", of, stale);
}

static void conflict_problem(struct api_problems *p, const struct station *s, const char *of)
{
	uint64_t times = s->conflicts[CONFLICT_INSTANCE] + s->conflicts[CONFLICT_NAME];
	if (times)
		api_problem(p, "%sanother device on the network uses our %s (heard %" PRIu64 " times, last from %s); give one of them another", of,
			s->conflicts[CONFLICT_INSTANCE] ? "device instance" : "device name", times, s->conflict_from);
}

void problems_of_station(struct api_problems *p, const struct station *s, const char *name)
{
	char of[CONF_UPS_NAME_MAX + 16] = "";
	if (name)
		snprintf(of, sizeof of, "[ups%s%s] ", name[0] ? ":" : "", name);
	link_problem(p, s, of);
	line_problem(p, s, of);
	conflict_problem(p, s, of);
}
