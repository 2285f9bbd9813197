/* What a type of object is: its number, its properties as rows, its data.  For the room that owns the type, and for those who walk rows.
 *
 * A type is a const value.  Its room hands it to device_register(), and everything else follows: ReadProperty, WriteProperty,
 * ReadPropertyMultiple, Property_List, Protocol_Object_Types_Supported, the PICS, what is kept over a restart.  The objects of a
 * type lie in one array; behind the head that all share stands the type's own data (object_data). */
#ifndef OBJECT_TYPE_H
#define OBJECT_TYPE_H

#include "bacnet/tag.h"
#include "object/device.h"

enum conformance { CONFORMANCE_REQUIRED, CONFORMANCE_OPTIONAL };     /* at the revision that we claim */
enum shape { SHAPE_SINGLE, SHAPE_ARRAY, SHAPE_LIST };                /* BACnetARRAY, List of */
enum access {                                /* at which level of `writable` clients may write it */
	ACCESS_READ,
	ACCESS_LABEL,                        /* labels */
	ACCESS_SERVICE,                      /* test */
	ACCESS_VALUE,                        /* test, and only while Out_Of_Service */
};

/* index: of an array the element, 1..size; else 0.  A read function writes nothing but the value (of an array: the element). */
typedef void row_read_fn(const struct object *, uint32_t index, struct wr *);
/* Checks datatype and range, keeps what is `kept` (object_keep), takes the value, marks the change; or says why not, and then nothing
 * has changed. */
typedef struct fault row_write_fn(struct object *, uint32_t index, struct rd *value);

struct property_row {
	uint32_t property;                   /* PROP_... below PROP_STANDARD_LIMIT */
	uint8_t conformance, shape, access;
	bool kept;                           /* what a client writes outlives a restart */
	const char *datatype;                /* as ASHRAE 135 spells it */
	const char *limits;                  /* of what may be written, for the PICS; NULL: not written */
	bool (*present)(const struct object *);      /* NULL: in every object of the type */
	uint32_t (*size)(const struct object *);     /* of arrays: number of elements */
	row_read_fn *read;
	row_write_fn *write;                 /* NULL: never written */
	void (*element)(struct rd *);        /* of lists that are written: takes one element, and fails where it is none that can be */
	uint16_t room;                       /* of such lists: elements */
};

struct object_type {
	uint32_t type;                       /* OBJ_... */
	uint8_t present_value;               /* APP_REAL, APP_UNSIGNED, APP_BITS, APP_ENUM when its data begins with struct value (value.h); else 0 */
	const struct property_row *rows;     /* a property once; in the order of Property_List and ALL */
	size_t row_count;
	size_t data_size;
	/* Fills the data, which is zero, from object_conf.with; false: that is not possible.  NULL: there is nothing to fill. */
	bool (*make)(struct object *, const void *with);
};

/* ---- rows that types have in common ---- */

#define ROW(property_, conformance_, shape_, datatype_, ...) \
	{ .property = PROP_##property_, .conformance = CONFORMANCE_##conformance_, .shape = SHAPE_##shape_, .datatype = datatype_, __VA_ARGS__ }

row_read_fn row_read_identifier, row_read_name, row_read_type, row_read_description, row_read_status_flags, row_read_event_state,
	row_read_reliability, row_read_out_of_service, row_read_property_list;
row_write_fn row_write_description;
uint32_t row_size_properties(const struct object *);

#define TEXT_LIMITS "at most 127 octets of UTF-8, no control characters"

#define ROWS_OF_EVERY_TYPE \
	ROW(OBJECT_IDENTIFIER, REQUIRED, SINGLE, "BACnetObjectIdentifier", .read = row_read_identifier), \
	ROW(OBJECT_NAME, REQUIRED, SINGLE, "CharacterString", .read = row_read_name), \
	ROW(OBJECT_TYPE, REQUIRED, SINGLE, "BACnetObjectType", .read = row_read_type), \
	ROW_DESCRIPTION
#define ROW_DESCRIPTION \
	ROW(DESCRIPTION, OPTIONAL, SINGLE, "CharacterString", .read = row_read_description, .write = row_write_description, \
	    .access = ACCESS_LABEL, .kept = true, .limits = TEXT_LIMITS)
#define ROW_STATUS_FLAGS \
	ROW(STATUS_FLAGS, REQUIRED, SINGLE, "BACnetStatusFlags", .read = row_read_status_flags)
#define ROW_PROPERTY_LIST \
	ROW(PROPERTY_LIST, REQUIRED, ARRAY, "BACnetARRAY[N] of BACnetPropertyIdentifier", .size = row_size_properties, \
	    .read = row_read_property_list)

/* ---- for the functions of a type ---- */

void *object_data(struct object *);
const void *object_data_of(const struct object *);

/* Something has changed (enum change): listeners are told at the next device_settle(). */
void object_mark(struct object *, unsigned changes);

/* To be called by the write function of a kept row when the value is good and before it is taken.  DONE, or the fault to return. */
struct fault object_keep(const struct object *, uint32_t property, const struct wr *value);
/* Why an element could not be taken. */
struct fault row_element_fault(const struct rd *);
/* The value that is being written comes from `recall`, in the form in which it was kept. */
bool object_recalling(const struct object *);

/* The whole value that a client writes; a fault: another datatype, or more than one. */
struct fault take_bool(struct rd *, bool *);
struct fault take_unsigned(struct rd *, uint64_t *);
struct fault take_enum(struct rd *, uint64_t *);
struct fault take_real(struct rd *, float *);
struct fault take_bits(struct rd *, struct bac_bits *);
struct fault take_text(struct rd *, char to[DEVICE_TEXT_MAX + 1]);   /* printable UTF-8 that fits, terminated */

/* The same, kept, and taken into *to; the change is marked. */
struct fault row_write_unsigned(struct object *, uint32_t property, uint32_t most, struct rd *, uint32_t *to);
struct fault row_write_bool(struct object *, uint32_t property, struct rd *, bool *to);

#endif
