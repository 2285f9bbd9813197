/* The messages of alarms: worked octets, round trips, every prefix, what must be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "bacnet/enum.h"
#include "bacnet/event.h"

#define READER(...) rd_over((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

static void assert_octets(const struct wr *w, const uint8_t *octets, size_t n)
{
	assert_false(w->full);
	assert_int_equal(wr_len(w), n);
	assert_memory_equal(w->start, octets, n);
}
#define ASSERT_OCTETS(w, ...) assert_octets(w, (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

static const struct event_stamp noon = { .kind = STAMP_DATETIME, .date = { 126, 3, 1, 7 }, .time = { 12, 34, 56, 78 } };

#define NOTIFICATION_HEAD 0x09, 0x07, 0x1C, 0x02, 0x00, 0x05, 0x3A, 0x2C, 0x00, 0x80, 0x00, 0x09, \
	0x3E, 0x2E, 0xA4, 126, 3, 1, 7, 0xB4, 12, 34, 56, 78, 0x2F, 0x3F, 0x49, 0x03, 0x59, 100

/* One message each, as it stands on the wire; `body` reads it and gives whether that was all. */
struct sample {
	const uint8_t *octets;
	size_t n;
	bool (*read)(struct rd *);
	bool list;               /* a prefix that ends between two entries is a shorter list */
};
#define OCTETS(...) (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })

static bool read_notification(struct rd *r)
{
	struct event_notification n;
	return event_notification_read(r, &n);
}

static bool read_ack(struct rd *r)
{
	struct ack_alarm a;
	return ack_alarm_read(r, &a);
}

static bool read_information(struct rd *r)
{
	struct rd summaries;
	struct event_summary s;
	bool more, ok = event_information_read(r, &summaries, &more);
	while (ok && rd_left(&summaries))
		ok = event_summary_read(&summaries, &s);
	return ok && rd_done(&summaries);
}

static bool read_alarms(struct rd *r)
{
	uint32_t object, state;
	uint8_t acked;
	return alarm_summary_read(r, &object, &state, &acked) && rd_done(r);
}

static bool read_destination(struct rd *r)
{
	struct event_destination d;
	return event_destination_read(r, &d) && rd_done(r);
}

static bool read_enrollment(struct rd *r)
{
	struct enrollment e;
	return enrollment_read(r, &e) && rd_done(r);
}

static bool read_filter(struct rd *r)
{
	struct enrollment_filter f;
	return enrollment_filter_read(r, &f);
}

