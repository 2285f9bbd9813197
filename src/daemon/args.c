#include "daemon/args.h"

#include <getopt.h>
#include <stdio.h>

#define USAGE "usage: bacnet-upsd [--config FILE] [--state-dir DIR] [--control PATH] [--check-config] [--debug]\n"

static const char help[] = USAGE
	"\n"
	"Shows a UPS on a serial line as a BACnet device.  Runs in the foreground and logs on standard error.\n"
	"\n"
	"  --config FILE     configuration (default /etc/bacnet-ups/bacnet-ups.conf)\n"
	"  --state-dir DIR   where settings.conf is kept (default /var/lib/bacnet-ups)\n"
	"  --control PATH    control socket, instead of the one that the configuration names\n"
	"  --check-config    check the configuration and the family map, print what is wrong, and end\n"
	"  --debug           log more\n"
	"  --version         print the version and end\n"
	"  --help            print this and end\n"
	"\n"
	"SIGHUP reads the configuration again, SIGTERM and SIGINT end the daemon.\n"
	"Exit status: 0 ended by a signal, 1 could not start, 2 wrong command line, 78 wrong configuration.\n";

enum args_what args_parse(struct args *args, int argc, char **argv)
{
	enum { CONFIG = 256, STATE_DIR, CONTROL, CHECK, DEBUG, VERSION, HELP };
	static const struct option options[] = {
		{ "config",       required_argument, NULL, CONFIG },
		{ "state-dir",    required_argument, NULL, STATE_DIR },
		{ "control",      required_argument, NULL, CONTROL },
		{ "check-config", no_argument,       NULL, CHECK },
		{ "debug",        no_argument,       NULL, DEBUG },
		{ "version",      no_argument,       NULL, VERSION },
		{ "help",         no_argument,       NULL, HELP },
		{ 0 },
	};
	*args = (struct args){ .config = "/etc/bacnet-ups/bacnet-ups.conf", .state_dir = "/var/lib/bacnet-ups" };
	enum args_what what = ARGS_RUN;
	int option;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case CONFIG:    args->config = optarg; break;
		case STATE_DIR: args->state_dir = optarg; break;
		case CONTROL:   args->control = optarg; break;
		case CHECK:     what = ARGS_CHECK; break;
		case DEBUG:     args->debug = true; break;
		case VERSION:
			printf("bacnet-upsd %s\n", BACNET_UPS_VERSION);
			return ARGS_HELP;
		case HELP:
			fputs(help, stdout);
			return ARGS_HELP;
		default:
			fputs(USAGE, stderr);
			return ARGS_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "bacnet-upsd: unexpected argument '%s'\n" USAGE, argv[optind]);
		return ARGS_USAGE;
	}
	return what;
}
