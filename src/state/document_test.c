/* kept.json: what goes in comes out, what cannot be true stays out, what is not ours stays in. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bacnet/enum.h"
#include "bacnet/value.h"
#include "conf/conf.h"
#include "state/document.h"
#include "state/value.h"

/* Without white space, to compare. */
static char *compact(const struct kept *k)
{
	size_t n;
	char *text = document_text(k, &n);
	assert_int_equal(strlen(text), n);
	json_t *json = json_loads(text, 0, NULL);
	free(text);
	text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(json);
	return text;
}

static struct kept *reads(const char *text, int faults, const char *first)
{
	struct kept *k = kept_make();
	struct document_faults f;
	char why[200];
	if (!document_read(k, text, strlen(text), &f, why, sizeof why))
		fail_msg("refused: %s", why);
	assert_int_equal(f.count, faults);
	assert_string_equal(f.first, first);
	return k;
}

static void refuses(const char *text, size_t n, const char *reason)
{
	struct kept *k = kept_make();
	struct document_faults f;
	char why[200];
	assert_false(document_read(k, text, n, &f, why, sizeof why));
	if (!strstr(why, reason))
		fail_msg("\"%s\" is not in \"%s\"", reason, why);
	assert_int_equal(kept_stations(k), 0);
	kept_free(k);
}

static void becomes(const char *before, int faults, const char *first, const char *after)
{
	struct kept *k = reads(before, faults, first);
	char *text = compact(k);
	assert_string_equal(text, after);
	free(text);
	kept_free(k);
}

static void stays(const char *text)
{
	becomes(text, 0, "", text);
}

static void put(struct kept *k, int station, uint32_t object, uint32_t property, const struct bac_value *v)
{
	uint8_t octets[300];
	struct wr w = wr_over(octets, sizeof octets);
	bac_value_write(&w, v);
	assert_int_equal(kept_set_property(k, station, object, property, octets, wr_len(&w)), KEPT_DONE);
}

static void a_person_can_read_it(void **state)
{
	(void)state;
	struct kept *k = kept_make();
	int s = kept_station(k, ""), b = kept_station(k, "b");
	put(k, s, bac_object_id(OBJ_DEVICE, BAC_INSTANCE_ANY), PROP_LOCATION,
		&(struct bac_value){ .type = APP_TEXT, .text = { "Hall \xe2\x82\xac\n", 9, 0 } });
	put(k, s, bac_object_id(OBJ_ANALOG_VALUE, 70), PROP_COV_INCREMENT, &(struct bac_value){ .type = APP_REAL, .real = 0.5f });
	put(k, b, bac_object_id(OBJ_ANALOG_VALUE, 0), PROP_COV_INCREMENT, &(struct bac_value){ .type = APP_DOUBLE, .dbl = 2.25 });
	put(k, b, bac_object_id(OBJ_ANALOG_VALUE, 4194302), 600, &(struct bac_value){ .type = APP_UNSIGNED, .number = 5000000000 });
	put(k, b, bac_object_id(700, 1), 77, &(struct bac_value){ .type = APP_ENUM, .number = 3 });
	put(k, b, bac_object_id(700, 1), 28, &(struct bac_value){ .type = APP_BOOLEAN, .boolean = true });
	kept_set_option(k, KEPT_ALL_STATIONS, "bacnet", "port", "47809");
	kept_set_option(k, b, "ups", "slave", "3");
	kept_set_revision(k, b, (struct kept_revision){ 12, 4294967295 });
	kept_set_ups(k, b, json_pack("{s:s}", "family", "masterys"));
	char *text = compact(k);
	assert_string_equal(text, "{\"format\":1,\"options\":{\"bacnet\":{\"port\":\"47809\"}},\"stations\":{"
		"\"\":{\"properties\":{\"analog-value:70\":{\"cov-increment\":{\"real\":0.5}},\"device\":{\"location\":{\"text\":\"Hall \xe2\x82\xac\\n\"}}}},"
		"\"b\":{\"database\":{\"digest\":4294967295,\"revision\":12},\"options\":{\"slave\":\"3\"},\"properties\":{"
		"\"700:1\":{\"description\":{\"boolean\":true},\"object-name\":{\"enumerated\":3}},"
		"\"analog-value:0\":{\"cov-increment\":{\"double\":2.25}},\"analog-value:4194302\":{\"600\":{\"unsigned\":5000000000}}},"
		"\"ups\":{\"family\":\"masterys\"}}}}");
	stays(text);
	free(text);
	kept_free(k);
}

