/* One UPS as one BACnet device: source -> queue -> gateway -> device -> node -> port.
 *
 * Everything that belongs to one UPS is in here and nothing in here knows of another, so that a process may hold as many as its
 * configuration names.  Belongs to the loop's thread.  What it needs from the rest of the daemon it is given in struct station_conf. */
#ifndef DAEMON_STATION_H
#define DAEMON_STATION_H

#include "base/log.h"
#include "base/queue.h"
#include "conf/conf.h"
#include "daemon/clock.h"
#include "ev/ev.h"
#include "field/source.h"
#include "gateway/gateway.h"
#include "notify/event.h"
#include "object/device.h"
#include "service/node.h"
#include "state/state.h"

struct network_port;

struct station_conf {
	struct ev_loop *loop;
	const struct log *log;
	const struct conf *conf;             /* of the daemon; changes in place at a reload */
	int ups;                             /* which of its UPSes this is */
	struct state *state;                 /* what is kept */
	struct node_commons *commons;        /* what all devices of the process share */
	const struct source_driver *driver;  /* of the source; NULL: as the link says */
	int64_t (*host_ms)(void);            /* the host's clock: UTC in milliseconds since 1970 */
	void *ctx;
	unsigned restart_reason;             /* RESTART_...: why this process was started */
	node_restart_fn *restart;            /* a client wants it started anew; may be NULL */
	void (*shown)(void *ctx, int ups);   /* a snapshot has been shown; may be NULL */
};

struct station {
	struct station_conf conf;
	int kept;                            /* its entry in the kept document */
	struct device *device;
	struct object *port_object;
	struct gateway *gateway;
	struct node *node;
	struct event_listener alarms;        /* each transition is a line of the log, at level debug */
	struct queue *snapshots;
	struct ev_async *arrived;
	struct source *source;               /* NULL: not started */
	struct ev_async *source_ended;
	struct device_clock clock;
	struct mono clock_set;               /* when the UPS's was last set; never: not yet */
	struct ev_timer quarter;             /* of an hour: the time zone is looked at */
	struct mono started;
	struct snapshot incoming;
	struct log_limit conflict_limit;
	uint64_t conflicts[2];               /* by enum conflict */
	char conflict_from[24];              /* "192.0.2.7:47808" */
	uint64_t revision_change;            /* of the kept document: makes Database_Revision known */
	struct ev_timer age;                 /* ends when what is shown is too old to be shown as good */
	struct ev_timer patience;            /* with a UPS that has never answered */
	bool save_failed;                    /* what is written to it is not kept */
};

/* Makes device, objects and node; nothing is sent and no thread runs yet.  False: no memory, reason logged.  The station must not
 * move after this. */
bool station_init(struct station *, const struct station_conf *);
void station_set_network(struct station *, const struct port *, const struct network_port *);
/* The network has changed.  `announce`: it has an address that nobody has heard of yet. */
void station_follow_network(struct station *, const struct port *, const struct network_port *, bool announce);
bool station_start(struct station *);        /* the I-Am and the source */
void station_close(struct station *);        /* stops what runs on the loop; before ev_loop_free */
void station_free(struct station *);         /* after it */

/* The configuration has changed in place.  `link_changed`: the source starts anew, once the present one has ended. */
void station_reconfigure(struct station *, bool link_changed);

/* Its source's thread works, as far as one can see. */
bool station_alive(const struct station *);

/* An attempt to save what is kept ended: a device that cannot keep what is written to it says so in DeviceStatus. */
void station_saved(struct station *, bool ok);

#endif
