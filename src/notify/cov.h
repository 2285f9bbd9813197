/* Change of value (clause 13.1): who has subscribed to what, and who is told when.
 *
 * A listener of the device: when a snapshot or a write is settled, every subscription of an object that was marked is held against what its
 * subscriber was told last, and is told when that is another value.  What is compared is
 *
 *   SubscribeCOV            Present_Value (a REAL by COV_Increment) and Status_Flags
 *   SubscribeCOVProperty    the property (a REAL Present_Value by the subscription's increment, or COV_Increment) and Status_Flags
 *
 * so a change of Status_Flags is a change, a step of exactly the increment is one, and a NaN that stays NaN is none.  A subscription is told
 * COV_PER_S times a second at most; what comes faster is told with its last value when it is due.
 *
 * Confirmed notifications go through the node's client, one at a time for a subscription.  A subscriber that does not answer, or answers
 * that he has no such subscription, is dropped; nobody waits for him.  An object that goes takes its subscriptions along, without a word:
 * it cannot be read any more.  Nothing survives a restart; clients renew.
 *
 * A subscription is one by peer (with SNET and SADR), process, object, property and index: asking again renews it.  The table has a fixed
 * size; one IP address has a share of it.  Counted in the network's counts.  Nothing allocates after cov_make().  Borrows what it is given.  Belongs to its loop. */
#ifndef NOTIFY_COV_H
#define NOTIFY_COV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bacnet/cov.h"
#include "network/network.h"
#include "object/object.h"
#include "transaction/client.h"

enum { COV_PER_S = 100, COV_BURST = 100, COV_SHARE = 4 /* one address has at most 1/COV_SHARE of the table */ };

struct cov_conf {
	struct ev_loop *loop;
	struct device *device;
	struct network *network;
	struct client *client;
	unsigned subscriptions;              /* room for that many, 1..65535 */
	void *ctx;
	bool (*may_initiate)(void *ctx);     /* false: nothing is sent now (DeviceCommunicationControl); NULL: always */
};

struct cov;

struct cov *cov_make(const struct cov_conf *);       /* NULL: no memory.  Listens to the device from now on */
void cov_free(struct cov *);                         /* NULL is fine; nobody is told */

/* SubscribeCOV (`of_property` false: ref.object alone counts) and SubscribeCOVProperty: subscribes, renews, cancels.  The first notification
 * leaves in the next turn of the loop, behind the acknowledgement.  What is not DONE has changed nothing. */
struct fault cov_subscribe(struct cov *, const struct bac_addr *peer, const struct cov_subscribe *, bool of_property);

void cov_resume(struct cov *);               /* conf.may_initiate says yes again: tells what had to wait */

/* The next subscription; *cursor starts at 0.  False at the end. */
bool cov_next(const struct cov *, size_t *cursor, struct cov_active *);

#endif
