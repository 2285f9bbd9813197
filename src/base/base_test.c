/* The reader, the writer, the queue and the log of base. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
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

static void log_lines_are_lines(void **state)
{
	(void)state;
	int fds[2];
	assert_int_equal(pipe(fds), 0);
	struct log log = { .fd = fds[1], .level = LOG_LEVEL_INFO };
	log_debug(&log, "not this one");
	log_warning(&log, "name \"%s\"", "a\nb\x1b[2J");
	char line[128] = "";
	ssize_t n = read(fds[0], line, sizeof line - 1);
	assert_true(n > 0);
	assert_string_equal(line, "warning: name \"a?b?[2J\"\n");
	close(fds[0]);
	close(fds[1]);
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
		cmocka_unit_test(writer_that_is_full_writes_nothing_more),
		cmocka_unit_test(queue_keeps_the_newest),
		cmocka_unit_test(values_cross_threads_whole_and_in_order),
		cmocka_unit_test(log_lines_are_lines),
		cmocka_unit_test(limit_counts_what_it_holds_back),
		cmocka_unit_test(complaints_name_their_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
