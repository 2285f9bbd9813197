/* Command lines, and what all commands share. */
#include "tools/testing.h"

static void help_and_version(void **state)
{
	(void)state;
	static const char *const names[] = { "status", "objects", "get", "watch", "health", "subscriptions", "alarms", "wait", "read", "check", "families", "password", "restart", "export" };
	struct fake f = { 0 };
	RUNS(&f, "--version", 0, "bacnet-ups " BACNET_UPS_VERSION "\n", "");
	assert_int_equal(fake_run(&f, "--help"), 0);
	assert_int_equal(strncmp(f.out, "usage: bacnet-ups COMMAND [OPTION...] [ARGUMENT...]\n\n  status ", 61), 0);
	char *listing = strdup(f.out);
	size_t lines = 0;
	for (const char *p = listing; (p = strstr(p, "\n  ")) != NULL; p++)
		lines++;
	assert_int_equal(lines, sizeof names / sizeof *names);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char line[64], usage[64];
		snprintf(usage, sizeof usage, "\n  %-10s ", names[i]);
		assert_non_null(strstr(listing, usage));
		snprintf(line, sizeof line, "%s|--help", names[i]);
		snprintf(usage, sizeof usage, "usage: bacnet-ups %s [OPTION...]", names[i]);
		assert_int_equal(fake_run(&f, line), 0);
		assert_int_equal(strncmp(f.out, usage, strlen(usage)), 0);
	}
	free(listing);
	fake_run(&f, "status|-h");
	assert_string_equal(f.out, "usage: bacnet-ups status [OPTION...]\n\nwhat the gateway and its UPS are doing.\n\n"
		"  --control PATH         control socket of bacnet-upsd\n"
		"  --format text|kv|csv|json how it is printed; kv is key=value\n"
		"  --json                 the same as --format json\n"
		"  --config FILE          configuration (default /etc/bacnet-ups/bacnet-ups.conf)\n"
		"  --timeout MS           how long to wait\n");
	fake_run(&f, "get|--help");
	assert_non_null(strstr(f.out, "usage: bacnet-ups get [OPTION...] [OBJECT...]\n\nvalues for scripts: nothing but the value, or NAME=VALUE.\n\nWith OBJECT"));
	fake_run(&f, "nothing|--help");
	assert_non_null(strstr(f.out, "usage: bacnet-ups COMMAND"));
	fake_end(&f);
}

