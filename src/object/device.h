/* One BACnet device: its Device object, its objects, what they show and who is told about changes.
 *
 * Nothing here knows what the values mean, where they come from, or how they travel.  A device is made once with room for a fixed
 * number of objects; after device_make() nothing allocates.  Any number of devices may live in a process; none shares anything with
 * another.  One thread (the loop's).  Const tables and texts that are handed in (names, state texts, bit texts) are borrowed for the
 * life of the object; texts given to device_set_text() and to restore functions are copied.
 *
 * Two parties set values: the owner (the gateway), through the functions below, and BACnet clients, through object_write().
 * What a client has written sticks: the owner's later text does not replace it, and while Out_Of_Service is TRUE the owner's values
 * are kept aside and come back when it is FALSE again.
 * Properties of each type: rows.def (clause 12; TBK 17 91083 chapters 5.2 and 8). */
#ifndef OBJECT_DEVICE_H
#define OBJECT_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bacnet/fault.h"
#include "bacnet/tag.h"

struct device;
struct object;

enum { DEVICE_TEXT_MAX = 127 };              /* octets of any text that can be set or written */

enum device_text {                           /* texts of the Device object */
	DEVICE_NAME,                         /* Object_Name; never empty */
	DEVICE_DESCRIPTION, DEVICE_LOCATION, DEVICE_MODEL, DEVICE_VENDOR, DEVICE_FIRMWARE, DEVICE_APPLICATION,
	DEVICE_PROFILE,                      /* Profile_Name; empty: the property is absent */
	DEVICE_SERIAL,                       /* Serial_Number; empty: absent */
	DEVICE_TEXTS
};

enum writable {                              /* what BACnet clients may write */
	WRITABLE_NONE,
	WRITABLE_LABELS,                     /* Object_Name of the device, Description, Location, COV_Increment */
	WRITABLE_TEST,                       /* and Out_Of_Service, and then Present_Value and Reliability */
};

enum change {                                /* of an object; bits */
	CHANGE_VALUE = 1,                    /* Present_Value */
	CHANGE_STATUS = 2,                   /* Status_Flags: Reliability, Out_Of_Service */
};

/* Any of them may be NULL.  They are called from inside setters and writes: they must not add or remove objects. */
struct device_hooks {
	void *ctx;
	/* Present_Value or Status_Flags of an object is not what it was. */
	void (*changed)(void *ctx, struct object *, unsigned changes);
	/* A client has written a property that must outlive a restart: `text` (terminated), or `real` when text is NULL. */
	void (*stored)(void *ctx, uint32_t object_id, uint32_t property, const char *text, float real);
	/* Database_Revision has a new value, which must outlive a restart. */
	void (*revised)(void *ctx, uint32_t database_revision);
	/* Local date and time now; false: unknown, every field is unspecified. */
	bool (*clock)(void *ctx, struct bac_date *, struct bac_time *);
	/* Somebody has sent the time: local date and time.  (UTCTimeSynchronization is turned into local time by UTC_Offset and
	 * Daylight_Savings_Status.) */
	void (*time_given)(void *ctx, struct bac_date, struct bac_time);
};

struct device_conf {
	uint32_t instance;                   /* 0..4194302 */
	uint16_t vendor_id;
	size_t objects;                      /* room for that many besides the Device object */
	uint16_t max_apdu;                   /* 50..1476; 0: 1476 */
	uint16_t max_segments;               /* that we take in a request; 0: 16 */
	uint32_t apdu_timeout_ms, segment_timeout_ms;        /* 0: 6000, 5000 */
	uint8_t retries;
	enum writable writable;
	struct device_hooks hooks;
};

/* NULL when there is no memory.  The device is in editing state: call device_commit() when its objects are complete. */
struct device *device_make(const struct device_conf *);
void device_free(struct device *);

/* ---- the Device object ---- */

/* The owner's text; without effect after a client has written this one (DEVICE_NAME, _DESCRIPTION, _LOCATION).  Cut at a character
 * boundary when it is too long.  An empty DEVICE_NAME, or one that an object has, is refused. */
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
int16_t device_utc_offset(const struct device *);
void device_set_daylight_saving(struct device *, bool);
bool device_daylight_saving(const struct device *);
void device_set_timeouts(struct device *, uint32_t apdu_ms, uint32_t segment_ms, uint8_t retries);
void device_set_hooks(struct device *, const struct device_hooks *);
const struct device_hooks *device_hooks(const struct device *);
void device_set_services(struct device *, uint64_t bits);    /* Protocol_Services_Supported; the node says what it executes */
uint64_t device_services(const struct device *);

uint16_t device_max_apdu(const struct device *);
uint16_t device_max_segments(const struct device *);
uint32_t device_apdu_timeout_ms(const struct device *);
uint32_t device_segment_timeout_ms(const struct device *);
uint8_t device_retries(const struct device *);

