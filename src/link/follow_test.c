/* The host's addresses come, change and go, and the link follows.  The list of interfaces and the kernel's messages are played here: the
 * sockets themselves live on the loopback network, where every address of 127.0.0.0/8 is ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/rtnetlink.h>
#include <malloc.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "link/bip.h"
#include "link/ipport.h"
#include "link/watch.h"

/* ---- a host that is played ---- */

struct played {
	const char *name, *address, *mask, *broadcast;
	unsigned flags, index;
};

enum { UP = IFF_UP | IFF_RUNNING };

static const struct played *interfaces;          /* ended by an empty name */
static int getifaddrs_fails_with, lists;         /* lists: given and not given back */

static struct sockaddr *socket_address(const char *text)
{
	struct sockaddr_in *a = calloc(1, sizeof *a);
	a->sin_family = strchr(text, ':') ? AF_INET6 : AF_INET;
	if (a->sin_family == AF_INET)
		assert_int_equal(inet_pton(AF_INET, text, &a->sin_addr), 1);
	return (struct sockaddr *)a;
}

int getifaddrs(struct ifaddrs **all)
{
	struct ifaddrs **end = all;
	*all = NULL;
	errno = getifaddrs_fails_with;
	if (errno)
		return -1;
	lists++;
	for (const struct played *p = interfaces; p->name; p++) {
		struct ifaddrs *i = calloc(1, sizeof *i);
		i->ifa_name = strdup(p->name);
		i->ifa_flags = p->flags;
		i->ifa_addr = p->address ? socket_address(p->address) : NULL;
		i->ifa_netmask = p->mask ? socket_address(p->mask) : NULL;
		i->ifa_broadaddr = p->broadcast ? socket_address(p->broadcast) : NULL;
		*end = i;
		end = &i->ifa_next;
	}
	return 0;
}

void freeifaddrs(struct ifaddrs *i)
{
	lists--;
	while (i) {
		struct ifaddrs *next = i->ifa_next;
		free(i->ifa_name);
		free(i->ifa_addr);
		free(i->ifa_netmask);
		free(i->ifa_broadaddr);
		free(i);
		i = next;
	}
}

unsigned if_nametoindex(const char *name)
{
	for (const struct played *p = interfaces; p->name; p++)
		if (strcmp(p->name, name) == 0)
			return p->index;
	return 0;
}

/* ---- a link on it ---- */

struct node {
	struct ev_loop *loop;
	struct bip *bip;
	unsigned heard;
};

static const struct log silent = { .fd = 2, .level = LOG_LEVEL_ERROR };

static void heard(void *ctx, const struct bac_addr *from, enum port_way way, const uint8_t *npdu, size_t length)
{
	(void)from, (void)way, (void)npdu, (void)length;
	((struct node *)ctx)->heard++;
}

static struct node make(const char *interface, uint16_t broadcast_port)
{
	struct node n = { .loop = ev_loop_make() };
	struct bip_conf c = { .broadcast_port = broadcast_port };
	strcpy(c.interface, interface);
	n.bip = bip_make(n.loop, &c, &silent, NULL, NULL);
	return n;
}

static void end(struct node *n)
{
	bip_free(n->bip);
	ev_loop_free(n->loop);
	assert_int_equal(lists, 0);
}

static enum bip_opened follow(struct node *n, const struct played *host)
{
	struct err_at why = { 0 };
	interfaces = host;
	return bip_open(n->bip, &why);
}

static void expect_at(const struct node *n, const char *address, const char *mask, const char *broadcast)
{
	const struct bip_port *p = bip_port(n->bip);
	uint8_t ip[4];
	inet_pton(AF_INET, address, ip);
	assert_memory_equal(p->address, ip, 4);
	inet_pton(AF_INET, mask, ip);
	assert_memory_equal(p->mask, ip, 4);
	inet_pton(AF_INET, broadcast, ip);
	assert_memory_equal(p->broadcast, ip, 4);
	assert_int_not_equal(p->port, 0);
	struct port port = bip_as_port(n->bip);
	assert_memory_equal(port.mac, p->address, 4);
	assert_int_equal(port.mac[4] << 8 | port.mac[5], p->port);
}

static void expect_closed(const struct node *n)
{
	static const uint8_t zero[4];
	const struct bip_port *p = bip_port(n->bip);
	assert_memory_equal(p->address, zero, 4);
	assert_memory_equal(p->mask, zero, 4);
	assert_memory_equal(p->broadcast, zero, 4);
	assert_int_equal(p->port, 0);
	assert_int_equal(p->index, 0);
	assert_false(p->up);
	assert_string_equal(p->interface, "lo");
}

/* A stranger's datagram to that address and port. */
static void knock(const char *address, uint16_t port)
{
	static const uint8_t request[] = { 0x81, 0x0A, 0, 7, 1, 0, 0x10 };
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), on = 1;
	setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
	inet_pton(AF_INET, address, &a.sin_addr);
	sendto(fd, request, sizeof request, 0, (struct sockaddr *)&a, sizeof a);
	close(fd);
}

struct stopper {
	struct ev_timer timer;
	struct ev_loop *loop;
};

static void stop(struct ev_timer *t)
{
	ev_stop(OWNER(t, struct stopper, timer)->loop);
}

static void turn(struct ev_loop *loop)
{
	struct stopper s = { .loop = loop };
	ev_timer_init(&s.timer, stop);
	ev_after(loop, &s.timer, 0);
	ev_run(loop);
}

