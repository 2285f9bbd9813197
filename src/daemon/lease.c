#include "daemon/lease.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/rd.h"

/* Attributes: length 2, type 2, value, filled up to 4; in the byte order of the host. */
static bool is_ours_and_ends(struct rd body, const uint8_t address[4])
{
	struct ifaddrmsg head;
	struct rtattr a;
	const uint8_t *p = rd_take(&body, sizeof head);
	bool ours = false;
	if (!p)
		return false;
	memcpy(&head, p, sizeof head);
	uint32_t flags = head.ifa_flags;
	while (rd_left(&body) >= sizeof a) {
		memcpy(&a, rd_take(&body, sizeof a), sizeof a);
		struct rd value = rd_sub(&body, a.rta_len >= sizeof a ? a.rta_len - sizeof a : SIZE_MAX);
		if (a.rta_type == IFA_LOCAL && rd_left(&value) == 4)
			ours = memcmp(value.p, address, 4) == 0;
		if (a.rta_type == IFA_FLAGS && rd_left(&value) == sizeof flags)
			memcpy(&flags, value.p, sizeof flags);
		size_t filling = NLMSG_ALIGN((size_t)a.rta_len) - a.rta_len;
		if (filling <= rd_left(&body))
			rd_take(&body, filling);
	}
	return rd_ok(&body) && head.ifa_family == AF_INET && ours && !(flags & IFA_F_PERMANENT);
}

bool lease_read(const void *octets, size_t n, const uint8_t address[4], bool *last)
{
	struct rd r = rd_over(octets, n);
	struct nlmsghdr head;
	bool ends = false;
	*last = false;
	while (rd_left(&r) >= sizeof head) {
		memcpy(&head, rd_take(&r, sizeof head), sizeof head);
		struct rd body = rd_sub(&r, head.nlmsg_len >= sizeof head ? head.nlmsg_len - sizeof head : SIZE_MAX);
		*last |= head.nlmsg_type == NLMSG_DONE || head.nlmsg_type == NLMSG_ERROR;
		if (rd_ok(&r) && head.nlmsg_type == RTM_NEWADDR)
			ends |= is_ours_and_ends(body, address);
		size_t filling = NLMSG_ALIGN((size_t)head.nlmsg_len) - head.nlmsg_len;
		if (filling <= rd_left(&r))
			rd_take(&r, filling);
	}
	return ends;
}

static bool ask(int fd)
{
	struct { struct nlmsghdr head; struct ifaddrmsg body; } question = {
		.head = { .nlmsg_len = sizeof question, .nlmsg_type = RTM_GETADDR, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.body = { .ifa_family = AF_INET },
	};
	return send(fd, &question, sizeof question, 0) == (ssize_t)sizeof question;
}

bool lease_of(const uint8_t address[4])
{
	_Alignas(struct nlmsghdr) uint8_t octets[16384];         /* what the kernel fills at a time */
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	bool ends = false, last = fd < 0 || !ask(fd);
	while (!last) {
		ssize_t n = recv(fd, octets, sizeof octets, MSG_DONTWAIT);       /* a dump is there when send() returns */
		last = n <= 0;
		if (n > 0)
			ends |= lease_read(octets, (size_t)n, address, &last);
	}
	if (fd >= 0)
		close(fd);
	return ends;
}
