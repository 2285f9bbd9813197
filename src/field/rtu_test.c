/* One question on a serial line, on virtual time: what comes in octet by octet, at the pace of the wire, and what is made of it. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "field/rtu.h"

enum { TIMEOUT_MS = 500, TURN_MS = 20, COMING_MAX = 2000 };

struct slave {
	struct mono now;
	struct { uint8_t octet; struct mono at; } coming[COMING_MAX];
	int first, coming_count;
	struct rtu rtu;

	/* how the line behaves */
	bool echo, silent, never_quiet, stop, gone, full;
	int lead, tail;          /* stray octets before and after the answer */
	uint8_t stray;
	int spoil;               /* of the answer's octets, from its end: 1 is the last; 0: none */
	int cut;                 /* of the answer's octets are missing at its end */
	int pause_at, pause_ms;  /* a hole in the answer */
	uint8_t exception;
	uint8_t as_slave, as_function;
	int less;                /* words fewer than asked for */
	int64_t turn_ms;

	/* what was seen */
	uint8_t request[16];
	int request_length, requests, wakes;
	struct mono sent;
};

static uint16_t crc16(const uint8_t *octets, int n)
{
	uint16_t crc = 0xFFFF;
	for (int i = 0; i < n; i++) {
		crc ^= octets[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc & 1 ? crc >> 1 ^ 0xA001 : crc >> 1);
	}
	return crc;
}

static struct mono come(struct slave *s, struct mono at, const uint8_t *octets, int n)
{
	for (int i = 0; i < n; i++) {
		at = mono_add_ns(at, s->rtu.wire.octet_ns);
		assert_true(s->coming_count < COMING_MAX);
		s->coming[s->coming_count].octet = octets[i];
		s->coming[s->coming_count++].at = at;
	}
	return at;
}

static uint16_t word_at(uint16_t address)
{
	return (uint16_t)(address * 3 + 1);
}

static int make_answer(const struct slave *s, uint8_t *a)
{
	uint16_t address = (uint16_t)(s->request[2] << 8 | s->request[3]), count = (uint16_t)(s->request[5] - s->less);
	int n = 0;
	a[n++] = s->as_slave ? s->as_slave : s->request[0];
	a[n++] = s->as_function ? s->as_function : s->request[1];
	if (s->exception) {
		a[1] |= 0x80;
		a[n++] = s->exception;
	} else if (a[1] <= 2) {
		a[n++] = (uint8_t)((count + 7) / 8);
		for (int i = 0; i < count; i += 8)
			a[n++] = 0xA5;
	} else {
		a[n++] = (uint8_t)(2 * count);
		for (int i = 0; i < count; i++) {
			a[n++] = (uint8_t)(word_at((uint16_t)(address + i)) >> 8);
			a[n++] = (uint8_t)word_at((uint16_t)(address + i));
		}
	}
	uint16_t crc = crc16(a, n);
	a[n++] = (uint8_t)crc;
	a[n++] = (uint8_t)(crc >> 8);
	if (s->spoil)
		a[n - s->spoil] ^= 0x10;
	return n - s->cut;
}

static void answer(struct slave *s, struct mono sent)
{
	uint8_t octets[300], strays[16];
	memset(strays, s->stray, sizeof strays);
	struct mono at = s->echo ? come(s, sent, s->request, s->request_length) :
		mono_add_ns(sent, s->request_length * s->rtu.wire.octet_ns);
	if (s->silent)
		return;
	at = mono_add_ms(at, s->turn_ms);
	at = come(s, at, strays, s->lead);
	int n = make_answer(s, octets), before = s->pause_ms ? s->pause_at : n;
	at = come(s, at, octets, before);
	at = come(s, mono_add_ms(at, s->pause_ms), octets + before, n - before);
	come(s, at, strays, s->tail);
}