#define HOST(name) static const struct played name[]

HOST(nothing) = { { 0 } };
HOST(no_address) = { { "lo", NULL, NULL, NULL, UP, 1 }, { 0 } };
HOST(at_2) = { { "eth0", "192.0.2.1", "255.255.255.0", NULL, UP, 2 }, { "lo", NULL, NULL, NULL, UP, 1 },
	{ "lo", "127.0.1.2", "255.255.255.0", NULL, UP, 1 }, { 0 } };
HOST(at_3) = { { "lo", "127.0.1.3", "255.255.255.0", NULL, UP, 1 }, { 0 } };

/* ---- following ---- */

static void finding_2_12_an_address_is_waited_for_followed_and_waited_for_again(void **state)
{
	(void)state;
	struct node n = make("lo", 0);
	struct err_at why = { 0 };
	expect_closed(&n);
	interfaces = nothing;
	assert_int_equal(bip_open(n.bip, &why), BIP_NO_ADDRESS);
	assert_string_equal(why.text, "there is no interface of this name");
	interfaces = no_address;
	assert_int_equal(bip_open(n.bip, &why), BIP_NO_ADDRESS);
	assert_string_equal(why.text, "the interface has no IPv4 address");
	expect_closed(&n);
	assert_int_equal(follow(&n, at_2), BIP_OPENED);
	expect_at(&n, "127.0.1.2", "255.255.255.0", "127.0.1.255");
	assert_int_equal(follow(&n, at_3), BIP_OPENED);
	expect_at(&n, "127.0.1.3", "255.255.255.0", "127.0.1.255");
	assert_int_equal(follow(&n, no_address), BIP_NO_ADDRESS);
	expect_closed(&n);
	assert_int_equal(follow(&n, at_3), BIP_OPENED);
	expect_at(&n, "127.0.1.3", "255.255.255.0", "127.0.1.255");
	end(&n);
}

static void the_new_address_hears_and_the_old_one_does_not(void **state)
{
	(void)state;
	struct node n = { .loop = ev_loop_make() };
	struct bip_conf c = { .interface = "lo" };
	n.bip = bip_make(n.loop, &c, &silent, heard, &n);
	follow(&n, at_2);
	uint16_t old = bip_port(n.bip)->port;
	knock("127.0.1.2", old);
	turn(n.loop);
	assert_int_equal(n.heard, 1);
	follow(&n, at_3);
	uint16_t now = bip_port(n.bip)->port;
	knock("127.0.1.2", now);
	knock("127.0.1.2", old);
	turn(n.loop);
	assert_int_equal(n.heard, 1);
	knock("127.0.1.3", now);
	turn(n.loop);
	assert_int_equal(n.heard, 2);
	follow(&n, no_address);
	knock("127.0.1.3", now);
	turn(n.loop);
	assert_int_equal(n.heard, 2);
	assert_int_equal(bip_counters(n.bip)->rx, 2);
	end(&n);
}

static void nothing_happens_when_nothing_has_changed(void **state)
{
	(void)state;
	struct node n = make("lo", 0);
	follow(&n, at_2);
	uint16_t port = bip_port(n.bip)->port;           /* a free one: another socket would have another */
	for (int i = 0; i < 3; i++)
		assert_int_equal(follow(&n, at_2), BIP_UNCHANGED);
	assert_int_equal(bip_port(n.bip)->port, port);
	end(&n);
}

static void each_part_of_an_address_counts(void **state)
{
	(void)state;
	static const struct played rows[][2] = {
		{ { "lo", "127.0.1.2", "255.255.0.0", NULL, UP, 1 } },
		{ { "lo", "127.0.1.2", "255.255.255.0", "127.0.1.99", UP | IFF_BROADCAST, 1 } },
		{ { "lo", "127.0.1.2", "255.255.255.0", NULL, UP, 7 } },        /* taken away and plugged in again */
		{ { "lo", "127.0.1.3", "255.255.255.0", NULL, UP, 1 } },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct node n = make("lo", 0);
		assert_int_equal(follow(&n, at_2), BIP_OPENED);
		assert_int_equal(follow(&n, rows[i]), BIP_OPENED);
		assert_int_equal(follow(&n, rows[i]), BIP_UNCHANGED);
		assert_int_equal(bip_port(n.bip)->index, rows[i][0].index);
		end(&n);
	}
}

static void a_second_address_changes_nothing_while_the_first_is_there(void **state)
{
	(void)state;
	HOST(both) = { { "lo", "127.0.1.3", "255.255.255.0", NULL, UP, 1 }, { "lo", "127.0.1.2", "255.255.255.0", NULL, UP, 1 }, { 0 } };
	struct node n = make("lo", 0);
	follow(&n, at_2);
	assert_int_equal(follow(&n, both), BIP_UNCHANGED);
	expect_at(&n, "127.0.1.2", "255.255.255.0", "127.0.1.255");
	assert_int_equal(follow(&n, at_3), BIP_OPENED);
	assert_int_equal(follow(&n, both), BIP_UNCHANGED);
	expect_at(&n, "127.0.1.3", "255.255.255.0", "127.0.1.255");
	end(&n);
	n = make("lo", 0);
	follow(&n, both);
	expect_at(&n, "127.0.1.3", "255.255.255.0", "127.0.1.255");
	end(&n);
}

