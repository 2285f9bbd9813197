/* Where a BACnet message comes from or goes to: a MAC on the local network and, behind a router, a network number and a MAC there.
 * Two addresses are the same peer when all of it is the same (clause 5.4: a transaction is keyed by it and the invoke id). */
#ifndef BACNET_ADDR_H
#define BACNET_ADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { BAC_MAC_MAX = 7 };            /* longest SADR that exists: LonTalk 7, B/IP and Ethernet 6, an IPv6 VMAC 3, MS/TP 1 */
enum { BAC_NET_LOCAL = 0, BAC_NET_GLOBAL = 0xFFFF };

struct bac_addr {
	uint8_t mac[6];              /* B/IP: IPv4 address and UDP port, network order */
	uint8_t adr_len;             /* 0 with net != 0: broadcast on that network */
	uint16_t net;                /* 0: on the local network */
	uint8_t adr[BAC_MAC_MAX];
};

static inline bool bac_addr_same(const struct bac_addr *a, const struct bac_addr *b)
{
	return memcmp(a->mac, b->mac, sizeof a->mac) == 0 && a->net == b->net && a->adr_len == b->adr_len &&
	       memcmp(a->adr, b->adr, a->adr_len) == 0;
}

/* A peer on another network whose router nobody knows yet: a message to him is broadcast here, and the router takes it on (clause 6.5.3). */
static inline bool bac_addr_router_unknown(const struct bac_addr *a)
{
	static const uint8_t none[sizeof a->mac];
	return a->net != BAC_NET_LOCAL && memcmp(a->mac, none, sizeof none) == 0;
}

#endif
