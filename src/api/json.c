#include "api/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Exact: the value is an integer with so many decimals. */
void json_decimal_text(char *out, size_t size, int64_t value, int decimals)
{
	static const int64_t scales[] = { 1, 10, 100, 1000 };
	decimals = decimals < 0 ? 0 : decimals > 3 ? 3 : decimals;
	int64_t scale = scales[decimals];
	int64_t whole = llabs(value / scale), rest = llabs(value % scale);
	size_t n = (size_t)snprintf(out, size, "%s%lld", value < 0 ? "-" : "", (long long)whole);
	if (scale == 1 || n + 1 + (size_t)decimals >= size)
		return;
	out[n++] = '.';
	for (int64_t digit = scale / 10; digit; digit /= 10)
		out[n++] = (char)('0' + rest / digit % 10);
	out[n] = '\0';
}

/* Texts that the UPS or the system gave may hold anything; JSON is UTF-8. */
json_t *json_text(const char *text)
{
	char clean[256];
	json_t *j = json_string(text);
	if (j)
		return j;
	snprintf(clean, sizeof clean, "%s", text);
	for (char *p = clean; *p; p++)
		if (*p & 0x80)
			*p = '?';
	return json_string(clean);
}

/* A number that JSON and its reader see as 49.9 and not as 49.900000000000006. */
json_t *json_decimal(int64_t value, int decimals)
{
	char text[40];
	json_decimal_text(text, sizeof text, value, decimals);
	return decimals ? json_real(strtod(text, NULL)) : json_integer(value);
}

json_t *json_age(const struct ev_loop *loop, struct mono at)
{
	if (!mono_is_set(at))
		return json_null();
	int64_t ms = mono_ms_between(at, ev_now(loop));
	return json_decimal(ms < 0 ? 0 : ms, 3);
}
