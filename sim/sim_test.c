/* Every family, every shape, every scenario, every step: what a gateway would decode from the registers is what the simulation
 * wanted to show. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/scenario.h"
#include "sim/sim.h"

enum { STEP_MS = 500, STEPS_MAX = 2000 };

struct shape_row {
	const char *name;
	struct layout_shape shape;
};

static const struct shape_row shapes[] = {
	{ "single, three-phase", { .units = 1, .phases_in = 3, .phases_out = 3, .factor_10 = true } },
	{ "single, one phase", { .units = 1, .phases_in = 1, .phases_out = 1, .factor_10 = true } },
	{ "single, 3/1", { .units = 1, .phases_in = 3, .phases_out = 1, .factor_10 = true } },
	{ "single, no factor", { .units = 1, .phases_in = 3, .phases_out = 3 } },
	{ "single, short tables", { .units = 1, .phases_in = 3, .phases_out = 3, .factor_10 = true, .short_tables = true } },
	{ "three in parallel", { .parallel = true, .units = 3, .phases_in = 3, .phases_out = 3, .factor_10 = true } },
	{ "six in parallel, unit 1 for the concentrator", { .parallel = true, .units = 6, .phases_in = 3, .phases_out = 3, .factor_10 = true,
		.no_concentrator = true } },
	{ "two in parallel, short tables", { .parallel = true, .units = 2, .phases_in = 3, .phases_out = 3, .factor_10 = true,
		.short_tables = true } },
};

struct fixture {
	const struct family *f;
	const struct shape_row *shape;
	const char *scenario;
	struct sim *sim;
	int64_t at_ms;
	int compared;
};

static void complained(void *ctx, const char *text)
{
	const struct fixture *x = ctx;
	fail_msg("%s, %s, at %lld ms: %s", x->f->id, x->shape->name, (long long)x->at_ms, text);
}

static struct sim *make(const struct family *f, const struct layout_shape *shape, struct fixture *x)
{
	struct err_at why;
	char text[420];
	struct sim_conf conf = { .family = f, .shape = *shape, .rating = plant_rating_usual(), .on_line = true,
		.identity = { .kva_x10 = 300, .serial = "P130201234", .reference = "REF", .location = "LOC", .model = "MODEL" } };
	conf.rating.phases_in = shape->phases_in;
	conf.rating.phases_out = shape->phases_out;
	struct sim_hooks hooks = { .complain = complained, .ctx = x };
	struct sim *sim = sim_make(&conf, x ? &hooks : NULL, &why);
	if (!sim)
		fail_msg("%s", err_format(&why, text, sizeof text));
	return sim;
}

static const struct fam_point *row_of(const struct family *f, int point)
{
	for (int i = 0; i < f->point_count; i++)
		if (f->point[i].point == point && f->point[i].enabled && f->point[i].words)
			return &f->point[i];
	return NULL;
}

static void same_point(const struct fixture *x, int gateway, int point, const struct want_value *want, const struct ups_value *got)
{
	const struct fam_point *row = row_of(x->f, point);
	bool absent = got->quality == QUALITY_ABSENT;
	if (!row || want->how == WANT_IDLE)
		return;
	if (want->how != WANT_VALUE) {
		if (!absent)
			fail_msg("%s, %s, %s at %lld ms, gateway %d: %s should be absent, is %d (%s)", x->f->id, x->shape->name, x->scenario,
				(long long)x->at_ms, gateway, point_table[point].name, got->value, quality_text((enum quality)got->quality));
		return;
	}
	double value = want->value * pow(10, got->decimals);
	for (int i = 0; i < row->absents; i++)
		if (absent && row->absent[i] == 0 && fabs(value) < 0.5)
			return;          /* this family says 0 for "not available" */
	/* one step of the register, and half a step for each word of a sum; one more where -1 would read as absent */
	double step = fabs((double)row->multiply / row->divide), slack = (step < 1 ? 1 : step) * 0.51 * row->words + (value < 0 ? step : 0);
	if (got->quality != QUALITY_GOOD || fabs(got->value - value) > slack)
		fail_msg("%s, %s, %s at %lld ms, gateway %d: %s should be %g, is %d (%s)", x->f->id, x->shape->name, x->scenario,
			(long long)x->at_ms, gateway, point_table[point].name, value, got->value, quality_text((enum quality)got->quality));
}

