/* What the host says of an interface: its files are played. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/hostnet.h"
#include "daemon/lease.h"

static char *route, *resolver, *speed;           /* NULL: there is no such file */
static bool leased;

static int open_files;                           /* each is closed again */

static ssize_t play_on(void *cookie, char *to, size_t n)
{
	char **at = cookie;
	size_t left = strlen(*at);
	n = left < n ? left : n;
	memcpy(to, *at, n);
	*at += n;
	return (ssize_t)n;
}

static int played(void *cookie)
{
	free(cookie);
	open_files--;
	return 0;
}

static FILE *play(char *text)
{
	char **at = text ? malloc(sizeof *at) : NULL;
	if (!at)
		return NULL;
	*at = text;
	open_files++;
	return fopencookie(at, "r", (cookie_io_functions_t){ .read = play_on, .close = played });
}

FILE *fopen(const char *path, const char *mode)
{
	(void)mode;
	if (strcmp(path, "/proc/net/route") == 0)
		return play(route);
	if (strcmp(path, "/etc/resolv.conf") == 0)
		return play(resolver);
	assert_string_equal(path, "/sys/class/net/eth0/speed");
	return play(speed);
}

bool lease_of(const uint8_t address[4])
{
	assert_memory_equal(address, ((uint8_t[]){ 10, 0, 0, 7 }), 4);
	return leased;
}

static struct network_port filled(void)
{
	struct network_port np;
	struct bip_port p = { .interface = "eth0", .address = { 10, 0, 0, 7 }, .mask = { 255, 255, 255, 0 }, .port = 47808 };
	memset(&np, 0x55, sizeof np);
	hostnet_fill(&np, &p);
	assert_int_equal(open_files, 0);
	assert_memory_equal(np.address, p.address, 4);
	assert_memory_equal(np.mask, p.mask, 4);
	assert_int_equal(np.udp_port, 47808);
	assert_string_equal(np.interface, "eth0");
	assert_int_equal(np.network_number, 0);
	return np;
}

static int setup(void **state)
{
	(void)state;
	route = resolver = speed = NULL;
	leased = false;
	return 0;
}

#define ROUTES "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"

static void without_files_nothing_is_known(void **state)
{
	(void)state;
	static const uint8_t zero[12];
	struct network_port np = filled();
	assert_memory_equal(np.gateway, zero, 4);
	assert_int_equal(np.dns_count, 0);
	assert_true(np.link_speed >= 0 && np.link_speed <= 0);
	assert_false(np.dhcp);
}

static void the_gateway_is_that_of_the_default_route_of_the_interface(void **state)
{
	(void)state;
	static const uint8_t zero[4];
	static char ours[] = ROUTES "eth1\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n" "eth0\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
		"eth0\t0000010A\t0500000A\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0\n" "eth0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\n" "eth0\t00000000\tFE00000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
		"eth0\t00000000\tFD00000A\t0003\t0\t0\t9\t00000000\t0\t0\t0\n";
	static char others[] = ROUTES "eth00\t00000000\t0100A8C0\t0003\n" "eth0\t00000000\t00000000\t0001\n" "nonsense\n" "eth0\n";
	route = ours;
	assert_memory_equal(filled().gateway, ((uint8_t[]){ 10, 0, 0, 254 }), 4);
	route = others;
	assert_memory_equal(filled().gateway, zero, 4);
}

static void the_first_three_name_servers_count(void **state)
{
	(void)state;
	static char text[] = "# nameserver 1.1.1.1\nsearch example.org\nnameserver 10.0.0.1\nnameserver fe80::1\nnameserver 10.0.0.2\n"
		"nameserver x\n nameserver 10.0.0.3\nnameserver 10.0.0.4\n";
	static char two[] = "nameserver 10.0.0.9\nnameserver 10.0.0.8";
	resolver = text;
	struct network_port np = filled();
	assert_int_equal(np.dns_count, 3);
	for (uint8_t i = 0; i < 2; i++)
		assert_memory_equal(np.dns[i], ((uint8_t[]){ 10, 0, 0, (uint8_t)(i + 1) }), 4);
	resolver = two;
	np = filled();
	assert_int_equal(np.dns_count, 2);
	assert_memory_equal(np.dns[1], ((uint8_t[]){ 10, 0, 0, 8 }), 4);
}

static void the_speed_is_in_bits_a_second(void **state)
{
	(void)state;
	static const struct { const char *text; float speed; } rows[] = { { "1000\n", 1e9f }, { "10\n", 1e7f }, { "-1\n", 0 }, { "unknown\n", 0 } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[16];
		strcpy(text, rows[i].text);
		speed = text;
		float is = filled().link_speed;
		assert_true(is >= rows[i].speed && is <= rows[i].speed);
	}
}

static void a_lease_is_one_when_the_host_says_so(void **state)
{
	(void)state;
	leased = true;
	assert_true(filled().dhcp);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = {
		T(without_files_nothing_is_known),
		T(the_gateway_is_that_of_the_default_route_of_the_interface),
		T(the_first_three_name_servers_count),
		T(the_speed_is_in_bits_a_second),
		T(a_lease_is_one_when_the_host_says_so),
	};
	return cmocka_run_group_tests_name("hostnet", tests, NULL, NULL);
}
