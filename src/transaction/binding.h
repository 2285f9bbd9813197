/* Which address has which device (clause 16.10): asks with Who-Is, remembers what I-Am says.
 *
 * Only who was asked for is remembered, so that strangers fill no table.  A question goes out once however many wait for it, again after
 * a timeout, and then the device counts as absent for a while: whoever asks meanwhile is told at once and nothing is sent.  An address
 * is believed for so long after the last I-Am, and until somebody says that nobody answers there.  A table that is full forgets what was
 * used the longest ago, never a question that somebody waits for.
 *
 * Owns its table; allocates nothing after binding_make().  Belongs to its loop.  Durations in milliseconds. */
#ifndef TRANSACTION_BINDING_H
#define TRANSACTION_BINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bacnet/addr.h"
#include "bacnet/messages.h"
#include "ev/ev.h"
#include "link/port.h"

/* Whom a request goes to, and what he takes. */
struct peer {
	struct bac_addr addr;
	uint16_t max_apdu;               /* 0: not known */
	uint8_t segmentation;            /* SEGMENTATION_BOTH ..., when max_apdu is known */
};

struct binding_conf {
	unsigned devices;                /* rows of the table */
	int64_t timeout_ms;              /* of one Who-Is */
	uint8_t retries;                 /* Who-Is after the first */
	int64_t age_ms;                  /* an address is believed so long */
	int64_t absent_ms;               /* who has not answered is not asked for so long */
};

struct binding_wait {                        /* lives inside its owner; zero when it waits for nothing */
	void (*fn)(struct binding_wait *, const struct peer *);      /* NULL: nobody has answered */
	struct binding_wait *next, **back;
};

enum binding_answer {
	BINDING_KNOWN,                   /* *peer is filled */
	BINDING_ASKED,                   /* fn will be called, once, from the loop */
	BINDING_ABSENT,                  /* was asked for a moment ago and has not answered */
	BINDING_FULL,                    /* every row has a question that somebody waits for */
};

struct binding;

struct binding *binding_make(struct ev_loop *, const struct port *, const struct binding_conf *);    /* NULL: no memory */
void binding_free(struct binding *);                                 /* calls nobody */
void binding_set_port(struct binding *, const struct port *);

enum binding_answer binding_ask(struct binding *, uint32_t instance, struct binding_wait *, struct peer *);
void binding_cancel(struct binding_wait *);                          /* harmless when it does not wait */
void binding_forget(struct binding *, uint32_t instance);            /* nobody answers at its address any more */

/* An I-Am came in, from anybody. */
void binding_i_am(struct binding *, const struct bac_addr *from, const struct i_am *);

/* The n-th device whose address is known: Device_Address_Binding.  False beyond the end. */
bool binding_at(const struct binding *, size_t n, uint32_t *instance, struct bac_addr *);

#endif
