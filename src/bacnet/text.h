/* Texts of other character sets as UTF-8, which is what this project keeps: a client may ask for a name in the set that it uses itself. */
#ifndef BACNET_TEXT_H
#define BACNET_TEXT_H

#include "bacnet/tag.h"

enum { CHARSET_UTF8 = 0, CHARSET_UCS4 = 3, CHARSET_UCS2 = 4, CHARSET_LATIN1 = 5 };

/* Octets written to `to`, which is not terminated.  0: another set (JIS, a code page), not a whole number of characters, one that does not
 * exist, or more than `size` octets. */
size_t bac_text_to_utf8(struct bac_text, char *to, size_t size);

#endif
