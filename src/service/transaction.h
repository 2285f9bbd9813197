/* Segmented transactions of a server: requests that come in pieces, answers that leave in windows (clauses 5.2, 5.4.5).
 *
 *   REQUEST    segments of a request are collected; each window is acknowledged; 4 x APDU_Segment_Timeout without the next: Abort
 *   RESPONSE   a whole answer stands in `response`; its first segment goes out alone, then windows as the peer acknowledges;
 *              APDU_Segment_Timeout without an acknowledgement: the window again, Number_Of_APDU_Retries times
 *
 * The table has a fixed number of places, each with room for one request and one answer; the memory is reserved at once and touched
 * only when used.  One source (an IP address, with all that is behind it) gets a share.  When every place is taken, the oldest
 * whose peer has shown no sign of life for a moment gives way, so that requests in the name of others block nobody for long. */
#ifndef SERVICE_TRANSACTION_H
#define SERVICE_TRANSACTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bacnet/addr.h"
#include "bacnet/apdu.h"
#include "ev/ev.h"

struct responder;

enum transaction_state { TRANSACTION_FREE, TRANSACTION_REQUEST, TRANSACTION_RESPONSE };

struct transaction {
	struct ev_timer timer;
	struct responder *responder;
	struct bac_addr peer;
	struct apdu header;          /* of the request, or of its first segment */
	uint64_t digest;             /* of the body of an unsegmented request: to know it again */
	struct mono moved;           /* last progress */
	uint8_t state;               /* enum transaction_state */
	uint8_t window;              /* actual window */
	uint8_t retries;
	bool proven;                 /* RESPONSE: the peer has acknowledged something: it is no forged address */
	bool nak_sent;
	uint8_t repeated;            /* REQUEST: segments that came again since the last progress */
	uint32_t received, window_start;             /* REQUEST: segments so far; of them acknowledged */
	size_t request_length;
	uint32_t segments, base, sent;               /* RESPONSE: in all; first one not acknowledged; first one never sent */
	size_t segment_size, response_length;
	uint8_t *request, *response;
};

struct transactions {
	struct transaction *slot;
	uint8_t *memory;
	unsigned count, live, per_source;
	size_t request_max, response_max;
};

bool transactions_make(struct responder *);          /* sizes from the responder's configuration and device; false: no memory */
void transactions_free(struct responder *);

struct transaction *transaction_find(struct responder *, const struct bac_addr *peer, uint8_t invoke);
/* A place for a new one, in state REQUEST; NULL (and counted) when there is none. */
struct transaction *transaction_take(struct responder *, const struct bac_addr *peer, const struct apdu *header);
void transaction_end(struct transaction *);
/* `response` holds the answer's body of `length` octets: sends it in APDUs of at most `limit` octets, and no longer than the port takes
 * in one piece.  False: more segments than the peer takes. */
bool transaction_respond(struct transaction *, size_t length, size_t limit);

/* What comes in.  transaction_repeated: an unsegmented request while its key is live; true when that was all there is to do. */
void transaction_segment(struct responder *, const struct bac_addr *from, const struct apdu *, struct rd *body);
void transaction_segment_ack(struct responder *, const struct bac_addr *from, const struct apdu *);
void transaction_peer_abort(struct responder *, const struct bac_addr *from, uint8_t invoke);
bool transaction_repeated(struct transaction *, const struct apdu *, uint64_t digest);

#endif