static void notifications_octet_by_octet(void **state)
{
	(void)state;
	uint8_t b[256];
	struct wr w = wr_over(b, sizeof b);
	struct event_notification n = { .process = 7, .device = 0x0200053A, .object = bac_object_id(OBJ_ANALOG_VALUE, 9), .stamp = noon,
		.class = 3, .priority = 100, .type = EVENT_OUT_OF_RANGE, .text = { "low", 3, 0 }, .notify_type = NOTIFY_ALARM, .ack_required = true,
		.from = EVENT_STATE_NORMAL, .to = EVENT_STATE_LOW_LIMIT, .values = { .flags = 1, .value = 4, .deadband = 1, .limit = 5 } };
	event_notification_write(&w, &n);
	ASSERT_OCTETS(&w, NOTIFICATION_HEAD, 0x69, 5, 0x7C, 0, 'l', 'o', 'w', 0x89, 0, 0x99, 1, 0xA9, 0, 0xB9, 4, 0xCE, 0x5E,
		0x0C, 0x40, 0x80, 0, 0, 0x1A, 0x04, 0x80, 0x2C, 0x3F, 0x80, 0, 0, 0x3C, 0x40, 0xA0, 0, 0, 0x5F, 0xCF);
	n.type = EVENT_CHANGE_OF_STATE;
	n.text.n = 0;
	n.to = EVENT_STATE_OFFNORMAL;
	n.values = (struct event_values){ .flags = 1, .word = 7 };
	w = wr_over(b, sizeof b);
	event_notification_write(&w, &n);
	ASSERT_OCTETS(&w, NOTIFICATION_HEAD, 0x69, 1, 0x89, 0, 0x99, 1, 0xA9, 0, 0xB9, 2, 0xCE, 0x1E,
		0x0E, 0xB9, 7, 0x0F, 0x1A, 0x04, 0x80, 0x1F, 0xCF);
	n.values.binary = true;
	n.values.word = 1;
	w = wr_over(b, sizeof b);
	event_notification_write(&w, &n);
	ASSERT_OCTETS(&w, NOTIFICATION_HEAD, 0x69, 1, 0x89, 0, 0x99, 1, 0xA9, 0, 0xB9, 2, 0xCE, 0x1E,
		0x0E, 0x19, 1, 0x0F, 0x1A, 0x04, 0x80, 0x1F, 0xCF);
	n.type = EVENT_CHANGE_OF_BITSTRING;
	n.values = (struct event_values){ .flags = 1, .word = 0x8001, .count = 16 };
	w = wr_over(b, sizeof b);
	event_notification_write(&w, &n);
	ASSERT_OCTETS(&w, NOTIFICATION_HEAD, 0x69, 0, 0x89, 0, 0x99, 1, 0xA9, 0, 0xB9, 2, 0xCE, 0x0E,
		0x0B, 0x00, 0x80, 0x01, 0x1A, 0x04, 0x80, 0x0F, 0xCF);
	n.type = EVENT_CHANGE_OF_RELIABILITY;
	n.to = EVENT_STATE_FAULT;
	n.values = (struct event_values){ .flags = 3, .word = 12 };
	w = wr_over(b, sizeof b);
	event_notification_write(&w, &n);
	ASSERT_OCTETS(&w, NOTIFICATION_HEAD, 0x69, 19, 0x89, 0, 0x99, 1, 0xA9, 0, 0xB9, 1, 0xCE, 0xFE, 19,
		0x09, 12, 0x1A, 0x04, 0xC0, 0x2E, 0x2F, 0xFF, 19, 0xCF);
	n.notify_type = NOTIFY_ACK;
	w = wr_over(b, sizeof b);
	event_notification_write(&w, &n);
	ASSERT_OCTETS(&w, NOTIFICATION_HEAD, 0x69, 19, 0x89, 2, 0xB9, 1);
}

static void notifications_come_back(void **state)
{
	(void)state;
	static const uint32_t types[] = { EVENT_CHANGE_OF_BITSTRING, EVENT_CHANGE_OF_STATE, EVENT_OUT_OF_RANGE, EVENT_CHANGE_OF_RELIABILITY };
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		for (int kind = NOTIFY_ALARM; kind <= NOTIFY_ACK; kind++) {
			uint8_t b[256];
			struct wr w = wr_over(b, sizeof b);
			struct event_notification n = { .process = 70000, .device = 0x0200053A, .object = 8, .stamp = { .kind = STAMP_SEQUENCE,
				.sequence = 65535 }, .class = 1, .priority = 255, .type = types[i], .text = { "text", 4, 0 },
				.notify_type = (uint8_t)kind, .ack_required = true, .from = 3, .to = 4,
				.values = { .flags = 9, .word = 5, .count = 23, .value = -1.5f, .deadband = 2, .limit = 7 } };
			event_notification_write(&w, &n);
			struct event_notification back;
			struct rd r = rd_over(b, wr_len(&w));
			assert_true(event_notification_read(&r, &back));
			assert_int_equal(back.process, 70000);
			assert_int_equal(back.device, 0x0200053A);
			assert_int_equal(back.object, 8);
			assert_true(event_stamp_same(&back.stamp, &n.stamp));
			assert_int_equal(back.class, 1);
			assert_int_equal(back.priority, 255);
			assert_int_equal(back.type, types[i]);
			assert_true(bac_text_is(back.text, "text", 4));
			assert_int_equal(back.notify_type, kind);
			assert_int_equal(back.to, 4);
			assert_int_equal(back.from, kind == NOTIFY_ACK ? 0 : 3);
			assert_int_equal(back.ack_required, kind != NOTIFY_ACK);
			assert_int_equal(back.values.flags, kind == NOTIFY_ACK ? 0 : 9);
			bool word = kind != NOTIFY_ACK && types[i] != EVENT_OUT_OF_RANGE, range = kind != NOTIFY_ACK && types[i] == EVENT_OUT_OF_RANGE;
			assert_int_equal(back.values.word, word ? 5 : 0);
			assert_int_equal(back.values.count, word && types[i] == EVENT_CHANGE_OF_BITSTRING ? 23 : 0);
			assert_float_equal(back.values.value, range ? -1.5f : 0, 0);
			assert_float_equal(back.values.deadband, range ? 2 : 0, 0);
			assert_float_equal(back.values.limit, range ? 7 : 0, 0);
			unsigned taken = 0;      /* the values are optional: what ends before them is a message */
			for (size_t length = 0; length < wr_len(&w); length++) {
				r = rd_over(b, length);
				taken += event_notification_read(&r, &back);
			}
			assert_int_equal(taken, kind != NOTIFY_ACK);
		}
}

