/* The shape of a service: one signature, one row.
 *
 * A handler reads its request, executes it and writes the body of its acknowledgement; what it returns tells the server to send that, or an
 * Error, Reject or Abort instead.  The row says what the server needs to know of it:
 *
 *   body     SERVICE_SIMPLE    answered by a SimpleACK: the handler gets no writer
 *            SERVICE_COMPLEX   writes the body of a ComplexACK
 *            unconfirmed       no writer either; its fault is counted, never sent
 *   effect   SERVICE_READS     may be executed again, into a larger buffer or for a repeated request: changes nothing, sends nothing
 *            SERVICE_CHANGES   is executed once: a repeated request is answered as it was the first time
 *            A SERVICE_SIMPLE one may return DEFERRED and call server_answer() in a later turn of the loop: meanwhile a repeated request is
 *            ignored.  A server keeps one such request, so the handler defers none while another waits
 *   error    how its Error looks: NULL, class and code alone; else a function that writes what follows service choice (WritePropertyMultiple,
 *            AddListElement and others say what failed)
 *
 * Which services there are is a table that the server is given. */
#ifndef TRANSACTION_ROW_H
#define TRANSACTION_ROW_H

#include "bacnet/messages.h"
#include "network/network.h"

struct service_call {
	void *node;                          /* whom it is asked of: the server's */
	const struct net_head *head;         /* by whom, and how it came */
	struct property_ref failed;          /* for the row's error form: the first that failed, */
	uint32_t failed_element;             /* or its number in a list, 0: none of them */
};

typedef struct fault service_fn(struct service_call *, struct rd *request, struct wr *ack);

enum service_body { SERVICE_SIMPLE, SERVICE_COMPLEX };
enum service_effect { SERVICE_READS, SERVICE_CHANGES };

struct service_row {
	service_fn *execute;                 /* NULL: not executed */
	uint8_t body;                        /* enum service_body; of confirmed services */
	uint8_t effect;                      /* enum service_effect */
	bool heard;                          /* listened to, not executed: claims no bit of Protocol_Services_Supported */
	void (*error)(struct wr *, struct fault, const struct service_call *);
};

struct service_table {
	const struct service_row *confirmed, *unconfirmed;           /* by choice: CONFIRMED_COUNT, UNCONFIRMED_COUNT */
};

#endif
