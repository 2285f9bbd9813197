/* The line and the server with a real client on a real pseudo-terminal.  What comes when is wire_test.c's, on virtual time; here times
 * are only checked from below, and whatever has to have happened is waited for: a busy machine can be late, but never early. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <modbus.h>
#include <poll.h>
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
	modbus_set_response_timeout(m, 60, 0);
	modbus_set_byte_timeout(m, 60, 0);
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

/* Waits until it is so; a machine that is busy for a minute is broken.  `seen` and `served` are the counters at that moment. */
#define WAIT_FOR(b, condition) do { \
		struct line_stats seen = { 0 }; \
		struct server_stats served = { 0 }; \
		bool so = false; \
		for (int i_ = 0; i_ < 60000 && !so; i_++) { \
			line_stats((b)->line, &seen); \
			server_stats((b)->server, &served); \
			so = (condition); \
			if (!so) \
				usleep(1000); \
		} \
		assert_true(so); \
	} while (0)

/* After an answer that went wrong: the rest of it must not be taken for the next one. */
static void settle(struct bench *b)
{
	WAIT_FOR(b, !seen.under_way && seen.wire.frames_out == served.answers + served.exceptions);
	modbus_flush(b->client);
}

static void tables_and_exceptions(void **state)
{
	struct bench *b = *state;
	uint16_t word[125], want[48];
	assert_int_equal(read_words(b, 0x1060, 48, word), 0);
	assert_true(registers_read(sim_registers(b->sim), 3, 0x1060, 48, want));
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
	modbus_set_response_timeout(b->client, 60, 0);
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
	modbus_set_response_timeout(b->client, 60, 0);
	modbus_set_byte_timeout(b->client, 60, 0);
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

/* Finding 1.7: a client that takes the first octets for the answer is lost. */
static void echo_and_stray_octets_come_first(void **state)
{
	struct bench *b = *state;
	uint16_t word[8];
	uint8_t octets[64];
	static const uint8_t request[] = { SLAVE, 3, 0x10, 0x64, 0, 1, 0xC1, 0x73 };
	static const struct { const char *order; size_t first; } cases[] = { { "fault echo", sizeof request }, { "fault stray 0", 1 },
		{ "fault stray 200", 1 } };
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		command(b, cases[i].order);
		int fd = modbus_get_socket(b->client);
		assert_int_equal(write(fd, request, sizeof request), sizeof request);
		size_t n = 0;
		while (n < cases[i].first + 7) {
			struct pollfd p = { .fd = fd, .events = POLLIN };
			assert_int_equal(poll(&p, 1, 60000), 1);
			n += (size_t)read(fd, octets + n, sizeof octets - n);
		}
		assert_int_equal(n, cases[i].first + 7);
		if (i == 0)
			assert_memory_equal(octets, request, sizeof request);
		else
			assert_int_equal(octets[0], i == 1 ? 0 : 200);
		assert_int_equal(octets[cases[i].first], SLAVE);
		assert_int_equal(octets[cases[i].first + 4], 100);       /* percent of the battery */
		command(b, "fault none");
	}
	assert_int_equal(read_words(b, 0x1060, 4, word), 0);
}

static void babble_drowns_everything(void **state)
{
	struct bench *b = *state;
	uint16_t word[8];
	command(b, "fault babble");
	uint8_t octets[64];
	struct pollfd babble = { .fd = modbus_get_socket(b->client), .events = POLLIN };
	assert_int_equal(poll(&babble, 1, 60000), 1);
	assert_true(read(babble.fd, octets, sizeof octets) > 0);
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
	WAIT_FOR(b, seen.wire.wrong_speed == 1);    /* only then may the port have its speed again */
	modbus_close(b->client);
	modbus_free(b->client);
	b->client = client_on(b->link, BAUD);
	assert_int_equal(read_words(b, 0x1060, 4, word), 0);
	WAIT_FOR(b, seen.wire.wrong_speed == 1 && served.answers == 1);
}

