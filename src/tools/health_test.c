/* bacnet-ups health, and what each word of a UPS means for it. */
#include "tools/testing.h"

#include "tools/mood.h"
#include "ups/points.h"

#define UPS(name, state, age, states, alarms, figures, stale) "{'name':'" name "','link':{'state':'" state "','age':" age ",'last_error':'gone'," \
	"'internal_fault':false},'states':{" states "},'alarms':[" alarms "],'figures':{" figures "},'stale':{" stale "}}"
#define STATUS(ups, problems) "{'ups':[" ups "],'problems':[" problems "]}"
#define FINE "'UnitLoadStatus':'ON INVERTER','Alarms':'NO ALARM','BatteryStatus':'OK','UPSLoadStatus':'not managed'"

static void is(const char *json, int status, const char *line)
{
	struct fake f = { .answer = { { "status", json } } };
	char text[500];
	snprintf(text, sizeof text, "%s\n", line);
	RUNS(&f, "health|--control|/c", status, text, "");
	fake_end(&f);
}

static void a_healthy_ups(void **state)
{
	(void)state;
	is(STATUS(UPS("", "up", "0.1", FINE, "", "'BATTERY_%':'98 %','UNIT_OUTPUT_fr':'49.9 Hz','X':'none'", ""), ""), 0,
		"OK: ON INVERTER, NO ALARM | 'BATTERY_%'=98% 'UNIT_OUTPUT_fr'=49.9");
	is(STATUS(UPS("", "up", "0.1", FINE, "", "", ""), ""), 0, "OK: ON INVERTER, NO ALARM");
}

static void what_warns(void **state)
{
	(void)state;
	is(STATUS(UPS("", "up", "0.1", "'UnitLoadStatus':'ON BATTERY','Alarms':'GENERAL ALARM'", "'ON BATTERY','FAN'", "", ""), ""), 1,
		"WARNING: UnitLoadStatus ON BATTERY, Alarms GENERAL ALARM, ON BATTERY, FAN");
	is(STATUS(UPS("", "up", "0.1", FINE, "", "", ""), "'a disk is full'"), 1, "WARNING: a disk is full");
	is(STATUS(UPS("", "up", "0.1", FINE, "'ODD'", "", ""), ""), 1, "WARNING: ODD");
}

static void what_is_critical(void **state)
{
	(void)state;
	is(STATUS(UPS("", "up", "0.1", "'UnitLoadStatus':'ON BATTERY','Alarms':'CRITICAL ALARM','BatteryStatus':'LOW'", "'IMMINENT STOP'", "", ""), ""), 2,
		"CRITICAL: Alarms CRITICAL ALARM, BatteryStatus LOW, IMMINENT STOP, UnitLoadStatus ON BATTERY");
	/* What a UPS last said is no reason once it is silent. */
	is(STATUS(UPS("", "lost", "183", "'UnitLoadStatus':'ON BATTERY'", "'FAN'", "'BATTERY_%':'98 %'", "'UnitLoadStatus':183,'BATTERY_%':183"), "'p'"), 2,
		"CRITICAL: the link to the UPS is lost: gone, last heard 3 min ago, p");
	is(STATUS(UPS("", "lost", "null", "", "", "", ""), ""), 2, "CRITICAL: the UPS has never answered: gone");
	is(STATUS(UPS("", "probing", "null", "'DeviceStatus':'No com with UPS'", "", "", ""), ""), 2, "CRITICAL: the link to the UPS is probing");
	is("{'ups':[{'name':'','link':{'state':'starting','last_error':'map refused','internal_fault':true},'states':{}}]}", 2,
		"CRITICAL: the UPS is not read: map refused");
}

