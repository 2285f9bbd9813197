/* Values as the JSON of the control socket: exact decimals, texts that may hold anything, ages.  Each gives a new reference. */
#ifndef API_JSON_H
#define API_JSON_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "ev/ev.h"

/* Exact: the value is an integer with so many decimals, 0 to 3.  -5 with one is "-0.5". */
void json_decimal_text(char *out, size_t size, int64_t value, int decimals);
json_t *json_decimal(int64_t value, int decimals);

/* Texts that the UPS or the system gave may hold anything; JSON is UTF-8. */
json_t *json_text(const char *text);

/* Seconds since `at`, with three decimals; null: never. */
json_t *json_age(const struct ev_loop *, struct mono at);

#endif
