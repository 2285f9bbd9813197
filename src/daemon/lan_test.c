/* The daemon's network on virtual time: the host, its interfaces and what the kernel tells are played (hostnet.c and link/watch.c are not
 * linked).  The sockets themselves live on the loopback network, where every address of 127.0.0.0/8 is ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/hostnet.h"
#include "daemon/lan.h"

enum { AGAIN = 5000 };

static const char *address;                      /* of lo; NULL: it has none */
static unsigned flags;

int getifaddrs(struct ifaddrs **all)
{
	static struct sockaddr_in ip, mask;
	static struct ifaddrs i;
	static char name[] = "lo";
	i = (struct ifaddrs){ .ifa_name = name, .ifa_flags = flags };
	if (address) {
		ip.sin_family = mask.sin_family = AF_INET;
		inet_pton(AF_INET, address, &ip.sin_addr);
		inet_pton(AF_INET, "255.255.255.0", &mask.sin_addr);
		i.ifa_addr = (struct sockaddr *)&ip;
		i.ifa_netmask = (struct sockaddr *)&mask;
	}
	*all = &i;
	return 0;
}

void freeifaddrs(struct ifaddrs *i)
{
	(void)i;
}

static struct network_port host;                 /* but for what the link knows */

void hostnet_fill(struct network_port *np, const struct bip_port *p)
{
	*np = host;
	memcpy(np->address, p->address, 4);
	memcpy(np->mask, p->mask, 4);
	np->udp_port = p->port;
	memcpy(np->interface, p->interface, sizeof np->interface);
}

struct watch {
	void (*changed)(void *ctx);
	void *ctx;
};

static struct watch kernel;
static bool kernel_tells;

struct watch *watch_start(struct ev_loop *loop, void (*changed_)(void *ctx), void *ctx, struct err_at *why)
{
	(void)loop;
	kernel = (struct watch){ changed_, ctx };
	if (!kernel_tells)
		err_set(why, "rtnetlink", 0, "no such socket");
	return kernel_tells ? &kernel : NULL;
}

void watch_stop(struct watch *w)
{
	if (w)
		*w = (struct watch){ 0 };
}

struct world {
	struct ev_loop *loop;
	struct log log;
	int lines[2];                            /* a pipe */
	struct lan lan;
	unsigned changed, opened;
};

static void changed(void *ctx, bool opened)
{
	struct world *w = ctx;
	w->changed++;
	w->opened += opened;
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	assert_int_equal(pipe(w->lines), 0);
	w->loop = ev_loop_make_virtual((struct mono){ 1000000000 });
	w->log = (struct log){ .fd = w->lines[1], .level = LOG_LEVEL_INFO };
	address = "127.0.1.2";
	flags = IFF_UP | IFF_RUNNING;
	kernel_tells = false;
	host = (struct network_port){ .gateway = { 127, 0, 1, 1 }, .dns = { { 127, 0, 1, 53 }, { 127, 0, 1, 54 } }, .dns_count = 2,
		.link_speed = 1e9f };
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	lan_close(&w->lan);
	ev_loop_free(w->loop);
	close(w->lines[0]);
	close(w->lines[1]);
	free(w);
	return 0;
}

static bool open_at(struct world *w, uint16_t port)
{
	struct bip_conf c = { .interface = "lo", .port = port };
	return lan_open(&w->lan, w->loop, &w->log, &c, NULL, NULL, changed, w);
}

/* What was logged since the last time. */
static const char *logged(struct world *w, char text[4096])
{
	log_info(&w->log, "end");                /* so that read() does not wait */
	ssize_t n = read(w->lines[0], text, 4095);
	text[n > 0 ? n : 0] = 0;
	return text;
}

static void expect_shown(const struct world *w, uint32_t ip)
{
	uint32_t at = htonl(ip);
	assert_memory_equal(w->lan.shown.address, &at, 4);
	assert_memory_equal(w->lan.port.mac, &at, 4);
	assert_int_equal(w->lan.shown.udp_port, bip_port(w->lan.bip)->port);
	assert_string_equal(w->lan.shown.interface, "lo");
}

