/* The local time of one device: the UPS's clock as the manual says (Local_Time is "UPS time"), the time that a BACnet client sent, or
 * the host's, and then counted on by the monotonic clock.
 *
 * What a client sent (TimeSynchronization) wins until the daemon ends: a building has one time.  Before that the UPS's clock counts,
 * and before that the host's.  The UPS's own clock is never set. */
#ifndef DAEMON_CLOCK_H
#define DAEMON_CLOCK_H

#include <stdint.h>

#include "bacnet/tag.h"
#include "base/mono.h"
#include "ups/snapshot.h"

enum clock_source { CLOCK_HOST, CLOCK_UPS, CLOCK_BACNET };

struct device_clock {
	enum clock_source source;
	int64_t local_s;             /* local time as seconds since 1970, as if it were UTC, at the instant `at` */
	struct mono at;
};

void clock_host(struct device_clock *, struct mono now);                     /* reads the host's local time */
void clock_ups(struct device_clock *, const struct ups_clock *);
bool clock_given(struct device_clock *, struct bac_date, struct bac_time, struct mono now);  /* false: not an actual moment */
void clock_read(const struct device_clock *, struct mono now, struct bac_date *, struct bac_time *);
const char *clock_source_text(enum clock_source);

#endif
