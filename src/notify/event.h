/* Intrinsic reporting (clause 13.2): which objects are in alarm since when, who is told, and what is acknowledged.
 *
 * A listener of the device: each object that has alarm properties is judged when it has changed (event_judge.h), and enters another
 * Event_State when the judgement has held for Time_Delay, or Time_Delay_Normal on the way back; faults and their end at once.  Another
 * reason in the same state, one more alarm bit for example, is another event.  Every transition
 *
 *   stands in the object (Event_State, Status_Flags, time stamp, text, Acked_Transitions), in this order before subscribers are told
 *   goes to whoever listens in this process (struct event_listener)
 *   waits in a queue for the recipients of its Notification Class, if Event_Enable has it
 *
 * No storm: an object has EVENT_BURST transitions at once and then one every EVENT_EACH_S; what changes faster is told with the state in
 * which it is found when it may.  The queue sends EVENT_SEND_PER_S a second.  It has a fixed size; when it is full the oldest gives way,
 * counted: its state stays readable.  A recipient that does not answer makes nobody else wait.
 *
 * At the start an object is judged when it has been read for the first time, or after start_ms, so that what was not read yet is no fault;
 * an alarm that was acknowledged before a restart and is still there stays acknowledged.
 * Nothing allocates after events_make().  Borrows what it is given.  Belongs to its loop. */
#ifndef NOTIFY_EVENT_H
#define NOTIFY_EVENT_H

#include "bacnet/event.h"
#include "bacnet/fault.h"
#include "network/network.h"
#include "object/object.h"
#include "transaction/client.h"

enum { EVENT_BURST = 6, EVENT_EACH_S = 10, EVENT_SEND_PER_S = 200, EVENT_SEND_BURST = 100, EVENT_OBJECTS = 512, EVENT_QUEUE = 512,
       EVENT_START_MS = 20000 };

struct event {                               /* a transition, or an acknowledgement of one */
	uint32_t object;
	uint8_t from, to, type, notify_type;
	bool enabled;                        /* Event_Enable has it */
	bool ack_required;
	struct event_stamp stamp;
	uint32_t class;
	uint8_t priority;
	struct event_values values;
	char text[EVENT_TEXT_MAX + 1];
};

struct event_listener {                      /* lives inside its owner */
	void (*happened)(struct event_listener *, const struct event *);
	struct event_listener *next;
};

struct events_conf {
	struct ev_loop *loop;
	struct device *device;               /* with classes_make() done */
	struct network *network;
	struct client *client;
	struct binding *binding;             /* NULL: no recipients by instance */
	int64_t start_ms;
	void *ctx;
	bool (*may_initiate)(void *ctx);     /* false: what happens now is told to nobody outside; NULL: always */
};

struct events;

struct events *events_make(const struct events_conf *);      /* NULL: no memory.  Listens to the device from now on */
void events_free(struct events *);                           /* NULL is fine */
void events_listen(struct events *, struct event_listener *);
void events_unlisten(struct events *, struct event_listener *);

struct fault events_acknowledge(struct events *, const struct ack_alarm *);

/* Whether it stands in GetEventInformation (not normal, or not acknowledged), and what it says there. */
bool event_summary_of(struct device *, const struct object *, struct event_summary *);

#endif
