/* The state directory: what is read, what is put aside, who may have it, what is on disk at the end. */
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "bacnet/enum.h"
#include "bacnet/value.h"
#include "base/file.h"
#include "base/memory_test.h"
#include "state/overlay.h"
#include "state/state.h"

struct fixture {
	struct ev_loop *loop;
	struct state state;
	struct log log;
	int pipe[2];
	char dir[40];
	int saved, failed;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	strcpy(f->dir, "/tmp/state-test-XXXXXX");
	if (!mkdtemp(f->dir) || pipe2(f->pipe, O_NONBLOCK) != 0)
		return -1;
	f->log = (struct log){ .fd = f->pipe[1], .level = LOG_LEVEL_INFO };
	f->loop = ev_loop_make_virtual((struct mono){ 1000000000 });
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[80];
	ev_loop_free(f->loop);
	close(f->pipe[0]);
	close(f->pipe[1]);
	snprintf(command, sizeof command, "rm -rf '%s'", f->dir);
	int status = system(command);
	free(f);
	return status;
}

static const char *path(const struct fixture *f, const char *name)
{
	static char buffer[4][120];
	static int n;
	char *to = buffer[n++ % 4];
	snprintf(to, sizeof buffer[0], "%s/%s", f->dir, name);
	return to;
}

static void put(const struct fixture *f, const char *name, const char *text, size_t n)
{
	struct err_at why;
	assert_true(file_replace(path(f, name), text, n, &why));
}

static void puts_text(const struct fixture *f, const char *name, const char *text)
{
	put(f, name, text, strlen(text));
}

static void file_is(const struct fixture *f, const char *name, const char *text, size_t n)
{
	struct err_at why;
	size_t length;
	char *is = file_read(path(f, name), 1 << 20, &length, &why);
	if (!is)
		fail_msg("%s: %s", name, why.text);
	assert_int_equal(length, n);
	assert_memory_equal(is, text, n);
	free(is);
}

static bool there(const struct fixture *f, const char *name)
{
	return access(path(f, name), F_OK) == 0;
}

static void open_state(struct fixture *f)
{
	struct err_at why;
	if (!state_open(&f->state, f->dir, &f->log, &why))
		fail_msg("%s", why.text);
}

static void saved(void *ctx, bool ok)
{
	struct fixture *f = ctx;
	f->saved += ok;
	f->failed += !ok;
}

static void start(struct fixture *f)
{
	state_start(&f->state, f->loop, file_replace, saved, f);
}

static void end(struct fixture *f)
{
	state_stop(&f->state);
	state_close(&f->state);
}

static void logs(struct fixture *f, const char *part)
{
	char text[4000] = "";
	ssize_t n = read(f->pipe[0], text, sizeof text - 1);
	if (n < 0)
		text[0] = 0;
	if (part[0] ? !strstr(text, part) : text[0])
		fail_msg("\"%s\" was not logged, but \"%s\"", part, text);
}

static bool text_of(const struct state *s, const char *station, uint32_t object, uint32_t property, char *out, size_t size)
{
	const struct kept_property *p = kept_property(s->kept, kept_station(s->kept, station), object, property);
	if (!p)
		return false;
	struct rd r = rd_over(kept_octets(s->kept, p), p->length);
	struct bac_value v = bac_value_read(&r);
	snprintf(out, size, "%.*s", (int)v.text.n, v.text.p);
	return rd_done(&r) && v.type == APP_TEXT;
}

#define DEVICE bac_object_id(OBJ_DEVICE, BAC_INSTANCE_ANY)
#define LOCATION(text) "{\n \"format\": 1,\n \"stations\": {\n  \"\": {\n   \"properties\": {\n    \"device\": {\n     \"location\": {\n" \
	"      \"text\": \"" text "\"\n     }\n    }\n   }\n  }\n }\n}"

static void an_empty_directory_is_a_beginning(void **state)
{
	struct fixture *f = *state;
	open_state(f);
	assert_true(f->state.fresh);
	assert_string_equal(f->state.problem, "");
	start(f);
	ev_advance(f->loop, 60000);
	end(f);
	assert_false(there(f, "kept.json"));             /* nothing to say, nothing written */
	logs(f, "");
}

