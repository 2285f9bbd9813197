/* What each command does to the simulation: a row a verb at the end. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/shown.h"

__attribute__((format(printf, 3, 4))) static bool say(char *reply, size_t size, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	vsnprintf(reply, size, format, list);
	va_end(list);
	return true;
}

__attribute__((format(printf, 3, 4))) static bool refuse(char *reply, size_t size, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	vsnprintf(reply, size, format, list);
	va_end(list);
	return false;
}

/* Places that an order without a unit is about: values of UPS level belong to the system, others to every unit. */
struct places {
	int first, last;
};

static bool places_of(const struct sim *s, const struct action *a, enum level level, struct places *out, char *reply, size_t size)
{
	bool parallel = s->conf.shape.parallel;
	if (a->unit != UNIT_ALL && (a->unit > s->units || (a->unit == 0 && !parallel)))
		return refuse(reply, size, "there is no unit %d", a->unit);
	if (level == LEVEL_UPS && !parallel)
		return refuse(reply, size, "a single unit has no values of the UPS level");
	if (level == LEVEL_UPS)
		*out = (struct places){ 0, 0 };
	else if (a->unit == UNIT_ALL)
		*out = (struct places){ parallel ? 1 : 0, parallel ? s->units : 0 };
	else
		*out = (struct places){ sim_place(s, a->unit), sim_place(s, a->unit) };
	return true;
}

typedef void override_fn(struct sim *, struct overrides *, const struct action *);

/* Ends what the order names: of `release` that is in `expect`. */
static void override_end(struct sim *s, struct overrides *p, const struct action *a)
{
	(void)s;
	switch (a->object < 0 ? -1 : a->verb == DO_RELEASE ? a->expect : a->verb) {
	case DO_SET:   p->point[a->object].by_hand = false; break;
	case DO_STATE: p->state[a->object] = 0; break;
	case DO_ALARM: p->bits[a->object] = p->bits_set[a->object] = 0; break;
	default:       memset(p, 0, sizeof *p); break;
	}
}

/* Where a map puts the concentrator at the addresses of unit 1, one of the two has no registers. */
static bool place_visible(const struct sim *s, const struct action *a, char *reply, size_t size)
{
	if (a->unit == UNIT_ALL || drive_unit_visible(s->drive, sim_place(s, a->unit)))
		return true;
	if (a->unit == 0)
		return refuse(reply, size, "unit 1 answers at the addresses of the system as a whole, which has no registers of its own");
	return refuse(reply, size, "the concentrator answers at the addresses of unit %d, which has no registers of its own (--no-concentrator)",
		a->unit);
}

/* What lies over the words of the model must not hide what is ordered.  (A frozen register may: that is what the fault is for.) */
static bool not_hidden(struct sim *s, char *reply, size_t size)
{
	char why[200], file[200];
	bool from_file = registers_file(s->registers, file, sizeof file);
	int pokes = registers_pokes(s->registers);
	if ((!from_file && !pokes) || shown_as_served(s, why, sizeof why))
		return true;
	if (from_file)
		return refuse(reply, size, "the words of %s lie over it: %s", file, why);
	return refuse(reply, size, "a poked register lies over it: %s", why);
}

/* Changes what is held by hand through `fn`.  Takes it all back, and says why, when it does not come true.  What is said of all
 * units ends what was held for the system as a whole. */
static bool with_overrides(struct sim *s, const struct action *a, enum level level, override_fn *fn, char *reply, size_t size)
{
	struct places at;
	if (!places_of(s, a, level, &at, reply, size) || (level != LEVEL_UPS && !place_visible(s, a, reply, size)))
		return false;
	struct overrides *before = malloc(sizeof s->overrides);
	if (!before)
		return refuse(reply, size, "no memory");
	memcpy(before, s->overrides, sizeof s->overrides);
	for (int p = at.first; p <= at.last; p++)
		fn(s, &s->overrides[p], a);
	if (at.first > 0 && a->unit == UNIT_ALL)
		override_end(s, &s->overrides[0], a);
	char why[200];
	bool good = false;
	if (!sim_solve(s))
		refuse(reply, size, "%s cannot show that: %s is in the way", s->conf.family->id, s->why);
	else if (!shown_as_held(s, why, sizeof why))
		refuse(reply, size, "%s cannot show that: %s", s->conf.family->id, why);
	else
		good = true;
	if (good) {
		sim_publish(s);
		good = not_hidden(s, reply, size);
	}
	if (!good) {
		memcpy(s->overrides, before, sizeof s->overrides);
		sim_update(s);
	}
	free(before);
	return good;
}

