/* Tags, values, headers and dates: every worked octet, every prefix, random round trips. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "bacnet/apdu.h"
#include "bacnet/bvlc.h"
#include "bacnet/datetime.h"
#include "bacnet/messages.h"
#include "bacnet/npdu.h"
#include "bacnet/value.h"

#define READER(...) rd_over((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

static void assert_octets(const struct wr *w, const uint8_t *octets, size_t n)
{
	assert_false(w->full);
	assert_int_equal(wr_len(w), n);
	assert_memory_equal(w->start, octets, n);
}
#define ASSERT_OCTETS(w, ...) assert_octets(w, (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

static void integers_are_minimal(void **state)
{
	(void)state;
	uint8_t b[16];
	struct wr w = wr_over(b, sizeof b);
	bac_put_int(&w, 180);
	ASSERT_OCTETS(&w, 0x32, 0x00, 0xB4);
	w = wr_over(b, sizeof b);
	bac_put_int(&w, -128);
	ASSERT_OCTETS(&w, 0x31, 0x80);
	w = wr_over(b, sizeof b);
	bac_put_int(&w, -129);
	ASSERT_OCTETS(&w, 0x32, 0xFF, 0x7F);
	w = wr_over(b, sizeof b);
	bac_put_uint(&w, 0);
	ASSERT_OCTETS(&w, 0x21, 0x00);
	w = wr_over(b, sizeof b);
	bac_put_uint(&w, 0x10000);
	ASSERT_OCTETS(&w, 0x23, 0x01, 0x00, 0x00);
	w = wr_over(b, sizeof b);
	bac_put_uint(&w, UINT64_MAX);
	ASSERT_OCTETS(&w, 0x25, 0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF);
	w = wr_over(b, sizeof b);
	bac_put_int(&w, INT64_MIN);
	ASSERT_OCTETS(&w, 0x35, 0x08, 0x80, 0, 0, 0, 0, 0, 0, 0);
	struct rd r = READER(0x24, 0x00, 0x00, 0x00, 0x07);              /* longer than it need be: taken */
	assert_int_equal(bac_uint_app(&r), 7);
	assert_true(rd_done(&r));
}

static struct bac_bits bits_of(struct rd *r)
{
	struct bac_tag tag = bac_tag_read(r);
	assert_int_equal(tag.number, APP_BITS);
	struct rd inside = rd_sub(r, tag.length);
	struct bac_bits bits = bac_content_bits(&inside);
	rd_end(r, &inside);
	return bits;
}

static void bits_go_out_first_bit_on_top(void **state)
{
	(void)state;
	uint8_t b[16];
	struct wr w = wr_over(b, sizeof b);
	bac_put_bits(&w, 0x8001, 16);
	ASSERT_OCTETS(&w, 0x83, 0x00, 0x80, 0x01);
	w = wr_over(b, sizeof b);
	bac_put_bits(&w, 0x400001, 23);
	ASSERT_OCTETS(&w, 0x84, 0x01, 0x80, 0x00, 0x02);
	w = wr_over(b, sizeof b);
	bac_put_bits(&w, 0x40000001, 31);
	ASSERT_OCTETS(&w, 0x85, 0x05, 0x01, 0x80, 0x00, 0x00, 0x02);
	w = wr_over(b, sizeof b);
	bac_put_bits(&w, 0x9, 4);
	ASSERT_OCTETS(&w, 0x82, 0x04, 0x90);
	w = wr_over(b, sizeof b);
	bac_put_bits(&w, 0xFF, 0);
	ASSERT_OCTETS(&w, 0x81, 0x00);
	for (uint32_t count = 0; count <= 64; count++)
		for (int pattern = 0; pattern < 3; pattern++) {
			uint64_t word = pattern == 0 ? UINT64_MAX : pattern == 1 ? 0xA5C3F00F12345678ull : 1ull << (count ? count - 1 : 0);
			uint64_t kept = count < 64 ? word & ((1ull << count) - 1) : word;
			w = wr_over(b, sizeof b);
			bac_put_bits(&w, word, count);
			struct rd r = rd_over(b, wr_len(&w));
			struct bac_bits bits = bits_of(&r);
			assert_true(rd_done(&r));
			assert_int_equal(bits.count, count);
			assert_true(bac_bits_word(bits) == kept);
		}
	struct rd bad = READER(0x82, 0x08, 0x00);
	bits_of(&bad);
	assert_int_equal(bad.why, RD_TYPE);
	bad = READER(0x81, 0x01);                                        /* unused bits of nothing */
	bits_of(&bad);
	assert_int_equal(bad.why, RD_TYPE);
}

