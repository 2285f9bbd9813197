/* bacnet-ups objects and get. */
#include "tools/testing.h"

#define AV(instance, name, value, unit, quality, age, present, reliability, exposed) \
	"{'ups':'','type':'analog-value','instance':" #instance ",'name':'" name "','description':'d','value':" value ",'unit':'" unit \
	"','text':'" value " " unit "','quality':'" quality "','age':" age ",'exposed':" exposed ",'present_value':" present \
	",'reliability':'" reliability "','out_of_service':false}"
#define BATTERY   AV(70, "BATTERY_%", "42", "%", "good", "0.25", "42.0", "no-fault-detected", "true")
#define FREQUENCY AV(47, "UNIT_OUTPUT_fr", "49.9", "Hz", "good", "0.5", "499.0", "no-fault-detected", "true")
#define OLD       AV(66, "BATTERY_V+", "270.5", "V", "stale", "183.0", "2705.0", "communication-failure", "true")
#define OLDER     AV(67, "BATTERY_V-", "270.5", "V", "stale", "184.0", "2705.0", "communication-failure", "true")
#define NONE      AV(72, "BATTERY_Min", "null", "min", "absent", "0.25", "-1.0", "no-fault-detected", "true")
#define OTHERS    AV(0, "UPS_OUTPUT_Lr", "null", "%", "not managed", "null", "null", "no-fault-detected", "false")
#define STATE "{'ups':'','type':'multi-state-value','instance':2,'name':'UnitLoadStatus','value':2,'unit':'','text':'ON BATTERY'," \
	"'quality':'good','age':0.1,'exposed':true,'present_value':2,'reliability':'no-fault-detected','out_of_service':true}"
#define ALARMS "{'ups':'','type':'bitstring-value','instance':2,'name':'UnitAlarms','value':1026,'set':['OVERLOAD','ON BATTERY'],'unit':''," \
	"'text':'OVERLOAD, ON BATTERY','quality':'good','age':0.1,'exposed':true,'present_value':'01000000001'," \
	"'reliability':'no-fault-detected','out_of_service':false}"
#define LIST "{'objects':[" OTHERS "," FREQUENCY "," OLD "," OLDER "," BATTERY "," NONE "," STATE "," ALARMS "]}"

static struct fake fake(void)
{
	return (struct fake){ .answer = { { "objects", LIST } } };
}

static void a_table_for_people(void **state)
{
	(void)state;
	struct fake f = fake();
	RUNS(&f, "objects|--control|/c", 0,
		"2 of these values are stale, the newest is 3 min old: it is not known what they are now.\n"
		"object  name            present  quality    age  note            value\n"
		"AV 47   UNIT_OUTPUT_fr      499  good     0.5 s                  49.9 Hz\n"
		"AV 66   BATTERY_V+         2705  stale    3 min                  270.5 V\n"
		"AV 67   BATTERY_V-         2705  stale    3 min                  270.5 V\n"
		"AV 70   BATTERY_%            42  good     0.2 s                  42 %\n"
		"AV 72   BATTERY_Min          -1  absent   0.2 s\n"
		"MSV 2   UnitLoadStatus        2  good     0.1 s  out of service  ON BATTERY\n"
		"BSV 2   UnitAlarms        0x402  good     0.1 s                  OVERLOAD, ON BATTERY\n", "");
	assert_string_equal(f.path, "/c");
	assert_string_equal(f.asked, "objects");
	assert_int_equal(f.timeout_ms, 5000);
	f.width = 80;
	fake_run(&f, "objects|--control|/c|--timeout|70");
	assert_int_equal(f.timeout_ms, 70);
	assert_non_null(strstr(f.out, "\n1 more are not managed by this UPS; --all shows them.\n"));
	fake_run(&f, "objects|--control|/c|-a");
	assert_non_null(strstr(f.out, "\nAV 0    UPS_OUTPUT_Lr         -  not managed\n"));
	assert_null(strstr(f.out, "--all"));
	f.colour = true;
	fake_run(&f, "objects|--control|/c|BATTERY_V+|BATTERY_Min");
	assert_non_null(strstr(f.out, "\033[33m1 of these values is stale, the newest is 3 min old: it is not known what they are now.\033[0m\n"));
	assert_non_null(strstr(f.out, "\033[33mAV 66   BATTERY_V+      2705  stale    3 min        270.5 V\033[0m\n"));
	assert_non_null(strstr(f.out, "\033[2mAV 72   BATTERY_Min       -1  absent   0.2 s\033[0m\n"));
	fake_end(&f);
}