static void stamps(void **state)
{
	(void)state;
	uint8_t b[32];
	struct wr w = wr_over(b, sizeof b);
	struct event_stamp time = { .kind = STAMP_TIME, .time = { 1, 2, 3, 4 } }, number = { .kind = STAMP_SEQUENCE, .sequence = 300 }, back;
	event_stamp_write(&w, &time);
	event_stamp_write(&w, &number);
	event_stamp_write(&w, &event_stamp_none);
	ASSERT_OCTETS(&w, 0x0C, 1, 2, 3, 4, 0x1A, 0x01, 0x2C, 0x2E, 0xA4, 255, 255, 255, 255, 0xB4, 255, 255, 255, 255, 0x2F);
	struct rd r = rd_over(b, wr_len(&w));
	event_stamp_read(&r, &back);
	assert_true(event_stamp_same(&back, &time));
	event_stamp_read(&r, &back);
	assert_true(event_stamp_same(&back, &number));
	assert_false(event_stamp_same(&back, &time));
	event_stamp_read(&r, &back);
	assert_true(event_stamp_same(&back, &event_stamp_none));
	assert_true(rd_done(&r));
	/* the weekday is no part of a moment; everything else is */
	back = noon;
	back.date.weekday = BAC_ANY;
	assert_true(event_stamp_same(&back, &noon));
	for (int i = 0; i < 7; i++) {
		struct event_stamp other = noon;
		uint8_t *field[] = { &other.date.year, &other.date.month, &other.date.day, &other.time.hour, &other.time.minute,
			&other.time.second, &other.time.hundredths };
		++*field[i];
		assert_false(event_stamp_same(&other, &noon));
	}
	back = number;
	back.sequence++;
	assert_false(event_stamp_same(&back, &number));
}

