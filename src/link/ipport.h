/* From what the configuration says to bound sockets: which address, mask and broadcast address, and the reason when it cannot be.
 * What it opens belongs to the caller. */
#ifndef LINK_IPPORT_H
#define LINK_IPPORT_H

#include "link/bip.h"

/* Unicast comes in by several sockets of one address and port, the lanes; which one is chosen by the sender's address (a keyed hash in the
 * kernel), so that a flood from one address fills one queue and leaves the others alone.  The first lane also sends. */
enum { IPPORT_UNICAST, IPPORT_SUBNET, IPPORT_LIMITED, IPPORT_LANES, IPPORT_LANES_MORE = 63, IPPORT_SOCKETS = IPPORT_LANES + IPPORT_LANES_MORE };

struct ipport {
	struct bip_port port;
	int fd[IPPORT_SOCKETS];  /* -1: this link hears no such broadcast, or has no such lane */
	bool shouts;             /* the subnet has a broadcast address */
};

/* Where the configuration's interface or address is now.  Of several addresses of an interface the one that `present` has is taken as
 * long as it is there.  False: nowhere. */
bool ipport_find(const struct bip_conf *, const struct bip_port *present, struct bip_port *found, struct err_at *why);

/* Opens the sockets there; the port is filled in. */
bool ipport_open(struct ipport *, const struct bip_conf *, const struct bip_port *found, const struct log *, struct err_at *why);
void ipport_close(struct ipport *);

#endif