static void unplugged_and_back(void **state)
{
	struct bench *b = *state;
	uint16_t word[8];
	struct stat st;
	char before[64], after[64];
	line_client_path(b->line, before, sizeof before);
	command(b, "fault unplug");
	WAIT_FOR(b, lstat(b->link, &st) != 0);
	assert_int_not_equal(read_words(b, 0x1060, 4, word), 0);
	command(b, "fault none");
	WAIT_FOR(b, stat(b->link, &st) == 0);
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
	WAIT_FOR(b, seen.wire.frames_out == 1);     /* the last octet is counted after the client has it */
	line_stats(b->line, &s);
	assert_int_equal(s.wire.octets_in, 8);
	assert_int_equal(s.wire.octets_out, 25);
	assert_in_range(s.wire.busy_ns, wire - 30, wire + 30);        /* a rounding for each octet */
}

/* ---- Modbus TCP ---- */

struct tcp {
	struct family *f;
	struct sim *sim;
	struct server *server;
	modbus_t *client;
};

static modbus_t *tcp_client(struct tcp *t)
{
	modbus_t *m = modbus_new_tcp("127.0.0.1", server_port(t->server));
	assert_int_equal(modbus_connect(m), 0);
	modbus_set_response_timeout(m, 60, 0);
	return m;
}

static void tcp_open(struct tcp *t, struct family *f, int slave)
{
	struct err_at why;
	struct sim_conf conf = { .family = f, .rating = plant_rating_usual(), .shape = { .units = 1, .phases_in = 3, .phases_out = 3 },
		.identity = { .kva_x10 = 300, .serial = "S1" } };
	assert_non_null(f);
	t->f = f;
	t->sim = sim_make(&conf, NULL, &why);
	assert_non_null(t->sim);
	t->server = server_make_tcp("127.0.0.1:0", slave, sim_registers(t->sim), sim_faults(t->sim), &why);
	assert_non_null(t->server);
	assert_true(server_start(t->server));
	t->client = tcp_client(t);
}

static void tcp_close(struct tcp *t)
{
	modbus_close(t->client);
	modbus_free(t->client);
	server_stop(t->server);
	server_free(t->server);
	sim_free(t->sim);
	family_free(t->f);
}

static void tcp_say(struct tcp *t, const char *line)
{
	char reply[2400];
	sim_command(t->sim, line, mono_now(), reply, sizeof reply);
	if (strncmp(reply, "ok", 2) != 0)
		fail_msg("%s: %s", line, reply);
}

static void over_tcp(void **state)
{
	struct err_at why;
	struct tcp t;
	uint16_t word[8];
	(void)state;
	tcp_open(&t, family_open("masterys", NULL, &why), -1);
	modbus_t *second = tcp_client(&t), *third = tcp_client(&t), *client[] = { t.client, second, third };
	for (int i = 0; i < 9; i++)
		assert_int_equal(modbus_read_registers(client[i % 3], 0x1060, 8, word), 8);
	assert_int_equal(word[4], 100);
	assert_int_equal(modbus_read_registers(t.client, 0x1090, 1, word), -1);
	assert_int_equal(errno, EMBXILADD);
	modbus_close(second);
	assert_int_equal(modbus_read_registers(third, 0x1060, 8, word), 8);
	struct server_stats s;
	server_stats(t.server, &s);
	assert_int_equal(s.answers, 10);
	assert_int_equal(s.exceptions, 1);
	modbus_close(third);
	modbus_free(second);
	modbus_free(third);
	tcp_close(&t);
}

/* Finding 1.1: what a server of Modbus TCP says when nothing is behind it. */
static void slaves_behind_a_tcp_server(void **state)
{
	static const int slaves[] = { 0, 255, 5 };
	struct err_at why;
	uint16_t word[4];
	(void)state;
	for (size_t i = 0; i < sizeof slaves / sizeof *slaves; i++) {
		struct tcp t;
		tcp_open(&t, family_open("masterys", NULL, &why), slaves[i]);
		assert_int_equal(modbus_set_slave(t.client, slaves[i]), 0);
		assert_int_equal(modbus_read_registers(t.client, 0x1060, 4, word), 4);
		modbus_set_slave(t.client, slaves[i] == 5 ? 6 : 5);
		assert_int_equal(modbus_read_registers(t.client, 0x1060, 4, word), -1);
		assert_int_equal(errno, EMBXGTAR);
		tcp_close(&t);
	}
}

