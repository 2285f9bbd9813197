/* Turns snapshots of one UPS into the objects of one BACnet device: which object shows which point, and how.
 *
 * The only room that sees both worlds.  Data comes in by gateway_update() and goes out by the setters of the types of src/object;
 * nothing flows back.  Belongs to the loop's thread; borrows the device, with which it registers the types of its objects (88 analog
 * values, 10 multi-state values, 3 bit strings, a binary value an alarm bit) and whose objects of these types it alone adds and removes.
 *
 * Two object maps (TBK 17 91083, reading 7):
 *   socomec    all 101 objects, always.  Present_Value is the integer of the object table as REAL; -1 is "not available";
 *              a single unit's UPS-level values are 0
 *   standard   engineering units.  What this UPS does not manage has no object; what is not available has NO_SENSOR.  Each
 *              alarm bit that it manages has a Binary Value, because alarms in a building are routed by object; so Event_Detection_Enable
 *              of their strings is FALSE there unless a client writes it, and nobody is told twice
 * In both, what was read and is no longer heard of keeps its value with COMMUNICATION_FAILURE, and so does what was never read. */
#ifndef GATEWAY_GATEWAY_H
#define GATEWAY_GATEWAY_H

#include "object/device.h"
#include "ups/alarms.h"
#include "ups/snapshot.h"

enum gateway_map { GATEWAY_MAP_SOCOMEC, GATEWAY_MAP_STANDARD };

enum { GATEWAY_OBJECTS = PT_COUNT + ST_COUNT + BS_COUNT + ALARM_BITS };
#define GATEWAY_NO_ALARM "no alarm"          /* Inactive_Text and Active_Text of the Binary Values */
#define GATEWAY_ALARM    "alarm"
enum { GATEWAY_PATIENCE_MS = 15000 };        /* so long DeviceStatus is Ready for a UPS that has not answered yet */

struct gateway_conf {
	enum gateway_map map;
	char device_name[64];        /* template with {model}, {serial}, {instance}, {unit} */
	uint8_t unit_number;         /* as configured; shown in Location */
};

/* What is remembered over a restart, so that a device comes up as it was commissioned: identity and what is not managed. */
struct gateway_memory {
	struct ups_identity identity;
	uint32_t not_managed[GATEWAY_OBJECTS];       /* object identifiers */
	size_t not_managed_count;
};

struct gateway;

/* NULL when there is no memory or an object cannot be had.  The objects are there at once, with nothing read yet: those of the UPS that is
 * remembered, if any (NULL). */
struct gateway *gateway_make(struct device *, const struct gateway_conf *, const struct gateway_memory *);
void gateway_free(struct gateway *);

/* A new snapshot; the gateway keeps a copy, and tells the device's listeners what has changed.  A snapshot whose identity is empty does
 * not know the UPS yet (the link was started, or started anew): what had been read stays as a stale reading.  Names and the choice of
 * objects follow what is believed of the UPS (belief.h).  True: there is something new to remember. */
bool gateway_update(struct gateway *, const struct snapshot *);

/* Makes a snapshot one of a lost link: what was good is stale, and when it gives no reason, the reason is that there is no answer. */
void gateway_snapshot_lost(struct snapshot *);

/* GATEWAY_PATIENCE_MS have passed since the start: a UPS that has not answered by now does not communicate. */
void gateway_waited(struct gateway *);

/* A live change of settings: objects come and go, values are shown anew. */
void gateway_configure(struct gateway *, const struct gateway_conf *);

/* The fault that belongs to the gateway itself and not to the UPS (state directory not writable ...): DeviceStatus 4. */
void gateway_set_internal_fault(struct gateway *, bool);

const struct snapshot *gateway_snapshot(const struct gateway *);

/* The object that shows a point, state or bit string; NULL while the object map has none. */
struct object *gateway_point_object(const struct gateway *, enum point_id);
struct object *gateway_state_object(const struct gateway *, enum state_id);
struct object *gateway_bits_object(const struct gateway *, enum bits_id);
struct object *gateway_alarm_object(const struct gateway *, int n);          /* of alarm_bit_table[n] */

void gateway_remember(const struct gateway *, struct gateway_memory *);

#endif
