/* Talking to the daemon, for the subcommands that show what it knows. */
#ifndef TOOLS_DAEMON_H
#define TOOLS_DAEMON_H

#include "control/client.h"
#include "tools/tool.h"

#define TOOL_CONFIG    "/etc/bacnet-ups/bacnet-ups.conf"
#define TOOL_STATE_DIR "/var/lib/bacnet-ups"

/* Where the socket is: --control, or what the configuration says, or the default.  NULL, with a complaint printed, when nobody
 * listens there. */
struct control_client *daemon_open(struct tool *);

/* One call on a connection of its own.  NULL with a complaint printed. */
json_t *daemon_call(struct tool *, const char *method, json_t *params);

/* Members of an object; never NULL: "" and 0 where there is none. */
const char *text_of(const json_t *, const char *key);
double number_of(const json_t *, const char *key);
long long integer_of(const json_t *, const char *key);
bool flag_of(const json_t *, const char *key);

#endif
