/* Turns snapshots of one UPS into the objects of one BACnet device: which object shows which point, and how.
 *
 * The only room that sees both worlds.  Data comes in by gateway_update() and goes out by the setters of object/device.h; nothing
 * flows back.  Belongs to the loop's thread; borrows the device, which has been made by the caller and whose objects (88 analog
 * values, 10 multi-state values, 3 bit strings) the gateway alone adds and removes.
 *
 * Two object maps (TBK 17 91083, reading 7):
 *   socomec    all 101 objects, always.  Present_Value is the integer of the object table as REAL; -1 is "not available";
 *              a single unit's UPS-level values are 0
 *   standard   engineering units.  What this UPS does not manage has no object; what is not available has NO_SENSOR
 * In both, what was read and is no longer heard of keeps its value with COMMUNICATION_FAILURE, and so does what was never read. */
#ifndef GATEWAY_GATEWAY_H
#define GATEWAY_GATEWAY_H

#include "object/device.h"
#include "ups/snapshot.h"

enum gateway_map { GATEWAY_MAP_SOCOMEC, GATEWAY_MAP_STANDARD };

enum { GATEWAY_OBJECTS = PT_COUNT + ST_COUNT + BS_COUNT };

struct gateway_conf {
	enum gateway_map map;
	char device_name[64];        /* template with {model}, {serial}, {instance}, {unit} */
	uint8_t unit_number;         /* as configured; shown in Location */
};

/* What a client wrote and the caller keeps over restarts; asked for whenever an object is made.  Any of them may be NULL. */
struct gateway_hooks {
	void *ctx;
	const char *(*description)(void *ctx, uint32_t object_id);               /* NULL: nobody wrote one */
	bool (*cov_increment)(void *ctx, uint32_t object_id, float *engineering);/* in engineering units, whatever the map */
};

struct gateway;

/* NULL when there is no memory or no room in the device.  The objects are there at once, with nothing read yet. */
struct gateway *gateway_make(struct device *, const struct gateway_conf *, const struct gateway_hooks *);
void gateway_free(struct gateway *);

/* A new snapshot; the gateway keeps a copy.  A snapshot whose identity is empty does not know the UPS yet (the link was started, or
 * started anew): names and the choice of objects stay as they are, and what had been read stays as a stale reading. */
void gateway_update(struct gateway *, const struct snapshot *);

/* A live change of settings: objects come and go, values are shown anew. */
void gateway_configure(struct gateway *, const struct gateway_conf *);

/* The fault that belongs to the gateway itself and not to the UPS (state directory not writable ...): DeviceStatus 4. */
void gateway_set_internal_fault(struct gateway *, bool);

const struct snapshot *gateway_snapshot(const struct gateway *);
uint8_t gateway_device_status(const struct gateway *);       /* DEVICE_STATUS_... */

/* The object that shows a point, state or bit string; NULL while the object map has none. */
struct object *gateway_point_object(const struct gateway *, enum point_id);
struct object *gateway_state_object(const struct gateway *, enum state_id);
struct object *gateway_bits_object(const struct gateway *, enum bits_id);

/* COV_Increment as a client wrote it, in engineering units: for the caller to keep. */
float gateway_cov_engineering(const struct gateway *, uint32_t object_id, float written);

/* What is remembered over a restart, so that a device comes up as it was commissioned: identity and what is not managed.
 * recall: before the first update. */
struct gateway_memory {
	struct ups_identity identity;
	uint32_t not_managed[GATEWAY_OBJECTS];       /* object identifiers */
	size_t not_managed_count;
};
void gateway_remember(const struct gateway *, struct gateway_memory *);
void gateway_recall(struct gateway *, const struct gateway_memory *);

#endif
