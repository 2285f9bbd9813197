/* How a person should feel about what a UPS does, in a row for each word that the object tables have: a colour for `status`, and what
 * monitoring makes of it for `health`. */
#ifndef TOOLS_MOOD_H
#define TOOLS_MOOD_H

#include "tools/tool.h"

#define STALE_MARK "  (stale, "

enum health { HEALTH_OK, HEALTH_WARNING, HEALTH_CRITICAL, HEALTH_UNKNOWN };      /* the exit status, as monitoring plugins have it */

enum tool_colour mood_of(const char *word);      /* PLAIN: it says nothing good or bad */

/* Of the state `word` of the multi-state value `name`.  HEALTH_OK where the word is nothing to worry about. */
enum health mood_health(const char *name, const char *word);

#endif
