/* Who is told of an event, when and how: recipients, paces, priorities, on virtual time. */
#include "notify/event_bench_test.h"
#include "notify/event_inside.h"

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

/* ---- bounds ---- */

static void the_network_priority_follows_that_of_the_event(void **state)
{
	struct bench *b = *state;
	static const struct { uint8_t event, network; } rows[] = { { 0, 3 }, { 63, 3 }, { 64, 2 }, { 127, 2 }, { 128, 1 }, { 191, 1 }, { 192, 0 }, { 255, 0 } };
	struct event_destination d[2] = { to_host(9), to_host(10) };
	d[1].confirmed = true;
	recipients(b, SEVERITY_CLASS_CRITICAL, d, 2);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint8_t octets[8];
		struct wr w = wr_over(octets, sizeof octets);
		bac_put_uint(&w, rows[i].event);
		assert_false(fault_is(write(b, class_object(b, SEVERITY_CLASS_CRITICAL), PROP_PRIORITY, 1, &w)));
		b->wire.count = 0;
		bits(b, 2);
		ev_advance(b->loop, 0);
		assert_int_equal(b->wire.count, 2);
		assert_int_equal(notification(b, 0, false).priority, rows[i].event);
		assert_int_equal(b->wire.sent[0].npdu[1] & 3, rows[i].network);
		assert_int_equal(b->wire.sent[1].npdu[1] & 3, rows[i].network);
		bits(b, 0);
		ev_advance(b->loop, 60000);              /* and one transition in 10 s is always told */
	}
}

/* A hundred at once, then 200 a second. */
static void notifications_have_a_pace(void **state)
{
	struct bench *b = *state;
	struct event_destination d[CLASS_RECIPIENTS_MAX];
	for (int i = 0; i < CLASS_RECIPIENTS_MAX; i++)
		d[i] = to_host((uint8_t)(1 + i));
	recipients(b, SEVERITY_CLASS_CRITICAL, d, CLASS_RECIPIENTS_MAX);
	for (int i = 0; i < 5; i++)
		bits(b, i % 2 ? 0 : 2);
	ev_advance(b->loop, 0);
	unsigned sent = 0;
	static const struct { int64_t ms; unsigned least, most; } rows[] = { { 0, 100, 100 }, { 50, 100, 110 }, { 100, 110, 120 }, { 250, 140, 150 }, { 350, 160, 160 },
		{ 60000, 160, 160 } };
	int64_t at = 0;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ev_advance(b->loop, rows[i].ms - at);
		at = rows[i].ms;
		sent += b->wire.count;
		b->wire.count = 0;
		assert_in_range(sent, rows[i].least, rows[i].most);
	}
	assert_int_equal(b->counts.n.event_notifications, 160);
	assert_int_equal(b->counts.n.events_lost, 0);
}

static void addresses_at_the_edge(void **state)
{
	struct bench *b = *state;
	static const struct { uint8_t mac[6]; bool fine; } rows[] = {
		{ { 0, 0, 0, 9, 0xBA, 0xC0 }, false }, { { 1, 0, 0, 9, 0xBA, 0xC0 }, true }, { { 223, 0, 0, 9, 0xBA, 0xC0 }, true }, { { 224, 0, 0, 9, 0xBA, 0xC0 }, false },
		{ { 10, 0, 0, 9, 0, 1 }, true }, { { 10, 0, 0, 9, 1, 0 }, true }, { { 10, 0, 0, 9, 0, 0 }, false },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct event_destination d = to_host(9);
		memcpy(d.recipient.address.mac, rows[i].mac, 6);
		assert_int_equal(fault_is(recipients(b, 3, &d, 1)), !rows[i].fine);
	}
}

