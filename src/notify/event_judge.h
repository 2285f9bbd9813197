/* What an object's values make of its Event_State, without time and without memory: the algorithms of clause 13.3.  Pure. */
#ifndef NOTIFY_EVENT_JUDGE_H
#define NOTIFY_EVENT_JUDGE_H

#include "object/alarm.h"
#include "object/object.h"

struct judgement {
	uint8_t state;                       /* EVENT_STATE_... */
	uint64_t reason;                     /* which alarm values, which Reliability: another one in the same state is another event */
};

/* `now`: the state it is in, for the deadband. */
struct judgement event_judge(const struct object *, unsigned now);

/* The type and the values of an event of this object that goes from one state to another. */
enum event_type event_values_of(const struct object *, unsigned from, unsigned to, struct event_values *);

#endif
