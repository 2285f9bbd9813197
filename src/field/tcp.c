#include "field/tcp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <unistd.h>

#include "field/frames.h"
#include "field/stop.h"

struct tcp {
	char host[96], port[6];
	uint32_t timeout_ms;
	int stop_fd;
	modbus_t *ctx;           /* NULL: closed */
	bool dirty;              /* the last request failed: what comes in belongs to nobody */
};

static void tcp_close(void *ctx)
{
	struct tcp *t = ctx;
	if (!t->ctx)
		return;
	modbus_close(t->ctx);
	modbus_free(t->ctx);
	t->ctx = NULL;
}

static bool refuse(struct tcp *t, char *why, int size, const char *reason)
{
	snprintf(why, (size_t)size, "%s: %s", t->host, reason);
	tcp_close(t);
	return false;
}

static bool tcp_open(void *ctx, uint32_t baud, char *why, int size)
{
	struct tcp *t = ctx;
	t->dirty = true;
	if (t->ctx)
		return true;
	t->ctx = modbus_new_tcp_pi(t->host, t->port);
	if (!t->ctx)
		return refuse(t, why, size, modbus_strerror(errno));
	modbus_set_error_recovery(t->ctx, MODBUS_ERROR_RECOVERY_NONE);
	modbus_set_byte_timeout(t->ctx, 0, 0);           /* the response timeout bounds the whole answer */
	modbus_set_response_timeout(t->ctx, t->timeout_ms / 1000, t->timeout_ms % 1000 * 1000);
	if (modbus_connect(t->ctx) != 0)
		return refuse(t, why, size, modbus_strerror(errno));
	if (modbus_get_socket(t->ctx) >= FD_SETSIZE)     /* libmodbus uses select() without looking */
		return refuse(t, why, size, "too many open files for libmodbus");
	return true;
}

/* Throws away what has come in.  False when the other side has gone. */
static bool discard(const struct tcp *t)
{
	uint8_t octets[256];
	for (int turn = 0; turn < 16; turn++) {
		ssize_t n = read(modbus_get_socket(t->ctx), octets, sizeof octets);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		if (n < (ssize_t)sizeof octets)
			return n > 0;
	}
	return true;
}

static bool is_ready(struct tcp *t)
{
	int waiting = 0;
	bool look = t->dirty || ioctl(modbus_get_socket(t->ctx), FIONREAD, &waiting) != 0 || waiting > 0;
	return !look || discard(t);
}

/* ---- unit identifiers 248 to 254 ---- */

/* The octets of an answer's header: six of the connection, the unit identifier, the function; then the count of octets. */
enum { HEADER = 8 };

static bool is_reserved(uint8_t slave)
{
	return slave > 247 && slave < MODBUS_TCP_SLAVE;
}

static struct line_answer take_raw(const struct line_question *q, const uint8_t *answer, int n, uint16_t *words)
{
	const uint8_t *data = answer + HEADER + 1;
	if (n == HEADER + 1 && answer[HEADER - 1] == (q->function | 0x80)) {
		uint8_t code = answer[HEADER];
		bool nobody = code == LINE_EXCEPTION_NO_PATH || code == LINE_EXCEPTION_NO_TARGET;
		return (struct line_answer){ .result = nobody ? LINE_NOBODY : LINE_EXCEPTION, .exception = code };
	}
	if (q->function == LINE_WRITE) {         /* address and count come back as they went */
		bool ours = n == HEADER + 4 && answer[HEADER - 1] == q->function && data[-1] == q->address >> 8 && data[0] == (q->address & 0xFF) &&
			data[1] == 0 && data[2] == q->count;
		return (struct line_answer){ .result = ours ? LINE_ANSWER : LINE_BAD };
	}
	if (n != HEADER + 1 + line_octets(q) || answer[HEADER - 1] != q->function || answer[HEADER] != line_octets(q))
		return (struct line_answer){ .result = LINE_BAD };
	for (int i = 0; i < q->count; i++)
		words[i] = q->function <= 2 ? data[i / 8] >> i % 8 & 1 : (uint16_t)(data[2 * i] << 8 | data[2 * i + 1]);
	return (struct line_answer){ .result = LINE_ANSWER };
}

/* libmodbus refuses these identifiers, which Modbus reserves and some gateways use, but frames a request of our own for them.  All of
 * those have the transaction number 0, so after a failure the connection must go: an answer may still come on it. */
static struct line_answer ask_raw(modbus_t *ctx, const struct line_question *q, uint16_t *words)
{
	uint8_t request[LINE_RAW_MAX], answer[MODBUS_TCP_MAX_ADU_LENGTH];
	int length = line_raw(q, request);
	if (modbus_send_raw_request(ctx, request, length) < 0)
		return (struct line_answer){ .result = LINE_GONE };
	int n = modbus_receive_confirmation(ctx, answer);
	if (n < 0)
		return (struct line_answer){ .result = errno == ETIMEDOUT ? LINE_TIMEOUT : LINE_GONE };
	return take_raw(q, answer, n, words);
}

/* ---- the line ---- */

static struct line_answer ask(struct tcp *t, const struct line_question *q, uint16_t *words)
{
	char why[160];
	if (!is_reserved(q->slave))
		return frames_ask(t->ctx, q, words);
	struct line_answer a = ask_raw(t->ctx, q, words);
	if (a.result == LINE_TIMEOUT || a.result == LINE_BAD) {
		tcp_close(t);
		tcp_open(t, 0, why, sizeof why); /* without success the next question finds it gone */
	}
	return a;
}

static struct line_answer tcp_read(void *ctx, const struct line_question *q, uint16_t *words)
{
	struct tcp *t = ctx;
	struct mono sent = mono_now();
	struct line_answer a = { .result = LINE_GONE };
	if (t->ctx && is_ready(t))
		a = ask(t, q, words);
	t->dirty = a.result == LINE_TIMEOUT || a.result == LINE_BAD;
	if (a.result == LINE_GONE)
		tcp_close(t);
	a.sent = sent;
	return a;
}

static struct mono tcp_now(void *ctx)
{
	return mono_now();
}

static bool tcp_pause(void *ctx, struct mono until)
{
	struct tcp *t = ctx;
	short ready;
	return stop_wait(t->stop_fd, -1, until, &ready);
}

const struct line_ops tcp_ops = { tcp_open, tcp_close, tcp_read, tcp_now, tcp_pause };

struct tcp *tcp_make(const char *host, const char *port, uint32_t timeout_ms, int stop_fd)
{
	struct tcp *t = calloc(1, sizeof *t);
	if (!t)
		return NULL;
	snprintf(t->host, sizeof t->host, "%s", host);
	snprintf(t->port, sizeof t->port, "%s", port);
	t->timeout_ms = timeout_ms;
	t->stop_fd = stop_fd;
	return t;
}

void tcp_free(struct tcp *t)
{
	if (!t)
		return;
	tcp_close(t);
	free(t);
}