/* An hour alone stands for its beginning; each field counts. */
static void moments_are_compared_to_the_hundredth(void **state)
{
	(void)state;
	struct event_destination d = to_host(9);
	struct bac_date sunday = { 126, 3, 1, 7 };
	static const struct { struct bac_time from, to, at; bool in; } rows[] = {
		{ { 12, BAC_ANY, BAC_ANY, BAC_ANY }, { 23, 59, 59, 99 }, { 12, 0, 0, 0 }, true },
		{ { 12, BAC_ANY, BAC_ANY, BAC_ANY }, { 23, 59, 59, 99 }, { 11, 59, 59, 99 }, false },
		{ { 12, 30, BAC_ANY, BAC_ANY }, { 23, 59, 59, 99 }, { 12, 30, 0, 0 }, true },
		{ { 12, 30, BAC_ANY, BAC_ANY }, { 23, 59, 59, 99 }, { 12, 29, 59, 99 }, false },
		{ { 12, 30, 15, BAC_ANY }, { 23, 59, 59, 99 }, { 12, 30, 15, 0 }, true },
		{ { 12, 30, 15, BAC_ANY }, { 23, 59, 59, 99 }, { 12, 30, 14, 99 }, false },
		{ { 12, 30, 15, 50 }, { 12, 30, 15, 60 }, { 12, 30, 15, 60 }, true },
		{ { 12, 30, 15, 50 }, { 12, 30, 15, 60 }, { 12, 30, 15, 61 }, false },
		{ { 12, 30, 15, 50 }, { 12, 30, 15, 60 }, { 12, 30, 15, 49 }, false },
		{ { 0, 0, 0, 0 }, { BAC_ANY, BAC_ANY, BAC_ANY, BAC_ANY }, { 23, 59, 59, 99 }, true },
		{ { BAC_ANY, BAC_ANY, BAC_ANY, BAC_ANY }, { 0, 0, 0, 0 }, { 0, 0, 0, 0 }, true },
		{ { BAC_ANY, BAC_ANY, BAC_ANY, BAC_ANY }, { 0, 0, 0, 0 }, { 0, 0, 0, 1 }, false },
		{ { 0, 0, 0, 0 }, { 1, 1, 1, 1 }, { 1, BAC_ANY, BAC_ANY, BAC_ANY }, true },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		d.from = rows[i].from;
		d.to = rows[i].to;
		if (destination_valid(&d, TO_NORMAL, sunday, rows[i].at) != rows[i].in)
			fail_msg("row %zu", i);
	}
}

/* The limit that was exceeded, in the notification of the way there and of the way back. */
static void a_notification_names_its_limit(void **state)
{
	struct bench *b = *state;
	struct event_destination d = to_host(9);
	recipients(b, SEVERITY_CLASS_GENERAL, &d, 1);
	static const struct { float load, limit; uint32_t to; } rows[] = {
		{ 95, 90, EVENT_STATE_HIGH_LIMIT }, { 50, 90, EVENT_STATE_NORMAL }, { 5, 10, EVENT_STATE_LOW_LIMIT }, { 50, 10, EVENT_STATE_NORMAL },
		{ 95, 90, EVENT_STATE_HIGH_LIMIT }, { 5, 10, EVENT_STATE_LOW_LIMIT },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		b->wire.count = 0;
		load(b, rows[i].load);
		ev_advance(b->loop, 60000);
		assert_int_equal(b->wire.count, 1);
		struct event_notification n = notification(b, 0, false);
		assert_int_equal(n.to, rows[i].to);
		assert_true(n.values.limit >= rows[i].limit && n.values.limit <= rows[i].limit);
		assert_true(n.values.value >= rows[i].load && n.values.value <= rows[i].load);
		assert_true(n.values.deadband >= 5 && n.values.deadband <= 5);
	}
}

/* Only a limit that is enabled is one, also on the way back. */
static void a_limit_that_is_off_is_none(void **state)
{
	struct bench *b = *state;
	uint8_t octets[8];
	for (unsigned on = 0; on < 4; on++) {
		struct wr w = wr_over(octets, sizeof octets);
		bac_put_bits(&w, on, 2);
		assert_false(fault_is(write(b, b->av, PROP_LIMIT_ENABLE, BAC_ARRAY_ALL, &w)));
		load(b, 95);
		ev_advance(b->loop, 60000);
		assert_int_equal(alarm_state(b->av), on & LIMIT_HIGH ? EVENT_STATE_HIGH_LIMIT : EVENT_STATE_NORMAL);
		load(b, 87);                             /* within the deadband */
		ev_advance(b->loop, 60000);
		assert_int_equal(alarm_state(b->av), on & LIMIT_HIGH ? EVENT_STATE_HIGH_LIMIT : EVENT_STATE_NORMAL);
		load(b, 85);
		ev_advance(b->loop, 60000);
		assert_int_equal(alarm_state(b->av), EVENT_STATE_NORMAL);
		load(b, 5);
		ev_advance(b->loop, 60000);
		assert_int_equal(alarm_state(b->av), on & LIMIT_LOW ? EVENT_STATE_LOW_LIMIT : EVENT_STATE_NORMAL);
		load(b, 50);
		ev_advance(b->loop, 60000);
	}
}

/* As docs and EDE say; those who have seen them rely on them. */
static void the_classes_begin_with_their_priorities(void **state)
{
	struct bench *b = *state;
	static const struct { uint8_t priority[TRANSITIONS], ack_required; } rows[] = {          /* to off-normal, fault, normal */
		[SEVERITY_CLASS_CRITICAL] = { { 33, 65, 97 }, 3 },
		[SEVERITY_CLASS_PREVENTIVE] = { { 97, 129, 161 }, 1 },
		[SEVERITY_CLASS_GENERAL] = { { 129, 161, 193 }, 1 },
		[SEVERITY_CLASS_COMMUNICATION] = { { 129, 129, 193 }, 0 },
		[SEVERITY_CLASS_MAINTENANCE] = { { 193, 193, 225 }, 0 },
	};
	for (uint32_t n = 1; n <= SEVERITY_CLASSES; n++) {
		const struct notification_class *c = class_find(b->device, n);
		assert_memory_equal(c->priority, rows[n].priority, TRANSITIONS);
		assert_int_equal(c->ack_required, rows[n].ack_required);
		assert_int_equal(c->count, 0);
	}
}

