/* A bounded queue of values between two threads, newest wins: when it is full the oldest value is dropped.
 *
 * The only thing that threads of this program share.  Values are copied in and out under a mutex that nobody holds for longer
 * than the copy.  `wake` is called after each put, outside the mutex, on the putting thread (the daemon hands ev_wake here). */
#ifndef BASE_QUEUE_H
#define BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

struct queue;

/* slots >= 1.  NULL when there is no memory. */
struct queue *queue_make(size_t value_size, size_t slots, void (*wake)(void *ctx), void *ctx);
void queue_free(struct queue *);                     /* after both threads have stopped using it */

void queue_put(struct queue *, const void *value);   /* never blocks, never fails */
bool queue_take(struct queue *, void *value);        /* oldest first; false when empty */

#endif
