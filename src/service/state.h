/* What a responder is made of: for the files of this room only. */
#ifndef SERVICE_STATE_H
#define SERVICE_STATE_H

#include "bacnet/npdu.h"
#include "link/budget.h"
#include "service/recent.h"
#include "service/service.h"
#include "service/transaction.h"

#define COUNTER(id, text) COUNT_##id,
enum counter {
#include "service/counters.def"
	COUNTERS
};
#undef COUNTER

enum { SOURCES = 256 };              /* rows of the table of sources, a power of two; strangers who share a row share its budget */

struct source {
	struct budget budget, refusals;
	struct mono asked_at;        /* the last question that was answered */
	uint64_t question;
};

struct responder {
	struct device *device;
	struct ev_loop *loop;
	const struct log *log;
	struct port port;
	struct responder_conf conf;
	struct responder_counters counters;
	struct log_limit limits[COUNTERS];
	struct ev_timer announce;
	uint64_t random, key;        /* key: of the table of sources */
	struct source sources[SOURCES];
	struct budget answers, refusals, network, conflicts[2];
	struct transactions transactions;
	struct recent recent;
};

/* ---- sending ---- */

/* A message to `to`, its network header written; the writer ends at what the port can carry. */
struct wr responder_begin(struct responder *, const struct bac_addr *to, bool expecting_reply);
struct wr responder_begin_global(struct responder *);                /* to everybody on all networks */
/* False, and counted, when the message did not fit what the port gave. */
bool responder_send(struct responder *, const struct bac_addr *to, struct wr *);
bool responder_broadcast(struct responder *, struct wr *);

void responder_send_fault(struct responder *, const struct bac_addr *to, uint8_t invoke, uint8_t service, struct fault);

/* Executes a confirmed request whose body is complete and sends what comes of it.  t: the transaction it was collected in, or NULL. */
void responder_answer(struct responder *, const struct bac_addr *from, const struct apdu *, struct rd body, struct transaction *t);

/* ---- refusing ---- */

/* Counts a refusal and, at most once a minute for each kind, says so. */
#define REFUSE(rp, counter, from) ((rp)->counters.counter++, responder_refused((rp), COUNT_##counter, (from)))
void responder_refused(struct responder *, enum counter, const struct bac_addr *from);

/* May this source have an I-Am or I-Have for this question now? */
bool responder_may_answer(struct responder *, const struct bac_addr *from, uint64_t question);
/* May this source be told that its request was broken?  A storm of broken requests costs less when it is not answered, and the others are
 * served meanwhile.  An Error answers a request that was well-formed, and is not limited. */
bool responder_may_refuse(struct responder *, const struct bac_addr *from, struct fault);
/* The same budget, for what is said about a segment that should not have come. */
bool responder_may_complain(struct responder *, const struct bac_addr *from);
void responder_conflict(struct responder *, enum conflict, const struct bac_addr *from, uint32_t device_id);

/* ---- network layer (network.c) ---- */

void network_rx(struct responder *, const struct bac_addr *from, const struct npdu *, bool broadcast, struct rd *body);

/* FNV-1a, to tell one message from another, not to protect anything */
static inline uint64_t hash_octets(const void *octets, size_t n)
{
	const uint8_t *p = octets;
	uint64_t h = 14695981039346656037ull;
	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 1099511628211ull;
	return h;
}

#endif