/* The queue is full: the oldest gives way, and is counted. */
static void the_oldest_gives_way(void **state)
{
	struct bench *b = *state;
	struct event_destination d = to_host(9);
	recipients(b, SEVERITY_CLASS_CRITICAL, &d, 1);
	struct event e = { .object = object_id(b->bsv), .class = SEVERITY_CLASS_CRITICAL, .type = EVENT_CHANGE_OF_BITSTRING, .to = EVENT_STATE_OFFNORMAL,
		.notify_type = NOTIFY_ALARM, .stamp = event_stamp_none };
	for (unsigned i = 0; i < EVENT_QUEUE + 3; i++) {
		e.priority = (uint8_t)i;
		events_enqueue(b->events, &e);
		assert_int_equal(b->counts.n.events_lost, i < EVENT_QUEUE ? 0 : i - EVENT_QUEUE + 1);
	}
	ev_advance(b->loop, 0);
	assert_int_equal(notification(b, 0, false).priority, 3);
	b->wire.count = 0;
	for (unsigned sent = EVENT_SEND_BURST; sent < EVENT_QUEUE; sent += b->wire.count) {
		b->wire.count = 0;
		ev_advance(b->loop, 50);
		assert_in_range(b->wire.count, 1, 20);
		assert_int_equal(notification(b, 0, false).priority, (uint8_t)(sent + 3));
	}
	e.class = SEVERITY_CLASSES + 1;                  /* of no class: for nobody */
	b->wire.count = 0;
	events_enqueue(b->events, &e);
	ev_advance(b->loop, 1000);
	assert_int_equal(b->wire.count, 0);
	assert_int_equal(b->counts.n.event_notifications, EVENT_QUEUE);
}

/* Who acknowledges is named, as far as there is room, and never half a character of him. */
static void who_acknowledges_is_named(void **state)
{
	struct bench *b = *state;
	struct event_destination d = to_host(9);
	recipients(b, SEVERITY_CLASS_CRITICAL, &d, 1);
	static char name[EVENT_TEXT_MAX + 8];
	memset(name, 'n', sizeof name - 1);
	memcpy(name + EVENT_TEXT_MAX - 1, "\xC3\xA9", 2);
	static const struct { size_t n, told; } rows[] = { { 0, 0 }, { 1, 1 }, { EVENT_TEXT_MAX - 1, EVENT_TEXT_MAX - 1 }, { EVENT_TEXT_MAX + 1, EVENT_TEXT_MAX - 1 },
		{ EVENT_TEXT_MAX + 7, EVENT_TEXT_MAX - 1 } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		bits(b, 2);
		ev_advance(b->loop, 60000);
		b->wire.count = 0;
		struct ack_alarm a = { .process = 1, .object = object_id(b->bsv), .state = EVENT_STATE_OFFNORMAL, .stamp = alarm_see(b->bsv)->stamp[TO_OFFNORMAL],
			.source = { name, rows[i].n, 0 }, .time = { .kind = STAMP_SEQUENCE } };
		assert_false(fault_is(events_acknowledge(b->events, &a)));
		ev_advance(b->loop, 0);
		struct event_notification n = notification(b, 0, false);
		assert_int_equal(n.notify_type, NOTIFY_ACK);
		assert_int_equal(n.text.n, rows[i].told);
		bits(b, 0);
		ev_advance(b->loop, 60000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(whoever_stands_in_the_list_is_told),
		TEST(event_enable_is_honoured),
		TEST(days_and_times_are_honoured),
		TEST(recipients_that_cannot_be_are_refused),
		TEST(priorities_are_written_and_kept),
		TEST(who_does_not_answer_makes_nobody_wait),
		TEST(a_device_is_looked_for_and_then_told),
		TEST(a_recipient_behind_a_router_is_reached_by_broadcast),
		TEST(a_recipient_behind_a_router_confirms),
		TEST(nothing_is_initiated_while_it_must_not_be),
		TEST(the_network_priority_follows_that_of_the_event),
		TEST(notifications_have_a_pace),
		TEST(addresses_at_the_edge),
		TEST(moments_are_compared_to_the_hundredth),
		TEST(a_notification_names_its_limit),
		TEST(a_limit_that_is_off_is_none),
		TEST(the_classes_begin_with_their_priorities),
		TEST(the_oldest_gives_way),
		TEST(who_acknowledges_is_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
