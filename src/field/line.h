/* One Modbus link as the rest of the field side sees it: five functions, so that the same session runs on libmodbus
 * (line_modbus.h), in tests on words out of a table and on virtual time, and in the fuzzer on arbitrary octets.
 *
 * A line belongs to one thread.  Every function may block, none for longer than one Modbus timeout. */
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
	LINE_GONE,               /* the device or the connection is not there any more; it has been closed */
};

const char *line_result_text(enum line_result);

enum { LINE_EXCEPTION_ADDRESS = 2, LINE_EXCEPTION_ACKNOWLEDGE = 5, LINE_EXCEPTION_BUSY = 6 };

struct line_answer {
	enum line_result result;
	uint8_t exception;       /* Modbus exception code */
	bool unsure;             /* an exception that may answer an earlier question; set by the session, never by a line */
	struct mono sent;        /* when the request went out */
};

struct line_ops {
	/* Opens at a speed (0 on TCP); opening what is open at this speed only throws away what has come in.  False with the reason. */
	bool (*open)(void *ctx, uint32_t baud, char *why, int size);
	void (*close)(void *ctx);
	/* Reads 1..125 words, function 3.  `words` is written only by LINE_ANSWER. */
	struct line_answer (*read)(void *ctx, uint16_t address, uint8_t count, uint16_t *words);
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

static inline struct line_answer line_read(const struct line *l, uint16_t address, uint8_t count, uint16_t *words)
{
	return l->ops->read(l->ctx, address, count, words);
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
