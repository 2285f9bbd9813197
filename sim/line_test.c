/* The line and the server with a real client on a real pseudo-terminal.  Times are only checked from below: a busy machine can be
 * late, but never early. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/line.h"
#include "sim/pace.h"
#include "sim/server.h"
#include "sim/sim.h"

enum { BAUD = 57600, SLAVE = 7 };

struct bench {
	char directory[64], link[96];
	struct family *f;
	struct sim *sim;
	struct line *line;
	struct server *server;
	modbus_t *client;
};

static modbus_t *client_on(const char *path, int baud)
{
	modbus_t *m = modbus_new_rtu(path, baud, 'N', 8, 1);
	assert_non_null(m);
	modbus_set_slave(m, SLAVE);
	assert_int_equal(modbus_connect(m), 0);
	modbus_set_response_timeout(m, 10, 0);
	modbus_set_byte_timeout(m, 2, 0);
	return m;
}

static struct sim *sim_of(struct family **f)
{
	struct err_at why;
	*f = family_open("masterys", NULL, &why);
	assert_non_null(*f);
	struct sim_conf conf = { .family = *f, .rating = plant_rating_usual(), .on_line = true,
		.shape = { .units = 1, .phases_in = 3, .phases_out = 3 }, .identity = { .kva_x10 = 300, .serial = "S1" } };
	struct sim *s = sim_make(&conf, NULL, &why);
	assert_non_null(s);
	return s;
}

static int set_up_at(void **state, uint32_t baud)
{
	struct bench *b = calloc(1, sizeof *b);
	struct err_at why;
	assert_non_null(b);
	snprintf(b->directory, sizeof b->directory, "/tmp/ups-sim-test-XXXXXX");
	assert_non_null(mkdtemp(b->directory));
	snprintf(b->link, sizeof b->link, "%s/tty", b->directory);
	b->sim = sim_of(&b->f);
	struct line_conf conf = { .link = b->link, .baud = baud, .fifo = 1 };
	b->line = line_make(&conf, sim_faults(b->sim), &why);
	assert_non_null(b->line);
	b->server = server_make_rtu(b->line, SLAVE, sim_registers(b->sim), sim_faults(b->sim), &why);
	assert_non_null(b->server);
	assert_true(line_start(b->line));
	assert_true(server_start(b->server));
	b->client = client_on(b->link, (int)baud);
	*state = b;
	return 0;
}

static int set_up(void **state)
{
	return set_up_at(state, BAUD);
}

static int set_up_slow(void **state)
{
	return set_up_at(state, 2400);
}

static int tear_down(void **state)
{
	struct bench *b = *state;
	struct stat st;
	modbus_close(b->client);
	modbus_free(b->client);
	line_stop(b->line);
	server_stop(b->server);
	server_free(b->server);
	line_free(b->line);
	assert_int_equal(lstat(b->link, &st), -1);       /* the link goes away with the line */
	rmdir(b->directory);
	sim_free(b->sim);
	family_free(b->f);
	free(b);
	return 0;
}

static void command(struct bench *b, const char *line)
{
	char reply[2400];
	sim_command(b->sim, line, mono_now(), reply, sizeof reply);
	if (strncmp(reply, "ok", 2) != 0)
		fail_msg("%s: %s", line, reply);
	line_wake(b->line);
}

/* 0, or the errno of libmodbus. */
static int read_words(struct bench *b, int address, int count, uint16_t *word)
{
	int n = modbus_read_registers(b->client, address, count, word);
	return n == count ? 0 : errno;
}

/* After an answer that went wrong: what is still under way must not be taken for the next one. */
static void settle(struct bench *b)
{
	usleep(60000);
	modbus_flush(b->client);
}

