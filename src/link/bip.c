#include "link/bip.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "link/bip_inside.h"

enum {
	BROADCAST_TURN = 16,                            /* datagrams in a batch of broadcasts */
	/* What an Ethernet frame carries, less IPv4, UDP and BVLC.  A full APDU of 1476 octets is more than that and travels as two IP
	 * fragments, which some networks lose. */
	NPDU_WHOLE = 1500 - 20 - 8 - BIP_HEADER,
};

static_assert((int)BIP_HEADER == BVLC_HEADER && (int)BIP_NPDU_MAX == BVLC_NPDU_MAX, "one header, one maximum");

/* ---- opening ---- */

static void bind_batch(struct batch *batch, uint8_t *octets, size_t room)
{
	for (size_t i = 0; i < BIP_BATCH; i++) {
		batch->iov[i] = (struct iovec){ .iov_base = octets + i * room, .iov_len = room };
		batch->address[i].sin_family = AF_INET;
		batch->at[i].msg_hdr = (struct msghdr){ .msg_name = &batch->address[i], .msg_namelen = sizeof batch->address[i],
			.msg_iov = &batch->iov[i], .msg_iovlen = 1 };
	}
}

static void close_sockets(struct bip *b)
{
	ev_cancel(&b->flush_later);
	for (int i = 0; i < IPPORT_SOCKETS; i++) {
		if (b->io[i])
			ev_io_stop(b->io[i]);
		b->io[i] = NULL;
	}
	ipport_close(&b->ip);
	b->ip.port = (struct bip_port){ 0 };
	snprintf(b->ip.port.interface, sizeof b->ip.port.interface, "%s", b->conf.interface);
	b->ip.shouts = false;
	b->tx_first = b->tx_end = 0;
	b->tx_blocked = false;
}

struct bip *bip_make(struct ev_loop *loop, const struct bip_conf *conf, const struct log *log, port_rx_fn *up, void *ctx)
{
	struct bip *b = calloc(1, sizeof *b);
	if (!b)
		return NULL;
	b->loop = loop;
	b->conf = *conf;
	b->log = log;
	b->up = up;
	b->ctx = ctx;
	hash_key_make(&b->key);
	ev_timer_init(&b->flush_later, bip_flush_later);
	bind_batch(&b->rx, b->rx_octets[0], RX_ROOM);
	bind_batch(&b->tx, b->tx_octets[0], TX_ROOM);
	for (int i = 0; i < IPPORT_SOCKETS; i++) {
		bool broadcast = i == IPPORT_SUBNET || i == IPPORT_LIMITED;
		b->ip.fd[i] = -1;
		b->way[i] = (struct way){ .bip = b, .which = i, .batch = 4, .batch_max = broadcast ? BROADCAST_TURN : BIP_BATCH };
	}
	close_sockets(b);
	return b;
}

/* The same sockets serve as long as this is the same. */
static bool same_place(const struct bip_port *a, const struct bip_port *b)
{
	return a->index == b->index && same_ip(a->address, b->address) && same_ip(a->mask, b->mask) && same_ip(a->broadcast, b->broadcast);
}

static bool open_sockets(struct bip *b, const struct bip_port *found, struct err_at *why)
{
	if (!ipport_open(&b->ip, &b->conf, found, b->log, why))
		return false;
	for (int i = 0; i < IPPORT_SOCKETS; i++) {
		if (b->ip.fd[i] < 0)
			continue;
		b->io[i] = ev_io_start(b->loop, b->ip.fd[i], EV_READ, bip_turn, &b->way[i]);
		if (!b->io[i])
			return err_set(why, "BACnet/IP", 0, "the event loop does not take the socket");
	}
	return true;
}

enum bip_opened bip_open(struct bip *b, struct err_at *why)
{
	struct bip_port found;
	if (!ipport_find(&b->conf, &b->ip.port, &found, why)) {
		close_sockets(b);
		return BIP_NO_ADDRESS;
	}
	if (is_open(b) && same_place(&found, &b->ip.port)) {
		b->ip.port.up = found.up;
		return BIP_UNCHANGED;
	}
	close_sockets(b);
	if (open_sockets(b, &found, why))
		return BIP_OPENED;
	close_sockets(b);
	return BIP_REFUSED;
}

void bip_free(struct bip *b)
{
	if (!b)
		return;
	if (is_open(b))
		bip_flush(b);
	close_sockets(b);
	free(b);
}

const struct bip_port *bip_port(const struct bip *b)
{
	return &b->ip.port;
}

/* ---- as a port ---- */

static struct wr port_begin(void *ctx, size_t max)
{
	return bip_begin(ctx, max);
}

static void port_send(void *ctx, const struct bac_addr *to, const struct wr *npdu)
{
	bip_send(ctx, to, npdu);
}

static void port_broadcast(void *ctx, const struct wr *npdu)
{
	bip_send_broadcast(ctx, npdu);
}

struct port bip_as_port(struct bip *b)
{
	struct port port = { .ctx = b, .begin = port_begin, .send = port_send, .broadcast = port_broadcast, .npdu_max = BIP_NPDU_MAX,
	                     .npdu_whole = NPDU_WHOLE };
	memcpy(port.mac, b->ip.port.address, 4);
	port.mac[4] = (uint8_t)(b->ip.port.port >> 8);
	port.mac[5] = (uint8_t)b->ip.port.port;
	return port;
}

const struct bip_counters *bip_counters(const struct bip *b)
{
	return &b->n;
}
