#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

bool err_set(struct err_at *why, const char *file, int line, const char *format, ...)
{
	if (!why)
		return false;
	snprintf(why->file, sizeof why->file, "%s", file);
	why->line = line;
	va_list args;
	va_start(args, format);
	vsnprintf(why->text, sizeof why->text, format, args);
	va_end(args);
	return false;
}

const char *err_format(const struct err_at *why, char *buffer, size_t size)
{
	if (why->line > 0)
		snprintf(buffer, size, "%s:%d: %s", why->file, why->line, why->text);
	else
		snprintf(buffer, size, "%s: %s", why->file, why->text);
	return buffer;
}