static void the_newest_stale_value_counts(void **state)
{
	(void)state;
	struct fake f = { .answer = { { "objects", "{'objects':[" OLDER "," AV(68, "B", "1", "A", "stale", "3.0", "1", "communication-failure", "true") "," OLD "]}" } } };
	fake_run(&f, "objects|--control|/c");
	assert_non_null(strstr(f.out, "3 of these values are stale, the newest is 3.0 s old"));
	fake_end(&f);
}

static void what_the_quality_does_not_say_is_a_note(void **state)
{
	(void)state;
	struct fake f = { .answer = { { "objects", "{'objects':["
		AV(1, "a", "1", "V", "good", "1", "1", "over-range", "true") ","
		AV(2, "b", "1", "V", "good", "1", "null", "no-fault-detected", "false") ","
		AV(3, "c", "1", "V", "stale", "1", "1", "no-fault-detected", "true") ","
		AV(4, "d", "null", "V", "not read", "null", "-1", "communication-failure", "true") ","
		AV(5, "e", "null", "V", "absent", "1", "null", "no-sensor", "true") ","
		AV(6, "f", "null", "V", "absent", "1", "-1", "communication-failure", "true") ","
		AV(7, "g", "null", "V", "not managed", "null", "-1", "no-fault-detected", "true") "]}" } } };
	RUNS(&f, "objects|--control|/c|--all", 0,
		"1 of these values is stale, the newest is 1.0 s old: it is not known what they are now.\n"
		"object  name  present  quality        age  note               value\n"
		"AV 1    a           1  good         1.0 s  over-range         1 V\n"
		"AV 2    b           -  good         1.0 s  no object          1 V\n"
		"AV 3    c           1  stale        1.0 s  no-fault-detected  1 V\n"
		"AV 4    d          -1  not read\n"
		"AV 5    e           -  absent       1.0 s\n"
		"AV 6    f          -1  absent       1.0 s\n"
		"AV 7    g          -1  not managed\n", "");
	fake_end(&f);
}

static void objects_for_programs(void **state)
{
	(void)state;
	struct fake f = { .answer = { { "objects", "{'objects':[" OTHERS "," ALARMS "]}" } } };
	RUNS(&f, "objects|--control|/c|--format|csv", 0,
		"ups,type,instance,name,present_value,quality,age,reliability,out_of_service,exposed,value,unit,text\n"
		",analog-value,0,UPS_OUTPUT_Lr,,not managed,,no-fault-detected,false,false,,%,null %\n"
		",bitstring-value,2,UnitAlarms,01000000001,good,0.1,no-fault-detected,false,true,1026,,\"OVERLOAD, ON BATTERY\"\n", "");
	RUNS(&f, "objects|--control|/c|--format|kv|unitalarms", 0,
		"UnitAlarms.ups=\nUnitAlarms.type=bitstring-value\nUnitAlarms.instance=2\nUnitAlarms.name=UnitAlarms\nUnitAlarms.value=1026\n"
		"UnitAlarms.set.0=OVERLOAD\nUnitAlarms.set.1=ON BATTERY\nUnitAlarms.unit=\nUnitAlarms.text=OVERLOAD, ON BATTERY\n"
		"UnitAlarms.quality=good\nUnitAlarms.age=0.1\nUnitAlarms.exposed=true\nUnitAlarms.present_value=01000000001\n"
		"UnitAlarms.reliability=no-fault-detected\nUnitAlarms.out_of_service=false\n", "");
	fake_run(&f, "objects|--control|/c|--json");
	json_t *j = json_loads(f.out, 0, NULL);
	assert_int_equal(json_array_size(json_object_get(j, "objects")), 2);
	json_decref(j);
	fake_end(&f);
}

