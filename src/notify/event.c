#include "notify/event.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "bacnet/enum.h"
#include "notify/event_inside.h"
#include "notify/event_judge.h"
#include "object/alarm.h"

/* ---- a transition ---- */

static struct event_stamp stamp_now(const struct events *e)
{
	struct event_stamp s = event_stamp_none;
	device_clock(e->conf.device, &s.date, &s.time);
	return s;
}

static void tell(struct events *e, const struct event *event)
{
	for (struct event_listener *l = e->listeners; l; l = l->next)
		l->happened(l, event);
	if (event->enabled)
		events_enqueue(e, event);
}

static void write_text(const struct object *o, const struct alarm *a, unsigned state, char *to, size_t size)
{
	if (a->text)
		a->text(a->ctx, o, state, to, size);
	else
		utf8_copy(to, size, object_name(o));
}

static void enter(struct watch *w, struct judgement j)
{
	struct events *e = w->events;
	struct object *o = w->object;
	const struct alarm *a = alarm_see(o);
	const struct notification_class *class = class_find(e->conf.device, a->class);
	enum event_transition t = event_transition_to(j.state);
	struct event event = { .object = object_id(o), .from = (uint8_t)alarm_state(o), .to = j.state, .notify_type = (uint8_t)a->notify_type,
		.class = a->class, .priority = class ? class->priority[t] : UINT8_MAX, .enabled = a->detects && a->enable >> t & 1,
		.ack_required = class && class->ack_required >> t & 1, .stamp = stamp_now(e) };
	write_text(o, a, j.state, event.text, sizeof event.text);
	w->reason = j.reason;
	w->waiting = false;
	ev_cancel(&w->delay);
	alarm_enter(o, j.state, &event.stamp, event.text, event.ack_required);
	event.type = (uint8_t)event_values_of(o, event.from, event.to, &event.values);
	e->counts->n.events++;
	tell(e, &event);
}

/* EVENT_BURST at once, then one every EVENT_EACH_S.  0: now; else in so many milliseconds. */
static int64_t spend(struct watch *w)
{
	int64_t now = ev_now(w->events->conf.loop).ns / 1000000, each = EVENT_EACH_S * 1000;
	int64_t until = w->spent_until_ms > now ? w->spent_until_ms : now;
	int64_t over = until + each - (now + EVENT_BURST * each);
	if (over > 0)
		return over;
	w->spent_until_ms = until + each;
	return 0;
}

/* ---- judging ---- */

static int64_t delay_of(const struct object *o, unsigned from, unsigned to)
{
	const struct alarm *a = alarm_see(o);
	if (from == EVENT_STATE_FAULT || to == EVENT_STATE_FAULT)
		return 0;
	return (int64_t)(to == EVENT_STATE_NORMAL ? a->delay_normal_s : a->delay_s) * 1000;
}

/* What it shall enter next: from a fault always to normal, and from there on. */
static bool differs(const struct watch *w, struct judgement *j)
{
	unsigned now = alarm_state(w->object);
	*j = event_judge(w->object, now);
	if (now == EVENT_STATE_FAULT && j->state != EVENT_STATE_FAULT)
		*j = (struct judgement){ EVENT_STATE_NORMAL, 0 };
	return j->state != now || j->reason != w->reason;
}

/* Enters, or waits for its turn. */
static bool enter_now(struct watch *w, struct judgement j)
{
	int64_t later = spend(w);
	if (later == 0) {
		enter(w, j);
		return true;
	}
	w->waiting = true;
	w->pending = j.state;
	ev_after(w->events->conf.loop, &w->delay, later);
	return false;
}

static void judge(struct watch *w)
{
	struct object *o = w->object;
	struct judgement j;
	w->heard |= w->events->started || object_reliability(o) == RELIABILITY_NO_FAULT_DETECTED;
	while (w->heard && differs(w, &j)) {
		int64_t delay = alarm_see(o)->detects ? delay_of(o, alarm_state(o), j.state) : 0;
		if (w->waiting && w->pending == j.state)
			return;
		if (delay) {
			w->waiting = true;
			w->pending = j.state;
			ev_after(w->events->conf.loop, &w->delay, delay);
			return;
		}
		if (!enter_now(w, j))
			return;
	}
	w->waiting = false;
	ev_cancel(&w->delay);
}

static void delayed(struct ev_timer *t)
{
	struct watch *w = OWNER(t, struct watch, delay);
	struct judgement j;
	uint8_t pending = w->pending;
	w->waiting = false;
	if (differs(w, &j) && j.state == pending && !enter_now(w, j))
		return;
	judge(w);
	device_settle(w->events->conf.device);
}

/* ---- watches ---- */

static void watch_begin(struct events *e, struct object *o)
{
	for (int32_t i = 0; i < EVENT_OBJECTS; i++) {
		struct watch *w = &e->watches[i];
		if (w->object)
			continue;
		*w = (struct watch){ .events = e, .object = o };
		ev_timer_init(&w->delay, delayed);
		alarm_of(o)->place = i;
		return;
	}
	e->counts->n.events_unwatched++;
}

