/* One BACnet device: its Device object, its objects, and who is told about changes.
 *
 * Nothing here knows what the values mean, where they come from, or how they travel.  A device is made once; each type of object is
 * registered with room for a fixed number of its objects (device_register), and after that nothing allocates.  Any number of devices
 * may live in a process; none shares anything with another.  One thread (the loop's).  Const tables and texts that are handed in
 * (names, state texts, bit texts) are borrowed for the life of the object; texts given to device_set_text() are copied.
 *
 * Two parties set values: the owner (the gateway), through the functions here and in the headers of the types, and BACnet clients,
 * through object_write().  What a client has written sticks: the owner's later text does not replace it, and while Out_Of_Service is
 * TRUE the owner's values are kept aside and come back when it is FALSE again. */
#ifndef OBJECT_DEVICE_H
#define OBJECT_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bacnet/addr.h"
#include "bacnet/event.h"
#include "bacnet/fault.h"
#include "bacnet/tag.h"

struct device;
struct object;
struct object_type;

enum { DEVICE_TEXT_MAX = 127 };              /* octets of any text that can be set or written */
enum { DEVICE_TYPES_MAX = 32 };              /* types of objects that one device can have, Device included */

enum device_recipients {                     /* lists of the Device object */
	RECIPIENTS_RESTART,                  /* Restart_Notification_Recipients; a broadcast on the local network until it is written */
	RECIPIENTS_TIME,                     /* Time_Synchronization_Recipients; empty until it is written */
	RECIPIENTS_UTC_TIME,                 /* UTC_Time_Synchronization_Recipients; empty until it is written */
	RECIPIENTS_LISTS
};
enum { RECIPIENTS_MAX = 16 };                /* in one of them */

struct time_master {                         /* when the time is sent to the two lists (clause 12.11) */
	uint32_t interval_min;               /* Time_Synchronization_Interval; 0: never by itself */
	bool align;                          /* Align_Intervals: to the hour or the day that the interval divides */
	uint32_t offset_min;                 /* Interval_Offset, into the interval */
	unsigned lists_changed;              /* so often one of them became another */
};

enum device_text {                           /* texts of the Device object */
	DEVICE_NAME,                         /* Object_Name; never empty */
	DEVICE_DESCRIPTION, DEVICE_LOCATION, DEVICE_MODEL, DEVICE_VENDOR, DEVICE_FIRMWARE, DEVICE_APPLICATION,
	DEVICE_PROFILE,                      /* Profile_Name; empty: the property is absent */
	DEVICE_SERIAL,                       /* Serial_Number; empty: absent */
	DEVICE_TEXTS
};

enum writable {                              /* what BACnet clients may set */
	WRITABLE_NONE,
	WRITABLE_LABELS,                     /* names, texts, increments, timeouts, the time */
	WRITABLE_TEST,                       /* and Out_Of_Service, and then Present_Value and Reliability */
};

/* Any of them may be NULL.  They are called from inside setters and writes: they must not add or remove objects. */
struct device_hooks {
	void *ctx;
	/* Local date and time now; false: unknown, every field is unspecified. */
	bool (*clock)(void *ctx, struct bac_date *, struct bac_time *);
	/* Somebody has sent the time: an actual date and time, local or UTC. */
	void (*time_given)(void *ctx, struct bac_date, struct bac_time, bool utc);

	/* A client is about to write a property that must outlive a restart: its value in application tags.  False: it cannot be kept;
	 * the write is refused and nothing changes.  The Device object, whose instance is a setting, is BAC_INSTANCE_ANY here and
	 * below.  COV_Increment is a Double in engineering units, whatever the Present_Value is scaled by. */
	bool (*keep)(void *ctx, uint32_t object_id, uint32_t property, const uint8_t *value, size_t n);
	/* What was kept, asked for each such property when an object is added; false: nothing.  It is taken as if a client wrote it. */
	bool (*recall)(void *ctx, uint32_t object_id, uint32_t property, struct rd *value);
	/* It could not be taken. */
	void (*not_recalled)(void *ctx, uint32_t object_id, uint32_t property, struct fault why);