static const struct sample samples[] = {
	{ OCTETS(NOTIFICATION_HEAD, 0x69, 1, 0x89, 0, 0x99, 1, 0xA9, 0, 0xB9, 2, 0xCE, 0x1E, 0x0E, 0xB9, 7, 0x0F, 0x1A, 0x04, 0x80, 0x1F, 0xCF),
	  read_notification, true },
	{ OCTETS(0x09, 1, 0x1C, 0, 0x80, 0, 9, 0x29, 2, 0x3E, 0x19, 5, 0x3F, 0x4C, 0, 'a', 'b', 'c', 0x5E, 0x0C, 1, 2, 3, 4, 0x5F), read_ack, false },
	{ OCTETS(0x0E, 0x0C, 0, 0x80, 0, 9, 0x19, 2, 0x2A, 5, 0x60, 0x3E, 0x19, 1, 0x19, 2, 0x19, 3, 0x3F, 0x49, 0, 0x5A, 5, 0xE0, 0x6E, 0x21, 15,
	  0x21, 16, 0x21, 200, 0x6F, 0x0F, 0x19, 1), read_information, false },
	{ OCTETS(0xC4, 0, 0x80, 0, 9, 0x91, 2, 0x82, 5, 0x60), read_alarms, false },
	{ OCTETS(0x82, 1, 0xFE, 0xB4, 0, 0, 0, 0, 0xB4, 23, 59, 59, 99, 0x0C, 2, 0, 0, 9, 0x21, 3, 0x11, 0x82, 5, 0xE0), read_destination, false },
	{ OCTETS(0x82, 1, 0xFE, 0xB4, 0, 0, 0, 0, 0xB4, 23, 59, 59, 99, 0x1E, 0x22, 0xFF, 0xFF, 0x60, 0x1F, 0x21, 3, 0x10, 0x82, 5, 0xE0),
	  read_destination, false },
	{ OCTETS(0xC4, 0, 0x80, 0, 9, 0x91, 5, 0x91, 4, 0x21, 100, 0x21, 3), read_enrollment, true },
	{ OCTETS(0x09, 2, 0x1E, 0x0E, 0x0C, 2, 0, 0, 9, 0x0F, 0x19, 3, 0x1F, 0x29, 4, 0x39, 5, 0x4E, 0x09, 1, 0x19, 9, 0x4F, 0x59, 3), read_filter, true },
};

static void every_prefix_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		const struct sample *s = &samples[i];
		struct rd whole = rd_over(s->octets, s->n);
		assert_true(s->read(&whole));
		for (size_t n = 0; n < s->n; n++) {
			uint8_t *exact = malloc(n + 1);          /* so that a sanitizer sees a step beyond */
			memcpy(exact, s->octets, n);
			struct rd r = rd_over(exact, n);
			bool ok = s->read(&r);
			assert_true(!ok || s->list);
			free(exact);
		}
		uint8_t longer[128] = { 0 };
		memcpy(longer, s->octets, s->n);
		struct rd r = rd_over(longer, s->n + 1);
		assert_false(s->read(&r));
	}
}

static void information_comes_back(void **state)
{
	(void)state;
	uint8_t b[128];
	struct wr w = wr_over(b, sizeof b);
	struct event_summary s = { .object = 9, .state = 2, .acked = 6, .stamp = { noon, event_stamp_none, { .kind = STAMP_SEQUENCE, .sequence = 3 } },
		.notify_type = 1, .enable = 5, .priority = { 15, 16, 200 } }, back;
	event_information_open(&w);
	event_summary_write(&w, &s);
	event_information_close(&w, true);
	struct rd r = rd_over(b, wr_len(&w)), summaries;
	bool more = false;
	assert_true(event_information_read(&r, &summaries, &more));
	assert_true(more);
	assert_true(event_summary_read(&summaries, &back));
	assert_true(rd_done(&summaries));
	assert_true(back.object == 9 && back.state == 2 && back.acked == 6 && back.notify_type == 1 && back.enable == 5);
	for (int i = 0; i < TRANSITIONS; i++) {
		assert_true(event_stamp_same(&back.stamp[i], &s.stamp[i]));
		assert_int_equal(back.priority[i], s.priority[i]);
	}
	w = wr_over(b, sizeof b);
	event_information_request_write(&w, false, 0);
	assert_int_equal(wr_len(&w), 0);
	event_information_request_write(&w, true, 9);
	ASSERT_OCTETS(&w, 0x0C, 0, 0, 0, 9);
	bool has;
	uint32_t last;
	r = rd_over(b, wr_len(&w));
	assert_true(event_information_request_read(&r, &has, &last) && has && last == 9);
	r = rd_over(b, 0);
	assert_true(event_information_request_read(&r, &has, &last) && !has);
}

