#include "bacnet/tag.h"

/* Octets of the character at p, 0 when it is none.  Shortest form only, no surrogates, nothing above 10FFFF (RFC 3629). */
static size_t utf8_length(const uint8_t *p, size_t n)
{
	static const struct { uint8_t first, last, low, high, length; } forms[] = {
		{ 0x20, 0x7E, 0x00, 0x00, 1 }, { 0xC2, 0xDF, 0x80, 0xBF, 2 }, { 0xE0, 0xE0, 0xA0, 0xBF, 3 },
		{ 0xE1, 0xEC, 0x80, 0xBF, 3 }, { 0xED, 0xED, 0x80, 0x9F, 3 }, { 0xEE, 0xEF, 0x80, 0xBF, 3 },
		{ 0xF0, 0xF0, 0x90, 0xBF, 4 }, { 0xF1, 0xF3, 0x80, 0xBF, 4 }, { 0xF4, 0xF4, 0x80, 0x8F, 4 },
	};
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		if (p[0] < forms[i].first || p[0] > forms[i].last)
			continue;
		if (forms[i].length > n)
			return 0;
		if (forms[i].length > 1 && (p[1] < forms[i].low || p[1] > forms[i].high))
			return 0;
		for (size_t k = 2; k < forms[i].length; k++)
			if ((p[k] & 0xC0) != 0x80)
				return 0;
		return forms[i].length;
	}
	return 0;
}

bool bac_utf8_valid(const char *text, size_t n)
{
	const uint8_t *p = (const uint8_t *)text;
	while (n) {
		size_t length = utf8_length(p, n);
		if (!length)
			return false;
		p += length;
		n -= length;
	}
	return true;
}
