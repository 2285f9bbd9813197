/* The files of an older version: which section is which object, which text is a value, which number can be true. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "bacnet/enum.h"
#include "bacnet/value.h"
#include "base/file.h"
#include "state/kept.h"
#include "state/takeover.h"

struct fixture {
	char path[40], why[300];
	struct kept *kept;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	strcpy(f->path, "/tmp/takeover-test-XXXXXX");
	close(mkstemp(f->path));
	f->kept = kept_make();
	*state = f;
	return f->kept ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	unlink(f->path);
	kept_free(f->kept);
	free(f);
	return 0;
}

typedef enum takeover takeover_fn(struct kept *, const char *path, char *why, size_t size);

static enum takeover take(struct fixture *f, takeover_fn *fn, const char *text)
{
	struct err_at at;
	kept_free(f->kept);
	f->kept = kept_make();
	f->why[0] = 0;
	assert_true(file_replace(f->path, text, strlen(text), &at));
	return fn(f->kept, f->path, f->why, sizeof f->why);
}

/* What is wrong, behind the name of the file. */
static void says(const struct fixture *f, const char *text)
{
	assert_memory_equal(f->why, f->path, strlen(f->path));
	assert_string_equal(f->why + strlen(f->path), text);
}

static void sections_name_objects(void **state)
{
	struct fixture *f = *state;
	static const struct { const char *section; uint32_t type, instance; const char *station; } good[] = {
		{ "device", OBJ_DEVICE, BAC_INSTANCE_ANY, "" }, { "analog-value:0", OBJ_ANALOG_VALUE, 0, "" },
		{ "analog-value:4194302", OBJ_ANALOG_VALUE, 4194302, "" }, { "multi-state-value:7", OBJ_MULTI_STATE_VALUE, 7, "" },
		{ "a/bitstring-value:1", OBJ_BITSTRING_VALUE, 1, "a" }, { "b-2/device", OBJ_DEVICE, BAC_INSTANCE_ANY, "b-2" },
		{ "abcdefghijklmnopqrstuvwxyz012345/analog-value:5", OBJ_ANALOG_VALUE, 5, "abcdefghijklmnopqrstuvwxyz012345" },
	};
	static const char *const bad[] = { "device:1", "analog-value", "analog-value:", "analog-value:4194303", "analog-value:12345678", "analog-value:5x",
		"nothing:5", "", "Analog-Value:5", ":5", "abcdefghijklmnopqrstuvwxyz0123456/analog-value:5" };
	char text[200];
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		snprintf(text, sizeof text, "[object %s]\ndescription = x\n", good[i].section);
		if (take(f, takeover_settings, text) != TAKEOVER_WHOLE)
			fail_msg("%s: %s", good[i].section, f->why);
		int station = kept_station(f->kept, good[i].station);
		const struct kept_property *p = kept_property(f->kept, station, bac_object_id(good[i].type, good[i].instance), PROP_DESCRIPTION);
		assert_non_null(p);
		assert_null(kept_property_at(f->kept, 1));
		assert_memory_equal(kept_octets(f->kept, p), "\x72\x00x", 3);
		assert_int_equal(p->length, 3);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(text, sizeof text, "\n[object %s]\ndescription = x\n[object device]\nlocation = y\n", bad[i]);
		assert_int_equal(take(f, takeover_settings, text), TAKEOVER_DAMAGED);
		assert_non_null(strstr(f->why, ":2: no such object: "));
		assert_non_null(kept_property_at(f->kept, 0));           /* the rest is taken */
		assert_null(kept_property_at(f->kept, 1));
	}
}

static void keys_name_properties(void **state)
{
	struct fixture *f = *state;
	static const struct { const char *line; uint32_t property; } good[] = { { "name = x", PROP_OBJECT_NAME }, { "description = x", PROP_DESCRIPTION },
		{ "location = x", PROP_LOCATION }, { "cov_increment = 2.5", PROP_COV_INCREMENT }, { "cov_increment = 0", PROP_COV_INCREMENT } };
	static const char *const bad[] = { "nothing = x", "cov_increment =", "cov_increment = -1", "cov_increment = -0", "cov_increment = 1x",
		"cov_increment = inf", "cov_increment = nan", "description = \"\\xff\"" };
	char text[200];
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		snprintf(text, sizeof text, "[object device]\n%s\n", good[i].line);
		assert_int_equal(take(f, takeover_settings, text), TAKEOVER_WHOLE);
		assert_int_equal(kept_property_at(f->kept, 0)->property, good[i].property);
	}
	struct rd r = rd_over(kept_octets(f->kept, kept_property_at(f->kept, 0)), kept_property_at(f->kept, 0)->length);
	struct bac_value v = bac_value_read(&r);
	assert_int_equal(v.type, APP_DOUBLE);
	assert_true(v.dbl >= 0 && v.dbl <= 0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(text, sizeof text, "[object device]\n%s\nlocation = x\n", bad[i]);
		if (take(f, takeover_settings, text) != TAKEOVER_DAMAGED)
			fail_msg("%s", bad[i]);
		assert_non_null(strstr(f->why, ":2: "));
		assert_int_equal(kept_property_at(f->kept, 0)->property, PROP_LOCATION);
		assert_null(kept_property_at(f->kept, 1));
	}
	assert_int_equal(take(f, takeover_settings, "[object device]\nnothing = x\n"), TAKEOVER_DAMAGED);
	says(f, ":2: nothing: cannot be kept");
}

