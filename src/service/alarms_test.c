/* Alarms as a peer sees them: what is asked for, acknowledged, and refused. */
#include "service/exchange_test.h"

#include "notify/event.h"
#include "object/alarm.h"

/* All 88 analog values are below their limit from the start; states and bits are well. */
static int setup(void **state)
{
	static const struct alarm_conf alarm = { .class = 1, .low = 0, .high = 100, .limits = LIMIT_LOW | LIMIT_HIGH, .states = 1, .bits = 0xFFFF };
	*state = exchange_make_with(&(struct device_conf){ .instance = 1338, .vendor_id = 591, .retries = 3, .writable = WRITABLE_LABELS },
	                            &(struct node_conf){ .startup_delay_ms = 3000, .seed = 7 }, &alarm);
	return 0;
}

static uint32_t av(uint32_t n)
{
	return bac_object_id(OBJ_ANALOG_VALUE, n);
}

/* One answer of GetEventInformation; gives how many are in it. */
static unsigned information(struct exchange *x, bool has_last, uint32_t *last, bool *more)
{
	struct wr w = exchange_request(x, CONFIRMED_GET_EVENT_INFORMATION);
	event_information_request_write(&w, has_last, *last);
	exchange_send(x, &w);
	struct rd r = exchange_body(x, APDU_COMPLEX_ACK, CONFIRMED_GET_EVENT_INFORMATION), list;
	assert_true(event_information_read(&r, &list, more));
	unsigned n = 0;
	for (; rd_left(&list); n++) {
		struct event_summary s;
		assert_true(event_summary_read(&list, &s));
		if (has_last || n)
			assert_int_equal(s.object, *last + 1);           /* none twice, none left out */
		assert_int_equal(s.state, EVENT_STATE_LOW_LIMIT);
		assert_int_equal(s.acked, 6);
		assert_int_equal(s.enable, 7);
		assert_int_equal(s.priority[TO_OFFNORMAL], 33);
		*last = s.object;
	}
	return n;
}

static void event_information_goes_on_until_all_is_told(void **state)
{
	struct exchange *x = *state;
	static const uint8_t codes[] = { 0, 1, 3, 5 };           /* 50, 128, 480, 1476 octets */
	for (size_t i = 1; i < sizeof codes; i++) {
		x->max_apdu_code = codes[i];
		uint32_t last = av(0);
		bool more = true;
		unsigned all = 0, answers = 0;
		for (; more; answers++)
			all += information(x, answers > 0, &last, &more);
		assert_int_equal(all, SAMPLE_AV);
		assert_true(answers >= 4);
	}
	struct wr w = exchange_request(x, CONFIRMED_GET_EVENT_INFORMATION);
	event_information_request_write(&w, true, av(88));
	exchange_send(x, &w);
	expect_error(x, CONFIRMED_GET_EVENT_INFORMATION, CLASS_OBJECT, CODE_UNKNOWN_OBJECT);
	exchange_hex(x, "0005 77 1D", "09 01");
	expect_reject(x, REJECT_INVALID_PARAMETER_DATA_TYPE);
}

static void the_alarm_summary_names_alarms(void **state)
{
	struct exchange *x = *state;
	alarm_of(device_find(x->device, av(3)))->notify_type = NOTIFY_EVENT;
	struct wr w = exchange_request(x, CONFIRMED_GET_ALARM_SUMMARY);
	exchange_send(x, &w);
	struct rd r = exchange_body(x, APDU_COMPLEX_ACK, CONFIRMED_GET_ALARM_SUMMARY);
	unsigned n = 0;
	for (; rd_left(&r); n++) {
		uint32_t object, event_state;
		uint8_t acked;
		assert_true(alarm_summary_read(&r, &object, &event_state, &acked));
		assert_int_equal(object, av(n < 3 ? n : n + 1));
		assert_int_equal(event_state, EVENT_STATE_LOW_LIMIT);
		assert_int_equal(acked, 6);
	}
	assert_int_equal(n, SAMPLE_AV - 1);
}

static unsigned enrollments(struct exchange *x, struct enrollment_filter f)
{
	struct wr w = exchange_request(x, CONFIRMED_GET_ENROLLMENT_SUMMARY);
	enrollment_filter_write(&w, &f);
	exchange_send(x, &w);
	struct rd r = exchange_body(x, APDU_COMPLEX_ACK, CONFIRMED_GET_ENROLLMENT_SUMMARY);
	unsigned n = 0;
	for (struct enrollment e; rd_left(&r); n++) {
		assert_true(enrollment_read(&r, &e));
		assert_int_equal(e.class, 1);
	}
	return n;
}

