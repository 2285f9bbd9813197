/* The server as a peer sees it: octets in, octets out, on virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "service/exchange_test.h"

static const uint8_t av1_pv[] = { 0x00, 0x05, 0x01, 0x0C, 0x0C, 0x00, 0x80, 0x00, 0x01, 0x19, 0x55 };

static void read_property_is_answered_octet_by_octet(void **state)
{
	struct exchange *x = *state;
	object_set_real(device_find(x->device, bac_object_id(OBJ_ANALOG_VALUE, 1)), 50.0f, 0);
	exchange_apdu(x, av1_pv, sizeof av1_pv);
	static const uint8_t ack[] = { 0x01, 0x00, 0x30, 0x01, 0x0C, 0x0C, 0x00, 0x80, 0x00, 0x01, 0x19, 0x55, 0x3E, 0x44, 0x42, 0x48, 0x00, 0x00, 0x3F };
	assert_int_equal(x->catcher.count, 1);
	assert_int_equal(x->catcher.message[0].length, sizeof ack);
	assert_memory_equal(x->catcher.message[0].npdu, ack, sizeof ack);
	assert_true(bac_addr_same(&x->catcher.message[0].to, &x->peer));
}

static void read_errors_come_in_the_order_of_the_checks(void **state)
{
	struct exchange *x = *state;
	static const struct { uint32_t type, instance, property; uint64_t index; uint16_t cls, code; } rows[] = {
		{ OBJ_ANALOG_VALUE, 88, 9999, 7, CLASS_OBJECT, CODE_UNKNOWN_OBJECT },
		{ OBJ_ANALOG_INPUT, 1, PROP_PRESENT_VALUE, BAC_ARRAY_ALL, CLASS_OBJECT, CODE_UNKNOWN_OBJECT },
		{ OBJ_DEVICE, 1339, PROP_OBJECT_NAME, BAC_ARRAY_ALL, CLASS_OBJECT, CODE_UNKNOWN_OBJECT },
		{ OBJ_ANALOG_VALUE, BAC_INSTANCE_ANY, PROP_PRESENT_VALUE, BAC_ARRAY_ALL, CLASS_OBJECT, CODE_UNKNOWN_OBJECT },
		{ OBJ_ANALOG_VALUE, 1, PROP_NUMBER_OF_STATES, 5, CLASS_PROPERTY, CODE_UNKNOWN_PROPERTY },
		{ OBJ_ANALOG_VALUE, 1, PROP_ALL, BAC_ARRAY_ALL, CLASS_PROPERTY, CODE_UNKNOWN_PROPERTY },
		{ OBJ_ANALOG_VALUE, 1, 511, BAC_ARRAY_ALL, CLASS_PROPERTY, CODE_UNKNOWN_PROPERTY },
		{ OBJ_ANALOG_VALUE, 1, 512, BAC_ARRAY_ALL, CLASS_PROPERTY, CODE_UNKNOWN_PROPERTY },
		{ OBJ_ANALOG_VALUE, 1, UINT32_MAX, BAC_ARRAY_ALL, CLASS_PROPERTY, CODE_UNKNOWN_PROPERTY },
		{ OBJ_ANALOG_VALUE, 1, PROP_PRESENT_VALUE, 0, CLASS_PROPERTY, CODE_PROPERTY_IS_NOT_AN_ARRAY },
		{ OBJ_ANALOG_VALUE, 1, PROP_PRESENT_VALUE, UINT32_MAX, CLASS_PROPERTY, CODE_PROPERTY_IS_NOT_AN_ARRAY },
		{ OBJ_DEVICE, 1338, PROP_DEVICE_ADDRESS_BINDING, 1, CLASS_PROPERTY, CODE_PROPERTY_IS_NOT_AN_ARRAY },
		{ OBJ_DEVICE, 1338, PROP_OBJECT_LIST, 104, CLASS_PROPERTY, CODE_INVALID_ARRAY_INDEX },
		{ OBJ_DEVICE, 1338, PROP_OBJECT_LIST, UINT32_MAX, CLASS_PROPERTY, CODE_INVALID_ARRAY_INDEX },
		{ OBJ_DEVICE, 1338, PROP_CONFIGURATION_FILES, 1, CLASS_PROPERTY, CODE_INVALID_ARRAY_INDEX },
		{ OBJ_DEVICE, 1338, PROP_VT_CLASSES_SUPPORTED, BAC_ARRAY_ALL, CLASS_PROPERTY, CODE_UNKNOWN_PROPERTY },
		{ OBJ_DEVICE, 1338, PROP_MAX_MASTER, BAC_ARRAY_ALL, CLASS_PROPERTY, CODE_UNKNOWN_PROPERTY },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		exchange_read(x, bac_object_id(rows[i].type, rows[i].instance), rows[i].property, rows[i].index);
		expect_error(x, CONFIRMED_READ_PROPERTY, rows[i].cls, rows[i].code);
	}
}

static void arrays_have_a_size_elements_and_a_whole(void **state)
{
	struct exchange *x = *state;
	uint32_t device = bac_object_id(OBJ_DEVICE, 1338);
	struct rd v = exchange_read_value(x, device, PROP_OBJECT_LIST, 0);
	assert_int_equal(bac_uint_app(&v), SAMPLE_OBJECTS + 1);
	assert_true(rd_done(&v));
	for (uint32_t i = 1; i <= SAMPLE_OBJECTS + 1; i++) {
		v = exchange_read_value(x, device, PROP_OBJECT_LIST, i);
		assert_int_equal(bac_object_app(&v), object_id(device_at(x->device, i - 1)));
		assert_true(rd_done(&v));
	}
	v = exchange_read_value(x, device, PROP_OBJECT_LIST, BAC_ARRAY_ALL);
	for (uint32_t i = 0; i <= SAMPLE_OBJECTS; i++)
		assert_int_equal(bac_object_app(&v), object_id(device_at(x->device, i)));
	assert_true(rd_done(&v));
	v = exchange_read_value(x, device, PROP_CONFIGURATION_FILES, 0);
	assert_int_equal(bac_uint_app(&v), 0);
	v = exchange_read_value(x, device, PROP_CONFIGURATION_FILES, BAC_ARRAY_ALL);
	assert_int_equal(rd_left(&v), 0);
	v = exchange_read_value(x, bac_object_id(OBJ_MULTI_STATE_VALUE, 1), PROP_STATE_TEXT, 2);
	assert_true(bac_text_is(bac_text_app(&v), "ON BATTERY", 10));
}

static void wildcard_instance_is_answered_with_the_real_one(void **state)
{
	struct exchange *x = *state;
	exchange_read(x, bac_object_id(OBJ_DEVICE, BAC_INSTANCE_ANY), PROP_OBJECT_IDENTIFIER, BAC_ARRAY_ALL);
	struct rd r = exchange_body(x, APDU_COMPLEX_ACK, CONFIRMED_READ_PROPERTY);
	struct property_ref ref;
	struct rd value;
	assert_true(rp_ack_read(&r, &ref, &value));
	assert_int_equal(ref.object, bac_object_id(OBJ_DEVICE, 1338));
	assert_int_equal(bac_object_app(&value), bac_object_id(OBJ_DEVICE, 1338));
	exchange_read(x, bac_object_id(OBJ_NETWORK_PORT, BAC_INSTANCE_ANY), PROP_BACNET_IP_UDP_PORT, BAC_ARRAY_ALL);
	r = exchange_body(x, APDU_COMPLEX_ACK, CONFIRMED_READ_PROPERTY);
	assert_true(rp_ack_read(&r, &ref, &value));
	assert_int_equal(ref.object, bac_object_id(OBJ_NETWORK_PORT, 1));
	assert_int_equal(bac_uint_app(&value), 47808);
	/* never for writing */
	exchange_write_text(x, bac_object_id(OBJ_DEVICE, BAC_INSTANCE_ANY), PROP_LOCATION, "here");
	expect_error(x, CONFIRMED_WRITE_PROPERTY, CLASS_OBJECT, CODE_UNKNOWN_OBJECT);
}