static void finding_2_12_without_an_address_it_waits_for_one(void **state)
{
	struct world *w = *state;
	char text[4096];
	address = NULL;
	assert_true(open_at(w, 0));
	assert_non_null(strstr(w->lan.problem, "BACnet/IP on lo: the interface has no IPv4 address: no BACnet client can reach this device"));
	assert_non_null(strstr(logged(w, text), "has no IPv4 address"));
	expect_shown(w, 0);
	ev_advance(w->loop, 10 * AGAIN);
	assert_int_equal(w->changed, 0);
	assert_string_equal(logged(w, text), "end\n");     /* said once */
	address = "127.0.1.2";
	ev_advance(w->loop, AGAIN);
	assert_int_equal(w->changed, 1);
	assert_int_equal(w->opened, 1);
	assert_string_equal(w->lan.problem, "");
	expect_shown(w, 0x7f000102);
	assert_non_null(strstr(logged(w, text), "BACnet/IP on 127.0.1.2:"));
}

static void finding_2_12_a_new_address_is_followed(void **state)
{
	struct world *w = *state;
	assert_true(open_at(w, 0));
	assert_int_equal(w->changed, 0);                 /* not from within lan_open() */
	expect_shown(w, 0x7f000102);
	ev_advance(w->loop, 3 * AGAIN);
	assert_int_equal(w->changed, 0);
	address = "127.0.1.3";
	ev_advance(w->loop, AGAIN);
	assert_int_equal(w->changed, 1);
	assert_int_equal(w->opened, 1);
	expect_shown(w, 0x7f000103);
	address = NULL;
	ev_advance(w->loop, AGAIN);
	assert_int_equal(w->changed, 2);
	assert_int_equal(w->opened, 1);
	assert_non_null(strstr(w->lan.problem, "has no IPv4 address"));
	expect_shown(w, 0);
	address = "127.0.1.3";
	ev_advance(w->loop, AGAIN);
	assert_int_equal(w->opened, 2);
	assert_string_equal(w->lan.problem, "");
	expect_shown(w, 0x7f000103);
}

static void a_cable_that_is_pulled_is_a_problem_until_it_is_back(void **state)
{
	struct world *w = *state;
	char text[4096];
	assert_true(open_at(w, 0));
	ev_advance(w->loop, 2 * AGAIN);
	logged(w, text);
	flags = IFF_UP;
	ev_advance(w->loop, AGAIN);
	assert_string_equal(w->lan.problem, "lo is switched off or has no cable: no BACnet client can reach this device");
	assert_non_null(strstr(logged(w, text), "warning: lo is switched off or has no cable"));
	ev_advance(w->loop, 2 * AGAIN);
	flags = IFF_UP | IFF_RUNNING;
	ev_advance(w->loop, AGAIN);
	assert_string_equal(w->lan.problem, "");
	assert_non_null(strstr(logged(w, text), "lo: the network is there again"));
	assert_int_equal(w->opened, 0);                  /* the same sockets */
	expect_shown(w, 0x7f000102);
}

/* Lines that a flapping network causes are few, and say how many there would have been. */
static void a_network_that_flaps_does_not_fill_the_log(void **state)
{
	struct world *w = *state;
	char text[4096];
	assert_true(open_at(w, 0));
	ev_advance(w->loop, 2 * AGAIN);
	logged(w, text);
	unsigned lines = 0, held = 0;
	for (int i = 0; i < 24; i++) {                   /* two minutes */
		address = i % 2 ? "127.0.1.2" : "127.0.1.3";
		ev_advance(w->loop, AGAIN);
		for (const char *p = logged(w, text); (p = strchr(p, '\n')) != NULL; p++)
			lines++;
		lines--;                                 /* "end" */
		held += strstr(text, "the network changed 1 times more") != NULL;
	}
	assert_int_equal(w->opened, 24);
	assert_int_equal(held, 11);
	assert_int_equal(lines, 12 + held);
}

