/* The application layer's headers (clause 20.1), all eight types: read into one struct, written one by one.
 *
 *   0 Confirmed    0 SEG MOR SA 0 | max-segs, max-APDU | invoke | [sequence, window] | service | body
 *   1 Unconfirmed  10 | service | body                  5 Error   50 | invoke | service | class, code
 *   2 SimpleACK    20 | invoke | service                6 Reject  60 | invoke | reason
 *   3 ComplexACK   3 SEG MOR 00 | invoke | [sequence, window] | service | body
 *   4 SegmentACK   4 0 0 NAK SRV | invoke | sequence | actual window
 *   7 Abort        7 0 0 0 SRV | invoke | reason */
#ifndef BACNET_APDU_H
#define BACNET_APDU_H

#include <stdbool.h>
#include <stdint.h>

#include "bacnet/fault.h"
#include "base/rd.h"
#include "base/wr.h"

enum apdu_type {
	APDU_CONFIRMED, APDU_UNCONFIRMED, APDU_SIMPLE_ACK, APDU_COMPLEX_ACK, APDU_SEGMENT_ACK, APDU_ERROR, APDU_REJECT, APDU_ABORT,
	APDU_TYPE_COUNT
};

enum {
	APDU_MAX = 1476, APDU_MIN = 50,
	APDU_COMPLEX_HEADER = 3, APDU_SEGMENT_HEADER = 5,          /* of a ComplexACK, unsegmented and segmented */
	APDU_REQUEST_HEADER = 4, APDU_REQUEST_SEGMENT_HEADER = 6,
	APDU_WINDOW_MAX = 127,
};

struct apdu {
	uint8_t type;                        /* enum apdu_type */
	bool segmented, more, segments_accepted, nak, server;
	uint8_t max_segments_code, max_apdu_code;
	uint8_t invoke, sequence, window;
	uint8_t service;
	uint8_t reason;                      /* Reject, Abort */
};

enum apdu_why {
	APDU_OK,
	APDU_NO_HEADER,              /* not even the invoke id can be read, or the type does not exist: drop */
	APDU_CUT,                    /* a request that ends after its invoke id: Reject */
};

/* Takes the header; the reader then stands at the body. */
enum apdu_why apdu_read(struct rd *, struct apdu *);

/* Octets that the peer takes in one APDU.  The reserved codes 6 to 15 can only mean more than 1476, which is what we send at most. */
unsigned apdu_size_of_code(uint8_t max_apdu_code);
uint8_t apdu_code_of_size(unsigned size);                    /* the largest code that is not above size */
unsigned apdu_segments_of_code(uint8_t max_segments_code);   /* UINT_MAX: unspecified, or more than 64 */
uint8_t apdu_code_of_segments(unsigned segments);

struct apdu_request {                        /* of a client */
	bool segments_accepted;
	uint8_t max_segments_code, max_apdu_code;
	uint8_t invoke, service;
};

void apdu_write_confirmed(struct wr *, const struct apdu_request *);
void apdu_write_confirmed_segment(struct wr *, const struct apdu_request *, bool more, uint8_t sequence, uint8_t window);
void apdu_write_unconfirmed(struct wr *, uint8_t service);
void apdu_write_simple_ack(struct wr *, uint8_t invoke, uint8_t service);
void apdu_write_complex_ack(struct wr *, uint8_t invoke, uint8_t service);
void apdu_write_complex_segment(struct wr *, uint8_t invoke, uint8_t service, bool more, uint8_t sequence, uint8_t window);
void apdu_write_segment_ack(struct wr *, uint8_t invoke, bool nak, bool server, uint8_t sequence, uint8_t window);
void apdu_write_error(struct wr *, uint8_t invoke, uint8_t service, uint16_t cls, uint16_t code);
void apdu_write_error_head(struct wr *, uint8_t invoke, uint8_t service);    /* then what the service's own form says */
void apdu_write_reject(struct wr *, uint8_t invoke, uint8_t reason);
void apdu_write_abort(struct wr *, uint8_t invoke, bool server, uint8_t reason);

/* The body of an Error: class and code.  Also what ReadPropertyMultiple puts between tags [5]. */
void bac_put_error(struct wr *, uint16_t cls, uint16_t code);
struct fault bac_error_read(struct rd *);

#endif
