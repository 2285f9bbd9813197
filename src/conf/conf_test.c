/* Configuration files: every row, every complaint, what a reload changes, the sample. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "conf/conf.h"

static bool parse(struct conf *c, const char *text, struct conf_errors *errors)
{
	memset(errors, 0, sizeof *errors);
	return conf_parse(c, text, strlen(text), "f.conf", errors);
}

static void takes(struct conf *c, const char *text)
{
	struct conf_errors e;
	if (!parse(c, text, &e))
		fail_msg("refused: %d: %s", e.at[0].line, e.at[0].text);
	assert_int_equal(e.count, 0);
}

/* The first complaint is this, and *c is as it was. */
static void refuses(const char *text, const char *complaint)
{
	struct conf c, before;
	struct conf_errors e;
	char line[512];
	conf_defaults(&c);
	before = c;
	assert_false(parse(&c, text, &e));
	assert_true(e.count >= 1);
	assert_string_equal(err_format(&e.at[0], line, sizeof line), complaint);
	assert_memory_equal(&c, &before, sizeof c);
}

static void defaults_are_the_rows(void **state)
{
	(void)state;
	struct conf c;
	conf_defaults(&c);
	for (int i = 0; i < CONF_OPTIONS; i++) {
		char is[CONF_VALUE_MAX], should[CONF_VALUE_MAX], why[CONF_VALUE_MAX];
		const struct conf_option *o = conf_option(i);
		assert_string_equal(conf_option_text(o, &c, 0, is, sizeof is), conf_option_default(o, should, sizeof should));
		assert_ptr_equal(conf_option_find(o->section, o->key), o);
		assert_true(strlen(o->help) > 0);
		assert_true(strlen(conf_option_range(o, is, sizeof is)) > 0);
		if (should[0])
			assert_true(conf_option_set(o, &c, 0, should, why, sizeof why));
		for (int j = 0; j < i; j++)
			assert_false(strcmp(conf_option(j)->section, o->section) == 0 && strcmp(conf_option(j)->key, o->key) == 0);
	}
	assert_int_equal(c.port, 47808);
	assert_int_equal(c.device_instance, 1338);
	assert_string_equal(c.vendor_name, "SOCOMEC UPS");
	assert_int_equal(c.writable, CONF_WRITABLE_LABELS);
	assert_int_equal(c.object_map, CONF_MAP_SOCOMEC);
	assert_int_equal(c.ups_count, 1);
	assert_int_equal(conf_baud(&c.ups[0]), 0);
	assert_int_equal(conf_parity(&c.ups[0]), 'N');
	assert_int_equal(conf_unit_step(&c.ups[0]), 0);
}

static void a_file_is_read(void **state)
{
	(void)state;
	struct conf c;
	conf_defaults(&c);
	takes(&c, "\xef\xbb\xbf# head\r\n[bacnet]   ; comment\r\n  interface = eth0   ; or address\r\n\tport: 0xBAC1\n"
		"device_name = \"{model} \\x3b \\\"x\\\"\"\nobject_map=standard\nwritable = test\nutc_offset = -60\n\n"
		"[ups]\nlink = tcp:192.0.2.7:1502\nbaud = 57600\nparity = even\nunit_step = 0x0100\nslave = 247\n[control]\npath = /tmp/x");
	assert_string_equal(c.interface, "eth0");
	assert_int_equal(c.port, 0xbac1);
	assert_string_equal(c.device_name, "{model} ; \"x\"");
	assert_int_equal(c.object_map, CONF_MAP_STANDARD);
	assert_int_equal(c.writable, CONF_WRITABLE_TEST);
	assert_int_equal(c.utc_offset, -60);
	assert_string_equal(c.ups[0].link, "tcp:192.0.2.7:1502");
	assert_int_equal(conf_baud(&c.ups[0]), 57600);
	assert_int_equal(conf_parity(&c.ups[0]), 'E');
	assert_int_equal(conf_unit_step(&c.ups[0]), 0x100);
	assert_int_equal(c.ups[0].slave, 247);
	assert_string_equal(c.control_path, "/tmp/x");
	takes(&c, "[bacnet]\nallow = 10.0.0.0/8, 192.0.2.7\n");
	assert_string_equal(c.allow, "10.0.0.0/8, 192.0.2.7");
	takes(&c, "[bacnet]\nallow =\n");
	assert_string_equal(c.allow, "");
	takes(&c, "[bacnet]\ninterface =\naddress = 127.0.0.1\n");
	assert_string_equal(c.interface, "");
	assert_memory_equal(c.address, "\x7f\0\0\1", 4);
	assert_int_equal(c.port, 0xbac1);
}

