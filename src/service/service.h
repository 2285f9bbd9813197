/* The services: one signature, one row each.
 *
 * A confirmed service reads its request, executes it and writes the body of its acknowledgement (nothing where the reply is a
 * SimpleACK); what it returns tells dispatch to send that, or an Error, Reject or Abort instead.
 *   REPLY_COMPLEX   writes straight into the datagram that goes out, and is executed again into a larger buffer when that is too
 *                   small: it must have no effect but its answer, and send nothing
 *   REPLY_SIMPLE    gets no writer; may change things, and may send
 *   REPLY_NONE      unconfirmed: no writer either; its fault is counted, never sent
 * To add a service: its file, its row in table.c; Protocol_Services_Supported and the PICS follow. */
#ifndef SERVICE_SERVICE_H
#define SERVICE_SERVICE_H

#include "bacnet/messages.h"
#include "object/object.h"
#include "service/responder.h"

struct svc_ctx {
	struct responder *responder;
	struct device *device;
	const struct bac_addr *from;
};

typedef struct fault svc_fn(struct svc_ctx *, struct rd *request, struct wr *ack);

enum svc_reply { REPLY_NONE, REPLY_SIMPLE, REPLY_COMPLEX };

struct svc_row {
	svc_fn *execute;             /* NULL: not executed */
	uint8_t reply;               /* enum svc_reply */
	bool once;                   /* a repeated request is answered again but not executed again */
	bool claimed;                /* sets its bit in Protocol_Services_Supported */
};

extern const struct svc_row svc_confirmed[CONFIRMED_COUNT];
extern const struct svc_row svc_unconfirmed[UNCONFIRMED_COUNT];

uint64_t svc_supported(void);        /* Protocol_Services_Supported, bit n of the string is bit n of the word */

svc_fn svc_read_property, svc_read_property_multiple, svc_write_property;
svc_fn svc_who_is, svc_i_am, svc_who_has, svc_i_have, svc_time_synchronization, svc_utc_time_synchronization;

#endif
