/* bacnet-ups watch. */
#include <time.h>

#include "tools/testing.h"

#define E(instance, name, text, quality, reliability) \
	"{'ups':'','type':'analog-value','instance':" #instance ",'name':'" name "','value':1,'unit':'','text':'" text "','quality':'" quality \
	"','age':2,'exposed':true,'present_value':1,'reliability':'" reliability "','out_of_service':false}"
#define GOOD(i, name, text)  E(i, name, text, "good", "no-fault-detected")
#define STALE(i, name, text) E(i, name, text, "stale", "communication-failure")
#define UPDATE(list) "{'changes':[" list "]}"

static int setup(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	return 0;
}

static struct fake fake(const char *first)
{
	return (struct fake){ .answer = { { "watch", first } }, .wall_ms = 1790000000123 };      /* 2026-09-21 14:13:20 UTC */
}

static void each_change_is_a_line_with_its_time(void **state)
{
	(void)state;
	struct fake f = fake("{'objects':[" GOOD(70, "BATTERY_%", "42 %") "," E(1, "x", "not managed", "not managed", "no-fault-detected") ","
		E(2, "y", "absent", "absent", "no-sensor") "]}");
	f.update[0] = UPDATE(GOOD(70, "BATTERY_%", "41 %"));
	f.update[1] = UPDATE(E(71, "z", "5 A", "good", "over-range"));
	f.update[2] = UPDATE(E(1, "x", "not managed", "not managed", "over-range"));
	RUNS(&f, "watch|--control|/c", 1,
		"14:13:20.123  AV 70   BATTERY_%         42 %\n"
		"14:13:20.123  AV 2    y                 absent\n"
		"14:13:20.133  AV 70   BATTERY_%         41 %\n"
		"14:13:20.143  AV 71   z                 5 A, over-range\n", "bacnet-ups watch: /c: closed\n");
	assert_int_equal(f.timeout_ms, -1);
	assert_string_equal(f.asked, "watch");
	f.wall_ms = 1790000000123;
	fake_run(&f, "watch|--control|/c|--all|--updates|1");
	assert_string_equal(f.err, "");
	assert_int_equal(f.status, 0);
	assert_non_null(strstr(f.out, "14:13:20.123  AV 1    x                 not managed\n"));
	assert_null(strstr(f.out, "AV 71"));
	fake_end(&f);
}

static void only_what_is_named_and_counted(void **state)
{
	(void)state;
	struct fake f = fake("{'objects':[" GOOD(70, "BATTERY_%", "42 %") "," GOOD(71, "B", "1 A") "]}");
	f.update[0] = UPDATE(GOOD(71, "B", "2 A"));
	f.update[1] = UPDATE(GOOD(70, "BATTERY_%", "41 %"));
	f.update[2] = UPDATE(GOOD(70, "BATTERY_%", "40 %"));
	RUNS(&f, "watch|--control|/c|--updates|1|AV|70", 0,
		"14:13:20.123  AV 70   BATTERY_%         42 %\n14:13:20.143  AV 70   BATTERY_%         41 %\n", "");
	RUNS(&f, "watch|--control|/c|WRONG", 1, "", "bacnet-ups watch: there is no object WRONG; the nearest names are B, BATTERY_%\n");
	fake_end(&f);
}

#define FOUR(Q) Q(1, "a", "1 V") "," Q(2, "b", "2 V") "," Q(3, "c", "3 V") "," Q(4, "d", "4 V")
#define STATUS(text) "{'ups':'','type':'multi-state-value','instance':0,'name':'DeviceStatus','value':3,'unit':'','text':'" text \
	"','quality':'good','age':0,'exposed':true,'present_value':3,'reliability':'no-fault-detected','out_of_service':false}"

static void finding_5_6_a_lost_link_is_one_line(void **state)
{
	(void)state;
	struct fake f = fake("{'objects':[" FOUR(GOOD) "," E(5, "e", "absent", "absent", "no-sensor") "]}");
	f.update[0] = UPDATE(STATUS("No com with UPS") "," FOUR(STALE) "," E(5, "e", "absent", "absent", "communication-failure"));
	f.update[1] = UPDATE(GOOD(1, "a", "1 V") "," GOOD(2, "b", "2 V") "," GOOD(3, "c", "3 V") "," GOOD(4, "d", "4 V") "," STATUS("Running"));
	f.colour = true;
	fake_run(&f, "watch|--control|/c|--updates|2");
	const char *changes = strstr(f.out, "14:13:20.133");
	assert_string_equal(changes,
		"14:13:20.133  \033[33m4 values are stale: the UPS does not answer for them\033[0m\n"
		"14:13:20.133  MSV 0   DeviceStatus      No com with UPS\n"
		"14:13:20.143  \033[32m4 values are good again\033[0m\n"
		"14:13:20.143  MSV 0   DeviceStatus      Running\n");
	fake_end(&f);
}

