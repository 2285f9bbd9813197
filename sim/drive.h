/* Wanted values -> register words: a family map read backwards.
 *
 * A drive knows all tables of one simulated system, at the addresses at which a gateway looks for them (family_address): of a
 * single unit, or of the UPS level, the concentrator and each unit of a parallel system.  Tables that stand at one address are one
 * table.  A "place" is what is driven at once: place 0 the single unit or the system as a whole, place 1..N the units of a
 * parallel system.  Owned by one thread; after drive_make it allocates nothing. */
#ifndef SIM_DRIVE_H
#define SIM_DRIVE_H

#include "family/family.h"
#include "sim/layout.h"
#include "sim/want.h"

struct drive_identity {
	uint16_t code;               /* 0: the first model of the map, or what its probe accepts */
	uint32_t kva_x10;
	char serial[24], reference[24], location[24], model[64];
};

struct drive;

/* NULL with *why filled: no memory, a family that cannot be parallel, a letter that is no table. */
struct drive *drive_make(const struct family *, const struct layout_shape *, const struct drive_identity *, struct err_at *why);
void drive_free(struct drive *);

const struct family *drive_family(const struct drive *);
int drive_places(const struct drive *);                     /* 1, or 1 + units */
int drive_order(const struct drive *, int i);               /* place to drive as the i-th: later ones look at words of earlier */
int drive_tables(const struct drive *, const struct layout_table **);
const uint16_t *drive_words(const struct drive *, int *cells);

/* Makes the tables of a place show the wish.  False, with nothing changed, when what was by_hand contradicts itself; `why` then says
 * which wish could not be had ("UnitAlarms ON BATTERY off"). */
bool drive_place(struct drive *, int place, const struct want *, char *why, size_t size);

/* What a gateway with this unit_number would have read: every table once, at the address where it looks. */
void drive_image(const struct drive *, uint8_t unit_number, struct fam_image *, struct mono at);

/* The wish as this family can show it: a state or bit that the map has no row for becomes the one that the UPS would show. */
uint8_t drive_state(const struct drive *, int state, uint8_t value);
uint32_t drive_bits(const struct drive *, int bits);        /* those with a row */
const struct fam_point *drive_row(const struct drive *, int point);      /* that fills it; NULL: the map has no word for it */

/* Has it registers of its own?  Unit 0: the unit level of the system as a whole (of a single unit: the only one). */
bool drive_unit_visible(const struct drive *, int unit);

#endif
