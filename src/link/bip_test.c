/* BACnet/IP on the loopback network: real datagrams, one turn of the loop at a time.  sendmmsg is replaced here, so that a full
 * kernel can be played. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "link/bip.h"
#include "base/budget.h"

static int sendmmsg_fails_with;          /* errno; 0 = the kernel's own */
static int sendmmsg_fails_times;         /* then it is the kernel's own again; 0 = always */
static unsigned sendmmsg_takes;          /* of each call only so many messages; 0 = all */
static int sendmmsg_full_after;          /* so many messages in all, then EAGAIN; 0 = never */

enum { LEFT_MAX = 300 };
static struct {
	size_t length;
	uint8_t octets[8];
} left[LEFT_MAX];                        /* what has gone to the kernel */
static unsigned lefts;

int sendmmsg(int fd, struct mmsghdr *messages, unsigned n, int flags)
{
	if (sendmmsg_fails_with) {
		errno = sendmmsg_fails_with;
		if (sendmmsg_fails_times && --sendmmsg_fails_times == 0)
			sendmmsg_fails_with = 0;
		return -1;
	}
	if (sendmmsg_full_after && lefts >= (unsigned)sendmmsg_full_after) {
		errno = EAGAIN;
		return -1;
	}
	if (sendmmsg_takes && n > sendmmsg_takes)
		n = sendmmsg_takes;
	for (unsigned i = 0; i < n && lefts < LEFT_MAX; i++, lefts++) {
		left[lefts].length = messages[i].msg_hdr.msg_iov->iov_len;
		memcpy(left[lefts].octets, messages[i].msg_hdr.msg_iov->iov_base, left[lefts].length < 8 ? left[lefts].length : 8);
	}
	return (int)syscall(SYS_sendmmsg, fd, messages, n, flags);
}

enum { HEARD_MAX = 400 };

struct heard {
	struct bac_addr from;
	bool broadcast;
	enum port_way way;
	size_t length;
	uint8_t first;
};

struct node {
	struct ev_loop *loop;
	struct bip *bip;
	struct heard heard[HEARD_MAX];
	int n;
	bool answers;            /* each NPDU is sent back */
	size_t answer_max;
	int asker;               /* sends the next request when one was heard; 0: nobody does */
};

static const struct log quiet = { .fd = 2, .level = LOG_LEVEL_ERROR };

static const uint8_t request[] = { 0x81, 0x0A, 0, 7, 1, 0, 0x10 };

static void send_to(int fd, const char *ip, uint16_t port, const void *octets, size_t n)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
	assert_int_equal(inet_pton(AF_INET, ip, &a.sin_addr), 1);
	assert_int_equal(sendto(fd, octets, n, 0, (struct sockaddr *)&a, sizeof a), n);
}

static uint16_t port_of(const struct node *n)
{
	return bip_port(n->bip)->port;
}

static void heard(void *ctx, const struct bac_addr *from, enum port_way way, const uint8_t *npdu, size_t length)
{
	struct node *n = ctx;
	assert_true(n->n < HEARD_MAX);
	n->heard[n->n++] = (struct heard){ .from = *from, .broadcast = way != PORT_UNICAST, .way = way, .length = length, .first = npdu[0] };
	if (n->asker)
		send_to(n->asker, "127.0.0.1", port_of(n), request, sizeof request);
	if (!n->answers)
		return;
	struct wr w = bip_begin(n->bip, n->answer_max ? n->answer_max : BIP_NPDU_MAX);
	wr_octets(&w, npdu, length);
	bip_send(n->bip, from, &w);
}

static struct bip_conf conf_of(const char *ip, uint16_t port)
{
	struct bip_conf c = { .port = port };
	assert_int_equal(inet_pton(AF_INET, ip, c.address), 1);
	return c;
}

static void node_open(struct node *n, struct ev_loop *loop, const char *ip, uint16_t port)
{
	struct err_at why = { 0 };
	struct bip_conf c = conf_of(ip, port);
	*n = (struct node){ .loop = loop };
	n->bip = bip_make(loop, &c, &quiet, heard, n);
	if (bip_open(n->bip, &why) != BIP_OPENED)
		fail_msg("%s: %s", why.file, why.text);
}

struct stopper {
	struct ev_timer timer;
	struct ev_loop *loop;
};

static void stop(struct ev_timer *t)
{
	ev_stop(OWNER(t, struct stopper, timer)->loop);
}

/* What is there now is taken, and nothing waited for. */
static void turn(struct ev_loop *loop)
{
	struct stopper s = { .loop = loop };
	ev_timer_init(&s.timer, stop);
	ev_after(loop, &s.timer, 0);
	ev_run(loop);
}

/* Until so many datagrams have come in. */
static void turns(struct node *n, uint64_t datagrams)
{
	for (int i = 0; i < 1000 && bip_counters(n->bip)->rx < datagrams; i++)
		turn(n->loop);
}

static int client_open(const char *ip)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_in a = { .sin_family = AF_INET };
	int on = 1;
	assert_int_equal(inet_pton(AF_INET, ip, &a.sin_addr), 1);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	return fd;
}

static ssize_t receive(int fd, void *octets, size_t n, struct sockaddr_in *from)
{
	socklen_t length = sizeof *from;
	return recvfrom(fd, octets, n, MSG_TRUNC, (struct sockaddr *)from, &length);
}

static void mac_of(int fd, uint8_t mac[6])
{
	struct sockaddr_in a;
	socklen_t length = sizeof a;
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &length), 0);
	memcpy(mac, &a.sin_addr, 4);
	memcpy(mac + 4, &a.sin_port, 2);
}

