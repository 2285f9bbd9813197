/* The running timers of one loop, earliest first: a pairing heap through the timers themselves, so that it needs no memory and has
 * no bound.  Equal times keep the order of starting. */
#ifndef EV_HEAP_H
#define EV_HEAP_H

#include "ev/ev.h"

/* Each gives the new root. */
struct ev_timer *ev_heap_insert(struct ev_timer *root, struct ev_timer *);
struct ev_timer *ev_heap_remove(struct ev_timer *root, struct ev_timer *);

#endif
