/* The bodies of the services, octet by octet: read, each field looked at, written again as they were; each prefix refused; bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "bacnet/messages.h"

enum { DEVICE_7 = OBJ_DEVICE << 22 | 7, VALUE_5 = OBJ_ANALOG_VALUE << 22 | 5 };

#define OCTETS(...) (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })

union message {
	struct who_is who_is;
	struct i_am i_am;
	struct who_has who_has;
	struct i_have i_have;
	struct property_ref ref;
};

typedef bool reader_fn(struct rd *, union message *);

static bool read_who_is(struct rd *r, union message *m)  { return who_is_read(r, &m->who_is); }
static bool read_i_am(struct rd *r, union message *m)    { return i_am_read(r, &m->i_am); }
static bool read_who_has(struct rd *r, union message *m) { return who_has_read(r, &m->who_has); }
static bool read_i_have(struct rd *r, union message *m)  { return i_have_read(r, &m->i_have); }
static bool read_rp(struct rd *r, union message *m)      { return rp_request_read(r, &m->ref); }

/* Read whole; no prefix is a message but the empty one, where that is one, nor is one with an octet behind it. */
static union message whole(reader_fn *reader, bool may_be_empty, const uint8_t *octets, size_t n)
{
	union message m;
	uint8_t longer[64] = { 0 };
	for (size_t i = 0; i < n; i++) {
		struct rd cut = rd_over(octets, i);
		assert_int_equal(reader(&cut, &m), i == 0 && may_be_empty);
	}
	memcpy(longer, octets, n);
	struct rd more = rd_over(longer, n + 1);
	assert_false(reader(&more, &m));
	struct rd r = rd_over(octets, n);
	assert_true(reader(&r, &m));
	return m;
}

static void refused(reader_fn *reader, enum rd_why why, const uint8_t *octets, size_t n)
{
	union message m;
	struct rd r = rd_over(octets, n);
	assert_false(reader(&r, &m));
	assert_int_equal(r.why, why);
}

static void written(const struct wr *w, const uint8_t *octets, size_t n)
{
	assert_false(w->full);
	assert_int_equal(wr_len(w), n);
	assert_memory_equal(w->start, octets, n);
}

static void who_is_there(void **state)
{
	(void)state;
	uint8_t b[64];
	union message m = whole(read_who_is, true, OCTETS(0x09, 3, 0x19, 9));
	assert_int_equal(m.who_is.low, 3);
	assert_int_equal(m.who_is.high, 9);
	struct wr w = wr_over(b, sizeof b);
	who_is_write(&w, &m.who_is);
	written(&w, OCTETS(0x09, 3, 0x19, 9));
	struct rd none = rd_over(b, 0);
	assert_true(who_is_read(&none, &m.who_is));
	assert_int_equal(m.who_is.low, 0);
	assert_int_equal(m.who_is.high, BAC_INSTANCE_ANY);
	w = wr_over(b, sizeof b);
	who_is_write(&w, &m.who_is);
	assert_int_equal(wr_len(&w), 0);
	who_is_write(&w, &(struct who_is){ 0, BAC_INSTANCE_ANY - 1 });
	written(&w, OCTETS(0x09, 0, 0x1B, 0x3F, 0xFF, 0xFE));
	w = wr_over(b, sizeof b);
	who_is_write(&w, &(struct who_is){ 1, BAC_INSTANCE_ANY });
	written(&w, OCTETS(0x09, 1, 0x1B, 0x3F, 0xFF, 0xFF));
	whole(read_who_is, true, OCTETS(0x09, 1, 0x1B, 0x3F, 0xFF, 0xFF));
	whole(read_who_is, true, OCTETS(0x09, 5, 0x19, 5));
	refused(read_who_is, RD_VALUE, OCTETS(0x09, 5, 0x19, 4));
	refused(read_who_is, RD_VALUE, OCTETS(0x09, 1, 0x1B, 0x40, 0, 0));
}

static void i_am_here(void **state)
{
	(void)state;
	uint8_t b[64];
	union message m = whole(read_i_am, false, OCTETS(0xC4, 0x02, 0, 0, 7, 0x22, 0x05, 0xC4, 0x91, 3, 0x22, 0x02, 0x4F));
	assert_int_equal(m.i_am.device, DEVICE_7);
	assert_int_equal(m.i_am.max_apdu, 1476);
	assert_int_equal(m.i_am.segmentation, 3);
	assert_int_equal(m.i_am.vendor, 591);
	struct wr w = wr_over(b, sizeof b);
	i_am_write(&w, &m.i_am);
	written(&w, OCTETS(0xC4, 0x02, 0, 0, 7, 0x22, 0x05, 0xC4, 0x91, 3, 0x22, 0x02, 0x4F));
	refused(read_i_am, RD_VALUE, OCTETS(0xC4, 0x00, 0x80, 0, 7, 0x22, 0x05, 0xC4, 0x91, 3, 0x22, 0x02, 0x4F));
}

