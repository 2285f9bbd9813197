/* The network layer's header (clause 6.2):
 *
 *    01  control  [DNET 2  DLEN  DADR]  [SNET 2  SLEN  SADR]  [hop count]   APDU, or  message type  [vendor 2]  body
 *
 * npdu_read() takes it from a reader, which then stands at the APDU or at the body of the network message.  Pure. */
#ifndef BACNET_NPDU_H
#define BACNET_NPDU_H

#include <stdbool.h>
#include <stdint.h>

#include "bacnet/addr.h"
#include "base/rd.h"
#include "base/wr.h"

enum { NPDU_VERSION = 1, NPDU_HOPS = 255, NPDU_HEADER_MAX = 2 + 3 + BAC_MAC_MAX + 1 };

enum npdu_message {
	NET_WHO_IS_ROUTER = 0x00, NET_I_AM_ROUTER, NET_I_COULD_BE_ROUTER, NET_REJECT_MESSAGE, NET_ROUTER_BUSY, NET_ROUTER_AVAILABLE,
	NET_INITIALIZE_TABLE, NET_INITIALIZE_TABLE_ACK, NET_ESTABLISH_CONNECTION, NET_DISCONNECT_CONNECTION,
	NET_WHAT_IS_NETWORK_NUMBER = 0x12, NET_NETWORK_NUMBER_IS = 0x13, NET_VENDOR_FIRST = 0x80
};

enum npdu_reject { NET_REJECT_OTHER, NET_REJECT_NO_ROUTE, NET_REJECT_BUSY, NET_REJECT_UNKNOWN_MESSAGE, NET_REJECT_TOO_LONG };

struct npdu {
	bool network_message, expecting_reply, has_destination, has_source;
	uint8_t priority;
	uint8_t hops;
	uint8_t dlen, slen;
	uint16_t dnet, snet;
	uint8_t message;                     /* network messages */
	uint16_t vendor;
	const uint8_t *dadr, *sadr;          /* into the message */
};

/* False when it is not a well-formed header of version 1: drop it.  slen is at most BAC_MAC_MAX. */
bool npdu_read(struct rd *, struct npdu *);

/* The header of an APDU to `to`, priority 0 (normal) to 3 (life safety): plain when it is on the local network, else with DNET, DADR and hop count 255. */
void npdu_write(struct wr *, const struct bac_addr *to, bool expecting_reply, uint8_t priority);
void npdu_write_global(struct wr *);                                  /* header of an APDU to everybody: DNET FFFF */
void npdu_write_message(struct wr *, const struct bac_addr *to, uint8_t message);   /* then its body; `to` NULL: local network */

#endif