/* Three that go stale, or one that has another value than before, are told one by one. */
static void what_goes_alone_has_its_own_line(void **state)
{
	(void)state;
	struct fake f = fake("{'objects':[" FOUR(GOOD) "]}");
	f.update[0] = UPDATE(STALE(1, "a", "1 V") "," STALE(2, "b", "2 V") "," STALE(3, "c", "3 V"));
	f.update[1] = UPDATE(GOOD(1, "a", "9 V") "," STALE(4, "d", "5 V"));
	fake_run(&f, "watch|--control|/c|--updates|2");
	assert_string_equal(strstr(f.out, "14:13:20.133"),
		"14:13:20.133  AV 1    a                 1 V, stale\n"
		"14:13:20.133  AV 2    b                 2 V, stale\n"
		"14:13:20.133  AV 3    c                 3 V, stale\n"
		"14:13:20.143  AV 1    a                 9 V\n"
		"14:13:20.143  AV 4    d                 5 V, stale\n");
	fake_end(&f);
}

static void out_of_service_tells_what_clients_read(void **state)
{
	(void)state;
	struct fake f = fake("{'objects':[" GOOD(1, "a", "1 V") "]}");
	f.update[0] = "{'changes':[{'ups':'','type':'analog-value','instance':1,'name':'a','value':1,'text':'1 V','quality':'good','age':0,"
		"'exposed':true,'present_value':77,'reliability':'no-fault-detected','out_of_service':true}]}";
	fake_run(&f, "watch|--control|/c|--updates|1");
	assert_non_null(strstr(f.out, "AV 1    a                 1 V, out of service: clients read 77\n"));
	fake_end(&f);
}

static void programs_get_every_entry(void **state)
{
	(void)state;
	struct fake f = fake("{'objects':[" FOUR(GOOD) "]}");
	f.update[0] = UPDATE(FOUR(STALE));
	fake_run(&f, "watch|--control|/c|--updates|1|--json");
	char *second = strchr(f.out, '\n') + 1;
	json_t *j = json_loads(second, JSON_DISABLE_EOF_CHECK, NULL);
	assert_int_equal(json_array_size(json_object_get(j, "changes")), 4);
	assert_string_equal(text_of(j, "time"), "2026-09-21T14:13:20.133Z");
	json_decref(j);
	assert_string_equal(strchr(second, '\n'), "\n");
	f.wall_ms = 1790000000123;
	RUNS(&f, "watch|--control|/c|--updates|1|--format|csv|a", 0,
		"time,ups,type,instance,name,present_value,quality,age,reliability,out_of_service,exposed,value,unit,text\n"
		"2026-09-21T14:13:20.123Z,,analog-value,1,a,1,good,2,no-fault-detected,false,true,1,,1 V\n"
		"2026-09-21T14:13:20.133Z,,analog-value,1,a,1,stale,2,communication-failure,false,true,1,,1 V\n", "");
	fake_run(&f, "watch|--control|/c|--updates|1|--format|kv|a");
	assert_non_null(strstr(f.out, "changes.a.quality=stale\n"));
	assert_non_null(strstr(f.out, "changes.a.time=2026-09-21T14:13:20.133Z\n\n"));
	fake_end(&f);
}

static void only_one_ups(void **state)
{
	(void)state;
#define OF(ups, name) "{'ups':'" ups "','type':'analog-value','instance':1,'name':'" name "','value':1,'text':'1 V','quality':'good','age':0,'exposed':true," \
	"'present_value':1,'reliability':'no-fault-detected','out_of_service':false}"
	struct fake f = fake("{'objects':[" OF("a", "x") "," OF("b", "y") "]}");
	RUNS(&f, "watch|--control|/c|--ups|b", 1, "14:13:20.123  AV 1    y                 1 V\n", "bacnet-ups watch: /c: closed\n");
	f.wall_ms = 1790000000123;
	RUNS(&f, "watch|--control|/c", 1, "14:13:20.123  AV 1    x                 1 V\n14:13:20.123  AV 1    y                 1 V\n",
		"bacnet-ups watch: /c: closed\n");
	fake_end(&f);
}

static void a_daemon_that_cannot(void **state)
{
	(void)state;
	struct fake f = { .refuse = 1, .refuse_errno = ENOENT };
	fake_run(&f, "watch|--control|/nowhere/c");
	assert_int_equal(f.status, 1);
	fake_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_change_is_a_line_with_its_time),
		cmocka_unit_test(only_what_is_named_and_counted),
		cmocka_unit_test(finding_5_6_a_lost_link_is_one_line),
		cmocka_unit_test(what_goes_alone_has_its_own_line),
		cmocka_unit_test(out_of_service_tells_what_clients_read),
		cmocka_unit_test(programs_get_every_entry),
		cmocka_unit_test(only_one_ups),
		cmocka_unit_test(a_daemon_that_cannot),
	};
	return cmocka_run_group_tests(tests, setup, NULL);
}
