/* What a device and an object are made of: for the files of this room only. */
#ifndef OBJECT_MODEL_H
#define OBJECT_MODEL_H

#include <stdalign.h>

#include "bacnet/event.h"
#include "object/type.h"
#include "object/object.h"

/* A type that a device has registered, with the array of its objects. */
struct kind {
	const struct object_type *type;
	size_t room, stride;                 /* objects; octets from one to the next */
	unsigned char *objects;
	char (*own)[DEVICE_TEXT_MAX + 1];    /* [room]: descriptions that clients have written */
	int16_t row_of[PROP_STANDARD_LIMIT]; /* from a property to its row; -1: none */
};

struct object {                              /* the head that all types share */
	uint32_t id;
	uint16_t reliability;
	uint8_t event_state;                 /* EVENT_STATE_... */
	bool out_of_service, description_written;
	uint8_t changes;                     /* enum change: not told yet; an object with any is in the list of marked ones */
	uint8_t again;                       /* of them, those that came while listeners were told */
	uint16_t name_length;
	const struct kind *kind;             /* NULL: this place is free */
	struct device *device;
	const char *name, *description;
	char *own;
	struct object *marked;               /* the next one */
	alignas(max_align_t) unsigned char data[];
};

struct bucket {
	uint32_t id;
	struct object *object;               /* NULL: empty */
};

struct recipients {
	unsigned changes;                    /* so often it became another list */
	unsigned count;
	struct event_recipient recipient[RECIPIENTS_MAX];
};

struct device {
	struct device_hooks hooks;
	struct kind *kinds[DEVICE_TYPES_MAX];
	size_t kind_count;
	uint64_t types;

	size_t count, capacity;              /* objects, the Device object included */
	struct object *self;                 /* the Device object */
	struct object **list;                /* [capacity]; Object_List */
	struct bucket *buckets;              /* open addressing, a power of two above 2 * capacity */
	uint32_t bucket_shift, bucket_mask;

	struct device_listener *listeners;   /* by rank */
	struct object *first_marked, **last_marked;
	bool settling;

	unsigned editing;                    /* depth */
	uint32_t revision, wanted_revision;  /* as shown, and as it shall be shown when it is kept */
	uint32_t digest;                     /* what wanted_revision stands for */
	bool digest_known;

	enum writable writable;
	bool recalling;
	uint16_t vendor_id, max_apdu, max_segments;
	uint32_t apdu_timeout_ms, segment_timeout_ms;
	uint8_t retries, system_status;
	int16_t utc_offset;
	bool daylight_saving;
	uint32_t backup_failure_timeout_s;
	uint8_t restart_reason;              /* RESTART_... */
	struct bac_date restart_date;
	struct bac_time restart_time;
	struct recipients recipients[RECIPIENTS_LISTS];
	struct time_master time_master;
	uint64_t services;
	device_binding_fn *binding_at;       /* NULL: no other device is known */
	device_subscriptions_fn *subscriptions_write;
	void *subscriptions_ctx;
	void *binding_ctx;
	char text[DEVICE_TEXTS][DEVICE_TEXT_MAX + 1];        /* as shown; the description, unless a client has written one */
	bool name_written, location_written; /* by a client: the owner's is not shown any more */
	char wanted_name[DEVICE_TEXT_MAX + 1];               /* what DEVICE_NAME would be if no object had it */
};

static inline void *data_of(const struct object *o)
{
	return (unsigned char *)(uintptr_t)o->data;
}

extern const struct object_type device_type;                 /* device_object.c */

bool device_has_other(const struct device *, const char *name);      /* an object besides the Device that is called so */
void index_put(struct device *, struct object *);            /* after one was added */
void index_make(struct device *);                            /* after identifiers have changed */
void device_revise(struct device *);                         /* after identifiers, names or the set of objects may have changed */
void device_name_settle(struct device *);                    /* after the wanted name, the instance or other names have changed */
void recipients_begin(struct device *);
void recipients_element(struct rd *);
void recipients_read(const struct recipients *, struct wr *);
struct fault recipients_write(struct object *, uint32_t property, struct recipients *, struct rd *value);
/* Of the Device object: Time_Synchronization_Interval, Align_Intervals, Interval_Offset (time_master.c). */
void time_master_begin(struct device *);
row_read_fn time_master_read_recipients, time_master_read_utc_recipients, time_master_read_interval, time_master_read_align, time_master_read_offset;
row_write_fn time_master_write_recipients, time_master_write_utc_recipients, time_master_write_interval, time_master_write_align, time_master_write_offset;
struct fault list_change(struct object *, const struct property_row *, enum list_change, struct rd elements, uint32_t *failed);
void object_recall(struct object *);                         /* what was kept of a new object */

#endif
