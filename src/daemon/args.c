#include "daemon/args.h"

#include <stddef.h>
#include <stdio.h>

#include "base/options.h"

#define AT(member) offsetof(struct args, member)

static const struct option_row rows[] = {
	{ "config",       0, "FILE", "configuration (default " ARGS_CONFIG ")", OPTION_TEXT, AT(config), 1, 0, NULL },
	{ "state-dir",    0, "DIR",  "where kept.json is (default " ARGS_STATE_DIR ")", OPTION_TEXT, AT(state_dir), 1, 0, NULL },
	{ "control",      0, "PATH", "control socket, instead of the one that the configuration names", OPTION_TEXT, AT(control), 1, 0, NULL },
	{ "check-config", 0, NULL,   "check the configuration and the family map, print what is wrong, and end", OPTION_FLAG, AT(check), 0, 0, NULL },
	{ "debug",        0, NULL,   "log more", OPTION_FLAG, AT(debug), 0, 0, NULL },
	{ "version",      0, NULL,   "print the version and end", OPTION_FLAG, AT(version), 0, 0, NULL },
	{ "help",         0, NULL,   "print this and end", OPTION_FLAG, AT(help), 0, 0, NULL },
};
enum { ROWS = sizeof rows / sizeof *rows };

static void print_help(void)
{
	printf("usage: bacnet-upsd [OPTION...]\n\n"
	       "Shows a UPS on a serial line as a BACnet device.  Runs in the foreground and logs on standard error.\n\n");
	options_print(stdout, rows, ROWS, (1u << ROWS) - 1);
	printf("\nSIGHUP reads the configuration again, SIGTERM and SIGINT end the daemon.\n"
	       "Exit status: 0 ended by a signal, 1 could not start, 2 wrong command line, 78 wrong configuration.\n");
}

enum args_what args_parse(struct args *args, int argc, char **argv)
{
	char why[200];
	int first;
	uint64_t given;
	*args = (struct args){ .config = ARGS_CONFIG, .state_dir = ARGS_STATE_DIR };
	if (!options_parse(rows, ROWS, args, argc, argv, &first, &given, why, sizeof why)) {
		fprintf(stderr, "bacnet-upsd: %s\n", why);
		return ARGS_USAGE;
	}
	if (first < argc) {
		fprintf(stderr, "bacnet-upsd: '%s' is one argument too many; try --help\n", argv[first]);
		return ARGS_USAGE;
	}
	if (args->help)
		print_help();
	else if (args->version)
		printf("bacnet-upsd %s\n", BACNET_UPS_VERSION);
	return args->help || args->version ? ARGS_HELP : args->check ? ARGS_CHECK : ARGS_RUN;
}
