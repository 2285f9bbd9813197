#include "sim/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/inside.h"
#include "sim/parallel.h"

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

/* ---- its scenario ---- */

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
