/* Telling each recipient of a list of the Device object something by an unconfirmed request, one after the other.  Who is named by his
 * device is looked for with Who-Is first; who is not found is not told.  Nothing is told while the node may initiate nothing, and nothing
 * to ourselves.  For the service files only. */
#ifndef SERVICE_TELLING_H
#define SERVICE_TELLING_H

#include "object/device.h"
#include "transaction/binding.h"

struct node;

struct telling {                             /* lives inside its owner */
	struct node *node;
	enum device_recipients list;
	bool (*write)(struct wr *, struct node *);           /* the APDU, as it is now; false: there is nothing to tell */
	struct binding_wait wait;            /* for the address of the next one */
	size_t next;
};

void telling_init(struct telling *, struct node *, enum device_recipients, bool (*write)(struct wr *, struct node *));
void telling_begin(struct telling *);                /* from the first recipient on, also when it is under way */
void telling_cancel(struct telling *);

#endif
