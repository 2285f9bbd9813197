#include "bacnet/bvlc.h"

bool bvlc_read(struct rd *r, struct bvlc *b)
{
	size_t whole = rd_left(r);
	uint8_t type = rd_u8(r);
	b->function = rd_u8(r);
	uint16_t length = rd_u16(r);
	if (rd_ok(r) && (type != 0x81 || length != whole))
		rd_fail(r, RD_VALUE);
	if (rd_ok(r) && b->function == BVLC_FORWARDED_NPDU) {
		const uint8_t *origin = rd_take(r, 6);
		if (origin)
			memcpy(b->origin, origin, 6);
	}
	b->body = rd_over(r->p, rd_left(r));
	return rd_ok(r);
}

uint16_t bvlc_nak(uint8_t function)
{
	static const uint16_t nak[] = {
		[BVLC_WRITE_BDT] = 0x0010, [BVLC_READ_BDT] = 0x0020, [BVLC_REGISTER_FD] = 0x0030, [BVLC_READ_FDT] = 0x0040,
		[BVLC_DELETE_FDT] = 0x0050, [BVLC_DISTRIBUTE_BROADCAST] = 0x0060,
	};
	return function < sizeof nak / sizeof nak[0] ? nak[function] : 0;
}

void bvlc_write_header(struct wr *w, enum bvlc_function f, size_t body)
{
	wr_u8(w, 0x81);
	wr_u8(w, (uint8_t)f);
	wr_u16(w, (uint16_t)(BVLC_HEADER + body));
}
