/* The registers as the Modbus side sees them: tables at their addresses, behind a mutex.
 *
 * The simulation publishes all words at once, so that a reader never sees half of a change.  Words set by hand (poked) stay until
 * they are let go.  A read must lie inside one table.  Clock tables answer with the time of the host. */
#ifndef SIM_REGISTERS_H
#define SIM_REGISTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mono.h"
#include "sim/drive.h"

struct registers;

struct registers *registers_make(const struct drive *);                    /* copies the addresses; NULL: no memory */
void registers_free(struct registers *);

void registers_publish(struct registers *, const uint16_t *words);         /* all cells of the drive */

/* Any thread.  False when the words do not all lie in one table. */
bool registers_read(struct registers *, uint16_t address, int count, uint16_t *words);

/* False when no table has this address.  registers_freeze holds the word that stands there now. */
bool registers_poke(struct registers *, uint16_t address, uint16_t value);
bool registers_freeze(struct registers *, uint16_t address);
bool registers_unpoke(struct registers *, uint16_t address);
void registers_unpoke_all(struct registers *);
int registers_pokes(struct registers *);                         /* how many words are held by hand */

#endif
