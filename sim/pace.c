#include "sim/pace.h"

#include <string.h>

void pace_begin(struct pace_out *p, uint32_t baud, int fifo, int64_t start_ns, int64_t gap_ns)
{
	p->baud = baud;
	p->fifo = fifo < 1 ? 1 : fifo;
	p->start_ns = start_ns;
	p->gap_ns = gap_ns;
	p->n = p->sent = 0;
}

int pace_add(struct pace_out *p, const uint8_t *octets, int n)
{
	int room = PACE_FRAME_MAX - p->n;
	if (n > room)
		n = room;
	memcpy(p->octet + p->n, octets, (size_t)n);
	p->n += n;
	return n;
}

bool pace_busy(const struct pace_out *p)
{
	return p->sent < p->n;
}

static int64_t over_ns(const struct pace_out *p, int octets)
{
	return p->start_ns + pace_octets_ns(p->baud, octets) + (octets > 1 ? (octets - 1) * p->gap_ns : 0);
}

int64_t pace_next_ns(const struct pace_out *p)
{
	int octets = p->sent + p->fifo;
	return over_ns(p, octets < p->n ? octets : p->n);
}

int64_t pace_end_ns(const struct pace_out *p)
{
	return over_ns(p, p->n);
}

int pace_take(struct pace_out *p, int64_t now_ns, const uint8_t **octets)
{
	if (!pace_busy(p) || now_ns < pace_next_ns(p))
		return 0;
	int due = p->sent;
	while (due < p->n && over_ns(p, due + 1) <= now_ns)
		due++;
	*octets = p->octet + p->sent;
	int n = due - p->sent;
	p->sent = due;
	return n;
}

int64_t pace_start_ns(uint32_t baud, int64_t due_ns, int64_t ready_ns)
{
	if (ready_ns <= due_ns + pace_octets_ns(baud, 16))
		return due_ns;
	return ready_ns;
}
