/* Sending the time to others (clause 12.11, BIBB DM-ATS-A): TimeSynchronization to each of Time_Synchronization_Recipients and
 * UTCTimeSynchronization to each of UTC_Time_Synchronization_Recipients, every Time_Synchronization_Interval, and a second after a client
 * has changed one of the lists.  What is sent is Local_Time; nothing is where the clock is unknown, or was plainly never set.
 *
 * An interval that divides the day is kept to the clock when Align_Intervals is TRUE; a clock that jumps over the moment sends at once.  For
 * the service files only. */
#ifndef SERVICE_TIME_MASTER_H
#define SERVICE_TIME_MASTER_H

#include "ev/ev.h"
#include "service/telling.h"

struct time_telling {
	struct node *node;
	struct telling local, utc;
	struct device_listener listener;
	struct ev_timer due;                 /* the next look at the clock, or the end of the interval */
	struct ev_timer written;             /* running: a list was written */
	struct time_master set;              /* as it was when `due` was set */
	bool aligned, period_known;
	int64_t period;                      /* aligned: intervals since 1970 that had begun at the last look */
};

void time_master_init(struct node *);
void time_master_close(struct node *);

#endif
