/* Entries of the daemon's objects (docs/control.md), as a person names, chooses and reads them. */
#ifndef TOOLS_ENTRY_H
#define TOOLS_ENTRY_H

#include "tools/writer.h"

/* BACnet's identifier of an entry. */
uint32_t entry_id(const json_t *entry);

/* Texts for writer rows of an entry. */
const char *entry_brief(const json_t *entry, char *buffer, size_t size);         /* "AV 70" */
const char *entry_present(const json_t *entry, char *buffer, size_t size);       /* what clients read: 499, 0x41, nothing */
const char *entry_age(const json_t *entry, char *buffer, size_t size);           /* "3 min" */
const char *entry_note(const json_t *entry, char *buffer, size_t size);          /* what the quality does not say already */
const char *entry_words(const json_t *entry, char *buffer, size_t size);         /* "49.9 Hz"; nothing when there is no value */
enum tool_colour entry_colour(const json_t *entry);

bool entry_has(const json_t *entry, const char *quality);
bool entry_has_value(const json_t *entry);

/* What a script gets: the value without its unit, the state's text, the texts of the bits that are set. */
json_t *entry_bare(const json_t *entry);

/* The objects that the command line names, as a list of texts: "AV" "70" is one.  A new reference. */
json_t *entry_patterns(const struct tool *);

/* Those of `list` that are meant, in the order in which they are named, each once; everything when nothing is named.  `tidy`: without what
 * is not managed unless it is named by itself; how many these are goes to *hidden.  NULL, with the names that come nearest printed, when a
 * pattern means none. */
json_t *entry_choose(const struct tool *, const json_t *list, const json_t *patterns, bool tidy, size_t *hidden);

/* Is it one that is meant? */
bool entry_wanted(const struct tool *, const json_t *patterns, const json_t *entry);

#endif