/* Where one register bit makes an alarm and a state of another object, the alarm stands and the state follows it. */
static const struct { const char *family, *scenario; int state; uint8_t shown; } follows[] = {
	{ "vu-map", "battery-test", ST_BATTERY_STATUS, BATTERY_STATUS_ALARM },       /* A022 is also a battery alarm there */
};

static bool follows_an_alarm(const struct fixture *x, int state, uint8_t shown)
{
	for (size_t i = 0; i < sizeof follows / sizeof *follows; i++)
		if (strcmp(follows[i].family, x->f->id) == 0 && strcmp(follows[i].scenario, x->scenario) == 0 && follows[i].state == state &&
		    follows[i].shown == shown)
			return true;
	return false;
}

static void same_states(const struct fixture *x, int gateway, enum level level, const struct want *want, const struct snapshot *got)
{
	for (int s = 0; s < ST_COUNT; s++) {
		bool common = state_table[s].level == LEVEL_COMMON && level == LEVEL_UNIT && s != ST_DEVICE_STATUS && gateway == 0;
		if (state_table[s].level != level && !common)
			continue;
		uint8_t value = drive_state(sim_drive(x->sim), s, want->state[s]);
		if (!value || follows_an_alarm(x, s, got->state[s].value))
			continue;
		if (got->state[s].quality != QUALITY_GOOD || got->state[s].value != value)
			fail_msg("%s, %s, %s at %lld ms, gateway %d: %s should be %s, is %s (%s)", x->f->id, x->shape->name, x->scenario,
				(long long)x->at_ms, gateway, state_table[s].name, state_table[s].state[value].text,
				state_table[s].state[got->state[s].value].text, quality_text((enum quality)got->state[s].quality));
	}
	for (int b = 0; b < BS_COUNT; b++) {
		uint32_t mask = bits_table[b].level == level ? drive_bits(sim_drive(x->sim), b) : 0;
		if (mask && (got->bits[b].quality != QUALITY_GOOD || (got->bits[b].value & mask) != (want->bits[b] & mask)))
			fail_msg("%s, %s, %s at %lld ms, gateway %d: %s should be 0x%08X, is 0x%08X (%s)", x->f->id, x->shape->name, x->scenario,
				(long long)x->at_ms, gateway, bits_table[b].name, (unsigned)(want->bits[b] & mask),
				(unsigned)(got->bits[b].value & mask), quality_text((enum quality)got->bits[b].quality));
	}
}

/* A by_hand alarm may sit in a register bit that a state needs too; then the state gives way (all-alarms). */
static void same(struct fixture *x, int gateway, bool unit_level, bool states)
{
	struct fam_image image;
	static struct snapshot got;
	bool parallel = x->shape->shape.parallel;
	uint32_t implausible;
	snapshot_clear(&got);
	drive_image(sim_drive(x->sim), (uint8_t)gateway, &image, (struct mono){ 1 });
	family_decode(x->f, &image, (uint8_t)gateway, &got, &implausible);
	assert_int_equal(got.identity.system, parallel ? SYSTEM_PARALLEL : SYSTEM_SINGLE);
	assert_int_equal(implausible, 0);
	const struct want *unit = sim_want(x->sim, parallel ? gateway : 0), *ups = sim_want(x->sim, 0);
	for (int p = 0; p < PT_COUNT; p++) {
		bool of_ups = point_table[p].level == LEVEL_UPS;
		if (of_ups ? parallel : unit_level)
			same_point(x, gateway, p, of_ups ? &ups->point[p] : &unit->point[p], &got.point[p]);
	}
	if (unit_level && states)
		same_states(x, gateway, LEVEL_UNIT, unit, &got);
	if (parallel && states)
		same_states(x, gateway, LEVEL_UPS, ups, &got);
	x->compared++;
}

static void compare(struct fixture *x, bool states)
{
	const struct layout_shape *shape = &x->shape->shape;
	bool shared = x->f->bases.concentrator == x->f->bases.unit;
	if (!shape->parallel) {
		same(x, 0, true, states);
		same(x, 1, true, states);        /* a unit number means nothing there */
		return;
	}
	same(x, 0, !(shared && shape->no_concentrator), states);
	for (int u = 1; u <= shape->units; u++)
		same(x, u, !(u == 1 && shared && !shape->no_concentrator), states);
}

