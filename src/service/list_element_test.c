/* AddListElement and RemoveListElement as a peer sees them, on the list of those who are told of a restart. */
#include "service/exchange_test.h"

#include "bacnet/event.h"

#define DEVICE bac_object_id(OBJ_DEVICE, 1338)

static int setup(void **state)
{
	exchange_setup(state);
	device_set_writable(((struct exchange *)*state)->device, WRITABLE_LABELS);
	return 0;
}

static void send_octets(struct exchange *x, uint8_t service, uint32_t object, uint32_t property, uint64_t index, const void *octets, size_t n)
{
	struct wr w = exchange_request(x, service);
	wp_request_open(&w, &(struct property_ref){ object, property, index });
	wr_octets(&w, octets, n);
	wp_request_close(&w, 0);
	exchange_send(x, &w);
}

/* Recipients by device: the instances from `first` on. */
static void send_devices(struct exchange *x, uint8_t service, uint32_t first, unsigned count)
{
	uint8_t octets[1400];
	struct wr w = wr_over(octets, sizeof octets);
	for (unsigned i = 0; i < count; i++)
		bac_put_object_ctx(&w, 0, bac_object_id(OBJ_DEVICE, first + i));
	send_octets(x, service, DEVICE, PROP_RESTART_NOTIFICATION_RECIPIENTS, BAC_ARRAY_ALL, octets, wr_len(&w));
}

static void expect_failed(struct exchange *x, uint8_t service, uint16_t cls, uint16_t code, uint32_t element)
{
	struct rd r = exchange_body(x, APDU_ERROR, service);
	struct rd error = bac_enclosed(&r, 0);
	assert_int_equal(bac_enum_app(&error), cls);
	assert_int_equal(bac_enum_app(&error), code);
	assert_int_equal(bac_uint_ctx(&r, 1), element);
	assert_true(rd_done(&r) && rd_done(&error));
}

static unsigned recipients(struct exchange *x, struct event_recipient to[20])
{
	struct rd v = exchange_read_value(x, DEVICE, PROP_RESTART_NOTIFICATION_RECIPIENTS, BAC_ARRAY_ALL);
	unsigned n = 0;
	while (rd_left(&v))
		event_recipient_read(&v, &to[n++]);
	assert_true(rd_done(&v));
	return n;
}

static void elements_come_and_go(void **state)
{
	struct exchange *x = *state;
	struct event_recipient r[20];
	assert_int_equal(recipients(x, r), 1);   /* a broadcast on the local network, until somebody wants it otherwise */
	assert_true(r[0].by_address && r[0].broadcast && r[0].address.net == BAC_NET_LOCAL);
	send_devices(x, CONFIRMED_ADD_LIST_ELEMENT, 10, 3);
	expect_simple_ack(x, CONFIRMED_ADD_LIST_ELEMENT);
	assert_int_equal(recipients(x, r), 4);
	assert_int_equal(r[1].device, bac_object_id(OBJ_DEVICE, 10));
	assert_int_equal(r[3].device, bac_object_id(OBJ_DEVICE, 12));
	send_devices(x, CONFIRMED_ADD_LIST_ELEMENT, 12, 2);      /* one of them is there */
	expect_simple_ack(x, CONFIRMED_ADD_LIST_ELEMENT);
	assert_int_equal(recipients(x, r), 5);
	send_devices(x, CONFIRMED_REMOVE_LIST_ELEMENT, 11, 2);
	expect_simple_ack(x, CONFIRMED_REMOVE_LIST_ELEMENT);
	assert_int_equal(recipients(x, r), 3);
	assert_int_equal(r[1].device, bac_object_id(OBJ_DEVICE, 10));
	assert_int_equal(r[2].device, bac_object_id(OBJ_DEVICE, 13));
	static const uint8_t broadcast[] = { 0x1E, 0x21, 0x00, 0x60, 0x1F };
	send_octets(x, CONFIRMED_REMOVE_LIST_ELEMENT, DEVICE, PROP_RESTART_NOTIFICATION_RECIPIENTS, BAC_ARRAY_ALL, broadcast, sizeof broadcast);
	expect_simple_ack(x, CONFIRMED_REMOVE_LIST_ELEMENT);
	assert_int_equal(recipients(x, r), 2);
	send_devices(x, CONFIRMED_REMOVE_LIST_ELEMENT, 10, 1);
	send_devices(x, CONFIRMED_REMOVE_LIST_ELEMENT, 13, 1);
	assert_int_equal(recipients(x, r), 0);
	send_devices(x, CONFIRMED_ADD_LIST_ELEMENT, 10, 0);      /* none is no fault */
	expect_simple_ack(x, CONFIRMED_ADD_LIST_ELEMENT);
}