static void a_cable_that_is_pulled_shows_and_closes_nothing(void **state)
{
	(void)state;
	HOST(no_cable) = { { "lo", "127.0.1.2", "255.255.255.0", NULL, IFF_UP, 1 }, { 0 } };
	HOST(switched_off) = { { "lo", "127.0.1.2", "255.255.255.0", NULL, IFF_RUNNING, 1 }, { 0 } };
	struct node n = make("lo", 0);
	follow(&n, at_2);
	assert_true(bip_port(n.bip)->up);
	assert_int_equal(follow(&n, no_cable), BIP_UNCHANGED);
	assert_false(bip_port(n.bip)->up);
	assert_int_equal(follow(&n, at_2), BIP_UNCHANGED);
	assert_true(bip_port(n.bip)->up);
	assert_int_equal(follow(&n, switched_off), BIP_UNCHANGED);
	assert_false(bip_port(n.bip)->up);
	end(&n);
}

static void an_address_that_is_configured_is_waited_for_too(void **state)
{
	(void)state;
	HOST(other) = { { "lo", "127.0.0.1", "255.0.0.0", NULL, UP | IFF_LOOPBACK, 1 }, { "eth0", "192.0.2.9", "255.255.255.0", NULL, UP, 2 }, { 0 } };
	struct node n = { .loop = ev_loop_make() };
	struct bip_conf c = { .address = { 192, 0, 2, 7 } };
	struct err_at why = { 0 };
	n.bip = bip_make(n.loop, &c, &silent, NULL, NULL);
	interfaces = other;
	assert_int_equal(bip_open(n.bip, &why), BIP_NO_ADDRESS);
	assert_string_equal(why.file, "BACnet/IP on 192.0.2.7");
	assert_string_equal(why.text, "no interface of this host has this address");
	end(&n);
	n.loop = ev_loop_make();
	n.bip = bip_make(n.loop, &(struct bip_conf){ .address = { 127, 0, 0, 9 } }, &silent, NULL, NULL);
	assert_int_equal(bip_open(n.bip, &why), BIP_OPENED);     /* all of 127.0.0.0/8 is lo's */
	expect_at(&n, "127.0.0.9", "255.0.0.0", "127.255.255.255");
	end(&n);
}

static void what_is_no_ipv4_address_is_passed_over(void **state)
{
	(void)state;
	HOST(others) = { { "lo", "::1", "255.255.255.0", NULL, UP, 1 }, { "lo", "127.0.1.7", NULL, NULL, UP, 1 },
		{ "lo", "127.0.1.8", "ffff::", NULL, UP, 1 }, { 0 } };
	HOST(at_last) = { { "lo", "::1", "255.255.255.0", NULL, UP, 1 }, { "lo", "127.0.1.7", NULL, NULL, UP, 1 },
		{ "lo", "127.0.1.2", "255.255.255.0", "::", UP | IFF_BROADCAST, 1 }, { 0 } };
	HOST(not_its_broadcast) = { { "lo", "127.0.1.2", "255.255.255.0", "127.0.1.77", UP | IFF_POINTOPOINT, 1 }, { 0 } };
	struct node n = make("lo", 0);
	struct err_at why = { 0 };
	interfaces = others;
	assert_int_equal(bip_open(n.bip, &why), BIP_NO_ADDRESS);
	assert_string_equal(why.text, "the interface has no IPv4 address");
	assert_int_equal(why.line, 0);
	assert_int_equal(follow(&n, at_last), BIP_OPENED);
	expect_at(&n, "127.0.1.2", "255.255.255.0", "127.0.1.255");
	assert_int_equal(follow(&n, not_its_broadcast), BIP_UNCHANGED);  /* the other end of a line, in the same place */
	end(&n);
}

/* 127.0.0.0/8 is lo's as a whole, and nobody else's. */
static void the_loopback_network_is_only_that(void **state)
{
	(void)state;
	static const struct { struct played host; uint8_t address[4]; bool meant; } rows[] = {
		{ { "lo", "127.0.0.1", "255.0.0.0", NULL, UP | IFF_LOOPBACK, 1 }, { 127, 9, 9, 9 }, true },
		{ { "lo", "127.0.0.1", "255.0.0.0", NULL, UP | IFF_LOOPBACK, 1 }, { 126, 0, 0, 1 }, false },
		{ { "lo", "127.0.0.1", "255.0.0.0", NULL, UP | IFF_LOOPBACK, 1 }, { 128, 0, 0, 1 }, false },
		{ { "eth0", "127.0.0.1", "255.0.0.0", NULL, UP, 2 }, { 127, 0, 0, 2 }, false },
		{ { "eth0", "127.0.0.1", "255.0.0.0", NULL, UP, 2 }, { 127, 0, 0, 1 }, true },
		{ { "lo", "10.0.0.1", "255.0.0.0", NULL, UP | IFF_LOOPBACK, 1 }, { 10, 0, 0, 1 }, true },
		{ { "lo", "10.0.0.1", "255.0.0.0", NULL, UP | IFF_LOOPBACK, 1 }, { 127, 0, 0, 1 }, false },
		{ { "lo", "10.0.0.1", "255.0.0.0", NULL, UP | IFF_LOOPBACK, 1 }, { 10, 0, 0, 2 }, false },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct bip_conf c = { .address = { 0 } };
		struct bip_port found, present = { 0 };
		struct err_at why = { 0 };
		const struct played host[] = { rows[i].host, { 0 } };
		memcpy(c.address, rows[i].address, 4);
		interfaces = host;
		assert_int_equal(ipport_find(&c, &present, &found, &why), rows[i].meant);
		if (rows[i].meant)
			assert_memory_equal(found.address, rows[i].address, 4);
		else
			assert_string_equal(why.text, "no interface of this host has this address");
		assert_int_equal(why.line, 0);
	}
	assert_int_equal(lists, 0);
}

