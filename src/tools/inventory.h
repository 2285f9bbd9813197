/* What one device has: the objects of a gateway with this configuration and family, or those that a running gateway says it has.  The
 * exports walk it, so that an EDE or a list of points has no object that nobody will find.
 *
 * "With this configuration" is not a rule written a second time: a device is made and the gateway fills it, as the daemon does, with a UPS
 * of this family that has not been read yet. */
#ifndef TOOLS_INVENTORY_H
#define TOOLS_INVENTORY_H

#include <jansson.h>

#include "conf/conf.h"
#include "family/family.h"
#include "ups/alarms.h"
#include "ups/points.h"

/* Decimals of an analog value's register, beyond 0..3. */
enum {
	DECIMALS_UNKNOWN = -1,               /* the family's, and no family is named */
	DECIMALS_FACTOR = -2,                /* one where the UPS says factor_10, else none */
	DECIMALS_NONE = -3,                  /* the family has no such register */
};

enum { INVENTORY_TEXT = 128 };

struct inventory_object {
	bool there;
	int decimals;                        /* of an analog value */
	char name[INVENTORY_TEXT], description[INVENTORY_TEXT];
};

struct device;
struct gateway;

struct inventory {
	uint32_t instance;
	char name[INVENTORY_TEXT], description[INVENTORY_TEXT];
	bool standard;                       /* object map */
	struct inventory_object point[PT_COUNT], state[ST_COUNT], bits[BS_COUNT], alarm[ALARM_BITS];
	struct device *device;               /* as the daemon makes it; for its properties */
	struct gateway *gateway;
};

/* family NULL: everything that any family may have.  False: no memory. */
bool inventory_make(struct inventory *, const struct conf *, const struct family *, enum ups_system);
void inventory_free(struct inventory *);

/* Over an inventory that was made: what `status` and `objects` of a running gateway say (docs/control.md) of this UPS.  False: it has
 * none of this name, or no device. */
bool inventory_take_running(struct inventory *, const json_t *status, const json_t *objects, const char *ups);

#endif
