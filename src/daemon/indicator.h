/* What the LEDs show of the gateway (manual 1.3, 1.5): facts in, patterns out.
 *
 * Power blinks until the daemon answers and is lit then.  Link is lit while the BACnet port has an address.  Rx and Tx flash with the
 * traffic of the links to the UPSes; Rx flashes once every 2 s while one of them does not answer, Tx is dark while nothing is asked. */
#ifndef DAEMON_INDICATOR_H
#define DAEMON_INDICATOR_H

#include "conf/conf.h"
#include "led/led.h"
#include "ups/snapshot.h"

struct indicator {
	struct led_board board;
	struct indicator_link {
		bool answers;
		uint64_t requests;           /* as the last snapshot counted them */
		struct mono asked;           /* when that number last grew */
	} ups[CONF_UPS_MAX];
	int count;                           /* UPSes of which something was heard, or that are waited for */
};

/* Everything is starting. */
void indicator_init(struct indicator *, struct ev_loop *, int ups_count);
void indicator_configure(struct indicator *, const struct conf *);   /* at the start and at each reload */
void indicator_close(struct indicator *);

void indicator_ready(struct indicator *);
void indicator_network(struct indicator *, bool up);
void indicator_snapshot(struct indicator *, int ups, const struct snapshot *);

#endif
