/* The sockets of a link on a kernel that is played: what is asked of it, call by call, and what becomes of a link when any one of the
 * calls fails.  Descriptors begin at 0, and one that is left open, or closed twice, is noticed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "link/ipport.h"

enum { FDS = 128, OPTIONS = 8, DATAGRAM = SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC };

static struct played {
	bool open;
	int type, options;
	struct { int level, name, value; } option[OPTIONS];
	char device[16];
	struct sock_filter code[4];
	struct sockaddr_in bound;
} played[FDS];

enum call { NONE, SOCKET, SETSOCKOPT, BIND, GETSOCKNAME, CALLS };
static enum call fails;                  /* the nth call of it, and which one that was */
static unsigned nth, calls[CALLS];

static bool fail_now(enum call call)
{
	errno = EMFILE;
	return ++calls[call] == nth && call == fails;
}

static struct played *at(int fd)
{
	assert_in_range(fd, 0, FDS - 1);
	assert_true(played[fd].open);
	return &played[fd];
}

int socket(int domain, int type, int protocol)
{
	int fd = 0;
	assert_int_equal(domain, AF_INET);
	assert_int_equal(protocol, 0);
	if (fail_now(SOCKET))
		return -1;
	while (played[fd].open)
		fd++;
	assert_true(fd < FDS);
	played[fd] = (struct played){ .open = true, .type = type };
	return fd;
}

int close(int fd)
{
	at(fd)->open = false;
	errno = 0;
	return 0;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
	struct played *p = at(fd);
	if (fail_now(SETSOCKOPT))
		return -1;
	if (name == SO_BINDTODEVICE) {
		assert_true(size < sizeof p->device);
		memcpy(p->device, value, size);
	} else if (name == SO_ATTACH_REUSEPORT_CBPF) {
		const struct sock_fprog *program = value;
		assert_int_equal(size, sizeof *program);
		assert_int_equal(program->len, 4);
		memcpy(p->code, program->filter, sizeof p->code);
	} else {
		assert_int_equal(size, sizeof(int));
		assert_true(p->options < OPTIONS);
		p->option[p->options].level = level;
		p->option[p->options].name = name;
		memcpy(&p->option[p->options++].value, value, sizeof(int));
	}
	return 0;
}

static int option(const struct played *p, int level, int name)
{
	for (int i = 0; i < p->options; i++)
		if (p->option[i].level == level && p->option[i].name == name)
			return p->option[i].value;
	return -1;
}

static bool shares(const struct played *p)
{
	return option(p, SOL_SOCKET, SO_REUSEPORT) == 1 || option(p, SOL_SOCKET, SO_REUSEADDR) == 1;
}

int bind(int fd, __CONST_SOCKADDR_ARG any, socklen_t size)
{
	struct played *p = at(fd);
	struct sockaddr_in a;
	if (fail_now(BIND))
		return -1;
	assert_int_equal(size, sizeof a);
	memcpy(&a, any.__sockaddr__, sizeof a);
	assert_int_equal(a.sin_family, AF_INET);
	for (int i = 0; i < FDS; i++) {
		const struct played *o = &played[i];
		if (o->open && o != p && a.sin_port && o->bound.sin_port == a.sin_port && o->bound.sin_addr.s_addr == a.sin_addr.s_addr &&
		    !(shares(o) && shares(p))) {
			errno = EADDRINUSE;
			return -1;
		}
	}
	if (!a.sin_port)
		a.sin_port = htons(47900);
	p->bound = a;
	return 0;
}

int getsockname(int fd, __SOCKADDR_ARG any, socklen_t *size)
{
	const struct played *p = at(fd);
	if (fail_now(GETSOCKNAME))
		return -1;
	assert_int_equal(*size, sizeof p->bound);
	memcpy(any.__sockaddr__, &p->bound, sizeof p->bound);
	return 0;
}

/* ---- what is asked ---- */

static const struct bip_port found = { .interface = "eth0", .address = { 192, 0, 2, 7 }, .mask = { 255, 255, 255, 0 }, .broadcast = { 192, 0, 2, 255 },
	.index = 3, .up = true };
static const struct bip_conf device = { .interface = "eth0", .port = 47808 }, asker = { .interface = "eth0", .broadcast_port = 47808 };
static int lines[2];
static struct log words = { .level = LOG_LEVEL_INFO };

static const char *logged(void)
{
	static char text[1024];
	assert_int_equal(write(lines[1], ".", 1), 1);
	ssize_t n = read(lines[0], text, sizeof text - 1);
	text[n > 0 ? n - 1 : 0] = 0;
	return text;
}

