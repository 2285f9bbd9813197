/* Values of the configuration files as text: a bare word or words, or "quoted" with escapes, so that any UTF-8 text fits on one line
 * of a file that inih reads: semicolons, quotes, new lines, leading and trailing blanks. */
#ifndef CONF_QUOTE_H
#define CONF_QUOTE_H

#include <stdbool.h>
#include <stddef.h>

/* A value as it stands in the file -> the text.  Bare values are taken as they are; quoted ones must end with their quote.  False
 * with the reason in *why, which is a constant string. */
bool quote_read(const char *value, char *out, size_t size, const char **why);

#endif