static void who_has_it(void **state)
{
	(void)state;
	uint8_t b[64];
	static const uint8_t named[] = { 0x09, 3, 0x19, 9, 0x3B, 0, 'h', 'i' };
	union message m = whole(read_who_has, false, named, sizeof named);
	assert_true(m.who_has.by_name);
	assert_int_equal(m.who_has.low, 3);
	assert_int_equal(m.who_has.high, 9);
	assert_true(bac_text_is(m.who_has.name, "hi", 2));
	struct wr w = wr_over(b, sizeof b);
	who_has_write(&w, &m.who_has);
	written(&w, named, sizeof named);
	m = whole(read_who_has, false, OCTETS(0x2C, 0x00, 0x80, 0, 5));
	assert_false(m.who_has.by_name);
	assert_int_equal(m.who_has.object, VALUE_5);
	assert_int_equal(m.who_has.high, BAC_INSTANCE_ANY);
	w = wr_over(b, sizeof b);
	who_has_write(&w, &m.who_has);
	written(&w, OCTETS(0x2C, 0x00, 0x80, 0, 5));
	static const uint8_t here[] = { 0xC4, 0x02, 0, 0, 7, 0xC4, 0x00, 0x80, 0, 5, 0x73, 0, 'h', 'i' };
	m = whole(read_i_have, false, here, sizeof here);
	assert_int_equal(m.i_have.device, DEVICE_7);
	assert_int_equal(m.i_have.object, VALUE_5);
	assert_true(bac_text_is(m.i_have.name, "hi", 2));
	w = wr_over(b, sizeof b);
	i_have_write(&w, &m.i_have);
	written(&w, here, sizeof here);
	refused(read_i_have, RD_VALUE, OCTETS(0xC4, 0x00, 0x80, 0, 7, 0xC4, 0x00, 0x80, 0, 5, 0x73, 0, 'h', 'i'));
}

static void one_property(void **state)
{
	(void)state;
	uint8_t b[64];
	struct rd value, plain = rd_over(OCTETS(0x0C, 0x00, 0x80, 0, 5, 0x19, 85));
	union message m;
	assert_true(rp_request_read(&plain, &m.ref));
	assert_int_equal(m.ref.object, VALUE_5);
	assert_int_equal(m.ref.property, 85);
	assert_true(m.ref.index == BAC_ARRAY_ALL);
	struct rd indexed = rd_over(OCTETS(0x0C, 0x00, 0x80, 0, 5, 0x19, 85, 0x29, 2));
	assert_true(read_rp(&indexed, &m));
	assert_int_equal(m.ref.index, 2);
	static const uint8_t ack[] = { 0x0C, 0x00, 0x80, 0, 5, 0x19, 85, 0x29, 2, 0x3E, 0x21, 9, 0x3F };
	struct wr w = wr_over(b, sizeof b);
	rp_ack_open(&w, &m.ref);
	bac_put_uint(&w, 9);
	rp_ack_close(&w);
	written(&w, ack, sizeof ack);
	for (size_t i = 0; i <= sizeof ack; i++) {
		struct rd r = rd_over(ack, i);
		assert_int_equal(rp_ack_read(&r, &m.ref, &value), i == sizeof ack);
	}
	assert_int_equal(bac_uint_app(&value), 9);
}

