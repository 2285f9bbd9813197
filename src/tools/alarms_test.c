/* bacnet-ups alarms. */
#include "tools/testing.h"

static const char two[] = "{'alarms':["
	"{'number':71,'ups':'','type':'analog-value','instance':70,'name':'BATTERY_%','state':'low-limit','text':'UPS: battery charge 12 %, below 30',"
	"'since':'2026-03-01 12:00:00','acknowledged':false,'class':2},"
	"{'number':101,'ups':'','type':'bitstring-value','instance':2,'name':'UnitAlarms','state':'offnormal','text':'UPS: on battery','since':null,"
	"'acknowledged':true,'class':3}]}";

static void what_is_wrong_since_when(void **state)
{
	(void)state;
	struct fake f = { .answer = { { "alarms", two } } };
	assert_int_equal(fake_run(&f, "alarms|--control|/c"), 0);
	assert_non_null(strstr(f.out, "UPS: battery charge 12 %, below 30"));
	assert_non_null(strstr(f.out, "2026-03-01 12:00:00"));
	assert_non_null(strstr(f.out, "to be acknowledged"));
	assert_string_equal(f.asked, "alarms");
	fake_end(&f);
}

static void scripts_get_columns(void **state)
{
	(void)state;
	struct fake f = { .answer = { { "alarms", two } } };
	RUNS(&f, "alarms|--control|/c|--format|csv", 0,
	     "number,ups,since,type,instance,name,state,class,text,acknowledged\n"
	     "71,,2026-03-01 12:00:00,analog-value,70,BATTERY_%,low-limit,2,\"UPS: battery charge 12 %, below 30\",false\n"
	     "101,,,bitstring-value,2,UnitAlarms,offnormal,3,UPS: on battery,true\n", "");
	fake_end(&f);
}

static void one_is_acknowledged_by_its_number(void **state)
{
	(void)state;
	struct fake f = { .answer = { { "acknowledge", "{'acknowledged':1}" } } };
	RUNS(&f, "alarms|--control|/c|--ack|71", 0, "", "");
	assert_string_equal(f.asked, "acknowledge{\"number\":71}");
	fake_end(&f);
	struct fake g = { .answer = { { "acknowledge", "{'acknowledged':1}" } } };
	RUNS(&g, "alarms|--control|/c|--ack|71|--ups|east", 0, "", "");
	assert_string_equal(g.asked, "acknowledge{\"number\":71,\"ups\":\"east\"}");
	fake_end(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wrong_since_when), cmocka_unit_test(scripts_get_columns), cmocka_unit_test(one_is_acknowledged_by_its_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
