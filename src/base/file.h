/* Whole files.  Both functions block, so on a busy loop they run on the worker. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* The file's octets, with a NUL behind them that *length does not count; free() it.  NULL with *why: it cannot be read, it is no regular
 * file, or it has more than max octets.  errno tells a file that is not there (ENOENT) from one that cannot be read. */
char *file_read(const char *path, size_t max, size_t *length, struct err_at *why);

/* Replaces the file so that after a crash at any moment either the old or the new one is there, whole: a temporary file PATH.new, fsync,
 * rename, fsync of the directory.  False with *why: the old file is untouched, unless only the last step failed. */
bool file_replace(const char *path, const char *text, size_t length, struct err_at *why);
/* The same for what nobody else may read: mode 0600, and it belongs to whom its directory belongs when that is not who runs this (root). */
bool file_replace_private(const char *path, const char *text, size_t length, struct err_at *why);

#endif