static void supported_strings_come_from_the_tables(void **state)
{
	struct exchange *x = *state;
	uint32_t device = bac_object_id(OBJ_DEVICE, 1338);
	struct rd v = exchange_read_value(x, device, PROP_PROTOCOL_SERVICES_SUPPORTED, BAC_ARRAY_ALL);
	struct bac_bits bits = bac_bits_app(&v);
	assert_int_equal(bits.count, 49);
	static const uint8_t wanted[] = { 12, 14, 15, 32, 33, 34, 36 };
	uint64_t word = 0;
	for (size_t i = 0; i < sizeof wanted; i++)
		word |= 1ull << wanted[i];
	assert_true(bac_bits_word(bits) == word);
	v = exchange_read_value(x, device, PROP_PROTOCOL_OBJECT_TYPES_SUPPORTED, BAC_ARRAY_ALL);
	bits = bac_bits_app(&v);
	assert_int_equal(bits.count, 63);
	assert_true(bac_bits_word(bits) == (1ull << 2 | 1ull << 8 | 1ull << 19 | 1ull << 39 | 1ull << 56));
	for (size_t i = 0; i < device_count(x->device); i++)     /* every type in the list is among them */
		assert_true(bac_bit(bits, bac_id_type(object_id(device_at(x->device, i)))));
	v = exchange_read_value(x, device, PROP_PROTOCOL_REVISION, BAC_ARRAY_ALL);
	assert_int_equal(bac_uint_app(&v), 22);
}

/* ---- ReadPropertyMultiple ---- */

static void multiple_mixes_values_errors_and_groups(void **state)
{
	struct exchange *x = *state;
	struct wr w = exchange_request(x, CONFIRMED_READ_PROPERTY_MULTIPLE);
	rpm_object_open(&w, bac_object_id(OBJ_ANALOG_VALUE, 3));
	rpm_reference_write(&w, &(struct property_ref){ .property = PROP_PRESENT_VALUE, .index = BAC_ARRAY_ALL });
	rpm_reference_write(&w, &(struct property_ref){ .property = PROP_STATE_TEXT, .index = BAC_ARRAY_ALL });
	rpm_reference_write(&w, &(struct property_ref){ .property = PROP_PRESENT_VALUE, .index = 3 });
	rpm_reference_write(&w, &(struct property_ref){ .property = PROP_ALL, .index = 0 });
	rpm_object_close(&w);
	rpm_object_open(&w, bac_object_id(OBJ_ANALOG_VALUE, 999));
	rpm_reference_write(&w, &(struct property_ref){ .property = PROP_OPTIONAL, .index = BAC_ARRAY_ALL });
	rpm_object_close(&w);
	rpm_object_open(&w, bac_object_id(OBJ_DEVICE, BAC_INSTANCE_ANY));
	rpm_reference_write(&w, &(struct property_ref){ .property = PROP_OBJECT_LIST, .index = 1 });
	rpm_object_close(&w);
	exchange_send(x, &w);
	struct rd r = exchange_body(x, APDU_COMPLEX_ACK, CONFIRMED_READ_PROPERTY_MULTIPLE);

	static const struct { uint32_t property; uint64_t index; uint16_t cls, code; } rows[] = {
		{ PROP_PRESENT_VALUE, BAC_ARRAY_ALL, 0, 0 },
		{ PROP_STATE_TEXT, BAC_ARRAY_ALL, CLASS_PROPERTY, CODE_UNKNOWN_PROPERTY },
		{ PROP_PRESENT_VALUE, 3, CLASS_PROPERTY, CODE_PROPERTY_IS_NOT_AN_ARRAY },
		{ PROP_ALL, 0, CLASS_PROPERTY, CODE_PROPERTY_IS_NOT_AN_ARRAY },
		{ PROP_OPTIONAL, BAC_ARRAY_ALL, CLASS_OBJECT, CODE_UNKNOWN_OBJECT },
		{ PROP_OBJECT_LIST, 1, 0, 0 },
	};
	size_t row = 0;
	while (rd_left(&r)) {
		uint32_t object;
		struct rd results = rpm_object_read(&r, &object);
		if (bac_id_type(object) == OBJ_DEVICE)
			assert_int_equal(bac_id_instance(object), 1338);
		while (rd_left(&results)) {
			struct rpm_result q;
			assert_true(rpm_result_read(&results, &q));
			assert_int_equal(q.ref.property, rows[row].property);
			assert_true(q.ref.index == rows[row].index);
			assert_int_equal(q.failed, rows[row].code != 0);
			assert_int_equal(q.error.cls, rows[row].cls);
			assert_int_equal(q.error.code, rows[row].code);
			row++;
		}
		rd_end(&r, &results);
	}
	assert_true(rd_done(&r));
	assert_int_equal(row, sizeof rows / sizeof rows[0]);
}

static bool conforms(const struct property_info *p, uint32_t group)
{
	return p->property != PROP_PROPERTY_LIST && (group == PROP_ALL || (group == PROP_REQUIRED) == (p->conformance == CONFORMANCE_REQUIRED));
}

