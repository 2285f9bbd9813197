/* The table of what is kept: exact, bounded, and each station its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "state/kept.h"

static int setup(void **state)
{
	*state = kept_make();
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	kept_free(*state);
	return 0;
}

static void holds(const struct kept *k, int station, uint32_t object, uint32_t property, const void *octets, size_t n)
{
	const struct kept_property *p = kept_property(k, station, object, property);
	assert_non_null(p);
	assert_int_equal(p->length, n);
	assert_memory_equal(kept_octets(k, p), octets, n);
}

static enum kept_answer set(struct kept *k, int station, uint32_t object, uint32_t property, const char *text)
{
	return kept_set_property(k, station, object, property, (const uint8_t *)text, strlen(text));
}

static void a_station_is_found_by_its_name(void **state)
{
	struct kept *k = *state;
	char name[KEPT_NAME_MAX + 2];
	assert_int_equal(kept_station(k, ""), 0);
	assert_int_equal(kept_station(k, "b"), 1);
	assert_int_equal(kept_station(k, ""), 0);
	assert_int_equal(kept_station(k, "b"), 1);
	assert_int_equal(kept_stations(k), 2);
	assert_string_equal(kept_station_name(k, 1), "b");
	memset(name, 'x', sizeof name);
	name[KEPT_NAME_MAX + 1] = 0;
	assert_int_equal(kept_station(k, name), -1);
	name[KEPT_NAME_MAX] = 0;
	assert_int_equal(kept_station(k, name), 2);
	for (int i = 3; i < KEPT_STATIONS_MAX; i++) {
		snprintf(name, sizeof name, "s%d", i);
		assert_int_equal(kept_station(k, name), i);
	}
	assert_int_equal(kept_station(k, "one more"), -1);
	assert_int_equal(kept_station(k, "s3"), 3);
}

static void a_property_is_what_was_set_last(void **state)
{
	struct kept *k = *state;
	int a = kept_station(k, ""), b = kept_station(k, "b");
	assert_null(kept_property(k, a, 1, 2));
	assert_int_equal(set(k, a, 1, 2, "one"), KEPT_DONE);
	assert_int_equal(set(k, a, 1, 3, "property"), KEPT_DONE);
	assert_int_equal(set(k, a, 2, 2, "object"), KEPT_DONE);
	assert_int_equal(set(k, b, 1, 2, "station"), KEPT_DONE);
	assert_int_equal(set(k, a, 1, 2, "one"), KEPT_SAME);
	assert_int_equal(set(k, a, 1, 2, "two"), KEPT_DONE);             /* of the same length */
	holds(k, a, 1, 2, "two", 3);
	assert_int_equal(set(k, a, 1, 2, "two and more"), KEPT_DONE);
	assert_int_equal(set(k, a, 1, 3, ""), KEPT_DONE);
	holds(k, a, 1, 2, "two and more", 12);
	holds(k, a, 1, 3, "", 0);
	holds(k, a, 2, 2, "object", 6);
	holds(k, b, 1, 2, "station", 7);
	assert_null(kept_property(k, b, 1, 3));
	assert_non_null(kept_property_at(k, 3));
	assert_null(kept_property_at(k, 4));
}

static uint32_t rnd(uint32_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return *x;
}

/* Against a plain array of everything. */
static void any_order_of_writes_survives(void **state)
{
	struct kept *k = *state;
	uint32_t seed = (uint32_t)time(NULL) | 1;
	static uint8_t value[20][300];
	static size_t length[20];
	print_message("seed %u\n", seed);
	memset(length, 0, sizeof length);
	int station = kept_station(k, "");
	for (int turn = 0; turn < 5000; turn++) {
		uint32_t n = rnd(&seed) % 20;
		length[n] = rnd(&seed) % 300;
		for (size_t i = 0; i < length[n]; i++)
			value[n][i] = (uint8_t)rnd(&seed);
		assert_int_not_equal(kept_set_property(k, station, n, 7, value[n], length[n]), KEPT_FULL);
		for (uint32_t i = 0; i < 20; i++)
			if (kept_property(k, station, i, 7))
				holds(k, station, i, 7, value[i], length[i]);
	}
}

static void a_full_table_says_so_and_keeps_what_it_has(void **state)
{
	struct kept *k = *state;
	static uint8_t large[KEPT_VALUE_MAX + 1];
	int s = kept_station(k, "");
	assert_int_equal(kept_set_property(k, s, 0, 1, large, KEPT_VALUE_MAX + 1), KEPT_FULL);
	assert_null(kept_property(k, s, 0, 1));
	uint32_t fits = KEPT_OCTETS_MAX / KEPT_VALUE_MAX;
	for (uint32_t i = 0; i < fits; i++)
		assert_int_equal(kept_set_property(k, s, i, 1, large, KEPT_VALUE_MAX), KEPT_DONE);
	assert_int_equal(set(k, s, 99, 1, "x"), KEPT_FULL);
	large[0] = 1;
	assert_int_equal(kept_set_property(k, s, 3, 1, large, KEPT_VALUE_MAX), KEPT_DONE);       /* it takes the place of its own */
	holds(k, s, 3, 1, large, KEPT_VALUE_MAX);
	assert_int_equal(set(k, s, 3, 1, "short"), KEPT_DONE);
	assert_int_equal(kept_set_property(k, s, 99, 1, large, KEPT_VALUE_MAX - 5), KEPT_DONE);
	assert_int_equal(set(k, s, 100, 1, "x"), KEPT_FULL);
	holds(k, s, 3, 1, "short", 5);
}

