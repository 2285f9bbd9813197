/* What a device and an object are made of: for the files of this room only. */
#ifndef OBJECT_MODEL_H
#define OBJECT_MODEL_H

#include "bacnet/value.h"
#include "object/object.h"

enum kind { KIND_DEVICE, KIND_ANALOG_VALUE, KIND_MULTI_STATE_VALUE, KIND_BITSTRING_VALUE, KIND_NETWORK_PORT, KIND_COUNT };

enum { DEVICE_PORTS = 2 };                   /* Network Port objects of one device */

union shown {                                /* Present_Value; compared as a word, so that NaN is equal to itself */
	float real;
	uint32_t word;
};

struct object {
	uint32_t id;
	uint8_t kind;                        /* enum kind */
	bool used, out_of_service, description_written, cov_written;
	uint16_t reliability, kept_reliability;
	union shown value, kept;             /* kept: what the owner would show, while Out_Of_Service */
	uint32_t count, units, relinquish_default;
	float cov_increment;
	uint16_t name_length;
	const char *name, *description, *profile;
	char *own;                           /* DEVICE_TEXT_MAX + 1 octets for a description that a client has written */
	object_text_fn *text;
	const void *texts;
	struct network_port *port;
	struct device *device;
};

struct device {
	struct device_hooks hooks;
	enum writable writable;
	uint16_t vendor_id, max_apdu, max_segments;
	uint32_t apdu_timeout_ms, segment_timeout_ms;
	uint8_t retries;
	uint8_t system_status;
	int16_t utc_offset;
	bool daylight_saving;
	uint64_t services;
	uint32_t revision, restored_digest;
	bool editing, edited, committed, restored;

	size_t count, capacity;              /* objects, the Device object included */
	struct object *slots;                /* [capacity]; slot 0 is the Device object */
	struct object **list;                /* [capacity]; Object_List */
	uint16_t *buckets;                   /* slot + 1, 0 = empty; open addressing, a power of two above 2 * capacity */
	uint32_t bucket_shift, bucket_mask;
	char (*own)[DEVICE_TEXT_MAX + 1];    /* [capacity] */
	struct network_port ports[DEVICE_PORTS];
	bool port_used[DEVICE_PORTS];

	char text[DEVICE_TEXTS][DEVICE_TEXT_MAX + 1];
	bool written[DEVICE_TEXTS];
};

extern const uint32_t kind_type[KIND_COUNT];         /* object type of each kind */

/* After identifiers, names or the list have changed. */
void device_revise(struct device *);

/* Tells the owner's hook; gives the changes back. */
unsigned object_tell(struct object *, unsigned changes);
unsigned object_show(struct object *, union shown, unsigned reliability);    /* a new value, Out_Of_Service or not */
unsigned object_set_out_of_service(struct object *, bool);

/* write.c: checks a value's datatype and range and takes it. */
typedef struct fault write_fn(struct object *, const struct bac_value *);
write_fn write_device_name, write_description, write_location, write_cov_increment, write_present_value,
	write_reliability, write_out_of_service;

/* Copies at most DEVICE_TEXT_MAX octets, whole characters; what is not UTF-8 becomes '?'. */
void text_copy(char to[DEVICE_TEXT_MAX + 1], const char *from);

#endif