static void wrong_command_lines_are_named(void **state)
{
	(void)state;
	static const struct { const char *line, *complaint; } rows[] = {
		{ "", "bacnet-ups: which command? bacnet-ups --help lists them\n" },
		{ "nothing", "bacnet-ups: there is no command nothing; bacnet-ups --help lists them\n" },
		{ "statu", "bacnet-ups: there is no command statu, did you mean status; bacnet-ups --help lists them\n" },
		{ "wa", "bacnet-ups: there is no command wa, did you mean wait; bacnet-ups --help lists them\n" },
		{ "xstatusx", "bacnet-ups: there is no command xstatusx, did you mean status; bacnet-ups --help lists them\n" },
		{ "xxstatusx", "bacnet-ups: there is no command xxstatusx; bacnet-ups --help lists them\n" },
		{ "status|x", "bacnet-ups status: too many arguments; usage: bacnet-ups status \n" },
		{ "status|--port|5", "bacnet-ups status: it has no option --port\n" },
		{ "read|--port|0|whois", "bacnet-ups: --port must be 1 to 65535, not 0\n" },
		{ "read|--port|65536|whois", "bacnet-ups: --port must be 1 to 65535, not 65536\n" },
		{ "read|--retries|11|whois", "bacnet-ups: --retries must be 0 to 10, not 11\n" },
		{ "read|--retries|-1|whois", "bacnet-ups: --retries must be 0 to 10, not -1\n" },
		{ "wait|--timeout|0", "bacnet-ups: --timeout must be 1 to 86400000, not 0\n" },
		{ "wait|--timeout|86400001", "bacnet-ups: --timeout must be 1 to 86400000, not 86400001\n" },
		{ "watch|--updates|0", "bacnet-ups: --updates must be 1 to 1000000, not 0\n" },
		{ "watch|--updates|1000001", "bacnet-ups: --updates must be 1 to 1000000, not 1000001\n" },
		{ "status|--format|xml", "bacnet-ups: --format must be text|kv|csv|json, not xml\n" },
		{ "status|--control|", "bacnet-ups: --control must not be empty\n" },
		{ "status|--config|", "bacnet-ups: --config must not be empty\n" },
		{ "check|--state-dir|", "bacnet-ups: --state-dir must not be empty\n" },
		{ "export|ede|--object-map|", "bacnet-ups: --object-map must not be empty\n" },
		{ "export|ede|--family|", "bacnet-ups: --family must not be empty\n" },
		{ "export|ede|--system|", "bacnet-ups: --system must not be empty\n" },
		{ "export|ede|--output|", "bacnet-ups: --output must not be empty\n" },
		{ "read|--interface|", "bacnet-ups: --interface must not be empty\n" },
		{ "read|--address|", "bacnet-ups: --address must not be empty\n" },
		{ "read|1|2|3|4|5|6", "bacnet-ups read: too many arguments; usage: bacnet-ups read whois [LOW [HIGH]] | DEVICE OBJECT PROPERTY[[INDEX]] | --cov DEVICE OBJECT [PROPERTY[[INDEX]]]\n" },
		{ "health|x", "bacnet-ups health: too many arguments; usage: bacnet-ups health \n" },
		{ "read", "bacnet-ups read: an argument is missing; usage: bacnet-ups read whois [LOW [HIGH]] | DEVICE OBJECT PROPERTY[[INDEX]] | --cov DEVICE OBJECT [PROPERTY[[INDEX]]]\n" },
		{ "export", "bacnet-ups export: an argument is missing; usage: bacnet-ups export ede|pics|points|conf\n" },
		{ "export|ede|pics", "bacnet-ups export: too many arguments; usage: bacnet-ups export ede|pics|points|conf\n" },
		{ "families|a|b", "bacnet-ups families: too many arguments; usage: bacnet-ups families [ID|PATH]\n" },
		{ "--nothing", "bacnet-ups: there is no option --nothing; try --help\n" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fake f = { 0 };
		size_t size;
		FILE *err = open_memstream(&f.err, &size);
		int status = *rows[i].line ? 0 : command_run(&(struct tool){ .out = stdout, .err = err }, 1, (char *[]){ (char[]){ "bacnet-ups" }, NULL });
		fclose(err);
		if (*rows[i].line) {
			free(f.err);
			f.err = NULL;
			status = fake_run(&f, rows[i].line);
		}
		assert_int_equal(status, 2);
		if (*rows[i].line)
			assert_string_equal(f.err, rows[i].complaint);
		assert_int_equal(f.opened, 0);
		fake_end(&f);
	}
}

static void an_output_that_cannot_be_written(void **state)
{
	(void)state;
	struct fake f = { 0 };
	size_t size;
	struct tool t = { .out = fopen("/dev/full", "w"), .err = open_memstream(&f.err, &size), .outside = &outside_real };
	assert_int_equal(command_run(&t, 3, (char *[]){ (char[]){ "bacnet-ups" }, (char[]){ "export" }, (char[]){ "points" }, NULL }), 1);
	fclose(t.out);
	fclose(t.err);
	assert_string_equal(f.err, "bacnet-ups export: cannot write: No space left on device\n");
	fake_end(&f);
}

static void durations_are_short(void **state)
{
	(void)state;
	static const struct { double s; const char *text; } rows[] = {
		{ 0.04, "0.0 s" }, { 9.94, "9.9 s" }, { 10, "10 s" }, { 59, "59 s" }, { 119.9, "119 s" }, { 120, "2 min" }, { 7199, "119 min" },
		{ 7200, "2 h 0 min" }, { 90061, "25 h 1 min" }, { 172799, "47 h 59 min" }, { 172800, "2 d 0 h" }, { 200000, "2 d 7 h" },
	};
	char text[32];
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_string_equal(tool_duration(rows[i].s, text, sizeof text), rows[i].text);
}

static void members_are_never_null(void **state)
{
	(void)state;
	json_t *j = fake_json("{'t':'x','i':7,'r':1.5,'y':true,'n':false}");
	assert_string_equal(text_of(j, "t"), "x");
	assert_string_equal(text_of(j, "i"), "");
	assert_string_equal(text_of(NULL, "t"), "");
	assert_true(number_of(j, "i") == 7 && number_of(j, "r") == 1.5 && number_of(j, "t") == 0);
	assert_int_equal(integer_of(j, "i"), 7);
	assert_int_equal(integer_of(j, "no"), 0);
	assert_true(flag_of(j, "y"));
	assert_false(flag_of(j, "n") || flag_of(j, "no"));
	json_decref(j);
}

static void the_directory_of_maps(void **state)
{
	(void)state;
	char text[200], path[] = "/tmp/bacnet-ups-command-XXXXXX";
	struct tool t = { .families = "/mine" };
	assert_string_equal(tool_family_directory(&t, text, sizeof text), "/mine");
	t.families = NULL;
	t.config = "/nothing.conf";
	assert_string_equal(tool_family_directory(&t, text, sizeof text), "/etc/bacnet-ups/families");
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");
	fputs("[bacnet]\naddress = 127.0.0.1\n[families]\ndirectory = /theirs\n", f);
	fclose(f);
	t.config = path;
	assert_string_equal(tool_family_directory(&t, text, sizeof text), "/theirs");
	remove(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(help_and_version), cmocka_unit_test(wrong_command_lines_are_named), cmocka_unit_test(an_output_that_cannot_be_written),
		cmocka_unit_test(durations_are_short), cmocka_unit_test(members_are_never_null), cmocka_unit_test(the_directory_of_maps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
