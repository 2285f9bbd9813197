/* What is random: octets that nobody can guess, and a small generator for what is only to be spread (delays, first invoke ids), which
 * a test gives a seed to see the same run twice. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

void random_octets(void *to, size_t n);      /* the kernel's; never fails, may wait in the first seconds after the machine started */

struct random {
	uint64_t state;
};

struct random random_make(uint64_t seed);    /* 0: a seed from the kernel */
uint32_t random_below(struct random *, uint32_t bound);     /* 0 .. bound - 1; 0 for bound 0 */

#endif
