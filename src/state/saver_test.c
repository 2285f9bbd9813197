/* The saver on virtual time, over a disk that counts, fails when it is told to, and is looked at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "state/saver.h"

static struct disk {                     /* file_replace() has no context: one disk for all tests */
	int replaced;
	bool full;
	char path[32], text[32];
} disk;

static bool replace(const char *path, const char *text, size_t length, struct err_at *why)
{
	if (disk.full)
		return err_set(why, path, 0, "no space left");
	assert_int_equal(strlen(text), length);
	disk.replaced++;
	snprintf(disk.path, sizeof disk.path, "%s", path);
	snprintf(disk.text, sizeof disk.text, "%s", text);
	return true;
}

struct fixture {
	struct ev_loop *loop;
	struct saver saver;
	struct log log;
	int pipe[2];                     /* of the log */
	int value, done, failed;
	bool no_memory;
};

static char *serialise(void *ctx, size_t *length)
{
	struct fixture *f = ctx;
	char *text = NULL;
	if (f->no_memory)
		return NULL;
	int n = asprintf(&text, "value %d", f->value);
	*length = (size_t)n;
	return text;
}

static void done(void *ctx, bool ok)
{
	struct fixture *f = ctx;
	f->done++;
	f->failed += !ok;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	disk = (struct disk){ 0 };
	if (pipe(f->pipe) != 0)
		return -1;
	f->log = (struct log){ .fd = f->pipe[1], .level = LOG_LEVEL_INFO };
	f->loop = ev_loop_make_virtual((struct mono){ 1000000000 });
	saver_init(&f->saver, f->loop, &(struct saver_conf){ .log = &f->log, .path = "/state/file", .max = 16, .replace = replace,
		.serialise = serialise, .done = done, .ctx = f });
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	saver_close(&f->saver);
	ev_loop_free(f->loop);
	close(f->pipe[0]);
	close(f->pipe[1]);
	free(f);
	return 0;
}

static void logged(struct fixture *f, const char *lines)
{
	char text[2000] = "";
	assert_int_equal(write(f->pipe[1], "", 1), 1);           /* an end that is there in any case */
	ssize_t n = read(f->pipe[0], text, sizeof text - 1);
	assert_true(n > 0);
	assert_string_equal(text, lines);
}

static void what_is_touched_is_on_disk_at_once(void **state)
{
	struct fixture *f = *state;
	ev_advance(f->loop, 60000);
	assert_int_equal(disk.replaced, 0);
	f->value = 7;
	uint64_t change = saver_touch(&f->saver);
	assert_false(saver_saved(&f->saver, change));
	ev_advance(f->loop, 0);
	assert_string_equal(disk.path, "/state/file");
	assert_string_equal(disk.text, "value 7");
	assert_true(saver_saved(&f->saver, change));
	assert_false(saver_saved(&f->saver, change + 1));
	assert_int_equal(f->done, 1);
	assert_int_equal(f->failed, 0);
	ev_advance(f->loop, 60000);
	assert_int_equal(disk.replaced, 1);
	logged(f, "");
}

/* One touch a millisecond for ten seconds: four replacements a second, the first at once, the last with the last value. */
static void finding_3_6_the_pause_holds_whatever_writes(void **state)
{
	struct fixture *f = *state;
	for (int ms = 1; ms <= 10000; ms++) {
		f->value = ms;
		saver_touch(&f->saver);
		ev_advance(f->loop, 1);
	}
	assert_int_equal(disk.replaced, 10000 / SAVER_PAUSE_MS + 1);
	assert_string_equal(disk.text, "value 10000");
	ev_advance(f->loop, 60000);
	assert_int_equal(disk.replaced, 10000 / SAVER_PAUSE_MS + 1);
}

static void the_pause_is_exact(void **state)
{
	struct fixture *f = *state;
	saver_touch(&f->saver);
	ev_advance(f->loop, 0);
	saver_touch(&f->saver);
	ev_advance(f->loop, SAVER_PAUSE_MS - 1);
	assert_int_equal(disk.replaced, 1);
	ev_advance(f->loop, 1);
	assert_int_equal(disk.replaced, 2);
}

