#include "conf/conf.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "conf/lines.h"
#include "conf/quote.h"

static void defaults_of(struct conf *conf, int ups, bool per_ups)
{
	for (int i = 0; i < CONF_OPTIONS; i++) {
		const struct conf_option *o = conf_option(i);
		char value[CONF_VALUE_MAX], why[CONF_VALUE_MAX];
		if (o->per_ups == per_ups && o->fallback[0])
			conf_option_set(o, conf, ups, conf_option_default(o, value, sizeof value), why, sizeof why);
	}
}

void conf_defaults(struct conf *conf)
{
	memset(conf, 0, sizeof *conf);       /* padding too: structs are compared */
	defaults_of(conf, 0, false);
	defaults_of(conf, 0, true);
	conf->ups_count = 1;
}

/* ---- one file over a struct conf ---- */

enum { FILE_MAX = 1024 * 1024 };

struct parse {
	struct conf *conf;
	const char *name;
	struct conf_errors *errors;
	bool inside;                             /* a section that there is */
	char section[LINES_SECTION_MAX + 1];     /* without ":NAME" */
	int ups;
	bool ok;
	uint8_t *seen;                           /* a bit a (UPS, option): set in this file */
};

static bool fail(struct parse *p, int line, const char *format, const char *detail)
{
	char text[240];
	snprintf(text, sizeof text, "%s%s", format, detail);
	p->ok = false;
	return conf_complain(p->errors, p->name, line, "%s", text);
}

