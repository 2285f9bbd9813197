#include "bacnet/datetime.h"
#include "service/service.h"

enum { DAYLIGHT_MINUTES = 60 };

static struct fault give_time(struct service_call *call, struct rd *request, bool utc)
{
	struct time_sync m;
	if (!time_sync_read(request, &m))
		return rd_fault(request);
	/* UTC_Offset counts west as positive: local = UTC - offset (clause 12.11.24) */
	int32_t minutes = utc ? -device_utc_offset(service_node(call)->device) + (device_daylight_saving(service_node(call)->device) ? DAYLIGHT_MINUTES : 0) : 0;
	if (m.time.hundredths == BAC_ANY)
		m.time.hundredths = 0;
	if (!bac_datetime_add(&m.date, &m.time, minutes))
		return DONE;
	return device_give_time(service_node(call)->device, m.date, m.time) ? DONE : ERROR(SERVICES, SERVICE_REQUEST_DENIED);
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
