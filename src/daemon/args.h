/* The command line of bacnet-upsd. */
#ifndef DAEMON_ARGS_H
#define DAEMON_ARGS_H

#include <stdbool.h>

#define ARGS_CONFIG    "/etc/bacnet-ups/bacnet-ups.conf"
#define ARGS_STATE_DIR "/var/lib/bacnet-ups"

enum args_what {
	ARGS_RUN,
	ARGS_CHECK,              /* --check-config */
	ARGS_HELP,               /* printed already: exit 0 */
	ARGS_USAGE,              /* complaint printed already: exit 2 */
};

struct args {
	const char *config;      /* borrowed from argv or a constant */
	const char *state_dir;
	const char *control;     /* NULL: as the configuration says */
	unsigned restart_reason; /* RESTART_...: why it was started; main's */
	bool check, debug, version, help;
};

enum args_what args_parse(struct args *, int argc, char **argv);

#endif
