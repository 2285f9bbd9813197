/* Network-layer messages as an end device takes them (clause 6.4): it routes nothing and learns no routes. */
#include "service/state.h"

enum { NETWORK_ANSWERS_PER_S = 2, NETWORK_ANSWERS_BURST = 4 };

static bool may_answer(struct responder *rp, const struct bac_addr *from)
{
	if (budget_spend(&rp->network, ev_now(rp->loop), NETWORK_ANSWERS_PER_S, NETWORK_ANSWERS_BURST))
		return true;
	REFUSE(rp, network_limited, from);
	return false;
}

static void tell_network_number(struct responder *rp, const struct bac_addr *from)
{
	uint16_t net = device_network_number(rp->device);
	if (net == 0 || !may_answer(rp, from))
		return;
	struct wr w = rp->port.begin(rp->port.ctx, rp->port.npdu_max);
	npdu_write_message(&w, NULL, NET_NETWORK_NUMBER_IS);
	wr_u16(&w, net);
	wr_u8(&w, device_network_number_quality(rp->device) == NETWORK_NUMBER_CONFIGURED);
	responder_broadcast(rp, &w);
}

static void learn_network_number(struct responder *rp, const struct bac_addr *from, struct rd *body)
{
	uint16_t net = rd_u16(body);
	uint8_t configured = rd_u8(body);
	if (!rd_done(body) || net == 0 || net == BAC_NET_GLOBAL || configured > 1)
		REFUSE(rp, network_malformed, from);
	else
		device_learn_network_number(rp->device, net, configured);
}

static void reject(struct responder *rp, const struct bac_addr *from, const struct npdu *n)
{
	REFUSE(rp, network_rejected, from);
	if (!may_answer(rp, from))
		return;
	struct wr w = rp->port.begin(rp->port.ctx, rp->port.npdu_max);
	npdu_write_message(&w, from, NET_REJECT_MESSAGE);
	wr_u8(&w, NET_REJECT_UNKNOWN_MESSAGE);
	wr_u16(&w, n->has_destination ? n->dnet : BAC_NET_LOCAL);
	responder_send(rp, from, &w);
}

void network_rx(struct responder *rp, const struct bac_addr *from, const struct npdu *n, bool broadcast, struct rd *body)
{
	bool routed = n->has_source || n->has_destination;
	switch (n->message) {
	case NET_WHAT_IS_NETWORK_NUMBER:
		if (!routed)
			tell_network_number(rp, from);
		return;
	case NET_NETWORK_NUMBER_IS:
		if (!routed && broadcast)
			learn_network_number(rp, from, body);
		else
			rp->counters.network_ignored++;
		return;
	default:
		if (n->message <= NET_DISCONNECT_CONNECTION || broadcast)
			rp->counters.network_ignored++;
		else
			reject(rp, from, n);
	}
}