static void faults_have_file_line_and_reason(void **state)
{
	(void)state;
	refuses("[bacnet]\n\nprot = 1\n", "f.conf:3: unknown key: prot");
	refuses("[bakery]\n", "f.conf:1: unknown section: bakery");
	refuses("[bacnet:x]\n", "f.conf:1: unknown section: bacnet:x");
	refuses("[]\n", "f.conf:1: unknown section: ");
	refuses("port = 1\n", "f.conf:1: a key stands before the first section");
	refuses("[bacnet]\nport = 1\n[ups]\n[bacnet]\nport = 2\n", "f.conf:5: given twice: port");
	refuses("[bacnet]\nport = 0\n", "f.conf:2: port must be 1 to 65535");
	refuses("[bacnet]\nport = 65536\n", "f.conf:2: port must be 1 to 65535");
	refuses("[bacnet]\nport = 99999999999999999999\n", "f.conf:2: port must be 1 to 65535");
	refuses("[bacnet]\nport = 12x\n", "f.conf:2: port must be a number, 1 to 65535");
	refuses("[bacnet]\nport = 0x\n", "f.conf:2: port must be a number, 1 to 65535");
	refuses("[bacnet]\nport =\n", "f.conf:2: port must be a number, 1 to 65535");
	refuses("[bacnet]\nutc_offset = --1\n", "f.conf:2: utc_offset must be a number, auto, or -1440 to 1440 min");
	refuses("[bacnet]\nobject_map = soc\n", "f.conf:2: object_map must be one of socomec, standard");
	refuses("[bacnet]\nobject_map = socomec|standard\n", "f.conf:2: object_map must be one of socomec, standard");
	refuses("[bacnet]\nobject_map =\n", "f.conf:2: object_map must be one of socomec, standard");
	refuses("[bacnet]\naddress = 1.2.3\n", "f.conf:2: address must be an IPv4 address such as 192.0.2.10");
	refuses("[bacnet]\naddress = 255.255.255.255\n", "f.conf:2: address must be the address of this host, not 0.x, multicast or broadcast");
	refuses("[bacnet]\ninterface = 0123456789abcdef\n", "f.conf:2: interface must be 0 to 15 octets of text");
	refuses("[bacnet]\ndevice_name = \"a\\nb\"\n", "f.conf:2: device_name must be text without control characters");
	refuses("[bacnet]\ndevice_name = \"a\n", "f.conf:2: device_name: the closing quote is missing (inside quotes a semicolon is \\x3b)");
	refuses("[bacnet]\nallow = 10.0.0.0/8, 10.1\n", "f.conf:2: allow must be up to 16 IPv4 networks or addresses, such as 10.0.0.0/8 192.0.2.7");
	refuses("[bacnet]\nallow = 1.1.1.1 1.1.1.2 1.1.1.3 1.1.1.4 1.1.1.5 1.1.1.6 1.1.1.7 1.1.1.8 1.1.1.9 1.1.1.10 1.1.1.11 1.1.1.12 1.1.1.13 "
	        "1.1.1.14 1.1.1.15 1.1.1.16 1.1.1.17\n", "f.conf:2: allow must be up to 16 IPv4 networks or addresses, such as 10.0.0.0/8 192.0.2.7");
	refuses("[ups]\nlink = COM1\n", "f.conf:2: link must be the path of a serial device, or tcp:HOST[:PORT]");
	refuses("[ups]\nlink = tcp:\n", "f.conf:2: link must be tcp:HOST or tcp:HOST:PORT with a port of 1 to 65535");
	refuses("[ups]\nlink = tcp:a:0\n", "f.conf:2: link must be tcp:HOST or tcp:HOST:PORT with a port of 1 to 65535");
	refuses("[ups]\nlink = tcp:a:-5\n", "f.conf:2: link must be tcp:HOST or tcp:HOST:PORT with a port of 1 to 65535");
	refuses("[ups:A]\n", "f.conf:1: the name of a UPS is 1 to 32 of a-z, 0-9 and -, not A");
	refuses("[ups:]\n", "f.conf:1: the name of a UPS is 1 to 32 of a-z, 0-9 and -, not ");
	refuses("[object device]\nname = x\n", "f.conf:1: unknown section: object device");
	refuses("[bacnet]\nport\n", "f.conf:2: neither a [section] nor a key = value");
	refuses("[bacnet\nport = 1\n", "f.conf:1: the ']' of the section is missing");
	refuses("[bacnet] x\nport = 1\n", "f.conf:1: something stands behind the ']' of the section");
	refuses("[bacnet]\ndevice_name = \xff\n", "f.conf:2: the line is not UTF-8 text");
}

