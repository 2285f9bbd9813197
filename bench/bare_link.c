/* The ceiling of our own link: ev and bip, and behind them an answer that costs nothing.  What bacnet-upsd loses against this is the
 * stack, what this loses against bench-echo is the loop and the link.
 *
 *   bench-bare-link ADDRESS PORT */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/frames.h"
#include "link/bip.h"

struct server {
	struct bip *bip;
};

static void answer(void *ctx, const struct bac_addr *from, enum port_way way, const uint8_t *npdu, size_t length)
{
	struct server *s = ctx;
	if (way != PORT_UNICAST || length != FRAME_READ_SIZE - BIP_HEADER)
		return;
	struct wr w = bip_begin(s->bip, BIP_NPDU_MAX);
	wr_octets(&w, "\1\0\x30", 3);
	wr_u8(&w, npdu[4]);
	wr_octets(&w, npdu + 5, 8);                      /* service, object, property */
	wr_octets(&w, "\x3e\x44\x42\x48\0\0\x3f", 7);
	bip_send(s->bip, from, &w);
}

int main(int argc, char **argv)
{
	struct bip_conf conf = { 0 };
	if (argc != 3 || inet_pton(AF_INET, argv[1], conf.address) != 1) {
		fprintf(stderr, "usage: bench-bare-link ADDRESS PORT\n");
		return 2;
	}
	conf.port = (uint16_t)atoi(argv[2]);
	static const struct log log = { .fd = 2, .level = LOG_LEVEL_INFO };
	struct server s = { 0 };
	struct err_at why = { 0 };
	struct ev_loop *loop = ev_loop_make();
	s.bip = loop ? bip_make(loop, &conf, &log, answer, &s) : NULL;
	if (!s.bip || bip_open(s.bip, &why) != BIP_OPENED) {
		log_error(&log, "%s: %s", why.file, why.text);
		return 1;
	}
	ev_run(loop);
	return 0;
}
