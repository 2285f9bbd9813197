/* What event detection is made of: for its files only. */
#ifndef NOTIFY_EVENT_INSIDE_H
#define NOTIFY_EVENT_INSIDE_H

#include "base/budget.h"
#include "ev/ev.h"
#include "notify/class.h"
#include "notify/event.h"

struct watch {                               /* an object that is judged */
	struct events *events;
	struct object *object;               /* NULL: free */
	struct ev_timer delay;
	bool waiting;                        /* `pending` must hold until the timer fires */
	uint8_t pending;
	bool heard;                          /* it was read once, or the start is over */
	uint64_t reason;                     /* of the state it is in */
	int64_t spent_until_ms;              /* transitions cost EVENT_EACH_S seconds each: paid up to here */
};

struct waiting_event {
	struct event event;
	uint32_t left;                       /* recipients who are not told yet, by their places in the list */
	uint32_t written;                    /* of the list that this belongs to */
};

struct events {
	struct events_conf conf;
	struct device_listener listener;
	struct counts *counts;
	struct event_listener *listeners;
	struct watch *watches;               /* [EVENT_OBJECTS] */
	struct ev_timer start;
	bool started;
	/* the queue: a ring */
	struct waiting_event *queue;         /* [EVENT_QUEUE] */
	unsigned first, count;
	struct ev_timer flush;
	struct budget pace;
	struct binding_wait wait;            /* for a recipient's address */
};

/* ---- event_send.c ---- */

void events_send_begin(struct events *);
void events_enqueue(struct events *, const struct event *);

#endif
