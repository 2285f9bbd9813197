/* Whole files: read, replaced, and every way in which that can fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"

struct place {
	char dir[32], path[64], temporary[80];
};

static int enter(void **state)
{
	struct place *p = calloc(1, sizeof *p);
	strcpy(p->dir, "/tmp/file-test-XXXXXX");
	if (!mkdtemp(p->dir))
		return -1;
	snprintf(p->path, sizeof p->path, "%s/a", p->dir);
	snprintf(p->temporary, sizeof p->temporary, "%s.new", p->path);
	*state = p;
	return 0;
}

static int leave(void **state)
{
	struct place *p = *state;
	unlink(p->path);
	rmdir(p->path);
	unlink(p->temporary);
	rmdir(p->dir);
	free(p);
	return 0;
}

static void what_is_written_is_read(void **state)
{
	struct place *p = *state;
	struct err_at why;
	struct stat st;
	size_t n = 99;
	assert_true(file_replace(p->path, "one\n", 4, &why));
	assert_true(file_replace(p->path, "t\0o\n", 4, &why));
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(stat(p->temporary, &st), -1);
	char *text = file_read(p->path, 4, &n, &why);
	assert_non_null(text);
	assert_int_equal(n, 4);
	assert_memory_equal(text, "t\0o\n\0", 5);
	free(text);
	assert_true(file_replace(p->path, "", 0, NULL));
	text = file_read(p->path, 0, &n, &why);
	assert_non_null(text);
	assert_int_equal(n, 0);
	assert_int_equal(text[0], 0);
	free(text);
}

static void a_file_has_a_bound(void **state)
{
	struct place *p = *state;
	struct err_at why;
	size_t n;
	assert_true(file_replace(p->path, "12345", 5, &why));
	assert_null(file_read(p->path, 4, &n, &why));
	assert_int_equal(errno, EFBIG);
	assert_string_equal(why.file, p->path);
	assert_string_equal(why.text, "is too large: more than 4 octets");
}

static void what_is_no_file_is_not_read(void **state)
{
	struct place *p = *state;
	struct err_at why;
	size_t n;
	assert_null(file_read(p->path, 10, &n, &why));
	assert_int_equal(errno, ENOENT);
	assert_string_equal(why.text, "cannot be read: No such file or directory");
	assert_null(file_read(p->dir, 10, &n, &why));
	assert_string_equal(why.text, "is not a file");
	assert_int_equal(mkfifo(p->path, 0600), 0);              /* does not wait for a writer */
	assert_null(file_read(p->path, 10, &n, &why));
	assert_string_equal(why.text, "is not a file");
}

static void what_cannot_be_replaced_stays(void **state)
{
	struct place *p = *state;
	struct err_at why;
	size_t n;
	char far[5000];
	assert_true(file_replace(p->path, "one", 3, &why));
	assert_int_equal(symlink("/dev/null", p->temporary), 0);         /* somebody else's link is not followed */
	assert_false(file_replace(p->path, "two", 3, &why));
	assert_string_equal(why.file, p->temporary);
	char *text = file_read(p->path, 10, &n, &why);
	assert_string_equal(text, "one");
	free(text);
	unlink(p->temporary);
	unlink(p->path);
	assert_int_equal(mkdir(p->path, 0700), 0);               /* cannot be renamed over: the temporary file does not stay */
	assert_false(file_replace(p->path, "two", 3, &why));
	assert_string_equal(why.text, "cannot be written: Is a directory");
	assert_int_equal(access(p->temporary, F_OK), -1);
	memset(far, 'a', sizeof far - 1);
	far[sizeof far - 1] = 0;
	assert_false(file_replace(far, "x", 1, &why));
	assert_string_equal(why.text, "the path is too long");
	assert_false(file_replace("/nonexistent/a", "x", 1, &why));
	assert_string_equal(why.text, "cannot be written: No such file or directory");
}

static void a_name_without_directory_is_here(void **state)
{
	struct place *p = *state;
	struct err_at why;
	assert_int_equal(chdir(p->dir), 0);
	assert_true(file_replace("a", "one", 3, &why));
	assert_int_equal(access(p->path, F_OK), 0);
	assert_int_equal(chdir("/"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_written_is_read, enter, leave),
		cmocka_unit_test_setup_teardown(a_file_has_a_bound, enter, leave),
		cmocka_unit_test_setup_teardown(what_is_no_file_is_not_read, enter, leave),
		cmocka_unit_test_setup_teardown(what_cannot_be_replaced_stays, enter, leave),
		cmocka_unit_test_setup_teardown(a_name_without_directory_is_here, enter, leave),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
