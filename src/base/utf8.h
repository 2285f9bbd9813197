/* UTF-8 (RFC 3629): shortest forms only, no surrogates, nothing above 10FFFF.
 *
 * Two questions are asked of a text that a stranger gave: is it UTF-8 at all, and may a person's terminal or page have it?  A
 * control character in a name moves the cursor, and a bidirectional one shows the name in another order than it is. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Octets of the character at p, of which n are there, and its number; 0 when there is none. */
size_t utf8_next(const char *p, size_t n, uint32_t *code);

bool utf8_valid(const char *text, size_t n);          /* and no NUL */

/* Valid, and no control character: none of C0, DEL, C1, the line and paragraph separators, the marks of bidirectional text. */
bool utf8_printable(const char *text, size_t n);

/* Copies a terminated text into size >= 1 octets, whole characters, always terminated; every octet that begins no character, and
 * every control character, becomes '?'.  The octets copied. */
size_t utf8_copy(char *to, size_t size, const char *from);

#endif
