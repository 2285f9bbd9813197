/* A message that leaves in segments, window by window (clauses 5.3, 5.4): a server's ComplexACK or a client's request.
 *
 * Only the arithmetic of the exchange: the owner holds the octets, writes the headers, sends and keeps the time.  The first segment goes
 * alone; from then on as many at a time as the peer's last SegmentACK said, and never more than we proposed.
 *
 *   outgoing_start()          then, while outgoing_next(): send that segment; then start the segment timer
 *   outgoing_acknowledged()   a SegmentACK of the peer: enum outgoing_step says what to do
 *   outgoing_timeout()        the segment timer ran out: true, the window again (outgoing_next()); false, give up
 *
 * Sequence numbers are modulo 256, a message may have more segments than that.  Never fails, allocates nothing, knows no time. */
#ifndef TRANSACTION_OUTGOING_H
#define TRANSACTION_OUTGOING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum outgoing_step {
	OUTGOING_SEND,           /* the window has moved, or is wanted again: send what outgoing_next() gives, start the timer anew */
	OUTGOING_DONE,           /* the peer has everything */
	OUTGOING_WAIT,           /* of an older window: start the timer anew, send nothing */
	OUTGOING_STRAY,          /* the same, too often since the last progress: leave the timer alone */
	OUTGOING_BAD_WINDOW,     /* an actual window of 0 or more than 127: Abort WINDOW_SIZE_OUT_OF_RANGE */
};

struct outgoing {
	size_t length, size;             /* octets of the message; of each segment but the last */
	uint32_t count;                  /* segments of the message */
	uint32_t base;                   /* the first that is not acknowledged: more than 0 once the peer has said anything that fits */
	uint32_t next;                   /* the next that leaves */
	uint32_t sent;                   /* the first that has never left */
	uint8_t proposed, window;        /* segments at a time: what we offer, what the peer takes */
	uint8_t retries, waits;          /* windows sent again, timers started anew: since the last progress */
	uint8_t retries_max;
};

struct outgoing_segment {
	size_t from, length;             /* octets of the message */
	uint8_t sequence;
	bool more;                       /* more-follows */
	bool again;                      /* has left before */
};

/* length and size are more than 0; proposed is 1..127.  False: the message has more than segments_max segments, nothing is started. */
bool outgoing_start(struct outgoing *, size_t length, size_t size, uint32_t segments_max, uint8_t proposed, uint8_t retries_max);

/* Whether outgoing_next() has one. */
static inline bool outgoing_waits(const struct outgoing *o)
{
	return o->next < o->count && o->next - o->base < o->window;
}

/* The next segment of the window, which counts as sent then.  False: the window is out. */
bool outgoing_next(struct outgoing *, struct outgoing_segment *);

enum outgoing_step outgoing_acknowledged(struct outgoing *, bool negative, uint8_t sequence, uint8_t window);
bool outgoing_timeout(struct outgoing *);

#endif
