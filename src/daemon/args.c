#include "daemon/args.h"

#include <stddef.h>
#include <stdio.h>

#include "base/options.h"

#define FLAG(name_, help_, member) { .name = name_, .help = help_, .kind = OPTION_FLAG, .at = offsetof(struct args, member) }
#define ROW(name_, argument_, help_, KIND, member, ...) \
	{ .name = name_, .argument = argument_, .help = help_, .kind = OPTION_##KIND, .at = offsetof(struct args, member), __VA_ARGS__ }

static const struct option_row rows[] = {
	ROW("config", "FILE", "configuration (default " ARGS_CONFIG ")", TEXT, config, .low = 1),
	ROW("state-dir", "DIR", "where kept.json is (default " ARGS_STATE_DIR ")", TEXT, state_dir, .low = 1),
	ROW("control", "PATH", "control socket, instead of the one that the configuration names", TEXT, control, .low = 1),
	FLAG("check-config", "check the configuration and the family map, print what is wrong, and end", check),
	FLAG("debug", "log more", debug),
	FLAG("version", "print the version and end", version),
	FLAG("help", "print this and end", help),
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
