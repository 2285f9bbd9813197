/* BACnet/IP, receiving: what becomes of a datagram, and how much of each way is taken in a turn of the loop. */
#include <arpa/inet.h>
#include <sys/socket.h>

#include "link/bip_inside.h"

enum {
	UNICAST_TURN = 256,                             /* datagrams in a turn of the loop, or one batch more */
	SHARED_NS = 20000, ALONE_NS = 250000,           /* a batch while others want something too, and else, about */
	SHARED_MS = 50,                                 /* so long after something came by another way */
};

static void refuse(struct bip *b, const uint8_t mac[6], const char *why)
{
	uint32_t held;
	char from[IPV4_TEXT_MAX];
	b->n.rx_malformed++;
	if (log_limit_pass(&b->log_refused, ev_now(b->loop), LOG_PERIOD_MS, &held))
		log_info(b->log, "BACnet/IP: a datagram from %s is refused: %s (%u more before)", ipv4_port_text(from, mac, ntohs(port_of(mac))), why,
		         held);
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
			bip_send_nak(b, mac, v.code);
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

/* ---- who asks little waits little ---- */

static void forget_sparse(struct bip *b, const struct way *w)
{
	for (int i = 0; i < SPARSE; i++)
		if (b->sparse[i] == w)
			b->sparse[i] = NULL;
}

/* After a turn of `wanted` datagrams in which n came.  One of one says nothing. */
static void judge_sparse(struct bip *b, struct way *w, int n, unsigned wanted)
{
	if (n >= 0 && (unsigned)n == wanted && wanted == 1)
		return;
	forget_sparse(b, w);
	if (n >= 0 && (unsigned)n == wanted)
		return;
	memmove(b->sparse + 1, b->sparse, (SPARSE - 1) * sizeof b->sparse[0]);
	b->sparse[0] = w;
}

/* Whoever waits for his answer before he asks again would wait for a turn of each lane that is never empty.  So he is asked after
 * each of those turns; and when he too has more than that, he has a turn like the others. */
static void serve_sparse(struct bip *b, const struct way *but)
{
	struct way *first[SPARSE];
	memcpy(first, b->sparse, sizeof first);
	for (int i = 0; i < SPARSE; i++) {
		struct way *w = first[i];
		if (!w || w == but)
			continue;
		unsigned wanted = w->batch > 2 ? w->batch : 2;
		int n = take_batch(b, w->which, wanted);
		if (n > 0 && (unsigned)n == wanted)
			forget_sparse(b, w);
		if (n > 0 && !b->tx_blocked)
			bip_flush(b);
	}
}

/* While others want something too, a turn is one short batch; who is alone has several, without asking epoll in between.
 * An error that recvmmsg reports (an ICMP message that came back, say) is none of ours: the loop calls again when more is there. */
void bip_turn(void *ctx, int events)
{
	struct way *w = ctx;
	struct bip *b = w->bip;
	struct mono begun = ev_clock(b->loop), before = begun, now;
	(void)events;                                   /* both are tried: what is not possible costs one call */
	if (w->which == IPPORT_UNICAST)
		bip_flush(b);
	if (b->last != w && b->last)
		b->shared_until = mono_add_ms(begun, SHARED_MS);
	b->last = w;
	bool alone = begun.ns >= b->shared_until.ns && w->batch_max == BIP_BATCH;
	b->receiving = true;
	for (int n = 2, taken = 0; n > 1 && taken < UNICAST_TURN; taken += n, before = now) {
		unsigned wanted = w->batch;
		n = take_batch(b, w->which, wanted);
		if (!b->tx_blocked)
			bip_flush(b);
		judge_sparse(b, w, n, wanted);
		now = ev_clock(b->loop);
		fit_batch(w, n, mono_ns_between(before, now), alone ? ALONE_NS : SHARED_NS);
		if (!alone || mono_ns_between(begun, now) > 2 * ALONE_NS)
			break;                          /* one datagram alone: its client waits for us, more is not there yet; */
	}                                               /* several: the next are likely here by now */
	if (!alone && b->sparse[0] != w)
		serve_sparse(b, w);
	b->receiving = false;
}
