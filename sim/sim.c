#include "sim/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/inside.h"
#include "sim/parallel.h"

enum { REPLY_MAX = 2000 };

/* ---- from plants to words ---- */

static void lay_over(const struct overrides *overrides, struct want *w)
{
	for (int p = 0; p < PT_COUNT; p++)
		if (overrides->point[p].by_hand)
			w->point[p] = overrides->point[p];
	for (int i = 0; i < ST_COUNT; i++)
		if (overrides->state[i]) {
			w->state[i] = overrides->state[i];
			w->state_by_hand[i] = true;
		}
	for (int i = 0; i < BS_COUNT; i++) {
		w->bits[i] = (w->bits[i] & ~overrides->bits_set[i]) | overrides->bits[i];
		w->bits_by_hand[i] = overrides->bits_set[i];
	}
}

/* The load of the system spreads over the units that carry it. */
static void share_load(struct sim *s)
{
	int supplying = 0;
	for (int u = 0; u < s->units; u++)
		supplying += plant_supplies(&s->plant[u]);
	for (int u = 0; u < s->units; u++)
		s->plant[u].load = s->own_load[u] >= 0 ? s->own_load[u] : supplying ? s->load * s->units / supplying : s->load;
}

bool sim_solve(struct sim *s)
{
	s->why[0] = 0;
	share_load(s);
	bool parallel = s->conf.shape.parallel;
	for (int u = 1; u <= s->units; u++) {
		struct want *w = &s->want[sim_place(s, u)];
		plant_show(&s->plant[u - 1], &s->conf.rating, w);
		lay_over(&s->overrides[sim_place(s, u)], w);
		want_conclude(w, true, false);
	}
	if (parallel) {
		parallel_show(s->plant, &s->want[1], s->units, &s->want[0]);
		lay_over(&s->overrides[0], &s->want[0]);
		want_conclude(&s->want[0], true, true);
	}
	bool good = true;
	for (int i = 0; i < s->places && good; i++) {
		int p = drive_order(s->drive, i);
		good = drive_place(s->drive, p, &s->want[p], s->why, sizeof s->why);
	}
	return good;
}

void sim_publish(struct sim *s)
{
	int cells;
	registers_publish(s->registers, drive_words(s->drive, &cells));
}

bool sim_update(struct sim *s)
{
	if (!sim_solve(s))
		return false;
	sim_publish(s);
	return true;
}

struct sim *sim_make(const struct sim_conf *conf, const struct sim_hooks *hooks, struct err_at *why)
{
	struct sim *s = calloc(1, sizeof *s);
	if (!s) {
		err_set(why, conf->family->id, 0, "no memory");
		return NULL;
	}
	s->conf = *conf;
	if (hooks)
		s->hooks = *hooks;
	s->units = conf->shape.parallel ? conf->shape.units : 1;
	s->load = 40;
	for (int u = 0; u < s->units; u++) {
		plant_reset(&s->plant[u]);
		s->own_load[u] = -1;
	}
	s->drive = drive_make(conf->family, &conf->shape, &conf->identity, why);
	s->places = s->drive ? drive_places(s->drive) : 0;
	s->registers = s->drive ? registers_make(s->drive) : NULL;
	s->faults = s->registers ? faults_make() : NULL;
	if (!s->faults) {
		if (s->drive)
			err_set(why, conf->family->id, 0, "no memory");
		sim_free(s);
		return NULL;
	}
	if (!sim_update(s)) {
		err_set(why, conf->family->id, 0, "the map contradicts itself: it cannot show %s", s->why);
		sim_free(s);
		return NULL;
	}
	return s;
}

void sim_free(struct sim *s)
{
	if (!s)
		return;
	scenario_free(s->scenario);
	faults_free(s->faults);
	registers_free(s->registers);
	drive_free(s->drive);
	free(s);
}

struct registers *sim_registers(struct sim *s)
{
	return s->registers;
}

struct faults *sim_faults(struct sim *s)
{
	return s->faults;
}

const struct drive *sim_drive(const struct sim *s)
{
	return s->drive;
}

const struct want *sim_want(const struct sim *s, int place)
{
	return &s->want[place];
}

int sim_places(const struct sim *s)
{
	return s->places;
}

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

bool sim_scenario(struct sim *s, const char *name, struct err_at *why)
{
	struct scenario *next = NULL;
	if (strcmp(name, "none") != 0 && !(next = scenario_open(name, why)))
		return false;
	if (next && next->needs_parallel && !s->conf.shape.parallel) {
		err_set(why, name, 0, "needs a parallel system");
		scenario_free(next);
		return false;
	}
	scenario_free(s->scenario);
	s->scenario = next;
	player_start(&s->player, next);
	return true;
}

const char *sim_scenario_name(const struct sim *s)
{
	return s->player.scenario ? s->player.scenario->name : "none";
}

static void play(struct sim *s, struct mono now)
{
	const struct scenario_step *step;
	char text[REPLY_MAX], line[REPLY_MAX + 200];
	while ((step = player_take(&s->player))) {
		text[0] = 0;
		if (sim_beyond(s, &step->action))
			continue;
		if (sim_do(s, &step->action, now, text, sizeof text) || !s->hooks.complain)
			continue;
		snprintf(line, sizeof line, "%s:%d: %s", s->scenario->name, step->line, text);
		s->hooks.complain(s->hooks.ctx, line);
	}
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
