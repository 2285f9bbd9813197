/* The programs under measurement: started in their namespace and on their CPU, watched through /proc, ended with SIGTERM.  They die
 * with the bench. */
#ifndef BENCH_PROCESS_H
#define BENCH_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct process {
	pid_t pid;               /* 0 = not running */
	int in;                  /* its standard input, -1 = none */
	int64_t exec_ns;         /* when it was about to exec, monotonic */
};

struct process_conf {
	const char *const *argv;         /* NULL at the end */
	int ns;                          /* network namespace, -1 = ours */
	int cpu;                         /* -1 = any */
	bool with_stdin;                 /* a pipe from us; /dev/null otherwise */
	const char *log;                 /* where standard output and error go */
};

bool process_start(struct process *, const struct process_conf *);
void process_stop(struct process *);         /* SIGTERM, after two seconds SIGKILL */
bool process_alive(struct process *);
void process_say(struct process *, const char *format, ...) __attribute__((format(printf, 2, 3)));

int64_t process_cpu_ns(const struct process *);
long process_status_kib(const struct process *, const char *field);      /* "VmRSS"; -1 = not there */

/* Times that its threads went to sleep of their own will: the main thread, and the others. */
struct process_sleeps {
	uint64_t main, others;
};
struct process_sleeps process_sleeps(const struct process *);

#endif