/* Each row from both sides of its bounds. */
static void every_row_has_its_bounds(void **state)
{
	(void)state;
	struct conf c;
	char value[400], why[400], range[CONF_VALUE_MAX], words[400];
	conf_defaults(&c);
	for (int i = 0; i < CONF_OPTIONS; i++) {
		const struct conf_option *o = conf_option(i);
		conf_option_range(o, range, sizeof range);
		if (o->type == CONF_NUMBER) {
			bool maybe = strcmp(o->fallback, "auto") == 0;
			snprintf(words, sizeof words, "%s%d to %d%s%s", maybe ? "auto, or " : "", o->min, o->max, o->unit[0] ? " " : "", o->unit);
			assert_string_equal(range, words);
			for (int past = -1; past <= 1; past++) {
				snprintf(value, sizeof value, "%d", past < 0 ? o->min - 1 : past ? o->max + 1 : o->max);
				assert_int_equal(conf_option_set(o, &c, 0, value, why, sizeof why), past == 0);
			}
			snprintf(words, sizeof words, "must be %s", range);
			assert_string_equal(why, words);
			snprintf(value, sizeof value, "%d", o->min);
			assert_true(conf_option_set(o, &c, 0, value, why, sizeof why));
			assert_string_equal(conf_option_text(o, &c, 0, words, sizeof words), value);
			assert_int_equal(conf_option_set(o, &c, 0, "auto", why, sizeof why), maybe);
		} else if (o->type == CONF_TEXT) {
			snprintf(words, sizeof words, "%d to %d octets of text", o->min, o->max);
			assert_string_equal(range, words);
			memset(value, 'x', sizeof value);
			value[o->max + 1] = 0;
			assert_false(conf_option_set(o, &c, 0, value, why, sizeof why));
			value[o->max] = 0;
			assert_true(conf_option_set(o, &c, 0, value, why, sizeof why));
			assert_string_equal(conf_option_text(o, &c, 0, words, sizeof words), value);
			assert_int_equal(conf_option_set(o, &c, 0, "", why, sizeof why), o->min == 0);
			assert_true(conf_option_set(o, NULL, 0, value, why, sizeof why));        /* only looked at */
		}
	}
	assert_string_equal(conf_option_range(conf_option_find("bacnet", "address"), range, sizeof range), "an IPv4 address");
	assert_string_equal(conf_option_range(conf_option_find("bacnet", "allow"), range, sizeof range), "up to 16 IPv4 networks or addresses");
	assert_string_equal(conf_option_range(conf_option_find("ups", "link"), range, sizeof range), "1 to 95 octets of text");
	assert_string_equal(conf_option_range(conf_option_find("ups", "parity"), range, sizeof range), "none, even, odd");
	assert_string_equal(conf_apply_text(CONF_LIVE), "live");
	assert_string_equal(conf_apply_text(CONF_RESTART), "restart");
	assert_null(conf_option_find("bacnet", "slave"));
	assert_null(conf_option_find("ups", "port"));
	static const char *const parities[] = { "none", "even", "odd" };
	for (int i = 0; i < 3; i++) {
		assert_true(conf_option_set(conf_option_find("ups", "parity"), &c, 0, parities[i], why, sizeof why));
		assert_int_equal(conf_parity(&c.ups[0]), "NEO"[i]);
	}
	c.ups[0].parity = 3;
	assert_int_equal(conf_parity(&c.ups[0]), 'N');
}