static void override_point(struct sim *s, struct overrides *p, const struct action *a)
{
	(void)s;
	p->point[a->object] = (struct want_value){ .value = a->low, .how = a->on ? WANT_VALUE : WANT_ABSENT, .by_hand = true };
}

static void override_state(struct sim *s, struct overrides *p, const struct action *a)
{
	(void)s;
	p->state[a->object] = (uint8_t)a->item;
}

static void override_bit(struct sim *s, struct overrides *p, const struct action *a)
{
	uint32_t mask = a->item < 0 ? drive_bits(s->drive, a->object) : 1u << a->item;
	p->bits_set[a->object] |= mask;
	p->bits[a->object] = (p->bits[a->object] & ~mask) | (a->on && a->item >= 0 ? mask : 0);
}

static bool do_set(struct sim *s, const struct action *a, struct mono now, char *reply, size_t size)
{
	(void)now;
	if (!drive_row(s->drive, a->object))
		return refuse(reply, size, "%s has no register for %s", s->conf.family->id, point_table[a->object].name);
	return with_overrides(s, a, point_table[a->object].level, override_point, reply, size);
}

static bool do_state(struct sim *s, const struct action *a, struct mono now, char *reply, size_t size)
{
	(void)now;
	const struct state_info *i = &state_table[a->object];
	if (drive_state(s->drive, a->object, (uint8_t)a->item) != a->item)
		return refuse(reply, size, "%s does not show %s %s", s->conf.family->id, i->name, i->state[a->item].text);
	return with_overrides(s, a, i->level, override_state, reply, size);
}

static bool do_alarm(struct sim *s, const struct action *a, struct mono now, char *reply, size_t size)
{
	(void)now;
	const struct bits_info *i = &bits_table[a->object];
	if (a->item >= 0 && a->on && !(drive_bits(s->drive, a->object) >> a->item & 1))
		return refuse(reply, size, "%s has no bit for %s %s", s->conf.family->id, i->name, i->bit[a->item].text);
	return with_overrides(s, a, i->level, override_bit, reply, size);
}

static bool do_release(struct sim *s, const struct action *a, struct mono now, char *reply, size_t size)
{
	enum level level = LEVEL_UNIT;
	(void)now;
	if (a->object < 0 && a->unit == UNIT_ALL) {
		memset(s->overrides, 0, sizeof s->overrides);
		return sim_update(s);
	}
	if (a->object >= 0)
		level = a->expect == DO_SET ? point_table[a->object].level
		      : a->expect == DO_STATE ? state_table[a->object].level : bits_table[a->object].level;
	return with_overrides(s, a, level, override_end, reply, size);
}

static bool do_poke(struct sim *s, const struct action *a, struct mono now, char *reply, size_t size)
{
	(void)now;
	if (!registers_poke(s->registers, a->function, (uint16_t)a->address, (uint16_t)a->count))
		return refuse(reply, size, "no table has the address 0x%04X", (unsigned)a->address);
	return true;
}

static bool do_unpoke(struct sim *s, const struct action *a, struct mono now, char *reply, size_t size)
{
	(void)now;
	if (a->address < 0)
		registers_unpoke_all(s->registers);
	else if (!registers_unpoke(s->registers, a->function, (uint16_t)a->address))
		return refuse(reply, size, "no table has the address 0x%04X", (unsigned)a->address);
	return true;
}

static bool do_peek(struct sim *s, const struct action *a, struct mono now, char *reply, size_t size)
{
	uint16_t word[16];
	(void)now;
	if (!registers_read(s->registers, a->function, (uint16_t)a->address, a->count, word))
		return refuse(reply, size, "0x%04X and the %d words from there are not in one table", (unsigned)a->address, (int)a->count);
	size_t n = 0;
	for (int i = 0; i < a->count && n < size; i++)
		n += (size_t)snprintf(reply + n, size - n, "%s0x%04X", i ? " " : "", word[i]);
	if (a->count == 1)
		snprintf(reply, size, "0x%04X %u %d", word[0], word[0], (int16_t)word[0]);
	return true;
}

