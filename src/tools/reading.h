/* Reading properties of any device into JSON: in one go where the device can, otherwise piece by piece.
 *
 *   a property that is too large for a device without segments   its array elements, one after another (clause 5.6)
 *   all of an object where ReadPropertyMultiple is not there,    its properties, one after another, as its Property_List says
 *   or too large
 *
 * Each property becomes { "property", "index"?, "values" } or { "property", "index"?, "error" }.  How a request is made is handed in, so
 * that this needs no network.  Whatever a device answers is believed nothing. */
#ifndef TOOLS_READING_H
#define TOOLS_READING_H

#include <jansson.h>

#include "transaction/client.h"

struct reading {
	/* One request, to its end; what it gives is valid until the next. */
	const struct client_result *(*request)(void *ctx, uint8_t service, const struct wr *body);
	void *ctx;
	bool no_multiple;                /* the device does not know ReadPropertyMultiple */
	enum client_end end;             /* of the last request.  Nobody there any more: the rest is not tried */
};

/* Does the device still answer? */
bool reading_goes_on(const struct reading *);

/* A property, or PROP_ALL, PROP_REQUIRED, PROP_OPTIONAL; each is appended to `list`.  index: BAC_ARRAY_ALL for none. */
void reading_property(struct reading *, uint32_t object, uint32_t property, uint64_t index, json_t *list);

/* The device's Object_List as texts, "analog-value:5"; NULL with the reason. */
json_t *reading_objects(struct reading *, char *why, size_t size);

bool reading_is_special(uint32_t property);

#endif
