/* The methods of the control socket: version, status, objects, counters, watch (docs/control.md has the shapes).
 *
 * They only look: at the newest snapshot of each UPS, at its BACnet device, at the configuration and the counters, all through one view
 * that the daemon fills and keeps.  What a method says is built from the tables of points, states and bits.  One thread: the loop's. */
#ifndef DAEMON_METHODS_H
#define DAEMON_METHODS_H

#include "conf/conf.h"
#include "control/rpc.h"
#include "control/server.h"
#include "ev/ev.h"
#include "link/bip.h"
#include "object/device.h"
#include "service/responder.h"
#include "ups/snapshot.h"

struct methods_watch;

/* One UPS and the device that shows it.  Borrowed; `device` and `responder` may be NULL while there is none. */
struct methods_ups {
	const struct snapshot *snapshot;
	struct device *device;
	const struct responder *responder;
};

struct methods_view {
	const struct ev_loop *loop;          /* its clock */
	struct mono started;
	const struct conf *conf;             /* conf->ups[i] belongs to ups[i] */
	const struct methods_ups *ups;
	int ups_count;
	const struct bip *bip;               /* NULL: not open */
	const struct control *control;       /* NULL: none */
	const char *const *problems;         /* in words, NULL at the end; NULL: none */
	struct methods_watch *watch;         /* what watchers know already; NULL: the first update repeats it all */
};

extern const struct rpc_method methods_table[];      /* for control_open(); ctx is a struct methods_view */

/* What has changed since the last call, for control_publish(): {"changes": [...]} with the entries of `objects`; NULL: nothing.  Age
 * alone is no change.  The first watcher's answer of `watch` is where it begins. */
struct methods_watch *methods_watch_make(int ups_count);     /* NULL: no memory */
void methods_watch_free(struct methods_watch *);
json_t *methods_changes(const struct methods_view *, struct methods_watch *);

#endif
