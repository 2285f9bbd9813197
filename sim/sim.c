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

static void plants_reset(struct sim *s)
{
	s->load = 40;
	for (int u = 0; u < s->units; u++) {
		plant_reset(&s->plant[u]);
		s->own_load[u] = -1;
	}
}

/* " NAME" for each thing that is held by hand somewhere. */
static void list_held(const struct sim *s, char *text, size_t size)
{
	size_t n = 0;
	text[0] = 0;
	for (int kind = 0; kind < 3; kind++)
		for (int i = 0; i < (kind == 0 ? PT_COUNT : kind == 1 ? ST_COUNT : BS_COUNT) && n < size; i++) {
			bool held = false;
			for (int p = 0; p < s->places; p++) {
				const struct overrides *o = &s->overrides[p];
				held |= kind == 0 ? o->point[i].by_hand : kind == 1 ? o->state[i] != 0 : o->bits_set[i] != 0;
			}
			const char *name = kind == 0 ? point_table[i].name : kind == 1 ? state_table[i].name : bits_table[i].name;
			if (held)
				n += (size_t)snprintf(text + n, size - n, " %s", name);
		}
	int pokes = registers_pokes(s->registers);
	if (pokes && n < size)
		n += (size_t)snprintf(text + n, size - n, "%s %d poked register%s", n ? " and" : "", pokes, pokes == 1 ? "" : "s");
	char file[200];
	if (n < size && registers_file(s->registers, file, sizeof file))
		snprintf(text + n, size - n, "%s the words of %s", n ? " and" : "", file);
}

void sim_reset(struct sim *s, char *released, size_t size)
{
	list_held(s, released, size);
	memset(s->overrides, 0, sizeof s->overrides);
	registers_unpoke_all(s->registers);
	registers_serve(s->registers, NULL, false);
	plants_reset(s);
	sim_update(s);
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
	plants_reset(s);
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

bool sim_scenario(struct sim *s, const char *name, char *released, size_t size, struct err_at *why)
{
	struct scenario *next = NULL;
	released[0] = 0;
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
	s->kept = s->broken = s->passed_over = 0;
	if (next)
		sim_reset(s, released, size);
	return true;
}

const char *sim_scenario_name(const struct sim *s)
{
	return s->player.scenario ? s->player.scenario->name : "none";
}

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