static void addresses_and_links_have_their_bounds(void **state)
{
	(void)state;
	static const struct { const char *key, *value; bool good; } rows[] = {
		{ "address", "", true }, { "address", "1.0.0.0", true }, { "address", "0.255.255.255", false }, { "address", "223.255.255.255", true },
		{ "address", "224.0.0.0", false }, { "address", "10.0.0.256", false },
		{ "link", "/", true }, { "link", "tcp:h", true }, { "link", "tcp:h:1", true }, { "link", "tcp:h:65535", true }, { "link", "tcp:h:65536", false },
		{ "link", "tcp:h:", false }, { "link", "tcp:h:1x", false }, { "link", "tcp:h:x", false }, { "link", "tcp::502", false }, { "link", "tcp:a b", false },
		{ "link", "tcp:a\tb", false }, { "link", "tcp:a/b", false }, { "link", "tcp:h:9", true }, { "link", "tcp:h:00502", true }, { "link", "", false },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct conf c;
		char why[200], is[CONF_VALUE_MAX];
		const struct conf_option *o = conf_option_find(i < 6 ? "bacnet" : "ups", rows[i].key);
		conf_defaults(&c);
		if (conf_option_set(o, &c, 0, rows[i].value, why, sizeof why) != rows[i].good)
			fail_msg("%s = %s", rows[i].key, rows[i].value);
		if (rows[i].good)
			assert_string_equal(conf_option_text(o, &c, 0, is, sizeof is), rows[i].value);
	}
}

/* The longest line and the longest name of a section still count. */
static void lines_have_their_length(void **state)
{
	(void)state;
	struct conf c;
	char text[4000], line[200];
	for (int more = 0; more < 2; more++) {
		conf_defaults(&c);
		strcpy(text, "[bacnet]\nport = 5 ;");
		size_t n = 9 + 1600 + (size_t)more;
		memset(text + strlen(text), 'x', n - strlen(text));
		strcpy(text + n, "\n[ups]\nretries = 1");
		if (more) {
			refuses(text, "f.conf:2: the line is too long");
			continue;
		}
		takes(&c, text);
		assert_int_equal(c.port, 5);
		assert_int_equal(c.ups[0].retries, 1);
	}
	for (int more = 0; more < 2; more++) {
		char name[90];
		memset(name, 'y', 79 + (size_t)more);
		name[79 + more] = 0;
		snprintf(text, sizeof text, "[%s]\n", name);
		snprintf(line, sizeof line, "f.conf:1: unknown section: %s", name);
		refuses(text, more ? "f.conf:1: the name of the section is too long" : line);
	}
	conf_defaults(&c);
	takes(&c, "");
	takes(&c, "\n\n");
	takes(&c, "[bacnet]#x\nport = 6\n[bacnet]  ;x\nnetwork_number = 1\n");
	assert_int_equal(c.network_number, 1);
	refuses("[bakery]\nport = 1\n", "f.conf:1: unknown section: bakery");
	char name[CONF_UPS_NAME_MAX + 2];
	memset(name, 'n', sizeof name - 1);
	name[CONF_UPS_NAME_MAX + 1] = 0;
	snprintf(text, sizeof text, "[ups:%s]\n", name);
	snprintf(line, sizeof line, "f.conf:1: the name of a UPS is 1 to 32 of a-z, 0-9 and -, not %s", name);
	refuses(text, line);
	name[CONF_UPS_NAME_MAX] = 0;
	snprintf(text, sizeof text, "[ups:%s]\n", name);
	takes(&c, text);
	assert_string_equal(c.ups[0].name, name);
}

static void odd_texts_are_refused(void **state)
{
	(void)state;
	struct conf c;
	struct conf_errors e = { 0 };
	conf_defaults(&c);
	assert_false(conf_parse(&c, "[bacnet]\nport\0 = 1\n", 20, "f", &e));     /* a NUL cannot hide the rest of a line */
	assert_int_equal(e.at[0].line, 2);
	char text[4000] = "[bacnet]\ndevice_name = ";
	memset(text + strlen(text), 'x', 3000);
	strcat(text, "\nport = 5\n");
	refuses(text, "f.conf:2: the line is too long");
	memset(text, 0, sizeof text);
	memset(text, 'y', 200);
	text[0] = '[';
	text[199] = ']';
	refuses(text, "f.conf:1: the name of the section is too long");
}

