/* The whole program in a process of its own, on 127.0.0.1: exit statuses, what is said, signals, the control socket, the state directory. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <arpa/inet.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/file.h"
#include "control/client.h"

int bacnet_upsd(int argc, char **argv);
#define main bacnet_upsd
#include "daemon/main.c"
#undef main

enum { PATIENCE_MS = 20000 };                    /* for a machine that is busy */

struct fixture {
	char dir[40];
	int port;
	pid_t pid;                               /* 0: does not run */
	struct control_client *client;
};

static const char *path(const struct fixture *f, const char *name)
{
	static char buffer[4][120];
	static int n;
	char *to = buffer[n++ % 4];
	snprintf(to, sizeof buffer[0], "%s/%s", f->dir, name);
	return to;
}

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

static int free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof a;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	getsockname(fd, (struct sockaddr *)&a, &size);
	close(fd);
	return ntohs(a.sin_port);
}

static void configure(const struct fixture *f, const char *more)
{
	FILE *file = fopen(path(f, "conf"), "w");
	fprintf(file, "[bacnet]\naddress = 127.0.0.1\nport = %d\n%s", f->port, more);
	fclose(file);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	strcpy(f->dir, "/tmp/daemon-test-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	f->port = free_port();
	configure(f, "[ups]\nlink = tcp:127.0.0.1:1\n");
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[80];
	control_client_close(f->client);
	if (f->pid) {
		kill(f->pid, SIGKILL);
		waitpid(f->pid, NULL, 0);
	}
	snprintf(command, sizeof command, "rm -rf '%s'", f->dir);
	int status = system(command);
	free(f);
	return status;
}

/* Runs the program with these arguments, "CONF", "STATE", "OTHER" and "CONTROL" being those of the test; what it says goes into the file `log`. */
static pid_t launch(const struct fixture *f, const char *log, const char *line, bool hangup)
{
	char words[300], *argv[20] = { (char[]){ "bacnet-upsd" } };
	int argc = 1;
	snprintf(words, sizeof words, "%s", line);
	for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
		argv[argc++] = strcmp(word, "CONF") == 0 ? strdup(path(f, "conf")) : strcmp(word, "STATE") == 0 ? strdup(path(f, "state")) :
			strcmp(word, "OTHER") == 0 ? strdup(path(f, "other")) : strcmp(word, "CONTROL") == 0 ? strdup(path(f, "control")) : strdup(word);
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		int fd = open(path(f, log), O_WRONLY | O_CREAT | O_TRUNC, 0600);
		dup2(fd, 1);
		dup2(fd, 2);
		if (hangup) {                    /* it came while nobody could take it */
			sigset_t set;
			sigemptyset(&set);
			sigaddset(&set, SIGHUP);
			sigprocmask(SIG_BLOCK, &set, NULL);
			raise(SIGHUP);
		}
		int status = bacnet_upsd(argc, argv);
		fflush(stdout);
		_exit(status);
	}
	while (argc > 1)
		free(argv[--argc]);
	return pid;
}

