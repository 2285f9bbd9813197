#include "link/bip.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "bacnet/bvlc.h"
#include "base/hash.h"
#include "base/ipv4.h"
#include "base/budget.h"
#include "link/ipport.h"

enum {
	RX_ROOM = BIP_HEADER + BIP_NPDU_MAX + 1,        /* one more than may come, so that what is too long shows */
	TX_ROOM = BIP_HEADER + BIP_NPDU_MAX,
	RESULT_BODY = BVLC_RESULT_LENGTH - BVLC_HEADER,
	UNICAST_TURN = 256,                             /* datagrams in a turn of the loop, or one batch more */
	BROADCAST_TURN = 16,
	SHARED_NS = 20000, ALONE_NS = 250000,           /* a batch while others want something too, and else, about */
	SHARED_MS = 50,                                 /* so long after something came by another way */
	NAK_SOURCES = 64,
	LOG_PERIOD_MS = 60000,
	/* What an Ethernet frame carries, less IPv4, UDP and BVLC.  A full APDU of 1476 octets is more than that and travels as two IP
	 * fragments, which some networks lose. */
	NPDU_WHOLE = 1500 - 20 - 8 - BIP_HEADER,
};

/* Room for one direction.  `at`, `iov` and `address` are bound to their octets once and for all; only lengths change. */
struct batch {
	struct mmsghdr at[BIP_BATCH];
	struct iovec iov[BIP_BATCH];
	struct sockaddr_in address[BIP_BATCH];
};

struct bip {
	struct ev_loop *loop;
	struct bip_conf conf;
	const struct log *log;
	port_rx_fn *up;
	void *ctx;
	struct ipport ip;
	struct ev_io *io[IPPORT_SOCKETS];
	struct way {                                    /* how datagrams come in: one for each socket */
		struct bip *bip;
		int which;
		unsigned batch, batch_max;              /* datagrams at a time while others want something too */
	} way[IPPORT_SOCKETS];
	const struct way *last;                         /* the one that was served last */
	struct mono shared_until;                       /* more than one is in use */
	struct bip_counters n;
	bool receiving;                                 /* a turn of reception ends in a flush */

	struct batch rx, tx;
	unsigned tx_first, tx_end;                      /* what waits to be sent */
	bool tx_blocked;                                /* the kernel was full; the loop tells when it is not */
	struct ev_timer flush_later;

	struct budget nak_all, nak_source[NAK_SOURCES];
	struct hash_key key;                            /* of nak_source: nobody chooses whose row he shares */
	struct log_limit log_refused, log_dropped;
	uint8_t rx_octets[BIP_BATCH][RX_ROOM];
	uint8_t tx_octets[BIP_BATCH + 1][TX_ROOM];      /* the last is where a datagram goes that finds the batch full */
};

static_assert((int)BIP_HEADER == BVLC_HEADER && (int)BIP_NPDU_MAX == BVLC_NPDU_MAX, "one header, one maximum");

/* ---- addresses ---- */

static bool same_ip(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, sizeof(struct in_addr)) == 0;
}

static uint16_t port_of(const uint8_t mac[6])            /* as sockets want it */
{
	uint16_t port;
	memcpy(&port, mac + 4, sizeof port);
	return port;
}

static bool is_ours(const struct bip *b, const uint8_t mac[6])
{
	return same_ip(mac, b->ip.port.address) && mac[4] == b->ip.port.port >> 8 && mac[5] == (b->ip.port.port & 0xff);
}

/* An address that one host can have: not "this network", multicast, reserved, a broadcast, and a port that exists.  Whatever else stands
 * as the sender of a message (a Forwarded-NPDU says it itself) would make us shout at many. */
static bool is_host(const struct bip *b, const uint8_t mac[6])
{
	return mac[0] != 0 && mac[0] < 224 && (mac[4] | mac[5]) != 0 &&
	       (!same_ip(mac, b->ip.port.broadcast) || same_ip(mac, b->ip.port.address));
}

static bool is_open(const struct bip *b)
{
	return b->io[IPPORT_UNICAST] != NULL;
}

/* ---- sending ---- */

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

static void flush(struct bip *b)
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

