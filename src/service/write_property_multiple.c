#include "service/service.h"

/* Walks the whole request, and writes where `device` is not NULL.  Stops at the first write that fails, which is in call->failed then. */
static struct fault walk(struct service_call *call, struct rd request, struct device *device)
{
	while (rd_left(&request)) {
		struct wp_request q = { .ref.object = 0 };
		struct rd properties = rpm_object_read(&request, &q.ref.object);
		if (rd_ok(&request) && rd_left(&properties) == 0)
			rd_fail(&properties, RD_SHORT);
		while (rd_left(&properties) && wpm_value_read(&properties, &q)) {
			if (!device)
				continue;
			struct object *o = device_find(device, q.ref.object);
			struct fault f = o ? object_write(o, q.ref.property, q.ref.index, q.value) : ERROR(OBJECT, UNKNOWN_OBJECT);
			call->failed = q.ref;
			if (fault_is(f))
				return f;
		}
		rd_end(&request, &properties);
	}
	return rd_fault(&request);
}

/* WritePropertyMultiple, clause 15.10: in order, until one fails; those before it stay written.  A request that cannot be read to its end
 * is rejected before anything is written. */
struct fault service_write_property_multiple(struct service_call *call, struct rd *request, struct wr *ack)
{
	(void)ack;
	struct device *device = service_node(call)->device;
	if (rd_left(request) == 0)
		return REJECT(MISSING_REQUIRED_PARAMETER);
	struct fault f = walk(call, *request, NULL);
	if (fault_is(f))
		return f;
	f = walk(call, *request, device);
	device_settle(device);
	return f;
}

void service_write_property_multiple_error(struct wr *w, struct fault f, const struct service_call *call)
{
	wpm_error_write(w, f.cls, f.code, &call->failed);
}