static void the_number_of_properties_is_bounded(void **state)
{
	struct kept *k = *state;
	int s = kept_station(k, "");
	for (uint32_t i = 0; i < KEPT_PROPERTIES_MAX; i++)
		assert_int_equal(set(k, s, i, 1, "x"), KEPT_DONE);
	assert_int_equal(set(k, s, KEPT_PROPERTIES_MAX, 1, "x"), KEPT_FULL);
	assert_int_equal(set(k, s, 5, 1, "y"), KEPT_DONE);
	holds(k, s, KEPT_PROPERTIES_MAX - 1, 1, "x", 1);
}

static void options_are_texts_by_station_section_and_key(void **state)
{
	struct kept *k = *state;
	char longest[KEPT_OPTION_MAX + 1], key[KEPT_KEY_MAX + 1];
	int s = kept_station(k, "b");
	assert_int_equal(kept_set_option(k, KEPT_ALL_STATIONS, "bacnet", "port", "1"), KEPT_DONE);
	assert_int_equal(kept_set_option(k, s, "bacnet", "port", "2"), KEPT_DONE);
	assert_int_equal(kept_set_option(k, KEPT_ALL_STATIONS, "control", "port", "3"), KEPT_DONE);
	assert_int_equal(kept_set_option(k, KEPT_ALL_STATIONS, "bacnet", "path", "4"), KEPT_DONE);
	assert_int_equal(kept_set_option(k, KEPT_ALL_STATIONS, "bacnet", "port", "1"), KEPT_SAME);
	assert_int_equal(kept_set_option(k, KEPT_ALL_STATIONS, "bacnet", "port", "5"), KEPT_DONE);
	assert_string_equal(kept_option_at(k, 0)->value, "5");
	assert_string_equal(kept_option_at(k, 1)->value, "2");
	assert_int_equal(kept_option_at(k, 1)->station, s);
	assert_string_equal(kept_option_at(k, 3)->key, "path");
	assert_null(kept_option_at(k, 4));
	memset(longest, 'x', sizeof longest);
	longest[KEPT_OPTION_MAX] = 0;
	assert_int_equal(kept_set_option(k, s, "a", "b", longest), KEPT_FULL);
	longest[KEPT_OPTION_MAX - 1] = 0;
	assert_int_equal(kept_set_option(k, s, "a", "b", longest), KEPT_DONE);
	memset(key, 'k', sizeof key);
	key[KEPT_KEY_MAX] = 0;
	assert_int_equal(kept_set_option(k, s, "a", key, "x"), KEPT_FULL);
	assert_int_equal(kept_set_option(k, s, key, "b", "x"), KEPT_FULL);
	for (int i = 5; i < KEPT_OPTIONS_MAX; i++) {
		snprintf(key, sizeof key, "k%d", i);
		assert_int_equal(kept_set_option(k, s, "many", key, "x"), KEPT_DONE);
	}
	assert_int_equal(kept_set_option(k, s, "many", "more", "x"), KEPT_FULL);
	assert_int_equal(kept_set_option(k, s, "many", "k5", "y"), KEPT_DONE);
}

static void a_revision_is_known_or_not(void **state)
{
	struct kept *k = *state;
	struct kept_revision r = { 9, 9 };
	int a = kept_station(k, ""), b = kept_station(k, "b");
	assert_false(kept_revision(k, a, &r));
	assert_int_equal(r.revision, 9);
	assert_int_equal(kept_set_revision(k, a, (struct kept_revision){ 0, 0 }), KEPT_DONE);
	assert_int_equal(kept_set_revision(k, a, (struct kept_revision){ 0, 0 }), KEPT_SAME);
	assert_int_equal(kept_set_revision(k, a, (struct kept_revision){ 0, 1 }), KEPT_DONE);
	assert_int_equal(kept_set_revision(k, a, (struct kept_revision){ 3, 1 }), KEPT_DONE);
	assert_true(kept_revision(k, a, &r));
	assert_int_equal(r.revision, 3);
	assert_int_equal(r.digest, 1);
	assert_false(kept_revision(k, b, &r));
}

static void what_is_known_of_a_ups_is_laid_over(void **state)
{
	struct kept *k = *state;
	int s = kept_station(k, "");
	assert_null(kept_ups(k, s));
	assert_int_equal(kept_set_ups(k, s, NULL), KEPT_FULL);
	assert_null(kept_ups(k, s));
	assert_int_equal(kept_set_ups(k, s, json_pack("{s:i, s:s}", "a", 1, "newer", "stays")), KEPT_DONE);
	assert_int_equal(kept_set_ups(k, s, json_pack("{s:i}", "a", 1)), KEPT_SAME);
	assert_int_equal(kept_set_ups(k, s, json_pack("{s:i}", "a", 2)), KEPT_DONE);
	assert_int_equal(json_integer_value(json_object_get(kept_ups(k, s), "a")), 2);
	assert_string_equal(json_string_value(json_object_get(kept_ups(k, s), "newer")), "stays");
}

int main(void)
{
#define WITH_KEPT(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		WITH_KEPT(a_station_is_found_by_its_name),
		WITH_KEPT(a_property_is_what_was_set_last),
		WITH_KEPT(any_order_of_writes_survives),
		WITH_KEPT(a_full_table_says_so_and_keeps_what_it_has),
		WITH_KEPT(the_number_of_properties_is_bounded),
		WITH_KEPT(options_are_texts_by_station_section_and_key),
		WITH_KEPT(a_revision_is_known_or_not),
		WITH_KEPT(what_is_known_of_a_ups_is_laid_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