/* ALL, REQUIRED and OPTIONAL of every object give exactly the rows of its type, in their order, and each reads as ReadProperty does. */
static void groups_give_the_rows_of_the_type(void **state)
{
	struct exchange *x = *state;
	static const uint32_t groups[] = { PROP_ALL, PROP_REQUIRED, PROP_OPTIONAL };
	for (size_t i = 0; i < device_count(x->device); i++)
		for (size_t g = 0; g < 3; g++) {
			struct object *o = device_at(x->device, i);
			struct wr w = exchange_request(x, CONFIRMED_READ_PROPERTY_MULTIPLE);
			rpm_object_open(&w, object_id(o));
			rpm_reference_write(&w, &(struct property_ref){ .property = groups[g], .index = BAC_ARRAY_ALL });
			rpm_object_close(&w);
			exchange_send(x, &w);
			uint8_t copy[1500];
			struct rd r = exchange_body(x, APDU_COMPLEX_ACK, CONFIRMED_READ_PROPERTY_MULTIPLE);
			size_t n = rd_left(&r);
			memcpy(copy, r.p, n);
			r = rd_over(copy, n);
			uint32_t object;
			struct rd results = rpm_object_read(&r, &object);
			assert_int_equal(object, object_id(o));
			struct property_info info;
			for (size_t cursor = 0; object_property_next(o, &cursor, &info);) {
				if (!conforms(&info, groups[g]))
					continue;
				struct rpm_result q;
				assert_true(rpm_result_read(&results, &q));
				assert_int_equal(q.ref.property, info.property);
				assert_false(q.failed);
				struct rd one = exchange_read_value(x, object, info.property, BAC_ARRAY_ALL);
				assert_int_equal(rd_left(&one), rd_left(&q.value));
				assert_memory_equal(one.p, q.value.p, rd_left(&one));
			}
			assert_int_equal(rd_left(&results), 0);
		}
}

/* ---- WriteProperty ---- */

static void writable_says_what_may_be_written(void **state)
{
	struct exchange *x = *state;
	uint32_t device = bac_object_id(OBJ_DEVICE, 1338), av = bac_object_id(OBJ_ANALOG_VALUE, 5);
	device_set_writable(x->device, WRITABLE_NONE);
	exchange_write_text(x, device, PROP_OBJECT_NAME, "new");
	expect_error(x, CONFIRMED_WRITE_PROPERTY, CLASS_PROPERTY, CODE_WRITE_ACCESS_DENIED);
	device_set_writable(x->device, WRITABLE_LABELS);
	exchange_write_text(x, device, PROP_OBJECT_NAME, "new");
	expect_simple_ack(x, CONFIRMED_WRITE_PROPERTY);
	assert_string_equal(device_text(x->device, DEVICE_NAME), "new");
	exchange_write_text(x, device, PROP_LOCATION, "Roof");
	expect_simple_ack(x, CONFIRMED_WRITE_PROPERTY);
	exchange_write_text(x, av, PROP_DESCRIPTION, "Caf\xC3\xA9");
	expect_simple_ack(x, CONFIRMED_WRITE_PROPERTY);
	assert_string_equal(object_description(device_find(x->device, av)), "Caf\xC3\xA9");
	exchange_write_text(x, av, PROP_OBJECT_NAME, "other");
	expect_error(x, CONFIRMED_WRITE_PROPERTY, CLASS_PROPERTY, CODE_WRITE_ACCESS_DENIED);
	exchange_write(x, av, PROP_OUT_OF_SERVICE, BAC_ARRAY_ALL, &(struct bac_value){ .type = APP_BOOLEAN, .boolean = true }, 0);
	expect_error(x, CONFIRMED_WRITE_PROPERTY, CLASS_PROPERTY, CODE_WRITE_ACCESS_DENIED);
	struct bac_value seven = { .type = APP_REAL, .real = 7 };
	device_set_writable(x->device, WRITABLE_TEST);
	exchange_write(x, av, PROP_PRESENT_VALUE, BAC_ARRAY_ALL, &seven, 8);
	expect_error(x, CONFIRMED_WRITE_PROPERTY, CLASS_PROPERTY, CODE_WRITE_ACCESS_DENIED);
	exchange_write(x, av, PROP_OUT_OF_SERVICE, BAC_ARRAY_ALL, &(struct bac_value){ .type = APP_BOOLEAN, .boolean = true }, 0);
	expect_simple_ack(x, CONFIRMED_WRITE_PROPERTY);
	exchange_write(x, av, PROP_PRESENT_VALUE, BAC_ARRAY_ALL, &seven, 8);
	expect_simple_ack(x, CONFIRMED_WRITE_PROPERTY);
	struct rd v = exchange_read_value(x, av, PROP_PRESENT_VALUE, BAC_ARRAY_ALL);
	assert_true(bac_real_app(&v) == 7);
}

