/* Passwords in their file, and files that nobody else may read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/password.h"

struct place {
	char directory[32], path[48];
};

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof *p);
	strcpy(p->directory, "/tmp/password-XXXXXX");
	if (!mkdtemp(p->directory))
		return -1;
	snprintf(p->path, sizeof p->path, "%s/passwords", p->directory);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;
	unlink(p->path);
	rmdir(p->directory);
	free(p);
	return 0;
}

static bool fits(const struct place *p, const char *name, const char *text)
{
	return password_fits(p->path, name, text, strlen(text));
}

static bool keep(const struct place *p, const char *name, const char *text)
{
	struct err_at why;
	return password_keep(p->path, name, text, strlen(text), &why);
}

static void one_that_is_kept_fits_and_no_other(void **state)
{
	struct place *p = *state;
	assert_false(fits(p, "dcc", "filister"));
	assert_true(keep(p, "dcc", "filister"));
	assert_true(fits(p, "dcc", "filister"));
	assert_false(fits(p, "dcc", "filiste"));
	assert_false(fits(p, "dcc", "filisterr"));
	assert_false(fits(p, "dcc", ""));
	assert_false(fits(p, "dc", "filister"));
	assert_false(fits(p, "reinitialize", "filister"));
	assert_true(keep(p, "reinitialize", "another"));
	assert_true(fits(p, "dcc", "filister"));
	assert_true(fits(p, "reinitialize", "another"));
	assert_true(keep(p, "dcc", "new one"));
	assert_false(fits(p, "dcc", "filister"));
	assert_true(fits(p, "dcc", "new one"));
	assert_true(fits(p, "reinitialize", "another"));
}

static void the_file_shows_no_password_and_is_private(void **state)
{
	struct place *p = *state;
	struct err_at why;
	struct stat st;
	size_t n;
	assert_true(keep(p, "dcc", "filister"));
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	char *text = file_read(p->path, 1000, &n, &why);
	assert_non_null(text);
	assert_memory_equal(text, "dcc $argon2id$v=19$m=8192,t=3,p=1$", 34);
	assert_null(strstr(text, "filister"));
	assert_int_equal(text[n - 1], '\n');
	free(text);
	/* what stands where the temporary file should be is not written into */
	char temporary[64];
	snprintf(temporary, sizeof temporary, "%s.new", p->path);
	assert_int_equal(link(p->path, temporary), 0);
	struct stat before, after;
	assert_int_equal(stat(p->path, &before), 0);
	assert_true(keep(p, "reinitialize", "another"));
	assert_int_equal(stat(p->path, &after), 0);
	assert_true(before.st_ino != after.st_ino);
	assert_int_equal(access(temporary, F_OK), -1);
}

static void twenty_characters_and_no_more(void **state)
{
	struct place *p = *state;
	static const char twenty[] = "\xC3\xA9" "234567890123456789" "\xE2\x82\xAC";
	assert_int_equal(password_shape(twenty, strlen(twenty)), PASSWORD_FINE);
	assert_int_equal(password_shape("123456789012345678901", 21), PASSWORD_TOO_LONG);
	assert_int_equal(password_shape("", 0), PASSWORD_NO_TEXT);
	assert_int_equal(password_shape("a\xFF", 2), PASSWORD_NO_TEXT);
	assert_true(keep(p, "dcc", twenty));
	assert_true(fits(p, "dcc", twenty));
	assert_false(keep(p, "dcc", "123456789012345678901"));
	assert_false(keep(p, "dcc", ""));
	assert_true(fits(p, "dcc", twenty));
}

/* A file that somebody wrote: no line of it crashes, and no hash that costs more than ours is tried. */
static void what_is_no_hash_of_ours_fits_nothing(void **state)
{
	struct place *p = *state;
	struct err_at why;
	static const char *const files[] = { "dcc", "dcc ", "dcc x\n", "\n\ndcc filister\n",
		"dcc $argon2id$v=19$m=1048576,t=9,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
		"dcc $argon2id$v=19$m=8192,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n" };
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		assert_true(file_replace(p->path, files[i], strlen(files[i]), &why));
		assert_false(fits(p, "dcc", "filister"));
	}
	/* other lines stay */
	assert_true(file_replace(p->path, "web hash\nlast", 13, &why));
	assert_true(keep(p, "dcc", "filister"));
	assert_true(fits(p, "dcc", "filister"));
	size_t n;
	char *text = file_read(p->path, 1000, &n, &why);
	assert_non_null(strstr(text, "\nweb hash\nlast\n"));
	free(text);
}

static void a_file_that_is_too_large_is_left_alone(void **state)
{
	struct place *p = *state;
	struct err_at why;
	static char large[16385];
	memset(large, 'x', sizeof large);
	assert_true(file_replace(p->path, large, sizeof large, &why));
	assert_false(keep(p, "dcc", "filister"));
	assert_true(file_replace(p->path, large, sizeof large - 1, &why));
	assert_false(keep(p, "dcc", "filister"));        /* it would become too large to be read */
	assert_true(file_replace(p->path, large, 16000, &why));
	assert_true(keep(p, "dcc", "filister"));
	assert_true(fits(p, "dcc", "filister"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_that_is_kept_fits_and_no_other, setup, teardown),
		cmocka_unit_test_setup_teardown(the_file_shows_no_password_and_is_private, setup, teardown),
		cmocka_unit_test_setup_teardown(twenty_characters_and_no_more, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_hash_of_ours_fits_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(a_file_that_is_too_large_is_left_alone, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
