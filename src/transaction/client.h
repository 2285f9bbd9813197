/* The client side of clause 5.4: confirmed requests of our own, for everything that asks or notifies.
 *
 *   struct wr body;
 *   struct client_call *call = client_begin(client, &peer, CONFIRMED_READ_PROPERTY, &body);     NULL: as many as may be are on their way
 *   rp_request_write(&body, &ref);
 *   client_send(call, &body, done, ctx);                                                        done() is called once, from the loop
 *
 * A request that is larger than the peer takes leaves in segments, an answer in segments is collected.  What is not answered within the
 * APDU timeout is sent again, as often as there are retries.  Each request has an invoke id that no other to the same peer has; the first
 * one is random, so that a program that starts anew does not repeat what it has just asked.
 *
 * client_begin_device() asks a device by its instance: binding.h finds the address first.  Where nobody answers at a known address, that
 * is forgotten, and the next request looks for the device again.
 *
 * Owns its places and their buffers; allocates nothing after client_make() (memory is touched only when it is used).  client_send() writes
 * to the port: nobody may be in the middle of a message of his own.  Belongs to its loop.  Durations in milliseconds. */
#ifndef TRANSACTION_CLIENT_H
#define TRANSACTION_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bacnet/apdu.h"
#include "ev/ev.h"
#include "link/port.h"
#include "transaction/binding.h"

struct client_conf {
	int64_t timeout_ms, segment_timeout_ms;      /* APDU_Timeout, APDU_Segment_Timeout */
	uint8_t retries;                             /* Number_Of_APDU_Retries */
	uint8_t window;                              /* segments that we propose, and take, at a time: 1..127 */
	uint16_t max_apdu;                           /* what we take in one APDU */
	uint16_t max_segments;                       /* what we take of an answer; less than 2: only what fits one APDU */
	unsigned requests, per_peer;                 /* at a time: in all (at most 255), to one peer */
	size_t request_max, answer_max;              /* octets of a request, and of an answer in segments */
	uint64_t seed;                               /* of the first invoke id; 0: the kernel's */
};

enum client_end {
	CLIENT_ANSWERED,         /* body: of the ComplexACK; empty for a SimpleACK */
	CLIENT_REFUSED,          /* fault: the peer's Error, Reject or Abort */
	CLIENT_SILENT,           /* the peer has not answered, all retries included */
	CLIENT_NOT_FOUND,        /* no device with this instance has answered */
	CLIENT_TOO_LARGE,        /* fault: why the request was not sent: larger than the peer or the place takes */
	CLIENT_BROKEN,           /* fault: the Abort that the peer was sent for an answer that is too large or wrong */
};

struct client_result {
	enum client_end end;
	struct fault fault;
	struct rd body;                              /* valid during the call */
};

/* Its call is over when this is called: its place counts as free, and other calls may be begun. */
typedef void client_done_fn(void *ctx, const struct client_result *);

struct client;
struct client_call;

/* binding may be NULL when nobody is asked by instance.  NULL: no memory. */
struct client *client_make(struct ev_loop *, const struct port *, struct binding *, const struct client_conf *);
void client_free(struct client *);                                   /* calls nobody */
void client_set_port(struct client *, const struct port *);
void client_set_timeouts(struct client *, int64_t timeout_ms, int64_t segment_timeout_ms, uint8_t retries);

/* The peer may be behind a router that nobody knows (bac_addr_router_unknown); it is learned from the answer. */
struct client_call *client_begin(struct client *, const struct peer *, uint8_t service, struct wr *body);
struct client_call *client_begin_device(struct client *, uint32_t instance, uint8_t service, struct wr *body);
/* The network priority of its messages, 0 (normal) to 3 (life safety); 0 where this is not called.  Between the two. */
void client_set_priority(struct client_call *, uint8_t priority);
void client_send(struct client_call *, const struct wr *body, client_done_fn *, void *ctx);
/* Calls nobody; also for what was begun and is not sent.  A peer in the middle of segments is told. */
void client_cancel(struct client_call *);

/* An APDU that answers somebody came in, to us alone.  False: nobody here has asked for it. */
bool client_rx(struct client *, const struct bac_addr *from, const struct apdu *, struct rd *body);

#endif
