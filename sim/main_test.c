/* ups-sim as a process: command lines and their exit status, what is said, standard input, signals, a client on TCP. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

int ups_sim(int argc, char **argv);
#define main ups_sim
#include "sim/main.c"
#undef main

enum { PATIENCE_MS = 20000 };                    /* for a machine that is busy */

struct fixture {
	char dir[40];
	pid_t pid;                               /* 0: does not run */
	int in, out;                             /* of the program, -1: closed */
	char text[20000];                        /* what it has said and nobody has taken */
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	strcpy(f->dir, "/tmp/sim-main-test-XXXXXX");
	f->in = f->out = -1;
	*state = f;
	signal(SIGPIPE, SIG_IGN);
	return mkdtemp(f->dir) ? 0 : -1;
}

static void finish(struct fixture *f)
{
	if (f->in >= 0)
		close(f->in);
	if (f->out >= 0)
		close(f->out);
	f->in = f->out = -1;
	f->text[0] = 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[80];
	if (f->pid) {
		kill(f->pid, SIGKILL);
		waitpid(f->pid, NULL, 0);
	}
	finish(f);
	snprintf(command, sizeof command, "rm -rf '%s'", f->dir);
	int status = system(command);
	free(f);
	return status;
}

/* Begins the program with these arguments; errors and answers come together.  `from`: a file for standard input; NULL: a pipe. */
static void launch(struct fixture *f, const char *line, const char *from)
{
	char words[300], *argv[20] = { (char[]){ "ups-sim" } };
	int argc = 1, in[2], out[2];
	snprintf(words, sizeof words, "%s", line);
	for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	fflush(stdout);
	f->pid = fork();
	if (f->pid == 0) {
		dup2(from ? open(from, O_RDONLY) : in[0], 0);
		dup2(out[1], 1);
		dup2(out[1], 2);
		close(in[1]);
		close(out[0]);
		int status = ups_sim(argc, argv);
		fflush(stdout);
		_exit(status);
	}
	close(in[0]);
	close(out[1]);
	f->in = in[1];
	f->out = out[0];
}

static void say(const struct fixture *f, const char *text)
{
	assert_int_equal(write(f->in, text, strlen(text)), strlen(text));
}

/* What comes within this time is added; false: the end. */
static bool hear(struct fixture *f, int ms)
{
	struct pollfd p = { .fd = f->out, .events = POLLIN };
	size_t n = strlen(f->text);
	if (poll(&p, 1, ms) <= 0)
		return true;
	ssize_t more = read(f->out, f->text + n, sizeof f->text - 1 - n);
	f->text[n + (more > 0 ? (size_t)more : 0)] = 0;
	return more > 0;
}

/* The next line that it says. */
static const char *next_line(struct fixture *f)
{
	static char line[8000];
	char *end = NULL;
	for (int ms = 0; ms < PATIENCE_MS && !(end = strchr(f->text, '\n')); ms += 10)
		if (!hear(f, 10))
			break;
	end = strchr(f->text, '\n');
	if (!end)
		fail_msg("it says nothing but \"%s\"", f->text);
	snprintf(line, sizeof line, "%.*s", (int)(end - f->text), f->text);
	memmove(f->text, end + 1, strlen(end));
	return line;
}

static const char *ask(struct fixture *f, const char *command)
{
	say(f, command);
	return next_line(f);
}

#define ANSWERS(f, command, answer) do { const char *is_ = ask(f, command); if (strncmp(is_, answer, strlen(answer)) != 0) \
	fail_msg("%s is answered: %s", command, is_); } while (0)

/* Its exit status; everything that was said and not taken stays in f->text. */
static int ended(struct fixture *f)
{
	int status = -1;
	for (int ms = 0; ms < PATIENCE_MS && hear(f, 10); ms += 10)
		;
	for (int ms = 0; ms < PATIENCE_MS && waitpid(f->pid, &status, WNOHANG) == 0; ms += 5)
		nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
	assert_true(WIFEXITED(status));
	f->pid = 0;
	return WEXITSTATUS(status);
}

static void ends(struct fixture *f, const char *line, int status, const char *text)
{
	launch(f, line, NULL);
	assert_int_equal(ended(f), status);
	if (!strstr(f->text, text))
		fail_msg("ups-sim %s says %s", line, f->text);
	finish(f);
}

/* The port of a simulation that has just been begun. */
static int ready(struct fixture *f)
{
	int port = 0;
	assert_int_equal(sscanf(next_line(f), "ready: masterys on TCP port %d", &port), 1);
	assert_in_range(port, 1, 65535);
	return port;
}