/* Every value comes back octet for octet, readable or not. */
static void any_value_survives(void **state)
{
	(void)state;
	static const struct { const char *octets; size_t n; const char *form; } rows[] = {
		{ "\x00", 1, "octets" },                        /* NULL */
		{ "\x11", 1, "boolean" },
		{ "\x21\x05", 2, "unsigned" },
		{ "\x22\x00\x05", 3, "octets" },                /* not the shortest form: it would not come back */
		{ "\x25\x08\xff\xff\xff\xff\xff\xff\xff\xff", 10, "octets" },   /* beyond what JSON readers hold */
		{ "\x31\xff", 2, "octets" },                    /* INTEGER */
		{ "\x44\x3f\x00\x00\x00", 5, "real" },
		{ "\x44\x80\x00\x00\x00", 5, "octets" },        /* -0.0 */
		{ "\x44\x7f\xc0\x00\x00", 5, "octets" },        /* NaN */
		{ "\x44\x7f\x7f\xff\xff", 5, "real" },          /* FLT_MAX */
		{ "\x44\x00\x00\x00\x01", 5, "real" },          /* the smallest there is */
		{ "\x55\x08\x3f\xb9\x99\x99\x99\x99\x99\x9a", 10, "double" },
		{ "\x55\x08\x80\x00\x00\x00\x00\x00\x00\x00", 10, "octets" },
		{ "\x75\x06\x00" "Hallo", 8, "text" },
		{ "\x71\x00", 2, "text" },                      /* "" */
		{ "\x75\x06\x05" "Hallo", 8, "octets" },        /* ISO 8859-1 */
		{ "\x74\x00" "a\x00" "b", 5, "octets" },        /* a NUL is no text */
		{ "\x73\x00\xff\xfe", 4, "octets" },            /* no UTF-8 */
		{ "\x91\x07", 2, "enumerated" },
		{ "\x21\x05\x21\x06", 4, "octets" },            /* two values */
		{ "\x0e\x21\x05\x0f", 4, "octets" },            /* constructed */
		{ "\x21", 1, "octets" },                        /* cut: whoever wrote it knows why */
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint8_t again[32];
		json_t *json = value_to_json((const uint8_t *)rows[i].octets, rows[i].n);
		assert_int_equal(json_object_size(json), 1);
		if (!json_object_get(json, rows[i].form))
			fail_msg("row %zu is not written as %s", i, rows[i].form);
		assert_int_equal(value_from_json(json, again, rows[i].n - 1), 0);        /* no room is no value */
		assert_int_equal(value_from_json(json, again, sizeof again), rows[i].n);
		assert_memory_equal(again, rows[i].octets, rows[i].n);
		json_decref(json);
	}
}

static void forms_are_exact(void **state)
{
	(void)state;
	static const char *const wrong[] = { "{}", "[]", "5", "null", "{\"text\": 5}", "{\"real\": \"x\"}", "{\"real\": 1e39}", "{\"unsigned\": -1}",
		"{\"unsigned\": 1.5}", "{\"enumerated\": 4294967296}", "{\"enumerated\": -1}", "{\"boolean\": 1}", "{\"octets\": \"0\"}",
		"{\"octets\": \"0G\"}", "{\"octets\": \"\"}", "{\"octets\": 5}", "{\"text\": \"a\", \"real\": 1}", "{\"date\": \"today\"}", "{\"double\": true}" };
	uint8_t octets[32];
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		json_t *json = json_loads(wrong[i], JSON_DECODE_ANY, NULL);
		if (value_from_json(json, octets, sizeof octets) != 0)
			fail_msg("taken: %s", wrong[i]);
		json_decref(json);
	}
}

