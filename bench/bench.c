/* bench-run: the figures of speed of this project, each as a ratio within one run where there is something to hold it against.
 *
 *   bench-run --programs BUILD-DIRECTORY [--json FILE] [--quick] [--keep] [PART...]
 *
 * Ends with 0 although a goal was missed, with 1 when something could not be measured. */
#include "bench/bench.h"

#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const struct { const char *name; part_fn *run; } parts[] = {
	{ "reads", part_reads }, { "many", part_many }, { "paced", part_paced }, { "idle", part_idle }, { "serial", part_serial },
	{ "told", part_told }, { "alarm", part_alarm }, { "storm", part_storm },
};
enum { PARTS = sizeof parts / sizeof parts[0] };

static int usage(FILE *f)
{
	fprintf(f, "usage: bench-run --programs DIRECTORY [--json FILE] [--quick] [--keep] [PART...]\nparts:");
	for (unsigned i = 0; i < PARTS; i++)
		fprintf(f, " %s", parts[i].name);
	fputc('\n', f);
	return 2;
}

static bool is_wanted(const char *name, char **wanted, int n)
{
	bool is = n == 0;
	for (int i = 0; i < n; i++)
		is |= strcmp(wanted[i], name) == 0;
	return is;
}

static void pin_load(const struct net *net)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET((size_t)net->load_cpu, &set);
	sched_setaffinity(0, sizeof set, &set);
}

/* Other work of the machine must not be what is measured: we and what we start go before it, where that is allowed. */
static void describe(struct bench *b)
{
	double load[1] = { 0 };
	bool preferred = setpriority(PRIO_PROCESS, 0, -15) == 0;
	if (getloadavg(load, 1) != 1)
		load[0] = 0;
	snprintf(b->report.where, sizeof b->report.where, "%s; load average %.1f at the start%s", b->net.where, load[0],
	         preferred ? ", nice -15" : "");
}

static void remove_directory(const struct bench *b)
{
	char command[440];
	snprintf(command, sizeof command, "rm -rf -- '%s'", b->directory);
	if (system(command) != 0)
		fprintf(stderr, "bench: %s stays\n", b->directory);
}

static bool set_programs(struct bench *b, const char *path)
{
	char *whole = realpath(path, NULL);
	if (!whole || strlen(whole) >= sizeof b->programs - 40) {
		fprintf(stderr, "bench: %s: no such directory\n", path);
		free(whole);
		return false;
	}
	snprintf(b->programs, sizeof b->programs, "%s", whole);
	free(whole);
	return true;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "programs", required_argument, NULL, 'p' }, { "json", required_argument, NULL, 'j' }, { "quick", no_argument, NULL, 'q' },
		{ "keep", no_argument, NULL, 'k' }, { "help", no_argument, NULL, 'h' }, { 0 },
	};
	static struct bench b;
	const char *json = NULL;
	for (int c; (c = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
		switch (c) {
		case 'p':
			if (!set_programs(&b, optarg))
				return 2;
			break;
		case 'j': json = optarg; break;
		case 'q': b.quick = true; break;
		case 'k': b.keep = true; break;
		case 'h': return usage(stdout), 0;
		default: return usage(stderr);
		}
	}
	if (!b.programs[0])
		return usage(stderr);
	snprintf(b.directory, sizeof b.directory, "%s/bacnet-ups-bench.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(b.directory) || !net_open(&b.net)) {
		perror("bench");
		return 1;
	}
	pin_load(&b.net);
	describe(&b);
	printf("%s\n\n", b.report.where);
	fflush(stdout);
	for (unsigned i = 0; i < PARTS; i++)
		if (is_wanted(parts[i].name, argv + optind, argc - optind))
			parts[i].run(&b);
	report_print(&b.report);
	bool written = !json || report_write_json(&b.report, json);
	if (!written)
		fprintf(stderr, "bench: %s cannot be written\n", json);
	net_close(&b.net);
	if (b.keep || b.report.failures)
		printf("logs: %s\n", b.directory);
	else
		remove_directory(&b);
	return b.report.failures || !written ? 1 : 0;
}
