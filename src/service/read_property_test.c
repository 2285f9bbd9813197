/* The server as a peer sees it: octets in, octets out, on virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "service/exchange_test.h"
#include "service/service.h"

static const uint8_t av1_pv[] = { 0x00, 0x05, 0x01, 0x0C, 0x0C, 0x00, 0x80, 0x00, 0x01, 0x19, 0x55 };

static void read_property_is_answered_octet_by_octet(void **state)
{
	struct exchange *x = *state;
	analog_value_set(device_find(x->device, bac_object_id(OBJ_ANALOG_VALUE, 1)), 50.0f, 0);
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
	struct bac_bits bits = exchange_bits(&v);
	assert_int_equal(bits.count, 49);
	static const uint8_t wanted[] = { 0, 3, 4, 5, 8, 9, 12, 14, 15, 16, 17, 20, 32, 33, 34, 36, 38, 39 };
	uint64_t word = 0;
	for (size_t i = 0; i < sizeof wanted; i++)
		word |= 1ull << wanted[i];
	assert_true(bac_bits_word(bits) == word);
	v = exchange_read_value(x, device, PROP_PROTOCOL_OBJECT_TYPES_SUPPORTED, BAC_ARRAY_ALL);
	bits = exchange_bits(&v);
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

static bool conforms(const struct property_row *p, uint32_t group)
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
			const struct property_row *row;
			for (size_t cursor = 0; (row = object_row_next(o, &cursor));) {
				if (!conforms(row, groups[g]))
					continue;
				struct rpm_result q;
				assert_true(rpm_result_read(&results, &q));
				assert_int_equal(q.ref.property, row->property);
				assert_false(q.failed);
				struct rd one = exchange_read_value(x, object, row->property, BAC_ARRAY_ALL);
				assert_int_equal(rd_left(&one), rd_left(&q.value));
				assert_memory_equal(one.p, q.value.p, rd_left(&one));
			}
			assert_int_equal(rd_left(&results), 0);
		}
}

/* ---- what is not executed, not ours, not well-formed ---- */

