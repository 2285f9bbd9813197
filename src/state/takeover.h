/* What an older version kept in two files, settings.conf and state.json, put into the table of this one.  Done once: when there is no
 * kept.json yet.
 *
 * settings.conf held, in the syntax of bacnet-ups.conf, options and the sections [object NAME/analog-value:5] with what BACnet clients wrote;
 * state.json held Database_Revision and what was known of the UPS.  Nothing in them is a reason to refuse: what can be read is taken. */
#ifndef STATE_TAKEOVER_H
#define STATE_TAKEOVER_H

#include <stdbool.h>

#include "state/kept.h"

enum takeover { TAKEOVER_NOTHING, TAKEOVER_WHOLE, TAKEOVER_DAMAGED };      /* damaged: `why` says where; the rest was taken */

enum takeover takeover_settings(struct kept *, const char *path, char *why, size_t size);
enum takeover takeover_state(struct kept *, const char *path, char *why, size_t size);

#endif
