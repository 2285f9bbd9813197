/* What watchers are told: each change of an object the moment its device has settled, in order, and nothing twice.
 *
 * A device tells of its objects (object/device.h, listeners); what a snapshot holds and no object shows (a reading behind an object that is
 * out of service) is looked at when the snapshot has been shown: api_updates_snapshot().  Belongs to the loop's thread. */
#ifndef API_UPDATES_H
#define API_UPDATES_H

#include "api/api.h"

/* Listens to the device of each UPS of the view until it is freed.  NULL: no memory.  `publish` gets {"changes": [entries of `objects`]},
 * borrowed, when somebody watches. */
struct api_updates *api_updates_make(const struct api_view *, void (*publish)(void *ctx, json_t *update), void *ctx);
void api_updates_free(struct api_updates *);             /* while the devices still live; NULL is fine */

void api_updates_snapshot(struct api_updates *, int ups);        /* a snapshot has been shown */

/* What the next watcher is told in the answer of `watch` is what is known; nothing to do while others watch. */
void api_updates_begin(struct api_updates *);

#endif
