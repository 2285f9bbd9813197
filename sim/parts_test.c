/* The parts that need nobody else: pacing, faults, the plant, orders, scenarios, options. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "sim/action.h"
#include "sim/fault.h"
#include "sim/parallel.h"
#include "sim/arguments.h"
#include "sim/pace.h"
#include "sim/plant.h"
#include "sim/scenario.h"
#include "sim/words.h"

/* ---- pacing ---- */

static void time_on_the_wire(void **state)
{
	(void)state;
	assert_int_equal(pace_octets_ns(9600, 1), 1041666);
	assert_int_equal(pace_octets_ns(9600, 9600), INT64_C(10000000000));
	assert_int_equal(pace_octets_ns(57600, 57600), INT64_C(10000000000));
	assert_int_equal(pace_silence_ns(9600), 3645833);
	assert_int_equal(pace_silence_ns(19200), 1822916);
	assert_int_equal(pace_silence_ns(38400), 1750000);
}

static void octets_come_by_an_absolute_schedule(void **state)
{
	struct pace_out p;
	const uint8_t *got;
	(void)state;
	pace_begin(&p, 9600, 1, 1000, 0);
	assert_false(pace_busy(&p));
	assert_int_equal(pace_add(&p, (const uint8_t *)"abcdefgh", 8), 8);
	assert_int_equal(pace_next_ns(&p), 1000 + 1041666);
	assert_int_equal(pace_take(&p, 1000 + 1041665, &got), 0);
	assert_int_equal(pace_take(&p, 1000 + 1041666, &got), 1);
	assert_int_equal(*got, 'a');
	/* late: what is due comes at once, and the end does not move */
	assert_int_equal(pace_take(&p, 1000 + pace_octets_ns(9600, 5), &got), 4);
	assert_memory_equal(got, "bcde", 4);
	assert_int_equal(pace_next_ns(&p), 1000 + pace_octets_ns(9600, 6));
	assert_int_equal(pace_end_ns(&p), 1000 + pace_octets_ns(9600, 8));
	assert_int_equal(pace_take(&p, INT64_MAX, &got), 3);
	assert_false(pace_busy(&p));

	pace_begin(&p, 9600, 1, 0, 5000000);
	pace_add(&p, (const uint8_t *)"abc", 3);
	assert_int_equal(pace_end_ns(&p), pace_octets_ns(9600, 3) + 2 * 5000000);
	pace_begin(&p, 9600, 8, 0, 0);
	pace_add(&p, (const uint8_t *)"abcdefghij", 10);
	assert_int_equal(pace_next_ns(&p), pace_octets_ns(9600, 8));
	assert_int_equal(pace_take(&p, pace_octets_ns(9600, 8), &got), 8);
	assert_int_equal(pace_next_ns(&p), pace_octets_ns(9600, 10));

	uint8_t much[PACE_FRAME_MAX + 10] = { 0 };
	pace_begin(&p, 9600, 1, 0, 0);
	assert_int_equal(pace_add(&p, much, sizeof much), PACE_FRAME_MAX);
}

static void a_late_answer_starts_when_it_was_due(void **state)
{
	(void)state;
	assert_int_equal(pace_start_ns(57600, 1000000, 900000), 1000000);
	assert_int_equal(pace_start_ns(57600, 1000000, 1000000 + pace_octets_ns(57600, 16)), 1000000);
	assert_int_equal(pace_start_ns(57600, 1000000, 900000000), 900000000);
}

/* ---- the plant ---- */

static void the_battery_empties_and_fills(void **state)
{
	struct plant p;
	struct plant_rating r = plant_rating_usual();
	struct want w;
	(void)state;
	plant_reset(&p);
	p.load = 100;
	p.mains = p.bypass = SUPPLY_LOST;
	assert_int_equal(plant_acts(&p), ACT_BATTERY);
	plant_advance(&p, &r, 6 * 60);           /* half of 12 minutes */
	assert_true(fabs(p.charge - 50) < 0.01);
	plant_show(&p, &r, &w);
	assert_true(fabs(w.point[PT_BATTERY_MIN].value - 6) < 0.01);
	assert_int_equal(w.state[ST_BATTERY_STATUS], BATTERY_STATUS_DISCHARGING);
	assert_true(w.point[PT_BATTERY_I_PLUS].value < 0);
	assert_int_equal(w.point[PT_BATTERY_S].value, 360);
	plant_advance(&p, &r, 4 * 60);
	plant_show(&p, &r, &w);
	assert_int_equal(w.state[ST_BATTERY_STATUS], BATTERY_STATUS_LOW);
	assert_true(w.bits[BS_UNIT_ALARMS] & 1u << UNIT_ALARM_LOW);
	plant_advance(&p, &r, 3 * 60);
	assert_int_equal(plant_acts(&p), ACT_OFF);
	plant_show(&p, &r, &w);
	assert_int_equal(w.state[ST_UNIT_LOAD_STATUS], UNIT_LOAD_STATUS_LOAD_OFF);
	assert_true(w.point[PT_UNIT_OUTPUT_V1].value == 0);
	p.mains = SUPPLY_OK;
	plant_advance(&p, &r, 120 * 60);
	assert_true(fabs(p.charge - 50) < 0.01);
	plant_show(&p, &r, &w);
	assert_int_equal(w.state[ST_BATTERY_STATUS], BATTERY_STATUS_CHARGING);
	assert_true(w.point[PT_BATTERY_I_PLUS].value > 0);
	plant_advance(&p, &r, 1e6);
	assert_true(p.charge == 100);
}

