/* What the host says of the network interface that a Network Port object shows: gateway, DNS servers, speed.  Linux; read at the
 * start and whenever the network changes (the addresses themselves come from the link).  What cannot be found out stays zero. */
#ifndef DAEMON_HOSTNET_H
#define DAEMON_HOSTNET_H

#include "link/bip.h"
#include "object/network_port.h"

void hostnet_fill(struct network_port *, const struct bip_port *);

#endif