static bool ups_name_ok(const char *name)
{
	size_t n = strlen(name);
	return n >= 1 && n <= CONF_UPS_NAME_MAX && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

/* The UPS of [ups] or [ups:NAME], a new one when no section has named it yet; -1 when the table is full. */
static int ups_place(struct conf *conf, const char *name, int line)
{
	bool named = false;
	for (int i = 0; i < conf->ups_count; i++) {
		named |= conf->ups[i].line != 0;
		if (conf->ups[i].line && strcmp(conf->ups[i].name, name) == 0)
			return i;
	}
	int i = named ? conf->ups_count : 0;     /* the first one is there before any section says so */
	if (i == CONF_UPS_MAX)
		return -1;
	conf->ups_count = i + 1;
	memset(&conf->ups[i], 0, sizeof conf->ups[i]);
	defaults_of(conf, i, true);
	snprintf(conf->ups[i].name, sizeof conf->ups[i].name, "%s", name);
	conf->ups[i].line = line;
	return i;
}

static bool known_section(const char *section)
{
	for (int i = 0; i < CONF_OPTIONS; i++)
		if (strcmp(conf_option(i)->section, section) == 0)
			return true;
	return false;
}

static void section_ups(struct parse *p, const char *name, bool colon, int line)
{
	if (colon && !ups_name_ok(name)) {
		fail(p, line, "the name of a UPS is 1 to 32 of a-z, 0-9 and -, not ", name);
		return;
	}
	p->ups = ups_place(p->conf, name, line);
	p->inside = p->ups >= 0;
	if (!p->inside)
		fail(p, line, "more than 32 UPSes", "");
}

static void take_section(void *ctx, const char *section, int line)
{
	struct parse *p = ctx;
	p->inside = false;
	p->ups = 0;
	const char *colon = strchr(section, ':');
	snprintf(p->section, sizeof p->section, "%.*s", colon ? (int)(colon - section) : (int)strlen(section), section);
	if (strcmp(p->section, "ups") == 0)
		section_ups(p, colon ? colon + 1 : "", colon != NULL, line);
	else if (colon || !known_section(section))
		fail(p, line, "unknown section: ", section);
	else
		p->inside = true;
}

static void key_option(struct parse *p, const char *key, const char *text, int line)
{
	const struct conf_option *o = conf_option_find(p->section, key);
	char why[CONF_VALUE_MAX * 2];
	if (!o) {
		fail(p, line, "unknown key: ", key);
		return;
	}
	size_t bit = (size_t)p->ups * (size_t)CONF_OPTIONS;
	for (const struct conf_option *first = conf_option(0); first != o; first++)
		bit++;
	if (p->seen[bit / 8] & 1 << bit % 8) {
		fail(p, line, "given twice: ", key);
		return;
	}
	p->seen[bit / 8] |= (uint8_t)(1 << bit % 8);
	if (!conf_option_set(o, p->conf, p->ups, text, why, sizeof why)) {
		p->ok = conf_complain(p->errors, p->name, line, "%s %s", key, why);
		return;
	}
	conf_set_source(o, p->conf, p->ups, CONF_CONFIGURED);
}

static void take_key(void *ctx, const char *section, const char *key, const char *value, int line)
{
	struct parse *p = ctx;
	(void)section;
	char text[LINES_LINE_MAX];
	const char *why = "";
	if (!p->inside)                          /* the section has been complained about */
		return;
	if (!quote_read(value, text, sizeof text, &why)) {
		p->ok = conf_complain(p->errors, p->name, line, "%.40s: %s", key, why);
		return;
	}
	key_option(p, key, text, line);
}

bool conf_parse(struct conf *conf, const char *text, size_t length, const char *name, struct conf_errors *errors)
{
	struct conf *work = malloc(sizeof *work);
	uint8_t *seen = calloc((size_t)CONF_UPS_MAX * (size_t)CONF_OPTIONS / 8 + 1, 1);
	bool ok = false;
	if (work && seen) {
		*work = *conf;
		struct parse p = { .conf = work, .name = name, .errors = errors, .ok = true, .seen = seen };
		struct lines_handler to = { .section = take_section, .key = take_key, .ctx = &p, .name = name, .errors = errors };
		ok = lines_parse(text, length, &to);
		ok = ok && p.ok;
		if (ok)
			*conf = *work;
	} else {
		conf_complain(errors, name, 0, "no memory");
	}
	free(work);
	free(seen);
	return ok;
}

/* ---- what the daemon loads ---- */

static bool load(struct conf *conf, const char *path, struct conf_errors *errors)
{
	struct err_at why;
	size_t length;
	char *text = file_read(path, FILE_MAX, &length, &why);
	if (!text)
		return conf_complain(errors, path, 0, "%s", why.text);
	conf_defaults(conf);
	bool ok = conf_parse(conf, text, length, path, errors) && conf_check(conf, path, errors);
	free(text);
	return ok;
}

bool conf_load(struct conf *conf, const char *path, struct conf_errors *errors)
{
	struct conf *work = malloc(sizeof *work);
	if (!work)
		return conf_complain(errors, path, 0, "no memory");
	bool ok = load(work, path, errors);
	if (ok)
		*conf = *work;
	free(work);
	return ok;
}

/* {model} and its like; anything else in braces is a spelling mistake that would become the name of a device. */
static bool device_name_ok(const char *name)
{
	static const char *const known[] = { "{model}", "{serial}", "{instance}", "{unit}" };
	for (const char *p = name; (p = strpbrk(p, "{}")) != NULL; ) {
		size_t n = 0;
		for (size_t i = 0; i < sizeof known / sizeof *known && n == 0; i++)
			if (strncmp(p, known[i], strlen(known[i])) == 0)
				n = strlen(known[i]);
		if (n == 0)
			return false;
		p += n;
	}
	return true;
}

/* A name in [led] directory, not a way to somewhere else. */
static bool led_name_ok(const char *key, const char *value, const char *name, struct conf_errors *errors)
{
	if (!strchr(value, '/') && strcmp(value, ".") != 0 && strcmp(value, "..") != 0)
		return true;
	return conf_complain(errors, name, 0, "[led] %s = %s: the name of a device in [led] directory is wanted, not a path", key, value);
}

bool conf_check(const struct conf *c, const char *name, struct conf_errors *errors)
{
	bool ok = true;
	bool interface = c->interface[0] != 0, address = c->address[0] != 0;
	if (interface == address)
		ok = conf_complain(errors, name, 0, interface ? "[bacnet] interface and address are both given; one of them says where to listen"
			: "[bacnet] needs interface = NAME or address = IPV4, to say where to listen");
	if (!device_name_ok(c->device_name))
		ok = conf_complain(errors, name, 0, "device_name: only {model}, {serial}, {instance} and {unit} may stand in braces");
	ok &= led_name_ok("power", c->led_power, name, errors) & led_name_ok("link", c->led_link, name, errors) &
	      led_name_ok("rx", c->led_rx, name, errors) & led_name_ok("tx", c->led_tx, name, errors);
	for (int i = 0; i < c->ups_count; i++)
		if (strncmp(c->ups[i].link, "tcp:", 4) != 0 && (c->ups[i].slave < 1 || c->ups[i].slave > 247))
			ok = conf_complain(errors, name, c->ups[i].line, "[ups%s%s] slave must be 1 to 247 on a serial line, not %d",
				c->ups[i].name[0] ? ":" : "", c->ups[i].name, (int)c->ups[i].slave);
	if (c->ups_count > 1)            /* the one place to lift when there is a network behind the first device */
		ok = conf_complain(errors, name, c->ups[1].line,
			"[ups%s%s]: more than one UPS; this version serves one, the virtual network behind it is not built yet",
			c->ups[1].name[0] ? ":" : "", c->ups[1].name);
	return ok;
}

/* ---- what a reload changes ---- */

static int note(struct conf_change *changes, int max, int n, const struct conf_option *option, int ups)
{
	if (n < max)
		changes[n] = (struct conf_change){ .option = option, .ups = ups };
	return n + 1;
}

static bool differs(const struct conf_option *o, const struct conf *a, const struct conf *b, int ups)
{
	char x[CONF_VALUE_MAX], y[CONF_VALUE_MAX];
	return strcmp(conf_option_text(o, a, ups, x, sizeof x), conf_option_text(o, b, ups, y, sizeof y)) != 0;
}

int conf_diff(const struct conf *a, const struct conf *b, struct conf_change *changes, int max)
{
	int n = 0;
	for (int i = 0; i < CONF_OPTIONS; i++)
		if (!conf_option(i)->per_ups && differs(conf_option(i), a, b, 0))
			n = note(changes, max, n, conf_option(i), -1);
	int most = a->ups_count > b->ups_count ? a->ups_count : b->ups_count;
	for (int u = 0; u < most; u++) {
		if (u >= a->ups_count || u >= b->ups_count || strcmp(a->ups[u].name, b->ups[u].name) != 0) {
			n = note(changes, max, n, NULL, u);
			continue;
		}
		for (int i = 0; i < CONF_OPTIONS; i++)
			if (conf_option(i)->per_ups && differs(conf_option(i), a, b, u))
				n = note(changes, max, n, conf_option(i), u);
	}
	return n;
}

/* ---- the sample ---- */

void conf_write_sample(FILE *f)
{
	fputs("# bacnet-ups.conf: what bacnet-upsd serves and where.  Every option with its default; see bacnet-ups.conf(5).\n"
	      "# Check a change with: bacnet-ups check.  SIGHUP (systemctl reload) applies what is marked live.\n", f);
	const char *section = "";
	for (int i = 0; i < CONF_OPTIONS; i++) {
		const struct conf_option *o = conf_option(i);
		char value[CONF_VALUE_MAX], range[CONF_VALUE_MAX];
		if (strcmp(section, o->section) != 0)
			fprintf(f, "\n[%s]%s\n", o->section, o->per_ups ? "          ; the first UPS" : "");
		section = o->section;
		fprintf(f, "\n# %s.\n# %s; %s\n", o->help, conf_option_range(o, range, sizeof range), conf_apply_text(o->apply));
		bool needed = strcmp(o->key, "interface") == 0;
		conf_option_default(o, value, sizeof value);
		fprintf(f, "%s%s =%s%s\n", needed ? "" : "# ", o->key, needed || value[0] ? " " : "", needed ? "eth0" : value);
	}
}