static void play(const struct family *f, const struct shape_row *shape, const char *scenario)
{
	struct fixture x = { .f = f, .shape = shape, .scenario = scenario };
	struct err_at why;
	x.sim = make(f, &shape->shape, &x);
	assert_true(sim_scenario(x.sim, scenario, &why));
	bool by_hand = strstr(scenario, "alarms") != NULL;
	for (int i = 0; i < STEPS_MAX && sim_wait_ms(x.sim) >= 0; i++) {
		sim_advance(x.sim, i ? STEP_MS : 0, (struct mono){ 1 });
		x.at_ms += i ? STEP_MS : 0;
		compare(&x, !by_hand);
	}
	assert_string_equal(sim_scenario_name(x.sim), "none");
	assert_true(x.compared > 5);
	sim_free(x.sim);
}

static void every_scenario_on_every_family(void **state)
{
	struct err_at why;
	(void)state;
	for (int i = 0; i < family_builtin_count(); i++) {
		struct family *f = family_open(family_builtin(i)->id, NULL, &why);
		assert_non_null(f);
		for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
			for (int n = 0; scenario_builtin[n].name; n++) {
				struct scenario *scenario = scenario_open(scenario_builtin[n].name, &why);
				assert_non_null(scenario);
				if (!scenario->needs_parallel || shapes[s].shape.parallel)
					play(f, &shapes[s], scenario_builtin[n].name);
				scenario_free(scenario);
			}
		family_free(f);
	}
}

/* The tests that follow talk to one family by command. */
struct talk {
	struct family *f;
	struct sim *sim;
};

static struct talk talk_to(const char *id, const struct layout_shape *shape)
{
	struct err_at why;
	struct talk t = { .f = family_open(id, NULL, &why) };
	assert_non_null(t.f);
	t.sim = make(t.f, shape, NULL);
	return t;
}

static void hang_up(struct talk *t)
{
	sim_free(t->sim);
	family_free(t->f);
}

static const char *ask(struct talk *t, const char *line)
{
	static char reply[2400];
	sim_command(t->sim, line, (struct mono){ 1000 }, reply, sizeof reply);
	return reply;
}

#define OK(t, line)        assert_memory_equal(ask(t, line), "ok", 2)
#define SAYS(t, line, has) do { const char *r_ = ask(t, line); if (!strstr(r_, has)) fail_msg("%s: %s", line, r_); } while (0)

static void what_is_held_by_hand_stays(void **state)
{
	struct talk t = talk_to("masterys", &shapes[0].shape);
	(void)state;
	OK(&t, "set BATTERY_% 42");
	SAYS(&t, "peek 0x1064", "ok 0x002A 42");
	sim_advance(t.sim, 60000, (struct mono){ 1000 });
	SAYS(&t, "peek 0x1064", "42");
	OK(&t, "set BATTERY_I+ -12.5");
	SAYS(&t, "peek 0x1078", "-125");
	OK(&t, "set BATTERY_I+ -0.1");           /* would read 0xFFFF, not available */
	SAYS(&t, "peek 0x1078", "0x0000");
	OK(&t, "set BATTERY_Min absent");
	SAYS(&t, "peek 0x1077", "0xFFFF");
	OK(&t, "release BATTERY_%");
	SAYS(&t, "peek 0x1064", "100");
	OK(&t, "poke 0x1040 0x55");
	SAYS(&t, "peek 0x1040", "0x0055");
	sim_advance(t.sim, 1000, (struct mono){ 1000 });
	SAYS(&t, "peek 4160", "0x0055");
	OK(&t, "unpoke all");
	SAYS(&t, "peek 0x1040", "0x0000");
	SAYS(&t, "poke 0x3000 1", "error: no table has the address 0x3000");
	SAYS(&t, "set UNIT_OUTPUT_cf 1.4", "error: masterys has no register for UNIT_OUTPUT_cf");
	SAYS(&t, "set UPS_OUTPUT_Lr 1", "error: a single unit has no values of the UPS level");
	SAYS(&t, "unit 2 mains lost", "error: there is no unit 2");
	SAYS(&t, "status", "UnitLoadStatus=\"ON INVERTER\"");
	hang_up(&t);
}

