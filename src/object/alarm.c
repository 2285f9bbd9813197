#include "object/alarm.h"

#include <math.h>

#include "base/utf8.h"
#include "bacnet/value.h"
#include "object/model.h"

#define LIMIT_MAX 1e34                       /* finite at every scale that there is */

static struct alarm *data(struct object *o)
{
	return &((struct value *)data_of(o))->alarm;
}

static const struct alarm *seen(const struct object *o)
{
	return &((const struct value *)data_of(o))->alarm;
}

bool alarm_configured(const struct object *o)
{
	return o->kind->type->present_value && seen(o)->configured;
}

struct alarm *alarm_of(struct object *o)             { return alarm_configured(o) ? data(o) : NULL; }
const struct alarm *alarm_see(const struct object *o) { return alarm_configured(o) ? seen(o) : NULL; }
unsigned alarm_state(const struct object *o)         { return o->event_state; }

enum event_type alarm_event_type(const struct object *o)
{
	switch (o->kind->type->present_value) {
	case APP_REAL: return EVENT_OUT_OF_RANGE;
	case APP_BITS: return EVENT_CHANGE_OF_BITSTRING;
	default:       return EVENT_CHANGE_OF_STATE;
	}
}

float alarm_shown(const struct alarm *a, double limit)
{
	return (float)(limit * (double)a->scale);
}

void alarm_begin(struct alarm *a, const struct alarm_conf *c)
{
	*a = (struct alarm){ .place = -1, .recalled = -1, .scale = 1.0f };
	if (!c)
		return;
	a->configured = true;
	a->detects = !c->quiet;
	a->enable = a->acked = TRANSITIONS_ALL;
	a->class = c->class;
	a->delay_s = c->delay_s;
	a->delay_normal_s = c->delay_normal_s;
	a->low = c->low;
	a->high = c->high;
	a->deadband = c->deadband;
	a->limits = c->limits;
	a->states = c->states;
	a->bits = c->bits;
	a->text = c->text;
	a->ctx = c->ctx;
	a->offnormal = EVENT_STATE_OFFNORMAL;
	for (int i = 0; i < TRANSITIONS; i++)
		a->stamp[i] = event_stamp_none;
}

void alarm_set_unknown(struct object *o, bool unknown)
{
	struct alarm *a = data(o);
	if (a->unknown == unknown)
		return;
	a->unknown = unknown;
	object_mark(o, CHANGE_VALUE);
}

/* ---- what happens ---- */

/* Acknowledgements, the state they belong to, which limit it was, and the three times.  Where it cannot be kept it is true for this run. */
static void keep_acked(const struct object *o, struct alarm *a)
{
	a->kept_state = o->event_state;
	uint8_t octets[64];
	struct wr w = wr_over(octets, sizeof octets);
	bac_put_bits(&w, a->acked, TRANSITIONS);
	bac_put_enum(&w, o->event_state);
	bac_put_enum(&w, a->offnormal);
	for (int i = 0; i < TRANSITIONS; i++) {
		bac_put_date(&w, a->stamp[i].date);
		bac_put_time(&w, a->stamp[i].time);
	}
	object_keep(o, PROP_ACKED_TRANSITIONS, &w);
}

struct fault alarm_recall(struct object *o, uint32_t index, struct rd *value)
{
	(void)index;
	struct alarm *a = data(o);
	uint8_t acked = (uint8_t)bac_bits_word(bac_bits_app(value));
	uint32_t state = bac_enum_app(value), offnormal = bac_enum_app(value);
	struct event_stamp stamp[TRANSITIONS];
	for (int i = 0; i < TRANSITIONS; i++) {
		stamp[i].kind = STAMP_DATETIME;
		stamp[i].sequence = 0;
		stamp[i].date = bac_date_app(value);
		stamp[i].time = bac_time_app(value);
	}
	if (!rd_done(value) || state > EVENT_STATE_LOW_LIMIT || offnormal > EVENT_STATE_LOW_LIMIT)
		return ERROR(PROPERTY, INVALID_DATA_TYPE);
	a->acked = acked & TRANSITIONS_ALL;
	a->recalled = (int16_t)state;
	a->kept_state = (uint8_t)state;
	a->offnormal = (uint8_t)offnormal;
	memcpy(a->stamp, stamp, sizeof stamp);
	return DONE;
}

