/* Setting the clock of the UPS: the one thing that is written, on virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "family/family.h"
#include "field/fake_ups.h"
#include "field/session.h"

enum { CLOCK_AT = 0x1360 };

struct fixture {
	struct fake_ups ups;
	struct source_conf conf;
	struct session *session;
	struct log log;
	int pipe[2];
	struct snapshot last;
	struct ups_clock wanted;         /* valid: it waits */
};

static void published(void *ctx, const struct snapshot *s)
{
	((struct fixture *)ctx)->last = *s;
}

static bool take(void *ctx, struct ups_clock *c)
{
	struct fixture *f = ctx;
	bool waits = f->wanted.valid;
	*c = f->wanted;
	f->wanted.valid = false;
	return waits;
}

/* The map of the MASTERYS, whose notes do not say that its clock may be written, as one whose do. */
static void write_map(char path[64])
{
	const struct family_text *map = NULL;
	for (int i = 0; i < family_builtin_count(); i++)
		map = strcmp(family_builtin(i)->id, "masterys") == 0 ? family_builtin(i) : map;
	const char *at = memmem(map->text, map->length, "clock optional", 14);
	assert_non_null(at);
	strcpy(path, "/tmp/clock-map-XXXXXX");
	FILE *out = fdopen(mkstemp(path), "w");
	fwrite(map->text, 1, (size_t)(at - map->text), out);
	fputs("clock writable optional", out);
	fwrite(at + 14, 1, map->length - (size_t)(at + 14 - map->text), out);
	fclose(out);
}

static void run(struct fixture *f, int64_t ms)
{
	f->ups.end = mono_add_ms(f->ups.now, ms);
	while (session_step(f->session))
		;
}

static struct fixture *begin(bool writable)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct line line = { &fake_ops, &f->ups };
	static const struct { uint16_t at; uint8_t count; } tables[] = { { 0, 12 }, { 0x20, 6 }, { 0x40, 4 }, { 0x60, 48 }, { 0xE0, 32 }, { 0x360, 4 } };
	f->ups.now = (struct mono){ 1000000000 };
	f->ups.baud = 9600;
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		fake_table(&f->ups, (uint16_t)(0x1000 + tables[i].at), tables[i].count);
	f->ups.word[0x1000] = 4711;
	f->ups.word[0x10ED] = 2;
	f->ups.word[0x1020] = 7;
	f->ups.word[0x1361] = f->ups.word[0x1362] = 1 << 8 | 1;
	assert_int_equal(pipe(f->pipe), 0);
	f->log = (struct log){ .fd = f->pipe[1], .level = LOG_LEVEL_INFO };
	f->conf = (struct source_conf){ .link = "/dev/ttyFAKE", .family = "masterys", .parity = 'N', .baud = 9600, .slave = 1, .timeout_ms = 500,
		.retries = 2 };
	if (writable)
		write_map(f->conf.family);
	f->session = session_make(&f->conf, &line, &f->log, published, f);
	session_take_clock(f->session, take);
	run(f, 5000);
	assert_true(f->last.complete);
	f->ups.logged = 0;
	return f;
}

