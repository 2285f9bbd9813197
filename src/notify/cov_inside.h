/* What a table of subscriptions is made of: for the files of change of value only. */
#ifndef NOTIFY_COV_INSIDE_H
#define NOTIFY_COV_INSIDE_H

#include "base/budget.h"
#include "ev/ev.h"
#include "notify/cov.h"

enum { COV_VALUES_MAX = 512 };               /* octets of the values of one notification */

struct told {                                /* what a subscriber knows */
	uint64_t digest;                     /* of the value's octets; of a REAL that is compared by increment its bits */
	uint8_t flags;                       /* Status_Flags */
};

struct subscription {
	struct cov *cov;
	struct subscription *next;           /* of the same bucket; of the free ones */
	struct subscription *next_due;       /* of those that are to be told */
	struct ev_timer expiry;
	struct bac_addr peer;
	uint32_t process;
	struct property_ref ref;             /* property: PROP_PRESENT_VALUE of a SubscribeCOV */
	bool used, of_property, confirmed;
	bool due;                            /* stands in the list */
	bool forced;                         /* is told whatever it knows */
	bool has_increment;
	float increment;
	struct told told;
	struct budget budget;
	struct client_call *call;            /* a confirmed notification that is on its way; NULL: none */
};

struct cov {
	struct cov_conf conf;
	struct device_listener listener;
	struct counts *counts;               /* the network's */
	unsigned count, touched;             /* live ones; rows that were ever used */
	struct subscription *rows, *free, **buckets;
	unsigned bucket_mask;
	struct subscription *due, **due_end;
	struct ev_timer flush;
	/* the values of the notification that was written last: many subscribe to the same */
	struct property_ref shown;
	uint8_t values[COV_VALUES_MAX];
	size_t values_length;                /* 0: none */
	struct told shown_told;
};

/* ---- cov_table.c ---- */

unsigned cov_bucket(const struct cov *, uint32_t object);
struct subscription *subscription_take(struct cov *);        /* a row, in no bucket yet; NULL: the table is full */
void subscription_drop(struct subscription *);
uint32_t subscription_remaining_s(const struct subscription *);     /* as clients are told: 0 is for ever, so the last second is 1 */

/* ---- cov_send.c ---- */

/* To be told: from now on it stands in the list. */
void subscription_due(struct subscription *);
/* Is what the object shows another thing than its subscriber knows? */
bool subscription_stale(struct subscription *);
void cov_flush(struct cov *);                /* tells all that are due and may be told now */
void cov_forget_shown(struct cov *);         /* the objects have changed */

#endif
