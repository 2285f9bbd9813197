#include "bacnet/event.h"
#include "notify/class.h"
#include "object/alarm.h"
#include "service/service.h"

static bool state_fits(uint32_t filter, unsigned state)
{
	enum event_transition t = event_transition_to(state);
	switch (filter) {
	case ENROLLMENT_OFFNORMAL: return t == TO_OFFNORMAL;
	case ENROLLMENT_FAULT:     return t == TO_FAULT;
	case ENROLLMENT_NORMAL:    return t == TO_NORMAL;
	case ENROLLMENT_ACTIVE:    return t != TO_NORMAL;
	default:                   return true;
	}
}

static bool is_told(const struct notification_class *class, const struct enrollment_filter *f)
{
	for (uint8_t i = 0; class && i < class->count; i++)
		if (class->recipient[i].process == f->recipient_process && event_recipient_same(&class->recipient[i].recipient, &f->recipient))
			return true;
	return false;
}

static bool fits(const struct enrollment_filter *f, const struct enrollment *e, const struct alarm *a, const struct notification_class *class)
{
	bool acked = a->acked == TRANSITIONS_ALL;
	return (f->acked == ENROLLMENT_ALL || acked == (f->acked == ENROLLMENT_ACKED)) && state_fits(f->state, e->state) &&
	       (!f->has_recipient || is_told(class, f)) && (!f->has_type || f->type == e->type) &&
	       (!f->has_priority || (e->priority >= f->priority_low && e->priority <= f->priority_high)) &&
	       (!f->has_class || f->class == e->class);
}

/* GetEnrollmentSummary, clause 13.11: every object that can be in alarm, by what is asked for. */
struct fault service_get_enrollment_summary(struct service_call *call, struct rd *request, struct wr *ack)
{
	struct device *d = service_node(call)->device;
	struct enrollment_filter f;
	if (!enrollment_filter_read(request, &f))
		return rd_fault(request);
	for (size_t n = 0; n < device_count(d) && !ack->full; n++) {
		const struct object *o = device_at(d, n);
		const struct alarm *a = alarm_see(o);
		if (!a)
			continue;
		const struct notification_class *class = class_find(d, a->class);
		struct enrollment e = { .object = object_id(o), .type = alarm_event_type(o), .state = alarm_state(o), .class = a->class,
			.priority = class ? class->priority[event_transition_to(alarm_state(o))] : UINT8_MAX };
		if (fits(&f, &e, a, class))
			enrollment_write(ack, &e);
	}
	return DONE;
}
