/* The Modbus slave: libmodbus receives requests and builds answers, RTU on the server's side of a line, or TCP.
 *
 * Functions 1 to 4 inside a table are answered; across a table's end or outside of all tables with exception 2; a function for which
 * there is no table, and any other, with exception 1.  Threads: one of its own.  Faults that are about whole answers happen here, those about octets in the line. */
#ifndef SIM_SERVER_H
#define SIM_SERVER_H

#include <stdint.h>

#include "base/err.h"
#include "sim/registers.h"
#include "sim/fault.h"
#include "sim/line.h"

struct server_stats {
	uint64_t requests;       /* complete, and for this slave */
	uint64_t answers, exceptions, silences;
	uint64_t ignored;        /* wrong CRC, another slave, not a frame */
};

struct server;

/* slave 1..247. The line, if any, must outlive the server. */
struct server *server_make_rtu(struct line *, uint8_t slave, struct registers *, struct faults *, struct err_at *why);

/* "HOST:PORT", ":PORT" or "PORT"; port 0 takes any, server_port tells which.  slave 0..255: for others there is exception 11, as from a
 * server with nothing behind that address; -1: it answers for all. */
struct server *server_make_tcp(const char *address, int slave, struct registers *, struct faults *, struct err_at *why);
int server_port(const struct server *);

bool server_start(struct server *);
void server_stop(struct server *);           /* RTU: after line_stop, which ends its wait */
void server_free(struct server *);

void server_stats(struct server *, struct server_stats *);
void server_stats_reset(struct server *);

#endif
