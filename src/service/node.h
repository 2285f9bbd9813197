/* A BACnet device that speaks: device, network layer, both sides of transactions, the services of table.c, and what it announces.
 *
 * node_rx() is what a port calls for each NPDU.  Everything is memory of node_make(); after that nothing allocates.  Any number of nodes in
 * a process, one thread; they share what node_commons holds: the limits on what strangers may cost, and the places for transactions in
 * segments.  Device, loop, log and commons are borrowed and outlive the node. */
#ifndef SERVICE_NODE_H
#define SERVICE_NODE_H

#include "bacnet/cov.h"
#include "bacnet/event.h"
#include "network/counts.h"
#include "network/limits.h"
#include "object/device.h"
#include "service/guard.h"
#include "transaction/server.h"

struct node_commons {                        /* of the process */
	struct limits *limits;
	struct places *places;
	struct guard *guard;                 /* of the commands' passwords, the owner's; NULL: none is set */
};

bool node_commons_make(struct node_commons *, uint64_t seed);        /* 0: the kernel's.  False: no memory, nothing is made */
void node_commons_free(struct node_commons *);

enum conflict {
	CONFLICT_INSTANCE,           /* another device says I-Am with our instance */
	CONFLICT_NAME,               /* another device's Device object has the name of ours */
};

/* What ReinitializeDevice asks for: Last_Restart_Reason of the next start. */
typedef void node_restart_fn(void *ctx, unsigned reason);

enum { NODE_WINDOW = 16, NODE_SUBSCRIPTIONS = 1024 };

struct node_conf {
	struct ev_loop *loop;
	const struct log *log;
	struct node_commons *commons;
	struct device *device;
	int64_t startup_delay_ms;            /* longest; the I-Am goes out at random before it */
	bool probe;                          /* then ask who else has our instance and our name (Who-Is, Who-Has, once) */
	uint64_t seed;                       /* of what is random; 0: the kernel's */
	uint8_t window;                      /* segments we propose to send, and take, at a time; 0: NODE_WINDOW */
	unsigned subscriptions;              /* to changes of value, at a time; 0: NODE_SUBSCRIPTIONS */
	uint64_t services_off;               /* bits of Protocol_Services_Supported: not executed */
	void *ctx;
	void (*conflict)(void *ctx, enum conflict, const struct bac_addr *from, uint32_t device_id);    /* may be NULL */
	/* Called when the acknowledgement has left; RESTART_COLDSTART, _WARMSTART or _ACTIVATE_CHANGES.  NULL: it cannot be restarted. */
	node_restart_fn *restart;
};

struct node;
struct event_listener;

struct node *node_make(const struct node_conf *);            /* NULL: no memory.  Sets the device's services */
void node_free(struct node *);
void node_set_port(struct node *, const struct port *);      /* when the link is open, or its address another one */
void node_start(struct node *);                              /* arms the I-Am of the start */

/* The device's timeouts have changed, or the services that are switched off. */
void node_configure(struct node *, uint64_t services_off);
/* The number of our network that the configuration says; 0: none, then what was learned stays.  The device's (first) Network Port, which
 * must have been added, shows what is known. */
void node_set_network_number(struct node *, uint16_t number);

port_rx_fn node_rx;                                          /* ctx is the node */

void node_announce(struct node *);                           /* broadcasts an I-Am now: after a new instance, for example */
/* The n-th counter's name and value; false beyond the end. */
bool node_counter_at(const struct node *, size_t n, const char **name, const char **text, uint64_t *value);

/* Does it initiate nothing (DeviceCommunicationControl)?  For *left_ms more; 0: until it is told. */
bool node_is_silent(const struct node *, int64_t *left_ms);

/* The next subscription to changes of value; *cursor starts at 0.  False at the end. */
bool node_next_subscription(const struct node *, size_t *cursor, struct cov_active *);

/* Transitions and acknowledgements of alarms, as they happen (notify/event.h). */
void node_listen_events(struct node *, struct event_listener *);
void node_unlisten_events(struct node *, struct event_listener *);
/* Somebody in this house acknowledges: as AcknowledgeAlarm. */
struct fault node_acknowledge(struct node *, const struct ack_alarm *);

uint64_t node_services(void);                                /* bits of Protocol_Services_Supported: all that nodes can execute */
/* Their bits by name ("writeProperty, timeSynchronization"), with blanks or commas between.  False: one of them is none that is executed
 * here; the others count. */
bool node_services_named(const char *names, uint64_t *bits);

#endif
