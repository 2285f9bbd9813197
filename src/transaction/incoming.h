/* A message that arrives in segments (clauses 5.3, 5.4): a client's request at a server, or a ComplexACK at a client.
 *
 * Only the arithmetic of the exchange: the owner reads the headers, sends the SegmentACKs and keeps the time.  The octets are collected
 * in a buffer that the owner lends.
 *
 *   incoming_start()      at the segment with sequence number 0
 *   incoming_segment()    that one and each that follows: enum incoming_step says what to do
 *
 * A SegmentACK carries incoming_sequence() and `window`.  What repeats or comes behind a gap is answered a bounded number of times.
 * Sequence numbers are modulo 256, a message may have more segments than that.  Never fails, allocates nothing, knows no time. */
#ifndef TRANSACTION_INCOMING_H
#define TRANSACTION_INCOMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum incoming_step {
	/* taken: start the timer anew */
	INCOMING_TAKEN,          /* say nothing yet */
	INCOMING_WINDOW,         /* the window is full: SegmentACK */
	INCOMING_DONE,           /* the last one: SegmentACK, and the message is whole */
	INCOMING_TOO_LARGE,      /* more octets or segments than there may be: Abort BUFFER_OVERFLOW */
	/* not taken: leave the timer alone */
	INCOMING_REPEATED,       /* say nothing */
	INCOMING_ACK_AGAIN,      /* the peer has not heard the last SegmentACK */
	INCOMING_NAK,            /* segments are missing before it, or too many came again: negative SegmentACK */
	INCOMING_GAP,            /* behind a gap that the peer has been told of: say nothing */
};

struct incoming {
	uint8_t *octets;                 /* borrowed, room for `max` */
	size_t length, max;
	uint32_t received;               /* segments so far */
	uint32_t told;                   /* of them, those that the peer has been told of */
	uint32_t segments_max;
	uint8_t window;                  /* actual: what we take at a time */
	uint8_t repeated;                /* segments that came again since the last one that was taken */
	bool gap_told;
};

/* False, and nothing is started: the proposed window is 0 or more than 127: Abort WINDOW_SIZE_OUT_OF_RANGE.  `ours`: what we take at most. */
bool incoming_start(struct incoming *, void *octets, size_t max, uint32_t segments_max, uint8_t proposed, uint8_t ours);

enum incoming_step incoming_segment(struct incoming *, uint8_t sequence, bool more, const void *octets, size_t n);

/* Of the last segment that was taken: what a SegmentACK says.  At least one has been taken. */
static inline uint8_t incoming_sequence(const struct incoming *in)
{
	return (uint8_t)(in->received - 1);
}

#endif
