/* One UPS as one BACnet device: source -> queue -> gateway -> device -> responder -> port.
 *
 * Everything that belongs to one UPS is in here and nothing in here knows of another, so that a process may hold as many as its
 * configuration names.  Belongs to the loop's thread.  What it needs from the rest of the daemon it is given in struct station_conf. */
#ifndef DAEMON_STATION_H
#define DAEMON_STATION_H

#include "base/log.h"
#include "base/queue.h"
#include "conf/conf.h"
#include "conf/store.h"
#include "daemon/clock.h"
#include "daemon/memory.h"
#include "daemon/saver.h"
#include "ev/ev.h"
#include "field/source.h"
#include "gateway/gateway.h"
#include "object/device.h"
#include "service/responder.h"

struct station_conf {
	struct ev_loop *loop;
	const struct log *log;
	const struct conf *conf;             /* of the daemon; changes in place at a reload */
	int ups;                             /* which of its UPSes this is */
	struct store *store;                 /* what clients wrote */
	struct saver *settings;              /* saves the store */
	const char *state_dir;
	const struct source_driver *driver;  /* of the source; NULL: as the link says */
	void *ctx;
	void (*updated)(void *ctx);          /* a snapshot was shown, or an object has changed otherwise; may be NULL */
};

struct station {
	struct station_conf conf;
	char state_path[512];
	struct device *device;
	struct object *port_object;
	struct gateway *gateway;
	struct responder *responder;
	struct queue *snapshots;
	struct ev_async *arrived;
	struct source *source;               /* NULL: not started */
	struct ev_async *source_ended;
	struct saver memory;
	struct device_clock clock;
	struct snapshot incoming;
	struct log_limit conflict_limit;
	uint64_t conflicts[2];               /* by enum conflict */
	char conflict_from[24];              /* "192.0.2.7:47808" */
	uint32_t recalled_revision;          /* Database_Revision of the last run, 0 = none */
	bool save_failed;                    /* of settings or of the memory */
};

/* Makes device, objects and responder; nothing is sent and no thread runs yet.  False: no memory, reason logged.  The station must not
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

/* A save of the daemon's settings ended: a device that cannot keep what is written to it says so in DeviceStatus. */
void station_saved(struct station *, bool ok);

#endif