static void changed(struct device_listener *l, struct object *o, unsigned changes)
{
	struct events *e = OWNER(l, struct events, listener);
	struct alarm *a = alarm_of(o);
	if (!a)
		return;
	if (a->place < 0 && !(changes & CHANGE_REMOVED))
		watch_begin(e, o);
	if (a->place < 0)
		return;
	struct watch *w = &e->watches[a->place];
	if (changes & CHANGE_REMOVED) {
		ev_cancel(&w->delay);
		w->object = NULL;
		a->place = -1;
	} else {
		judge(w);
	}
}

static void start_over(struct ev_timer *t)
{
	struct events *e = OWNER(t, struct events, start);
	e->started = true;
	for (int i = 0; i < EVENT_OBJECTS; i++)
		if (e->watches[i].object)
			judge(&e->watches[i]);
	device_settle(e->conf.device);
}

/* ---- acknowledging ---- */

static struct fault may_acknowledge(const struct alarm *a, const struct ack_alarm *q, enum event_transition t)
{
	bool never = event_stamp_same(&a->stamp[t], &event_stamp_none) && a->acked >> t & 1;
	if (q->state > EVENT_STATE_LOW_LIMIT || (t == TO_OFFNORMAL && q->state != a->offnormal) || never)
		return ERROR(SERVICES, INVALID_EVENT_STATE);
	return event_stamp_same(&a->stamp[t], &q->stamp) ? DONE : ERROR(SERVICES, INVALID_TIMESTAMP);
}

struct fault events_acknowledge(struct events *e, const struct ack_alarm *q)
{
	struct object *o = device_find(e->conf.device, q->object);
	if (!o)
		return ERROR(OBJECT, UNKNOWN_OBJECT);
	const struct alarm *a = alarm_see(o);
	if (!a)
		return ERROR(OBJECT, NO_ALARM_CONFIGURED);
	enum event_transition t = event_transition_to(q->state);
	struct fault f = may_acknowledge(a, q, t);
	if (fault_is(f) || a->acked >> t & 1)
		return f;                        /* acknowledged already: nothing new to tell */
	alarm_acknowledge(o, t);
	const struct notification_class *class = class_find(e->conf.device, a->class);
	struct event event = { .object = q->object, .from = (uint8_t)q->state, .to = (uint8_t)q->state, .notify_type = NOTIFY_ACK, .enabled = true,
		.class = a->class, .priority = class ? class->priority[t] : UINT8_MAX, .stamp = stamp_now(e) };
	event.type = (uint8_t)event_values_of(o, event.from, event.to, &event.values);
	char source[EVENT_TEXT_MAX + 4 + 1];             /* so that a character that does not fit is still whole here */
	size_t n = q->source.n < sizeof source - 1 ? q->source.n : sizeof source - 1;
	if (n)
		memcpy(source, q->source.p, n);
	source[n] = 0;
	utf8_copy(event.text, sizeof event.text, source);
	tell(e, &event);
	return DONE;
}

/* ---- to be seen ---- */

bool event_summary_of(struct device *d, const struct object *o, struct event_summary *s)
{
	const struct alarm *a = alarm_see(o);
	if (!a || (alarm_state(o) == EVENT_STATE_NORMAL && a->acked == TRANSITIONS_ALL))
		return false;
	const struct notification_class *class = class_find(d, a->class);
	*s = (struct event_summary){ .object = object_id(o), .state = alarm_state(o), .acked = a->acked, .notify_type = (uint8_t)a->notify_type,
		.enable = a->enable };
	for (int t = 0; t < TRANSITIONS; t++) {
		s->stamp[t] = a->stamp[t];
		s->priority[t] = class ? class->priority[t] : UINT8_MAX;
	}
	return true;
}

/* ---- life ---- */

struct events *events_make(const struct events_conf *conf)
{
	struct events *e = calloc(1, sizeof *e);
	if (!e)
		return NULL;
	e->conf = *conf;
	e->counts = conf->network->conf.counts;
	e->listener = (struct device_listener){ .changed = changed, .rank = LISTEN_ALARMS };
	ev_timer_init(&e->start, start_over);
	events_send_begin(e);
	e->watches = calloc(EVENT_OBJECTS, sizeof *e->watches);
	e->queue = calloc(EVENT_QUEUE, sizeof *e->queue);
	device_listen(conf->device, &e->listener);
	if (!e->watches || !e->queue) {
		events_free(e);
		return NULL;
	}
	for (size_t n = 0; n < device_count(conf->device); n++)
		changed(&e->listener, device_at(conf->device, n), CHANGE_ADDED);
	ev_after(conf->loop, &e->start, conf->start_ms);
	return e;
}

void events_free(struct events *e)
{
	if (!e)
		return;
	device_unlisten(e->conf.device, &e->listener);
	for (int i = 0; e->watches && i < EVENT_OBJECTS; i++)
		if (e->watches[i].object) {
			ev_cancel(&e->watches[i].delay);
			alarm_of(e->watches[i].object)->place = -1;
		}
	ev_cancel(&e->start);
	ev_cancel(&e->flush);
	binding_cancel(&e->wait);
	free(e->watches);
	free(e->queue);
	free(e);
}

void events_listen(struct events *e, struct event_listener *l)
{
	l->next = e->listeners;
	e->listeners = l;
}

void events_unlisten(struct events *e, struct event_listener *l)
{
	struct event_listener **at = &e->listeners;
	while (*at && *at != l)
		at = &(*at)->next;
	if (*at)
		*at = l->next;
}
