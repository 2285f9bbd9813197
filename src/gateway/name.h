/* The texts of the Device object that are made from what the UPS says of itself.  Pure. */
#ifndef GATEWAY_NAME_H
#define GATEWAY_NAME_H

#include <stddef.h>

#include "ups/snapshot.h"

struct name_parts {
	const struct ups_identity *identity;
	uint32_t instance;
	uint8_t unit_number;
};

/* The template with {model}, {serial}, {instance}, {unit} filled in; any other brace stays as it is.  A model that is not known
 * yet is "UPS", a serial number that is not known is empty.  Never empty: at the worst "UPS".  Cut at `size`, always terminated. */
const char *name_expand(const char *template, const struct name_parts *, char *buffer, size_t size);

/* "20 kVA", "7.5 kVA"; empty when the rating is not known. */
const char *name_rating(uint32_t kva_x10, char *buffer, size_t size);

#endif
