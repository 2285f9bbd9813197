/* The queue of what recipients are told, and the telling. */
#include "notify/event_inside.h"

#include "bacnet/enum.h"

enum telling { TOLD, LATER, NEVER };
enum { RETRY_MS = 50, SILENT_MS = 1000 };

/* The network's priority follows that of the event (clause 13.2.5.1): life safety, critical, urgent, normal. */
static uint8_t network_priority(uint8_t priority)
{
	return priority < 64 ? 3 : priority < 128 ? 2 : priority < 192 ? 1 : 0;
}

static void write_body(struct wr *w, const struct events *e, const struct event *event, uint32_t process)
{
	event_notification_write(w, &(struct event_notification){ .process = process, .device = device_id(e->conf.device), .object = event->object,
		.stamp = event->stamp, .class = event->class, .priority = event->priority, .type = event->type,
		.text = { event->text, strlen(event->text), 0 }, .notify_type = event->notify_type, .ack_required = event->ack_required,
		.from = event->from, .to = event->to, .values = event->values });
}

/* ---- one recipient ---- */

/* Whoever does not answer, after all retries, has missed it. */
static void confirmed_done(void *ctx, const struct client_result *result)
{
	struct events *e = ctx;
	if (result->end != CLIENT_ANSWERED)
		e->counts->n.events_unconfirmed++;
	if (e->count)
		ev_after(e->conf.loop, &e->flush, 0);
}

static enum telling send_confirmed(struct events *e, const struct event *event, const struct event_destination *d)
{
	struct wr body;
	struct client_call *call = d->recipient.by_address ?
		client_begin(e->conf.client, &(struct peer){ .addr = d->recipient.address }, CONFIRMED_EVENT_NOTIFICATION, &body) :
		client_begin_device(e->conf.client, bac_id_instance(d->recipient.device), CONFIRMED_EVENT_NOTIFICATION, &body);
	if (!call)
		return LATER;
	write_body(&body, e, event, d->process);
	client_set_priority(call, network_priority(event->priority));
	client_send(call, &body, confirmed_done, e);
	return TOLD;
}

/* An address behind a router goes out by broadcast: the router that knows the network takes it on. */
static enum telling send_unconfirmed(struct events *e, const struct event *event, const struct event_destination *d, const struct bac_addr *to)
{
	struct wr w = network_begin(e->conf.network, to, false, network_priority(event->priority));
	apdu_write_unconfirmed(&w, UNCONFIRMED_EVENT_NOTIFICATION);
	write_body(&w, e, event, d->process);
	bool all = d->recipient.by_address && (d->recipient.broadcast || to->net != BAC_NET_LOCAL);
	return (all ? network_broadcast(e->conf.network, &w) : network_send(e->conf.network, to, &w)) ? TOLD : NEVER;
}

static enum telling send_to(struct events *e, const struct event *event, const struct event_destination *d)
{
	const struct event_recipient *q = &d->recipient;
	if (!q->by_address && q->device == device_id(e->conf.device))
		return NEVER;                    /* we know */
	bool one = !q->by_address || !q->broadcast;
	if (d->confirmed && one)
		return e->conf.binding || q->by_address ? send_confirmed(e, event, d) : NEVER;
	if (q->by_address)
		return send_unconfirmed(e, event, d, &q->address);
	struct peer peer;
	if (!e->conf.binding)
		return NEVER;
	if (e->wait.back)
		return LATER;
	switch (binding_ask(e->conf.binding, bac_id_instance(q->device), &e->wait, &peer)) {
	case BINDING_KNOWN:  return send_unconfirmed(e, event, d, &peer.addr);
	case BINDING_ASKED:
	case BINDING_FULL:   return LATER;
	case BINDING_ABSENT: break;
	}
	e->counts->n.events_unconfirmed++;
	return NEVER;
}

/* ---- the queue ---- */

/* For whom it is, by the list of now.  A list that was written since starts anew. */
static void address(struct events *e, struct waiting_event *w, const struct notification_class *class)
{
	struct bac_date date = event_stamp_none.date;
	struct bac_time time = event_stamp_none.time;
	device_clock(e->conf.device, &date, &time);
	w->left = 0;
	w->written = class->written;
	for (uint8_t i = 0; i < class->count; i++)
		if (destination_valid(&class->recipient[i], event_transition_to(w->event.to), date, time))
			w->left |= 1u << i;
}

/* False: the pace allows no more now.  `busy`: recipients of this class who must be told something older first. */
static bool tell_all(struct events *e, struct waiting_event *w, const struct notification_class *class, uint32_t *busy)
{
	struct mono now = ev_now(e->conf.loop);
	for (uint8_t i = 0; i < class->count; i++) {
		if (!(w->left & ~*busy & 1u << i))
			continue;
		if (budget_left(&e->pace, now, EVENT_SEND_PER_S, EVENT_SEND_BURST) < 1)
			return false;
		enum telling done = send_to(e, &w->event, &class->recipient[i]);
		if (done == LATER) {
			*busy |= 1u << i;
			continue;
		}
		w->left &= ~(1u << i);
		if (done == TOLD) {
			budget_take(&e->pace, now, EVENT_SEND_PER_S, 1);
			e->counts->n.event_notifications++;
		}
	}
	return true;
}

static struct waiting_event *at(const struct events *e, unsigned n)
{
	return &e->queue[(e->first + n) % EVENT_QUEUE];
}

static void forget_told(struct events *e)
{
	while (e->count && at(e, 0)->left == 0) {
		e->first = (e->first + 1) % EVENT_QUEUE;
		e->count--;
	}
}

static void flush(struct events *e)
{
	uint32_t busy[SEVERITY_CLASSES + 1] = { 0 };
	bool allowed = true;
	for (unsigned n = 0; n < e->count && allowed; n++) {
		struct waiting_event *w = at(e, n);
		const struct notification_class *class = w->left ? class_find(e->conf.device, w->event.class) : NULL;
		if (!class || w->event.class > SEVERITY_CLASSES) {
			w->left = 0;
			continue;
		}
		if (w->written != class->written)
			address(e, w, class);
		allowed = tell_all(e, w, class, &busy[w->event.class]);
	}
	forget_told(e);
	if (e->count && !ev_pending(&e->flush))
		ev_after(e->conf.loop, &e->flush, RETRY_MS);
}

static void flush_later(struct ev_timer *t)
{
	struct events *e = OWNER(t, struct events, flush);
	if (e->conf.may_initiate && !e->conf.may_initiate(e->conf.ctx))
		ev_after(e->conf.loop, &e->flush, SILENT_MS);
	else
		flush(e);
}

static void found(struct binding_wait *wait, const struct peer *peer)
{
	(void)peer;
	struct events *e = OWNER(wait, struct events, wait);
	ev_after(e->conf.loop, &e->flush, 0);
}

void events_send_begin(struct events *e)
{
	ev_timer_init(&e->flush, flush_later);
	e->wait.fn = found;
}

void events_enqueue(struct events *e, const struct event *event)
{
	const struct notification_class *class = class_find(e->conf.device, event->class);
	if (!class || (e->conf.may_initiate && !e->conf.may_initiate(e->conf.ctx)))
		return;
	struct waiting_event w = { .event = *event };
	address(e, &w, class);
	if (!w.left)
		return;
	if (e->count == EVENT_QUEUE) {
		e->first = (e->first + 1) % EVENT_QUEUE;
		e->count--;
		e->counts->n.events_lost++;
	}
	*at(e, e->count++) = w;
	ev_after(e->conf.loop, &e->flush, 0);    /* at once, although an older one may wait for somebody else */
}
