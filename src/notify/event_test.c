/* What is wrong is an alarm: states, delays, recipients and acknowledgements, on virtual time. */
#include "transaction/fake_port_test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bacnet/enum.h"
#include "notify/class.h"
#include "notify/event.h"
#include "object/alarm.h"
#include "object/analog_value.h"
#include "object/bitstring_value.h"
#include "object/multistate_value.h"

enum { KEPT = 64, START_MS = 20000 };

struct kept {
	uint32_t object, property;
	size_t n;
	uint8_t octets[2048];
};

struct bench {
	struct ev_loop *loop;
	struct fake_port wire;
	struct counts counts;
	struct log log;
	struct limits *limits;
	struct network network;
	struct client *client;
	struct binding *binding;
	struct device *device;
	struct object *av, *msv, *bsv;
	struct events *events;
	struct event_listener listener;
	struct event last;
	unsigned happened;
	bool silent, no_clock;
	struct kept *kept;
	unsigned kept_count;
};

static void nothing(void *ctx, const struct net_head *head, struct rd *apdu)
{
	(void)ctx, (void)head, (void)apdu;
}

static bool may_initiate(void *ctx)
{
	return !((struct bench *)ctx)->silent;
}

static void happened(struct event_listener *l, const struct event *e)
{
	struct bench *b = OWNER(l, struct bench, listener);
	b->last = *e;
	b->happened++;
}

/* Sunday 2026-03-01, 12:00 at the start of the loop. */
static bool clock_of(void *ctx, struct bac_date *d, struct bac_time *t)
{
	struct bench *b = ctx;
	int64_t s = ev_now(b->loop).ns / 1000000000 - 1;
	*d = (struct bac_date){ 126, 3, 1, 7 };
	*t = (struct bac_time){ (uint8_t)(12 + s / 3600 % 12), (uint8_t)(s / 60 % 60), (uint8_t)(s % 60), 0 };
	return !b->no_clock;
}

static struct kept *find(struct bench *b, uint32_t object, uint32_t property)
{
	for (unsigned i = 0; i < b->kept_count; i++)
		if (b->kept[i].object == object && b->kept[i].property == property)
			return &b->kept[i];
	return NULL;
}

static bool keep(void *ctx, uint32_t object, uint32_t property, const uint8_t *value, size_t n)
{
	struct bench *b = ctx;
	struct kept *k = find(b, object, property);
	if (!k)
		k = &b->kept[b->kept_count++];
	*k = (struct kept){ .object = object, .property = property, .n = n };
	memcpy(k->octets, value, n);
	return true;
}

static bool recall(void *ctx, uint32_t object, uint32_t property, struct rd *value)
{
	const struct kept *k = find(ctx, object, property);
	if (k)
		*value = rd_over(k->octets, k->n);
	return k;
}

static void text(void *ctx, const struct object *o, unsigned state, char *to, size_t size)
{
	(void)ctx;
	snprintf(to, size, "%s is %u", object_name(o), state);
}

static struct object *add(struct bench *b, const struct object_type *type, const char *name, const void *with)
{
	struct object *o = NULL;
	assert_int_equal(device_add(b->device, &(struct object_conf){ type, 0, name, "", with }, &o), OBJECT_ADDED);
	return o;
}

