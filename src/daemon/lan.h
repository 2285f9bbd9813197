/* The daemon's place on the BACnet/IP network: opened at the start, followed wherever the interface's address goes, shown as it is.
 *
 * Without an address (a DHCP server that is slow, a cable that is not plugged in, an interface that comes later) the daemon runs and
 * waits: `problem` says so.  The kernel tells when to look (link/watch.h); what it refuses, a port that is in use at a new address say, is
 * tried again every few seconds.  Belongs to the loop's thread. */
#ifndef DAEMON_LAN_H
#define DAEMON_LAN_H

#include "base/log.h"
#include "link/bip.h"
#include "link/watch.h"
#include "object/network_port.h"

struct lan {
	struct ev_loop *loop;
	const struct log *log;
	struct bip *bip;
	struct watch *watch;                 /* NULL: the kernel tells nothing, so we look every few seconds */
	struct ev_timer again;
	struct port port;                    /* what is sent through */
	struct network_port shown;           /* what a Network Port object shows, but for the network number */
	char problem[600];                   /* in words; empty: none */
	void (*changed)(void *ctx, bool opened);
	void *ctx;
	struct log_limit limit;
};

/* `rx`, `rx_ctx`: who takes what comes.  `changed` is called when port or shown are other ones than before; `opened`: at a new address, of
 * which others should hear.  It is not called from within lan_open().  False, reason logged: the system refuses (the port is in use, ...). */
bool lan_open(struct lan *, struct ev_loop *, const struct log *, const struct bip_conf *, port_rx_fn *rx, void *rx_ctx,
	void (*changed)(void *ctx, bool opened), void *ctx);
void lan_close(struct lan *);                /* harmless on one that was never opened (zero) */

#endif
