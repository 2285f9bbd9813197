/* The methods of the control socket (docs/control.md has the shapes): a row each in table.c, one file a topic.
 *
 * But for `save` they look: at the newest snapshot of each UPS, at its BACnet device, at the configuration and the counters, all through
 * one view that the daemon fills and keeps.  What a method says is built from the tables of points, states and bits.  One thread: the loop's. */
#ifndef API_API_H
#define API_API_H

#include "api/problems.h"
#include "conf/conf.h"
#include "control/rpc.h"
#include "control/server.h"
#include "ev/ev.h"
#include "led/led.h"
#include "link/bip.h"
#include "object/device.h"
#include "service/node.h"
#include "ups/snapshot.h"

struct api_updates;

/* One UPS and the device that shows it.  Borrowed; `device` and `node` may be NULL while there is none. */
struct api_ups {
	const struct snapshot *snapshot;
	struct device *device;
	struct node *node;
};

struct api_view {
	const struct ev_loop *loop;          /* its clock */
	struct mono started;
	const struct conf *conf;             /* conf->ups[i] belongs to ups[i] */
	const struct api_ups *ups;
	int ups_count;
	const struct bip *bip;               /* NULL: not open */
	struct control *control;             /* NULL: none */
	void (*problems)(void *ctx, struct api_problems *);          /* what is wrong now; NULL: nothing */
	void (*save)(void *ctx, struct call *);      /* answers the call when all that is kept is on disk, or cannot be */
	void (*restart)(void *ctx, bool cold);       /* starts the program anew, soon */
	void *ctx;                           /* of all of these */
	const struct led_board *leds;        /* NULL: none */
	struct api_updates *updates;         /* who tells watchers (updates.h); NULL: nobody */
};

extern const struct rpc_method api_table[];          /* for control_open(); ctx is a struct api_view */

#endif
