/* The properties of intrinsic reporting (clause 13.2) that every value of ours has: what is an alarm of an object, and which of its
 * transitions are told, acknowledged, and when they were.  A row table that the types include; who judges and tells is notify/event.h.
 *
 * An object has them when its conf names an alarm_conf.  Limits and the deadband are kept in engineering units and shown as
 * Present_Value is scaled.  Acknowledgements outlive a restart with the state and the time stamps they belong to. */
#ifndef OBJECT_ALARM_H
#define OBJECT_ALARM_H

#include "bacnet/event.h"
#include "object/type.h"

enum { ALARM_DELAY_MAX_S = 86400, ALARM_STATES_MAX = 64, LIMIT_LOW = 1, LIMIT_HIGH = 2 };

/* What a person reads about a transition; `state` is EVENT_STATE_... */
typedef void alarm_text_fn(void *ctx, const struct object *, unsigned state, char *to, size_t size);

struct alarm_conf {
	uint32_t class;                      /* number of the Notification Class */
	uint32_t delay_s, delay_normal_s;    /* from the condition to its event, and back to normal */
	double low, high, deadband;          /* of a REAL, in engineering units */
	uint8_t limits;                      /* LIMIT_LOW, LIMIT_HIGH: those that count */
	uint64_t states;                     /* of a Multi-state Value: bit n - 1 is state n */
	uint32_t bits;                       /* of a BitString Value: each is an alarm of its own */
	bool quiet;                          /* Event_Detection_Enable is FALSE until somebody writes it */
	alarm_text_fn *text;                 /* NULL: the name of the object */
	void *ctx;
};

struct alarm {                               /* of an object, in its struct value */
	bool configured, detects;            /* detects: Event_Detection_Enable */
	bool unknown;                        /* Present_Value is no measurement: it exceeds nothing */
	uint8_t enable, acked, limits;
	uint32_t notify_type, class, delay_s, delay_normal_s;
	double low, high, deadband;
	float scale;
	uint64_t states;
	uint32_t bits;
	uint8_t bit_count;                   /* of Present_Value */
	alarm_text_fn *text;
	void *ctx;
	struct event_stamp stamp[TRANSITIONS];
	char message[TRANSITIONS][EVENT_TEXT_MAX + 1];
	uint8_t offnormal;                   /* which state the last transition to offnormal went to */
	uint8_t kept_state;                  /* that acknowledgements were kept with */
	int16_t recalled;                    /* the state of before the restart; -1: nothing is known of it, or it was told */
	int32_t place;                       /* for whoever judges: his number for it; -1: none */
};

/* NULL of an object without. */
struct alarm *alarm_of(struct object *);
const struct alarm *alarm_see(const struct object *);

unsigned alarm_state(const struct object *);                 /* Event_State */
enum event_type alarm_event_type(const struct object *);     /* of its algorithm */
float alarm_shown(const struct alarm *, double limit);       /* as Present_Value is scaled */

/* Present_Value is no measurement (or is one again). */
void alarm_set_unknown(struct object *, bool);

/* The transition that has happened: state, time, text, and whether somebody must acknowledge it.  Kept. */
void alarm_enter(struct object *, unsigned state, const struct event_stamp *, const char *text, bool ack_required);
/* Somebody has acknowledged it.  Kept. */
void alarm_acknowledge(struct object *, enum event_transition);

/* ---- for the types ---- */

void alarm_begin(struct alarm *, const struct alarm_conf *); /* NULL: none */

bool alarm_configured(const struct object *);
uint32_t alarm_size_transitions(const struct object *), alarm_size_bits(const struct object *);
row_read_fn alarm_read_class, alarm_read_enable, alarm_read_acked, alarm_read_notify_type, alarm_read_stamp, alarm_read_message,
	alarm_read_detects, alarm_read_delay, alarm_read_delay_normal, alarm_read_high, alarm_read_low, alarm_read_deadband, alarm_read_limits,
	alarm_read_states, alarm_read_bits;
