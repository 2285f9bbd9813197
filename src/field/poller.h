/* Reads one UPS over Modbus RTU or Modbus TCP, on a thread of its own because libmodbus blocks.
 *
 * The only way out is the queue of snapshots, the only way in poller_stop.  Owns the serial port.  Never fails: a value that cannot be
 * read is published with a quality other than GOOD, a device that is not there is looked for until it is.  Fast blocks (status,
 * alarms) are read every cycle, measurements in turn, identity, configuration and clock rarely; one table a request. */
#ifndef FIELD_POLLER_H
#define FIELD_POLLER_H

#include "base/log.h"
#include "base/queue.h"
#include "family/family.h"
#include "ups/snapshot.h"

struct poller_conf {
	char link[96];                   /* "/dev/ttyS0" or "tcp:HOST[:PORT]" */
	char family[160];                /* "auto", an id, or a path */
	char family_directory[160];      /* maps that replace the compiled-in ones; empty = none */
	uint32_t baud;                   /* 0 = auto */
	char parity;                     /* 'N', 'E', 'O' */
	uint8_t slave;                   /* 1..247 */
	uint8_t unit_number;             /* 0 = whole system */
	uint16_t unit_step;              /* 0 = as the map says; 0x1000 or 0x0100 */
	uint32_t timeout_ms;             /* for the first octet of an answer */
	uint8_t retries;                 /* of one request before the link is lost */
	uint32_t measurement_interval_ms;/* 0 = auto: as plan.h describes */
};

struct poller;

/* Starts the thread.  Each snapshot (struct snapshot) is put into `snapshots`, which must outlive the poller.  NULL: no memory. */
struct poller *poller_start(const struct poller_conf *, struct queue *snapshots, const struct log *);
void poller_stop(struct poller *);   /* asks, then waits: for one request at most, see line_modbus.h */

#endif
