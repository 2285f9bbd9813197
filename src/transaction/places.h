/* Where transactions in segments live: requests that are being collected, answers that are being sent, of all servers of the process.
 *
 * A place is small.  The octets of answers stand in a pool of blocks, a request that is collected has one of a few rooms; so there are many
 * places and little memory, all of it taken at places_make() and touched when it is used.  When there is no place, block or room, the
 * weakest gives way: places_weakest().  Only the store: what is sent is the server's matter (server.h).  One thread. */
#ifndef TRANSACTION_PLACES_H
#define TRANSACTION_PLACES_H

#include "bacnet/apdu.h"
#include "network/network.h"
#include "transaction/incoming.h"
#include "transaction/outgoing.h"

struct server;

enum {
	PLACES_ANSWERS = 256, PLACES_REQUESTS = 16, PLACES_PROOFS = 256,     /* at once */
	PLACES_BLOCK = 1024, PLACES_BLOCKS = 2048,           /* octets of the answers */
	PLACES_ANSWER_MAX = 65536,                           /* of one */
	PLACES_REQUEST_MAX = 64 * 1500,                      /* of one request */
	PLACES_IDLE_MS = 250,                                /* so long a peer that has acknowledged something is left alone */
};

/* PROVES: an answer that was acknowledged to its end, remembered for a moment, to see whether the acknowledgements end there too. */
enum place_state { PLACE_FREE, PLACE_COLLECTS, PLACE_ANSWERS, PLACE_PROVES, PLACE_STATES };

struct place {
	struct ev_timer timer;
	struct server *server;
	struct net_head head;                /* of the request */
	struct apdu apdu;                    /* its header, or that of its first segment */
	uint64_t digest;                     /* of the body of an unsegmented request: to know it again */
	struct mono begun, moved;            /* moved: last progress; PROVES: begun when its answer ended */
	uint8_t state;                       /* enum place_state */
	bool acknowledged;                   /* the peer has said something that fits what was sent to it; COLLECTS: and has proved to be there */
	bool held;                           /* what is next waits for its budget */
	uint8_t bits;                        /* what the peer had to guess to acknowledge the end */
	int64_t credit;                      /* octets that may still leave for what came in */
	int room;                            /* COLLECTS; -1: none */
	int block;                           /* ANSWERS, the first; -1: none */
	unsigned blocks;
	struct incoming in;
	struct outgoing out;
	unsigned at;                         /* in the list of live ones */
};

struct places;

struct places *places_make(void);            /* NULL: no memory */
void places_free(struct places *);           /* no place may be live */

/* Room of PLACES_ANSWER_MAX octets in which an answer is written before it is known how long it is; whoever writes next takes it again. */
uint8_t *places_scratch(struct places *);

/* A new one, its timer made for `expired`; NULL when there is none. */
struct place *places_take(struct places *, enum place_state, struct server *, void (*expired)(struct ev_timer *));
void places_end(struct places *, struct place *);
/* Keeps an answer in blocks; false: there are not enough of them. */
bool places_keep(struct places *, struct place *, const uint8_t *answer, size_t length);
void places_copy(const struct places *, const struct place *, size_t from, size_t length, uint8_t *to);

struct place *places_find(const struct places *, const struct server *, const struct bac_addr *peer, uint8_t invoke);
struct place *places_of(const struct places *, const struct server *);       /* any of this server's; NULL: none is live */
unsigned places_live(const struct places *);         /* that collect or answer */

/* PROVES: of this answer; any of this address (NULL: none). */
struct place *places_proof(const struct places *, const struct server *, const struct bac_addr *peer, uint8_t invoke);
struct place *places_proof_of(const struct places *, const struct bac_addr *peer);
/* Is an answer on its way that was left to chance, began before this proof, and that somebody at the same address acknowledges? */
bool places_staked(const struct places *, const struct place *proof);

/* Who gives way to another one of this state from this address: an address that has half of what there is gives way itself, before others
 * do.  First the one that has waited longest for a peer that has acknowledged nothing; else the one that has waited longest, when that is
 * PLACES_IDLE_MS at least.  NULL: nobody. */
struct place *places_weakest(const struct places *, enum place_state, const struct bac_addr *from, struct mono now);

#endif
