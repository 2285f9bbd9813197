#include "conf/errors.h"

#include <stdarg.h>
#include <stdio.h>

bool conf_complain(struct conf_errors *errors, const char *file, int line, const char *format, ...)
{
	if (!errors)
		return false;
	if (errors->count < CONF_ERRORS_MAX) {
		char text[sizeof errors->at[0].text];
		va_list args;
		va_start(args, format);
		vsnprintf(text, sizeof text, format, args);
		va_end(args);
		err_set(&errors->at[errors->count], file, line, "%s", text);
	}
	errors->count++;
	return false;
}
