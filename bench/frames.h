/* The few BACnet messages the load generator says and understands, written here by hand: the bench judges the stack and must
 * not share its code.  A frame is a whole UDP payload.  Objects are BACnet object identifiers (type << 22 | instance). */
#ifndef BENCH_FRAMES_H
#define BENCH_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FRAME_MAX = 1501,
	FRAME_READ_SIZE = 17,            /* ReadProperty of Present_Value */
	FRAME_READ_ACK_SIZE = 23,        /* its answer for an Analog Value */
	FRAME_INVOKE = 8,                /* where the invoke id stands in a confirmed request without routing ... */
	FRAME_ACK_INVOKE = 7,            /* ... and in its answer */
};

enum { OBJECT_AV = 2, OBJECT_DEVICE = 8, OBJECT_NOTIFICATION_CLASS = 15, OBJECT_MSV = 19, OBJECT_BSV = 39 };

static inline uint32_t frame_object(uint32_t type, uint32_t instance)
{
	return type << 22 | instance;
}

/* All that show a Present_Value, as points.def, states.def and bits.def have them; how many. */
enum { FRAME_OBJECTS_MAX = 128 };
size_t frame_objects(uint32_t object[FRAME_OBJECTS_MAX], size_t *analog);

size_t frame_read(uint8_t *out, uint8_t invoke, uint32_t object);

/* Is it the answer of `object` with that invoke id, whole and right down to the closing tag?  *value: the octets of the value. */
bool frame_is_read_ack(const uint8_t *in, size_t n, uint8_t invoke, uint32_t object);
bool frame_read_ack_value(const uint8_t *in, size_t n, uint8_t invoke, uint32_t object, const uint8_t **value, size_t *length);

/* ReadPropertyMultiple of the Present_Value of each object; max_apdu: 50, 128, 206, 480, 1024 or 1476. */
size_t frame_read_many(uint8_t *out, uint8_t invoke, unsigned max_apdu, const uint32_t *object, size_t n);

/* A part of a ComplexACK to ReadPropertyMultiple. */
struct frame_part {
	bool segmented, more;
	uint8_t sequence, window;
	const uint8_t *body;
	size_t length;
};
bool frame_part_read(const uint8_t *in, size_t n, uint8_t invoke, struct frame_part *);
size_t frame_segment_ack(uint8_t *out, uint8_t invoke, uint8_t sequence, uint8_t window);

/* Does the whole body answer each object with a value? */
bool frame_is_read_many_body(const uint8_t *body, size_t length, const uint32_t *object, size_t n);

/* SubscribeCOV, unconfirmed notifications, for an hour. */
size_t frame_subscribe(uint8_t *out, uint8_t invoke, uint32_t process, uint32_t object);

/* WritePropertyMultiple: one property of each object, the same value (application tags) everywhere. */
size_t frame_write_many(uint8_t *out, uint8_t invoke, const uint32_t *object, size_t n, uint8_t property, const uint8_t *value, size_t length);
bool frame_is_simple_ack(const uint8_t *in, size_t n, uint8_t invoke, uint8_t service);

/* An UnconfirmedCOVNotification of an Analog Value with Present_Value and Status_Flags. */
struct frame_told {
	uint32_t process, object;
	float value;
};
bool frame_is_told(const uint8_t *in, size_t n, struct frame_told *);
bool frame_is_event(const uint8_t *in, size_t n);            /* an UnconfirmedEventNotification */

/* Recipient_List, as a value for frame_write_many(): ip and port, at any time, of all transitions, unconfirmed. */
size_t frame_recipient(uint8_t *out, const uint8_t ip[4], uint16_t port);

#endif
