/* The registers as the Modbus side sees them: tables at their addresses, behind a mutex.
 *
 * The simulation publishes all words at once, so that a reader never sees half of a change.  Over them lie, in this order, the words of
 * a file (words.h) and words set by hand (poked) or held by a fault (frozen).  A read must lie inside one table, or be covered by the
 * file altogether.  Clock tables answer with the time of the host, and with the one that they were set to from then on.
 *
 * An address belongs to a Modbus function: 3 holding registers, 4 input registers, 1 coils, 2 inputs (a bit is a word of 0 or 1).
 * Function 0 means the first of 3, 4, 1, 2 that has it. */
#ifndef SIM_REGISTERS_H
#define SIM_REGISTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mono.h"
#include "sim/drive.h"
#include "sim/words.h"

struct registers;

struct registers *registers_make(const struct drive *);          /* copies the addresses; NULL: no memory */
void registers_free(struct registers *);

void registers_publish(struct registers *, const uint16_t *words);         /* all cells of the drive */

/* From now on these words, and with `only`, or when they are whole, no others at all; NULL: none.  Takes them. */
void registers_serve(struct registers *, struct words *, bool only);
bool registers_file(struct registers *, char *name, size_t size);           /* which file that is; false: none */

/* Any thread.  False when the words do not all lie in one table. */
bool registers_read(struct registers *, int function, uint16_t address, int count, uint16_t *words);

/* By a client, function 16.  Nothing but a clock that the map calls writable can be written. */
enum registers_written { REGISTERS_WRITTEN, REGISTERS_READ_ONLY, REGISTERS_BAD_VALUE };
enum registers_written registers_write(struct registers *, uint16_t address, int count, const uint16_t *words);

bool registers_has(struct registers *, int function);            /* any table of it */

/* False when no table has this address.  registers_freeze holds the word that stands there now. */
bool registers_poke(struct registers *, int function, uint16_t address, uint16_t value);
bool registers_freeze(struct registers *, int function, uint16_t address);
bool registers_unpoke(struct registers *, int function, uint16_t address);
void registers_unpoke_all(struct registers *);
int registers_pokes(struct registers *);                         /* how many words are held by hand */

#endif
