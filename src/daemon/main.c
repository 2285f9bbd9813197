/* bacnet-upsd: a UPS on a serial line becomes a BACnet device. */
#include <malloc.h>
#include <stdlib.h>

#include "daemon/daemon.h"

int main(int argc, char **argv)
{
	struct args args;
	enum args_what what = args_parse(&args, argc, argv);
	if (what == ARGS_HELP)
		return EXIT_ENDED;
	if (what == ARGS_USAGE)
		return EXIT_USAGE;
	mallopt(M_ARENA_MAX, 1);         /* an arena a thread would cost more memory than all of this program's tables */

	struct daemon *daemon = malloc(sizeof *daemon);
	if (!daemon)
		return EXIT_START;
	int status = daemon_configure(daemon, &args);
	if (status == 0)
		status = what == ARGS_CHECK ? daemon_check(daemon) : daemon_run(daemon);
	daemon_free(daemon);
	free(daemon);
	return status;
}
