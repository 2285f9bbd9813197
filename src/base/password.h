/* Passwords as they are kept: a file with a line "NAME HASH" for each, of mode 0600, the hash argon2id (libsodium).
 *
 * The parameters are small, 8 MiB and three passes, some ten milliseconds: a gateway has little memory, and whoever guesses over the network is
 * slowed elsewhere.  A hash of other parameters fits nothing, so that no file makes a check cost more.  All of these block: on a busy loop
 * they run on the worker. */
#ifndef BASE_PASSWORD_H
#define BASE_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum { PASSWORD_CHARACTERS = 20, PASSWORD_OCTETS = 4 * PASSWORD_CHARACTERS };        /* at most, as BACnet has it */

enum password_shape { PASSWORD_FINE, PASSWORD_TOO_LONG, PASSWORD_NO_TEXT /* empty, or not UTF-8 */ };
enum password_shape password_shape(const char *text, size_t n);

/* Does the text fit what the file keeps under this name?  No file, no line, nothing that is a hash: no. */
bool password_fits(const char *path, const char *name, const char *text, size_t n);

/* Keeps a password under this name in place of an earlier one; the others stay.  False with *why. */
bool password_keep(const char *path, const char *name, const char *text, size_t n, struct err_at *why);

#endif
