/* A list of situations (tests/data/situations-*.tsv): what a UPS says in a certain situation, word by word, and what that means.
 *
 * It is written from the register notes and manuals and not from the maps, so that a map, and a simulator that is the map backwards,
 * can be held against it.  Lines of columns with tabs between them, `#` begins a comment line:
 *
 *     situation   its name; the rows of one follow each other
 *     unit        single, or the unit number of the gateway in a parallel system: 0, 1, 2 ...
 *     kind        words      `where` is an absolute address, `value` the words from there, in hexadecimal with blanks between them
 *                 like       `where` is an earlier situation: its words come first, later ones replace them
 *                 gone       `where` is an absolute address, `value` a number: the UPS refuses these words
 *                 state      `where` is an object, `value` the number of the state, or -- not managed
 *                 bits       `where` is an object, `value` the numbers of all bits that are 1, or - for none
 *                 point      `where` is an object, `value` the number as a person reads it, absent, stale N or --
 *                 model      `value` is the text
 *     where, value, note
 *
 * A row of another kind is for those who hold it against what is shown.  Nothing allocates. */
#ifndef FAMILY_SITUATION_H
#define FAMILY_SITUATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { SITUATION_NAME_SIZE = 64, SITUATION_VALUE_SIZE = 512, SITUATION_COLUMNS = 6 };

/* The words at their addresses, among the 65536 that there can be. */
struct situation_memory {
	uint16_t word[65536];
	bool there[65536];
};

/* All words of the situation of this name, those of the one that it is like first.  False with *why: there is none, or a row has a fault. */
bool situation_load(const char *text, size_t length, const char *file, const char *name, struct situation_memory *, struct err_at *why);

#endif