void alarm_enter(struct object *o, unsigned state, const struct event_stamp *stamp, const char *text, bool ack_required)
{
	struct alarm *a = data(o);
	enum event_transition t = event_transition_to(state);
	bool was_alarm = o->event_state != EVENT_STATE_NORMAL;
	bool known = a->recalled == (int)state;          /* it was so before the restart, and what was acknowledged stays it */
	uint8_t bit = (uint8_t)(1u << t), before = a->acked, left = o->event_state;
	if (!known)
		a->acked = (uint8_t)(ack_required ? a->acked & ~bit : a->acked | bit);
	a->recalled = -1;
	o->event_state = (uint8_t)state;
	a->offnormal = t == TO_OFFNORMAL ? (uint8_t)state : a->offnormal;
	a->stamp[t] = *stamp;
	utf8_copy(a->message[t], sizeof a->message[t], text);
	object_mark(o, CHANGE_PROPERTY | (was_alarm != (state != EVENT_STATE_NORMAL) ? CHANGE_STATUS : 0));
	bool forgets = left != EVENT_STATE_NORMAL && left == a->kept_state && a->acked == TRANSITIONS_ALL;    /* what was acknowledged is over */
	if (a->acked != before || forgets)               /* not each time, because an alarm may flap */
		keep_acked(o, a);
}

void alarm_acknowledge(struct object *o, enum event_transition t)
{
	struct alarm *a = data(o);
	a->acked |= (uint8_t)(1u << t);
	object_mark(o, CHANGE_PROPERTY);
	keep_acked(o, a);
}

/* ---- reading ---- */

uint32_t alarm_size_transitions(const struct object *o) { (void)o; return TRANSITIONS; }
uint32_t alarm_size_bits(const struct object *o)        { return (uint32_t)__builtin_popcount(seen(o)->bits); }

void alarm_read_class(const struct object *o, uint32_t index, struct wr *w)        { (void)index; bac_put_uint(w, seen(o)->class); }
void alarm_read_enable(const struct object *o, uint32_t index, struct wr *w)       { (void)index; bac_put_bits(w, seen(o)->enable, TRANSITIONS); }
void alarm_read_acked(const struct object *o, uint32_t index, struct wr *w)        { (void)index; bac_put_bits(w, seen(o)->acked, TRANSITIONS); }
void alarm_read_notify_type(const struct object *o, uint32_t index, struct wr *w)  { (void)index; bac_put_enum(w, seen(o)->notify_type); }
void alarm_read_stamp(const struct object *o, uint32_t index, struct wr *w)        { event_stamp_write(w, &seen(o)->stamp[index - 1]); }
void alarm_read_detects(const struct object *o, uint32_t index, struct wr *w)      { (void)index; bac_put_bool(w, seen(o)->detects); }
void alarm_read_delay(const struct object *o, uint32_t index, struct wr *w)        { (void)index; bac_put_uint(w, seen(o)->delay_s); }
void alarm_read_delay_normal(const struct object *o, uint32_t index, struct wr *w) { (void)index; bac_put_uint(w, seen(o)->delay_normal_s); }
void alarm_read_limits(const struct object *o, uint32_t index, struct wr *w)       { (void)index; bac_put_bits(w, seen(o)->limits, 2); }

static void read_limit(const struct object *o, double limit, struct wr *w)
{
	bac_put_real(w, alarm_shown(seen(o), limit));
}

