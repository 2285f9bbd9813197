/* Command lines: what is taken, what is refused and in which words, what help says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/options.h"

struct mine {
	bool flag;
	const char *text, *full;
	int number;
	double real;
	int parsed;
};

static bool even(void *at, const char *text)
{
	int n = atoi(text);
	*(int *)at = n;
	return n % 2 == 0;
}

static const struct option_row rows[] = {
	{ "flag", 'f', NULL, "a flag", OPTION_FLAG, offsetof(struct mine, flag), 0, 0, NULL },
	{ "text", 't', "T", "a text", OPTION_TEXT, offsetof(struct mine, text), 0, 0, NULL },
	{ "full", 0, "T", "not empty", OPTION_TEXT, offsetof(struct mine, full), 1, 0, NULL },
	{ "number", 'n', "N", "a number", OPTION_NUMBER, offsetof(struct mine, number), -1, 65535, NULL },
	{ "real", 0, "R", "a real", OPTION_REAL, offsetof(struct mine, real), 0.5, 2, NULL },
	{ "parsed", 0, "EVEN", "an even number", OPTION_PARSED, offsetof(struct mine, parsed), 0, 0, even },
};
enum { ROWS = sizeof rows / sizeof rows[0] };

struct result {
	bool ok;
	struct mine mine;
	int first;
	uint64_t given;
	char why[120];
	char *argv[10];
};

static struct result parse(const char *const *words)
{
	struct result r = { .first = -1 };
	int n = 0;
	static char program[] = "program";
	r.argv[n++] = program;
	for (; *words; words++) {
		union { const char *in; char *out; } word = { .in = *words };     /* getopt moves the words and does not write to them */
		r.argv[n++] = word.out;
	}
	r.ok = options_parse(rows, ROWS, &r.mine, n, r.argv, &r.first, &r.given, r.why, sizeof r.why);
	return r;
}
#define PARSE(...) parse((const char *const[]){ __VA_ARGS__, NULL })

static void every_kind_is_taken(void **state)
{
	(void)state;
	struct result r = PARSE("one", "--flag", "--text=", "--full", "x", "-n", "0x10", "--real=0.5", "two");
	assert_true(r.ok);
	assert_true(r.mine.flag);
	assert_string_equal(r.mine.text, "");
	assert_string_equal(r.mine.full, "x");
	assert_int_equal(r.mine.number, 16);
	assert_true(r.mine.real == 0.5);
	assert_int_equal(r.given, 0x1F);
	assert_string_equal(r.argv[r.first], "one");
	assert_string_equal(r.argv[r.first + 1], "two");
	r = PARSE("-ft", "y", "--parsed", "4", "--", "--flag");
	assert_true(r.ok && r.mine.flag);
	assert_string_equal(r.mine.text, "y");
	assert_int_equal(r.mine.parsed, 4);
	assert_int_equal(r.given, 0x23);
	assert_string_equal(r.argv[r.first], "--flag");
	r = PARSE("x");
	assert_true(r.ok && r.given == 0 && r.first == 1);
}

static void bounds_are_included(void **state)
{
	(void)state;
	assert_true(PARSE("--number=65535").ok);
	assert_true(PARSE("--number=-1").ok);
	assert_true(PARSE("--real=2").ok);
}

static void refusals_are_named(void **state)
{
	(void)state;
	static const struct { const char *word, *why; } cases[] = {
		{ "--number=65536", "--number must be -1 to 65535, not 65536" }, { "--number=-2", "--number must be -1 to 65535, not -2" },
		{ "--number=", "--number must be -1 to 65535, not " }, { "--number=7x", "--number must be -1 to 65535, not 7x" },
		{ "--number=99999999999999999999", "--number must be -1 to 65535, not 99999999999999999999" },
		{ "--real=0.4", "--real must be 0.5 to 2, not 0.4" }, { "--real=nan", "--real must be 0.5 to 2, not nan" },
		{ "--full=", "--full must not be empty" }, { "--parsed=3", "--parsed must be EVEN, not 3" },
		{ "--wrong", "there is no option --wrong; try --help" }, { "--text", "--text needs a value" }, { "-n", "-n needs a value" },
		{ "-x", "there is no option -x; try --help" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct result r = PARSE(cases[i].word);
		assert_false(r.ok);
		assert_string_equal(r.why, cases[i].why);
	}
}

static void help_shows_what_is_asked_for(void **state)
{
	(void)state;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	options_print(f, rows, ROWS, 1u | 1u << 4);
	fclose(f);
	assert_string_equal(text, "  -f, --flag             a flag\n  --real R               a real\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_is_taken),
		cmocka_unit_test(bounds_are_included),
		cmocka_unit_test(refusals_are_named),
		cmocka_unit_test(help_shows_what_is_asked_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
