#include "tools/host.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/ipv4.h"

enum { PATH_SIZE = 320 };

static struct finding found(enum finding_kind kind, const char *format, ...) __attribute__((format(printf, 2, 3)));

static struct finding found(enum finding_kind kind, const char *format, ...)
{
	struct finding f = { .kind = kind };
	va_list args;
	va_start(args, format);
	vsnprintf(f.text, sizeof f.text, format, args);
	va_end(args);
	return f;
}

/* ---- who asks ---- */

void host_this(struct host *h)
{
	*h = (struct host){ .proc = "/proc", .lock = "/run/lock", .self = getpid(), .uid = geteuid() };
	int n = getgroups(HOST_GROUPS_MAX - 1, h->groups);
	h->group_count = n > 0 ? (size_t)n : 0;
	h->groups[h->group_count++] = getegid();
}

bool host_may(const struct host *h, const struct stat *s, unsigned bits)
{
	bool member = false;
	for (size_t i = 0; i < h->group_count; i++)
		member |= h->groups[i] == s->st_gid;
	unsigned mode = s->st_uid == h->uid ? s->st_mode >> 6 : member ? s->st_mode >> 3 : s->st_mode;
	return h->uid == 0 || (mode & bits) == bits;
}

static const char *user_name(uid_t uid, char *buffer, size_t size)
{
	const struct passwd *p = getpwuid(uid);
	if (p)
		snprintf(buffer, size, "%s", p->pw_name);
	else
		snprintf(buffer, size, "%u", (unsigned)uid);
	return buffer;
}

static const char *group_name(gid_t gid, char *buffer, size_t size)
{
	const struct group *g = getgrgid(gid);
	if (g)
		snprintf(buffer, size, "%s", g->gr_name);
	else
		snprintf(buffer, size, "%u", (unsigned)gid);
	return buffer;
}

/* ---- the line ---- */

static bool is_tcp(const char *link)
{
	return strncmp(link, "tcp:", 4) == 0;
}

struct finding host_line(const struct host *h, const char *link)
{
	struct stat s;
	char user[64], group[64];
	if (is_tcp(link))
		return found(FINDING_NOTE, "%s: Modbus TCP, nothing to look at here; bacnet-ups status says whether the UPS answers", link + 4);
	if (stat(link, &s) != 0 && errno == ENOENT)
		return found(FINDING_FAULT, "%s is not there; is the adapter plugged in? ls -l /dev/ttyS* /dev/ttyUSB* /dev/serial/by-id/*", link);
	if (stat(link, &s) != 0)
		return found(FINDING_FAULT, "%s: %s", link, strerror(errno));
	if (!S_ISCHR(s.st_mode))
		return found(FINDING_FAULT, "%s is no serial device", link);
	user_name(h->uid, user, sizeof user);
	group_name(s.st_gid, group, sizeof group);
	if (!host_may(h, &s, 6) && (s.st_mode & 060) == 060)
		return found(FINDING_FAULT, "%s may be opened by the group %s only, and %s is not in it: sudo usermod -aG %s %s, and log in again", link, group,
			user, group, user);
	if (!host_may(h, &s, 6))
		return found(FINDING_FAULT, "%s may not be opened by %s: its mode is %03o", link, user, (unsigned)s.st_mode & 0777);
	if (h->uid == 0)
		return found(FINDING_OK, "%s is there; root may open everything: check as the user of bacnet-upsd, who has to be in the group %s", link, group);
	return found(FINDING_OK, "%s is there and %s may open it", link, user);
}

/* The name of a program by its process id; "a program" when nobody says. */
static const char *program_name(const struct host *h, const char *pid, char *buffer, size_t size)
{
	char path[PATH_SIZE];
	snprintf(path, sizeof path, "%s/%s/comm", h->proc, pid);
	FILE *f = fopen(path, "r");
	if (!f || !fgets(buffer, (int)size, f))
		snprintf(buffer, size, "a program");
	if (f)
		fclose(f);
	buffer[strcspn(buffer, "\n")] = 0;
	return buffer;
}

/* Is one of the files that this process has open the device? */
static bool has_open(const struct host *h, const char *pid, const char *device)
{
	char path[PATH_SIZE], target[PATH_SIZE];
	snprintf(path, sizeof path, "%s/%s/fd", h->proc, pid);
	DIR *d = opendir(path);
	const struct dirent *e;
	bool has = false;
	while (d && !has && (e = readdir(d)) != NULL) {
		char file[2 * PATH_SIZE];
		snprintf(file, sizeof file, "%s/%s", path, e->d_name);
		ssize_t n = readlink(file, target, sizeof target - 1);
		target[n < 0 ? 0 : n] = 0;
		has = strcmp(target, device) == 0;
	}
	if (d)
		closedir(d);
	return has;
}

struct finding host_holder(const struct host *h, const char *link, bool running)
{
	char *device = is_tcp(link) ? NULL : realpath(link, NULL);
	char name[64], lock[PATH_SIZE];
	struct finding f = found(FINDING_OK, "nobody whom this user can see has it open");
	if (!device)
		return found(FINDING_NOTE, "not looked at");
	DIR *d = opendir(h->proc);
	const struct dirent *e;
	while (d && (e = readdir(d)) != NULL) {
		if (e->d_name[0] < '0' || e->d_name[0] > '9' || strtol(e->d_name, NULL, 10) == h->self || !has_open(h, e->d_name, device))
			continue;
		program_name(h, e->d_name, name, sizeof name);
		bool gateway = strcmp(name, "bacnet-upsd") == 0, ours = gateway && running;
		if (gateway && !running)
			f = found(FINDING_FAULT, "in use by a bacnet-upsd (process %s) that does not answer at the control socket of this configuration", e->d_name);
		else
			f = ours ? found(FINDING_OK, "bacnet-upsd (process %s) has it open", e->d_name)
			: found(FINDING_FAULT, "in use by another program: %s (process %s); end it, or give the gateway another line", name, e->d_name);
		if (!ours)
			break;
	}
	if (d)
		closedir(d);
	snprintf(lock, sizeof lock, "%s/LCK..%s", h->lock, strrchr(device, '/') + 1);
	if (f.kind == FINDING_OK && access(lock, F_OK) == 0)
		f = found(FINDING_NOTE, "there is a lock file of another program: %s", lock);
	free(device);
	return f;
}

