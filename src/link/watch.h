/* Tells when the host's interfaces, IPv4 addresses or default gateway may have changed (rtnetlink), so that a link can follow and what is
 * shown of the interface stays true.
 *
 * Changes come in swarms (a DHCP client takes an address away, gives one, then sets a route): they are told once, WATCH_SETTLE_MS after
 * the first of them, so a network that changes all the time costs a few calls a second.  Belongs to its loop. */
#ifndef LINK_WATCH_H
#define LINK_WATCH_H

#include "base/err.h"
#include "ev/ev.h"

enum { WATCH_SETTLE_MS = 200 };

struct watch;
/* NULL with *why: the kernel gives no such socket (a sandbox that forbids it, say); then nobody is told. */
struct watch *watch_start(struct ev_loop *, void (*changed)(void *ctx), void *ctx, struct err_at *why);
void watch_stop(struct watch *);

#endif