static int setup(void **state)
{
	struct node *n = calloc(2, sizeof *n);
	*state = n;
	lefts = 0;
	node_open(n, ev_loop_make(), "127.0.0.1", 0);
	return 0;
}

static int teardown(void **state)
{
	struct node *n = *state;
	sendmmsg_fails_with = sendmmsg_full_after = 0;
	sendmmsg_takes = 0;
	bip_free(n->bip);
	ev_loop_free(n->loop);
	free(n);
	return 0;
}

static void a_unicast_npdu_goes_up_and_its_answer_back(void **state)
{
	struct node *n = *state;
	int fd = client_open("127.0.0.1");
	n->answers = true;
	send_to(fd, "127.0.0.1", port_of(n), request, sizeof request);
	turn(n->loop);
	assert_int_equal(n->n, 1);
	assert_false(n->heard[0].broadcast);
	assert_int_equal(n->heard[0].length, 3);
	assert_int_equal(n->heard[0].from.net, 0);
	uint8_t mac[6], octets[64];
	mac_of(fd, mac);
	assert_memory_equal(n->heard[0].from.mac, mac, 6);
	struct sockaddr_in from;
	assert_int_equal(receive(fd, octets, sizeof octets, &from), sizeof request);
	assert_memory_equal(octets, request, sizeof request);
	assert_int_equal(ntohs(from.sin_port), port_of(n));
	assert_int_equal(ntohl(from.sin_addr.s_addr), 0x7f000001);
	assert_int_equal(bip_counters(n->bip)->rx, 1);
	assert_int_equal(bip_counters(n->bip)->tx, 1);
	assert_int_equal(bip_counters(n->bip)->tx_octets, sizeof request);
	close(fd);
}

static void more_than_a_batch_is_answered_whole(void **state)
{
	struct node *n = *state;
	int fd = client_open("127.0.0.1");
	n->answers = true;
	enum { MANY = 200 };
	uint8_t octets[64];
	memcpy(octets, request, sizeof request);
	for (int i = 0; i < MANY; i++) {
		octets[4] = (uint8_t)i;
		send_to(fd, "127.0.0.1", port_of(n), octets, sizeof request);
	}
	for (int i = 0; i < 10000 && n->n < MANY; i++)       /* a turn is bounded by time, and the machine may be busy */
		turn(n->loop);
	assert_int_equal(n->n, MANY);
	struct sockaddr_in from;
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(receive(fd, octets, sizeof octets, &from), sizeof request);
		assert_int_equal(octets[4], i);
	}
	close(fd);
}

static void broadcasts_are_heard_by_all_but_their_sender(void **state)
{
	struct node *a = *state, *b = a + 1;
	node_open(b, a->loop, "127.0.0.2", port_of(a));         /* the same port at another address of this host */
	int fd = client_open("127.0.0.1");
	static const uint8_t who_is[] = { 0x81, 0x0B, 0, 8, 1, 0, 0x10, 8 };
	send_to(fd, "127.255.255.255", port_of(a), who_is, sizeof who_is);
	turn(a->loop);
	assert_int_equal(a->n, 1);
	assert_int_equal(b->n, 1);
	assert_int_equal(a->heard[0].way, PORT_SUBNET);
	assert_int_equal(b->heard[0].way, PORT_SUBNET);
	send_to(fd, "127.255.255.255", port_of(a), request, sizeof request);    /* "unicast" by a broadcast is one */
	send_to(fd, "127.0.0.1", port_of(a), who_is, sizeof who_is);            /* and "broadcast" by unicast too */
	turn(a->loop);
	assert_int_equal(a->n, 3);
	assert_int_equal(a->heard[1].way, PORT_SUBNET);
	assert_int_equal(a->heard[2].way, PORT_SUBNET);
	assert_int_equal(b->n, 2);
	struct wr w = bip_begin(a->bip, BIP_NPDU_MAX);
	wr_octets(&w, "\x01\x00\x10\x00", 4);
	bip_send_broadcast(a->bip, &w);
	turn(a->loop);
	turn(a->loop);
	assert_int_equal(a->n, 3);
	assert_int_equal(bip_counters(a->bip)->rx_own, 1);
	assert_int_equal(b->n, 3);
	assert_true(b->heard[2].broadcast);
	assert_memory_equal(b->heard[2].from.mac, bip_port(a->bip)->address, 4);
	bip_free(b->bip);
	close(fd);
}

static void limited_broadcasts_are_heard(void **state)
{
	struct node *n = *state;
	int fd = client_open("127.0.0.1");
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2) != 0) {
		print_message("skipped: a socket cannot be bound to lo here, so 255.255.255.255 has no way: %s\n", strerror(errno));
		close(fd);
		skip();
	}
	send_to(fd, "255.255.255.255", port_of(n), request, sizeof request);
	turn(n->loop);
	assert_int_equal(n->n, 1);
	assert_int_equal(n->heard[0].way, PORT_LIMITED);
	close(fd);
}

