#include "control/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { IN_FIRST = 4096, OUT_FIRST = 4096, READ_MAX = 16 * 1024, ACCEPT_AGAIN_MS = 1000 };

struct client {
	struct control *owner;
	int fd;                          /* -1: the place is free */
	struct ev_io *io;
	struct ev_timer linger;
	char *in, *out;
	size_t in_used, in_size;
	size_t out_start, out_used, out_size;    /* out[start .. start + used) waits */
	bool watches;
	bool ending;                     /* sends what is left, takes nothing more */
	bool ended;                      /* the other side has closed its half; what is left in `in` is still answered */
};

struct control {
	struct ev_loop *loop;
	const struct rpc_method *methods;
	void *ctx;
	const struct log *log;
	int fd;
	struct ev_io *io;
	struct ev_timer accept_again;
	struct sockaddr_un address;
	dev_t dev;
	ino_t ino;
	struct control_counters counters;
	struct log_limit limit;
	struct client client[CONTROL_CLIENTS_MAX];
};

static void client_event(void *ctx, int events);

/* ---- one client ---- */

static void client_free(struct client *c)
{
	ev_cancel(&c->linger);
	if (c->io)
		ev_io_stop(c->io);
	close(c->fd);
	free(c->in);
	free(c->out);
	c->in = c->out = NULL;
	c->in_used = c->in_size = c->out_start = c->out_used = c->out_size = 0;
	c->io = NULL;
	c->fd = -1;
	c->watches = c->ending = c->ended = false;
}

static void linger_over(struct ev_timer *t)
{
	client_free(OWNER(t, struct client, linger));
}

/* Room for n more octets behind what waits; the buffer grows by doubling up to `most` and is freed when it is empty. */
static bool out_room(struct client *c, size_t n, size_t most)
{
	if (c->out_start && c->out_start + c->out_used + n > c->out_size) {
		memmove(c->out, c->out + c->out_start, c->out_used);
		c->out_start = 0;
	}
	size_t need = c->out_used + n, size = c->out_size ? c->out_size : OUT_FIRST;
	if (need > most)
		return false;
	while (size < need)
		size *= 2;
	if (size == c->out_size)
		return true;
	char *out = realloc(c->out, size);
	if (!out)
		return false;
	c->out = out;
	c->out_size = size;
	return true;
}

static bool out_put(struct client *c, json_t *message, size_t most)
{
	char *text = message ? json_dumps(message, JSON_COMPACT) : NULL;
	size_t n = text ? strlen(text) : 0;
	bool ok = text && out_room(c, n + 1, most);
	if (ok) {
		memcpy(c->out + c->out_start + c->out_used, text, n);
		c->out[c->out_start + c->out_used + n] = '\n';
		c->out_used += n + 1;
	}
	free(text);
	return ok;
}

/* A whole line that waits is a reason to come back in the next turn, as soon as the client can take an answer. */
static void want(struct client *c)
{
	bool read_more = !c->ending && !c->ended && c->out_used < CONTROL_OUT_BUSY;
	bool line_waits = !c->ending && c->in_used && memchr(c->in, '\n', c->in_used);
	ev_io_events(c->io, (read_more ? EV_READ : 0) | (c->out_used || line_waits ? EV_WRITE : 0));
}