static void a_ups_that_is_dead_when_the_gateway_starts(void **state)
{
	(void)state;
#define SINCE(uptime, state, age, fault) "{'uptime':" uptime ",'ups':[{'name':'','link':{'state':'" state "','age':" age ",'last_error':'swap A and B'," \
	"'internal_fault':" fault "},'states':{}}]}"
	is(SINCE("15", "probing", "null", "false"), 3, "UNKNOWN: the link to the UPS is probing");
	is(SINCE("15.1", "probing", "null", "false"), 2, "CRITICAL: the UPS has never answered: swap A and B");
	is(SINCE("16", "starting", "null", "false"), 2, "CRITICAL: the UPS has never answered: swap A and B");
	is(SINCE("900", "starting", "null", "true"), 2, "CRITICAL: the UPS is not read: swap A and B");
	is(SINCE("900", "probing", "14", "false"), 3, "UNKNOWN: the link to the UPS is probing");
	is(SINCE("900", "probing", "16", "false"), 2, "CRITICAL: the link to the UPS is lost: swap A and B, last heard 16 s ago");
}

static void what_is_not_known(void **state)
{
	(void)state;
	is(STATUS(UPS("", "up", "0.1", FINE, "", "", "'BatteryStatus':75"), ""), 3, "UNKNOWN: BatteryStatus is stale, last read before 75 s");
	is(STATUS(UPS("", "up", "0.1", "'UnitLoadStatus':'not read','Alarms':'NO ALARM'", "", "", ""), ""), 3, "UNKNOWN: UnitLoadStatus has not been read yet");
	is(STATUS(UPS("", "probing", "null", FINE, "", "", ""), ""), 3, "UNKNOWN: the link to the UPS is probing");
	is(STATUS(UPS("", "starting", "null", FINE, "", "", ""), ""), 3, "UNKNOWN: the link to the UPS is starting");
	is(STATUS(UPS("", "probing", "null", "'DeviceStatus':'Ready'", "", "", ""), ""), 3, "UNKNOWN: the link to the UPS is probing");
	/* A warning that is certain counts more. */
	is(STATUS(UPS("", "up", "0.1", "'UnitLoadStatus':'ON BATTERY','Alarms':'NO ALARM'", "", "", "'BatteryStatus':75"), ""), 1,
		"WARNING: UnitLoadStatus ON BATTERY, BatteryStatus is stale, last read before 75 s");
	is("{'ups':[],'problems':[]}", 3, "UNKNOWN: there is no UPS ");
	struct fake f = { .failure = "busy" };
	RUNS(&f, "health|--control|/c", 3, "UNKNOWN: /c: busy\n", "");
	f.refuse = 1;
	RUNS(&f, "health|--control|/c|--timeout|77", 3, "UNKNOWN: /c: refused\n", "");
	assert_int_equal(f.timeout_ms, 77);
	fake_run(&f, "health|--control|/c");
	assert_int_equal(f.timeout_ms, 5000);
	RUNS(&f, "health|--config|/nothing.conf", 3, "UNKNOWN: the configuration cannot be read\n",
		"bacnet-ups health: /nothing.conf: cannot be read: No such file or directory\n");
	fake_end(&f);
}

static void several_and_one_of_them(void **state)
{
	(void)state;
	struct fake f = { .answer = { { "status", STATUS(UPS("", "up", "0.1", FINE, "", "'B':'1 %'", "") ","
		UPS("east", "up", "0.1", "'UnitLoadStatus':'ON BYPASS','Alarms':'NO ALARM'", "", "'B':'2 %'", "'B':3"), "") } } };
	RUNS(&f, "health|--control|/c", 1, "WARNING: east: UnitLoadStatus ON BYPASS, east: B is stale, last read before 3.0 s | 'B'=1%\n", "");
	RUNS(&f, "health|--control|/c|--ups|", 0, "OK: ON INVERTER, NO ALARM | 'B'=1%\n", "");
	RUNS(&f, "health|--control|/c|--ups|west", 3, "UNKNOWN: there is no UPS west\n", "");
	f.answer[0].json = STATUS(UPS("a", "up", "0.1", FINE, "", "'B':'1 %'", "") "," UPS("b", "up", "0.1", FINE, "", "'B':'2 %'", ""), "");
	RUNS(&f, "health|--control|/c", 0, "OK: a: ON INVERTER, NO ALARM, b: ON INVERTER, NO ALARM | 'a.B'=1% 'b.B'=2%\n", "");
	fake_end(&f);
}

