#include "transaction/outgoing.h"

#include "bacnet/apdu.h"

bool outgoing_start(struct outgoing *o, size_t length, size_t size, uint32_t segments_max, uint8_t proposed, uint8_t retries_max)
{
	size_t count = (length + size - 1) / size;
	if (count > segments_max)
		return false;
	*o = (struct outgoing){ .length = length, .size = size, .count = (uint32_t)count, .proposed = proposed, .window = 1,
	                        .retries_max = retries_max };
	return true;
}

bool outgoing_next(struct outgoing *o, struct outgoing_segment *s)
{
	if (!outgoing_waits(o))
		return false;
	s->from = o->next * o->size;
	s->more = o->next + 1 < o->count;
	s->length = s->more ? o->size : o->length - s->from;
	s->sequence = (uint8_t)o->next;
	s->again = o->next < o->sent;
	o->next++;
	if (o->sent < o->next)
		o->sent = o->next;
	return true;
}

bool outgoing_timeout(struct outgoing *o)
{
	if (o->retries >= o->retries_max)
		return false;
	o->retries++;
	o->next = o->base;
	return true;
}

static enum outgoing_step not_in_window(struct outgoing *o, bool of_base)
{
	/* A NAK of what came before the window: its first segment was lost.  From a peer that has acknowledged nothing yet it is no
	 * news, and could be forged to draw a large answer for a small one. */
	if (of_base && o->base > 0 && outgoing_timeout(o))
		return OUTGOING_SEND;
	if (o->waits >= o->retries_max)          /* a peer that only repeats itself does not hold us for ever */
		return OUTGOING_STRAY;
	o->waits++;
	return OUTGOING_WAIT;
}

enum outgoing_step outgoing_acknowledged(struct outgoing *o, bool negative, uint8_t sequence, uint8_t window)
{
	if (window < 1 || window > APDU_WINDOW_MAX)
		return OUTGOING_BAD_WINDOW;
	uint8_t ahead = (uint8_t)(sequence - (uint8_t)o->base);
	if (ahead >= o->next - o->base)          /* only what has left in this window can have arrived */
		return not_in_window(o, negative && ahead == UINT8_MAX);
	o->base += ahead + 1u;
	o->next = o->base;
	o->window = window < o->proposed ? window : o->proposed;
	o->retries = o->waits = 0;
	return o->base == o->count ? OUTGOING_DONE : OUTGOING_SEND;
}
