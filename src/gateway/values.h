/* All values of a UPS as one row, points first, then states, then bit strings, then each alarm bit of these alone: for what is asked of all of
 * them alike.  Pure. */
#ifndef GATEWAY_VALUES_H
#define GATEWAY_VALUES_H

#include "ups/alarms.h"
#include "ups/snapshot.h"

enum {
	VALUE_POINT = 0, VALUE_STATE = PT_COUNT, VALUE_BITS = PT_COUNT + ST_COUNT,     /* where each kind begins */
	VALUE_ALARM = PT_COUNT + ST_COUNT + BS_COUNT,
	VALUES = PT_COUNT + ST_COUNT + BS_COUNT + ALARM_BITS,
	VALUE_DEVICE_STATUS = VALUE_STATE + ST_DEVICE_STATUS,                          /* the gateway's own, of which a snapshot says nothing */
};

enum value_kind { VALUE_IS_POINT, VALUE_IS_STATE, VALUE_IS_BITS, VALUE_IS_ALARM };

/* n: 0..VALUES-1; *id: which of its kind. */
enum value_kind value_kind_of(int n, int *id);
uint8_t value_quality(const struct snapshot *, int n);
void value_set_quality(struct snapshot *, int n, uint8_t quality);   /* of an alarm bit: nothing, it is its string's */
void value_copy(struct snapshot *to, const struct snapshot *from, int n);
uint32_t value_object_id(int n);                             /* of the object that shows it */

#endif
