/* One kept property's value, application-tagged octets, as JSON that a person can read: {"text": "Hall 2"}, {"real": 0.5},
 * {"double": 0.5}, {"unsigned": 3}, {"enumerated": 3}, {"boolean": true}; everything else, and what would not come back octet for octet, as
 * {"octets": "c40040012c"}. */
#ifndef STATE_VALUE_H
#define STATE_VALUE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

json_t *value_to_json(const uint8_t *octets, size_t n);      /* a new reference */

/* The octets into `to`, their number; 0: no such form, out of range, or no room. */
size_t value_from_json(json_t *, uint8_t *to, size_t size);

#endif
