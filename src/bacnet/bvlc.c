#include "bacnet/bvlc.h"

#include <string.h>

#include "base/rd.h"

/* What a node that is not a BBMD does with each function. */
static const struct {
	uint8_t verdict;
	bool broadcast;
	uint16_t nak;
} functions[BVLC_FUNCTION_COUNT] = {
	[BVLC_RESULT]                  = { BVLC_NOTED,   false, 0 },
	[BVLC_WRITE_BDT]               = { BVLC_NAK,     false, 0x0010 },
	[BVLC_READ_BDT]                = { BVLC_NAK,     false, 0x0020 },
	[BVLC_READ_BDT_ACK]            = { BVLC_IGNORED, false, 0 },
	[BVLC_FORWARDED_NPDU]          = { BVLC_UP,      true,  0 },
	[BVLC_REGISTER_FOREIGN_DEVICE] = { BVLC_NAK,     false, 0x0030 },
	[BVLC_READ_FDT]                = { BVLC_NAK,     false, 0x0040 },
	[BVLC_READ_FDT_ACK]            = { BVLC_IGNORED, false, 0 },
	[BVLC_DELETE_FDT_ENTRY]        = { BVLC_NAK,     false, 0x0050 },
	[BVLC_DISTRIBUTE_BROADCAST]    = { BVLC_NAK,     false, 0x0060 },
	[BVLC_ORIGINAL_UNICAST]        = { BVLC_UP,      false, 0 },
	[BVLC_ORIGINAL_BROADCAST]      = { BVLC_UP,      true,  0 },
	[BVLC_SECURE]                  = { BVLC_IGNORED, false, 0 },
};

void bvlc_read(const uint8_t *datagram, size_t n, struct bvlc *out)
{
	struct rd r = rd_over(datagram, n);
	*out = (struct bvlc){ .verdict = BVLC_MALFORMED };
	uint8_t type = rd_u8(&r);
	out->function = rd_u8(&r);
	uint16_t length = rd_u16(&r);
	if (!rd_ok(&r) || type != BVLC_TYPE || length != n)
		return;
	if (out->function >= BVLC_FUNCTION_COUNT) {
		out->verdict = BVLC_IGNORED;
		return;
	}
	if (out->function == BVLC_RESULT) {
		out->code = rd_u16(&r);
		if (rd_done(&r))
			out->verdict = BVLC_NOTED;
		return;
	}
	out->code = functions[out->function].nak;
	out->broadcast = functions[out->function].broadcast;
	if (out->function == BVLC_FORWARDED_NPDU) {
		const uint8_t *origin = rd_take(&r, sizeof out->origin);
		if (!origin)
			return;
		memcpy(out->origin, origin, sizeof out->origin);
		out->forwarded = true;
	}
	out->npdu = r.p;
	out->length = rd_left(&r);
	if (functions[out->function].verdict == BVLC_UP && (out->length == 0 || out->length > BVLC_NPDU_MAX))
		return;
	out->verdict = functions[out->function].verdict;
}

void bvlc_write_header(uint8_t header[BVLC_HEADER], enum bvlc_function function, size_t npdu_length)
{
	size_t length = npdu_length + BVLC_HEADER;
	header[0] = BVLC_TYPE;
	header[1] = (uint8_t)function;
	header[2] = (uint8_t)(length >> 8);
	header[3] = (uint8_t)length;
}
