#include "bacnet/event.h"

#include "bacnet/enum.h"

enum { MAC_LOCAL = 6 };                      /* octets of a B/IP address */

enum event_transition event_transition_to(uint32_t state)
{
	return state == EVENT_STATE_NORMAL ? TO_NORMAL : state == EVENT_STATE_FAULT ? TO_FAULT : TO_OFFNORMAL;
}

/* ---- pieces ---- */

static uint64_t bits_of(struct rd *r, struct rd content, uint32_t at_most)
{
	struct bac_bits bits = bac_content_bits(&content);
	rd_end(r, &content);
	if (bits.count > at_most)
		rd_fail(r, RD_VALUE);
	return rd_ok(r) ? bac_bits_word(bits) : 0;
}

static uint8_t flags_ctx(struct rd *r, uint8_t number, uint32_t count)
{
	return (uint8_t)bits_of(r, bac_take_ctx(r, number), count);
}

static float real_ctx(struct rd *r, uint8_t number)
{
	struct rd content = bac_take_ctx(r, number);
	float v = bac_content_real(&content);
	rd_end(r, &content);
	return v;
}

/* ---- time stamps ---- */

const struct event_stamp event_stamp_none = { .kind = STAMP_DATETIME, .date = { BAC_ANY, BAC_ANY, BAC_ANY, BAC_ANY },
	.time = { BAC_ANY, BAC_ANY, BAC_ANY, BAC_ANY } };

/* [0] Time | [1] sequence number | [2] { Date Time } */
void event_stamp_read(struct rd *r, struct event_stamp *s)
{
	*s = event_stamp_none;
	if (bac_next_ctx(r, STAMP_TIME)) {
		s->kind = STAMP_TIME;
		struct rd content = bac_take_ctx(r, STAMP_TIME);
		s->time = bac_content_time(&content);
		rd_end(r, &content);
	} else if (bac_next_ctx(r, STAMP_SEQUENCE)) {
		s->kind = STAMP_SEQUENCE;
		s->sequence = bac_uint_ctx(r, STAMP_SEQUENCE);
	} else {
		struct rd both = bac_enclosed(r, STAMP_DATETIME);
		s->date = bac_date_app(&both);
		s->time = bac_time_app(&both);
		rd_end(r, &both);
	}
}

void event_stamp_write(struct wr *w, const struct event_stamp *s)
{
	switch ((enum stamp_kind)s->kind) {
	case STAMP_TIME:
		bac_put_tag(w, TAG_CONTEXT, STAMP_TIME, 4);
		wr_u8(w, s->time.hour);
		wr_u8(w, s->time.minute);
		wr_u8(w, s->time.second);
		wr_u8(w, s->time.hundredths);
		return;
	case STAMP_SEQUENCE:
		bac_put_uint_ctx(w, STAMP_SEQUENCE, s->sequence);
		return;
	case STAMP_DATETIME:
		bac_put_open(w, STAMP_DATETIME);
		bac_put_date(w, s->date);
		bac_put_time(w, s->time);
		bac_put_close(w, STAMP_DATETIME);
		return;
	}
}

static bool same_time(struct bac_time a, struct bac_time b)
{
	return a.hour == b.hour && a.minute == b.minute && a.second == b.second && a.hundredths == b.hundredths;
}

bool event_stamp_same(const struct event_stamp *a, const struct event_stamp *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == STAMP_SEQUENCE)
		return a->sequence == b->sequence;
	bool day = a->kind == STAMP_TIME || (a->date.year == b->date.year && a->date.month == b->date.month && a->date.day == b->date.day);
	return day && same_time(a->time, b->time);
}

static void stamp_in(struct rd *r, uint8_t number, struct event_stamp *s)
{
	struct rd inside = bac_enclosed(r, number);
	event_stamp_read(&inside, s);
	rd_end(r, &inside);
}

static void stamp_out(struct wr *w, uint8_t number, const struct event_stamp *s)
{
	bac_put_open(w, number);
	event_stamp_write(w, s);
	bac_put_close(w, number);
}

/* ---- event notifications ---- */

