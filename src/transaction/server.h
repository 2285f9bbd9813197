/* The server side of clause 5.4 for one device: requests in, the service's handler, answers out; in segments where they are long.
 *
 * An answer that fits one APDU is written by the handler straight into the datagram that goes out.  One that does not is written once
 * more, into the room that it may take and no further, kept in a place (places.h) and sent in windows.  A request in segments is
 * collected in a place first.  What changes something is executed once, however often its request is repeated.
 *
 * Everything a stranger can draw is bounded (network/limits.h, docs/security.md).  A value inside its owner; after server_init() nothing
 * allocates.  One thread. */
#ifndef TRANSACTION_SERVER_H
#define TRANSACTION_SERVER_H

#include "transaction/places.h"
#include "transaction/recent.h"
#include "transaction/row.h"

struct server_settings {
	uint16_t max_apdu;                   /* the longest that we send */
	uint16_t max_segments;               /* that we take in a request */
	uint32_t apdu_timeout_ms, segment_timeout_ms;
	uint8_t retries;
	uint8_t window;                      /* segments that we propose to send, and take, at a time: 1..127 */
	uint64_t services_off;               /* bits of Protocol_Services_Supported: not executed although there is a row for them */
};

struct server_conf {
	struct ev_loop *loop;
	struct network *network;             /* its limits and counts are ours */
	struct places *places;
	const struct service_table *services;
	void *node;                          /* for the handlers */
};

struct deferred {                            /* a request whose handler has not finished with it (row.h) */
	bool waits;
	struct net_head head;
	struct apdu apdu;
	uint64_t digest;                     /* of its body */
	size_t in;                           /* octets that came for it */
};

struct server {
	struct server_conf conf;
	struct server_settings set;
	struct counts *counts;
	struct limits *limits;
	struct recent recent;
	struct deferred deferred;            /* one at a time */
};

void server_init(struct server *, const struct server_conf *, const struct server_settings *);
void server_close(struct server *);          /* ends what is live; the places stay */
void server_set(struct server *, const struct server_settings *);

/* The answer to the request that a handler has deferred; nothing waits: nothing happens. */
void server_answer(struct server *, struct fault);

/* What comes in.  `body`: behind the header that was read into `apdu`. */
void server_request(struct server *, const struct net_head *, enum apdu_why, const struct apdu *, struct rd *body);
void server_unconfirmed(struct server *, const struct net_head *, const struct apdu *, struct rd *body);
void server_segment_ack(struct server *, const struct net_head *, const struct apdu *);
void server_abort(struct server *, const struct net_head *, const struct apdu *);

/* The bits of Protocol_Services_Supported that a table claims. */
uint64_t service_bits(const struct service_table *);

#endif