static void a_port_that_is_taken_is_refused_and_had_later(void **state)
{
	(void)state;
	struct node first = make("lo", 0), second = { .loop = ev_loop_make() };
	follow(&first, at_2);
	struct bip_conf c = { .interface = "lo", .port = bip_port(first.bip)->port };
	second.bip = bip_make(second.loop, &c, &silent, NULL, NULL);
	assert_int_equal(follow(&second, at_2), BIP_REFUSED);
	expect_closed(&second);
	assert_int_equal(follow(&second, at_3), BIP_OPENED);
	assert_int_equal(follow(&second, at_2), BIP_REFUSED);    /* moved to where somebody is */
	expect_closed(&second);
	end(&first);
	assert_int_equal(follow(&second, at_2), BIP_OPENED);
	end(&second);
}

static void a_list_that_cannot_be_read_says_so(void **state)
{
	(void)state;
	struct node n = make("lo", 0);
	struct err_at why = { 0 };
	getifaddrs_fails_with = ENOMEM;
	assert_int_equal(bip_open(n.bip, &why), BIP_NO_ADDRESS);
	assert_string_equal(why.file, "BACnet/IP on lo");
	assert_int_equal(why.line, 0);
	assert_string_equal(why.text, "the list of interfaces cannot be read: Cannot allocate memory");
	getifaddrs_fails_with = 0;
	end(&n);
}

static void what_is_sent_without_an_address_is_lost_and_counted(void **state)
{
	(void)state;
	struct node n = make("lo", 0);
	struct bac_addr to = { .mac = { 127, 0, 1, 9, 0xBA, 0xC0 } };
	for (int i = 0; i < 100; i++) {
		struct wr w = bip_begin(n.bip, 3);
		wr_u8(&w, 1);
		bip_send(n.bip, &to, &w);
	}
	struct wr w = bip_begin(n.bip, 3);
	bip_send_broadcast(n.bip, &w);
	turn(n.loop);
	turn(n.loop);
	assert_int_equal(bip_counters(n.bip)->tx_dropped, 101);
	assert_int_equal(bip_counters(n.bip)->tx, 0);
	assert_int_equal(bip_counters(n.bip)->tx_octets, 0);
	end(&n);
}

/* What waited for the old address does not leave from the new one. */
static void what_waits_is_lost_when_the_address_goes(void **state)
{
	(void)state;
	struct node n = make("lo", 0);
	struct bac_addr to = { .mac = { 127, 0, 1, 9, 0xBA, 0xC0 } };
	follow(&n, at_2);
	struct wr w = bip_begin(n.bip, 3);
	wr_u8(&w, 1);
	bip_send(n.bip, &to, &w);
	follow(&n, at_3);
	turn(n.loop);
	turn(n.loop);
	assert_int_equal(bip_counters(n.bip)->tx, 0);
	end(&n);
}

static bool kernel_is_full;

int sendmmsg(int fd, struct mmsghdr *messages, unsigned n, int flags)
{
	errno = EAGAIN;
	return kernel_is_full ? -1 : (int)syscall(SYS_sendmmsg, fd, messages, n, flags);
}

/* Nor does the new address wait because the old one had to. */
static void who_moves_waits_for_nobody(void **state)
{
	(void)state;
	struct node n = make("lo", 0);
	struct bac_addr to = { .mac = { 127, 0, 1, 9, 0xBA, 0xC0 } };
	for (int i = 0; i < 2; i++) {
		follow(&n, i ? at_3 : at_2);
		kernel_is_full = !i;
		struct wr w = bip_begin(n.bip, 3);
		wr_u8(&w, 1);
		bip_send(n.bip, &to, &w);
		turn(n.loop);
		turn(n.loop);
		assert_int_equal(bip_counters(n.bip)->tx, i);
	}
	assert_int_equal(bip_counters(n.bip)->tx_dropped, 0);
	end(&n);
}

/* Not one turn later: nobody is there to send it. */
static void without_an_address_a_broadcast_is_lost_at_once(void **state)
{
	(void)state;
	struct node n = make("lo", 0);
	follow(&n, at_2);
	follow(&n, no_address);
	struct wr w = bip_begin(n.bip, 3);
	wr_u8(&w, 1);
	bip_send_broadcast(n.bip, &w);
	assert_int_equal(bip_counters(n.bip)->tx_dropped, 1);
	assert_int_equal(bip_counters(n.bip)->tx_octets, 0);
	end(&n);
}

