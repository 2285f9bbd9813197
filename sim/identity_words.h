/* The words that do not move: identification, nominal values, unit numbers.  Written once into each view of a system.
 *
 * What the map describes (model code, serial number, kVA ...) is written through its field rows.  What a real UPS also fills but no
 * gateway reads (nominal voltages, battery capacity) stands as rows in identity_words.c, with the manual's page. */
#ifndef SIM_IDENTITY_WORDS_H
#define SIM_IDENTITY_WORDS_H

#include "sim/drive.h"
#include "sim/solve.h"

void identity_words_write(const struct family *, const struct layout_shape *, const struct drive_identity *, uint8_t unit,
	const struct solve_view *, uint16_t *word);

#endif