enum { STATE_BINARY = 1, STATE_UNSIGNED = 11 };      /* BACnetPropertyStates */

static void values_read(struct rd *r, uint32_t type, struct event_values *v)
{
	struct rd state;
	switch (type) {
	case EVENT_CHANGE_OF_BITSTRING: {
		struct rd content = bac_take_ctx(r, 0);
		struct bac_bits bits = bac_content_bits(&content);
		v->count = bits.count;
		v->word = (uint32_t)bac_bits_word(bits);
		rd_end(r, &content);
		v->flags = flags_ctx(r, 1, 4);
		return;
	}
	case EVENT_CHANGE_OF_STATE:
		state = bac_enclosed(r, 0);
		v->binary = bac_next_ctx(&state, STATE_BINARY);
		v->word = bac_uint_ctx(&state, v->binary ? STATE_BINARY : STATE_UNSIGNED);
		rd_end(r, &state);
		v->flags = flags_ctx(r, 1, 4);
		return;
	case EVENT_OUT_OF_RANGE:
		v->value = real_ctx(r, 0);
		v->flags = flags_ctx(r, 1, 4);
		v->deadband = real_ctx(r, 2);
		v->limit = real_ctx(r, 3);
		return;
	case EVENT_CHANGE_OF_RELIABILITY:
		v->word = bac_uint_ctx(r, 0);
		v->flags = flags_ctx(r, 1, 4);
		bac_enclosed(r, 2);
		return;
	default:
		r->p = r->end;
		return;
	}
}

static void values_write(struct wr *w, uint32_t type, const struct event_values *v)
{
	switch ((enum event_type)type) {
	case EVENT_CHANGE_OF_BITSTRING:
		bac_put_bits_ctx(w, 0, v->word, v->count);
		bac_put_bits_ctx(w, 1, v->flags, 4);
		return;
	case EVENT_CHANGE_OF_STATE:
		bac_put_open(w, 0);
		bac_put_uint_ctx(w, v->binary ? STATE_BINARY : STATE_UNSIGNED, v->word);
		bac_put_close(w, 0);
		bac_put_bits_ctx(w, 1, v->flags, 4);
		return;
	case EVENT_OUT_OF_RANGE:
		bac_put_real_ctx(w, 0, v->value);
		bac_put_bits_ctx(w, 1, v->flags, 4);
		bac_put_real_ctx(w, 2, v->deadband);
		bac_put_real_ctx(w, 3, v->limit);
		return;
	case EVENT_CHANGE_OF_RELIABILITY:
		bac_put_uint_ctx(w, 0, v->word);
		bac_put_bits_ctx(w, 1, v->flags, 4);
		bac_put_open(w, 2);
		bac_put_close(w, 2);
		return;
	}
}

/* [0] process  [1] device  [2] object  [3] { stamp }  [4] class  [5] priority  [6] type  [7] text?  [8] notify type  [9] ack required?
 * [10] from?  [11] to  [12] { [type] { values } }? */
bool event_notification_read(struct rd *r, struct event_notification *n)
{
	*n = (struct event_notification){ 0 };
	n->process = bac_uint_ctx(r, 0);
	n->device = bac_object_ctx(r, 1);
	n->object = bac_object_ctx(r, 2);
	stamp_in(r, 3, &n->stamp);
	n->class = bac_uint_ctx(r, 4);
	n->priority = bac_uint_ctx(r, 5);
	n->type = bac_uint_ctx(r, 6);
	if (bac_next_ctx(r, 7))
		n->text = bac_text_ctx(r, 7);
	uint32_t kind = bac_uint_ctx(r, 8);
	if (kind > NOTIFY_ACK)
		rd_fail(r, RD_ENUM);
	n->notify_type = (uint8_t)kind;
	if (kind != NOTIFY_ACK) {
		n->ack_required = bac_bool_ctx(r, 9);
		n->from = bac_uint_ctx(r, 10);
	}
	n->to = bac_uint_ctx(r, 11);
	if (bac_next_open(r, 12)) {
		struct rd choice = bac_enclosed(r, 12);
		struct rd values = bac_enclosed(&choice, (uint8_t)n->type);
		values_read(&values, n->type, &n->values);
		rd_end(&choice, &values);
		rd_end(r, &choice);
	}
	return rd_done(r);
}

