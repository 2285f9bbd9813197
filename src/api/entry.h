/* One object of one UPS as the control socket shows it, whatever its type: what the snapshot holds and what BACnet clients read. */
#ifndef API_ENTRY_H
#define API_ENTRY_H

#include "api/api.h"

enum {
	ENTRY_COUNT = PT_COUNT + ST_COUNT + BS_COUNT,        /* of one UPS: analog values, multi-state values, bit strings */
	ENTRY_DEVICE_STATUS = PT_COUNT + ST_DEVICE_STATUS,   /* the gateway's own: no snapshot says it */
};

struct entry {
	uint32_t type;
	uint16_t instance;
	const char *name, *description, *unit;
	enum quality quality;
	struct mono at;
	int64_t value;                   /* as the snapshot has it */
	uint8_t decimals;
	const struct state_info *state;  /* of a multi-state value */
	const struct bits_info *bits;    /* of a bit string */
	uint32_t managed;                /* its bits that this UPS has */
	struct object *object;           /* NULL: the device has none */
};

void entry_at(struct entry *, const struct api_view *, int ups, int i);      /* i < ENTRY_COUNT */
void entry_read(struct entry *, const struct snapshot *, int i);             /* what the snapshot says, without the object */
int entry_of_object(uint32_t id);                    /* the entry that an object shows; -1: none, it is the Device or a port */
bool entry_has_value(const struct entry *);

json_t *entry_to_json(const struct api_view *, int ups, const struct entry *);
json_t *entry_set_bits(const struct entry *);        /* the texts of the bits that are set */
json_t *entry_words(const struct entry *);           /* "49.9 Hz", "ON BATTERY", "OVERLOAD, FAN FAILURE", "none", "not read" */

/* The number of the UPS of this name; -1: there is none. */
int entry_ups(const struct api_view *, const char *name);

#endif
