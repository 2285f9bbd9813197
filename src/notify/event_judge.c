#include "notify/event_judge.h"

#include <math.h>

#include "bacnet/enum.h"

static const struct judgement normal = { EVENT_STATE_NORMAL, 0 };

/* Beyond a limit, or not yet back from it by more than the deadband (clause 13.3.6). */
static struct judgement out_of_range(const struct object *o, const struct alarm *a, unsigned now)
{
	float v = object_real(o), high = alarm_shown(a, a->high), low = alarm_shown(a, a->low), band = alarm_shown(a, a->deadband);
	if (isnan(v))
		return normal;
	if (a->limits & LIMIT_HIGH && (v > high || (now == EVENT_STATE_HIGH_LIMIT && v > high - band)))
		return (struct judgement){ EVENT_STATE_HIGH_LIMIT, 0 };
	if (a->limits & LIMIT_LOW && (v < low || (now == EVENT_STATE_LOW_LIMIT && v < low + band)))
		return (struct judgement){ EVENT_STATE_LOW_LIMIT, 0 };
	return normal;
}

static struct judgement change_of_state(const struct object *o, const struct alarm *a, unsigned now)
{
	(void)now;
	uint32_t state = object_word(o);
	bool binary = object_type(o)->present_value == APP_ENUM;
	bool alarm = binary ? state == 1 : state >= 1 && state <= ALARM_STATES_MAX && a->states >> (state - 1) & 1;
	return alarm ? (struct judgement){ EVENT_STATE_OFFNORMAL, state } : normal;
}

/* Each alarm bit has its mask and its value, so what is set of them is what is wrong. */
static struct judgement change_of_bitstring(const struct object *o, const struct alarm *a, unsigned now)
{
	(void)now;
	uint32_t set = object_word(o) & a->bits;
	return set ? (struct judgement){ EVENT_STATE_OFFNORMAL, set } : normal;
}

static const struct {
	enum event_type type;
	struct judgement (*judge)(const struct object *, const struct alarm *, unsigned now);
} algorithms[] = {
	{ EVENT_OUT_OF_RANGE, out_of_range },
	{ EVENT_CHANGE_OF_STATE, change_of_state },
	{ EVENT_CHANGE_OF_BITSTRING, change_of_bitstring },
};

struct judgement event_judge(const struct object *o, unsigned now)
{
	const struct alarm *a = alarm_see(o);
	unsigned reliability = object_reliability(o);
	if (!a || !a->detects)
		return normal;
	if (reliability != RELIABILITY_NO_FAULT_DETECTED)
		return (struct judgement){ EVENT_STATE_FAULT, reliability };
	for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms && !a->unknown; i++)
		if (algorithms[i].type == alarm_event_type(o))
			return algorithms[i].judge(o, a, now);
	return normal;
}

enum event_type event_values_of(const struct object *o, unsigned from, unsigned to, struct event_values *v)
{
	const struct alarm *a = alarm_see(o);
	*v = (struct event_values){ .flags = object_status_flags(o) };
	if (from == EVENT_STATE_FAULT || to == EVENT_STATE_FAULT) {
		v->word = object_reliability(o);
		return EVENT_CHANGE_OF_RELIABILITY;
	}
	v->word = object_word(o);
	v->binary = object_type(o)->present_value == APP_ENUM;
	v->count = a->bit_count;
	v->value = object_real(o);
	v->deadband = alarm_shown(a, a->deadband);
	bool high = to == EVENT_STATE_HIGH_LIMIT || (to == EVENT_STATE_NORMAL && from == EVENT_STATE_HIGH_LIMIT);
	v->limit = alarm_shown(a, high ? a->high : a->low);
	return alarm_event_type(o);
}