static void summaries_come_back(void **state)
{
	(void)state;
	uint8_t b[64], acked;
	uint32_t object, event_state;
	struct wr w = wr_over(b, sizeof b);
	alarm_summary_write(&w, 9, EVENT_STATE_HIGH_LIMIT, 6);
	ASSERT_OCTETS(&w, 0xC4, 0, 0, 0, 9, 0x91, 3, 0x82, 5, 0x60);
	struct rd r = rd_over(b, wr_len(&w));
	assert_true(alarm_summary_read(&r, &object, &event_state, &acked) && object == 9 && event_state == 3 && acked == 6);
	w = wr_over(b, sizeof b);
	enrollment_write(&w, &(struct enrollment){ .object = 9, .type = 5, .state = 4, .priority = 100, .class = 3 });
	ASSERT_OCTETS(&w, 0xC4, 0, 0, 0, 9, 0x91, 5, 0x91, 4, 0x21, 100, 0x21, 3);
	struct enrollment e;
	r = rd_over(b, wr_len(&w));
	assert_true(enrollment_read(&r, &e) && e.object == 9 && e.type == 5 && e.state == 4 && e.priority == 100 && e.class == 3);
	w = wr_over(b, sizeof b);
	struct ack_alarm a = { .process = 1, .object = 9, .state = 2, .stamp = noon, .source = { "me", 2, 0 }, .time = event_stamp_none }, back;
	ack_alarm_write(&w, &a);
	r = rd_over(b, wr_len(&w));
	assert_true(ack_alarm_read(&r, &back) && back.process == 1 && back.object == 9 && back.state == 2 && bac_text_is(back.source, "me", 2));
	assert_true(event_stamp_same(&back.stamp, &noon) && event_stamp_same(&back.time, &event_stamp_none));
}

static void filters(void **state)
{
	(void)state;
	uint8_t b[64];
	struct wr w = wr_over(b, sizeof b);
	struct enrollment_filter f = { .acked = ENROLLMENT_NOT_ACKED, .has_recipient = true, .recipient = { .device = 0x02000009 },
		.recipient_process = 3, .state = ENROLLMENT_ACTIVE, .has_type = true, .type = 5, .has_priority = true, .priority_low = 1,
		.priority_high = 9, .has_class = true, .class = 3 }, back;
	enrollment_filter_write(&w, &f);
	assert_octets(&w, samples[7].octets, samples[7].n);
	struct rd r = rd_over(b, wr_len(&w));
	assert_true(enrollment_filter_read(&r, &back));
	assert_true(event_recipient_same(&back.recipient, &f.recipient) && back.recipient_process == 3 && back.priority_high == 9 && back.class == 3);
	w = wr_over(b, sizeof b);
	enrollment_filter_write(&w, &(struct enrollment_filter){ .state = ENROLLMENT_ANY });
	ASSERT_OCTETS(&w, 0x09, 0);
	r = READER(0x09, 0);
	assert_true(enrollment_filter_read(&r, &back) && back.state == ENROLLMENT_ANY && !back.has_type && !back.has_class && !back.has_recipient);
	r = READER(0x09, 3);
	assert_false(enrollment_filter_read(&r, &back));
	assert_int_equal(r.why, RD_ENUM);
	r = READER(0x09, 0, 0x29, 5);
	assert_false(enrollment_filter_read(&r, &back));
}