static void all_or_none_and_which_failed(void **state)
{
	struct exchange *x = *state;
	struct event_recipient r[20];
	send_devices(x, CONFIRMED_ADD_LIST_ELEMENT, 100, 15);    /* sixteen with the broadcast */
	expect_simple_ack(x, CONFIRMED_ADD_LIST_ELEMENT);
	assert_int_equal(recipients(x, r), 16);
	send_devices(x, CONFIRMED_ADD_LIST_ELEMENT, 114, 1);
	expect_simple_ack(x, CONFIRMED_ADD_LIST_ELEMENT);
	send_devices(x, CONFIRMED_ADD_LIST_ELEMENT, 113, 3);
	expect_failed(x, CONFIRMED_ADD_LIST_ELEMENT, CLASS_RESOURCES, CODE_NO_SPACE_TO_ADD_LIST_ELEMENT, 3);
	send_devices(x, CONFIRMED_ADD_LIST_ELEMENT, 200, 250);
	expect_failed(x, CONFIRMED_ADD_LIST_ELEMENT, CLASS_RESOURCES, CODE_NO_SPACE_TO_ADD_LIST_ELEMENT, 1);
	assert_int_equal(recipients(x, r), 16);
	send_devices(x, CONFIRMED_REMOVE_LIST_ELEMENT, 113, 3);
	expect_failed(x, CONFIRMED_REMOVE_LIST_ELEMENT, CLASS_SERVICES, CODE_LIST_ELEMENT_NOT_FOUND, 3);
	assert_int_equal(recipients(x, r), 16);
	send_devices(x, CONFIRMED_REMOVE_LIST_ELEMENT, 113, 2);
	expect_simple_ack(x, CONFIRMED_REMOVE_LIST_ELEMENT);
	assert_int_equal(recipients(x, r), 14);
	assert_int_equal(r[13].device, bac_object_id(OBJ_DEVICE, 112));
}