static void command_lines_have_their_exit_status(void **state)
{
	struct fixture *f = *state;
	ends(f, "--help", 0, "  ups-sim --pty PATH | --tcp HOST:PORT [OPTION...]\n");
	ends(f, "--version", 0, "ups-sim " BACNET_UPS_VERSION "\n");
	ends(f, "--list-scenarios", 0, "blackout         Mains lost until the battery is empty and the load is lost\n");
	ends(f, "--nonsense", 64, "ups-sim: there is no option --nonsense; try --help\n");
	ends(f, "--tcp 0 --family x", 78, "ups-sim: x: no such family\n");
	ends(f, "--tcp 0 --model nothing", 78, "no model 'nothing'");
	ends(f, "--tcp 0 --scenario nothing", 78, "nothing");
	ends(f, "--tcp 0 --words /nonexistent", 78, "/nonexistent");
	ends(f, "--tcp 999.1.1.1:0", 78, "ups-sim: ");
	ends(f, "--pty /nonexistent/tty", 78, "/nonexistent/tty");
	launch(f, "--list-scenarios", NULL);
	assert_int_equal(ended(f), 0);
	int lines = 0;
	for (const char *p = f->text; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	for (int i = 0; scenario_builtin[i].name; i++, lines--)
		assert_non_null(strstr(f->text, scenario_builtin[i].name));
	assert_int_equal(lines, 0);
}

static void lines_are_answered_one_by_one(void **state)
{
	struct fixture *f = *state;
	char line[1100];
	launch(f, "--tcp 127.0.0.1:0", NULL);
	ready(f);
	ANSWERS(f, "peek 0x1064\n", "ok 0x0064 100 100");
	ANSWERS(f, "\n \t\r\n# a comment\n  # another\nset BATTERY_% 42\n", "ok at ");
	say(f, "peek 0x");
	assert_true(hear(f, 50));
	assert_string_equal(f->text, "");                /* not a line yet */
	ANSWERS(f, "1064\n", "ok 0x002A 42 42");
	ANSWERS(f, "nonsense\n", "error: unknown command 'nonsense'; try help");
	memset(line, ' ', sizeof line);
	strcpy(line + 1023 - strlen("peek 0x1064"), "peek 0x1064");
	assert_int_equal(strlen(line), 1023);
	ANSWERS(f, strcat(line, "\n"), "error: the line is too long");   /* of the order, not of the input */
	line[0] = 0;
	for (int i = 0; i < 102; i++)
		strcat(line, "0123456789");
	strcat(line, "012\n");
	ANSWERS(f, line, "error: the line is too long");
	strcpy(line + 1023, "3\n");
	ANSWERS(f, line, "error: the line is too long");
	ANSWERS(f, "peek 0x1064\n", "ok 0x002A 42 42");  /* and the next one counts again */
	ANSWERS(f, "quit\n", "ok bye");
	assert_int_equal(ended(f), 0);
	assert_string_equal(f->text, "");
}

static void the_end_of_its_input_is_not_its_end(void **state)
{
	struct fixture *f = *state;
	static const int signals[] = { SIGTERM, SIGINT };
	for (int i = 0; i < 2; i++) {
		launch(f, "--tcp 127.0.0.1:0", i ? "/dev/null" : NULL);
		ready(f);
		close(f->in);
		f->in = -1;
		nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
		assert_int_equal(waitpid(f->pid, NULL, WNOHANG), 0);
		kill(f->pid, signals[i]);
		assert_int_equal(ended(f), 0);
		finish(f);
	}
}

static void commands_may_come_from_a_file(void **state)
{
	struct fixture *f = *state;
	char path[80];
	snprintf(path, sizeof path, "%s/orders", f->dir);
	FILE *file = fopen(path, "w");
	fputs("set BATTERY_% 42\npeek 0x1064\n", file);
	fclose(file);
	launch(f, "--tcp 127.0.0.1:0", path);
	ready(f);
	assert_memory_equal(next_line(f), "ok at ", 6);
	assert_string_equal(next_line(f), "ok 0x002A 42 42");
	kill(f->pid, SIGTERM);
	assert_int_equal(ended(f), 0);
}

/* Asks for one word over Modbus TCP. */
static unsigned word_at(int port, uint16_t address)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	uint8_t q[12] = { 0, 1, 0, 0, 0, 6, 1, 3, (uint8_t)(address >> 8), (uint8_t)address, 0, 1 }, a[11];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	assert_int_equal(send(fd, q, sizeof q, 0), sizeof q);
	assert_int_equal(recv(fd, a, sizeof a, MSG_WAITALL), sizeof a);
	close(fd);
	return (unsigned)(a[9] << 8 | a[10]);
}