static void tags_in_all_their_forms(void **state)
{
	(void)state;
	static const uint32_t lengths[] = { 0, 4, 5, 253, 254, 255, 65535, 65536, UINT32_MAX };
	static const uint8_t numbers[] = { 0, 3, 14, 15, 16, 254 };
	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
		for (size_t k = 0; k < sizeof numbers; k++)
			for (int kind = TAG_APPLICATION; kind <= TAG_CLOSING; kind++) {
				uint8_t b[16];
				struct wr w = wr_over(b, sizeof b);
				uint32_t length = kind >= TAG_OPENING ? 0 : lengths[i];
				bac_put_tag(&w, (enum bac_tag_kind)kind, numbers[k], length);
				for (size_t n = 0; n < wr_len(&w); n++) {
					struct rd cut = rd_over(b, n);
					bac_tag_read(&cut);
					assert_int_equal(cut.why, RD_SHORT);
				}
				struct rd r = rd_over(b, wr_len(&w));
				struct bac_tag tag = bac_tag_read(&r);
				assert_true(rd_done(&r));
				assert_int_equal(tag.number, numbers[k]);
				assert_int_equal(tag.kind, kind);
				assert_int_equal(tag.length, length);
			}
	struct rd r = READER(0xF9, 0xFF, 0x00);                          /* 255 is reserved */
	bac_tag_read(&r);
	assert_int_equal(r.why, RD_TAG);
	r = READER(0xF9, 0x05, 0x00);                                    /* 5 has no business there */
	bac_tag_read(&r);
	assert_int_equal(r.why, RD_TAG);
	r = READER(0x46);                                                /* an application tag that opens */
	bac_tag_read(&r);
	assert_int_equal(r.why, RD_TAG);
}

static void lengths_larger_than_the_message_are_refused(void **state)
{
	(void)state;
	static const uint8_t heads[][7] = { { 0x75, 5 }, { 0x75, 253 }, { 0x75, 254, 0xFF, 0xFF }, { 0x75, 255, 0xFF, 0xFF, 0xFF, 0xFF }, { 0x75, 255, 0x7F, 0xFF, 0xFF, 0xFF } };
	static const size_t sizes[] = { 2, 2, 4, 6, 6 };
	for (size_t i = 0; i < 5; i++) {
		struct rd r = rd_over(heads[i], sizes[i]);
		struct bac_text t = bac_text_app(&r);
		assert_int_equal(t.n, 0);
		assert_int_equal(r.why, RD_SHORT);
		r = rd_over(heads[i], sizes[i]);
		bac_value_read(&r);
		assert_int_equal(r.why, RD_SHORT);
	}
	struct rd r = READER(0x0D, 255, 0xFF, 0xFF, 0xFF, 0xFF, 0x01);
	bac_uint_ctx(&r, 0);
	assert_int_equal(r.why, RD_SHORT);
}

static void nesting_is_followed_and_bounded(void **state)
{
	(void)state;
	uint8_t b[80];
	for (unsigned depth = 1; depth <= 40; depth++) {
		struct wr w = wr_over(b, sizeof b);
		for (unsigned i = 0; i < depth; i++)
			bac_put_open(&w, (uint8_t)(i % 14));
		for (unsigned i = depth; i-- > 0;)
			bac_put_close(&w, (uint8_t)(i % 14));
		struct rd r = rd_over(b, wr_len(&w));
		struct rd inside = bac_enclosed(&r, 0);
		assert_int_equal(rd_done(&r), depth <= BAC_DEPTH_MAX);
		if (rd_ok(&r))
			assert_int_equal(rd_left(&inside), 2 * depth - 2);
		else
			assert_int_equal(rd_left(&inside), 0);
		for (size_t n = 0; n < wr_len(&w); n++) {
			r = rd_over(b, n);
			bac_enclosed(&r, 0);
			assert_false(rd_ok(&r));
		}
	}
	struct rd r = READER(0x3E, 0x4E, 0x3F, 0x4F);                    /* crossed */
	bac_enclosed(&r, 3);
	assert_int_equal(r.why, RD_TAG);
	r = READER(0x3E, 0xD1, 0x00, 0x3F);                              /* application tag 13 does not exist */
	bac_enclosed(&r, 3);
	assert_int_equal(r.why, RD_TAG);
	r = READER(0x3E, 0x11, 0x3F);                                    /* TRUE has no content */
	assert_int_equal(rd_left(&(struct rd[]){ bac_enclosed(&r, 3) }[0]), 1);
	assert_true(rd_done(&r));
}

