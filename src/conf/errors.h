/* What is wrong with a configuration: each complaint with its file and line, the first ones kept and all of them counted. */
#ifndef CONF_ERRORS_H
#define CONF_ERRORS_H

#include <stdbool.h>

#include "base/err.h"

enum { CONF_ERRORS_MAX = 16 };               /* kept; the rest is counted */

struct conf_errors {
	int count;                           /* may be more than is kept */
	struct err_at at[CONF_ERRORS_MAX];
};

/* Adds one and returns false.  `errors` may be NULL. */
bool conf_complain(struct conf_errors *errors, const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif
