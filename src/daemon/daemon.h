/* bacnet-upsd as a value: configuration, what is kept, loop, network, control socket and its stations.  Everything that lives until the end
 * is reached from here and from nowhere else. */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include "api/events.h"
#include "api/updates.h"
#include "control/server.h"
#include "daemon/args.h"
#include "daemon/config.h"
#include "daemon/indicator.h"
#include "daemon/lan.h"
#include "daemon/saves.h"
#include "daemon/station.h"
#include "daemon/supervisor.h"
#include "state/state.h"

enum {                                   /* exit status */
	EXIT_ENDED = 0, EXIT_START = 1, EXIT_USAGE = 2,
	EXIT_RESTART = 100,              /* and the reason of the restart: main() starts the program anew */
	EXIT_CONFIG = 78,                /* EX_CONFIG of sysexits(3) */
};

enum { DAEMON_SIGNALS = 3 };

struct daemon {
	struct args args;
	struct log log;
	struct config config;
	struct state state;
	struct ev_loop *loop;
	struct ev_signal *signal[DAEMON_SIGNALS];
	struct lan lan;
	struct indicator indicator;
	struct supervisor supervisor;
	struct ev_timer leave;           /* ends the loop once what was acknowledged is on its way */
	struct node_commons commons;
	char passwords[320];             /* path of the file */
	unsigned restart;                /* RESTART_...: it ends to be started anew; RESTART_UNKNOWN: it does not */
	struct control *control;
	struct saves saves;
	struct station *station[CONF_UPS_MAX];   /* station[i] is that of config.now.ups[i]; they are made once */
	int stations;
	struct api_ups shown[CONF_UPS_MAX];
	struct api_view view;            /* what the control socket sees */
	struct api_events *events;
};

/* Runs until a signal or a client's ReinitializeDevice ends it; the exit status, EXIT_RESTART + reason of the latter.  Signals that
 * arrive before it is ready wait until it is. */
int daemon_run(const struct args *);

/* --check-config: the configuration with what is kept over it, and the family maps that it names.  Touches nothing. */
int daemon_check(const struct args *);

#endif
