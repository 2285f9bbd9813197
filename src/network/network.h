/* The network layer of an end device on one port (clause 6): NPDUs in and out, network messages, the number of its network.
 *
 * network_rx() has the signature of a port's reception: it sorts out what is for this device and hands APDUs up with what it knows of
 * them.  Answers are written straight into the port's buffer: network_begin(), the APDU, network_send().  It routes nothing and learns
 * no routes.  What it sends of its own accord, and to whom it listens, is bounded by the limits of the process.
 * A value inside its owner; loop, limits and counts are borrowed.  One thread. */
#ifndef NETWORK_NETWORK_H
#define NETWORK_NETWORK_H

#include "bacnet/npdu.h"
#include "link/port.h"
#include "network/counts.h"
#include "network/limits.h"

struct net_head {                            /* what is known of a message that came in */
	struct bac_addr from;                /* with SNET and SADR where a router brought it: answers go the same way back */
	uint8_t way;                         /* enum port_way */
	bool broadcast;                      /* it was not sent to this device alone */
	uint8_t priority;                    /* an answer has that of its request */
	size_t length;                       /* of the NPDU */
};

struct network_conf {
	struct ev_loop *loop;
	struct limits *limits;
	struct counts *counts;
	void *ctx;
	/* An APDU: the reader stands at its first octet. */
	void (*up)(void *ctx, const struct net_head *, struct rd *apdu);
	/* The number of our network is another one, or known another way (NETWORK_NUMBER_...); may be NULL. */
	void (*numbered)(void *ctx, uint16_t number, unsigned quality);
};

struct network {
	struct network_conf conf;
	struct port port;                    /* without functions until network_set_port() */
	uint16_t number;                     /* 0: unknown */
	uint8_t quality;                     /* NETWORK_NUMBER_... */
};

void network_init(struct network *, const struct network_conf *);
void network_set_port(struct network *, const struct port *);

/* The number that the configuration says; 0: none, then what was learned stays, or what comes is learned. */
void network_set_number(struct network *, uint16_t number);

port_rx_fn network_rx;                       /* ctx is the struct network */

/* A message to head->from or another peer, its header written; the writer ends at what the port can carry. */
struct wr network_begin(struct network *, const struct bac_addr *to, bool expecting_reply, uint8_t priority);
struct wr network_begin_global(struct network *);                    /* to everybody on all networks */
/* False, and counted, when the message did not fit what the port gave. */
bool network_send(struct network *, const struct bac_addr *to, struct wr *);
bool network_broadcast(struct network *, struct wr *);
/* The longest APDU to this peer that the data link need not cut into pieces; SIZE_MAX: whatever fits. */
size_t network_whole_apdu(const struct network *, const struct bac_addr *to);

#endif