static bool do_words(struct sim *s, const struct action *a, struct mono now, char *reply, size_t size)
{
	struct err_at why;
	char text[400];
	(void)now;
	struct words *words = NULL;
	if (strcmp(a->text, "none") != 0 && !(words = words_open(a->text, a->situation[0] ? a->situation : NULL, &why)))
		return refuse(reply, size, "%s", err_format(&why, text, sizeof text));
	registers_serve(s->registers, words, a->on);
	return true;
}

/* Orders to the plants: the row of the verb changes one plant. */
static void set_plant(struct plant *p, const struct action *a)
{
	switch (a->verb) {
	case DO_MAINS:       p->mains = (enum plant_supply)a->item; break;
	case DO_BYPASS:      p->bypass = (enum plant_supply)a->item; break;
	case DO_SYNC:        p->synchronised = a->on; break;
	case DO_MODE:        p->mode = (enum plant_mode)a->item; break;
	case DO_CHARGE:      p->charge = a->low; break;
	case DO_BATTERY:     p->battery = (enum plant_cell)a->item; break;
	case DO_TEST:        p->test = (enum plant_test)a->item; break;
	case DO_GENSET:      p->genset = a->on; break;
	case DO_TEMPERATURE: p->temperature = a->low; break;
	default:             break;
	}
}

static bool do_plant(struct sim *s, const struct action *a, struct mono now, char *reply, size_t size)
{
	struct places at;
	struct plant before[FAM_UNITS_MAX];
	(void)now;
	if (!places_of(s, a, LEVEL_UNIT, &at, reply, size))
		return false;
	if (a->unit == 0)
		return refuse(reply, size, "%s is for the units, 1 to %d", action_table[a->verb].verb, s->units);
	memcpy(before, s->plant, sizeof before);
	for (int u = 0; u < s->units; u++)
		if (a->unit == UNIT_ALL || a->unit == u + 1)
			set_plant(&s->plant[u], a);
	char why[200];
	if (sim_solve(s) && shown_as_held(s, why, sizeof why)) {
		sim_publish(s);
		return true;
	}
	memcpy(s->plant, before, sizeof before);
	sim_solve(s);
	sim_publish(s);
	return refuse(reply, size, "what is held by hand is in the way: %s", s->why[0] ? s->why : why);
}

static bool do_load(struct sim *s, const struct action *a, struct mono now, char *reply, size_t size)
{
	double own[LAYOUT_PLACES_MAX], load = s->load;
	memcpy(own, s->own_load, sizeof own);
	for (int u = 0; u < s->units; u++)
		if (a->unit == UNIT_ALL || a->unit == u + 1)
			s->own_load[u] = a->unit == UNIT_ALL ? -1 : a->low;
	if (a->unit == UNIT_ALL)
		s->load = a->low;
	if (do_plant(s, a, now, reply, size))
		return true;
	memcpy(s->own_load, own, sizeof own);
	s->load = load;
	sim_update(s);
	return false;
}

bool sim_freeze(struct sim *s, int32_t address)
{
	if (s->frozen)
		registers_unpoke(s->registers, 0, (uint16_t)s->frozen_address);
	s->frozen = address >= 0 && registers_freeze(s->registers, 0, (uint16_t)address);
	s->frozen_address = address;
	return s->frozen;
}

static bool do_fault(struct sim *s, const struct action *a, struct mono now, char *reply, size_t size)
{
	if (a->object < 0) {
		faults_clear(s->faults);
		sim_freeze(s, -1);
	} else if (!a->on) {
		faults_off(s->faults, (enum fault_kind)a->object);
		if (a->object == FAULT_FREEZE)
			sim_freeze(s, -1);
	} else {
		if (fault_table[a->object].line_only && !s->conf.on_line)
			return refuse(reply, size, "fault %s needs a serial line", fault_table[a->object].name);
		if (a->object == FAULT_FREEZE && !sim_freeze(s, a->address))
			return refuse(reply, size, "no table has the address 0x%04X", (unsigned)a->address);
		struct fault_order order = { .argument = a->address, .every = a->count, .at = a->at, .duration_ms = a->duration_ms };
		faults_on(s->faults, (enum fault_kind)a->object, &order, now);
	}
	if (s->hooks.changed)
		s->hooks.changed(s->hooks.ctx);
	return true;
}

