/* The answers to the last requests that must not be executed twice, for as long as a client may repeat them.
 *
 * A request repeats another when peer, invoke id, service and content are the same and it is the latest that this peer sent under that
 * invoke id: any other request under it ends the matter (recent_other).  Each address has its few places by a keyed hash, so that one who
 * writes a lot drives out his own answers and chooses nobody else's.  Fixed memory; one thread. */
#ifndef TRANSACTION_RECENT_H
#define TRANSACTION_RECENT_H

#include <stddef.h>
#include <stdint.h>

#include "network/limits.h"

enum { RECENT_BUCKETS = 64, RECENT_WAYS = 4, RECENT_REPLY_MAX = 64 };

struct recent_reply {
	struct mono at;
	uint64_t digest;             /* of the request's body */
	struct bac_addr peer;
	uint8_t invoke, service;
	uint8_t length;              /* 0: an empty place */
	uint8_t apdu[RECENT_REPLY_MAX];
};

struct recent {
	const struct limits *limits;                 /* for its key */
	uint16_t of_invoke[256];                     /* places taken, by invoke id */
	struct recent_reply reply[RECENT_BUCKETS][RECENT_WAYS];
	uint8_t next[RECENT_BUCKETS];
};

/* The answer that was given, or NULL; in that case whatever is kept for this peer and invoke id is forgotten.  `age_ms`: older ones do
 * not count. */
const struct recent_reply *recent_find(struct recent *, const struct bac_addr *peer, uint8_t invoke, uint8_t service, uint64_t digest,
                                       struct mono now, int64_t age_ms);
/* Another request under this invoke id: one that need not be remembered. */
void recent_other(struct recent *, const struct bac_addr *peer, uint8_t invoke);
/* At most RECENT_REPLY_MAX octets. */
void recent_put(struct recent *, const struct bac_addr *peer, uint8_t invoke, uint8_t service, uint64_t digest, struct mono now,
                const uint8_t *apdu, size_t length);

#endif
