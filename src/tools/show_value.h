/* BACnet values of any datatype as JSON and as text for people, with names for enumerations where the property tells which. */
#ifndef TOOLS_SHOW_VALUE_H
#define TOOLS_SHOW_VALUE_H

#include <jansson.h>

#include "base/rd.h"

/* All values that a property's answer holds, in order: numbers, texts, bits as "0101", identifiers as "analog-value:5", dates, times;
 * what stands between tags as an array of its own.  NULL: malformed, rd_why_text(r->why) says how. */
json_t *show_values(struct rd *r, uint32_t property);

/* One of these values for people; quoted texts, {lists}. */
void show_text(FILE *, const json_t *value);

/* "analog-value:5". */
const char *show_object(uint32_t id, char *buffer, size_t size);
/* "present-value", "4711" when it has no name. */
const char *show_property(uint32_t property, char *buffer, size_t size);

#endif
