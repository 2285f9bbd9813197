#include "bacnet/apdu.h"

#include <limits.h>

#include "bacnet/tag.h"

enum { BIT_SEG = 0x08, BIT_MOR = 0x04, BIT_SA = 0x02, BIT_NAK = 0x02, BIT_SRV = 0x01 };

/* sequence and window, where the header says that they are there */
static void read_segment(struct rd *r, struct apdu *a)
{
	if (!a->segmented)
		return;
	a->sequence = rd_u8(r);
	a->window = rd_u8(r);
}

enum apdu_why apdu_read(struct rd *r, struct apdu *a)
{
	uint8_t first = rd_u8(r);
	*a = (struct apdu){ .type = first >> 4 };
	switch (a->type) {
	case APDU_CONFIRMED: {
		uint8_t sizes = rd_u8(r);
		a->segmented = first & BIT_SEG;
		a->more = first & BIT_MOR;
		a->segments_accepted = first & BIT_SA;
		a->max_segments_code = sizes >> 4 & 7;
		a->max_apdu_code = sizes & 15;
		a->invoke = rd_u8(r);
		if (!rd_ok(r))
			return APDU_NO_HEADER;
		read_segment(r, a);
		a->service = rd_u8(r);
		return rd_ok(r) ? APDU_OK : APDU_CUT;
	}
	case APDU_UNCONFIRMED:
		a->service = rd_u8(r);
		break;
	case APDU_SIMPLE_ACK:
	case APDU_ERROR:
		a->invoke = rd_u8(r);
		a->service = rd_u8(r);
		break;
	case APDU_COMPLEX_ACK:
		a->segmented = first & BIT_SEG;
		a->more = first & BIT_MOR;
		a->invoke = rd_u8(r);
		read_segment(r, a);
		a->service = rd_u8(r);
		break;
	case APDU_SEGMENT_ACK:
		a->nak = first & BIT_NAK;
		a->server = first & BIT_SRV;
		a->invoke = rd_u8(r);
		a->sequence = rd_u8(r);
		a->window = rd_u8(r);
		break;
	case APDU_ABORT:
		a->server = first & BIT_SRV;
		/* fallthrough */
	case APDU_REJECT:
		a->invoke = rd_u8(r);
		a->reason = rd_u8(r);
		break;
	default:
		return APDU_NO_HEADER;
	}
	return rd_ok(r) ? APDU_OK : APDU_NO_HEADER;
}

static const uint16_t apdu_sizes[] = { 50, 128, 206, 480, 1024, 1476 };
enum { APDU_CODES = sizeof apdu_sizes / sizeof apdu_sizes[0] };

unsigned apdu_size_of_code(uint8_t code)
{
	return apdu_sizes[code < APDU_CODES ? code : APDU_CODES - 1];
}

uint8_t apdu_code_of_size(unsigned size)
{
	uint8_t code = 0;
	while (code + 1 < APDU_CODES && apdu_sizes[code + 1] <= size)
		code++;
	return code;
}

unsigned apdu_segments_of_code(uint8_t code)
{
	/* a peer that does not say may take only 2, but it can say so with an Abort; refusing it beforehand would help nobody */
	return code >= 1 && code <= 6 ? 1u << code : UINT_MAX;
}

uint8_t apdu_code_of_segments(unsigned segments)
{
	if (segments > 64)
		return 7;
	uint8_t code = 1;
	while (code < 6 && 1u << (code + 1) <= segments)
		code++;
	return segments < 2 ? 0 : code;
}

static void write_request(struct wr *w, const struct apdu_request *q, uint8_t flags)
{
	wr_u8(w, (uint8_t)(APDU_CONFIRMED << 4 | flags | (q->segments_accepted ? BIT_SA : 0)));
	wr_u8(w, (uint8_t)(q->max_segments_code << 4 | q->max_apdu_code));
	wr_u8(w, q->invoke);
}

void apdu_write_confirmed(struct wr *w, const struct apdu_request *q)
{
	write_request(w, q, 0);
	wr_u8(w, q->service);
}

void apdu_write_confirmed_segment(struct wr *w, const struct apdu_request *q, bool more, uint8_t sequence, uint8_t window)
{
	write_request(w, q, more ? BIT_SEG | BIT_MOR : BIT_SEG);
	wr_u8(w, sequence);
	wr_u8(w, window);
	wr_u8(w, q->service);
}

void apdu_write_unconfirmed(struct wr *w, uint8_t service)
{
	wr_u8(w, APDU_UNCONFIRMED << 4);
	wr_u8(w, service);
}

void apdu_write_simple_ack(struct wr *w, uint8_t invoke, uint8_t service)
{
	wr_u8(w, APDU_SIMPLE_ACK << 4);
	wr_u8(w, invoke);
	wr_u8(w, service);
}

void apdu_write_complex_ack(struct wr *w, uint8_t invoke, uint8_t service)
{
	wr_u8(w, APDU_COMPLEX_ACK << 4);
	wr_u8(w, invoke);
	wr_u8(w, service);
}

void apdu_write_complex_segment(struct wr *w, uint8_t invoke, uint8_t service, bool more, uint8_t sequence, uint8_t window)
{
	wr_u8(w, (uint8_t)(APDU_COMPLEX_ACK << 4 | BIT_SEG | (more ? BIT_MOR : 0)));
	wr_u8(w, invoke);
	wr_u8(w, sequence);
	wr_u8(w, window);
	wr_u8(w, service);
}

void apdu_write_segment_ack(struct wr *w, uint8_t invoke, bool nak, bool server, uint8_t sequence, uint8_t window)
{
	wr_u8(w, (uint8_t)(APDU_SEGMENT_ACK << 4 | (nak ? BIT_NAK : 0) | (server ? BIT_SRV : 0)));
	wr_u8(w, invoke);
	wr_u8(w, sequence);
	wr_u8(w, window);
}

void apdu_write_error_head(struct wr *w, uint8_t invoke, uint8_t service)
{
	wr_u8(w, APDU_ERROR << 4);
	wr_u8(w, invoke);
	wr_u8(w, service);
}

void apdu_write_error(struct wr *w, uint8_t invoke, uint8_t service, uint16_t cls, uint16_t code)
{
	apdu_write_error_head(w, invoke, service);
	bac_put_error(w, cls, code);
}

void apdu_write_reject(struct wr *w, uint8_t invoke, uint8_t reason)
{
	wr_u8(w, APDU_REJECT << 4);
	wr_u8(w, invoke);
	wr_u8(w, reason);
}

void apdu_write_abort(struct wr *w, uint8_t invoke, bool server, uint8_t reason)
{
	wr_u8(w, (uint8_t)(APDU_ABORT << 4 | (server ? BIT_SRV : 0)));
	wr_u8(w, invoke);
	wr_u8(w, reason);
}

void bac_put_error(struct wr *w, uint16_t cls, uint16_t code)
{
	bac_put_enum(w, cls);
	bac_put_enum(w, code);
}

struct fault bac_error_read(struct rd *r)
{
	uint32_t cls = bac_enum_app(r);
	uint32_t code = bac_enum_app(r);
	if (cls > UINT8_MAX || code > UINT16_MAX)
		rd_fail(r, RD_VALUE);
	return rd_ok(r) ? (struct fault){ FAULT_ERROR, (uint8_t)cls, (uint16_t)code } : (struct fault){ FAULT_ERROR, 0, 0 };
}
