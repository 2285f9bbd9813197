/* Objects as people name them.  Case does not count anywhere.
 *
 *     AV 70   AV70   av:70   analog-value:70   analog-value,70   2:70      a type and an instance, as printed and as typed
 *     device  network-port                                                  the one of its kind, instance 4194303
 *     BATTERY_%   BATTERY_*                                                 a name, or the beginning of names
 *
 * Pure; the table of short types is that of building people, and all other types go by the names of the standard. */
#ifndef TOOLS_OBJECT_NAME_H
#define TOOLS_OBJECT_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One text.  False: it is no type with an instance (it may still be a name). */
bool object_name_parse(const char *text, uint32_t *id);

/* From the front of a command line, where "AV 70" may be two arguments.  How many it takes: 1 or 2; 0: it begins with no object.  `count`
 * leaves out what must follow: in "device 77" of `read 1338 device 77` the number is a property. */
int object_name_take(char *const *args, int count, uint32_t *id);

/* "AV 70", "device 1338". */
const char *object_name_brief(uint32_t id, char *buffer, size_t size);

/* Is this object the one that a person means by `text`: its identifier, its name, or a beginning of it with a * behind? */
bool object_name_is(const char *text, uint32_t id, const char *name);

/* How far a name is from what somebody typed: letters to be changed, put in or taken out.  For "did you mean". */
unsigned object_name_distance(const char *typed, const char *name);

#endif
