#include "link/ipport.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/filter.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/ipv4.h"
#include "base/random.h"

enum { LANES = 1 + IPPORT_LANES_MORE };
static_assert((LANES & (LANES - 1)) == 0, "lanes are chosen by the top bits of a hash");

enum { SOCKET_BUFFER = 1 << 20 };    /* room for a burst: the kernel cuts it to what it allows */

static struct sockaddr_in sockaddr_of(const uint8_t ip[4], uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
	memcpy(&a.sin_addr, ip, sizeof a.sin_addr);
	return a;
}

/* ---- which address ---- */

static bool copy_ip(uint8_t to[4], const struct sockaddr *from)
{
	struct sockaddr_in in;
	if (!from || from->sa_family != AF_INET)
		return false;
	memcpy(&in, from, sizeof in);
	memcpy(to, &in.sin_addr, sizeof in.sin_addr);
	return true;
}

/* Does this address of this interface answer the configuration?  127.0.0.0/8 belongs to lo as a whole. */
static bool is_meant(const struct bip_conf *conf, const struct ifaddrs *i, const uint8_t ip[4])
{
	if (conf->interface[0])
		return strcmp(i->ifa_name, conf->interface) == 0;
	if (i->ifa_flags & IFF_LOOPBACK && ip[0] == 127)
		return conf->address[0] == 127;
	return memcmp(ip, conf->address, sizeof conf->address) == 0;
}

static void name_of(const struct bip_conf *conf, char what[48])
{
	char address[IPV4_TEXT_MAX];
	snprintf(what, 48, "BACnet/IP on %s", conf->interface[0] ? conf->interface : ipv4_text(address, conf->address));
}

static bool describe(const struct bip_conf *conf, const struct ifaddrs *i, struct bip_port *p)
{
	uint8_t ip[4];
	if (!copy_ip(ip, i->ifa_addr) || !is_meant(conf, i, ip) || !copy_ip(p->mask, i->ifa_netmask))
		return false;
	memcpy(p->address, conf->interface[0] ? ip : conf->address, sizeof p->address);
	for (size_t k = 0; k < sizeof p->broadcast; k++)
		p->broadcast[k] = (uint8_t)(p->address[k] | ~p->mask[k]);
	if (i->ifa_flags & IFF_BROADCAST)       /* an administrator may have set another one */
		copy_ip(p->broadcast, i->ifa_broadaddr);
	snprintf(p->interface, sizeof p->interface, "%.*s", (int)strcspn(i->ifa_name, ":"), i->ifa_name);        /* eth0:1 is eth0 */
	p->index = if_nametoindex(p->interface);
	p->up = (i->ifa_flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING);
	return true;
}

bool ipport_find(const struct bip_conf *conf, const struct bip_port *present, struct bip_port *found, struct err_at *why)
{
	char what[48];
	struct ifaddrs *all;
	name_of(conf, what);
	if (getifaddrs(&all) != 0)
		return err_set(why, what, 0, "the list of interfaces cannot be read: %s", strerror(errno));
	bool named = false, any = false;
	for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
		struct bip_port p = { 0 };
		named |= strcmp(i->ifa_name, conf->interface) == 0;
		if (!describe(conf, i, &p))
			continue;
		bool same = memcmp(p.address, present->address, sizeof p.address) == 0;
		if (!any || same)
			*found = p;
		any = true;
		if (same)
			break;
	}
	freeifaddrs(all);
	if (any)
		return true;
	if (!conf->interface[0])
		return err_set(why, what, 0, "no interface of this host has this address");
	return err_set(why, what, 0, named ? "the interface has no IPv4 address" : "there is no interface of this name");
}

/* ---- sockets ---- */

static bool set(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

/* Sockets that share a port do not notice another program of ours that has it already: one that does not share asks first. */
static bool is_free(const struct ipport *p, uint16_t port)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in a = sockaddr_of(p->port.address, port);
	bool ok = fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof a) == 0;
	int error = errno;
	if (fd >= 0)
		close(fd);
	errno = error;
	return ok;
}

static int open_unicast(struct ipport *p, uint16_t port, const char *what, struct err_at *why)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		err_set(why, what, 0, "no socket: %s", strerror(errno));
		return -1;
	}
	set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	set(fd, SOL_SOCKET, SO_BROADCAST, 1);           /* broadcasts leave from here, so that they carry our address and port */
	set(fd, SOL_SOCKET, SO_RCVBUF, SOCKET_BUFFER);
	set(fd, SOL_SOCKET, SO_SNDBUF, SOCKET_BUFFER);
	set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);  /* fragment what is too long; believe no ICMP about it */
	struct sockaddr_in a = sockaddr_of(p->port.address, port);
	socklen_t length = sizeof a;
	if (!is_free(p, port) || bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || getsockname(fd, (struct sockaddr *)&a, &length) != 0) {
		char address[IPV4_TEXT_MAX];
		err_set(why, what, 0, "UDP port %u of %s (%s) cannot be opened: %s", port, ipv4_text(address, p->port.address), p->port.interface,
		        strerror(errno));
		close(fd);
		return -1;
	}
	p->port.port = ntohs(a.sin_port);
	return fd;
}

