/* bacnet-ups password. */
#include "tools/testing.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/password.h"

static char directory[] = "/tmp/tool-password-XXXXXX";

static int run(const char *what, const char *typed, int status, const char *err)
{
	struct fake f = { .typed = typed };
	char line[128];
	snprintf(line, sizeof line, "password|--state-dir|%s|%s", directory, what);
	RUNS(&f, line, status, "", err);
	fake_end(&f);
	return 0;
}

static bool fits(const char *name, const char *text)
{
	char path[64];
	snprintf(path, sizeof path, "%s/passwords", directory);
	return password_fits(path, name, text, strlen(text));
}

static void a_password_is_kept_for_each_command(void **state)
{
	(void)state;
	char path[64];
	struct stat st;
	run("dcc", "filister\n", 0, "");
	assert_true(fits("dcc", "filister"));
	run("reinitialize", "without an end", 0, "");
	assert_true(fits("reinitialize", "without an end"));
	assert_true(fits("dcc", "filister"));
	snprintf(path, sizeof path, "%s/passwords", directory);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	unlink(path);
}

static void what_is_none_is_refused(void **state)
{
	(void)state;
	static const char *const typed[] = { "", "\n", "123456789012345678901\n", "\xFF\n",
		"12345678901234567890123456789012345678901234567890123456789012345678901234567890123456789\n" };
	for (size_t i = 0; i < sizeof typed / sizeof *typed; i++)
		run("dcc", typed[i], 1, "bacnet-ups password: a password has 1 to 20 characters\n");
	run("backup", "filister\n", 2, "bacnet-ups password: backup: it is dcc or reinitialize\n");
	struct fake f = { .typed = "filister\n" };
	assert_int_equal(fake_run(&f, "password|--state-dir|/nowhere/at/all|dcc"), 1);
	assert_string_equal(f.err, "bacnet-ups password: /nowhere/at/all/passwords: cannot be written: No such file or directory\n");
	fake_end(&f);
}

static int make(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int clear(void **state)
{
	(void)state;
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_password_is_kept_for_each_command), cmocka_unit_test(what_is_none_is_refused),
	};
	return cmocka_run_group_tests(tests, make, clear);
}
