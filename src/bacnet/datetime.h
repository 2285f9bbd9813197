/* BACnet dates and times (clause 20.2.12, 20.2.13): which are an actual moment, and which a pattern.  Pure. */
#ifndef BACNET_DATETIME_H
#define BACNET_DATETIME_H

#include "bacnet/tag.h"

/* True for a day that exists in the calendar; the weekday may be BAC_ANY, otherwise it must be the right one. */
bool bac_date_actual(struct bac_date);
bool bac_time_actual(struct bac_time);

uint8_t bac_weekday(struct bac_date);                /* 1 = Monday; of an actual date */

/* Between an actual moment and the seconds since 1 January 1970, by the calendar alone: no zone, no summer time.  Hundredths do not count. */
int64_t bac_seconds(struct bac_date, struct bac_time);
void bac_moment(int64_t seconds, struct bac_date *, struct bac_time *);      /* of the years 1900 to 2154 */

#endif
