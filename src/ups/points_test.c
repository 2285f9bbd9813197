/* The tables of points, states and bits against the manual's own numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "ups/points.h"
#include "ups/snapshot.h"

static void every_row_is_filled(void **state)
{
	(void)state;
	for (int i = 0; i < PT_COUNT; i++) {
		const struct point_info *p = &point_table[i];
		assert_int_equal(p->instance, i);
		assert_true(strlen(p->name) > 0 && strlen(p->description) > 0);
		assert_true(p->cov_increment > 0);
		assert_true(strlen(unit_name(p->unit)) > 0);
		assert_int_equal(point_by_name(p->name), i);
		assert_int_equal(p->level, strncmp(p->name, "UPS_", 4) == 0 ? LEVEL_UPS : LEVEL_UNIT);
	}
	assert_int_equal(point_by_name("UPS_OUTPUT_LR"), -1);
}

static void states_have_the_manuals_counts(void **state)
{
	(void)state;
	static const int counts[ST_COUNT] = { 4, 7, 7, 6, 4, 10, 2, 2, 4, 4 };
	for (int i = 0; i < ST_COUNT; i++) {
		assert_int_equal(state_table[i].count, counts[i]);
		assert_int_equal(state_table[i].instance, i);
		assert_in_range(state_table[i].fallback, 1, counts[i]);
		for (int s = 1; s <= counts[i]; s++)
			assert_true(strlen(state_table[i].state[s].text) > 0);
		assert_int_equal(state_by_name(state_table[i].name), i);
	}
	assert_string_equal(state_table[ST_UNIT_LOAD_STATUS].state[UNIT_LOAD_STATUS_ON_BATTERY].text, "ON BATTERY");
}

static void bits_have_the_manuals_counts(void **state)
{
	(void)state;
	static const int counts[BS_COUNT] = { 16, 23, 31 };
	for (int i = 0; i < BS_COUNT; i++) {
		assert_int_equal(bits_table[i].count, counts[i]);
		for (int b = 0; b < counts[i]; b++)
			assert_true(bits_table[i].bit[b].text && strlen(bits_table[i].bit[b].description) > 0);
		assert_int_equal(bits_by_name(bits_table[i].name), i);
	}
	assert_string_equal(bits_table[BS_UNIT_ALARMS].bit[30].text, "External Input 4");
	assert_string_equal(bits_table[BS_UPS_ALARMS].bit[22].text, "UNIT 15 ALARM");
}

/* Chapter 6.2.5: rectifier, inverter and bypass have critical and preventive alarms, everything else that is an alarm is general. */
static void severities_are_the_manuals(void **state)
{
	(void)state;
	int of[4] = { 0 };
	for (int i = 0; i < BS_COUNT; i++)
		for (int b = 0; b < bits_table[i].count; b++) {
			enum severity wanted = i == BS_UPS_STATUS ? SEVERITY_NONE : SEVERITY_GENERAL;
			if (i == BS_UNIT_ALARMS && strstr(bits_table[i].bit[b].text, "CRITICAL"))
				wanted = SEVERITY_CRITICAL;
			if (i == BS_UNIT_ALARMS && strstr(bits_table[i].bit[b].text, "PREVENTIVE"))
				wanted = SEVERITY_PREVENTIVE;
			assert_int_equal(bits_table[i].bit[b].severity, wanted);
			of[wanted]++;
		}
	assert_int_equal(of[SEVERITY_NONE], 16);
	assert_int_equal(of[SEVERITY_CRITICAL], 3);
	assert_int_equal(of[SEVERITY_PREVENTIVE], 3);
	assert_true(SEVERITY_NONE < SEVERITY_GENERAL && SEVERITY_GENERAL < SEVERITY_PREVENTIVE && SEVERITY_PREVENTIVE < SEVERITY_CRITICAL);
	assert_int_equal(UNIT_ALARMS_ON_BATTERY, 10);
	assert_int_equal(UNIT_ALARMS_EXTERNAL_INPUT_4, 30);
	assert_int_equal(UPS_ALARMS_UNIT_15_ALARM, 22);
	assert_int_equal(UPS_STATUS_UNIT_1_OPERATING, 1);
}

