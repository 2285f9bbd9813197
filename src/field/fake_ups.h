/* For tests and the fuzzer: a UPS in memory behind a struct line, on virtual time.  Reading takes the time that the wire would need;
 * a pause takes no real time at all. */
#ifndef FIELD_FAKE_UPS_H
#define FIELD_FAKE_UPS_H

#include <stdio.h>
#include <string.h>

#include "field/line.h"
#include "field/wire.h"

enum { FAKE_TABLES = 32, FAKE_LOG = 4096, FAKE_TIMEOUT_MS = 500 };

struct fake_ups {
	struct mono now, end;            /* pause says "stop" from `end` on */
	uint32_t baud;                   /* at which it answers; 0: Modbus TCP */
	char parity;
	uint16_t word[0x10000];
	struct { uint16_t address; uint8_t count; } table[FAKE_TABLES];
	int tables;
	struct { uint16_t address; uint8_t exception; enum line_result result; } fault[8];   /* of one address */
	int faults;
	enum line_result all;            /* LINE_ANSWER: works; anything else is what every request gets */
	uint8_t all_exception;           /* of LINE_EXCEPTION for all; 0: 4 */
	int timeout_ms;                  /* 0: FAKE_TIMEOUT_MS */
	bool unplugged;                  /* opening fails */
	bool echo;                       /* as the line would tell them */
	uint16_t strays;
	struct mono change_at;           /* from then on these words are so; never: they stay */
	struct { uint16_t address, word; } change[2];

	struct mono free_at;             /* the silence after the last frame is over */
	uint32_t open_baud;
	int opens;
	struct { uint16_t address; uint8_t count, function; struct mono at; enum line_result result; } log[FAKE_LOG];
	int logged;
};

static inline struct mono fake_now(void *ctx)
{
	return ((struct fake_ups *)ctx)->now;
}

static inline bool fake_pause(void *ctx, struct mono until)
{
	struct fake_ups *u = ctx;
	if (until.ns > u->now.ns)
		u->now = until.ns < u->end.ns ? until : u->end;
	return u->now.ns < u->end.ns;
}

static inline bool fake_open(void *ctx, uint32_t baud, char *why, int size)
{
	struct fake_ups *u = ctx;
	u->open_baud = baud;
	u->opens++;
	if (u->unplugged)
		snprintf(why, (size_t)size, "no such device");
	return !u->unplugged;
}

static inline void fake_close(void *ctx)
{
}

/* Refuses what does not lie inside one table. */
static inline bool fake_has(const struct fake_ups *u, uint16_t address, int count)
{
	for (int i = 0; i < u->tables; i++)
		if (address >= u->table[i].address && address + count <= u->table[i].address + u->table[i].count)
			return true;
	return false;
}

static inline struct line_answer fake_result(struct fake_ups *u, uint16_t address, uint8_t count)
{
	if (u->unplugged)
		return (struct line_answer){ .result = LINE_GONE };
	if (u->open_baud != u->baud)
		return (struct line_answer){ .result = LINE_TIMEOUT };
	for (int i = 0; i < u->faults; i++)
		if (u->fault[i].address == address)
			return (struct line_answer){ .result = u->fault[i].result, .exception = u->fault[i].exception };
	if (u->all != LINE_ANSWER)
		return (struct line_answer){ .result = u->all, .exception = u->all_exception ? u->all_exception : 4 };
	if (!fake_has(u, address, count))
		return (struct line_answer){ .result = LINE_EXCEPTION, .exception = LINE_EXCEPTION_ADDRESS };
	return (struct line_answer){ .result = LINE_ANSWER };
}

static inline struct line_answer fake_read(void *ctx, const struct line_question *q, uint16_t *words)
{
	uint16_t address = q->address;
	uint8_t count = q->count;
	struct fake_ups *u = ctx;
	struct wire wire = wire_of(u->baud, u->parity ? u->parity : 'N');
	struct line_answer a = fake_result(u, address, count);
	if (u->now.ns < u->free_at.ns)
		u->now = u->free_at;
	a.sent = u->now;
	a.echo = u->echo;
	a.strays = u->strays;
	if (mono_is_set(u->change_at) && u->change_at.ns <= u->now.ns)
		for (int i = 0; i < 2; i++)
			u->word[u->change[i].address] = u->change[i].word;
	if (u->logged < FAKE_LOG) {
		u->log[u->logged].address = address;
		u->log[u->logged].count = count;
		u->log[u->logged].function = q->function;
		u->log[u->logged].at = u->now;
		u->log[u->logged].result = a.result;
	}
	u->logged++;
	int64_t ns = 1000;
	if (a.result == LINE_ANSWER || a.result == LINE_CRC || a.result == LINE_BAD)
		ns += wire_read_ns(&wire, line_octets(q) + line_written_octets(q));
	else if (a.result == LINE_EXCEPTION)
		ns += wire_read_ns(&wire, 0);
	else if (a.result == LINE_TIMEOUT)
		ns += (u->timeout_ms ? u->timeout_ms : FAKE_TIMEOUT_MS) * INT64_C(1000000);
	u->free_at = mono_add_ns(u->now, ns);
	u->now = mono_add_ns(u->free_at, -wire.silence_ns);
	if (a.result == LINE_ANSWER && q->function == LINE_WRITE)
		memcpy(&u->word[address], q->word, count * sizeof u->word[0]);
	else if (a.result == LINE_ANSWER)
		memcpy(words, &u->word[address], count * sizeof words[0]);
	return a;
}

static const struct line_ops fake_ops = { fake_open, fake_close, fake_read, fake_now, fake_pause };

static inline void fake_table(struct fake_ups *u, uint16_t address, uint8_t count)
{
	u->table[u->tables].address = address;
	u->table[u->tables++].count = count;
}

static inline void fake_fault(struct fake_ups *u, uint16_t address, enum line_result result, uint8_t exception)
{
	u->fault[u->faults].address = address;
	u->fault[u->faults].result = result;
	u->fault[u->faults++].exception = exception;
}

#endif
