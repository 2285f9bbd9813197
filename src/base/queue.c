#include "base/queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct queue {
	pthread_mutex_t lock;
	size_t size, slots, first, used;
	void (*wake)(void *ctx);
	void *ctx;
	unsigned char values[];
};

struct queue *queue_make(size_t size, size_t slots, void (*wake)(void *), void *ctx)
{
	struct queue *q = calloc(1, sizeof *q + size * slots);
	if (!q)
		return NULL;
	pthread_mutex_init(&q->lock, NULL);
	q->size = size;
	q->slots = slots;
	q->wake = wake;
	q->ctx = ctx;
	return q;
}

void queue_free(struct queue *q)
{
	if (!q)
		return;
	pthread_mutex_destroy(&q->lock);
	free(q);
}

void queue_put(struct queue *q, const void *value)
{
	pthread_mutex_lock(&q->lock);
	if (q->used == q->slots) {
		q->first = (q->first + 1) % q->slots;
		q->used--;
	}
	memcpy(q->values + (q->first + q->used) % q->slots * q->size, value, q->size);
	q->used++;
	pthread_mutex_unlock(&q->lock);
	if (q->wake)
		q->wake(q->ctx);
}

bool queue_take(struct queue *q, void *value)
{
	pthread_mutex_lock(&q->lock);
	bool got = q->used > 0;
	if (got) {
		memcpy(value, q->values + q->first * q->size, q->size);
		q->first = (q->first + 1) % q->slots;
		q->used--;
	}
	pthread_mutex_unlock(&q->lock);
	return got;
}
