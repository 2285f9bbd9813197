/* What a UPS, or something else on the line, may answer.
 *
 * On virtual time, both: first octet even, a whole session (probing, plan, decoding) on a line whose answers are words, exceptions and
 * failures out of the input; odd, the octets of the input come in on a serial line, and whatever is taken for an answer must be one. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/rd.h"
#include "family/family.h"
#include "field/rtu.h"
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

/* ---- octets on a serial line ---- */

enum { COUNT = 6, REQUESTS_MAX = 3 };

/* What comes in after each request: some octets of the input, then silence. */
struct octets {
	struct rd input;
	struct mono now;
	const uint8_t *came;     /* since the last request */
	int size, taken;
};

static int octets_write(void *ctx, const uint8_t *request, int n)
{
	struct octets *o = ctx;
	size_t size = rd_u8(&o->input);
	o->size = (int)(size < rd_left(&o->input) ? size : rd_left(&o->input));
	o->came = rd_take(&o->input, (size_t)o->size);
	o->taken = 0;
	return n;
}

static int octets_read(void *ctx, uint8_t *to, int size)
{
	struct octets *o = ctx;
	int n = o->size - o->taken;
	n = n < size ? n : size;
	n = n > 40 ? 40 : n;             /* in lumps */
	if (n > 0)
		memcpy(to, o->came + o->taken, (size_t)n);
	o->taken += n;
	return n;
}

static enum rtu_event octets_wait(void *ctx, bool octets, struct mono until)
{
	struct octets *o = ctx;
	if (octets && o->taken < o->size) {
		o->now = mono_add_ns(o->now, 1000000);
		return RTU_CAME;
	}
	if (until.ns > o->now.ns)
		o->now = until;
	return RTU_TIME;
}

static struct mono octets_now(void *ctx)
{
	return ((struct octets *)ctx)->now;
}

static const struct rtu_port octets_port = { octets_write, octets_read, octets_wait, octets_now };

/* Somewhere in what came stands an answer with these words. */
static bool holds_answer(const struct octets *o, const uint16_t *words)
{
	for (int at = 0; at + 5 + 2 * COUNT <= o->size; at++) {
		const uint8_t *frame = o->came + at;
		bool same = frame[0] == 1 && frame[1] == 3 && frame[2] == 2 * COUNT;
		for (int i = 0; same && i < COUNT; i++)
			same = words[i] == (frame[3 + 2 * i] << 8 | frame[4 + 2 * i]);
		if (same)
			return true;
	}
	return false;
}

static void run_octets(const uint8_t *data, size_t size)
{
	struct octets o = { .input = rd_over(data, size), .now = { 1000000000 } };
	struct rtu rtu = { .port = &octets_port, .ctx = &o, .wire = wire_of(115200, 'N'), .timeout_ms = 50 };
	must(frames_open(&rtu.frames));
	for (int n = 0; n < REQUESTS_MAX && rd_left(&o.input) > 1; n++) {
		uint16_t words[COUNT];
		struct line_answer answer = rtu_ask(&rtu, &(struct line_question){ 1, 3, 0x1020, COUNT, { 0 } }, words);
		must(answer.result <= LINE_GONE && !answer.unsure);
		must(answer.result != LINE_ANSWER || holds_answer(&o, words));
	}
	frames_close(&rtu.frames);
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
