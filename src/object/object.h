/* One object of a device: its values for those who show it inside this process, its properties for those who speak BACnet.
 *
 * object_read() writes a property's value, application-tagged, straight into the answer.  object_write() applies every rule of
 * writing (clause 15.9) in order: property, array index, access, datatype, range, room to keep it.  Rows can be walked, so that
 * ReadPropertyMultiple ALL, Property_List and the PICS need no list of their own. */
#ifndef OBJECT_OBJECT_H
#define OBJECT_OBJECT_H

#include "object/device.h"
#include "object/value.h"

/* ---- by value ---- */

struct device *object_device(const struct object *);
const struct object_type *object_type(const struct object *);
uint32_t object_id(const struct object *);
const char *object_name(const struct object *);              /* terminated */
const char *object_description(const struct object *);       /* never NULL */
unsigned object_reliability(const struct object *);
bool object_out_of_service(const struct object *);
uint8_t object_status_flags(const struct object *);          /* bit 0 in-alarm, 1 fault, 2 overridden, 3 out-of-service */

/* ---- what the owner sets ---- */

void object_set_description(struct object *, const char *);  /* borrowed; shown unless a client has written one */

/* ---- by property ---- */

/* index: BAC_ARRAY_ALL, 0 (the size), or 1..size.  A value that does not fit leaves the writer full, at once: nothing goes on for an
 * answer that cannot be sent.  No property costs more than its length. */
struct fault object_read(const struct object *, uint32_t property, uint64_t index, struct wr *);
/* value: a reader over whole tags (bac_enclosed).  The priority is without effect: nothing here is commandable. */
struct fault object_write(struct object *, uint32_t property, uint64_t index, struct rd value);

enum list_change { LIST_ADD, LIST_REMOVE };
/* Adds elements to a list, or removes them: all, or none.  *failed: the number of the first element that could not be, from 1; 0: it is not
 * the elements. */
struct fault object_change_list(struct object *, uint32_t property, uint64_t index, enum list_change, struct rd elements, uint32_t *failed);

bool object_has(const struct object *, uint32_t property);

/* The rows of the properties that this object has, in the order of its type; *cursor starts at 0.  NULL at the end. */
const struct property_row *object_row_next(const struct object *, size_t *cursor);

#endif