/* Device, objects and events; what was kept before is recalled. */
static void start(struct bench *b, unsigned reliability)
{
	static const struct alarm_conf range = { .class = SEVERITY_CLASS_GENERAL, .delay_s = 10, .delay_normal_s = 5, .low = 10, .high = 90, .deadband = 5,
		.limits = LIMIT_LOW | LIMIT_HIGH };
	static const struct alarm_conf states = { .class = SEVERITY_CLASS_CRITICAL, .states = 1u << 2 | 1u << 3, .text = text };
	static const struct alarm_conf bits = { .class = SEVERITY_CLASS_CRITICAL, .bits = 0x4006, .text = text };
	b->device = device_make(&(struct device_conf){ .instance = 1338, .writable = WRITABLE_LABELS,
		.hooks = { .ctx = b, .clock = clock_of, .keep = keep, .recall = recall } });
	assert_true(device_register(b->device, &analog_value, 1) && device_register(b->device, &multistate_value, 1) &&
	            device_register(b->device, &bitstring_value, 1) && classes_make(b->device));
	device_set_text(b->device, DEVICE_NAME, "ups");
	b->av = add(b, &analog_value, "load", &(struct analog_value_conf){ .value = 50, .reliability = (uint8_t)reliability, .alarm = &range });
	b->msv = add(b, &multistate_value, "m", &(struct multistate_value_conf){ .states = 7, .state = 1, .reliability = (uint8_t)reliability,
		.alarm = &states });
	b->bsv = add(b, &bitstring_value, "s", &(struct bitstring_value_conf){ .count = 16, .reliability = (uint8_t)reliability, .alarm = &bits });
	device_commit(b->device);
	b->events = events_make(&(struct events_conf){ .loop = b->loop, .device = b->device, .network = &b->network, .client = b->client, .binding = b->binding,
		.start_ms = START_MS, .ctx = b, .may_initiate = may_initiate });
	assert_non_null(b->events);
	b->listener.happened = happened;
	events_listen(b->events, &b->listener);
	device_settle(b->device);
	b->happened = 0;
}

static void stop(struct bench *b)
{
	events_free(b->events);
	device_free(b->device);
}

static int begin(void **state)
{
	struct bench *b = calloc(1, sizeof *b);
	b->kept = calloc(KEPT, sizeof *b->kept);
	b->loop = ev_loop_make_virtual((struct mono){ 1000000000 });
	b->log = (struct log){ .fd = -1 };
	b->counts.loop = b->loop;
	b->counts.log = &b->log;
	b->limits = limits_make(1);
	struct port port = fake_port(&b->wire);
	network_init(&b->network, &(struct network_conf){ .loop = b->loop, .limits = b->limits, .counts = &b->counts, .ctx = b, .up = nothing });
	network_set_port(&b->network, &port);
	b->binding = binding_make(b->loop, &port, &(struct binding_conf){ .devices = 4, .timeout_ms = 1000, .retries = 1, .age_ms = 3600000,
		.absent_ms = 30000 });
	b->client = client_make(b->loop, &port, b->binding, &(struct client_conf){ .timeout_ms = 3000, .segment_timeout_ms = 2000, .retries = 3,
		.window = 4, .max_apdu = 1476, .max_segments = 4, .requests = 8, .per_peer = 2, .request_max = 1024, .answer_max = 1024, .seed = 1 });
	start(b, 0);
	*state = b;
	return 0;
}

static int end(void **state)
{
	struct bench *b = *state;
	stop(b);
	client_free(b->client);
	binding_free(b->binding);
	limits_free(b->limits);
	ev_loop_free(b->loop);
	free(b->kept);
	free(b);
	return 0;
}

/* ---- doing, seeing ---- */

static void load(struct bench *b, float v)
{
	analog_value_set(b->av, v, 0);
	device_settle(b->device);
}

static void bits(struct bench *b, uint32_t v)
{
	bitstring_value_set(b->bsv, v, 0);
	device_settle(b->device);
}

static void mode(struct bench *b, uint32_t v, unsigned reliability)
{
	multistate_value_set(b->msv, v, reliability);
	device_settle(b->device);
}

static struct fault write(struct bench *b, struct object *o, uint32_t property, uint64_t index, const struct wr *w)
{
	struct fault f = object_write(o, property, index, rd_over(w->start, wr_len(w)));
	device_settle(b->device);
	return f;
}

static struct object *class_object(struct bench *b, uint32_t n)
{
	return device_find(b->device, bac_object_id(OBJ_NOTIFICATION_CLASS, n));
}

static struct event_destination to_host(uint8_t last)
{
	return (struct event_destination){ .days = 0x7F, .to = { 23, 59, 59, 99 }, .process = last, .transitions = 7,
		.recipient = { .by_address = true, .address = { .mac = { 10, 0, 0, last, 0xBA, 0xC0 } } } };
}

static struct fault recipients(struct bench *b, uint32_t class, const struct event_destination *d, unsigned n)
{
	uint8_t octets[2048];
	struct wr w = wr_over(octets, sizeof octets);
	for (unsigned i = 0; i < n; i++)
		event_destination_write(&w, &d[i]);
	return write(b, class_object(b, class), PROP_RECIPIENT_LIST, BAC_ARRAY_ALL, &w);
}