static void addresses(void **state)
{
	(void)state;
	struct event_recipient q;
	uint8_t b[32];
	struct rd r = READER(0x1E, 0x21, 0, 0x65, 6, 192, 0, 2, 7, 0xBA, 0xC0, 0x1F);
	event_recipient_read(&r, &q);
	assert_true(rd_done(&r) && q.by_address && !q.broadcast && q.address.net == 0 && q.address.mac[3] == 7 && q.address.mac[5] == 0xC0);
	struct wr w = wr_over(b, sizeof b);
	event_recipient_write(&w, &q);
	ASSERT_OCTETS(&w, 0x1E, 0x21, 0, 0x65, 6, 192, 0, 2, 7, 0xBA, 0xC0, 0x1F);
	r = READER(0x1E, 0x22, 0x03, 0xE8, 0x60, 0x1F);          /* everybody on network 1000 */
	event_recipient_read(&r, &q);
	assert_true(rd_done(&r) && q.broadcast && q.address.net == 1000 && q.address.adr_len == 0);
	w = wr_over(b, sizeof b);
	event_recipient_write(&w, &q);
	ASSERT_OCTETS(&w, 0x1E, 0x22, 0x03, 0xE8, 0x60, 0x1F);
	r = READER(0x1E, 0x21, 0, 0x60, 0x1F);                   /* everybody here */
	event_recipient_read(&r, &q);
	assert_true(rd_done(&r) && q.broadcast && q.address.net == 0);
	r = READER(0x1E, 0x21, 5, 0x65, 7, 1, 2, 3, 4, 5, 6, 7, 0x1F);
	event_recipient_read(&r, &q);
	assert_true(rd_done(&r) && q.address.net == 5 && q.address.adr_len == 7 && q.address.adr[6] == 7);
	w = wr_over(b, sizeof b);
	event_recipient_write(&w, &q);
	ASSERT_OCTETS(&w, 0x1E, 0x21, 5, 0x65, 7, 1, 2, 3, 4, 5, 6, 7, 0x1F);
	const struct { const uint8_t *octets; size_t n; } bad[] = {
		{ OCTETS(0x1E, 0x21, 0, 0x65, 5, 1, 2, 3, 4, 5, 0x1F) },                    /* no B/IP address */
		{ OCTETS(0x1E, 0x21, 0, 0x65, 7, 1, 2, 3, 4, 5, 6, 7, 0x1F) },
		{ OCTETS(0x1E, 0x21, 5, 0x65, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0x1F) },
		{ OCTETS(0x1E, 0x22, 0xFF, 0xFF, 0x61, 1, 0x1F) },                          /* one of everybody */
		{ OCTETS(0x1E, 0x23, 1, 0, 0, 0x61, 1, 0x1F) },
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		r = rd_over(bad[i].octets, bad[i].n);
		event_recipient_read(&r, &q);
		assert_int_equal(r.why, RD_VALUE);
	}
	struct event_recipient one = { .by_address = true, .address = { .net = 5 }, .broadcast = true }, other = one;
	assert_true(event_recipient_same(&one, &other));
	other.address.net = 6;
	assert_false(event_recipient_same(&one, &other));
	other = (struct event_recipient){ .device = 1 };
	assert_false(event_recipient_same(&one, &other));
	one = (struct event_recipient){ .device = 2 };
	assert_false(event_recipient_same(&one, &other));
}

static void a_destination_octet_by_octet(void **state)
{
	(void)state;
	uint8_t b[64];
	for (int i = 4; i <= 5; i++) {
		struct event_destination d;
		struct rd r = rd_over(samples[i].octets, samples[i].n);
		assert_true(event_destination_read(&r, &d));
		assert_true(d.days == 0x7F && d.from.hour == 0 && d.to.hundredths == 99 && d.process == 3 && d.confirmed == (i == 4) && d.transitions == 7);
		struct wr w = wr_over(b, sizeof b);
		event_destination_write(&w, &d);
		assert_octets(&w, samples[i].octets, samples[i].n);
	}
	struct event_destination d;
	struct rd r = READER(0x82, 0, 0xFF);                     /* eight days */
	assert_false(event_destination_read(&r, &d));
}

static void transitions(void **state)
{
	(void)state;
	assert_int_equal(event_transition_to(EVENT_STATE_NORMAL), TO_NORMAL);
	assert_int_equal(event_transition_to(EVENT_STATE_FAULT), TO_FAULT);
	assert_int_equal(event_transition_to(EVENT_STATE_OFFNORMAL), TO_OFFNORMAL);
	assert_int_equal(event_transition_to(EVENT_STATE_HIGH_LIMIT), TO_OFFNORMAL);
	assert_int_equal(event_transition_to(EVENT_STATE_LOW_LIMIT), TO_OFFNORMAL);
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(notifications_octet_by_octet), TEST(notifications_come_back), TEST(stamps), TEST(every_prefix_is_refused),
		TEST(information_comes_back), TEST(summaries_come_back), TEST(filters), TEST(addresses), TEST(a_destination_octet_by_octet),
		TEST(transitions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