static void malformed_datagrams_are_counted_and_dropped(void **state)
{
	struct node *n = *state;
	int fd = client_open("127.0.0.1");
	static const struct { uint8_t octets[12]; size_t n; } bad[] = {
		{ { 0 }, 0 }, { { 0x81 }, 1 }, { { 0x81, 0x0A, 0 }, 3 }, { { 0x81, 0x0A, 0, 4 }, 4 },
		{ { 0x82, 0x0A, 0, 7, 1, 0, 0 }, 7 }, { { 0x81, 0x0A, 0, 6, 1, 0, 0 }, 7 }, { { 0x81, 0x0A, 0, 8, 1, 0, 0 }, 7 },
		{ { 0x81, 0x0A, 0xFF, 0xFF, 1, 0, 0 }, 7 }, { { 0x81, 0x0A, 0, 0, 1, 0, 0 }, 7 },
		{ { 0x81, 0x04, 0, 9, 10, 0, 0, 9, 0xBA }, 9 },         /* the originating address is cut */
		{ { 0x81, 0x04, 0, 10, 10, 0, 0, 9, 0xBA, 0xC0 }, 10 }, /* and here the NPDU is missing */
	};
	enum { BAD = sizeof bad / sizeof bad[0] };
	for (unsigned i = 0; i < BAD; i++)
		send_to(fd, "127.0.0.1", port_of(n), bad[i].octets, bad[i].n);
	static uint8_t big[4000];
	static const size_t too_long[] = { 1502, 1503, 2000, 4000 };
	for (unsigned i = 0; i < 4; i++) {              /* honest about its length, or about what remains when the kernel cuts it */
		for (unsigned claim = 0; claim < 2; claim++) {
			memcpy(big, (uint8_t[]){ 0x81, 0x0A, 0, 0, 1, 0 }, 6);
			size_t length = claim ? 1502 : too_long[i];
			big[2] = (uint8_t)(length >> 8);
			big[3] = (uint8_t)length;
			send_to(fd, "127.0.0.1", port_of(n), big, too_long[i]);
		}
	}
	turn(n->loop);
	assert_int_equal(n->n, 0);
	assert_int_equal(bip_counters(n->bip)->rx_malformed, BAD + 8);
	big[2] = 1501 >> 8;
	big[3] = 1501 & 0xff;
	n->answers = true;
	send_to(fd, "127.0.0.1", port_of(n), big, 1501);
	turn(n->loop);
	assert_int_equal(n->n, 1);
	assert_int_equal(n->heard[0].length, BIP_NPDU_MAX);
	struct sockaddr_in from;
	assert_int_equal(receive(fd, big, sizeof big, &from), 1501);
	close(fd);
}

static void a_node_that_is_no_bbmd_refuses_what_it_must_and_nothing_else(void **state)
{
	struct node *n = *state;
	static const struct { uint8_t function; uint16_t nak; } rows[] = {
		{ 0x00, 0 }, { 0x01, 0x0010 }, { 0x02, 0x0020 }, { 0x03, 0 }, { 0x05, 0x0030 }, { 0x06, 0x0040 }, { 0x07, 0 },
		{ 0x08, 0x0050 }, { 0x09, 0x0060 }, { 0x0C, 0 }, { 0x0D, 0 }, { 0x7F, 0 }, { 0x80, 0 }, { 0xFF, 0 },
	};
	struct sockaddr_in from;
	uint8_t octets[64];
	for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char ip[16];
		snprintf(ip, sizeof ip, "127.0.1.%u", i + 1);            /* each its own budget */
		int fd = client_open(ip);
		uint8_t message[] = { 0x81, rows[i].function, 0, 6, 0, 60 };
		send_to(fd, "127.0.0.1", port_of(n), message, sizeof message);
		turn(n->loop);
		ssize_t got = receive(fd, octets, sizeof octets, &from);
		if (rows[i].nak) {
			uint8_t nak[] = { 0x81, 0, 0, 6, (uint8_t)(rows[i].nak >> 8), (uint8_t)rows[i].nak };
			assert_int_equal(got, 6);
			assert_memory_equal(octets, nak, 6);
		} else {
			assert_int_equal(got, -1);
		}
		send_to(fd, "127.255.255.255", port_of(n), message, sizeof message);    /* to all: no answer */
		turn(n->loop);
		assert_int_equal(receive(fd, octets, sizeof octets, &from), -1);
		close(fd);
	}
	assert_int_equal(n->n, 0);
	assert_int_equal(bip_counters(n->bip)->nak_sent, 6);
	assert_int_equal(bip_counters(n->bip)->rx_result, 2);
	assert_int_equal(bip_counters(n->bip)->last_result, 60);
	assert_int_equal(bip_counters(n->bip)->rx_ignored, 2 * 7 + 6);   /* what is nothing to us, and what is no question to all */
	assert_int_equal(lefts, 6);
	assert_int_equal(bip_counters(n->bip)->rx_malformed, 0);
}

/* One who asks a lot has his few answers; the others have theirs, but for one in 64 who shares his row by chance. */
static void refusals_have_a_budget(void **state)
{
	struct node *n = *state;
	enum { OTHERS = 10 };
	int fd = client_open("127.0.0.9"), other[OTHERS];
	unsigned answered = 0;
	static const uint8_t read_bdt[] = { 0x81, 2, 0, 4 };
	for (int i = 0; i < 100; i++)
		send_to(fd, "127.0.0.1", port_of(n), read_bdt, sizeof read_bdt);
	for (int i = 0; i < OTHERS; i++) {
		char ip[16];
		snprintf(ip, sizeof ip, "127.0.2.%d", i + 1);
		other[i] = client_open(ip);
		send_to(other[i], "127.0.0.1", port_of(n), read_bdt, sizeof read_bdt);
	}
	turns(n, 100 + OTHERS);
	for (int i = 0; i < OTHERS; i++) {
		uint8_t octets[16];
		struct sockaddr_in from;
		answered += receive(other[i], octets, sizeof octets, &from) == 6;
		close(other[i]);
	}
	const struct bip_counters *c = bip_counters(n->bip);
	assert_in_range(answered, OTHERS / 2, OTHERS);
	assert_in_range(c->nak_sent, 5 + answered, 9 + answered);       /* others may share the row; one more when the turns took long */
	assert_int_equal(c->nak_held + c->nak_sent, 100 + OTHERS);
	assert_int_equal(lefts, c->nak_sent);
	close(fd);
}

