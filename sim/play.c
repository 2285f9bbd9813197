/* What moves a simulation on: commands, time, and the steps of a scenario in it. */
#include "sim/sim.h"

#include <stdio.h>
#include <string.h>

#include "sim/inside.h"

enum { REPLY_MAX = 2000 };

bool sim_command(struct sim *s, const char *line, struct mono now, char *reply, size_t size)
{
	struct action a;
	char text[REPLY_MAX] = "";
	bool good = action_parse(line, &a, text, sizeof text) && sim_do(s, &a, now, text, sizeof text);
	/* the instant from which on the registers hold it, for whoever measures how long a change takes */
	if (good && !text[0])
		snprintf(text, sizeof text, "at %lld", (long long)mono_now().ns);
	snprintf(reply, size, "%s%s", good ? "ok " : "error: ", text);
	return !good || a.verb != DO_QUIT;
}

/* ---- time ---- */

static void tell(const struct sim *s, const char *name, int64_t at_ms, const char *text)
{
	char line[500];
	if (!s->hooks.tell)
		return;
	snprintf(line, sizeof line, "scenario %.120s, %lld.%lld s: %.300s", name, (long long)(at_ms / 1000), (long long)(at_ms % 1000 / 100), text);
	s->hooks.tell(s->hooks.ctx, line);
}

/* An order is said as it is carried out, an expectation only when it does not hold: there are many, and they are usually met. */
static void play_step(struct sim *s, const struct scenario_step *step, struct mono now)
{
	char text[REPLY_MAX] = "", line[REPLY_MAX + 200];
	bool expectation = step->action.verb == DO_EXPECT;
	if (sim_beyond(s, &step->action)) {
		s->passed_over++;
		snprintf(text, sizeof text, "%s (passed over: %s has no such thing)", step->text, s->conf.family->id);
		tell(s, s->scenario->name, s->player.now_ms, text);
		return;
	}
	if (!expectation)
		tell(s, s->scenario->name, s->player.now_ms, step->text);
	if (sim_do(s, &step->action, now, text, sizeof text)) {
		s->kept += expectation;
		return;
	}
	s->broken++;
	snprintf(line, sizeof line, "%s:%d: %s", s->scenario->name, step->line, text);
	if (s->hooks.complain)
		s->hooks.complain(s->hooks.ctx, line);
}

static void play(struct sim *s, struct mono now)
{
	const struct scenario_step *step;
	bool playing = s->player.scenario != NULL;
	while ((step = player_take(&s->player)))
		play_step(s, step, now);
	if (!playing || s->player.scenario)
		return;
	char text[160];
	snprintf(text, sizeof text, "over; %d expectations held, %d steps failed, %d passed over", s->kept, s->broken, s->passed_over);
	tell(s, s->scenario->name, s->player.now_ms, text);
}

int64_t sim_wait_ms(const struct sim *s)
{
	return player_wait_ms(&s->player);
}

/* In steps that end where the scenario goes on, so that the plant has run exactly until then. */
void sim_advance(struct sim *s, int64_t ms, struct mono now)
{
	play(s, now);
	while (ms > 0) {
		int64_t wait = player_wait_ms(&s->player), step = wait > 0 && wait < ms ? wait : ms;
		for (int u = 0; u < s->units; u++)
			plant_advance(&s->plant[u], &s->conf.rating, (double)step / 1000);
		player_advance(&s->player, step);
		ms -= step;
		sim_update(s);
		play(s, now);
	}
	if (s->frozen && !faults_active(s->faults, FAULT_FREEZE, now, NULL))
		sim_freeze(s, -1);
}