static const char *log_of(struct fixture *f)
{
	static char text[20000];
	ssize_t n = read(f->pipe[0], text, sizeof text - 1);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void done(struct fixture *f)
{
	if (f->conf.family[0] == '/')
		unlink(f->conf.family);
	session_free(f->session);
	close(f->pipe[0]);
	close(f->pipe[1]);
	free(f);
}

/* Saturday, 28 February 2026, 23:59:58, at this moment. */
static void want(struct fixture *f)
{
	f->wanted = (struct ups_clock){ .valid = true, .year = 2026, .month = 2, .day = 28, .weekday = 6, .hour = 23, .minute = 59, .second = 58,
		.at = f->ups.now };
}

static int writes(const struct fixture *f)
{
	int n = 0;
	for (int i = 0; i < f->ups.logged && i < FAKE_LOG; i++)
		n += f->ups.log[i].function == LINE_WRITE;
	return n;
}

static void it_is_written_once_and_read_again(void **state)
{
	(void)state;
	struct fixture *f = begin(true);
	want(f);
	run(f, 1500);
	assert_int_equal(writes(f), 1);
	assert_int_equal(f->ups.word[CLOCK_AT], 59 << 8 | 58);
	assert_int_equal(f->ups.word[CLOCK_AT + 1], 28 << 8 | 23);
	assert_int_equal(f->ups.word[CLOCK_AT + 2], 2 << 8 | 6);
	assert_int_equal(f->ups.word[CLOCK_AT + 3], 26);
	assert_int_equal(f->last.clock.second, 58);
	assert_int_equal(f->last.clock.day, 28);
	assert_int_equal(f->last.stats.clock_writes, 1);
	assert_int_equal(f->last.stats.clock_failures, 0);
	assert_string_equal(f->last.stats.clock_told, "set to 2026-02-28 23:59:58, function 16 at 0x1360");
	assert_non_null(strstr(log_of(f), "the clock of the UPS is set to 2026-02-28 23:59:58, function 16 at 0x1360\n"));
	run(f, 60000);
	assert_int_equal(writes(f), 1);
	done(f);
}

/* What has waited is written as what it is by then, over the end of a month, which is a Sunday. */
static void time_goes_on_while_it_waits(void **state)
{
	(void)state;
	struct fixture *f = begin(true);
	want(f);
	f->ups.now = mono_add_ms(f->ups.now, 2000);
	run(f, 1500);
	assert_int_equal(f->ups.word[CLOCK_AT], 0);
	assert_int_equal(f->ups.word[CLOCK_AT + 1], 1 << 8 | 0);
	assert_int_equal(f->ups.word[CLOCK_AT + 2], 3 << 8 | 7);
	done(f);
}

static void the_newest_counts(void **state)
{
	(void)state;
	struct fixture *f = begin(true);
	want(f);
	run(f, 1500);
	want(f);
	f->wanted.year = 2030;
	run(f, 1500);
	assert_int_equal(writes(f), 2);
	assert_int_equal(f->ups.word[CLOCK_AT + 3], 30);
	assert_int_equal(f->last.stats.clock_writes, 2);
	done(f);
}

static void a_refusal_is_told_and_not_repeated(void **state)
{
	(void)state;
	struct fixture *f = begin(true);
	f->ups.fault[f->ups.faults++].address = CLOCK_AT;
	f->ups.fault[0].result = LINE_EXCEPTION;
	f->ups.fault[0].exception = 3;
	want(f);
	run(f, 20000);
	assert_int_equal(writes(f), 1);
	assert_int_equal(f->last.link, LINK_UP);
	assert_int_equal(f->last.stats.clock_writes, 0);
	assert_int_equal(f->last.stats.clock_failures, 1);
	assert_string_equal(f->last.stats.clock_told, "exception 3, function 16 at 0x1360");
	assert_non_null(strstr(log_of(f), "the clock of the UPS is not set: exception 3, function 16 at 0x1360\n"));
	done(f);
}

static void silence_is_tried_as_often_as_a_read_and_polling_goes_on(void **state)
{
	static const enum line_result results[] = { LINE_TIMEOUT, LINE_CRC, LINE_BAD };
	(void)state;
	for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
		struct fixture *f = begin(true);
		f->ups.fault[f->ups.faults++].address = CLOCK_AT;
		f->ups.fault[0].result = results[i];
		want(f);
		run(f, 20000);
		assert_int_equal(writes(f), 3);          /* once, and two retries */
		assert_int_equal(f->last.link, LINK_UP);
		assert_true(f->last.complete);
		assert_int_equal(f->last.stats.clock_failures, 1);
		assert_non_null(strstr(f->last.stats.clock_told, line_result_text(results[i])));
		done(f);
	}
}

static void a_family_that_names_no_words_is_not_written(void **state)
{
	(void)state;
	struct fixture *f = begin(false);
	want(f);
	run(f, 5000);
	assert_int_equal(writes(f), 0);
	assert_int_equal(f->last.stats.clock_failures, 1);
	assert_non_null(strstr(log_of(f), "the clock of the UPS is not set: the map of its family names no words of a clock that may be written\n"));
	done(f);
}

/* What is asked for while nobody answers is not written when somebody does again. */
static void a_lost_ups_is_not_written(void **state)
{
	(void)state;
	struct fixture *f = begin(true);
	f->ups.all = LINE_TIMEOUT;
	run(f, 20000);
	assert_int_equal(f->last.link, LINK_LOST);
	want(f);
	run(f, 5000);
	assert_int_equal(f->last.stats.clock_failures, 1);
	assert_string_equal(f->last.stats.clock_told, "the UPS does not answer");
	f->ups.all = LINE_ANSWER;
	run(f, 20000);
	assert_int_equal(f->last.link, LINK_UP);
	assert_int_equal(writes(f), 0);
	done(f);
}

static void a_cycle_is_never_torn_in_two(void **state)
{
	(void)state;
	struct fixture *f = begin(true);
	for (int n = 0; n < 20; n++) {
		run(f, 37 + 11 * n);                     /* at any moment of a cycle */
		want(f);
		int at = f->ups.logged;
		run(f, 3000);
		while (at < f->ups.logged && f->ups.log[at].function != LINE_WRITE)
			at++;
		assert_true(at > 0 && at + 1 < f->ups.logged);
		assert_false(f->ups.log[at - 1].address == 0x1020 && f->ups.log[at + 1].address == 0x1040);      /* status, alarms */
	}
	done(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_written_once_and_read_again), cmocka_unit_test(time_goes_on_while_it_waits), cmocka_unit_test(the_newest_counts),
		cmocka_unit_test(a_refusal_is_told_and_not_repeated), cmocka_unit_test(silence_is_tried_as_often_as_a_read_and_polling_goes_on),
		cmocka_unit_test(a_family_that_names_no_words_is_not_written), cmocka_unit_test(a_lost_ups_is_not_written),
		cmocka_unit_test(a_cycle_is_never_torn_in_two),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
