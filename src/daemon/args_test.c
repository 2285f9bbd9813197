/* The command line, what the configuration makes of it, what is remembered of a UPS, and what is wrong in words. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/file.h"
#include "base/memory_test.h"
#include "daemon/args.h"
#include "daemon/config.h"
#include "daemon/memory.h"

/* ---- the command line ---- */

static char said[4000];                          /* on standard output and standard error */

static enum args_what parse(struct args *args, const char *line)
{
	static char words[500];
	char *argv[20] = { (char[]){ "bacnet-upsd" } };
	char name[] = "/tmp/args-test-XXXXXX";
	int argc = 1, fd = mkstemp(name), out = dup(1), err = dup(2);
	snprintf(words, sizeof words, "%s", line);
	for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	fflush(stdout);
	dup2(fd, 1);
	dup2(fd, 2);
	enum args_what what = args_parse(args, argc, argv);
	fflush(stdout);
	dup2(out, 1);
	dup2(err, 2);
	ssize_t n = pread(fd, said, sizeof said - 1, 0);
	said[n > 0 ? n : 0] = 0;
	close(fd);
	close(out);
	close(err);
	unlink(name);
	return what;
}

static void a_command_line_is_taken(void **state)
{
	(void)state;
	struct args a;
	assert_int_equal(parse(&a, ""), ARGS_RUN);
	assert_string_equal(a.config, "/etc/bacnet-ups/bacnet-ups.conf");
	assert_string_equal(a.state_dir, "/var/lib/bacnet-ups");
	assert_null(a.control);
	assert_false(a.debug);
	assert_int_equal(parse(&a, "--config c --state-dir=s --control k --debug"), ARGS_RUN);
	assert_string_equal(a.config, "c");
	assert_string_equal(a.state_dir, "s");
	assert_string_equal(a.control, "k");
	assert_true(a.debug);
	assert_string_equal(said, "");
	assert_int_equal(parse(&a, "--check-config --config c"), ARGS_CHECK);
	assert_int_equal(parse(&a, "--version"), ARGS_HELP);
	assert_string_equal(said, "bacnet-upsd " BACNET_UPS_VERSION "\n");
	assert_int_equal(parse(&a, "--help --check-config"), ARGS_HELP);
	static const char *const options[] = { "--config FILE", "--state-dir DIR", "--control PATH", "--check-config", "--debug", "--version", "--help" };
	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		assert_non_null(strstr(said, options[i]));
}

static void a_wrong_command_line_is_named(void **state)
{
	(void)state;
	struct args a;
	assert_int_equal(parse(&a, "--nonsense"), ARGS_USAGE);
	assert_string_equal(said, "bacnet-upsd: there is no option --nonsense; try --help\n");
	assert_int_equal(parse(&a, "--config"), ARGS_USAGE);
	assert_string_equal(said, "bacnet-upsd: --config needs a value\n");
	assert_int_equal(parse(&a, "--state-dir= x"), ARGS_USAGE);
	assert_string_equal(said, "bacnet-upsd: --state-dir must not be empty\n");
	assert_int_equal(parse(&a, "--debug word"), ARGS_USAGE);
	assert_string_equal(said, "bacnet-upsd: 'word' is one argument too many; try --help\n");
}

/* ---- the configuration of a running daemon ---- */

struct fixture {
	char path[40], log_path[40];
	struct log log;
	struct kept *kept;
	struct config config;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	if (!f)
		return -1;
	strcpy(f->path, "/tmp/config-test-XXXXXX");
	strcpy(f->log_path, "/tmp/config-log-XXXXXX");
	close(mkstemp(f->path));
	f->log = (struct log){ .fd = mkstemp(f->log_path), .level = LOG_LEVEL_INFO };
	f->kept = kept_make();
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	unlink(f->path);
	unlink(f->log_path);
	close(f->log.fd);
	kept_free(f->kept);
	free(f);
	return 0;
}

static void put(const struct fixture *f, const char *text)
{
	struct err_at why;
	assert_true(file_replace(f->path, text, strlen(text), &why));
}

static void logs(struct fixture *f, const char *part)
{
	size_t n;
	struct err_at why;
	char *text = file_read(f->log_path, 1 << 20, &n, &why);
	if (part[0] ? !strstr(text, part) : n > 0)
		fail_msg("\"%s\" was not logged, but \"%s\"", part, text);
	free(text);
	assert_int_equal(ftruncate(f->log.fd, 0), 0);
	lseek(f->log.fd, 0, SEEK_SET);
}

#define HEAD "[bacnet]\naddress = 127.0.0.1\n"

static void restart_is(const struct fixture *f, const char *expected)
{
	char text[200];
	assert_string_equal(config_restart_needed(&f->config, text, sizeof text), expected);
}

