#include "base/mono.h"

#include <errno.h>
#include <time.h>

struct mono mono_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (struct mono){ (int64_t)t.tv_sec * 1000000000 + t.tv_nsec };
}

void mono_sleep_until(struct mono t)
{
	struct timespec ts = { .tv_sec = t.ns / 1000000000, .tv_nsec = t.ns % 1000000000 };
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}
