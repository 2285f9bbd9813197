/* Waiting that another thread can end: `fd` becomes readable, for good, when the waiting thread shall stop. */
#ifndef FIELD_STOP_H
#define FIELD_STOP_H

#include <poll.h>
#include <stdbool.h>
#include <time.h>

#include "base/mono.h"

/* Waits until then, or less when it shall stop (false), or when `also` (-1: none) is readable; *ready then says what poll() did. */
static inline bool stop_wait(int fd, int also, struct mono until, short *ready)
{
	struct pollfd p[2] = { { .fd = fd, .events = POLLIN }, { .fd = also, .events = POLLIN } };
	for (;;) {
		int64_t ns = mono_ns_between(mono_now(), until);
		struct timespec t = { .tv_sec = ns > 0 ? ns / 1000000000 : 0, .tv_nsec = ns > 0 ? ns % 1000000000 : 0 };
		ppoll(p, 2, &t, NULL);
		if (p[0].revents)
			return false;
		*ready = p[1].revents;
		if (*ready || mono_now().ns >= until.ns)
			return true;
	}
}

#endif
