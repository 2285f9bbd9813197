/* Alarms as they stand, and acknowledging them from here. */
#include <stdio.h>

#include "api/entry.h"
#include "api/methods.h"
#include "bacnet/enum.h"
#include "object/alarm.h"
#include "object/object.h"

/* When, as the device's clock said it; null: it had none. */
json_t *api_stamp_json(const struct event_stamp *s)
{
	if (s->kind != STAMP_DATETIME || s->date.month == BAC_ANY || s->time.hour == BAC_ANY)
		return json_null();
	return json_sprintf("%04d-%02d-%02d %02d:%02d:%02d", 1900 + s->date.year, s->date.month, s->date.day, s->time.hour, s->time.minute,
		s->time.second);
}

const char *api_event_state_text(unsigned state)
{
	static const char *const states[] = { [EVENT_STATE_NORMAL] = "normal", [EVENT_STATE_FAULT] = "fault", [EVENT_STATE_OFFNORMAL] = "offnormal",
		[EVENT_STATE_HIGH_LIMIT] = "high-limit", [EVENT_STATE_LOW_LIMIT] = "low-limit" };
	return state < sizeof states / sizeof *states ? states[state] : "unknown";
}

/* The transition that a person should know of: that into the present state, or the one that nobody has acknowledged. */
static enum event_transition transition_shown(const struct object *o, const struct alarm *a)
{
	if (alarm_state(o) != EVENT_STATE_NORMAL)
		return event_transition_to(alarm_state(o));
	return !(a->acked >> TO_OFFNORMAL & 1) ? TO_OFFNORMAL : !(a->acked >> TO_FAULT & 1) ? TO_FAULT : TO_NORMAL;
}

static bool is_shown(const struct object *o, const struct alarm *a)
{
	return a && (alarm_state(o) != EVENT_STATE_NORMAL || a->acked != TRANSITIONS_ALL);
}

static json_t *alarm_json(const char *ups, size_t number, const struct object *o, const struct alarm *a)
{
	enum event_transition t = transition_shown(o, a);
	return json_pack("{s:I, s:s, s:s, s:I, s:s, s:s, s:s, s:o, s:b, s:I}", "number", (json_int_t)number, "ups", ups,
		"type", bac_object_type_name(bac_id_type(object_id(o))), "instance", (json_int_t)bac_id_instance(object_id(o)),
		"name", object_name(o), "state", api_event_state_text(alarm_state(o)), "text", a->message[t][0] ? a->message[t] : object_name(o),
		"since", api_stamp_json(&a->stamp[t]), "acknowledged", a->acked == TRANSITIONS_ALL, "class", (json_int_t)a->class);
}

json_t *api_alarms(void *ctx, const json_t *params, struct rpc_error *error)
{
	const struct api_view *v = ctx;
	const char *ups = json_string_value(json_object_get(params, "ups"));
	int only = ups ? entry_ups(v, ups) : -1;
	if (ups && only < 0)
		return rpc_fail(error, RPC_PARAMS, "params.ups: there is no UPS %.60s", ups);
	json_t *list = json_array();
	for (int u = 0; u < v->ups_count; u++) {
		struct device *d = v->ups[u].device;
		for (size_t n = 0; (only < 0 || only == u) && n < device_count(d); n++) {
			const struct object *o = device_at(d, n);
			const struct alarm *a = alarm_see(o);
			if (is_shown(o, a))
				json_array_append_new(list, alarm_json(v->conf->ups[u].name, n, o, a));
		}
	}
	return json_pack("{s:o}", "alarms", list);
}

/* As a client would, for each transition that nobody has acknowledged. */
static json_int_t acknowledge(struct node *node, const struct object *o, const struct alarm *a)
{
	static const char source[] = "bacnet-ups";
	json_int_t count = 0;
	for (int t = 0; t < TRANSITIONS; t++) {
		if (a->acked >> t & 1)
			continue;
		uint32_t state = t == TO_OFFNORMAL ? a->offnormal : t == TO_FAULT ? EVENT_STATE_FAULT : EVENT_STATE_NORMAL;
		struct ack_alarm q = { .object = object_id(o), .state = state, .stamp = a->stamp[t], .source = { source, sizeof source - 1, 0 },
			.time = event_stamp_none };
		count += !fault_is(node_acknowledge(node, &q));
	}
	return count;
}

json_t *api_acknowledge(void *ctx, const json_t *params, struct rpc_error *error)
{
	const struct api_view *v = ctx;
	const char *ups = json_string_value(json_object_get(params, "ups"));
	json_int_t number = json_integer_value(json_object_get(params, "number"));
	int u = entry_ups(v, ups ? ups : v->conf->ups[0].name);
	if (u < 0)
		return rpc_fail(error, RPC_PARAMS, "params.ups: there is no UPS %.60s", ups);
	struct device *d = v->ups[u].device;
	const struct object *o = number >= 0 && (size_t)number < device_count(d) ? device_at(d, (size_t)number) : NULL;
	const struct alarm *a = o ? alarm_see(o) : NULL;
	if (!a || !is_shown(o, a) || !v->ups[u].node)
		return rpc_fail(error, RPC_PARAMS, "params.number: no alarm has number %lld", (long long)number);
	return json_pack("{s:I}", "acknowledged", acknowledge(v->ups[u].node, o, a));
}
