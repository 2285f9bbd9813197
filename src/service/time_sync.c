#include "service/service.h"

static struct fault give_time(struct service_call *call, struct rd *request, bool utc)
{
	struct time_sync m;
	if (!time_sync_read(request, &m))
		return rd_fault(request);
	return device_give_time(service_node(call)->device, m.date, m.time, utc) ? DONE : ERROR(SERVICES, SERVICE_REQUEST_DENIED);
}

/* TimeSynchronization, clause 16.7 */
struct fault service_time_synchronization(struct service_call *call, struct rd *request, struct wr *ack)
{
	(void)ack;
	return give_time(call, request, false);
}

/* UTCTimeSynchronization, clause 16.8 */
struct fault service_utc_time_synchronization(struct service_call *call, struct rd *request, struct wr *ack)
{
	(void)ack;
	return give_time(call, request, true);
}
