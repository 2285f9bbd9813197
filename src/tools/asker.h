/* BACnet/IP for a program that asks one thing at a time: the gateway's own link and transactions, on a loop that runs until the answer is
 * there.
 *
 * Has a free UDP port of its own on each interface (or on the one that is asked for) and speaks to the devices at theirs; what devices
 * broadcast there is heard too.  What comes from the network is read with the codec of src/bacnet and believed nothing.  Owns all it opens;
 * the loop is the caller's.  SIGINT (a person has seen enough) cancels what is on its way, so that a device in the middle of a long answer
 * is told, and ends every wait. */
#ifndef TOOLS_ASKER_H
#define TOOLS_ASKER_H

#include "bacnet/cov.h"
#include "bacnet/messages.h"
#include "base/err.h"
#include "ev/ev.h"
#include "transaction/client.h"

struct asker_conf {
	const char *interface, *address;     /* NULL: every interface */
	uint16_t port;                       /* of the devices; 47808 */
	int timeout_ms, retries;
};

struct asker;

struct asker *asker_open(struct ev_loop *, const struct asker_conf *, struct err_at *why);
void asker_close(struct asker *);            /* NULL is fine */
bool asker_interrupted(const struct asker *);        /* SIGINT has come: nothing more is sent */

/* Who-Is by broadcast; calls `found` for each I-Am until the time is over or it returns false. */
typedef bool asker_found_fn(void *ctx, const struct bac_addr *from, const struct i_am *);
void asker_who_is(struct asker *, const struct who_is *, int64_t ms, asker_found_fn *, void *ctx);

/* Whom asker_request() asks from now on. */
void asker_to_address(struct asker *, const struct bac_addr *);
void asker_to_device(struct asker *, uint32_t instance);

/* A notification of a change of value came in; true: it is one that was asked for, and a confirmed one is acknowledged. */
typedef bool asker_told_fn(void *ctx, const struct bac_addr *from, struct cov_notification *);
/* Whom to tell from now on, whatever is being waited for. */
void asker_tell(struct asker *, asker_told_fn *, void *ctx);
/* Waits so long, or until SIGINT or asker_enough(). */
void asker_wait(struct asker *, int64_t ms);
void asker_enough(struct asker *);
/* After SIGINT: what follows is sent all the same.  A second one ends that as the first one did. */
void asker_resume(struct asker *);

/* Where that is; false: not known (yet). */
bool asker_address(const struct asker *, struct bac_addr *);

/* One confirmed request, to its end; after SIGINT that is CLIENT_SILENT.  The result's body is valid until the next one. */
const struct client_result *asker_request(void *asker, uint8_t service, const struct wr *body);

#endif
