/* The reader, the writer, the queue and the log of base. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/queue.h"
#include "base/rd.h"
#include "base/wr.h"

static void reader_stops_at_the_end_and_says_why(void **state)
{
	(void)state;
	static const uint8_t octets[] = { 1, 2, 3, 4, 5 };
	struct rd r = rd_over(octets, sizeof octets);
	assert_int_equal(rd_u16(&r), 0x0102);
	assert_int_equal(rd_u32(&r), 0);
	assert_int_equal(r.why, RD_SHORT);
	assert_int_equal(rd_left(&r), 0);
	assert_int_equal(rd_u8(&r), 0);
	rd_fail(&r, RD_TAG);
	assert_int_equal(r.why, RD_SHORT);      /* the first reason sticks */
	assert_false(rd_done(&r));
}

static void leftovers_are_a_failure(void **state)
{
	(void)state;
	static const uint8_t octets[] = { 1, 2, 3 };
	struct rd r = rd_over(octets, sizeof octets);
	struct rd sub = rd_sub(&r, 2);
	rd_u8(&sub);
	rd_end(&r, &sub);
	assert_int_equal(r.why, RD_EXTRA);
	r = rd_over(octets, sizeof octets);
	rd_u8(&r);
	assert_false(rd_done(&r));
	assert_int_equal(r.why, RD_EXTRA);
	r = rd_over(octets, sizeof octets);
	sub = rd_sub(&r, 4);
	assert_int_equal(sub.why, RD_SHORT);
	assert_int_equal(r.why, RD_SHORT);
	r = rd_over(octets, sizeof octets);
	assert_int_equal(rd_uint(&r, 3), 0x010203);
	assert_true(rd_done(&r));
	r = rd_over(octets, sizeof octets);
	rd_uint(&r, 9);
	assert_int_equal(r.why, RD_VALUE);
}

