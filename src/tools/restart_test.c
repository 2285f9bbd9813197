/* bacnet-ups restart. */
#include "tools/testing.h"

static void it_waits_until_a_new_start_answers(void **state)
{
	(void)state;
	struct fake f = { .answer = { { "restart", "{'restart':'warm'}" }, { "status", "{'uptime':0.05}" } } };
	RUNS(&f, "restart|--control|/c", 0, "", "");
	assert_string_equal(f.asked, "restart status");
	assert_int_equal(f.slept_ms, 100);
	fake_end(&f);
}

static void cold_is_said(void **state)
{
	(void)state;
	struct fake f = { .answer = { { "restart", "{'restart':'cold'}" }, { "status", "{'uptime':0.05}" } } };
	RUNS(&f, "restart|--control|/c|--cold", 0, "", "");
	assert_string_equal(f.asked, "restart{\"cold\":true} status");
	fake_end(&f);
}

/* 0.1 s after it was asked for, 0.1 s of uptime is still the old one. */
static void the_old_one_is_not_taken_for_the_new_one(void **state)
{
	(void)state;
	struct fake f = { .answer = { { "restart", "{'restart':'warm'}" }, { "status", "{'uptime':0.1}" } } };
	RUNS(&f, "restart|--control|/c", 0, "", "");
	assert_string_equal(f.asked, "restart status status");
	fake_end(&f);
	struct fake g = { .answer = { { "restart", "{'restart':'warm'}" }, { "status", "{'uptime':30}" } } };
	RUNS(&g, "restart|--control|/c", 1, "", "bacnet-ups restart: it was asked for 30 s ago, and no new start answers at /c\n");
	assert_int_equal(g.slept_ms, 30000);
	fake_end(&g);
}

static void what_is_refused_is_told_and_nothing_is_waited_for(void **state)
{
	(void)state;
	struct fake f = { .failure = "you may not" };
	assert_int_equal(fake_run(&f, "restart|--control|/c"), 1);
	assert_non_null(strstr(f.err, "you may not"));
	assert_int_equal(f.slept_ms, 0);
	fake_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_waits_until_a_new_start_answers), cmocka_unit_test(cold_is_said),
		cmocka_unit_test(the_old_one_is_not_taken_for_the_new_one), cmocka_unit_test(what_is_refused_is_told_and_nothing_is_waited_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