static void values_come_back_as_they_went(void **state)
{
	(void)state;
	unsigned seed = 99;
	print_message("seed %u\n", seed);
	for (int round = 0; round < 20000; round++) {
		uint8_t in[64], out[64];
		size_t n = (size_t)(rand_r(&seed) % 20);
		for (size_t i = 0; i < n; i++)
			in[i] = (uint8_t)rand_r(&seed);
		struct bac_value v = { .type = (uint8_t)(rand_r(&seed) % APP_COUNT) };
		uint64_t random = (uint64_t)rand_r(&seed) << 40 ^ (uint64_t)rand_r(&seed) << 20 ^ (uint64_t)rand_r(&seed);
		random >>= rand_r(&seed) % 64;
		switch ((enum bac_app)v.type) {
		case APP_BOOLEAN:  v.boolean = random & 1; break;
		case APP_UNSIGNED: v.number = random; break;
		case APP_ENUM:     v.number = (uint32_t)random; break;
		case APP_INTEGER:  v.integer = (int64_t)random * (random & 1 ? -1 : 1); break;
		case APP_REAL:     v.real = (float)random; break;
		case APP_DOUBLE:   v.dbl = (double)random; break;
		case APP_OCTETS:   v.octets = (struct bac_octets){ in, n }; break;
		case APP_TEXT:     v.text = (struct bac_text){ (const char *)in, n, (uint8_t)(random % 6) }; break;
		case APP_BITS:     v.bits = (struct bac_bits){ in, (uint32_t)(n * 8) }; break;
		case APP_DATE:     v.date = (struct bac_date){ 126, 13, 32, 0xFF }; break;
		case APP_TIME:     v.time = (struct bac_time){ 0xFF, 1, 2, 3 }; break;
		case APP_OBJECT:   v.object = (uint32_t)random; break;
		case APP_NULL:
		case APP_COUNT:    break;
		}
		struct wr w = wr_over(out, sizeof out);
		bac_value_write(&w, &v);
		assert_false(w.full);
		for (size_t k = 0; k < wr_len(&w); k++) {
			struct rd cut = rd_over(out, k);
			bac_value_read(&cut);
			assert_false(rd_ok(&cut));
		}
		struct rd r = rd_over(out, wr_len(&w));
		struct bac_value back = bac_value_read(&r);
		assert_true(rd_done(&r));
		uint8_t again[64];
		struct wr w2 = wr_over(again, sizeof again);
		bac_value_write(&w2, &back);
		assert_octets(&w2, out, wr_len(&w));
	}
}

