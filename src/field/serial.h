/* A Modbus line on a serial device: struct line_ops over rtu.h and the device's descriptor.
 *
 * libmodbus opens and sets the device (raw, speed, parity).  The device is ours alone while it is open: an advisory lock (flock), which
 * a second daemon finds before it changes a setting of the line, and TIOCEXCL, which keeps other programs from opening it. */
#ifndef FIELD_SERIAL_H
#define FIELD_SERIAL_H

#include "field/line.h"

struct serial;

extern const struct line_ops serial_ops;

/* `stop_fd` readable: every wait ends at once, and pause says so.  NULL: no memory, no descriptors.  Nothing is opened yet. */
struct serial *serial_make(const char *path, char parity, uint32_t timeout_ms, int stop_fd);
void serial_free(struct serial *);           /* closes */

#endif
