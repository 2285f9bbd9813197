/* The registers as the Modbus side sees them: tables at their addresses, behind a mutex.
 *
 * The simulation publishes all words at once, so that a reader never sees half of a change.  Words set by hand (poked) stay until
 * they are let go.  A read must lie inside one table.  Clock tables answer with the time of the host. */
#ifndef SIM_BANK_H
#define SIM_BANK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mono.h"
#include "sim/drive.h"

struct bank;

struct bank *bank_make(const struct drive *);                    /* copies the addresses; NULL: no memory */
void bank_free(struct bank *);

void bank_publish(struct bank *, const uint16_t *words);         /* all cells of the drive */

/* Any thread.  False when the words do not all lie in one table. */
bool bank_read(struct bank *, uint16_t address, int count, uint16_t *words);

/* False when no table has this address.  bank_freeze holds the word that stands there now. */
bool bank_poke(struct bank *, uint16_t address, uint16_t value);
bool bank_freeze(struct bank *, uint16_t address);
bool bank_unpoke(struct bank *, uint16_t address);
void bank_unpoke_all(struct bank *);

#endif
