#include "tools/show_value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bacnet/enum.h"
#include "bacnet/value.h"
#include "base/utf8.h"

/* ---- names of numbers ---- */

static const char *from_list(const char *const *names, size_t n, uint32_t number)
{
	return number < n ? names[number] : NULL;
}
#define FROM(...) { \
	static const char *const names[] = { __VA_ARGS__ }; \
	return from_list(names, sizeof names / sizeof *names, number); }

static const char *event_state(uint32_t number) FROM("normal", "fault", "offnormal", "high-limit", "low-limit", "life-safety-alarm")
static const char *system_status(uint32_t number) FROM("operational", "operational-read-only", "download-required",
	"download-in-progress", "non-operational", "backup-in-progress")
static const char *segmentation(uint32_t number) FROM("segmented-both", "segmented-transmit", "segmented-receive", "no-segmentation")
static const char *network_type(uint32_t number) FROM("ethernet", "arcnet", "mstp", "ptp", "lontalk", "ipv4", "zigbee", "virtual", NULL,
	"ipv6", "serial", "secure-connect")
static const char *protocol_level(uint32_t number) FROM("physical", "protocol", "bacnet-application", "non-bacnet-application")
static const char *number_quality(uint32_t number) FROM("unknown", "learned", "learned-configured", "configured")
static const char *ip_mode(uint32_t number) FROM("normal", "foreign", "bbmd")
static const char *status_flag(uint32_t number) FROM("in-alarm", "fault", "overridden", "out-of-service")

typedef const char *name_fn(uint32_t);
static const struct { uint32_t property; name_fn *enumerated, *bit; } named[] = {
	{ PROP_UNITS, bac_unit_name, NULL },
	{ PROP_OBJECT_TYPE, bac_object_type_name, NULL },
	{ PROP_EVENT_STATE, event_state, NULL },
	{ PROP_RELIABILITY, bac_reliability_name, NULL },
	{ PROP_SYSTEM_STATUS, system_status, NULL },
	{ PROP_SEGMENTATION_SUPPORTED, segmentation, NULL },
	{ PROP_PROPERTY_LIST, bac_property_name, NULL },
	{ PROP_NETWORK_TYPE, network_type, NULL },
	{ PROP_PROTOCOL_LEVEL, protocol_level, NULL },
	{ PROP_NETWORK_NUMBER_QUALITY, number_quality, NULL },
	{ PROP_BACNET_IP_MODE, ip_mode, NULL },
	{ PROP_STATUS_FLAGS, NULL, status_flag },
	{ PROP_PROTOCOL_SERVICES_SUPPORTED, NULL, bac_services_bit_name },
	{ PROP_PROTOCOL_OBJECT_TYPES_SUPPORTED, NULL, bac_object_type_name },
};

static const char *name_of(uint32_t property, uint32_t number, bool bit)
{
	for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
		name_fn *fn = bit ? named[i].bit : named[i].enumerated;
		if (named[i].property == property && fn)
			return fn(number);
	}
	return NULL;
}

const char *show_object(uint32_t id, char *buffer, size_t size)
{
	const char *type = bac_object_type_name(bac_id_type(id));
	if (type)
		snprintf(buffer, size, "%s:%u", type, bac_id_instance(id));
	else
		snprintf(buffer, size, "%u:%u", bac_id_type(id), bac_id_instance(id));
	return buffer;
}

const char *show_property(uint32_t property, char *buffer, size_t size)
{
	const char *name = bac_property_name(property);
	if (name)
		snprintf(buffer, size, "%s", name);
	else
		snprintf(buffer, size, "%u", property);
	return buffer;
}

/* ---- texts ---- */

enum { CHARSET_UTF8 = 0, CHARSET_UCS2 = 4, CHARSET_LATIN1 = 5 };     /* clause 20.2.9 */

