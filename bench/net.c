#include "bench/net.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0)
		close(fd);
	return ok;
}

/* Root has what it takes; others become root of a user namespace, where that is allowed. */
static bool leave_network(void)
{
	if (unshare(CLONE_NEWNET) == 0)
		return true;
	unsigned uid = getuid(), gid = getgid();
	char map[64];
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		return false;
	snprintf(map, sizeof map, "0 %u 1", uid);
	if (!write_file("/proc/self/uid_map", map))
		return false;
	snprintf(map, sizeof map, "0 %u 1", gid);
	return write_file("/proc/self/setgroups", "deny") && write_file("/proc/self/gid_map", map);
}

/* A child that does nothing but own the second namespace. */
static pid_t hold_namespace(int *ns)
{
	int ready[2];
	if (pipe2(ready, O_CLOEXEC) != 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		bool ok = unshare(CLONE_NEWNET) == 0;
		ssize_t n = write(ready[1], ok ? "y" : "n", 1);
		(void)n;
		for (;;)
			pause();
	}
	char answer = 'n', path[64];
	if (pid < 0 || read(ready[0], &answer, 1) != 1)
		answer = 'n';
	close(ready[0]);
	close(ready[1]);
	snprintf(path, sizeof path, "/proc/%d/ns/net", (int)pid);
	*ns = answer == 'y' ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	return pid;
}

static bool shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static bool shell(const char *format, ...)
{
	char command[400];
	va_list args;
	va_start(args, format);
	vsnprintf(command, sizeof command, format, args);
	va_end(args);
	int rc = system(command);
	return WIFEXITED(rc) && WEXITSTATUS(rc) == 0;
}

static bool wire(const struct net *net)
{
	int holder = (int)net->holder;
	return shell("ip link set lo up && ip link add load0 type veth peer name server0 netns %d && "
	             "ip addr add 10.99.0.2/24 brd + dev load0 && ip addr add 10.99.0.3/24 brd + dev load0 && ip link set load0 up && "
	             "for i in $(seq 100 %d); do ip addr add 10.99.0.$i/24 brd + dev load0; done", holder, 100 + NET_MANY - 1) &&
	       shell("nsenter -t %d -n sh -c 'ip link set lo up && ip addr add 10.99.0.1/24 brd + dev server0 && "
	             "ip link set server0 up'", holder);
}

static void choose_cpus(struct net *net)
{
	cpu_set_t set;
	net->server_cpu = net->load_cpu = -1;
	if (sched_getaffinity(0, sizeof set, &set) != 0)
		return;
	for (int i = 0; i < CPU_SETSIZE && net->load_cpu < 0; i++) {
		if (!CPU_ISSET((size_t)i, &set))
			continue;
		if (net->server_cpu < 0)
			net->server_cpu = i;
		else
			net->load_cpu = i;
	}
	if (net->load_cpu < 0)
		net->load_cpu = net->server_cpu;
}

static void use_loopback(struct net *net, const char *why)
{
	net->separate = false;
	memcpy(net->server_ip, (uint8_t[]){ 127, 0, 0, 1 }, 4);
	memcpy(net->client_ip, (uint8_t[]){ 127, 0, 0, 1 }, 4);
	memcpy(net->storm_ip, (uint8_t[]){ 127, 0, 0, 3 }, 4);
	memcpy(net->many_ip, (uint8_t[]){ 127, 0, 0, 100 }, 4);
	net->bind = "address = 127.0.0.1";
	snprintf(net->where, sizeof net->where, "on the loopback interface (%s): figures are not comparable", why);
}

bool net_open(struct net *net)
{
	*net = (struct net){ .server_ns = -1, .holder = -1 };
	choose_cpus(net);
	if (!leave_network()) {
		use_loopback(net, "no right to make network namespaces");
	} else if (net->holder = hold_namespace(&net->server_ns), net->server_ns < 0 || !wire(net)) {
		fprintf(stderr, "bench: no second network namespace: is iproute2 installed?\n");
		net_close(net);
		if (!shell("ip link set lo up"))
			return false;
		use_loopback(net, "no second network namespace");
	} else {
		net->separate = true;
		memcpy(net->server_ip, (uint8_t[]){ 10, 99, 0, 1 }, 4);
		memcpy(net->client_ip, (uint8_t[]){ 10, 99, 0, 2 }, 4);
		memcpy(net->storm_ip, (uint8_t[]){ 10, 99, 0, 3 }, 4);
		memcpy(net->many_ip, (uint8_t[]){ 10, 99, 0, 100 }, 4);
		net->bind = "interface = server0";
		snprintf(net->where, sizeof net->where, "two network namespaces, veth, server on CPU %d, load on CPU %d%s", net->server_cpu,
		         net->load_cpu, net->server_cpu == net->load_cpu ? " (only one there!)" : "");
	}
	return true;
}

void net_close(struct net *net)
{
	if (net->server_ns >= 0)
		close(net->server_ns);
	if (net->holder > 0) {
		kill(net->holder, SIGKILL);
		waitpid(net->holder, NULL, 0);
	}
	net->server_ns = -1;
	net->holder = -1;
}