static void values_belong_together(void **state)
{
	struct plant p;
	struct plant_rating r = plant_rating_usual();
	struct want w;
	(void)state;
	plant_reset(&p);
	plant_show(&p, &r, &w);
	double kva = w.point[PT_UNIT_OUTPUT_KVA].value, sum = 0;
	for (int i = 0; i < 3; i++) {
		sum += w.point[PT_UNIT_OUTPUT_KVA1 + i].value;
		assert_true(fabs(w.point[PT_UNIT_OUTPUT_V1 + i].value * w.point[PT_UNIT_OUTPUT_I1 + i].value / 1000 -
			w.point[PT_UNIT_OUTPUT_KVA1 + i].value) < 1e-9);
	}
	assert_true(fabs(sum - kva) < 1e-9);
	assert_true(fabs(kva - r.kva * 0.4) < 1e-9);
	assert_true(w.point[PT_UNIT_OUTPUT_KW].value < kva);
	r.phases_in = r.phases_out = 1;
	plant_show(&p, &r, &w);
	assert_int_equal(w.point[PT_UNIT_OUTPUT_V2].how, WANT_ABSENT);
	assert_int_equal(w.point[PT_RECTIFIER_U12].how, WANT_ABSENT);
	assert_int_equal(w.bits[BS_UNIT_ALARMS], 0);
	for (int i = 1; i < ST_COUNT; i++)
		if (state_table[i].level != LEVEL_UPS)
			assert_in_range(w.state[i], 1, state_table[i].count);
}

static void a_system_is_its_units(void **state)
{
	struct plant p[3];
	struct plant_rating r = plant_rating_usual();
	struct want unit[3], all;
	(void)state;
	for (int u = 0; u < 3; u++) {
		plant_reset(&p[u]);
		plant_show(&p[u], &r, &unit[u]);
	}
	struct parallel j = parallel_show(p, unit, 3, &all);
	assert_true(j.redundant);
	assert_false(j.lost);
	assert_true(fabs(all.point[PT_UPS_OUTPUT_KVA].value - 36) < 1e-9);
	assert_true(fabs(all.point[PT_UPS_OUTPUT_LR].value - 40) < 1e-9);
	assert_true(fabs(all.point[PT_UPS_OUTPUT_V1].value - 230) < 1e-9);
	assert_int_equal(all.bits[BS_UPS_STATUS], 0xE);
	p[1].mode = MODE_FAULT;
	plant_show(&p[1], &r, &unit[1]);
	j = parallel_show(p, unit, 3, &all);
	assert_true(j.lost);
	assert_int_equal(all.bits[BS_UPS_STATUS], 0xA);
	assert_true(all.bits[BS_UPS_ALARMS] & 1u << UPS_ALARM_REDUNDANCY);
	assert_true(all.bits[BS_UPS_ALARMS] & 1u << (UPS_ALARM_UNIT_1 + 1));
	assert_int_equal(all.state[ST_ALARMS], ALARMS_CRITICAL_ALARM);
}

