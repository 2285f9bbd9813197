/* What is wrong is an alarm: states, delays and acknowledgements, on virtual time. */
#include "notify/event_bench_test.h"

/* ---- states ---- */

static void a_limit_holds_for_its_delay(void **state)
{
	struct bench *b = *state;
	load(b, 90);                                     /* at the limit is not beyond it */
	ev_advance(b->loop, 60000);
	assert_int_equal(b->happened, 0);
	load(b, 90.5f);
	ev_advance(b->loop, 9999);
	assert_int_equal(b->happened, 0);
	assert_int_equal(alarm_state(b->av), EVENT_STATE_NORMAL);
	ev_advance(b->loop, 1);
	assert_int_equal(b->happened, 1);
	assert_int_equal(b->last.from, EVENT_STATE_NORMAL);
	assert_int_equal(b->last.to, EVENT_STATE_HIGH_LIMIT);
	assert_int_equal(b->last.type, EVENT_OUT_OF_RANGE);
	assert_float_equal(b->last.values.value, 90.5f, 0);
	assert_float_equal(b->last.values.limit, 90, 0);
	assert_float_equal(b->last.values.deadband, 5, 0);
	assert_int_equal(b->last.values.flags, 1);
	assert_string_equal(b->last.text, "load");
	assert_int_equal(object_status_flags(b->av), 1);
	load(b, 85.5f);                                  /* within the deadband */
	ev_advance(b->loop, 60000);
	assert_int_equal(b->happened, 1);
	load(b, 85);
	ev_advance(b->loop, 4999);
	assert_int_equal(b->happened, 1);
	ev_advance(b->loop, 1);
	assert_int_equal(b->happened, 2);
	assert_int_equal(b->last.to, EVENT_STATE_NORMAL);
	assert_float_equal(b->last.values.limit, 90, 0);
	assert_int_equal(object_status_flags(b->av), 0);
	load(b, 9);
	ev_advance(b->loop, 10000);
	assert_int_equal(b->last.to, EVENT_STATE_LOW_LIMIT);
	assert_float_equal(b->last.values.limit, 10, 0);
	load(b, 91);                                     /* from one limit to the other */
	ev_advance(b->loop, 10000);
	assert_int_equal(b->last.from, EVENT_STATE_LOW_LIMIT);
	assert_int_equal(b->last.to, EVENT_STATE_HIGH_LIMIT);
}

static void what_goes_back_within_the_delay_is_none(void **state)
{
	struct bench *b = *state;
	for (int i = 0; i < 20; i++) {
		load(b, 95);
		ev_advance(b->loop, 9000);
		load(b, 50);
		ev_advance(b->loop, 100);
	}
	assert_int_equal(b->happened, 0);
}

static void what_is_no_measurement_exceeds_nothing(void **state)
{
	struct bench *b = *state;
	alarm_set_unknown(b->av, true);
	load(b, -1);
	ev_advance(b->loop, 60000);
	load(b, NAN);
	ev_advance(b->loop, 60000);
	assert_int_equal(b->happened, 0);
	alarm_set_unknown(b->av, false);
	device_settle(b->device);
	ev_advance(b->loop, 60000);
	assert_int_equal(b->happened, 0);                /* NaN */
	load(b, -1);
	ev_advance(b->loop, 10000);
	assert_int_equal(b->last.to, EVENT_STATE_LOW_LIMIT);
}

static void one_more_bit_is_another_event(void **state)
{
	struct bench *b = *state;
	bits(b, 0x9);                                    /* no alarm bits */
	assert_int_equal(b->happened, 0);
	bits(b, 0x2);
	assert_int_equal(b->happened, 1);
	assert_int_equal(b->last.type, EVENT_CHANGE_OF_BITSTRING);
	assert_int_equal(b->last.values.word, 0x2);
	assert_int_equal(b->last.values.count, 16);
	assert_string_equal(b->last.text, "s is 2");
	bits(b, 0xB);
	assert_int_equal(b->happened, 1);
	bits(b, 0xF);
	assert_int_equal(b->happened, 2);
	assert_int_equal(b->last.from, EVENT_STATE_OFFNORMAL);
	assert_int_equal(b->last.to, EVENT_STATE_OFFNORMAL);
	bits(b, 0);
	assert_int_equal(b->happened, 3);
	assert_int_equal(b->last.to, EVENT_STATE_NORMAL);
}