static void bvlc_of_a_node_that_is_no_bbmd(void **state)
{
	(void)state;
	static const struct { uint8_t function; size_t body; enum bvlc_verdict verdict; uint16_t code; } rows[] = {
		{ 0x00, 2, BVLC_NOTED, 0 },      { 0x00, 1, BVLC_MALFORMED, 0 },  { 0x00, 3, BVLC_MALFORMED, 0 }, { 0x01, 10, BVLC_NAK, 0x10 }, { 0x01, 0, BVLC_NAK, 0x10 },
		{ 0x02, 0, BVLC_NAK, 0x20 },     { 0x03, 10, BVLC_IGNORED, 0 },   { 0x04, 6, BVLC_MALFORMED, 0 }, { 0x04, 7, BVLC_UP, 0 },      { 0x04, 5, BVLC_MALFORMED, 0 },
		{ 0x05, 2, BVLC_NAK, 0x30 },     { 0x06, 0, BVLC_NAK, 0x40 },     { 0x07, 10, BVLC_IGNORED, 0 },  { 0x08, 6, BVLC_NAK, 0x50 },  { 0x09, 8, BVLC_NAK, 0x60 },
		{ 0x0A, 0, BVLC_MALFORMED, 0 },  { 0x0A, 1, BVLC_UP, 0 },         { 0x0B, 1, BVLC_UP, 0 },        { 0x0C, 5, BVLC_IGNORED, 0 }, { 0x0D, 5, BVLC_IGNORED, 0 },
		{ 0xFF, 0, BVLC_IGNORED, 0 },    { 0x0A, 1497, BVLC_UP, 0 },      { 0x0A, 1498, BVLC_MALFORMED, 0 },
	};
	static uint8_t d[1600];
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct bvlc b;
		bvlc_write_header(d, (enum bvlc_function)rows[i].function, rows[i].body);
		size_t n = BVLC_HEADER + rows[i].body;
		bvlc_read(d, n, &b);
		assert_int_equal(b.verdict, rows[i].verdict);
		if (b.verdict == BVLC_NAK)
			assert_int_equal(b.code, rows[i].code);
		if (b.verdict == BVLC_UP) {
			assert_int_equal(b.length, rows[i].function == 4 ? rows[i].body - 6 : rows[i].body);
			assert_int_equal(b.broadcast, rows[i].function != 0x0A);
			assert_int_equal(b.forwarded, rows[i].function == 4);
		}
		bvlc_read(d, n + 1, &b);                         /* a length that is not the datagram's */
		assert_int_equal(b.verdict, BVLC_MALFORMED);
		bvlc_read(d, n - 1, &b);
		assert_int_equal(b.verdict, BVLC_MALFORMED);
		d[0] = 0x82;
		bvlc_read(d, n, &b);
		assert_int_equal(b.verdict, BVLC_MALFORMED);
	}
	uint8_t header[BVLC_HEADER];
	bvlc_write_header(header, BVLC_RESULT, 2);
	assert_memory_equal(header, ((const uint8_t[]){ 0x81, 0x00, 0x00, 0x06 }), 4);
	bvlc_write_header(header, BVLC_ORIGINAL_BROADCAST, 1497);
	assert_memory_equal(header, ((const uint8_t[]){ 0x81, 0x0B, 0x05, 0xDD }), 4);
}

static void sizes_and_codes(void **state)
{
	(void)state;
	static const unsigned sizes[] = { 50, 128, 206, 480, 1024, 1476 };
	for (uint8_t code = 0; code < 16; code++)
		assert_int_equal(apdu_size_of_code(code), sizes[code < 6 ? code : 5]);     /* reserved: more than 1476, so 1476 */
	for (unsigned size = 50; size < 1600; size++) {
		uint8_t code = apdu_code_of_size(size);
		assert_true(apdu_size_of_code(code) <= size);
		assert_true(code == 5 || apdu_size_of_code((uint8_t)(code + 1)) > size);
	}
	for (uint8_t code = 1; code < 7; code++) {
		assert_int_equal(apdu_segments_of_code(code), 1u << code);
		assert_int_equal(apdu_code_of_segments(1u << code), code);
	}
	assert_int_equal(apdu_code_of_segments(65), 7);
	assert_int_equal(apdu_code_of_segments(1), 0);
	assert_true(apdu_segments_of_code(0) > 1000 && apdu_segments_of_code(7) > 1000);
}