static void bits_have_their_names(void **state)
{
	static const struct { int bits, bit; const char *text; } named[] = {
		{ BS_UPS_STATUS, UPS_STATUS_UNIT_1, "UNIT 1 OPERATING" },
		{ BS_UPS_ALARMS, UPS_ALARM_IMMINENT_STOP, "UPS IMMINENT STOP" }, { BS_UPS_ALARMS, UPS_ALARM_OVERLOAD, "UPS OVERLOAD" },
		{ BS_UPS_ALARMS, UPS_ALARM_BYPASS_LOCKED, "BYPASS LOCKED" }, { BS_UPS_ALARMS, UPS_ALARM_BYPASS_IMPOSSIBLE, "BYPASS IMPOSSIBLE" },
		{ BS_UPS_ALARMS, UPS_ALARM_RESOURCES, "INSUFF. RESOURCES" }, { BS_UPS_ALARMS, UPS_ALARM_REDUNDANCY, "REDUNDANCY LOST" },
		{ BS_UPS_ALARMS, UPS_ALARM_GENERAL, "UPS GENERAL ALARM" }, { BS_UPS_ALARMS, UPS_ALARM_UNIT_1, "UNIT 1 ALARM" },
		{ BS_UNIT_ALARMS, UNIT_ALARM_IMMINENT_STOP, "IMMINENT STOP" }, { BS_UNIT_ALARMS, UNIT_ALARM_OVERLOAD, "OVERLOAD" },
		{ BS_UNIT_ALARMS, UNIT_ALARM_TEMPERATURE, "TEMPERATURE" }, { BS_UNIT_ALARMS, UNIT_ALARM_BYPASS_LOCKED, "BYPASS LOCKED" },
		{ BS_UNIT_ALARMS, UNIT_ALARM_BYPASS_IMPOSSIBLE, "BYPASS IMPOSSIBLE" }, { BS_UNIT_ALARMS, UNIT_ALARM_GENERAL, "UNIT GENERAL ALARM" },
		{ BS_UNIT_ALARMS, UNIT_ALARM_DISCONNECTED, "BAT. DISCONNECTED" }, { BS_UNIT_ALARMS, UNIT_ALARM_DISCHARGED, "BAT. DISCHARGED" },
		{ BS_UNIT_ALARMS, UNIT_ALARM_LOW, "BATTERY LOW" }, { BS_UNIT_ALARMS, UNIT_ALARM_ON_BATTERY, "ON BATTERY" },
		{ BS_UNIT_ALARMS, UNIT_ALARM_TEST_FAILED, "BAT. TEST FAILED" }, { BS_UNIT_ALARMS, UNIT_ALARM_BATTERY, "BATTERY ALARM" },
		{ BS_UNIT_ALARMS, UNIT_ALARM_REC_CRITICAL, "REC. CRITICAL" }, { BS_UNIT_ALARMS, UNIT_ALARM_REC_PREVENTIVE, "REC. PREVENTIVE" },
		{ BS_UNIT_ALARMS, UNIT_ALARM_GEN_SET, "GEN SET ALARM" }, { BS_UNIT_ALARMS, UNIT_ALARM_INV_CRITICAL, "INV. CRITICAL" },
		{ BS_UNIT_ALARMS, UNIT_ALARM_INV_PREVENTIVE, "INV. PREVENTIVE" }, { BS_UNIT_ALARMS, UNIT_ALARM_BYP_CRITICAL, "BYP. CRITICAL" },
		{ BS_UNIT_ALARMS, UNIT_ALARM_BYP_PREVENTIVE, "BYP. PREVENTIVE" },
		{ BS_UNIT_ALARMS, UNIT_ALARM_MAINTENANCE_BYPASS, "MAINTENANCE BYPASS" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof named / sizeof *named; i++)
		assert_string_equal(bits_table[named[i].bits].bit[named[i].bit].text, named[i].text);
}

/* ---- orders ---- */

static void orders(void **state)
{
	static const struct { const char *line, *why; } wrong[] = {
		{ "", "a command is missing" }, { "   ", "a command is missing" }, { "unit 3", "a command is missing" },
		{ "jump", "unknown command 'jump'" }, { "set", "set wants" }, { "set FOO 1", "no value 'FOO'" },
		{ "set BATTERY_% many", "'many' is not a number" }, { "set BATTERY_% nan", "not a number" }, { "set BATTERY_% 1 2", "set wants" },
		{ "state UnitLoadStatus SIDEWAYS", "no state 'SIDEWAYS'" }, { "state DeviceStatus fault", "no state object" },
		{ "alarm UnitAlarms OVERLOAD maybe", "on or off" }, { "alarm UnitAlarms b31 on", "no bit" }, { "unit 16 status", "no unit" },
		{ "unit 2 poke 1 1", "not for a unit" }, { "poke 0x10000 1", "poke wants" }, { "poke 1 65536", "poke wants" },
		{ "peek 1 17", "peek wants" }, { "mains blue", "mains is one of: ok, lost, bad" }, { "load 201", "load is 0 to 200" },
		{ "charge -1", "charge is" }, { "fault", "fault wants" }, { "fault slow 5x", "no DELAY" }, { "fault crc every 0", "every wants" },
		{ "fault silence 10s now", "too much" }, { "state UnitLoadStatus \"ON BATTERY", "quote" }, { "expect BATTERY_% 5..1", "no range" },
		{ "quit now", "takes nothing more" },
	};
	struct action a;
	char why[200];
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		assert_false(action_parse(wrong[i].line, &a, why, sizeof why));
		if (!strstr(why, wrong[i].why))
			fail_msg("'%s': %s", wrong[i].line, why);
	}
	assert_true(action_parse("set BATTERY_% 42", &a, why, sizeof why));
	assert_int_equal(a.object, PT_BATTERY_PERCENT);
	assert_true(a.low == 42 && a.on && a.unit == UNIT_ALL);
	assert_true(action_parse("unit 3 state UnitLoadStatus on battery", &a, why, sizeof why));
	assert_int_equal(a.unit, 3);
	assert_int_equal(a.item, UNIT_LOAD_STATUS_ON_BATTERY);
	assert_true(action_parse("state UnitLoadStatus 6", &a, why, sizeof why));
	assert_int_equal(a.item, UNIT_LOAD_STATUS_ON_BYPASS);
	assert_true(action_parse("alarm UnitAlarms b07 on", &a, why, sizeof why));
	assert_int_equal(a.item, 7);
	assert_true(action_parse("alarm UnitAlarms 'BATTERY LOW' off", &a, why, sizeof why));
	assert_int_equal(a.item, 9);
	assert_true(action_parse("fault exception 2 every 5 for 1.5m", &a, why, sizeof why));
	assert_int_equal(a.address, 2);
	assert_int_equal(a.count, 5);
	assert_int_equal(a.duration_ms, 90000);
	assert_true(action_parse("fault slow 250ms 10s", &a, why, sizeof why));
	assert_int_equal(a.address, 250);
	assert_int_equal(a.duration_ms, 10000);
	assert_true(action_parse("unit 2 lost", &a, why, sizeof why));
	assert_int_equal(a.verb, DO_MODE);
	assert_int_equal(a.item, MODE_FAULT);
}

/* ---- scenarios ---- */

static void complaints_name_the_line(void **state)
{
	static const struct { const char *text; int line; const char *why; } wrong[] = {
		{ "title x\n\nat 5s mains lost\nat 3s mains ok\n", 4, "lies before" },
		{ "at 5s\n", 1, "a time and a command" },
		{ "at soon mains ok\n", 1, "wants a time" },
		{ "mains lost\nwait\n", 2, "'wait' wants" },
		{ "mains lost\nwait 5s\nrepeat\nmains ok\n", 4, "nothing may follow" },
		{ "mains lost\nrepeat\n", 2, "takes no time" },
		{ "repeat x\n", 1, "number of times" },
		{ "# fine\nmains purple\n", 2, "mains is one of" },
		{ "needs luck\n", 1, "'parallel'" },
		{ "quit\n", 1, "not in a scenario" },
		{ "title\n", 1, "wants a text" },
	};
	struct err_at why;
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		assert_null(scenario_parse(wrong[i].text, strlen(wrong[i].text), "x.scn", &why));
		assert_string_equal(why.file, "x.scn");
		if (why.line != wrong[i].line || !strstr(why.text, wrong[i].why))
			fail_msg("case %zu: %d: %s", i, why.line, why.text);
	}
	assert_null(scenario_open("no-such", &why));
	assert_null(scenario_open("/no/such.scn", &why));
}

static void steps_come_in_time(void **state)
{
	static const char text[] = "title Two # comment\nmains lost\nat 10s mains ok # back\nat +5s load 50\nwait 5s\nrepeat 2\n";
	struct err_at why;
	struct player p;
	const struct scenario_step *s;
	(void)state;
	struct scenario *sc = scenario_parse(text, sizeof text - 1, "x", &why);
	assert_non_null(sc);
	assert_string_equal(sc->title, "Two");
	assert_int_equal(sc->steps, 3);
	assert_int_equal(sc->length_ms, 20000);
	player_start(&p, sc);
	s = player_take(&p);
	assert_int_equal(s->action.verb, DO_MAINS);
	assert_int_equal(s->line, 2);
	assert_null(player_take(&p));
	assert_int_equal(player_wait_ms(&p), 10000);
	player_advance(&p, 14999);
	assert_non_null(player_take(&p));
	assert_null(player_take(&p));
	assert_int_equal(player_wait_ms(&p), 1);
	player_advance(&p, 1);
	assert_int_equal(player_take(&p)->action.verb, DO_LOAD);
	assert_int_equal(player_wait_ms(&p), 5000);
	player_advance(&p, 5000);
	assert_int_equal(player_take(&p)->action.verb, DO_MAINS);        /* the second turn */
	player_advance(&p, 19000);
	assert_non_null(player_take(&p));
	assert_non_null(player_take(&p));
	assert_null(player_take(&p));
	player_advance(&p, 1000);
	assert_null(player_take(&p));
	assert_int_equal(player_wait_ms(&p), -1);
	scenario_free(sc);
}

