/* Modbus TCP against a server of libmodbus on the loopback interface.  Each check waits for what must happen. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <modbus/modbus.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "field/tcp.h"

enum { SILENT = -1, WORKS = 0 };                 /* what the server does; else the exception that it answers */

struct server {
	pthread_t thread;
	int listener, stop;
	atomic_int mode, unit, connections, requests;
	modbus_mapping_t *map;
	char port[8];
};

static void serve_one(struct server *s, modbus_t *ctx)
{
	uint8_t request[MODBUS_TCP_MAX_ADU_LENGTH];
	int n;
	while ((n = modbus_receive(ctx, request)) >= 0) {
		int mode = atomic_load(&s->mode);
		atomic_store(&s->unit, request[6]);
		atomic_fetch_add(&s->requests, 1);
		if (mode == WORKS)
			modbus_reply(ctx, request, n, s->map);
		else if (mode != SILENT)
			modbus_reply_exception(ctx, request, (unsigned)mode);
	}
}

static void *serve(void *arg)
{
	struct server *s = arg;
	for (;;) {
		struct pollfd p[] = { { s->listener, POLLIN, 0 }, { s->stop, POLLIN, 0 } };
		poll(p, 2, -1);
		if (p[1].revents)
			return NULL;
		modbus_t *ctx = modbus_new_tcp("127.0.0.1", 502);
		int fd = accept(s->listener, NULL, NULL);
		modbus_set_socket(ctx, fd);
		atomic_fetch_add(&s->connections, 1);
		serve_one(s, ctx);
		close(fd);
		modbus_free(ctx);
	}
}

static uint16_t word_at(int address)
{
	return (uint16_t)(address * 257);
}

struct fixture {
	struct server server;
	int stop_fd;
	struct tcp *tcp;
};

static struct fixture *make(void)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof to;
	assert_non_null(f);
	f->server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	f->server.stop = eventfd(0, EFD_CLOEXEC);
	f->server.map = modbus_mapping_new(300, 300, 300, 300);
	for (int i = 0; i < 300; i++) {
		f->server.map->tab_bits[i] = i % 3 == 0;
		f->server.map->tab_input_bits[i] = i % 5 == 0;
		f->server.map->tab_registers[i] = word_at(i);
		f->server.map->tab_input_registers[i] = word_at(i + 1);
	}
	assert_int_equal(bind(f->server.listener, (struct sockaddr *)&to, sizeof to), 0);
	assert_int_equal(listen(f->server.listener, 8), 0);
	assert_int_equal(getsockname(f->server.listener, (struct sockaddr *)&to, &size), 0);
	snprintf(f->server.port, sizeof f->server.port, "%u", ntohs(to.sin_port));
	assert_int_equal(pthread_create(&f->server.thread, NULL, serve, &f->server), 0);
	f->stop_fd = eventfd(0, EFD_CLOEXEC);
	f->tcp = tcp_make("127.0.0.1", f->server.port, 30000, f->stop_fd);
	return f;
}

static void done(struct fixture *f)
{
	tcp_free(f->tcp);
	eventfd_write(f->server.stop, 1);
	pthread_join(f->server.thread, NULL);
	modbus_mapping_free(f->server.map);
	close(f->server.listener);
	close(f->server.stop);
	close(f->stop_fd);
	free(f);
}

static void open_line(struct fixture *f)
{
	char why[160];
	assert_true(tcp_ops.open(f->tcp, 0, why, sizeof why));
}

static struct line_answer ask(struct fixture *f, uint8_t slave, uint8_t function, uint16_t address, uint8_t count)
{
	uint16_t words[LINE_WORDS_MAX];
	memset(words, 0x77, sizeof words);
	struct line_answer a = tcp_ops.read(f->tcp, &(struct line_question){ slave, function, address, count, { 0 } }, words);
	for (int i = 0; i < count; i++) {
		int at = address + i;
		uint16_t is = (uint16_t)(function == 1 ? at % 3 == 0 : function == 2 ? at % 5 == 0 : word_at(function == 4 ? at + 1 : at));
		assert_int_equal(words[i], a.result == LINE_ANSWER ? is : 0x7777);
	}
	return a;
}

static const uint8_t slaves[] = { 0, 1, 247, 248, 251, 254, 255 };

