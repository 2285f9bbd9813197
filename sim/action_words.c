#include "sim/action_words.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool action_no(char *why, size_t size, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	vsnprintf(why, size, format, list);
	va_end(list);
	return false;
}

int action_split(char *line, char **word, int words_max)
{
	int n = 0;
	for (char *p = line;;) {
		while (isspace((unsigned char)*p))
			p++;
		if (!*p)
			return n;
		if (n == words_max)
			return -1;
		if (*p == '"' || *p == '\'') {
			char quote = *p++;
			word[n++] = p;
			p = strchr(p, quote);
			if (!p)
				return -1;
			*p++ = 0;
			continue;
		}
		word[n++] = p;
		while (*p && !isspace((unsigned char)*p))
			p++;
		if (*p)
			*p++ = 0;
	}
}

bool action_time(const char *word, int64_t *ms)
{
	static const struct { const char *unit; double ms; } units[] = {
		{ "ms", 1 }, { "s", 1e3 }, { "", 1e3 }, { "m", 6e4 }, { "h", 3.6e6 },
	};
	char *end;
	if (!isdigit((unsigned char)*word) && *word != '.')
		return false;
	double v = strtod(word, &end);
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (strcmp(end, units[i].unit) == 0 && v * units[i].ms <= 1e12) {
			*ms = (int64_t)llround(v * units[i].ms);
			return true;
		}
	return false;
}

bool action_integer(const char *word, long low, long high, int32_t *v)
{
	char *end;
	errno = 0;
	long n = strtol(word, &end, 0);
	if (end == word || *end || errno || n < low || n > high)
		return false;
	*v = (int32_t)n;
	return true;
}
