#include "service/service.h"

/* Who-Is, clause 16.10: answered to the one who asked, not to everybody. */
struct fault service_who_is(struct service_call *call, struct rd *request, struct wr *ack)
{
	(void)ack;
	struct node *node = service_node(call);
	struct who_is q;
	if (!who_is_read(request, &q))
		return rd_fault(request);
	uint32_t instance = device_instance(node->device);
	if (instance < q.low || instance > q.high)
		return DONE;
	if (!announce_may_answer(node, call->head, (uint64_t)q.low << 32 | q.high))
		return DONE;
	struct wr w = network_begin(&node->network, &call->head->from, false, call->head->priority);
	announce_write_i_am(&w, node->device);
	node->counts.n.i_am_sent += network_send(&node->network, &call->head->from, &w);
	return DONE;
}

struct fault service_i_am(struct service_call *call, struct rd *request, struct wr *ack)
{
	(void)ack;
	struct node *node = service_node(call);
	struct i_am m;
	if (!i_am_read(request, &m))
		return rd_fault(request);
	binding_i_am(node->binding, &call->head->from, &m);
	if (m.device == device_id(node->device))
		announce_conflict(node, CONFLICT_INSTANCE, &call->head->from, m.device);
	return DONE;
}
