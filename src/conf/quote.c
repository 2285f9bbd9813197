#include "conf/quote.h"

#include <stdint.h>
#include <string.h>

static const struct { char text, letter; } escapes[] = {
	{ '"', '"' }, { '\\', '\\' }, { '\n', 'n' }, { '\r', 'r' }, { '\t', 't' },
};
static const char hex[] = "0123456789abcdef";

/* Octets that stand for themselves inside quotes.  inih takes " ;" for a comment even there. */
static bool plain(unsigned char c)
{
	return c >= 0x20 && c != 0x7f && c != ';' && c != '"' && c != '\\';
}

static char letter_of(char c)
{
	for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
		if (escapes[i].text == c)
			return escapes[i].letter;
	return 0;
}

bool quote_text(const char *text, size_t length, char *out, size_t size)
{
	size_t n = 0;
	if (size)
		out[0] = 0;
	if (size < QUOTE_EXTRA)
		return false;
	out[n++] = '"';
	for (size_t i = 0; i < length; i++) {
		if (n + QUOTE_GROWTH + 2 > size) {
			out[0] = 0;
			return false;
		}
		unsigned char c = (unsigned char)text[i];
		if (plain(c)) {
			out[n++] = (char)c;
			continue;
		}
		out[n++] = '\\';
		if (letter_of((char)c)) {
			out[n++] = letter_of((char)c);
			continue;
		}
		out[n++] = 'x';
		out[n++] = hex[c >> 4];
		out[n++] = hex[c & 15];
	}
	out[n++] = '"';
	out[n] = 0;
	return true;
}

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