static void bad_writes_get_their_errors(void **state)
{
	struct exchange *x = *state;
	device_set_writable(x->device, WRITABLE_TEST);
	struct object *out[3] = { device_find(x->device, bac_object_id(OBJ_ANALOG_VALUE, 5)), device_find(x->device, bac_object_id(OBJ_MULTI_STATE_VALUE, 5)),
	                          device_find(x->device, bac_object_id(OBJ_BITSTRING_VALUE, 0)) };
	for (int i = 0; i < 3; i++) {
		exchange_write(x, object_id(out[i]), PROP_OUT_OF_SERVICE, BAC_ARRAY_ALL, &(struct bac_value){ .type = APP_BOOLEAN, .boolean = true }, 0);
		expect_simple_ack(x, CONFIRMED_WRITE_PROPERTY);
	}
	static char too_long[129];
	memset(too_long, 'x', 128);
	static const uint8_t fifteen[2] = { 0xFF, 0xFE };
#define TEXT(t, n_, set) { .type = APP_TEXT, .text = { t, n_, set } }
	const struct { uint32_t type, instance, property; uint64_t index; struct bac_value v; uint16_t cls, code; } rows[] = {
		{ OBJ_DEVICE, 1338, PROP_OBJECT_NAME, BAC_ARRAY_ALL, TEXT("", 0, 0), CLASS_PROPERTY, CODE_VALUE_OUT_OF_RANGE },
		{ OBJ_DEVICE, 1338, PROP_OBJECT_NAME, BAC_ARRAY_ALL, TEXT("object 4", 8, 0), CLASS_PROPERTY, CODE_DUPLICATE_NAME },
		{ OBJ_DEVICE, 1338, PROP_OBJECT_NAME, BAC_ARRAY_ALL, TEXT(too_long, 128, 0), CLASS_RESOURCES, CODE_NO_SPACE_TO_WRITE_PROPERTY },
		{ OBJ_DEVICE, 1338, PROP_LOCATION, BAC_ARRAY_ALL, TEXT("x", 1, 4), CLASS_PROPERTY, CODE_CHARACTER_SET_NOT_SUPPORTED },
		{ OBJ_DEVICE, 1338, PROP_LOCATION, BAC_ARRAY_ALL, TEXT("\xC0\x80", 2, 0), CLASS_PROPERTY, CODE_VALUE_OUT_OF_RANGE },
		{ OBJ_DEVICE, 1338, PROP_LOCATION, BAC_ARRAY_ALL, TEXT("a\nb", 3, 0), CLASS_PROPERTY, CODE_VALUE_OUT_OF_RANGE },
		{ OBJ_DEVICE, 1338, PROP_LOCATION, BAC_ARRAY_ALL, TEXT("a\0b", 3, 0), CLASS_PROPERTY, CODE_VALUE_OUT_OF_RANGE },
		{ OBJ_DEVICE, 1338, PROP_LOCATION, BAC_ARRAY_ALL, { .type = APP_REAL, .real = 1 }, CLASS_PROPERTY, CODE_INVALID_DATA_TYPE },
		{ OBJ_DEVICE, 1338, PROP_LOCATION, 1, TEXT("x", 1, 0), CLASS_PROPERTY, CODE_PROPERTY_IS_NOT_AN_ARRAY },
		{ OBJ_DEVICE, 1338, PROP_MODEL_NAME, BAC_ARRAY_ALL, TEXT("x", 1, 0), CLASS_PROPERTY, CODE_WRITE_ACCESS_DENIED },
		{ OBJ_DEVICE, 1338, PROP_OBJECT_LIST, 0, { .type = APP_UNSIGNED, .number = 1 }, CLASS_PROPERTY, CODE_WRITE_ACCESS_DENIED },
		{ OBJ_DEVICE, 1338, PROP_OBJECT_LIST, 5000, { .type = APP_UNSIGNED, .number = 1 }, CLASS_PROPERTY, CODE_INVALID_ARRAY_INDEX },
		{ OBJ_DEVICE, 1338, 9999, 5000, { .type = APP_UNSIGNED, .number = 1 }, CLASS_PROPERTY, CODE_UNKNOWN_PROPERTY },
		{ OBJ_ANALOG_VALUE, 5, PROP_COV_INCREMENT, BAC_ARRAY_ALL, { .type = APP_REAL, .real = -1 }, CLASS_PROPERTY, CODE_VALUE_OUT_OF_RANGE },
		{ OBJ_ANALOG_VALUE, 5, PROP_COV_INCREMENT, BAC_ARRAY_ALL, { .type = APP_REAL, .real = __builtin_nanf("") }, CLASS_PROPERTY, CODE_VALUE_OUT_OF_RANGE },
		{ OBJ_ANALOG_VALUE, 5, PROP_COV_INCREMENT, BAC_ARRAY_ALL, { .type = APP_UNSIGNED, .number = 1 }, CLASS_PROPERTY, CODE_INVALID_DATA_TYPE },
		{ OBJ_ANALOG_VALUE, 5, PROP_PRESENT_VALUE, BAC_ARRAY_ALL, { .type = APP_UNSIGNED, .number = 1 }, CLASS_PROPERTY, CODE_INVALID_DATA_TYPE },
		{ OBJ_ANALOG_VALUE, 5, PROP_RELIABILITY, BAC_ARRAY_ALL, { .type = APP_ENUM, .number = 11 }, CLASS_PROPERTY, CODE_VALUE_OUT_OF_RANGE },
		{ OBJ_ANALOG_VALUE, 5, PROP_RELIABILITY, BAC_ARRAY_ALL, { .type = APP_ENUM, .number = 65536 }, CLASS_PROPERTY, CODE_VALUE_OUT_OF_RANGE },
		{ OBJ_ANALOG_VALUE, 6, PROP_RELIABILITY, BAC_ARRAY_ALL, { .type = APP_ENUM, .number = 1 }, CLASS_PROPERTY, CODE_WRITE_ACCESS_DENIED },
		{ OBJ_MULTI_STATE_VALUE, 5, PROP_PRESENT_VALUE, BAC_ARRAY_ALL, { .type = APP_UNSIGNED, .number = 0 }, CLASS_PROPERTY, CODE_VALUE_OUT_OF_RANGE },
		{ OBJ_MULTI_STATE_VALUE, 5, PROP_PRESENT_VALUE, BAC_ARRAY_ALL, { .type = APP_UNSIGNED, .number = 8 }, CLASS_PROPERTY, CODE_VALUE_OUT_OF_RANGE },
		{ OBJ_MULTI_STATE_VALUE, 5, PROP_PRESENT_VALUE, BAC_ARRAY_ALL, { .type = APP_UNSIGNED, .number = 0x100000001 }, CLASS_PROPERTY, CODE_VALUE_OUT_OF_RANGE },
		{ OBJ_MULTI_STATE_VALUE, 5, PROP_STATE_TEXT, 1, TEXT("x", 1, 0), CLASS_PROPERTY, CODE_WRITE_ACCESS_DENIED },
		{ OBJ_BITSTRING_VALUE, 0, PROP_PRESENT_VALUE, BAC_ARRAY_ALL, { .type = APP_BITS, .bits = { fifteen, 15 } }, CLASS_PROPERTY, CODE_VALUE_OUT_OF_RANGE },
		{ OBJ_NETWORK_PORT, 1, PROP_OUT_OF_SERVICE, BAC_ARRAY_ALL, { .type = APP_BOOLEAN, .boolean = true }, CLASS_PROPERTY, CODE_WRITE_ACCESS_DENIED },
		{ OBJ_NETWORK_PORT, 1, PROP_IP_ADDRESS, BAC_ARRAY_ALL, { .type = APP_OCTETS, .octets = { fifteen, 2 } }, CLASS_PROPERTY, CODE_WRITE_ACCESS_DENIED },
		{ OBJ_ANALOG_VALUE, 500, 9999, 0, { .type = APP_NULL }, CLASS_OBJECT, CODE_UNKNOWN_OBJECT },
		{ OBJ_ANALOG_VALUE, 5, PROP_UNITS, BAC_ARRAY_ALL, { .type = APP_NULL }, CLASS_PROPERTY, CODE_WRITE_ACCESS_DENIED },
	};
#undef TEXT
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		exchange_write(x, bac_object_id(rows[i].type, rows[i].instance), rows[i].property, rows[i].index, &rows[i].v, 0);
		expect_error(x, CONFIRMED_WRITE_PROPERTY, rows[i].cls, rows[i].code);
	}
	/* NULL to what is writable but not commandable: accepted, without effect */
	exchange_write(x, object_id(out[0]), PROP_PRESENT_VALUE, BAC_ARRAY_ALL, &(struct bac_value){ .type = APP_NULL }, 16);
	expect_simple_ack(x, CONFIRMED_WRITE_PROPERTY);
	assert_true(object_real(out[0]) == -1);
	/* two values where one belongs */
	struct wr w = exchange_request(x, CONFIRMED_WRITE_PROPERTY);
	wp_request_open(&w, &(struct property_ref){ object_id(out[0]), PROP_PRESENT_VALUE, BAC_ARRAY_ALL });
	bac_put_real(&w, 1);
	bac_put_real(&w, 2);
	wp_request_close(&w, 0);
	exchange_send(x, &w);
	expect_error(x, CONFIRMED_WRITE_PROPERTY, CLASS_PROPERTY, CODE_INVALID_DATA_TYPE);
	/* priority 0 and 17 do not exist */
	for (uint8_t priority = 0; priority <= 17; priority += 17) {
		w = exchange_request(x, CONFIRMED_WRITE_PROPERTY);
		wp_request_open(&w, &(struct property_ref){ object_id(out[0]), PROP_PRESENT_VALUE, BAC_ARRAY_ALL });
		bac_put_real(&w, 1);
		bac_put_close(&w, 3);
		bac_put_uint_ctx(&w, 4, priority);
		exchange_send(x, &w);
		expect_reject(x, REJECT_PARAMETER_OUT_OF_RANGE);
	}
}

