/* A complaint about a file that somebody wrote: where and why, in one value, so that loaders of maps, configuration and scenarios
 * say the same thing in the same form: "FILE:LINE: TEXT".  line 0 means the file as a whole. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>

struct err_at {
	char file[160];
	int line;
	char text[240];
};

/* Fills it and returns false, so that a loader can `return err_set(why, ...)`.  `why` may be NULL. */
bool err_set(struct err_at *why, const char *file, int line, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* "FILE:LINE: TEXT", or "FILE: TEXT" when line is 0. Always terminated. */
const char *err_format(const struct err_at *why, char *buffer, size_t size);

#endif
