#include "service/service.h"

static struct fault change(struct service_call *call, struct rd *request, enum list_change how)
{
	struct wp_request q;
	struct device *device = service_node(call)->device;
	if (!list_request_read(request, &q))
		return rd_fault(request);
	struct object *o = device_find(device, q.ref.object);
	if (!o)
		return ERROR(OBJECT, UNKNOWN_OBJECT);
	struct fault f = object_change_list(o, q.ref.property, q.ref.index, how, q.value, &call->failed_element);
	device_settle(device);
	return f;
}

/* AddListElement, clause 15.1: all or none.  What is in the list already stays in it once. */
struct fault service_add_list_element(struct service_call *call, struct rd *request, struct wr *ack)
{
	(void)ack;
	return change(call, request, LIST_ADD);
}

/* RemoveListElement, clause 15.2: all or none. */
struct fault service_remove_list_element(struct service_call *call, struct rd *request, struct wr *ack)
{
	(void)ack;
	return change(call, request, LIST_REMOVE);
}

void service_list_element_error(struct wr *w, struct fault f, const struct service_call *call)
{
	list_error_write(w, f.cls, f.code, call->failed_element);
}
