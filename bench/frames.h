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

enum { OBJECT_AV = 2, OBJECT_DEVICE = 8, OBJECT_MSV = 19, OBJECT_BSV = 39 };

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

#endif
