#include "transaction/incoming.h"

#include <string.h>

#include "bacnet/apdu.h"

bool incoming_start(struct incoming *in, void *octets, size_t max, uint32_t segments_max, uint8_t proposed, uint8_t ours)
{
	if (proposed < 1 || proposed > APDU_WINDOW_MAX)
		return false;
	*in = (struct incoming){ .octets = octets, .max = max, .segments_max = segments_max, .window = proposed < ours ? proposed : ours };
	return true;
}

static enum incoming_step tell(struct incoming *in, enum incoming_step what)
{
	in->told = in->received;
	return what;
}

static enum incoming_step next_segment(struct incoming *in, bool more, const void *octets, size_t n)
{
	if (in->received >= in->segments_max || n > in->max - in->length)
		return INCOMING_TOO_LARGE;
	if (n)
		memcpy(in->octets + in->length, octets, n);
	in->length += n;
	in->received++;
	in->repeated = 0;
	in->gap_told = false;
	if (!more)
		return tell(in, INCOMING_DONE);
	/* the first is acknowledged alone, so that the sender learns the window */
	if (in->received == 1 || in->received - in->told >= in->window)
		return tell(in, INCOMING_WINDOW);
	return INCOMING_TAKEN;
}

static enum incoming_step came_before(struct incoming *in, bool last)
{
	in->gap_told = false;                    /* the sender began its window anew: a gap behind this is another one */
	if (last && in->told == in->received)
		return INCOMING_ACK_AGAIN;
	if (++in->repeated <= in->window)
		return INCOMING_REPEATED;
	in->repeated = 0;
	return tell(in, INCOMING_NAK);
}

enum incoming_step incoming_segment(struct incoming *in, uint8_t sequence, bool more, const void *octets, size_t n)
{
	if (sequence == (uint8_t)in->received)
		return next_segment(in, more, octets, n);
	uint8_t behind = (uint8_t)(incoming_sequence(in) - sequence);
	if (behind < in->window && behind < in->received)
		return came_before(in, behind == 0);
	if (in->gap_told)
		return INCOMING_GAP;
	in->gap_told = true;
	return tell(in, INCOMING_NAK);
}
