/* The messages of change of value: SubscribeCOV (clause 13.14), SubscribeCOVProperty (13.15), the notifications (13.1), and the entries
 * of Active_COV_Subscriptions.  One reader-writer pair each; a reader takes the whole body and returns rd_done(). */
#ifndef BACNET_COV_H
#define BACNET_COV_H

#include "bacnet/addr.h"
#include "bacnet/messages.h"

struct cov_subscribe {
	uint32_t process;                    /* the subscriber's number for it */
	struct property_ref ref;             /* SubscribeCOV: the object alone */
	bool cancels;                        /* neither of the next two is there */
	bool confirmed;                      /* notifications */
	bool has_lifetime;                   /* none: for ever */
	uint32_t lifetime_s;                 /* 0: for ever */
	bool has_increment;
	float increment;                     /* of a REAL; >= 0 */
};

bool cov_subscribe_read(struct rd *, struct cov_subscribe *);
void cov_subscribe_write(struct wr *, const struct cov_subscribe *);
bool cov_subscribe_property_read(struct rd *, struct cov_subscribe *);       /* ref.property and .index too */
void cov_subscribe_property_write(struct wr *, const struct cov_subscribe *);

struct cov_notification {                    /* confirmed or not: the same body */
	uint32_t process, device, object;    /* the latter two are object identifiers */
	uint32_t remaining_s;                /* of the subscription; 0: for ever */
	struct rd values;                    /* when read: cov_value_read() while octets are left */
};

bool cov_notification_read(struct rd *, struct cov_notification *);
void cov_notification_open(struct wr *, const struct cov_notification *);    /* then the values */
void cov_notification_close(struct wr *);

bool cov_value_read(struct rd *values, struct property_ref *, struct rd *value);
void cov_value_open(struct wr *, uint32_t property, uint64_t index);         /* then the value */
void cov_value_close(struct wr *);

struct cov_active {                          /* BACnetCOVSubscription */
	struct bac_addr peer;
	uint32_t process;
	struct property_ref ref;
	bool confirmed;
	uint32_t remaining_s;
	bool has_increment;
	float increment;
};

void cov_active_write(struct wr *, const struct cov_active *);

#endif
