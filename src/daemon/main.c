/* bacnet-upsd: a UPS on a serial line becomes a BACnet device. */
#include <malloc.h>

#include "daemon/daemon.h"

int main(int argc, char **argv)
{
	struct args args;
	switch (args_parse(&args, argc, argv)) {
	case ARGS_RUN:
		mallopt(M_ARENA_MAX, 1); /* an arena a thread would cost more memory than all of this program's tables */
		mallopt(M_MMAP_THRESHOLD, 32 * 1024);    /* a large table costs the pages that are touched, also after something was freed */
		mallopt(M_TRIM_THRESHOLD, 64 * 1024);
		return daemon_run(&args);
	case ARGS_CHECK:
		return daemon_check(&args);
	case ARGS_HELP:
		return EXIT_ENDED;
	case ARGS_USAGE:
		break;
	}
	return EXIT_USAGE;
}
