#include "service/service.h"

/* ReadProperty, clause 15.5 */
struct fault service_read_property(struct service_call *call, struct rd *request, struct wr *ack)
{
	struct property_ref q;
	if (!rp_request_read(request, &q))
		return rd_fault(request);
	struct object *o = device_find_any(service_node(call)->device, q.object);
	if (!o)
		return ERROR(OBJECT, UNKNOWN_OBJECT);
	q.object = object_id(o);                 /* who asked for "the local device" is told which */
	rp_ack_open(ack, &q);
	struct fault f = object_read(o, q.property, q.index, ack);
	rp_ack_close(ack);
	return f;
}
