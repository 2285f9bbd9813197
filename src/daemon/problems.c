#include "daemon/problems.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void problems_of_state(struct api_problems *p, const struct state *s)
{
	if (s->problem[0])
		api_problem(p, "%s", s->problem);
	if (saver_failed(&s->saver))
		api_problem(p, "%s %s; what BACnet clients want to have kept is refused", s->path,
			s->saver.why.text);
}

void problems_of_config(struct api_problems *p, const struct config *c)
{
	char needed[200];
	if (c->left_out[0])
		api_problem(p, "kept options that cannot be used are left out: %s", c->left_out);
	if (config_restart_needed(c, needed, sizeof needed)[0])
		api_problem(p, "changed options take effect at the next start: %s", needed);
}

/* ---- one station ---- */

static const char *ago(int64_t ms, char *text, size_t size)
{
	int64_t s = ms / 1000;
	if (s < 120)
		snprintf(text, size, "%" PRId64 " s", s);
	else if (s < 2 * 3600)
		snprintf(text, size, "%" PRId64 " min", s / 60);
	else
		snprintf(text, size, "%" PRId64 " h", s / 3600);
	return text;
}

/* What one looks at when nothing answers: what the configuration says of the line. */
static const char *to_check(const struct conf_ups *u, char *text, size_t size)
{
	uint32_t baud = conf_baud(u);
	if (strncmp(u->link, "tcp:", 4) == 0)
		snprintf(text, size, "check the network, the address and slave %" PRId32, u->slave);
	else if (baud)
		snprintf(text, size, "check the cable, slave %" PRId32 " and %" PRIu32 " baud", u->slave, baud);
	else
		snprintf(text, size, "check the cable, slave %" PRId32 " and the speed that the UPS is set to", u->slave);
	return text;
}

/* The link, and what the source says of one that is up; a UPS that has not answered yet is given its time. */
static void link_problem(struct api_problems *p, const struct station *s, const char *of)
{
	const struct snapshot *now = gateway_snapshot(s->gateway);
	const struct mono at = ev_now(s->conf.loop);
	char since[32], check[120];
	int64_t waited = mono_ms_between(s->started, at);
	const char *why = now->stats.last_error[0] ? now->stats.last_error : "no answer";
	to_check(&s->conf.conf->ups[s->conf.ups], check, sizeof check);
	if (now->internal_fault)
		api_problem(p, "%sthe UPS is not read: %s; correct that and start bacnet-upsd again", of, why);
	else if (now->link == LINK_LOST)
		api_problem(p, "%sthe UPS does not answer any more on %s, last heard %s ago: %s; %s", of, now->stats.device,
			ago(mono_ms_between(now->stats.heard, at), since, sizeof since), why, check);
	else if (now->link != LINK_UP && waited >= GATEWAY_PATIENCE_MS)
		api_problem(p, "%sno UPS has been found on %s for %s: %s; %s", of, now->stats.device, ago(waited, since, sizeof since), why, check);
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

static void silent_problem(struct api_problems *p, const struct station *s, const char *of)
{
	int64_t left_ms;
	if (!node_is_silent(s->node, &left_ms))
		return;
	if (left_ms)
		api_problem(p, "%sa BACnet client has switched off what the device sends of its own accord, for another %" PRId64 " min", of,
			(left_ms + 59999) / 60000);
	else
		api_problem(p, "%sa BACnet client has switched off what the device sends of its own accord, until one switches it on", of);
}

void problems_of_station(struct api_problems *p, const struct station *s, const char *name)
{
	char of[sizeof "[ups:] " + CONF_UPS_NAME_MAX] = "";
	if (name)
		snprintf(of, sizeof of, "[ups%s%s] ", name[0] ? ":" : "", name);
	link_problem(p, s, of);
	conflict_problem(p, s, of);
	silent_problem(p, s, of);
}
