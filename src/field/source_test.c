/* The Modbus source with its thread, against a Modbus server of libmodbus at the other end of a pty or a TCP connection.  What is made of
 * octets is in rtu_test.c, what is made of answers in session_test.c, both on virtual time; here is what needs a thread, a device and a
 * socket.  Nothing is about speed: each check waits for what must happen, for a long time if need be. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <modbus/modbus.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <pty.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>
#include <cmocka.h>

#include "field/source.h"
#include "ups/snapshot.h"

enum { STATUS = 0x1020, ALARMS = 0x1040, MEASUREMENTS = 0x1060, CONFIGURATION = 0x10E0 };
enum { ON_INVERTER = 1 << 3 };
enum { PATIENCE_MS = 100000 };

struct server {
	pthread_t thread;
	atomic_bool silent;
	atomic_bool stop;
	atomic_int served;
	speed_t speed;           /* B0: any */
	int fd, peer;            /* of the line; the pty's other end is kept open */
	int listener;            /* TCP: >= 0 */
	modbus_t *ctx;           /* takes requests from fd */
	modbus_mapping_t *map;
};

static void serve(struct server *s, const uint8_t *request, int n)
{
	atomic_fetch_add(&s->served, 1);
	if (!atomic_load(&s->silent))
		modbus_reply(s->ctx, request, n, s->map);
}

static bool right_speed(const struct server *s)
{
	struct termios t;
	return s->speed == B0 || (tcgetattr(s->fd, &t) == 0 && cfgetospeed(&t) == s->speed);
}

static void *run_rtu(void *arg)
{
	struct server *s = arg;
	uint8_t request[MODBUS_RTU_MAX_ADU_LENGTH];
	while (!atomic_load(&s->stop)) {
		struct pollfd p = { .fd = s->fd, .events = POLLIN };
		if (poll(&p, 1, 20) <= 0)
			continue;
		if (!right_speed(s)) {
			tcflush(s->fd, TCIOFLUSH);
			usleep(2000);
			continue;
		}
		int n = modbus_receive(s->ctx, request);
		if (n > 0)
			serve(s, request, n);
	}
	return NULL;
}

static void *run_tcp(void *arg)
{
	struct server *s = arg;
	uint8_t request[MODBUS_TCP_MAX_ADU_LENGTH];
	while (!atomic_load(&s->stop)) {
		struct pollfd p = { .fd = s->fd >= 0 ? s->fd : s->listener, .events = POLLIN };
		if (poll(&p, 1, 20) <= 0)
			continue;
		if (s->fd < 0) {
			s->fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
			modbus_set_socket(s->ctx, s->fd);
			continue;
		}
		int n = modbus_receive(s->ctx, request);
		if (n > 0 && !atomic_load(&s->silent))
			modbus_reply(s->ctx, request, n, s->map);
		atomic_fetch_add(&s->served, 1);
		if (n < 0) {
			close(s->fd);
			s->fd = -1;
		}
	}
	return NULL;
}

static void fill(modbus_mapping_t *map)
{
	map->tab_registers[0x1000] = 4711;
	map->tab_registers[STATUS] = 1 | 2 | 4 | ON_INVERTER;
	map->tab_registers[CONFIGURATION + 13] = 2;
	map->tab_registers[MEASUREMENTS + 3] = 40;
}

struct fixture {
	char directory[64], path[96];
	struct server server;
	struct source_conf conf;
	struct log log;
	struct queue *queue;
	struct source *source;
	atomic_bool ended;
	struct snapshot last;
	uint32_t alarms_seen;    /* every bit that was ever reported */
};

static void start_server(struct fixture *f, bool tcp)
{
	struct server *s = &f->server;
	atomic_store(&s->stop, false);
	atomic_store(&s->silent, false);
	s->ctx = tcp ? modbus_new_tcp("127.0.0.1", 502) : modbus_new_rtu("/dev/null", 9600, 'N', 8, 1);
	modbus_set_slave(s->ctx, 1);
	modbus_set_indication_timeout(s->ctx, 0, 50000);
	s->map = modbus_mapping_new(0, 0, 65536, 0);
	assert_non_null(s->map);
	fill(s->map);
	s->fd = s->peer = -1;
	if (!tcp) {
		char name[64];
		struct termios raw;
		assert_int_equal(openpty(&s->fd, &s->peer, name, NULL, NULL), 0);
		tcgetattr(s->peer, &raw);
		cfmakeraw(&raw);
		tcsetattr(s->peer, TCSANOW, &raw);
		modbus_set_socket(s->ctx, s->fd);
		assert_int_equal(symlink(name, f->path), 0);
	}
	assert_int_equal(pthread_create(&s->thread, NULL, tcp ? run_tcp : run_rtu, s), 0);
}