static void all_complaints_are_kept_up_to_a_number(void **state)
{
	(void)state;
	struct conf c;
	struct conf_errors e;
	conf_defaults(&c);
	assert_false(parse(&c, "[bacnet]\nport = 0\nfoo = 1\n[x]\ny = 1\n", &e));
	assert_int_equal(e.count, 3);
	assert_int_equal(e.at[2].line, 4);
	char text[2000] = "[bacnet]\n";
	for (int i = 0; i < 40; i++)
		sprintf(text + strlen(text), "k%d = 1\n", i);
	assert_false(parse(&c, text, &e));
	assert_int_equal(e.count, 40);
	assert_int_equal(e.at[CONF_ERRORS_MAX - 1].line, 1 + CONF_ERRORS_MAX);
}

static void upses_are_sections(void **state)
{
	(void)state;
	struct conf c;
	struct conf_errors e = { 0 };
	conf_defaults(&c);
	takes(&c, "[bacnet]\naddress = 127.0.0.1\n[ups:b-2]\nslave = 7\n");
	assert_int_equal(c.ups_count, 1);
	assert_string_equal(c.ups[0].name, "b-2");
	assert_true(conf_check(&c, "f", &e));
	takes(&c, "[ups]\nslave = 9\n[ups:b-2]\nretries = 1\n");
	assert_int_equal(c.ups_count, 2);
	assert_int_equal(c.ups[0].slave, 7);
	assert_int_equal(c.ups[0].retries, 1);
	assert_int_equal(c.ups[1].slave, 9);
	assert_int_equal(c.ups[1].timeout, 500);
	assert_false(conf_check(&c, "f", &e));
	assert_int_equal(e.at[0].line, 1);
	assert_non_null(strstr(e.at[0].text, "more than one UPS"));
	char text[2000] = "";
	for (int i = 0; i < 33; i++)
		sprintf(text + strlen(text), "[ups:u%d]\n", i);
	refuses(text, "f.conf:33: more than 32 UPSes");
}

static void rules_across_rows(void **state)
{
	(void)state;
	struct conf c;
	struct conf_errors e = { 0 };
	conf_defaults(&c);
	assert_false(conf_check(&c, "f", &e));
	assert_non_null(strstr(e.at[0].text, "needs interface"));
	takes(&c, "[bacnet]\ninterface = lo\naddress = 127.0.0.1\n");
	e.count = 0;
	assert_false(conf_check(&c, "f", &e));
	assert_non_null(strstr(e.at[0].text, "both given"));
	takes(&c, "[bacnet]\ninterface =\ndevice_name = {model} {serial}-{instance}{unit}\n");
	e.count = 0;
	assert_true(conf_check(&c, "f", &e));
	static const char *const wrong[] = { "{modell}", "{model", "a}", "{}", "{{model}}" };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		snprintf(c.device_name, sizeof c.device_name, "%s", wrong[i]);
		assert_false(conf_check(&c, "f", &e));
	}
}

static void a_led_is_named_not_pointed_at(void **state)
{
	(void)state;
	static const char *const wrong[] = { "a/b", "/sys/class/leds/x", ".", "..", "../x" };
	static const char *const keys[] = { "power", "link", "rx", "tx" };
	for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
		for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
			struct conf c;
			struct conf_errors e = { 0 };
			char text[120];
			conf_defaults(&c);
			snprintf(text, sizeof text, "[bacnet]\naddress = 127.0.0.1\n[led]\n%s = ups:green:%s\n", keys[k], keys[k]);
			takes(&c, text);
			assert_true(conf_check(&c, "f", &e));
			snprintf(text, sizeof text, "[led]\n%s = %s\n", keys[k], wrong[i]);
			takes(&c, text);
			assert_false(conf_check(&c, "f", &e));
			assert_int_equal(e.count, 1);
			snprintf(text, sizeof text, "[led] %s = %s: the name of a device", keys[k], wrong[i]);
			assert_int_equal(strncmp(e.at[0].text, text, strlen(text)), 0);
		}
}

