/* A writer into a borrowed buffer that cannot overrun.
 *
 * The counterpart of rd.h.  A write that does not fit sets `full` and writes nothing, and so does every later one, so that a
 * message is written without checks and asked about once.  wr_mark() and wr_back() undo a half-written part (wr_back also clears
 * `full` when it was not set at the mark).  All integers go out big-endian. */
#ifndef BASE_WR_H
#define BASE_WR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct wr {
	uint8_t *start, *p, *end;
	bool full;
};

struct wr_mark {
	uint8_t *p;
	bool full;
};

static inline struct wr wr_over(void *buffer, size_t size)
{
	return (struct wr){ .start = buffer, .p = buffer, .end = (uint8_t *)buffer + size };
}

static inline size_t wr_len(const struct wr *w)
{
	return (size_t)(w->p - w->start);
}

static inline size_t wr_room(const struct wr *w)
{
	return w->full ? 0 : (size_t)(w->end - w->p);
}

/* Room for n octets, which the caller fills; NULL when they do not fit.  The only mover. */
static inline uint8_t *wr_take(struct wr *w, size_t n)
{
	if (w->full || n > (size_t)(w->end - w->p)) {
		w->full = true;
		return NULL;
	}
	w->p += n;
	return w->p - n;
}

static inline void wr_u8(struct wr *w, uint8_t v)
{
	uint8_t *p = wr_take(w, 1);
	if (p)
		p[0] = v;
}

static inline void wr_u16(struct wr *w, uint16_t v)
{
	uint8_t *p = wr_take(w, 2);
	if (p) {
		p[0] = (uint8_t)(v >> 8);
		p[1] = (uint8_t)v;
	}
}

static inline void wr_u32(struct wr *w, uint32_t v)
{
	uint8_t *p = wr_take(w, 4);
	if (p) {
		p[0] = (uint8_t)(v >> 24);
		p[1] = (uint8_t)(v >> 16);
		p[2] = (uint8_t)(v >> 8);
		p[3] = (uint8_t)v;
	}
}

static inline void wr_octets(struct wr *w, const void *octets, size_t n)
{
	uint8_t *p = wr_take(w, n);
	if (p && n)
		memcpy(p, octets, n);
}

static inline struct wr_mark wr_mark(const struct wr *w)
{
	return (struct wr_mark){ w->p, w->full };
}

static inline void wr_back(struct wr *w, struct wr_mark m)
{
	w->p = m.p;
	w->full = m.full;
}

#endif