static void for_programs(void **state)
{
	(void)state;
	struct fake f = { .answer = { { "status", STATUS(UPS("", "up", "0.1", FINE, "'ODD'", "'B':'1 %'", ""), "") } } };
	RUNS(&f, "health|--control|/c|--format|kv", 1, "health=WARNING\nstatus=1\ntext=ODD\nreasons.0=ODD\nfigures.0='B'=1%\n", "");
	RUNS(&f, "health|--control|/c|--format|csv", 1, "name,value\nhealth,WARNING\nstatus,1\ntext,ODD\nreasons.0,ODD\nfigures.0,'B'=1%\n", "");
	fake_end(&f);
}

static void every_word_has_its_mood(void **state)
{
	(void)state;
	static const struct { const char *object, *bad[6]; } rows[] = {
		{ "DeviceStatus", { "Ready", "No com with UPS", "fault" } },
		{ "UPSLoadStatus", { "ON MAINT. BYPASS", "ON BATTERY", "ON BYPASS", "LOAD OFF" } },
		{ "UnitLoadStatus", { "ON MAINT. BYPASS", "ON BATTERY", "ON BYPASS", "LOAD OFF" } },
		{ "UnitStatus", { "SERVICE MODE", "ISOLATED" } },
		{ "Alarms", { "CRITICAL ALARM", "PREVENTIVE ALARM", "GENERAL ALARM" } },
		{ "BatteryStatus", { "NO BATTERY", "DISCONNECTED", "DISCHARGED", "LOW", "DISCHARGING", "ALARM" } },
		{ "RectifierStatus", { NULL } }, { "InverterStatus", { NULL } },
		{ "InputRecStatus", { "NOT PRESENT", "OUT OF TOL" } }, { "InputBypStatus", { "NOT PRESENT", "OUT OF TOL" } },
	};
	for (int i = 0; i < ST_COUNT; i++)
		for (int n = 1; n <= state_table[i].count; n++) {
			const char *word = state_table[i].state[n].text;
			bool bad = false;
			assert_string_equal(rows[i].object, state_table[i].name);
			for (int b = 0; b < 6; b++)
				bad |= rows[i].bad[b] && strcmp(rows[i].bad[b], word) == 0;
			if ((mood_health(state_table[i].name, word) != HEALTH_OK) != bad)
				fail_msg("%s %s", state_table[i].name, word);
			if (bad)
				assert_true(mood_of(word) == RED || mood_of(word) == YELLOW);
		}
	assert_int_equal(mood_health("BatteryStatus", "LOW"), HEALTH_CRITICAL);
	assert_int_equal(mood_health("BatteryStatus", "DISCHARGED"), HEALTH_CRITICAL);
	assert_int_equal(mood_health("Alarms", "CRITICAL ALARM"), HEALTH_CRITICAL);
	assert_int_equal(mood_health("DeviceStatus", "No com with UPS"), HEALTH_CRITICAL);
	assert_int_equal(mood_health("DeviceStatus", "Ready"), HEALTH_UNKNOWN);
	assert_int_equal(mood_health("DeviceStatus", "fault"), HEALTH_WARNING);
	assert_int_equal(mood_health("UnitLoadStatus", "LOW"), HEALTH_OK);
	assert_int_equal(mood_of("LOW"), RED);
	assert_int_equal(mood_of("ON INVERTER"), GREEN);
	assert_int_equal(mood_of("lost"), RED);
	assert_int_equal(mood_of("up"), GREEN);
	assert_int_equal(mood_of("not read"), DIM);
	assert_int_equal(mood_of("absent"), DIM);
	assert_int_equal(mood_of("whatever"), PLAIN);
	assert_int_equal(mood_of("AVAILABLE"), PLAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_healthy_ups), cmocka_unit_test(what_warns), cmocka_unit_test(what_is_critical),
		cmocka_unit_test(a_ups_that_is_dead_when_the_gateway_starts), cmocka_unit_test(what_is_not_known),
		cmocka_unit_test(several_and_one_of_them), cmocka_unit_test(for_programs), cmocka_unit_test(every_word_has_its_mood),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