	/* The Device object cannot have the name that was wanted, because an object has it; it is called otherwise. */
	void (*renamed)(void *ctx, const char *wanted, const char *taken);
	/* Database_Revision shall be this.  It is shown when device_revision_kept() says that it will be known after a restart, so that
	 * it never goes back.  Where this is NULL it is shown at once. */
	void (*revised)(void *ctx, uint32_t revision);
};

struct device_conf {
	uint32_t instance;                   /* 0..4194302 */
	uint16_t vendor_id;
	uint16_t max_apdu;                   /* 50..1476; 0: 1476 */
	uint16_t max_segments;               /* that we take in a request; 0: 16 */
	uint32_t apdu_timeout_ms, segment_timeout_ms;        /* 0: 6000, 5000 */
	uint8_t retries;
	enum writable writable;
	struct device_hooks hooks;
};

/* NULL when there is no memory.  The device is being edited: call device_commit() when its objects are complete. */
struct device *device_make(const struct device_conf *);
void device_free(struct device *);

/* Makes room for `room` objects of a type; allocates.  The type is borrowed.  False: no memory, no room for another type, or the type
 * is registered already. */
bool device_register(struct device *, const struct object_type *, size_t room);
const struct object_type *device_type_at(const struct device *, size_t n);   /* as registered, Device first; NULL beyond the end */

/* ---- the Device object ---- */

/* The owner's text; without effect after a client has written this one (DEVICE_NAME, _DESCRIPTION, _LOCATION).  Cut at a character
 * boundary when it is too long; what is no character becomes '?'.  False: a DEVICE_NAME of nothing but blanks, or one that an object
 * has (the device is then called "NAME (INSTANCE)", and `renamed` is told). */
bool device_set_text(struct device *, enum device_text, const char *);
const char *device_text(const struct device *, enum device_text);

uint32_t device_instance(const struct device *);
uint32_t device_id(const struct device *);                   /* its object identifier */
void device_set_instance(struct device *, uint32_t);
void device_set_vendor_id(struct device *, uint16_t);
uint16_t device_vendor_id(const struct device *);
void device_set_system_status(struct device *, unsigned status);    /* STATUS_... */
void device_set_writable(struct device *, enum writable);
void device_set_utc_offset(struct device *, int16_t minutes);       /* west positive */
void device_set_daylight_saving(struct device *, bool);
void device_set_timeouts(struct device *, uint32_t apdu_ms, uint32_t segment_ms, uint8_t retries);
void device_set_services(struct device *, uint64_t bits);    /* Protocol_Services_Supported; the node says what it executes */
/* Device_Address_Binding: the n-th device whose address is known; false beyond the end. */
typedef bool device_binding_fn(void *ctx, size_t n, uint32_t *instance, struct bac_addr *);
void device_set_bindings(struct device *, device_binding_fn *, void *ctx);

uint16_t device_max_apdu(const struct device *);
uint16_t device_max_segments(const struct device *);
uint32_t device_apdu_timeout_ms(const struct device *);
uint32_t device_segment_timeout_ms(const struct device *);
uint8_t device_retries(const struct device *);

/* Last_Restart_Reason (RESTART_...); the time of it is now. */
void device_set_restart(struct device *, unsigned reason);
/* The n-th recipient of a list; false beyond the end. */
bool device_recipient(const struct device *, enum device_recipients, size_t n, struct event_recipient *);
const struct time_master *device_time_master(const struct device *);

/* A client sends the time, local or UTC.  False: clients may set nothing here (`writable = none`). */
bool device_give_time(struct device *, struct bac_date, struct bac_time, bool utc);

/* Local date and time now; false: unknown, and they stay as they are. */
bool device_clock(const struct device *, struct bac_date *, struct bac_time *);
/* The same moment by UTC, as UTC_Offset and Daylight_Savings_Status say. */
bool device_utc_clock(const struct device *, struct bac_date *, struct bac_time *);