static size_t put_utf8(char *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	out[0] = (char)(0xe0 | c >> 12);
	out[1] = (char)(0x80 | (c >> 6 & 63));
	out[2] = (char)(0x80 | (c & 63));
	return 3;
}

static json_t *hex_json(const uint8_t *p, size_t n)
{
	char *text = malloc(n * 2 + 1);
	if (!text)
		return NULL;
	for (size_t i = 0; i < n; i++)
		sprintf(text + 2 * i, "%02X", p[i]);
	text[n * 2] = 0;
	json_t *j = json_string(text);
	free(text);
	return j;
}

static json_t *text_json(struct bac_text t)
{
	if (t.charset == CHARSET_UTF8) {
		json_t *j = json_stringn(t.p, t.n);
		return j ? j : hex_json((const uint8_t *)t.p, t.n);
	}
	if (t.charset != CHARSET_UCS2 && t.charset != CHARSET_LATIN1)
		return hex_json((const uint8_t *)t.p, t.n);
	char *out = malloc(t.n * 3 + 1);
	size_t n = 0, step = t.charset == CHARSET_UCS2 ? 2 : 1;
	for (size_t i = 0; out && i + step <= t.n; i += step) {
		const uint8_t *p = (const uint8_t *)t.p + i;
		uint32_t c = step == 2 ? (uint32_t)(p[0] << 8 | p[1]) : p[0];
		n += put_utf8(out + n, c >= 0xd800 && c < 0xe000 ? '?' : c);
	}
	json_t *j = out ? json_stringn(out, n) : NULL;
	free(out);
	return j;
}

/* ---- values ---- */

static json_t *date_json(struct bac_date d)
{
	char year[8] = "*", month[8] = "*", day[8] = "*";
	if (d.year != BAC_ANY)
		snprintf(year, sizeof year, "%d", d.year + 1900);
	if (d.month != BAC_ANY)
		snprintf(month, sizeof month, "%02d", d.month);
	if (d.day != BAC_ANY)
		snprintf(day, sizeof day, "%02d", d.day);
	return json_sprintf("%s-%s-%s", year, month, day);
}

static json_t *time_json(struct bac_time t)
{
	const uint8_t parts[] = { t.hour, t.minute, t.second, t.hundredths };
	char text[4][8];
	for (int i = 0; i < 4; i++) {
		if (parts[i] == BAC_ANY)
			strcpy(text[i], "*");
		else
			snprintf(text[i], sizeof text[i], "%02d", parts[i]);
	}
	return json_sprintf("%s:%s:%s.%s", text[0], text[1], text[2], text[3]);
}

/* With names, what is set by name; else a text of 0 and 1. */
static json_t *bits_json(struct bac_bits bits, uint32_t property)
{
	char *text = malloc(bits.count + 1);
	for (uint32_t i = 0; text && i < bits.count; i++)
		text[i] = bac_bit(bits, i) ? '1' : '0';
	if (text)
		text[bits.count] = 0;
	json_t *plain = json_string(text ? text : ""), *set = json_array();
	free(text);
	bool names = false;
	for (uint32_t i = 0; i < bits.count; i++) {
		const char *name = name_of(property, i, true);
		names |= name != NULL;
		if (name && bac_bit(bits, i))
			json_array_append_new(set, json_string(name));
	}
	if (names)
		return json_pack("{s:o, s:o}", "bits", plain, "set", set);
	json_decref(set);
	return plain;
}

/* JSON has no NaN and no infinity. */
static json_t *real_json(double v)
{
	if (isnan(v))
		return json_string("NaN");
	return isinf(v) ? json_string(v < 0 ? "-Infinity" : "Infinity") : json_real(v);
}

/* A float as the shortest decimal that is that float: 49.9 and not 49.900001525878906. */
static json_t *float_json(float v)
{
	char text[40];
	for (int digits = 6; digits <= 9; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, (double)v);
		if (strtof(text, NULL) == v)
			break;
	}
	return isfinite(v) ? json_real(strtod(text, NULL)) : real_json((double)v);
}