static bool open_with(struct ipport *p, const struct bip_conf *conf, const struct bip_port *where, enum call call, unsigned n, struct err_at *why)
{
	memset(calls, 0, sizeof calls);
	*why = (struct err_at){ 0 };
	fails = call;
	nth = n;
	bool ok = ipport_open(p, conf, where, &words, why);
	fails = NONE;
	return ok;
}

static int opened(void)
{
	int n = 0;
	for (int i = 0; i < FDS; i++)
		n += played[i].open;
	return n;
}

static int held(const struct ipport *p, int first, int end)
{
	int n = 0;
	for (int i = first; i < end; i++) {
		assert_true(p->fd[i] >= -1);
		n += p->fd[i] >= 0;
	}
	return n;
}

static void expect_all_closed(struct ipport *p)
{
	ipport_close(p);
	assert_int_equal(opened(), 0);
	for (int i = 0; i < IPPORT_SOCKETS; i++)
		assert_int_equal(p->fd[i], -1);
	ipport_close(p);                                 /* once more is nothing */
}

static void expect_bound(const struct played *p, const char *address, uint16_t port)
{
	struct in_addr ip;
	inet_pton(AF_INET, address, &ip);
	assert_int_equal(p->bound.sin_addr.s_addr, ip.s_addr);
	assert_int_equal(ntohs(p->bound.sin_port), port);
}

static void expect_broadcasts(int fd, const char *address)
{
	const struct played *p = at(fd);
	assert_int_equal(p->type, DATAGRAM);
	expect_bound(p, address, 47808);
	assert_int_equal(option(p, SOL_SOCKET, SO_REUSEADDR), 1);
	assert_int_equal(option(p, SOL_SOCKET, SO_RCVBUF), 1 << 20);
	assert_int_equal(p->options, 2);
	assert_string_equal(p->device, "eth0");
}

static void each_socket_is_asked_for_what_it_needs(void **state)
{
	(void)state;
	const struct bip_conf *confs[] = { &device, &asker };
	uint32_t factors = 0, before = 0;
	for (int run = 0; run < 20; run++) {
		struct ipport p;
		struct err_at why;
		uint16_t own = run & 1 ? 47900 : 47808;
		assert_true(open_with(&p, confs[run & 1], &found, NONE, 0, &why));
		assert_int_equal(p.port.port, own);
		assert_int_equal(p.port.broadcast_port, 47808);
		assert_int_equal(p.port.index, 3);
		assert_true(p.shouts);
		assert_int_equal(opened(), 3 + IPPORT_LANES_MORE);
		assert_int_equal(held(&p, 0, IPPORT_SOCKETS), 3 + IPPORT_LANES_MORE);
		const struct played *u = at(p.fd[IPPORT_UNICAST]);
		assert_int_equal(u->type, DATAGRAM);
		expect_bound(u, "192.0.2.7", own);
		assert_int_equal(option(u, SOL_SOCKET, SO_REUSEPORT), 1);
		assert_int_equal(option(u, SOL_SOCKET, SO_BROADCAST), 1);
		assert_int_equal(option(u, SOL_SOCKET, SO_RCVBUF), 1 << 20);
		assert_int_equal(option(u, SOL_SOCKET, SO_SNDBUF), 1 << 20);
		assert_int_equal(option(u, IPPROTO_IP, IP_MTU_DISCOVER), IP_PMTUDISC_OMIT);
		assert_int_equal(u->options, 5);
		for (int i = IPPORT_LANES; i < IPPORT_SOCKETS; i++) {
			const struct played *lane = at(p.fd[i]);
			assert_int_equal(lane->type, DATAGRAM);
			expect_bound(lane, "192.0.2.7", own);
			assert_int_equal(option(lane, SOL_SOCKET, SO_REUSEPORT), 1);
			assert_int_equal(option(lane, SOL_SOCKET, SO_RCVBUF), 1 << 20);
			assert_int_equal(lane->options, 2);
		}
		/* the source address, times an odd number, its top four bits */
		static const uint16_t codes[] = { BPF_LD | BPF_W | BPF_ABS, BPF_ALU | BPF_MUL | BPF_K, BPF_ALU | BPF_RSH | BPF_K, BPF_RET | BPF_A };
		for (int i = 0; i < 4; i++)
			assert_int_equal(u->code[i].code, codes[i]);
		assert_int_equal(u->code[0].k, (uint32_t)SKF_NET_OFF + 12);
		assert_int_equal(u->code[1].k & 1, 1);
		assert_int_equal(u->code[2].k, 26);
		assert_int_equal(u->code[3].k, 0);
		factors += u->code[1].k != before;
		before = u->code[1].k;
		expect_broadcasts(p.fd[IPPORT_SUBNET], "192.0.2.255");
		expect_broadcasts(p.fd[IPPORT_LIMITED], "255.255.255.255");
		expect_all_closed(&p);
	}
	assert_in_range(factors, 19, 20);
	assert_string_equal(logged(), "");
}