static struct event_notification notification(const struct bench *b, unsigned i, bool confirmed)
{
	assert_in_range(i, 0, b->wire.count - 1);
	struct rd r = rd_over(b->wire.sent[i].npdu, b->wire.sent[i].length);
	struct npdu n;
	assert_true(npdu_read(&r, &n));
	struct apdu a;
	assert_int_equal(apdu_read(&r, &a), APDU_OK);
	assert_int_equal(a.type, confirmed ? APDU_CONFIRMED : APDU_UNCONFIRMED);
	assert_int_equal(a.service, confirmed ? CONFIRMED_EVENT_NOTIFICATION : UNCONFIRMED_EVENT_NOTIFICATION);
	struct event_notification e;
	assert_true(event_notification_read(&r, &e));
	return e;
}

static uint8_t acked_of(const struct object *o)
{
	return alarm_see(o)->acked;
}

static struct fault acknowledge(struct bench *b, uint32_t object, uint32_t state, struct event_stamp stamp)
{
	struct ack_alarm a = { .process = 99, .object = object, .state = state, .stamp = stamp, .source = { "who", 3, 0 },
		.time = { .kind = STAMP_SEQUENCE } };
	return events_acknowledge(b->events, &a);
}

static void assert_fault(struct fault f, struct fault wanted)
{
	assert_int_equal(f.kind, wanted.kind);
	assert_int_equal(f.cls, wanted.cls);
	assert_int_equal(f.code, wanted.code);
}

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

static void whoever_stands_in_the_list_is_told(void **state)
{
	struct bench *b = *state;
	struct event_destination d[3] = { to_host(9), to_host(10), to_host(11) };
	d[1].transitions = 1u << TO_NORMAL;
	d[2].recipient = (struct event_recipient){ .by_address = true, .broadcast = true };
	assert_false(fault_is(recipients(b, SEVERITY_CLASS_CRITICAL, d, 3)));
	bits(b, 2);
	ev_advance(b->loop, 0);
	assert_int_equal(b->wire.count, 2);
	assert_int_equal(b->wire.sent[0].to.mac[3], 9);
	assert_false(b->wire.sent[0].broadcast);
	assert_true(b->wire.sent[1].broadcast);
	assert_int_equal(b->wire.sent[0].npdu[1] & 3, 3);        /* priority 33: life safety */
	struct event_notification n = notification(b, 0, false);
	assert_int_equal(n.process, 9);
	assert_int_equal(n.device, device_id(b->device));
	assert_int_equal(n.object, object_id(b->bsv));
	assert_int_equal(n.class, SEVERITY_CLASS_CRITICAL);
	assert_int_equal(n.priority, 33);
	assert_int_equal(n.type, EVENT_CHANGE_OF_BITSTRING);
	assert_int_equal(n.notify_type, NOTIFY_ALARM);
	assert_true(n.ack_required);
	assert_int_equal(n.from, EVENT_STATE_NORMAL);
	assert_int_equal(n.to, EVENT_STATE_OFFNORMAL);
	assert_true(bac_text_is(n.text, "s is 2", 6));
	assert_int_equal(n.stamp.kind, STAMP_DATETIME);
	assert_int_equal(n.stamp.time.hour, 12);
	bits(b, 0);
	ev_advance(b->loop, 0);
	assert_int_equal(b->wire.count, 5);
	assert_int_equal(b->wire.sent[3].to.mac[3], 10);
	assert_int_equal(notification(b, 3, false).priority, 97);
	assert_false(notification(b, 3, false).ack_required);
	load(b, 99);                                     /* another class, that nobody listens to */
	ev_advance(b->loop, 60000);
	assert_int_equal(b->wire.count, 5);
}

static void event_enable_is_honoured(void **state)
{
	struct bench *b = *state;
	struct event_destination d = to_host(9);
	recipients(b, SEVERITY_CLASS_CRITICAL, &d, 1);
	uint8_t octets[8];
	struct wr w = wr_over(octets, sizeof octets);
	bac_put_bits(&w, 1u << TO_NORMAL, 3);
	assert_false(fault_is(write(b, b->bsv, PROP_EVENT_ENABLE, BAC_ARRAY_ALL, &w)));
	bits(b, 2);
	ev_advance(b->loop, 0);
	assert_int_equal(b->wire.count, 0);
	assert_int_equal(alarm_state(b->bsv), EVENT_STATE_OFFNORMAL);
	bits(b, 0);
	ev_advance(b->loop, 0);
	assert_int_equal(b->wire.count, 1);
}

