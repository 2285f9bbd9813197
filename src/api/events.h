/* Who asks for it is told of each event: a transition of an alarm, or an acknowledgement, the moment it happens.  Belongs to the loop's
 * thread. */
#ifndef API_EVENTS_H
#define API_EVENTS_H

#include "api/api.h"

struct api_events;

/* Listens to the node of each UPS of the view until it is freed.  NULL: no memory.  `publish` gets {"events": [one]} (docs/control.md),
 * borrowed, when somebody watches. */
struct api_events *api_events_make(const struct api_view *, void (*publish)(void *ctx, json_t *update), void *ctx);
void api_events_free(struct api_events *);               /* while the nodes still live; NULL is fine */

#endif
