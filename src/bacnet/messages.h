/* The bodies of the services that this gateway speaks, one struct and one reader-writer pair each, both directions (clauses 15, 16).
 * A reader takes the whole body and returns rd_done(); lists are walked with an iterator.  Pure. */
#ifndef BACNET_MESSAGES_H
#define BACNET_MESSAGES_H

#include "bacnet/apdu.h"
#include "bacnet/tag.h"
#include "bacnet/value.h"

/* ---- Who-Is, I-Am (clause 16.10) ---- */

struct who_is {
	uint32_t low, high;                  /* 0 and BAC_INSTANCE_ANY when the message names no limits */
};

struct i_am {
	uint32_t device;                     /* object identifier */
	uint32_t max_apdu;
	uint32_t segmentation;
	uint32_t vendor;
};

bool who_is_read(struct rd *, struct who_is *);
void who_is_write(struct wr *, const struct who_is *);
bool i_am_read(struct rd *, struct i_am *);
void i_am_write(struct wr *, const struct i_am *);

/* ---- Who-Has, I-Have (clause 16.9) ---- */

struct who_has {
	uint32_t low, high;
	bool by_name;
	uint32_t object;
	struct bac_text name;
};

struct i_have {
	uint32_t device, object;
	struct bac_text name;
};

bool who_has_read(struct rd *, struct who_has *);
void who_has_write(struct wr *, const struct who_has *);
bool i_have_read(struct rd *, struct i_have *);
void i_have_write(struct wr *, const struct i_have *);

/* ---- ReadProperty (clause 15.5) ---- */

struct property_ref {
	uint32_t object;
	uint32_t property;
	uint64_t index;                      /* BAC_ARRAY_ALL: none */
};

bool rp_request_read(struct rd *, struct property_ref *);
void rp_request_write(struct wr *, const struct property_ref *);
/* The answer: open, the value by whoever knows it, close.  Reading gives the value between the tags. */
void rp_ack_open(struct wr *, const struct property_ref *);
void rp_ack_close(struct wr *);
bool rp_ack_read(struct rd *, struct property_ref *, struct rd *value);

/* ---- ReadPropertyMultiple (clause 15.7) ---- */

/* Request: for each object rpm_object_read() gives a reader over its references, for which rpm_reference_read() is called while
 * octets are left; then rd_end(request, &references). */
struct rd rpm_object_read(struct rd *, uint32_t *object);
bool rpm_reference_read(struct rd *references, struct property_ref *);
void rpm_object_open(struct wr *, uint32_t object);          /* requests and answers alike */
void rpm_object_close(struct wr *);
void rpm_reference_write(struct wr *, const struct property_ref *);

/* Answer: the same walk; each result is a value or an error. */
struct rpm_result {
	struct property_ref ref;
	bool failed;
	struct fault error;
	struct rd value;
};
bool rpm_result_read(struct rd *results, struct rpm_result *);
void rpm_value_open(struct wr *, uint32_t property, uint64_t index);
void rpm_value_close(struct wr *);
void rpm_error_write(struct wr *, uint32_t property, uint64_t index, uint16_t cls, uint16_t code);

/* ---- WriteProperty (clause 15.9) ---- */

struct wp_request {
	struct property_ref ref;
	struct rd value;                     /* what stands between the tags */
	uint8_t priority;                    /* 1..16; 0: none given */
};

bool wp_request_read(struct rd *, struct wp_request *);

/* ---- WritePropertyMultiple (clause 15.10) ---- */

/* For each object rpm_object_read() gives a reader over its properties, for which wpm_value_read() is called while octets are left; then
 * rd_end(request, &properties).  The object is left as it is. */
bool wpm_value_read(struct rd *properties, struct wp_request *);
/* The Error: its class and code, and the first write that failed. */
void wpm_error_write(struct wr *, uint16_t cls, uint16_t code, const struct property_ref *failed);

/* ---- AddListElement, RemoveListElement (clauses 15.1, 15.2) ---- */

bool list_request_read(struct rd *, struct wp_request *);    /* value: the elements; no priority.  Written as a WriteProperty */
/* The Error: its class and code, and the number of the first element that failed; 0: none of them. */
void list_error_write(struct wr *, uint16_t cls, uint16_t code, uint32_t first_failed);

/* ---- TimeSynchronization, UTCTimeSynchronization (clauses 16.7, 16.8) ---- */

struct time_sync {
	struct bac_date date;
	struct bac_time time;
};

bool time_sync_read(struct rd *, struct time_sync *);        /* only an actual date and time: no wildcard but the weekday; Sunday may be 0 */
void time_sync_write(struct wr *, const struct time_sync *);

#endif
