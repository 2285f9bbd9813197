#include "daemon/hostnet.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "daemon/lease.h"

/* /proc/net/route: "Iface Destination Gateway Flags RefCnt Use Metric Mask ...", addresses in hexadecimal, host byte order. */
static void default_gateway(uint8_t gateway[4], const char *interface)
{
	FILE *f = fopen("/proc/net/route", "re");
	if (!f)
		return;
	char line[256], name[32];
	unsigned destination, via, flags;
	while (fgets(line, sizeof line, f)) {
		if (sscanf(line, "%31s %x %x %x", name, &destination, &via, &flags) != 4 || destination != 0 || via == 0)
			continue;
		if (strcmp(name, interface) != 0)
			continue;
		memcpy(gateway, &(uint32_t){ via }, 4);
		break;
	}
	fclose(f);
}

static uint8_t dns_servers(uint8_t dns[3][4])
{
	uint8_t count = 0;
	FILE *f = fopen("/etc/resolv.conf", "re");
	if (!f)
		return 0;
	char line[256], address[64];
	struct in_addr in;
	while (count < 3 && fgets(line, sizeof line, f))
		if (sscanf(line, "nameserver %63s", address) == 1 && inet_pton(AF_INET, address, &in) == 1)
			memcpy(dns[count++], &in, 4);
	fclose(f);
	return count;
}

static float link_speed(const char *interface)
{
	char path[sizeof "/sys/class/net//speed" + sizeof ((struct bip_port *)0)->interface];
	int megabit = 0;
	snprintf(path, sizeof path, "/sys/class/net/%s/speed", interface);
	FILE *f = fopen(path, "re");
	if (!f)
		return 0;
	if (fscanf(f, "%d", &megabit) != 1 || megabit < 0)
		megabit = 0;
	fclose(f);
	return (float)megabit * 1e6f;
}

void hostnet_fill(struct network_port *np, const struct bip_port *port)
{
	memset(np, 0, sizeof *np);
	memcpy(np->address, port->address, 4);
	memcpy(np->mask, port->mask, 4);
	np->udp_port = port->port;
	default_gateway(np->gateway, port->interface);
	np->dns_count = dns_servers(np->dns);
	np->dhcp = lease_of(port->address);
	np->link_speed = link_speed(port->interface);
	snprintf(np->interface, sizeof np->interface, "%s", port->interface);
}
