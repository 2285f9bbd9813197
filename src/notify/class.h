/* Notification Class (clause 12.21): who is told of the events of a class, how urgently, and which of them somebody must acknowledge.
 *
 * Five of them, by severity; their numbers are those of enum severity_class.  Priorities follow Annex M.  Priority, Ack_Required and
 * Recipient_List are written by clients and outlive a restart.  A recipient is a device, or an address: one on our network, one behind a
 * router, all of a network.  An address that is multicast or no unicast of IPv4 is refused. */
#ifndef NOTIFY_CLASS_H
#define NOTIFY_CLASS_H

#include "bacnet/event.h"
#include "object/type.h"

enum { CLASS_RECIPIENTS_MAX = 32 };
enum severity_class {
	SEVERITY_CLASS_CRITICAL = 1, SEVERITY_CLASS_PREVENTIVE, SEVERITY_CLASS_GENERAL, SEVERITY_CLASS_COMMUNICATION, SEVERITY_CLASS_MAINTENANCE,
	SEVERITY_CLASSES = 5
};

struct notification_class {
	uint8_t priority[TRANSITIONS];
	uint8_t ack_required;                /* bits by enum event_transition */
	uint8_t count;
	uint32_t written;                    /* so often the list was written */
	struct event_destination recipient[CLASS_RECIPIENTS_MAX];
};

/* Registers the type and adds the five.  False: no memory, or a name that is taken. */
bool classes_make(struct device *);
/* NULL: there is no such class. */
const struct notification_class *class_find(struct device *, uint32_t number);

/* Is this transition for this recipient, now?  Without a clock (date.month BAC_ANY) it always is, by day and time.  A span that ends before
 * it begins goes over midnight. */
bool destination_valid(const struct event_destination *, enum event_transition, struct bac_date, struct bac_time);

#endif
