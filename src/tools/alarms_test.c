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

static const char low[] = "{'events':[{'kind':'alarm','ups':'','type':'analog-value','instance':70,'name':'BATTERY_%','from':'normal','to':'low-limit',"
	"'text':'UPS: battery charge 12 %, below 30','time':'2026-03-01 12:00:00','class':2,'priority':100,'ack_required':true}]}";
static const char seen[] = "{'events':[{'kind':'acknowledgement','ups':'east','type':'analog-value','instance':70,'name':'BATTERY_%','from':'normal',"
	"'to':'low-limit','text':'somebody','time':null,'class':2,'priority':100,'ack_required':false}]}";

static void each_event_follows(void **state)
{
	(void)state;
	struct fake f = { .answer = { { "events", "{'alarms':[]}" } }, .update = { low, seen } };
	assert_int_equal(fake_run(&f, "alarms|--control|/c|--watch|--updates|2"), 0);
	assert_string_equal(f.asked, "events");
	assert_non_null(strstr(f.out, "2026-03-01 12:00:00  AV 70 "));
	assert_non_null(strstr(f.out, "normal -> low-limit "));
	assert_non_null(strstr(f.out, "UPS: battery charge 12 %, below 30\n"));
	assert_non_null(strstr(f.out, "low-limit acknowledged"));
	fake_end(&f);
	struct fake g = { .answer = { { "events", "{'alarms':[]}" } }, .update = { low, seen, low } };
	assert_int_equal(fake_run(&g, "alarms|--control|/c|--watch|--ups|east|--updates|1"), 0);
	assert_string_equal(g.asked, "events{\"ups\":\"east\"}");
	assert_null(strstr(g.out, "below 30"));
	assert_int_equal(g.next, 2);
	fake_end(&g);
}

static void programs_get_a_line_an_event(void **state)
{
	(void)state;
	struct fake f = { .answer = { { "events", "{'alarms':[]}" } }, .update = { low } };
	assert_int_equal(fake_run(&f, "alarms|--control|/c|--watch|--json|--updates|1"), 0);
	const char *line = strstr(f.out, "{\"events\"");
	assert_non_null(line);
	assert_ptr_equal(strchr(line, '\n'), f.out + strlen(f.out) - 1);
	fake_end(&f);
}

static void a_gateway_that_goes_is_told(void **state)
{
	(void)state;
	struct fake f = { .answer = { { "events", "{'alarms':[]}" } }, .update = { low } };
	assert_int_equal(fake_run(&f, "alarms|--control|/c|--watch"), 1);
	assert_non_null(strstr(f.err, "closed"));
	fake_end(&f);
	struct fake g = { .failure = "no" };
	assert_int_equal(fake_run(&g, "alarms|--control|/c|--watch"), 1);
	assert_non_null(strstr(g.err, "no"));
	fake_end(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wrong_since_when), cmocka_unit_test(scripts_get_columns), cmocka_unit_test(one_is_acknowledged_by_its_number),
		cmocka_unit_test(each_event_follows), cmocka_unit_test(programs_get_a_line_an_event), cmocka_unit_test(a_gateway_that_goes_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
