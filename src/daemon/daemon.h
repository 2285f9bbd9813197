/* bacnet-upsd as a value: configuration, loop, network, control socket and its stations.  Everything that lives until the end is
 * reached from here and from nowhere else. */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include "control/server.h"
#include "daemon/args.h"
#include "api/api.h"
#include "daemon/lan.h"
#include "daemon/station.h"

enum {                                   /* exit status */
	EXIT_ENDED = 0, EXIT_START = 1, EXIT_USAGE = 2,
	EXIT_CONFIG = 78,                /* EX_CONFIG of sysexits(3) */
};

struct daemon {
	struct args args;
	struct log log;
	struct conf conf;
	struct store *store;
	char settings_path[512];
	struct ev_loop *loop;
	struct ev_signal *signal[3];
	struct lan lan;
	struct control *control;
	struct saver settings;
	struct station station;          /* of the one UPS of this version; see conf_check() */
	struct api_ups shown;
	struct api_view view;        /* what the control socket sees */
	struct api_known *known;
	char problem_text[4][600];       /* what status shows as not in order, in words */
	const char *problems[5];
	char restart_needed[160];        /* options that a reload could not apply: "[bacnet] port" */
	bool station_made;
};

/* Reads the configuration.  0, or EXIT_CONFIG with every complaint printed. */
int daemon_configure(struct daemon *, const struct args *);

/* --check-config, after daemon_configure: also the family map that the configuration names. */
int daemon_check(struct daemon *);

/* Runs until a signal ends it; the exit status. */
int daemon_run(struct daemon *);
void daemon_free(struct daemon *);

#endif