/* Over TCP every unit identifier is allowed, on a serial line 1 to 247. */
static void a_slave_fits_its_link(void **state)
{
	(void)state;
	static const struct { const char *link; int slave; bool ok; } cases[] = {
		{ "/dev/ttyS0", 0, false }, { "/dev/ttyS0", 1, true }, { "/dev/ttyS0", 247, true }, { "/dev/ttyS0", 248, false }, { "/dev/ttyS0", 255, false },
		{ "tcp:h", 0, true }, { "tcp:h", 248, true }, { "tcp:h", 255, true },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct conf c;
		struct conf_errors e = { 0 };
		char text[160];
		conf_defaults(&c);
		snprintf(text, sizeof text, "[bacnet]\naddress = 127.0.0.1\n[ups]\nlink = %s\nslave = %d\n", cases[i].link, cases[i].slave);
		takes(&c, text);
		assert_int_equal(conf_check(&c, "f", &e), cases[i].ok);
		snprintf(text, sizeof text, "[ups] slave must be 1 to 247 on a serial line, not %d", cases[i].slave);
		if (!cases[i].ok)
			assert_string_equal(e.at[0].text, text);
	}
}

static void a_reload_knows_what_changed(void **state)
{
	(void)state;
	struct conf a, b;
	struct conf_change ch[4];
	conf_defaults(&a);
	takes(&a, "[bacnet]\naddress = 127.0.0.1\n[ups]\n");
	b = a;
	assert_int_equal(conf_diff(&a, &b, ch, 4), 0);
	takes(&b, "[bacnet]\nport = 5\nobject_map = standard\n[ups]\nbaud = 9600\n");
	assert_int_equal(conf_diff(&a, &b, ch, 4), 3);
	assert_string_equal(ch[0].option->key, "port");
	assert_int_equal(ch[0].option->apply, CONF_RESTART);
	assert_string_equal(ch[1].option->key, "object_map");
	assert_int_equal(ch[1].option->apply, CONF_LIVE);
	assert_string_equal(ch[2].option->key, "baud");
	assert_int_equal(ch[2].ups, 0);
	assert_int_equal(conf_diff(&a, &b, ch, 1), 3);
	takes(&b, "[ups:two]\n");
	assert_int_equal(conf_diff(&a, &b, ch, 4), 4);
	assert_null(ch[3].option);
	assert_int_equal(ch[3].ups, 1);
}

/* A directory of our own, files that are written into it, and the whole way of the daemon. */
static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void a_file_is_taken_whole_or_not(void **state)
{
	(void)state;
	char dir[] = "/tmp/conf-test-XXXXXX", path[64];
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/m.conf", dir);
	struct conf c, before;
	struct conf_errors e = { 0 };
	conf_defaults(&c);
	assert_false(conf_load(&c, path, &e));
	assert_string_equal(e.at[0].file, path);
	assert_string_equal(e.at[0].text, "cannot be read: No such file or directory");
	put(path, "[bacnet]\naddress = 127.0.0.1\nport = 5000\n");
	e.count = 0;
	assert_true(conf_load(&c, path, &e));
	assert_int_equal(c.port, 5000);
	put(path, "[bacnet]\naddress = 127.0.0.1\n");          /* what is not given any more is at its default again */
	assert_true(conf_load(&c, path, &e));
	assert_int_equal(c.port, 47808);
	before = c;
	put(path, "[bacnet]\nport = 5002\n[ups]\nslave = x\n");
	assert_false(conf_load(&c, path, &e));
	assert_string_equal(e.at[0].file, path);
	assert_int_equal(e.at[0].line, 4);
	put(path, "[bacnet]\nport = 5002\n");                  /* well-formed, and does not say where to listen */
	assert_false(conf_load(&c, path, &e));
	assert_memory_equal(&c, &before, sizeof c);
	e.count = 0;
	assert_false(conf_load(&c, dir, &e));
	assert_string_equal(e.at[0].text, "is not a file");
	unlink(path);
	rmdir(dir);
}

