#include "control/client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control/address.h"
#include "control/talk.h"

struct control_client {
	int fd, timeout_ms;
	struct talk talk;
	char path[CONTROL_PATH_MAX + 1];
};

struct control_client *control_client_open(const char *path, int timeout_ms, struct err_at *why)
{
	struct sockaddr_un address;
	if (!control_address(&address, path, why))
		return NULL;
	struct control_client *c = calloc(1, sizeof *c);
	if (!c) {
		err_set(why, path, 0, "no memory");
		return NULL;
	}
	strcpy(c->path, path);
	c->timeout_ms = timeout_ms;
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct timeval limit = { .tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000 };
	if (c->fd >= 0)
		(void)setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
	if (c->fd >= 0 && connect(c->fd, (const struct sockaddr *)&address, sizeof address) == 0)
		return c;
	control_not_reached(path, errno, why);
	control_client_close(c);
	return NULL;
}

void control_client_close(struct control_client *c)
{
	if (!c)
		return;
	if (c->fd >= 0)
		close(c->fd);
	talk_free(&c->talk);
	free(c);
}

static bool send_line(struct control_client *c, const char *text, struct err_at *why)
{
	size_t left = strlen(text);
	while (left) {
		ssize_t n = send(c->fd, text, left, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(why, c->path, 0, "the request cannot be sent: %s", strerror(errno));
		text += n;
		left -= (size_t)n;
	}
	return true;
}

/* More octets.  False with *why; an empty text when nothing came in time. */
static bool fill(struct control_client *c, int timeout_ms, struct err_at *why)
{
	size_t room;
	char *to = frame_room(&c->talk.in, TALK_LINE_MAX, &room);
	if (!to)
		return err_set(why, c->path, 0, "the answer is too large");
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	int ready = poll(&p, 1, timeout_ms);
	if (ready == 0 || (ready < 0 && errno == EINTR))
		return err_set(why, c->path, 0, "%s", "");
	ssize_t n = ready < 0 ? -1 : recv(c->fd, to, room, 0);
	if (n < 0)
		return err_set(why, c->path, 0, "%s", strerror(errno));
	if (n == 0)
		return err_set(why, c->path, 0, "bacnet-upsd has closed the connection");
	frame_came(&c->talk.in, (size_t)n);
	return true;
}

/* False with *why; an empty text when nothing came in time. */
static bool hear(struct control_client *c, int timeout_ms, struct talk_heard *heard, struct err_at *why)
{
	while ((*heard = talk_hear(&c->talk)).kind == TALK_NOTHING)
		if (!fill(c, timeout_ms, why))
			return false;
	if (heard->kind == TALK_CLOSED)
		return err_set(why, c->path, 0, "bacnet-upsd has closed the connection: %s", heard->text);
	if (heard->kind == TALK_BROKEN)
		return err_set(why, c->path, 0, "%s", heard->text);
	return true;
}

json_t *control_client_call(struct control_client *c, const char *method, json_t *params, struct err_at *why)
{
	struct talk_heard h;
	char *line = talk_request(&c->talk, method, params);
	bool ok = line ? send_line(c, line, why) : err_set(why, c->path, 0, "the request cannot be written as JSON");
	free(line);
	while (ok && (ok = hear(c, c->timeout_ms, &h, why))) {
		if (h.kind == TALK_ERROR && (h.id == c->talk.id || h.id == 0)) {
			err_set(why, c->path, 0, "%s: %s", method, h.text);
			return NULL;
		}
		if (h.kind == TALK_RESULT && h.id == c->talk.id)
			return h.value;
		json_decref(h.value);            /* an update in between */
	}
	if (!why->text[0])
		err_set(why, c->path, 0, "bacnet-upsd did not answer within %d ms", c->timeout_ms);
	return NULL;
}

json_t *control_client_update(struct control_client *c, int timeout_ms, struct err_at *why)
{
	struct talk_heard h;
	while (hear(c, timeout_ms, &h, why)) {
		if (h.kind == TALK_UPDATE)
			return h.value;
		json_decref(h.value);
	}
	return NULL;
}
