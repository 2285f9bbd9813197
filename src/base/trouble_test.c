/* base on a machine in trouble: each call that can fail fails once, and the answer names the place, leaves the file, and holds nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "base/password.h"
#include "base/queue.h"
#include "base/random.h"
#include "tests/trouble/trouble.h"

struct place {
	char dir[32], path[64], temporary[80];
};

static int enter(void **state)
{
	struct place *p = calloc(1, sizeof *p);
	strcpy(p->dir, "/tmp/trouble-XXXXXX");
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
	trouble_end();
	unlink(p->path);
	unlink(p->temporary);
	rmdir(p->dir);
	free(p);
	return 0;
}

static void complaint_is(const struct err_at *why, const char *path, const char *text)
{
	char is[400], expected[400];
	snprintf(expected, sizeof expected, "%s: %s", path, text);
	assert_string_equal(err_format(why, is, sizeof is), expected);
}

static void contains(const struct place *p, const char *expected)
{
	size_t n;
	char *text = file_read(p->path, 100, &n, NULL);
	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void a_file_that_cannot_be_read_is_named(void **state)
{
	struct place *p = *state;
	static const struct { const char *call; int nth, error, said; const char *text; } rows[] = {
		{ "read", 1, EIO, EIO, "cannot be read: Input/output error" }, { "read", 2, EIO, EIO, "cannot be read: Input/output error" },
		{ "malloc", 1, ENOMEM, ENOMEM, "cannot be read: Cannot allocate memory" }, { "fstat64", 1, EIO, EINVAL, "is not a file" },
	};
	assert_true(file_replace(p->path, "one", 3, NULL));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct err_at why = { .line = 7 };
		size_t n, held = trouble_octets_held();
		int open = trouble_descriptors_open();
		for (int again = 0; again < 40; again++) {
			trouble_at(rows[i].call, rows[i].nth, rows[i].error);
			errno = 0;
			assert_null(file_read(p->path, 100, &n, &why));
			assert_int_equal(errno, rows[i].said);
			assert_true(trouble_came());
		}
		complaint_is(&why, p->path, rows[i].text);
		assert_int_equal(trouble_descriptors_open(), open);
		assert_in_range(trouble_octets_held(), 0, held + 39 * 16);       /* less than one piece a turn */
	}
}

static void whole_bounds_leave_nothing(void **state)
{
	struct place *p = *state;
	struct err_at why = { .line = 7 };
	size_t n, held = 0;
	assert_true(file_replace(p->path, "12345", 5, &why));
	for (int i = 0; i < 200; i++) {
		assert_null(file_read(p->path, 4, &n, &why));
		if (i == 20)
			held = trouble_octets_held();
	}
	assert_int_equal(trouble_octets_held(), held);
	complaint_is(&why, p->path, "is too large: more than 4 octets");
	why.line = 7;
	assert_null(file_read(p->dir, 4, &n, &why));
	complaint_is(&why, p->dir, "is not a file");
	why.line = 7;
	assert_null(file_read(p->temporary, 4, &n, &why));
	complaint_is(&why, p->temporary, "cannot be read: No such file or directory");
}

static void an_interrupted_call_is_made_again(void **state)
{
	struct place *p = *state;
	trouble_at("write", 1, EINTR);
	assert_true(file_replace(p->path, "one", 3, NULL));
	assert_true(trouble_came());
	trouble_at("read", 1, EINTR);
	contains(p, "one");
	assert_true(trouble_came());
}

