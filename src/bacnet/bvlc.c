#include "bacnet/bvlc.h"

#include <string.h>

#include "base/rd.h"

static const uint16_t nak_of[BVLC_FUNCTION_COUNT] = {
	[BVLC_WRITE_BDT] = 0x0010, [BVLC_READ_BDT] = 0x0020, [BVLC_REGISTER_FOREIGN_DEVICE] = 0x0030, [BVLC_READ_FDT] = 0x0040,
	[BVLC_DELETE_FDT_ENTRY] = 0x0050, [BVLC_DISTRIBUTE_BROADCAST] = 0x0060,
};

void bvlc_read(const uint8_t *datagram, size_t length, struct bvlc *b)
{
	*b = (struct bvlc){ .verdict = BVLC_MALFORMED };
	struct rd r = rd_over(datagram, length);
	uint8_t type = rd_u8(&r);
	b->function = rd_u8(&r);
	if (rd_u16(&r) != length || type != BVLC_TYPE || !rd_ok(&r))
		return;
	switch (b->function) {
	case BVLC_RESULT:
		b->code = rd_u16(&r);
		b->verdict = rd_done(&r) ? BVLC_NOTED : BVLC_MALFORMED;
		return;
	case BVLC_FORWARDED_NPDU: {
		const uint8_t *origin = rd_take(&r, 6);
		if (origin)
			memcpy(b->origin, origin, 6);
		b->forwarded = b->broadcast = true;
		break;
	}
	case BVLC_ORIGINAL_BROADCAST:
		b->broadcast = true;
		break;
	case BVLC_ORIGINAL_UNICAST:
		break;
	default:
		b->code = b->function < BVLC_FUNCTION_COUNT ? nak_of[b->function] : 0;
		b->verdict = b->code ? BVLC_NAK : BVLC_IGNORED;
		return;
	}
	b->npdu = r.p;
	b->length = rd_left(&r);
	if (b->length > 0 && b->length <= BVLC_NPDU_MAX)
		b->verdict = BVLC_UP;
}

void bvlc_write_header(uint8_t header[BVLC_HEADER], enum bvlc_function function, size_t npdu_length)
{
	size_t length = BVLC_HEADER + npdu_length;
	header[0] = BVLC_TYPE;
	header[1] = (uint8_t)function;
	header[2] = (uint8_t)(length >> 8);
	header[3] = (uint8_t)length;
}
