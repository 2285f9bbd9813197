/* What a node says of itself without being asked, and as an answer to who is asked for: I-Am, I-Have; and who else says the same. */
#ifndef SERVICE_ANNOUNCE_H
#define SERVICE_ANNOUNCE_H

#include "base/budget.h"
#include "ev/ev.h"
#include "service/node.h"

struct announce {
	struct ev_timer start;
	struct budget conflicts[2];          /* by enum conflict */
};

void announce_init(struct node *);
void announce_start(struct node *);
void announce_close(struct node *);

void announce_write_i_am(struct wr *, const struct device *);
/* May this source have an answer to this question (its digest) now? */
bool announce_may_answer(struct node *, const struct net_head *, uint64_t digest);
/* Another device uses what is ours. */
void announce_conflict(struct node *, enum conflict, const struct bac_addr *from, uint32_t device_id);

#endif