static void a_repeated_write_is_executed_once(void **state)
{
	struct exchange *x = *state;
	device_set_writable(x->device, WRITABLE_LABELS);
	uint32_t device = bac_object_id(OBJ_DEVICE, 1338);
	x->invoke = 41;
	exchange_write_text(x, device, PROP_LOCATION, "first");
	expect_simple_ack(x, CONFIRMED_WRITE_PROPERTY);
	device_restore_text(x->device, device, PROP_LOCATION, "changed since");
	x->invoke = 41;                          /* exchange_request counts up from here: the same id again */
	exchange_write_text(x, device, PROP_LOCATION, "first");
	expect_simple_ack(x, CONFIRMED_WRITE_PROPERTY);
	assert_string_equal(device_text(x->device, DEVICE_LOCATION), "changed since");
	assert_int_equal(responder_counters(x->responder)->duplicates, 1);
	/* another invoke id, another content, another peer, a later time: each is another request */
	exchange_write_text(x, device, PROP_LOCATION, "first");
	assert_string_equal(device_text(x->device, DEVICE_LOCATION), "first");
	x->invoke = 41;
	exchange_write_text(x, device, PROP_LOCATION, "second");
	assert_string_equal(device_text(x->device, DEVICE_LOCATION), "second");
	for (unsigned i = 0; i < 64; i++) {
		device_restore_text(x->device, device, PROP_LOCATION, "changed since");
		x->invoke = 41;
		x->peer.mac[5]++;
		exchange_write_text(x, device, PROP_LOCATION, "first");
		assert_string_equal(device_text(x->device, DEVICE_LOCATION), "first");
	}
	device_restore_text(x->device, device, PROP_LOCATION, "changed since");
	ev_advance(x->loop, 60000);
	x->invoke = 41;
	exchange_write_text(x, device, PROP_LOCATION, "first");
	assert_string_equal(device_text(x->device, DEVICE_LOCATION), "first");
	/* an error is repeated as the error it was */
	x->invoke = 50;
	exchange_write_text(x, device, PROP_MODEL_NAME, "no");
	expect_error(x, CONFIRMED_WRITE_PROPERTY, CLASS_PROPERTY, CODE_WRITE_ACCESS_DENIED);
	x->invoke = 50;
	exchange_write_text(x, device, PROP_MODEL_NAME, "no");
	expect_error(x, CONFIRMED_WRITE_PROPERTY, CLASS_PROPERTY, CODE_WRITE_ACCESS_DENIED);
}

/* ---- what is not executed, not ours, not well-formed ---- */

static void every_other_confirmed_service_is_unrecognized(void **state)
{
	struct exchange *x = *state;
	for (unsigned service = 0; service < 256; service++) {
		if (service == CONFIRMED_READ_PROPERTY || service == CONFIRMED_READ_PROPERTY_MULTIPLE || service == CONFIRMED_WRITE_PROPERTY)
			continue;
		struct wr w = exchange_request(x, (uint8_t)service);
		exchange_send(x, &w);
		expect_reject(x, REJECT_UNRECOGNIZED_SERVICE);
	}
}

static void unreadable_bodies_get_their_reject(void **state)
{
	struct exchange *x = *state;
	static const struct { const char *hex; uint8_t reason; } rows[] = {
		{ "0C", REJECT_MISSING_REQUIRED_PARAMETER },
		{ "0C 0C00800001", REJECT_MISSING_REQUIRED_PARAMETER },
		{ "0C 0C00800001 1955 29", REJECT_MISSING_REQUIRED_PARAMETER },
		{ "0C 1955", REJECT_INVALID_TAG },
		{ "0C 0C00800001 2955", REJECT_INVALID_TAG },
		{ "0C C400800001 1955", REJECT_INVALID_TAG },
		{ "0C 0B008000 1955", REJECT_INVALID_PARAMETER_DATA_TYPE },
		{ "0C 0C00800001 18", REJECT_INVALID_PARAMETER_DATA_TYPE },
		{ "0C 0C00800001 1D09010203040506070809", REJECT_INVALID_PARAMETER_DATA_TYPE },
		{ "0C 0C00800001 1D050100000000", REJECT_PARAMETER_OUT_OF_RANGE },
		{ "0C 0C00800001 1955 2900 00", REJECT_TOO_MANY_ARGUMENTS },
		{ "0C 0C00800001 1955 FF", REJECT_TOO_MANY_ARGUMENTS },
		{ "0E", REJECT_MISSING_REQUIRED_PARAMETER },
		{ "0E 0C00800001", REJECT_MISSING_REQUIRED_PARAMETER },
		{ "0E 0C00800001 1E 0955", REJECT_MISSING_REQUIRED_PARAMETER },
		{ "0E 0C00800001 1E 0955 2F", REJECT_INVALID_TAG },
		{ "0E 0C00800001 1E 1955 1F", REJECT_INVALID_TAG },
		{ "0E 0C00800001 1E 0955 1F 1F", REJECT_INVALID_TAG },
		{ "0E 0C00800001 1E 0955 1F 0C00800002 1E 0E 0F 1F", REJECT_INVALID_TAG },
		{ "0F 0C00800001 1955 3E 44 0000", REJECT_MISSING_REQUIRED_PARAMETER },
		{ "0F 0C00800001 1955 3E 44 00000000 2F", REJECT_INVALID_TAG },
		{ "0F 0C00800001 1955", REJECT_MISSING_REQUIRED_PARAMETER },
		{ "0F 0C00800001 1955 3E 4400000000 3F 4910 00", REJECT_TOO_MANY_ARGUMENTS },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		exchange_hex(x, "00 05 07", rows[i].hex);
		expect_reject(x, rows[i].reason);
	}
	/* header without a service; header without an invoke id */
	exchange_hex(x, "00 05 07", "");
	expect_reject(x, REJECT_MISSING_REQUIRED_PARAMETER);
	exchange_hex(x, "00 05", "");
	assert_int_equal(x->catcher.count, 0);
}

static void nothing_answers_an_answer_a_broadcast_or_the_unconfirmed(void **state)
{
	struct exchange *x = *state;
	static const char *const silent[] = {
		"20 01 0C", "30 01 0C 0C 00 80 00 01 19 55 3E 44 42 48 00 00 3F", "50 01 0C 91 02 91 20", "60 01 09", "71 01 04", "70 01 04",
		"40 01 00 01", "41 01 00 01", "38 01 00 10 0C 00", "80 00", "F0 01 02 03", "10", "10 07", "10 08 09", "10 08 09 05 19 04", "10 08 1A", "10 63",
		"10 05 00", "10 06 A4", "10 00 C4", "10 08 09 00 1C 00 40 00 00", "50", "20", "",
	};
	for (size_t i = 0; i < sizeof silent / sizeof silent[0]; i++) {
		exchange_hex(x, silent[i], "");
		assert_int_equal(x->catcher.count, 0);
	}
	x->broadcast = true;
	exchange_apdu(x, av1_pv, sizeof av1_pv);
	assert_int_equal(x->catcher.count, 0);
	assert_int_equal(responder_counters(x->responder)->broadcast_confirmed, 1);
	assert_true(responder_counters(x->responder)->unexpected_answer >= 8);
	x->broadcast = false;
	static const uint8_t global[] = { 0x01, 0x24, 0xFF, 0xFF, 0x00, 0xFF, 0x00, 0x05, 0x01, 0x0C, 0x0C, 0x00, 0x80, 0x00, 0x01, 0x19, 0x55 };
	exchange_npdu(x, global, sizeof global);
	assert_int_equal(x->catcher.count, 0);
	assert_int_equal(responder_counters(x->responder)->broadcast_confirmed, 2);
}

