/* What a client is made of, for client.c (places, sending, time) and client_rx.c (what comes) only. */
#ifndef TRANSACTION_CALL_H
#define TRANSACTION_CALL_H

#include "transaction/client.h"
#include "transaction/incoming.h"
#include "transaction/outgoing.h"

enum call_state {
	CALL_FREE,
	CALL_BEGUN,              /* its body is being written */
	CALL_FAILED,             /* cannot be sent: told in the next turn of the loop */
	CALL_BINDING,            /* the address is looked for */
	CALL_REQUEST,            /* the request leaves in segments */
	CALL_WAITING,            /* for the answer */
	CALL_ANSWER,             /* the answer arrives in segments */
	CALL_TELLING,            /* its owner is being told: counts no more, but its octets are still read */
};

enum { NO_INSTANCE = UINT32_MAX };

struct client_call {
	struct client *client;
	struct ev_timer timer;
	struct binding_wait wait;
	struct peer peer;
	uint32_t instance;               /* NO_INSTANCE: asked by address */
	uint8_t state;                   /* enum call_state */
	uint8_t service, invoke, retries, priority;
	struct outgoing out;
	struct incoming in;
	struct client_result failure;    /* FAILED */
	client_done_fn *done;
	void *ctx;
	size_t length;
	uint8_t *request, *answer;
};

struct client {
	struct ev_loop *loop;
	struct port port;
	struct binding *binding;
	struct client_conf conf;
	uint8_t next_invoke;
	unsigned places;
	uint8_t *memory;
	struct client_call call[];       /* [places]: one more than may be on their way, for the one that is being told */
};

/* The call that this peer can answer; NULL: none. */
struct client_call *call_find(struct client *, const struct bac_addr *peer, uint8_t invoke);

void call_send_window(struct client_call *);                 /* of the request, and starts the segment timer */
void call_send_segment_ack(struct client_call *, bool nak);  /* of the answer */
void call_send_abort(struct client_call *, struct fault);

/* The call is over: its owner is told. */
void call_finish(struct client_call *, struct client_result);
void call_end(struct client_call *, enum client_end, struct fault);

#endif
