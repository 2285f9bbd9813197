/* What the kernel says, octet by octet: good, cut short, and nonsense. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "link/netlink.h"

struct datagram {
	uint8_t octets[4096];
	size_t n;
};

/* Appends a message with a body whose first octets are these. */
static void put(struct datagram *d, uint16_t type, const void *body, size_t n, uint32_t claimed)
{
	struct nlmsghdr h = { .nlmsg_len = claimed ? claimed : (uint32_t)(sizeof h + n), .nlmsg_type = type };
	memcpy(d->octets + d->n, &h, sizeof h);
	memcpy(d->octets + d->n + sizeof h, body, n);
	d->n += NLMSG_ALIGN(sizeof h + n);
}

static unsigned changes(const struct datagram *d, size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);             /* the datagram ends where an unreadable page begins */
	uint8_t *p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mprotect(p + page, page, PROT_NONE);
	memcpy(p + page - n, d->octets, n);
	unsigned c = netlink_changes(p + page - n, n);
	munmap(p, 2 * page);
	return c;
}

static unsigned change(uint16_t type, const void *body, size_t n)
{
	struct datagram d = { .n = 0 };
	put(&d, type, body, n, 0);
	return changes(&d, d.n);
}

static void each_kind_is_told(void **state)
{
	(void)state;
	static const uint8_t ipv4[16] = { AF_INET }, ipv6[16] = { AF_INET6 }, to_a_net[16] = { AF_INET, 8 };
	assert_int_equal(change(RTM_NEWLINK, ipv6, 16), NETLINK_LINK);
	assert_int_equal(change(RTM_DELLINK, "", 0), NETLINK_LINK);
	assert_int_equal(change(RTM_NEWADDR, ipv4, 8), NETLINK_ADDRESS);
	assert_int_equal(change(RTM_DELADDR, ipv4, 8), NETLINK_ADDRESS);
	assert_int_equal(change(RTM_NEWADDR, ipv6, 8), 0);
	assert_int_equal(change(RTM_NEWROUTE, ipv4, sizeof(struct rtmsg)), NETLINK_ROUTER);
	assert_int_equal(change(RTM_DELROUTE, ipv4, sizeof(struct rtmsg)), NETLINK_ROUTER);
	assert_int_equal(change(RTM_NEWROUTE, ipv6, sizeof(struct rtmsg)), 0);
	assert_int_equal(change(RTM_NEWROUTE, to_a_net, sizeof(struct rtmsg)), 0);
	assert_int_equal(change(RTM_NEWNEIGH, ipv4, 12), 0);
	assert_int_equal(change(NLMSG_ERROR, ipv4, 16), 0);
	assert_int_equal(change(NLMSG_DONE, ipv4, 4), 0);
}

static void bodies_that_are_cut_short_tell_nothing(void **state)
{
	(void)state;
	static const uint8_t ipv4[16] = { AF_INET };
	assert_int_equal(change(RTM_NEWADDR, ipv4, 0), 0);
	assert_int_equal(change(RTM_NEWADDR, ipv4, 1), NETLINK_ADDRESS);
	assert_int_equal(change(RTM_NEWROUTE, ipv4, sizeof(struct rtmsg) - 1), 0);
}

static void a_datagram_holds_several_messages(void **state)
{
	(void)state;
	static const uint8_t ipv4[16] = { AF_INET };
	struct datagram d = { .n = 0 };
	put(&d, RTM_NEWNEIGH, ipv4, 13, 0);              /* an odd length is filled up */
	size_t first = d.n;
	put(&d, RTM_NEWADDR, ipv4, 8, 0);
	size_t second = d.n;
	put(&d, RTM_NEWLINK, ipv4, 16, 0);
	for (size_t n = 0; n <= d.n; n++) {
		unsigned expected = n < second ? 0 : n < d.n ? NETLINK_ADDRESS : NETLINK_ADDRESS | NETLINK_LINK;
		assert_int_equal(changes(&d, n), expected);
	}
	assert_int_equal(first, 32);
}

static void lengths_that_make_no_sense_end_the_walk(void **state)
{
	(void)state;
	static const uint8_t ipv4[16] = { AF_INET };
	static const uint32_t bad[] = { 1, 15, 25, 28, 1000, 0x7fffffff, 0xfffffff0, 0xffffffff };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct datagram d = { .n = 0 };
		put(&d, RTM_NEWLINK, ipv4, 8, 0);
		put(&d, RTM_NEWADDR, ipv4, 8, bad[i]);
		assert_int_equal(changes(&d, d.n), NETLINK_LINK);
	}
	struct datagram none = { .n = 24 };              /* length 0 */
	assert_int_equal(changes(&none, none.n), 0);
}

static void anything_at_all_ends(void **state)
{
	(void)state;
	srand(42);
	for (int run = 0; run < 5000; run++) {
		struct datagram d = { .n = (size_t)rand() % 200 };
		for (size_t i = 0; i < d.n; i++)
			d.octets[i] = (uint8_t)(rand() % 4 ? 0 : rand());
		assert_in_range(changes(&d, d.n), 0, 7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_is_told),
		cmocka_unit_test(bodies_that_are_cut_short_tell_nothing),
		cmocka_unit_test(a_datagram_holds_several_messages),
		cmocka_unit_test(lengths_that_make_no_sense_end_the_walk),
		cmocka_unit_test(anything_at_all_ends),
	};
	return cmocka_run_group_tests_name("netlink", tests, NULL, NULL);
}