/* Text that is nearly a scenario: whatever comes out, it does not crash, and a refusal has a reason. */
static void broken_scenarios(void **state)
{
	unsigned seed = (unsigned)time(NULL);
	struct err_at why;
	(void)state;
	print_message("seed %u\n", seed);
	for (int n = 0; n < 3000; n++) {
		int count = 0;
		while (scenario_builtin[count].name)
			count++;
		const struct scenario_text *t = &scenario_builtin[rand_r(&seed) % count];
		size_t length = t->length < 700 ? t->length : 700;
		char text[700];
		memcpy(text, t->text, length);
		for (int i = rand_r(&seed) % 6; i >= 0; i--)
			text[(size_t)rand_r(&seed) % length] = (char)(rand_r(&seed) % 4 ? "\n\"' 0+s#"[rand_r(&seed) % 8] : rand_r(&seed));
		why.text[0] = 0;
		struct scenario *s = scenario_parse(text, (size_t)rand_r(&seed) % (length + 1), "x", &why);
		assert_true(s || why.text[0]);
		scenario_free(s);
	}
}

/* ---- faults, options ---- */

static const struct mono early = { 1000000 };

static bool hits(struct faults *f, enum fault_kind kind, uint16_t address, int count, struct mono now)
{
	return faults_hit_request(f, kind, address, count, now, NULL);
}

static void faults_end(void **state)
{
	struct faults *f = faults_make();
	char text[100];
	int32_t argument = 0;
	(void)state;
	assert_non_null(f);
	faults_text(f, early, text, sizeof text);
	assert_string_equal(text, "none");
	assert_false(faults_active(f, FAULT_NOISE, early, NULL));
	faults_on(f, FAULT_NOISE, &(struct fault_order){ .argument = 5, .at = -1, .duration_ms = 1000 }, early);
	assert_true(faults_active(f, FAULT_NOISE, early, &argument));
	assert_int_equal(argument, 5);
	faults_text(f, early, text, sizeof text);
	assert_string_equal(text, "noise 5");
	assert_true(faults_active(f, FAULT_NOISE, (struct mono){ 1000999999 }, NULL));
	assert_false(faults_active(f, FAULT_NOISE, (struct mono){ 1001000000 }, NULL));
	assert_false(faults_active(f, FAULT_NOISE, early, NULL));                /* over is over */
	faults_on(f, FAULT_CRC, &(struct fault_order){ .every = 2, .at = -1 }, early);
	faults_on(f, FAULT_SILENCE, &(struct fault_order){ .at = 0x1040 }, early);
	faults_text(f, early, text, sizeof text);
	assert_string_equal(text, "silence at 0x1040, crc");
	for (int i = 0; i < 3; i++) {
		assert_false(faults_hit(f, FAULT_CRC, early, NULL));
		assert_true(faults_hit(f, FAULT_CRC, early, NULL));
	}
	assert_true(faults_active(f, FAULT_CRC, (struct mono){ INT64_MAX }, NULL));      /* for ever */
	faults_off(f, FAULT_CRC);
	assert_false(faults_hit(f, FAULT_CRC, early, NULL));
	assert_false(faults_hit(f, FAULT_CRC, early, NULL));
	assert_true(faults_active(f, FAULT_SILENCE, early, NULL));
	faults_clear(f);
	assert_false(faults_active(f, FAULT_SILENCE, early, NULL));
	faults_free(f);
}

/* Finding 1.3b needs one table that is silent while the others answer, 1.9 a bit that wavers. */
static void faults_of_one_register(void **state)
{
	struct faults *f = faults_make();
	char text[100];
	int32_t argument = 0;
	(void)state;
	assert_non_null(f);
	faults_on(f, FAULT_SILENCE, &(struct fault_order){ .at = 0x1040 }, early);
	assert_true(hits(f, FAULT_SILENCE, 0x1040, 1, early));
	assert_true(hits(f, FAULT_SILENCE, 0x1030, 0x11, early));
	assert_false(hits(f, FAULT_SILENCE, 0x1030, 0x10, early));
	assert_false(hits(f, FAULT_SILENCE, 0x1041, 4, early));
	assert_false(hits(f, FAULT_SILENCE, 0x1040, 0, early));
	assert_int_equal(faults_at(f, FAULT_SILENCE), 0x1040);
	faults_on(f, FAULT_SILENCE, &(struct fault_order){ .at = -1 }, early);
	assert_true(hits(f, FAULT_SILENCE, 0x1041, 4, early));
	assert_true(hits(f, FAULT_SILENCE, 0, 0, early));
	/* answers about other registers do not count for every second */
	faults_on(f, FAULT_WAVER, &(struct fault_order){ .argument = 14, .at = 0x1021, .every = 2 }, early);
	assert_false(hits(f, FAULT_WAVER, 0x1020, 4, early));
	assert_false(hits(f, FAULT_WAVER, 0x1040, 4, early));
	assert_true(faults_hit_request(f, FAULT_WAVER, 0x1020, 4, early, &argument));
	assert_int_equal(argument, 14);
	faults_off(f, FAULT_SILENCE);
	faults_on(f, FAULT_FREEZE, &(struct fault_order){ .argument = 4160, .at = -1 }, early);
	faults_text(f, early, text, sizeof text);
	assert_string_equal(text, "freeze 0x1040, waver 0x1021.14");
	faults_free(f);
}