static int descriptors(void)
{
	int n = 0;
	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void nothing_is_left_behind(void **state)
{
	(void)state;
	struct ev_loop *loop = ev_loop_make();
	struct err_at why = { 0 };
	struct bip_conf taken = { .interface = "lo" };
	struct bip *first = bip_make(loop, &taken, &silent, NULL, NULL);
	interfaces = at_2;
	bip_open(first, &why);
	taken.port = bip_port(first)->port;
	size_t memory = 0;
	int open = 0;
	for (int i = 0; i < 8; i++) {
		struct bip *b = bip_make(loop, &(struct bip_conf){ .interface = "lo" }, &silent, NULL, NULL);
		interfaces = at_2;
		assert_int_equal(bip_open(b, &why), BIP_OPENED);
		interfaces = at_3;
		assert_int_equal(bip_open(b, &why), BIP_OPENED);
		bip_free(b);
		b = bip_make(loop, &taken, &silent, NULL, NULL);
		interfaces = at_2;
		assert_int_equal(bip_open(b, &why), BIP_REFUSED);
		bip_free(b);
		bip_free(NULL);
		turn(loop);
		if (i == 3) {                            /* what the loop keeps for the next time is there now */
			memory = mallinfo2().uordblks + mallinfo2().hblkhd;
			open = descriptors();
		}
	}
	assert_int_equal(mallinfo2().uordblks + mallinfo2().hblkhd, memory);
	assert_int_equal(descriptors(), open);
	bip_free(first);
	ev_loop_free(loop);
}

/* A program that asks has a port of its own, and speaks to the devices at theirs. */
static void broadcasts_may_have_another_port(void **state)
{
	(void)state;
	HOST(wide_2) = { { "lo", "127.0.1.2", "255.0.0.0", NULL, UP, 1 }, { 0 } };
	HOST(wide_3) = { { "lo", "127.0.1.3", "255.0.0.0", NULL, UP, 1 }, { 0 } };
	struct node device = { .loop = ev_loop_make() }, asker;
	device.bip = bip_make(device.loop, &(struct bip_conf){ .interface = "lo" }, &silent, heard, &device);
	follow(&device, wide_2);
	uint16_t port = bip_port(device.bip)->port;
	asker = (struct node){ .loop = device.loop };
	asker.bip = bip_make(device.loop, &(struct bip_conf){ .interface = "lo", .broadcast_port = port }, &silent, heard, &asker);
	follow(&asker, wide_3);
	assert_int_not_equal(bip_port(asker.bip)->port, port);
	assert_int_equal(bip_port(asker.bip)->broadcast_port, port);
	struct wr w = bip_begin(asker.bip, 3);
	wr_octets(&w, "\x01\x00\x10", 3);
	bip_send_broadcast(asker.bip, &w);
	turn(asker.loop);
	turn(device.loop);
	assert_int_equal(device.heard, 1);
	assert_int_equal(asker.heard, 0);
	knock("127.255.255.255", port);                     /* a device that answers by broadcast is heard */
	turn(device.loop);
	assert_int_equal(asker.heard, 1);
	bip_free(asker.bip);
	end(&device);
}

/* ---- subnets of every size ---- */

/* What was logged since the last time. */
static const char *logged(const int lines[2], char text[2048])
{
	assert_int_equal(write(lines[1], "end\n", 4), 4);        /* so that read() does not wait */
	ssize_t n = read(lines[0], text, 2047);
	text[n > 0 ? n : 0] = 0;
	return text;
}

static void a_subnet_without_a_broadcast_address_is_told_of(void **state)
{
	(void)state;
	static const struct { const char *mask, *broadcast; bool shouts; } rows[] = {
		{ "255.255.255.255", NULL, false }, { "255.255.255.254", NULL, false }, { "255.255.255.252", NULL, true },
		{ "255.255.255.0", NULL, true }, { "255.255.255.0", "127.0.1.2", false }, { "255.0.0.0", NULL, true },
	};
	int lines[2];
	char text[2048];
	assert_int_equal(pipe(lines), 0);
	struct log log = { .fd = lines[1], .level = LOG_LEVEL_WARNING };
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct played host[] = { { "lo", "127.0.1.2", rows[i].mask, rows[i].broadcast, UP | IFF_BROADCAST, 1 }, { 0 } };
		struct node n = { .loop = ev_loop_make() };
		n.bip = bip_make(n.loop, &(struct bip_conf){ .interface = "lo" }, &log, heard, &n);
		assert_int_equal(follow(&n, host), BIP_OPENED);
		assert_string_equal(logged(lines, text), rows[i].shouts ? "end\n" :
			"warning: BACnet/IP on lo: the subnet has no broadcast address, so nobody can discover this device there\nend\n");
		struct wr w = bip_begin(n.bip, 3);
		bip_send_broadcast(n.bip, &w);
		turn(n.loop);
		assert_int_equal(bip_counters(n.bip)->tx_dropped, !rows[i].shouts);
		logged(lines, text);
		end(&n);
	}
	close(lines[0]);
	close(lines[1]);
}

static void a_name_of_one_letter_is_one(void **state)
{
	(void)state;
	HOST(host) = { { "e", "127.0.1.2", "255.255.255.0", NULL, UP, 3 }, { "l", "127.0.1.3", "255.255.255.0", NULL, UP, 4 },
		{ "l:1", "127.0.1.4", "255.255.255.0", NULL, UP, 4 }, { 0 } };
	struct node n = make("l", 0);
	assert_int_equal(follow(&n, host), BIP_OPENED);
	expect_at(&n, "127.0.1.3", "255.255.255.0", "127.0.1.255");
	assert_int_equal(bip_port(n.bip)->index, 4);
	end(&n);
	n = make("l:1", 0);                              /* an alias, which belongs to its interface */
	assert_int_equal(follow(&n, host), BIP_OPENED);
	expect_at(&n, "127.0.1.4", "255.255.255.0", "127.0.1.255");
	assert_string_equal(bip_port(n.bip)->interface, "l");
	end(&n);
}