/* The lines that strangers cause: one a minute of a kind, with the number of those that were held back. */
static void what_is_refused_or_lost_is_said_once_a_minute(void **state)
{
	(void)state;
	int lines[2];
	char text[1024];
	struct node n = { .loop = ev_loop_make() };
	struct err_at why = { 0 };
	assert_int_equal(pipe(lines), 0);
	struct log log = { .fd = lines[1], .level = LOG_LEVEL_INFO };
	struct bip_conf c = conf_of("127.0.0.1", 0);
	n.bip = bip_make(n.loop, &c, &log, heard, &n);
	assert_int_equal(bip_open(n.bip, &why), BIP_OPENED);
	int fd = client_open("127.0.0.77");
	uint8_t mac[6];
	mac_of(fd, mac);
	struct bac_addr nobody = { .mac = { 0 } };
	for (int i = 0; i < 5; i++) {
		send_to(fd, "127.0.0.1", port_of(&n), "\x55", 1);
		turn(n.loop);
		struct wr w = bip_begin(n.bip, 3);
		bip_send(n.bip, &nobody, &w);
	}
	assert_int_equal(bip_counters(n.bip)->rx_malformed, 5);
	assert_int_equal(bip_counters(n.bip)->tx_dropped, 5);
	char expected[400];
	snprintf(expected, sizeof expected, "BACnet/IP: a datagram from 127.0.0.77:%u is refused: not a BVLC message: its type, length or body is wrong "
		"(0 more before)\nwarning: BACnet/IP: a datagram could not be sent: not the address of a host (0 more before)\n", mac[4] << 8 | mac[5]);
	ssize_t got = read(lines[0], text, sizeof text - 1);
	text[got > 0 ? got : 0] = 0;
	assert_string_equal(text, expected);
	bip_free(n.bip);
	ev_loop_free(n.loop);
	close(fd);
	close(lines[0]);
	close(lines[1]);
}

/* And there is a bound for all together. */
static void refusals_have_a_budget_in_all(void **state)
{
	struct node *n = *state;
	static const uint8_t read_bdt[] = { 0x81, 2, 0, 4 };
	for (int i = 0; i < 200; i++) {
		char ip[16];
		snprintf(ip, sizeof ip, "127.0.3.%d", i + 1);
		int fd = client_open(ip);
		send_to(fd, "127.0.0.1", port_of(n), read_bdt, sizeof read_bdt);
		close(fd);
	}
	turns(n, 200);
	assert_in_range(bip_counters(n->bip)->nak_sent, 64, 70);         /* a few more when the turns took long */
	assert_int_equal(bip_counters(n->bip)->nak_held + bip_counters(n->bip)->nak_sent, 200);
}

static void a_budget_refills_at_its_rate(void **state)
{
	(void)state;
	struct budget b = { 0 };
	struct mono now = { 1000000000 };
	int spent = 0;
	for (int i = 0; i < 20; i++)
		spent += budget_spend(&b, now, 4, 8);
	assert_int_equal(spent, 8);
	now = mono_add_ms(now, 249);
	assert_false(budget_spend(&b, now, 4, 8));
	now = mono_add_ms(now, 1);
	assert_true(budget_spend(&b, now, 4, 8));
	assert_false(budget_spend(&b, now, 4, 8));
	now = mono_add_ms(now, 3600000);
	for (int i = spent = 0; i < 20; i++)
		spent += budget_spend(&b, now, 4, 8);
	assert_int_equal(spent, 8);                     /* an hour of rest is no more than the burst */
}

static void forwarded_npdus_come_from_their_origin(void **state)
{
	struct node *n = *state;
	int fd = client_open("127.0.0.1");
	uint8_t message[] = { 0x81, 0x04, 0, 12, 127, 0, 0, 77, 0xBA, 0xC0, 1, 0 };
	send_to(fd, "127.0.0.1", port_of(n), message, sizeof message);
	turn(n->loop);
	assert_int_equal(n->n, 1);
	assert_int_equal(n->heard[0].way, PORT_FORWARDED);
	assert_memory_equal(n->heard[0].from.mac, message + 4, 6);
	static const uint8_t nobody[][6] = {
		{ 0, 0, 0, 0, 0xBA, 0xC0 }, { 224, 0, 0, 1, 0xBA, 0xC0 }, { 255, 255, 255, 255, 0xBA, 0xC0 },
		{ 127, 255, 255, 255, 0xBA, 0xC0 }, { 127, 0, 0, 3, 0, 0 },
	};
	for (unsigned i = 0; i < sizeof nobody / sizeof nobody[0]; i++) {
		memcpy(message + 4, nobody[i], 6);
		send_to(fd, "127.0.0.1", port_of(n), message, sizeof message);
		turn(n->loop);
		assert_int_equal(n->n, 1);
		assert_int_equal(bip_counters(n->bip)->rx_malformed, i + 1);
	}
	memcpy(message + 4, bip_port(n->bip)->address, 4);
	message[8] = (uint8_t)(port_of(n) >> 8);
	message[9] = (uint8_t)port_of(n);
	send_to(fd, "127.0.0.1", port_of(n), message, sizeof message);
	turn(n->loop);
	assert_int_equal(n->n, 1);
	assert_int_equal(bip_counters(n->bip)->rx_own, 1);
	close(fd);
}