static void states_and_alarms_by_hand(void **state)
{
	struct talk t = talk_to("masterys", &shapes[0].shape);
	(void)state;
	OK(&t, "state UnitLoadStatus ON BATTERY");
	SAYS(&t, "status", "UnitLoadStatus=\"ON BATTERY\"");
	SAYS(&t, "status", "UnitAlarms=\"ON BATTERY");     /* the same register bit */
	SAYS(&t, "alarm UnitAlarms \"ON BATTERY\" off", "is in the way");
	SAYS(&t, "status", "UnitLoadStatus=\"ON BATTERY\"");
	OK(&t, "release all");
	OK(&t, "alarm UnitAlarms b16 on");
	SAYS(&t, "status", "Alarms=\"CRITICAL ALARM\"");
	SAYS(&t, "status", "UnitAlarms=\"UNIT GENERAL ALARM, REC. CRITICAL\"");
	OK(&t, "alarm UnitAlarms none");
	SAYS(&t, "status", "Alarms=\"NO ALARM\"");
	SAYS(&t, "state UnitStatus ISOLATED", "error: masterys does not show UnitStatus ISOLATED");
	SAYS(&t, "alarm UnitAlarms \"BATTERY ROOM\" on", "error: masterys has no bit");
	OK(&t, "state BatteryStatus \"NO BATTERY\"");
	SAYS(&t, "status", "BatteryStatus=\"NO BATTERY\"");
	hang_up(&t);
}

/* A state that follows from measurements bends them, unless they are held. */
static void states_out_of_values(void **state)
{
	struct talk t = talk_to("vu-map", &shapes[0].shape);
	(void)state;
	OK(&t, "state InputRecStatus \"NOT PRESENT\"");
	SAYS(&t, "status", "InputRecStatus=\"NOT PRESENT\"");
	SAYS(&t, "set RECTIFIER_V1 230", "is in the way");
	OK(&t, "release all");
	SAYS(&t, "status", "InputRecStatus=\"OK\"");
	hang_up(&t);
}

static void units_of_a_system(void **state)
{
	struct talk t = talk_to("delphys-mp", &shapes[5].shape);
	(void)state;
	OK(&t, "unit 2 alarm UnitAlarms OVERLOAD on");
	SAYS(&t, "unit 2 status", "UnitAlarms=\"OVERLOAD");
	SAYS(&t, "unit 3 status", "UnitAlarms=\"\"");
	SAYS(&t, "unit 3 status", "UPSAlarms=\"UPS GENERAL ALARM, UNIT 2 ALARM\"");
	OK(&t, "unit 3 set BATTERY_% 12");
	SAYS(&t, "peek 0x3064", "ok 0x000C");
	SAYS(&t, "peek 0x2064", "ok 0x0064");
	OK(&t, "set UPS_OUTPUT_V1 228");
	SAYS(&t, "peek 0x0069", "228");
	OK(&t, "load 60");
	OK(&t, "unit 1 lost");
	SAYS(&t, "unit 2 status", "UNIT_OUTPUT_Lr=90");
	hang_up(&t);
}

/* S05 "on battery" of the concentrator is the AND of the units of a redundant system, the OR of others (DMX-DMP JBUS.D page 7). */
static void redundancy_decides_what_the_concentrator_shows(void **state)
{
	struct talk t = talk_to("delphys-mp", &shapes[5].shape);
	(void)state;
	OK(&t, "load 30");
	OK(&t, "unit 2 mains lost");
	SAYS(&t, "unit 2 status", "UnitLoadStatus=\"ON BATTERY\"");
	SAYS(&t, "status", "UnitLoadStatus=\"ON INVERTER\"");
	OK(&t, "load 95");
	SAYS(&t, "status", "UnitLoadStatus=\"ON BATTERY\"");
	OK(&t, "load 30");
	OK(&t, "mains lost");
	SAYS(&t, "status", "UnitLoadStatus=\"ON BATTERY\"");
	hang_up(&t);
}