static void days_and_times_are_honoured(void **state)
{
	(void)state;
	struct event_destination d = to_host(9);
	struct bac_date sunday = { 126, 3, 1, 7 }, monday = { 126, 3, 2, 1 };
	struct bac_time t = { 12, 0, 0, 0 };
	d.days = 1u << 6;
	assert_true(destination_valid(&d, TO_FAULT, sunday, t));
	assert_false(destination_valid(&d, TO_FAULT, monday, t));
	d.days = 0x7F;
	d.from = (struct bac_time){ 12, 0, 0, 0 };
	d.to = (struct bac_time){ 12, 0, 0, 0 };
	assert_true(destination_valid(&d, TO_FAULT, sunday, t));
	assert_false(destination_valid(&d, TO_FAULT, sunday, (struct bac_time){ 11, 59, 59, 99 }));
	assert_false(destination_valid(&d, TO_FAULT, sunday, (struct bac_time){ 12, 0, 0, 1 }));
	d.from = (struct bac_time){ 22, 0, 0, 0 };               /* over midnight */
	d.to = (struct bac_time){ 6, 0, 0, 0 };
	assert_false(destination_valid(&d, TO_FAULT, sunday, t));
	assert_true(destination_valid(&d, TO_FAULT, sunday, (struct bac_time){ 23, 0, 0, 0 }));
	assert_true(destination_valid(&d, TO_FAULT, sunday, (struct bac_time){ 5, 0, 0, 0 }));
	assert_true(destination_valid(&d, TO_FAULT, event_stamp_none.date, t));         /* no clock */
	d.transitions = 5;
	assert_false(destination_valid(&d, TO_FAULT, event_stamp_none.date, t));
	d.from = d.to = event_stamp_none.time;
	assert_true(destination_valid(&d, TO_NORMAL, sunday, t));
}

static void recipients_that_cannot_be_are_refused(void **state)
{
	struct bench *b = *state;
	struct event_destination many[CLASS_RECIPIENTS_MAX + 1], d = to_host(9);
	assert_false(fault_is(recipients(b, 3, &d, 1)));
	d.recipient.address.mac[0] = 224;
	assert_fault(recipients(b, 3, &d, 1), ERROR(PROPERTY, VALUE_OUT_OF_RANGE));
	d = to_host(9);
	d.recipient.address.mac[4] = d.recipient.address.mac[5] = 0;
	assert_fault(recipients(b, 3, &d, 1), ERROR(PROPERTY, VALUE_OUT_OF_RANGE));
	d.recipient = (struct event_recipient){ .device = bac_object_id(OBJ_ANALOG_VALUE, 1) };
	assert_fault(recipients(b, 3, &d, 1), ERROR(PROPERTY, VALUE_OUT_OF_RANGE));
	for (int i = 0; i <= CLASS_RECIPIENTS_MAX; i++)
		many[i] = to_host(9);
	assert_fault(recipients(b, 3, many, CLASS_RECIPIENTS_MAX + 1), ERROR(RESOURCES, NO_SPACE_TO_WRITE_PROPERTY));
	assert_int_equal(class_find(b->device, 3)->count, 1);
	uint8_t octets[64];
	struct wr w = wr_over(octets, sizeof octets);
	d = to_host(9);
	event_destination_write(&w, &d);
	w.p -= 3;
	assert_fault(write(b, class_object(b, 3), PROP_RECIPIENT_LIST, BAC_ARRAY_ALL, &w), ERROR(PROPERTY, INVALID_DATA_TYPE));
	assert_int_equal(class_find(b->device, 3)->count, 1);
	assert_false(fault_is(recipients(b, 3, many, CLASS_RECIPIENTS_MAX)));
	stop(b);
	start(b, 0);                                     /* kept */
	assert_int_equal(class_find(b->device, 3)->count, CLASS_RECIPIENTS_MAX);
	assert_null(class_find(b->device, 6));
	assert_null(class_find(b->device, UINT32_MAX));
}

