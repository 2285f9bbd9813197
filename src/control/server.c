#include "control/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/address.h"
#include "control/peer.h"
#include "control/right.h"
#include "control/share.h"

enum { ACCEPT_AGAIN_MS = 1000, ACCEPTED_A_TURN = 4, LOG_PERIOD_MS = 10000 };

struct control {
	struct peer_owner of_peers;
	struct ev_loop *loop;
	gid_t admin;                         /* this group may do everything; RIGHT_NO_GROUP: none */
	const struct rpc_method *methods;
	void *ctx;
	const struct log *log;
	int fd;
	struct ev_io *io;
	struct ev_timer accept_again, work;
	struct sockaddr_un address;
	dev_t dev;
	ino_t ino;
	struct control_counters counters;
	struct log_limit limit;
	struct share share;
	int turn;                        /* whose line is looked for first */
	struct peer peer[CONTROL_CLIENTS_MAX];
};

/* ---- the work: one line a turn of the loop ---- */

static struct control *owner_of(const struct peer *p)
{
	return OWNER(p->owner, struct control, of_peers);
}

static void line_waits(struct peer_owner *owner)
{
	struct control *k = OWNER(owner, struct control, of_peers);
	if (!ev_pending(&k->work))
		ev_after(k->loop, &k->work, share_wait_ms(&k->share, ev_now(k->loop)));
}

static void dropped(struct peer_owner *owner, const char *reason)
{
	struct control *k = OWNER(owner, struct control, of_peers);
	uint32_t held;
	k->counters.dropped++;
	if (log_limit_pass(&k->limit, ev_now(k->loop), LOG_PERIOD_MS, &held))
		log_warning(k->log, "control: a client is dropped: %s (%u more not logged)", reason, held);
}

static void answer(struct peer *p, json_t *message)
{
	struct control *k = owner_of(p);
	char *text = message ? json_dumps(message, JSON_COMPACT) : NULL;
	size_t n = text ? strlen(text) : 0;
	share_spend(&k->share, ev_now(k->loop), SHARE_REQUEST + n);
	bool fits = !text || peer_put(p, text, n);
	free(text);
	json_decref(message);
	if (fits)
		peer_flush(p);
	else
		peer_drop(p, "an answer is larger than what may wait for a client");
}

static void begin_call(struct peer *p, const struct rpc_outcome *o)
{
	struct control *k = owner_of(p);
	p->call = (struct call){ .id = o->id, .open = true };
	o->later->later(k->ctx, o->params, &p->call);
	json_decref(o->params);
}

void call_answer(struct call *c, json_t *result, const struct rpc_error *error)
{
	struct peer *p = OWNER(c, struct peer, call);
	json_t *message = c->id && !c->orphan ? rpc_answer_later(c->id, result, error) : NULL;
	owner_of(p)->counters.failures += !result;
	json_decref(c->id);
	*c = (struct call){ 0 };
	if (p->fd >= 0)
		answer(p, message);
}

static void answer_line(struct peer *p)
{
	struct control *k = owner_of(p);
	struct rpc_outcome outcome;
	size_t length;
	const char *line = frame_line(&p->in, p->ended, &length);
	if (length == 0) {                       /* an empty line is nothing */
		peer_flush(p);
		return;
	}
	k->counters.requests++;
	share_spend(&k->share, ev_now(k->loop), length);
	json_t *message = rpc_answer(k->methods, k->ctx, p->right, line, length, &outcome);
	k->counters.failures += outcome.failed;
	p->watches |= outcome.subscribe;
	if (outcome.later)
		begin_call(p, &outcome);
	else
		answer(p, message);
}

/* The next client in turn that has a line. */
static void work(struct ev_timer *t)
{
	struct control *k = OWNER(t, struct control, work);
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		struct peer *p = &k->peer[(k->turn + i) % CONTROL_CLIENTS_MAX];
		if (!peer_line_waits(p))
			continue;
		k->turn = (k->turn + i + 1) % CONTROL_CLIENTS_MAX;
		answer_line(p);
		break;
	}
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (peer_line_waits(&k->peer[i]))
			line_waits(&k->of_peers);
}

/* ---- the listening socket ---- */

