/* BACnet Virtual Link Control for IPv4 (Annex J): what a node that is not a BBMD makes of a datagram, and the header that goes out.
 *
 *    81  function  length (2, the whole datagram)  body
 *
 * Pure: the link owns sockets and addresses.  The length must equal the datagram's.  Write-BDT, Read-BDT, Register-Foreign-Device,
 * Read-FDT, Delete-FDT-Entry and Distribute-Broadcast-To-Network get the NAK of theirs; answers and unknown functions get
 * silence, because a NAK to an answer could be made to bounce for ever. */
#ifndef BACNET_BVLC_H
#define BACNET_BVLC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bacnet/addr.h"

enum { BVLC_TYPE = 0x81, BVLC_HEADER = 4, BVLC_RESULT_LENGTH = 6, BVLC_NPDU_MAX = 1497 };

enum bvlc_function {
	BVLC_RESULT, BVLC_WRITE_BDT, BVLC_READ_BDT, BVLC_READ_BDT_ACK, BVLC_FORWARDED_NPDU, BVLC_REGISTER_FOREIGN_DEVICE,
	BVLC_READ_FDT, BVLC_READ_FDT_ACK, BVLC_DELETE_FDT_ENTRY, BVLC_DISTRIBUTE_BROADCAST, BVLC_ORIGINAL_UNICAST,
	BVLC_ORIGINAL_BROADCAST, BVLC_SECURE, BVLC_FUNCTION_COUNT
};

enum bvlc_verdict {
	BVLC_UP,                     /* npdu and length go to the network layer */
	BVLC_NAK,                    /* answer a unicast with a BVLC-Result of this code; never when it came by broadcast */
	BVLC_NOTED,                  /* a BVLC-Result: code says which */
	BVLC_IGNORED,                /* well-formed, but nobody answers it: an answer we never asked for, an unknown function */
	BVLC_MALFORMED,              /* type, length or body wrong: count and drop */
};

struct bvlc {
	uint8_t verdict;             /* enum bvlc_verdict */
	uint8_t function;
	bool broadcast;              /* BVLC_UP: the NPDU was not sent to us alone */
	bool forwarded;              /* BVLC_UP: the source is `origin`, not the datagram's */
	uint16_t code;               /* BVLC_NAK, BVLC_NOTED */
	uint8_t origin[6];
	const uint8_t *npdu;
	size_t length;
};

void bvlc_read(const uint8_t *datagram, size_t length, struct bvlc *);

/* The 4 octets before an NPDU of npdu_length octets. */
void bvlc_write_header(uint8_t header[BVLC_HEADER], enum bvlc_function, size_t npdu_length);

#endif