static void orders_of_faults(void **state)
{
	static const struct { const char *line; int kind; int32_t argument, at, every; int64_t ms; } good[] = {
		{ "fault silence", FAULT_SILENCE, 0, -1, 1, 0 },
		{ "fault silence at 0x1040 for 5s", FAULT_SILENCE, 0, 0x1040, 1, 5000 },
		{ "fault exception at 4160 every 3 2m", FAULT_EXCEPTION, 4, 4160, 3, 120000 },
		{ "fault exception 11", FAULT_EXCEPTION, 11, -1, 1, 0 },
		{ "fault slow at 5", FAULT_SLOW, 500, 5, 1, 0 },
		{ "fault stray", FAULT_STRAY, 0, -1, 1, 0 },
		{ "fault stray 255", FAULT_STRAY, 255, -1, 1, 0 },
		{ "fault echo 10s", FAULT_ECHO, 0, -1, 1, 10000 },
		{ "fault ones at 0x1060", FAULT_ONES, 0, 0x1060, 1, 0 },
		{ "fault waver 0x1021.14", FAULT_WAVER, 14, 0x1021, 2, 0 },
		{ "fault waver 5.0 every 1", FAULT_WAVER, 0, 5, 1, 0 },
		{ "fault freeze 65535", FAULT_FREEZE, 65535, -1, 1, 0 },
	};
	static const struct { const char *line, *why; } wrong[] = {
		{ "fault crc at 5", "fault crc is not about certain registers" }, { "fault silence at", "at wants an address" },
		{ "fault silence at 65536", "at wants an address" }, { "fault stray 256", "no OCTET of 0 to 255" },
		{ "fault waver", "fault waver wants ADDRESS.BIT" }, { "fault waver 5", "no ADDRESS.BIT" }, { "fault waver 5.16", "no ADDRESS.BIT" },
		{ "fault silence every 0", "every wants" }, { "fault silence every", "every wants" }, { "fault silence for", "no time" },
		{ "fault exception 0", "no CODE of 1 to 255" }, { "fault silence 5s 5s", "too much" }, { "fault none now", "nothing more" },
		{ "fault slow 60001ms", "no DELAY of 1 to 60000 ms" }, { "fault slow 0ms", "no DELAY" },
	};
	struct action a;
	char why[300];
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		if (!action_parse(good[i].line, &a, why, sizeof why))
			fail_msg("%s: %s", good[i].line, why);
		if (a.object != good[i].kind || a.address != good[i].argument || a.at != good[i].at || a.count != good[i].every ||
		    a.duration_ms != good[i].ms || !a.on)
			fail_msg("%s: %d %d at %d every %d for %lld", good[i].line, a.object, (int)a.address, (int)a.at, (int)a.count,
				(long long)a.duration_ms);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		assert_false(action_parse(wrong[i].line, &a, why, sizeof why));
		if (!strstr(why, wrong[i].why))
			fail_msg("%s: %s", wrong[i].line, why);
	}
	assert_true(action_parse("fault crc off", &a, why, sizeof why));
	assert_int_equal(a.object, FAULT_CRC);
	assert_false(a.on);
	assert_true(action_parse("fault none", &a, why, sizeof why));
	assert_int_equal(a.object, -1);
	assert_true(action_parse("words /x/y ECO MODE only", &a, why, sizeof why));
	assert_string_equal(a.text, "/x/y");
	assert_string_equal(a.situation, "ECO MODE");
	assert_true(a.on);
	assert_true(action_parse("words f", &a, why, sizeof why));
	assert_string_equal(a.situation, "");
	assert_false(a.on);
	assert_false(action_parse("words", &a, why, sizeof why));
	assert_true(action_parse("peek 4:0x10 3", &a, why, sizeof why));
	assert_int_equal(a.function, 4);
	assert_int_equal(a.address, 16);
	assert_false(action_parse("peek 5:0x10 3", &a, why, sizeof why));
}

static enum arguments_what parse(struct arguments *o, char *why, const char *a, const char *b, const char *c, const char *d)
{
	char store[5][64], *argv[6];
	const char *args[] = { "ups-sim", a, b, c, d };
	int argc = 0;
	for (int i = 0; i < 5 && args[i]; i++) {
		snprintf(store[i], sizeof store[i], "%s", args[i]);
		argv[argc++] = store[i];
	}
	argv[argc] = NULL;
	return arguments_parse(o, argc, argv, why, 200);
}