static void tables_end_where_they_end(void **state)
{
	struct talk t = talk_to("masterys", &shapes[0].shape), s = talk_to("masterys", &shapes[4].shape);
	uint16_t word[125];
	(void)state;
	assert_true(registers_read(sim_registers(t.sim), 0x1060, 48, word));
	assert_true(registers_read(sim_registers(t.sim), 0x1070, 32, word));
	assert_false(registers_read(sim_registers(t.sim), 0x1070, 33, word));
	assert_false(registers_read(sim_registers(t.sim), 0x105F, 1, word));
	assert_true(registers_read(sim_registers(t.sim), 0x1020, 6, word));
	assert_false(registers_read(sim_registers(s.sim), 0x1020, 6, word));
	assert_true(registers_read(sim_registers(s.sim), 0x1020, 4, word));
	assert_false(registers_read(sim_registers(t.sim), 0x0020, 4, word));       /* the UPS level of a single unit */
	assert_true(registers_read(sim_registers(t.sim), 0x1360, 4, word));
	assert_in_range(word[0] & 0xFF, 0, 59);
	assert_in_range(word[2] >> 8, 1, 12);
	hang_up(&t);
	hang_up(&s);
	struct layout_shape refusing = shapes[0].shape;
	snprintf(refusing.refused, sizeof refusing.refused, "S");
	t = talk_to("masterys", &refusing);      /* as DIGYS does */
	assert_false(registers_read(sim_registers(t.sim), 0x1020, 4, word));
	assert_true(registers_read(sim_registers(t.sim), 0x1040, 4, word));
	hang_up(&t);
}

static void identity_reads_back(void **state)
{
	static const char *const ids[] = { "masterys", "delphys-mp", "delphys-gp", "vu-map" };
	(void)state;
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		struct talk t = talk_to(ids[i], &shapes[5].shape);
		struct fam_image image;
		static struct snapshot got;
		snapshot_clear(&got);
		drive_image(sim_drive(t.sim), 2, &image, (struct mono){ 1 });
		family_decode(t.f, &image, 2, &got, NULL);
		assert_string_equal(got.identity.serial, "P130201235");
		assert_int_equal(got.identity.kva_x10, 300);
		assert_int_equal(got.identity.unit_number, 2);
		assert_true(got.identity.model[0] != 0);
		assert_int_equal(got.identity.phases_out, 3);
		uint16_t word[FAM_PROBE_WORDS_MAX];
		const struct fam_probe *p = &t.f->probe[t.f->probe_count - 1];
		assert_true(registers_read(sim_registers(t.sim), p->address, p->count, word));
		assert_true(family_probe_matches(p, word, p->count));
		hang_up(&t);
	}
}

static void faults_by_command(void **state)
{
	struct talk t = talk_to("masterys", &shapes[0].shape);
	int32_t argument;
	struct mono later = { 1000 + INT64_C(11000000000) };
	(void)state;
	OK(&t, "fault silence 10s");
	assert_true(faults_hit(sim_faults(t.sim), FAULT_SILENCE, (struct mono){ 1000 }, NULL));
	assert_false(faults_hit(sim_faults(t.sim), FAULT_SILENCE, later, NULL));
	OK(&t, "fault exception 6 every 3");
	assert_false(faults_hit(sim_faults(t.sim), FAULT_EXCEPTION, later, &argument));
	assert_false(faults_hit(sim_faults(t.sim), FAULT_EXCEPTION, later, &argument));
	assert_true(faults_hit(sim_faults(t.sim), FAULT_EXCEPTION, later, &argument));
	assert_int_equal(argument, 6);
	SAYS(&t, "status", "fault=\"exception 6\"");
	OK(&t, "fault none");
	SAYS(&t, "status", "fault=\"none\"");
	OK(&t, "fault freeze 0x1064 for 5s");
	OK(&t, "set BATTERY_% 7");
	SAYS(&t, "peek 0x1064", "100");
	sim_advance(t.sim, 1, later);
	SAYS(&t, "peek 0x1064", "ok 0x0007");
	SAYS(&t, "fault freeze 0x9999", "error:");
	SAYS(&t, "fault wobble", "error: fault is one of: silence");
	SAYS(&t, "fault exception 900", "error:");
	hang_up(&t);
}

/* ---- 5.4: what is accepted comes true, what cannot come true is refused ---- */