static void say_full(int fd)
{
	static const char text[] = "{\"jsonrpc\":\"2.0\",\"method\":\"closed\",\"params\":{\"reason\":\"too many clients\"}}\n";
	(void)!send(fd, text, sizeof text - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	close(fd);
}

static void take_client(struct control *k, int fd)
{
	struct peer *p = NULL;
	for (int i = 0; i < CONTROL_CLIENTS_MAX && !p; i++)
		if (k->peer[i].fd < 0 && !k->peer[i].call.open)
			p = &k->peer[i];
	if (!p || !peer_start(p, fd)) {
		k->counters.refused++;
		say_full(fd);
		return;
	}
	p->right = right_of_peer(fd, k->admin);
	k->counters.accepted++;
}

static void accept_again(struct ev_timer *t)
{
	ev_io_events(OWNER(t, struct control, accept_again)->io, EV_READ);
}

static void listener_event(void *ctx, int events)
{
	struct control *k = ctx;
	(void)events;
	for (int i = 0; i < ACCEPTED_A_TURN; i++) {
		int fd = accept4(k->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0) {
			take_client(k, fd);
			continue;
		}
		if (errno == EINTR || errno == ECONNABORTED)
			continue;
		if (errno != EAGAIN && errno != EWOULDBLOCK) {   /* no descriptors left: the loop must not spin on it */
			uint32_t held;
			if (log_limit_pass(&k->limit, ev_now(k->loop), LOG_PERIOD_MS, &held))
				log_warning(k->log, "control: no client can be accepted: %s (%u more not logged)", strerror(errno), held);
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

/* What somebody who starts this for the first time should do about it. */
static const char *mend(int error)
{
	switch (error) {
	case ENOENT: return ": make its directory, or name another path ([control] path, --control)";
	case EACCES:
	case EPERM:
	case EROFS:  return ": give its directory to the user of the daemon, or name another path ([control] path, --control)";
	}
	return "";
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
	err_set(why, address->sun_path, 0, "cannot listen: %s%s", strerror(errno), mend(errno));
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
	k->fd = control_address(&k->address, path, why) && make_way(&k->address, why) ? listen_at(&k->address, &st, why) : -1;
	if (k->fd < 0) {
		free(k);
		return NULL;
	}
	k->dev = st.st_dev;
	k->ino = st.st_ino;
	k->of_peers = (struct peer_owner){ .loop = loop, .line_waits = line_waits, .dropped = dropped };
	k->loop = loop;
	k->admin = (gid_t)RIGHT_NO_GROUP;
	k->methods = methods;
	k->ctx = ctx;
	k->log = log;
	ev_timer_init(&k->accept_again, accept_again);
	ev_timer_init(&k->work, work);
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		peer_init(&k->peer[i], &k->of_peers);
	k->io = ev_io_start(loop, k->fd, EV_READ, listener_event, k);
	if (!k->io) {
		err_set(why, path, 0, "cannot be watched: no memory");
		control_close(k);
		return NULL;
	}
	return k;
}

void control_set_admin_group(struct control *k, gid_t group)
{
	k->admin = group;
}

void control_close(struct control *k)
{
	struct stat st;
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		if (k->peer[i].fd >= 0)
			peer_free(&k->peer[i]);
		json_decref(k->peer[i].call.id);
	}
	ev_cancel(&k->accept_again);
	ev_cancel(&k->work);
	if (k->io)
		ev_io_stop(k->io);
	close(k->fd);
	if (lstat(k->address.sun_path, &st) == 0 && st.st_dev == k->dev && st.st_ino == k->ino)
		unlink(k->address.sun_path);
	free(k);
}

/* ---- for the owner ---- */

void control_publish(struct control *k, enum rpc_topic topic, json_t *params)
{
	json_t *message = control_watchers(k, topic) ? rpc_notification("update", params) : NULL;
	char *text = message ? json_dumps(message, JSON_COMPACT) : NULL;
	size_t n = text ? strlen(text) : 0;
	for (int i = 0; text && i < CONTROL_CLIENTS_MAX; i++) {
		struct peer *p = &k->peer[i];
		if (p->fd < 0 || !(p->watches & topic))
			continue;
		if (peer_put(p, text, n))
			peer_flush(p);
		else
			peer_drop(p, "it watches and does not read fast enough");
	}
	free(text);
	json_decref(message);
}

int control_watchers(const struct control *k, enum rpc_topic topic)
{
	int n = 0;
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		n += k->peer[i].fd >= 0 && k->peer[i].watches & topic;
	return n;
}

int control_clients(const struct control *k)
{
	int n = 0;
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		n += k->peer[i].fd >= 0;
	return n;
}

const struct control_counters *control_counters(const struct control *k)
{
	return &k->counters;
}