static void command_line(void **state)
{
	struct arguments o;
	char why[200];
	(void)state;
	assert_int_equal(parse(&o, why, "--pty", "/x", "--units=3", NULL), ARGUMENTS_RUN);
	assert_int_equal(o.units, 3);
	assert_string_equal(o.family, "masterys");
	assert_int_equal(o.slave, -1);
	assert_int_equal(o.baud, 0);
	assert_int_equal(o.fifo, 1);
	assert_true(o.kva == 30 && o.autonomy_min == 12 && o.recharge_min == 240 && o.speed == 1);
	assert_int_equal(parse(&o, why, "--tcp", ":502", "--phases", "3/1"), ARGUMENTS_RUN);
	assert_int_equal(o.phases.in, 3);
	assert_int_equal(o.phases.out, 1);
	assert_int_equal(parse(&o, why, "--tcp", ":502", "--phases", "1"), ARGUMENTS_RUN);
	assert_int_equal(o.phases.in, 1);
	assert_int_equal(parse(&o, why, "--tcp", ":502", "--slave", "0"), ARGUMENTS_RUN);
	assert_int_equal(o.slave, 0);
	assert_int_equal(parse(&o, why, "--tcp", ":502", "--slave", "255"), ARGUMENTS_RUN);
	assert_int_equal(parse(&o, why, "--pty", "/x", "--slave", "247"), ARGUMENTS_RUN);
	assert_int_equal(parse(&o, why, "--words", "f", "--situation=s", "--tcp=1"), ARGUMENTS_RUN);
	assert_int_equal(parse(&o, why, "--help", NULL, NULL, NULL), ARGUMENTS_HELP);
	assert_int_equal(parse(&o, why, "--version", NULL, NULL, NULL), ARGUMENTS_VERSION);
	assert_int_equal(parse(&o, why, "--list-scenarios", NULL, NULL, NULL), ARGUMENTS_LIST);
	static const struct { const char *a, *b, *c, *d, *why; } wrong[] = {
		{ NULL, NULL, NULL, NULL, "either --pty PATH or --tcp HOST:PORT" },
		{ "--pty", "/x", "--tcp", ":1", "either --pty PATH or --tcp HOST:PORT" },
		{ "--pty", NULL, NULL, NULL, "--pty needs a value" },
		{ "--pty", "", NULL, NULL, "--pty must not be empty" },
		{ "--pty", "/x", "--units", "16", "--units must be 1 to 15, not 16" },
		{ "--pty", "/x", "--units", "0", "--units must be 1 to 15, not 0" },
		{ "--pty", "/x", "--phases", "2", "--phases must be 1|3|3/1, not 2" },
		{ "--pty", "/x", "--slave", "0", "1 to 247" },
		{ "--pty", "/x", "--slave", "248", "1 to 247" },
		{ "--tcp", ":1", "--slave", "256", "--slave must be 0 to 255" },
		{ "--pty", "/x", "--baud", "1199", "--baud must be 1200 to 921600" },
		{ "--pty", "/x", "--situation", "s", "--situation needs --words" },
		{ "--pty", "/x", "loose", NULL, "'loose' is no option" },
		{ "--pty", "/x", "--wobble", NULL, "there is no option --wobble" },
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		assert_int_equal(parse(&o, why, wrong[i].a, wrong[i].b, wrong[i].c, wrong[i].d), ARGUMENTS_BAD);
		if (!strstr(why, wrong[i].why))
			fail_msg("case %zu: %s", i, why);
	}
}

/* Each number from both sides of its bounds, and no text may be empty. */
static void command_line_bounds(void **state)
{
	static const struct { const char *name, *below, *low, *high, *above; } numbers[] = {
		{ "--baud", "1199", "1200", "921600", "921601" }, { "--slave", "-1", "0", "255", "256" }, { "--units", "0", "1", "15", "16" },
		{ "--kva", "0.09", "0.1", "6000", "6000.1" }, { "--autonomy", "0.09", "0.1", "6000", "6000.1" },
		{ "--recharge", "0.09", "0.1", "60000", "60000.1" }, { "--speed", "0.0009", "0.001", "10000", "10000.1" },
		{ "--unit-step", "0", "1", "65535", "65536" }, { "--fifo", "0", "1", "64", "65" },
	};
	static const char *const texts[] = { "--family", "--family-dir", "--model", "--serial", "--scenario", "--words", "--refuse" };
	struct arguments o;
	char why[200];
	(void)state;
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		assert_int_equal(parse(&o, why, "--tcp", ":1", numbers[i].name, numbers[i].below), ARGUMENTS_BAD);
		assert_int_equal(parse(&o, why, "--tcp", ":1", numbers[i].name, numbers[i].low), ARGUMENTS_RUN);
		assert_int_equal(parse(&o, why, "--tcp", ":1", numbers[i].name, numbers[i].high), ARGUMENTS_RUN);
		assert_int_equal(parse(&o, why, "--tcp", ":1", numbers[i].name, numbers[i].above), ARGUMENTS_BAD);
	}
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		assert_int_equal(parse(&o, why, "--tcp", ":1", texts[i], ""), ARGUMENTS_BAD);
		assert_int_equal(parse(&o, why, "--tcp", ":1", texts[i], "x"), ARGUMENTS_RUN);
	}
	assert_int_equal(parse(&o, why, "--tcp", "", NULL, NULL), ARGUMENTS_BAD);
	assert_int_equal(parse(&o, why, "--words=f", "--tcp=1", "--situation", ""), ARGUMENTS_BAD);
	static const struct { const char *text; struct phases is; } phases[] = { { "1", { 1, 1 } }, { "3", { 3, 3 } }, { "1/1", { 1, 1 } },
		{ "3/1", { 3, 1 } }, { "3/3", { 3, 3 } } };
	for (size_t i = 0; i < sizeof phases / sizeof *phases; i++) {
		assert_int_equal(parse(&o, why, "--tcp", ":1", "--phases", phases[i].text), ARGUMENTS_RUN);
		assert_int_equal(o.phases.in, phases[i].is.in);
		assert_int_equal(o.phases.out, phases[i].is.out);
	}
}