/* Broadcasts that another program has for itself: a device must hear them, and says why it cannot. */
static void broadcasts_that_cannot_be_heard_are_named(void **state)
{
	(void)state;
	struct sockaddr_in a = { .sin_family = AF_INET };
	struct err_at why = { 0 };
	char text[200];
	socklen_t size = sizeof a;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	inet_pton(AF_INET, "127.0.1.255", &a.sin_addr);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &size), 0);
	uint16_t port = ntohs(a.sin_port);
	struct node n = { .loop = ev_loop_make() };
	n.bip = bip_make(n.loop, &(struct bip_conf){ .interface = "lo", .port = port }, &silent, NULL, NULL);
	interfaces = at_2;
	assert_int_equal(bip_open(n.bip, &why), BIP_REFUSED);
	snprintf(text, sizeof text, "broadcasts to 127.0.1.255 port %u (lo) cannot be received: Address already in use", port);
	assert_string_equal(why.text, text);
	assert_string_equal(why.file, "BACnet/IP on lo");
	expect_closed(&n);
	end(&n);
	n = (struct node){ .loop = ev_loop_make() };     /* who only asks does without */
	n.bip = bip_make(n.loop, &(struct bip_conf){ .interface = "lo", .broadcast_port = port }, &silent, NULL, NULL);
	assert_int_equal(follow(&n, at_2), BIP_OPENED);
	assert_int_equal(bip_port(n.bip)->broadcast_port, port);
	struct wr w = bip_begin(n.bip, 3);
	wr_u8(&w, 7);
	bip_send_broadcast(n.bip, &w);
	turn(n.loop);
	assert_int_equal(bip_counters(n.bip)->tx, 1);
	end(&n);
	close(fd);
}

static void a_port_that_is_taken_says_where(void **state)
{
	(void)state;
	struct node first = make("lo", 0);
	struct err_at why = { 0 };
	char text[200];
	follow(&first, at_2);
	uint16_t port = bip_port(first.bip)->port;
	struct node n = { .loop = ev_loop_make() };
	n.bip = bip_make(n.loop, &(struct bip_conf){ .interface = "lo", .port = port }, &silent, NULL, NULL);
	assert_int_equal(bip_open(n.bip, &why), BIP_REFUSED);
	snprintf(text, sizeof text, "UDP port %u of 127.0.1.2 (lo) cannot be opened: Address already in use", port);
	assert_string_equal(why.text, text);
	assert_int_equal(why.line, 0);
	end(&n);
	end(&first);
}

/* ---- who can have sent it ---- */

static bool pretend;                             /* 192.0.2.N of the played host is 127.0.9.N of this one */

static void give_forwarded(uint16_t port, const uint8_t origin[6])
{
	uint8_t message[] = { 0x81, 0x04, 0, 13, 0, 0, 0, 0, 0, 0, 1, 0, 0x10 };
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	memcpy(message + 4, origin, 6);
	inet_pton(AF_INET, "127.0.9.7", &a.sin_addr);
	assert_int_equal(sendto(fd, message, sizeof message, 0, (struct sockaddr *)&a, sizeof a), sizeof message);
	close(fd);
}

/* A message may say itself where it comes from, and would be answered there. */
static void nobody_makes_us_shout_at_many_or_at_ourselves(void **state)
{
	(void)state;
	HOST(real) = { { "lo", "192.0.2.7", "255.255.255.0", NULL, UP, 1 }, { 0 } };
	static const struct { uint8_t origin[6]; bool up, own; } rows[] = {
		{ { 192, 0, 2, 8, 0xBA, 0xC0 }, true, false }, { { 1, 0, 0, 0, 0, 1 }, true, false }, { { 223, 255, 255, 255, 1, 0 }, true, false },
		{ { 0, 0, 0, 1, 0xBA, 0xC0 }, false, false }, { { 224, 0, 0, 1, 0xBA, 0xC0 }, false, false },
		{ { 255, 255, 255, 255, 0xBA, 0xC0 }, false, false }, { { 192, 0, 2, 255, 0xBA, 0xC0 }, false, false },
		{ { 192, 0, 3, 255, 0xBA, 0xC0 }, true, false }, { { 127, 0, 0, 1, 0xBA, 0xC0 }, false, false },
		{ { 126, 0, 0, 1, 0xBA, 0xC0 }, true, false }, { { 128, 0, 0, 1, 0xBA, 0xC0 }, true, false },
		{ { 192, 0, 2, 8, 0, 0 }, false, false }, { { 192, 0, 2, 7, 0, 0 }, false, true },       /* our port is put in there */
	};
	struct node n = { .loop = ev_loop_make() };
	uint64_t refused = 0, own = 0;
	unsigned up = 0;
	n.bip = bip_make(n.loop, &(struct bip_conf){ .interface = "lo" }, &silent, heard, &n);
	pretend = true;
	assert_int_equal(follow(&n, real), BIP_OPENED);
	pretend = false;
	expect_at(&n, "192.0.2.7", "255.255.255.0", "192.0.2.255");
	uint16_t port = bip_port(n.bip)->port;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		uint8_t origin[6];
		memcpy(origin, rows[i].origin, 6);
		if (rows[i].own) {
			origin[4] = (uint8_t)(port >> 8);
			origin[5] = (uint8_t)port;
		}
		give_forwarded(port, origin);
		turn(n.loop);
		up += rows[i].up;
		own += rows[i].own;
		refused += !rows[i].up && !rows[i].own;
		assert_int_equal(n.heard, up);
		assert_int_equal(bip_counters(n.bip)->rx_malformed, refused);
		assert_int_equal(bip_counters(n.bip)->rx_own, own);
	}
	/* nor is anything sent there */
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct bac_addr to = { 0 };
		uint64_t dropped = bip_counters(n.bip)->tx_dropped;
		memcpy(to.mac, rows[i].origin, 6);
		if (rows[i].up || rows[i].origin[0] == 127 || rows[i].own)
			continue;
		struct wr w = bip_begin(n.bip, 3);
		wr_u8(&w, 1);
		bip_send(n.bip, &to, &w);
		assert_int_equal(bip_counters(n.bip)->tx_dropped, dropped + 1);
	}
	end(&n);
}

