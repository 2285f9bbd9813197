#include "control/peer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control/server.h"

enum { READ_MAX = 16 * 1024, FAREWELL_MAX = 1024 };          /* there is room beyond CONTROL_OUT_MAX to say why somebody is dropped */

static void linger_over(struct ev_timer *t)
{
	peer_free(OWNER(t, struct peer, linger));
}

void peer_init(struct peer *p, struct peer_owner *owner)
{
	*p = (struct peer){ .fd = -1, .owner = owner };
	ev_timer_init(&p->linger, linger_over);
}

void peer_free(struct peer *p)
{
	ev_cancel(&p->linger);
	ev_io_stop(p->io);
	close(p->fd);
	frame_in_free(&p->in);
	frame_out_free(&p->out);
	p->io = NULL;
	p->fd = -1;
	p->ending = p->ended = false;
	p->watches = RPC_NOTHING;
	p->call.orphan = p->call.open;           /* the place stays taken until its answer has come */
}

/* ---- out ---- */

/* No further line is read while one waits, or while the client does not read its answers. */
static void want(struct peer *p)
{
	bool read_more = !p->ending && !p->ended && p->out.used < CONTROL_OUT_BUSY && !frame_line_waits(&p->in, false);
	ev_io_events(p->io, (read_more ? EV_READ : 0) | (p->out.used ? EV_WRITE : 0));
}

static bool finished(const struct peer *p)
{
	return p->out.used == 0 && !p->call.open && (p->ending || (p->ended && frame_in_empty(&p->in)));
}

void peer_flush(struct peer *p)
{
	while (p->out.used) {
		ssize_t n = send(p->fd, p->out.octets + p->out.start, p->out.used, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (n < 0) {
			peer_free(p);
			return;
		}
		frame_sent(&p->out, (size_t)n);
	}
	if (finished(p)) {
		peer_free(p);
		return;
	}
	want(p);
	if (peer_line_waits(p))
		p->owner->line_waits(p->owner);
}

bool peer_put(struct peer *p, const char *line, size_t n)
{
	return frame_put(&p->out, line, n, CONTROL_OUT_MAX);
}

void peer_drop(struct peer *p, const char *reason)
{
	json_t *params = json_pack("{s:s}", "reason", reason);
	json_t *message = rpc_notification("closed", params);
	char *text = message ? json_dumps(message, JSON_COMPACT) : NULL;
	if (text)
		frame_put(&p->out, text, strlen(text), CONTROL_OUT_MAX + FAREWELL_MAX);
	free(text);
	json_decref(message);
	json_decref(params);
	p->owner->dropped(p->owner, reason);
	p->ending = true;
	p->watches = RPC_NOTHING;
	ev_after(p->owner->loop, &p->linger, CONTROL_LINGER_MS);
	peer_flush(p);
}

/* ---- in ---- */

bool peer_line_waits(struct peer *p)
{
	return p->fd >= 0 && !p->ending && !p->call.open && p->out.used < CONTROL_OUT_BUSY && frame_line_waits(&p->in, p->ended);
}

static void refuse_long_line(struct peer *p)
{
	json_t *why = rpc_refusal(RPC_REQUEST, "the line is longer than 65536 octets");
	char *text = why ? json_dumps(why, JSON_COMPACT) : NULL;
	if (text)
		peer_put(p, text, strlen(text));
	free(text);
	json_decref(why);
	peer_drop(p, "a line is too long");
}

/* Reads until a line is whole, or a share of the turn is over. */
static void take_input(struct peer *p)
{
	for (size_t taken = 0; taken < READ_MAX && !frame_line_waits(&p->in, p->ended); ) {
		size_t room;
		char *to = frame_room(&p->in, RPC_LINE_MAX + 2, &room);
		if (!to) {
			refuse_long_line(p);
			return;
		}
		ssize_t n = recv(p->fd, to, room, MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
			peer_free(p);
			return;
		}
		p->ended |= n == 0;
		if (n <= 0)
			break;
		frame_came(&p->in, (size_t)n);
		taken += (size_t)n;
	}
	peer_flush(p);
}

static void peer_event(void *ctx, int events)
{
	struct peer *p = ctx;
	if ((events & EV_READ) && !p->ending && !p->ended)
		take_input(p);
	else
		peer_flush(p);
}

bool peer_start(struct peer *p, int fd)
{
	p->io = ev_io_start(p->owner->loop, fd, EV_READ, peer_event, p);
	if (p->io)
		p->fd = fd;
	return p->io != NULL;
}