/* What the options make of the simulation. */
static void arguments_become_a_simulation(void **state)
{
	struct arguments o;
	struct sim_conf c;
	struct err_at why;
	char text[200];
	(void)state;
	struct family *f = family_open("masterys", NULL, &why);
	assert_non_null(f);
	assert_int_equal(parse(&o, text, "--pty=x", "--kva=12.5", "--units=1", "--phases=3/1"), ARGUMENTS_RUN);
	assert_true(arguments_sim(&o, f, &c, &why));
	assert_true(c.on_line && c.shape.factor_10);
	assert_false(c.shape.parallel || c.shape.short_tables || c.shape.no_concentrator);
	assert_int_equal(c.shape.units, 1);
	assert_int_equal(c.identity.kva_x10, 125);
	assert_int_equal(c.identity.code, 0);
	assert_int_equal(c.rating.phases_in, 3);
	assert_int_equal(c.shape.phases_in, 3);
	assert_int_equal(c.rating.phases_out, 1);
	assert_int_equal(c.shape.phases_out, 1);
	assert_true(fabs(c.rating.kva - 12.5) < 1e-9 && fabs(c.rating.autonomy_min - 12) < 1e-9 && fabs(c.rating.recharge_min - 240) < 1e-9);
	assert_string_equal(c.identity.serial, "P130201234");
	assert_string_equal(c.identity.reference, "UPS-SIM");
	assert_string_equal(c.identity.location, "ROOM 1");
	assert_true(c.identity.model[0] != 0);
	assert_int_equal(parse(&o, text, "--tcp=1", "--units=2", "--no-factor", "--short-tables"), ARGUMENTS_RUN);
	assert_true(arguments_sim(&o, f, &c, &why));
	assert_true(c.shape.parallel && c.shape.short_tables);
	assert_false(c.on_line || c.shape.factor_10);
	assert_int_equal(parse(&o, text, "--tcp=1", "--parallel", "--no-concentrator", NULL), ARGUMENTS_RUN);
	o.refuse = "SM";
	assert_true(arguments_sim(&o, f, &c, &why));
	assert_true(c.shape.parallel && c.shape.no_concentrator);
	assert_string_equal(c.shape.refused, "SM");
	static const struct { const char *text; bool good; int code; } models[] = { { "1", true, 1 }, { "0", false, 0 }, { "65535", true, 65535 },
		{ "65536", false, 0 }, { "-1", false, 0 }, { "0x10", true, 16 }, { "12x", false, 0 }, { "nothing", false, 0 } };
	for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
		o.model = models[i].text;
		o.serial = "S";
		assert_int_equal(arguments_sim(&o, f, &c, &why), models[i].good);
		if (models[i].good)
			assert_int_equal(c.identity.code, models[i].code);
		else
			assert_non_null(strstr(why.text, "a device code is a number from 1 to 65535"));
	}
	for (int i = 0; i < f->model_count; i++) {       /* by its name, and what it is called then */
		o.model = f->model[i].name;
		assert_true(arguments_sim(&o, f, &c, &why));
		assert_string_equal(c.identity.model, f->model[i].name);
		assert_string_equal(c.identity.serial, "S");
	}
	char many[sizeof c.shape.refused + 1];
	memset(many, 'A', sizeof many - 1);
	many[sizeof many - 1] = 0;
	o.refuse = many;
	assert_false(arguments_sim(&o, f, &c, &why));
	o.refuse = many + 1;
	assert_true(arguments_sim(&o, f, &c, &why));
	family_free(f);
}

/* ---- words of a file ---- */

static struct words *parse_words(const char *text, const char *situation, struct err_at *why)
{
	return words_parse(text, strlen(text), "x.txt", situation, why);
}

static void words_from_a_file(void **state)
{
	struct err_at why;
	uint16_t v = 0;
	(void)state;
	struct words *w = parse_words("# all\n0x10 1 0x2\t-1 # tail\n 18 7\n4:0x10 65535\n1:5 0 1\n", NULL, &why);
	assert_non_null(w);
	assert_string_equal(w->name, "x.txt");
	assert_int_equal(w->count, 6);
	static const struct { int function; uint16_t address, value; } there[] = { { 3, 16, 1 }, { 3, 17, 2 }, { 3, 18, 7 }, { 4, 16, 65535 },
		{ 1, 5, 0 }, { 1, 6, 1 } };
	for (size_t i = 0; i < sizeof there / sizeof *there; i++) {
		assert_true(words_find(w, there[i].function, there[i].address, &v));
		assert_int_equal(v, there[i].value);
	}
	assert_false(words_find(w, 3, 15, &v));
	assert_false(words_find(w, 3, 19, &v));
	assert_false(words_find(w, 2, 5, &v));
	assert_true(words_cover(w, 3, 16, 3));
	assert_true(words_cover(w, 3, 17, 2));
	assert_false(words_cover(w, 3, 16, 4));
	assert_false(words_cover(w, 3, 15, 2));
	assert_false(words_cover(w, 3, 18, 2));          /* what follows is another function's */
	assert_false(words_cover(w, 3, 16, 0));
	assert_false(words_cover(w, 4, 16, 2));
	words_free(w);
	w = parse_words("3 1\nsituation A B\n3 2\nsituation  C\n3 3\n9 9\n", "C", &why);
	assert_non_null(w);
	assert_string_equal(w->name, "x.txt, C");
	assert_true(words_find(w, 3, 3, &v) && v == 3);
	words_free(w);
	w = parse_words("3 1\nsituation A B\n3 2\nsituation C\n3 3\n9 9\n", "A B", &why);
	assert_non_null(w);
	assert_true(words_find(w, 3, 3, &v) && v == 2);
	assert_false(words_find(w, 3, 9, &v));
	words_free(w);
}

static void words_of_a_list_of_situations(void **state)
{
	static const char list[] = "# a list\nA\tsingle\twords\t0x0010\t0001 FFFF\tnote\nA\tsingle\tstate\tAlarms\t1\n"
		"B\tsingle\tlike\tA\t\nB\tsingle\twords\t0x0011\t0007 0008\nB\tsingle\tgone\t0x0010\t1\n";
	struct err_at why;
	uint16_t v;
	(void)state;
	struct words *w = words_of_situation(list, sizeof list - 1, "x.tsv", "A", &why);
	assert_non_null(w);
	assert_true(w->whole);
	assert_int_equal(w->count, 2);
	assert_string_equal(w->name, "x.tsv, A");
	assert_true(words_find(w, 3, 17, &v) && v == 0xFFFF);
	words_free(w);
	w = words_of_situation(list, sizeof list - 1, "x.tsv", "B", &why);
	assert_non_null(w);
	assert_int_equal(w->count, 2);
	assert_false(words_find(w, 3, 16, &v));
	assert_true(words_find(w, 3, 17, &v) && v == 7);
	assert_true(words_find(w, 3, 18, &v) && v == 8);
	words_free(w);
	assert_null(words_of_situation(list, sizeof list - 1, "x.tsv", "C", &why));
	assert_non_null(strstr(why.text, "no situation is called C"));
	assert_null(words_of_situation(list, sizeof list - 1, "x.tsv", NULL, &why));
	assert_non_null(strstr(why.text, "name one of them"));
	w = words_open(SITUATIONS, "on mains", &why);
	assert_non_null(w);
	assert_true(w->whole && w->count > 60);
	words_free(w);
}

