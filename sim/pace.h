/* The time that octets take on a serial line: 8 data bits, no parity, 1 stop bit, 10 bit times an octet.
 *
 * Modbus over Serial Line (MODBUS.org, V1.02, chapter 2.5.1.1): frames are apart by at least 3.5 characters, and above 19200 bit/s by
 * 1.75 ms.  Pure arithmetic on nanoseconds; nothing accumulates, so a schedule of any length stays exact. */
#ifndef SIM_PACE_H
#define SIM_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PACE_FRAME_MAX = 512 };

static inline int64_t pace_octets_ns(uint32_t baud, int64_t octets)
{
	return octets * 10 * 1000000000 / baud;
}

static inline int64_t pace_silence_ns(uint32_t baud)
{
	return baud > 19200 ? 1750000 : INT64_C(35000000000) / baud;
}

/* Octets on their way to the client, each with the instant at which its stop bit is over. */
struct pace_out {
	uint32_t baud;
	int64_t start_ns;        /* the first start bit */
	int64_t gap_ns;          /* pause before each octet but the first (a fault) */
	int fifo;                /* octets that become visible together, as behind a UART's receive buffer; 1 = each */
	int n, sent;
	uint8_t octet[PACE_FRAME_MAX];
};

void pace_begin(struct pace_out *, uint32_t baud, int fifo, int64_t start_ns, int64_t gap_ns);
int pace_add(struct pace_out *, const uint8_t *octets, int n);    /* how many fitted */
bool pace_busy(const struct pace_out *);
int64_t pace_next_ns(const struct pace_out *);                    /* when there is something to hand over; only while busy */
int64_t pace_end_ns(const struct pace_out *);                     /* end of the last octet */
int pace_take(struct pace_out *, int64_t now_ns, const uint8_t **octets);    /* what is due, 0 = nothing */

/* When an answer begins that is ready at `ready_ns` and was due at `due_ns`: at the instant that it was due if it is at most a
 * UART's buffer (16 octets) late, so that the scheduling of this program is no turnaround time; else now. */
int64_t pace_start_ns(uint32_t baud, int64_t due_ns, int64_t ready_ns);

#endif