static int slave_write(void *ctx, const uint8_t *octets, int n)
{
	struct slave *s = ctx;
	if (s->gone || s->full)
		return s->gone ? -1 : 0;
	assert_true(n <= (int)sizeof s->request);
	memcpy(s->request, octets, (size_t)n);
	s->request_length = n;
	s->requests++;
	s->sent = s->now;
	answer(s, s->now);
	return n;
}

static int slave_read(void *ctx, uint8_t *octets, int size)
{
	struct slave *s = ctx;
	int n = 0;
	while (n < size && s->first < s->coming_count && s->coming[s->first].at.ns <= s->now.ns)
		octets[n++] = s->coming[s->first++].octet;
	return s->gone ? -1 : n;
}

static enum rtu_event slave_wait(void *ctx, bool octets, struct mono until)
{
	struct slave *s = ctx;
	if (s->stop)
		return RTU_STOP;
	if (octets && s->never_quiet) {
		come(s, s->now, &s->stray, 1);
		s->now = s->coming[s->coming_count - 1].at;
		return RTU_CAME;
	}
	bool came = octets && s->first < s->coming_count && s->coming[s->first].at.ns <= until.ns;
	struct mono to = came ? s->coming[s->first].at : until;
	s->wakes += to.ns > s->now.ns;
	if (to.ns > s->now.ns)
		s->now = to;
	return came ? RTU_CAME : RTU_TIME;
}

static struct mono slave_now(void *ctx)
{
	return ((struct slave *)ctx)->now;
}

static const struct rtu_port port = { slave_write, slave_read, slave_wait, slave_now };

static struct slave *make(uint32_t baud)
{
	struct slave *s = calloc(1, sizeof *s);
	assert_non_null(s);
	s->now = (struct mono){ 1000000000 };
	s->turn_ms = TURN_MS;
	s->rtu = (struct rtu){ .port = &port, .ctx = s, .wire = wire_of(baud, 'N'), .timeout_ms = TIMEOUT_MS };
	assert_true(frames_open(&s->rtu.frames));
	return s;
}

static void done(struct slave *s)
{
	frames_close(&s->rtu.frames);
	free(s);
}

static const struct line_question status = { 1, 3, 0x1020, 6, { 0 } };

static struct line_answer ask(struct slave *s, const struct line_question *q)
{
	uint16_t words[LINE_WORDS_MAX];
	memset(words, 0x77, sizeof words);
	s->first = s->coming_count = 0;
	struct line_answer a = rtu_ask(&s->rtu, q, words);
	for (int i = 0; i < q->count; i++)
		assert_int_equal(words[i], a.result != LINE_ANSWER ? 0x7777 : q->function <= 2 ? 0xA5 >> i % 8 & 1 :
			word_at((uint16_t)(q->address + i)));
	return a;
}

#define ASK(s, expected) assert_int_equal(ask(s, &status).result, expected)

/* ---- the plain case ---- */

static void a_request_is_one_frame_and_its_words_arrive(void **state)
{
	static const uint8_t frame[] = { 0x01, 0x03, 0x10, 0x20, 0x00, 0x06, 0xC1, 0x02 };
	struct slave *s = make(9600);
	struct line_answer a = ask(s, &status);
	assert_int_equal(a.result, LINE_ANSWER);
	assert_false(a.echo);
	assert_int_equal(a.strays, 0);
	assert_int_equal(a.sent.ns, 1000000000);
	assert_int_equal(s->requests, 1);
	assert_int_equal(s->request_length, 8);
	assert_memory_equal(s->request, frame, 6);
	uint16_t crc = crc16(frame, 6);
	assert_int_equal(s->request[6] | s->request[7] << 8, crc);
	done(s);
}

