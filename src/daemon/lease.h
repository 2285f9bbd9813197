/* Whether an IPv4 address of this host is a lease: the kernel knows until when an address is good, and one that ends was given by DHCP,
 * whatever program asked for it.  An address that does not end may still come from a DHCP client that does not tell, so nobody can say
 * that it is not leased. */
#ifndef DAEMON_LEASE_H
#define DAEMON_LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Asks the kernel (rtnetlink), which answers at once.  False: it does not end, or nobody knows. */
bool lease_of(const uint8_t address[4]);

/* One datagram of the kernel's answer.  True: it says that this address ends.  *last: it was the last datagram. */
bool lease_read(const void *octets, size_t n, const uint8_t address[4], bool *last);

#endif
