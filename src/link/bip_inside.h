/* What the files of BACnet/IP share: the link, its batches, its addresses.  For bip.c, bip_send.c and bip_turn.c only. */
#ifndef LINK_BIP_INSIDE_H
#define LINK_BIP_INSIDE_H

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "bacnet/bvlc.h"
#include "base/budget.h"
#include "base/hash.h"
#include "base/ipv4.h"
#include "link/ipport.h"

enum {
	RX_ROOM = BIP_HEADER + BIP_NPDU_MAX + 1,        /* one more than may come, so that what is too long shows */
	TX_ROOM = BIP_HEADER + BIP_NPDU_MAX,
	SPARSE = 2,
	NAK_SOURCES = 64,
	LOG_PERIOD_MS = 60000,
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
	struct way *sparse[SPARSE];                     /* those that were empty after their last turn, the latest first */
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

static inline bool same_ip(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, sizeof(struct in_addr)) == 0;
}

static inline uint16_t port_of(const uint8_t mac[6])            /* as sockets want it */
{
	uint16_t port;
	memcpy(&port, mac + 4, sizeof port);
	return port;
}

static inline bool is_ours(const struct bip *b, const uint8_t mac[6])
{
	return same_ip(mac, b->ip.port.address) && mac[4] == b->ip.port.port >> 8 && mac[5] == (b->ip.port.port & 0xff);
}

/* An address that one host can have: not "this network", multicast, reserved, a broadcast, and a port that exists.  Whatever else stands
 * as the sender of a message (a Forwarded-NPDU says it itself) would make us shout at many. */
static inline bool is_host(const struct bip *b, const uint8_t mac[6])
{
	return mac[0] != 0 && mac[0] < 224 && (mac[4] | mac[5]) != 0 &&
	       (!same_ip(mac, b->ip.port.broadcast) || same_ip(mac, b->ip.port.address));
}

static inline bool is_open(const struct bip *b)
{
	return b->io[IPPORT_UNICAST] != NULL;
}

/* bip_send.c */
void bip_flush(struct bip *);
void bip_flush_later(struct ev_timer *);
/* The answer of a node that is no BBMD to a BBMD's request; within a budget, because the sender's address may be forged. */
void bip_send_nak(struct bip *, const uint8_t mac[6], uint16_t code);

/* bip_turn.c: what the loop calls for a struct way */
void bip_turn(void *way, int events);

#endif