static void every_function_and_slave_is_asked_for(void **state)
{
	struct slave *s = make(57600);
	for (uint8_t function = 1; function <= 4; function++)
		for (uint8_t count = 1; count <= LINE_WORDS_MAX; count = (uint8_t)(count + 31)) {
			struct line_question q = { (uint8_t)(function == 1 ? 247 : function), function, 0xFF00, count, { 0 } };
			assert_int_equal(ask(s, &q).result, LINE_ANSWER);
			assert_int_equal(s->request[0], q.slave);
			assert_int_equal(s->request[1], function);
		}
	done(s);
}

/* The goal is at most four a request; here it is three, of which one is the silence before it. */
static void the_thread_sleeps_through_the_time_on_the_wire(void **state)
{
	static const uint32_t bauds[] = { 9600, 57600 };
	for (int b = 0; b < 2; b++) {
		struct slave *s = make(bauds[b]);
		ASK(s, LINE_ANSWER);
		s->wakes = 0;
		for (int i = 0; i < 10; i++)
			ASK(s, LINE_ANSWER);
		assert_int_equal(s->wakes, 30);
		s->exception = 2;
		s->wakes = 0;
		ASK(s, LINE_EXCEPTION);
		assert_true(s->wakes <= 4);
		done(s);
	}
}

static void a_line_that_echoes_or_has_strays_costs_little_more(void **state)
{
	struct slave *s = make(9600);
	s->echo = true;
	ASK(s, LINE_ANSWER);
	s->wakes = 0;
	ASK(s, LINE_ANSWER);
	assert_in_range(s->wakes, 3, 4);
	s->echo = false;
	s->lead = 1;
	ASK(s, LINE_ANSWER);
	s->wakes = 0;
	ASK(s, LINE_ANSWER);
	assert_int_equal(s->wakes, 3);
	done(s);
}

static void frames_are_kept_apart_by_the_silence_and_no_more(void **state)
{
	struct slave *s = make(9600);
	struct wire w = s->rtu.wire;
	s->turn_ms = 0;
	ASK(s, LINE_ANSWER);
	struct mono sent = s->sent;
	ASK(s, LINE_ANSWER);
	/* request, its silence is the slave's business here, answer, silence */
	assert_int_equal(mono_ns_between(sent, s->sent), (8 + 17) * w.octet_ns + w.silence_ns);
	s->silent = true;
	ASK(s, LINE_TIMEOUT);
	done(s);
}

/* ---- section 1.7 of the findings ---- */

static void finding_1_7_an_echo_is_dropped_and_told(void **state)
{
	struct slave *s = make(9600);
	s->echo = true;
	for (int i = 0; i < 3; i++) {
		struct line_answer a = ask(s, &status);
		assert_int_equal(a.result, LINE_ANSWER);
		assert_true(a.echo);
		assert_int_equal(a.strays, 0);
	}
	s->turn_ms = 0;                          /* the answer at the heels of the echo */
	ASK(s, LINE_ANSWER);
	s->exception = 2;
	struct line_answer a = ask(s, &status);
	assert_int_equal(a.result, LINE_EXCEPTION);
	assert_int_equal(a.exception, 2);
	s->exception = 0;
	s->echo = false;                         /* mended */
	assert_int_equal(ask(s, &status).result, LINE_ANSWER);
	assert_false(ask(s, &status).echo);
	done(s);
}

static void an_echo_alone_is_no_answer(void **state)
{
	struct slave *s = make(9600);
	s->echo = s->silent = true;
	for (uint8_t function = 1; function <= 4; function++) {
		struct line_answer a = ask(s, &(struct line_question){ 1, function, 0, 8, { 0 } });
		assert_int_equal(a.result, LINE_TIMEOUT);
		assert_true(a.echo);
	}
	done(s);
}

