/* The load generator's own octets, so that a wrong answer is the server's: worked examples, and every shorter prefix refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "bench/frames.h"

static const uint8_t read_av1[] = { 0x81, 0x0A, 0, 17, 1, 4, 0x00, 0x05, 0x01, 0x0C, 0x0C, 0x00, 0x80, 0x00, 0x01, 0x19, 0x55 };
static const uint8_t ack_av1[] = { 0x81, 0x0A, 0, 23, 1, 0, 0x30, 0x01, 0x0C, 0x0C, 0x00, 0x80, 0x00, 0x01, 0x19, 0x55, 0x3E, 0x44, 0x42,
	0x48, 0x00, 0x00, 0x3F };

static void a_read_and_its_answer(void **state)
{
	(void)state;
	uint8_t octets[FRAME_MAX];
	uint32_t av1 = frame_object(OBJECT_AV, 1);
	assert_int_equal(frame_read(octets, 1, av1), sizeof read_av1);
	assert_memory_equal(octets, read_av1, sizeof read_av1);
	assert_int_equal(sizeof read_av1, FRAME_READ_SIZE);
	assert_int_equal(sizeof ack_av1, FRAME_READ_ACK_SIZE);
	assert_int_equal(ack_av1[FRAME_ACK_INVOKE], read_av1[FRAME_INVOKE]);
	assert_true(frame_is_read_ack(ack_av1, sizeof ack_av1, 1, av1));
	assert_false(frame_is_read_ack(ack_av1, sizeof ack_av1, 2, av1));
	assert_false(frame_is_read_ack(ack_av1, sizeof ack_av1, 1, frame_object(OBJECT_AV, 2)));
	for (size_t n = 0; n < sizeof ack_av1; n++) {
		memcpy(octets, ack_av1, n);
		octets[3] = (uint8_t)n;                 /* honest about its length, and short all the same */
		assert_false(frame_is_read_ack(octets, n, 1, av1));
	}
}

static void a_report_of_many(void **state)
{
	(void)state;
	uint8_t octets[FRAME_MAX];
	const uint32_t object[] = { frame_object(OBJECT_AV, 1), frame_object(OBJECT_BSV, 1) };
	static const uint8_t request[] = { 0x81, 0x0A, 0, 28, 1, 4, 0x02, 0x73, 9, 14, 0x0C, 0x00, 0x80, 0, 1, 0x1E, 0x09, 0x55, 0x1F,
		0x0C, 0x09, 0xC0, 0, 1, 0x1E, 0x09, 0x55, 0x1F };
	static const uint8_t body[] = { 0x0C, 0x00, 0x80, 0, 1, 0x1E, 0x29, 0x55, 0x4E, 0x44, 0x42, 0x48, 0, 0, 0x4F, 0x1F,
		0x0C, 0x09, 0xC0, 0, 1, 0x1E, 0x29, 0x55, 0x4E, 0x85, 5, 1, 0x80, 0, 0, 2, 0x4F, 0x1F };
	assert_int_equal(frame_read_many(octets, 9, 480, object, 2), sizeof request);
	assert_memory_equal(octets, request, sizeof request);
	assert_true(frame_is_read_many_body(body, sizeof body, object, 2));
	assert_false(frame_is_read_many_body(body, sizeof body, object, 1));
	for (size_t n = 0; n < sizeof body; n++)
		assert_false(frame_is_read_many_body(body, n, object, 2));
}

static void parts_of_an_answer(void **state)
{
	(void)state;
	static const uint8_t whole[] = { 0x81, 0x0A, 0, 10, 1, 0, 0x30, 9, 14, 0x0C };
	static const uint8_t segment[] = { 0x81, 0x0A, 0, 12, 1, 0, 0x3C, 9, 4, 16, 14, 0x0C };
	static const uint8_t error[] = { 0x81, 0x0A, 0, 13, 1, 0, 0x50, 9, 14, 0x91, 2, 0x91, 32 };
	struct frame_part p;
	assert_true(frame_part_read(whole, sizeof whole, 9, &p));
	assert_false(p.segmented);
	assert_int_equal(p.length, 1);
	assert_true(frame_part_read(segment, sizeof segment, 9, &p));
	assert_true(p.segmented && p.more);
	assert_int_equal(p.sequence, 4);
	assert_int_equal(p.window, 16);
	assert_int_equal(p.length, 1);
	assert_false(frame_part_read(segment, sizeof segment, 8, &p));
	assert_false(frame_part_read(error, sizeof error, 9, &p));
	uint8_t octets[FRAME_MAX];
	static const uint8_t ack[] = { 0x81, 0x0A, 0, 10, 1, 0, 0x40, 9, 4, 16 };
	assert_int_equal(frame_segment_ack(octets, 9, 4, 16), sizeof ack);
	assert_memory_equal(octets, ack, sizeof ack);
}

