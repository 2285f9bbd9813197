#include "service/service.h"

/* One property, or in its place the error. */
static void read_one(struct object *o, uint32_t property, uint64_t index, struct wr *ack)
{
	struct wr_mark mark = wr_mark(ack);
	rpm_value_open(ack, property, index);
	struct fault f = object_read(o, property, index, ack);
	rpm_value_close(ack);
	if (!fault_is(f))
		return;
	wr_back(ack, mark);
	rpm_error_write(ack, property, index, f.cls, f.code);
}

/* ALL, REQUIRED, OPTIONAL: what the object has, without Property_List (clause 15.7.3.2). */
static void read_group(struct object *o, uint32_t group, struct wr *ack)
{
	const struct property_row *row;
	for (size_t cursor = 0; !ack->full && (row = object_row_next(o, &cursor));) {
		bool wanted = group == PROP_ALL || (group == PROP_REQUIRED) == (row->conformance == CONFORMANCE_REQUIRED);
		if (wanted && row->property != PROP_PROPERTY_LIST)
			read_one(o, row->property, BAC_ARRAY_ALL, ack);
	}
}

static void read_reference(struct object *o, const struct property_ref *q, struct wr *ack)
{
	bool group = q->property == PROP_ALL || q->property == PROP_REQUIRED || q->property == PROP_OPTIONAL;
	if (!o)
		rpm_error_write(ack, q->property, q->index, CLASS_OBJECT, CODE_UNKNOWN_OBJECT);
	else if (!group)
		read_one(o, q->property, q->index, ack);
	else if (q->index != BAC_ARRAY_ALL)
		rpm_error_write(ack, q->property, q->index, CLASS_PROPERTY, CODE_PROPERTY_IS_NOT_AN_ARRAY);
	else
		read_group(o, q->property, ack);
}

/* ReadPropertyMultiple, clause 15.7.  When the writer is full the rest is only checked: a request that is garbage further on gets
 * its Reject whatever the size of the answer, and nobody makes us work for an answer that cannot be sent. */
struct fault service_read_property_multiple(struct service_call *call, struct rd *request, struct wr *ack)
{
	if (!rd_left(request))
		return REJECT(MISSING_REQUIRED_PARAMETER);
	while (rd_left(request)) {
		uint32_t id;
		struct rd references = rpm_object_read(request, &id);
		struct object *o = device_find_any(service_node(call)->device, id);
		if (rd_ok(request) && !rd_left(&references))
			return REJECT(MISSING_REQUIRED_PARAMETER);       /* of what object there should be a list */
		rpm_object_open(ack, o ? object_id(o) : id);
		while (rd_left(&references)) {
			struct property_ref q;
			if (rpm_reference_read(&references, &q) && !ack->full)
				read_reference(o, &q, ack);
		}
		rd_end(request, &references);
		rpm_object_close(ack);
	}
	return rd_fault(request);
}
