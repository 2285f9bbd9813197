/* The words of a UPS's clock, out of the time of this host: what family/identity.c reads, backwards.  Pure: the instant is given. */
#ifndef SIM_CLOCK_H
#define SIM_CLOCK_H

#include <time.h>

#include "family/family.h"

/* Word `index` of this block at local time `now`.  False, and *word as it was, when it is no word of a clock.  *word comes in as it
 * stands, because a word may hold other things beside. */
bool clock_word(const struct family *, int block, int index, const struct tm *now, uint16_t *word);

#endif
