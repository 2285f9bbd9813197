/* The functions behind the rows of table.c: for the files of this room only. */
#ifndef API_METHODS_H
#define API_METHODS_H

#include "api/api.h"
#include "bacnet/event.h"

rpc_method_fn api_version, api_status, api_objects, api_counters, api_watch, api_subscriptions, api_alarms, api_acknowledge;
rpc_method_fn api_restart;
rpc_later_fn api_save;

const char *api_event_state_text(unsigned state);            /* "normal", "fault", "offnormal", "high-limit", "low-limit" */
json_t *api_stamp_json(const struct event_stamp *);          /* "YYYY-MM-DD hh:mm:ss" by the device's clock; null where it had none */

#endif
