#include "bench/hearers.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/load.h"

enum { BATCH = 32, ROOM = 128 };

bool hearers_open(struct hearers *h, const struct net *net, uint16_t port)
{
	bool ok = true;
	h->poll = epoll_create1(EPOLL_CLOEXEC);
	for (unsigned i = 0; i < HEARERS; i++) {
		uint8_t here[4];
		memcpy(here, net->many_ip, 4);
		here[3] = (uint8_t)(here[3] + i % NET_MANY);
		h->fd[i] = load_open_from(here, net->server_ip, port);
		struct epoll_event e = { .events = EPOLLIN, .data.u32 = i };
		ok = ok && h->fd[i] >= 0 && epoll_ctl(h->poll, EPOLL_CTL_ADD, h->fd[i], &e) == 0;
	}
	return ok && h->poll >= 0;
}

void hearers_close(struct hearers *h)
{
	for (unsigned i = 0; i < HEARERS; i++)
		if (h->fd[i] >= 0)
			close(h->fd[i]);
	if (h->poll >= 0)
		close(h->poll);
}

unsigned hearers_hear(struct hearers *h, unsigned count, int silent_ms, hearer_fn *take, void *ctx, struct mono *last)
{
	static uint8_t octets[BATCH][ROOM];
	struct iovec iov[BATCH];
	struct mmsghdr message[BATCH];
	struct epoll_event event[HEARERS];
	unsigned taken = 0;
	for (unsigned i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){ .iov_base = octets[i], .iov_len = ROOM };
		message[i] = (struct mmsghdr){ .msg_hdr = { .msg_iov = &iov[i], .msg_iovlen = 1 } };
	}
	while (taken < count) {
		int ready = epoll_wait(h->poll, event, HEARERS, silent_ms);
		if (ready <= 0)
			break;
		for (int e = 0; e < ready; e++) {
			unsigned who = event[e].data.u32;
			int n = recvmmsg(h->fd[who], message, BATCH, MSG_DONTWAIT, NULL);
			struct mono now = mono_now();
			for (int i = 0; i < n; i++) {
				if (!take(ctx, who, octets[i], message[i].msg_len, now))
					continue;
				taken++;
				*last = now;
			}
		}
	}
	return taken;
}