static void states_and_faults(void **state)
{
	struct bench *b = *state;
	mode(b, 2, 0);
	assert_int_equal(b->happened, 0);
	mode(b, 3, 0);
	assert_int_equal(b->happened, 1);
	assert_int_equal(b->last.type, EVENT_CHANGE_OF_STATE);
	assert_int_equal(b->last.values.word, 3);
	assert_false(b->last.values.binary);
	mode(b, 3, RELIABILITY_COMMUNICATION_FAILURE);
	assert_int_equal(b->happened, 2);
	assert_int_equal(b->last.from, EVENT_STATE_OFFNORMAL);
	assert_int_equal(b->last.to, EVENT_STATE_FAULT);
	assert_int_equal(b->last.type, EVENT_CHANGE_OF_RELIABILITY);
	assert_int_equal(b->last.values.word, RELIABILITY_COMMUNICATION_FAILURE);
	assert_int_equal(b->last.values.flags, 3);
	mode(b, 3, 0);                                   /* by way of normal, at once to what it is */
	assert_int_equal(b->happened, 4);
	assert_int_equal(b->last.from, EVENT_STATE_NORMAL);
	assert_int_equal(b->last.to, EVENT_STATE_OFFNORMAL);
	mode(b, 1, 0);
	assert_int_equal(b->happened, 5);
	assert_int_equal(b->last.to, EVENT_STATE_NORMAL);
}

static void flapping_makes_no_storm_and_hides_no_state(void **state)
{
	struct bench *b = *state;
	for (int i = 0; i < 6000; i++) {                 /* ten minutes, ten times a second */
		bits(b, i % 2 ? 0 : 2);
		ev_advance(b->loop, 100);
	}
	assert_in_range(b->happened, 2, EVENT_BURST + 61);
	bits(b, 2);
	ev_advance(b->loop, EVENT_EACH_S * 1000);
	assert_int_equal(alarm_state(b->bsv), EVENT_STATE_OFFNORMAL);
	assert_int_equal(b->last.to, EVENT_STATE_OFFNORMAL);
	bits(b, 0);
	ev_advance(b->loop, EVENT_EACH_S * 1000);
	assert_int_equal(alarm_state(b->bsv), EVENT_STATE_NORMAL);
	unsigned before = b->happened;
	ev_advance(b->loop, 600000);
	assert_int_equal(b->happened, before);
}

static void detection_can_be_switched_off(void **state)
{
	struct bench *b = *state;
	uint8_t octets[8];
	struct wr w = wr_over(octets, sizeof octets);
	struct event_destination d = to_host(9);
	recipients(b, SEVERITY_CLASS_CRITICAL, &d, 1);
	bits(b, 2);
	ev_advance(b->loop, 0);
	assert_int_equal(b->wire.count, 1);
	bac_put_bool(&w, false);
	assert_false(fault_is(write(b, b->bsv, PROP_EVENT_DETECTION_ENABLE, BAC_ARRAY_ALL, &w)));
	ev_advance(b->loop, 0);
	assert_int_equal(alarm_state(b->bsv), EVENT_STATE_NORMAL);
	bits(b, 6);
	ev_advance(b->loop, 1000);
	assert_int_equal(b->wire.count, 1);
	w = wr_over(octets, sizeof octets);
	bac_put_bool(&w, true);
	write(b, b->bsv, PROP_EVENT_DETECTION_ENABLE, BAC_ARRAY_ALL, &w);
	ev_advance(b->loop, 0);
	assert_int_equal(alarm_state(b->bsv), EVENT_STATE_OFFNORMAL);
	assert_int_equal(b->wire.count, 2);
}

static void what_was_never_read_is_no_fault_until_the_start_is_over(void **state)
{
	struct bench *b = *state;
	stop(b);
	start(b, RELIABILITY_COMMUNICATION_FAILURE);
	mode(b, 3, 0);                                   /* an alarm at the start: once */
	assert_int_equal(b->happened, 1);
	ev_advance(b->loop, START_MS - 1);
	assert_int_equal(b->happened, 1);
	ev_advance(b->loop, 1);
	assert_int_equal(b->happened, 3);                /* the two that nobody has read */
	assert_int_equal(alarm_state(b->av), EVENT_STATE_FAULT);
	assert_int_equal(alarm_state(b->bsv), EVENT_STATE_FAULT);
	ev_advance(b->loop, 600000);
	assert_int_equal(b->happened, 3);
}

/* ---- limits that are written ---- */

static struct fault write_real(struct bench *b, uint32_t property, float v)
{
	uint8_t octets[8];
	struct wr w = wr_over(octets, sizeof octets);
	bac_put_real(&w, v);
	return write(b, b->av, property, BAC_ARRAY_ALL, &w);
}

