/* Many sockets that wait to be told something: 100 of them, spread over NET_MANY addresses, since one address may not take the whole table of
 * subscriptions.  Blocking, one thread. */
#ifndef BENCH_HEARERS_H
#define BENCH_HEARERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mono.h"
#include "bench/net.h"

enum { HEARERS = 100 };

struct hearers {
	int fd[HEARERS];
	int poll;                        /* an epoll of them */
};

bool hearers_open(struct hearers *, const struct net *, uint16_t port);      /* connected to that port of the servers' side */
void hearers_close(struct hearers *);

/* Everything that comes until `count` datagrams have been taken, or nothing has come for `silent_ms`.  take: is it one that counts?  How
 * many were, and when the last of them came. */
typedef bool hearer_fn(void *ctx, unsigned hearer, const uint8_t *in, size_t n, struct mono at);
unsigned hearers_hear(struct hearers *, unsigned count, int silent_ms, hearer_fn *take, void *ctx, struct mono *last);

#endif