void event_notification_write(struct wr *w, const struct event_notification *n)
{
	bac_put_uint_ctx(w, 0, n->process);
	bac_put_object_ctx(w, 1, n->device);
	bac_put_object_ctx(w, 2, n->object);
	stamp_out(w, 3, &n->stamp);
	bac_put_uint_ctx(w, 4, n->class);
	bac_put_uint_ctx(w, 5, n->priority);
	bac_put_uint_ctx(w, 6, n->type);
	if (n->text.n)
		bac_put_text_ctx(w, 7, n->text.p, n->text.n);
	bac_put_uint_ctx(w, 8, n->notify_type);
	if (n->notify_type != NOTIFY_ACK) {
		bac_put_bool_ctx(w, 9, n->ack_required);
		bac_put_uint_ctx(w, 10, n->from);
	}
	bac_put_uint_ctx(w, 11, n->to);
	if (n->notify_type == NOTIFY_ACK)
		return;
	bac_put_open(w, 12);
	bac_put_open(w, (uint8_t)n->type);
	values_write(w, n->type, &n->values);
	bac_put_close(w, (uint8_t)n->type);
	bac_put_close(w, 12);
}

/* ---- AcknowledgeAlarm ---- */

/* [0] process  [1] object  [2] state  [3] { stamp }  [4] source  [5] { time of the acknowledgement } */
bool ack_alarm_read(struct rd *r, struct ack_alarm *a)
{
	a->process = bac_uint_ctx(r, 0);
	a->object = bac_object_ctx(r, 1);
	a->state = bac_uint_ctx(r, 2);
	stamp_in(r, 3, &a->stamp);
	a->source = bac_text_ctx(r, 4);
	stamp_in(r, 5, &a->time);
	return rd_done(r);
}

void ack_alarm_write(struct wr *w, const struct ack_alarm *a)
{
	bac_put_uint_ctx(w, 0, a->process);
	bac_put_object_ctx(w, 1, a->object);
	bac_put_uint_ctx(w, 2, a->state);
	stamp_out(w, 3, &a->stamp);
	bac_put_text_ctx(w, 4, a->source.p, a->source.n);
	stamp_out(w, 5, &a->time);
}

/* ---- GetEventInformation ---- */

bool event_information_request_read(struct rd *r, bool *has_last, uint32_t *last)
{
	*has_last = bac_next_ctx(r, 0);
	*last = *has_last ? bac_object_ctx(r, 0) : 0;
	return rd_done(r);
}

void event_information_request_write(struct wr *w, bool has_last, uint32_t last)
{
	if (has_last)
		bac_put_object_ctx(w, 0, last);
}

void event_information_open(struct wr *w)
{
	bac_put_open(w, 0);
}

void event_information_close(struct wr *w, bool more)
{
	bac_put_close(w, 0);
	bac_put_bool_ctx(w, 1, more);
}

bool event_information_read(struct rd *r, struct rd *summaries, bool *more)
{
	*summaries = bac_enclosed(r, 0);
	*more = bac_bool_ctx(r, 1);
	return rd_done(r);
}

/* [0] object  [1] state  [2] acked  [3] { 3 stamps }  [4] notify type  [5] enable  [6] { 3 priorities } */
void event_summary_write(struct wr *w, const struct event_summary *s)
{
	bac_put_object_ctx(w, 0, s->object);
	bac_put_uint_ctx(w, 1, s->state);
	bac_put_bits_ctx(w, 2, s->acked, TRANSITIONS);
	bac_put_open(w, 3);
	for (int i = 0; i < TRANSITIONS; i++)
		event_stamp_write(w, &s->stamp[i]);
	bac_put_close(w, 3);
	bac_put_uint_ctx(w, 4, s->notify_type);
	bac_put_bits_ctx(w, 5, s->enable, TRANSITIONS);
	bac_put_open(w, 6);
	for (int i = 0; i < TRANSITIONS; i++)
		bac_put_uint(w, s->priority[i]);
	bac_put_close(w, 6);
}

