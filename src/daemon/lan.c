#include "daemon/lan.h"

#include <stdio.h>
#include <string.h>

#include "base/ipv4.h"
#include "daemon/hostnet.h"

enum { AGAIN_MS = 5000, LINE_MS = 10000 };

static bool same_shown(const struct network_port *a, const struct network_port *b)
{
	return memcmp(a->address, b->address, 4) == 0 && memcmp(a->mask, b->mask, 4) == 0 && memcmp(a->gateway, b->gateway, 4) == 0 &&
	       a->dns_count == b->dns_count && memcmp(a->dns, b->dns, 4u * a->dns_count) == 0 && a->udp_port == b->udp_port &&
	       a->dhcp == b->dhcp && a->link_speed >= b->link_speed && a->link_speed <= b->link_speed &&
	       strcmp(a->interface, b->interface) == 0;
}

static void describe_problem(struct lan *l, enum bip_opened how, const struct err_at *why)
{
	const char *interface = bip_port(l->bip)->interface;
	l->problem[0] = 0;
	if (how == BIP_NO_ADDRESS)
		snprintf(l->problem, sizeof l->problem, "%s: %s: no BACnet client can reach this device until it has one (ip address; "
			"[bacnet] interface, address)", why->file, why->text);
	else if (how == BIP_REFUSED)
		snprintf(l->problem, sizeof l->problem, "%s: %s: tried again every %d s", why->file, why->text, AGAIN_MS / 1000);
	else if (!bip_port(l->bip)->up)
		snprintf(l->problem, sizeof l->problem, "%s is switched off or has no cable: no BACnet client can reach this device", interface);
}

static void say(struct lan *l, enum bip_opened how)
{
	char address[IPV4_TEXT_MAX];
	const struct bip_port *p = bip_port(l->bip);
	uint32_t held;
	if (!log_limit_pass(&l->limit, ev_now(l->loop), LINE_MS, &held))
		return;
	if (held)
		log_warning(l->log, "the network changed %u times more since the last line about it", (unsigned)held);
	if (l->problem[0])
		log_warning(l->log, "%s", l->problem);
	else if (how == BIP_OPENED)
		log_info(l->log, "BACnet/IP on %s (%s)", ipv4_port_text(address, p->address, p->port), p->interface);
	else
		log_info(l->log, "%s: the network is there again", p->interface);
}

static enum bip_opened look(struct lan *l, struct err_at *why)
{
	enum bip_opened how = bip_open(l->bip, why);
	describe_problem(l, how, why);
	l->port = bip_as_port(l->bip);
	hostnet_fill(&l->shown, bip_port(l->bip));
	if (how == BIP_REFUSED || !l->watch)
		ev_after(l->loop, &l->again, AGAIN_MS);
	return how;
}

static void look_again(struct lan *l)
{
	struct network_port before = l->shown;
	char problem[sizeof l->problem];
	struct err_at why = { 0 };
	memcpy(problem, l->problem, sizeof problem);
	enum bip_opened how = look(l, &why);
	if (how == BIP_OPENED || strcmp(problem, l->problem) != 0)
		say(l, how);
	if (how == BIP_OPENED || !same_shown(&before, &l->shown))
		l->changed(l->ctx, how == BIP_OPENED);
}

static void told(void *ctx)
{
	look_again(ctx);
}

static void time_to_look(struct ev_timer *t)
{
	look_again(OWNER(t, struct lan, again));
}

bool lan_open(struct lan *l, struct ev_loop *loop, const struct log *log, const struct bip_conf *conf, port_rx_fn *rx, void *rx_ctx,
	void (*changed)(void *ctx, bool opened), void *ctx)
{
	struct err_at why = { 0 };
	char text[512];
	*l = (struct lan){ .loop = loop, .log = log, .changed = changed, .ctx = ctx };
	ev_timer_init(&l->again, time_to_look);
	l->bip = bip_make(loop, conf, log, rx, rx_ctx);
	if (!l->bip) {
		log_error(log, "no memory for the network");
		return false;
	}
	l->watch = watch_start(loop, told, l, &why);
	if (!l->watch)
		log_warning(log, "%s: looked for every %d s", err_format(&why, text, sizeof text), AGAIN_MS / 1000);
	enum bip_opened how = look(l, &why);
	if (how == BIP_REFUSED) {
		log_error(log, "%s", err_format(&why, text, sizeof text));
		lan_close(l);
		return false;
	}
	say(l, how);
	return true;
}

void lan_close(struct lan *l)
{
	if (!l->bip)
		return;
	ev_cancel(&l->again);
	watch_stop(l->watch);
	bip_free(l->bip);
	*l = (struct lan){ 0 };
}