static void a_file_that_cannot_be_written_stays(void **state)
{
	struct place *p = *state;
	static const struct { const char *call; int nth, error; bool private, replaced; const char *text; } rows[] = {
		{ "write", 1, ENOSPC, false, false, "cannot be written: No space left on device" }, { "fsync", 1, EIO, false, false, "cannot be written: Input/output error" },
		{ "fsync", 2, EIO, false, true, "written, but its directory cannot be synced: Input/output error" },
		{ "fstat64", 1, EIO, true, false, "cannot be written: Input/output error" }, { "write", 1, ENOSPC, true, false, "cannot be written: No space left on device" },
		{ "fsync", 1, EIO, true, false, "cannot be written: Input/output error" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct err_at why = { .line = 7 };
		assert_true(file_replace(p->path, "one", 3, NULL));
		int open = trouble_descriptors_open();
		trouble_at(rows[i].call, rows[i].nth, rows[i].error);
		assert_false((rows[i].private ? file_replace_private : file_replace)(p->path, "two", 3, &why));
		assert_true(trouble_came());
		complaint_is(&why, p->path, rows[i].text);
		contains(p, rows[i].replaced ? "two" : "one");
		assert_int_equal(access(p->temporary, F_OK), -1);
		assert_int_equal(trouble_descriptors_open(), open);
	}
}

static void complaints_of_places_have_no_line(void **state)
{
	struct place *p = *state;
	struct err_at why = { .line = 7 };
	char far[5000];
	assert_int_equal(symlink("/dev/null", p->temporary), 0);
	assert_false(file_replace(p->path, "two", 3, &why));
	complaint_is(&why, p->temporary, "cannot be written: Too many levels of symbolic links");
	memset(far, 'a', sizeof far - 1);
	far[sizeof far - 1] = 0;
	why.line = 7;
	assert_false(file_replace(far, "x", 1, &why));
	assert_int_equal(why.line, 0);
	memset(far, 'a', 4096 - 5);              /* PATH_MAX with ".new" and its end, and one more */
	far[4096 - 5] = 0;
	assert_false(file_replace(far, "x", 1, &why));
	assert_string_not_equal(why.text, "the path is too long");
	memset(far, 'a', 4096 - 4);
	far[4096 - 4] = 0;
	assert_false(file_replace(far, "x", 1, &why));
	assert_string_equal(why.text, "the path is too long");
}

/* A service may be started without standard input: descriptor 0 is one like any other. */
static void descriptor_zero_is_a_descriptor(void **state)
{
	struct place *p = *state;
	int kept = dup(0);
	if (kept >= 0)
		close(0);
	bool written = file_replace(p->path, "one", 3, NULL), private = file_replace_private(p->path, "two", 3, NULL);
	size_t n = 0;
	char *text = file_read(p->path, 100, &n, NULL);
	bool shut = fcntl(0, F_GETFD) < 0;
	if (kept >= 0) {
		dup2(kept, 0);
		close(kept);
	}
	assert_true(written);
	assert_true(private);
	assert_non_null(text);
	assert_int_equal(n, 3);
	assert_true(shut);
	free(text);
}

static void a_complaint_that_nobody_wants_is_one(void **state)
{
	(void)state;
	assert_false(err_set(NULL, "a", 1, "b"));
}

static void a_line_that_cannot_be_formatted_is_none(void **state)
{
	(void)state;
	int fds[2];
	char text[10];
	static const wchar_t no_character[] = { 0x7FFFFFF0, 0 };
	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	struct log log = { .fd = fds[1], .level = LOG_LEVEL_INFO };
	log_line(&log, LOG_LEVEL_INFO, "%ls", no_character);
	assert_int_equal(read(fds[0], text, sizeof text), -1);
	log_line(&log, LOG_LEVEL_INFO, "%s", "");            /* an empty one is one */
	assert_int_equal(read(fds[0], text, sizeof text), 1);
	close(fds[0]);
	close(fds[1]);
}

static void passwords_say_why_they_are_not_kept(void **state)
{
	struct place *p = *state;
	struct err_at why = { .line = 7 };
	assert_false(password_keep(p->path, "dcc", "", 0, &why));
	complaint_is(&why, p->path, "a password has 1 to 20 characters");
	why.line = 7;
	assert_int_equal(access(p->path, F_OK), -1);
	assert_true(password_keep(p->path, "dcc", "x", 1, &why));
	trouble_at("read", 1, EIO);
	assert_false(password_keep(p->path, "dcc", "y", 1, &why));
	complaint_is(&why, p->path, "cannot be read: Input/output error");
	assert_true(password_fits(p->path, "dcc", "x", 1));
	/* "dcc HASH\n" and one line of others: whole at 16384 octets, refused at one more */
	size_t own, n;
	char *text = file_read(p->path, 1000, &own, &why);
	free(text);
	static char line[16400];
	memset(line, 'x', sizeof line);
	assert_true(file_replace(p->path, line, 16384 - own - 1, &why));
	assert_true(password_keep(p->path, "dcc", "x", 1, &why));
	text = file_read(p->path, 16384, &n, &why);
	assert_non_null(text);
	assert_int_equal(n, 16384);
	free(text);
	assert_true(file_replace(p->path, line, 16384 - own, &why));
	why.line = 7;
	assert_false(password_keep(p->path, "dcc", "x", 1, &why));
	complaint_is(&why, p->path, "is too large for another password");
}

static void passwords_hold_no_memory(void **state)
{
	struct place *p = *state;
	struct err_at why;
	size_t held = 0;
	assert_true(password_keep(p->path, "dcc", "x", 1, &why));
	for (int i = 0; i < 8; i++) {
		assert_true(password_keep(p->path, "dcc", "x", 1, &why));
		assert_true(password_fits(p->path, "dcc", "x", 1));
		assert_false(password_fits(p->path, "web", "x", 1));
		if (i == 2)
			held = trouble_octets_held();
	}
	assert_int_equal(trouble_octets_held(), held);
}

static void randomness_is_waited_for(void **state)
{
	(void)state;
	uint8_t a[32] = { 0 };
	trouble_at("getrandom", 1, EINTR);
	random_octets(a, sizeof a);
	assert_true(trouble_came());
	assert_memory_not_equal(a, ((uint8_t[32]){ 0 }), sizeof a);
}

static void without_randomness_nothing_goes_on(void **state)
{
	(void)state;
	pid_t child = fork();
	if (child == 0) {
		uint8_t a[4];
		signal(SIGABRT, SIG_DFL);
		trouble_at("getrandom", 1, ENOSYS);
		random_octets(a, sizeof a);
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void a_queue_without_memory_is_none(void **state)
{
	(void)state;
	trouble_at("calloc", 1, ENOMEM);
	assert_null(queue_make(8, 2, NULL, NULL));
	queue_free(NULL);
	size_t held = 0;
	for (int i = 0; i < 40; i++) {
		queue_free(queue_make(8, 2000, NULL, NULL));
		if (i == 10)
			held = trouble_octets_held();
	}
	assert_int_equal(trouble_octets_held(), held);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_file_that_cannot_be_read_is_named, enter, leave),
		cmocka_unit_test_setup_teardown(whole_bounds_leave_nothing, enter, leave),
		cmocka_unit_test_setup_teardown(an_interrupted_call_is_made_again, enter, leave),
		cmocka_unit_test_setup_teardown(a_file_that_cannot_be_written_stays, enter, leave),
		cmocka_unit_test_setup_teardown(complaints_of_places_have_no_line, enter, leave),
		cmocka_unit_test_setup_teardown(descriptor_zero_is_a_descriptor, enter, leave),
		cmocka_unit_test(a_complaint_that_nobody_wants_is_one),
		cmocka_unit_test(a_line_that_cannot_be_formatted_is_none),
		cmocka_unit_test_setup_teardown(passwords_say_why_they_are_not_kept, enter, leave),
		cmocka_unit_test_setup_teardown(passwords_hold_no_memory, enter, leave),
		cmocka_unit_test(randomness_is_waited_for),
		cmocka_unit_test(without_randomness_nothing_goes_on),
		cmocka_unit_test(a_queue_without_memory_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
