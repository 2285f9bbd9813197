#include "network/network.h"

#include "bacnet/enum.h"

void network_init(struct network *net, const struct network_conf *conf)
{
	*net = (struct network){ .conf = *conf };
}

void network_set_port(struct network *net, const struct port *port)
{
	net->port = *port;
}

/* ---- sending ---- */

static struct wr begin(struct network *net)
{
	return net->port.begin ? net->port.begin(net->port.ctx, net->port.npdu_max) : wr_over(NULL, 0);
}

struct wr network_begin(struct network *net, const struct bac_addr *to, bool expecting_reply, uint8_t priority)
{
	struct wr w = begin(net);
	npdu_write(&w, to, expecting_reply, priority);
	return w;
}

struct wr network_begin_global(struct network *net)
{
	struct wr w = begin(net);
	npdu_write_global(&w);
	return w;
}

bool network_send(struct network *net, const struct bac_addr *to, struct wr *w)
{
	if (w->full) {
		REFUSE(net->conf.counts, tx_full, to);
		return false;
	}
	net->port.send(net->port.ctx, to, w);
	net->conf.counts->n.tx++;
	return true;
}

bool network_broadcast(struct network *net, struct wr *w)
{
	if (w->full) {
		net->conf.counts->n.tx_full++;
		return false;
	}
	net->port.broadcast(net->port.ctx, w);
	net->conf.counts->n.tx++;
	return true;
}

size_t network_whole_apdu(const struct network *net, const struct bac_addr *to)
{
	size_t header = 2 + (to->net ? 4u + to->adr_len : 0);
	return net->port.npdu_whole > header ? net->port.npdu_whole - header : SIZE_MAX;
}

/* ---- the number of our network (clause 6.4.19, 6.4.20) ---- */

static void set_number(struct network *net, uint16_t number, unsigned quality)
{
	if (net->number == number && net->quality == quality)
		return;
	net->number = number;
	net->quality = (uint8_t)quality;
	if (net->conf.numbered)
		net->conf.numbered(net->conf.ctx, number, quality);
}

void network_set_number(struct network *net, uint16_t number)
{
	if (number)
		set_number(net, number, NETWORK_NUMBER_CONFIGURED);
	else if (net->quality == NETWORK_NUMBER_CONFIGURED)
		set_number(net, 0, NETWORK_NUMBER_UNKNOWN);
}

static void learn_number(struct network *net, const struct bac_addr *from, struct rd *body)
{
	uint16_t number = rd_u16(body);
	uint8_t configured = rd_u8(body);
	if (!rd_done(body) || number == 0 || number == BAC_NET_GLOBAL || configured > 1)
		REFUSE(net->conf.counts, network_malformed, from);
	else if (net->quality == NETWORK_NUMBER_CONFIGURED || (net->quality == NETWORK_NUMBER_LEARNED_CONFIGURED && !configured))
		net->conf.counts->n.network_ignored++;   /* what somebody has configured outranks what somebody has only heard */
	else
		set_number(net, number, configured ? NETWORK_NUMBER_LEARNED_CONFIGURED : NETWORK_NUMBER_LEARNED);
}

/* ---- network messages as an end device takes them (clause 6.4) ---- */

static bool may_answer(struct network *net, const struct bac_addr *from)
{
	if (limits_spend(net->conf.limits, LIMIT_NETWORK, from, ev_now(net->conf.loop)))
		return true;
	REFUSE(net->conf.counts, network_limited, from);
	return false;
}

static void tell_number(struct network *net, const struct bac_addr *from)
{
	if (net->number == 0 || !may_answer(net, from))
		return;
	struct wr w = begin(net);
	npdu_write_message(&w, NULL, NET_NETWORK_NUMBER_IS);
	wr_u16(&w, net->number);
	wr_u8(&w, net->quality == NETWORK_NUMBER_CONFIGURED);
	network_broadcast(net, &w);
}

static void reject(struct network *net, const struct bac_addr *from, const struct npdu *n)
{
	REFUSE(net->conf.counts, network_rejected, from);
	if (!may_answer(net, from))
		return;
	struct wr w = begin(net);
	npdu_write_message(&w, from, NET_REJECT_MESSAGE);
	wr_u8(&w, NET_REJECT_UNKNOWN_MESSAGE);
	wr_u16(&w, n->has_destination ? n->dnet : BAC_NET_LOCAL);
	network_send(net, from, &w);
}

static void message_rx(struct network *net, const struct net_head *head, const struct npdu *n, struct rd *body)
{
	bool routed = n->has_source || n->has_destination;
	switch (n->message) {
	case NET_WHAT_IS_NETWORK_NUMBER:
		if (!routed)
			tell_number(net, &head->from);
		return;
	case NET_NETWORK_NUMBER_IS:
		if (!routed && head->broadcast)
			learn_number(net, &head->from, body);
		else
			net->conf.counts->n.network_ignored++;
		return;
	default:
		if (n->message <= NET_DISCONNECT_CONNECTION || head->broadcast)
			net->conf.counts->n.network_ignored++;
		else
			reject(net, &head->from, n);
	}
}

/* ---- receiving ---- */

/* Is the destination our network, or everybody?  *broadcast becomes true when it is not us alone. */
static bool for_us(const struct network *net, const struct npdu *n, bool *broadcast)
{
	if (n->dnet == BAC_NET_GLOBAL) {
		*broadcast = true;
		return n->dlen == 0;
	}
	if (net->number == 0 || n->dnet != net->number)
		return false;
	if (n->dlen == 0)
		*broadcast = true;
	return n->dlen == 0 || (n->dlen == sizeof net->port.mac && memcmp(n->dadr, net->port.mac, sizeof net->port.mac) == 0);
}

void network_rx(void *network, const struct bac_addr *from, enum port_way way, const uint8_t *octets, size_t length)
{
	struct network *net = network;
	struct counts *counts = net->conf.counts;
	counts->n.rx++;
	if (!limits_allowed(net->conf.limits, from->mac)) {
		REFUSE(counts, source_not_allowed, from);
		return;
	}
	struct rd r = rd_over(octets, length);
	struct npdu n;
	if (!npdu_read(&r, &n)) {
		REFUSE(counts, npdu_malformed, from);
		return;
	}
	struct net_head head = { .from = *from, .way = (uint8_t)way, .broadcast = way != PORT_UNICAST, .priority = n.priority, .length = length };
	if (n.has_source) {
		head.from.net = n.snet;
		head.from.adr_len = n.slen;
		memcpy(head.from.adr, n.sadr, n.slen);
	}
	if (n.has_destination && !for_us(net, &n, &head.broadcast))
		REFUSE(counts, npdu_not_ours, &head.from);
	else if (n.network_message)
		message_rx(net, &head, &n, &r);
	else
		net->conf.up(net->conf.ctx, &head, &r);
}
