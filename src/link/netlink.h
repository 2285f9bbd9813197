/* What the kernel says on a routing socket (rtnetlink(7)), as far as it matters to who has an address on an interface: which kinds of
 * change a datagram of it tells.  The messages themselves are not taken apart further: who is told reads the interfaces anew.
 *
 *   [length 4 | type 2 | flags 2 | sequence 4 | port 4 | body, filled up to 4]  again and again, in the byte order of the host
 */
#ifndef LINK_NETLINK_H
#define LINK_NETLINK_H

#include <stddef.h>

enum {
	NETLINK_LINK = 1,        /* an interface came, went, was switched on or off, got a cable or lost it */
	NETLINK_ADDRESS = 2,     /* an IPv4 address came or went */
	NETLINK_ROUTER = 4,      /* the default gateway changed */
};

/* The kinds in one datagram, NETLINK_* or'ed.  What is cut short or makes no sense ends the walk; what stood before it counts. */
unsigned netlink_changes(const void *octets, size_t n);

#endif
