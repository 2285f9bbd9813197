/* The server side of BACnet's application layer for one device on one port: network layer of an end device, transactions,
 * segmentation, dispatch (clauses 5.4, 6, 13-16).
 *
 * responder_rx() has the signature of bip_rx_fn: hand it to bip_open().  An answer that fits one APDU is written by the service
 * straight into the port's buffer.  One that does not is kept in a transaction (a fixed number of them, memory reserved at
 * responder_make() and touched only when used) and goes out in windows.  Nothing allocates after responder_make().
 *
 * What a stranger can make it do is bounded: transactions in all and per source, I-Am and I-Have per source and in all, answers of
 * the network layer, log lines.  Every refusal has a name and a counter (counters.def).  Any number of responders, one thread. */
#ifndef SERVICE_RESPONDER_H
#define SERVICE_RESPONDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"
#include "ev/ev.h"
#include "link/port.h"
#include "object/device.h"

#define COUNTER(id, text) uint64_t id;
struct responder_counters {
#include "service/counters.def"
};
#undef COUNTER

enum conflict {
	CONFLICT_INSTANCE,           /* another device says I-Am with our instance */
	CONFLICT_NAME,               /* another device's Device object has the name of ours */
};

struct responder_conf {
	int64_t startup_delay_ms;            /* longest; the I-Am goes out at random before it */
	bool probe;                          /* then ask who else has our instance and our name (Who-Is, Who-Has, once) */
	uint64_t seed;                       /* of what is random; 0: the kernel's */
	unsigned transactions;               /* segmented ones at a time; 0: 16 */
	unsigned transactions_per_source;    /* 0: half of them */
	size_t response_max;                 /* octets of one segmented answer; 0: 65536 */
	uint8_t window;                      /* segments we propose to send, and take, at a time; 0: 16 */
	void *ctx;
	void (*conflict)(void *ctx, enum conflict, const struct bac_addr *from, uint32_t device_id);    /* may be NULL */
};

struct responder;

/* NULL when there is no memory.  device, loop and log are borrowed; the port is copied.  Sets the device's services. */
struct responder *responder_make(struct ev_loop *, struct device *, const struct port *, const struct responder_conf *,
                                 const struct log *);
void responder_free(struct responder *);
void responder_start(struct responder *);            /* arms the I-Am of the start */
void responder_set_port(struct responder *, const struct port *);   /* at start, when the link is opened after the responder was made */

/* An NPDU came in: the signature of bip_rx_fn, ctx is the responder. */
void responder_rx(void *responder, const struct bac_addr *from, bool broadcast, const uint8_t *npdu, size_t length);

void responder_announce(struct responder *);         /* broadcasts an I-Am now: after a new instance, for example */
unsigned responder_transactions(const struct responder *);   /* live ones */
const struct responder_counters *responder_counters(const struct responder *);
/* The n-th counter's name and value; false beyond the end. */
bool responder_counter_at(const struct responder *, size_t n, const char **name, const char **text, uint64_t *value);

#endif
