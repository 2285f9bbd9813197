#include "link/watch.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "link/netlink.h"

enum { DATAGRAM_MAX = 32768, TURN = 16 };        /* as libmnl has it; datagrams in a turn of the loop */

struct watch {
	struct ev_loop *loop;
	struct ev_io *io;
	int fd;
	struct ev_timer settle;
	void (*changed)(void *ctx);
	void *ctx;
	uint8_t datagram[DATAGRAM_MAX];
};

static void settled(struct ev_timer *t)
{
	struct watch *w = OWNER(t, struct watch, settle);
	w->changed(w->ctx);
}

/* True: more may be there. */
static bool take_one(struct watch *w, bool *news)
{
	struct sockaddr_nl from = { 0 };
	socklen_t size = sizeof from;
	ssize_t n = recvfrom(w->fd, w->datagram, sizeof w->datagram, MSG_DONTWAIT, (struct sockaddr *)&from, &size);
	if (n < 0) {
		*news |= errno == ENOBUFS;               /* more came than the socket holds: who knows what */
		return errno == ENOBUFS || errno == EINTR;
	}
	if (from.nl_pid == 0)                            /* the kernel, and not some program */
		*news |= netlink_changes(w->datagram, (size_t)n) != 0;
	return true;
}

static void readable(void *ctx, int events)
{
	struct watch *w = ctx;
	bool news = false;
	(void)events;
	for (int i = 0; i < TURN && take_one(w, &news); i++)
		;
	if (news && !ev_pending(&w->settle))
		ev_after(w->loop, &w->settle, WATCH_SETTLE_MS);
}

static int open_socket(void)
{
	struct sockaddr_nl a = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof a) != 0) {
		int error = errno;
		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

struct watch *watch_start(struct ev_loop *loop, void (*changed)(void *ctx), void *ctx, struct err_at *why)
{
	struct watch *w = calloc(1, sizeof *w);
	if (!w) {
		err_set(why, "rtnetlink", 0, "no memory");
		return NULL;
	}
	w->loop = loop;
	w->changed = changed;
	w->ctx = ctx;
	ev_timer_init(&w->settle, settled);
	w->fd = open_socket();
	if (w->fd >= 0)
		w->io = ev_io_start(loop, w->fd, EV_READ, readable, w);
	if (w->io)
		return w;
	err_set(why, "rtnetlink", 0, "changes of addresses are not seen: %s", strerror(errno));
	watch_stop(w);
	return NULL;
}

void watch_stop(struct watch *w)
{
	if (!w)
		return;
	ev_cancel(&w->settle);
	if (w->io)
		ev_io_stop(w->io);
	if (w->fd >= 0)
		close(w->fd);
	free(w);
}
