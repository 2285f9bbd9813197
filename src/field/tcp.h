/* A Modbus line over TCP: struct line_ops over libmodbus, which does all of it but noticing that the other side has gone.
 *
 * The number of the transaction tells answers apart, so nothing waits for silence.  Connecting to a numeric address and reading take at
 * most the timeout each; a host name adds the resolver's time. */
#ifndef FIELD_TCP_H
#define FIELD_TCP_H

#include "field/line.h"

struct tcp;

extern const struct line_ops tcp_ops;

/* `stop_fd` readable: pause ends at once and says so.  NULL: no memory.  Nothing is opened yet. */
struct tcp *tcp_make(const char *host, const char *port, uint32_t timeout_ms, int stop_fd);
void tcp_free(struct tcp *);                 /* closes */

#endif
