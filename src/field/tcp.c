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

static struct line_answer tcp_read(void *ctx, const struct line_question *q, uint16_t *words)
{
	struct tcp *t = ctx;
	struct mono sent = mono_now();
	struct line_answer a = { .result = LINE_GONE };
	if (t->ctx && is_ready(t))
		a = frames_ask(t->ctx, q, words);
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
