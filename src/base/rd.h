/* A reader over octets that cannot overrun.
 *
 * Every decoder of this project (BACnet, control socket, Modbus answers) walks its input through one of these.  rd_take() is the
 * only function that moves the cursor.  The first failure sticks with its reason; from then on rd_left() is 0 and every read
 * gives zero, so a decoder reads a whole message into a struct and asks rd_done() once.  A reader borrows the octets: they must
 * outlive it.  All integers on the wire are big-endian. */
#ifndef BASE_RD_H
#define BASE_RD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rd_why {
	RD_OK,
	RD_SHORT,      /* the octets end before the message does */
	RD_TAG,        /* not the tag that must stand here */
	RD_TYPE,       /* a tag of another datatype than the parameter has */
	RD_VALUE,      /* a length or a value that is out of its range */
	RD_ENUM,       /* an enumeration value that nobody has defined */
	RD_EXTRA,      /* octets are left behind the end of the message */
};

struct rd {
	const uint8_t *p, *end;
	enum rd_why why;
};

static inline struct rd rd_over(const void *octets, size_t n)
{
	return (struct rd){ .p = octets, .end = (const uint8_t *)octets + n, .why = RD_OK };
}

static inline size_t rd_left(const struct rd *r)
{
	return (size_t)(r->end - r->p);
}

static inline bool rd_ok(const struct rd *r)
{
	return r->why == RD_OK;
}

/* Marks the reader as failed; the first reason stays. */
static inline void rd_fail(struct rd *r, enum rd_why why)
{
	if (r->why == RD_OK)
		r->why = why;
	r->p = r->end;
}

/* The next n octets, or NULL (and the failure RD_SHORT). */
static inline const uint8_t *rd_take(struct rd *r, size_t n)
{
	if (n > rd_left(r)) {
		rd_fail(r, RD_SHORT);
		return NULL;
	}
	r->p += n;
	return r->p - n;
}

static inline uint8_t rd_u8(struct rd *r)
{
	const uint8_t *p = rd_take(r, 1);
	return p ? p[0] : 0;
}

static inline uint16_t rd_u16(struct rd *r)
{
	const uint8_t *p = rd_take(r, 2);
	return p ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}

static inline uint32_t rd_u32(struct rd *r)
{
	const uint8_t *p = rd_take(r, 4);
	return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3] : 0;
}

/* An unsigned integer of n octets, n 1..8; any other n fails with RD_VALUE. */
uint64_t rd_uint(struct rd *r, size_t n);

/* A reader over the next n octets, which are taken from r.  When they are not there both fail. */
struct rd rd_sub(struct rd *r, size_t n);

/* Gives a child's failure, or its leftovers (RD_EXTRA), to the parent. */
void rd_end(struct rd *parent, const struct rd *child);

/* True when nothing failed and nothing is left; leftovers become RD_EXTRA. */
bool rd_done(struct rd *r);

const char *rd_why_text(enum rd_why why);

#endif
