#include "tools/asker.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bacnet/npdu.h"
#include "base/ipv4.h"
#include "link/bip.h"

enum {
	LINKS_MAX = 16, NPDU_ROOM = 1497, REQUEST_MAX = 1024, ANSWER_MAX = 512 * 1024, WINDOW = 32,
	SEGMENTS_MAX = UINT16_MAX,                       /* as many as fit ANSWER_MAX */
	AGE_MS = 3600000,                                /* longer than this program runs */
};

struct asker {
	struct ev_loop *loop;
	struct log log;
	struct bip *link[LINKS_MAX];
	int links;
	uint8_t room[NPDU_ROOM];                         /* where a message is written until its link is known */
	struct binding *binding;
	struct client *client;
	struct bac_addr to;
	uint32_t instance;                               /* BAC_INSTANCE_ANY: asked by address */
	asker_found_fn *found;                           /* while a Who-Is is out */
	void *found_ctx;
	asker_told_fn *told;                             /* NULL: nobody asked for notifications */
	void *told_ctx;
	struct ev_timer over;
	struct ev_signal *interrupt;
	bool interrupted;
	struct client_call *call;                        /* on its way, or NULL */
	struct client_result result;
	uint8_t answer[ANSWER_MAX];
};

/* ---- several links as one port ---- */

/* The link that the host itself would send from: a connected UDP socket tells, and sends nothing. */
static struct bip *link_to(const struct asker *a, const uint8_t mac[6])
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t size = sizeof in;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	memcpy(&in.sin_addr, mac, 4);
	memcpy(&in.sin_port, mac + 4, 2);
	bool known = fd >= 0 && connect(fd, (struct sockaddr *)&in, sizeof in) == 0 && getsockname(fd, (struct sockaddr *)&in, &size) == 0;
	if (fd >= 0)
		close(fd);
	for (int i = 0; known && i < a->links; i++)
		if (memcmp(bip_port(a->link[i])->address, &in.sin_addr, 4) == 0)
			return a->link[i];
	return a->link[0];
}

static struct wr port_begin(void *ctx, size_t max)
{
	struct asker *a = ctx;
	return wr_over(a->room, max < sizeof a->room ? max : sizeof a->room);
}

static void port_send(void *ctx, const struct bac_addr *to, const struct wr *npdu)
{
	struct bip *link = link_to(ctx, to->mac);
	struct wr w = bip_begin(link, wr_len(npdu));
	wr_octets(&w, npdu->start, wr_len(npdu));
	bip_send(link, to, &w);
}

static void port_broadcast(void *ctx, const struct wr *npdu)
{
	const struct asker *a = ctx;
	for (int i = 0; i < a->links; i++) {
		struct wr w = bip_begin(a->link[i], wr_len(npdu));
		wr_octets(&w, npdu->start, wr_len(npdu));
		bip_send_broadcast(a->link[i], &w);
	}
}

/* ---- what comes ---- */

static void i_am_rx(struct asker *a, const struct bac_addr *from, struct rd *body)
{
	struct i_am m;
	if (!i_am_read(body, &m))
		return;
	binding_i_am(a->binding, from, &m);
	if (a->found && !a->found(a->found_ctx, from, &m)) {
		a->found = NULL;
		ev_stop(a->loop);
	}
}

static bool is_told(struct asker *a, const struct bac_addr *from, struct rd *body)
{
	struct cov_notification n;
	return a->told && cov_notification_read(body, &n) && a->told(a->told_ctx, from, &n);
}

/* The one request that is answered here; every other asker's is not ours. */
static void notification_rx(struct asker *a, const struct bac_addr *from, const struct apdu *q, struct rd *body)
{
	struct wr w = port_begin(a, NPDU_ROOM);
	npdu_write(&w, from, false, 0);
	if (q->segmented)
		apdu_write_abort(&w, q->invoke, true, ABORT_SEGMENTATION_NOT_SUPPORTED);
	else if (q->service != CONFIRMED_COV_NOTIFICATION)
		apdu_write_reject(&w, q->invoke, REJECT_UNRECOGNIZED_SERVICE);
	else if (is_told(a, from, body))
		apdu_write_simple_ack(&w, q->invoke, q->service);
	else
		apdu_write_error(&w, q->invoke, q->service, CLASS_SERVICES, CODE_UNKNOWN_SUBSCRIPTION);
	port_send(a, from, &w);
}