static void tables_and_exceptions(void **state)
{
	struct bench *b = *state;
	uint16_t word[125], want[48];
	assert_int_equal(read_words(b, 0x1060, 48, word), 0);
	assert_true(registers_read(sim_registers(b->sim), 0x1060, 48, want));
	assert_memory_equal(word, want, sizeof want);
	assert_int_equal(read_words(b, 0x1020, 6, word), 0);
	assert_int_equal(read_words(b, 0x1020, 7, word), EMBXILADD);
	assert_int_equal(read_words(b, 0x108F, 2, word), EMBXILADD);
	assert_int_equal(read_words(b, 0x0001, 15, word), EMBXILADD);
	assert_int_equal(modbus_read_input_registers(b->client, 0x1060, 1, word), -1);
	assert_int_equal(errno, EMBXILFUN);
	assert_int_equal(modbus_write_register(b->client, 0x15B0, 3), -1);
	assert_int_equal(errno, EMBXILFUN);
	command(b, "set BATTERY_% 33");
	assert_int_equal(read_words(b, 0x1064, 1, word), 0);
	assert_int_equal(word[0], 33);
	struct server_stats s;
	server_stats(b->server, &s);
	assert_int_equal(s.answers, 3);
	assert_int_equal(s.exceptions, 5);
	assert_int_equal(s.requests, 8);
}

static void not_for_this_slave(void **state)
{
	struct bench *b = *state;
	uint16_t word[8];
	modbus_set_response_timeout(b->client, 0, 200000);
	modbus_set_slave(b->client, SLAVE + 1);
	assert_int_equal(read_words(b, 0x1060, 4, word), ETIMEDOUT);
	modbus_set_slave(b->client, SLAVE);
	modbus_set_response_timeout(b->client, 10, 0);
	assert_int_equal(read_words(b, 0x1060, 4, word), 0);
}

static void faults_of_answers(void **state)
{
	struct bench *b = *state;
	uint16_t word[8];
	command(b, "fault crc");
	assert_int_equal(read_words(b, 0x1060, 4, word), EMBBADCRC);
	settle(b);
	command(b, "fault none");
	command(b, "fault slave");
	assert_int_equal(read_words(b, 0x1060, 4, word), EMBBADSLAVE);
	settle(b);
	command(b, "fault none");
	command(b, "fault exception 6");
	assert_int_equal(read_words(b, 0x1060, 4, word), EMBXSBUSY);
	command(b, "fault none");
	modbus_set_response_timeout(b->client, 0, 300000);
	modbus_set_byte_timeout(b->client, 0, 300000);
	command(b, "fault silence");
	assert_int_equal(read_words(b, 0x1060, 4, word), ETIMEDOUT);
	command(b, "fault none");
	command(b, "fault truncate 5");
	assert_int_equal(read_words(b, 0x1060, 4, word), ETIMEDOUT);
	settle(b);
	command(b, "fault none");
	modbus_set_response_timeout(b->client, 10, 0);
	modbus_set_byte_timeout(b->client, 2, 0);
	command(b, "fault noise 8");
	assert_int_not_equal(read_words(b, 0x1060, 4, word), 0);
	settle(b);
	command(b, "fault none");
	int64_t begin = mono_now().ns;
	command(b, "fault slow 150ms");
	assert_int_equal(read_words(b, 0x1060, 4, word), 0);
	assert_true(mono_now().ns - begin >= 150 * 1000000);
	command(b, "fault none");
	begin = mono_now().ns;
	command(b, "fault gaps 5ms");
	assert_int_equal(read_words(b, 0x1060, 4, word), 0);
	assert_true(mono_now().ns - begin >= 12 * 5 * 1000000);
	command(b, "fault none");
	assert_int_equal(read_words(b, 0x1060, 4, word), 0);
}

static void babble_drowns_everything(void **state)
{
	struct bench *b = *state;
	uint16_t word[8];
	command(b, "fault babble");
	usleep(50000);
	uint8_t octets[64];
	assert_true(read(modbus_get_socket(b->client), octets, sizeof octets) > 0);
	command(b, "fault none");
	settle(b);
	assert_int_equal(read_words(b, 0x1060, 4, word), 0);
}

