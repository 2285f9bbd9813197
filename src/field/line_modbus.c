#include "field/line_modbus.h"

#include <errno.h>
#include <linux/serial.h>
#include <modbus/modbus.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <unistd.h>

#include "field/wire.h"

/* How long the line must have been quiet before we believe that nobody is in the middle of a frame.  Used after errors only.  Longer
 * than 3.5 characters, because USB adapters hand octets over in lumps, by default 16 ms apart. */
enum { QUIET_MS = 30 };

struct line_modbus {
	struct line_address address;
	char parity;
	uint32_t timeout_ms;
	modbus_t *ctx;           /* NULL: closed */
	uint32_t baud;
	struct wire wire;
	struct mono free_at;     /* the silence after the last frame is over */
	bool dirty;              /* the last request failed: what comes in belongs to nobody */
};

struct line_modbus *line_modbus_make(const struct line_address *address, char parity, uint32_t timeout_ms)
{
	struct line_modbus *m = calloc(1, sizeof *m);
	if (!m)
		return NULL;
	m->address = *address;
	m->parity = parity;
	m->timeout_ms = timeout_ms;
	return m;
}

void line_modbus_free(struct line_modbus *m)
{
	if (!m)
		return;
	line_modbus_close(m);
	free(m);
}

void line_modbus_close(void *ctx)
{
	struct line_modbus *m = ctx;
	if (!m->ctx)
		return;
	modbus_close(m->ctx);
	modbus_free(m->ctx);
	m->ctx = NULL;
}

/* libmodbus would quietly take 9600 for a speed that it does not know. */
static bool speed_is_known(uint32_t baud)
{
	static const uint32_t known[] = { 300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400 };
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (known[i] == baud)
			return true;
	return false;
}

/* Asks the driver not to collect octets before it hands them over.  Many devices do not know it, and work all the same. */
static void ask_for_low_latency(int fd)
{
	struct serial_struct serial;
	if (ioctl(fd, TIOCGSERIAL, &serial) != 0)
		return;
	serial.flags = (int)((unsigned)serial.flags | ASYNC_LOW_LATENCY);
	int ignored = ioctl(fd, TIOCSSERIAL, &serial);
	(void)ignored;
}

static void set_timeout(const struct line_modbus *m, int64_t ns)
{
	int64_t us = m->timeout_ms * INT64_C(1000) + ns / 1000;
	modbus_set_response_timeout(m->ctx, (uint32_t)(us / 1000000), (uint32_t)(us % 1000000));
}

static bool refuse(struct line_modbus *m, char *why, int size, const char *reason)
{
	snprintf(why, (size_t)size, "%s: %s", m->address.host, reason);
	line_modbus_close(m);
	return false;
}

/* Throws away what has come in.  False when the other side has gone. */
static bool discard(const struct line_modbus *m)
{
	uint8_t octets[256];
	for (int turn = 0; turn < 16; turn++) {
		ssize_t n = read(modbus_get_socket(m->ctx), octets, sizeof octets);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		if (n == 0)
			return !m->address.tcp;          /* a serial device with nothing to give; a closed connection */
		if (n < (ssize_t)sizeof octets)
			return true;
	}
	return true;
}

bool line_modbus_open(void *ctx, uint32_t baud, char *why, int size)
{
	struct line_modbus *m = ctx;
	if (m->ctx && m->baud == baud) {
		m->dirty = true;
		return true;
	}
	line_modbus_close(m);
	if (m->address.tcp)
		m->ctx = modbus_new_tcp_pi(m->address.host, m->address.port);
	else if (speed_is_known(baud))
		m->ctx = modbus_new_rtu(m->address.host, (int)baud, m->parity, 8, 1);
	else
		errno = EINVAL;
	if (!m->ctx)
		return refuse(m, why, size, errno == EINVAL ? "this speed is not supported" : modbus_strerror(errno));

	modbus_set_error_recovery(m->ctx, MODBUS_ERROR_RECOVERY_NONE);
	modbus_set_byte_timeout(m->ctx, 0, 0);           /* the response timeout bounds the whole answer */
	set_timeout(m, 0);
	if (modbus_connect(m->ctx) != 0)
		return refuse(m, why, size, modbus_strerror(errno));
	int fd = modbus_get_socket(m->ctx);
	if (fd >= FD_SETSIZE)                            /* libmodbus uses select() without looking */
		return refuse(m, why, size, "too many open files for libmodbus");
	if (!m->address.tcp)
		ask_for_low_latency(fd);
	m->baud = baud;
	m->wire = wire_of(m->address.tcp ? 0 : baud, m->parity);
	m->dirty = true;
	return true;
}