static void npdu_rx(void *ctx, const struct bac_addr *link_from, enum port_way way, const uint8_t *npdu, size_t length)
{
	struct asker *a = ctx;
	struct rd r = rd_over(npdu, length);
	struct bac_addr from = *link_from;
	struct npdu head;
	struct apdu apdu;
	if (!npdu_read(&r, &head) || head.network_message)
		return;
	if (head.has_source) {
		from.net = head.snet;
		from.adr_len = head.slen;
		memcpy(from.adr, head.sadr, head.slen);
	}
	if (apdu_read(&r, &apdu) != APDU_OK)
		return;
	if (apdu.type == APDU_UNCONFIRMED && apdu.service == UNCONFIRMED_I_AM)
		i_am_rx(a, &from, &r);
	else if (apdu.type == APDU_UNCONFIRMED && apdu.service == UNCONFIRMED_COV_NOTIFICATION)
		is_told(a, &from, &r);
	else if (apdu.type == APDU_CONFIRMED && way == PORT_UNICAST && a->told)
		notification_rx(a, &from, &apdu, &r);
	else if (way == PORT_UNICAST)
		client_rx(a->client, &from, &apdu, &r);
}

/* ---- opening ---- */

static bool add_link(struct asker *a, const struct bip_conf *conf, struct err_at *why)
{
	struct bip *link = bip_make(a->loop, conf, &a->log, npdu_rx, a);
	if (link && bip_open(link, why) == BIP_OPENED) {
		a->link[a->links++] = link;
		return true;
	}
	bip_free(link);
	return false;
}

/* One of each interface that is up; some may not be usable. */
static void add_every_link(struct asker *a, struct bip_conf conf, struct err_at *why)
{
	struct ifaddrs *all;
	err_set(why, "network", 0, "no interface has an IPv4 address");
	if (getifaddrs(&all) != 0)
		return;
	for (const struct ifaddrs *i = all; i && a->links < LINKS_MAX; i = i->ifa_next) {
		struct sockaddr_in in;
		if (!(i->ifa_flags & IFF_UP) || !i->ifa_addr || i->ifa_addr->sa_family != AF_INET)
			continue;
		memcpy(&in, i->ifa_addr, sizeof in);
		memcpy(conf.address, &in.sin_addr, 4);
		add_link(a, &conf, why);
	}
	freeifaddrs(all);
}

static bool open_links(struct asker *a, const struct asker_conf *conf, struct err_at *why)
{
	struct bip_conf b = { .broadcast_port = conf->port };
	if (conf->interface) {
		if (strlen(conf->interface) >= sizeof b.interface)
			return err_set(why, conf->interface, 0, "there is no interface of this name");
		memcpy(b.interface, conf->interface, strlen(conf->interface) + 1);
		return add_link(a, &b, why);
	}
	if (conf->address)
		return ipv4_parse(conf->address, b.address) ? add_link(a, &b, why) : err_set(why, conf->address, 0, "is no IPv4 address");
	add_every_link(a, b, why);
	return a->links > 0;
}

static void time_over(struct ev_timer *t)
{
	struct asker *a = OWNER(t, struct asker, over);
	ev_stop(a->loop);
}

static void interrupted(void *ctx, int signo)
{
	struct asker *a = ctx;
	(void)signo;
	a->interrupted = true;
	if (a->call)
		client_cancel(a->call);
	ev_stop(a->loop);
}

bool asker_interrupted(const struct asker *a)
{
	return a->interrupted;
}

static bool make_client(struct asker *a, const struct asker_conf *conf)
{
	struct port port = { .ctx = a, .begin = port_begin, .send = port_send, .broadcast = port_broadcast, .npdu_max = NPDU_ROOM,
		.npdu_whole = bip_as_port(a->link[0]).npdu_whole };
	uint8_t retries = (uint8_t)conf->retries;
	struct binding_conf b = { .devices = 1, .timeout_ms = conf->timeout_ms, .retries = retries, .age_ms = AGE_MS };
	struct client_conf c = { .timeout_ms = conf->timeout_ms, .segment_timeout_ms = conf->timeout_ms, .retries = retries,
		.window = WINDOW, .max_apdu = APDU_MAX, .max_segments = SEGMENTS_MAX, .requests = 1, .per_peer = 1, .request_max = REQUEST_MAX,
		.answer_max = ANSWER_MAX };
	a->binding = binding_make(a->loop, &port, &b);
	a->client = a->binding ? client_make(a->loop, &port, a->binding, &c) : NULL;
	return a->client;
}