/* ---- directories ---- */

/* A file system may be full, or read-only, whatever the mode of the directory says: 0, or the error of writing a small file. */
static int try_to_write(const char *directory)
{
	char name[PATH_SIZE];
	snprintf(name, sizeof name, "%s/.check-XXXXXX", directory);
	int fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return errno;
	int failed = write(fd, "check\n", 6) != 6 || fsync(fd) != 0 ? errno : 0;
	close(fd);
	unlink(name);
	return failed;
}

struct finding host_state_directory(const struct host *h, const char *path)
{
	struct stat s;
	char user[64];
	user_name(h->uid, user, sizeof user);
	if (stat(path, &s) != 0 && errno == ENOENT)
		return found(FINDING_FAULT, "%s is not there: sudo install -d -o %s %s", path, user, path);
	if (stat(path, &s) != 0)
		return found(FINDING_FAULT, "%s: %s", path, strerror(errno));
	if (!S_ISDIR(s.st_mode))
		return found(FINDING_FAULT, "%s is no directory", path);
	if (!host_may(h, &s, 3))
		return found(FINDING_FAULT, "%s cannot be written by %s: what BACnet clients write would be lost; sudo chown %s %s", path, user, user, path);
	int failed = try_to_write(path);
	if (failed)
		return found(FINDING_FAULT, "%s cannot be written: %s; what BACnet clients write would be lost", path, strerror(failed));
	return found(FINDING_OK, "%s can be written", path);
}

struct finding host_control(const struct host *h, const char *path, bool answers)
{
	char above[PATH_SIZE], user[64];
	struct stat s;
	const char *slash = strrchr(path, '/');
	if (answers)
		return found(FINDING_OK, "a gateway answers at %s", path);
	snprintf(above, sizeof above, "%.*s", slash == path ? 1 : slash ? (int)(slash - path) : 1, slash ? path : ".");
	user_name(h->uid, user, sizeof user);
	if (stat(above, &s) != 0 && errno == ENOENT)
		return found(FINDING_FAULT, "%s, the directory of the control socket, is not there: sudo install -d -o %s %s, or set [control] path",
			above, user, above);
	if (stat(above, &s) != 0)
		return found(FINDING_FAULT, "%s: %s", above, strerror(errno));
	if (!host_may(h, &s, 3))
		return found(FINDING_FAULT, "%s cannot make the control socket in %s: sudo chown %s %s, or set [control] path", user, above, user, above);
	return found(FINDING_OK, "the control socket can be made in %s", above);
}

/* ---- the network ---- */

static bool has_address(const struct ifaddrs *i, uint8_t address[4])
{
	struct sockaddr_in in;
	if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET)
		return false;
	memcpy(&in, i->ifa_addr, sizeof in);
	memcpy(address, &in.sin_addr, 4);
	return true;
}

struct finding host_address(const struct conf *c)
{
	struct ifaddrs *all = NULL;
	uint8_t address[4];
	char text[IPV4_TEXT_MAX], wanted[IPV4_TEXT_MAX];
	struct finding f;
	ipv4_text(wanted, c->address);
	if (getifaddrs(&all) != 0)
		return found(FINDING_NOTE, "the interfaces cannot be listed: %s", strerror(errno));
	if (c->interface[0] && !if_nametoindex(c->interface))
		f = found(FINDING_FAULT, "there is no interface %s: ip -brief address lists them", c->interface);
	else if (c->interface[0])
		f = found(FINDING_FAULT, "%s has no IPv4 address yet; the gateway cannot be reached until it has one", c->interface);
	else
		f = found(FINDING_FAULT, "no interface has the address %s: ip -brief address lists them", wanted);
	for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
		if (!has_address(i, address))
			continue;
		bool meant = c->interface[0] ? strcmp(c->interface, i->ifa_name) == 0 : memcmp(address, c->address, 4) == 0;
		if (meant && !(i->ifa_flags & IFF_UP))
			f = found(FINDING_FAULT, "%s is down: sudo ip link set %s up", i->ifa_name, i->ifa_name);
		else if (meant)
			f = found(FINDING_OK, "%s has the address %s", i->ifa_name, ipv4_text(text, address));
	}
	freeifaddrs(all);
	return f;
}

struct finding host_port(const struct conf *c, bool running)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)c->port) };
	if (running)
		return found(FINDING_OK, "UDP port %d is the running gateway's", (int)c->port);
	if (!c->interface[0])
		memcpy(&in.sin_addr, c->address, 4);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int failed = fd < 0 || bind(fd, (const struct sockaddr *)&in, sizeof in) != 0 ? errno : 0;
	if (fd >= 0)
		close(fd);
	if (failed == EADDRINUSE)
		return found(FINDING_FAULT, "UDP port %d is taken by another program: sudo ss -lunp 'sport = :%d' says by which", (int)c->port, (int)c->port);
	if (failed)
		return found(FINDING_NOTE, "UDP port %d: %s", (int)c->port, strerror(failed));
	return found(FINDING_OK, "UDP port %d is free", (int)c->port);
}