static void reloads(struct fixture *f, const char *file, int options, bool link)
{
	struct config_change change;
	put(f, file);
	assert_true(config_reload(&f->config, f->kept, &change));
	struct config_change none;
	GIVES_BACK(50, assert_true(config_reload(&f->config, f->kept, &none)));
	assert_int_equal(none.options, 0);
	assert_false(none.link);
	assert_int_equal(change.options, options);
	assert_int_equal(change.link, link);
}

/* Each once, and it clears when what was changed is changed back. */
static void finding_4_4_the_list_of_what_needs_a_restart_is_true(void **state)
{
	struct fixture *f = *state;
	put(f, HEAD);
	assert_true(config_load(&f->config, f->path, f->kept, &f->log));
	restart_is(f, "");
	reloads(f, HEAD "port = 5000\n", 1, false);
	restart_is(f, "[bacnet] port");
	reloads(f, HEAD "port = 5001\n", 1, false);
	restart_is(f, "[bacnet] port");
	reloads(f, HEAD "port = 5001\nobject_map = standard\n[control]\npath = /x\n", 2, false);
	restart_is(f, "[bacnet] port, [control] path");
	reloads(f, HEAD "[control]\npath = /x\n", 2, false);
	restart_is(f, "[control] path");
	reloads(f, HEAD, 1, false);
	restart_is(f, "");
	reloads(f, HEAD, 0, false);
	reloads(f, HEAD "[ups]\nslave = 5\n", 1, true);
	assert_int_equal(f->config.now.ups[0].slave, 5);
	restart_is(f, "");
	reloads(f, HEAD "[ups:a]\nslave = 5\n", 1, true);
	restart_is(f, "the sections of UPSes");
	logs(f, "");
	char small[20];
	reloads(f, HEAD "port = 5001\n[control]\npath = /x\n", 3, true);
	config_restart_needed(&f->config, small, sizeof small);          /* cut, not overrun */
	assert_string_equal(small, "[bacnet] port, [con");
}

static void a_reload_with_a_fault_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct config_change change;
	put(f, HEAD "port = 5000\n");
	assert_true(config_load(&f->config, f->path, f->kept, &f->log));
	struct conf before = f->config.now;
	put(f, HEAD "port = 6000\nprot = 1\n");
	assert_false(config_reload(&f->config, f->kept, &change));
	assert_memory_equal(&f->config.now, &before, sizeof before);
	logs(f, ":4: unknown key: prot");
	unlink(f->path);
	assert_false(config_reload(&f->config, f->kept, &change));
	assert_int_equal(f->config.now.port, 5000);
	logs(f, "No such file");
	struct config fresh = { 0 };
	assert_false(config_load(&fresh, f->path, f->kept, &f->log));
}

/* What a program set is not undone by a reload. */
static void finding_4_1_a_reload_keeps_what_is_kept(void **state)
{
	struct fixture *f = *state;
	put(f, HEAD "port = 5000\napdu_retries = 1\n");
	kept_set_option(f->kept, KEPT_ALL_STATIONS, "bacnet", "apdu_retries", "9");
	kept_set_option(f->kept, KEPT_ALL_STATIONS, "bacnet", "later", "x");
	assert_true(config_load(&f->config, f->path, f->kept, &f->log));
	assert_int_equal(f->config.now.apdu_retries, 9);
	logs(f, "warning: kept.json: [bacnet] later: no such option in this version");
	reloads(f, HEAD "port = 5000\napdu_retries = 2\n", 0, false);
	assert_int_equal(f->config.now.apdu_retries, 9);
	kept_set_option(f->kept, KEPT_ALL_STATIONS, "bacnet", "apdu_retries", "8");
	reloads(f, HEAD "port = 5000\n", 1, false);
	assert_int_equal(f->config.now.apdu_retries, 8);
}

static void many_complaints_are_counted(void **state)
{
	struct fixture *f = *state;
	char text[2000] = HEAD;
	for (int i = 0; i < CONF_ERRORS_MAX + 3; i++)
		sprintf(text + strlen(text), "k%d = 1\n", i);
	put(f, text);
	assert_false(config_load(&f->config, f->path, f->kept, &f->log));
	logs(f, "error: and 3 more\n");
}

static void family_maps_are_checked(void **state)
{
	struct fixture *f = *state;
	put(f, HEAD "[ups]\nfamily = masterys\n");
	assert_true(config_load(&f->config, f->path, f->kept, &f->log));
	assert_true(config_check_families(&f->config));
	strcpy(f->config.now.ups[0].family, "auto");
	assert_true(config_check_families(&f->config));
	logs(f, "");
	strcpy(f->config.now.ups[0].family, "nothing");
	assert_false(config_check_families(&f->config));
	logs(f, "nothing");
}

