#include "service/service.h"

/* WriteProperty, clause 15.9.  Wildcard instances are for reading only. */
struct fault service_write_property(struct service_call *call, struct rd *request, struct wr *ack)
{
	(void)ack;
	struct wp_request q;
	if (!wp_request_read(request, &q))
		return rd_fault(request);
	struct object *o = device_find(service_node(call)->device, q.ref.object);
	if (!o)
		return ERROR(OBJECT, UNKNOWN_OBJECT);
	struct fault f = object_write(o, q.ref.property, q.ref.index, q.value);
	device_settle(service_node(call)->device);
	return f;
}