static void what_is_kept_is_there_again(void **state)
{
	struct fixture *f = *state;
	open_state(f);
	start(f);
	int s = kept_station(f->state.kept, "");
	assert_int_equal(kept_set_property(f->state.kept, s, DEVICE, PROP_LOCATION, (const uint8_t *)"\x75\x05\x00Hall", 7), KEPT_DONE);
	state_touch(&f->state);
	ev_advance(f->loop, 0);
	file_is(f, "kept.json", LOCATION("Hall"), strlen(LOCATION("Hall")));
	assert_int_equal(f->saved, 1);
	kept_set_property(f->state.kept, s, DEVICE, PROP_LOCATION, (const uint8_t *)"\x75\x05\x00Room", 7);
	state_touch(&f->state);
	end(f);                                          /* before the pause is over */
	file_is(f, "kept.json", LOCATION("Room"), strlen(LOCATION("Room")));
	char text[40];
	open_state(f);
	assert_false(f->state.fresh);
	assert_true(text_of(&f->state, "", DEVICE, PROP_LOCATION, text, sizeof text));
	assert_string_equal(text, "Room");
	end(f);
	logs(f, "");
}

/* Each way in which a file can be broken: started without it, and it is there under the name that is told. */
static void finding_4_2_a_damaged_document_is_put_aside(void **state)
{
	struct fixture *f = *state;
	static const char nuls[100] = { 0 };
	static const struct { const char *text; size_t n; const char *problem; } rows[] = {
		{ nuls, sizeof nuls, "line 1" },
		{ "", 0, "line 1" },
		{ LOCATION("Hall"), 30, "line" },                        /* cut */
		{ "{\"format\": 2, \"stations\": {}}", 29, "format 2, and this version reads format 1" },
		{ "{\"format\": 1, \"stations\": {\"\": {\"ups\": 5}}}", 43, "left out, because it cannot be true: ups: not an object" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char aside[40];
		put(f, "kept.json", rows[i].text, rows[i].n);
		open_state(f);
		snprintf(aside, sizeof aside, "kept.json.damaged-%zu", i + 1);
		if (!strstr(f->state.problem, rows[i].problem) || !strstr(f->state.problem, aside))
			fail_msg("row %zu: %s", i, f->state.problem);
		logs(f, aside);
		file_is(f, aside, rows[i].text, rows[i].n);
		assert_true(there(f, "kept.json"));              /* until it is replaced: a crash here loses nothing */
		start(f);
		ev_advance(f->loop, 0);
		end(f);
		static const char empty[] = "{\n \"format\": 1,\n \"stations\": {}\n}";
		if (i + 1 < sizeof rows / sizeof *rows)
			file_is(f, "kept.json", empty, strlen(empty));
		open_state(f);
		assert_string_equal(f->state.problem, "");
		end(f);
	}
}

static void no_more_than_nine_are_put_aside(void **state)
{
	struct fixture *f = *state;
	char text[8];
	for (int i = 1; i <= 12; i++) {
		snprintf(text, sizeof text, "no %d", i);
		puts_text(f, "kept.json", text);
		open_state(f);
		end(f);
	}
	file_is(f, "kept.json.damaged-1", "no 1", 4);
	file_is(f, "kept.json.damaged-8", "no 8", 4);
	file_is(f, "kept.json.damaged-9", "no 12", 5);
	assert_false(there(f, "kept.json.damaged-10"));
}

static void what_is_no_file_is_put_aside_too(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(mkdir(path(f, "kept.json"), 0755), 0);
	open_state(f);
	assert_string_equal(f->state.problem, "kept.json: is not a file; put aside as kept.json.damaged-1");
	assert_false(there(f, "kept.json"));
	end(f);
}

static void an_end_gives_memory_back(void **state)
{
	struct fixture *f = *state;
	struct err_at why;
	puts_text(f, "kept.json", LOCATION("Hall 2"));
	GIVES_BACK(200, {
		open_state(f);
		state_close(&f->state);
	});
	GIVES_BACK(200, {
		open_state(f);
		start(f);
		state_touch(&f->state);
		end(f);
	});
	GIVES_BACK(200, {
		assert_true(state_look(&f->state, f->dir, &f->log, &why));
		state_close(&f->state);
	});
	char line[8000];
	while (read(f->pipe[0], line, sizeof line) > 0)
		;
}

static void who_only_looks_touches_nothing(void **state)
{
	struct fixture *f = *state;
	struct err_at why;
	char missing[60];
	puts_text(f, "kept.json", "{");
	puts_text(f, "settings.conf", "[bacnet]\nport = 5\n");
	assert_true(state_look(&f->state, f->dir, &f->log, &why));
	assert_non_null(strstr(f->state.problem, "kept.json: line 1"));
	assert_null(strstr(f->state.problem, "aside"));
	end(f);
	file_is(f, "kept.json", "{", 1);
	assert_true(there(f, "settings.conf"));
	unlink(path(f, "kept.json"));
	assert_true(state_look(&f->state, f->dir, &f->log, &why));
	assert_string_equal(kept_option_at(f->state.kept, 0)->value, "5");       /* it sees what a start would take over */
	end(f);
	assert_true(there(f, "settings.conf"));
	assert_false(there(f, "kept.json"));
	snprintf(missing, sizeof missing, "%s/none", f->dir);
	assert_true(state_look(&f->state, missing, &f->log, &why));
	assert_true(f->state.fresh);
	end(f);
	assert_false(there(f, "none"));
}

static void finding_3_7_a_second_daemon_is_kept_away(void **state)
{
	struct fixture *f = *state;
	struct state second;
	struct err_at why;
	open_state(f);
	assert_false(state_open(&second, f->dir, &f->log, &why));
	assert_string_equal(why.file, f->dir);
	assert_string_equal(why.text, "another bacnet-upsd uses this state directory; give each one its own with --state-dir");
	state_close(&second);
	assert_true(state_look(&second, f->dir, &f->log, &why));         /* looking is allowed */
	state_close(&second);
	end(f);
	assert_true(state_open(&second, f->dir, &f->log, &why));
	state_close(&second);
}

static void a_directory_is_made(void **state)
{
	struct fixture *f = *state;
	struct err_at why;
	char dir[60], deep[80];
	snprintf(dir, sizeof dir, "%s/new", f->dir);
	snprintf(deep, sizeof deep, "%s/not/there", f->dir);
	assert_true(state_open(&f->state, dir, &f->log, &why));
	assert_true(there(f, "new"));
	end(f);
	logs(f, "");
	assert_true(state_open(&f->state, deep, &f->log, &why));         /* told, and started */
	assert_int_equal(f->state.lock, -1);
	start(f);
	state_touch(&f->state);
	ev_advance(f->loop, 0);
	assert_int_equal(f->failed, 1);
	assert_true(saver_failed(&f->state.saver));
	end(f);
	logs(f, "cannot be made: No such file or directory");
}

/* A path is used whole or refused, never cut. */
static void finding_4_4_a_long_path_is_refused_not_cut(void **state)
{
	struct fixture *f = *state;
	struct err_at why;
	static char dir[PATH_MAX + 1];
	size_t n = (size_t)snprintf(dir, sizeof dir, "%s", f->dir);
	while (n < 700) {                                                /* beyond every buffer of 512 octets */
		memcpy(dir + n, "/directory", 11);
		n += 10;
		assert_int_equal(mkdir(dir, 0755), 0);
	}
	assert_true(state_open(&f->state, dir, &f->log, &why));
	start(f);
	state_touch(&f->state);
	end(f);
	strcpy(dir + n, "/kept.json");
	assert_int_equal(access(dir, F_OK), 0);
	memset(dir, 'x', PATH_MAX);
	dir[0] = '/';
	dir[PATH_MAX - 64] = 0;
	assert_false(state_open(&f->state, dir, &f->log, &why));
	assert_string_equal(why.text, "the path of the state directory is too long: at most 4031 octets");
	state_close(&f->state);
	dir[PATH_MAX - 65] = 0;
	assert_true(state_open(&f->state, dir, &f->log, &why));          /* the system says what it thinks of it */
	state_close(&f->state);
}

/* ---- the files of an older version ---- */

static const char old_settings[] =
	"# Written by bacnet-upsd\n[bacnet]\nport = \"47809\"\nlater = \"x\"\n[ups:rack-2]\nslave = \"3\"\n\n"
	"[object device]\nname = \"UPS of the cellar\"\nlocation = \"Room 2\\x3b left\"\n"
	"[object analog-value:70]\ncov_increment = \"2.5\"\ndescription = \"\"\n[object rack-2/multi-state-value:3]\ndescription = \"b\"\n";
static const char old_state[] =
	"{\"format\": 1, \"ups\": {\"\": {\"database_revision\": 7, \"database_digest\": 4294967295, "
	"\"identity\": {\"family\": \"masterys\", \"code\": 3}, \"not_managed\": [8388611]}}}";

static void taken(struct fixture *f)
{
	struct state *s = &f->state;
	struct kept_revision r;
	char text[40];
	assert_string_equal(kept_option_at(s->kept, 0)->key, "port");
	assert_string_equal(kept_option_at(s->kept, 0)->value, "47809");
	assert_int_equal(kept_option_at(s->kept, 0)->station, KEPT_ALL_STATIONS);
	assert_string_equal(kept_option_at(s->kept, 1)->key, "later");
	assert_string_equal(kept_option_at(s->kept, 2)->section, "ups");
	assert_string_equal(kept_option_at(s->kept, 2)->value, "3");
	assert_string_equal(kept_station_name(s->kept, kept_option_at(s->kept, 2)->station), "rack-2");
	assert_true(text_of(s, "", DEVICE, PROP_OBJECT_NAME, text, sizeof text));
	assert_string_equal(text, "UPS of the cellar");
	assert_true(text_of(s, "", DEVICE, PROP_LOCATION, text, sizeof text));
	assert_string_equal(text, "Room 2; left");
	assert_true(text_of(s, "", bac_object_id(OBJ_ANALOG_VALUE, 70), PROP_DESCRIPTION, text, sizeof text));
	assert_string_equal(text, "");
	assert_true(text_of(s, "rack-2", bac_object_id(OBJ_MULTI_STATE_VALUE, 3), PROP_DESCRIPTION, text, sizeof text));
	const struct kept_property *p = kept_property(s->kept, kept_station(s->kept, ""), bac_object_id(OBJ_ANALOG_VALUE, 70), PROP_COV_INCREMENT);
	assert_int_equal(p->length, 10);
	assert_memory_equal(kept_octets(s->kept, p), "\x55\x08\x40\x04\0\0\0\0\0\0", 10);        /* in engineering units, as it was */
	assert_true(kept_revision(s->kept, kept_station(s->kept, ""), &r));
	assert_int_equal(r.revision, 7);
	assert_int_equal(r.digest, 4294967295);
	const json_t *identity = json_object_get(kept_ups(s->kept, kept_station(s->kept, "")), "identity");
	assert_string_equal(json_string_value(json_object_get(identity, "family")), "masterys");
}

static void files_of_an_older_version_are_taken_over_once(void **state)
{
	struct fixture *f = *state;
	puts_text(f, "settings.conf", old_settings);
	puts_text(f, "state.json", old_state);
	open_state(f);
	assert_string_equal(f->state.problem, "");
	taken(f);
	end(f);
	logs(f, "state.json: taken over into kept.json, and put aside as state.json.taken-over-1");
	assert_false(there(f, "settings.conf"));
	assert_false(there(f, "state.json"));
	file_is(f, "settings.conf.taken-over-1", old_settings, strlen(old_settings));
	file_is(f, "state.json.taken-over-1", old_state, strlen(old_state));
	puts_text(f, "settings.conf", "[bacnet]\nport = 1\n");           /* once there is a kept.json nobody looks at it any more */
	open_state(f);
	taken(f);
	end(f);
	assert_true(there(f, "settings.conf"));
}

static void without_a_disk_nothing_is_taken_away(void **state)
{
	struct fixture *f = *state;
	puts_text(f, "settings.conf", old_settings);
	puts_text(f, "state.json", old_state);
	assert_int_equal(mkdir(path(f, "kept.json.new"), 0755), 0);      /* where the temporary file should be */
	open_state(f);
	taken(f);
	end(f);
	file_is(f, "settings.conf", old_settings, strlen(old_settings));
	file_is(f, "state.json", old_state, strlen(old_state));
}

static void finding_4_2_damaged_files_of_an_older_version_are_put_aside(void **state)
{
	struct fixture *f = *state;
	static const char nuls[50] = { 0 };
	char text[40];
	put(f, "settings.conf", nuls, sizeof nuls);
	puts_text(f, "state.json", "{\"format\": 1, \"ups\": {\"\": {\"database_rev");
	open_state(f);
	assert_non_null(strstr(f->state.problem, "settings.conf:"));
	assert_non_null(strstr(f->state.problem, "put aside as settings.conf.damaged-1"));
	logs(f, "put aside as state.json.damaged-1");
	end(f);
	file_is(f, "settings.conf.damaged-1", nuls, sizeof nuls);
	assert_false(there(f, "settings.conf"));
	unlink(path(f, "kept.json"));
	/* Cut in the middle of a line: what stands before is taken. */
	put(f, "settings.conf", old_settings, (size_t)(strstr(old_settings, " left") - old_settings));
	open_state(f);
	assert_non_null(strstr(f->state.problem, "settings.conf.damaged-2"));
	assert_true(text_of(&f->state, "", DEVICE, PROP_OBJECT_NAME, text, sizeof text));
	assert_false(text_of(&f->state, "", DEVICE, PROP_LOCATION, text, sizeof text));
	assert_string_equal(kept_option_at(f->state.kept, 0)->value, "47809");
	end(f);
	unlink(path(f, "kept.json"));
	/* A key and an object of a newer version: the rest is taken. */
	puts_text(f, "settings.conf", "[object device]\nlater = \"x\"\nlocation = \"y\"\n[object thing:1]\nname = \"z\"\n[object analog-value:4194303]\nname = \"z\"\n"
		"[object analog-value]\nname = \"z\"\n[object device:3]\nname = \"z\"\n[object analog-value:1]\ncov_increment = \"-1\"\n");
	open_state(f);
	assert_true(text_of(&f->state, "", DEVICE, PROP_LOCATION, text, sizeof text));
	assert_null(kept_property_at(f->state.kept, 1));
	assert_null(kept_option_at(f->state.kept, 0));
	end(f);
}

static void numbers_of_an_older_version_are_in_range_or_left_out(void **state)
{
	struct fixture *f = *state;
	static const char *const wrong[] = { "-1, \"database_digest\": 1", "4294967296, \"database_digest\": 1", "1, \"database_digest\": -1",
		"1, \"database_digest\": 4294967296", "\"1\", \"database_digest\": 1", "1" };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		char text[200];
		struct kept_revision r;
		snprintf(text, sizeof text, "{\"format\": 1, \"ups\": {\"\": {\"database_revision\": %s}}}", wrong[i]);
		puts_text(f, "state.json", text);
		open_state(f);
		assert_false(kept_revision(f->state.kept, kept_station(f->state.kept, ""), &r));
		assert_non_null(strstr(f->state.problem, "a number in it cannot be true"));
		end(f);
		unlink(path(f, "kept.json"));
	}
}

