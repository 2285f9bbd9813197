#include "tools/bacnet_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bacnet/apdu.h"
#include "bacnet/bvlc.h"
#include "bacnet/npdu.h"

enum { DATAGRAM_MAX = BVLC_HEADER + BVLC_NPDU_MAX, WINDOW = 32, SEGMENTS_CODE = 7 /* more than 64 */ };

static struct sockaddr_in sockaddr_of(const uint8_t mac[6])
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	memcpy(&a.sin_addr, mac, 4);
	memcpy(&a.sin_port, mac + 4, 2);
	return a;
}

/* ---- opening ---- */

static bool ip_of(const struct sockaddr *a, uint8_t ip[4])
{
	struct sockaddr_in in;
	if (!a || a->sa_family != AF_INET)
		return false;
	memcpy(&in, a, sizeof in);
	memcpy(ip, &in.sin_addr, 4);
	return true;
}

/* Loopback has no broadcast flag, but the kernel takes the last address of its network for one. */
static bool broadcast_of(const struct ifaddrs *i, uint8_t to[4])
{
	uint8_t ip[4], mask[4];
	if (i->ifa_flags & IFF_BROADCAST)
		return ip_of(i->ifa_broadaddr, to);
	if (!(i->ifa_flags & IFF_LOOPBACK) || !ip_of(i->ifa_addr, ip) || !ip_of(i->ifa_netmask, mask))
		return false;
	for (int k = 0; k < 4; k++)
		to[k] = (uint8_t)(ip[k] | ~mask[k]);
	return true;
}

/* Which addresses to ask at and, when one interface or address is meant, which to bind to. */
static bool choose(struct bacnet_client *c, const struct bacnet_client_conf *conf, uint8_t local[4], struct err_at *why)
{
	struct ifaddrs *all;
	uint8_t wanted[4] = { 0 };
	const char *name = conf->interface ? conf->interface : conf->address ? conf->address : "network";
	if (conf->address && inet_pton(AF_INET, conf->address, wanted) != 1)
		return err_set(why, name, 0, "is no IPv4 address");
	if (getifaddrs(&all) != 0)
		return err_set(why, name, 0, "the list of interfaces cannot be read: %s", strerror(errno));
	for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
		uint8_t ip[4];
		if (!ip_of(i->ifa_addr, ip) || (conf->interface && strcmp(i->ifa_name, conf->interface) != 0))
			continue;
		bool same = memcmp(ip, wanted, 4) == 0 || (i->ifa_flags & IFF_LOOPBACK && wanted[0] == 127);
		if (conf->address && !same)
			continue;
		if (conf->address || conf->interface)
			memcpy(local, conf->address ? wanted : ip, 4);
		if (c->targets < CLIENT_TARGETS_MAX && broadcast_of(i, c->target[c->targets]))
			c->targets++;
	}
	freeifaddrs(all);
	if ((conf->address || conf->interface) && local[0] == 0)
		return err_set(why, name, 0, conf->address ? "no interface of this host has this address" : "no such interface, or no IPv4 address");
	return true;
}

