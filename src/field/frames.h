/* Modbus frames, made and judged by libmodbus; this file and its neighbours tcp.c and serial.c alone include it.
 *
 * libmodbus reads an answer from a descriptor and takes its first octet for the first of a frame.  On a serial line that fails for
 * ever where an RS-485 adapter gives back what was sent, or where one stray octet stands before each answer.  So libmodbus does not
 * sit on the line: it sits at one end of a pair of sockets.  A request comes out at the other end as a whole frame; what came from
 * the line goes in there, as often as need be and from any octet on, and libmodbus says whether an answer to the question begins at
 * that octet, by the same call that asks: slave, function, length, CRC and exceptions are its business.  The pair costs five system
 * calls a request, less than the wake-ups that a read for every part of a frame costs. */
#ifndef FIELD_FRAMES_H
#define FIELD_FRAMES_H

#include <modbus/modbus.h>

#include "field/line.h"

/* One question by the libmodbus call of its function; blocks as long as the context's timeout. */
struct line_answer frames_ask(modbus_t *, const struct line_question *, uint16_t *words);

struct frames {
	modbus_t *ctx;           /* NULL: not open */
	int inner, outer;        /* the pair; libmodbus has the inner one */
};

bool frames_open(struct frames *);                   /* false: no memory, no descriptors */
void frames_close(struct frames *);

enum { FRAMES_MAX = MODBUS_RTU_MAX_ADU_LENGTH };

/* The request as an RTU frame.  Returns its octets, 0 when libmodbus refuses to make it. */
int frames_request(struct frames *, const struct line_question *, uint8_t frame[FRAMES_MAX]);

/* Does an answer begin at the first of these octets?  LINE_TIMEOUT: perhaps, if more octets come. */
struct line_answer frames_judge(struct frames *, const struct line_question *, const uint8_t *octets, int n, uint16_t *words);

#endif
