/* What every link gives to those above it: where messages go out.  Three functions and an address, so that a link, a test, a fuzzer or a
 * virtual network can stand behind it.  The octets are those of an NPDU; the port adds what its data link needs.  A value: whoever has a
 * copy gets a new one when the link's address changes. */
#ifndef LINK_PORT_H
#define LINK_PORT_H

#include "bacnet/addr.h"
#include "base/wr.h"

/* By which way a message came.  What was sent to more than one may come twice: to the subnet and to everybody, say. */
enum port_way { PORT_UNICAST, PORT_SUBNET, PORT_LIMITED, PORT_FORWARDED };

/* An NPDU has arrived.  `from` has net 0 (only the NPDU knows better).  The octets are valid during the call. */
typedef void port_rx_fn(void *ctx, const struct bac_addr *from, enum port_way, const uint8_t *npdu, size_t length);

struct port {
	void *ctx;
	/* Room for one NPDU of up to `max` octets, directly where it is sent from.  A writer without room is allowed: the message
	 * is lost then, as on any network.  Forgetting a begun message costs nothing. */
	struct wr (*begin)(void *ctx, size_t max);
	void (*send)(void *ctx, const struct bac_addr *to, const struct wr *npdu);          /* to to->mac */
	void (*broadcast)(void *ctx, const struct wr *npdu);                                /* on the local network */
	uint8_t mac[6];              /* ours */
	uint16_t npdu_max;           /* 1497 on B/IP */
	uint16_t npdu_whole;         /* the largest that travels in one piece: segments are made no larger; 0: npdu_max */
};

#endif