static void options_have_their_place(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(take(f, takeover_settings, "[bacnet]\nport = 5\n[ups]\nslave = 6\n[ups:b]\nslave = 7\n"), TAKEOVER_WHOLE);
	static const struct { const char *station, *section, *key, *value; } rows[] = { { NULL, "bacnet", "port", "5" }, { "", "ups", "slave", "6" },
		{ "b", "ups", "slave", "7" } };
	for (int i = 0; i < 3; i++) {
		const struct kept_option *o = kept_option_at(f->kept, i);
		assert_int_equal(o->station, rows[i].station ? kept_station(f->kept, rows[i].station) : KEPT_ALL_STATIONS);
		assert_string_equal(o->section, rows[i].section);
		assert_string_equal(o->key, rows[i].key);
		assert_string_equal(o->value, rows[i].value);
	}
	assert_null(kept_option_at(f->kept, 3));
	unlink(f->path);
	assert_int_equal(takeover_settings(f->kept, f->path, f->why, sizeof f->why), TAKEOVER_NOTHING);
	assert_int_equal(takeover_state(f->kept, f->path, f->why, sizeof f->why), TAKEOVER_NOTHING);
	assert_int_equal(takeover_settings(f->kept, "/", f->why, sizeof f->why), TAKEOVER_DAMAGED);
	assert_int_equal(takeover_state(f->kept, "/", f->why, sizeof f->why), TAKEOVER_DAMAGED);
}

#define STATE(members) "{\"format\":1,\"ups\":{\"\":{" members "}}}"

static void numbers_can_be_true(void **state)
{
	struct fixture *f = *state;
	static const struct { const char *text; bool good; uint32_t revision, digest; } rows[] = {
		{ STATE("\"database_revision\":0,\"database_digest\":4294967295"), true, 0, 4294967295 },
		{ STATE("\"database_revision\":4294967295,\"database_digest\":0"), true, 4294967295, 0 },
		{ STATE("\"database_revision\":4294967296,\"database_digest\":0"), false, 0, 0 },
		{ STATE("\"database_revision\":-1,\"database_digest\":0"), false, 0, 0 },
		{ STATE("\"database_revision\":1,\"database_digest\":-1"), false, 0, 0 },
		{ STATE("\"database_revision\":1.0,\"database_digest\":0"), false, 0, 0 },
		{ STATE("\"database_digest\":0"), false, 0, 0 }, { STATE("\"database_revision\":1"), false, 0, 0 },
	};
	struct kept_revision r;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (take(f, takeover_state, rows[i].text) != (rows[i].good ? TAKEOVER_WHOLE : TAKEOVER_DAMAGED))
			fail_msg("%s: %s", rows[i].text, f->why);
		assert_int_equal(kept_revision(f->kept, kept_station(f->kept, ""), &r), rows[i].good);
		if (rows[i].good) {
			assert_int_equal(r.revision, rows[i].revision);
			assert_int_equal(r.digest, rows[i].digest);
		} else {
			says(f, ": a number in it cannot be true, or it is of another format");
		}
	}
	assert_int_equal(take(f, takeover_state, "{\"format\":2,\"ups\":{}}"), TAKEOVER_DAMAGED);
	assert_int_equal(take(f, takeover_state, "{\"format\":1,\"ups\":{}}"), TAKEOVER_WHOLE);
	assert_int_equal(take(f, takeover_state, "{\"format\":1,\n]"), TAKEOVER_DAMAGED);
	assert_memory_equal(f->why + strlen(f->path), ":2: ", 4);
}

#define NUMBERS "\"database_revision\":1,\"database_digest\":2"

static void what_was_known_of_a_ups_is_known(void **state)
{
	struct fixture *f = *state;
	static const struct { const char *text; bool known; } rows[] = {
		{ STATE(NUMBERS ",\"identity\":{\"a\":1},\"not_managed\":[5]"), true }, { STATE(NUMBERS ",\"identity\":{\"a\":1},\"not_managed\":5"), false },
		{ STATE(NUMBERS ",\"identity\":[],\"not_managed\":[5]"), false }, { STATE(NUMBERS ",\"identity\":{}"), false },
		{ STATE(NUMBERS ",\"not_managed\":[]"), false }, { STATE(NUMBERS), false },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(take(f, takeover_state, rows[i].text), TAKEOVER_WHOLE);
		const json_t *ups = kept_ups(f->kept, kept_station(f->kept, ""));
		assert_int_equal(ups != NULL, rows[i].known);
		if (ups) {
			assert_int_equal(json_integer_value(json_object_get(json_object_get(ups, "identity"), "a")), 1);
			assert_int_equal(json_integer_value(json_array_get(json_object_get(ups, "not_managed"), 0)), 5);
		}
	}
	/* The name of a station has an end. */
	assert_int_equal(take(f, takeover_state, "{\"format\":1,\"ups\":{\"abcdefghijklmnopqrstuvwxyz0123456\":{" NUMBERS ",\"identity\":{},\"not_managed\":[]}}}"),
		TAKEOVER_DAMAGED);
	assert_int_equal(kept_stations(f->kept), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(sections_name_objects),
		T(keys_name_properties),
		T(options_have_their_place),
		T(numbers_can_be_true),
		T(what_was_known_of_a_ups_is_known),
	};
	return cmocka_run_group_tests_name("takeover", tests, NULL, NULL);
}
