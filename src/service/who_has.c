#include "bacnet/text.h"
#include "service/service.h"

static struct object *find_name(struct device *device, struct bac_text name)
{
	char utf8[DEVICE_TEXT_MAX];
	size_t n = bac_text_to_utf8(name, utf8, sizeof utf8);
	return n ? device_find_name(device, utf8, n) : NULL;
}

/* Who-Has, clause 16.9.  The name may come in another character set; it is told in ours. */
struct fault service_who_has(struct service_call *call, struct rd *request, struct wr *ack)
{
	(void)ack;
	struct node *node = service_node(call);
	struct who_has q;
	if (!who_has_read(request, &q))
		return rd_fault(request);
	uint32_t instance = device_instance(node->device);
	if (instance < q.low || instance > q.high)
		return DONE;
	struct object *o = q.by_name ? find_name(node->device, q.name) : device_find(node->device, q.object);
	if (!command_may_initiate(node))
		return DONE;                     /* only I-Am is excepted */
	if (!o || !announce_may_answer(node, call->head, object_id(o)))
		return DONE;
	const char *name = object_name(o);
	struct wr w = network_begin(&node->network, &call->head->from, false, call->head->priority);
	apdu_write_unconfirmed(&w, UNCONFIRMED_I_HAVE);
	i_have_write(&w, &(struct i_have){ .device = device_id(node->device), .object = object_id(o), .name = { name, strlen(name), 0 } });
	node->counts.n.i_have_sent += network_send(&node->network, &call->head->from, &w);
	return DONE;
}

struct fault service_i_have(struct service_call *call, struct rd *request, struct wr *ack)
{
	(void)ack;
	struct node *node = service_node(call);
	struct i_have m;
	if (!i_have_read(request, &m))
		return rd_fault(request);
	const char *name = device_text(node->device, DEVICE_NAME);
	if (m.device == device_id(node->device))
		announce_conflict(node, CONFLICT_INSTANCE, &call->head->from, m.device);
	else if (bac_id_type(m.object) == OBJ_DEVICE && bac_text_is(m.name, name, strlen(name)))
		announce_conflict(node, CONFLICT_NAME, &call->head->from, m.device);
	return DONE;
}
