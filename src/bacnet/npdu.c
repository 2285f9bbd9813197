#include "bacnet/npdu.h"

enum { CONTROL_MESSAGE = 0x80, CONTROL_DESTINATION = 0x20, CONTROL_SOURCE = 0x08, CONTROL_REPLY = 0x04, CONTROL_PRIORITY = 0x03 };

bool npdu_read(struct rd *r, struct npdu *n)
{
	*n = (struct npdu){ 0 };
	if (rd_u8(r) != NPDU_VERSION)
		rd_fail(r, RD_VALUE);
	uint8_t control = rd_u8(r);
	n->network_message = control & CONTROL_MESSAGE;
	n->expecting_reply = control & CONTROL_REPLY;
	n->priority = control & CONTROL_PRIORITY;
	if (control & CONTROL_DESTINATION) {
		n->has_destination = true;
		n->dnet = rd_u16(r);
		n->dlen = rd_u8(r);
		n->dadr = rd_take(r, n->dlen);
		if (rd_ok(r) && n->dnet == 0)
			rd_fail(r, RD_VALUE);
	}
	if (control & CONTROL_SOURCE) {
		n->has_source = true;
		n->snet = rd_u16(r);
		n->slen = rd_u8(r);
		n->sadr = rd_take(r, n->slen);
		if (rd_ok(r) && (n->snet == 0 || n->snet == BAC_NET_GLOBAL || n->slen == 0 || n->slen > BAC_MAC_MAX))
			rd_fail(r, RD_VALUE);    /* nobody could be answered there */
	}
	if (n->has_destination)
		n->hops = rd_u8(r);
	if (n->network_message) {
		n->message = rd_u8(r);
		if (n->message >= NET_VENDOR_FIRST)
			n->vendor = rd_u16(r);
	}
	return rd_ok(r);
}

static void write_header(struct wr *w, const struct bac_addr *to, uint8_t control)
{
	wr_u8(w, NPDU_VERSION);
	if (!to || to->net == BAC_NET_LOCAL) {
		wr_u8(w, control);
		return;
	}
	wr_u8(w, control | CONTROL_DESTINATION);
	wr_u16(w, to->net);
	wr_u8(w, to->adr_len);
	wr_octets(w, to->adr, to->adr_len);
	wr_u8(w, NPDU_HOPS);
}

void npdu_write(struct wr *w, const struct bac_addr *to, bool expecting_reply, uint8_t priority)
{
	write_header(w, to, (uint8_t)((expecting_reply ? CONTROL_REPLY : 0) | (priority & CONTROL_PRIORITY)));
}

void npdu_write_global(struct wr *w)
{
	wr_u8(w, NPDU_VERSION);
	wr_u8(w, CONTROL_DESTINATION);
	wr_u16(w, BAC_NET_GLOBAL);
	wr_u8(w, 0);
	wr_u8(w, NPDU_HOPS);
}

void npdu_write_message(struct wr *w, const struct bac_addr *to, uint8_t message)
{
	write_header(w, to, CONTROL_MESSAGE);
	wr_u8(w, message);
}
