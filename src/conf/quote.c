#include "conf/quote.h"

#include <stdint.h>
#include <string.h>

static const struct { char text, letter; } escapes[] = {
	{ '"', '"' }, { '\\', '\\' }, { '\n', 'n' }, { '\r', 'r' }, { '\t', 't' },
};
static const char hex[] = "0123456789abcdef";

static int hex_digit(char c)
{
	const char *p = c ? strchr(hex, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;
	return p ? (int)(p - hex) : -1;
}

/* One escape behind its backslash; *p is moved behind it.  -1: there is no such escape. */
static int escape_read(const char **p)
{
	char c = *(*p)++;
	if (c == 'x') {
		int high = hex_digit(**p);
		int low = high < 0 ? -1 : hex_digit((*p)[1]);
		if (low < 0)
			return -1;
		*p += 2;
		return high << 4 | low;
	}
	for (size_t i = 0; c && i < sizeof escapes / sizeof *escapes; i++)
		if (escapes[i].letter == c)
			return (unsigned char)escapes[i].text;
	return -1;
}

bool quote_read(const char *value, char *out, size_t size, const char **why)
{
	size_t n = 0;
	bool quoted = value[0] == '"';
	const char *p = value + quoted;
	while (*p && !(quoted && *p == '"')) {
		int c = (unsigned char)*p++;
		if (quoted && c == '\\')
			c = escape_read(&p);
		if (c <= 0) {
			*why = c < 0 ? "unknown escape behind a backslash" : "a NUL is no text";
			return false;
		}
		if (n + 1 >= size) {
			*why = "too long";
			return false;
		}
		out[n++] = (char)c;
	}
	if (quoted && (*p != '"' || p[1] != 0)) {
		*why = *p == '"' ? "something stands behind the closing quote" : "the closing quote is missing (inside quotes a semicolon is \\x3b)";
		return false;
	}
	out[n] = 0;
	return true;
}