static void names_choose(void **state)
{
	(void)state;
	struct fake f = fake();
	RUNS(&f, "get|--control|/c|UnitLoadStatus|AV|70|bsv2|battery_%|AV 47", 0, "ON BATTERY\n42\nOVERLOAD, ON BATTERY\n49.9\n", "");
	RUNS(&f, "get|--control|/c|UNIT_OUTPUT*|analog-value:70", 0, "49.9\n42\n", "");
	RUNS(&f, "objects|--control|/c|UPS_OUTPUT_Lr", 0, "object  name           present  quality      age  note  value\n"
		"AV 0    UPS_OUTPUT_Lr        -  not managed\n", "");
	fake_run(&f, "objects|--control|/c|UPS_*");
	assert_string_equal(f.out, "object  name  present  quality  age  note  value\n");
	fake_end(&f);
}

static void finding_5_6_a_wrong_name_is_refused_with_the_nearest(void **state)
{
	(void)state;
	struct fake f = fake();
	RUNS(&f, "get|--control|/c|BATERY_%", 1, "",
		"bacnet-ups get: there is no object BATERY_%; the nearest names are BATTERY_%, BATTERY_V+, BATTERY_V-\n");
	RUNS(&f, "objects|--control|/c|BATTERY_%|WRONG", 1, "",
		"bacnet-ups objects: there is no object WRONG; the nearest names are BATTERY_%, BATTERY_V+, BATTERY_V-\n");
	RUNS(&f, "watch|--control|/c|AV 71", 1, "", "bacnet-ups watch: /c: no such method\n");
	fake_end(&f);
	/* the name of two UPSes is one name; fewer than three are as many */
	struct fake two = { .answer = { { "objects", "{'objects':[{'ups':'a','type':'analog-value','instance':1,'name':'same'},"
		"{'ups':'b','type':'analog-value','instance':1,'name':'same'}]}" } } };
	RUNS(&two, "get|--control|/c|x\033[2J", 1, "", "bacnet-ups get: there is no object x?[2J; the nearest names are same\n");
	fake_end(&two);
}

static void get_says_what_it_cannot_vouch_for(void **state)
{
	(void)state;
	struct fake f = fake();
	RUNS(&f, "get|--control|/c|BATTERY_V+|BATTERY_%", 3, "270.5\n42\n", "bacnet-ups get: BATTERY_V+ is stale, last read before 3 min\n");
	RUNS(&f, "get|--control|/c|BATTERY_Min|UPS_OUTPUT_Lr|BATTERY_%", 3, "42\n",
		"bacnet-ups get: BATTERY_Min is absent\nbacnet-ups get: UPS_OUTPUT_Lr is not managed\n");
	RUNS(&f, "get|--control|/c", 3, "UNIT_OUTPUT_fr=49.9\nBATTERY_V+=270.5\nBATTERY_V-=270.5\nBATTERY_%=42\nUnitLoadStatus=ON BATTERY\n"
		"UnitAlarms=OVERLOAD, ON BATTERY\n", "bacnet-ups get: 2 of 7 are stale: it is not known what they are now: BATTERY_V+, BATTERY_V-\n");
	f.answer[0].json = "{'objects':[" OTHERS "," BATTERY "," NONE "]}";
	RUNS(&f, "get|--control|/c", 0, "BATTERY_%=42\n", "");
	RUNS(&f, "get|--control|/c|--json", 0, "{\n  \"BATTERY_%\": 42,\n  \"BATTERY_Min\": null\n}\n", "");
	RUNS(&f, "get|--control|/c|--format|csv|BATTERY_%|AV|72", 3, "name,value\nBATTERY_%,42\nBATTERY_Min,\n", "bacnet-ups get: BATTERY_Min is absent\n");
	RUNS(&f, "get|--control|/c|--json|BATTERY_%", 0, "{\n  \"BATTERY_%\": 42\n}\n", "");
	fake_end(&f);
}