static void integers_have_one_to_eight_octets(void **state)
{
	(void)state;
	static const uint8_t octets[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
	struct rd r = rd_over(octets, sizeof octets);
	assert_int_equal(rd_uint(&r, 8), 0x0102030405060708);
	assert_int_equal(rd_uint(&r, 1), 9);
	assert_true(rd_done(&r));
	r = rd_over(octets, 2);
	assert_int_equal(rd_uint(&r, 3), 0);
	assert_int_equal(r.why, RD_SHORT);
	r = rd_over(octets, sizeof octets);
	rd_uint(&r, 0);
	assert_int_equal(r.why, RD_VALUE);
	r = rd_over(octets, sizeof octets);
	assert_int_equal(rd_u8(&r), 1);
	assert_int_equal(rd_u32(&r), 0x02030405);
	assert_int_equal(rd_left(&r), 4);
	assert_ptr_equal(rd_take(&r, 4), octets + 5);
	assert_null(rd_take(&r, 1));
}

static void a_child_gives_its_failure_to_its_parent(void **state)
{
	(void)state;
	static const uint8_t octets[] = { 1, 2, 3 };
	struct rd r = rd_over(octets, sizeof octets), sub = rd_sub(&r, 2);
	rd_fail(&sub, RD_ENUM);
	rd_end(&r, &sub);
	assert_int_equal(r.why, RD_ENUM);
	r = rd_over(octets, sizeof octets);
	sub = rd_sub(&r, 3);
	assert_int_equal(rd_left(&sub), 3);
	rd_take(&sub, 3);
	rd_end(&r, &sub);
	assert_true(rd_ok(&r) && rd_done(&r));
	static const enum rd_why whys[] = { RD_OK, RD_SHORT, RD_TAG, RD_TYPE, RD_VALUE, RD_ENUM, RD_EXTRA };
	for (size_t i = 0; i < sizeof whys / sizeof whys[0]; i++)
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(rd_why_text(whys[i]), rd_why_text(whys[k]));
}

static void instants_are_counted_in_nanoseconds(void **state)
{
	(void)state;
	struct mono t = { 5 };
	assert_int_equal(mono_add_ms(t, 2).ns, 2000005);
	assert_int_equal(mono_add_ns(t, -2).ns, 3);
	assert_int_equal(mono_ns_between(t, (struct mono){ 7 }), 2);
	assert_int_equal(mono_ms_between(t, (struct mono){ 1999999 + 5 }), 1);
	assert_false(mono_is_set((struct mono){ 0 }));
	assert_true(mono_is_set(t));
	struct mono before = mono_now(), until = mono_add_ms(before, 3);
	mono_sleep_until(before);
	mono_sleep_until(until);
	assert_true(mono_now().ns >= until.ns);
	assert_true(before.ns > 0);
}

static void writer_that_is_full_writes_nothing_more(void **state)
{
	(void)state;
	uint8_t buffer[6] = { 0 };
	struct wr w = wr_over(buffer, 5);
	wr_u32(&w, 0x01020304);
	struct wr_mark mark = wr_mark(&w);
	wr_u16(&w, 0xFFFF);
	assert_true(w.full);
	wr_u8(&w, 0xEE);                        /* would fit, but the message is lost already */
	assert_int_equal(wr_len(&w), 4);
	wr_back(&w, mark);
	wr_u8(&w, 5);
	assert_false(w.full);
	assert_int_equal(buffer[4], 5);
	assert_int_equal(buffer[5], 0);
}

static void queue_keeps_the_newest(void **state)
{
	(void)state;
	struct queue *q = queue_make(sizeof(int), 2, NULL, NULL);
	for (int i = 1; i <= 5; i++)
		queue_put(q, &i);
	int got;
	assert_true(queue_take(q, &got));
	assert_int_equal(got, 4);
	assert_true(queue_take(q, &got));
	assert_int_equal(got, 5);
	assert_false(queue_take(q, &got));
	queue_free(q);
	q = queue_make(sizeof(int), 5, NULL, NULL);      /* in their order, wherever the first one stands */
	for (int first = 0; first < 12; first++) {
		for (int i = 0; i < 4; i++)
			queue_put(q, &(int){ first * 10 + i });
		for (int i = 0; i < 4; i++) {
			assert_true(queue_take(q, &got));
			assert_int_equal(got, first * 10 + i);
		}
		assert_false(queue_take(q, &got));
	}
	queue_free(q);
}

enum { PUTS = 20000 };
struct pair { uint32_t a, b; };

static void *put_many(void *q)
{
	for (uint32_t i = 1; i <= PUTS; i++)
		queue_put(q, &(struct pair){ i, ~i });
	return NULL;
}

static void values_cross_threads_whole_and_in_order(void **state)
{
	(void)state;
	struct queue *q = queue_make(sizeof(struct pair), 3, NULL, NULL);
	pthread_t thread;
	pthread_create(&thread, NULL, put_many, q);
	uint32_t last = 0;
	while (last < PUTS) {
		struct pair p;
		if (!queue_take(q, &p))
			continue;
		assert_int_equal(p.b, (uint32_t)~p.a);
		assert_true(p.a > last);
		last = p.a;
	}
	pthread_join(thread, NULL);
	queue_free(q);
}

struct wakes {
	int count;
	struct queue *queue;
};

static void count_wake(void *ctx)
{
	struct wakes *w = ctx;
	int got;
	w->count++;
	assert_true(queue_take(w->queue, &got));        /* outside the mutex, after the value is there */
}

static void each_put_wakes(void **state)
{
	(void)state;
	struct wakes w = { 0 };
	w.queue = queue_make(sizeof(int), 1, count_wake, &w);
	for (int i = 0; i < 3; i++)
		queue_put(w.queue, &i);
	assert_int_equal(w.count, 3);
	queue_free(w.queue);
}

/* What a log wrote. */
static const char *logged(struct log *log, enum log_level level, const char *text, char *line, size_t size)
{
	int fds[2];
	assert_int_equal(pipe(fds), 0);
	log->fd = fds[1];
	log_line(log, level, "%s", text);
	close(fds[1]);
	ssize_t n = read(fds[0], line, size - 1);
	assert_true(n >= 0);
	line[n] = 0;
	close(fds[0]);
	return line;
}

static void log_lines_are_lines(void **state)
{
	(void)state;
	struct log log = { .level = LOG_LEVEL_INFO };
	char line[1200], text[1200];
	static const struct { enum log_level level; const char *word, *journal; } rows[] = {
		{ LOG_LEVEL_ERROR, "error: x\n", "<3>x\n" }, { LOG_LEVEL_WARNING, "warning: x\n", "<4>x\n" }, { LOG_LEVEL_INFO, "x\n", "<6>x\n" },
		{ LOG_LEVEL_DEBUG, "", "" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		log.journal = false;
		assert_string_equal(logged(&log, rows[i].level, "x", line, sizeof line), rows[i].word);
		log.journal = true;
		assert_string_equal(logged(&log, rows[i].level, "x", line, sizeof line), rows[i].journal);
	}
	log.level = LOG_LEVEL_DEBUG;
	assert_string_equal(logged(&log, LOG_LEVEL_DEBUG, "x", line, sizeof line), "<7>x\n");
	log.journal = false;
	assert_string_equal(logged(&log, LOG_LEVEL_WARNING, "\"a\nb\x1b[2J\xC2\x9B\xE2\x80\xAE\xFF\xC3\xA9\"", line, sizeof line),
	                    "warning: \"a?b?[2J???\xC3\xA9\"\n");
	memset(text, 'a', sizeof text - 1);
	text[sizeof text - 1] = 0;
	assert_int_equal(strlen(logged(&log, LOG_LEVEL_INFO, text, line, sizeof line)), 1024);
	assert_int_equal(line[1022], 'a');
	assert_int_equal(line[1023], '\n');
	assert_int_equal(strlen(logged(&log, LOG_LEVEL_ERROR, text, line, sizeof line)), 1024);
}

static void limit_counts_what_it_holds_back(void **state)
{
	(void)state;
	struct log_limit limit = { 0 };
	uint32_t held = 99;
	struct mono t = { 1 };
	assert_true(log_limit_pass(&limit, t, 1000, &held));
	assert_int_equal(held, 0);
	assert_false(log_limit_pass(&limit, mono_add_ms(t, 500), 1000, &held));
	assert_false(log_limit_pass(&limit, mono_add_ms(t, 999), 1000, &held));
	assert_true(log_limit_pass(&limit, mono_add_ms(t, 1000), 1000, &held));
	assert_int_equal(held, 2);
}

static void complaints_name_their_place(void **state)
{
	(void)state;
	struct err_at why;
	char text[400];
	assert_false(err_set(&why, "a.map", 12, "no such word %s", "Q1"));
	assert_string_equal(err_format(&why, text, sizeof text), "a.map:12: no such word Q1");
	err_set(&why, "a.map", 0, "is empty");
	assert_string_equal(err_format(&why, text, sizeof text), "a.map: is empty");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reader_stops_at_the_end_and_says_why),
		cmocka_unit_test(leftovers_are_a_failure),
		cmocka_unit_test(integers_have_one_to_eight_octets),
		cmocka_unit_test(a_child_gives_its_failure_to_its_parent),
		cmocka_unit_test(instants_are_counted_in_nanoseconds),
		cmocka_unit_test(each_put_wakes),
		cmocka_unit_test(writer_that_is_full_writes_nothing_more),
		cmocka_unit_test(queue_keeps_the_newest),
		cmocka_unit_test(values_cross_threads_whole_and_in_order),
		cmocka_unit_test(log_lines_are_lines),
		cmocka_unit_test(limit_counts_what_it_holds_back),
		cmocka_unit_test(complaints_name_their_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