static void flush_later(struct ev_timer *t)
{
	flush(OWNER(t, struct bip, flush_later));
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
		flush(b);
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

/* ---- receiving ---- */

static void refuse(struct bip *b, const uint8_t mac[6], const char *why)
{
	uint32_t held;
	char from[IPV4_TEXT_MAX];
	b->n.rx_malformed++;
	if (log_limit_pass(&b->log_refused, ev_now(b->loop), LOG_PERIOD_MS, &held))
		log_info(b->log, "BACnet/IP: a datagram from %s is refused: %s (%u more before)", ipv4_port_text(from, mac, ntohs(port_of(mac))), why,
		         held);
}

/* The answer of a node that is no BBMD to a BBMD's request; within a budget, because the sender's address may be forged. */
static void send_nak(struct bip *b, const uint8_t mac[6], uint16_t code)
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

static void hand_up(struct bip *b, const uint8_t mac[6], enum port_way way, const struct bvlc *v)
{
	struct bac_addr from = { 0 };
	memcpy(from.mac, mac, 6);
	b->up(b->ctx, &from, way, v->npdu, v->length);
}

static void hand_up_forwarded(struct bip *b, const uint8_t mac[6], const struct bvlc *v)
{
	if (is_ours(b, v->origin))
		b->n.rx_own++;
	else if (!is_host(b, v->origin) || (v->origin[0] == 127 && b->ip.port.address[0] != 127))
		refuse(b, mac, "forwarded for an address that no host can have");
	else
		hand_up(b, v->origin, PORT_FORWARDED, v);
}

static void take_datagram(struct bip *b, const uint8_t mac[6], enum port_way way, const uint8_t *octets, size_t length)
{
	if (is_ours(b, mac)) {
		b->n.rx_own++;
		return;
	}
	if (!is_host(b, mac)) {
		refuse(b, mac, "no host can have this address");
		return;
	}
	struct bvlc v;
	bvlc_read(octets, length, &v);
	switch ((enum bvlc_verdict)v.verdict) {
	case BVLC_UP:
		if (v.forwarded)
			hand_up_forwarded(b, mac, &v);
		else
			hand_up(b, mac, way == PORT_UNICAST && v.broadcast ? PORT_SUBNET : way, &v);
		return;
	case BVLC_NAK:
		if (way != PORT_UNICAST)                /* one datagram to all must not draw an answer of each */
			b->n.rx_ignored++;
		else
			send_nak(b, mac, v.code);
		return;
	case BVLC_NOTED:
		b->n.rx_result++;
		b->n.last_result = v.code;
		return;
	case BVLC_IGNORED:
		b->n.rx_ignored++;
		return;
	case BVLC_MALFORMED:
		refuse(b, mac, "not a BVLC message: its type, length or body is wrong");
		return;
	}
}

/* One recvmmsg; how many came. */
static int take_batch(struct bip *b, int which, unsigned max)
{
	enum port_way way = which == IPPORT_SUBNET ? PORT_SUBNET : which == IPPORT_LIMITED ? PORT_LIMITED : PORT_UNICAST;
	int n = recvmmsg(b->ip.fd[which], b->rx.at, max, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++) {
		uint8_t mac[6];
		memcpy(mac, &b->rx.address[i].sin_addr, 4);
		memcpy(mac + 4, &b->rx.address[i].sin_port, 2);
		b->n.rx++;
		b->n.rx_octets += b->rx.at[i].msg_len;
		take_datagram(b, mac, way, b->rx_octets[i], b->rx.at[i].msg_len);
	}
	return n;
}

/* How long others have to wait for what came by one way is a matter of microseconds, not of datagrams: a read costs two, a large report
 * fifty.  So a batch grows and shrinks until it takes about this long. */
static void fit_batch(struct way *w, int taken, int64_t ns, int64_t wanted_ns)
{
	if (ns > wanted_ns)
		w->batch = w->batch > 1 ? w->batch / 2 : 1;
	else if (ns < wanted_ns / 2 && taken >= 0 && (unsigned)taken == w->batch && w->batch < w->batch_max)
		w->batch *= 2;
}

/* While others want something too, a turn is one short batch; who is alone has several, without asking epoll in between.
 * An error that recvmmsg reports (an ICMP message that came back, say) is none of ours: the loop calls again when more is there. */
static void way_ready(void *ctx, int events)
{
	struct way *w = ctx;
	struct bip *b = w->bip;
	struct mono begun = ev_clock(b->loop), before = begun, now;
	(void)events;                                   /* both are tried: what is not possible costs one call */
	if (w->which == IPPORT_UNICAST)
		flush(b);
	if (b->last != w && b->last)
		b->shared_until = mono_add_ms(begun, SHARED_MS);
	b->last = w;
	bool alone = begun.ns >= b->shared_until.ns && w->batch_max == BIP_BATCH;
	b->receiving = true;
	for (int n = 2, taken = 0; n > 1 && taken < UNICAST_TURN; taken += n, before = now) {
		n = take_batch(b, w->which, w->batch);
		if (!b->tx_blocked)
			flush(b);
		now = ev_clock(b->loop);
		fit_batch(w, n, mono_ns_between(before, now), alone ? ALONE_NS : SHARED_NS);
		if (!alone || mono_ns_between(begun, now) > 2 * ALONE_NS)
			break;                          /* one datagram alone: its client waits for us, more is not there yet; */
	}                                               /* several: the next are likely here by now */
	b->receiving = false;
}

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
	ev_timer_init(&b->flush_later, flush_later);
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
		b->io[i] = ev_io_start(b->loop, b->ip.fd[i], EV_READ, way_ready, &b->way[i]);
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
		flush(b);
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