static void a_host_alone_hears_what_goes_to_everybody(void **state)
{
	(void)state;
	static const struct { uint8_t mask, broadcast; bool shouts; } rows[] = {
		{ 255, 7, false }, { 254, 255, false }, { 255, 255, false }, { 253, 255, true }, { 252, 255, true }, { 0, 255, true }, { 0, 7, false },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct bip_port where = found;
		struct ipport p;
		struct err_at why;
		where.mask[3] = rows[i].mask;
		where.broadcast[3] = rows[i].broadcast;
		assert_true(open_with(&p, &device, &where, NONE, 0, &why));
		assert_int_equal(p.shouts, rows[i].shouts);
		assert_int_equal(p.fd[IPPORT_SUBNET] >= 0, rows[i].shouts);
		expect_broadcasts(p.fd[IPPORT_LIMITED], "255.255.255.255");
		assert_string_equal(logged(), rows[i].shouts ? "" :
			"warning: BACnet/IP on eth0: the subnet has no broadcast address, so nobody can discover this device there\n");
		expect_all_closed(&p);
		assert_false(!rows[i].shouts && open_with(&p, &device, &where, BIND, 3 + IPPORT_LANES_MORE, &why));
		expect_all_closed(&p);
		logged();
	}
}

/* ---- what is refused ---- */

/* Any one call of a kind fails: refused with these words, or open with so many lanes and broadcasts. */
struct outcome {
	enum call call;
	unsigned first, last;            /* the calls of which this is true */
	const char *refused;             /* NULL: open */
	int lanes, broadcasts;           /* of an asker */
	bool device_refused;             /* a device must hear broadcasts, an asker need not */
	const char *log;
};

#define UDP_PORT "UDP port %u of 192.0.2.7 (eth0) cannot be opened: Too many open files"
#define HEARS_MORE "BACnet/IP on eth0: hears the broadcasts of other interfaces too: Too many open files\n"
static const char to_subnet[] = "broadcasts to 192.0.2.255 port 47808 (eth0) cannot be received: Too many open files";
static const char to_all[] = "broadcasts to 255.255.255.255 port 47808 (eth0) cannot be received: Too many open files";

static const struct outcome outcomes[] = {
	{ SOCKET, 1, 1, "no socket: Too many open files", 0, 0, true, "" },
	{ SOCKET, 2, 2, UDP_PORT, 0, 0, true, "" },
	{ SOCKET, 3, 2 + IPPORT_LANES_MORE, NULL, 0, 2, false, "" },
	{ SOCKET, 3 + IPPORT_LANES_MORE, 3 + IPPORT_LANES_MORE, "no socket: Too many open files", IPPORT_LANES_MORE, 0, true, "" },
	{ SOCKET, 4 + IPPORT_LANES_MORE, 4 + IPPORT_LANES_MORE, "no socket: Too many open files", IPPORT_LANES_MORE, 1, true, "" },
	{ SETSOCKOPT, 1, 1, NULL, 0, 2, false, "" },             /* a port that is not shared has one lane */
	{ SETSOCKOPT, 2, 5, NULL, IPPORT_LANES_MORE, 2, false, "" },
	{ SETSOCKOPT, 6 + 2 * IPPORT_LANES_MORE, 6 + 2 * IPPORT_LANES_MORE, NULL, 0, 2, false, "" },
	{ SETSOCKOPT, 7 + 2 * IPPORT_LANES_MORE, 8 + 2 * IPPORT_LANES_MORE, NULL, IPPORT_LANES_MORE, 2, false, "" },
	{ SETSOCKOPT, 9 + 2 * IPPORT_LANES_MORE, 9 + 2 * IPPORT_LANES_MORE, NULL, IPPORT_LANES_MORE, 2, false, HEARS_MORE },
	{ SETSOCKOPT, 10 + 2 * IPPORT_LANES_MORE, 11 + 2 * IPPORT_LANES_MORE, NULL, IPPORT_LANES_MORE, 2, false, "" },
	{ SETSOCKOPT, 12 + 2 * IPPORT_LANES_MORE, 12 + 2 * IPPORT_LANES_MORE, NULL, IPPORT_LANES_MORE, 2, false, HEARS_MORE },
	{ BIND, 1, 2, UDP_PORT, 0, 0, true, "" },
	{ BIND, 3, 2 + IPPORT_LANES_MORE, NULL, 0, 2, false, "" },
	{ BIND, 3 + IPPORT_LANES_MORE, 3 + IPPORT_LANES_MORE, to_subnet, IPPORT_LANES_MORE, 0, true, "" },
	{ BIND, 4 + IPPORT_LANES_MORE, 4 + IPPORT_LANES_MORE, to_all, IPPORT_LANES_MORE, 1, true, "" },
	{ GETSOCKNAME, 1, 1, UDP_PORT, 0, 0, true, "" },
};