static void priorities_are_written_and_kept(void **state)
{
	struct bench *b = *state;
	struct object *o = class_object(b, 2);
	uint8_t octets[32];
	struct wr w = wr_over(octets, sizeof octets);
	bac_put_uint(&w, 256);
	assert_fault(write(b, o, PROP_PRIORITY, 2, &w), ERROR(PROPERTY, VALUE_OUT_OF_RANGE));
	w = wr_over(octets, sizeof octets);
	bac_put_uint(&w, 255);
	assert_false(fault_is(write(b, o, PROP_PRIORITY, 2, &w)));
	assert_fault(write(b, o, PROP_PRIORITY, BAC_ARRAY_ALL, &w), ERROR(PROPERTY, INVALID_DATA_TYPE));
	w = wr_over(octets, sizeof octets);
	bac_put_bits(&w, 7, 3);
	assert_false(fault_is(write(b, o, PROP_ACK_REQUIRED, BAC_ARRAY_ALL, &w)));
	stop(b);
	start(b, 0);
	const struct notification_class *c = class_find(b->device, 2);
	assert_true(c->priority[0] == 97 && c->priority[1] == 255 && c->priority[2] == 161 && c->ack_required == 7);
}

static void who_does_not_answer_makes_nobody_wait(void **state)
{
	struct bench *b = *state;
	struct event_destination d[2] = { to_host(9), to_host(10) };
	d[0].confirmed = true;
	recipients(b, SEVERITY_CLASS_CRITICAL, d, 2);
	for (int i = 0; i < 4; i++) {
		bits(b, i % 2 ? 0 : 2);
		ev_advance(b->loop, 0);
	}
	unsigned dead = 0, told = 0;
	for (unsigned i = 0; i < b->wire.count; i++) {
		dead += b->wire.sent[i].to.mac[3] == 9;
		told += b->wire.sent[i].to.mac[3] == 10;
	}
	assert_int_equal(told, 4);
	assert_int_equal(dead, 2);                       /* as many as one peer may have */
	assert_int_equal(notification(b, 0, true).process, 9);
	ev_advance(b->loop, 60000);
	assert_int_equal(b->counts.n.events_unconfirmed, 4);
	unsigned sent = b->wire.count;
	ev_advance(b->loop, 600000);
	assert_int_equal(b->wire.count, sent);
}

static unsigned notifications_to(const struct bench *b, uint8_t last)
{
	unsigned n = 0;
	for (unsigned i = 0; i < b->wire.count; i++)
		n += !b->wire.sent[i].broadcast && b->wire.sent[i].to.mac[3] == last;
	return n;
}

static void a_device_is_looked_for_and_then_told(void **state)
{
	struct bench *b = *state;
	struct event_destination d[4] = { to_host(1), to_host(2), to_host(3), to_host(4) };
	uint32_t device[4] = { 77, 78, 77, 1338 };               /* there, not there, there and confirming, ourselves */
	for (int i = 0; i < 4; i++)
		d[i].recipient = (struct event_recipient){ .device = bac_object_id(OBJ_DEVICE, device[i]) };
	d[2].confirmed = true;
	assert_false(fault_is(recipients(b, SEVERITY_CLASS_CRITICAL, d, 4)));
	bits(b, 2);
	ev_advance(b->loop, 0);
	assert_int_equal(notifications_to(b, 9), 0);
	struct bac_addr from = host(9);
	binding_i_am(b->binding, &from, &(struct i_am){ .device = bac_object_id(OBJ_DEVICE, 77), .max_apdu = 1476, .segmentation = SEGMENTATION_NONE });
	ev_advance(b->loop, 100);
	assert_int_equal(notifications_to(b, 9), 2);
	ev_advance(b->loop, 60000);
	assert_int_equal(b->counts.n.events_unconfirmed, 2);     /* 78 is not found, and the confirmed one is not answered */
	b->wire.count = 0;
	ev_advance(b->loop, 600000);
	assert_int_equal(b->wire.count, 0);
}