static void what_is_served_is_counted(void **state)
{
	struct fixture *f = *state;
	launch(f, "--tcp 127.0.0.1:0", NULL);
	int port = ready(f);
	ANSWERS(f, "stats\n", "ok elapsed_ns=0 busy_ns=0 busy=0.0000 octets_in=0 octets_out=0 frames_in=0 frames_out=0 early=0 wrong_speed=0 "
		"requests=0 answers=0 exceptions=0 silences=0 ignored=0 requests_per_s=0.00 octets_per_s=0.0");
	assert_int_equal(word_at(port, 0x1064), 100);
	assert_int_equal(word_at(port, 0x1064), 100);
	assert_non_null(strstr(ask(f, "stats\n"), " requests=2 answers=2 exceptions=0 silences=0 ignored=0 "));
	assert_non_null(strstr(ask(f, "stats reset\n"), " requests=2 "));
	assert_non_null(strstr(ask(f, "stats\n"), " requests=0 answers=0 "));
	ANSWERS(f, "fault crc\n", "error: fault crc needs a serial line");
	ANSWERS(f, "quit\n", "ok bye");
	assert_int_equal(ended(f), 0);
}

/* On a serial line time is told from the first moment on. */
static void a_pseudo_terminal_is_named(void **state)
{
	struct fixture *f = *state;
	char line[120], expected[260], target[80] = "";
	long long elapsed = 0;
	snprintf(line, sizeof line, "--pty %s/tty --baud 19200 --slave 7", f->dir);
	launch(f, line, NULL);
	snprintf(line, sizeof line, "%s/tty", f->dir);
	const char *said = next_line(f);
	assert_true(readlink(line, target, sizeof target - 1) > 0);
	snprintf(expected, sizeof expected, "ready: masterys on %s -> %s, 19200 baud, slave 7", line, target);
	assert_string_equal(said, expected);
	ANSWERS(f, "fault crc\n", "ok at ");
	assert_int_equal(sscanf(ask(f, "stats\n"), "ok elapsed_ns=%lld", &elapsed), 1);
	assert_true(elapsed > 0);
	ANSWERS(f, "quit\n", "ok bye");
	assert_int_equal(ended(f), 0);
	finish(f);
	assert_int_not_equal(access(line, F_OK), 0);

	snprintf(line, sizeof line, "--pty %s/tty", f->dir);
	launch(f, line, NULL);
	assert_non_null(strstr(next_line(f), ", 9600 baud, slave 1"));          /* the family's */
	kill(f->pid, SIGTERM);
	assert_int_equal(ended(f), 0);
}

/* A minute of a scenario in a moment, step by step, without any command. */
static void time_runs_as_fast_as_is_asked_for(void **state)
{
	struct fixture *f = *state;
	launch(f, "--tcp 127.0.0.1:0 --speed 1000 --scenario mains-lost", NULL);
	ready(f);
	const char *line = next_line(f);
	assert_memory_equal(line, "scenario mains-lost, 0.0 s: ", 28);
	while (!strstr(line, ": over; "))
		assert_memory_equal(line = next_line(f), "scenario mains-lost, ", 21);
	assert_non_null(strstr(line, " 0 steps failed, 0 passed over"));
	ANSWERS(f, "quit\n", "ok bye");
	assert_int_equal(ended(f), 0);
}

/* In a second of real time a slow one has not moved by a percent. */
static void slow_time_is_slow(void **state)
{
	struct fixture *f = *state;
	launch(f, "--tcp 127.0.0.1:0 --speed 0.01", NULL);
	ready(f);
	ANSWERS(f, "mains lost\n", "ok");
	ANSWERS(f, "bypass lost\n", "ok");
	nanosleep(&(struct timespec){ .tv_nsec = 500000000 }, NULL);
	ANSWERS(f, "expect BATTERY_% 100\n", "ok");
	ANSWERS(f, "expect BATTERY_s 0\n", "ok");
	ANSWERS(f, "quit\n", "ok bye");
	assert_int_equal(ended(f), 0);
}

static void a_step_that_fails_is_told(void **state)
{
	struct fixture *f = *state;
	char path[80], line[160];
	snprintf(path, sizeof path, "%s/x.scn", f->dir);
	FILE *file = fopen(path, "w");
	fputs("title x\nat 0s expect BATTERY_% 5\n", file);
	fclose(file);
	snprintf(line, sizeof line, "--tcp 127.0.0.1:0 --scenario %s", path);
	launch(f, line, NULL);
	ready(f);
	bool told = false;
	for (int i = 0; i < 3 && !told; i++)
		told = strncmp(next_line(f), "ups-sim: ", 9) == 0;
	assert_true(told);
	kill(f->pid, SIGTERM);
	assert_int_equal(ended(f), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(command_lines_have_their_exit_status),
		T(lines_are_answered_one_by_one),
		T(the_end_of_its_input_is_not_its_end),
		T(commands_may_come_from_a_file),
		T(what_is_served_is_counted),
		T(a_pseudo_terminal_is_named),
		T(time_runs_as_fast_as_is_asked_for),
		T(slow_time_is_slow),
		T(a_step_that_fails_is_told),
	};
	return cmocka_run_group_tests_name("sim-main", tests, NULL, NULL);
}
