/* A serial line between a client and a Modbus slave, as arithmetic on instants: which octets are where when.  No descriptors, no clock,
 * no thread: line.h moves the octets of two pseudo-terminals through it, tests drive it by hand.
 *
 * A request reaches the slave at the instant at which its last octet is over; an answer begins 3.5 characters (1.75 ms above
 * 19200 bit/s) after that, whenever the slave was ready before, and each octet of it comes when its stop bit is over, by an absolute
 * schedule: delays of the caller do not add up.  Faults that are about octets happen here.  A plain value. */
#ifndef SIM_WIRE_H
#define SIM_WIRE_H

#include "sim/fault.h"
#include "sim/pace.h"

/* Accounting of the wire. */
struct wire_stats {
	int64_t busy_ns;         /* octets in both directions, and the mandatory silence after each frame as far as it was kept */
	uint64_t octets_in, octets_out;
	uint64_t frames_in, frames_out;
	uint64_t wrong_speed;    /* requests lost because the client's port had another speed */
	uint64_t early;          /* requests that began before the silence after the last answer was over */
};

struct wire {
	uint32_t baud;
	int fifo;                            /* octets that reach the client together, 1 = each by itself */
	struct faults *faults;
	uint8_t in[PACE_FRAME_MAX];
	int in_n;
	int64_t in_end_ns;                   /* when its last octet is over */
	int64_t lost_end_ns;                 /* the same of octets at another speed */
	int64_t turn_ns;                     /* when the answer to the last request may begin */
	struct pace_out out;
	bool out_is_answer;
	int64_t frame_end_ns;                /* of the last answer, for the silence that the client owes */
	uint64_t random;
	struct wire_stats stats;
};

void wire_make(struct wire *, uint32_t baud, int fifo, struct faults *);

/* The client has written them, `fits`: at the speed of the line. */
void wire_from_client(struct wire *, const uint8_t *octets, int n, bool fits, int64_t now);

/* A request whose last octet is over by now: how many octets; 0 = none. */
int wire_to_slave(struct wire *, int64_t now, const uint8_t **octets);

/* The slave has answered. */
void wire_from_slave(struct wire *, const uint8_t *octets, int n, int64_t now);

/* What the client sees by now: how many octets, 0 = nothing new. */
int wire_to_client(struct wire *, int64_t now, const uint8_t **octets);

/* With the fault "babble" on, and nothing else to say, octets that mean nothing. */
void wire_babble(struct wire *, int64_t now);

void wire_hang_up(struct wire *);                    /* the client has closed its port: half a request is none */
void wire_cut(struct wire *);                        /* the cable is out: nothing is under way any more */

int64_t wire_next_ns(const struct wire *);           /* when there is something to hand over, INT64_MAX = not by itself */
bool wire_last_octet(const struct wire *);           /* is it the one that the client waits for? */

#endif