static void get_of_all_when_nothing_has_been_read(void **state)
{
	(void)state;
#define UNREAD(instance, name) AV(instance, name, "null", "%", "not read", "null", "-1", "communication-failure", "true")
	struct fake f = { .answer = { { "objects", "{'objects':[" UNREAD(1, "A") "," UNREAD(2, "B") "]}" } } };
	RUNS(&f, "get|--control|/c", 3, "", "bacnet-ups get: 2 of 2 are not read yet, and not printed: A, B\n");
	RUNS(&f, "get|--control|/c|--json", 3, "{\n  \"A\": null,\n  \"B\": null\n}\n", "bacnet-ups get: 2 of 2 are not read yet, and not printed: A, B\n");
	f.answer[0].json = "{'objects':[" UNREAD(1, "A") "," UNREAD(2, "B") "," UNREAD(3, "C") "," UNREAD(4, "D") "," UNREAD(5, "E") "," UNREAD(6, "F") ","
		UNREAD(7, "G") "," UNREAD(8, "H") "," UNREAD(9, "I") "," UNREAD(10, "J") "," BATTERY "]}";
	RUNS(&f, "get|--control|/c", 3, "BATTERY_%=42\n",
		"bacnet-ups get: 10 of 11 are not read yet, and not printed: A, B, C, D, E, F, G, H and more\n");
	f.answer[0].json = "{'objects':[" NONE "]}";
	RUNS(&f, "get|--control|/c", 3, "", "bacnet-ups get: there is no value\n");
	fake_end(&f);
}

static void one_of_several_ups(void **state)
{
	(void)state;
#define OF(ups, value) "{'ups':'" ups "','type':'analog-value','instance':70,'name':'B','value':" value ",'unit':'%','text':'" value " %','quality':'good'," \
	"'age':0,'exposed':true,'present_value':" value ",'reliability':'no-fault-detected','out_of_service':false}"
	struct fake f = { .answer = { { "objects", "{'objects':[" OF("a", "1") "," OF("b", "2") "]}" } } };
	RUNS(&f, "get|--control|/c|--ups|b|B", 0, "2\n", "");
	assert_string_equal(f.asked, "objects{\"ups\":\"b\"}");
	RUNS(&f, "get|--control|/c|B", 0, "1\n2\n", "");
	RUNS(&f, "get|--control|/c|--format|kv|B", 0, "a.B=1\nb.B=2\n", "");
	fake_run(&f, "objects|--control|/c|--format|kv");
	assert_non_null(strstr(f.out, "a.B.value=1\n"));
	assert_non_null(strstr(f.out, "b.B.value=2\n"));
	fake_end(&f);
}

static void a_daemon_that_says_no(void **state)
{
	(void)state;
	struct fake f = { .failure = "busy" };
	RUNS(&f, "objects|--control|/c", 1, "", "bacnet-ups objects: /c: busy\n");
	RUNS(&f, "get|--control|/c|x", 1, "", "bacnet-ups get: /c: busy\n");
	f.refuse = 1;
	assert_int_equal(fake_run(&f, "get|--control|/c|--ups|east|x"), 1);
	assert_string_equal(f.asked, "");
	fake_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_for_people),
		cmocka_unit_test(the_newest_stale_value_counts),
		cmocka_unit_test(what_the_quality_does_not_say_is_a_note),
		cmocka_unit_test(objects_for_programs),
		cmocka_unit_test(names_choose),
		cmocka_unit_test(finding_5_6_a_wrong_name_is_refused_with_the_nearest),
		cmocka_unit_test(get_says_what_it_cannot_vouch_for),
		cmocka_unit_test(get_of_all_when_nothing_has_been_read),
		cmocka_unit_test(one_of_several_ups),
		cmocka_unit_test(a_daemon_that_says_no),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
