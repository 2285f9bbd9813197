/* Values of the configuration files as text: a bare word or words, or "quoted" with escapes, so that any UTF-8 text fits on one line
 * of a file that inih reads: semicolons, quotes, new lines, leading and trailing blanks. */
#ifndef CONF_QUOTE_H
#define CONF_QUOTE_H

#include <stdbool.h>
#include <stddef.h>

/* The longest that quoting makes of n octets, with both quotes and the end: \xNN for each. */
enum { QUOTE_GROWTH = 4, QUOTE_EXTRA = 3 };

/* Writes text as "..." into out.  False when it does not fit (nothing is written but an end). */
bool quote_text(const char *text, size_t length, char *out, size_t size);

/* A value as it stands in the file -> the text.  Bare values are taken as they are; quoted ones must end with their quote.  False
 * with the reason in *why, which is a constant string. */
bool quote_read(const char *value, char *out, size_t size, const char **why);

#endif