/* ---- being told ---- */

static int kernel = -1;                          /* our end of the "netlink" socket */
static uint32_t said_by;                         /* netlink port of the sender: 0 is the kernel */
static int recvfrom_fails_with;
static unsigned recvfroms;
static bool no_netlink, no_netlink_address;
static size_t recvfrom_room;
static struct sockaddr_nl netlink_bound;

int socket(int domain, int type, int protocol)
{
	if (domain != AF_NETLINK)
		return (int)syscall(SYS_socket, domain, type, protocol);
	int pair[2];
	errno = EAFNOSUPPORT;
	assert_int_equal(type, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK);
	assert_int_equal(protocol, NETLINK_ROUTE);
	if (no_netlink || socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0)
		return -1;
	kernel = pair[1];
	return pair[0];
}

int bind(int fd, __CONST_SOCKADDR_ARG any, socklen_t n)
{
	const struct sockaddr *a = any.__sockaddr__;
	if (a->sa_family == AF_NETLINK) {
		memcpy(&netlink_bound, a, sizeof netlink_bound);
		errno = EPERM;
		return no_netlink_address ? -1 : 0;
	}
	struct sockaddr_in in;
	memcpy(&in, a, sizeof in);
	if (pretend && in.sin_addr.s_addr != INADDR_BROADCAST)
		in.sin_addr.s_addr = htonl(0x7f000900 | (ntohl(in.sin_addr.s_addr) & 0xff));
	return (int)syscall(SYS_bind, fd, &in, n);
}

ssize_t recvfrom(int fd, void *octets, size_t n, int flags, __SOCKADDR_ARG any, socklen_t *size)
{
	struct sockaddr *from = any.__sockaddr__;
	recvfroms++;
	recvfrom_room = n;
	ssize_t got = syscall(SYS_recvfrom, fd, octets, n, flags, NULL, NULL);
	struct sockaddr_nl a = { .nl_family = AF_NETLINK, .nl_pid = said_by };
	if (from && got >= 0)
		memcpy(from, &a, *size < sizeof a ? *size : sizeof a);
	if (got >= 0 && recvfrom_fails_with) {
		errno = recvfrom_fails_with;
		return -1;
	}
	return got;
}

struct listener {
	struct ev_loop *loop;
	unsigned told;
};

static void told(void *ctx)
{
	struct listener *l = ctx;
	l->told++;
	ev_stop(l->loop);
}

static void say(uint16_t type, uint8_t family)
{
	struct {
		struct nlmsghdr h;
		uint8_t body[16];
	} m = { .h = { .nlmsg_len = sizeof m, .nlmsg_type = type }, .body = { family } };
	assert_int_equal(write(kernel, &m, sizeof m), sizeof m);
}

/* Three datagrams at once are told once; what says nothing is not told at all. */
static void a_swarm_of_changes_is_told_once(void **state)
{
	(void)state;
	struct listener l = { .loop = ev_loop_make() };
	struct err_at why = { 0 };
	struct watch *w = watch_start(l.loop, told, &l, &why);
	assert_non_null(w);
	said_by = 0;
	recvfrom_fails_with = 0;
	say(RTM_NEWNEIGH, AF_INET);
	struct stopper s = { .loop = l.loop };
	ev_timer_init(&s.timer, stop);
	ev_after(l.loop, &s.timer, WATCH_SETTLE_MS + 50);
	recvfroms = 0;
	ev_run(l.loop);
	assert_int_equal(l.told, 0);
	assert_int_equal(recvfroms, 2);                  /* the datagram, and that there is no more */
	assert_int_equal(recvfrom_room, 32768);
	for (int i = 0; i < 3; i++)
		say(RTM_NEWADDR, AF_INET);
	struct mono before = ev_now(l.loop);
	ev_run(l.loop);
	assert_int_equal(l.told, 1);
	assert_true(mono_ms_between(before, ev_now(l.loop)) >= WATCH_SETTLE_MS);
	turn(l.loop);
	assert_int_equal(l.told, 1);
	say(RTM_DELADDR, AF_INET);
	ev_run(l.loop);
	assert_int_equal(l.told, 2);
	for (int i = 0; i < 40; i++)                     /* more than are taken in a turn */
		say(RTM_NEWLINK, AF_UNSPEC);
	recvfroms = 0;
	turn(l.loop);
	assert_in_range(recvfroms, 16, 33);
	ev_run(l.loop);
	assert_int_equal(l.told, 3);
	assert_int_equal(recvfroms, 40 + 1);
	watch_stop(w);
	assert_int_equal(send(kernel, "", 1, MSG_NOSIGNAL), -1);         /* nobody holds the other end */
	close(kernel);
	ev_loop_free(l.loop);
}