static void stop_server(struct fixture *f)
{
	struct server *s = &f->server;
	atomic_store(&s->stop, true);
	pthread_join(s->thread, NULL);
	int fds[] = { s->fd, s->peer };
	for (int i = 0; i < 2; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	modbus_set_socket(s->ctx, -1);
	modbus_free(s->ctx);
	modbus_mapping_free(s->map);
	unlink(f->path);
}

static struct fixture *make(void)
{
	struct fixture *f = calloc(1, sizeof *f);
	assert_non_null(f);
	snprintf(f->directory, sizeof f->directory, "/tmp/field-test-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	snprintf(f->path, sizeof f->path, "%s/line", f->directory);
	f->log = (struct log){ .fd = getenv("VERBOSE") ? 2 : -1, .level = LOG_LEVEL_DEBUG };
	f->queue = queue_make(sizeof(struct snapshot), 4, NULL, NULL);
	f->conf = (struct source_conf){ .family = "masterys", .baud = 57600, .parity = 'N', .slave = 1, .timeout_ms = 5000, .retries = 2 };
	snprintf(f->conf.link, sizeof f->conf.link, "%s", f->path);
	return f;
}

static void has_ended(void *ctx)
{
	struct fixture *f = ctx;
	atomic_store(&f->ended, true);
}

static void start(struct fixture *f)
{
	struct source_out out = { f->queue, &f->log, has_ended, f };
	f->source = source_driver_of(f->conf.link)->start(&f->conf, &out);
	assert_non_null(f->source);
}

static bool take(struct fixture *f)
{
	bool any = false;
	while (queue_take(f->queue, &f->last)) {
		f->alarms_seen |= f->last.bits[BS_UNIT_ALARMS].value;
		any = true;
	}
	return any;
}

#define WAIT_FOR(f, condition) do { \
	struct mono give_up_ = mono_add_ms(mono_now(), PATIENCE_MS); \
	while (take(f), !(condition)) { \
		if (mono_now().ns > give_up_.ns) \
			fail_msg("waited in vain for " #condition ", link %s, last error \"%s\"", \
				ups_link_text(f->last.link), f->last.stats.last_error); \
		usleep(2000); \
	} \
} while (0)

static void done(struct fixture *f)
{
	if (f->source)
		source_stop(f->source);
	WAIT_FOR(f, atomic_load(&f->ended));
	source_free(f->source);
	queue_free(f->queue);
	rmdir(f->directory);
	free(f);
}

static bool is_well(const struct fixture *f)
{
	return f->last.complete && f->last.state[ST_UNIT_LOAD_STATUS].quality == QUALITY_GOOD &&
		f->last.bits[BS_UNIT_ALARMS].quality == QUALITY_GOOD;
}

static void a_ups_is_read(void **state)
{
	struct fixture *f = make();
	start_server(f, false);
	start(f);
	WAIT_FOR(f, is_well(f));
	assert_int_equal(f->last.link, LINK_UP);
	assert_int_equal(f->last.point[PT_UNIT_OUTPUT_LR].value, 40);
	assert_int_equal(f->last.identity.code, 4711);
	assert_string_equal(f->last.stats.device, f->path);
	WAIT_FOR(f, f->last.stats.cycle_us > 0);
	f->server.map->tab_registers[ALARMS] = 1 << 2;   /* overload; a lone word, so no lock */
	WAIT_FOR(f, f->last.bits[BS_UNIT_ALARMS].value == 1 << 1);
	stop_server(f);
	done(f);
}

static void the_speed_is_found(void **state)
{
	struct fixture *f = make();
	f->conf.baud = 0;
	f->conf.timeout_ms = 200;                /* for each question at a wrong speed */
	strcpy(f->conf.family, "auto");
	f->server.speed = B9600;
	start_server(f, false);
	start(f);
	WAIT_FOR(f, is_well(f));
	assert_int_equal(f->last.stats.baud, 9600);
	stop_server(f);
	done(f);
}

static void an_adapter_may_be_pulled_and_come_back(void **state)
{
	struct fixture *f = make();
	start(f);                                /* before it is plugged in for the first time */
	WAIT_FOR(f, f->last.link == LINK_PROBING && f->last.stats.last_error[0]);
	start_server(f, false);
	WAIT_FOR(f, is_well(f));
	for (int i = 1; i <= 2; i++) {
		stop_server(f);
		WAIT_FOR(f, f->last.link == LINK_LOST);
		assert_int_equal(f->last.point[PT_UNIT_OUTPUT_LR].value, 40);
		assert_int_equal(f->last.point[PT_UNIT_OUTPUT_LR].quality, QUALITY_STALE);
		start_server(f, false);
		WAIT_FOR(f, is_well(f));
		assert_int_equal(f->last.stats.reconnects, i);
	}
	stop_server(f);
	done(f);
}

static void modbus_tcp_is_read_and_found_again(void **state)
{
	struct fixture *f = make();
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof to;
	f->server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(f->server.listener, (struct sockaddr *)&to, sizeof to), 0);
	assert_int_equal(getsockname(f->server.listener, (struct sockaddr *)&to, &size), 0);
	snprintf(f->conf.link, sizeof f->conf.link, "tcp:127.0.0.1:%u", ntohs(to.sin_port));
	f->conf.timeout_ms = 300;                /* a stopped server is still connected to, and silent */
	start(f);                                /* nobody listens yet */
	WAIT_FOR(f, f->last.link == LINK_PROBING && f->last.stats.last_error[0]);
	listen(f->server.listener, 4);
	start_server(f, true);
	WAIT_FOR(f, is_well(f));
	stop_server(f);
	WAIT_FOR(f, f->last.link == LINK_LOST);
	start_server(f, true);
	WAIT_FOR(f, is_well(f));
	stop_server(f);
	close(f->server.listener);
	done(f);
}

