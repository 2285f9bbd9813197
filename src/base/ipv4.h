/* IPv4 addresses as text, with a port where there is one. */
#ifndef BASE_IPV4_H
#define BASE_IPV4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { IPV4_TEXT_MAX = 22 };                 /* "255.255.255.255:65535" and its end */

struct ipv4_net {                            /* "10.0.0.0/8" */
	uint8_t address[4];
	uint8_t length;                      /* of the prefix, 0..32 */
};

/* "192.0.2.7", in four octets of decimal digits and nothing else; false otherwise. */
bool ipv4_parse(const char *text, uint8_t address[4]);

/* "192.0.2.7:47808"; without a port *port is `fallback`.  False: no address, or a port that is not 1..65535. */
bool ipv4_parse_port(const char *text, uint16_t fallback, uint8_t address[4], uint16_t *port);

/* "10.0.0.0/8", or an address, which is a net of one.  False also when bits behind the prefix are set ("10.1.0.0/8"). */
bool ipv4_parse_net(const char *text, struct ipv4_net *);

/* Several, with blanks or commas between: how many, at most `max`; -1: one of them is none, or there are more. */
int ipv4_parse_nets(const char *text, struct ipv4_net *, int max);

bool ipv4_in_net(const struct ipv4_net *, const uint8_t address[4]);

/* Both give the buffer back. */
const char *ipv4_text(char buffer[IPV4_TEXT_MAX], const uint8_t address[4]);
const char *ipv4_port_text(char buffer[IPV4_TEXT_MAX], const uint8_t address[4], uint16_t port);

#endif