static void finding_1_7_stray_octets_before_the_answer_are_dropped_and_counted(void **state)
{
	static const uint8_t strays[] = { 0x00, 0xFF, 0x01, 0x03, 0x81 };
	for (size_t k = 0; k < sizeof strays; k++)
		for (int lead = 1; lead <= 12; lead++)
			for (int echo = 0; echo < 2; echo++) {
				struct slave *s = make(9600);
				s->stray = strays[k];
				s->lead = lead;
				s->echo = echo;
				for (int i = 0; i < 3; i++) {
					struct line_answer a = ask(s, &status);
					assert_int_equal(a.result, LINE_ANSWER);
					assert_int_equal(a.strays, lead);
					assert_int_equal(a.echo, echo);
				}
				s->lead = 0;
				struct line_answer a = ask(s, &status);
				assert_int_equal(a.result, LINE_ANSWER);
				assert_int_equal(a.strays, 0);
				done(s);
			}
}

/* Fewer octets than a frame has are no reason to wait; as many are, because somebody may be in the middle of one. */
static void octets_that_nobody_asked_for_are_thrown_away(void **state)
{
	for (int tail = 1; tail <= 6; tail++) {
		struct slave *s = make(9600);
		s->tail = tail;
		ASK(s, LINE_ANSWER);
		s->now = mono_add_ms(s->now, 15);
		s->tail = 0;
		uint16_t words[6];
		struct mono before = s->now;
		struct line_answer a = rtu_ask(&s->rtu, &status, words);
		assert_int_equal(a.result, LINE_ANSWER);
		assert_int_equal(a.strays, tail - 1);    /* the first was taken with the answer */
		assert_int_equal(mono_ms_between(before, a.sent), tail - 1 >= 5 ? RTU_QUIET_MS : 0);
		done(s);
	}
}

/* ---- failures ---- */

static void each_failure_has_its_name(void **state)
{
	struct slave *s = make(9600);
	s->silent = true;
	struct mono before = s->now;
	ASK(s, LINE_TIMEOUT);
	assert_in_range(mono_ms_between(before, s->now), TIMEOUT_MS, TIMEOUT_MS + 60);
	s->silent = false;
	s->spoil = 1;
	ASK(s, LINE_CRC);
	s->spoil = 3;
	ASK(s, LINE_CRC);
	s->spoil = 0;
	s->cut = 1;
	ASK(s, LINE_TIMEOUT);
	s->cut = 0;
	s->as_slave = 2;
	ASK(s, LINE_BAD);
	s->as_slave = 0;
	s->as_function = 4;
	ASK(s, LINE_BAD);
	s->as_function = 0;
	s->less = 2;
	ASK(s, LINE_BAD);
	s->less = -2;
	ASK(s, LINE_BAD);
	s->less = 0;
	ASK(s, LINE_ANSWER);
	done(s);
}

static void exceptions_are_told_apart(void **state)
{
	struct slave *s = make(9600);
	for (uint8_t code = 1; code <= 11; code++) {
		s->exception = code;
		struct line_answer a = ask(s, &status);
		assert_int_equal(a.result, code == 9 ? a.result : code >= 10 ? LINE_NOBODY : LINE_EXCEPTION);
		assert_int_equal(a.exception, code);
	}
	s->exception = 0x40;
	ASK(s, LINE_BAD);
	done(s);
}

static void after_a_failure_the_line_must_become_quiet(void **state)
{
	struct slave *s = make(9600);
	s->spoil = 1;
	ASK(s, LINE_CRC);
	s->spoil = 0;
	struct mono before = s->now;
	struct line_answer a = ask(s, &status);
	assert_int_equal(a.result, LINE_ANSWER);
	assert_in_range(mono_ms_between(before, a.sent), RTU_QUIET_MS, RTU_QUIET_MS + 5);
	before = s->now;
	a = ask(s, &status);
	assert_true(mono_ms_between(before, a.sent) < 5);
	done(s);
}

static void a_line_that_is_never_quiet_fails_in_time_and_sends_nothing(void **state)
{
	struct slave *s = make(9600);
	s->silent = true;
	ASK(s, LINE_TIMEOUT);
	s->never_quiet = true;
	struct mono before = s->now;
	ASK(s, LINE_BAD);
	assert_in_range(mono_ms_between(before, s->now), TIMEOUT_MS, TIMEOUT_MS + 5);
	assert_int_equal(s->requests, 1);
	done(s);
}