void alarm_element(struct rd *);              /* of Alarm_Values of a Multi-state Value */
row_write_fn alarm_write_class, alarm_write_enable, alarm_recall, alarm_write_notify_type, alarm_write_detects, alarm_write_delay,
	alarm_write_delay_normal, alarm_write_high, alarm_write_low, alarm_write_deadband, alarm_write_limits, alarm_write_states;

#define ALARM_ROW(property_, shape_, datatype_, ...) \
	ROW(property_, OPTIONAL, shape_, datatype_, .present = alarm_configured, __VA_ARGS__)
#define ALARM_WRITTEN(write_, limits_) .write = write_, .access = ACCESS_LABEL, .kept = true, .limits = limits_

#define ROWS_OF_ALARM \
	ALARM_ROW(TIME_DELAY, SINGLE, "Unsigned", .read = alarm_read_delay, ALARM_WRITTEN(alarm_write_delay, "0 to 86400")), \
	ALARM_ROW(NOTIFICATION_CLASS, SINGLE, "Unsigned", .read = alarm_read_class, ALARM_WRITTEN(alarm_write_class, "0 to 4194303")), \
	ALARM_ROW(EVENT_ENABLE, SINGLE, "BACnetEventTransitionBits", .read = alarm_read_enable, \
	          ALARM_WRITTEN(alarm_write_enable, "3 bits")), \
	ALARM_ROW(ACKED_TRANSITIONS, SINGLE, "BACnetEventTransitionBits", .read = alarm_read_acked, .write = alarm_recall, .kept = true), \
	ALARM_ROW(NOTIFY_TYPE, SINGLE, "BACnetNotifyType", .read = alarm_read_notify_type, \
	          ALARM_WRITTEN(alarm_write_notify_type, "ALARM, EVENT")), \
	ALARM_ROW(EVENT_TIME_STAMPS, ARRAY, "BACnetARRAY[3] of BACnetTimeStamp", .size = alarm_size_transitions, .read = alarm_read_stamp), \
	ALARM_ROW(EVENT_MESSAGE_TEXTS, ARRAY, "BACnetARRAY[3] of CharacterString", .size = alarm_size_transitions, \
	          .read = alarm_read_message), \
	ALARM_ROW(EVENT_DETECTION_ENABLE, SINGLE, "BOOLEAN", .read = alarm_read_detects, ALARM_WRITTEN(alarm_write_detects, "TRUE, FALSE")), \
	ALARM_ROW(TIME_DELAY_NORMAL, SINGLE, "Unsigned", .read = alarm_read_delay_normal, \
	          ALARM_WRITTEN(alarm_write_delay_normal, "0 to 86400"))
#define ROWS_OF_LIMITS \
	ALARM_ROW(HIGH_LIMIT, SINGLE, "REAL", .read = alarm_read_high, ALARM_WRITTEN(alarm_write_high, "finite, not below Low_Limit")), \
	ALARM_ROW(LOW_LIMIT, SINGLE, "REAL", .read = alarm_read_low, ALARM_WRITTEN(alarm_write_low, "finite, not above High_Limit")), \
	ALARM_ROW(DEADBAND, SINGLE, "REAL", .read = alarm_read_deadband, ALARM_WRITTEN(alarm_write_deadband, "0 to 1e34")), \
	ALARM_ROW(LIMIT_ENABLE, SINGLE, "BACnetLimitEnable", .read = alarm_read_limits, ALARM_WRITTEN(alarm_write_limits, "2 bits"))
#define ROW_ALARM_STATES \
	ALARM_ROW(ALARM_VALUES, LIST, "List of Unsigned", .read = alarm_read_states, .element = alarm_element, .room = ALARM_STATES_MAX, \
	          ALARM_WRITTEN(alarm_write_states, "states 1 to 64 that it has"))
#define ROWS_OF_ALARM_BITS \
	ALARM_ROW(ALARM_VALUES, ARRAY, "BACnetARRAY[N] of BIT STRING", .size = alarm_size_bits, .read = alarm_read_bits), \
	ALARM_ROW(BIT_MASK, ARRAY, "BACnetARRAY[N] of BIT STRING", .size = alarm_size_bits, .read = alarm_read_bits)

#endif
