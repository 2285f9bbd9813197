/* Stored texts: bounded, and the same after a round trip through settings.conf, whatever text it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "conf/store.h"

static struct store *reread(const char *text, size_t length)
{
	struct conf c;
	struct conf_errors e = { 0 };
	struct store *s = store_make();
	conf_defaults(&c);
	if (!conf_parse(&c, s, text, length, "s", &e))
		fail_msg("%d: %s in:\n%s", e.at[0].line, e.at[0].text, text);
	return s;
}

static void same(const struct store *a, const struct store *b)
{
	assert_int_equal(store_count(a), store_count(b));
	for (int i = 0; i < store_count(a); i++) {
		const struct stored_text *x = store_at(a, i), *y = store_at(b, i);
		assert_string_equal(x->ups, y->ups);
		assert_int_equal(x->type, y->type);
		assert_int_equal(x->instance, y->instance);
		assert_int_equal(x->key, y->key);
		assert_string_equal(x->text, y->text);
	}
}

static uint32_t rnd(uint32_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return *x;
}

/* A text of the pieces that files get wrong. */
static size_t random_text(uint32_t *seed, char *out, size_t max)
{
	static const char *const pieces[] = { " ", ";", "#", "\"", "\\", "\n", "\r", "\t", "=", "[", "]", "a", "Z9", "\x01", "\x7f", "\xc3\xa9",
		"\xe2\x82\xac", "\xf0\x9f\x94\x8b", " ;", "\\n", ":", "'" };
	size_t n = 0;
	for (uint32_t k = rnd(seed) % 60; k > 0; k--) {
		const char *p = pieces[rnd(seed) % (sizeof pieces / sizeof *pieces)];
		if (n + strlen(p) > max)
			break;
		memcpy(out + n, p, strlen(p));
		n += strlen(p);
	}
	return n;
}

static void any_text_survives(void **state)
{
	(void)state;
	uint32_t seed = (uint32_t)time(NULL) | 1;
	static const uint16_t types[] = { 8, 2, 19, 39, 56 };
	static const char *const names[] = { "", "rack-2" };
	print_message("seed %u\n", seed);
	for (int turn = 0; turn < 300; turn++) {
		struct store *s = store_make();
		for (uint32_t k = rnd(&seed) % 20; k > 0; k--) {
			char text[STORE_TEXT_MAX + 1];
			size_t n = random_text(&seed, text, STORE_TEXT_MAX);
			uint16_t type = types[rnd(&seed) % 5];
			uint32_t instance = type == 8 ? 0 : rnd(&seed) % 100;
			const char *ups = names[rnd(&seed) % 2];
			assert_int_not_equal(store_set(s, ups, type, instance, (enum store_key)(rnd(&seed) % 3), text, n), STORE_INVALID);
		}
		size_t length;
		char *text = store_serialise(s, &length);
		struct store *t = reread(text, length);
		same(s, t);
		free(text);
		store_free(s);
		store_free(t);
	}
}

static void options_are_not_lost(void **state)
{
	(void)state;
	const char *text = "[bacnet]\nport = 0xBAC1\ndevice_name = \"a \\x3b b\"\n[object device]\nname = x\n[ups:two]\nslave = 3\n";
	struct store *s = reread(text, strlen(text));
	assert_int_equal(store_set(s, "", 2, 5, STORE_DESCRIPTION, "y", 1), STORE_DONE);
	size_t length;
	char *out = store_serialise(s, &length);
	struct conf c;
	struct conf_errors e = { 0 };
	struct store *t = store_make();
	conf_defaults(&c);
	assert_true(conf_parse(&c, t, out, length, "s", &e));
	assert_int_equal(c.port, 0xbac1);
	assert_string_equal(c.device_name, "a ; b");
	assert_string_equal(c.ups[0].name, "two");
	assert_int_equal(c.ups[0].slave, 3);
	same(s, t);
	free(out);
	store_free(s);
	store_free(t);
}

