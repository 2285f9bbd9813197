/* Items of what the daemon gives as `objects` (docs/control.md: an ENTRY each), as a person names, chooses and reads them. */
#ifndef TOOLS_ITEM_H
#define TOOLS_ITEM_H

#include "tools/writer.h"

/* BACnet's identifier of an item. */
uint32_t item_id(const json_t *item);

/* Texts for writer rows of an item. */
const char *item_brief(const json_t *item, char *buffer, size_t size);         /* "AV 70" */
const char *item_present(const json_t *item, char *buffer, size_t size);       /* what clients read: 499, 0x41, nothing */
const char *item_age(const json_t *item, char *buffer, size_t size);           /* "3 min" */
const char *item_note(const json_t *item, char *buffer, size_t size);          /* what the quality does not say already */
const char *item_words(const json_t *item, char *buffer, size_t size);         /* "49.9 Hz"; nothing when there is no value */
enum tool_colour item_colour(const json_t *item);

bool item_has(const json_t *item, const char *quality);
bool item_has_value(const json_t *item);

/* What a script gets: the value without its unit, the state's text, the texts of the bits that are set. */
json_t *item_bare(const json_t *item);

/* The objects that the command line names, as a list of texts: "AV" "70" is one.  A new reference. */
json_t *item_patterns(const struct tool *);

/* Those of `list` that are meant, in the order in which they are named, each once; everything when nothing is named.  `tidy`: without what
 * is not managed unless it is named by itself; how many these are goes to *hidden.  NULL, with the names that come nearest printed, when a
 * pattern means none. */
json_t *item_choose(const struct tool *, const json_t *list, const json_t *patterns, bool tidy, size_t *hidden);

/* Is it one that is meant? */
bool item_wanted(const struct tool *, const json_t *patterns, const json_t *item);

#endif
