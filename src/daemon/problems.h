/* What is wrong at the moment, in words that say what to do, for the control socket's status. */
#ifndef DAEMON_PROBLEMS_H
#define DAEMON_PROBLEMS_H

#include "api/problems.h"
#include "daemon/config.h"
#include "daemon/station.h"

/* Each adds what it finds.  `name` of a station: NULL where there is only one. */
void problems_of_state(struct api_problems *, const struct state *);
void problems_of_config(struct api_problems *, const struct config *);
void problems_of_station(struct api_problems *, const struct station *, const char *name);

#endif
