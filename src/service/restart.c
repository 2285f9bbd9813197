#include "service/restart.h"

#include "bacnet/cov.h"
#include "service/service.h"

static void write_value(struct wr *w, const struct object *o, uint32_t property)
{
	cov_value_open(w, property, BAC_ARRAY_ALL);
	object_read(o, property, BAC_ARRAY_ALL, w);
	cov_value_close(w);
}

static void write_notification(struct wr *w, struct device *device)
{
	const struct object *o = device_at(device, 0);
	apdu_write_unconfirmed(w, UNCONFIRMED_COV_NOTIFICATION);
	cov_notification_open(w, &(struct cov_notification){ .device = device_id(device), .object = device_id(device) });
	write_value(w, o, PROP_SYSTEM_STATUS);
	write_value(w, o, PROP_TIME_OF_DEVICE_RESTART);
	write_value(w, o, PROP_LAST_RESTART_REASON);
	cov_notification_close(w);
}

/* Whose router nobody knows is reached by a broadcast that names his network. */
static void tell(struct node *node, const struct bac_addr *to, bool by_broadcast)
{
	struct network *net = &node->network;
	struct wr w = to->net == BAC_NET_GLOBAL ? network_begin_global(net) : network_begin(net, to, false, 0);
	write_notification(&w, node->device);
	if (by_broadcast)
		network_broadcast(net, &w);
	else
		network_send(net, to, &w);
}

/* From the next one on, until one must be looked for. */
static void go_on(struct node *node)
{
	struct restart_telling *t = &node->restart_telling;
	struct event_recipient q;
	struct peer peer;
	while (command_may_initiate(node) && device_restart_recipient(node->device, t->next, &q)) {
		t->next++;
		if (q.by_address) {
			tell(node, &q.address, q.broadcast || q.address.net != BAC_NET_LOCAL);
			continue;
		}
		if (q.device == device_id(node->device))
			continue;                /* we know */
		switch (binding_ask(node->binding, bac_id_instance(q.device), &t->wait, &peer)) {
		case BINDING_KNOWN:
			tell(node, &peer.addr, false);
			break;
		case BINDING_ASKED:
			return;
		case BINDING_ABSENT:
		case BINDING_FULL:
			break;
		}
	}
}

static void found(struct binding_wait *wait, const struct peer *peer)
{
	struct node *node = OWNER(wait, struct node, restart_telling.wait);
	if (peer && command_may_initiate(node))
		tell(node, &peer->addr, false);
	go_on(node);
}

void restart_init(struct node *node)
{
	node->restart_telling.wait.fn = found;
}

void restart_tell(struct node *node)
{
	if (node->restart_telling.begun)
		return;
	node->restart_telling.begun = true;
	go_on(node);
}

void restart_close(struct node *node)
{
	binding_cancel(&node->restart_telling.wait);
}
