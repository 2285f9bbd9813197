#include "control/client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct control_client {
	int fd, timeout_ms;
	json_int_t id;
	char *buffer;                    /* lines that have not been taken yet */
	size_t used, size;
	char path[sizeof ((struct sockaddr_un *)0)->sun_path];
};

struct control_client *control_client_open(const char *path, int timeout_ms, struct err_at *why)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct control_client *c = calloc(1, sizeof *c);
	if (!c || strlen(path) >= sizeof address.sun_path) {
		err_set(why, path, 0, "%s", c ? "the path of a socket is at most 107 octets long" : "no memory");
		free(c);
		return NULL;
	}
	strcpy(address.sun_path, path);
	strcpy(c->path, path);
	c->timeout_ms = timeout_ms;
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct timeval limit = { .tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000 };
	if (c->fd >= 0)
		(void)setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
	if (c->fd >= 0 && connect(c->fd, (const struct sockaddr *)&address, sizeof address) == 0)
		return c;
	bool absent = errno == ENOENT || errno == ECONNREFUSED;
	err_set(why, path, 0, "%s%s", absent ? "bacnet-upsd does not listen here: " : "", strerror(errno));
	control_client_close(c);
	return NULL;
}

void control_client_close(struct control_client *c)
{
	if (!c)
		return;
	if (c->fd >= 0)
		close(c->fd);
	free(c->buffer);
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

/* More octets into the buffer.  False with *why; an empty text when nothing came in time. */
static bool fill(struct control_client *c, int timeout_ms, struct err_at *why)
{
	if (c->used == c->size) {
		size_t size = c->size ? c->size * 2 : 16384;
		char *buffer = size <= CONTROL_ANSWER_MAX ? realloc(c->buffer, size) : NULL;
		if (!buffer)
			return err_set(why, c->path, 0, "the answer is too large");
		c->buffer = buffer;
		c->size = size;
	}
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	int ready = poll(&p, 1, timeout_ms);
	if (ready == 0 || (ready < 0 && errno == EINTR))
		return err_set(why, c->path, 0, "%s", "");
	ssize_t n = ready < 0 ? -1 : recv(c->fd, c->buffer + c->used, c->size - c->used, 0);
	if (n < 0)
		return err_set(why, c->path, 0, "%s", strerror(errno));
	if (n == 0)
		return err_set(why, c->path, 0, "bacnet-upsd has closed the connection");
	c->used += (size_t)n;
	return true;
}

static json_t *take_message(struct control_client *c, int timeout_ms, struct err_at *why)
{
	char *newline;
	size_t looked = 0;
	while (!(newline = c->used > looked ? memchr(c->buffer + looked, '\n', c->used - looked) : NULL)) {
		looked = c->used;
		if (!fill(c, timeout_ms, why))
			return NULL;
	}
	json_error_t j;
	size_t length = (size_t)(newline - c->buffer);
	json_t *message = json_loadb(c->buffer, length, JSON_REJECT_DUPLICATES, &j);
	c->used -= length + 1;
	memmove(c->buffer, newline + 1, c->used);
	if (!message)
		err_set(why, c->path, 0, "the answer is no JSON: %s", j.text);
	return message;
}

/* What the server says on its own when it lets us go. */
static bool closed(json_t *message, struct control_client *c, struct err_at *why)
{
	const char *method = json_string_value(json_object_get(message, "method"));
	if (!method || strcmp(method, "closed") != 0)
		return false;
	const char *reason = json_string_value(json_object_get(json_object_get(message, "params"), "reason"));
	err_set(why, c->path, 0, "bacnet-upsd has closed the connection: %s", reason ? reason : "no reason given");
	return true;
}

json_t *control_client_call(struct control_client *c, const char *method, json_t *params, struct err_at *why)
{
	json_t *request = json_pack("{s:s, s:I, s:s, s:o*}", "jsonrpc", "2.0", "id", ++c->id, "method", method, "params", params);
	char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;
	json_decref(request);
	bool sent = text && send_line(c, text, why) && send_line(c, "\n", why);
	if (!text)
		err_set(why, c->path, 0, "the request cannot be written as JSON");
	free(text);
	if (!sent)
		return NULL;
	for (;;) {
		json_t *message = take_message(c, c->timeout_ms, why);
		if (!message) {
			if (!why->text[0])
				err_set(why, c->path, 0, "bacnet-upsd did not answer within %d ms", c->timeout_ms);
			return NULL;
		}
		if (closed(message, c, why)) {
			json_decref(message);
			return NULL;
		}
		json_t *error = json_object_get(message, "error"), *id = json_object_get(message, "id");
		if (!id || (!json_is_null(id) && json_integer_value(id) != c->id)) {     /* an update in between */
			json_decref(message);
			continue;
		}
		json_t *result = json_incref(json_object_get(message, "result"));
		const char *reason = json_string_value(json_object_get(error, "message"));
		if (!result)
			err_set(why, c->path, 0, "%s: %s", method, reason ? reason : "the answer is no JSON-RPC");
		json_decref(message);
		return result;
	}
}

json_t *control_client_update(struct control_client *c, int timeout_ms, struct err_at *why)
{
	for (;;) {
		json_t *message = take_message(c, timeout_ms, why);
		if (!message)
			return NULL;
		const char *method = json_string_value(json_object_get(message, "method"));
		bool is_update = method && strcmp(method, "update") == 0;
		json_t *params = is_update ? json_incref(json_object_get(message, "params")) : NULL;
		bool is_end = closed(message, c, why);
		json_decref(message);
		if (params || is_end)
			return params;
	}
}
