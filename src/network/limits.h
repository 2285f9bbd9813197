/* What a stranger may cost: one table of sources for all devices of the process.
 *
 * A source is a real IP address; what is behind a router there (SNET, SADR) is a member of it and has a share of what the address has.
 * Rows are found by SipHash with a key of this process, so nobody outside can choose two addresses that meet; a source that is unknown
 * takes the row that was used longest ago (of strangers if there is one, then of those known for a while, then of those that have proved to
 * be there), and begins with everything: those bounds that must hold whatever addresses are made up are the ones of "all".  Nothing that
 * is not larger than ANSWER_FACTOR times its request is looked at, so a heavy client pays nothing.
 *
 *   limits_spend()        one message of a kind (limits.def)
 *   limits_answer()       octets of an answer that is much larger than what drew it
 *   limits_same()         a question that came before, by another way
 *   limits_allowed()      the networks that are served at all
 *
 * The address of a datagram may be forged, and a SegmentACK can be guessed.  So an address has proved to be there only once it has
 * acknowledged to the end answers whose number of segments was left to chance: limits_proved().  From then on its answers are not
 * limited, until one of them fails; but what is sent again is.  docs/security.md has the figures.  After limits_make() nothing
 * allocates.  One thread. */
#ifndef NETWORK_LIMITS_H
#define NETWORK_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bacnet/addr.h"
#include "base/ipv4.h"
#include "base/mono.h"

struct limits;

#define LIMIT(kind, ...) LIMIT_##kind,
enum limit {
#include "network/limits.def"
	LIMIT_KINDS
};
#undef LIMIT

enum {
	ANSWER_CARRIER = 20 + 8 + 4,         /* around an NPDU */
	ANSWER_FACTOR = 8,                   /* an answer up to so many times its request is free */
	ANSWER_BURST = 16 * 1024,            /* octets beyond that for an address that has proved nothing: at once, */
	ANSWER_PER_S = 256 * 1024,           /* a second; */
	ALL_ANSWER_BURST = 1024 * 1024,      /* for all such addresses */
	ALL_ANSWER_PER_S = 2048 * 1024,
	PROOF_BITS = 8,                      /* guessed right so often, out of 2^8, an address has proved to be there, */
	PROOF_MS = 600000,                   /* for so long after it has last shown it */
	SAME_QUESTION_MS = 100,
	KNOWN_MS = 2000,                     /* heard of for so long, an address may use all of that; before, half */
	KNOWN_REST_MS = 60000,               /* not heard of for so long, it is as good as new */
	ALLOW_MAX = 16,
};

struct limits *limits_make(uint64_t seed);           /* of what is left to chance; 0: the kernel's.  NULL: no memory */
void limits_free(struct limits *);

bool limits_spend(struct limits *, enum limit, const struct bac_addr *from, struct mono now);

/* Octets of answers are counted with what carries them (IPv4, UDP, BVLC).  What came in is worth limits_credit(); an answer that costs more
 * is one to ask about: may `octets` beyond the credit go to this address?  limits_would_answer() spends nothing. */
static inline int64_t limits_credit(size_t npdu)
{
	return ANSWER_FACTOR * (int64_t)(npdu + ANSWER_CARRIER);
}

static inline int64_t limits_cost(size_t npdu)
{
	return (int64_t)(npdu + ANSWER_CARRIER);
}

bool limits_answer(struct limits *, const struct bac_addr *to, struct mono now, int64_t octets);
bool limits_answer_again(struct limits *, const struct bac_addr *to, struct mono now, int64_t octets);      /* that were sent before */
bool limits_would_answer(struct limits *, const struct bac_addr *to, struct mono now, int64_t octets);
bool limits_proven(struct limits *, const struct bac_addr *to, struct mono now);
void limits_proved(struct limits *, const struct bac_addr *from, struct mono now, unsigned bits);
void limits_failed(struct limits *, const struct bac_addr *from);

/* A question (its digest) of this source: false, and remembered, when it is to be answered; true when it came within SAME_QUESTION_MS by
 * another way (enum port_way) and so is the same one.  Asked again by the same way it is another question. */
bool limits_same(struct limits *, const struct bac_addr *from, struct mono now, unsigned way, uint64_t digest);
uint64_t limits_digest(const struct limits *, const void *octets, size_t n);
uint32_t limits_below(struct limits *, uint32_t bound);      /* chance: 0 .. bound - 1 */

/* Only sources in one of these networks are served; n 0: all.  At most ALLOW_MAX. */
void limits_allow(struct limits *, const struct ipv4_net *, size_t n);
bool limits_allowed(const struct limits *, const uint8_t address[4]);

#endif
