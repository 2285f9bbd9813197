/* For the tests of alarms: a device with an Analog, a Multi-state and a Bitstring Value, its events, and a port that keeps what is sent, on
 * virtual time. */
#ifndef NOTIFY_EVENT_BENCH_TEST_H
#define NOTIFY_EVENT_BENCH_TEST_H

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

static inline void nothing(void *ctx, const struct net_head *head, struct rd *apdu)
{
	(void)ctx, (void)head, (void)apdu;
}

static inline bool may_initiate(void *ctx)
{
	return !((struct bench *)ctx)->silent;
}

static inline void happened(struct event_listener *l, const struct event *e)
{
	struct bench *b = OWNER(l, struct bench, listener);
	b->last = *e;
	b->happened++;
}

/* Sunday 2026-03-01, 12:00 at the start of the loop. */
static inline bool clock_of(void *ctx, struct bac_date *d, struct bac_time *t)
{
	struct bench *b = ctx;
	int64_t s = ev_now(b->loop).ns / 1000000000 - 1;
	*d = (struct bac_date){ 126, 3, 1, 7 };
	*t = (struct bac_time){ (uint8_t)(12 + s / 3600 % 12), (uint8_t)(s / 60 % 60), (uint8_t)(s % 60), 0 };
	return !b->no_clock;
}

static inline struct kept *find(struct bench *b, uint32_t object, uint32_t property)
{
	for (unsigned i = 0; i < b->kept_count; i++)
		if (b->kept[i].object == object && b->kept[i].property == property)
			return &b->kept[i];
	return NULL;
}

static inline bool keep(void *ctx, uint32_t object, uint32_t property, const uint8_t *value, size_t n)
{
	struct bench *b = ctx;
	struct kept *k = find(b, object, property);
	if (!k)
		k = &b->kept[b->kept_count++];
	*k = (struct kept){ .object = object, .property = property, .n = n };
	memcpy(k->octets, value, n);
	return true;
}

static inline bool recall(void *ctx, uint32_t object, uint32_t property, struct rd *value)
{
	const struct kept *k = find(ctx, object, property);
	if (k)
		*value = rd_over(k->octets, k->n);
	return k;
}

static inline void text(void *ctx, const struct object *o, unsigned state, char *to, size_t size)
{
	(void)ctx;
	snprintf(to, size, "%s is %u", object_name(o), state);
}

static inline struct object *add(struct bench *b, const struct object_type *type, const char *name, const void *with)
{
	struct object *o = NULL;
	assert_int_equal(device_add(b->device, &(struct object_conf){ type, 0, name, "", with }, &o), OBJECT_ADDED);
	return o;
}

/* Device, objects and events; what was kept before is recalled. */
static inline void start(struct bench *b, unsigned reliability)
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

static inline void stop(struct bench *b)
{
	events_free(b->events);
	device_free(b->device);
}

static inline int begin(void **state)
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

static inline int end(void **state)
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

static inline void load(struct bench *b, float v)
{
	analog_value_set(b->av, v, 0);
	device_settle(b->device);
}

static inline void bits(struct bench *b, uint32_t v)
{
	bitstring_value_set(b->bsv, v, 0);
	device_settle(b->device);
}

static inline void mode(struct bench *b, uint32_t v, unsigned reliability)
{
	multistate_value_set(b->msv, v, reliability);
	device_settle(b->device);
}

static inline struct fault write(struct bench *b, struct object *o, uint32_t property, uint64_t index, const struct wr *w)
{
	struct fault f = object_write(o, property, index, rd_over(w->start, wr_len(w)));
	device_settle(b->device);
	return f;
}

static inline struct object *class_object(struct bench *b, uint32_t n)
{
	return device_find(b->device, bac_object_id(OBJ_NOTIFICATION_CLASS, n));
}

static inline struct event_destination to_host(uint8_t last)
{
	return (struct event_destination){ .days = 0x7F, .to = { 23, 59, 59, 99 }, .process = last, .transitions = 7,
		.recipient = { .by_address = true, .address = { .mac = { 10, 0, 0, last, 0xBA, 0xC0 } } } };
}

static inline struct fault recipients(struct bench *b, uint32_t class, const struct event_destination *d, unsigned n)
{
	uint8_t octets[2048];
	struct wr w = wr_over(octets, sizeof octets);
	for (unsigned i = 0; i < n; i++)
		event_destination_write(&w, &d[i]);
	return write(b, class_object(b, class), PROP_RECIPIENT_LIST, BAC_ARRAY_ALL, &w);
}

static inline struct event_notification notification(const struct bench *b, unsigned i, bool confirmed)
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

static inline uint8_t acked_of(const struct object *o)
{
	return alarm_see(o)->acked;
}

static inline struct fault acknowledge(struct bench *b, uint32_t object, uint32_t state, struct event_stamp stamp)
{
	struct ack_alarm a = { .process = 99, .object = object, .state = state, .stamp = stamp, .source = { "who", 3, 0 },
		.time = { .kind = STAMP_SEQUENCE } };
	return events_acknowledge(b->events, &a);
}

static inline void assert_fault(struct fault f, struct fault wanted)
{
	assert_int_equal(f.kind, wanted.kind);
	assert_int_equal(f.cls, wanted.cls);
	assert_int_equal(f.code, wanted.code);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

#endif
