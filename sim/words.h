/* Register words out of a text file: what a UPS holds in a certain situation, written down by somebody who read its manual and not its
 * map.  The simulator serves exactly these words, so it can show what the map gets wrong.
 *
 *     # comment
 *     situation ECO MODE              a name; what stands above the first one belongs to every situation
 *     0x1020 0x0082 0x0000            an address, and the words from there on
 *     4:0x0200 2300                   an input register: function 4 (3 unless it is said; 1 and 2 are single bits)
 *
 * A list of situations (family/situation.h, tests/data/situations-*.tsv) is read as well; it is known by ".tsv".  Each of its situations is
 * the whole memory of a UPS, so nothing else is served beside it.
 *
 * Between words stand blanks or tabs; numbers are decimal or hexadecimal (0x), negative ones are 16-bit words.  A later word for the
 * same address replaces an earlier one.  A plain value once it is read; owns its memory. */
#ifndef SIM_WORDS_H
#define SIM_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum { WORDS_MAX = 4096 };

struct word_at {
	uint8_t function;
	uint16_t address, value;
};

struct words {
	char name[160];                  /* the file, and the situation in it */
	bool whole;                      /* it is all that the UPS has */
	int count;
	struct word_at word[WORDS_MAX];  /* in the order of function and address, no address twice */
};

/* `situation` NULL: what belongs to every situation; when the file has situations, one must be named.  NULL with file, line and reason. */
struct words *words_parse(const char *text, size_t length, const char *file, const char *situation, struct err_at *why);
struct words *words_of_situation(const char *text, size_t length, const char *file, const char *situation, struct err_at *why);

/* A file of either kind. */
struct words *words_open(const char *path, const char *situation, struct err_at *why);
void words_free(struct words *);

bool words_find(const struct words *, int function, uint16_t address, uint16_t *value);

/* Does it have all of them? */
bool words_cover(const struct words *, int function, uint16_t address, int count);

#endif