static void a_port_that_is_taken_ends_the_start_and_is_waited_for_later(void **state)
{
	struct world *w = *state, *other = NULL;
	char text[4096];
	setup((void **)&other);
	assert_true(open_at(other, 0));
	uint16_t port = bip_port(other->lan.bip)->port;
	assert_false(open_at(w, port));
	assert_non_null(strstr(logged(w, text), "error: BACnet/IP on lo: UDP port"));
	assert_null(w->lan.bip);
	address = "127.0.1.3";
	assert_true(open_at(w, port));
	address = "127.0.1.2";
	ev_advance(w->loop, AGAIN);
	assert_non_null(strstr(w->lan.problem, "Address already in use: tried again every 5 s"));
	assert_int_equal(w->changed, 1);
	lan_close(&other->lan);
	ev_advance(w->loop, AGAIN);
	assert_string_equal(w->lan.problem, "");
	assert_int_equal(w->opened, 1);
	expect_shown(w, 0x7f000102);
	teardown((void **)&other);
}

/* When the kernel tells, that is when it looks, and at no other time. */
static void finding_2_12_the_kernel_says_when_to_look(void **state)
{
	struct world *w = *state;
	char text[4096];
	kernel_tells = true;
	assert_true(open_at(w, 0));
	assert_null(strstr(logged(w, text), "rtnetlink"));
	address = "127.0.1.3";
	ev_advance(w->loop, 20 * AGAIN);
	assert_int_equal(w->changed, 0);
	kernel.changed(kernel.ctx);
	assert_int_equal(w->changed, 1);
	assert_int_equal(w->opened, 1);
	expect_shown(w, 0x7f000103);
	kernel.changed(kernel.ctx);
	assert_int_equal(w->changed, 1);                 /* nothing has changed */
	lan_close(&w->lan);
	assert_null(kernel.changed);
}

static void without_the_kernel_it_says_that_it_looks_by_itself(void **state)
{
	struct world *w = *state;
	char text[4096];
	assert_true(open_at(w, 0));
	assert_non_null(strstr(logged(w, text), "warning: rtnetlink: no such socket: looked for every 5 s\n"));
}

/* Each thing that a Network Port shows is news when it changes, and nobody has to hear of it. */
static void what_the_host_says_of_the_interface_is_followed(void **state)
{
	struct world *w = *state;
	const struct network_port before = host;
	kernel_tells = true;
	assert_true(open_at(w, 0));
	kernel.changed(kernel.ctx);
	assert_int_equal(w->changed, 0);
	struct network_port rows[8];
	for (size_t i = 0; i < 8; i++)
		rows[i] = before;
	rows[0].gateway[3] = 2;
	rows[1].dns[1][3] = 55;
	rows[2].dns_count = 1;
	rows[3].link_speed = 1e8f;
	rows[4].link_speed = 2e9f;
	rows[5].dhcp = !before.dhcp;
	rows[6].gateway[0] = 10;
	rows[7].dns[0][0] = 10;
	for (unsigned i = 0; i < 8; i++) {
		host = rows[i];
		kernel.changed(kernel.ctx);
		assert_int_equal(w->changed, 2 * i + 1);
		kernel.changed(kernel.ctx);
		assert_int_equal(w->changed, 2 * i + 1);
		host = before;
		kernel.changed(kernel.ctx);
		assert_int_equal(w->changed, 2 * i + 2);
	}
	assert_int_equal(w->opened, 0);
	host.dns[2][0] = 99;                             /* beyond those that are counted */
	kernel.changed(kernel.ctx);
	assert_int_equal(w->changed, 16);
}

static void what_was_never_opened_can_be_closed(void **state)
{
	(void)state;
	struct lan l = { 0 };
	lan_close(&l);
	assert_null(l.bip);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(finding_2_12_without_an_address_it_waits_for_one),
		T(finding_2_12_a_new_address_is_followed),
		T(a_cable_that_is_pulled_is_a_problem_until_it_is_back),
		T(a_network_that_flaps_does_not_fill_the_log),
		T(a_port_that_is_taken_ends_the_start_and_is_waited_for_later),
		T(finding_2_12_the_kernel_says_when_to_look),
		T(without_the_kernel_it_says_that_it_looks_by_itself),
		T(what_the_host_says_of_the_interface_is_followed),
		T(what_was_never_opened_can_be_closed),
	};
	return cmocka_run_group_tests_name("lan", tests, NULL, NULL);
}