/* False: the client is gone. */
static bool out_send(struct client *c)
{
	while (c->out_used) {
		ssize_t n = send(c->fd, c->out + c->out_start, c->out_used, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return true;
		if (n < 0) {
			client_free(c);
			return false;
		}
		c->out_start += (size_t)n;
		c->out_used -= (size_t)n;
	}
	free(c->out);
	c->out = NULL;
	c->out_start = c->out_size = 0;
	if (c->ending || (c->ended && c->in_used == 0)) {
		client_free(c);
		return false;
	}
	return true;
}

/* Tells the client why and lets it go.  There is room beyond CONTROL_OUT_MAX for just that. */
static void client_drop(struct client *c, const char *reason)
{
	struct control *k = c->owner;
	uint32_t held;
	k->counters.dropped++;
	if (log_limit_pass(&k->limit, ev_now(k->loop), 10000, &held))
		log_warning(k->log, "control: a client is dropped: %s (%u more not logged)", reason, held);
	json_t *params = json_pack("{s:s}", "reason", reason);
	json_t *message = rpc_notification("closed", params);
	out_put(c, message, CONTROL_OUT_MAX + 1024);
	json_decref(message);
	json_decref(params);
	c->ending = true;
	c->watches = false;
	ev_after(k->loop, &c->linger, CONTROL_LINGER_MS);
	if (out_send(c))
		want(c);
}

/* False: the client is gone or going. */
static bool answer_line(struct client *c, const char *line, size_t length)
{
	struct control *k = c->owner;
	struct rpc_outcome outcome;
	k->counters.requests++;
	json_t *answer = rpc_answer(k->methods, k->ctx, line, length, &outcome);
	k->counters.failures += outcome.failed;
	bool fits = !answer || out_put(c, answer, CONTROL_OUT_MAX);
	json_decref(answer);
	c->watches |= outcome.subscribe;
	if (!fits)
		client_drop(c, "an answer is larger than what may wait for a client");
	return fits;
}

/* Answers the lines that have come, as long as the client reads its answers.  False: the client is gone or going. */
static bool answer_lines(struct client *c)
{
	size_t done = 0;
	while (c->out_used < CONTROL_OUT_BUSY) {
		const char *line = c->in + done;
		const char *newline = c->in_used > done ? memchr(line, '\n', c->in_used - done) : NULL;
		size_t length = newline ? (size_t)(newline - line) : c->in_used - done;
		if (!newline && !(c->ended && length))
			break;
		done += length + (newline != NULL);
		if (length && line[length - 1] == '\r')
			length--;
		if (length && !answer_line(c, line, length))
			return false;
	}
	if (done)
		memmove(c->in, c->in + done, c->in_used - done);
	c->in_used -= done;
	return true;
}

static bool in_room(struct client *c)
{
	if (c->in_used < c->in_size)
		return true;
	size_t size = c->in_size ? c->in_size * 2 : IN_FIRST;
	char *in = size <= RPC_LINE_MAX * 2 ? realloc(c->in, size) : NULL;
	if (!in)
		return false;
	c->in = in;
	c->in_size = size;
	return true;
}

/* False: the client is gone or going. */
static bool take_input(struct client *c)
{
	for (size_t taken = 0; taken < READ_MAX && c->out_used < CONTROL_OUT_BUSY; ) {
		if (c->in_used > RPC_LINE_MAX || !in_room(c)) {
			json_t *why = rpc_refusal(RPC_REQUEST, "the line is longer than 65536 octets");
			out_put(c, why, CONTROL_OUT_MAX);
			json_decref(why);
			c->owner->counters.failures++;
			client_drop(c, "a line is too long");
			return false;
		}
		ssize_t n = recv(c->fd, c->in + c->in_used, c->in_size - c->in_used, MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
			client_free(c);
			return false;
		}
		c->ended = n == 0;
		if (n <= 0)
			break;
		c->in_used += (size_t)n;
		taken += (size_t)n;
		if (!answer_lines(c))
			return false;
	}
	return true;
}

static void client_event(void *ctx, int events)
{
	struct client *c = ctx;
	if (c->ending) {
		if (out_send(c))
			want(c);
		return;
	}
	if ((events & EV_READ) && !c->ended && !take_input(c))
		return;
	if (!out_send(c))
		return;
	/* Lines that waited until the answers before them had been read. */
	if (c->in_used && !answer_lines(c))
		return;
	if (c->ended && c->out_used == 0) {
		client_free(c);
		return;
	}
	if (out_send(c))
		want(c);
}

/* ---- the listening socket ---- */

static void say_full(int fd)
{
	json_t *params = json_pack("{s:s}", "reason", "too many clients");
	json_t *message = rpc_notification("closed", params);
	char *text = message ? json_dumps(message, JSON_COMPACT) : NULL;
	if (text && send(fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
		(void)!send(fd, "\n", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	free(text);
	json_decref(message);
	json_decref(params);
	close(fd);
}

static void take_client(struct control *k, int fd)
{
	struct client *c = NULL;
	for (int i = 0; i < CONTROL_CLIENTS_MAX && !c; i++)
		if (k->client[i].fd < 0)
			c = &k->client[i];
	if (c)
		c->io = ev_io_start(k->loop, fd, EV_READ, client_event, c);
	if (!c || !c->io) {
		k->counters.refused++;
		say_full(fd);
		return;
	}
	k->counters.accepted++;
	c->fd = fd;
}

static void accept_again(struct ev_timer *t)
{
	ev_io_events(OWNER(t, struct control, accept_again)->io, EV_READ);
}

static void listener_event(void *ctx, int events)
{
	struct control *k = ctx;
	(void)events;
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		int fd = accept4(k->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0) {
			take_client(k, fd);
			continue;
		}
		if (errno == EINTR || errno == ECONNABORTED)
			continue;
		if (errno != EAGAIN && errno != EWOULDBLOCK) {   /* no descriptors left: the loop must not spin on it */
			log_warning(k->log, "control: no client can be accepted: %s", strerror(errno));
			ev_io_events(k->io, 0);
			ev_after(k->loop, &k->accept_again, ACCEPT_AGAIN_MS);
		}
		return;
	}
}

/* A socket file of a process that is gone is removed.  False with *why when something else is there. */
static bool make_way(const struct sockaddr_un *address, struct err_at *why)
{
	struct stat st;
	if (lstat(address->sun_path, &st) != 0)
		return true;
	if (!S_ISSOCK(st.st_mode))
		return err_set(why, address->sun_path, 0, "is there and is no socket");
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_set(why, address->sun_path, 0, "no socket: %s", strerror(errno));
	int error = connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 ? 0 : errno;
	close(fd);
	if (error != ECONNREFUSED && error != ENOENT)
		return err_set(why, address->sun_path, 0, error == 0 || error == EAGAIN ? "another process listens here"
			: "cannot be replaced: %s", strerror(error));
	if (unlink(address->sun_path) != 0 && errno != ENOENT)
		return err_set(why, address->sun_path, 0, "cannot be removed: %s", strerror(errno));
	return true;
}

/* The mode is set before the file appears, so nobody else gets in between; what the umask took is given back after. */
static int listen_at(const struct sockaddr_un *address, struct stat *st, struct err_at *why)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && fchmod(fd, 0660) == 0 && bind(fd, (const struct sockaddr *)address, sizeof *address) == 0) {
		if (chmod(address->sun_path, 0660) == 0 && stat(address->sun_path, st) == 0 && listen(fd, CONTROL_CLIENTS_MAX) == 0)
			return fd;
		err_set(why, address->sun_path, 0, "cannot listen: %s", strerror(errno));
		unlink(address->sun_path);
		close(fd);
		return -1;
	}
	err_set(why, address->sun_path, 0, "cannot listen: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

struct control *control_open(struct ev_loop *loop, const char *path, const struct rpc_method *methods, void *ctx, const struct log *log,
	struct err_at *why)
{
	struct stat st;
	struct control *k = calloc(1, sizeof *k);
	if (!k) {
		err_set(why, path, 0, "no memory");
		return NULL;
	}
	k->address.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof k->address.sun_path) {
		err_set(why, path, 0, "the path of a socket is at most 107 octets long");
		free(k);
		return NULL;
	}
	memcpy(k->address.sun_path, path, strlen(path));
	k->fd = make_way(&k->address, why) ? listen_at(&k->address, &st, why) : -1;
	if (k->fd < 0) {
		free(k);
		return NULL;
	}
	k->dev = st.st_dev;
	k->ino = st.st_ino;
	k->loop = loop;
	k->methods = methods;
	k->ctx = ctx;
	k->log = log;
	ev_timer_init(&k->accept_again, accept_again);
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		k->client[i].fd = -1;
		k->client[i].owner = k;
		ev_timer_init(&k->client[i].linger, linger_over);
	}
	k->io = ev_io_start(loop, k->fd, EV_READ, listener_event, k);
	if (!k->io) {
		err_set(why, path, 0, "cannot be watched: no memory");
		control_close(k);
		return NULL;
	}
	return k;
}

void control_close(struct control *k)
{
	struct stat st;
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (k->client[i].fd >= 0)
			client_free(&k->client[i]);
	ev_cancel(&k->accept_again);
	if (k->io)
		ev_io_stop(k->io);
	close(k->fd);
	if (lstat(k->address.sun_path, &st) == 0 && st.st_dev == k->dev && st.st_ino == k->ino)
		unlink(k->address.sun_path);
	free(k);
}

/* ---- for the owner ---- */

void control_publish(struct control *k, json_t *params)
{
	json_t *message = control_watchers(k) ? rpc_notification("update", params) : NULL;
	for (int i = 0; message && i < CONTROL_CLIENTS_MAX; i++) {
		struct client *c = &k->client[i];
		if (c->fd < 0 || !c->watches)
			continue;
		if (!out_put(c, message, CONTROL_OUT_MAX))
			client_drop(c, "it watches and does not read fast enough");
		else if (out_send(c))
			want(c);
	}
	json_decref(message);
}

int control_watchers(const struct control *k)
{
	int n = 0;
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		n += k->client[i].fd >= 0 && k->client[i].watches;
	return n;
}

int control_clients(const struct control *k)
{
	int n = 0;
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		n += k->client[i].fd >= 0;
	return n;
}

const struct control_counters *control_counters(const struct control *k)
{
	return &k->counters;
}