bool event_summary_read(struct rd *r, struct event_summary *s)
{
	s->object = bac_object_ctx(r, 0);
	s->state = bac_uint_ctx(r, 1);
	s->acked = flags_ctx(r, 2, TRANSITIONS);
	struct rd stamps = bac_enclosed(r, 3);
	for (int i = 0; i < TRANSITIONS; i++)
		event_stamp_read(&stamps, &s->stamp[i]);
	rd_end(r, &stamps);
	s->notify_type = (uint8_t)bac_uint_ctx(r, 4);
	s->enable = flags_ctx(r, 5, TRANSITIONS);
	struct rd priorities = bac_enclosed(r, 6);
	for (int i = 0; i < TRANSITIONS; i++)
		s->priority[i] = bac_uint_app(&priorities);
	rd_end(r, &priorities);
	return rd_ok(r);
}

/* ---- GetAlarmSummary ---- */

void alarm_summary_write(struct wr *w, uint32_t object, uint32_t state, uint8_t acked)
{
	bac_put_object(w, object);
	bac_put_enum(w, state);
	bac_put_bits(w, acked, TRANSITIONS);
}

bool alarm_summary_read(struct rd *r, uint32_t *object, uint32_t *state, uint8_t *acked)
{
	*object = bac_object_app(r);
	*state = bac_enum_app(r);
	*acked = (uint8_t)bits_of(r, bac_take_app(r, APP_BITS), TRANSITIONS);
	return rd_ok(r);
}

/* ---- recipients ---- */

/* [0] device | [1] { network  MAC }.  A network of 65535, or a MAC without octets, is a broadcast. */
void event_recipient_read(struct rd *r, struct event_recipient *q)
{
	*q = (struct event_recipient){ .by_address = !bac_next_ctx(r, 0) };
	if (!q->by_address) {
		q->device = bac_object_ctx(r, 0);
		return;
	}
	struct rd address = bac_enclosed(r, 1);
	uint32_t net = bac_uint_app(&address);
	struct rd mac = bac_take_app(&address, APP_OCTETS);
	rd_end(r, &address);
	size_t n = rd_left(&mac);
	bool fits = net == BAC_NET_LOCAL ? n == 0 || n == MAC_LOCAL : net == BAC_NET_GLOBAL ? n == 0 : net < BAC_NET_GLOBAL && n <= BAC_MAC_MAX;
	if (!fits)
		rd_fail(r, RD_VALUE);
	if (!rd_ok(r))
		return;
	q->broadcast = n == 0;
	q->address.net = (uint16_t)net;
	if (net == BAC_NET_LOCAL) {
		if (n)
			memcpy(q->address.mac, mac.p, n);
	} else {
		q->address.adr_len = (uint8_t)n;
		if (n)
			memcpy(q->address.adr, mac.p, n);
	}
}

void event_recipient_write(struct wr *w, const struct event_recipient *q)
{
	if (!q->by_address) {
		bac_put_object_ctx(w, 0, q->device);
		return;
	}
	bac_put_open(w, 1);
	bac_put_uint(w, q->address.net);
	if (q->address.net == BAC_NET_LOCAL)
		bac_put_octets(w, q->address.mac, q->broadcast ? 0 : MAC_LOCAL);
	else
		bac_put_octets(w, q->address.adr, q->address.adr_len);
	bac_put_close(w, 1);
}

bool event_recipient_same(const struct event_recipient *a, const struct event_recipient *b)
{
	if (a->by_address != b->by_address)
		return false;
	return a->by_address ? a->broadcast == b->broadcast && bac_addr_same(&a->address, &b->address) : a->device == b->device;
}

/* days  from  to  recipient  process  confirmed  transitions: application tags but for the recipient */
bool event_destination_read(struct rd *r, struct event_destination *d)
{
	d->days = (uint8_t)bits_of(r, bac_take_app(r, APP_BITS), 7);
	d->from = bac_time_app(r);
	d->to = bac_time_app(r);
	event_recipient_read(r, &d->recipient);
	d->process = bac_uint_app(r);
	d->confirmed = bac_bool_app(r);
	d->transitions = (uint8_t)bits_of(r, bac_take_app(r, APP_BITS), TRANSITIONS);
	return rd_ok(r);
}