static void finding_4_2_what_is_damaged_is_refused_with_its_place(void **state)
{
	(void)state;
	static const char nuls[64] = { 0 };
	refuses("", 0, "line 1");
	refuses(nuls, sizeof nuls, "line 1");
	refuses("{\n\"format\": 1,\n\"stat", 20, "line 3");
	refuses("[]", 2, "not a document of bacnet-upsd");
	refuses("{}", 2, "not a document of bacnet-upsd");
	refuses("{\"format\": \"1\"}", 15, "not a document of bacnet-upsd");
	refuses("{\"format\": 2}", 13, "format 2, and this version reads format 1");
	refuses("{\"format\": 0}", 13, "format 0");
	refuses("{\"format\": 1, \"format\": 1}", 26, "duplicate");
}

static void finding_4_2_what_a_newer_version_wrote_stays_where_it_is(void **state)
{
	(void)state;
	stays("{\"format\":1,\"stations\":{}}");
	stays("{\"format\":1,\"later\":[1,{\"a\":null}],\"stations\":{}}");
	stays("{\"format\":1,\"stations\":{\"\":{\"later\":1.5,\"ups\":{\"family\":\"x\",\"later\":{\"b\":[]}}}}}");
	stays("{\"format\":1,\"options\":{\"bacnet\":{\"later\":\"x\"},\"later\":{\"a\":\"b\"}},\"stations\":{}}");
	stays("{\"format\":1,\"stations\":{\"\":{\"database\":{\"digest\":1,\"later\":true,\"revision\":2},\"properties\":{"
		"\"device\":{\"later-property\":{\"text\":\"x\"},\"location\":{\"text\":\"y\"}},\"later-type:1\":{\"location\":{\"text\":\"z\"}}}}}}");
	/* Ours goes over what stood there. */
	struct kept *k = reads("{\"format\":1,\"stations\":{\"\":{\"later\":1,\"properties\":{\"device\":{\"location\":{\"text\":\"old\"}}}}}}", 0, "");
	put(k, kept_station(k, ""), bac_object_id(OBJ_DEVICE, BAC_INSTANCE_ANY), PROP_LOCATION,
		&(struct bac_value){ .type = APP_TEXT, .text = { "new", 3, 0 } });
	char *text = compact(k);
	assert_string_equal(text, "{\"format\":1,\"stations\":{\"\":{\"later\":1,\"properties\":{\"device\":{\"location\":{\"text\":\"new\"}}}}}}");
	free(text);
	kept_free(k);
}

/* However many strangers a document names, there is room for those that a configuration names. */
static void strangers_do_not_keep_the_configured_out(void **state)
{
	(void)state;
	static char text[20000] = "{\"format\":1,\"stations\":{";
	struct document_faults f;
	char why[200], name[16];
	size_t n = strlen(text);
	for (int i = 0; i <= KEPT_STATIONS_READ_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s\"s%d\":{\"options\":{\"slave\":\"3\"}}", i ? "," : "", i);
	n += (size_t)snprintf(text + n, sizeof text - n, "}}");
	struct kept *k = kept_make();
	assert_true(document_read(k, text, n, &f, why, sizeof why));
	assert_int_equal(f.count, 1);
	assert_string_equal(f.first, "stations.s256: not an object, or too many of them");
	assert_int_equal(kept_stations(k), KEPT_STATIONS_READ_MAX);
	assert_int_equal(KEPT_STATIONS_MAX - KEPT_STATIONS_READ_MAX, CONF_UPS_MAX);
	for (int i = 0; i < CONF_UPS_MAX; i++) {
		snprintf(name, sizeof name, "ours%d", i);
		assert_int_equal(kept_station(k, name), KEPT_STATIONS_READ_MAX + i);
	}
	kept_free(k);
}

/* What is not ours was written in a line and would not fit with its indentation: it is written in a line again. */
static void finding_4_2_what_is_written_can_be_read(void **state)
{
	(void)state;
	enum { NUMBERS = 1000000 };
	static char text[2 * NUMBERS + 100] = "{\"format\":1,\"stations\":{},\"later\":[1";
	size_t n = strlen(text), length;
	for (int i = 1; i < NUMBERS; i++, n += 2)
		memcpy(text + n, ",1", 2);
	strcpy(text + n, "]}");
	struct kept *k = reads(text, 0, "");
	char *written = document_text(k, &length);
	assert_true(length <= DOCUMENT_SIZE_MAX);
	assert_int_equal(length, strlen(text));
	free(written);
	kept_free(k);
}