static int status_of(pid_t pid)
{
	int status = -1;
	for (int ms = 0; ms < PATIENCE_MS && waitpid(pid, &status, WNOHANG) == 0; ms += 5)
		pause_ms(5);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int ends(const struct fixture *f, const char *line)
{
	return status_of(launch(f, "log2", line, false));
}

/* A log that grows while it is read is read again. */
static bool said(const struct fixture *f, const char *log, const char *part)
{
	size_t n;
	struct err_at why;
	char *text;
	do
		text = file_read(path(f, log), 1 << 20, &n, &why);
	while (!text && strstr(why.text, "too large"));
	bool is = text && strstr(text, part);
	free(text);
	return is;
}

static int times_said(const struct fixture *f, const char *part)
{
	size_t length;
	struct err_at why;
	char *text = file_read(path(f, "log"), 1 << 20, &length, &why);
	int n = 0;
	for (const char *p = text; p && (p = strstr(p, part)) != NULL; p++)
		n++;
	free(text);
	return n;
}

static void says(const struct fixture *f, const char *log, const char *part)
{
	for (int ms = 0; ms < PATIENCE_MS; ms += 5) {
		if (said(f, log, part))
			return;
		pause_ms(5);
	}
	fail_msg("%s: \"%s\" was not said", log, part);
}

#define RUN "--config CONF --state-dir STATE --control CONTROL"

static void start_as(struct fixture *f, const char *line, bool hangup)
{
	struct err_at why;
	f->pid = launch(f, "log", line, hangup);
	for (int ms = 0; ms < PATIENCE_MS && !f->client; ms += 5) {
		f->client = control_client_open(path(f, "control"), PATIENCE_MS, &why);
		if (!f->client)
			pause_ms(5);
	}
	assert_non_null(f->client);
}

static void start(struct fixture *f, bool hangup)
{
	start_as(f, RUN, hangup);
}

static int stop(struct fixture *f)
{
	control_client_close(f->client);
	f->client = NULL;
	kill(f->pid, SIGTERM);
	int status = status_of(f->pid);
	f->pid = 0;
	return status;
}

static json_t *ask(struct fixture *f, const char *method)
{
	struct err_at why = { 0 };
	json_t *result = control_client_call(f->client, method, NULL, &why);
	if (!result)
		fail_msg("%s: %s", method, why.text);
	return result;
}

/* Some problem has this part. */
static bool has_problem(struct fixture *f, const char *part)
{
	json_t *status = ask(f, "status"), *p;
	size_t i;
	bool found = false;
	json_array_foreach(json_object_get(status, "problems"), i, p)
		found |= strstr(json_string_value(p), part) != NULL;
	json_decref(status);
	return found;
}

/* ---- ---- */

static void command_lines_have_their_exit_status(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(ends(f, "--help"), 0);
	assert_int_equal(ends(f, "--version"), 0);
	assert_true(said(f, "log2", "bacnet-upsd " BACNET_UPS_VERSION));
	assert_int_equal(ends(f, "--nonsense"), 2);
	assert_int_equal(ends(f, "--config CONF word"), 2);
	assert_int_equal(ends(f, "--check-config " RUN), 0);
	assert_true(said(f, "log2", "conf: OK"));
	assert_int_not_equal(access(path(f, "state"), F_OK), 0);         /* checking touches nothing */
	configure(f, "prot = 1\n");
	assert_int_equal(ends(f, "--check-config " RUN), 78);
	assert_true(said(f, "log2", "conf:4: unknown key: prot"));
	assert_int_equal(ends(f, RUN), 78);
	configure(f, "[ups]\nfamily = nothing\n");
	assert_int_equal(ends(f, "--check-config " RUN), 78);
	assert_int_equal(ends(f, "--config /none --state-dir STATE"), 78);
	assert_true(said(f, "log2", "/none: cannot be read: No such file or directory"));
}

static void it_runs_and_ends(void **state)
{
	struct fixture *f = *state;
	start(f, false);
	json_t *v = ask(f, "version"), *s = ask(f, "status"), *o = ask(f, "objects"), *c = ask(f, "counters");
	assert_string_equal(json_string_value(json_object_get(v, "program")), "bacnet-upsd");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(s, "network"), "port")), f->port);
	assert_int_equal(json_array_size(json_object_get(s, "ups")), 1);
	assert_int_equal(json_array_size(json_object_get(o, "objects")), 101);
	assert_true(json_is_object(json_object_get(json_array_get(json_object_get(c, "ups"), 0), "bacnet")));
	json_decref(v);
	json_decref(s);
	json_decref(o);
	json_decref(c);
	says(f, "log", "BACnet/IP on 127.0.0.1:");
	assert_int_equal(stop(f), 0);
	says(f, "log", "ending, signal 15");
	assert_int_not_equal(access(path(f, "control"), F_OK), 0);
}

static void what_is_kept_is_saved_on_demand(void **state)
{
	struct fixture *f = *state;
	start(f, false);
	json_t *saved = ask(f, "save");
	assert_string_equal(json_string_value(json_object_get(saved, "saved")), path(f, "state/kept.json"));
	json_decref(saved);
	assert_int_equal(access(path(f, "state/kept.json"), F_OK), 0);
	saved = ask(f, "save");                                  /* nothing to do: at once */
	json_decref(saved);
	assert_int_equal(stop(f), 0);
}

static void a_disk_that_fails_is_told(void **state)
{
	struct fixture *f = *state;
	struct err_at why = { 0 };
	mkdir(path(f, "state"), 0755);
	mkdir(path(f, "state/kept.json.new"), 0755);             /* where the temporary file should be */
	start(f, false);
	assert_null(control_client_call(f->client, "save", NULL, &why));
	assert_non_null(strstr(why.text, "save: not saved: cannot be written: Is a directory"));
	assert_true(has_problem(f, "kept.json cannot be written: Is a directory; what BACnet clients want to have kept is refused"));
	says(f, "log", "error: not saved: ");
	assert_int_equal(stop(f), 0);
}