static void limits_are_written_and_kept(void **state)
{
	struct bench *b = *state;
	analog_value_set_scale(b->av, 10);
	assert_fault(write_real(b, PROP_HIGH_LIMIT, NAN), ERROR(PROPERTY, VALUE_OUT_OF_RANGE));
	assert_fault(write_real(b, PROP_HIGH_LIMIT, INFINITY), ERROR(PROPERTY, VALUE_OUT_OF_RANGE));
	assert_fault(write_real(b, PROP_HIGH_LIMIT, 99), ERROR(PROPERTY, VALUE_OUT_OF_RANGE));         /* below the low one */
	assert_fault(write_real(b, PROP_LOW_LIMIT, 901), ERROR(PROPERTY, VALUE_OUT_OF_RANGE));
	assert_fault(write_real(b, PROP_DEADBAND, -1), ERROR(PROPERTY, VALUE_OUT_OF_RANGE));
	assert_int_equal(b->kept_count, 0);
	assert_false(fault_is(write_real(b, PROP_HIGH_LIMIT, 700)));
	assert_false(fault_is(write_real(b, PROP_LOW_LIMIT, 200)));
	assert_false(fault_is(write_real(b, PROP_DEADBAND, 0)));
	uint8_t octets[64];
	struct wr w = wr_over(octets, sizeof octets);
	bac_put_uint(&w, ALARM_DELAY_MAX_S + 1);
	assert_fault(write(b, b->av, PROP_TIME_DELAY, BAC_ARRAY_ALL, &w), ERROR(PROPERTY, VALUE_OUT_OF_RANGE));
	w = wr_over(octets, sizeof octets);
	bac_put_uint(&w, 1);
	assert_false(fault_is(write(b, b->av, PROP_TIME_DELAY, BAC_ARRAY_ALL, &w)));
	assert_false(fault_is(write(b, b->av, PROP_TIME_DELAY_NORMAL, BAC_ARRAY_ALL, &w)));
	w = wr_over(octets, sizeof octets);
	bac_put_bits(&w, LIMIT_HIGH, 2);
	assert_false(fault_is(write(b, b->av, PROP_LIMIT_ENABLE, BAC_ARRAY_ALL, &w)));
	w = wr_over(octets, sizeof octets);
	bac_put_bits(&w, 1, 3);
	assert_fault(write(b, b->av, PROP_LIMIT_ENABLE, BAC_ARRAY_ALL, &w), ERROR(PROPERTY, VALUE_OUT_OF_RANGE));
	assert_fault(write(b, b->av, PROP_ACKED_TRANSITIONS, BAC_ARRAY_ALL, &w), ERROR(PROPERTY, WRITE_ACCESS_DENIED));
	w = wr_over(octets, sizeof octets);
	bac_put_uint(&w, 5);
	bac_put_uint(&w, 7);
	assert_false(fault_is(write(b, b->msv, PROP_ALARM_VALUES, BAC_ARRAY_ALL, &w)));
	w = wr_over(octets, sizeof octets);
	bac_put_uint(&w, 0);
	assert_fault(write(b, b->msv, PROP_ALARM_VALUES, BAC_ARRAY_ALL, &w), ERROR(PROPERTY, VALUE_OUT_OF_RANGE));
	stop(b);
	start(b, 0);
	const struct alarm *a = alarm_see(b->av);
	assert_true(a->high >= 70 && a->high <= 70 && a->low >= 20 && a->low <= 20 && a->deadband <= 0);
	assert_int_equal(a->limits, LIMIT_HIGH);
	assert_int_equal(a->delay_s, 1);
	assert_int_equal(alarm_see(b->msv)->states, 1u << 4 | 1u << 6);
	load(b, 5);
	ev_advance(b->loop, 60000);
	assert_int_equal(b->happened, 0);                /* the low limit does not count */
	load(b, 71);
	ev_advance(b->loop, 1000);
	assert_int_equal(b->last.to, EVENT_STATE_HIGH_LIMIT);
	mode(b, 3, 0);
	assert_int_equal(alarm_state(b->msv), EVENT_STATE_NORMAL);
	mode(b, 7, 0);
	assert_int_equal(alarm_state(b->msv), EVENT_STATE_OFFNORMAL);
}

static void alarm_bits_are_masks_and_values_alike(void **state)
{
	struct bench *b = *state;
	uint8_t octets[64];
	for (int i = 0; i < 2; i++) {
		struct wr w = wr_over(octets, sizeof octets);
		assert_false(fault_is(object_read(b->bsv, i ? PROP_BIT_MASK : PROP_ALARM_VALUES, BAC_ARRAY_ALL, &w)));
		static const uint8_t wanted[] = { 0x83, 0, 0x40, 0, 0x83, 0, 0x20, 0, 0x83, 0, 0, 0x02 };
		assert_int_equal(wr_len(&w), sizeof wanted);
		assert_memory_equal(octets, wanted, sizeof wanted);
	}
}

/* ---- recipients ---- */

