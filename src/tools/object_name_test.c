#include "tools/object_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "bacnet/enum.h"

static void finding_5_6_an_object_is_accepted_as_it_is_printed(void **state)
{
	(void)state;
	static const char *const same[] = {
		"AV 70", "AV70", "av70", "Av:70", "AV,70", "analog-value:70", "Analog-Value 70", "ANALOG-VALUE,70", "analog-value70", "2:70", "2,70", "2 70",
		"AV 070",
	};
	char text[40];
	for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
		uint32_t id = 0;
		assert_true(object_name_parse(same[i], &id));
		assert_int_equal(id, bac_object_id(OBJ_ANALOG_VALUE, 70));
		assert_true(object_name_is(same[i], id, "BATTERY_%"));
		assert_false(object_name_is(same[i], id + 1, "BATTERY_%"));
	}
	for (uint32_t type = 0; type < 70; type++) {
		uint32_t id = bac_object_id(type, 4194302), back = 0;
		assert_true(object_name_parse(object_name_brief(id, text, sizeof text), &back));
		assert_int_equal(id, back);
	}
}

static void short_types(void **state)
{
	(void)state;
	static const struct { const char *text; uint32_t type, instance; } rows[] = {
		{ "ai1", 0, 1 }, { "ao1", 1, 1 }, { "bi1", 3, 1 }, { "bo1", 4, 1 }, { "bv1", 5, 1 }, { "msi1", 13, 1 }, { "mso1", 14, 1 }, { "msv1", 19, 1 },
		{ "mi1", 13, 1 }, { "mo1", 14, 1 }, { "mv1", 19, 1 }, { "bsv2", 39, 2 }, { "dev5", 8, 5 }, { "np1", 56, 1 }, { "nc1", 15, 1 }, { "tl3", 20, 3 },
		{ "el4", 25, 4 }, { "sv0", 29, 0 }, { "device", 8, 4194303 }, { "network-port", 56, 4194303 }, { "Device:7", 8, 7 }, { "file 1", 10, 1 },
		{ "128:4194303", 128, 4194303 }, { "1023:0", 1023, 0 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint32_t id = 0;
		assert_true(object_name_parse(rows[i].text, &id));
		assert_int_equal(id, bac_object_id(rows[i].type, rows[i].instance));
	}
}

static void what_is_no_object(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		"", " ", ":", "AV", "AV ", "AV:", "AV x", "AV -1", "AV 70x", "AV  70", "AV 4194304", "AV 99999999999999999999", "70", "XX 1", "analog-value",
		"1024:1", "BATTERY_%", "UPS_OUTPUT_I1", ":70", " 70", "file", "an-object-type-with-a-name-longer-than-any 1",
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		uint32_t id = 0;
		if (object_name_parse(wrong[i], &id))
			fail_msg("\"%s\" is taken for an object", wrong[i]);
	}
}

static void from_a_command_line(void **state)
{
	(void)state;
	char av[] = "av", seventy[] = "70", one[] = "AV70", two[] = "2", name[] = "BATTERY_%", device[] = "device", property[] = "units";
	uint32_t id = 0;
	assert_int_equal(object_name_take((char *[]){ av, seventy, property }, 3, &id), 2);
	assert_int_equal(id, bac_object_id(OBJ_ANALOG_VALUE, 70));
	id = 0;
	assert_int_equal(object_name_take((char *[]){ one, property }, 2, &id), 1);
	assert_int_equal(id, bac_object_id(OBJ_ANALOG_VALUE, 70));
	assert_int_equal(object_name_take((char *[]){ device, property }, 2, &id), 1);
	assert_int_equal(id, bac_object_id(OBJ_DEVICE, 4194303));
	assert_int_equal(object_name_take((char *[]){ device, seventy }, 2, &id), 2);
	assert_int_equal(id, bac_object_id(OBJ_DEVICE, 70));
	assert_int_equal(object_name_take((char *[]){ two, seventy }, 2, &id), 0);       /* two numbers are no object */
	assert_int_equal(object_name_take((char *[]){ av }, 1, &id), 0);
	assert_int_equal(object_name_take((char *[]){ name, seventy }, 2, &id), 0);
	assert_int_equal(object_name_take(NULL, 0, &id), 0);
}

static void brief_names(void **state)
{
	(void)state;
	static const struct { uint32_t id; const char *text; } rows[] = {
		{ 2u << 22 | 70, "AV 70" }, { 19u << 22 | 2, "MSV 2" }, { 39u << 22, "BSV 0" }, { 8u << 22 | 1338, "device 1338" },
		{ 56u << 22 | 1, "network-port 1" }, { 6u << 22 | 1, "calendar 1" }, { 200u << 22 | 3, "200:3" },
	};
	char text[40];
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_string_equal(object_name_brief(rows[i].id, text, sizeof text), rows[i].text);
}

static void names_and_beginnings(void **state)
{
	(void)state;
	uint32_t id = bac_object_id(OBJ_ANALOG_VALUE, 70);
	assert_true(object_name_is("BATTERY_%", id, "BATTERY_%"));
	assert_true(object_name_is("battery_%", id, "BATTERY_%"));
	assert_true(object_name_is("battery_*", id, "BATTERY_%"));
	assert_true(object_name_is("*", id, "BATTERY_%"));
	assert_true(object_name_is("BATTERY_%*", id, "BATTERY_%"));
	assert_false(object_name_is("BATTERY", id, "BATTERY_%"));
	assert_false(object_name_is("BATTERY_%%", id, "BATTERY_%"));
	assert_false(object_name_is("BATTERY_V*", id, "BATTERY_%"));
	assert_false(object_name_is("", id, "BATTERY_%"));
	assert_false(object_name_is("AI 70", id, "BATTERY_%"));
}

static void distances(void **state)
{
	(void)state;
	assert_int_equal(object_name_distance("BATTERY_%", "battery_%"), 0);
	assert_int_equal(object_name_distance("BATERY_%", "BATTERY_%"), 1);
	assert_int_equal(object_name_distance("BATTERRY_%", "BATTERY_%"), 1);
	assert_int_equal(object_name_distance("BATTERX_%", "BATTERY_%"), 1);
	assert_int_equal(object_name_distance("kitten", "sitting"), 3);
	assert_int_equal(object_name_distance("", "abc"), 3);
	assert_int_equal(object_name_distance("abc", ""), 3);
	char longer[100];
	memset(longer, 'a', sizeof longer - 1);
	longer[sizeof longer - 1] = 0;
	assert_int_equal(object_name_distance(longer, "a"), 63);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finding_5_6_an_object_is_accepted_as_it_is_printed),
		cmocka_unit_test(short_types),
		cmocka_unit_test(what_is_no_object),
		cmocka_unit_test(from_a_command_line),
		cmocka_unit_test(brief_names),
		cmocka_unit_test(names_and_beginnings),
		cmocka_unit_test(distances),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
