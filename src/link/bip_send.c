/* BACnet/IP, sending: datagrams are written into a batch, and the batch goes to the kernel at the end of a turn. */
#include <errno.h>

#include "link/bip_inside.h"

enum { RESULT_BODY = BVLC_RESULT_LENGTH - BVLC_HEADER };

static void tell_dropped(struct bip *b, const char *why)
{
	uint32_t held;
	b->n.tx_dropped++;
	if (log_limit_pass(&b->log_dropped, ev_now(b->loop), LOG_PERIOD_MS, &held))
		log_warning(b->log, "BACnet/IP: a datagram could not be sent: %s (%u more before)", why, held);
}

static void watch_for_room(struct bip *b, bool blocked)
{
	if (b->tx_blocked == blocked)
		return;
	b->tx_blocked = blocked;
	ev_io_events(b->io[IPPORT_UNICAST], blocked ? EV_READ | EV_WRITE : EV_READ);
}

void bip_flush(struct bip *b)
{
	while (b->tx_first < b->tx_end) {
		int sent = sendmmsg(b->ip.fd[IPPORT_UNICAST], b->tx.at + b->tx_first, b->tx_end - b->tx_first, MSG_DONTWAIT);
		if (sent > 0) {
			b->n.tx += (unsigned)sent;
			b->tx_first += (unsigned)sent;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno == EAGAIN || errno == EWOULDBLOCK) {
			watch_for_room(b, true);
			return;
		}
		tell_dropped(b, strerror(errno));       /* this one cannot go: the next may */
		b->n.tx_octets -= b->tx.iov[b->tx_first].iov_len;
		b->tx_first++;
	}
	b->tx_first = b->tx_end = 0;
	watch_for_room(b, false);
}

void bip_flush_later(struct ev_timer *t)
{
	bip_flush(OWNER(t, struct bip, flush_later));
}

struct wr bip_begin(struct bip *b, size_t max)
{
	return wr_over(b->tx_octets[b->tx_end] + BIP_HEADER, max < BIP_NPDU_MAX ? max : BIP_NPDU_MAX);
}

/* Puts what stands in the current room, `body` octets behind the header, into the batch. */
static void enqueue(struct bip *b, enum bvlc_function function, size_t body, const uint8_t ip[4], uint16_t port_be)
{
	if (b->tx_end == BIP_BATCH) {
		tell_dropped(b, "too many wait for the network");
		return;
	}
	unsigned i = b->tx_end++;
	bvlc_write_header(b->tx_octets[i], function, body);
	b->tx.iov[i].iov_len = BIP_HEADER + body;
	b->n.tx_octets += BIP_HEADER + body;
	memcpy(&b->tx.address[i].sin_addr, ip, sizeof b->tx.address[i].sin_addr);
	b->tx.address[i].sin_port = port_be;
	if (b->tx_end == BIP_BATCH && !b->tx_blocked)
		bip_flush(b);
	else if (!b->receiving && !b->tx_blocked && !ev_pending(&b->flush_later))
		ev_after(b->loop, &b->flush_later, 0);
}

void bip_send(struct bip *b, const struct bac_addr *to, const struct wr *npdu)
{
	if (!is_open(b) || npdu->full || !is_host(b, to->mac)) {
		tell_dropped(b, !is_open(b) ? "no address" : npdu->full ? "longer than the room for it" : "not the address of a host");
		return;
	}
	enqueue(b, BVLC_ORIGINAL_UNICAST, wr_len(npdu), to->mac, port_of(to->mac));
}

void bip_send_broadcast(struct bip *b, const struct wr *npdu)
{
	if (npdu->full || !b->ip.shouts) {
		tell_dropped(b, npdu->full ? "longer than the room for it" : "no broadcast address");
		return;
	}
	enqueue(b, BVLC_ORIGINAL_BROADCAST, wr_len(npdu), b->ip.port.broadcast, htons(b->ip.port.broadcast_port));
}

void bip_send_nak(struct bip *b, const uint8_t mac[6], uint16_t code)
{
	struct mono now = ev_now(b->loop);
	uint64_t source = hash_keyed(&b->key, mac, sizeof(struct in_addr)) % NAK_SOURCES;
	if (!budget_spend(&b->nak_source[source], now, 4, 8) || !budget_spend(&b->nak_all, now, 64, 64)) {
		b->n.nak_held++;
		return;
	}
	struct wr w = bip_begin(b, RESULT_BODY);
	wr_u16(&w, code);
	b->n.nak_sent++;
	enqueue(b, BVLC_RESULT, RESULT_BODY, mac, port_of(mac));
}
