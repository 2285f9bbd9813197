#include "service/port.h"

#include "link/bip.h"

/* What an Ethernet frame carries, less IPv4, UDP and BVLC.  A full APDU of 1476 octets is more than that and travels as two IP
 * fragments, which some networks lose. */
enum { NPDU_WHOLE = 1500 - 20 - 8 - BIP_HEADER };

static struct wr begin(void *ctx, size_t max)
{
	return bip_begin(ctx, max);
}

static void send_to(void *ctx, const struct bac_addr *to, const struct wr *npdu)
{
	bip_send(ctx, to, npdu);
}

static void broadcast(void *ctx, const struct wr *npdu)
{
	bip_send_broadcast(ctx, npdu);
}

struct port port_over_bip(struct bip *bip)
{
	const struct bip_port *p = bip_port(bip);
	struct port port = { .ctx = bip, .begin = begin, .send = send_to, .broadcast = broadcast, .npdu_max = BIP_NPDU_MAX,
	                    .npdu_whole = NPDU_WHOLE };
	memcpy(port.mac, p->address, 4);
	port.mac[4] = (uint8_t)(p->port >> 8);
	port.mac[5] = (uint8_t)p->port;
	return port;
}
