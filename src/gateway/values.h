/* All values of a UPS as one row, points first, then states, then bits: for what is asked of all of them alike.  Pure. */
#ifndef GATEWAY_VALUES_H
#define GATEWAY_VALUES_H

#include "ups/snapshot.h"

enum {
	VALUE_POINT = 0, VALUE_STATE = PT_COUNT, VALUE_BITS = PT_COUNT + ST_COUNT,     /* where each kind begins */
	VALUES = PT_COUNT + ST_COUNT + BS_COUNT,
	VALUE_DEVICE_STATUS = VALUE_STATE + ST_DEVICE_STATUS,                          /* the gateway's own, of which a snapshot says nothing */
};

enum value_kind { VALUE_IS_POINT, VALUE_IS_STATE, VALUE_IS_BITS };

/* n: 0..VALUES-1; *id: which of its kind. */
enum value_kind value_kind_of(int n, int *id);
uint8_t value_quality(const struct snapshot *, int n);
void value_set_quality(struct snapshot *, int n, uint8_t quality);
void value_copy(struct snapshot *to, const struct snapshot *from, int n);
uint32_t value_object_id(int n);                             /* of the object that shows it */

#endif
