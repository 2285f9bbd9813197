#include "service/telling.h"

#include "service/service.h"

/* Whose router nobody knows is reached by a broadcast that names his network. */
static void tell(struct telling *t, const struct bac_addr *to, bool by_broadcast)
{
	struct network *net = &t->node->network;
	struct wr w = to->net == BAC_NET_GLOBAL ? network_begin_global(net) : network_begin(net, to, false, 0);
	if (!t->write(&w, t->node))
		return;
	if (by_broadcast)
		network_broadcast(net, &w);
	else
		network_send(net, to, &w);
}

/* From the next one on, until one must be looked for. */
static void go_on(struct telling *t)
{
	struct event_recipient q;
	struct peer peer;
	while (command_may_initiate(t->node) && device_recipient(t->node->device, t->list, t->next, &q)) {
		t->next++;
		if (q.by_address) {
			tell(t, &q.address, q.broadcast || q.address.net != BAC_NET_LOCAL);
			continue;
		}
		if (q.device == device_id(t->node->device))
			continue;                /* we know */
		switch (binding_ask(t->node->binding, bac_id_instance(q.device), &t->wait, &peer)) {
		case BINDING_KNOWN:
			tell(t, &peer.addr, false);
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
	struct telling *t = OWNER(wait, struct telling, wait);
	if (peer && command_may_initiate(t->node))
		tell(t, &peer->addr, false);
	go_on(t);
}

void telling_init(struct telling *t, struct node *node, enum device_recipients list, bool (*write)(struct wr *, struct node *))
{
	*t = (struct telling){ .node = node, .list = list, .write = write, .wait.fn = found };
}

void telling_begin(struct telling *t)
{
	binding_cancel(&t->wait);
	t->next = 0;
	go_on(t);
}

void telling_cancel(struct telling *t)
{
	binding_cancel(&t->wait);
}