static void expect_words(const struct err_at *why, const char *format, unsigned port)
{
	char text[200];
	const char *number = strstr(format, "%u");
	if (number)
		snprintf(text, sizeof text, "%.*s%u%s", (int)(number - format), format, port, number + 2);
	assert_string_equal(why->file, "BACnet/IP on eth0");
	assert_int_equal(why->line, 0);
	assert_string_equal(why->text, number ? text : format);
}

static void a_call_that_fails_costs_what_it_must(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++) {
		const struct outcome *o = &outcomes[i];
		for (unsigned n = o->first; n <= o->last; n++) {
			struct ipport p;
			struct err_at why;
			assert_int_equal(open_with(&p, &device, &found, o->call, n, &why), !o->device_refused);
			assert_int_equal(opened(), held(&p, 0, IPPORT_SOCKETS));
			if (o->device_refused) {
				assert_int_equal(opened(), 0);
				expect_words(&why, o->refused, 47808);
			}
			assert_string_equal(logged(), o->log);
			expect_all_closed(&p);

			bool open = o->broadcasts || o->lanes;
			assert_int_equal(open_with(&p, &asker, &found, o->call, n, &why), open);
			assert_int_equal(opened(), held(&p, 0, IPPORT_SOCKETS));
			assert_int_equal(held(&p, IPPORT_LANES, IPPORT_SOCKETS), o->lanes);
			assert_int_equal(held(&p, IPPORT_SUBNET, IPPORT_LANES), o->broadcasts);
			assert_int_equal(opened(), open + o->lanes + o->broadcasts);
			if (o->refused)
				expect_words(&why, o->refused, 0);
			logged();
			expect_all_closed(&p);
		}
	}
}

/* The buffer of a lane is a wish, the port is not. */
static void a_lane_that_cannot_share_is_none(void **state)
{
	(void)state;
	for (unsigned lane = 0; lane < IPPORT_LANES_MORE; lane++) {
		struct ipport p;
		struct err_at why;
		assert_true(open_with(&p, &device, &found, SETSOCKOPT, 6 + 2 * lane, &why));
		assert_int_equal(held(&p, IPPORT_LANES, IPPORT_SOCKETS), IPPORT_LANES_MORE);
		expect_all_closed(&p);
		assert_true(open_with(&p, &device, &found, SETSOCKOPT, 7 + 2 * lane, &why));
		assert_int_equal(held(&p, IPPORT_LANES, IPPORT_SOCKETS), 0);
		assert_int_equal(opened(), 3);
		expect_all_closed(&p);
	}
}

static void a_port_that_another_shares_is_taken_all_the_same(void **state)
{
	(void)state;
	struct ipport first, p;
	struct err_at why;
	assert_true(open_with(&first, &device, &found, NONE, 0, &why));
	assert_false(open_with(&p, &device, &found, NONE, 0, &why));
	assert_string_equal(why.text, "UDP port 47808 of 192.0.2.7 (eth0) cannot be opened: Address already in use");
	assert_int_equal(opened(), 3 + IPPORT_LANES_MORE);
	struct bip_conf short_name = { .interface = "e", .port = 47808 };
	assert_false(open_with(&p, &short_name, &found, NONE, 0, &why));
	assert_string_equal(why.file, "BACnet/IP on e");
	expect_all_closed(&first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_socket_is_asked_for_what_it_needs),
		cmocka_unit_test(a_host_alone_hears_what_goes_to_everybody),
		cmocka_unit_test(a_call_that_fails_costs_what_it_must),
		cmocka_unit_test(a_lane_that_cannot_share_is_none),
		cmocka_unit_test(a_port_that_another_shares_is_taken_all_the_same),
	};
	if (syscall(SYS_pipe2, lines, 0) != 0)
		return 1;
	words.fd = lines[1];
	return cmocka_run_group_tests_name("ipport", tests, NULL, NULL);
}
