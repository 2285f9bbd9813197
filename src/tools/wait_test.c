/* bacnet-ups wait. */
#include "tools/testing.h"

#define MSV(instance, name, value, text, quality) "{'ups':'','type':'multi-state-value','instance':" #instance ",'name':'" name "','value':" #value \
	",'text':'" text "','quality':'" quality "'}"
#define AV(instance, name, value, quality) "{'ups':'','type':'analog-value','instance':" #instance ",'name':'" name "','value':" #value ",'text':'" #value \
	" %','quality':'" quality "'}"
#define BITS(set, quality) "{'ups':'','type':'bitstring-value','instance':2,'name':'UnitAlarms','value':3,'set':[" set "],'text':'x','quality':'" quality "'}"
#define RUNNING MSV(0, "DeviceStatus", 1, "Running", "good")
#define READY   MSV(0, "DeviceStatus", 2, "Ready", "good")
#define STATUS(state) "{'ups':[{'name':'','link':{'state':'" state "'}}]}"

static void running_is_the_default(void **state)
{
	(void)state;
	struct fake f = { .answer = { { "watch", "{'objects':[" RUNNING "]}" } } };
	RUNS(&f, "wait|--control|/c", 0, "", "");
	RUNS(&f, "wait|--control|/c|RUNNING", 0, "", "");
	assert_string_equal(f.asked, "watch");
	f.answer[0].json = "{'objects':[" READY "]}";
	f.update[0] = "{'changes':[" MSV(1, "Other", 1, "Running", "good") "]}";
	f.update[1] = "{'changes':[" RUNNING "]}";
	RUNS(&f, "wait|--control|/c", 0, "", "");
	assert_int_equal(f.next, 2);
	fake_end(&f);
}

/* What holds of one snapshot of entries at once. */
static void holds(const char *entries, const char *condition, bool expected)
{
	char json[600], line[200];
	struct fake f = { .answer = { { "watch", json } }, .update = { "" } };
	snprintf(json, sizeof json, "{'objects':[%s]}", entries);
	snprintf(line, sizeof line, "wait|--control|/c|--timeout|5|%s", condition);
	if (fake_run(&f, line) != (expected ? 0 : 124))
		fail_msg("%s: status %d, %s", condition, f.status, f.err);
	fake_end(&f);
}

