#include "service/announce.h"

#include "base/random.h"
#include "service/service.h"

enum { CONFLICTS_PER_S = 1, CONFLICTS_BURST = 5 };

void announce_write_i_am(struct wr *w, const struct device *device)
{
	apdu_write_unconfirmed(w, UNCONFIRMED_I_AM);
	i_am_write(w, &(struct i_am){ .device = device_id(device), .max_apdu = device_max_apdu(device),
	                              .segmentation = SEGMENTATION_BOTH, .vendor = device_vendor_id(device) });
}

void node_announce(struct node *node)
{
	if (!command_may_initiate(node))
		return;
	struct wr w = network_begin_global(&node->network);
	announce_write_i_am(&w, node->device);
	node->counts.n.i_am_sent += network_broadcast(&node->network, &w);
}

/* Who else has our instance, or our name?  The answers come to the handlers of I-Am and I-Have. */
static void probe(struct node *node)
{
	uint32_t instance = device_instance(node->device);
	struct wr w = network_begin_global(&node->network);
	apdu_write_unconfirmed(&w, UNCONFIRMED_WHO_IS);
	who_is_write(&w, &(struct who_is){ instance, instance });
	network_broadcast(&node->network, &w);

	const char *name = device_text(node->device, DEVICE_NAME);
	w = network_begin_global(&node->network);
	apdu_write_unconfirmed(&w, UNCONFIRMED_WHO_HAS);
	who_has_write(&w, &(struct who_has){ .high = BAC_INSTANCE_ANY, .by_name = true, .name = { name, strlen(name), 0 } });
	network_broadcast(&node->network, &w);
}

static void start_delay_over(struct ev_timer *timer)
{
	struct node *node = OWNER(timer, struct node, announce.start);
	node_announce(node);
	restart_tell(node);
	if (node->conf.probe && command_may_initiate(node))
		probe(node);
}

void announce_init(struct node *node)
{
	ev_timer_init(&node->announce.start, start_delay_over);
}

void announce_start(struct node *node)
{
	int64_t longest = node->conf.startup_delay_ms > 0 ? node->conf.startup_delay_ms : 0;
	struct random random = random_make(node->conf.seed);
	ev_after(node->conf.loop, &node->announce.start, random_below(&random, (uint32_t)longest + 1));
}

void announce_close(struct node *node)
{
	ev_cancel(&node->announce.start);
}

bool announce_may_answer(struct node *node, const struct net_head *head, uint64_t digest)
{
	struct limits *limits = node->conf.commons->limits;
	struct mono now = ev_now(node->conf.loop);
	/* of this device, to this program on that machine */
	uint64_t whole[3] = { digest, (uint64_t)(uintptr_t)node, 0 };
	memcpy(&whole[2], head->from.mac, sizeof head->from.mac);
	if (head->broadcast && limits_same(limits, &head->from, now, head->way, limits_digest(limits, whole, sizeof whole))) {
		REFUSE(&node->counts, who_is_repeated, &head->from);
		return false;
	}
	if (limits_spend(limits, LIMIT_DISCOVERY, &head->from, now))
		return true;
	REFUSE(&node->counts, who_is_limited, &head->from);
	return false;
}

void announce_conflict(struct node *node, enum conflict conflict, const struct bac_addr *from, uint32_t device)
{
	if (conflict == CONFLICT_INSTANCE)
		REFUSE(&node->counts, conflict_instance, from);
	else
		REFUSE(&node->counts, conflict_name, from);
	struct budget *budget = &node->announce.conflicts[conflict];
	if (node->conf.conflict && budget_spend(budget, ev_now(node->conf.loop), CONFLICTS_PER_S, CONFLICTS_BURST))
		node->conf.conflict(node->conf.ctx, conflict, from, device);
}
