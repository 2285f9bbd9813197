/* Values that stand in a file: what goes in comes out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "conf/quote.h"

static void read_gives(const char *value, const char *text)
{
	char out[64];
	const char *why = NULL;
	assert_true(quote_read(value, out, sizeof out, &why));
	assert_string_equal(out, text);
}

static void read_refuses(const char *value, const char *reason)
{
	char out[8];
	const char *why = "";
	assert_false(quote_read(value, out, sizeof out, &why));
	assert_string_equal(why, reason);
}

static void values_are_read(void **state)
{
	(void)state;
	read_gives("", "");
	read_gives("plain words", "plain words");
	read_gives("a \"b\" \\n", "a \"b\" \\n");           /* not quoted: nothing is an escape */
	read_gives("\"\"", "");
	read_gives("\" a \\x3b \\\"b\\\" \\\\ \\n\\t\\r \\xC3\\xa9\"", " a ; \"b\" \\ \n\t\r \xc3\xa9");
}

static void faults_are_named(void **state)
{
	(void)state;
	read_refuses("\"abc", "the closing quote is missing (inside quotes a semicolon is \\x3b)");
	read_refuses("\"", "the closing quote is missing (inside quotes a semicolon is \\x3b)");
	read_refuses("\"a\"b", "something stands behind the closing quote");
	read_refuses("\"\\q\"", "unknown escape behind a backslash");
	read_refuses("\"\\x4\"", "unknown escape behind a backslash");
	read_refuses("\"\\", "unknown escape behind a backslash");
	read_refuses("\"\\x00\"", "a NUL is no text");
	read_refuses("12345678", "too long");
}

static void the_end_of_the_room_is_kept(void **state)
{
	(void)state;
	char out[9] = "xxxxxxxx";
	const char *why = NULL;
	assert_true(quote_read("1234567", out, 8, &why));
	assert_string_equal(out, "1234567");
	assert_int_equal(out[8], 0);
	assert_true(quote_read("\"1234567\"", out, 8, &why));
	assert_false(quote_read("\"12345678\"", out, 8, &why));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_read),
		cmocka_unit_test(faults_are_named),
		cmocka_unit_test(the_end_of_the_room_is_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