static enum bip_opened opened(struct node *n, const struct bip_conf *c, struct err_at *why)
{
	struct bip *b = bip_make(n->loop, c, &quiet, heard, n);
	enum bip_opened how = bip_open(b, why);
	assert_int_equal(bip_port(b)->port, 0);
	assert_int_equal(bip_port(b)->index, 0);
	assert_string_equal(bip_port(b)->interface, c->interface);
	bip_free(b);
	return how;
}

static void opening_says_why_it_cannot(void **state)
{
	struct node *n = *state;
	struct err_at why = { 0 };
	char text[400];
	struct bip_conf c = conf_of("127.0.0.1", port_of(n));
	assert_int_equal(opened(n, &c, &why), BIP_REFUSED);
	err_format(&why, text, sizeof text);
	char port[16];
	snprintf(port, sizeof port, "port %u", port_of(n));
	assert_non_null(strstr(text, port));
	assert_non_null(strstr(text, "127.0.0.1"));
	assert_non_null(strstr(text, strerror(EADDRINUSE)));
	c = conf_of("198.51.100.77", 0);
	assert_int_equal(opened(n, &c, &why), BIP_NO_ADDRESS);
	assert_string_equal(why.text, "no interface of this host has this address");
	assert_string_equal(why.file, "BACnet/IP on 198.51.100.77");
	c = conf_of("0.0.0.0", 0);
	assert_int_equal(opened(n, &c, &why), BIP_NO_ADDRESS);
	snprintf(c.interface, sizeof c.interface, "nosuch0");
	assert_int_equal(opened(n, &c, &why), BIP_NO_ADDRESS);
	assert_string_equal(why.text, "there is no interface of this name");
	assert_string_equal(why.file, "BACnet/IP on nosuch0");
}

static void an_interface_is_as_good_as_an_address(void **state)
{
	struct node *n = *state, *b = n + 1;
	struct bip_conf c = { .interface = "lo" };
	struct err_at why = { 0 };
	*b = (struct node){ .loop = n->loop };
	b->bip = bip_make(n->loop, &c, &quiet, heard, b);
	assert_int_equal(bip_open(b->bip, &why), BIP_OPENED);
	static const struct bip_port lo = { .interface = "lo", .address = { 127, 0, 0, 1 }, .mask = { 255, 0, 0, 0 },
		.broadcast = { 127, 255, 255, 255 } };
	assert_int_equal(bip_port(b->bip)->index, 1);
	assert_true(bip_port(b->bip)->up);
	assert_int_equal(bip_port(b->bip)->broadcast_port, bip_port(b->bip)->port);
	assert_memory_equal(bip_port(b->bip), &lo, offsetof(struct bip_port, port));
	assert_int_not_equal(bip_port(b->bip)->port, 0);
	bip_free(b->bip);
}

static void what_comes_back_as_icmp_disturbs_nobody(void **state)
{
	struct node *n = *state;
	int gone = client_open("127.0.0.1"), fd = client_open("127.0.0.1");
	n->answers = true;
	uint8_t octets[16];
	struct sockaddr_in from;
	for (int i = 0; i < 3; i++) {
		if (gone >= 0)
			send_to(gone, "127.0.0.1", port_of(n), request, sizeof request);
		if (gone >= 0)
			close(gone);
		gone = -1;
		send_to(fd, "127.0.0.1", port_of(n), request, sizeof request);
		turn(n->loop);
		assert_int_equal(receive(fd, octets, sizeof octets, &from), sizeof request);
	}
	assert_int_equal(n->n, 4);
	close(fd);
}

static void send_unasked(struct node *n, int fd, uint8_t mark)
{
	struct bac_addr to = { 0 };
	mac_of(fd, to.mac);
	struct wr w = bip_begin(n->bip, 3);
	wr_u8(&w, mark);
	bip_send(n->bip, &to, &w);
}

static void what_is_sent_outside_of_reception_goes_in_the_next_turn(void **state)
{
	struct node *n = *state;
	int fd = client_open("127.0.0.1");
	uint8_t octets[16];
	struct sockaddr_in from;
	send_unasked(n, fd, 1);
	send_unasked(n, fd, 2);
	assert_int_equal(receive(fd, octets, sizeof octets, &from), -1);
	turn(n->loop);
	turn(n->loop);
	assert_int_equal(receive(fd, octets, sizeof octets, &from), 5);
	assert_int_equal(octets[4], 1);
	assert_int_equal(receive(fd, octets, sizeof octets, &from), 5);
	assert_int_equal(octets[4], 2);
	close(fd);
}

static void what_cannot_be_sent_is_dropped_and_counted(void **state)
{
	struct node *n = *state;
	int fd = client_open("127.0.0.1");
	uint8_t octets[16];
	struct sockaddr_in from;
	n->answers = true;
	n->answer_max = 2;                              /* the writer is full */
	send_to(fd, "127.0.0.1", port_of(n), request, sizeof request);
	turn(n->loop);
	assert_int_equal(bip_counters(n->bip)->tx_dropped, 1);
	assert_int_equal(receive(fd, octets, sizeof octets, &from), -1);
	struct bac_addr all = { .mac = { 255, 255, 255, 255, 0xBA, 0xC0 } };
	struct wr w = bip_begin(n->bip, 3);
	wr_u8(&w, 1);
	bip_send(n->bip, &all, &w);
	assert_int_equal(bip_counters(n->bip)->tx_dropped, 2);
	sendmmsg_fails_with = ENETUNREACH;
	send_unasked(n, fd, 1);
	turn(n->loop);
	assert_int_equal(bip_counters(n->bip)->tx_dropped, 3);
	sendmmsg_fails_with = 0;
	send_unasked(n, fd, 2);
	turn(n->loop);
	assert_int_equal(receive(fd, octets, sizeof octets, &from), 5);
	assert_int_equal(octets[4], 2);
	assert_int_equal(bip_counters(n->bip)->tx_octets, 5);
	sendmmsg_fails_with = EHOSTUNREACH;             /* the first alone: the next are for other hosts */
	sendmmsg_fails_times = 1;
	send_unasked(n, fd, 3);
	send_unasked(n, fd, 4);
	turn(n->loop);
	assert_int_equal(bip_counters(n->bip)->tx_dropped, 4);
	assert_int_equal(receive(fd, octets, sizeof octets, &from), 5);
	assert_int_equal(octets[4], 4);
	close(fd);
}

