/* INI text -> one call for each section and each "key = value".  inih stands behind it and nowhere else.
 *
 * Stricter than inih, because a configuration that is half understood is worse than one that is refused: a line that is too long, a
 * section without an end, octets that are not UTF-8 and a key outside of any section are complaints with their line, not silence.
 * Blanks before a key are ignored (inih would take the line for a continuation of the one before). */
#ifndef CONF_LINES_H
#define CONF_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/errors.h"

enum {
	LINES_LINE_MAX = 1600,               /* octets of a line; a quoted text of 255 octets needs 1022 and its key */
	LINES_SECTION_MAX = 79,
};

struct lines_handler {
	void (*section)(void *ctx, const char *section, int line);
	void (*key)(void *ctx, const char *section, const char *key, const char *value, int line);
	void *ctx;
	const char *name;                    /* of the file, for complaints */
	struct conf_errors *errors;
};

/* Calls the handlers in the order of the file.  False when the form of a line was wrong; what the handlers dislike is their business. */
bool lines_parse(const char *text, size_t length, const struct lines_handler *);

#endif