static void every_other_confirmed_service_is_unrecognized(void **state)
{
	struct exchange *x = *state;
	for (unsigned service = 0; service < 256; service++) {
		if (service < CONFIRMED_COUNT && service_table.confirmed[service].execute)
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
	x->way = PORT_SUBNET;
	exchange_apdu(x, av1_pv, sizeof av1_pv);
	assert_int_equal(x->catcher.count, 0);
	assert_int_equal(node_counters(x->node)->broadcast_confirmed, 1);
	assert_true(node_counters(x->node)->unexpected_answer >= 8);
	x->way = PORT_UNICAST;
	static const uint8_t global[] = { 0x01, 0x24, 0xFF, 0xFF, 0x00, 0xFF, 0x00, 0x05, 0x01, 0x0C, 0x0C, 0x00, 0x80, 0x00, 0x01, 0x19, 0x55 };
	exchange_npdu(x, global, sizeof global);
	assert_int_equal(x->catcher.count, 0);
	assert_int_equal(node_counters(x->node)->broadcast_confirmed, 2);
}

/* ---- many ---- */

static void two_devices_in_one_process_know_nothing_of_each_other(void **state)
{
	struct exchange *x = *state;
	struct exchange *y = exchange_make(&(struct device_conf){ .instance = 77, .vendor_id = 260, .max_apdu = 480, .writable = WRITABLE_LABELS },
	                                   &(struct node_conf){ .seed = 3 });
	device_set_writable(x->device, WRITABLE_LABELS);
	exchange_write_text(x, bac_object_id(OBJ_DEVICE, 1338), PROP_OBJECT_NAME, "one");
	exchange_write_text(y, bac_object_id(OBJ_DEVICE, 77), PROP_OBJECT_NAME, "two");
	assert_string_equal(device_text(x->device, DEVICE_NAME), "one");
	assert_string_equal(device_text(y->device, DEVICE_NAME), "two");
	exchange_read(y, bac_object_id(OBJ_DEVICE, 1338), PROP_OBJECT_NAME, BAC_ARRAY_ALL);
	expect_error(y, CONFIRMED_READ_PROPERTY, CLASS_OBJECT, CODE_UNKNOWN_OBJECT);
	analog_value_set(device_find(y->device, bac_object_id(OBJ_ANALOG_VALUE, 1)), 2, 0);
	assert_true(object_real(device_find(x->device, bac_object_id(OBJ_ANALOG_VALUE, 1))) == -1);
	assert_int_equal(node_counters(x->node)->rx, 1);
	assert_int_equal(node_counters(y->node)->rx, 2);
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

static void a_storm_of_broken_requests_is_not_answered_for_ever(void **state)
{
	struct exchange *x = *state;
	static const uint8_t unknown[] = { 0x00, 0x05, 0x01, 99 };
	unsigned rejects = 0;
	for (int i = 0; i < 1000; i++) {
		exchange_apdu(x, unknown, sizeof unknown);
		rejects += x->catcher.count;
	}
	assert_int_equal(rejects, 400);
	assert_int_equal(node_counters(x->node)->refusals_limited, 600);
	exchange_read(x, device_id(x->device), PROP_VENDOR_IDENTIFIER, BAC_ARRAY_ALL);   /* the same source is served all the same */
	exchange_body(x, APDU_COMPLEX_ACK, CONFIRMED_READ_PROPERTY);
	for (int i = 0; i < 500; i++)                    /* and Errors are not limited */
		exchange_read(x, device_id(x->device), PROP_TAGS, BAC_ARRAY_ALL);
	exchange_body(x, APDU_ERROR, CONFIRMED_READ_PROPERTY);
	exchange_clear(x);
	ev_advance(x->loop, 1000);
	exchange_apdu(x, unknown, sizeof unknown);
	assert_int_equal(x->catcher.count, 1);
}

/* An answer has the priority of its request: ComplexACK, SimpleACK, Error, Reject, Abort and segments alike. */
static void finding_2_5_answers_carry_the_priority(void **state)
{
	struct exchange *x = *state;
	uint32_t device = bac_object_id(OBJ_DEVICE, 1338);
	for (uint8_t priority = 0; priority < 4; priority++) {
		x->priority = priority;
		exchange_read(x, device, PROP_MODEL_NAME, BAC_ARRAY_ALL);
		exchange_body(x, APDU_COMPLEX_ACK, CONFIRMED_READ_PROPERTY);
		assert_int_equal(x->catcher.message[0].npdu[1], priority);
		exchange_read(x, device, 9999, BAC_ARRAY_ALL);
		assert_int_equal(x->catcher.message[0].npdu[1], priority);
		struct wr w = exchange_request(x, 99);
		exchange_send(x, &w);
		assert_int_equal(x->catcher.message[0].npdu[1], priority);
		device_set_writable(x->device, WRITABLE_LABELS);
		exchange_write_text(x, device, PROP_LOCATION, "here");
		expect_simple_ack(x, CONFIRMED_WRITE_PROPERTY);
		assert_int_equal(x->catcher.message[0].npdu[1], priority);
		x->max_apdu_code = 0;
		exchange_read(x, device, PROP_OBJECT_LIST, BAC_ARRAY_ALL);
		expect_abort(x, ABORT_SEGMENTATION_NOT_SUPPORTED);
		assert_int_equal(x->catcher.message[0].npdu[1], priority);
		x->segments_accepted = true;
		exchange_read(x, device, PROP_OBJECT_LIST, BAC_ARRAY_ALL);
		assert_int_equal(x->catcher.count, 1);
		assert_int_equal(x->catcher.message[0].npdu[1], 0x04 | priority);
		exchange_clear(x);
		ev_advance(x->loop, 5000);               /* the same segment again */
		assert_int_equal(x->catcher.message[0].npdu[1], 0x04 | priority);
		uint8_t ack[] = { 0x01, 0x00, 0x40, x->invoke, 0, 2 };
		exchange_npdu(x, ack, sizeof ack);
		assert_int_equal(x->catcher.count, 2);
		assert_int_equal(x->catcher.message[1].npdu[1], 0x04 | priority);
		exchange_hex(x, "70 00 00", "");
		ev_advance(x->loop, 100000);
		x->segments_accepted = false;
		x->max_apdu_code = 5;
	}
}

static void finding_2_11_an_empty_list_of_references_is_rejected(void **state)
{
	struct exchange *x = *state;
	static const char *const bodies[] = { "0C00800001 1E 1F", "0C00800001 1E 0955 1F 0C00800002 1E 1F", "0C00800FFF 1E 1F" };
	for (size_t i = 0; i < 3; i++) {
		exchange_hex(x, "00 05 07 0E", bodies[i]);
		expect_reject(x, REJECT_MISSING_REQUIRED_PARAMETER);
	}
	exchange_hex(x, "00 05 07 0E", "0C00800001 1E 2F");
	expect_reject(x, REJECT_INVALID_TAG);
}

/* What is read is counted by the test: an answer that cannot be sent is not written. */
static void finding_3_2_no_more_is_written_than_the_peer_takes(void **state)
{
	struct exchange *x = *state;
	x->segments_accepted = true;
	x->max_segments_code = 1;
	struct wr w = exchange_request(x, CONFIRMED_READ_PROPERTY_MULTIPLE);
	rpm_object_open(&w, bac_object_id(OBJ_DEVICE, 1338));
	for (unsigned i = 0; i < 480; i++)
		rpm_reference_write(&w, &(struct property_ref){ .property = PROP_PROPERTY_LIST, .index = BAC_ARRAY_ALL });
	rpm_object_close(&w);
	memset(places_scratch(x->commons.places), 0xA5, PLACES_ANSWER_MAX);
	exchange_send(x, &w);
	expect_abort(x, ABORT_BUFFER_OVERFLOW);
	const uint8_t *scratch = places_scratch(x->commons.places);
	size_t written = 0;
	for (size_t i = 0; i < PLACES_ANSWER_MAX; i++)
		if (scratch[i] != 0xA5)
			written = i + 1;
	assert_in_range(written, 1000, 2 * (1476 - 5));
	assert_int_equal(places_live(x->commons.places), 0);
}

/* A service that is switched off is not executed and not claimed; the others are. */
static void services_can_be_switched_off(void **state)
{
	struct exchange *x = *state;
	uint64_t bits;
	assert_true(node_services_named("writeProperty, who-Is\treadPropertyMultiple", &bits));
	assert_int_equal(bits, 1ull << 15 | 1ull << 34 | 1ull << 14);
	node_configure(x->node, bits);
	struct rd v = exchange_read_value(x, bac_object_id(OBJ_DEVICE, 1338), PROP_PROTOCOL_SERVICES_SUPPORTED, BAC_ARRAY_ALL);
	assert_int_equal(bac_bits_word(exchange_bits(&v)), 1ull << 0 | 1ull << 3 | 1ull << 4 | 1ull << 39 | 1ull << 5 | 1ull << 8 | 1ull << 9 | 1ull << 12 | 1ull << 16 | 1ull << 17 | 1ull << 20 | 1ull << 32 | 1ull << 33 | 1ull << 36 | 1ull << 38);
	exchange_write_text(x, bac_object_id(OBJ_DEVICE, 1338), PROP_LOCATION, "here");
	expect_reject(x, REJECT_UNRECOGNIZED_SERVICE);
	exchange_hex(x, "10 08", "");
	assert_int_equal(x->catcher.count, 0);
	node_configure(x->node, 0);
	exchange_hex(x, "10 08", "");
	assert_int_equal(x->catcher.count, 1);
	assert_true(node_services_named("", &bits) && bits == 0);
	assert_true(node_services_named(" , ", &bits) && bits == 0);
	assert_false(node_services_named("writeProperties", &bits));
	assert_false(node_services_named("writePropert", &bits));
	assert_false(node_services_named("subscribeCOVX readProperty", &bits));
	assert_int_equal(bits, 1ull << 12);
	assert_int_equal(node_services() & 0x7FFF, 1 << 0 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 8 | 1 << 9 | 1 << 12 | 1 << 14);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, exchange_setup, exchange_teardown)
	const struct CMUnitTest tests[] = {
		TEST(read_property_is_answered_octet_by_octet),
		TEST(a_storm_of_broken_requests_is_not_answered_for_ever),
		TEST(read_errors_come_in_the_order_of_the_checks),
		TEST(arrays_have_a_size_elements_and_a_whole),
		TEST(wildcard_instance_is_answered_with_the_real_one),
		TEST(supported_strings_come_from_the_tables),
		TEST(multiple_mixes_values_errors_and_groups),
		TEST(groups_give_the_rows_of_the_type),
		TEST(every_other_confirmed_service_is_unrecognized),
		TEST(unreadable_bodies_get_their_reject),
		TEST(nothing_answers_an_answer_a_broadcast_or_the_unconfirmed),
		TEST(two_devices_in_one_process_know_nothing_of_each_other),
		TEST(noise_never_breaks_it),
		TEST(finding_2_5_answers_carry_the_priority),
		TEST(finding_2_11_an_empty_list_of_references_is_rejected),
		TEST(finding_3_2_no_more_is_written_than_the_peer_takes),
		TEST(services_can_be_switched_off),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
