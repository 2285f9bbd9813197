#include "control/dial.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control/address.h"
#include "control/talk.h"

enum { READ_MAX = 64 * 1024 };

struct asked {
	json_int_t id;                           /* 0: the place is free */
	dial_answer_fn *answer;
	void *ctx;
};

struct dial {
	struct dial_conf conf;
	int fd;
	struct ev_io *io;                        /* NULL: the connection has ended */
	struct talk talk;
	struct frame_out out;
	struct asked asked[DIAL_ASKED_MAX];
	bool hearing, closed;                    /* closed: from inside a callback, while we still hear */
};

static void dial_event(void *ctx, int events);

struct dial *dial_open(struct ev_loop *loop, const struct dial_conf *conf, struct err_at *why)
{
	struct sockaddr_un address;
	if (!control_address(&address, conf->path, why))
		return NULL;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
		control_not_reached(conf->path, errno, why);
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	struct dial *d = calloc(1, sizeof *d);
	if (d) {
		d->conf = *conf;
		d->fd = fd;
		d->io = ev_io_start(loop, fd, EV_READ, dial_event, d);
	}
	if (d && d->io)
		return d;
	err_set(why, conf->path, 0, "no memory");
	free(d);
	close(fd);
	return NULL;
}

void dial_close(struct dial *d)
{
	if (!d)
		return;
	ev_io_stop(d->io);
	d->io = NULL;
	d->closed = true;
	if (d->hearing)
		return;                          /* dial_event() does the rest */
	close(d->fd);
	talk_free(&d->talk);
	frame_out_free(&d->out);
	free(d);
}

/* ---- the end ---- */

static void end(struct dial *d, const char *why)
{
	ev_io_stop(d->io);
	d->io = NULL;
	for (int i = 0; i < DIAL_ASKED_MAX && !d->closed; i++) {
		struct asked a = d->asked[i];
		d->asked[i] = (struct asked){ 0 };
		if (a.id)
			a.answer(a.ctx, NULL, why);
	}
	if (!d->closed)
		d->conf.ended(d->conf.ctx, why);
}

/* ---- out ---- */

static void send_what_waits(struct dial *d)
{
	while (d->out.used) {
		ssize_t n = send(d->fd, d->out.octets + d->out.start, d->out.used, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;                   /* what is wrong comes when we read */
		frame_sent(&d->out, (size_t)n);
	}
	ev_io_events(d->io, EV_READ | (d->out.used ? EV_WRITE : 0));
}

bool dial_ask(struct dial *d, const char *method, json_t *params, dial_answer_fn *answer, void *ctx)
{
	struct asked *a = d->asked;
	while (a < d->asked + DIAL_ASKED_MAX && a->id)
		a++;
	bool room = d->io && a < d->asked + DIAL_ASKED_MAX;
	char *line = room ? talk_request(&d->talk, method, params) : NULL;
	if (!room)
		json_decref(params);
	bool put = line && frame_put(&d->out, line, strlen(line) - 1, DIAL_OUT_MAX);
	free(line);
	if (!put)
		return false;
	*a = (struct asked){ d->talk.id, answer, ctx };
	send_what_waits(d);
	return true;
}

/* ---- in ---- */

static void answered(struct dial *d, const struct talk_heard *h)
{
	for (int i = 0; i < DIAL_ASKED_MAX; i++) {
		struct asked a = d->asked[i];
		if (a.id == 0 || a.id != h->id)
			continue;
		d->asked[i] = (struct asked){ 0 };
		a.answer(a.ctx, h->value, h->text);
		return;
	}
}

static void take(struct dial *d, const struct talk_heard *h)
{
	char why[300];
	switch (h->kind) {
	case TALK_NOTHING:
		break;
	case TALK_RESULT:
	case TALK_ERROR:
		answered(d, h);
		break;
	case TALK_UPDATE:
		if (d->conf.update)
			d->conf.update(d->conf.ctx, h->value);
		break;
	case TALK_CLOSED:
		snprintf(why, sizeof why, "bacnet-upsd has closed the connection: %s", h->text);
		end(d, why);
		break;
	case TALK_BROKEN:
		end(d, h->text);
		break;
	}
}

/* One read, and all that it says. */
static void hear(struct dial *d)
{
	size_t room;
	char *to = frame_room(&d->talk.in, TALK_LINE_MAX, &room);
	if (!to) {
		end(d, "the answer is too large");
		return;
	}
	ssize_t n = recv(d->fd, to, room < READ_MAX ? room : READ_MAX, MSG_DONTWAIT);
	if (n < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK))
		return;
	if (n <= 0) {
		end(d, n < 0 ? strerror(errno) : "bacnet-upsd has closed the connection");
		return;
	}
	frame_came(&d->talk.in, (size_t)n);
	struct talk_heard h;
	while (d->io && (h = talk_hear(&d->talk)).kind != TALK_NOTHING) {
		take(d, &h);
		json_decref(h.value);
	}
}

static void dial_event(void *ctx, int events)
{
	struct dial *d = ctx;
	d->hearing = true;
	if (events & EV_READ)
		hear(d);
	if (d->io && (events & EV_WRITE))
		send_what_waits(d);
	d->hearing = false;
	if (d->closed)
		dial_close(d);
}