/* ---- network layer ---- */

static void a_routed_request_is_answered_through_its_router(void **state)
{
	struct exchange *x = *state;
	static const uint8_t request[] = { 0x01, 0x0C, 0x00, 0x07, 0x03, 0x11, 0x22, 0x33, 0x00, 0x05, 0x01, 0x0C, 0x0C, 0x00, 0x80, 0x00, 0x01, 0x19, 0x55 };
	exchange_npdu(x, request, sizeof request);
	assert_int_equal(x->catcher.count, 1);
	static const uint8_t head[] = { 0x01, 0x20, 0x00, 0x07, 0x03, 0x11, 0x22, 0x33, 0xFF, 0x30, 0x01, 0x0C };
	assert_memory_equal(x->catcher.message[0].npdu, head, sizeof head);
	assert_memory_equal(x->catcher.message[0].to.mac, x->peer.mac, 6);
	/* Who-Is from there: I-Am goes there, and there only */
	static const uint8_t who[] = { 0x01, 0x28, 0xFF, 0xFF, 0x00, 0x00, 0x07, 0x03, 0x11, 0x22, 0x33, 0xFE, 0x10, 0x08 };
	exchange_npdu(x, who, sizeof who);
	assert_int_equal(x->catcher.count, 1);
	assert_memory_equal(x->catcher.message[0].npdu, head, 9);
	assert_int_equal(x->catcher.message[0].npdu[9], 0x10);
	assert_false(x->catcher.message[0].broadcast);
}

static void headers_that_are_not_for_us_are_dropped(void **state)
{
	struct exchange *x = *state;
	static const char *const dropped[] = {
		"", "01", "01 20", "01 20 00 05 00", "01 0C 00 07 05 01 02", "01 20 FF FF 00", "01 80", "01 80 FF 00",
		"02 04", "00 04", "01 24 00 05 00 FF", "01 24 00 05 06 0A 00 00 01 BA C0 FF", "01 24 FF FF 01 05 FF", "01 24 00 00 00 FF",
		"01 0C 00 00 01 05", "01 0C FF FF 01 05", "01 0C 00 07 00",
		"01 0C 00 07 13 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19",
	};
	enum { CUT = 8 };                                /* the first ones end too early; behind the others stands a good request */
	for (size_t i = 0; i < sizeof dropped / sizeof dropped[0]; i++) {
		uint8_t npdu[80] = { 0 };
		size_t n = hex_octets(dropped[i], npdu);
		if (i >= CUT) {
			memcpy(npdu + n, av1_pv, sizeof av1_pv);
			n += sizeof av1_pv;
		}
		exchange_npdu(x, npdu, n);
		if (x->catcher.count)
			fail_msg("answered: %s", dropped[i]);
	}
	/* our own network, once we know it: to our address, and to nobody else's */
	assert_true(device_learn_network_number(x->device, 5, true));
	uint8_t npdu[80];
	size_t n = hex_octets("01 24 00 05 06 0A 00 00 01 BA C0 FF", npdu);
	memcpy(npdu + n, av1_pv, sizeof av1_pv);
	exchange_npdu(x, npdu, n + sizeof av1_pv);
	assert_int_equal(x->catcher.count, 1);
	npdu[n - 2] = 0xC1;
	exchange_npdu(x, npdu, n + sizeof av1_pv);
	assert_int_equal(x->catcher.count, 0);
}

static void network_messages_of_an_end_device(void **state)
{
	struct exchange *x = *state;
	uint8_t npdu[40];
	for (unsigned type = 0; type < 256; type++) {
		static const uint8_t ignored[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0x12, 0x13 };
		bool silent = memchr(ignored, (int)type, sizeof ignored);
		uint8_t message[] = { 0x01, 0x80, (uint8_t)type, 0x01, 0x44, 0x00 };
		ev_advance(x->loop, 10000);
		exchange_npdu(x, message, sizeof message);
		assert_int_equal(x->catcher.count, silent ? 0 : 1);
		assert_int_equal(device_network_number(x->device), 0);       /* 13 too: by unicast it teaches nothing */
		if (!silent) {
			static const uint8_t reject[] = { 0x01, 0x80, 0x03, 0x03, 0x00, 0x00 };
			assert_int_equal(x->catcher.message[0].length, sizeof reject);
			assert_memory_equal(x->catcher.message[0].npdu, reject, sizeof reject);
		}
		x->broadcast = true;
		exchange_npdu(x, message, sizeof message);
		assert_int_equal(x->catcher.count, 0);   /* 12 too: we do not know our network's number... */
		x->broadcast = false;
		if (type == 0x13) {                      /* ...until somebody tells everybody */
			assert_int_equal(device_network_number(x->device), 0x0144);
			assert_int_equal(device_network_number_quality(x->device), NETWORK_NUMBER_LEARNED);
			break;
		}
	}
	size_t n = hex_octets("01 80 12", npdu);
	ev_advance(x->loop, 10000);
	x->broadcast = true;
	exchange_npdu(x, npdu, n);
	static const uint8_t is[] = { 0x01, 0x80, 0x13, 0x01, 0x44, 0x00 };
	assert_int_equal(x->catcher.count, 1);
	assert_true(x->catcher.message[0].broadcast);
	assert_memory_equal(x->catcher.message[0].npdu, is, sizeof is);
	static const char *const not_asked[] = { "01 88 00 07 01 05 12", "01 A0 FF FF 00 FF 12" };
	for (size_t i = 0; i < 2; i++) {                 /* from another network: no business of ours */
		n = hex_octets(not_asked[i], npdu);
		exchange_npdu(x, npdu, n);
		assert_int_equal(x->catcher.count, 0);
	}
	/* routed, unicast, malformed or from outside: nothing is learned */
	static const char *const refused[] = { "01 88 00 07 01 05 13 00 09 01", "01 A0 FF FF 00 FF 13 00 09 01", "01 80 13 00 09", "01 80 13 00 00 01", "01 80 13 FF FF 01",
	                                       "01 80 13 00 09 02", "01 80 13 00 09 01 00" };
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		n = hex_octets(refused[i], npdu);
		exchange_npdu(x, npdu, n);
		assert_int_equal(device_network_number(x->device), 0x0144);
	}
	/* a flood of what must be rejected is rejected a few times */
	x->broadcast = false;
	ev_advance(x->loop, 10000);
	unsigned answers = 0;
	for (int i = 0; i < 100; i++) {
		n = hex_octets("01 80 7F", npdu);
		exchange_npdu(x, npdu, n);
		answers += x->catcher.count;
	}
	assert_in_range(answers, 1, 10);
}