static void a_full_socket_counts_as_a_change_and_a_program_as_nobody(void **state)
{
	(void)state;
	struct listener l = { .loop = ev_loop_make() };
	struct err_at why = { 0 };
	struct watch *w = watch_start(l.loop, told, &l, &why);
	said_by = 4711;
	say(RTM_NEWADDR, AF_INET);
	turn(l.loop);                                    /* taken, and passed over */
	turn(l.loop);
	said_by = 0;
	recvfrom_fails_with = ENOBUFS;
	struct mono before = ev_now(l.loop);
	say(RTM_NEWNEIGH, AF_INET);
	ev_run(l.loop);
	assert_int_equal(l.told, 1);
	assert_true(mono_ms_between(before, ev_now(l.loop)) >= WATCH_SETTLE_MS);
	recvfrom_fails_with = EINTR;                     /* no news, and no end */
	for (int i = 0; i < 3; i++)
		say(RTM_NEWADDR, AF_INET);
	recvfroms = 0;
	turn(l.loop);
	assert_int_equal(recvfroms, 4);
	recvfrom_fails_with = ENOMEM;                    /* the end of this turn */
	say(RTM_NEWADDR, AF_INET);
	recvfroms = 0;
	turn(l.loop);
	assert_int_equal(recvfroms, 1);
	struct stopper s = { .loop = l.loop };
	ev_timer_init(&s.timer, stop);
	ev_after(l.loop, &s.timer, WATCH_SETTLE_MS + 50);
	ev_run(l.loop);
	assert_int_equal(l.told, 1);
	recvfrom_fails_with = 0;
	say(RTM_NEWADDR, AF_INET);
	turn(l.loop);
	watch_stop(w);                                   /* with something still to be told */
	ev_after(l.loop, &s.timer, WATCH_SETTLE_MS + 50);
	ev_run(l.loop);
	assert_int_equal(l.told, 1);
	close(kernel);
	ev_loop_free(l.loop);
}

static void without_such_a_socket_it_says_so(void **state)
{
	(void)state;
	struct ev_loop *loop = ev_loop_make();
	struct err_at why = { 0 };
	no_netlink = true;
	assert_null(watch_start(loop, told, NULL, &why));
	assert_non_null(strstr(why.text, "changes of addresses are not seen"));
	assert_non_null(strstr(why.text, strerror(EAFNOSUPPORT)));
	assert_string_equal(why.file, "rtnetlink");
	assert_int_equal(why.line, 0);
	no_netlink = false;
	watch_stop(NULL);
	no_netlink_address = true;
	assert_null(watch_start(loop, told, NULL, &why));
	assert_string_equal(why.text, "changes of addresses are not seen: Operation not permitted");
	no_netlink_address = false;
	assert_int_equal(send(kernel, "", 1, MSG_NOSIGNAL), -1);         /* closed */
	close(kernel);
	assert_int_equal(netlink_bound.nl_groups, RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE);
	size_t memory = 0;
	for (int i = 0; i < 8; i++) {
		struct watch *w = watch_start(loop, told, NULL, &why);
		assert_non_null(w);
		watch_stop(w);
		close(kernel);
		no_netlink = true;
		assert_null(watch_start(loop, told, NULL, &why));
		no_netlink = false;
		turn(loop);
		if (i == 3)
			memory = mallinfo2().uordblks;
	}
	assert_int_equal(mallinfo2().uordblks, memory);
	ev_loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finding_2_12_an_address_is_waited_for_followed_and_waited_for_again),
		cmocka_unit_test(the_new_address_hears_and_the_old_one_does_not),
		cmocka_unit_test(nothing_happens_when_nothing_has_changed),
		cmocka_unit_test(each_part_of_an_address_counts),
		cmocka_unit_test(a_second_address_changes_nothing_while_the_first_is_there),
		cmocka_unit_test(a_cable_that_is_pulled_shows_and_closes_nothing),
		cmocka_unit_test(an_address_that_is_configured_is_waited_for_too),
		cmocka_unit_test(the_loopback_network_is_only_that),
		cmocka_unit_test(what_is_no_ipv4_address_is_passed_over),
		cmocka_unit_test(a_port_that_is_taken_is_refused_and_had_later),
		cmocka_unit_test(a_list_that_cannot_be_read_says_so),
		cmocka_unit_test(what_is_sent_without_an_address_is_lost_and_counted),
		cmocka_unit_test(what_waits_is_lost_when_the_address_goes),
		cmocka_unit_test(nothing_is_left_behind),
		cmocka_unit_test(without_an_address_a_broadcast_is_lost_at_once),
		cmocka_unit_test(who_moves_waits_for_nobody),
		cmocka_unit_test(broadcasts_may_have_another_port),
		cmocka_unit_test(a_subnet_without_a_broadcast_address_is_told_of),
		cmocka_unit_test(a_name_of_one_letter_is_one),
		cmocka_unit_test(broadcasts_that_cannot_be_heard_are_named),
		cmocka_unit_test(a_port_that_is_taken_says_where),
		cmocka_unit_test(nobody_makes_us_shout_at_many_or_at_ourselves),
		cmocka_unit_test(a_swarm_of_changes_is_told_once),
		cmocka_unit_test(a_full_socket_counts_as_a_change_and_a_program_as_nobody),
		cmocka_unit_test(without_such_a_socket_it_says_so),
	};
	return cmocka_run_group_tests_name("follow", tests, NULL, NULL);
}