static void an_answer_may_have_holes_as_long_as_the_timeout_lasts(void **state)
{
	struct slave *s = make(9600);
	for (s->pause_at = 1; s->pause_at < 17; s->pause_at++) {
		s->pause_ms = 300;
		ASK(s, LINE_ANSWER);
		s->pause_ms = 600;
		ASK(s, LINE_TIMEOUT);
	}
	done(s);
}

static void the_answer_may_begin_at_the_last_moment(void **state)
{
	struct slave *s = make(9600);
	s->turn_ms = TIMEOUT_MS - 2;
	ASK(s, LINE_ANSWER);
	s->turn_ms = TIMEOUT_MS + 60;
	ASK(s, LINE_TIMEOUT);
	done(s);
}

static void noise_without_an_end_ends_the_wait(void **state)
{
	struct slave *s = make(57600);
	s->silent = true;
	s->stray = 0x01;
	uint16_t words[6];
	ASK(s, LINE_TIMEOUT);
	s->rtu.dirty = false;
	s->first = s->coming_count = 0;
	uint8_t noise[COMING_MAX - 10];
	memset(noise, 0x01, sizeof noise);
	come(s, mono_add_ms(s->now, 5), noise, (int)sizeof noise);
	struct mono before = s->now;
	struct line_answer a = rtu_ask(&s->rtu, &status, words);
	assert_true(a.result == LINE_BAD || a.result == LINE_CRC);
	assert_true(mono_ms_between(before, s->now) < TIMEOUT_MS + 50);
	done(s);
}

static void a_device_that_has_gone_and_a_full_one(void **state)
{
	struct slave *s = make(9600);
	s->full = true;
	ASK(s, LINE_TIMEOUT);
	s->full = false;
	s->gone = true;
	ASK(s, LINE_GONE);
	done(s);
}

static void a_thread_that_shall_end_waits_for_nothing(void **state)
{
	struct slave *s = make(9600);
	ASK(s, LINE_ANSWER);
	s->stop = true;
	struct mono before = s->now;
	struct line_answer a = ask(s, &status);
	assert_int_equal(a.result, LINE_TIMEOUT);
	assert_true(a.stopped);
	assert_int_equal(s->now.ns, before.ns);
	assert_int_equal(s->requests, 1);
	done(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_one_frame_and_its_words_arrive),
		cmocka_unit_test(every_function_and_slave_is_asked_for),
		cmocka_unit_test(the_thread_sleeps_through_the_time_on_the_wire),
		cmocka_unit_test(a_line_that_echoes_or_has_strays_costs_little_more),
		cmocka_unit_test(frames_are_kept_apart_by_the_silence_and_no_more),
		cmocka_unit_test(finding_1_7_an_echo_is_dropped_and_told),
		cmocka_unit_test(an_echo_alone_is_no_answer),
		cmocka_unit_test(finding_1_7_stray_octets_before_the_answer_are_dropped_and_counted),
		cmocka_unit_test(octets_that_nobody_asked_for_are_thrown_away),
		cmocka_unit_test(each_failure_has_its_name),
		cmocka_unit_test(exceptions_are_told_apart),
		cmocka_unit_test(after_a_failure_the_line_must_become_quiet),
		cmocka_unit_test(a_line_that_is_never_quiet_fails_in_time_and_sends_nothing),
		cmocka_unit_test(an_answer_may_have_holes_as_long_as_the_timeout_lasts),
		cmocka_unit_test(the_answer_may_begin_at_the_last_moment),
		cmocka_unit_test(noise_without_an_end_ends_the_wait),
		cmocka_unit_test(a_device_that_has_gone_and_a_full_one),
		cmocka_unit_test(a_thread_that_shall_end_waits_for_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
