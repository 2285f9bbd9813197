/* Orders to a whole simulation: what is accepted comes true, what cannot is refused in words, and what a scenario does with it. */
#include <time.h>

#include "sim/clock.h"
#include "sim/testing.h"

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
	assert_true(registers_read(sim_registers(t.sim), 3, 0x1060, 48, word));
	assert_true(registers_read(sim_registers(t.sim), 3, 0x1070, 32, word));
	assert_false(registers_read(sim_registers(t.sim), 3, 0x1070, 33, word));
	assert_false(registers_read(sim_registers(t.sim), 3, 0x105F, 1, word));
	assert_true(registers_read(sim_registers(t.sim), 3, 0x1020, 6, word));
	assert_false(registers_read(sim_registers(s.sim), 3, 0x1020, 6, word));
	assert_true(registers_read(sim_registers(s.sim), 3, 0x1020, 4, word));
	assert_false(registers_read(sim_registers(t.sim), 3, 0x0020, 4, word));       /* the UPS level of a single unit */
	assert_true(registers_read(sim_registers(t.sim), 3, 0x1360, 4, word));
	assert_in_range(word[0] & 0xFF, 0, 59);
	assert_in_range(word[2] >> 8, 1, 12);
	hang_up(&t);
	hang_up(&s);
	struct layout_shape refusing = shapes[0].shape;
	snprintf(refusing.refused, sizeof refusing.refused, "S");
	t = talk_to("masterys", &refusing);      /* as DIGYS does */
	assert_false(registers_read(sim_registers(t.sim), 3, 0x1020, 4, word));
	assert_true(registers_read(sim_registers(t.sim), 3, 0x1040, 4, word));
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
		drive_image(t.sim->drive, 2, &image, (struct mono){ 1 });
		family_decode(t.f, &image, 2, &got, NULL);
		assert_string_equal(got.identity.serial, "P130201235");
		assert_int_equal(got.identity.kva_x10, 300);
		assert_int_equal(got.identity.unit_number, 2);
		assert_true(got.identity.model[0] != 0);
		assert_int_equal(got.identity.phases_out, 3);
		uint16_t word[FAM_PROBE_WORDS_MAX];
		const struct fam_probe *p = &t.f->probe[t.f->probe_count - 1];
		assert_true(registers_read(sim_registers(t.sim), p->function, p->address, p->count, word));
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
	drive_image(t->sim->drive, (uint8_t)unit, &image, (struct mono){ 1 });
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

static bool can_be_parallel(const char *id)
{
	struct err_at why;
	struct family *f = family_open(id, NULL, &why);
	assert_non_null(f);
	bool parallel = f->parallel.length > 0;
	family_free(f);
	return parallel;
}