static void decode_at(const struct talk *t, int unit, struct snapshot *got)
{
	struct fam_image image;
	snapshot_clear(got);
	drive_image(sim_drive(t->sim), (uint8_t)unit, &image, (struct mono){ 1 });
	family_decode(t->f, &image, (uint8_t)unit, got, NULL);
}

static int last_gateway(const struct layout_shape *shape)
{
	return shape->parallel ? shape->units : 0;
}

/* Is unit 1, or the system as a whole, without registers of its own? */
static bool has_registers(const struct talk *t, const struct layout_shape *shape, int gateway)
{
	bool shared = shape->parallel && t->f->bases.concentrator == t->f->bases.unit;
	return !shared || gateway != (shape->no_concentrator ? 0 : 1);
}

enum kind { STATE, BIT_ON, BIT_OFF };

static bool holds(const struct snapshot *got, enum kind kind, int object, int item)
{
	if (kind == STATE)
		return got->state[object].quality == QUALITY_GOOD && got->state[object].value == item;
	return got->bits[object].quality == QUALITY_GOOD && (got->bits[object].value >> item & 1) == (kind == BIT_ON);
}

/* Orders it of the whole and of unit 2, looks at it from every gateway, and counts what was accepted. */
static int order_and_look(struct talk *t, const struct layout_shape *shape, enum kind kind, int object, int item)
{
	char line[160];
	static struct snapshot got;
	int accepted = 0;
	bool of_ups = (kind == STATE ? state_table[object].level : bits_table[object].level) == LEVEL_UPS;
	for (int unit = -1; unit <= (shape->parallel && !of_ups ? 2 : -1); unit++) {
		int n = unit < 0 ? 0 : snprintf(line, sizeof line, "unit %d ", unit);
		if (kind == STATE)
			snprintf(line + n, sizeof line - (size_t)n, "state %s %s", state_table[object].name, state_table[object].state[item].text);
		else
			snprintf(line + n, sizeof line - (size_t)n, "alarm %s %s %s", bits_table[object].name, bits_table[object].bit[item].text,
				kind == BIT_ON ? "on" : "off");
		const char *reply = ask(t, line);
		if (strncmp(reply, "ok", 2) == 0) {
			accepted++;
			for (int g = 0; g <= last_gateway(shape); g++) {
				if ((unit >= 0 && g != unit) || (!of_ups && !has_registers(t, shape, g)))
					continue;
				decode_at(t, g, &got);
				if (!holds(&got, kind, object, item))
					fail_msg("%s, %d units: \"%s\" is \"%s\", and gateway %d does not see it", t->f->id, shape->units, line, reply, g);
			}
		} else if (!strstr(reply, " cannot show that: ") && !strstr(reply, " does not show ") && !strstr(reply, " has no bit ") &&
		           !strstr(reply, "no registers of its own") && !strstr(reply, "a single unit has no values")) {
			fail_msg("%s: \"%s\": %s", t->f->id, line, reply);
		}
		OK(t, "release all");
	}
	return accepted;
}

static int every_order(struct talk *t, const struct layout_shape *shape)
{
	int accepted = 0;
	for (int i = 1; i < ST_COUNT; i++)
		for (int v = 1; v <= state_table[i].count; v++)
			accepted += order_and_look(t, shape, STATE, i, v);
	for (int i = 0; i < BS_COUNT; i++)
		for (int b = 0; b < bits_table[i].count; b++) {
			accepted += order_and_look(t, shape, BIT_ON, i, b);
			accepted += order_and_look(t, shape, BIT_OFF, i, b);
		}
	return accepted;
}

static void finding_5_4_an_order_that_is_accepted_comes_true(void **state)
{
	(void)state;
	static const size_t of_shapes[] = { 0, 5, 6 };
	for (int i = 0; i < family_builtin_count(); i++)
		for (size_t s = 0; s < sizeof of_shapes / sizeof *of_shapes; s++) {
			const struct layout_shape *shape = &shapes[of_shapes[s]].shape;
			struct talk t = talk_to(family_builtin(i)->id, shape);
			int accepted = every_order(&t, shape);
			/* most of what a family has rows for can be had */
			assert_in_range(accepted, shape->parallel ? 150 : 60, 1000);
			hang_up(&t);
		}
}

