#include "base/utf8.h"

#include <string.h>

size_t utf8_next(const char *text, size_t n, uint32_t *code)
{
	/* By its first octet: the range of the second, the length, the bits of the first that count. */
	static const struct { uint8_t first, last, low, high, length, mask; } forms[] = {
		{ 0x00, 0x7F, 0x00, 0x00, 1, 0x7F }, { 0xC2, 0xDF, 0x80, 0xBF, 2, 0x1F }, { 0xE0, 0xE0, 0xA0, 0xBF, 3, 0x0F },
		{ 0xE1, 0xEC, 0x80, 0xBF, 3, 0x0F }, { 0xED, 0xED, 0x80, 0x9F, 3, 0x0F }, { 0xEE, 0xEF, 0x80, 0xBF, 3, 0x0F },
		{ 0xF0, 0xF0, 0x90, 0xBF, 4, 0x07 }, { 0xF1, 0xF3, 0x80, 0xBF, 4, 0x07 }, { 0xF4, 0xF4, 0x80, 0x8F, 4, 0x07 },
	};
	const uint8_t *p = (const uint8_t *)text;
	*code = 0;
	if (n == 0)
		return 0;
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		if (p[0] < forms[i].first || p[0] > forms[i].last)
			continue;
		if (forms[i].length > n)
			return 0;
		uint32_t c = p[0] & forms[i].mask;
		for (size_t k = 1; k < forms[i].length; k++) {
			uint8_t low = k == 1 ? forms[i].low : 0x80, high = k == 1 ? forms[i].high : 0xBF;
			if (p[k] < low || p[k] > high)
				return 0;
			c = c << 6 | (p[k] & 0x3F);
		}
		*code = c;
		return forms[i].length;
	}
	return 0;
}

static bool is_control(uint32_t c)
{
	static const struct { uint32_t first, last; } controls[] = {
		{ 0x00, 0x1F }, { 0x7F, 0x9F }, { 0x061C, 0x061C }, { 0x200E, 0x200F }, { 0x2028, 0x202E }, { 0x2066, 0x2069 },
	};
	for (size_t i = 0; i < sizeof controls / sizeof controls[0]; i++)
		if (c >= controls[i].first && c <= controls[i].last)
			return true;
	return false;
}

static bool check(const char *text, size_t n, bool controls)
{
	uint32_t code;
	while (n) {
		size_t length = utf8_next(text, n, &code);
		if (!length || code == 0 || (!controls && is_control(code)))
			return false;
		text += length;
		n -= length;
	}
	return true;
}

bool utf8_valid(const char *text, size_t n)
{
	return check(text, n, true);
}

bool utf8_printable(const char *text, size_t n)
{
	return check(text, n, false);
}

size_t utf8_copy(char *to, size_t size, const char *from)
{
	size_t n = 0, left = strlen(from);
	while (left) {
		uint32_t code;
		size_t length = utf8_next(from, left, &code);
		bool good = length && !is_control(code);
		size_t octets = good ? length : 1;
		if (n + octets >= size)
			break;
		memcpy(to + n, good ? from : "?", octets);
		n += octets;
		length = length ? length : 1;
		from += length;
		left -= length;
	}
	to[n] = 0;
	return n;
}