static void finding_5_4_an_order_that_is_accepted_comes_true(void **state)
{
	(void)state;
	static const size_t of_shapes[] = { 0, 5 };
	for (int i = 0; i < family_builtin_count(); i++)
		for (size_t s = 0; s < sizeof of_shapes / sizeof *of_shapes; s++) {
			const struct layout_shape *shape = &shapes[of_shapes[s]].shape;
			if (shape->parallel && !can_be_parallel(family_builtin(i)->id))
				continue;
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
		if (!can_be_parallel(family_builtin(i)->id))
			continue;
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
	assert_true(registers_read(sim_registers(t.sim), 3, 0x1060, 48, before));
	SAYS(&t, "set BATTERY_% 70000", "error: masterys cannot show that: BATTERY_% is 65534");
	SAYS(&t, "set UNIT_OUTPUT_V1 -5", "error: masterys cannot show that: UNIT_OUTPUT_V1 is 0");
	SAYS(&t, "peek 0x1064", "ok 0x002A");
	assert_true(registers_read(sim_registers(t.sim), 3, 0x1060, 48, after));
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

/* ---- 5.4: what a scenario needs, and what was set before ---- */

struct listener {
	char told[60][200], complaint[400];
	int n, complaints;
};

static void listen_told(void *ctx, const char *text)
{
	struct listener *l = ctx;
	if (l->n < 60)
		snprintf(l->told[l->n++], sizeof l->told[0], "%s", text);
}

static void listen_complaint(void *ctx, const char *text)
{
	struct listener *l = ctx;
	snprintf(l->complaint, sizeof l->complaint, "%s", text);
	l->complaints++;
}

static struct talk talk_and_listen(const char *id, const struct layout_shape *shape, struct listener *l)
{
	struct err_at why;
	struct talk t = { .f = family_open(id, NULL, &why) };
	struct sim_hooks hooks = { .complain = listen_complaint, .tell = listen_told, .ctx = l };
	memset(l, 0, sizeof *l);
	assert_non_null(t.f);
	t.sim = testing_make(t.f, shape, &hooks);
	return t;
}

static void finding_5_4_a_scenario_says_each_step_as_it_happens(void **state)
{
	static struct listener l;
	struct talk t = talk_and_listen("masterys", &shapes[0].shape, &l);
	(void)state;
	OK(&t, "scenario genset");
	sim_advance(t.sim, 4999, (struct mono){ 1000 });
	assert_int_equal(l.n, 0);
	sim_advance(t.sim, 1, (struct mono){ 1000 });
	assert_int_equal(l.n, 1);
	assert_string_equal(l.told[0], "scenario genset, 5.0 s: mains lost");
	sim_advance(t.sim, 15000, (struct mono){ 1000 });
	assert_int_equal(l.n, 3);
	assert_string_equal(l.told[1], "scenario genset, 20.0 s: genset on");
	assert_string_equal(l.told[2], "scenario genset, 20.0 s: mains ok");
	sim_advance(t.sim, 100000, (struct mono){ 1000 });
	assert_int_equal(l.n, 5);
	assert_string_equal(l.told[4], "scenario genset, 66.0 s: over; 4 expectations held, 0 steps failed, 0 passed over");
	assert_int_equal(l.complaints, 0);
	hang_up(&t);
}

static void finding_5_4_a_scenario_complains_of_what_is_in_its_way(void **state)
{
	static struct listener l;
	struct talk t = talk_and_listen("masterys", &shapes[0].shape, &l);
	(void)state;
	OK(&t, "scenario genset");
	sim_advance(t.sim, 5000, (struct mono){ 1000 });
	OK(&t, "state BatteryStatus CHARGING");          /* while it plays: the newest order stands */
	sim_advance(t.sim, 1000, (struct mono){ 1000 });
	assert_int_equal(l.complaints, 1);
	assert_string_equal(l.complaint, "genset:4: expected BatteryStatus DISCHARGING, it is CHARGING");
	hang_up(&t);
	t = talk_and_listen("vu-map", &shapes[0].shape, &l);
	OK(&t, "scenario all-alarms");
	sim_advance(t.sim, 1000000, (struct mono){ 1000 });
	assert_int_equal(l.complaints, 0);
	bool passed = false;
	for (int i = 0; i < l.n; i++)
		passed |= strstr(l.told[i], "alarm UnitAlarms \"MAINTENANCE AL.\" on (passed over: vu-map has no such thing)") != NULL;
	assert_true(passed || l.n == 60);
	hang_up(&t);
}

/* Everything that scripts/run tells a user to type, and more, before each scenario: it begins as it does on a new UPS. */
static void finding_5_4_a_scenario_lets_go_what_was_set(void **state)
{
	static struct listener l;
	(void)state;
	for (int n = 0; scenario_builtin[n].name; n++) {
		char line[80];
		struct talk t = talk_and_listen("masterys", &shapes[5].shape, &l);
		OK(&t, "set BATTERY_% 42");
		OK(&t, "unit 2 state UnitStatus AVAILABLE");
		OK(&t, "alarm UnitAlarms OVERLOAD on");
		OK(&t, "poke 0x1040 0xFFFF");
		OK(&t, "mode eco");
		OK(&t, "mains lost");
		OK(&t, "load 120");
		OK(&t, "battery none");
		snprintf(line, sizeof line, "scenario %s", scenario_builtin[n].name);
		SAYS(&t, line, "; released: BATTERY_% UnitStatus UnitAlarms and 1 poked register");
		for (int i = 0; i < 400; i++)
			sim_advance(t.sim, 1000, (struct mono){ 1000 });
		assert_string_equal(sim_scenario_name(t.sim), "none");
		if (l.complaints)
			fail_msg("%s: %s", scenario_builtin[n].name, l.complaint);
		hang_up(&t);
	}
}

static void a_reset_lets_everything_go_but_faults(void **state)
{
	struct talk t = talk_to("masterys", &shapes[0].shape);
	(void)state;
	SAYS(&t, "reset", "ok at ");
	if (strstr(ask(&t, "reset"), "released"))
		fail_msg("nothing was held");
	OK(&t, "fault crc");
	OK(&t, "fault freeze 0x1040");
	OK(&t, "poke 0x1064 55");
	OK(&t, "poke 0x1065 55");
	OK(&t, "load 77");
	SAYS(&t, "reset", "; released: 2 poked registers");
	SAYS(&t, "peek 0x1064", "100");
	SAYS(&t, "status", "fault=\"crc, freeze 0x1040\"");
	SAYS(&t, "status", "UNIT_OUTPUT_Lr=40");
	OK(&t, "alarm UnitAlarms OVERLOAD on");
	SAYS(&t, "peek 0x1040", "0x0000");               /* still frozen */
	hang_up(&t);
}

static void status_is_what_is_served(void **state)
{
	struct talk t = talk_to("masterys", &shapes[0].shape);
	(void)state;
	OK(&t, "poke 0x1020 0x0025");
	SAYS(&t, "status", "UnitLoadStatus=\"ON BATTERY\"");
	OK(&t, "expect state UnitLoadStatus ON BATTERY");
	SAYS(&t, "expect state UnitLoadStatus ON INVERTER", "error: expected UnitLoadStatus ON INVERTER, it is ON BATTERY");
	OK(&t, "unpoke 0x1020");
	SAYS(&t, "status", "UnitLoadStatus=\"ON INVERTER\"");
	hang_up(&t);
	t = talk_to("vu-map", &shapes[4].shape);         /* short tables, the rest elsewhere */
	SAYS(&t, "status", "UnitLoadStatus=\"ON INVERTER\"");
	hang_up(&t);
}

/* The example map, and every map that is built in: its simulator is found by its own probes, at once. */
static void finding_5_4_the_simulator_of_a_map_passes_its_own_probe(void **state)
{
	struct err_at why;
	(void)state;
	for (int i = -2; i < family_builtin_count(); i++) {
		struct talk t = { .f = i < 0 ? family_open(i < -1 ? OTHER_MAP : EXAMPLE_MAP, NULL, &why) : family_open(family_builtin(i)->id, NULL, &why) };
		assert_non_null(t.f);
		t.sim = testing_make(t.f, &shapes[0].shape, NULL);
		const struct fam_probe *p = &t.f->probe[0];
		uint16_t word[FAM_PROBE_WORDS_MAX];
		assert_true(registers_read(sim_registers(t.sim), p->function, p->address, p->count, word));
		if (!family_probe_matches(p, word, p->count))
			fail_msg("%s is not found by its own probe", t.f->id);
		static struct snapshot got;
		decode_at(&t, 0, &got);
		assert_true(got.identity.model[0] && !strstr(got.identity.model, i < 0 ? "code" : "?"));
		assert_true(got.identity.serial[0]);
		hang_up(&t);
	}
}

/* Floats, products, sums over two tables, magnitudes, offsets, parts of words: what is set is what is read. */
static void numbers_of_any_kind_come_true(void **state)
{
	struct err_at why;
	(void)state;
	struct talk t = { .f = family_open(OTHER_MAP, NULL, &why) };
	assert_non_null(t.f);
	t.sim = testing_make(t.f, &shapes[0].shape, NULL);
	static const struct { int point; const char *value; int shown; } sets[] = {
		{ PT_UNIT_OUTPUT_KVA, "15.5", 155 }, { PT_UNIT_OUTPUT_KW, "12.5", 125 }, { PT_UNIT_OUTPUT_KVA1, "70.4", 704 },
		{ PT_UNIT_OUTPUT_I1, "18.3", 183 }, { PT_BATTERY_I_PLUS, "-3.5", -35 }, { PT_BATTERY_V_PLUS, "540.1", 5401 },
		{ PT_UNIT_TMP, "-5.0", -50 }, { PT_BATTERY_TMP, "21.0", 210 }, { PT_BATTERY_PERCENT, "80", 80 }, { PT_BATTERY_S, "70000", 70000 },
	};
	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
		char order[80];
		static struct snapshot got;
		snprintf(order, sizeof order, "set %s %s", point_table[sets[i].point].name, sets[i].value);
		SAYS(&t, order, "ok");
		decode_at(&t, 0, &got);
		if (got.point[sets[i].point].value != sets[i].shown || got.point[sets[i].point].quality != QUALITY_GOOD)
			fail_msg("%s: %d %s", order, got.point[sets[i].point].value, quality_text((enum quality)got.point[sets[i].point].quality));
	}
	hang_up(&t);
}

/* Clocks of every kind that the map language has: what is served is what a gateway reads, and the instant that was given. */
static void clock_reads_back(const char *rows, const char *with_words)
{
	static const struct tm moments[] = { { .tm_year = 126, .tm_mon = 10, .tm_mday = 26, .tm_hour = 23, .tm_min = 5, .tm_sec = 59, .tm_wday = 4 },
		{ .tm_year = 124, .tm_mon = 1, .tm_mday = 29, .tm_sec = 60, .tm_wday = 4 }, { .tm_year = 100, .tm_mon = 0, .tm_mday = 2, .tm_hour = 12, .tm_wday = 0 } };
	char text[1000];
	struct fam_faults why;
	snprintf(text, sizeof text, "family clocks \"Clocks\"\nserial 9600 slave 1 [S]\nbase single 0 [S]\nblock S bits 0x50 1 fast unit [S]\n%s\n"
		"probe 9 0x50 1 any [S]\nbit UnitAlarms 0 \"IMMINENT STOP\" when S000 [S]\n%s\nabsent rest [S]\n", with_words, rows);
	struct family *f = family_parse(text, strlen(text), "clocks.map", &why);
	if (!f)
		fail_msg("%s: line %d: %s", rows, why.list[0].line, why.list[0].text);
	for (size_t m = 0; m < sizeof moments / sizeof *moments; m++) {
		static struct fam_image image;
		static struct snapshot got;
		memset(&image, 0, sizeof image);
		for (int b = 0; b < f->block_count; b++) {
			struct fam_image_level *level = &image.level[LEVEL_UNIT];
			level->block[b] = (struct fam_image_block){ .got = f->block[b].count, .at = { 1 } };
			for (int i = 0; i < f->block[b].count; i++)
				clock_word(f, b, i, &moments[m], &level->word[f->block[b].first + i]);
		}
		snapshot_clear(&got);
		family_decode(f, &image, 0, &got, NULL);
		const struct ups_clock *c = &got.clock;
		const struct tm *t = &moments[m];
		assert_true(c->valid);
		if (c->year != t->tm_year + 1900 || c->month != t->tm_mon + 1 || c->day != t->tm_mday || c->hour != t->tm_hour ||
		    c->minute != t->tm_min || c->second != (t->tm_sec > 59 ? 59 : t->tm_sec))
			fail_msg("%s: %d-%d-%d %d:%d:%d", rows, c->year, c->month, c->day, c->hour, c->minute, c->second);
	}
	family_free(f);
}

static void clocks_of_every_kind(void **state)
{
	(void)state;
	clock_reads_back("", "block D words 0x60 4 rare unit clock [S]");
	clock_reads_back("clock year K000 month K001 day K002 hour K003 minute K004 second K005 [S]", "block K words 0x60 6 rare unit [S]");
	clock_reads_back("clock year K000 month K001.msb day K001.lsb of-day K002 u32 [S]", "block K words 0x60 4 rare unit [S]");
	clock_reads_back("clock year K000.msb month K000.lsb day K001 hour K002.msb minute K002.lsb second K003 [S]", "block K words 0x60 4 rare unit [S]");
	clock_reads_back("clock days K000 of-day K001 u32 from 2000 [S]", "block K words 0x60 3 rare unit [S]");
	clock_reads_back("clock seconds K001 u32 from 1970 low-first [S]", "block K words 0x60 3 rare unit [S]");
}

/* The other example of the docs: floating point, products, a clock that counts seconds. */
static void the_second_example_is_a_ups(void **state)
{
	struct err_at why;
	struct talk t = { .f = family_open(OTHER_MAP, NULL, &why) };
	static struct snapshot got;
	time_t before = time(NULL);
	(void)state;
	assert_non_null(t.f);
	t.sim = testing_make(t.f, &shapes[0].shape, NULL);
	OK(&t, "set BATTERY_% 42");
	OK(&t, "state UnitLoadStatus ON BATTERY");
	SAYS(&t, "status", "UnitLoadStatus=\"ON BATTERY\"");
	SAYS(&t, "status", "BATTERY_%=42");
	static struct fam_image image;
	memset(&image, 0, sizeof image);
	for (int b = 0; b < t.f->block_count; b++) {
		const struct fam_block *block = &t.f->block[b];
		uint16_t *word = &image.level[LEVEL_UNIT].word[block->first];
		if (registers_read(sim_registers(t.sim), block->function, family_address(t.f, block, LEVEL_UNIT, SYSTEM_SINGLE, 1), block->count, word))
			image.level[LEVEL_UNIT].block[b] = (struct fam_image_block){ .got = block->count, .at = { 1 } };
	}
	snapshot_clear(&got);
	family_decode(t.f, &image, 0, &got, NULL);
	assert_true(got.clock.valid);
	struct tm shown = { .tm_year = got.clock.year - 1900, .tm_mon = got.clock.month - 1, .tm_mday = got.clock.day, .tm_hour = got.clock.hour,
		.tm_min = got.clock.minute, .tm_sec = got.clock.second, .tm_isdst = -1 };
	assert_in_range(mktime(&shown), before, time(NULL));
	hang_up(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_of_any_kind_come_true),
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
		cmocka_unit_test(finding_5_4_a_scenario_says_each_step_as_it_happens),
		cmocka_unit_test(finding_5_4_a_scenario_complains_of_what_is_in_its_way),
		cmocka_unit_test(finding_5_4_a_scenario_lets_go_what_was_set),
		cmocka_unit_test(finding_5_4_the_simulator_of_a_map_passes_its_own_probe),
		cmocka_unit_test(clocks_of_every_kind),
		cmocka_unit_test(the_second_example_is_a_ups),
		cmocka_unit_test(a_reset_lets_everything_go_but_faults),
		cmocka_unit_test(status_is_what_is_served),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
