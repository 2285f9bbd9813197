/* What is known of a UPS over a restart, as JSON for the kept document: who it was and what it does not manage.  So a device that starts
 * before its UPS answers has the name and the objects that it was commissioned with.
 *
 *     {"identity": {"family": "masterys", "model": ...}, "not_managed": [8388611, ...]} */
#ifndef DAEMON_MEMORY_H
#define DAEMON_MEMORY_H

#include <jansson.h>
#include <stdbool.h>

#include "gateway/gateway.h"

json_t *memory_to_json(const struct gateway_memory *);       /* a new reference; NULL: no memory */

/* A member that is not there, or that cannot be true (a number out of its range), is unknown.  False when there was one of the latter. */
bool memory_from_json(const json_t *, struct gateway_memory *);

#endif
