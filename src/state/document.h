/* The text of kept.json and back: what struct kept holds, as JSON that a person can read and repair.
 *
 *     {
 *      "format": 1,
 *      "options": {"bacnet": {"port": "47809"}},
 *      "stations": {
 *       "": {                                                   the name of [ups:NAME]; empty for [ups]
 *        "options": {"slave": "3"},
 *        "database": {"revision": 12, "digest": 3735928559},
 *        "ups": {"family": "masterys", ...},
 *        "properties": {
 *         "device": {"location": {"text": "Hall 2"}},           without an instance: that is a setting
 *         "analog-value:70": {"cov-increment": {"real": 0.5}}}}}
 *     }
 *
 * Members that this version does not know are kept in their places and written again.  A member that it knows and that cannot be true
 * (a number out of its range, a value without a form) is a fault: it is left out, counted and the first one named. */
#ifndef STATE_DOCUMENT_H
#define STATE_DOCUMENT_H

#include "state/kept.h"

enum { DOCUMENT_FORMAT = 1, DOCUMENT_SIZE_MAX = 4 * 1024 * 1024 };

struct document_faults {
	int count;
	char first[200];                     /* "database.revision: not a number of 0 to 4294967295" */
};

/* Over an empty struct kept.  False: the text is no such document (damaged, cut, of a newer format) and `why` says where; nothing was
 * read.  True: what could be read is in *k; look at the faults. */
bool document_read(struct kept *k, const char *text, size_t length, struct document_faults *, char *why, size_t size);

/* For people, or without white space when that would be more than DOCUMENT_SIZE_MAX octets; it may still be more, and such a text must
 * not be written, because nobody would read it.  free() it; NULL: no memory. */
char *document_text(const struct kept *, size_t *length);

#endif