static void words_that_are_wrong(void **state)
{
	static const struct { const char *text, *situation; int line; const char *why; } wrong[] = {
		{ "\n5\n", NULL, 2, "no word after the address" },
		{ "65536 1\n", NULL, 1, "an address is 0 to 65535, not '65536'" },
		{ "x 1\n", NULL, 1, "an address" },
		{ "5:1 1\n", NULL, 1, "a function is 1 to 4, not '5'" },
		{ "0:1 1\n", NULL, 1, "a function is 1 to 4" },
		{ "1 65536\n", NULL, 1, "a word is -32768 to 65535, not '65536'" },
		{ "1 -32769\n", NULL, 1, "a word is" },
		{ "2:1 2\n", NULL, 1, "a bit is 0 or 1, not '2'" },
		{ "65535 1 2\n", NULL, 1, "past the last address" },
		{ "situation\n", NULL, 1, "a situation needs a name" },
		{ "situation A\n1 1\n", NULL, 0, "name one of them" },
		{ "situation A\n1 1\n", "B", 0, "there is no situation 'B'" },
		{ "situation A\n1 1\nsituation A\n", "A", 3, "a second situation 'A'" },
		{ "# nothing\n", NULL, 0, "no words in it" },
		{ "situations 1\n", NULL, 1, "an address" },
	};
	struct err_at why;
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		assert_null(parse_words(wrong[i].text, wrong[i].situation, &why));
		if (why.line != wrong[i].line || !strstr(why.text, wrong[i].why))
			fail_msg("case %zu: %d: %s", i, why.line, why.text);
	}
	assert_null(words_open("/no/such/file", NULL, &why));
	static char much[40000];
	size_t n = 0;
	for (int i = 0; i < WORDS_MAX + 1; i++)
		n += (size_t)snprintf(much + n, sizeof much - n, "%d 1\n", i);
	assert_null(parse_words(much, NULL, &why));
	assert_int_equal(why.line, WORDS_MAX + 1);
	*strrchr(much, '4') = 0;                         /* without the last line: 4096 1 */
	struct words *w = parse_words(much, NULL, &why);
	assert_non_null(w);
	assert_int_equal(w->count, WORDS_MAX);
	words_free(w);
}

/* Which verbs may follow "unit N", which may stand in a scenario; which faults need a line, which may be about one register. */
static void rows_of_verbs_and_faults(void **state)
{
	static const char at_unit[] = " set state alarm release mains bypass sync mode load charge battery test genset temperature expect status ";
	static const char not_in_scenario[] = " peek scenario status stats help quit ";
	static const char line_only[] = " crc truncate gaps noise stray echo babble ", of_requests[] = " silence slave exception slow ones ";
	char word[40];
	(void)state;
	for (int v = 0; v < DO_COUNT; v++) {
		snprintf(word, sizeof word, " %s ", action_table[v].verb);
		assert_int_equal(action_table[v].at_unit, strstr(at_unit, word) != NULL);
		assert_int_equal(action_table[v].in_scenario, strstr(not_in_scenario, word) == NULL);
	}
	for (int k = 0; k < FAULT_COUNT; k++) {
		snprintf(word, sizeof word, " %s ", fault_table[k].name);
		assert_int_equal(fault_table[k].line_only, strstr(line_only, word) != NULL);
		assert_int_equal(fault_table[k].of_requests, strstr(of_requests, word) != NULL);
	}
}

/* On the bypass its current is that of the load, and the rectifier has none but for charging. */
static void the_bypass_carries_the_load(void **state)
{
	struct plant p;
	struct plant_rating r = plant_rating_usual();
	struct want w;
	(void)state;
	plant_reset(&p);
	plant_show(&p, &r, &w);
	assert_true(w.point[PT_BYPASS_I1].value == 0 && w.point[PT_BYPASS_KW1].value == 0);
	assert_true(fabs(w.point[PT_RECTIFIER_KW1].value - 30 * 0.9 * 0.4 / 0.94 / 3) < 1e-9);
	assert_true(fabs(w.point[PT_RECTIFIER_I1].value - 30 * 0.9 * 0.4 / 0.94 / 3 * 1000 / 231) < 1e-9);
	p.mode = MODE_BYPASS;
	plant_show(&p, &r, &w);
	assert_true(fabs(w.point[PT_BYPASS_I1].value - 30 * 0.4 / 3 * 1000 / 231) < 1e-9);
	assert_true(fabs(w.point[PT_BYPASS_KW1].value - 30 * 0.9 * 0.4 / 3) < 1e-9);
	assert_true(w.point[PT_RECTIFIER_I1].value == 0);
	p.bypass = SUPPLY_LOST;
	plant_show(&p, &r, &w);
	assert_true(w.point[PT_BYPASS_I1].value == 0);
	assert_true(w.point[PT_UNIT_OUTPUT_V1].value == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_on_the_wire),
		cmocka_unit_test(octets_come_by_an_absolute_schedule),
		cmocka_unit_test(a_late_answer_starts_when_it_was_due),
		cmocka_unit_test(the_battery_empties_and_fills),
		cmocka_unit_test(values_belong_together),
		cmocka_unit_test(a_system_is_its_units),
		cmocka_unit_test(bits_have_their_names),
		cmocka_unit_test(orders),
		cmocka_unit_test(complaints_name_the_line),
		cmocka_unit_test(steps_come_in_time),
		cmocka_unit_test(broken_scenarios),
		cmocka_unit_test(rows_of_verbs_and_faults),
		cmocka_unit_test(the_bypass_carries_the_load),
		cmocka_unit_test(faults_end),
		cmocka_unit_test(faults_of_one_register),
		cmocka_unit_test(orders_of_faults),
		cmocka_unit_test(command_line),
		cmocka_unit_test(command_line_bounds),
		cmocka_unit_test(arguments_become_a_simulation),
		cmocka_unit_test(words_from_a_file),
		cmocka_unit_test(words_of_a_list_of_situations),
		cmocka_unit_test(words_that_are_wrong),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
