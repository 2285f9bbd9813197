/* The line over libmodbus: Modbus RTU on a serial device, Modbus TCP.  The only file of the gateway that includes libmodbus.
 *
 * libmodbus does the framing and checks slave, function, length and CRC of an answer; its error recovery stays off, because it sleeps.
 * What libmodbus does not do is done here: the silence of 3.5 characters between frames, waiting for a quiet line after an error or
 * when octets came in that nobody asked for, telling the kinds of failure apart, and noticing that the device has gone.
 * Read, with all its waits, takes at most the timeout plus the wire time of request and answer (and as much again before it when
 * the line has to become quiet first).  Connecting to a numeric address takes at most the timeout; a host name adds the
 * resolver's time. */
#ifndef FIELD_LINE_MODBUS_H
#define FIELD_LINE_MODBUS_H

#include "field/line.h"

/* "/dev/ttyS0", "tcp:HOST", "tcp:HOST:PORT", "tcp:[IPv6]:PORT" taken apart. */
struct line_address {
	bool tcp;
	char host[96];           /* the device path when !tcp */
	char port[6];
};

/* False: not a link; `why` says what is wrong with it. */
bool line_address_parse(const char *text, struct line_address *, char *why, int size);

struct line_modbus;

/* NULL: no memory.  Nothing is opened yet. */
struct line_modbus *line_modbus_make(const struct line_address *, char parity, uint32_t timeout_ms);
void line_modbus_free(struct line_modbus *);         /* closes */

/* The first three functions of line_ops; ctx is the struct line_modbus. */
bool line_modbus_open(void *ctx, uint32_t baud, char *why, int size);
void line_modbus_close(void *ctx);
struct line_answer line_modbus_read(void *ctx, const struct line_question *, uint16_t *words);

#endif