/* ---- what is shown ---- */

static bool do_expect(struct sim *s, const struct action *a, struct mono now, char *reply, size_t size)
{
	(void)now;
	return shown_expect(s, a, reply, size);
}

static bool do_status(struct sim *s, const struct action *a, struct mono now, char *reply, size_t size)
{
	if (a->unit > s->units)
		return refuse(reply, size, "there is no unit %d", a->unit);
	shown_status(s, a->unit == UNIT_ALL ? 0 : a->unit, now, reply, size);
	return true;
}

/* "at N" as after any order, and what was let go. */
static bool say_released(const char *released, char *reply, size_t size)
{
	if (!released[0])
		return true;
	return say(reply, size, "at %lld; released:%s", (long long)mono_now().ns, released);
}

static bool do_reset(struct sim *s, const struct action *a, struct mono now, char *reply, size_t size)
{
	char released[600];
	(void)a;
	(void)now;
	sim_reset(s, released, sizeof released);
	return say_released(released, reply, size);
}

static bool do_scenario(struct sim *s, const struct action *a, struct mono now, char *reply, size_t size)
{
	struct err_at why;
	char text[400], released[600];
	(void)now;
	if (sim_scenario(s, a->text, released, sizeof released, &why))
		return say_released(released, reply, size);
	return refuse(reply, size, "%s", err_format(&why, text, sizeof text));
}

static bool do_stats(struct sim *s, const struct action *a, struct mono now, char *reply, size_t size)
{
	(void)now;
	if (!s->hooks.stats)
		return refuse(reply, size, "nothing is connected");
	s->hooks.stats(s->hooks.ctx, a->on, reply, size);
	return true;
}

static bool do_help(struct sim *s, const struct action *a, struct mono now, char *reply, size_t size)
{
	(void)s;
	(void)a;
	(void)now;
	size_t n = 0;
	for (int v = 0; v < DO_COUNT && n < size; v++)
		n += (size_t)snprintf(reply + n, size - n, "%s%s%s%s", v ? "; " : "", action_table[v].verb, *action_table[v].syntax ? " " : "",
			action_table[v].syntax);
	return true;
}

static bool do_quit(struct sim *s, const struct action *a, struct mono now, char *reply, size_t size)
{
	(void)s;
	(void)a;
	(void)now;
	return say(reply, size, "bye");
}

typedef bool do_fn(struct sim *, const struct action *, struct mono now, char *reply, size_t size);

static do_fn *const doers[DO_COUNT] = {
	[DO_SET] = do_set, [DO_STATE] = do_state, [DO_ALARM] = do_alarm, [DO_RELEASE] = do_release, [DO_RESET] = do_reset, [DO_POKE] = do_poke,
	[DO_UNPOKE] = do_unpoke, [DO_PEEK] = do_peek, [DO_WORDS] = do_words, [DO_MAINS] = do_plant, [DO_BYPASS] = do_plant, [DO_SYNC] = do_plant,
	[DO_MODE] = do_plant, [DO_LOAD] = do_load, [DO_CHARGE] = do_plant, [DO_BATTERY] = do_plant, [DO_TEST] = do_plant,
	[DO_GENSET] = do_plant, [DO_TEMPERATURE] = do_plant, [DO_FAULT] = do_fault, [DO_SCENARIO] = do_scenario, [DO_EXPECT] = do_expect,
	[DO_STATUS] = do_status, [DO_STATS] = do_stats, [DO_HELP] = do_help, [DO_QUIT] = do_quit,
};

bool sim_do(struct sim *s, const struct action *a, struct mono now, char *reply, size_t size)
{
	return doers[a->verb](s, a, now, reply, size);
}

bool sim_beyond(const struct sim *s, const struct action *a)
{
	switch (a->verb) {
	case DO_SET:   return !drive_row(s->drive, a->object);
	case DO_STATE: return drive_state(s->drive, a->object, (uint8_t)a->item) != a->item;
	case DO_ALARM: return a->on && !(drive_bits(s->drive, a->object) >> a->item & 1);
	default:       return false;
	}
}
