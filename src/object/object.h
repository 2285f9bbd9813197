/* One object of a device: its values for those who show it inside this process, its properties for those who speak BACnet.
 *
 * object_read() writes a property's value, application-tagged, straight into the answer.  object_write() applies every rule of
 * writing (clause 15.9) in order: property, array index, access, datatype, range.  Property tables can be walked, so that
 * ReadPropertyMultiple ALL, Property_List and the PICS need no list of their own. */
#ifndef OBJECT_OBJECT_H
#define OBJECT_OBJECT_H

#include "object/device.h"

/* ---- by value ---- */

struct device *object_device(const struct object *);
uint32_t object_id(const struct object *);
const char *object_name(const struct object *);              /* terminated */
const char *object_description(const struct object *);
float object_real(const struct object *);                    /* Present_Value of an Analog Value */
uint32_t object_word(const struct object *);                 /* state of a Multi-state Value, bits of a BitString Value */
uint32_t object_states(const struct object *);               /* Number_Of_States, or number of bits */
uint32_t object_units(const struct object *);
unsigned object_reliability(const struct object *);
bool object_out_of_service(const struct object *);
uint8_t object_status_flags(const struct object *);          /* bit 0 in-alarm, 1 fault, 2 overridden, 3 out-of-service */
float object_cov_increment(const struct object *);
bool object_description_written(const struct object *);      /* by a client */

/* ---- by property ---- */

/* index: BAC_ARRAY_ALL, 0 (the size), or 1..size.  A value that does not fit leaves the writer full. */
struct fault object_read(struct object *, uint32_t property, uint64_t index, struct wr *);
/* value: a reader over whole tags (bac_enclosed).  The priority is without effect: nothing here is commandable. */
struct fault object_write(struct object *, uint32_t property, uint64_t index, struct rd value);

enum conformance { CONFORMANCE_REQUIRED, CONFORMANCE_OPTIONAL };
enum property_kind { PROPERTY_SINGLE, PROPERTY_ARRAY, PROPERTY_LIST };
/* At which level of `writable`: LABEL from labels on, the others with test; VALUE: only while Out_Of_Service. */
enum property_write { WRITE_NEVER, WRITE_LABEL, WRITE_SERVICE, WRITE_VALUE };

struct property_info {
	uint32_t property;
	uint8_t conformance, kind, write;
	const char *datatype;                /* as ASHRAE 135 spells it */
};

/* The n-th property of a type's table, or of an object (those that are absent in this object left out); false beyond the end. */
bool object_type_property(uint32_t type, size_t n, struct property_info *);
/* A walk: *cursor starts at 0. */
bool object_property_next(const struct object *, size_t *cursor, struct property_info *);

/* The types this code knows, for Protocol_Object_Types_Supported and the PICS; false beyond the end. */
bool object_type_at(size_t n, uint32_t *type);
uint64_t object_types_supported(void);

#endif