/* ---- Who-Is, Who-Has, time ---- */

static void who_is_is_answered_within_its_limits(void **state)
{
	struct exchange *x = *state;
	static const struct { const char *hex; bool answered; } rows[] = {
		{ "10 08", true }, { "10 08 09 00 1B 3F FF FF", true }, { "10 08 0A 05 3A 1A 05 3A", true }, { "10 08 09 00 1A 05 39", false },
		{ "10 08 0A 05 3B 1B 3F FF FF", false }, { "10 08 0B 3F FF FF 1B 3F FF FF", false },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		ev_advance(x->loop, 1000);
		x->broadcast = i % 2;
		exchange_hex(x, rows[i].hex, "");
		assert_int_equal(x->catcher.count, rows[i].answered);
		if (!rows[i].answered)
			continue;
		static const uint8_t i_am[] = { 0x01, 0x00, 0x10, 0x00, 0xC4, 0x02, 0x00, 0x05, 0x3A, 0x22, 0x05, 0xC4, 0x91, 0x00, 0x22, 0x02, 0x4F };
		assert_int_equal(x->catcher.message[0].length, sizeof i_am);
		assert_memory_equal(x->catcher.message[0].npdu, i_am, sizeof i_am);
		assert_false(x->catcher.message[0].broadcast);
	}
}

static void storms_of_who_is_get_few_answers(void **state)
{
	struct exchange *x = *state;
	unsigned answers = 0;
	for (int i = 0; i < 1000; i++) {                 /* the same question, all within 100 ms */
		exchange_hex(x, "10 08", "");
		answers += x->catcher.count;
	}
	assert_int_equal(answers, 1);
	answers = 0;
	for (int i = 0; i < 1000; i++) {                 /* 1000 different ones in one second */
		uint8_t q[] = { 0x01, 0x00, 0x10, 0x08, 0x0A, (uint8_t)(i >> 8), (uint8_t)i, 0x1B, 0x3F, 0xFF, 0xFF };
		ev_advance(x->loop, 1);
		exchange_npdu(x, q, sizeof q);
		answers += x->catcher.count;
	}
	assert_in_range(answers, 10, 40);
	x->peer.mac[3]++;                                /* another is answered all the same */
	exchange_hex(x, "10 08", "");
	assert_int_equal(x->catcher.count, 1);
	answers = 0;
	for (int i = 0; i < 5000; i++) {                 /* from thousands of made-up sources: the whole is limited too */
		x->peer.mac[2] = (uint8_t)(i >> 8);
		x->peer.mac[3] = (uint8_t)i;
		exchange_hex(x, "10 08", "");
		answers += x->catcher.count;
	}
	assert_in_range(answers, 50, 220);
	ev_advance(x->loop, 60000);
	exchange_hex(x, "10 08", "");
	assert_int_equal(x->catcher.count, 1);
}

static void who_has_by_name_and_by_identifier(void **state)
{
	struct exchange *x = *state;
	struct who_has q = { .high = BAC_INSTANCE_ANY, .by_name = true, .name = { "object 87", 9, 0 } };
	for (int i = 0; i < 2; i++) {
		uint8_t octets[64];
		struct wr w = wr_over(octets, sizeof octets);
		apdu_write_unconfirmed(&w, UNCONFIRMED_WHO_HAS);
		who_has_write(&w, &q);
		exchange_apdu(x, octets, wr_len(&w));
		assert_int_equal(x->catcher.count, 1);
		struct rd r = exchange_unconfirmed(x, UNCONFIRMED_I_HAVE);
		struct i_have m;
		assert_true(i_have_read(&r, &m));
		assert_int_equal(m.device, bac_object_id(OBJ_DEVICE, 1338));
		assert_int_equal(m.object, bac_object_id(OBJ_ANALOG_VALUE, 87));
		assert_true(bac_text_is(m.name, "object 87", 9));
		q = (struct who_has){ .high = BAC_INSTANCE_ANY, .object = m.object };
	}
	static const char *const unknown[] = { "10 07 3D 04 00 61 62 63", "10 07 2C 00 80 00 58", "10 07 09 00 19 05 2C 00 80 00 01", "10 07 3D 04 04 61 62 63" };
	for (size_t i = 0; i < 4; i++) {
		exchange_hex(x, unknown[i], "");
		assert_int_equal(x->catcher.count, 0);
	}
}

static void the_time_is_given_as_local_time(void **state)
{
	struct exchange *x = *state;
	exchange_hex(x, "10 06 A4 7E 02 1D FF B4 0C 22 38 FF", "");      /* 29 February 2026 does not exist */
	assert_int_equal(x->times, 0);
	exchange_hex(x, "10 06 A4 7C 02 1D FF B4 0C 22 38 FF", "");      /* 2024-02-29 12:34:56 */
	assert_int_equal(x->times, 1);
	assert_int_equal(x->date.weekday, 4);
	assert_int_equal(x->time.hundredths, 0);
	device_set_utc_offset(x->device, -60);                           /* one hour east */
	device_set_daylight_saving(x->device, true);
	exchange_hex(x, "10 09 A4 7C 0C 1F 02 B4 17 1E 00 00", "");      /* 2024-12-31 23:30 UTC */
	assert_int_equal(x->times, 2);
	assert_int_equal(x->date.year, 125);
	assert_int_equal(x->date.month, 1);
	assert_int_equal(x->date.day, 1);
	assert_int_equal(x->date.weekday, 3);
	assert_int_equal(x->time.hour, 1);
	assert_int_equal(x->time.minute, 30);
	device_set_utc_offset(x->device, 480);
	device_set_daylight_saving(x->device, false);
	exchange_hex(x, "10 09 A4 7C 03 01 05 B4 07 1E 00 00", "");      /* 2024-03-01 07:30 UTC, 8 hours west */
	assert_int_equal(x->date.month, 2);
	assert_int_equal(x->date.day, 29);
	assert_int_equal(x->time.hour, 23);
	assert_int_equal(x->catcher.count, 0);
}

static void one_i_am_at_start_within_the_delay(void **state)
{
	struct exchange *x = *state;
	responder_start(x->responder);
	exchange_clear(x);
	ev_advance(x->loop, 3000);
	assert_int_equal(x->catcher.count, 1);
	assert_true(x->catcher.message[0].broadcast);
	static const uint8_t head[] = { 0x01, 0x20, 0xFF, 0xFF, 0x00, 0xFF, 0x10, 0x00, 0xC4, 0x02, 0x00, 0x05, 0x3A };
	assert_memory_equal(x->catcher.message[0].npdu, head, sizeof head);
	ev_advance(x->loop, 3600000);
	assert_int_equal(x->catcher.count, 1);
}

