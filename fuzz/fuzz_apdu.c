/* The whole way of a datagram: BVLC, network layer, APDU, the shipping table of services, a full device that clients may write.
 *
 * An input is several datagrams.  One that begins with 81 is as long as its header says (or the rest).  82 n lets n x 100 ms pass;
 * 83 n: the next come from peer n; 84: the next come by broadcast; anything else is an APDU, to the end of the input.  So a file
 * with one datagram, or one APDU of tests/frames, is an input too.  What goes out is checked: whole, well-formed, within the peer's
 * size, and at most one datagram for one, but for the windows of a segmented answer. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bacnet/bvlc.h"
#include "bacnet/messages.h"
#include "service/sample_test.h"

struct world {
	struct ev_loop *loop;
	struct device *device;
	struct node_commons commons;
	struct node *node;
	struct log log;
	char names[SAMPLE_OBJECTS][16];
	uint8_t room[1497];
	unsigned sent;
};

static void must(bool good)
{
	if (!good)
		abort();
}

static struct wr begin(void *ctx, size_t max)
{
	struct world *w = ctx;
	return wr_over(w->room, max);
}

static void check_sent(struct world *w, const struct wr *npdu)
{
	struct rd r = rd_over(npdu->start, wr_len(npdu));
	struct npdu n;
	struct apdu a;
	w->sent++;
	must(!npdu->full && npdu_read(&r, &n));
	if (n.network_message)
		return;
	must(rd_left(&r) <= APDU_MAX && apdu_read(&r, &a) == APDU_OK);
	if (a.type == APDU_COMPLEX_ACK && !a.segmented) {
		struct bac_item item;
		while (bac_item_next(&r, &item)) {
		}
		must(rd_done(&r));
	}
}

static void send_to(void *ctx, const struct bac_addr *to, const struct wr *npdu)
{
	must(to->adr_len <= BAC_MAC_MAX);
	check_sent(ctx, npdu);
}

static void broadcast(void *ctx, const struct wr *npdu)
{
	check_sent(ctx, npdu);
}

static void datagram(struct world *w, struct bac_addr *from, bool by_broadcast, const uint8_t *octets, size_t n)
{
	struct bvlc b;
	uint8_t npdu[1500] = { 0x01, 0x04 };
	w->sent = 0;
	if (n && octets[0] != BVLC_TYPE) {
		if (n > sizeof npdu - 2)
			n = sizeof npdu - 2;
		memcpy(npdu + 2, octets, n);
		node_rx(w->node, from, by_broadcast ? PORT_SUBNET : PORT_UNICAST, npdu, n + 2);
	} else {
		bvlc_read(octets, n, &b);
		if (b.verdict != BVLC_UP)
			return;
		struct bac_addr origin = *from;
		if (b.forwarded)
			memcpy(origin.mac, b.origin, sizeof origin.mac);
		node_rx(w->node, &origin, b.forwarded ? PORT_FORWARDED : by_broadcast || b.broadcast ? PORT_SUBNET : PORT_UNICAST, b.npdu, b.length);
	}
	must(w->sent <= 17);             /* an acknowledgement or an Abort, and a window of 16 */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void play(struct world *w, const uint8_t *data, size_t size)
{
	struct bac_addr from = { .mac = { 10, 0, 0, 9, 0xBA, 0xC0 } };
	bool by_broadcast = false;
	while (size) {
		uint8_t code = data[0], n = size > 1 ? data[1] : 0;
		if (code == 0x82)
			ev_advance(w->loop, n * 100);
		else if (code == 0x83)
			from.mac[3] = n;
		else if (code == 0x84)
			by_broadcast = true;
		if (code >= 0x82 && code <= 0x84) {
			size_t skip = code == 0x84 || size == 1 ? 1 : 2;
			data += skip;
			size -= skip;
			continue;
		}
		size_t length = code == BVLC_TYPE && size >= BVLC_HEADER ? (size_t)(data[2] << 8 | data[3]) : size;
		if (length < BVLC_HEADER || length > size)
			length = size;
		datagram(w, &from, by_broadcast, data, length);
		by_broadcast = false;
		data += length;
		size -= length;
	}
	ev_advance(w->loop, 120000);     /* everything that waits has given up by then */
	must(places_live(w->commons.places) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world *w = calloc(1, sizeof *w);          /* anew for each input: what it finds, it finds again */
	must(w);
	w->log = (struct log){ .fd = -1, .level = LOG_LEVEL_INFO };
	w->loop = ev_loop_make_virtual((struct mono){ 1000000000 });
	struct device_conf conf = { .instance = 1338, .vendor_id = 591, .retries = 3, .writable = WRITABLE_TEST };
	static const struct alarm_conf alarm = { .class = 1, .low = 0, .high = 100, .limits = LIMIT_LOW | LIMIT_HIGH, .states = 1, .bits = 0xFFFF };
	w->device = sample_device_with(&conf, w->names, &alarm);
	struct port port = { .ctx = w, .begin = begin, .send = send_to, .broadcast = broadcast, .mac = { 10, 0, 0, 1, 0xBA, 0xC0 },
	                     .npdu_max = 1497 };
	static struct places *places;            /* large, and empty again after each input */
	if (!places)
		places = places_make();
	w->commons = (struct node_commons){ .limits = limits_make(1), .places = places };
	w->commons.guard = guard_make(w->loop, w->commons.limits, "");   /* each password is looked at, and none fits */
	must(w->commons.limits && places && w->commons.guard);
	w->node = node_make(&(struct node_conf){ .loop = w->loop, .log = &w->log, .commons = &w->commons, .device = w->device, .seed = 1 });
	must(w->node);
	node_set_port(w->node, &port);
	play(w, data, size);
	node_free(w->node);
	guard_free(w->commons.guard);
	limits_free(w->commons.limits);
	device_free(w->device);
	ev_loop_free(w->loop);
	free(w);
	return 0;
}
