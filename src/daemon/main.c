/* bacnet-upsd: a UPS on a serial line becomes a BACnet device. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bacnet/enum.h"
#include "daemon/daemon.h"

#define REASON "BACNET_UPS_RESTART_REASON"

/* Why this process was started, from the one before it; whoever else starts it does not say. */
static unsigned restart_reason(void)
{
	const char *text = getenv(REASON);
	long reason = text ? strtol(text, NULL, 10) : 0;
	return reason > 0 && reason < RESTART_REASONS ? (unsigned)reason : RESTART_UNKNOWN;
}

/* The same program in the same process: its supervisor sees no end, and a package that was updated meanwhile counts. */
static int start_anew(char **argv, int reason)
{
	char text[16];
	snprintf(text, sizeof text, "%d", reason);
	setenv(REASON, text, 1);
	execvp(argv[0], argv);
	perror("bacnet-upsd: cannot start anew");
	return EXIT_START;
}

int main(int argc, char **argv)
{
	struct args args;
	switch (args_parse(&args, argc, argv)) {
	case ARGS_RUN:
		mallopt(M_ARENA_MAX, 1); /* an arena a thread would cost more memory than all of this program's tables */
		mallopt(M_MMAP_THRESHOLD, 32 * 1024);    /* a large table costs the pages that are touched, also after something was freed */
		mallopt(M_TOP_PAD, 4 * 1024);    /* no room kept at the end of the heap, where a large table would be cleared, and so touched */
		mallopt(M_TRIM_THRESHOLD, 64 * 1024);
		args.restart_reason = restart_reason();
		unsetenv(REASON);
		int status = daemon_run(&args);
		return status > EXIT_RESTART ? start_anew(argv, status - EXIT_RESTART) : status;
	case ARGS_CHECK:
		return daemon_check(&args);
	case ARGS_HELP:
		return EXIT_ENDED;
	case ARGS_USAGE:
		break;
	}
	return EXIT_USAGE;
}
