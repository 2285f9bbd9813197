#include "notify/event.h"
#include "service/service.h"

/* AcknowledgeAlarm, clause 13.5.  Whose process it was is not asked: everybody may acknowledge for everybody. */
struct fault service_acknowledge_alarm(struct service_call *call, struct rd *request, struct wr *ack)
{
	(void)ack;
	struct ack_alarm q;
	if (!ack_alarm_read(request, &q))
		return rd_fault(request);
	return events_acknowledge(service_node(call)->events, &q);
}
