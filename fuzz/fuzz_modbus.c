/* What a UPS, or something else on the line, may answer.
 *
 * First octet even: a whole session (probing, plan, decoding) on a line whose answers are words, exceptions and failures out of the
 * input, on virtual time.  Odd: the octets of the input are what comes back over a pty to the libmodbus that ships; whatever is taken
 * for an answer must be one. */
#include <fcntl.h>
#include <pthread.h>
#include <pty.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/rd.h"
#include "family/family.h"
#include "field/line_modbus.h"
#include "field/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* ---- a session on answers out of the input ---- */

struct scripted {
	struct rd input;
	struct mono now;
	int steps;
};

static bool scripted_open(void *ctx, uint32_t baud, char *why, int size)
{
	struct scripted *s = ctx;
	why[0] = '\0';
	return rd_u8(&s->input) != 0xFF;
}

static void scripted_close(void *ctx)
{
}

static struct mono scripted_now(void *ctx)
{
	return ((struct scripted *)ctx)->now;
}

static bool scripted_pause(void *ctx, struct mono until)
{
	struct scripted *s = ctx;
	if (until.ns > s->now.ns)
		s->now = until;
	return rd_left(&s->input) > 0 && s->steps++ < 2000;
}

static struct line_answer scripted_read(void *ctx, const struct line_question *q, uint16_t *words)
{
	uint8_t count = q->count;
	static const enum line_result results[8] = {
		LINE_ANSWER, LINE_ANSWER, LINE_ANSWER, LINE_ANSWER, LINE_EXCEPTION, LINE_TIMEOUT, LINE_CRC, LINE_GONE,
	};
	struct scripted *s = ctx;
	uint8_t control = rd_u8(&s->input);
	struct line_answer a = { .result = results[control & 7], .sent = s->now };
	must(count >= 1 && count <= 125);
	s->now = mono_add_ns(s->now, 1000000 + (int64_t)(control >> 3) * 20000000);
	if (a.result == LINE_EXCEPTION)
		a.exception = rd_u8(&s->input);
	if (a.result != LINE_ANSWER)
		return a;
	/* 0: every word its own; else the same word again and again, which makes long sessions out of short inputs. */
	uint16_t word = control & 7 ? rd_u16(&s->input) : 0;
	for (int i = 0; i < count; i++)
		words[i] = control & 7 ? word : rd_u16(&s->input);
	return a;
}

static const struct line_ops scripted_ops = { scripted_open, scripted_close, scripted_read, scripted_now, scripted_pause };

static void check_snapshot(void *ctx, const struct snapshot *s)
{
	for (int i = 0; i < PT_COUNT; i++)
		must(s->point[i].quality <= QUALITY_NOT_MANAGED);
	for (int i = 0; i < ST_COUNT; i++) {
		must(s->state[i].quality <= QUALITY_NOT_MANAGED);
		must(s->state[i].value >= 1 && s->state[i].value <= state_table[i].count);
	}
	for (int i = 0; i < BS_COUNT; i++) {
		must(s->bits[i].quality <= QUALITY_NOT_MANAGED);
		must(s->bits[i].value >> bits_table[i].count == 0);
	}
	must(memchr(s->identity.model, 0, sizeof s->identity.model) != NULL);
	must(memchr(s->identity.serial, 0, sizeof s->identity.serial) != NULL);
	must(memchr(s->stats.last_error, 0, sizeof s->stats.last_error) != NULL);
	must(s->link <= LINK_LOST);
}

static void run_session(const uint8_t *data, size_t size)
{
	struct scripted script = { .input = rd_over(data, size), .now = { 1000000000 } };
	uint8_t family = rd_u8(&script.input), unit = rd_u8(&script.input);
	struct source_conf conf = {
		.parity = 'N', .slave = 1, .timeout_ms = 500, .retries = unit >> 6, .unit_number = unit & 15,
		.measurement_interval_ms = unit & 16 ? 100 : 0,
	};
	strcpy(conf.link, unit & 32 ? "tcp:192.0.2.1" : "/dev/ttyS0");
	int families = family_builtin_count();
	strcpy(conf.family, family % (families + 1) < families ? family_builtin(family % (families + 1))->id : "auto");
	struct log log = { .fd = -1 };
	struct line line = { &scripted_ops, &script };
	struct session *s = session_make(&conf, &line, &log, check_snapshot, NULL);
	if (!s)
		return;
	while (session_step(s))
		;
	session_free(s);
}

/* ---- octets through libmodbus ---- */

enum { COUNT = 6, REQUESTS_MAX = 3 };

struct answerer {
	int master;
	const uint8_t *octets;
	size_t size;
};

/* Waits for a request and gives these octets back. */
static void *give_answer(void *arg)
{
	struct answerer *a = arg;
	uint8_t request[8];
	size_t got = 0;
	while (got < sizeof request) {
		struct pollfd p = { .fd = a->master, .events = POLLIN };
		if (poll(&p, 1, 200) <= 0)
			return NULL;             /* the line was not silent: no request was made */
		ssize_t n = read(a->master, request + got, sizeof request - got);
		if (n <= 0)
			return NULL;
		got += (size_t)n;
	}
	ssize_t written = write(a->master, a->octets, a->size);
	(void)written;
	return NULL;
}

static void check_answer(const uint8_t *octets, size_t size, const uint16_t *words)
{
	must(size >= 5 + 2 * COUNT);
	must(octets[0] == 1 && octets[1] == 3 && octets[2] == 2 * COUNT);
	for (int i = 0; i < COUNT; i++)
		must(words[i] == (octets[3 + 2 * i] << 8 | octets[4 + 2 * i]));
}

static void run_octets(const uint8_t *data, size_t size)
{
	int master, slave;
	char path[64], why[128];
	struct termios raw;
	if (openpty(&master, &slave, path, NULL, NULL) != 0)
		return;
	tcgetattr(slave, &raw);
	cfmakeraw(&raw);
	tcsetattr(slave, TCSANOW, &raw);
	struct line_address address = { .tcp = false };
	strcpy(address.host, path);
	struct line_modbus *m = line_modbus_make(&address, 'N', 3);
	must(m && line_modbus_open(m, 115200, why, sizeof why));

	struct rd input = rd_over(data, size);
	for (int n = 0; n < REQUESTS_MAX && rd_left(&input) > 1; n++) {
		size_t length = rd_u8(&input);
		struct answerer a = { .master = master, .size = length < rd_left(&input) ? length : rd_left(&input) };
		a.octets = rd_take(&input, a.size);
		pthread_t thread;
		must(pthread_create(&thread, NULL, give_answer, &a) == 0);
		uint16_t words[COUNT];
		struct line_answer answer = line_modbus_read(m, &(struct line_question){ 1, 3, 0x1020, COUNT }, words);
		pthread_join(thread, NULL);
		must(answer.result <= LINE_GONE && !answer.unsure);
		if (answer.result == LINE_ANSWER)
			check_answer(a.octets, a.size, words);
	}
	line_modbus_free(m);
	close(slave);
	close(master);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	if (data[0] & 1)
		run_octets(data + 1, size - 1);
	else
		run_session(data + 1, size - 1);
	return 0;
}