static void several_properties(void **state)
{
	(void)state;
	uint8_t b[64];
	uint32_t object;
	struct rpm_result result;
	static const uint8_t answer[] = { 0x0C, 0x00, 0x80, 0, 5, 0x1E, 0x29, 85, 0x4E, 0x21, 9, 0x4F, 0x29, 28, 0x39, 3, 0x5E, 0x91, 2, 0x91, 42, 0x5F, 0x1F };
	struct wr w = wr_over(b, sizeof b);
	rpm_object_open(&w, VALUE_5);
	rpm_value_open(&w, 85, BAC_ARRAY_ALL);
	bac_put_uint(&w, 9);
	rpm_value_close(&w);
	rpm_error_write(&w, 28, 3, 2, 42);
	rpm_object_close(&w);
	written(&w, answer, sizeof answer);
	struct rd r = rd_over(answer, sizeof answer), results = rpm_object_read(&r, &object);
	assert_int_equal(object, VALUE_5);
	assert_true(rpm_result_read(&results, &result));
	assert_int_equal(result.ref.property, 85);
	assert_true(result.ref.index == BAC_ARRAY_ALL);
	assert_false(result.failed);
	assert_int_equal(bac_uint_app(&result.value), 9);
	assert_true(rpm_result_read(&results, &result));
	assert_int_equal(result.ref.property, 28);
	assert_int_equal(result.ref.index, 3);
	assert_true(result.failed);
	assert_int_equal(result.error.cls, 2);
	assert_int_equal(result.error.code, 42);
	assert_int_equal(rd_left(&results), 0);
	assert_false(rpm_result_read(&results, &result));
	static const uint8_t wanted[] = { 0x0C, 0x00, 0x80, 0, 5, 0x1E, 0x09, 85, 0x19, 3, 0x1F };
	w = wr_over(b, sizeof b);
	rpm_object_open(&w, VALUE_5);
	rpm_reference_write(&w, &(struct property_ref){ VALUE_5, 85, 3 });
	rpm_object_close(&w);
	written(&w, wanted, sizeof wanted);
	r = rd_over(wanted, sizeof wanted);
	struct rd references = rpm_object_read(&r, &object);
	struct property_ref q;
	assert_true(rpm_reference_read(&references, &q));
	assert_int_equal(q.property, 85);
	assert_int_equal(q.index, 3);
	assert_false(rpm_reference_read(&references, &q));
}

static void a_priority_is_1_to_16(void **state)
{
	(void)state;
	uint8_t octets[] = { 0x0C, 0x00, 0x80, 0, 5, 0x19, 85, 0x3E, 0x21, 9, 0x3F, 0x49, 0 };
	for (unsigned priority = 0; priority < 256; priority++) {
		struct wp_request q;
		octets[12] = (uint8_t)priority;
		struct rd r = rd_over(octets, sizeof octets);
		bool ok = priority >= 1 && priority <= 16;
		assert_int_equal(wp_request_read(&r, &q), ok);
		assert_int_equal(r.why, ok ? RD_OK : RD_VALUE);
		if (ok)
			assert_int_equal(q.priority, priority);
	}
	struct wp_request q;
	struct rd none = rd_over(octets, 11);
	assert_true(wp_request_read(&none, &q));
	assert_int_equal(q.priority, 0);
	assert_int_equal(q.ref.object, VALUE_5);
	assert_int_equal(bac_uint_app(&q.value), 9);
}

static void numbers_have_one_to_eight_octets(void **state)
{
	(void)state;
	static const struct { uint8_t octets[12], n; enum rd_why why; } rows[] = {
		{ { 0x20 }, 1, RD_TYPE }, { { 0x21, 1 }, 2, RD_OK }, { { 0x24, 0xFF, 0xFF, 0xFF, 0xFF }, 5, RD_OK },
		{ { 0x25, 5, 1, 0, 0, 0, 0 }, 7, RD_VALUE }, { { 0x25, 8, 0, 0, 0, 0, 0, 0, 0, 1 }, 10, RD_OK },
		{ { 0x25, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1 }, 11, RD_TYPE },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct rd r = rd_over(rows[i].octets, rows[i].n);
		uint32_t v = bac_uint_app(&r);
		assert_int_equal(r.why, rows[i].why);
		assert_int_equal(v != 0, rows[i].why == RD_OK);
	}
}

static void a_time_is_actual(void **state)
{
	(void)state;
	static const uint8_t good[] = { 0xA4, 126, 11, 26, 4, 0xB4, 3, 1, 2, 3 };
	for (size_t i = 0; i < sizeof good; i++) {
		struct time_sync m;
		uint8_t octets[sizeof good];
		memcpy(octets, good, sizeof good);
		octets[i] = BAC_ANY;
		struct rd r = rd_over(octets, sizeof octets), plain = rd_over(good, sizeof good);
		assert_true(time_sync_read(&plain, &m));
		assert_int_equal(time_sync_read(&r, &m), i == 4 || i == 9);         /* the weekday and the hundredths may be any */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_there),
		cmocka_unit_test(i_am_here),
		cmocka_unit_test(who_has_it),
		cmocka_unit_test(one_property),
		cmocka_unit_test(several_properties),
		cmocka_unit_test(a_priority_is_1_to_16),
		cmocka_unit_test(numbers_have_one_to_eight_octets),
		cmocka_unit_test(a_time_is_actual),
	};
	return cmocka_run_group_tests_name("messages", tests, NULL, NULL);
}