/* The words of the finding: one order, all families, three units. */
static void finding_5_4_on_battery_of_three_units(void **state)
{
	(void)state;
	for (int i = 0; i < family_builtin_count(); i++) {
		struct talk t = talk_to(family_builtin(i)->id, &shapes[5].shape);
		OK(&t, "state UnitLoadStatus ON BATTERY");
		SAYS(&t, "status", " UnitLoadStatus=\"ON BATTERY\"");
		SAYS(&t, "status", " UPSLoadStatus=\"ON BATTERY\"");
		SAYS(&t, "unit 2 status", " UnitLoadStatus=\"ON BATTERY\"");
		SAYS(&t, "unit 3 status", " UnitLoadStatus=\"ON BATTERY\"");
		OK(&t, "release UnitLoadStatus");
		SAYS(&t, "status", " UnitLoadStatus=\"ON INVERTER\"");
		hang_up(&t);
	}
}

static void finding_5_4_a_refusal_says_why_and_changes_nothing(void **state)
{
	struct talk t = talk_to("masterys", &shapes[0].shape);
	uint16_t before[48], after[48];
	(void)state;
	OK(&t, "set BATTERY_% 42");
	assert_true(registers_read(sim_registers(t.sim), 0x1060, 48, before));
	SAYS(&t, "set BATTERY_% 70000", "error: masterys cannot show that: BATTERY_% is 65534");
	SAYS(&t, "set UNIT_OUTPUT_V1 -5", "error: masterys cannot show that: UNIT_OUTPUT_V1 is 0");
	SAYS(&t, "peek 0x1064", "ok 0x002A");
	assert_true(registers_read(sim_registers(t.sim), 0x1060, 48, after));
	assert_memory_equal(before, after, sizeof before);
	hang_up(&t);
	t = talk_to("masterys", &shapes[1].shape);
	SAYS(&t, "set UNIT_OUTPUT_V2 230", "error: masterys cannot show that: UNIT_OUTPUT_V2 is absent");
	hang_up(&t);
	t = talk_to("masterys", &shapes[5].shape);
	SAYS(&t, "unit 1 state UnitStatus AVAILABLE", "error: the concentrator answers at the addresses of unit 1");
	OK(&t, "unit 0 state UnitStatus ON STANDBY");
	OK(&t, "state UnitStatus OPERATING");            /* of all units: ends what was held of the whole */
	SAYS(&t, "status", " UnitStatus=\"OPERATING\"");
	hang_up(&t);
	t = talk_to("masterys", &shapes[6].shape);
	SAYS(&t, "unit 0 state UnitStatus AVAILABLE", "error: unit 1 answers at the addresses of the system");
	OK(&t, "unit 1 state UnitStatus AVAILABLE");
	hang_up(&t);
}

/* A supply or a load that what is held by hand rules out leaves the UPS as it was. */
static void finding_5_4_a_refused_supply_is_not_half_done(void **state)
{
	struct talk t = talk_to("vu-map", &shapes[0].shape);
	(void)state;
	OK(&t, "set UNIT_OUTPUT_V1 231");
	OK(&t, "load 60");
	SAYS(&t, "status", "UNIT_OUTPUT_Lr=60");
	SAYS(&t, "unit 0 load 70", "error: there is no unit 0");
	SAYS(&t, "status", "UNIT_OUTPUT_Lr=60");
	hang_up(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_scenario_on_every_family),
		cmocka_unit_test(what_is_held_by_hand_stays),
		cmocka_unit_test(states_and_alarms_by_hand),
		cmocka_unit_test(states_out_of_values),
		cmocka_unit_test(units_of_a_system),
		cmocka_unit_test(redundancy_decides_what_the_concentrator_shows),
		cmocka_unit_test(tables_end_where_they_end),
		cmocka_unit_test(identity_reads_back),
		cmocka_unit_test(faults_by_command),
		cmocka_unit_test(finding_5_4_an_order_that_is_accepted_comes_true),
		cmocka_unit_test(finding_5_4_on_battery_of_three_units),
		cmocka_unit_test(finding_5_4_a_refusal_says_why_and_changes_nothing),
		cmocka_unit_test(finding_5_4_a_refused_supply_is_not_half_done),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
