/* A client of the control socket for programs that may block: one connection, one call at a time.
 *
 * Failures are texts that a person can act on ("bacnet-upsd is not running: ..."), in *why.  A wait that takes longer than the timeout
 * ends the call, and with it the connection. */
#ifndef CONTROL_CLIENT_H
#define CONTROL_CLIENT_H

#include <jansson.h>
#include <stdint.h>

#include "base/err.h"

struct control_client;

struct control_client *control_client_open(const char *path, int timeout_ms, struct err_at *why);    /* NULL with *why */
void control_client_close(struct control_client *);                                                  /* NULL is fine */

/* The result, a new reference.  `params` is taken, NULL: none.  NULL with *why: no answer, or the server's error in its words. */
json_t *control_client_call(struct control_client *, const char *method, json_t *params, struct err_at *why);

/* The params of the next `update`; timeout_ms < 0 waits for ever.  NULL with *why; an empty why->text: nothing came in time. */
json_t *control_client_update(struct control_client *, int timeout_ms, struct err_at *why);

#endif