static void a_full_disk_is_told_once_and_tried_again(void **state)
{
	struct fixture *f = *state;
	disk.full = true;
	f->value = 1;
	uint64_t change = saver_touch(&f->saver);
	ev_advance(f->loop, 0);
	assert_true(saver_failed(&f->saver));
	assert_false(saver_saved(&f->saver, change));
	assert_int_equal(f->failed, 1);
	logged(f, "error: not saved: /state/file: no space left\n");
	saver_touch(&f->saver);
	ev_advance(f->loop, SAVER_RETRY_MS - 1);                 /* a touch does not hasten it */
	assert_int_equal(f->failed, 1);
	ev_advance(f->loop, 1);
	assert_int_equal(f->failed, 2);
	ev_advance(f->loop, 10 * SAVER_RETRY_MS);
	assert_int_equal(f->failed, 12);
	disk.full = false;
	f->value = 2;
	ev_advance(f->loop, SAVER_RETRY_MS);
	assert_false(saver_failed(&f->saver));
	assert_int_equal(disk.replaced, 1);
	assert_string_equal(disk.text, "value 2");
	logged(f, "/state/file is saved again\n");
	ev_advance(f->loop, 10 * SAVER_RETRY_MS);
	assert_int_equal(disk.replaced, 1);
}

static void no_memory_is_a_failure_like_another(void **state)
{
	struct fixture *f = *state;
	f->no_memory = true;
	saver_touch(&f->saver);
	ev_advance(f->loop, 0);
	assert_true(saver_failed(&f->saver));
	assert_int_equal(f->failed, 1);
	logged(f, "error: not saved: /state/file: no memory\n");
	f->no_memory = false;
	ev_advance(f->loop, SAVER_RETRY_MS);
	assert_int_equal(disk.replaced, 1);
	logged(f, "/state/file is saved again\n");
}

/* Sixteen octets are all that can be read again. */
static void what_could_not_be_read_again_is_not_written(void **state)
{
	struct fixture *f = *state;
	f->value = 2147483647;
	saver_touch(&f->saver);
	ev_advance(f->loop, 0);
	assert_int_equal(disk.replaced, 1);
	f->value = -2147483647;
	saver_touch(&f->saver);
	ev_advance(f->loop, SAVER_RETRY_MS);
	assert_true(saver_failed(&f->saver));
	assert_string_equal(f->saver.why.text, "it would have 17 octets, and more than 16 are not read again");
	logged(f, "error: not saved: /state/file: it would have 17 octets, and more than 16 are not read again\n");
	saver_close(&f->saver);
	assert_false(saver_finish(&f->saver));
	assert_int_equal(disk.replaced, 1);
	assert_string_equal(disk.text, "value 2147483647");
}

/* What was written in the last milliseconds before the end is not lost. */
static void the_end_writes_what_is_left(void **state)
{
	struct fixture *f = *state;
	f->value = 1;
	saver_touch(&f->saver);
	saver_close(&f->saver);
	ev_advance(f->loop, 60000);
	assert_int_equal(disk.replaced, 0);
	f->value = 2;
	saver_touch(&f->saver);                                  /* nothing begins any more */
	ev_advance(f->loop, 60000);
	assert_int_equal(disk.replaced, 0);
	assert_true(saver_finish(&f->saver));
	assert_int_equal(disk.replaced, 1);
	assert_string_equal(disk.text, "value 2");
}

static void the_end_writes_nothing_when_all_is_there(void **state)
{
	struct fixture *f = *state;
	saver_touch(&f->saver);
	ev_advance(f->loop, 0);
	saver_close(&f->saver);
	assert_true(saver_finish(&f->saver));
	assert_int_equal(disk.replaced, 1);
}

static void an_end_without_a_disk_is_told(void **state)
{
	struct fixture *f = *state;
	disk.full = true;
	saver_touch(&f->saver);
	saver_close(&f->saver);
	assert_false(saver_finish(&f->saver));
	logged(f, "error: not saved: /state/file: no space left\n");
	f->no_memory = true;
	assert_false(saver_finish(&f->saver));
	logged(f, "error: not saved: /state/file: no memory\n");
}

int main(void)
{
#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		ON_DISK(what_is_touched_is_on_disk_at_once),
		ON_DISK(finding_3_6_the_pause_holds_whatever_writes),
		ON_DISK(the_pause_is_exact),
		ON_DISK(a_full_disk_is_told_once_and_tried_again),
		ON_DISK(what_could_not_be_read_again_is_not_written),
		ON_DISK(no_memory_is_a_failure_like_another),
		ON_DISK(the_end_writes_what_is_left),
		ON_DISK(the_end_writes_nothing_when_all_is_there),
		ON_DISK(an_end_without_a_disk_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