static void what_the_kernel_cannot_take_now_waits(void **state)
{
	struct node *n = *state;
	int fd = client_open("127.0.0.1");
	uint8_t octets[16];
	struct sockaddr_in from;
	sendmmsg_fails_with = EAGAIN;
	for (int i = 0; i < BIP_BATCH + 5; i++)
		send_unasked(n, fd, (uint8_t)i);
	turn(n->loop);
	assert_int_equal(bip_counters(n->bip)->tx_dropped, 5);
	assert_int_equal(receive(fd, octets, sizeof octets, &from), -1);
	sendmmsg_fails_with = 0;
	turn(n->loop);
	for (int i = 0; i < BIP_BATCH; i++) {
		assert_int_equal(receive(fd, octets, sizeof octets, &from), 5);
		assert_int_equal(octets[4], i);
	}
	assert_int_equal(bip_counters(n->bip)->tx, BIP_BATCH);
	send_unasked(n, fd, 99);                        /* and the batch is as good as new */
	turn(n->loop);
	assert_int_equal(receive(fd, octets, sizeof octets, &from), 5);
	close(fd);
}

/* ---- what leaves, and nothing else ---- */

/* Datagram i of all that went to the kernel is the one with this mark, of three octets behind its header. */
static void expect_left(unsigned i, uint8_t mark)
{
	assert_int_equal(left[i].length, 5);
	assert_memory_equal(left[i].octets, ((uint8_t[]){ 0x81, 0x0A, 0, 5, mark }), 5);
}

/* The kernel takes some of a batch: the rest follows, each once, and nothing of an earlier batch goes out again. */
static void finding_8_a_batch_that_is_taken_in_part_goes_on_where_it_stopped(void **state)
{
	struct node *n = *state;
	int fd = client_open("127.0.0.1");
	for (unsigned takes = 1; takes <= 11; takes++) {
		sendmmsg_takes = takes;
		lefts = 0;
		for (uint8_t batch = 0; batch < 3; batch++) {
			for (uint8_t i = 0; i < 10; i++)
				send_unasked(n, fd, (uint8_t)(batch * 10 + i));
			turn(n->loop);
			assert_int_equal(lefts, (batch + 1u) * 10);
		}
		for (uint8_t i = 0; i < 30; i++)
			expect_left(i, i);
		assert_int_equal(bip_counters(n->bip)->tx, 30 * takes);
		assert_int_equal(bip_counters(n->bip)->tx_octets, 30 * 5 * takes);
	}
	assert_int_equal(bip_counters(n->bip)->tx_dropped, 0);
	turn(n->loop);
	turn(n->loop);
	assert_int_equal(lefts, 30);
	close(fd);
}

static void finding_8_what_waits_after_a_part_was_taken_leaves_once(void **state)
{
	struct node *n = *state;
	int fd = client_open("127.0.0.1");
	sendmmsg_takes = 3;
	sendmmsg_full_after = 6;
	for (uint8_t i = 0; i < 10; i++)
		send_unasked(n, fd, i);
	turn(n->loop);
	assert_int_equal(lefts, 6);
	for (uint8_t i = 10; i < 15; i++)
		send_unasked(n, fd, i);                  /* behind those that wait */
	assert_int_equal(lefts, 6);
	sendmmsg_full_after = 0;
	turn(n->loop);                                   /* the loop says that there is room */
	turn(n->loop);
	assert_int_equal(lefts, 15);
	for (uint8_t i = 0; i < 15; i++)
		expect_left(i, i);
	assert_int_equal(bip_counters(n->bip)->tx, 15);
	assert_int_equal(bip_counters(n->bip)->tx_dropped, 0);
	send_unasked(n, fd, 15);
	turn(n->loop);
	turn(n->loop);
	assert_int_equal(lefts, 16);
	expect_left(15, 15);
	close(fd);
}

/* After each turn of reception exactly the answers have left. */
static void finding_8_as_many_answers_leave_as_there_were_requests(void **state)
{
	struct node *n = *state;
	int fd = client_open("127.0.0.1");
	n->answers = true;
	unsigned all = 0;
	for (unsigned many = 0; many <= 130; many += 13) {
		uint8_t octets[sizeof request];
		memcpy(octets, request, sizeof request);
		for (unsigned i = 0; i < many; i++) {
			octets[4] = (uint8_t)i;
			send_to(fd, "127.0.0.1", port_of(n), octets, sizeof octets);
		}
		lefts = 0;
		n->n = 0;
		turn(n->loop);
		assert_int_equal(lefts, many);
		for (unsigned i = 0; i < many; i++) {
			assert_int_equal(left[i].length, sizeof request);
			assert_int_equal(left[i].octets[4], i);
		}
		all += many;
		assert_int_equal(bip_counters(n->bip)->tx, all);
		assert_int_equal(bip_counters(n->bip)->rx, all);
		while (recv(fd, octets, sizeof octets, 0) > 0)
			;
	}
	close(fd);
}