/* Active_COV_Subscriptions: whoever keeps the subscriptions writes the entries.  NULL: there are none. */
typedef void device_subscriptions_fn(void *ctx, struct wr *);
void device_set_subscriptions(struct device *, device_subscriptions_fn *, void *ctx);

/* ---- Database_Revision ---- */

/* It counts changes of the set of objects, of names and of the instance.  Between device_edit() and the device_commit() that ends it
 * (they nest) any number of changes counts as one, and changes that were taken back as none. */
void device_edit(struct device *);
void device_commit(struct device *);
uint32_t device_database_revision(const struct device *);    /* as shown */
uint32_t device_database_digest(const struct device *);      /* of identifiers and names: to see at start whether they changed */
/* Before the first commit: the revision kept from the last run, and the digest it belonged to. */
void device_restore_revision(struct device *, uint32_t revision, uint32_t digest);
uint32_t device_wanted_revision(const struct device *);      /* to be kept with the digest; shown when it is */
void device_revision_kept(struct device *, uint32_t revision);

/* ---- objects ---- */

struct object_conf {
	const struct object_type *type;      /* registered */
	uint32_t instance;                   /* 0..4194302 */
	const char *name, *description;
	const void *with;                    /* what the type asks for: a struct TYPE_conf of its header */
};

enum object_add { OBJECT_ADDED, OBJECT_NO_ROOM, OBJECT_ID_TAKEN, OBJECT_NAME_TAKEN, OBJECT_BAD };

/* The new object through `made` (may be NULL).  The pointer is good until the object is removed.  When the Device object has its name,
 * it is that which gives way. */
enum object_add device_add(struct device *, const struct object_conf *, struct object **made);
const char *object_add_text(enum object_add);
void device_remove(struct device *, struct object *);        /* listeners are told before it goes */

/* By object identifier, in constant time; NULL when there is none. */
struct object *device_find(struct device *, uint32_t id);
/* The same, and instance 4194303 finds the Device object, or the (first) Network Port (clauses 15.5, 15.7). */
struct object *device_find_any(struct device *, uint32_t id);
struct object *device_find_name(struct device *, const char *name, size_t n);
size_t device_count(const struct device *);                  /* objects, the Device object included */
struct object *device_at(struct device *, size_t n);         /* in the order of Object_List, the Device object first; NULL beyond the end */

/* ---- changes ---- */

enum change {                                /* of an object; bits */
	CHANGE_VALUE = 1,                    /* Present_Value */
	CHANGE_STATUS = 2,                   /* Status_Flags */
	CHANGE_RELIABILITY = 4,              /* Reliability, with or without Status_Flags */
	CHANGE_PROPERTY = 8,                 /* a text, an increment, another property */
	CHANGE_ADDED = 16,
	CHANGE_REMOVED = 32,                 /* told at once and alone; the object is gone after it */
};

enum listener_rank { LISTEN_ALARMS, LISTEN_COV, LISTEN_RECORDS, LISTEN_WATCH };      /* in this order they are told */

/* Lives inside its owner.  A setter or a write marks the object; device_settle() then tells each listener of every marked object, and
 * after that that this was all.  What a listener changes is told to those after it in the same round and to all in another one, so a
 * listener looks whether what it knows is still so.  It must not add or remove objects, listen or unlisten while it is told. */
struct device_listener {
	void (*changed)(struct device_listener *, struct object *, unsigned changes);
	void (*settled)(struct device_listener *);           /* may be NULL; not called when nothing was marked */
	enum listener_rank rank;
	struct device_listener *next;                        /* the device's */
};

void device_listen(struct device *, struct device_listener *);       /* after those of the same rank */
void device_unlisten(struct device *, struct device_listener *);     /* one that does not listen: nothing happens */

/* At the end of a snapshot, or of a request that changes something. */
void device_settle(struct device *);

#endif
