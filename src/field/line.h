/* One Modbus line as the rest of the field side sees it: five functions, so that the same session runs on a
 * device or a socket (serial.h, tcp.h), in tests on words out of a table and on virtual time, and in the fuzzer on arbitrary octets.
 *
 * A line may carry several slaves: each question names its own.  It belongs to one thread.  Every function may block, none for longer
 * than one Modbus timeout. */
#ifndef FIELD_LINE_H
#define FIELD_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mono.h"

enum line_result {
	LINE_ANSWER,
	LINE_EXCEPTION,          /* the UPS is there and refuses, see line_answer.exception */
	LINE_TIMEOUT,            /* no answer, or one that broke off */
	LINE_CRC,
	LINE_BAD,                /* an answer, but not to this question: slave, function, length; or the line is never silent */
	LINE_NOBODY,             /* a Modbus gateway answers that nobody answers behind it: exceptions 10 and 11 */
	LINE_GONE,               /* the device or the connection is not there any more; it has been closed */
};

const char *line_result_text(enum line_result);

/* Exceptions that say "there is no such thing here"; all others say "not now". */
static inline bool line_is_for_good(uint8_t exception)
{
	return exception >= 1 && exception <= 3;
}

enum { LINE_EXCEPTION_ADDRESS = 2, LINE_EXCEPTION_BUSY = 6, LINE_EXCEPTION_NO_PATH = 10, LINE_EXCEPTION_NO_TARGET = 11 };

enum { LINE_WORDS_MAX = 125, LINE_WRITE_MAX = 4, LINE_WRITE = 16 };

/* Functions 3 (holding registers) and 4 (input registers) read words; 1 (coils) and 2 (discrete inputs) read bits, and each bit
 * arrives as a word of 0 or 1.  Function 16 writes words, and its answer brings none. */
struct line_question {
	uint8_t slave;           /* 1..247, on TCP 0..255 */
	uint8_t function;        /* 1..4, LINE_WRITE */
	uint16_t address;
	uint8_t count;           /* 1..LINE_WORDS_MAX; to be written LINE_WRITE_MAX at most */
	uint16_t word[LINE_WRITE_MAX];   /* to be written */
};

/* How many octets the data of its answer take on the wire, beyond those of the shortest.  To a write they are address and count. */
static inline int line_octets(const struct line_question *q)
{
	if (q->function == LINE_WRITE)
		return 3;
	return q->function <= 2 ? (q->count + 7) / 8 : 2 * q->count;
}

/* How many octets its request is longer than one that reads. */
static inline int line_written_octets(const struct line_question *q)
{
	return q->function == LINE_WRITE ? 1 + 2 * q->count : 0;
}

/* The request without what the line adds: slave, function, address, count, data.  Its length. */
enum { LINE_RAW_MAX = 7 + 2 * LINE_WRITE_MAX };
int line_raw(const struct line_question *, uint8_t raw[LINE_RAW_MAX]);

/* Words of all ones are how a UPS says "not available". */
static inline bool line_all_ones(const struct line_question *q, const uint16_t *words)
{
	for (int i = 0; i < q->count; i++)
		if (words[i] != 0xFFFF)
			return false;
	return true;
}

struct line_answer {
	enum line_result result;
	uint8_t exception;       /* Modbus exception code */
	bool unsure;             /* an exception that may answer an earlier question; set by the session, never by a line */
	bool stopped;            /* not waited for to the end, because the thread shall end */
	bool echo;               /* the line gave our own request back before the answer */
	uint16_t strays;         /* octets that belong to nobody and came before the answer, or since the last one */
	struct mono sent;        /* when the request went out */
};

struct line_ops {
	/* Opens at a speed (0 on TCP); opening what is open at this speed only throws away what has come in.  False with the reason. */
	bool (*open)(void *ctx, uint32_t baud, char *why, int size);
	void (*close)(void *ctx);
	/* `words` is written only by LINE_ANSWER. */
	struct line_answer (*read)(void *ctx, const struct line_question *, uint16_t *words);
	struct mono (*now)(void *ctx);
	/* Waits; false when the session shall end.  An instant that has passed only asks. */
	bool (*pause)(void *ctx, struct mono until);
};

struct line {
	const struct line_ops *ops;
	void *ctx;
};

static inline bool line_open(const struct line *l, uint32_t baud, char *why, int size)
{
	return l->ops->open(l->ctx, baud, why, size);
}

static inline void line_close(const struct line *l)
{
	l->ops->close(l->ctx);
}

static inline struct line_answer line_read(const struct line *l, const struct line_question *q, uint16_t *words)
{
	return l->ops->read(l->ctx, q, words);
}

static inline struct mono line_now(const struct line *l)
{
	return l->ops->now(l->ctx);
}

static inline bool line_pause(const struct line *l, struct mono until)
{
	return l->ops->pause(l->ctx, until);
}

#endif