/* 1497 octets of an NPDU are a datagram of 1501; 1468 are one of 1472, which an Ethernet frame holds: 1500 less IPv4 and UDP. */
static void finding_8_each_length_leaves_as_it_is(void **state)
{
	struct node *n = *state;
	int fd = client_open("127.0.0.1");
	struct bac_addr to = { 0 };
	uint8_t octets[2000], got[2000];
	struct sockaddr_in from;
	struct port port = bip_as_port(n->bip);
	mac_of(fd, to.mac);
	for (size_t i = 0; i < sizeof octets; i++)
		octets[i] = (uint8_t)(i * 7);
	assert_int_equal(port.npdu_max, 1497);
	assert_int_equal(port.npdu_whole, 1468);
	static const size_t lengths[] = { 1, 2, 1467, 1468, 1469, 1496, 1497 };
	uint64_t sum = 0;
	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		struct wr w = port.begin(port.ctx, port.npdu_max);
		wr_octets(&w, octets, lengths[i]);
		port.send(port.ctx, &to, &w);
		turn(n->loop);
		assert_int_equal(left[i].length, 4 + lengths[i]);
		assert_int_equal(left[i].octets[2] << 8 | left[i].octets[3], 4 + lengths[i]);
		assert_int_equal(receive(fd, got, sizeof got, &from), 4 + lengths[i]);
		assert_memory_equal(got + 4, octets, lengths[i]);
		sum += 4 + lengths[i];
		assert_int_equal(bip_counters(n->bip)->tx_octets, sum);
	}
	struct wr w = port.begin(port.ctx, 3000);                /* never more than the maximum */
	assert_int_equal(wr_room(&w), 1497);
	wr_octets(&w, octets, 1498);
	port.send(port.ctx, &to, &w);
	w = port.begin(port.ctx, 1498);
	assert_int_equal(wr_room(&w), 1497);
	w = port.begin(port.ctx, 5);
	assert_int_equal(wr_room(&w), 5);
	turn(n->loop);
	assert_int_equal(lefts, sizeof lengths / sizeof lengths[0]);
	assert_int_equal(bip_counters(n->bip)->tx_dropped, 1);
	assert_memory_equal(port.mac, bip_port(n->bip)->address, 4);
	close(fd);
}

static void a_port_broadcasts_to_the_subnet(void **state)
{
	struct node *n = *state, *b = n + 1;
	node_open(b, n->loop, "127.0.0.2", port_of(n));
	struct port port = bip_as_port(n->bip);
	struct wr w = port.begin(port.ctx, 3);
	wr_octets(&w, "\x01\x00\x10", 3);
	port.broadcast(port.ctx, &w);
	turn(n->loop);
	assert_int_equal(lefts, 1);
	assert_memory_equal(left[0].octets, ((uint8_t[]){ 0x81, 0x0B, 0, 7, 1, 0, 0x10 }), 7);
	turn(n->loop);
	assert_int_equal(b->n, 1);
	w = port.begin(port.ctx, 2);
	wr_octets(&w, "\x01\x00\x10", 3);
	port.broadcast(port.ctx, &w);                            /* did not fit */
	turn(n->loop);
	assert_int_equal(lefts, 1);
	assert_int_equal(bip_counters(n->bip)->tx_dropped, 1);
	bip_free(b->bip);
}

/* Forgetting a begun message costs nothing: the next one takes its room. */
static void what_is_begun_and_not_sent_does_not_leave(void **state)
{
	struct node *n = *state;
	int fd = client_open("127.0.0.1");
	struct wr w = bip_begin(n->bip, 100);
	wr_octets(&w, "forgotten", 9);
	send_unasked(n, fd, 7);
	turn(n->loop);
	assert_int_equal(lefts, 1);
	expect_left(0, 7);
	close(fd);
}

/* A full batch leaves by itself. */
static void a_full_batch_does_not_wait_for_the_turn(void **state)
{
	struct node *n = *state;
	int fd = client_open("127.0.0.1");
	for (uint8_t i = 0; i < BIP_BATCH - 1; i++)
		send_unasked(n, fd, i);
	assert_int_equal(lefts, 0);
	send_unasked(n, fd, BIP_BATCH - 1);
	assert_int_equal(lefts, BIP_BATCH);
	send_unasked(n, fd, BIP_BATCH);
	assert_int_equal(lefts, BIP_BATCH);
	turn(n->loop);
	for (uint8_t i = 0; i <= BIP_BATCH; i++)
		expect_left(i, i);
	assert_int_equal(bip_counters(n->bip)->tx_dropped, 0);
	close(fd);
}

/* What still waits when the link is closed goes first. */
static void what_waits_leaves_before_the_end(void **state)
{
	struct node *n = *state, *b = n + 1;
	int fd = client_open("127.0.0.1");
	node_open(b, n->loop, "127.0.0.2", 0);
	send_unasked(b, fd, 9);
	bip_free(b->bip);
	assert_int_equal(lefts, 1);
	expect_left(0, 9);
	close(fd);
}