/* ---- kept over configured over default ---- */

static void load(const struct fixture *f, struct conf *conf, const char *file, bool good, struct conf_errors *left_out)
{
	struct conf_errors errors = { 0 };
	puts_text(f, "bacnet-ups.conf", file);
	*left_out = (struct conf_errors){ 0 };
	assert_true(overlay_load(conf, path(f, "bacnet-ups.conf"), f->state.kept, &errors, left_out) == good);
	assert_true((errors.count == 0) == good);
}

static enum conf_source source(const struct conf *conf, const char *section, const char *key)
{
	return conf_option_source(conf_option_find(section, key), conf, 0);
}

#define FILE_TEXT "[bacnet]\naddress = 127.0.0.1\nport = 5000\napdu_retries = 7\n[ups:a]\nslave = 2\n"

static void finding_4_1_kept_goes_over_configured_over_default(void **state)
{
	struct fixture *f = *state;
	struct conf conf;
	struct conf_errors left_out;
	open_state(f);
	kept_set_option(f->state.kept, KEPT_ALL_STATIONS, "bacnet", "port", "6000");
	kept_set_option(f->state.kept, kept_station(f->state.kept, "a"), "ups", "slave", "9");
	load(f, &conf, FILE_TEXT, true, &left_out);
	assert_int_equal(left_out.count, 0);
	assert_int_equal(conf.port, 6000);
	assert_int_equal(conf.ups[0].slave, 9);
	assert_int_equal(conf.apdu_retries, 7);
	assert_int_equal(conf.ups[0].retries, 3);
	assert_int_equal(source(&conf, "bacnet", "port"), CONF_KEPT);
	assert_int_equal(source(&conf, "ups", "slave"), CONF_KEPT);
	assert_int_equal(source(&conf, "bacnet", "apdu_retries"), CONF_CONFIGURED);
	assert_int_equal(source(&conf, "ups", "retries"), CONF_DEFAULT);
	end(f);
}