struct asker *asker_open(struct ev_loop *loop, const struct asker_conf *conf, struct err_at *why)
{
	struct asker *a = calloc(1, sizeof *a);
	if (!a) {
		err_set(why, "network", 0, "no memory");
		return NULL;
	}
	a->loop = loop;
	a->log = (struct log){ .fd = STDERR_FILENO, .level = LOG_LEVEL_ERROR };
	a->instance = BAC_INSTANCE_ANY;
	ev_timer_init(&a->over, time_over);
	if (open_links(a, conf, why)) {
		a->interrupt = ev_signal_start(loop, SIGINT, interrupted, a);    /* without, it ends the program as ever */
		if (make_client(a, conf))
			return a;
		err_set(why, "network", 0, "no memory");
	}
	asker_close(a);
	return NULL;
}

void asker_close(struct asker *a)
{
	if (!a)
		return;
	ev_cancel(&a->over);
	if (a->interrupt)
		ev_signal_stop(a->interrupt);
	client_free(a->client);
	binding_free(a->binding);
	for (int i = 0; i < a->links; i++)
		bip_free(a->link[i]);
	free(a);
}

/* ---- asking ---- */

void asker_who_is(struct asker *a, const struct who_is *q, int64_t ms, asker_found_fn *found, void *ctx)
{
	struct wr w = port_begin(a, NPDU_ROOM);
	npdu_write_global(&w);
	apdu_write_unconfirmed(&w, UNCONFIRMED_WHO_IS);
	who_is_write(&w, q);
	a->found = found;
	a->found_ctx = ctx;
	port_broadcast(a, &w);
	ev_after(a->loop, &a->over, ms);
	ev_run(a->loop);
	ev_cancel(&a->over);
	a->found = NULL;
}

void asker_to_address(struct asker *a, const struct bac_addr *to)
{
	a->to = *to;
	a->instance = BAC_INSTANCE_ANY;
}

void asker_to_device(struct asker *a, uint32_t instance)
{
	a->instance = instance;
}

bool asker_address(const struct asker *a, struct bac_addr *addr)
{
	uint32_t instance;
	*addr = a->to;
	return a->instance == BAC_INSTANCE_ANY || (binding_at(a->binding, 0, &instance, addr) && instance == a->instance);
}

static void done(void *ctx, const struct client_result *r)
{
	struct asker *a = ctx;
	struct rd body = r->body;
	size_t n = rd_left(&body);
	a->call = NULL;
	a->result = *r;
	if (n)
		memcpy(a->answer, rd_take(&body, n), n);
	a->result.body = rd_over(a->answer, n);
	ev_stop(a->loop);
}

const struct client_result *asker_request(void *asker, uint8_t service, const struct wr *body)
{
	struct asker *a = asker;
	struct wr w;
	struct peer peer = { .addr = a->to };
	a->result = (struct client_result){ .end = CLIENT_SILENT };
	if (a->interrupted)
		return &a->result;
	a->call = a->instance == BAC_INSTANCE_ANY ? client_begin(a->client, &peer, service, &w) :
		client_begin_device(a->client, a->instance, service, &w);
	wr_octets(&w, body->start, wr_len(body));
	client_send(a->call, &w, done, a);
	ev_run(a->loop);
	a->call = NULL;
	return &a->result;
}

/* ---- being told ---- */

void asker_tell(struct asker *a, asker_told_fn *told, void *ctx)
{
	a->told = told;
	a->told_ctx = ctx;
}

void asker_wait(struct asker *a, int64_t ms)
{
	if (a->interrupted)
		return;
	ev_after(a->loop, &a->over, ms);
	ev_run(a->loop);
	ev_cancel(&a->over);
}

void asker_enough(struct asker *a)
{
	ev_stop(a->loop);
}

void asker_resume(struct asker *a)
{
	a->interrupted = false;
}