static void an_acknowledgement_fits_its_event(void **state)
{
	struct bench *b = *state;
	struct event_destination d = to_host(9);
	recipients(b, SEVERITY_CLASS_CRITICAL, &d, 1);
	uint32_t id = object_id(b->bsv);
	assert_fault(acknowledge(b, id, EVENT_STATE_OFFNORMAL, event_stamp_none), ERROR(SERVICES, INVALID_EVENT_STATE));   /* never happened */
	bits(b, 2);
	ev_advance(b->loop, 0);
	struct event_stamp when = b->last.stamp, wrong = when;
	assert_int_equal(acked_of(b->bsv), 6);
	wrong.time.second++;
	assert_fault(acknowledge(b, id + 7, EVENT_STATE_OFFNORMAL, when), ERROR(OBJECT, UNKNOWN_OBJECT));
	assert_fault(acknowledge(b, device_id(b->device), EVENT_STATE_OFFNORMAL, when), ERROR(OBJECT, NO_ALARM_CONFIGURED));
	assert_fault(acknowledge(b, id, EVENT_STATE_OFFNORMAL, wrong), ERROR(SERVICES, INVALID_TIMESTAMP));
	assert_fault(acknowledge(b, id, EVENT_STATE_HIGH_LIMIT, when), ERROR(SERVICES, INVALID_EVENT_STATE));
	assert_fault(acknowledge(b, id, EVENT_STATE_NORMAL, when), ERROR(SERVICES, INVALID_EVENT_STATE));
	assert_fault(acknowledge(b, id, 77, when), ERROR(SERVICES, INVALID_EVENT_STATE));
	assert_int_equal(acked_of(b->bsv), 6);
	b->wire.count = 0;
	assert_false(fault_is(acknowledge(b, id, EVENT_STATE_OFFNORMAL, when)));
	ev_advance(b->loop, 0);
	assert_int_equal(acked_of(b->bsv), 7);
	assert_int_equal(b->wire.count, 1);
	struct event_notification n = notification(b, 0, false);
	assert_int_equal(n.notify_type, NOTIFY_ACK);
	assert_int_equal(n.to, EVENT_STATE_OFFNORMAL);
	assert_true(bac_text_is(n.text, "who", 3));
	assert_false(fault_is(acknowledge(b, id, EVENT_STATE_OFFNORMAL, when)));         /* again: fine, and nothing new */
	ev_advance(b->loop, 0);
	assert_int_equal(b->wire.count, 1);
	bits(b, 6);                                      /* another event wants another acknowledgement */
	assert_int_equal(acked_of(b->bsv), 6);
}

static void acknowledged_stays_acknowledged_over_a_restart(void **state)
{
	struct bench *b = *state;
	struct event_summary s;
	bits(b, 2);
	struct event_stamp when = b->last.stamp;
	acknowledge(b, object_id(b->bsv), EVENT_STATE_OFFNORMAL, when);
	mode(b, 3, 0);
	struct event_stamp unacked = b->last.stamp;
	stop(b);
	ev_advance(b->loop, 5000);
	start(b, RELIABILITY_COMMUNICATION_FAILURE);
	assert_int_equal(acked_of(b->bsv), 7);
	assert_int_equal(acked_of(b->msv), 6);
	assert_true(event_summary_of(b->device, b->msv, &s));    /* not acknowledged: it is told, though not read yet */
	assert_true(event_stamp_same(&s.stamp[TO_OFFNORMAL], &unacked));
	assert_false(event_summary_of(b->device, b->bsv, &s));
	bits(b, 2);                                      /* still there: reported once, and it stays acknowledged */
	assert_int_equal(b->happened, 1);
	assert_int_equal(acked_of(b->bsv), 7);
	assert_true(event_summary_of(b->device, b->bsv, &s));
	assert_int_equal(s.state, EVENT_STATE_OFFNORMAL);
	assert_int_equal(s.acked, 7);
	assert_int_equal(s.priority[TO_OFFNORMAL], 33);
	bits(b, 0);
	bits(b, 2);
	assert_int_equal(acked_of(b->bsv), 6);
	assert_false(fault_is(acknowledge(b, object_id(b->msv), EVENT_STATE_OFFNORMAL, unacked)));
	assert_int_equal(acked_of(b->msv), 7);
}

static void an_object_that_goes_is_forgotten(void **state)
{
	struct bench *b = *state;
	load(b, 99);
	device_remove(b->device, b->av);
	ev_advance(b->loop, 60000);
	assert_int_equal(b->happened, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_limit_holds_for_its_delay), TEST(what_goes_back_within_the_delay_is_none), TEST(what_is_no_measurement_exceeds_nothing),
		TEST(one_more_bit_is_another_event), TEST(states_and_faults), TEST(flapping_makes_no_storm_and_hides_no_state),
		TEST(detection_can_be_switched_off), TEST(what_was_never_read_is_no_fault_until_the_start_is_over),
		TEST(limits_are_written_and_kept), TEST(alarm_bits_are_masks_and_values_alike), TEST(an_acknowledgement_fits_its_event),
		TEST(acknowledged_stays_acknowledged_over_a_restart), TEST(an_object_that_goes_is_forgotten),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