static void conditions(void **state)
{
	(void)state;
#define ALL MSV(2, "UnitLoadStatus", 2, "ON BATTERY", "good") "," AV(70, "BATTERY_%", 42, "good") "," BITS("'OVERLOAD','FAN FAILURE'", "good")
	static const struct { const char *condition; bool expected; } rows[] = {
		{ "UnitLoadStatus=ON BATTERY", true }, { "unitloadstatus=on battery", true }, { "MSV 2=2", true }, { "UnitLoadStatus=ON INVERTER", false },
		{ "UnitLoadStatus!=ON INVERTER", true }, { "UnitLoadStatus!=ON BATTERY", false }, { "UnitLoadStatus>ON BATTERY", false },
		{ "UnitLoadStatus=3", false },
		{ "BATTERY_%=42", true }, { "BATTERY_%=42.0", true }, { "BATTERY_%=43", false }, { "BATTERY_%!=42", false }, { "BATTERY_%!=43", true },
		{ "BATTERY_%>42", false }, { "BATTERY_%>41.9", true }, { "BATTERY_%>=42", true }, { "BATTERY_%>=42.1", false },
		{ "BATTERY_%<42", false }, { "BATTERY_%<42.1", true }, { "BATTERY_%<=42", true }, { "BATTERY_%<=41.9", false }, { "BATTERY_%=42 %", true },
		{ "UnitAlarms=OVERLOAD", true }, { "UnitAlarms=fan failure", true }, { "UnitAlarms=BYPASS LOCKED", false }, { "UnitAlarms!=OVERLOAD", false },
		{ "UnitAlarms!=BYPASS LOCKED", true }, { "UnitAlarms=none", false },
		{ "BATTERY_%>1|UnitLoadStatus=2", true }, { "BATTERY_%>1|UnitLoadStatus=1", false }, { "BATTERY_%<1|UnitLoadStatus=2", false },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		holds(ALL, rows[i].condition, rows[i].expected);
	holds(BITS("", "good"), "UnitAlarms=none", true);
	holds(BITS("", "good"), "UnitAlarms!=OVERLOAD", true);
	/* What nobody vouches for makes nothing true. */
	holds(AV(70, "BATTERY_%", 42, "stale"), "BATTERY_%=42", false);
	holds(AV(70, "BATTERY_%", 42, "stale"), "BATTERY_%!=41", false);
	holds(BITS("", "stale"), "UnitAlarms=none", false);
}

static void every_ups_that_is_meant(void **state)
{
	(void)state;
#define OF(ups, value) "{'ups':'" ups "','type':'analog-value','instance':1,'name':'B','value':" value ",'text':'" value "','quality':'good'}"
	struct fake f = { .answer = { { "watch", "{'objects':[" OF("a", "1") "," OF("b", "2") "]}" },
		{ "status", "{'ups':[{'name':'a','link':{'state':'up'}},{'name':'b','link':{'state':'lost'}}]}" } }, .update = { "" } };
	assert_int_equal(fake_run(&f, "wait|--control|/c|--timeout|5|B>0"), 0);
	assert_int_equal(fake_run(&f, "wait|--control|/c|--timeout|5|B=2"), 124);
	assert_int_equal(fake_run(&f, "wait|--control|/c|--timeout|5|B=2|--ups|b"), 0);
	assert_int_equal(fake_run(&f, "wait|--control|/c|--timeout|5|link"), 124);
	assert_int_equal(fake_run(&f, "wait|--control|/c|--timeout|5|link|--ups|a"), 0);
	assert_int_equal(fake_run(&f, "wait|--control|/c|--timeout|5|LINK|--ups|b"), 124);
	fake_end(&f);
}

static void the_link(void **state)
{
	(void)state;
	struct fake f = { .answer = { { "watch", "{'objects':[]}" }, { "status", STATUS("up") } } };
	RUNS(&f, "wait|--control|/c|link", 0, "", "");
	assert_int_equal(f.opened, 2);
	f.answer[1].json = "{'ups':[]}";
	f.update[0] = "";
	RUNS(&f, "wait|--control|/c|link|--timeout|7", 124, "", "bacnet-ups wait: not within 7 ms\n");
	f.answer[1].json = STATUS("probing");
	assert_int_equal(fake_run(&f, "wait|--control|/c|link|--timeout|7"), 124);
	fake_end(&f);
}

static void time_is_kept(void **state)
{
	(void)state;
	struct fake f = { .answer = { { "watch", "{'objects':[" READY "]}" } }, .update = { "", "", "", "", "" }, .now_ms = 1000 };
	RUNS(&f, "wait|--control|/c|--timeout|2500", 124, "", "bacnet-ups wait: not within 2500 ms\n");
	assert_int_equal(f.next, 3);                 /* a second, a second, half a second */
	assert_int_equal(f.now_ms, 3500);
	assert_int_equal(f.timeout_ms, 500);
	f.timeout_ms = 0;
	f.update[4] = "{'changes':[" RUNNING "]}";
	assert_int_equal(fake_run(&f, "wait|--control|/c"), 0);      /* for ever */
	assert_int_equal(f.timeout_ms, 1000);
	fake_end(&f);
}

static void it_waits_for_the_daemon_too(void **state)
{
	(void)state;
	struct fake f = { .answer = { { "watch", "{'objects':[" RUNNING "]}" } }, .refuse = 3, .refuse_errno = ENOENT };
	RUNS(&f, "wait|--control|/c|--timeout|5000", 0, "", "");
	assert_int_equal(f.opened, 4);
	assert_int_equal(f.slept_ms, 600);
	f.refuse = 100;
	f.slept_ms = 0;
	RUNS(&f, "wait|--control|/c|--timeout|500", 124, "", "bacnet-ups wait: not within 500 ms; /c: refused\n");
	assert_int_equal(f.slept_ms, 500);
	/* a connection that ends is made anew */
	f.refuse = 0;
	f.slept_ms = 0;
	f.answer[0].json = "{'objects':[" READY "]}";
	RUNS(&f, "wait|--control|/c|--timeout|500", 124, "", "bacnet-ups wait: not within 500 ms\n");
	assert_int_equal(f.opened, 4);
	/* what time does not mend */
	f.refuse = 1;
	f.refuse_errno = EACCES;
	assert_int_equal(fake_run(&f, "wait|--control|/c|--timeout|500"), 1);
	assert_non_null(strstr(f.err, "bacnet-ups wait: /c: refused. "));
	assert_int_equal(fake_run(&f, "wait|--config|/nothing.conf"), 78);
	fake_end(&f);
}

static void a_word_that_can_never_be_is_refused_at_once(void **state)
{
	(void)state;
	struct fake f = { .answer = { { "watch", "{'objects':[" ALL "]}" } } };
	RUNS(&f, "wait|--control|/c|UnitLoadStatus=ON BATERY", 1, "",
		"bacnet-ups wait: UnitLoadStatus is never ON BATERY; the nearest are ON BATTERY, ON BYPASS, ON INVERTER\n");
	fake_run(&f, "wait|--control|/c|UnitLoadStatus=2x");
	assert_int_equal(f.status, 1);
	assert_non_null(strstr(f.err, "UnitLoadStatus is never 2x; the nearest are "));
	RUNS(&f, "wait|--control|/c|UnitLoadStatus!=ON BATERY", 1, "",
		"bacnet-ups wait: UnitLoadStatus is never ON BATERY; the nearest are ON BATTERY, ON BYPASS, ON INVERTER\n");
	fake_run(&f, "wait|--control|/c|UnitAlarms=OVERLAOD");
	assert_int_equal(f.status, 1);
	assert_non_null(strstr(f.err, "UnitAlarms is never OVERLAOD; the nearest are "));
	fake_run(&f, "wait|--control|/c|UnitAlarms=3");
	assert_int_equal(f.status, 1);
	fake_end(&f);
}

static void wrong_conditions_are_refused_at_once(void **state)
{
	(void)state;
	static const char *const wrong[] = { "x", "=1", "x=", "x!", "x!1", "<", "BATTERY_%", "", "links",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=1" };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct fake f = { 0 };
		char line[200];
		snprintf(line, sizeof line, "wait|--control|/c|running|%s|link", wrong[i]);
		if (fake_run(&f, line) != 2 || !strstr(f.err, "is no condition: running, link, NAME=VALUE"))
			fail_msg("%s: status %d, %s", wrong[i], f.status, f.err);
		assert_int_equal(f.opened, 0);
		fake_end(&f);
	}
	struct fake f = { .answer = { { "watch", "{'objects':[" RUNNING "]}" } } };
	RUNS(&f, "wait|--control|/c|link|WRONG=1", 1, "", "bacnet-ups wait: there is no object WRONG; the nearest names are DeviceStatus\n");
	fake_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(running_is_the_default), cmocka_unit_test(conditions), cmocka_unit_test(every_ups_that_is_meant), cmocka_unit_test(the_link),
		cmocka_unit_test(time_is_kept), cmocka_unit_test(it_waits_for_the_daemon_too), cmocka_unit_test(a_word_that_can_never_be_is_refused_at_once),
		cmocka_unit_test(wrong_conditions_are_refused_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