static void what_is_no_element_is_told(void **state)
{
	struct exchange *x = *state;
	struct event_recipient r[20];
	static const struct { const char *hex; uint16_t code; uint32_t element; } rows[] = {
		{ "0C 02 00 00 07 0C 02 00 00", 0, 0 },                                          /* half an element is no tag: rejected */
		{ "0C 02 00 00 07 0B 02 00 00", CODE_INVALID_DATA_TYPE, 2 },             /* an identifier of three octets */
		{ "0C 02 00 00 07 21 05", CODE_INVALID_DATA_TYPE, 2 },
		{ "0C 00 80 00 01", CODE_VALUE_OUT_OF_RANGE, 1 },                        /* AV 1 is no device */
		{ "1E 21 00 61 05 1F", CODE_VALUE_OUT_OF_RANGE, 1 },                     /* one octet is no address here */
		{ "1E 21 05 1F", CODE_INVALID_DATA_TYPE, 1 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint8_t octets[32];
		size_t n = hex_octets(rows[i].hex, octets);
		send_octets(x, CONFIRMED_ADD_LIST_ELEMENT, DEVICE, PROP_RESTART_NOTIFICATION_RECIPIENTS, BAC_ARRAY_ALL, octets, n);
		struct apdu a;
		exchange_sent(x, 0, &a);
		if (rows[i].element)
			expect_failed(x, CONFIRMED_ADD_LIST_ELEMENT, CLASS_PROPERTY, rows[i].code, rows[i].element);
		else
			assert_int_equal(a.type, APDU_REJECT);
		assert_int_equal(recipients(x, r), 1);
	}
}

static void where_nothing_can_be_added(void **state)
{
	struct exchange *x = *state;
	static const uint8_t element[] = { 0x0C, 0x02, 0x00, 0x00, 0x07 };
	static const struct { uint32_t type, instance, property; uint64_t index; uint16_t cls, code; uint32_t element; } rows[] = {
		{ OBJ_ANALOG_VALUE, 500, PROP_RECIPIENT_LIST, BAC_ARRAY_ALL, CLASS_OBJECT, CODE_UNKNOWN_OBJECT, 0 },
		{ OBJ_DEVICE, 1338, PROP_RECIPIENT_LIST, BAC_ARRAY_ALL, CLASS_PROPERTY, CODE_UNKNOWN_PROPERTY, 0 },
		{ OBJ_DEVICE, 1338, PROP_RESTART_NOTIFICATION_RECIPIENTS, 1, CLASS_PROPERTY, CODE_PROPERTY_IS_NOT_AN_ARRAY, 0 },
		{ OBJ_DEVICE, 1338, PROP_LOCATION, BAC_ARRAY_ALL, CLASS_SERVICES, CODE_PROPERTY_IS_NOT_A_LIST, 0 },
		{ OBJ_DEVICE, 1338, PROP_OBJECT_LIST, BAC_ARRAY_ALL, CLASS_SERVICES, CODE_PROPERTY_IS_NOT_A_LIST, 0 },
		{ OBJ_DEVICE, 1338, PROP_DEVICE_ADDRESS_BINDING, BAC_ARRAY_ALL, CLASS_PROPERTY, CODE_WRITE_ACCESS_DENIED, 0 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		send_octets(x, CONFIRMED_ADD_LIST_ELEMENT, bac_object_id(rows[i].type, rows[i].instance), rows[i].property, rows[i].index, element,
		            sizeof element);
		expect_failed(x, CONFIRMED_ADD_LIST_ELEMENT, rows[i].cls, rows[i].code, rows[i].element);
	}
	send_octets(x, CONFIRMED_REMOVE_LIST_ELEMENT, DEVICE, PROP_TIME_SYNCHRONIZATION_RECIPIENTS, BAC_ARRAY_ALL, element, sizeof element);
	expect_failed(x, CONFIRMED_REMOVE_LIST_ELEMENT, CLASS_SERVICES, CODE_LIST_ELEMENT_NOT_FOUND, 1);
	device_set_writable(x->device, WRITABLE_NONE);
	send_devices(x, CONFIRMED_ADD_LIST_ELEMENT, 10, 1);
	expect_failed(x, CONFIRMED_ADD_LIST_ELEMENT, CLASS_PROPERTY, CODE_WRITE_ACCESS_DENIED, 0);
	exchange_hex(x, "00 05 07 08", "0C 02 00 05 3A");
	expect_reject(x, REJECT_MISSING_REQUIRED_PARAMETER);
	exchange_hex(x, "00 05 08 09", "0C 02 00 05 3A 19 CA 3E 3F 49 08");
	expect_reject(x, REJECT_TOO_MANY_ARGUMENTS);
}

/* The list as a whole, by WriteProperty. */
static void the_list_is_written(void **state)
{
	struct exchange *x = *state;
	struct event_recipient r[20];
	uint8_t octets[100];
	struct wr w = wr_over(octets, sizeof octets);
	for (unsigned i = 0; i < 17; i++) {
		bac_put_object_ctx(&w, 0, bac_object_id(OBJ_DEVICE, i));
		send_octets(x, CONFIRMED_WRITE_PROPERTY, DEVICE, PROP_RESTART_NOTIFICATION_RECIPIENTS, BAC_ARRAY_ALL, octets, wr_len(&w));
		if (i < 16)
			expect_simple_ack(x, CONFIRMED_WRITE_PROPERTY);
		else
			expect_error(x, CONFIRMED_WRITE_PROPERTY, CLASS_RESOURCES, CODE_NO_SPACE_TO_WRITE_PROPERTY);
		assert_int_equal(recipients(x, r), i < 16 ? i + 1 : 16);
	}
	send_octets(x, CONFIRMED_WRITE_PROPERTY, DEVICE, PROP_RESTART_NOTIFICATION_RECIPIENTS, BAC_ARRAY_ALL, octets, 0);
	expect_simple_ack(x, CONFIRMED_WRITE_PROPERTY);
	assert_int_equal(recipients(x, r), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, exchange_teardown)
	const struct CMUnitTest tests[] = {
		TEST(elements_come_and_go), TEST(all_or_none_and_which_failed), TEST(what_is_no_element_is_told), TEST(where_nothing_can_be_added),
		TEST(the_list_is_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
