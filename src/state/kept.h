/* What outlives a restart and nobody configures, as one bounded table in memory: for each station the properties that BACnet clients
 * wrote, the options that programs set, its Database_Revision, and what is known of its UPS.
 *
 * document.h turns it into the text of kept.json and back; state.h keeps that file.  A property's value is the application-tagged octets
 * of the write, so any datatype survives octet for octet.  The Device object, whose instance is a setting, is kept under instance
 * 4194303.  Belongs to one thread.  Setting properties and options never allocates: a full table says so, and the writer is told. */
#ifndef STATE_KEPT_H
#define STATE_KEPT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	KEPT_STATIONS_READ_MAX = 256,        /* of a document, whether the configuration has them or not */
	KEPT_STATIONS_MAX = 288,             /* with as many as a configuration may name (CONF_UPS_MAX) */
	KEPT_NAME_MAX = 32,                  /* octets of a station's name */
	KEPT_PROPERTIES_MAX = 2048,
	KEPT_VALUE_MAX = 16 * 1024,          /* octets of one value */
	KEPT_OCTETS_MAX = 128 * 1024,        /* of all values */
	KEPT_OPTIONS_MAX = 256,
	KEPT_OPTION_MAX = 160,               /* octets of an option's value, with its end */
	KEPT_KEY_MAX = 32,
	KEPT_ALL_STATIONS = -1,              /* an option of the process */
};

enum kept_answer {
	KEPT_DONE,
	KEPT_SAME,                           /* it was there already: nothing to save */
	KEPT_FULL,                           /* nothing has changed */
};

struct kept_property {
	int station;
	uint32_t object, property;
	size_t at, length;                   /* where its octets are; kept_octets() */
};

struct kept_option {
	int station;                         /* KEPT_ALL_STATIONS */
	char section[KEPT_KEY_MAX], key[KEPT_KEY_MAX], value[KEPT_OPTION_MAX];
};

struct kept_revision {
	uint32_t revision, digest;           /* Database_Revision, and a digest of the objects that it counts */
};

struct kept;

struct kept *kept_make(void);                /* NULL: no memory */
void kept_free(struct kept *);               /* NULL is fine */

/* The number of this station, which is given one when it has none yet; -1: the table is full or the name is too long. */
int kept_station(struct kept *, const char *name);
int kept_stations(const struct kept *);
const char *kept_station_name(const struct kept *, int station);

enum kept_answer kept_set_property(struct kept *, int station, uint32_t object, uint32_t property, const uint8_t *octets, size_t n);
/* NULL: nobody has written it. */
const struct kept_property *kept_property(const struct kept *, int station, uint32_t object, uint32_t property);
const struct kept_property *kept_property_at(const struct kept *, int i);    /* NULL beyond the end */
const uint8_t *kept_octets(const struct kept *, const struct kept_property *);       /* good until the next kept_set_property() */

enum kept_answer kept_set_option(struct kept *, int station, const char *section, const char *key, const char *value);
const struct kept_option *kept_option_at(const struct kept *, int i);        /* NULL beyond the end */

enum kept_answer kept_set_revision(struct kept *, int station, struct kept_revision);
bool kept_revision(const struct kept *, int station, struct kept_revision *);        /* false: none is known */

/* What is known of the UPS: an object whose members are its owner's business.  Set: takes the object, and members of the old one that
 * it does not have stay (a newer version may have written them).  NULL, when there was no memory for it: KEPT_FULL. */
enum kept_answer kept_set_ups(struct kept *, int station, json_t *ups);
const json_t *kept_ups(const struct kept *, int station);                    /* NULL: nothing */

/* Members of the document that this version does not know, in their places; takes the object, NULL: none. */
void kept_set_unknown(struct kept *, json_t *);
const json_t *kept_unknown(const struct kept *);

#endif
