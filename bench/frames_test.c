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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_read_and_its_answer),
		cmocka_unit_test(a_report_of_many),
		cmocka_unit_test(parts_of_an_answer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
