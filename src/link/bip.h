/* BACnet/IP on IPv4 (Annex J): a node that is not a BBMD, on one UDP port of one interface or address.
 *
 * Three sockets: unicast, the subnet's broadcast address, 255.255.255.255; so that unicast needs no ancillary data.  Datagrams are
 * taken and sent in batches (recvmmsg, sendmmsg), a bounded number in each turn of the loop and broadcasts less than unicast, so
 * that a storm of Who-Is takes no more than its share.  The link decodes the BVLC (bacnet/bvlc.h), answers what a non-BBMD must
 * NAK, drops what comes from itself, and hands each NPDU up.  Answers are written straight into the batch that goes out: nothing is
 * copied, nothing allocated after bip_make but for the sockets.  What the kernel cannot take at the moment waits in the batch until it can; what finds the
 * batch full is dropped and counted.  Not thread-safe: it belongs to its loop.
 *
 * An interface may have no address yet, lose the one it has and get another: bip_open() is called again whenever that may have happened
 * (watch.h tells) and follows.  Without an address a link is closed: nothing comes, what is sent is dropped and counted. */
#ifndef LINK_BIP_H
#define LINK_BIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bacnet/addr.h"
#include "base/err.h"
#include "base/log.h"
#include "base/wr.h"
#include "ev/ev.h"
#include "link/port.h"

enum { BIP_NPDU_MAX = 1497, BIP_HEADER = 4, BIP_BATCH = 64 };

struct bip_conf {
	char interface[16];              /* "eth0", or empty */
	uint8_t address[4];              /* when interface is empty */
	uint16_t port;                   /* host order; 47808.  0 takes a free one */
	uint16_t broadcast_port;         /* where broadcasts go to and are heard; 0: port.  A program that only asks has a free port of */
	                                 /* its own and speaks to the devices at 47808 */
};

struct bip_counters {
	uint64_t rx, tx, rx_octets, tx_octets;   /* datagrams; rx counts every one that came, whatever became of it */
	uint64_t rx_malformed;           /* BVLC type or length wrong, too long, or from an address that nobody can have */
	uint64_t rx_own;                 /* our own broadcasts heard back */
	uint64_t rx_ignored;             /* functions that are nothing to a node that is no BBMD: acks, secure, unknown */
	uint64_t rx_result;              /* BVLC-Results noted */
	uint16_t last_result;
	uint64_t nak_sent, nak_held;     /* held: over the budget, not answered */
	uint64_t tx_dropped;             /* the kernel would not take it, or no such address */
};

enum bip_opened {
	BIP_UNCHANGED,                   /* open as before */
	BIP_OPENED,                      /* open at an address that is new */
	BIP_NO_ADDRESS,                  /* closed: *why says that there is no such interface or address; it may come */
	BIP_REFUSED,                     /* closed: *why says what the system refused: the port is in use, ... */
};

struct bip;
/* Closed.  NULL: no memory. */
struct bip *bip_make(struct ev_loop *, const struct bip_conf *, const struct log *, port_rx_fn *, void *ctx);
enum bip_opened bip_open(struct bip *, struct err_at *why);
void bip_free(struct bip *);

/* Begins a datagram: a writer over room for one NPDU of up to `max` (<= BIP_NPDU_MAX) octets.  Then bip_send() it or forget it; the
 * next bip_begin takes the room again.  What is full, is dropped and counted.  The batch goes to the kernel at the end of each turn of
 * reception, and in the next turn of the loop for what was sent outside of one. */
struct wr bip_begin(struct bip *, size_t max);
void bip_send(struct bip *, const struct bac_addr *to, const struct wr *npdu);           /* unicast to to->mac */
void bip_send_broadcast(struct bip *, const struct wr *npdu);                            /* Original-Broadcast-NPDU */
struct port bip_as_port(struct bip *);        /* what the rooms above send through; valid until the address changes */

/* What Network Port shows; all zero but the configured interface's name while the link is closed. */
struct bip_port {
	char interface[16];              /* "eth0": the one that has the address, also when the configuration names the address */
	uint8_t address[4], mask[4], broadcast[4];
	uint16_t port, broadcast_port;
	unsigned index;                  /* of the interface: another one when it was taken away and came again; 0: closed */
	bool up;                         /* a cable is in it, and it is switched on */
};
const struct bip_port *bip_port(const struct bip *);
const struct bip_counters *bip_counters(const struct bip *);

#endif
