/* The answers to the last requests that must not be executed twice (WriteProperty), for as long as a client may repeat them.
 *
 * A request is known again by its peer, invoke id and content.  Each peer has its few places by hash, so that one who writes a lot
 * drives out his own answers.  Fixed memory; one thread. */
#ifndef SERVICE_RECENT_H
#define SERVICE_RECENT_H

#include <stddef.h>
#include <stdint.h>

#include "bacnet/addr.h"
#include "base/mono.h"

enum { RECENT_BUCKETS = 16, RECENT_WAYS = 4, RECENT_REPLY_MAX = 16 };

struct recent_reply {
	struct mono at;
	uint64_t digest;             /* of the request's body */
	struct bac_addr peer;
	uint8_t invoke, service;
	uint8_t length;
	uint8_t apdu[RECENT_REPLY_MAX];
};

struct recent {
	struct recent_reply reply[RECENT_BUCKETS][RECENT_WAYS];
	uint8_t next[RECENT_BUCKETS];
};

/* The answer that was given, or NULL.  `age_ms`: older ones do not count. */
const struct recent_reply *recent_find(const struct recent *, const struct bac_addr *peer, uint8_t invoke, uint8_t service,
                                       uint64_t digest, struct mono now, int64_t age_ms);
void recent_put(struct recent *, const struct bac_addr *peer, uint8_t invoke, uint8_t service, uint64_t digest, struct mono now,
                const uint8_t *apdu, size_t length);

#endif
