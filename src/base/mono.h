/* An instant on the monotonic clock, as a type of its own so that it never meets a wall clock or a duration by accident.
 * Only ev (the loop's time) and field (the serial line's thread) read the clock; everybody else is given an instant. */
#ifndef BASE_MONO_H
#define BASE_MONO_H

#include <stdbool.h>
#include <stdint.h>

struct mono {
	int64_t ns;      /* nanoseconds since an arbitrary start; 0 = never */
};

struct mono mono_now(void);                                  /* CLOCK_MONOTONIC */
void mono_sleep_until(struct mono t);                        /* for threads that may block; returns at once when t has passed */

static inline struct mono mono_add_ns(struct mono t, int64_t ns)
{
	return (struct mono){ t.ns + ns };
}

static inline struct mono mono_add_ms(struct mono t, int64_t ms)
{
	return (struct mono){ t.ns + ms * 1000000 };
}

static inline int64_t mono_ns_between(struct mono from, struct mono to)
{
	return to.ns - from.ns;
}

static inline int64_t mono_ms_between(struct mono from, struct mono to)
{
	return (to.ns - from.ns) / 1000000;
}

static inline bool mono_is_set(struct mono t)
{
	return t.ns != 0;
}

#endif