static void the_table_is_bounded(void **state)
{
	(void)state;
	struct store *s = store_make();
	char text[STORE_TEXT_MAX + 2];
	memset(text, 'x', sizeof text);
	assert_int_equal(store_set(s, "", 2, 0, STORE_NAME, text, STORE_TEXT_MAX + 1), STORE_TOO_LONG);
	assert_int_equal(store_set(s, "", 2, 0, STORE_NAME, "\xff", 1), STORE_INVALID);
	assert_int_equal(store_set(s, "", 2, 0, STORE_NAME, "a\0b", 3), STORE_INVALID);
	static const char *const increments[] = { "", "x", "-1", "-0", "nan", "inf", "1e99", "1 ", "0x10" };
	for (size_t i = 0; i < sizeof increments / sizeof *increments; i++)
		assert_int_equal(store_set(s, "", 2, 0, STORE_COV_INCREMENT, increments[i], strlen(increments[i])), STORE_INVALID);
	assert_int_equal(store_count(s), 0);
	assert_int_equal(store_set(s, "", 2, 0, STORE_COV_INCREMENT, "0.5", 3), STORE_DONE);
	for (uint32_t i = 1; i < STORE_ENTRIES_MAX; i++)
		assert_int_equal(store_set(s, "", 2, i, STORE_NAME, text, STORE_TEXT_MAX), STORE_DONE);
	assert_int_equal(store_set(s, "", 2, 9999, STORE_NAME, "a", 1), STORE_FULL);
	assert_int_equal(store_set(s, "", 2, 5, STORE_NAME, text, STORE_TEXT_MAX), STORE_SAME);
	assert_int_equal(store_set(s, "", 2, 5, STORE_NAME, "b", 1), STORE_DONE);
	assert_string_equal(store_get(s, "", 2, 5, STORE_NAME), "b");
	assert_null(store_get(s, "x", 2, 5, STORE_NAME));
	assert_true(store_remove(s, "", 2, 5, STORE_NAME));
	assert_false(store_remove(s, "", 2, 5, STORE_NAME));
	assert_int_equal(store_set(s, "", 2, 9999, STORE_NAME, "a", 1), STORE_DONE);
	size_t length;
	char *out = store_serialise(s, &length);       /* the largest file that we write is one that we read */
	struct store *t = reread(out, length);
	same(s, t);
	free(out);
	store_free(s);
	store_free(t);
}

static void faults_are_named(void **state)
{
	(void)state;
	static const struct { const char *text; int line; const char *reason; } rows[] = {
		{ "[object analog-value:5]\nname = a\nname = b\n", 3, "given twice: name" },
		{ "[object analog-value:5]\nnome = a\n", 2, "unknown key: nome" },
		{ "[object analog-value:5]\ncov_increment = -1\n", 2, "not a text that may stand there" },
		{ "[object analog-value]\n", 1, "no such object: analog-value" },
		{ "[object device:3]\n", 1, "no such object: device:3" },
		{ "[object analog-value:4194303]\n", 1, "no such object: analog-value:4194303" },
		{ "[object analog-value:05]\n", 1, "no such object: analog-value:05" },
		{ "[object analog-value:-5]\n", 1, "no such object: analog-value:-5" },
		{ "[object A/device]\n", 1, "no such object: A/device" },
		{ "[object thing:1]\n", 1, "no such object: thing:1" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct conf c;
		struct conf_errors e = { 0 };
		struct store *s = store_make();
		conf_defaults(&c);
		assert_false(conf_parse(&c, s, rows[i].text, strlen(rows[i].text), "s", &e));
		assert_int_equal(e.at[0].line, rows[i].line);
		assert_string_equal(e.at[0].text, rows[i].reason);
		store_free(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_text_survives),
		cmocka_unit_test(options_are_not_lost),
		cmocka_unit_test(the_table_is_bounded),
		cmocka_unit_test(faults_are_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
