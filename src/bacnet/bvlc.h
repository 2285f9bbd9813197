/* The BACnet Virtual Link Control header of BACnet/IP (Annex J): four octets before each NPDU.  Pure: no sockets, no addresses of our own. */
#ifndef BACNET_BVLC_H
#define BACNET_BVLC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rd.h"
#include "base/wr.h"

enum { BVLC_HEADER = 4, BVLC_RESULT_SIZE = 6 };

enum bvlc_function {
	BVLC_RESULT, BVLC_WRITE_BDT, BVLC_READ_BDT, BVLC_READ_BDT_ACK, BVLC_FORWARDED_NPDU, BVLC_REGISTER_FD, BVLC_READ_FDT,
	BVLC_READ_FDT_ACK, BVLC_DELETE_FDT, BVLC_DISTRIBUTE_BROADCAST, BVLC_ORIGINAL_UNICAST, BVLC_ORIGINAL_BROADCAST, BVLC_SECURE,
};

struct bvlc {
	uint8_t function;
	struct rd body;          /* what follows the header; after the originating address in a Forwarded-NPDU */
	uint8_t origin[6];       /* Forwarded-NPDU */
};

/* Reads a whole datagram; false (and r->why) when type or length are not right or a Forwarded-NPDU has no address. */
bool bvlc_read(struct rd *r, struct bvlc *);

/* The Result code with which a node that is not a BBMD refuses the function; 0: it has no answer. */
uint16_t bvlc_nak(uint8_t function);

/* The header of a datagram whose body has `body` octets. */
void bvlc_write_header(struct wr *, enum bvlc_function, size_t body);

#endif