static void every_unit_identifier_and_function(void **state)
{
	struct fixture *f = make();
	open_line(f);
	for (size_t s = 0; s < sizeof slaves; s++)
		for (uint8_t function = 1; function <= 4; function++) {
			assert_int_equal(ask(f, slaves[s], function, 7, 1).result, LINE_ANSWER);
			assert_int_equal(ask(f, slaves[s], function, 8, 17).result, LINE_ANSWER);
			assert_int_equal(ask(f, slaves[s], function, 9, LINE_WORDS_MAX).result, LINE_ANSWER);
			assert_int_equal(atomic_load(&f->server.unit), slaves[s]);
		}
	assert_int_equal(atomic_load(&f->server.connections), 1);
	done(f);
}

static void exceptions_are_told_apart(void **state)
{
	struct fixture *f = make();
	open_line(f);
	for (size_t s = 0; s < sizeof slaves; s++)
		for (int code = 1; code <= 11; code++) {
			if (code == 9)
				continue;
			atomic_store(&f->server.mode, code);
			struct line_answer a = ask(f, slaves[s], 3, 0, 4);
			assert_int_equal(a.result, code >= 10 ? LINE_NOBODY : LINE_EXCEPTION);
			assert_int_equal(a.exception, code);
			atomic_store(&f->server.mode, WORKS);
			assert_int_equal(ask(f, slaves[s], 3, 0, 4).result, LINE_ANSWER);
		}
	done(f);
}

/* The answer of a reserved identifier carries no number of its own, so the connection on which one is owed is given up. */
static void silence_is_told_and_what_is_owed_is_not_taken(void **state)
{
	for (int reserved = 0; reserved < 2; reserved++) {
		struct fixture *f = make();
		tcp_free(f->tcp);
		f->tcp = tcp_make("127.0.0.1", f->server.port, 20, f->stop_fd);
		open_line(f);
		atomic_store(&f->server.mode, SILENT);
		assert_int_equal(ask(f, reserved ? 250 : 1, 3, 0, 4).result, LINE_TIMEOUT);
		while (reserved && atomic_load(&f->server.connections) < 2)
			usleep(2000);            /* until it has connected anew; the test's time limit ends this */
		assert_int_equal(atomic_load(&f->server.connections), reserved ? 2 : 1);
		tcp_free(f->tcp);
		f->tcp = tcp_make("127.0.0.1", f->server.port, 30000, f->stop_fd);
		atomic_store(&f->server.mode, WORKS);
		open_line(f);
		assert_int_equal(ask(f, reserved ? 250 : 1, 3, 0, 4).result, LINE_ANSWER);
		done(f);
	}
}

static void a_server_that_has_gone_is_gone(void **state)
{
	struct fixture *f = make();
	char why[160];
	assert_int_equal(ask(f, 1, 3, 0, 4).result, LINE_GONE);          /* never opened */
	open_line(f);
	assert_int_equal(ask(f, 1, 3, 0, 4).result, LINE_ANSWER);
	tcp_ops.close(f->tcp);
	assert_int_equal(ask(f, 1, 3, 0, 4).result, LINE_GONE);
	tcp_free(f->tcp);
	f->tcp = tcp_make("127.0.0.1", "1", 1000, f->stop_fd);
	assert_false(tcp_ops.open(f->tcp, 0, why, sizeof why));
	assert_string_equal(why, "127.0.0.1: Connection refused");
	done(f);
}

static void a_pause_ends_when_it_shall(void **state)
{
	struct fixture *f = make();
	assert_true(tcp_ops.pause(f->tcp, (struct mono){ 0 }));
	struct mono soon = mono_add_ms(tcp_ops.now(f->tcp), 5);
	assert_true(tcp_ops.pause(f->tcp, soon));
	assert_true(tcp_ops.now(f->tcp).ns >= soon.ns);
	eventfd_write(f->stop_fd, 1);
	assert_false(tcp_ops.pause(f->tcp, mono_add_ms(soon, 3600000)));
	done(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_unit_identifier_and_function),
		cmocka_unit_test(exceptions_are_told_apart),
		cmocka_unit_test(silence_is_told_and_what_is_owed_is_not_taken),
		cmocka_unit_test(a_server_that_has_gone_is_gone),
		cmocka_unit_test(a_pause_ends_when_it_shall),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
