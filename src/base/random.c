#include "base/random.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

void random_octets(void *to, size_t n)
{
	uint8_t *p = to;
	while (n) {
		ssize_t got = getrandom(p, n, 0);
		if (got < 0 && errno != EINTR)
			abort();                 /* a kernel without getrandom(2), which is older than all that we run on */
		if (got > 0) {
			p += got;
			n -= (size_t)got;
		}
	}
}

struct random random_make(uint64_t seed)
{
	struct random r = { seed };
	if (!seed)
		random_octets(&r.state, sizeof r.state);
	return r;
}

/* SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014). */
static uint64_t next(struct random *r)
{
	uint64_t z = r->state += 0x9E3779B97F4A7C15ull;
	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
	z = (z ^ z >> 27) * 0x94D049BB133111EBull;
	return z ^ z >> 31;
}

uint32_t random_below(struct random *r, uint32_t bound)
{
	return (uint32_t)((next(r) >> 32) * bound >> 32);
}
