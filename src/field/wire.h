/* How long Modbus RTU needs on the wire: pure arithmetic, nanoseconds, no failure.
 *
 * An octet is a start bit, 8 data bits, a parity bit when there is one, and a stop bit.  Frames are kept apart by a silence of 3.5 of
 * these characters, fixed at 1.75 ms above 19200 baud (MODBUS over serial line V1.02, 2.5.1.1).  A line without a speed (Modbus TCP)
 * has no wire time: everything is 0. */
#ifndef FIELD_WIRE_H
#define FIELD_WIRE_H

#include <stdint.h>

enum {
	WIRE_REQUEST_OCTETS = 8,         /* slave, function, address, count, CRC */
	WIRE_ANSWER_OCTETS = 5,          /* slave, function, octet count, CRC; the data come on top.  Also an exception's length */
};

struct wire {
	int64_t octet_ns, silence_ns;
};

struct wire wire_of(uint32_t baud, char parity);

/* Of one read whose answer carries `octets` octets of data, as long as the line is taken by it: request, silence, answer, silence. */
int64_t wire_read_ns(const struct wire *, int octets);

/* Of one read that nobody answered: request, silence. */
int64_t wire_request_ns(const struct wire *);

#endif