static int exception_of(struct tcp *t, int address, int count)
{
	uint16_t word[125];
	return modbus_read_registers(t->client, address, count, word) == count ? 0 : errno;
}

/* The faults that the findings 1.1 to 1.4 and 1.9 need. */
static void faults_of_requests(void **state)
{
	struct err_at why;
	struct tcp t;
	uint16_t word[8];
	(void)state;
	tcp_open(&t, family_open("masterys", NULL, &why), -1);
	tcp_say(&t, "fault exception 11");
	assert_int_equal(exception_of(&t, 0x1060, 4), EMBXGTAR);
	tcp_say(&t, "fault exception 10");
	assert_int_equal(exception_of(&t, 0x1020, 4), EMBXGPATH);
	tcp_say(&t, "fault exception 2 at 0x1040");              /* one table that is not there yet */
	assert_int_equal(exception_of(&t, 0x1040, 4), EMBXILADD);
	assert_int_equal(exception_of(&t, 0x1041, 1), 0);
	assert_int_equal(exception_of(&t, 0x1020, 4), 0);
	tcp_say(&t, "fault none");
	modbus_set_response_timeout(t.client, 0, 200000);
	tcp_say(&t, "fault silence at 0x1043");
	assert_int_equal(exception_of(&t, 0x1040, 4), ETIMEDOUT);
	modbus_set_response_timeout(t.client, 60, 0);
	assert_int_equal(exception_of(&t, 0x1040, 3), 0);
	tcp_say(&t, "fault none");
	tcp_say(&t, "fault ones at 0x1040");
	assert_int_equal(modbus_read_registers(t.client, 0x1040, 4, word), 4);
	assert_true(word[0] == 0xFFFF && word[3] == 0xFFFF);
	assert_int_equal(modbus_read_registers(t.client, 0x1020, 4, word), 4);
	assert_int_not_equal(word[0], 0xFFFF);
	tcp_say(&t, "fault ones");
	assert_int_equal(modbus_read_registers(t.client, 0x1020, 4, word), 4);
	assert_true(word[0] == 0xFFFF && word[3] == 0xFFFF);
	tcp_say(&t, "fault none");
	tcp_say(&t, "fault waver 0x1021.14");
	for (int i = 0; i < 6; i++) {
		assert_int_equal(modbus_read_registers(t.client, 0x1020, 4, word), 4);
		assert_int_equal(word[1] >> 14 & 1, i % 2);
	}
	tcp_close(&t);
}

/* A table of each function at one address: bits are single bits, and an address of one function is not that of another. */
static void tables_of_each_function(void **state)
{
	struct err_at why;
	struct tcp t;
	uint16_t word[8];
	uint8_t bit[24] = { 0 };
	(void)state;
	tcp_open(&t, family_open(FUNCTIONS_MAP, NULL, &why), -1);
	tcp_say(&t, "set UNIT_OUTPUT_Lr1 55");
	tcp_say(&t, "set BATTERY_% 66");
	assert_int_equal(modbus_read_registers(t.client, 0x10, 4, word), 4);
	assert_int_equal(word[0], 55);
	assert_int_equal(word[3], 7);
	assert_int_equal(modbus_read_input_registers(t.client, 0x10, 4, word), 4);
	assert_int_equal(word[0], 66);
	assert_int_equal(modbus_read_input_registers(t.client, 0x10, 5, word), -1);
	assert_int_equal(errno, EMBXILADD);
	tcp_say(&t, "state UnitLoadStatus ON INVERTER");
	tcp_say(&t, "alarm UnitAlarms FAN FAILURE on");
	assert_int_equal(modbus_read_bits(t.client, 0x10, 20, bit), 20);
	for (int i = 0; i < 20; i++)
		assert_int_equal(bit[i], i == 0 || i == 19);
	assert_int_equal(modbus_read_input_bits(t.client, 0x10, 12, bit), 12);
	for (int i = 0; i < 12; i++)
		assert_int_equal(bit[i], i == 0 || i == 11);         /* D000 is the general alarm */
	assert_int_equal(modbus_read_bits(t.client, 0x10, 21, bit), -1);
	assert_int_equal(errno, EMBXILADD);
	assert_int_equal(modbus_read_input_bits(t.client, 0x10, 13, bit), -1);
	assert_int_equal(modbus_write_register(t.client, 0x10, 3), -1);
	assert_int_equal(errno, EMBXILFUN);
	tcp_say(&t, "poke 2:0x12 1");
	assert_int_equal(modbus_read_input_bits(t.client, 0x12, 1, bit), 1);
	assert_int_equal(bit[0], 1);
	tcp_say(&t, "fault ones at 0x10");
	assert_int_equal(modbus_read_bits(t.client, 0x10, 20, bit), 20);
	assert_int_equal(bit[7], 1);
	tcp_close(&t);
	/* a family of holding registers knows no other function */
	tcp_open(&t, family_open("masterys", NULL, &why), -1);
	assert_int_equal(modbus_read_input_registers(t.client, 0x1060, 1, word), -1);
	assert_int_equal(errno, EMBXILFUN);
	assert_int_equal(modbus_read_bits(t.client, 0x1060, 1, bit), -1);
	assert_int_equal(errno, EMBXILFUN);
	tcp_close(&t);
}

