/* What a Modbus `link` says: "/dev/ttyS0", "tcp:HOST", "tcp:HOST:PORT", "tcp:[IPv6]:PORT". */
#ifndef FIELD_ADDRESS_H
#define FIELD_ADDRESS_H

#include <stdbool.h>

struct address {
	bool tcp;
	char host[96];           /* the device path when !tcp */
	char port[6];
};

/* False: not a link; `why` says what is wrong with it. */
bool address_parse(const char *text, struct address *, char *why, int size);

#endif