static void what_subscribers_say_and_are_told(void **state)
{
	(void)state;
	static const uint8_t subscribe[] = { 0x81, 0x0A, 0, 0x1B, 1, 4, 0, 5, 9, 5, 0x0C, 0, 0, 0, 7, 0x1C, 0, 0x80, 0, 1, 0x29, 0, 0x3A, 0x0E, 0x10 };
	static const uint8_t told[] = { 0x81, 0x0A, 0, 0x2B, 1, 0, 0x10, 2, 0x09, 7, 0x1C, 2, 0, 5, 0x39, 0x2C, 0, 0x80, 0, 1, 0x3A, 0x0E, 0x10,
		0x4E, 0x09, 0x55, 0x2E, 0x44, 0x42, 0x48, 0, 0, 0x2F, 0x09, 0x6F, 0x2E, 0x82, 4, 0, 0x2F, 0x4F };
	static const uint8_t ack[] = { 0x81, 0x0A, 0, 9, 1, 0, 0x20, 3, 16 }, event[] = { 0x81, 0x0A, 0, 9, 1, 0, 0x10, 3, 9 };
	uint8_t octets[FRAME_MAX];
	struct frame_told t;
	size_t n = frame_subscribe(octets, 9, 7, frame_object(OBJECT_AV, 1));
	assert_int_equal(n, sizeof subscribe);
	octets[3] = subscribe[3];
	assert_memory_equal(octets, subscribe, n);
	memcpy(octets, told, sizeof told);
	octets[3] = sizeof told;
	assert_true(frame_is_told(octets, sizeof told, &t));
	assert_int_equal(t.process, 7);
	assert_int_equal(t.object, frame_object(OBJECT_AV, 1));
	assert_true(t.value >= 50 && t.value <= 50);
	for (size_t k = 0; k < sizeof told; k++) {
		octets[3] = (uint8_t)k;
		assert_false(frame_is_told(octets, k, &t));
	}
	assert_true(frame_is_simple_ack(ack, sizeof ack, 3, 16));
	assert_false(frame_is_simple_ack(ack, sizeof ack, 3, 15));
	assert_false(frame_is_simple_ack(ack, sizeof ack, 4, 16));
	assert_true(frame_is_event(event, sizeof event));
	assert_false(frame_is_event(told, sizeof told));
}

static void what_is_written(void **state)
{
	(void)state;
	static const uint8_t body[] = { 0x00, 0x05, 4, 16, 0x0C, 0, 0x80, 0, 1, 0x1E, 0x09, 85, 0x2E, 0x44, 0x42, 0x48, 0, 0, 0x2F, 0x1F };
	static const uint8_t recipient[] = { 0x82, 1, 0xFE, 0xB4, 0, 0, 0, 0, 0xB4, 23, 59, 59, 99, 0x1E, 0x21, 0, 0x65, 6, 10, 0, 0, 2, 0xBA, 0xC0, 0x1F,
		0x21, 1, 0x10, 0x82, 5, 0xE0 };
	uint8_t octets[FRAME_MAX];
	uint32_t av1 = frame_object(OBJECT_AV, 1);
	size_t n = frame_write_many(octets, 4, &av1, 1, 85, (const uint8_t[]){ 0x44, 0x42, 0x48, 0, 0 }, 5);
	assert_int_equal(n, 6 + sizeof body);
	assert_memory_equal(octets + 6, body, sizeof body);
	n = frame_recipient(octets, (const uint8_t[]){ 10, 0, 0, 2 }, 47808);
	assert_int_equal(n, sizeof recipient);
	assert_memory_equal(octets, recipient, n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_read_and_its_answer),
		cmocka_unit_test(a_report_of_many),
		cmocka_unit_test(parts_of_an_answer),
		cmocka_unit_test(what_subscribers_say_and_are_told),
		cmocka_unit_test(what_is_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