static void a_kept_option_that_does_not_count_is_told(void **state)
{
	struct fixture *f = *state;
	struct conf conf;
	struct conf_errors e;
	open_state(f);
	int a = kept_station(f->state.kept, "a"), gone = kept_station(f->state.kept, "gone");
	kept_set_option(f->state.kept, KEPT_ALL_STATIONS, "bacnet", "port", "0");
	kept_set_option(f->state.kept, KEPT_ALL_STATIONS, "bacnet", "later", "x");
	kept_set_option(f->state.kept, KEPT_ALL_STATIONS, "ups", "slave", "5");  /* of no UPS */
	kept_set_option(f->state.kept, a, "bacnet", "port", "7000");             /* not of a UPS */
	kept_set_option(f->state.kept, gone, "ups", "slave", "5");
	load(f, &conf, FILE_TEXT, true, &e);
	assert_int_equal(e.count, 5);
	assert_string_equal(e.at[0].text, "[bacnet] port must be 1 to 65535");
	assert_string_equal(e.at[0].file, "kept.json");
	assert_string_equal(e.at[1].text, "[bacnet] later: no such option in this version");
	assert_string_equal(e.at[4].text, "[ups] slave: the configuration has no UPS gone");
	assert_int_equal(conf.port, 5000);
	assert_int_equal(conf.ups[0].slave, 2);
	assert_int_equal(source(&conf, "bacnet", "port"), CONF_CONFIGURED);
	end(f);
}