static void finding_3_7_a_second_one_is_refused_with_words(void **state)
{
	static const char other[] = "--config CONF --state-dir OTHER --control CONTROL";
	struct fixture *f = *state;
	start(f, false);
	assert_int_equal(ends(f, RUN), 1);
	assert_true(said(f, "log2", "state: another bacnet-upsd uses this state directory; give each one its own with --state-dir"));
	assert_int_equal(ends(f, other), 1);
	assert_true(said(f, "log2", "Address already in use"));
	f->port = free_port();
	configure(f, "");
	assert_int_equal(ends(f, other), 1);
	assert_true(said(f, "log2", "control: another process listens here"));
	assert_int_equal(stop(f), 0);
}

static void finding_5_3_what_a_first_start_lacks_is_named(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(ends(f, "--config CONF --state-dir STATE --control /nonexistent/control"), 1);
	assert_true(said(f, "log2", "/nonexistent/control: cannot listen: No such file or directory: make its directory, or name another path"));
	configure(f, "[ups]\nlink = /nonexistent/tty\n");
	start(f, false);
	says(f, "log", "/nonexistent/tty: ");
	says(f, "log", "is the adapter plugged in?");
	assert_int_equal(stop(f), 0);
}

/* Such a name is refused by --check-config; a daemon that starts all the same says what it lacks. */
static void a_map_that_is_not_there_is_a_problem(void **state)
{
	struct fixture *f = *state;
	configure(f, "[ups]\nlink = tcp:127.0.0.1:1\nfamily = nothing\n");
	start(f, false);
	for (int ms = 0; ms < PATIENCE_MS && !has_problem(f, "the UPS is not read: map refused: "); ms += 20)
		pause_ms(20);
	assert_true(has_problem(f, "the UPS is not read: map refused: "));
	assert_int_equal(stop(f), 0);
}

/* Is a ReadProperty of the device's name answered? */
static bool served(const struct fixture *f)
{
	static const uint8_t question[] = { 0x81, 0x0A, 0x00, 0x11, 0x01, 0x04, 0x00, 0x05, 0x01, 0x0C, 0x0C, 0x02, 0x00, 0x05, 0x3A, 0x19, 0x4D };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)f->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	uint8_t answer[200];
	ssize_t n = -1;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	sendto(fd, question, sizeof question, 0, (struct sockaddr *)&to, sizeof to);
	for (int ms = 0; ms < 300 && n < 0; ms += 5) {
		n = recv(fd, answer, sizeof answer, MSG_DONTWAIT);
		pause_ms(5);
	}
	close(fd);
	return n > 10 && answer[6] == 0x30;
}

static void who_is_served_changes_with_a_reload(void **state)
{
	struct fixture *f = *state;
	configure(f, "allow = 10.0.0.0/8\n[ups]\nlink = tcp:127.0.0.1:1\n");
	start(f, false);
	assert_false(served(f));
	configure(f, "[ups]\nlink = tcp:127.0.0.1:1\n");
	kill(f->pid, SIGHUP);
	says(f, "log", "configuration read again, 1 option changed");
	for (int i = 0; i < 20 && !served(f); i++)
		;
	assert_true(served(f));
	configure(f, "allow = 10.0.0.0/8\nutc_offset = 60\n[ups]\nlink = tcp:127.0.0.1:1\n");
	kill(f->pid, SIGHUP);
	says(f, "log", "configuration read again, 2 options changed");
	assert_false(served(f));
	assert_int_equal(stop(f), 0);
}

/* A signal that came before anybody could take it is taken when somebody can. */
static void finding_3_7_a_reload_in_the_first_milliseconds_is_one(void **state)
{
	struct fixture *f = *state;
	start(f, true);
	says(f, "log", "configuration read again, 0 options changed");
	assert_int_equal(stop(f), 0);
}