void alarm_read_high(const struct object *o, uint32_t index, struct wr *w)         { (void)index; read_limit(o, seen(o)->high, w); }
void alarm_read_low(const struct object *o, uint32_t index, struct wr *w)          { (void)index; read_limit(o, seen(o)->low, w); }
void alarm_read_deadband(const struct object *o, uint32_t index, struct wr *w)     { (void)index; read_limit(o, seen(o)->deadband, w); }

void alarm_read_message(const struct object *o, uint32_t index, struct wr *w)
{
	const char *text = seen(o)->message[index - 1];
	bac_put_text(w, text, strlen(text));
}

void alarm_read_states(const struct object *o, uint32_t index, struct wr *w)
{
	(void)index;
	for (uint32_t n = 0; n < ALARM_STATES_MAX; n++)
		if (seen(o)->states >> n & 1)
			bac_put_uint(w, n + 1);
}

/* Mask and value alike: the index-th alarm bit alone, in a string as long as Present_Value. */
void alarm_read_bits(const struct object *o, uint32_t index, struct wr *w)
{
	uint32_t bits = seen(o)->bits;
	for (; index > 1; index--)
		bits &= bits - 1;
	bac_put_bits(w, bits & -bits, seen(o)->bit_count);
}

/* ---- writing ---- */

static struct fault keep(struct object *o, uint32_t property, const struct wr *w)
{
	struct fault f = object_keep(o, property, w);
	if (!fault_is(f))
		object_mark(o, CHANGE_PROPERTY);
	return f;
}

static struct fault write_bits(struct object *o, uint32_t property, struct rd *value, uint32_t count, uint8_t *to)
{
	uint8_t octets[16];
	struct wr w = wr_over(octets, sizeof octets);
	struct bac_bits v;
	struct fault f = take_bits(value, &v);
	if (fault_is(f))
		return f;
	if (v.count != count)
		return ERROR(PROPERTY, VALUE_OUT_OF_RANGE);
	bac_put_bits(&w, bac_bits_word(v), count);
	f = keep(o, property, &w);
	if (!fault_is(f))
		*to = (uint8_t)bac_bits_word(v);
	return f;
}

struct fault alarm_write_class(struct object *o, uint32_t index, struct rd *value)
{
	(void)index;
	return row_write_unsigned(o, PROP_NOTIFICATION_CLASS, BAC_INSTANCE_ANY, value, &data(o)->class);
}

struct fault alarm_write_delay(struct object *o, uint32_t index, struct rd *value)
{
	(void)index;
	return row_write_unsigned(o, PROP_TIME_DELAY, ALARM_DELAY_MAX_S, value, &data(o)->delay_s);
}

struct fault alarm_write_delay_normal(struct object *o, uint32_t index, struct rd *value)
{
	(void)index;
	return row_write_unsigned(o, PROP_TIME_DELAY_NORMAL, ALARM_DELAY_MAX_S, value, &data(o)->delay_normal_s);
}

struct fault alarm_write_enable(struct object *o, uint32_t index, struct rd *value)
{
	(void)index;
	return write_bits(o, PROP_EVENT_ENABLE, value, TRANSITIONS, &data(o)->enable);
}

struct fault alarm_write_limits(struct object *o, uint32_t index, struct rd *value)
{
	(void)index;
	return write_bits(o, PROP_LIMIT_ENABLE, value, 2, &data(o)->limits);
}

struct fault alarm_write_notify_type(struct object *o, uint32_t index, struct rd *value)
{
	(void)index;
	uint8_t octets[16];
	struct wr w = wr_over(octets, sizeof octets);
	uint64_t v;
	struct fault f = take_enum(value, &v);
	if (fault_is(f))
		return f;
	if (v > NOTIFY_EVENT)
		return ERROR(PROPERTY, VALUE_OUT_OF_RANGE);
	bac_put_enum(&w, (uint32_t)v);
	f = keep(o, PROP_NOTIFY_TYPE, &w);
	if (!fault_is(f))
		data(o)->notify_type = (uint32_t)v;
	return f;
}