/* 7.6: the words of a file are served as they stand, whatever the map thinks of them. */
static void finding_7_6_words_of_a_file_are_served_as_they_stand(void **state)
{
	struct err_at why;
	struct tcp t;
	uint16_t word[8];
	char path[] = "/tmp/ups-sim-words-XXXXXX", line[100];
	static const char text[] = "situation A\n0x1020 0x0082 1 2 3\n0x5000 7 8\nsituation B\n0x1020 9\n";
	(void)state;
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
	close(fd);
	tcp_open(&t, family_open("masterys", NULL, &why), -1);
	snprintf(line, sizeof line, "words %s A", path);
	tcp_say(&t, line);
	assert_int_equal(modbus_read_registers(t.client, 0x1020, 6, word), 6);
	assert_int_equal(word[0], 0x82);
	assert_int_equal(word[3], 3);
	assert_int_equal(word[5], 0);                            /* of the model */
	assert_int_equal(modbus_read_registers(t.client, 0x5000, 2, word), 2);           /* where the map has no table */
	assert_int_equal(word[1], 8);
	assert_int_equal(exception_of(&t, 0x5000, 3), EMBXILADD);
	assert_int_equal(exception_of(&t, 0x1060, 48), 0);
	snprintf(line, sizeof line, "words %s A only", path);
	tcp_say(&t, line);
	assert_int_equal(exception_of(&t, 0x1020, 4), 0);
	assert_int_equal(exception_of(&t, 0x1020, 5), EMBXILADD);
	assert_int_equal(exception_of(&t, 0x1060, 1), EMBXILADD);
	snprintf(line, sizeof line, "words %s B", path);
	tcp_say(&t, line);
	assert_int_equal(modbus_read_registers(t.client, 0x1020, 2, word), 2);
	assert_int_equal(word[0], 9);
	assert_int_not_equal(word[1], 1);
	assert_int_equal(exception_of(&t, 0x5000, 1), EMBXILADD);
	tcp_say(&t, "poke 0x1020 11");
	assert_int_equal(modbus_read_registers(t.client, 0x1020, 1, word), 1);
	assert_int_equal(word[0], 11);                           /* what is done by hand lies on top */
	tcp_say(&t, "unpoke all");
	tcp_say(&t, "words none");
	assert_int_equal(modbus_read_registers(t.client, 0x1020, 1, word), 1);
	assert_int_not_equal(word[0], 9);
	unlink(path);
	tcp_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(tables_and_exceptions, set_up, tear_down),
		cmocka_unit_test_setup_teardown(not_for_this_slave, set_up, tear_down),
		cmocka_unit_test_setup_teardown(faults_of_answers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(echo_and_stray_octets_come_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(babble_drowns_everything, set_up, tear_down),
		cmocka_unit_test_setup_teardown(another_speed_gets_no_answer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(unplugged_and_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(octets_take_their_time, set_up_slow, tear_down),
		cmocka_unit_test(over_tcp),
		cmocka_unit_test(slaves_behind_a_tcp_server),
		cmocka_unit_test(faults_of_requests),
		cmocka_unit_test(tables_of_each_function),
		cmocka_unit_test(finding_7_6_words_of_a_file_are_served_as_they_stand),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