#define STATION(inside) "{\"format\":1,\"stations\":{\"\":{" inside "}}}"
#define EMPTY "{\"format\":1,\"stations\":{\"\":{}}}"

static void numbers_out_of_range_are_left_out(void **state)
{
	(void)state;
	static const char fault[] = "database.revision: not a number of 0 to 4294967295";
	becomes(STATION("\"database\":{\"revision\":-1,\"digest\":1}"), 1, fault, EMPTY);
	becomes(STATION("\"database\":{\"revision\":4294967296,\"digest\":1}"), 1, fault, EMPTY);
	becomes(STATION("\"database\":{\"revision\":\"1\",\"digest\":1}"), 1, fault, EMPTY);
	becomes(STATION("\"database\":{\"revision\":1.0,\"digest\":1}"), 1, fault, EMPTY);
	becomes(STATION("\"database\":{\"revision\":1,\"digest\":-1}"), 1, "database.digest: not a number of 0 to 4294967295", EMPTY);
	becomes(STATION("\"database\":{\"revision\":1}"), 0, "", EMPTY);
	stays(STATION("\"database\":{\"digest\":0,\"revision\":4294967295}"));
}

static void what_cannot_be_true_is_left_out_and_named(void **state)
{
	(void)state;
	becomes(STATION("\"properties\":{\"device\":{\"location\":{\"real\":\"x\"}}}"), 1,
		"properties.device.location: no such value, or no room for it", EMPTY);
	becomes(STATION("\"properties\":[]"), 1, "properties: not an object", EMPTY);
	becomes(STATION("\"ups\":5"), 1, "ups: not an object", EMPTY);
	becomes(STATION("\"database\":null"), 1, "database: not an object", EMPTY);
	becomes(STATION("\"options\":{\"slave\":3}"), 1, "options.ups.slave: no text, too long, or too many of them", EMPTY);
	becomes("{\"format\":1,\"options\":[],\"stations\":{}}", 1, "options: not an object", "{\"format\":1,\"stations\":{}}");
	becomes("{\"format\":1,\"stations\":5}", 1, "stations: not an object", "{\"format\":1,\"stations\":{}}");
	becomes("{\"format\":1,\"stations\":{\"a\":1,\"b\":{}}}", 1, "stations.a: not an object, or too many of them",
		"{\"format\":1,\"stations\":{\"b\":{}}}");
	becomes(STATION("\"database\":{\"revision\":-1,\"digest\":-1},\"ups\":[]"), 3, "database.revision: not a number of 0 to 4294967295", EMPTY);
}

/* What is no object of ours is not taken for one. */
static void names_of_objects_are_exact(void **state)
{
	(void)state;
	static const char *const unknown[] = { "analog-value", "analog-value:", "analog-value:x", "analog-value:4194303", "analog-value:12345678",
		"analog-value:-1", "device:3", "device:", ":1", "1024:1" };
	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
		char text[200];
		snprintf(text, sizeof text, STATION("\"properties\":{\"%s\":{\"location\":{\"text\":\"x\"}}}"), unknown[i]);
		struct kept *k = reads(text, 0, "");
		assert_null(kept_property_at(k, 0));
		char *is = compact(k);
		assert_string_equal(is, text);
		free(is);
		kept_free(k);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_person_can_read_it),
		cmocka_unit_test(any_value_survives),
		cmocka_unit_test(forms_are_exact),
		cmocka_unit_test(finding_4_2_what_is_damaged_is_refused_with_its_place),
		cmocka_unit_test(finding_4_2_what_a_newer_version_wrote_stays_where_it_is),
		cmocka_unit_test(strangers_do_not_keep_the_configured_out),
		cmocka_unit_test(finding_4_2_what_is_written_can_be_read),
		cmocka_unit_test(numbers_out_of_range_are_left_out),
		cmocka_unit_test(what_cannot_be_true_is_left_out_and_named),
		cmocka_unit_test(names_of_objects_are_exact),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
