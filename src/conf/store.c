#include "conf/store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "conf/quote.h"

enum {
	OPTIONS_MAX = 128,               /* that settings.conf may set */
	SECTION_MAX = 80, KEY_MAX = 32,
	LINE_MAX_OUT = KEY_MAX + STORE_TEXT_MAX * QUOTE_GROWTH + 16,
};

struct kept_option {
	char section[SECTION_MAX], key[KEY_MAX], value[CONF_VALUE_MAX];
};

struct store {
	int count, options;
	struct stored_text entry[STORE_ENTRIES_MAX];
	struct kept_option option[OPTIONS_MAX];
};

/* Object types by the names that stand in settings.conf: BACnetObjectType, clause 21. */
static const struct { uint16_t type; const char *name; } types[] = {
	{ 8, "device" }, { 2, "analog-value" }, { 19, "multi-state-value" }, { 39, "bitstring-value" }, { 56, "network-port" },
};
enum { TYPE_DEVICE = 8, INSTANCE_MAX = 4194302 };

static const char *const keys[STORE_KEYS] = {
	[STORE_NAME] = "name", [STORE_DESCRIPTION] = "description", [STORE_LOCATION] = "location", [STORE_COV_INCREMENT] = "cov_increment",
};

struct store *store_make(void)
{
	return calloc(1, sizeof(struct store));
}

void store_free(struct store *s)
{
	free(s);
}

void store_clear(struct store *s)
{
	s->count = s->options = 0;
}

void store_swap(struct store *a, struct store *b)
{
	int most = a->count > b->count ? a->count : b->count;
	for (int i = 0; i < most; i++) {
		struct stored_text t = a->entry[i];
		a->entry[i] = b->entry[i];
		b->entry[i] = t;
	}
	most = a->options > b->options ? a->options : b->options;
	for (int i = 0; i < most; i++) {
		struct kept_option t = a->option[i];
		a->option[i] = b->option[i];
		b->option[i] = t;
	}
	int count = a->count, options = a->options;
	a->count = b->count;
	a->options = b->options;
	b->count = count;
	b->options = options;
}

int store_count(const struct store *s)
{
	return s->count;
}

const struct stored_text *store_at(const struct store *s, int i)
{
	return &s->entry[i];
}

static int find(const struct store *s, const char *ups, uint16_t type, uint32_t instance, enum store_key key)
{
	for (int i = 0; i < s->count; i++) {
		const struct stored_text *e = &s->entry[i];
		if (e->type == type && e->instance == instance && e->key == key && strcmp(e->ups, ups) == 0)
			return i;
	}
	return -1;
}

const char *store_get(const struct store *s, const char *ups, uint16_t type, uint32_t instance, enum store_key key)
{
	int i = find(s, ups, type, instance, key);
	return i < 0 ? NULL : s->entry[i].text;
}

/* COV_Increment is a REAL that is not negative (clause 12.4). */
static bool increment_ok(const char *text, size_t length)
{
	char copy[48], *end;
	if (length == 0 || length >= sizeof copy || strspn(text, "0123456789.eE+-") < length)
		return false;
	memcpy(copy, text, length);
	copy[length] = 0;
	float f = strtof(copy, &end);
	return *end == 0 && isfinite(f) && !signbit(f);
}

enum store_answer store_set(struct store *s, const char *ups, uint16_t type, uint32_t instance, enum store_key key,
	const char *text, size_t length)
{
	if (length > STORE_TEXT_MAX || strlen(ups) > CONF_UPS_NAME_MAX)
		return STORE_TOO_LONG;
	if (!utf8_valid(text, length) || (key == STORE_COV_INCREMENT && !increment_ok(text, length)))
		return STORE_INVALID;
	int i = find(s, ups, type, instance, key);
	if (i >= 0 && strlen(s->entry[i].text) == length && memcmp(s->entry[i].text, text, length) == 0)
		return STORE_SAME;
	if (i < 0) {
		if (s->count == STORE_ENTRIES_MAX)
			return STORE_FULL;
		i = s->count++;
		struct stored_text *e = &s->entry[i];
		memset(e, 0, sizeof *e);
		memcpy(e->ups, ups, strlen(ups));
		e->type = type;
		e->instance = instance;
		e->key = key;
	}
	memcpy(s->entry[i].text, text, length);
	s->entry[i].text[length] = 0;
	return STORE_DONE;
}

bool store_remove(struct store *s, const char *ups, uint16_t type, uint32_t instance, enum store_key key)
{
	int i = find(s, ups, type, instance, key);
	if (i < 0)
		return false;
	memmove(&s->entry[i], &s->entry[i + 1], (size_t)(s->count - i - 1) * sizeof s->entry[0]);
	s->count--;
	return true;
}