static void the_enrollment_summary_is_filtered(void **state)
{
	struct exchange *x = *state;
	enum { ALL = SAMPLE_AV + SAMPLE_MSV + SAMPLE_BSV };
	assert_int_equal(enrollments(x, (struct enrollment_filter){ .state = ENROLLMENT_ANY }), ALL);
	assert_int_equal(enrollments(x, (struct enrollment_filter){ .state = ENROLLMENT_ACTIVE }), SAMPLE_AV);
	assert_int_equal(enrollments(x, (struct enrollment_filter){ .state = ENROLLMENT_OFFNORMAL }), SAMPLE_AV);
	assert_int_equal(enrollments(x, (struct enrollment_filter){ .state = ENROLLMENT_FAULT }), 0);
	assert_int_equal(enrollments(x, (struct enrollment_filter){ .state = ENROLLMENT_NORMAL }), ALL - SAMPLE_AV);
	assert_int_equal(enrollments(x, (struct enrollment_filter){ .acked = ENROLLMENT_ACKED, .state = ENROLLMENT_ANY }), ALL - SAMPLE_AV);
	assert_int_equal(enrollments(x, (struct enrollment_filter){ .acked = ENROLLMENT_NOT_ACKED, .state = ENROLLMENT_ANY }), SAMPLE_AV);
	assert_int_equal(enrollments(x, (struct enrollment_filter){ .state = ENROLLMENT_ANY, .has_type = true, .type = EVENT_CHANGE_OF_STATE }),
	                 SAMPLE_MSV);
	assert_int_equal(enrollments(x, (struct enrollment_filter){ .state = ENROLLMENT_ANY, .has_class = true, .class = 2 }), 0);
	assert_int_equal(enrollments(x, (struct enrollment_filter){ .state = ENROLLMENT_ANY, .has_priority = true, .priority_low = 33,
		.priority_high = 33 }), SAMPLE_AV);
	assert_int_equal(enrollments(x, (struct enrollment_filter){ .state = ENROLLMENT_ANY, .has_priority = true, .priority_low = 34,
		.priority_high = 97 }), ALL - SAMPLE_AV);
	assert_int_equal(enrollments(x, (struct enrollment_filter){ .state = ENROLLMENT_ANY, .has_recipient = true,
		.recipient = { .device = bac_object_id(OBJ_DEVICE, 7) } }), 0);
	/* who stands in the list of their class, with that process */
	uint8_t octets[128];
	struct wr w = wr_over(octets, sizeof octets);
	for (uint32_t i = 7; i < 9; i++)
		event_destination_write(&w, &(struct event_destination){ .days = 0x7F, .to = { 23, 59, 59, 99 }, .process = 100 + i, .transitions = 7,
			.recipient = { .device = bac_object_id(OBJ_DEVICE, i) } });
	uint32_t class = alarm_see(device_find(x->device, av(5)))->class;
	assert_false(fault_is(object_write(device_find(x->device, bac_object_id(OBJ_NOTIFICATION_CLASS, class)), PROP_RECIPIENT_LIST, BAC_ARRAY_ALL,
	                                   rd_over(octets, wr_len(&w)))));
	static const struct { uint32_t process, device; bool stands; } rows[] = { { 107, 7, true }, { 108, 8, true }, { 108, 7, false }, { 107, 8, false }, { 107, 9, false },
		{ 109, 7, false } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		unsigned n = enrollments(x, (struct enrollment_filter){ .state = ENROLLMENT_ANY, .has_recipient = true, .recipient_process = rows[i].process,
			.recipient = { .device = bac_object_id(OBJ_DEVICE, rows[i].device) } });
		assert_int_equal(n > 0, rows[i].stands);
	}
}

static void acknowledge(struct exchange *x, uint32_t object, uint32_t event_state)
{
	struct wr w = exchange_request(x, CONFIRMED_ACKNOWLEDGE_ALARM);
	ack_alarm_write(&w, &(struct ack_alarm){ .process = 4000000000u, .object = object, .state = event_state, .stamp = event_stamp_none,
		.source = { "somebody", 8, 0 }, .time = event_stamp_none });
	exchange_send(x, &w);
}

static void what_is_acknowledged_is_no_more_asked_for(void **state)
{
	struct exchange *x = *state;
	acknowledge(x, av(5), EVENT_STATE_HIGH_LIMIT);
	expect_error(x, CONFIRMED_ACKNOWLEDGE_ALARM, CLASS_SERVICES, CODE_INVALID_EVENT_STATE);
	acknowledge(x, av(99), EVENT_STATE_LOW_LIMIT);
	expect_error(x, CONFIRMED_ACKNOWLEDGE_ALARM, CLASS_OBJECT, CODE_UNKNOWN_OBJECT);
	acknowledge(x, bac_object_id(OBJ_DEVICE, 1338), EVENT_STATE_LOW_LIMIT);
	expect_error(x, CONFIRMED_ACKNOWLEDGE_ALARM, CLASS_OBJECT, CODE_NO_ALARM_CONFIGURED);
	acknowledge(x, av(5), EVENT_STATE_LOW_LIMIT);
	expect_simple_ack(x, CONFIRMED_ACKNOWLEDGE_ALARM);
	struct rd v = exchange_read_value(x, av(5), PROP_ACKED_TRANSITIONS, BAC_ARRAY_ALL);
	assert_int_equal(bac_bits_word(bac_bits_app(&v)), 7);
	analog_value_set(device_find(x->device, av(5)), 50, 0);
	device_settle(x->device);
	v = exchange_read_value(x, av(5), PROP_EVENT_STATE, BAC_ARRAY_ALL);
	assert_int_equal(bac_enum_app(&v), EVENT_STATE_NORMAL);
	struct event_summary s;
	assert_false(event_summary_of(x->device, device_find(x->device, av(5)), &s));
	analog_value_set(device_find(x->device, av(6)), 50, 0);      /* back to normal, and nobody has acknowledged: still there */
	device_settle(x->device);
	assert_true(event_summary_of(x->device, device_find(x->device, av(6)), &s));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, exchange_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(event_information_goes_on_until_all_is_told), TEST(the_alarm_summary_names_alarms), TEST(the_enrollment_summary_is_filtered),
		TEST(what_is_acknowledged_is_no_more_asked_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
