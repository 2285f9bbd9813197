/* Where the tables of a simulated system stand: of a single unit, or of the UPS level, the concentrator and each unit of a parallel
 * system, at the addresses at which a gateway looks for them (family_address).
 *
 * Each address is one cell, an index into one array of words: tables that overlap (the same words under two letters of a map)
 * share their cells.  A "view" is what one level of one unit sees; a "place" is what is driven at once: place 0 the single unit or
 * the system as a whole, place 1..N the units of a parallel system.  A plain value, const once it is made. */
#ifndef SIM_LAYOUT_H
#define SIM_LAYOUT_H

#include "family/family.h"
#include "sim/solve.h"

enum {
	LAYOUT_PLACES_MAX = FAM_UNITS_MAX + 1, LAYOUT_VIEWS_MAX = FAM_UNITS_MAX + 2,
	LAYOUT_TABLES_MAX = LAYOUT_VIEWS_MAX * FAM_BLOCKS_MAX,
};

struct layout_shape {
	bool parallel;
	uint8_t units;               /* 1 when it is not parallel */
	uint8_t phases_in, phases_out;
	bool factor_10;              /* where the map has a factor word */
	bool no_concentrator;        /* where the concentrator and unit 1 share an address, it is unit 1 that answers */
	bool short_tables;           /* tables with a shorter read are that short: a longer read gets an exception */
	char refused[FAM_BLOCKS_MAX + 1];    /* letters of tables that this UPS does not have */
};

struct layout_table {
	uint8_t function;            /* of Modbus, that reads it */
	uint16_t address;
	uint8_t count;
	uint8_t block;               /* index into family.block */
	uint8_t place;               /* that drives it */
	int first;                   /* cell of its first word */
};

struct layout_view {
	enum level level;
	uint8_t unit, place;
	struct solve_view cells;
};

struct layout {
	const struct family *f;
	struct layout_shape shape;
	struct layout_view view[LAYOUT_VIEWS_MAX];
	int views;
	struct layout_table table[LAYOUT_TABLES_MAX];
	int tables, cells;
};

/* False with *why filled: a family that cannot be parallel, a letter that is no table. */
bool layout_make(struct layout *, const struct family *, const struct layout_shape *, struct err_at *why);
enum ups_system layout_system(const struct layout *);
int layout_find(const struct layout *, int block, uint16_t address);         /* a table, -1 = none */
int layout_block(const struct family *, char letter);                        /* -1 = none */

#endif