static void what_is_no_link_is_an_internal_fault(void **state)
{
	struct fixture *f = make();
	strcpy(f->conf.link, "ttyS0");
	start(f);
	WAIT_FOR(f, f->last.internal_fault);
	assert_non_null(strstr(f->last.stats.last_error, "\"ttyS0\""));
	done(f);
}

/* The caller goes on at once although the thread is in the middle of a request; and when the caller does not care to wait for the end,
 * nothing comes any more. */
static void finding_3_1_nobody_waits_for_a_silent_ups(void **state)
{
	for (int let_go = 0; let_go < 2; let_go++) {
		struct fixture *f = make();
		start_server(f, false);
		atomic_store(&f->server.silent, true);
		f->conf.timeout_ms = 600000;     /* whoever waits for this request fails by the time limit of the test */
		start(f);
		WAIT_FOR(f, atomic_load(&f->server.served) > 0);
		source_stop(f->source);
		if (let_go) {
			source_free(f->source);
			f->source = NULL;
			atomic_store(&f->ended, true);
		}
		WAIT_FOR(f, atomic_load(&f->ended));     /* although the UPS is still silent */
		stop_server(f);
		done(f);
	}
}

static void finding_5_3_a_line_that_is_not_there_names_the_mend(void **state)
{
	struct fixture *f = make();
	strcpy(f->conf.link, "/dev/no-such-tty");
	start(f);
	WAIT_FOR(f, f->last.stats.last_error[0]);
	assert_string_equal(f->last.stats.last_error, "/dev/no-such-tty: No such file or directory; is the adapter plugged in?");
	source_stop(f->source);
	WAIT_FOR(f, atomic_load(&f->ended));
	done(f);
}

/* One line, two sources: the second one says so, waits, and has it when the first one has gone. */
static void finding_1_8_a_line_belongs_to_one_program(void **state)
{
	struct fixture *f = make(), *second = make();
	start_server(f, false);
	start(f);
	WAIT_FOR(f, is_well(f));
	strcpy(second->conf.link, f->path);
	start(second);
	WAIT_FOR(second, second->last.stats.last_error[0]);
	char expected[160];
	snprintf(expected, sizeof expected, "%s: in use by another program", f->path);
	assert_string_equal(second->last.stats.last_error, expected);
	take(f);
	int served = atomic_load(&f->server.served);
	WAIT_FOR(f, atomic_load(&f->server.served) > served + 20);
	assert_int_equal(f->last.link, LINK_UP);         /* undisturbed */
	assert_int_equal(f->last.stats.reconnects, 0);
	source_stop(f->source);
	WAIT_FOR(f, atomic_load(&f->ended));
	WAIT_FOR(second, is_well(second));
	source_free(f->source);
	f->source = NULL;
	source_stop(second->source);
	WAIT_FOR(second, atomic_load(&second->ended));
	stop_server(f);
	done(second);
	done(f);
}

/* A busy machine makes the thread slower, never hungrier: what it used of the CPU while it waited says whether it waits. */
static void the_thread_sleeps_while_it_waits(void **state)
{
	struct fixture *f = make();
	start_server(f, false);
	atomic_store(&f->server.silent, true);
	f->conf.timeout_ms = 50;
	start(f);
	WAIT_FOR(f, f->last.stats.timeouts > 0);
	struct timespec before, after;
	struct mono from = mono_now();
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	while (mono_ms_between(from, mono_now()) < 400)
		usleep(20000);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	int64_t used_ms = (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
	assert_true(used_ms < 200);
	stop_server(f);
	done(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ups_is_read),
		cmocka_unit_test(the_speed_is_found),
		cmocka_unit_test(an_adapter_may_be_pulled_and_come_back),
		cmocka_unit_test(modbus_tcp_is_read_and_found_again),
		cmocka_unit_test(what_is_no_link_is_an_internal_fault),
		cmocka_unit_test(finding_5_3_a_line_that_is_not_there_names_the_mend),
		cmocka_unit_test(finding_1_8_a_line_belongs_to_one_program),
		cmocka_unit_test(the_thread_sleeps_while_it_waits),
		cmocka_unit_test(finding_3_1_nobody_waits_for_a_silent_ups),
	};
	if (getenv("ONLY"))
		cmocka_set_test_filter(getenv("ONLY"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
