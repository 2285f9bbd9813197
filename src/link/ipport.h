/* From what the configuration says to three bound sockets: which address, mask and broadcast address, and the reason when it cannot be.
 * Called once; what it opens belongs to the caller. */
#ifndef LINK_IPPORT_H
#define LINK_IPPORT_H

#include "link/bip.h"

enum { IPPORT_UNICAST, IPPORT_SUBNET, IPPORT_LIMITED, IPPORT_SOCKETS };

struct ipport {
	struct bip_port port;
	int fd[IPPORT_SOCKETS];  /* -1: this link has no such broadcast */
};

bool ipport_open(struct ipport *, const struct bip_conf *, const struct log *, struct err_at *why);
void ipport_close(struct ipport *);

#endif