static void a_recipient_behind_a_router_is_reached_by_broadcast(void **state)
{
	struct bench *b = *state;
	struct event_destination d = to_host(9);
	d.recipient = (struct event_recipient){ .by_address = true, .address = { .net = 5, .adr_len = 1, .adr = { 7 } } };
	recipients(b, SEVERITY_CLASS_CRITICAL, &d, 1);
	bits(b, 2);
	ev_advance(b->loop, 0);
	assert_int_equal(b->wire.count, 1);
	assert_true(b->wire.sent[0].broadcast);
	static const uint8_t head[] = { 0x01, 0x23, 0x00, 0x05, 0x01, 0x07, 0xFF, 0x10, 0x03 };
	assert_memory_equal(b->wire.sent[0].npdu, head, sizeof head);
}

/* Confirmed means confirmed there too: asked again, and counted when nobody answers.  To all of a network nothing is confirmed. */
static void a_recipient_behind_a_router_confirms(void **state)
{
	struct bench *b = *state;
	struct event_destination d[2] = { to_host(9), to_host(9) };
	d[0].recipient = (struct event_recipient){ .by_address = true, .address = { .net = 5, .adr_len = 1, .adr = { 7 } } };
	d[1].recipient = (struct event_recipient){ .by_address = true, .broadcast = true, .address = { .net = 5 } };
	d[0].confirmed = d[1].confirmed = true;
	recipients(b, SEVERITY_CLASS_CRITICAL, d, 2);
	bits(b, 2);
	ev_advance(b->loop, 0);
	assert_int_equal(b->wire.count, 2);
	static const uint8_t confirmed[] = { 0x01, 0x27, 0x00, 0x05, 0x01, 0x07, 0xFF }, unconfirmed[] = { 0x01, 0x23, 0x00, 0x05, 0x00, 0xFF, 0x10, 0x03 };
	assert_true(b->wire.sent[0].broadcast && b->wire.sent[1].broadcast);
	assert_memory_equal(b->wire.sent[0].npdu, confirmed, sizeof confirmed);
	assert_int_equal(b->wire.sent[0].npdu[7] >> 4, APDU_CONFIRMED);
	assert_memory_equal(b->wire.sent[1].npdu, unconfirmed, sizeof unconfirmed);
	ev_advance(b->loop, 60000);
	assert_int_equal(b->counts.n.events_unconfirmed, 1);
}

static void nothing_is_initiated_while_it_must_not_be(void **state)
{
	struct bench *b = *state;
	struct event_destination d = to_host(9);
	recipients(b, SEVERITY_CLASS_CRITICAL, &d, 1);
	b->silent = true;
	bits(b, 2);
	ev_advance(b->loop, 60000);
	assert_int_equal(b->wire.count, 0);
	assert_int_equal(b->happened, 1);
	assert_int_equal(alarm_state(b->bsv), EVENT_STATE_OFFNORMAL);
	b->silent = false;
	ev_advance(b->loop, 60000);
	assert_int_equal(b->wire.count, 0);
	bits(b, 0);
	ev_advance(b->loop, 0);
	assert_int_equal(b->wire.count, 1);
}

/* ---- acknowledging ---- */

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_limit_holds_for_its_delay), TEST(what_goes_back_within_the_delay_is_none), TEST(what_is_no_measurement_exceeds_nothing),
		TEST(one_more_bit_is_another_event), TEST(states_and_faults), TEST(flapping_makes_no_storm_and_hides_no_state),
		TEST(detection_can_be_switched_off), TEST(what_was_never_read_is_no_fault_until_the_start_is_over),
		TEST(limits_are_written_and_kept), TEST(alarm_bits_are_masks_and_values_alike), TEST(whoever_stands_in_the_list_is_told),
		TEST(event_enable_is_honoured), TEST(days_and_times_are_honoured), TEST(recipients_that_cannot_be_are_refused),
		TEST(priorities_are_written_and_kept), TEST(who_does_not_answer_makes_nobody_wait), TEST(a_device_is_looked_for_and_then_told),
		TEST(a_recipient_behind_a_router_is_reached_by_broadcast),
		TEST(a_recipient_behind_a_router_confirms),
		TEST(nothing_is_initiated_while_it_must_not_be), TEST(an_acknowledgement_fits_its_event),
		TEST(acknowledged_stays_acknowledged_over_a_restart), TEST(an_object_that_goes_is_forgotten),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