static void finding_4_4_what_needs_a_restart_is_a_problem_until_it_is_changed_back(void **state)
{
	struct fixture *f = *state;
	char more[200];
	int port = f->port;
	start(f, false);
	assert_false(has_problem(f, "next start"));
	f->port = port == 65535 ? 1 : port + 1;
	configure(f, "[ups]\nlink = tcp:127.0.0.1:1\n");
	kill(f->pid, SIGHUP);
	says(f, "log", "configuration read again, 1 option changed");
	assert_true(has_problem(f, "changed options take effect at the next start: [bacnet] port"));
	f->port = port;
	snprintf(more, sizeof more, "vendor_name = X\n[ups]\nlink = tcp:127.0.0.1:2\nretries = 1\n");
	configure(f, more);
	kill(f->pid, SIGHUP);
	says(f, "log", "configuration read again, 4 options changed");
	assert_false(has_problem(f, "next start"));
	configure(f, "prot = 1\n");
	kill(f->pid, SIGHUP);
	says(f, "log", "configuration not taken over, the old one stays");
	assert_int_equal(times_said(f, "configuration read again"), 2);
	assert_int_equal(times_said(f, "take effect at the next start"), 1);
	json_t *s = ask(f, "status");
	json_t *device = json_object_get(json_array_get(json_object_get(s, "ups"), 0), "device");
	assert_string_equal(json_string_value(json_object_get(device, "vendor")), "X");
	json_decref(s);
	assert_int_equal(stop(f), 0);
}

static void finding_4_2_a_damaged_document_is_no_reason_not_to_start(void **state)
{
	struct fixture *f = *state;
	struct err_at why;
	mkdir(path(f, "state"), 0755);
	assert_true(file_replace(path(f, "state/kept.json"), "{\"format\"", 9, &why));
	start(f, false);
	assert_true(has_problem(f, "put aside as kept.json.damaged-1"));
	json_decref(ask(f, "save"));
	assert_int_equal(stop(f), 0);
	start(f, false);
	assert_false(has_problem(f, "put aside"));
	assert_int_equal(stop(f), 0);
}

/* What a program has set and does not work is left out and told; what the file says counts. */
static void kept_options_that_cannot_be_used_are_no_reason_not_to_start(void **state)
{
	struct fixture *f = *state;
	struct err_at why;
	char text[400], more[300];
	int taken = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof a;
	assert_int_equal(bind(taken, (struct sockaddr *)&a, sizeof a), 0);
	getsockname(taken, (struct sockaddr *)&a, &size);
	snprintf(more, sizeof more, "[ups]\nlink = tcp:127.0.0.1:1\n[control]\npath = %s\n", path(f, "control"));
	configure(f, more);
	mkdir(path(f, "state"), 0755);
	int n = snprintf(text, sizeof text, "{\"format\":1,\"options\":{\"bacnet\":{\"port\":\"%d\"},\"control\":{\"path\":\"/nonexistent/x\"}}}",
		ntohs(a.sin_port));
	assert_true(file_replace(path(f, "state/kept.json"), text, (size_t)n, &why));
	start_as(f, "--config CONF --state-dir STATE", false);
	snprintf(text, sizeof text, "kept options that cannot be used are left out: [bacnet] port = %d, [control] path = /nonexistent/x", ntohs(a.sin_port));
	assert_true(has_problem(f, text));
	snprintf(text, sizeof text, "kept.json: [control] path = /nonexistent/x cannot be used and is left out: %s counts", path(f, "control"));
	says(f, "log", text);
	assert_int_equal(stop(f), 0);
	close(taken);
}

/* The same in the file is one. */
static void configured_options_that_cannot_be_used_are(void **state)
{
	struct fixture *f = *state;
	configure(f, "[ups]\nlink = tcp:127.0.0.1:1\n[control]\npath = /nonexistent/x\n");
	assert_int_equal(ends(f, "--config CONF --state-dir STATE"), EXIT_START);
}

int main(void)
{
#define WITH_DAEMON(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		WITH_DAEMON(command_lines_have_their_exit_status),
		WITH_DAEMON(it_runs_and_ends),
		WITH_DAEMON(what_is_kept_is_saved_on_demand),
		WITH_DAEMON(a_disk_that_fails_is_told),
		WITH_DAEMON(finding_3_7_a_second_one_is_refused_with_words),
		WITH_DAEMON(finding_5_3_what_a_first_start_lacks_is_named),
		WITH_DAEMON(a_map_that_is_not_there_is_a_problem),
		WITH_DAEMON(who_is_served_changes_with_a_reload),
		WITH_DAEMON(finding_3_7_a_reload_in_the_first_milliseconds_is_one),
		WITH_DAEMON(finding_4_4_what_needs_a_restart_is_a_problem_until_it_is_changed_back),
		WITH_DAEMON(finding_4_2_a_damaged_document_is_no_reason_not_to_start),
		WITH_DAEMON(kept_options_that_cannot_be_used_are_no_reason_not_to_start),
		WITH_DAEMON(configured_options_that_cannot_be_used_are),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