static void kept_options_that_do_not_go_with_the_file_are_left_out(void **state)
{
	struct fixture *f = *state;
	struct conf conf;
	struct conf_errors e;
	open_state(f);
	kept_set_option(f->state.kept, KEPT_ALL_STATIONS, "bacnet", "interface", "eth0");
	kept_set_option(f->state.kept, KEPT_ALL_STATIONS, "bacnet", "port", "6000");
	load(f, &conf, FILE_TEXT, true, &e);
	assert_int_equal(e.count, 1);
	assert_non_null(strstr(e.at[0].text, "both given"));
	assert_int_equal(conf.port, 5000);
	struct conf before = conf;
	load(f, &conf, "[bacnet]\nprot = 1\n", false, &e);                        /* the file's faults are refused as ever */
	assert_memory_equal(&conf, &before, sizeof conf);
	end(f);
}

int main(void)
{
#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		IN_DIRECTORY(an_empty_directory_is_a_beginning),
		IN_DIRECTORY(what_is_kept_is_there_again),
		IN_DIRECTORY(finding_4_2_a_damaged_document_is_put_aside),
		IN_DIRECTORY(no_more_than_nine_are_put_aside),
		IN_DIRECTORY(what_is_no_file_is_put_aside_too),
		IN_DIRECTORY(an_end_gives_memory_back),
		IN_DIRECTORY(who_only_looks_touches_nothing),
		IN_DIRECTORY(finding_3_7_a_second_daemon_is_kept_away),
		IN_DIRECTORY(a_directory_is_made),
		IN_DIRECTORY(finding_4_4_a_long_path_is_refused_not_cut),
		IN_DIRECTORY(files_of_an_older_version_are_taken_over_once),
		IN_DIRECTORY(without_a_disk_nothing_is_taken_away),
		IN_DIRECTORY(finding_4_2_damaged_files_of_an_older_version_are_put_aside),
		IN_DIRECTORY(numbers_of_an_older_version_are_in_range_or_left_out),
		IN_DIRECTORY(finding_4_1_kept_goes_over_configured_over_default),
		IN_DIRECTORY(a_kept_option_that_does_not_count_is_told),
		IN_DIRECTORY(kept_options_that_do_not_go_with_the_file_are_left_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
