/* The rows of options.def as a table, and one value of one row: from text, to text, in words. */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/ipv4.h"
#include "base/utf8.h"
#include "conf/conf.h"
#include "conf/quote.h"

#define MEMBER_SIZE(member) sizeof(((struct conf *)0)->member)

/* A row and its member must agree: a text has room for its end, a number is 32 bits, a choice is an octet. */
#define SIZE_TEXT(max)    ((max) + 1)
#define SIZE_LINK(max)    ((max) + 1)
#define SIZE_NETS(max)    ((max) + 1)
#define SIZE_NUMBER(max)  4
#define SIZE_CHOICE(max)  1
#define SIZE_ADDRESS(max) 4
#define OPTION(section_, key_, TYPE, member, default_, min_, max_, unit_, APPLY, help_) \
	static_assert(MEMBER_SIZE(member) == SIZE_##TYPE(max_), "the member of " section_ "." key_ " has another size than its row");
#include "conf/options.def"
#undef OPTION

#define OPTION(section_, key_, TYPE, member, default_, min_, max_, unit_, APPLY, help_) { \
	.section = section_, .key = key_, .type = CONF_##TYPE, .offset = offsetof(struct conf, member), .fallback = default_, \
	.per_ups = offsetof(struct conf, member) >= offsetof(struct conf, ups), \
	.min = min_, .max = max_, .unit = unit_, .apply = CONF_##APPLY, .help = help_ },
static const struct conf_option options[] = {
#include "conf/options.def"
};
#undef OPTION

const struct conf_option *conf_option(int i)
{
	return &options[i];
}

const struct conf_option *conf_option_find(const char *section, const char *key)
{
	for (int i = 0; i < CONF_OPTIONS; i++)
		if (strcmp(options[i].section, section) == 0 && strcmp(options[i].key, key) == 0)
			return &options[i];
	return NULL;
}

static void *member_of(const struct conf_option *o, struct conf *conf, int ups)
{
	return (char *)conf + o->offset + (o->per_ups ? (size_t)ups * sizeof(struct conf_ups) : 0);
}

static const void *member_in(const struct conf_option *o, const struct conf *conf, int ups)
{
	return (const char *)conf + o->offset + (o->per_ups ? (size_t)ups * sizeof(struct conf_ups) : 0);
}

enum conf_source conf_option_source(const struct conf_option *o, const struct conf *conf, int ups)
{
	const uint8_t *rows = o->per_ups ? conf->ups[ups].source : conf->source;
	return (enum conf_source)rows[o - options];
}

void conf_set_source(const struct conf_option *o, struct conf *conf, int ups, enum conf_source source)
{
	uint8_t *rows = o->per_ups ? conf->ups[ups].source : conf->source;
	rows[o - options] = (uint8_t)source;
}

const char *conf_source_text(enum conf_source source)
{
	switch (source) {
	case CONF_DEFAULT:    return "default";
	case CONF_CONFIGURED: return "configured";
	case CONF_KEPT:       return "kept";
	}
	return "unknown";
}

/* ---- text -> value ---- */

static bool say(char *why, size_t size, const char *format, const char *detail)
{
	char text[CONF_VALUE_MAX];
	snprintf(text, sizeof text, "%s", detail);
	snprintf(why, size, "%s%s", format, text);
	return false;
}

static bool set_text(const struct conf_option *o, char *to, const char *value, char *why, size_t size)
{
	char range[CONF_VALUE_MAX];
	size_t n = strlen(value);
	if (n < (size_t)o->min || n > (size_t)o->max)
		return say(why, size, "must be ", conf_option_range(o, range, sizeof range));
	if (!utf8_printable(value, n))
		return say(why, size, "must be text without control characters", "");
	if (to) {
		memset(to, 0, (size_t)o->max + 1);
		memcpy(to, value, n);
	}
	return true;
}

/* "/dev/ttyS0", or "tcp:HOST[:PORT]" with a port that exists. */
static bool set_link(const struct conf_option *o, char *to, const char *value, char *why, size_t size)
{
	if (strncmp(value, "tcp:", 4) == 0) {
		const char *host = value + 4, *colon = strchr(host, ':');
		size_t n = colon ? (size_t)(colon - host) : strlen(host);
		char *end = NULL;
		unsigned long port = colon && colon[1] >= '0' && colon[1] <= '9' ? strtoul(colon + 1, &end, 10) : colon ? 0 : 502;
		if (n == 0 || strpbrk(host, " \t/") || (end && *end) || port < 1 || port > 65535)
			return say(why, size, "must be tcp:HOST or tcp:HOST:PORT with a port of 1 to 65535", "");
	} else if (value[0] != '/') {
		return say(why, size, "must be the path of a serial device, or tcp:HOST[:PORT]", "");
	}
	return set_text(o, to, value, why, size);
}

static bool set_nets(const struct conf_option *o, char *to, const char *value, char *why, size_t size)
{
	struct ipv4_net nets[CONF_NETS_MAX];
	if (ipv4_parse_nets(value, nets, CONF_NETS_MAX) < 0)
		return say(why, size, "must be up to 16 IPv4 networks or addresses, such as 10.0.0.0/8 192.0.2.7", "");
	return set_text(o, to, value, why, size);
}

static bool may_be_auto(const struct conf_option *o)
{
	return o->type == CONF_NUMBER && strcmp(o->fallback, "auto") == 0;
}

static bool set_number(const struct conf_option *o, int32_t *to, const char *value, char *why, size_t size)
{
	if (may_be_auto(o) && strcmp(value, "auto") == 0) {
		if (to)
			*to = CONF_AUTO;
		return true;
	}
	char range[CONF_VALUE_MAX];
	const char *digits = value + (value[0] == '-');
	bool hexadecimal = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
	const char *allowed = hexadecimal ? "0123456789abcdefABCDEF" : "0123456789";
	const char *first = digits + (hexadecimal ? 2 : 0);
	errno = 0;
	long n = strtol(value, NULL, hexadecimal ? 16 : 10);
	if (!*first || strspn(first, allowed) != strlen(first))
		return say(why, size, "must be a number, ", conf_option_range(o, range, sizeof range));
	if (errno || n < o->min || n > o->max)
		return say(why, size, "must be ", conf_option_range(o, range, sizeof range));
	if (to)
		*to = (int32_t)n;
	return true;
}

/* The i-th of "a|b|c"; its length, 0 when there is none. */
static size_t choice_at(const char *choices, int i, const char **start)
{
	while (i-- > 0) {
		choices = strchr(choices, '|');
		if (!choices)
			return 0;
		choices++;
	}
	*start = choices;
	return strcspn(choices, "|");
}

static bool set_choice(const struct conf_option *o, uint8_t *to, const char *value, char *why, size_t size)
{
	char range[CONF_VALUE_MAX];
	const char *choice = NULL;
	size_t n;
	for (int i = 0; (n = choice_at(o->fallback, i, &choice)) > 0; i++) {
		if (strlen(value) != n || memcmp(value, choice, n) != 0)
			continue;
		if (to)
			*to = (uint8_t)i;
		return true;
	}
	return say(why, size, "must be one of ", conf_option_range(o, range, sizeof range));
}

static bool set_address(uint8_t *to, const char *value, char *why, size_t size)
{
	uint8_t octets[4] = { 0 };
	if (value[0] && inet_pton(AF_INET, value, octets) != 1)
		return say(why, size, "must be an IPv4 address such as 192.0.2.10", "");
	if (value[0] && (octets[0] == 0 || octets[0] >= 224))
		return say(why, size, "must be the address of this host, not 0.x, multicast or broadcast", "");
	if (to)
		memcpy(to, octets, sizeof octets);
	return true;
}

bool conf_option_set(const struct conf_option *o, struct conf *conf, int ups, const char *value, char *why, size_t size)
{
	void *to = conf ? member_of(o, conf, ups) : NULL;
	switch (o->type) {
	case CONF_TEXT:    return set_text(o, to, value, why, size);
	case CONF_NETS:    return set_nets(o, to, value, why, size);
	case CONF_LINK:    return set_link(o, to, value, why, size);
	case CONF_NUMBER:  return set_number(o, to, value, why, size);
	case CONF_CHOICE:  return set_choice(o, to, value, why, size);
	case CONF_ADDRESS: return set_address(to, value, why, size);
	}
	return say(why, size, "has no type", "");
}

/* ---- value -> text ---- */

const char *conf_option_text(const struct conf_option *o, const struct conf *conf, int ups, char *buffer, size_t size)
{
	const void *from = member_in(o, conf, ups);
	const uint8_t *octet = from;
	const char *choice = "";
	switch (o->type) {
	case CONF_TEXT:
	case CONF_NETS:
	case CONF_LINK:
		snprintf(buffer, size, "%s", (const char *)from);
		break;
	case CONF_NUMBER:
		if (*(const int32_t *)from == CONF_AUTO)
			snprintf(buffer, size, "auto");
		else
			snprintf(buffer, size, "%d", *(const int32_t *)from);
		break;
	case CONF_CHOICE: {
		size_t n = choice_at(o->fallback, *octet, &choice);
		snprintf(buffer, size, "%.*s", (int)n, choice);
		break;
	}
	case CONF_ADDRESS:
		if (octet[0])
			snprintf(buffer, size, "%u.%u.%u.%u", octet[0], octet[1], octet[2], octet[3]);
		else
			snprintf(buffer, size, "%s", "");
		break;
	}
	return buffer;
}

const char *conf_option_default(const struct conf_option *o, char *buffer, size_t size)
{
	size_t n = o->type == CONF_CHOICE ? strcspn(o->fallback, "|") : strlen(o->fallback);
	snprintf(buffer, size, "%.*s", (int)n, o->fallback);
	return buffer;
}

const char *conf_option_range(const struct conf_option *o, char *buffer, size_t size)
{
	const char *unit = o->unit[0] ? " " : "";
	size_t used = 0, n;
	const char *choice = NULL;
	switch (o->type) {
	case CONF_TEXT:
	case CONF_LINK:
		snprintf(buffer, size, "%d to %d octets of text", o->min, o->max);
		break;
	case CONF_NUMBER:
		snprintf(buffer, size, "%s%d to %d%s%s", may_be_auto(o) ? "auto, or " : "", o->min, o->max, unit, o->unit);
		break;
	case CONF_ADDRESS:
		snprintf(buffer, size, "an IPv4 address");
		break;
	case CONF_NETS:
		snprintf(buffer, size, "up to 16 IPv4 networks or addresses");
		break;
	case CONF_CHOICE:
		buffer[0] = 0;
		for (int i = 0; used < size && (n = choice_at(o->fallback, i, &choice)) > 0; i++)
			used += (size_t)snprintf(buffer + used, size - used, "%s%.*s", i ? ", " : "", (int)n, choice);
		break;
	}
	return buffer;
}

const char *conf_apply_text(enum conf_apply apply)
{
	switch (apply) {
	case CONF_LIVE:    return "live";
	case CONF_RESTART: return "restart";
	}
	return "unknown";
}

/* ---- choices that stand for numbers ---- */

static unsigned long choice_number(const char *key, uint8_t index)
{
	const char *choice = "0";
	choice_at(conf_option_find("ups", key)->fallback, index, &choice);
	return strtoul(choice, NULL, 0);         /* "auto" is 0 */
}

uint32_t conf_baud(const struct conf_ups *u)
{
	return (uint32_t)choice_number("baud", u->baud);
}

uint16_t conf_unit_step(const struct conf_ups *u)
{
	return (uint16_t)choice_number("unit_step", u->unit_step);
}

char conf_parity(const struct conf_ups *u)
{
	static const char letters[] = { 'N', 'E', 'O' };
	return letters[u->parity < sizeof letters ? u->parity : 0];
}