bool bacnet_client_open(struct bacnet_client *c, const struct bacnet_client_conf *conf, struct err_at *why)
{
	uint8_t mac[6] = { 0 };
	int on = 1;
	*c = (struct bacnet_client){ .fd = -1, .port = conf->port, .timeout_ms = conf->timeout_ms, .retries = conf->retries };
	if (!choose(c, conf, mac, why))
		return false;
	c->answer = malloc(CLIENT_ANSWER_MAX);
	c->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (!c->answer || c->fd < 0) {
		bacnet_client_close(c);
		return err_set(why, "network", 0, "no socket: %s", strerror(errno));
	}
	setsockopt(c->fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
	/* Some devices answer a Who-Is by broadcast to the port of BACnet: it is ours for the moment, when nobody else has it. */
	uint16_t port = htons(conf->port);
	memcpy(mac + 4, &port, 2);
	struct sockaddr_in a = sockaddr_of(mac);
	if (bind(c->fd, (struct sockaddr *)&a, sizeof a) == 0)
		return true;
	a.sin_port = 0;
	if (bind(c->fd, (struct sockaddr *)&a, sizeof a) == 0)
		return true;
	int error = errno;
	bacnet_client_close(c);
	return err_set(why, "network", 0, "cannot be used: %s", strerror(error));
}

void bacnet_client_close(struct bacnet_client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	free(c->answer);
	c->fd = -1;
	c->answer = NULL;
}

/* ---- datagrams ---- */

/* Fills in the header of the datagram that `w` holds behind its first 4 octets, and sends it. */
static bool send_datagram(struct bacnet_client *c, const uint8_t mac[6], enum bvlc_function function, const struct wr *w)
{
	struct sockaddr_in a = sockaddr_of(mac);
	bvlc_write_header(w->start, function, wr_len(w) - BVLC_HEADER);
	return !w->full && sendto(c->fd, w->start, wr_len(w), 0, (struct sockaddr *)&a, sizeof a) == (ssize_t)wr_len(w);
}

static struct wr datagram(uint8_t *buffer)
{
	struct wr w = wr_over(buffer, DATAGRAM_MAX);
	wr_take(&w, BVLC_HEADER);
	return w;
}

/* The next APDU before `end`, and where it comes from.  False: the time is over. */
static bool receive(struct bacnet_client *c, struct mono end, uint8_t *buffer, struct bac_addr *from, struct rd *apdu)
{
	for (;;) {
		struct pollfd p = { .fd = c->fd, .events = POLLIN };
		int64_t left = mono_ms_between(mono_now(), end);
		if (left < 0 || poll(&p, 1, (int)left + 1) == 0)
			return false;
		struct sockaddr_in a;
		socklen_t size = sizeof a;
		ssize_t n = recvfrom(c->fd, buffer, DATAGRAM_MAX, MSG_DONTWAIT, (struct sockaddr *)&a, &size);
		if (n < 0)
			continue;
		struct bvlc b;
		bvlc_read(buffer, (size_t)n, &b);
		if (b.verdict != BVLC_UP)
			continue;
		*from = (struct bac_addr){ 0 };
		if (b.forwarded) {
			memcpy(from->mac, b.origin, 6);
		} else {
			memcpy(from->mac, &a.sin_addr, 4);
			memcpy(from->mac + 4, &a.sin_port, 2);
		}
		struct npdu h;
		*apdu = rd_over(b.npdu, b.length);
		if (!npdu_read(apdu, &h) || h.network_message)
			continue;
		if (h.has_source && h.slen <= BAC_MAC_MAX) {
			from->net = h.snet;
			from->adr_len = h.slen;
			memcpy(from->adr, h.sadr, h.slen);
		}
		return true;
	}
}

/* ---- Who-Is ---- */

static bool send_who_is(struct bacnet_client *c, const struct who_is *q, struct err_at *why)
{
	uint8_t buffer[DATAGRAM_MAX], mac[6];
	uint16_t port = htons(c->port);
	bool sent = false;
	for (int i = 0; i < c->targets; i++) {
		struct wr w = datagram(buffer);
		npdu_write_global(&w);
		apdu_write_unconfirmed(&w, UNCONFIRMED_WHO_IS);
		who_is_write(&w, q);
		memcpy(mac, c->target[i], 4);
		memcpy(mac + 4, &port, 2);
		sent |= send_datagram(c, mac, BVLC_ORIGINAL_BROADCAST, &w);
	}
	return sent || err_set(why, "network", 0, "%s", c->targets ? strerror(errno) : "no interface that can broadcast");
}

bool bacnet_client_who_is(struct bacnet_client *c, const struct who_is *q, client_found_fn *found, void *ctx, struct err_at *why)
{
	uint8_t buffer[DATAGRAM_MAX];
	struct bac_addr from;
	struct rd r;
	if (!send_who_is(c, q, why))
		return false;
	struct mono end = mono_add_ms(mono_now(), c->timeout_ms);
	while (receive(c, end, buffer, &from, &r)) {
		struct apdu a;
		struct i_am i;
		if (apdu_read(&r, &a) != APDU_OK || a.type != APDU_UNCONFIRMED || a.service != UNCONFIRMED_I_AM || !i_am_read(&r, &i))
			continue;
		if (!found(ctx, &from, &i))
			break;
	}
	return true;
}

/* ---- confirmed requests ---- */

struct request {
	struct bacnet_client *c;
	const struct bac_addr *to;
	uint8_t service, invoke;
	bool segmented;                  /* an answer in segments has begun */
	uint8_t expected;                /* sequence number of its next segment */
	uint8_t window, since;           /* segments in a window, and taken since the last SegmentACK */
};

static void ack_segment(struct request *q, bool nak, uint8_t sequence)
{
	uint8_t buffer[DATAGRAM_MAX];
	struct wr w = datagram(buffer);
	npdu_write(&w, q->to, false, 0);
	apdu_write_segment_ack(&w, q->invoke, nak, false, sequence, q->window);
	send_datagram(q->c, q->to->mac, BVLC_ORIGINAL_UNICAST, &w);
	q->since = 0;
}

static bool keep(struct request *q, struct rd *body)
{
	size_t n = rd_left(body);
	if (q->c->answered + n > CLIENT_ANSWER_MAX)
		return false;
	memcpy(q->c->answer + q->c->answered, rd_take(body, n), n);
	q->c->answered += n;
	return true;
}

enum step { GO_ON, COMPLETE, FAILED };

static enum step take_segment(struct request *q, const struct apdu *a, struct rd *body)
{
	if (!q->segmented && a->sequence != 0)
		return GO_ON;                    /* of an answer that we have given up */
	if (!q->segmented) {
		q->segmented = true;
		q->c->answered = 0;
		q->expected = 0;
		q->window = a->window < 1 ? 1 : a->window > WINDOW ? WINDOW : a->window;
	}
	if (a->sequence != q->expected) {
		ack_segment(q, true, (uint8_t)(q->expected - 1));
		return GO_ON;
	}
	if (!keep(q, body))
		return FAILED;
	q->expected++;
	if (++q->since >= q->window || !a->more || a->sequence == 0)
		ack_segment(q, false, a->sequence);
	return a->more ? GO_ON : COMPLETE;
}

/* One APDU that has come from our peer with our invoke id. */
static enum step take_apdu(struct request *q, const struct apdu *a, struct rd *body, struct fault *fault)
{
	switch ((enum apdu_type)a->type) {
	case APDU_COMPLEX_ACK:
		if (a->service != q->service)
			return GO_ON;
		if (a->segmented)
			return take_segment(q, a, body);
		q->c->answered = 0;
		return keep(q, body) ? COMPLETE : FAILED;
	case APDU_SIMPLE_ACK:
		q->c->answered = 0;
		return a->service == q->service ? COMPLETE : GO_ON;
	case APDU_ERROR:
		*fault = bac_error_read(body);
		return a->service == q->service ? FAILED : GO_ON;
	case APDU_REJECT:
		*fault = (struct fault){ FAULT_REJECT, 0, a->reason };
		return FAILED;
	case APDU_ABORT:
		*fault = (struct fault){ FAULT_ABORT, 0, a->reason };
		return FAILED;
	default:
		return GO_ON;
	}
}

/* True when it has ended; false: nothing (more) came within the time. */
static bool await(struct request *q, struct fault *fault, enum client_end *how)
{
	uint8_t buffer[DATAGRAM_MAX];
	struct bac_addr from;
	struct rd r;
	struct mono end = mono_add_ms(mono_now(), q->c->timeout_ms);
	while (receive(q->c, end, buffer, &from, &r)) {
		struct apdu a;
		if (!bac_addr_same(&from, q->to) || apdu_read(&r, &a) != APDU_OK || a.type == APDU_CONFIRMED || a.type == APDU_UNCONFIRMED ||
		    a.invoke != q->invoke)
			continue;
		enum step step = take_apdu(q, &a, &r, fault);
		if (q->segmented && step == GO_ON)
			end = mono_add_ms(mono_now(), q->c->timeout_ms);
		if (step == GO_ON)
			continue;
		*how = step == COMPLETE ? CLIENT_ANSWERED : fault_is(*fault) ? CLIENT_FAULT : CLIENT_BROKEN;
		return true;
	}
	return false;
}

enum client_end bacnet_client_request(struct bacnet_client *c, const struct bac_addr *to, uint8_t service, const struct wr *body,
	struct fault *fault)
{
	*fault = DONE;
	c->invoke++;
	for (int attempt = 0; attempt <= c->retries; attempt++) {
		uint8_t buffer[DATAGRAM_MAX];
		struct request q = { .c = c, .to = to, .service = service, .invoke = c->invoke };
		struct apdu_request head = { .segments_accepted = true, .max_segments_code = SEGMENTS_CODE,
			.max_apdu_code = apdu_code_of_size(APDU_MAX), .invoke = c->invoke, .service = service };
		struct wr w = datagram(buffer);
		enum client_end how;
		npdu_write(&w, to, true, 0);
		apdu_write_confirmed(&w, &head);
		wr_octets(&w, body->start, wr_len(body));
		c->answered = 0;
		if (body->full || !send_datagram(c, to->mac, BVLC_ORIGINAL_UNICAST, &w))
			return CLIENT_BROKEN;
		if (await(&q, fault, &how))
			return how;
	}
	return CLIENT_SILENT;
}

const char *client_end_text(enum client_end end)
{
	switch (end) {
	case CLIENT_ANSWERED: return "answered";
	case CLIENT_FAULT:    return "refused";
	case CLIENT_SILENT:   return "no answer";
	case CLIENT_BROKEN:   return "the answer cannot be understood, or nothing can be sent there";
	}
	return "";
}

const char *client_address_text(const struct bac_addr *a, char *buffer, size_t size)
{
	size_t n = (size_t)snprintf(buffer, size, "%u.%u.%u.%u:%u", a->mac[0], a->mac[1], a->mac[2], a->mac[3], a->mac[4] << 8 | a->mac[5]);
	if (a->net == BAC_NET_LOCAL || n >= size)
		return buffer;
	n += (size_t)snprintf(buffer + n, size - n, " network %u address ", a->net);
	for (int i = 0; i < a->adr_len && n < size; i++)
		n += (size_t)snprintf(buffer + n, size - n, "%02X", a->adr[i]);
	return buffer;
}