static void another_speed_gets_no_answer(void **state)
{
	struct bench *b = *state;
	uint16_t word[8];
	modbus_close(b->client);
	modbus_free(b->client);
	b->client = client_on(b->link, 9600);
	modbus_set_response_timeout(b->client, 0, 200000);
	assert_int_equal(read_words(b, 0x1060, 4, word), ETIMEDOUT);
	modbus_close(b->client);
	modbus_free(b->client);
	b->client = client_on(b->link, BAUD);
	assert_int_equal(read_words(b, 0x1060, 4, word), 0);
	struct line_stats s;
	line_stats(b->line, &s);
	assert_int_equal(s.wrong_speed, 1);
}

static void unplugged_and_back(void **state)
{
	struct bench *b = *state;
	uint16_t word[8];
	struct stat st;
	char before[64], after[64];
	line_client_path(b->line, before, sizeof before);
	command(b, "fault unplug");
	for (int i = 0; i < 500 && lstat(b->link, &st) == 0; i++)
		usleep(10000);
	assert_int_not_equal(lstat(b->link, &st), 0);
	assert_int_not_equal(read_words(b, 0x1060, 4, word), 0);
	command(b, "fault none");
	for (int i = 0; i < 500 && stat(b->link, &st) != 0; i++)
		usleep(10000);
	modbus_close(b->client);
	modbus_free(b->client);
	b->client = client_on(b->link, BAUD);
	assert_int_equal(read_words(b, 0x1060, 4, word), 0);
	line_client_path(b->line, after, sizeof after);
	assert_memory_equal(after, "/dev/pts/", 9);
}

static void octets_take_their_time(void **state)
{
	struct bench *b = *state;
	uint16_t word[10];
	line_stats_reset(b->line);
	int64_t begin = mono_now().ns;
	assert_int_equal(read_words(b, 0x1060, 10, word), 0);
	int64_t took = mono_now().ns - begin, wire = pace_octets_ns(2400, 8 + 25) + pace_silence_ns(2400);
	assert_true(took >= wire);
	struct line_stats s;
	for (int i = 0; i < 500; i++) {          /* the last octet is counted after the client has it */
		line_stats(b->line, &s);
		if (s.octets_out == 25)
			break;
		usleep(1000);
	}
	assert_int_equal(s.octets_in, 8);
	assert_int_equal(s.octets_out, 25);
	assert_in_range(s.busy_ns, wire - 30, wire + 30);        /* a rounding for each octet */
}

static void over_tcp(void **state)
{
	struct family *f;
	struct sim *sim = sim_of(&f);
	struct err_at why;
	uint16_t word[8];
	(void)state;
	struct server *server = server_make_tcp("127.0.0.1:0", sim_registers(sim), sim_faults(sim), &why);
	assert_non_null(server);
	assert_true(server_start(server));
	modbus_t *client[3];
	for (int i = 0; i < 3; i++) {
		client[i] = modbus_new_tcp("127.0.0.1", server_port(server));
		assert_int_equal(modbus_connect(client[i]), 0);
		modbus_set_response_timeout(client[i], 10, 0);
	}
	for (int i = 0; i < 9; i++)
		assert_int_equal(modbus_read_registers(client[i % 3], 0x1060, 8, word), 8);
	assert_int_equal(word[4], 100);
	assert_int_equal(modbus_read_registers(client[0], 0x1090, 1, word), -1);
	assert_int_equal(errno, EMBXILADD);
	modbus_close(client[1]);
	assert_int_equal(modbus_read_registers(client[2], 0x1060, 8, word), 8);
	struct server_stats s;
	server_stats(server, &s);
	assert_int_equal(s.answers, 10);
	modbus_close(client[0]);
	modbus_close(client[2]);
	for (int i = 0; i < 3; i++)
		modbus_free(client[i]);
	server_stop(server);
	server_free(server);
	sim_free(sim);
	family_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(tables_and_exceptions, set_up, tear_down),
		cmocka_unit_test_setup_teardown(not_for_this_slave, set_up, tear_down),
		cmocka_unit_test_setup_teardown(faults_of_answers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(babble_drowns_everything, set_up, tear_down),
		cmocka_unit_test_setup_teardown(another_speed_gets_no_answer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(unplugged_and_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(octets_take_their_time, set_up_slow, tear_down),
		cmocka_unit_test(over_tcp),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
