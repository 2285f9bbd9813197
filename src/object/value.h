/* What objects with a Present_Value of our own have in common: Analog Value, Binary Value, Multi-state Value, BitString Value.  The owner sets the
 * value with its Reliability; a client may set both while the object is out of service, and then the owner's wait aside. */
#ifndef OBJECT_VALUE_H
#define OBJECT_VALUE_H

#include "object/alarm.h"

union shown {                                /* Present_Value; compared as a word, so that NaN is equal to itself */
	float real;
	uint32_t word;
};

struct value {                               /* the first member of a type's data */
	union shown shown, aside;            /* aside: what the owner would show, while Out_Of_Service */
	uint16_t aside_reliability;
	struct alarm alarm;
};

/* Present_Value by value; 0 of a type that has none such. */
float object_real(const struct object *);                    /* of an Analog Value */
uint32_t object_word(const struct object *);                 /* state of a Multi-state or Binary Value, bits of a BitString Value */

/* ---- for the types ---- */

void value_begin(struct object *, union shown, unsigned reliability);        /* what it shows until it is set */
void value_set(struct object *, union shown, unsigned reliability);          /* by the owner */
void value_write(struct object *, union shown);                              /* by a client, out of service */

row_write_fn row_write_reliability, row_write_out_of_service;

#define ROW_PRESENT_VALUE(datatype_, read_, write_, limits_) \
	ROW(PRESENT_VALUE, REQUIRED, SINGLE, datatype_, .read = read_, .write = write_, .access = ACCESS_VALUE, .limits = limits_)
#define ROWS_OF_STATUS(conformance_) \
	ROW_STATUS_FLAGS, \
	ROW(EVENT_STATE, conformance_, SINGLE, "BACnetEventState", .read = row_read_event_state), \
	ROW(RELIABILITY, OPTIONAL, SINGLE, "BACnetReliability", .read = row_read_reliability, .write = row_write_reliability, \
	    .access = ACCESS_VALUE, .limits = "a Reliability of the standard, or 64 to 65535"), \
	ROW(OUT_OF_SERVICE, conformance_, SINGLE, "BOOLEAN", .read = row_read_out_of_service, .write = row_write_out_of_service, \
	    .access = ACCESS_SERVICE, .limits = "TRUE, FALSE")

#endif
