/* The time of one device: UTC, local time, and how the one follows from the other.
 *
 * What a client sent (TimeSynchronization, UTCTimeSynchronization) wins until the daemon ends: a building has one time.  Before that
 * the UPS's clock counts, whose local time is shown as the manual says (Local_Time is "UPS time"), and before that, or where it shall not count,
 * the host's.
 *
 * Local time follows the host's time zone, with its summer time, at the time that the clock shows; or a fixed UTC_Offset when one is
 * configured, without summer time.  At every moment local = UTC - UTC_Offset + (60 minutes while Daylight_Savings_Status is TRUE), so that
 * both kinds of synchronisation agree all year. */
#ifndef DAEMON_CLOCK_H
#define DAEMON_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "bacnet/tag.h"
#include "base/mono.h"
#include "ups/snapshot.h"

enum clock_source { CLOCK_HOST, CLOCK_UPS, CLOCK_BACNET };
enum { CLOCK_QUARTER_MS = 15 * 60 * 1000 };  /* time zones change at a quarter of an hour */

struct device_clock {
	enum clock_source source;
	bool host_only;                      /* the clock of the UPS does not count */
	bool fixed;                          /* offset_min counts, not the host's zone */
	int32_t offset_min;                  /* UTC_Offset: west positive */
	int64_t (*host_ms)(void);            /* UTC in milliseconds since 1970 */
	int64_t ms;                          /* what the source said at the instant `at`: UTC, but local time of a UPS */
	struct mono at;
};

struct clock_zone {
	int16_t utc_offset_min;              /* west positive */
	bool daylight_saving;
};

void clock_init(struct device_clock *, int64_t (*host_ms)(void));
void clock_set_zone(struct device_clock *, bool fixed, int32_t offset_min);

void clock_set_ups(struct device_clock *, bool counts);      /* does the UPS's clock count (`clock` of the configuration)?  It does from the start */
bool clock_ups(struct device_clock *, const struct ups_clock *);      /* true: from now on it is the source */
/* An actual moment (bac_date_actual(), bac_time_actual()). */
void clock_given(struct device_clock *, struct bac_date, struct bac_time, bool utc, struct mono now);

/* Local time as a clock of the UPS would say it, and how far that clock is ahead of it. */
struct ups_clock clock_for_ups(const struct device_clock *, struct mono now);
int64_t clock_ups_ahead_ms(const struct device_clock *, const struct ups_clock *, struct mono now);

void clock_read(const struct device_clock *, struct mono now, struct bac_date *, struct bac_time *);         /* local */
struct clock_zone clock_zone(const struct device_clock *, struct mono now);
int64_t clock_ms_to_quarter(const struct device_clock *, struct mono now);   /* until the zone may change: > 0 */

int64_t clock_of_host(void);                 /* for clock_init() */

#endif