enum store_answer store_keep_option(struct store *s, const char *section, const char *key, const char *value)
{
	if (s->options == OPTIONS_MAX)
		return STORE_FULL;
	struct kept_option *o = &s->option[s->options];
	if (strlen(section) >= sizeof o->section || strlen(key) >= sizeof o->key || strlen(value) >= sizeof o->value)
		return STORE_TOO_LONG;
	strcpy(o->section, section);
	strcpy(o->key, key);
	strcpy(o->value, value);
	s->options++;
	return STORE_DONE;
}

/* ---- words ---- */

const char *store_key_text(enum store_key key)
{
	return keys[key];
}

int store_key_find(const char *key)
{
	for (int i = 0; i < STORE_KEYS; i++)
		if (strcmp(keys[i], key) == 0)
			return i;
	return -1;
}

const char *store_answer_text(enum store_answer a)
{
	switch (a) {
	case STORE_DONE:     return "done";
	case STORE_SAME:     return "nothing changed";
	case STORE_FULL:     return "too many stored texts";
	case STORE_TOO_LONG: return "the text is longer than 255 octets";
	case STORE_INVALID:  return "not a text that may stand there";
	}
	return "unknown";
}

/* "analog-value:5" or "device" behind an optional "NAME/". */
bool store_section_parse(const char *section, struct stored_text *out)
{
	memset(out, 0, sizeof *out);
	const char *slash = strchr(section, '/');
	if (slash) {
		size_t n = (size_t)(slash - section);
		if (n < 1 || n > CONF_UPS_NAME_MAX || strspn(section, "abcdefghijklmnopqrstuvwxyz0123456789-") != n)
			return false;
		memcpy(out->ups, section, n);
		section = slash + 1;
	}
	size_t n = strcspn(section, ":");
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		if (strlen(types[i].name) != n || memcmp(types[i].name, section, n) != 0)
			continue;
		out->type = types[i].type;
		if (types[i].type == TYPE_DEVICE)
			return section[n] == 0;
		const char *digits = section[n] ? section + n + 1 : "";
		size_t count = strlen(digits);
		if (count < 1 || count > 7 || strspn(digits, "0123456789") != count || (count > 1 && digits[0] == '0'))
			return false;
		out->instance = (uint32_t)strtoul(digits, NULL, 10);
		return out->instance <= INSTANCE_MAX;
	}
	return false;
}

const char *store_section_text(const struct stored_text *e, char *buffer, size_t size)
{
	const char *name = "";
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (types[i].type == e->type)
			name = types[i].name;
	const char *slash = e->ups[0] ? "/" : "";
	if (e->type == TYPE_DEVICE)
		snprintf(buffer, size, "%s%s%s", e->ups, slash, name);
	else
		snprintf(buffer, size, "%s%s%s:%u", e->ups, slash, name, e->instance);
	return buffer;
}

/* ---- the file ---- */

static const char header[] = "# Written by bacnet-upsd: what BACnet clients and the web interface have set.  It overlays bacnet-ups.conf.\n";

static void put_line(FILE *f, const char *key, const char *text)
{
	char quoted[STORE_TEXT_MAX * QUOTE_GROWTH + QUOTE_EXTRA];
	if (quote_text(text, strlen(text), quoted, sizeof quoted))      /* always: the buffer is made for it */
		fprintf(f, "%s = %s\n", key, quoted);
}

/* Options and entries stand in the order in which they came; a section is written again for each, which the parser takes, but
 * those of one section that follow each other share a header. */
static void put_header(FILE *f, char *last, size_t size, const char *prefix, const char *section)
{
	char line[SECTION_MAX + 16];
	snprintf(line, sizeof line, "%s%s", prefix, section);
	if (strcmp(last, line) == 0)
		return;
	fprintf(f, "\n[%s]\n", line);
	snprintf(last, size, "%s", line);
}

char *store_serialise(const struct store *s, size_t *length)
{
	char *text = NULL;
	char last[SECTION_MAX + 16] = "";
	FILE *f = open_memstream(&text, length);
	if (!f)
		return NULL;
	fputs(header, f);
	for (int i = 0; i < s->options; i++) {
		put_header(f, last, sizeof last, "", s->option[i].section);
		if (s->option[i].key[0])
			put_line(f, s->option[i].key, s->option[i].value);
	}
	for (int i = 0; i < s->count; i++) {
		char section[SECTION_MAX];
		put_header(f, last, sizeof last, "object ", store_section_text(&s->entry[i], section, sizeof section));
		put_line(f, keys[s->entry[i].key], s->entry[i].text);
	}
	bool failed = ferror(f) != 0;
	if (fclose(f) != 0 || failed) {
		free(text);
		return NULL;
	}
	return text;
}