/* Every day from 1900 to 2154 has its weekday, and no other. */
static void days_follow_each_other(void **state)
{
	(void)state;
	unsigned days = 0;
	for (unsigned year = 0; year < 255; year++) {
		for (uint8_t month = 1; month <= 12; month++) {
			for (uint8_t day = 1; day <= 31; day++) {
				struct bac_date d = { (uint8_t)year, month, day, BAC_ANY };
				if (!bac_date_actual(d))
					continue;
				d.weekday = (uint8_t)(days++ % 7 + 1);
				assert_true(bac_date_actual(d));
				assert_int_equal(bac_weekday(d), d.weekday);
				d.weekday = (uint8_t)(d.weekday % 7 + 1);
				assert_false(bac_date_actual(d));
			}
		}
	}
	assert_int_equal(days, 255 * 365 + 62);                          /* 62 leap years: 1900 and 2100 are none */
	assert_int_equal(bac_weekday((struct bac_date){ 124, 2, 29, 0 }), 4);
	static const struct bac_date bad[] = { { 255, 1, 1, 255 }, { 126, 2, 29, 255 }, { 126, 13, 1, 255 }, { 126, 0, 1, 255 }, { 126, 4, 31, 255 }, { 126, 4, 0, 255 },
	                                       { 126, 1, 1, 1 }, { 126, 255, 1, 255 }, { 126, 1, 255, 255 } };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(bac_date_actual(bad[i]));
	assert_false(bac_time_actual((struct bac_time){ 24, 0, 0, 0 }));
	assert_false(bac_time_actual((struct bac_time){ 255, 0, 0, 0 }));
	assert_false(bac_time_actual((struct bac_time){ 0, 60, 0, 0 }));
	assert_false(bac_time_actual((struct bac_time){ 0, 0, 60, 0 }));
	assert_false(bac_time_actual((struct bac_time){ 0, 0, 0, 100 }));
}

static void names_and_numbers(void **state)
{
	(void)state;
	assert_string_equal(bac_property_name(85), "present-value");
	assert_string_equal(bac_property_name(371), "property-list");
	assert_null(bac_property_name(499));
	assert_string_equal(bac_object_type_name(39), "bitstring-value");
	assert_string_equal(bac_unit_name(62), "degrees-celsius");
	assert_string_equal(bac_error_code_name(CODE_UNKNOWN_PROPERTY), "unknown-property");
	assert_string_equal(bac_reject_name(9), "unrecognized-service");
	assert_string_equal(bac_abort_name(11), "apdu-too-long");
	assert_null(bac_abort_name(12));
	assert_null(bac_reliability_name(11));
	uint32_t n;
	assert_true(bac_property_by_name("present-value", &n) && n == 85);
	assert_true(bac_property_by_name("512", &n) && n == 512);
	assert_false(bac_property_by_name("present", &n));
	assert_false(bac_property_by_name("4194304", &n));
	assert_false(bac_property_by_name("85x", &n));
	assert_false(bac_property_by_name("", &n));
	assert_true(bac_object_type_by_name("network-port", &n) && n == 56);
	assert_false(bac_object_type_by_name("1024", &n));
	for (uint32_t i = 0; i < PROP_STANDARD_LIMIT; i++)               /* the search finds every row */
		if (bac_property_name(i))
			assert_true(bac_property_by_name(bac_property_name(i), &n) && n == i);
	bool taken[64] = { false };
	for (uint32_t i = 0; i < CONFIRMED_COUNT; i++) {
		assert_false(taken[bac_confirmed_bit(i)]);
		taken[bac_confirmed_bit(i)] = true;
	}
	for (uint32_t i = 0; i < UNCONFIRMED_COUNT; i++) {
		assert_false(taken[bac_unconfirmed_bit(i)]);
		taken[bac_unconfirmed_bit(i)] = true;
	}
	char text[64];
	assert_string_equal(fault_text(ERROR(PROPERTY, UNKNOWN_PROPERTY), text, sizeof text), "error property/unknown-property");
	assert_string_equal(fault_text((struct fault){ FAULT_ERROR, 77, 999 }, text, sizeof text), "error #77/#999");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_are_minimal),
		cmocka_unit_test(bits_go_out_first_bit_on_top),
		cmocka_unit_test(tags_in_all_their_forms),
		cmocka_unit_test(lengths_larger_than_the_message_are_refused),
		cmocka_unit_test(nesting_is_followed_and_bounded),
		cmocka_unit_test(values_come_back_as_they_went),
		cmocka_unit_test(bvlc_of_a_node_that_is_no_bbmd),
		cmocka_unit_test(sizes_and_codes),
		cmocka_unit_test(days_follow_each_other),
		cmocka_unit_test(names_and_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