/* ---- what is remembered of a UPS ---- */

static void a_ups_is_remembered(void **state)
{
	(void)state;
	struct gateway_memory m = { .identity = { .family = "masterys", .vendor = "SOCOMEC", .model = "MASTERYS BC+", .serial = "P1", .reference = "R",
		.location = "L", .kva_x10 = UINT32_MAX, .code = UINT16_MAX, .system = SYSTEM_PARALLEL, .factor = FACTOR_10, .phases_in = 3,
		.phases_out = 1 }, .not_managed = { 1, 163577857 }, .not_managed_count = 2 }, again;
	json_t *json = memory_to_json(&m);
	assert_true(memory_from_json(json, &again));
	assert_string_equal(again.identity.family, "masterys");
	assert_string_equal(again.identity.model, "MASTERYS BC+");
	assert_string_equal(again.identity.serial, "P1");
	assert_string_equal(again.identity.reference, "R");
	assert_string_equal(again.identity.location, "L");
	assert_int_equal(again.identity.kva_x10, UINT32_MAX);
	assert_int_equal(again.identity.code, UINT16_MAX);
	assert_int_equal(again.identity.system, SYSTEM_PARALLEL);
	assert_int_equal(again.identity.factor, FACTOR_10);
	assert_int_equal(again.identity.phases_in, 3);
	assert_int_equal(again.identity.phases_out, 1);
	assert_int_equal(again.not_managed_count, 2);
	assert_int_equal(again.not_managed[1], 163577857);
	json_decref(json);
	json = json_object();
	assert_true(memory_from_json(json, &again));             /* nothing is known */
	assert_string_equal(again.identity.family, "");
	json_decref(json);
}

static void numbers_that_cannot_be_true_are_left_out(void **state)
{
	(void)state;
	static const struct { const char *key; json_int_t most; } rows[] = { { "kva_x10", UINT32_MAX }, { "code", UINT16_MAX },
		{ "system", SYSTEM_PARALLEL }, { "factor", FACTOR_10 }, { "phases_in", 3 }, { "phases_out", 3 } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		for (int off = 0; off < 4; off++) {
			struct gateway_memory m;
			json_t *value = off == 0 ? json_integer(rows[i].most) : off == 1 ? json_integer(rows[i].most + 1) : off == 2 ? json_integer(-1) :
				json_string("1");
			json_t *json = json_pack("{s:{s:s, s:o}}", "identity", "model", "M", rows[i].key, value);
			assert_int_equal(memory_from_json(json, &m), off == 0);
			assert_string_equal(m.identity.model, "M");
			json_t *back = memory_to_json(&m);
			assert_int_equal(json_integer_value(json_object_get(json_object_get(back, "identity"), rows[i].key)), off ? 0 : rows[i].most);
			json_decref(back);
			json_decref(json);
		}
	}
	struct gateway_memory m;
	json_t *json = json_pack("{s:[i, i, s, I, i]}", "not_managed", 5, -1, "x", (json_int_t)4294967296, 6);
	assert_false(memory_from_json(json, &m));
	assert_int_equal(m.not_managed_count, 2);
	assert_int_equal(m.not_managed[1], 6);
	json_decref(json);
	json_t *list = json_array();
	for (int i = 0; i <= GATEWAY_OBJECTS; i++)
		json_array_append_new(list, json_integer(i));
	json = json_pack("{s:o}", "not_managed", list);
	assert_false(memory_from_json(json, &m));                /* no device has so many */
	assert_int_equal(m.not_managed_count, GATEWAY_OBJECTS);
	json_decref(json);
}

/* What was kept may be anything: it becomes the name of a device. */
static void texts_are_cut_and_cleaned(void **state)
{
	(void)state;
	struct gateway_memory m;
	json_t *json = json_pack("{s:{s:s, s:s}}", "identity", "model", "a\nb", "location", "0123456789abcdef0123456789abcdef");
	assert_true(memory_from_json(json, &m));
	assert_string_equal(m.identity.model, "a?b");
	assert_string_equal(m.identity.location, "0123456789abcde");
	json_decref(json);
}

int main(void)
{
#define WITH_FILES(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_line_is_taken),
		cmocka_unit_test(a_wrong_command_line_is_named),
		WITH_FILES(finding_4_4_the_list_of_what_needs_a_restart_is_true),
		WITH_FILES(a_reload_with_a_fault_changes_nothing),
		WITH_FILES(finding_4_1_a_reload_keeps_what_is_kept),
		WITH_FILES(many_complaints_are_counted),
		WITH_FILES(family_maps_are_checked),
		cmocka_unit_test(a_ups_is_remembered),
		cmocka_unit_test(numbers_that_cannot_be_true_are_left_out),
		cmocka_unit_test(texts_are_cut_and_cleaned),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
