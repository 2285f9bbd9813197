#include "link/netlink.h"

#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

static bool is_ipv4(const uint8_t *body, size_t n)
{
	return n >= 1 && body[0] == AF_INET;     /* the family is the first octet of an ifaddrmsg as of an rtmsg */
}

static unsigned change_of(unsigned type, const uint8_t *body, size_t n)
{
	switch (type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return NETLINK_LINK;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return is_ipv4(body, n) ? NETLINK_ADDRESS : 0;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		/* a router with many routes changes them all day: only that to everywhere matters, whose prefix has no bits */
		return is_ipv4(body, n) && n >= sizeof(struct rtmsg) && body[offsetof(struct rtmsg, rtm_dst_len)] == 0 ? NETLINK_ROUTER : 0;
	default:
		return 0;
	}
}

unsigned netlink_changes(const void *octets, size_t n)
{
	const uint8_t *p = octets;
	unsigned changes = 0;
	while (n >= sizeof(struct nlmsghdr)) {
		struct nlmsghdr head;
		memcpy(&head, p, sizeof head);
		if (head.nlmsg_len < sizeof head || head.nlmsg_len > n)
			break;
		changes |= change_of(head.nlmsg_type, p + sizeof head, head.nlmsg_len - sizeof head);
		size_t whole = NLMSG_ALIGN((size_t)head.nlmsg_len);
		if (whole > n)
			break;
		p += whole;
		n -= whole;
	}
	return changes;
}
