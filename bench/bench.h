/* What the parts of the bench share: the place, the programs, the report.  Each part starts what it needs and ends it again. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdio.h>

#include "base/mono.h"
#include "bench/load.h"
#include "bench/net.h"
#include "bench/process.h"
#include "bench/report.h"

enum { BENCH_PORT = 47808, ECHO_PORT = 47900, LINK_PORT = 47901, ECHO_MANY_PORT = 47902, FAN_PORT = 47903 };

struct bench {
	struct net net;
	struct report report;
	char programs[400];      /* the build directory */
	char directory[400];     /* ours, for pty, configuration, logs */
	bool quick;              /* shorter runs, to see whether the bench works */
	bool keep;               /* the directory stays, for looking at the logs */
};

/* Starts a server of the bench itself ("bench-echo", "bench-bare-link") on the servers' side. */
bool bench_start_server(struct bench *, struct process *, const char *program, uint16_t port, unsigned answer_size);

/* A simulated UPS and the gateway that reads it. */
struct gateway {
	struct process sim, daemon;
	char pty[440], config[440], control[440];
};
bool gateway_start(struct bench *, struct gateway *, unsigned baud);
bool gateway_start_with(struct bench *, struct gateway *, unsigned baud, const char *bacnet);    /* more lines of [bacnet] */
bool gateway_start_sim(struct bench *, struct gateway *, unsigned baud);
bool gateway_wait_ready(struct bench *, struct gateway *, int64_t ms);    /* until every block has been read once */
bool gateway_start_daemon(struct bench *, struct gateway *);
void gateway_stop(struct gateway *);
int gateway_connect(const struct bench *);                                /* a socket for load_... */

/* What the daemon counts of its serial line (method `counters` of the control socket). */
struct link_numbers {
	uint64_t requests, answers, busy_ms, wanted_ms, cycle_us, wire_us;
};
bool gateway_link_numbers(struct gateway *, struct link_numbers *);

/* The share of time that the simulator saw its line busy since it was last told "stats reset"; negative = it does not say. */
double gateway_line_busy(struct bench *, struct gateway *);

/* What the simulator answers from now on; NULL: it has no log.  And of the answers read since, when its words changed last. */
FILE *gateway_sim_answers(struct bench *);
struct mono gateway_sim_changed(FILE *answers);

typedef void part_fn(struct bench *);
part_fn part_reads, part_many, part_paced, part_idle, part_serial, part_told, part_alarm, part_storm;

#endif