/* The lane of a datagram: the top bits of its source address times an odd number that nobody knows. */
static bool choose_lanes(int fd)
{
	uint32_t factor;
	unsigned bits = 0;
	while (1u << bits < LANES)
		bits++;
	random_octets(&factor, sizeof factor);
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)SKF_NET_OFF + 12),      /* of the IPv4 header */
		BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, factor | 1),
		BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 32 - bits),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	struct sock_fprog program = { .len = sizeof code / sizeof code[0], .filter = code };
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program) == 0;
}

static int open_lane(const struct ipport *p)
{
	struct sockaddr_in a = sockaddr_of(p->port.address, p->port.port);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	set(fd, SOL_SOCKET, SO_RCVBUF, SOCKET_BUFFER);
	if (set(fd, SOL_SOCKET, SO_REUSEPORT, 1) && bind(fd, (struct sockaddr *)&a, sizeof a) == 0)
		return fd;
	close(fd);
	return -1;
}

static void close_from(struct ipport *p, int first)
{
	for (int i = first; i < IPPORT_SOCKETS; i++) {
		if (p->fd[i] >= 0)
			close(p->fd[i]);
		p->fd[i] = -1;
	}
}

/* All or none: when one cannot be had, all come by the first lane. */
static void open_lanes(struct ipport *p)
{
	bool all = true;
	for (int i = IPPORT_LANES; all && i < IPPORT_SOCKETS; i++) {
		p->fd[i] = open_lane(p);
		all = p->fd[i] >= 0;
	}
	if (!all || !choose_lanes(p->fd[IPPORT_UNICAST]))
		close_from(p, IPPORT_LANES);
}

/* SO_REUSEADDR: every BACnet program of this host may hear broadcasts.  Bound to the device so that another interface's broadcasts
 * stay there; an old kernel allows that to root alone, and then more is heard than was meant. */
static int open_broadcast(const struct ipport *p, const uint8_t ip[4], const struct log *log, const char *what, struct err_at *why)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		err_set(why, what, 0, "no socket: %s", strerror(errno));
		return -1;
	}
	set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	set(fd, SOL_SOCKET, SO_RCVBUF, SOCKET_BUFFER);
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, p->port.interface, (socklen_t)strlen(p->port.interface)) != 0)
		log_info(log, "%s: hears the broadcasts of other interfaces too: %s", what, strerror(errno));
	struct sockaddr_in a = sockaddr_of(ip, p->port.broadcast_port);
	if (bind(fd, (struct sockaddr *)&a, sizeof a) != 0) {
		char address[IPV4_TEXT_MAX];
		err_set(why, what, 0, "broadcasts to %s port %u (%s) cannot be received: %s", ipv4_text(address, ip), p->port.broadcast_port,
		        p->port.interface, strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

bool ipport_open(struct ipport *p, const struct bip_conf *conf, const struct bip_port *found, const struct log *log, struct err_at *why)
{
	static const uint8_t limited[] = { 255, 255, 255, 255 };
	char what[48];
	name_of(conf, what);
	*p = (struct ipport){ .port = *found };
	for (int i = 0; i < IPPORT_SOCKETS; i++)
		p->fd[i] = -1;
	p->fd[IPPORT_UNICAST] = open_unicast(p, conf->port, what, why);
	if (p->fd[IPPORT_UNICAST] < 0)
		return false;
	open_lanes(p);
	p->port.broadcast_port = conf->broadcast_port ? conf->broadcast_port : p->port.port;
	bool has_subnet = memcmp(p->port.broadcast, p->port.address, sizeof p->port.address) != 0 && p->port.mask[3] < 254;
	if (!has_subnet)
		log_warning(log, "%s: the subnet has no broadcast address, so nobody can discover this device there", what);
	if (has_subnet)
		p->fd[IPPORT_SUBNET] = open_broadcast(p, p->port.broadcast, log, what, why);
	if (!has_subnet || p->fd[IPPORT_SUBNET] >= 0)
		p->fd[IPPORT_LIMITED] = open_broadcast(p, limited, log, what, why);
	p->shouts = has_subnet;
	/* who only asks does without what is broadcast when another program has that port for itself */
	if (p->fd[IPPORT_LIMITED] >= 0 || conf->broadcast_port)
		return true;
	ipport_close(p);
	return false;
}

void ipport_close(struct ipport *p)
{
	close_from(p, 0);
}