struct fault alarm_write_detects(struct object *o, uint32_t index, struct rd *value)
{
	(void)index;
	return row_write_bool(o, PROP_EVENT_DETECTION_ENABLE, value, &data(o)->detects);
}

/* A limit as it is written, in engineering units: double, so that it reads back as the same REAL. */
static struct fault take_limit(struct object *o, struct rd *value, double *to)
{
	if (object_recalling(o)) {
		struct bac_value v = bac_value_read(value);
		if (!rd_done(value) || v.type != APP_DOUBLE)
			return ERROR(PROPERTY, INVALID_DATA_TYPE);
		*to = v.dbl;
	} else {
		float v;
		struct fault f = take_real(value, &v);
		if (fault_is(f))
			return f;
		*to = (double)v / (double)data(o)->scale;
	}
	return fabs(*to) <= LIMIT_MAX ? DONE : ERROR(PROPERTY, VALUE_OUT_OF_RANGE);      /* and no NaN */
}

static struct fault keep_limit(struct object *o, uint32_t property, double v, double *to)
{
	uint8_t octets[16];
	struct wr w = wr_over(octets, sizeof octets);
	bac_put_double(&w, v);
	struct fault f = keep(o, property, &w);
	if (!fault_is(f))
		*to = v;
	return f;
}

/* When limits are recalled one after the other, the other one is still that of the table. */
struct fault alarm_write_high(struct object *o, uint32_t index, struct rd *value)
{
	(void)index;
	double v;
	struct fault f = take_limit(o, value, &v);
	if (fault_is(f))
		return f;
	if (v < data(o)->low && !object_recalling(o))
		return ERROR(PROPERTY, VALUE_OUT_OF_RANGE);
	return keep_limit(o, PROP_HIGH_LIMIT, v, &data(o)->high);
}

struct fault alarm_write_low(struct object *o, uint32_t index, struct rd *value)
{
	(void)index;
	double v;
	struct fault f = take_limit(o, value, &v);
	if (fault_is(f))
		return f;
	if (v > data(o)->high && !object_recalling(o))
		return ERROR(PROPERTY, VALUE_OUT_OF_RANGE);
	return keep_limit(o, PROP_LOW_LIMIT, v, &data(o)->low);
}

struct fault alarm_write_deadband(struct object *o, uint32_t index, struct rd *value)
{
	(void)index;
	double v;
	struct fault f = take_limit(o, value, &v);
	if (fault_is(f))
		return f;
	if (v < 0)
		return ERROR(PROPERTY, VALUE_OUT_OF_RANGE);
	return keep_limit(o, PROP_DEADBAND, v, &data(o)->deadband);
}

void alarm_element(struct rd *r)
{
	uint32_t state = bac_uint_app(r);
	if (rd_ok(r) && (state < 1 || state > ALARM_STATES_MAX))
		rd_fail(r, RD_VALUE);
}

struct fault alarm_write_states(struct object *o, uint32_t index, struct rd *value)
{
	(void)index;
	uint8_t octets[3 * ALARM_STATES_MAX];
	struct wr w = wr_over(octets, sizeof octets);
	uint64_t states = 0;
	while (rd_left(value)) {
		struct bac_value v = bac_value_read(value);
		if (!rd_ok(value) || v.type != APP_UNSIGNED)
			return ERROR(PROPERTY, INVALID_DATA_TYPE);
		if (v.number < 1 || v.number > ALARM_STATES_MAX)
			return ERROR(PROPERTY, VALUE_OUT_OF_RANGE);
		states |= 1ull << (v.number - 1);
	}
	for (uint32_t n = 0; n < ALARM_STATES_MAX; n++)
		if (states >> n & 1)
			bac_put_uint(&w, n + 1);
	struct fault f = keep(o, PROP_ALARM_VALUES, &w);
	if (!fault_is(f))
		data(o)->states = states;
	return f;
}
