#include "daemon/problems.h"

#include <inttypes.h>
#include <stdio.h>

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

/* The link, and what the source says of one that is up; a UPS that has not answered yet is given its time. */
static void link_problem(struct api_problems *p, const struct station *s, const char *of)
{
	const struct snapshot *now = gateway_snapshot(s->gateway);
	const char *why = now->stats.last_error[0] ? now->stats.last_error : "no answer";
	bool patient = mono_ms_between(s->started, ev_now(s->conf.loop)) < GATEWAY_PATIENCE_MS;
	if (now->internal_fault)
		api_problem(p, "%scannot be read: %s", of, why);
	else if (now->link == LINK_LOST)
		api_problem(p, "%sthe UPS does not answer any more on %s: %s", of, now->stats.device, why);
	else if (now->link != LINK_UP && !patient)
		api_problem(p, "%sno UPS has been found on %s: %s", of, now->stats.device, why);
	else if (now->stats.trouble[0])
		api_problem(p, "%s%s: %s", of, now->stats.device, now->stats.trouble);
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
	char of[sizeof "[ups:] " + CONF_UPS_NAME_MAX] = "";
	if (name)
		snprintf(of, sizeof of, "[ups%s%s] ", name[0] ? ":" : "", name);
	link_problem(p, s, of);
	conflict_problem(p, s, of);
}
