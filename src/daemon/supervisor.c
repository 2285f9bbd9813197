#include "daemon/supervisor.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void tell(const struct supervisor *s, const char *text)
{
	if (s->fd >= 0)
		sendto(s->fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&s->to, s->to_size);
}

static bool address_of(struct supervisor *s, const char *socket_name)
{
	size_t n = socket_name ? strlen(socket_name) : 0;
	if (n < 2 || n >= sizeof s->to.sun_path || (socket_name[0] != '/' && socket_name[0] != '@'))
		return false;
	s->to.sun_family = AF_UNIX;
	memcpy(s->to.sun_path, socket_name, n);
	if (socket_name[0] == '@')
		s->to.sun_path[0] = '\0';
	s->to_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	return true;
}

/* How often the watchdog wants to be fed; 0: there is none, or it is somebody else's. */
static int64_t feed_interval_ms(const struct supervisor_conf *c)
{
	char *end;
	if (!c->watchdog_usec || (c->watchdog_pid && strtoll(c->watchdog_pid, NULL, 10) != getpid()))
		return 0;
	errno = 0;
	int64_t usec = strtoll(c->watchdog_usec, &end, 10);
	if (errno || *end || end == c->watchdog_usec || usec < 3000)
		return 0;
	return usec / 3000;
}

static void feed(struct ev_timer *t)
{
	struct supervisor *s = OWNER(t, struct supervisor, feed);
	if (!s->alive || s->alive(s->ctx))
		tell(s, "WATCHDOG=1");
	ev_after(s->loop, &s->feed, s->feed_ms);
}

void supervisor_init(struct supervisor *s, struct ev_loop *loop, const struct supervisor_conf *c)
{
	*s = (struct supervisor){ .loop = loop, .fd = -1, .alive = c->alive, .ctx = c->ctx };
	ev_timer_init(&s->feed, feed);
	if (!address_of(s, c->socket))
		return;
	s->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	s->feed_ms = feed_interval_ms(c);
}

void supervisor_close(struct supervisor *s)
{
	ev_cancel(&s->feed);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

void supervisor_ready(struct supervisor *s)
{
	tell(s, "READY=1");
	if (s->fd >= 0 && s->feed_ms > 0 && !ev_pending(&s->feed))
		ev_after(s->loop, &s->feed, 0);
}

void supervisor_reloading(struct supervisor *s)
{
	char text[64];
	snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, ev_clock(s->loop).ns / 1000);
	tell(s, text);
}

void supervisor_stopping(struct supervisor *s)
{
	tell(s, "STOPPING=1");
}

void supervisor_status(struct supervisor *s, const char *words)
{
	char line[SUPERVISOR_STATUS_MAX], text[SUPERVISOR_STATUS_MAX + 8];
	if (s->fd < 0)
		return;
	snprintf(line, sizeof line, "%s", words);
	for (char *c = line; *c; c++)
		if (*c == '\n')
			*c = ' ';                    /* it would end the line, and the rest would be an instruction */
	if (strcmp(line, s->status) == 0)
		return;
	memcpy(s->status, line, sizeof line);
	snprintf(text, sizeof text, "STATUS=%s", line);
	tell(s, text);
}
