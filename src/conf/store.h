/* What BACnet clients wrote and what must be there again after a restart: names, descriptions, Location, COV_Increment; together
 * with the options that settings.conf sets.  One bounded table of texts, one entry a (UPS, object, key).
 *
 * The table belongs to the daemon's main thread.  store_set() changes memory only and never allocates; the daemon then takes a
 * text with store_serialise() and hands it to file_replace(), which blocks (fsync) and therefore runs on a thread of the pool.  Every
 * entry survives the round trip octet for octet, whatever UTF-8 text it is. */
#ifndef CONF_STORE_H
#define CONF_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "conf/conf.h"

enum {
	STORE_TEXT_MAX = 255,                /* octets of UTF-8, without the end */
	STORE_ENTRIES_MAX = 512,
};

enum store_key { STORE_NAME, STORE_DESCRIPTION, STORE_LOCATION, STORE_COV_INCREMENT, STORE_KEYS };

struct stored_text {
	char ups[CONF_UPS_NAME_MAX + 1];     /* whose device; empty: of the section [ups] */
	uint16_t type;                       /* BACnetObjectType: 8 device, 2 analog-value ... */
	uint32_t instance;                   /* 0 for the device, whose instance is a setting */
	enum store_key key;
	char text[STORE_TEXT_MAX + 1];
};

enum store_answer {
	STORE_DONE,
	STORE_SAME,                          /* it was there already: nothing to save */
	STORE_FULL,
	STORE_TOO_LONG,
	STORE_INVALID,                       /* not UTF-8, a NUL, or no number for COV_Increment */
};

struct store;

struct store *store_make(void);              /* NULL: no memory */
void store_free(struct store *);             /* NULL is fine */
void store_clear(struct store *);
void store_swap(struct store *, struct store *);

int store_count(const struct store *);
const struct stored_text *store_at(const struct store *, int i);
/* NULL when nobody has written it. */
const char *store_get(const struct store *, const char *ups, uint16_t type, uint32_t instance, enum store_key);
enum store_answer store_set(struct store *, const char *ups, uint16_t type, uint32_t instance, enum store_key,
	const char *text, size_t length);
bool store_remove(struct store *, const char *ups, uint16_t type, uint32_t instance, enum store_key);

const char *store_key_text(enum store_key);          /* "cov_increment" */
const char *store_answer_text(enum store_answer);

/* settings.conf as a text for file_replace(), to be freed with free(); NULL: no memory. */
char *store_serialise(const struct store *, size_t *length);

/* ---- for the parser (conf.c) ---- */

/* [object NAME/analog-value:5], without the word object.  False: no such form. */
bool store_section_parse(const char *section, struct stored_text *);
const char *store_section_text(const struct stored_text *, char *buffer, size_t size);
int store_key_find(const char *key);                 /* -1 */
/* An option that settings.conf sets; kept so that saving does not lose it.  Key "": the section itself, which may have no key. */
enum store_answer store_keep_option(struct store *, const char *section, const char *key, const char *value);

#endif
