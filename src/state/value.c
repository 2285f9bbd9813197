#include "state/value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bacnet/value.h"
#include "base/utf8.h"

static const char hex[] = "0123456789abcdef";

static json_t *octets_to_json(const uint8_t *octets, size_t n)
{
	char *text = malloc(2 * n + 1);
	if (!text)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		text[2 * i] = hex[octets[i] >> 4];
		text[2 * i + 1] = hex[octets[i] & 15];
	}
	text[2 * n] = 0;
	json_t *json = json_pack("{s:s}", "octets", text);
	free(text);
	return json;
}

static bool plain_zero(double v)
{
	return v != 0 || !signbit(v);            /* JSON has no -0 */
}

/* NULL: nothing that has a form of its own. */
static json_t *readable(const struct bac_value *v)
{
	switch (v->type) {
	case APP_TEXT:
		return v->text.charset == 0 && utf8_valid(v->text.p, v->text.n) ? json_pack("{s:s%}", "text", v->text.p, v->text.n) : NULL;
	case APP_REAL:
		return isfinite(v->real) && plain_zero((double)v->real) ? json_pack("{s:f}", "real", (double)v->real) : NULL;
	case APP_DOUBLE:
		return isfinite(v->dbl) && plain_zero(v->dbl) ? json_pack("{s:f}", "double", v->dbl) : NULL;
	case APP_UNSIGNED:
		return v->number <= INT64_MAX ? json_pack("{s:I}", "unsigned", (json_int_t)v->number) : NULL;
	case APP_ENUM:
		return v->number <= UINT32_MAX ? json_pack("{s:I}", "enumerated", (json_int_t)v->number) : NULL;
	case APP_BOOLEAN:
		return json_pack("{s:b}", "boolean", v->boolean);
	}
	return NULL;
}

json_t *value_to_json(const uint8_t *octets, size_t n)
{
	struct rd r = rd_over(octets, n);
	struct bac_value v = bac_value_read(&r);
	json_t *json = rd_done(&r) ? readable(&v) : NULL;
	uint8_t *again = json ? malloc(n + 1) : NULL;
	bool same = again && value_from_json(json, again, n + 1) == n && memcmp(again, octets, n) == 0;
	free(again);
	if (same)
		return json;
	json_decref(json);
	return octets_to_json(octets, n);
}

static size_t octets_from_json(const char *text, uint8_t *to, size_t size)
{
	size_t digits = strlen(text);
	if (digits % 2 || digits / 2 > size || strspn(text, hex) != digits)
		return 0;
	for (size_t i = 0; i < digits; i++) {
		uint8_t v = (uint8_t)(strchr(hex, text[i]) - hex);
		to[i / 2] = (uint8_t)(i % 2 ? to[i / 2] | v : v << 4);
	}
	return digits / 2;
}

/* The one member of a form: its name tells the datatype. */
static bool from_form(const char *form, const json_t *json, struct bac_value *v)
{
	json_int_t n = json_integer_value(json);
	if (strcmp(form, "text") == 0 && json_is_string(json))
		*v = (struct bac_value){ .type = APP_TEXT, .text = { json_string_value(json), json_string_length(json), 0 } };
	else if (strcmp(form, "real") == 0 && json_is_number(json))
		*v = (struct bac_value){ .type = APP_REAL, .real = (float)json_number_value(json) };
	else if (strcmp(form, "double") == 0 && json_is_number(json))
		*v = (struct bac_value){ .type = APP_DOUBLE, .dbl = json_number_value(json) };
	else if (strcmp(form, "unsigned") == 0 && json_is_integer(json) && n >= 0)
		*v = (struct bac_value){ .type = APP_UNSIGNED, .number = (uint64_t)n };
	else if (strcmp(form, "enumerated") == 0 && json_is_integer(json) && n >= 0 && n <= UINT32_MAX)
		*v = (struct bac_value){ .type = APP_ENUM, .number = (uint64_t)n };
	else if (strcmp(form, "boolean") == 0 && json_is_boolean(json))
		*v = (struct bac_value){ .type = APP_BOOLEAN, .boolean = json_is_true(json) };
	else
		return false;
	return v->type != APP_REAL || isfinite(v->real);
}

size_t value_from_json(json_t *json, uint8_t *to, size_t size)
{
	void *first = json_object_iter(json);
	if (!first || json_object_size(json) != 1)
		return 0;
	const char *form = json_object_iter_key(first);
	const json_t *member = json_object_iter_value(first);
	if (strcmp(form, "octets") == 0 && json_is_string(member))
		return octets_from_json(json_string_value(member), to, size);
	struct bac_value v;
	struct wr w = wr_over(to, size);
	if (!from_form(form, member, &v))
		return 0;
	bac_value_write(&w, &v);
	return w.full ? 0 : wr_len(&w);
}