/* Database_Revision counts changes of the object list, of names and of the instance.  Between device_edit() and device_commit() any
 * number of them counts as one. */
void device_edit(struct device *);
void device_commit(struct device *);
uint32_t device_database_revision(const struct device *);
uint32_t device_database_digest(const struct device *);      /* of identifiers and names: to see at start whether they changed */
/* At start, before the first commit: the revision kept from the last run and the digest it belonged to. */
void device_restore_revision(struct device *, uint32_t revision, uint32_t digest);

/* ---- objects ---- */

typedef const char *object_text_fn(const void *texts, uint32_t n);  /* text n of a table, from 0 */

struct object_conf {
	uint32_t type;                       /* OBJ_ANALOG_VALUE, OBJ_MULTI_STATE_VALUE, OBJ_BITSTRING_VALUE */
	uint32_t instance;                   /* 0..4194302 */
	const char *name, *description;
	const char *profile;                 /* Profile_Name; NULL: absent */
	uint32_t units;                      /* of an Analog Value */
	float cov_increment;                 /* of an Analog Value */
	uint32_t count;                      /* states (>= 1) or bits (<= 32) */
	object_text_fn *text;                /* state texts or bit texts; NULL: no State_Text, Bit_Text */
	const void *texts;
	uint32_t relinquish_default;         /* of a Multi-state Value; 0: the property is absent */
	union {                              /* what it shows until it is set */
		float real;
		uint32_t state;
		uint32_t bits;
	};
	uint8_t reliability;                 /* until it is set */
};

struct network_port {                        /* what a Network Port object shows; times and modes that are not here are constant */
	uint8_t address[4], mask[4], gateway[4];
	uint8_t dns[3][4];
	uint8_t dns_count;
	uint16_t udp_port;
	bool dhcp;
	float link_speed;                    /* bit/s; 0: unknown */
	uint16_t network_number;             /* 0: unknown */
	uint8_t network_number_quality;      /* NETWORK_NUMBER_... */
	char interface[16];                  /* Network_Interface_Name; empty: absent */
};

enum object_add { OBJECT_ADDED, OBJECT_NO_ROOM, OBJECT_ID_TAKEN, OBJECT_NAME_TAKEN, OBJECT_BAD };

/* The new object through `made` (may be NULL).  The pointer is good until the object is removed. */
enum object_add device_add(struct device *, const struct object_conf *, struct object **made);
enum object_add device_add_port(struct device *, uint32_t instance, const char *name, const char *description,
                                const struct network_port *, struct object **made);
const char *object_add_text(enum object_add);
void device_remove(struct device *, struct object *);

/* By object identifier, in constant time; NULL when there is none. */
struct object *device_find(struct device *, uint32_t id);
/* The same, and instance 4194303 finds the Device object, or the (first) Network Port (clauses 15.5, 15.7). */
struct object *device_find_any(struct device *, uint32_t id);
struct object *device_find_name(struct device *, const char *name, size_t n);
size_t device_count(const struct device *);                  /* objects, the Device object included */
struct object *device_at(struct device *, size_t n);         /* in the order of Object_List; NULL beyond the end */
struct object *device_object(struct device *);               /* the Device object */

/* ---- what the owner sets; each returns what changed for the outside (enum change), after `changed` was called ---- */

unsigned object_set_real(struct object *, float, unsigned reliability);
unsigned object_set_state(struct object *, uint32_t state, unsigned reliability);    /* 1..count, or nothing happens */
unsigned object_set_bits(struct object *, uint32_t bits, unsigned reliability);
unsigned object_set_reliability(struct object *, unsigned reliability);              /* the value stays */
void object_set_description(struct object *, const char *);          /* borrowed; shown unless a client has written one */
void object_set_relinquish_default(struct object *, uint32_t state);                /* 0: absent */
void object_set_cov_increment(struct object *, float);               /* default; a client's stays */
void object_set_port(struct object *, const struct network_port *);
const struct network_port *object_port(const struct object *);
/* from Network-Number-Is; false: ours is configured */
bool device_learn_network_number(struct device *, uint16_t net, bool configured);
uint16_t device_network_number(const struct device *);                               /* 0: unknown */
unsigned device_network_number_quality(const struct device *);                       /* NETWORK_NUMBER_... */

/* ---- restoring at start what clients had written; counts as written by a client, calls no hook ---- */

bool device_restore_text(struct device *, uint32_t object_id, uint32_t property, const char *text);
bool device_restore_real(struct device *, uint32_t object_id, uint32_t property, float);
/* Forgets what a client wrote: the owner's text shows again (Object_Name, Description, Location). */
void device_forget_text(struct device *, uint32_t object_id, uint32_t property);

#endif
