/* The messages of alarms: event notifications (clauses 13.8, 13.9), AcknowledgeAlarm (13.5), GetEventInformation (13.12),
 * GetAlarmSummary (13.10), GetEnrollmentSummary (13.11), and the destinations of a Notification Class (12.21).  One reader-writer pair
 * each; a reader takes the whole body and returns rd_done(), lists are walked.  Pure. */
#ifndef BACNET_EVENT_H
#define BACNET_EVENT_H

#include "bacnet/addr.h"
#include "bacnet/tag.h"

enum event_type {                            /* BACnetEventType, as far as we speak it */
	EVENT_CHANGE_OF_BITSTRING = 0, EVENT_CHANGE_OF_STATE = 1, EVENT_OUT_OF_RANGE = 5, EVENT_CHANGE_OF_RELIABILITY = 19
};
enum notify_type { NOTIFY_ALARM, NOTIFY_EVENT, NOTIFY_ACK };
/* BACnetEventTransitionBits, and the elements of what is kept for each. */
enum event_transition { TO_OFFNORMAL, TO_FAULT, TO_NORMAL, TRANSITIONS };
enum { TRANSITIONS_ALL = 7, EVENT_TEXT_MAX = 127 };

enum event_transition event_transition_to(uint32_t state);   /* EVENT_STATE_... */

/* ---- time stamps ---- */

enum stamp_kind { STAMP_TIME, STAMP_SEQUENCE, STAMP_DATETIME };
struct event_stamp {
	uint8_t kind;
	struct bac_date date;
	struct bac_time time;
	uint32_t sequence;
};
extern const struct event_stamp event_stamp_none;            /* every field unspecified */

void event_stamp_read(struct rd *, struct event_stamp *);    /* the choice alone, without tags around it */
void event_stamp_write(struct wr *, const struct event_stamp *);
bool event_stamp_same(const struct event_stamp *, const struct event_stamp *);

/* ---- event notifications ---- */

struct event_values {                        /* by the type of the event */
	uint8_t flags;                       /* Status_Flags */
	uint32_t word, count;                /* bits and how many; the state; the Reliability */
	bool binary;                         /* the state is one of a Binary Value */
	float value, deadband, limit;        /* OUT_OF_RANGE */
};

struct event_notification {                  /* confirmed or not: the same body */
	uint32_t process, device, object;    /* the latter two are object identifiers */
	struct event_stamp stamp;
	uint32_t class, priority, type;      /* number of the Notification Class; 0..255; enum event_type */
	struct bac_text text;                /* n 0: none */
	uint8_t notify_type;
	bool ack_required;                   /* this and what follows: not in acknowledgements */
	uint32_t from, to;                   /* EVENT_STATE_...; `to` also in acknowledgements */
	struct event_values values;
};

bool event_notification_read(struct rd *, struct event_notification *);      /* types that we do not speak: values are zero */
void event_notification_write(struct wr *, const struct event_notification *);

/* ---- AcknowledgeAlarm ---- */

struct ack_alarm {
	uint32_t process, object, state;
	struct event_stamp stamp;            /* of the event */
	struct bac_text source;
	struct event_stamp time;             /* of the acknowledgement */
};

bool ack_alarm_read(struct rd *, struct ack_alarm *);
void ack_alarm_write(struct wr *, const struct ack_alarm *);

/* ---- GetEventInformation ---- */

struct event_summary {
	uint32_t object, state;
	uint8_t acked;                       /* bits by enum event_transition, here and below */
	struct event_stamp stamp[TRANSITIONS];
	uint8_t notify_type, enable;
	uint32_t priority[TRANSITIONS];
};

bool event_information_request_read(struct rd *, bool *has_last, uint32_t *last);
void event_information_request_write(struct wr *, bool has_last, uint32_t last);
/* The answer: open, summaries, close. */
void event_information_open(struct wr *);
void event_summary_write(struct wr *, const struct event_summary *);
void event_information_close(struct wr *, bool more);
bool event_information_read(struct rd *, struct rd *summaries, bool *more);
bool event_summary_read(struct rd *summaries, struct event_summary *);

/* ---- GetAlarmSummary: entries, one after another ---- */

void alarm_summary_write(struct wr *, uint32_t object, uint32_t state, uint8_t acked);
bool alarm_summary_read(struct rd *, uint32_t *object, uint32_t *state, uint8_t *acked);

/* ---- recipients ---- */

struct event_recipient {
	bool by_address;
	uint32_t device;                     /* object identifier, when not by address */
	struct bac_addr address;             /* mac of a local one; `broadcast`: to all of its network */
	bool broadcast;
};

/* Fails with RD_VALUE for an address that is no B/IP address on the local network, or longer than addresses are. */
void event_recipient_read(struct rd *, struct event_recipient *);
void event_recipient_write(struct wr *, const struct event_recipient *);
bool event_recipient_same(const struct event_recipient *, const struct event_recipient *);

struct event_destination {                   /* BACnetDestination */
	uint8_t days;                        /* bit 0 Monday ... 6 Sunday */
	struct bac_time from, to;
	struct event_recipient recipient;
	uint32_t process;
	bool confirmed;
	uint8_t transitions;
};

/* The next element of a list. */
bool event_destination_read(struct rd *, struct event_destination *);
void event_destination_write(struct wr *, const struct event_destination *);

/* ---- GetEnrollmentSummary ---- */

enum { ENROLLMENT_ALL, ENROLLMENT_ACKED, ENROLLMENT_NOT_ACKED };
enum { ENROLLMENT_OFFNORMAL, ENROLLMENT_FAULT, ENROLLMENT_NORMAL, ENROLLMENT_ANY, ENROLLMENT_ACTIVE };

struct enrollment_filter {
	uint32_t acked;                      /* ENROLLMENT_ALL ... NOT_ACKED */
	bool has_recipient, has_type, has_priority, has_class;
	struct event_recipient recipient;
	uint32_t recipient_process;
	uint32_t state;                      /* ENROLLMENT_OFFNORMAL ... ACTIVE; ANY where none is given */
	uint32_t type, priority_low, priority_high, class;
};

struct enrollment {
	uint32_t object, type, state, priority, class;
};

bool enrollment_filter_read(struct rd *, struct enrollment_filter *);
void enrollment_filter_write(struct wr *, const struct enrollment_filter *);
void enrollment_write(struct wr *, const struct enrollment *);
bool enrollment_read(struct rd *, struct enrollment *);

#endif