void event_destination_write(struct wr *w, const struct event_destination *d)
{
	bac_put_bits(w, d->days, 7);
	bac_put_time(w, d->from);
	bac_put_time(w, d->to);
	event_recipient_write(w, &d->recipient);
	bac_put_uint(w, d->process);
	bac_put_bool(w, d->confirmed);
	bac_put_bits(w, d->transitions, TRANSITIONS);
}

/* ---- GetEnrollmentSummary ---- */

static uint32_t enum_ctx(struct rd *r, uint8_t number, uint32_t last)
{
	uint32_t v = bac_uint_ctx(r, number);
	if (v > last)
		rd_fail(r, RD_ENUM);
	return v;
}

/* [0] acked  [1] { [0] recipient  [1] process }?  [2] state?  [3] type?  [4] { [0] lowest  [1] highest }?  [5] class? */
bool enrollment_filter_read(struct rd *r, struct enrollment_filter *f)
{
	*f = (struct enrollment_filter){ .state = ENROLLMENT_ANY };
	f->acked = enum_ctx(r, 0, ENROLLMENT_NOT_ACKED);
	f->has_recipient = bac_next_open(r, 1);
	if (f->has_recipient) {
		struct rd inside = bac_enclosed(r, 1);
		struct rd recipient = bac_enclosed(&inside, 0);
		event_recipient_read(&recipient, &f->recipient);
		rd_end(&inside, &recipient);
		f->recipient_process = bac_uint_ctx(&inside, 1);
		rd_end(r, &inside);
	}
	if (bac_next_ctx(r, 2))
		f->state = enum_ctx(r, 2, ENROLLMENT_ACTIVE);
	f->has_type = bac_next_ctx(r, 3);
	if (f->has_type)
		f->type = bac_uint_ctx(r, 3);
	f->has_priority = bac_next_open(r, 4);
	if (f->has_priority) {
		struct rd range = bac_enclosed(r, 4);
		f->priority_low = bac_uint_ctx(&range, 0);
		f->priority_high = bac_uint_ctx(&range, 1);
		rd_end(r, &range);
	}
	f->has_class = bac_next_ctx(r, 5);
	if (f->has_class)
		f->class = bac_uint_ctx(r, 5);
	return rd_done(r);
}

void enrollment_filter_write(struct wr *w, const struct enrollment_filter *f)
{
	bac_put_uint_ctx(w, 0, f->acked);
	if (f->has_recipient) {
		bac_put_open(w, 1);
		bac_put_open(w, 0);
		event_recipient_write(w, &f->recipient);
		bac_put_close(w, 0);
		bac_put_uint_ctx(w, 1, f->recipient_process);
		bac_put_close(w, 1);
	}
	if (f->state != ENROLLMENT_ANY)
		bac_put_uint_ctx(w, 2, f->state);
	if (f->has_type)
		bac_put_uint_ctx(w, 3, f->type);
	if (f->has_priority) {
		bac_put_open(w, 4);
		bac_put_uint_ctx(w, 0, f->priority_low);
		bac_put_uint_ctx(w, 1, f->priority_high);
		bac_put_close(w, 4);
	}
	if (f->has_class)
		bac_put_uint_ctx(w, 5, f->class);
}

void enrollment_write(struct wr *w, const struct enrollment *e)
{
	bac_put_object(w, e->object);
	bac_put_enum(w, e->type);
	bac_put_enum(w, e->state);
	bac_put_uint(w, e->priority);
	bac_put_uint(w, e->class);
}

bool enrollment_read(struct rd *r, struct enrollment *e)
{
	e->object = bac_object_app(r);
	e->type = bac_enum_app(r);
	e->state = bac_enum_app(r);
	e->priority = bac_uint_app(r);
	e->class = bac_next_app(r, APP_UNSIGNED) ? bac_uint_app(r) : 0;
	return rd_ok(r);
}
