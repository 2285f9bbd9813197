#include "bench/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mono.h"

static void become(const struct process_conf *c, int in, int64_t *exec_ns)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (c->ns >= 0 && setns(c->ns, CLONE_NEWNET) != 0)
		_exit(126);
	if (c->cpu >= 0) {
		cpu_set_t set;
		CPU_ZERO(&set);
		CPU_SET((size_t)c->cpu, &set);
		sched_setaffinity(0, sizeof set, &set);
	}
	int log = open(c->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (in < 0)
		in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (log < 0 || dup2(in, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0)
		_exit(126);
	*exec_ns = mono_now().ns;
	/* POSIX: execv() changes nothing that argv points to; its type says otherwise for the sake of old programs */
	union { const char *const *ours; char *const *theirs; } argv = { .ours = c->argv };
	execv(c->argv[0], argv.theirs);
	_exit(127);
}

bool process_start(struct process *p, const struct process_conf *c)
{
	*p = (struct process){ .in = -1 };
	int pipes[2] = { -1, -1 };
	int64_t *exec_ns = mmap(NULL, sizeof *exec_ns, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (exec_ns == MAP_FAILED || (c->with_stdin && pipe2(pipes, O_CLOEXEC) != 0))
		return false;
	pid_t pid = fork();
	if (pid == 0)
		become(c, pipes[0], exec_ns);
	if (pipes[0] >= 0)
		close(pipes[0]);
	while (pid > 0 && !__atomic_load_n(exec_ns, __ATOMIC_ACQUIRE) && waitpid(pid, NULL, WNOHANG) == 0)
		sched_yield();
	p->exec_ns = *exec_ns;
	munmap(exec_ns, sizeof *exec_ns);
	p->pid = pid > 0 && p->exec_ns ? pid : 0;
	p->in = pipes[1];
	return p->pid > 0;
}

bool process_alive(struct process *p)
{
	if (p->pid > 0 && waitpid(p->pid, NULL, WNOHANG) == p->pid)
		p->pid = 0;
	return p->pid > 0;
}

void process_stop(struct process *p)
{
	if (p->in >= 0)
		close(p->in);
	p->in = -1;
	if (!process_alive(p))
		return;
	kill(p->pid, SIGTERM);
	for (int i = 0; i < 200 && process_alive(p); i++)
		usleep(10000);
	if (!process_alive(p))
		return;
	kill(p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
	p->pid = 0;
}

void process_say(struct process *p, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	if (p->in >= 0)
		vdprintf(p->in, format, args);
	va_end(args);
}

int64_t process_cpu_ns(const struct process *p)
{
	clockid_t clock;
	struct timespec t;
	if (p->pid <= 0 || clock_getcpuclockid(p->pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
		return 0;
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* The number behind "FIELD:" of a status file. */
static long status_number(const char *path, const char *field)
{
	FILE *f = fopen(path, "re");
	char line[256];
	long value = -1;
	size_t n = strlen(field);
	while (f && value < 0 && fgets(line, sizeof line, f))
		if (strncmp(line, field, n) == 0 && line[n] == ':')
			value = strtol(line + n + 1, NULL, 10);
	if (f)
		fclose(f);
	return value;
}

long process_status_kib(const struct process *p, const char *field)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/status", (int)p->pid);
	return status_number(path, field);
}

struct process_sleeps process_sleeps(const struct process *p)
{
	struct process_sleeps s = { 0 };
	char path[300];
	snprintf(path, sizeof path, "/proc/%d/task", (int)p->pid);
	DIR *d = opendir(path);
	for (struct dirent *e; d && (e = readdir(d));) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "/proc/%d/task/%s/status", (int)p->pid, e->d_name);
		long n = status_number(path, "voluntary_ctxt_switches");
		if (n > 0)
			*(atoi(e->d_name) == p->pid ? &s.main : &s.others) += (uint64_t)n;
	}
	if (d)
		closedir(d);
	return s;
}
