/* The configuration: every option of bacnet-ups.conf as one plain struct, and where each value comes from.
 *
 * options.def has a row for each option; the parser, --check-config, the sample file, the man page and the list of what a reload
 * changes walk the rows.  A file is taken whole or not at all: each complaint names file and line, and *conf stays as it was.
 * Nothing here is shared or global; loading is done by one thread at a time (inih's line length is a global of that library).
 * Nothing in struct conf points anywhere, so it may be copied, compared and handed to another thread. */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "conf/errors.h"

enum {
	CONF_UPS_MAX = 32,
	CONF_UPS_NAME_MAX = 32,
	CONF_VALUE_MAX = 160,        /* longest value as text, with its end */
};

/* ---- values ---- */

/* How many rows options.def has. */
#define OPTION(...) +1
enum {
	CONF_OPTIONS = 0
#include "conf/options.def"
};
#undef OPTION

enum { CONF_NETS_MAX = 16 };                 /* in one NETS */
enum { CONF_AUTO = INT32_MIN };              /* of a NUMBER whose default is "auto": not set */

/* Where a value comes from.  Kept: a program has set it, and it is kept in the state directory. */
enum conf_source { CONF_DEFAULT, CONF_CONFIGURED, CONF_KEPT };

enum conf_object_map { CONF_MAP_SOCOMEC, CONF_MAP_STANDARD };
enum conf_clock { CONF_CLOCK_UPS, CONF_CLOCK_HOST };
enum conf_writable { CONF_WRITABLE_LABELS, CONF_WRITABLE_NONE, CONF_WRITABLE_TEST };

/* CHOICE members hold the index of the choice in its row. */
struct conf_ups {
	char name[CONF_UPS_NAME_MAX + 1];    /* of [ups:NAME]; empty for [ups] */
	int line;                            /* of the section; 0 when there is none */
	char family[160];
	char link[96];
	uint8_t baud, parity, unit_step;     /* see conf_baud(), conf_parity(), conf_unit_step() */
	uint8_t set_clock;                   /* 1: yes */
	int32_t slave, unit_number, timeout, retries, measurement_interval;
	uint8_t source[CONF_OPTIONS];        /* enum conf_source; see conf_option_source() */
};

struct conf {
	char interface[16];                  /* exactly one of interface and address is set */
	uint8_t address[4];                  /* 0.0.0.0: not set */
	int32_t port, network_number, device_instance;
	char device_name[64], vendor_name[64];
	int32_t vendor_identifier;
	uint8_t object_map;                  /* enum conf_object_map */
	uint8_t writable;                    /* enum conf_writable */
	int32_t apdu_length, apdu_timeout, apdu_segment_timeout, apdu_retries;
	int32_t startup_delay, utc_offset;
	uint8_t clock;                       /* enum conf_clock */
	int32_t cov_subscriptions;
	char allow[160], services_off[160];
	char control_path[108];
	char control_admin_group[32];
	char family_directory[160];          /* empty: none */
	char led_directory[128];
	char led_power[64], led_link[64], led_rx[64], led_tx[64];    /* names of devices there; empty: none */
	struct conf_ups ups[CONF_UPS_MAX];   /* in the order of the sections; [0] is there even without a section */
	int ups_count;
	uint8_t source[CONF_OPTIONS];
};

uint32_t conf_baud(const struct conf_ups *);         /* 0 = auto */
char conf_parity(const struct conf_ups *);           /* 'N', 'E', 'O' */
uint16_t conf_unit_step(const struct conf_ups *);    /* 0 = auto */

/* ---- loading ---- */

void conf_defaults(struct conf *);

/* Defaults, then `path`, then conf_check().  False: *conf is as it was. */
bool conf_load(struct conf *, const char *path, struct conf_errors *);

/* One text over what *conf holds.  `name` stands in complaints.  False: *conf is as it was. */
bool conf_parse(struct conf *, const char *text, size_t length, const char *name, struct conf_errors *);

/* What no single row can tell. */
bool conf_check(const struct conf *, const char *name, struct conf_errors *);

/* ---- rows ---- */

enum conf_type { CONF_TEXT, CONF_NUMBER, CONF_CHOICE, CONF_ADDRESS, CONF_NETS, CONF_LINK };
enum conf_apply { CONF_LIVE, CONF_RESTART };

struct conf_option {
	const char *section, *key;
	enum conf_type type;
	bool per_ups;
	size_t offset;                       /* in struct conf; of ups[0] when per_ups */
	const char *fallback;                /* the default; CHOICE: "a|b|c", the first is the default */
	int32_t min, max;                    /* of a NUMBER; octets of a TEXT, LINK or NETS */
	const char *unit;
	enum conf_apply apply;
	const char *help;
};

const struct conf_option *conf_option(int i);
const struct conf_option *conf_option_find(const char *section, const char *key);     /* section without ":NAME"; NULL */

enum conf_source conf_option_source(const struct conf_option *, const struct conf *, int ups);
void conf_set_source(const struct conf_option *, struct conf *, int ups, enum conf_source);
const char *conf_source_text(enum conf_source);      /* "default", "configured", "kept" */

/* Checks a value and, when `conf` is not NULL, puts it in.  `ups` counts only for rows that are per UPS.  False with the reason in
 * `why` ("must be 1 to 65535"), for the web form and for the parser alike. */
bool conf_option_set(const struct conf_option *, struct conf *conf, int ups, const char *value, char *why, size_t size);

/* The value as it would stand in a file. */
const char *conf_option_text(const struct conf_option *, const struct conf *, int ups, char *buffer, size_t size);
const char *conf_option_default(const struct conf_option *, char *buffer, size_t size);
const char *conf_apply_text(enum conf_apply);

/* "1 to 65535", "socomec, standard", "1 to 63 octets": what may stand there. */
const char *conf_option_range(const struct conf_option *, char *buffer, size_t size);

/* ---- what a reload changes ---- */

struct conf_change {
	const struct conf_option *option;    /* NULL: a UPS was added, removed or renamed */
	int ups;                             /* index of the UPS, or -1 */
};

/* How many options differ; the first `max` are written to `changes`. */
int conf_diff(const struct conf *before, const struct conf *after, struct conf_change *changes, int max);

/* bacnet-ups.conf with every option, its default and its help, all commented out but what must be set. */
void conf_write_sample(FILE *);

#endif