static json_t *value_json(const struct bac_value *v, uint32_t property)
{
	char text[40];
	const char *name;
	switch ((enum bac_app)v->type) {
	case APP_NULL:     return json_null();
	case APP_BOOLEAN:  return json_boolean(v->boolean);
	case APP_UNSIGNED: return v->number > INT64_MAX ? real_json((double)v->number) : json_integer((json_int_t)v->number);
	case APP_INTEGER:  return json_integer((json_int_t)v->integer);
	case APP_REAL:     return float_json(v->real);
	case APP_DOUBLE:   return real_json(v->dbl);
	case APP_OCTETS:   return hex_json(v->octets.p, v->octets.n);
	case APP_TEXT:     return text_json(v->text);
	case APP_BITS:     return bits_json(v->bits, property);
	case APP_ENUM:
		name = v->number <= UINT32_MAX ? name_of(property, (uint32_t)v->number, false) : NULL;
		return name ? json_string(name) : json_integer((json_int_t)v->number);
	case APP_DATE:     return date_json(v->date);
	case APP_TIME:     return time_json(v->time);
	case APP_OBJECT:   return json_string(show_object(v->object, text, sizeof text));
	case APP_COUNT:    break;
	}
	return json_null();
}

/* Nested tags go into nested arrays, as deep as the codec follows them. */
json_t *show_values(struct rd *r, uint32_t property)
{
	json_t *stack[BAC_DEPTH_MAX + 1] = { json_array() };
	int depth = 0;
	struct bac_item item;
	while (bac_item_next(r, &item)) {
		json_t *in = stack[depth];
		if (item.kind == TAG_APPLICATION) {
			json_array_append_new(in, value_json(&item.value, property));
		} else if (item.kind == TAG_CONTEXT) {
			json_t *octets = hex_json(item.content.p, item.content.n);
			json_array_append_new(in, json_pack("{s:i, s:o}", "tag", item.number, "octets", octets));
		} else if (item.kind == TAG_OPENING && depth < BAC_DEPTH_MAX) {
			stack[++depth] = json_array();
			json_array_append_new(in, stack[depth]);
		} else if (item.kind == TAG_CLOSING && depth > 0) {
			depth--;
		} else {
			rd_fail(r, RD_TAG);
		}
	}
	if (rd_ok(r) && depth == 0)
		return stack[0];
	json_decref(stack[0]);
	return NULL;
}

/* Texts of strangers do not reach the terminal as commands. */
static void put_safe(FILE *f, const char *text)
{
	size_t size = strlen(text) + 1;              /* nothing becomes longer */
	char *safe = malloc(size);
	if (safe) {
		utf8_copy(safe, size, text);
		fputs(safe, f);
	}
	free(safe);
}

static void list_text(FILE *f, const json_t *list, bool names)
{
	fputc('{', f);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);
		fputs(i ? ", " : "", f);
		if (names)
			put_safe(f, json_string_value(item));
		else
			show_text(f, item);
	}
	fputc('}', f);
}

void show_text(FILE *f, const json_t *v)
{
	json_t *set = json_object_get(v, "set"), *octets = json_object_get(v, "octets");
	if (json_is_array(v))
		list_text(f, v, false);
	else if (set)
		list_text(f, set, true);
	else if (octets)
		fprintf(f, "[%lld] %s", (long long)json_integer_value(json_object_get(v, "tag")), json_string_value(octets));
	else if (json_is_string(v))
		put_safe(f, json_string_value(v));
	else if (json_is_real(v))
		fprintf(f, "%.9g", json_real_value(v));
	else if (json_is_integer(v))
		fprintf(f, "%lld", (long long)json_integer_value(v));
	else
		fputs(json_is_null(v) ? "null" : json_is_true(v) ? "true" : "false", f);
}
