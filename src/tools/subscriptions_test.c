/* bacnet-ups subscriptions. */
#include "tools/testing.h"

static const char two[] = "{'subscriptions':["
	"{'ups':'','peer':'10.0.0.9:47808','process':7,'type':'analog-value','instance':70,'name':'BATTERY_%','property':'present-value','confirmed':true,"
	"'remaining_s':299,'increment':0.5},"
	"{'ups':'','peer':'10.0.0.8:47808 network 5 07','process':1,'type':'multi-state-value','instance':2,'name':'UnitLoadStatus',"
	"'property':'present-value','confirmed':false,'remaining_s':null,'increment':null}]}";

static void who_how_and_how_long(void **state)
{
	(void)state;
	struct fake f = { .answer = { { "subscriptions", two } } };
	assert_int_equal(fake_run(&f, "subscriptions|--control|/c"), 0);
	assert_non_null(strstr(f.out, "10.0.0.9:47808"));
	assert_non_null(strstr(f.out, "AV 70"));
	assert_non_null(strstr(f.out, "4 min"));
	assert_non_null(strstr(f.out, "for ever"));
	assert_non_null(strstr(f.out, "unconfirmed"));
	assert_non_null(strstr(f.out, "network 5 07"));
	assert_string_equal(f.asked, "subscriptions");
	fake_end(&f);
}

static void scripts_get_numbers(void **state)
{
	(void)state;
	struct fake f = { .answer = { { "subscriptions", two } } };
	RUNS(&f, "subscriptions|--control|/c|--format|csv", 0,
	     "ups,peer,process,type,instance,name,property,increment,confirmed,remaining_s\n"
	     ",10.0.0.9:47808,7,analog-value,70,BATTERY_%,present-value,0.5,true,299\n"
	     ",10.0.0.8:47808 network 5 07,1,multi-state-value,2,UnitLoadStatus,present-value,,false,\n", "");
	fake_end(&f);
}

static void one_ups_is_asked_for(void **state)
{
	(void)state;
	struct fake f = { .answer = { { "subscriptions", "{'subscriptions':[]}" } } };
	RUNS(&f, "subscriptions|--control|/c|--ups|east|--format|csv", 0,
	     "ups,peer,process,type,instance,name,property,increment,confirmed,remaining_s\n", "");
	assert_string_equal(f.asked, "subscriptions{\"ups\":\"east\"}");
	fake_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_how_and_how_long),
		cmocka_unit_test(scripts_get_numbers),
		cmocka_unit_test(one_ups_is_asked_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