static void units_have_names_and_symbols(void **state)
{
	(void)state;
	static const struct { enum unit unit; const char *symbol, *name; } units[] = {
		{ UNIT_AMPERES, "A", "amperes" }, { UNIT_VOLTS, "V", "volts" }, { UNIT_KILOVOLT_AMPERES, "kVA", "kilovolt-amperes" },
		{ UNIT_POWER_FACTOR, "", "power-factor" }, { UNIT_HERTZ, "Hz", "hertz" }, { UNIT_KILOWATTS, "kW", "kilowatts" },
		{ UNIT_DEGREES_CELSIUS, "°C", "degrees-celsius" }, { UNIT_MINUTES, "min", "minutes" }, { UNIT_SECONDS, "s", "seconds" },
		{ UNIT_NO_UNITS, "", "no-units" }, { UNIT_PERCENT, "%", "percent" }, { (enum unit)7, "", "" },
	};
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		assert_string_equal(unit_symbol(units[i].unit), units[i].symbol);
		assert_string_equal(unit_name(units[i].unit), units[i].name);
	}
	assert_int_equal(UNIT_VOLTS, 5);         /* the numbers of ASHRAE 135 */
	assert_int_equal(UNIT_PERCENT, 98);
}

static void qualities_and_links_have_words(void **state)
{
	(void)state;
	static const char *const qualities[] = { "not read", "good", "stale", "absent", "not managed", "unknown" };
	static const char *const links[] = { "starting", "probing", "up", "lost", "unknown" };
	for (int i = 0; i <= QUALITY_NOT_MANAGED + 1; i++)
		assert_string_equal(quality_text((enum quality)i), qualities[i]);
	for (int i = 0; i <= LINK_LOST + 1; i++)
		assert_string_equal(ups_link_text((enum ups_link)i), links[i]);
}

static void names_are_found_as_they_are_written(void **state)
{
	(void)state;
	assert_int_equal(state_by_name("unitstatus"), -1);
	assert_int_equal(bits_by_name("UnitAlarm"), -1);
	assert_int_equal(point_by_name(""), -1);
}

static void formats_are_the_manuals(void **state)
{
	(void)state;
	assert_int_equal(point_table[PT_UPS_OUTPUT_FR].decimals, 1);
	assert_int_equal(point_table[PT_UPS_OUTPUT_PF1].decimals, 2);
	assert_int_equal(point_table[PT_UNIT_OUTPUT_LR].decimals, 0);      /* settled: like AV 0 */
	assert_int_equal(point_table[PT_UPS_OUTPUT_KVA].decimals, DECIMALS_FREE);
	assert_false(point_table[PT_UPS_OUTPUT_I1].factor_10);
	assert_true(point_table[PT_UNIT_OUTPUT_I1].factor_10);
	assert_int_equal(point_table[PT_BATTERY_AH].unit, UNIT_NO_UNITS);
	assert_int_equal(point_table[PT_BYPASS_KW3].instance, 87);
	int three_phase = 0;
	for (int i = 0; i < PT_COUNT; i++)
		three_phase += point_table[i].phase != PHASE_ANY;
	assert_int_equal(three_phase, 48);
}

static void an_empty_snapshot_knows_nothing(void **state)
{
	(void)state;
	struct snapshot s;
	snapshot_clear(&s);
	for (int i = 0; i < PT_COUNT; i++) {
		assert_int_equal(s.point[i].quality, QUALITY_NOT_READ);
		assert_int_equal(s.point[i].value, -1);
	}
	assert_int_equal(s.state[ST_UPS_LOAD_STATUS].value, UPS_LOAD_STATUS_LOAD_OFF);
	assert_int_equal(s.link, LINK_STARTING);
	assert_int_equal(s.point[PT_UNIT_OUTPUT_FR].decimals, 1);
	assert_int_equal(s.point[PT_UNIT_OUTPUT_PF1].decimals, 2);
	assert_int_equal(s.point[PT_UNIT_OUTPUT_KVA].decimals, 0);       /* the UPS decides */
	for (int i = 0; i < ST_COUNT; i++)
		assert_int_equal(s.state[i].value, state_table[i].fallback);
	assert_int_equal(s.state[ST_DEVICE_STATUS].value, DEVICE_STATUS_READY);
	assert_int_equal(s.state[ST_ALARMS].value, ALARMS_NO_ALARM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_filled),
		cmocka_unit_test(states_have_the_manuals_counts),
		cmocka_unit_test(bits_have_the_manuals_counts),
		cmocka_unit_test(severities_are_the_manuals),
		cmocka_unit_test(units_have_names_and_symbols),
		cmocka_unit_test(qualities_and_links_have_words),
		cmocka_unit_test(names_are_found_as_they_are_written),
		cmocka_unit_test(formats_are_the_manuals),
		cmocka_unit_test(an_empty_snapshot_knows_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
