/* What a node counts (counters.def), and the log line of each refusal: at most one a minute for each kind, so that nobody can fill a disk
 * from outside.  One struct counts a node, written by network, transaction and service alike; they belong to the loop's thread. */
#ifndef NETWORK_COUNTS_H
#define NETWORK_COUNTS_H

#include "bacnet/addr.h"
#include "base/log.h"
#include "ev/ev.h"

#define COUNTER(id, text) uint64_t id;
struct counters {
#include "network/counters.def"
};
#undef COUNTER

#define COUNTER(id, text) COUNT_##id,
enum counter {
#include "network/counters.def"
	COUNTERS
};
#undef COUNTER

struct counts {
	struct counters n;
	struct log_limit line[COUNTERS];
	const struct ev_loop *loop;          /* borrowed, as the log is */
	const struct log *log;
};

/* Counts a refusal and says so now and then. */
#define REFUSE(counts, counter, from) ((counts)->n.counter++, counts_refused((counts), COUNT_##counter, (from)))
void counts_refused(struct counts *, enum counter, const struct bac_addr *from);

/* The n-th counter's name and value; false beyond the end. */
bool counts_at(const struct counts *, size_t n, const char **name, const char **text, uint64_t *value);

#endif
