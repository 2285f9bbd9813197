#include "bacnet/event.h"
#include "object/alarm.h"
#include "service/service.h"

/* GetAlarmSummary, clause 13.10: alarms (not events) that are not normal. */
struct fault service_get_alarm_summary(struct service_call *call, struct rd *request, struct wr *ack)
{
	struct device *d = service_node(call)->device;
	if (!rd_done(request))
		return rd_fault(request);
	for (size_t n = 0; n < device_count(d) && !ack->full; n++) {
		const struct object *o = device_at(d, n);
		const struct alarm *a = alarm_see(o);
		if (a && a->notify_type == NOTIFY_ALARM && alarm_state(o) != EVENT_STATE_NORMAL)
			alarm_summary_write(ack, object_id(o), alarm_state(o), a->acked);
	}
	return DONE;
}