/* What one address sends more than we take is lost; what others send meanwhile is not, but for those few that share its queue. */
static void finding_3_a_flood_from_one_address_fills_its_own_queue(void **state)
{
	struct node *n = *state;
	enum { FLOOD = 20000, OTHERS = 16 };
	int fd = client_open("127.0.0.9"), other[OTHERS];
	for (int i = 0; i < FLOOD; i++)
		send_to(fd, "127.0.0.1", port_of(n), "\x55", 1);
	for (int i = 0; i < OTHERS; i++) {
		char ip[16];
		snprintf(ip, sizeof ip, "127.0.2.%d", 1 + i * 7);
		other[i] = client_open(ip);
		send_to(other[i], "127.0.0.1", port_of(n), request, sizeof request);
	}
	uint64_t before = UINT64_MAX;
	while (before != bip_counters(n->bip)->rx) {
		before = bip_counters(n->bip)->rx;
		turn(n->loop);
		turn(n->loop);
	}
	assert_true(bip_counters(n->bip)->rx_malformed < FLOOD);        /* the queue was full */
	assert_in_range(n->n, OTHERS - 6, OTHERS);
	for (int i = 0; i < OTHERS; i++)
		close(other[i]);
	close(fd);
}

/* Twelve lanes that are never empty, and one client who asks again when he has been heard: he need not wait until each of them has had
 * its turn.  How often he was heard meanwhile; his lane may be one of the twelve. */
static int heard_between_loud_ones(struct node *n, const char *ip)
{
	enum { LOUD = 12, EACH = 120 };
	int loud[LOUD], fd = client_open(ip);
	for (int i = 0; i < LOUD; i++) {
		char from[16];
		snprintf(from, sizeof from, "127.0.%d.%d", 4 + i, 1 + i * 19);
		loud[i] = client_open(from);
	}
	send_to(fd, "127.0.0.1", port_of(n), request, sizeof request);
	turn(n->loop);                                  /* so that he is known as one who asks little */
	for (int k = 0; k < EACH; k++)
		for (int i = 0; i < LOUD; i++)
			send_to(loud[i], "127.0.0.1", port_of(n), "\x55", 1);
	n->n = 0;
	n->asker = fd;
	send_to(fd, "127.0.0.1", port_of(n), request, sizeof request);
	turn(n->loop);
	int times = n->n;
	n->asker = 0;
	close(fd);
	for (int i = 0; i < LOUD; i++)
		close(loud[i]);
	for (uint64_t before = UINT64_MAX; before != bip_counters(n->bip)->rx;) {
		before = bip_counters(n->bip)->rx;
		turn(n->loop);
		turn(n->loop);
	}
	return times;
}

static void who_asks_little_does_not_wait_for_every_lane(void **state)
{
	enum { TRIES = 8 };
	int best = 0;
	for (int i = 0; i < TRIES && best < 4; i++) {
		char ip[16];
		snprintf(ip, sizeof ip, "127.0.3.%d", 10 + 29 * i);
		int times = heard_between_loud_ones(*state, ip);
		best = times > best ? times : best;
	}
	assert_true(best >= 4);
}

/* A flood of broadcasts gets its share of a turn, not the turn. */
static void broadcasts_cannot_take_the_whole_turn(void **state)
{
	struct node *n = *state;
	int fd = client_open("127.0.0.1");
	static const uint8_t who_is[] = { 0x81, 0x0B, 0, 8, 1, 0, 0x10, 8 };
	turn(n->loop);                                  /* so that what came first is also ready first */
	for (int i = 0; i < 300; i++)
		send_to(fd, "127.255.255.255", port_of(n), who_is, sizeof who_is);
	send_to(fd, "127.0.0.1", port_of(n), request, sizeof request);
	turn(n->loop);
	int before = 0;
	while (before < n->n && n->heard[before].broadcast)
		before++;
	assert_true(before < n->n);
	assert_true(before <= 32);
	close(fd);
}

int main(void)
{
#define ON_A_NODE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		ON_A_NODE(a_unicast_npdu_goes_up_and_its_answer_back),
		ON_A_NODE(more_than_a_batch_is_answered_whole),
		ON_A_NODE(broadcasts_are_heard_by_all_but_their_sender),
		ON_A_NODE(limited_broadcasts_are_heard),
		ON_A_NODE(malformed_datagrams_are_counted_and_dropped),
		ON_A_NODE(a_node_that_is_no_bbmd_refuses_what_it_must_and_nothing_else),
		ON_A_NODE(refusals_have_a_budget),
		ON_A_NODE(refusals_have_a_budget_in_all),
		cmocka_unit_test(what_is_refused_or_lost_is_said_once_a_minute),
		cmocka_unit_test(a_budget_refills_at_its_rate),
		ON_A_NODE(forwarded_npdus_come_from_their_origin),
		ON_A_NODE(opening_says_why_it_cannot),
		ON_A_NODE(an_interface_is_as_good_as_an_address),
		ON_A_NODE(what_comes_back_as_icmp_disturbs_nobody),
		ON_A_NODE(what_is_sent_outside_of_reception_goes_in_the_next_turn),
		ON_A_NODE(what_cannot_be_sent_is_dropped_and_counted),
		ON_A_NODE(what_the_kernel_cannot_take_now_waits),
		ON_A_NODE(finding_8_a_batch_that_is_taken_in_part_goes_on_where_it_stopped),
		ON_A_NODE(finding_8_what_waits_after_a_part_was_taken_leaves_once),
		ON_A_NODE(finding_8_as_many_answers_leave_as_there_were_requests),
		ON_A_NODE(finding_8_each_length_leaves_as_it_is),
		ON_A_NODE(a_port_broadcasts_to_the_subnet),
		ON_A_NODE(what_is_begun_and_not_sent_does_not_leave),
		ON_A_NODE(a_full_batch_does_not_wait_for_the_turn),
		ON_A_NODE(what_waits_leaves_before_the_end),
		ON_A_NODE(finding_3_a_flood_from_one_address_fills_its_own_queue),
		ON_A_NODE(who_asks_little_does_not_wait_for_every_lane),
		ON_A_NODE(broadcasts_cannot_take_the_whole_turn),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
