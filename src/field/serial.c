#include "field/serial.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/serial.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "field/rtu.h"
#include "field/stop.h"

struct serial {
	char path[96];
	char parity;
	int stop_fd;
	uint32_t baud;
	modbus_t *device;        /* opens, sets and closes it; NULL: closed */
	int lock;                /* a descriptor of its own, so that the line is ours before anything is set */
	int fd;
	struct rtu rtu;
};

/* ---- the port ---- */

static int port_write(void *ctx, const uint8_t *octets, int n)
{
	struct serial *s = ctx;
	ssize_t written = write(s->fd, octets, (size_t)n);
	return written < 0 ? errno == EAGAIN || errno == EINTR ? 0 : -1 : (int)written;
}

/* Nothing to read is 0 for a raw device.  One that has gone gives 0 for ever, too; but then poll() says so. */
static int port_read(void *ctx, uint8_t *octets, int size)
{
	struct serial *s = ctx;
	ssize_t n = read(s->fd, octets, (size_t)size);
	return n < 0 ? errno == EAGAIN || errno == EINTR ? 0 : -1 : (int)n;
}

static enum rtu_event port_wait(void *ctx, bool octets, struct mono until)
{
	struct serial *s = ctx;
	short ready = 0;
	if (!stop_wait(s->stop_fd, octets ? s->fd : -1, until, &ready))
		return RTU_STOP;
	return ready & (POLLHUP | POLLERR | POLLNVAL) ? RTU_GONE : ready ? RTU_CAME : RTU_TIME;
}

static struct mono port_now(void *ctx)
{
	return mono_now();
}

static const struct rtu_port serial_port = { port_write, port_read, port_wait, port_now };

/* ---- opening it ---- */

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

static void serial_close(void *ctx)
{
	struct serial *s = ctx;
	if (s->device && s->fd >= 0) {
		ioctl(s->fd, TIOCNXCL);
		modbus_close(s->device);
	}
	modbus_free(s->device);
	if (s->lock >= 0)
		close(s->lock);
	s->device = NULL;
	s->fd = s->lock = -1;
}

static bool refuse(struct serial *s, char *why, int size, const char *reason)
{
	snprintf(why, (size_t)size, "%s: %s", s->path, reason);
	serial_close(s);
	return false;
}

/* With what mends it, for somebody who has only just plugged it in. */
static const char *reason_of(int error)
{
	switch (error) {
	case EBUSY:
	case EWOULDBLOCK: return "in use by another program";
	case EACCES:      return "Permission denied (group dialout?); bacnet-ups check says more";
	case ENOENT:      return "No such file or directory; is the adapter plugged in?";
	default:          return modbus_strerror(error);
	}
}

static bool serial_open(void *ctx, uint32_t baud, char *why, int size)
{
	struct serial *s = ctx;
	s->rtu.dirty = true;
	if (s->device && s->baud == baud)
		return true;
	serial_close(s);
	if (!speed_is_known(baud))
		return refuse(s, why, size, "this speed is not supported");
	s->lock = open(s->path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (s->lock < 0 || flock(s->lock, LOCK_EX | LOCK_NB) != 0)
		return refuse(s, why, size, reason_of(errno));
	s->device = modbus_new_rtu(s->path, (int)baud, s->parity, 8, 1);
	if (!s->device || modbus_connect(s->device) != 0)
		return refuse(s, why, size, reason_of(errno));
	s->fd = modbus_get_socket(s->device);
	ioctl(s->fd, TIOCEXCL);
	ask_for_low_latency(s->fd);
	s->baud = baud;
	s->rtu.wire = wire_of(baud, s->parity);
	return true;
}

/* ---- the line ---- */

static struct line_answer serial_read(void *ctx, const struct line_question *q, uint16_t *words)
{
	struct serial *s = ctx;
	if (!s->device)
		return (struct line_answer){ .result = LINE_GONE, .sent = mono_now() };
	struct line_answer a = rtu_ask(&s->rtu, q, words);
	if (a.result == LINE_GONE)
		serial_close(s);
	return a;
}

static bool serial_pause(void *ctx, struct mono until)
{
	struct serial *s = ctx;
	short ready;
	return stop_wait(s->stop_fd, -1, until, &ready);
}

const struct line_ops serial_ops = { serial_open, serial_close, serial_read, port_now, serial_pause };

struct serial *serial_make(const char *path, char parity, uint32_t timeout_ms, int stop_fd)
{
	struct serial *s = calloc(1, sizeof *s);
	if (!s)
		return NULL;
	snprintf(s->path, sizeof s->path, "%s", path);
	s->parity = parity;
	s->stop_fd = stop_fd;
	s->lock = s->fd = -1;
	s->rtu.port = &serial_port;
	s->rtu.ctx = s;
	s->rtu.timeout_ms = timeout_ms;
	if (!frames_open(&s->rtu.frames)) {
		free(s);
		return NULL;
	}
	return s;
}

void serial_free(struct serial *s)
{
	if (!s)
		return;
	serial_close(s);
	frames_close(&s->rtu.frames);
	free(s);
}