static void who_uses_our_instance_or_name_is_noticed(void **state)
{
	struct exchange *x = *state;
	exchange_hex(x, "10 00 C4 02 00 05 3A 22 05 C4 91 03 22 02 4F", "");
	assert_int_equal(x->conflicts[CONFLICT_INSTANCE], 1);
	exchange_hex(x, "10 00 C4 02 00 05 3B 22 05 C4 91 03 22 02 4F", "");
	assert_int_equal(x->conflicts[CONFLICT_INSTANCE], 1);
	exchange_hex(x, "10 01 C4 02 00 00 07 C4 02 00 00 07 75 09 00 4D 41 53 54 45 52 59 53", "");
	assert_int_equal(x->conflicts[CONFLICT_NAME], 1);
	exchange_hex(x, "10 01 C4 02 00 00 07 C4 00 80 00 07 75 09 00 4D 41 53 54 45 52 59 53", "");    /* an Analog Value may have it */
	assert_int_equal(x->conflicts[CONFLICT_NAME], 1);
	assert_int_equal(x->catcher.count, 0);
	for (int i = 0; i < 100; i++)
		exchange_hex(x, "10 00 C4 02 00 05 3A 22 05 C4 91 03 22 02 4F", "");
	assert_in_range(x->conflicts[CONFLICT_INSTANCE], 2, 10);
	assert_int_equal(responder_counters(x->responder)->conflict_instance, 101);
}

/* ---- many ---- */

static void two_devices_in_one_process_know_nothing_of_each_other(void **state)
{
	struct exchange *x = *state;
	struct exchange *y = exchange_make(&(struct device_conf){ .instance = 77, .vendor_id = 260, .max_apdu = 480, .writable = WRITABLE_LABELS },
	                                   &(struct responder_conf){ .seed = 3 });
	device_set_writable(x->device, WRITABLE_LABELS);
	exchange_write_text(x, bac_object_id(OBJ_DEVICE, 1338), PROP_OBJECT_NAME, "one");
	exchange_write_text(y, bac_object_id(OBJ_DEVICE, 77), PROP_OBJECT_NAME, "two");
	assert_string_equal(device_text(x->device, DEVICE_NAME), "one");
	assert_string_equal(device_text(y->device, DEVICE_NAME), "two");
	exchange_read(y, bac_object_id(OBJ_DEVICE, 1338), PROP_OBJECT_NAME, BAC_ARRAY_ALL);
	expect_error(y, CONFIRMED_READ_PROPERTY, CLASS_OBJECT, CODE_UNKNOWN_OBJECT);
	object_set_real(device_find(y->device, bac_object_id(OBJ_ANALOG_VALUE, 1)), 2, 0);
	assert_true(object_real(device_find(x->device, bac_object_id(OBJ_ANALOG_VALUE, 1))) == -1);
	assert_int_equal(responder_counters(x->responder)->rx, 1);
	assert_int_equal(responder_counters(y->responder)->rx, 2);
	exchange_hex(x, "10 08", "");
	exchange_hex(y, "10 08", "");
	assert_int_equal(x->catcher.message[0].npdu[8], 0x3A);
	assert_int_equal(y->catcher.message[0].npdu[8], 77);
	exchange_free(y);
}

/* Random octets behind every kind of header, and requests with some octets changed: never more than one answer, never longer than the
 * peer takes, and everything is well-formed. */
static void noise_never_breaks_it(void **state)
{
	struct exchange *x = *state;
	device_set_writable(x->device, WRITABLE_TEST);
	unsigned seed = 20240229;
	print_message("seed %u\n", seed);
	for (int round = 0; round < 60000; round++) {
		uint8_t npdu[64] = { 0x01, 0x04, 0x00, 0x05, (uint8_t)round };
		size_t n = 5 + (size_t)(rand_r(&seed) % 40);
		for (size_t i = 5; i < n; i++)
			npdu[i] = (uint8_t)rand_r(&seed);
		static const uint8_t services[] = { 12, 14, 15 };
		if (rand_r(&seed) % 4) {
			npdu[5] = services[rand_r(&seed) % 3];
			static const uint8_t start[] = { 0x0C, 0x00, 0x80, 0x00, 0x01, 0x19, 0x55, 0x3E, 0x44, 0x00, 0x00, 0x00, 0x00, 0x3F };
			static const uint8_t start_multiple[] = { 0x0C, 0x02, 0x00, 0x05, 0x3A, 0x1E, 0x09, 0x08, 0x1F };
			const uint8_t *body = npdu[5] == 14 ? start_multiple : start;
			size_t length = npdu[5] == 14 ? sizeof start_multiple : sizeof start;
			memcpy(npdu + 6, body, length);
			n = 6 + length + (size_t)(rand_r(&seed) % 4);
			for (int k = rand_r(&seed) % 4; k > 0; k--)
				npdu[6 + (size_t)rand_r(&seed) % (n - 6)] = (uint8_t)rand_r(&seed);
		}
		if (rand_r(&seed) % 8 == 0)
			npdu[2] = (uint8_t)rand_r(&seed);
		if (rand_r(&seed) % 16 == 0)
			npdu[1] = (uint8_t)rand_r(&seed);
		exchange_fenced(x, npdu, n);
		assert_in_range(x->catcher.count, 0, 3);
		for (unsigned i = 0; i < x->catcher.count; i++)
			assert_in_range(x->catcher.message[i].length, 3, 1497);
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, exchange_setup, exchange_teardown)
	const struct CMUnitTest tests[] = {
		TEST(read_property_is_answered_octet_by_octet),
		TEST(read_errors_come_in_the_order_of_the_checks),
		TEST(arrays_have_a_size_elements_and_a_whole),
		TEST(wildcard_instance_is_answered_with_the_real_one),
		TEST(supported_strings_come_from_the_tables),
		TEST(multiple_mixes_values_errors_and_groups),
		TEST(groups_give_the_rows_of_the_type),
		TEST(writable_says_what_may_be_written),
		TEST(bad_writes_get_their_errors),
		TEST(a_repeated_write_is_executed_once),
		TEST(every_other_confirmed_service_is_unrecognized),
		TEST(unreadable_bodies_get_their_reject),
		TEST(nothing_answers_an_answer_a_broadcast_or_the_unconfirmed),
		TEST(a_routed_request_is_answered_through_its_router),
		TEST(headers_that_are_not_for_us_are_dropped),
		TEST(network_messages_of_an_end_device),
		TEST(who_is_is_answered_within_its_limits),
		TEST(storms_of_who_is_get_few_answers),
		TEST(who_has_by_name_and_by_identifier),
		TEST(the_time_is_given_as_local_time),
		TEST(one_i_am_at_start_within_the_delay),
		TEST(who_uses_our_instance_or_name_is_noticed),
		TEST(two_devices_in_one_process_know_nothing_of_each_other),
		TEST(noise_never_breaks_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