/* finding 4.1's other half: a person can see which value counts. */
static void each_value_has_a_source(void **state)
{
	(void)state;
	struct conf c;
	conf_defaults(&c);
	const struct conf_option *port = conf_option_find("bacnet", "port"), *slave = conf_option_find("ups", "slave");
	for (int i = 0; i < CONF_OPTIONS; i++)
		assert_int_equal(conf_option_source(conf_option(i), &c, 0), CONF_DEFAULT);
	takes(&c, "[bacnet]\nport = 47808\n[ups:a]\n[ups:b]\nslave = 5\n");
	for (int i = 0; i < CONF_OPTIONS; i++) {
		const struct conf_option *o = conf_option(i);
		assert_int_equal(conf_option_source(o, &c, 0), o == port ? CONF_CONFIGURED : CONF_DEFAULT);
		if (o->per_ups)
			assert_int_equal(conf_option_source(o, &c, 1), o == slave ? CONF_CONFIGURED : CONF_DEFAULT);
	}
	conf_set_source(slave, &c, 0, CONF_KEPT);
	assert_int_equal(conf_option_source(slave, &c, 0), CONF_KEPT);
	assert_int_equal(conf_option_source(slave, &c, 1), CONF_CONFIGURED);
	assert_string_equal(conf_source_text(CONF_DEFAULT), "default");
	assert_string_equal(conf_source_text(CONF_CONFIGURED), "configured");
	assert_string_equal(conf_source_text(CONF_KEPT), "kept");
}

static void a_number_may_be_auto_where_that_is_the_default(void **state)
{
	(void)state;
	struct conf c;
	char text[CONF_VALUE_MAX];
	const struct conf_option *o = conf_option_find("bacnet", "utc_offset");
	conf_defaults(&c);
	assert_int_equal(c.utc_offset, CONF_AUTO);
	assert_string_equal(conf_option_text(o, &c, 0, text, sizeof text), "auto");
	takes(&c, "[bacnet]\nutc_offset = -1440\n");
	assert_int_equal(c.utc_offset, -1440);
	takes(&c, "[bacnet]\nutc_offset = 1440\n");
	assert_string_equal(conf_option_text(o, &c, 0, text, sizeof text), "1440");
	takes(&c, "[bacnet]\nutc_offset = auto\n");
	assert_int_equal(c.utc_offset, CONF_AUTO);
	refuses("[bacnet]\nutc_offset = 1441\n", "f.conf:2: utc_offset must be auto, or -1440 to 1440 min");
	refuses("[bacnet]\nutc_offset = -1441\n", "f.conf:2: utc_offset must be auto, or -1440 to 1440 min");
	refuses("[bacnet]\nport = auto\n", "f.conf:2: port must be a number, 1 to 65535");
}

static void the_sample_is_a_configuration(void **state)
{
	(void)state;
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	conf_write_sample(f);
	fclose(f);
	struct conf c, d;
	struct conf_errors e = { 0 };
	conf_defaults(&c);
	conf_defaults(&d);
	assert_true(conf_parse(&c, text, n, "sample", &e));
	assert_true(conf_check(&c, "sample", &e));
	struct conf_change ch[4];
	assert_int_equal(conf_diff(&d, &c, ch, 4), 1);           /* the interface, which has no default */
	/* With every comment sign gone it is still one, but for address, which excludes interface. */
	for (char *p = text; (p = strstr(p, "\n# ")) != NULL; p++) {
		size_t word = strspn(p + 3, "abcdefghijklmnopqrstuvwxyz_");
		if (strncmp(p + 3 + word, " = ", 3) == 0)
			p[1] = p[2] = ' ';
	}
	conf_defaults(&c);
	assert_true(conf_parse(&c, text, n, "sample", &e));
	assert_int_equal(conf_diff(&d, &c, ch, 4), 1);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_the_rows),
		cmocka_unit_test(a_file_is_read),
		cmocka_unit_test(faults_have_file_line_and_reason),
		cmocka_unit_test(every_row_has_its_bounds),
		cmocka_unit_test(addresses_and_links_have_their_bounds),
		cmocka_unit_test(lines_have_their_length),
		cmocka_unit_test(odd_texts_are_refused),
		cmocka_unit_test(all_complaints_are_kept_up_to_a_number),
		cmocka_unit_test(upses_are_sections),
		cmocka_unit_test(rules_across_rows), cmocka_unit_test(a_led_is_named_not_pointed_at),
		cmocka_unit_test(a_slave_fits_its_link),
		cmocka_unit_test(a_reload_knows_what_changed),
		cmocka_unit_test(a_file_is_taken_whole_or_not),
		cmocka_unit_test(each_value_has_a_source),
		cmocka_unit_test(a_number_may_be_auto_where_that_is_the_default),
		cmocka_unit_test(the_sample_is_a_configuration),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