enum quiet { QUIET, NEVER_QUIET, QUIET_GONE };

/* Waits until nothing has come in for a while.  At most one timeout, because a line full of noise is never quiet. */
static enum quiet wait_for_quiet(struct line_modbus *m)
{
	struct mono give_up = mono_add_ms(mono_now(), m->timeout_ms);
	struct pollfd p = { .fd = modbus_get_socket(m->ctx), .events = POLLIN };
	for (;;) {
		int n = poll(&p, 1, QUIET_MS);
		if (n == 0)
			return QUIET;
		if (n > 0 && (p.revents & (POLLHUP | POLLERR | POLLNVAL)))
			return QUIET_GONE;
		if (n > 0 && !discard(m))
			return QUIET_GONE;
		if (mono_now().ns > give_up.ns)
			return NEVER_QUIET;
	}
}

/* Everything that must be true of the line before a request may go out. */
static enum quiet wait_for_turn(struct line_modbus *m)
{
	if (m->address.tcp) {            /* the transaction number tells answers apart: no need to wait */
		int waiting = 0;
		bool look = m->dirty || ioctl(modbus_get_socket(m->ctx), FIONREAD, &waiting) != 0 || waiting > 0;
		m->dirty = false;
		return look && !discard(m) ? QUIET_GONE : QUIET;
	}
	mono_sleep_until(m->free_at);
	int waiting = 0;
	if (ioctl(modbus_get_socket(m->ctx), FIONREAD, &waiting) != 0)
		return QUIET_GONE;
	if (!waiting && !m->dirty)
		return QUIET;
	return wait_for_quiet(m);
}

static struct line_answer classify(struct line_modbus *m, struct line_answer a, int error)
{
	if (error > MODBUS_ENOBASE && error <= EMBXGTAR) {
		a.exception = (uint8_t)(error - MODBUS_ENOBASE);
		a.result = a.exception >= LINE_EXCEPTION_NO_PATH ? LINE_NOBODY : LINE_EXCEPTION;
		return a;
	}
	switch (error) {
	case EMBBADCRC:
		a.result = LINE_CRC;
		break;
	case ETIMEDOUT:
	case EAGAIN:                     /* the request does not leave: nobody takes octets at the other end */
		a.result = LINE_TIMEOUT;
		break;
	case EMBBADDATA:
	case EMBBADEXC:
	case EMBMDATA:
	case EMBBADSLAVE:
	case MODBUS_ENOBASE:
		a.result = LINE_BAD;
		break;
	default:
		a.result = LINE_GONE;
		line_modbus_close(m);
		return a;
	}
	m->dirty = true;
	return a;
}

static int read_bits(modbus_t *ctx, const struct line_question *q, uint16_t *words)
{
	uint8_t bits[MODBUS_MAX_READ_BITS];
	int n = q->function == 1 ? modbus_read_bits(ctx, q->address, q->count, bits) :
		modbus_read_input_bits(ctx, q->address, q->count, bits);
	for (int i = 0; i < n; i++)
		words[i] = bits[i];
	return n;
}

static int read_words(modbus_t *ctx, const struct line_question *q, uint16_t *words)
{
	if (q->function <= 2)
		return read_bits(ctx, q, words);
	return q->function == 4 ? modbus_read_input_registers(ctx, q->address, q->count, words) :
		modbus_read_registers(ctx, q->address, q->count, words);
}

struct line_answer line_modbus_read(void *ctx, const struct line_question *q, uint16_t *words)
{
	struct line_modbus *m = ctx;
	if (!m->ctx)
		return (struct line_answer){ .result = LINE_GONE, .sent = mono_now() };
	enum quiet quiet = wait_for_turn(m);
	struct line_answer a = { .sent = mono_now() };
	if (quiet != QUIET) {
		a.result = quiet == QUIET_GONE ? LINE_GONE : LINE_BAD;
		if (a.result == LINE_GONE)
			line_modbus_close(m);
		return a;
	}
	m->dirty = false;

	uint16_t answer[MODBUS_MAX_READ_REGISTERS];
	set_timeout(m, wire_read_ns(&m->wire, line_octets(q)) * 5 / 4);
	modbus_set_slave(m->ctx, q->slave);
	int n = read_words(m->ctx, q, answer);
	int error = errno;
	m->free_at = mono_add_ns(mono_now(), m->wire.silence_ns);
	if (n != q->count)
		return classify(m, a, n < 0 ? error : EMBBADDATA);
	memcpy(words, answer, q->count * sizeof words[0]);
	return a;
}
