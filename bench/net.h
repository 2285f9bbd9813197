/* Where the bench runs: the load in a network namespace of its own, the servers in another, a veth pair between them.  As root, or in
 * a user namespace where the system allows one; otherwise everything is on the loopback interface, and says so.  The namespaces
 * have no names and go with the process. */
#ifndef BENCH_NET_H
#define BENCH_NET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { NET_MANY = 20 };

struct net {
	bool separate;
	int server_ns;           /* descriptor of the servers' namespace; -1 on the loopback */
	pid_t holder;            /* keeps it alive */
	uint8_t server_ip[4], client_ip[4], storm_ip[4];     /* storm_ip: of another machine on the load's side */
	uint8_t many_ip[4];      /* the first of NET_MANY more machines there, one after the other */
	const char *bind;        /* the line of the configuration: "interface = veth-server" or "address = 127.0.0.1" */
	char where[96];
	int server_cpu, load_cpu;
};

/* Before any thread is started: it changes the namespace of the caller. */
bool net_open(struct net *);
void net_close(struct net *);

#endif
