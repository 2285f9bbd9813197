/* The kernel's list of addresses, octet by octet: which of them end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "base/wr.h"
#include "daemon/lease.h"

static const uint8_t ours[4] = { 192, 0, 2, 7 }, another[4] = { 192, 0, 2, 8 };

static void put_attribute(struct wr *w, uint16_t type, const void *value, uint16_t n)
{
	struct rtattr a = { (unsigned short)(sizeof a + n), type };
	wr_octets(w, &a, sizeof a);
	wr_octets(w, value, n);
	wr_octets(w, "\0\0\0", NLMSG_ALIGN((size_t)n) - n);
}

/* A message about one address; its octets to the end. */
static void put_address(struct wr *w, uint16_t type, uint8_t family, const uint8_t address[4], uint8_t flags, int64_t wide)
{
	uint8_t *start = w->p;
	struct nlmsghdr head = { .nlmsg_type = type };
	struct ifaddrmsg body = { .ifa_family = family, .ifa_prefixlen = 24, .ifa_flags = flags };
	wr_octets(w, &head, sizeof head);
	wr_octets(w, &body, sizeof body);
	put_attribute(w, IFA_LABEL, "eth00", 6);                 /* has to be filled up */
	put_attribute(w, IFA_LOCAL, address, 4);
	if (wide >= 0)
		put_attribute(w, IFA_FLAGS, &(uint32_t){ (uint32_t)wide }, 4);
	head.nlmsg_len = (uint32_t)(w->p - start);
	memcpy(start, &head, sizeof head);
}

static bool ends(const struct wr *w, bool *last)
{
	return lease_read(w->start, wr_len(w), ours, last);
}

static void finding_2_10_an_address_that_ends_is_a_lease(void **state)
{
	(void)state;
	static const struct { uint16_t type; uint8_t family; const uint8_t *address; uint8_t flags; int64_t wide; bool ends; } rows[] = {
		{ RTM_NEWADDR, AF_INET,  ours,    0,               -1,              true },
		{ RTM_NEWADDR, AF_INET,  ours,    IFA_F_PERMANENT, -1,              false },
		{ RTM_NEWADDR, AF_INET,  ours,    IFA_F_PERMANENT, 0x200,           true },      /* the wider field rules */
		{ RTM_NEWADDR, AF_INET,  ours,    0,               IFA_F_PERMANENT, false },
		{ RTM_NEWADDR, AF_INET,  another, 0,               -1,              false },
		{ RTM_NEWADDR, AF_INET6, ours,    0,               -1,              false },
		{ RTM_DELADDR, AF_INET,  ours,    0,               -1,              false },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint8_t octets[512];
		struct wr w = wr_over(octets, sizeof octets);
		bool last;
		put_address(&w, RTM_NEWADDR, AF_INET, another, 0, -1);
		put_address(&w, rows[i].type, rows[i].family, rows[i].address, rows[i].flags, rows[i].wide);
		put_address(&w, RTM_NEWADDR, AF_INET, another, IFA_F_PERMANENT, -1);
		assert_int_equal(ends(&w, &last), rows[i].ends);
		assert_false(last);
		struct nlmsghdr done = { sizeof done, NLMSG_DONE, 0, 0, 0 };
		wr_octets(&w, &done, sizeof done);
		assert_int_equal(ends(&w, &last), rows[i].ends);
		assert_true(last);
	}
}

static void whatever_is_cut_ends_the_walk(void **state)
{
	(void)state;
	uint8_t octets[512];
	struct wr w = wr_over(octets, sizeof octets);
	bool last;
	put_address(&w, RTM_NEWADDR, AF_INET, ours, 0, 0x200);
	for (size_t n = 0; n < wr_len(&w); n++)
		assert_false(lease_read(octets, n, ours, &last));
	assert_true(lease_read(octets, wr_len(&w), ours, &last));
	static const uint16_t bad[] = { 0, 3, 200 };
	for (size_t i = 0; i < 3; i++) {                         /* of the first attribute */
		memcpy(octets + sizeof(struct nlmsghdr) + sizeof(struct ifaddrmsg), &bad[i], 2);
		assert_false(lease_read(octets, wr_len(&w), ours, &last));
	}
	memset(octets, 0, 4);                                    /* of the message */
	assert_false(lease_read(octets, wr_len(&w), ours, &last));
	struct nlmsghdr error = { sizeof error, NLMSG_ERROR, 0, 0, 0 };
	assert_false(lease_read(&error, sizeof error, ours, &last));
	assert_true(last);
}

static void the_kernel_is_asked(void **state)
{
	(void)state;
	assert_false(lease_of((const uint8_t[4]){ 127, 0, 0, 1 }));      /* that of the loopback interface does not end */
	assert_false(lease_of((const uint8_t[4]){ 192, 0, 2, 1 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finding_2_10_an_address_that_ends_is_a_lease),
		cmocka_unit_test(whatever_is_cut_ends_the_walk),
		cmocka_unit_test(the_kernel_is_asked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
