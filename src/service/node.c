#include "service/node.h"

#include <stdlib.h>

#include "notify/cov.h"
#include "notify/event.h"
#include "object/network_port.h"
#include "service/service.h"

enum {
	REQUESTS = 64, REQUESTS_PER_PEER = 4, REQUEST_MAX = 4096, ANSWER_MAX = 16384, DEVICES = 32,
	WHO_IS_MS = 1000, ADDRESS_AGE_MS = 600000, ABSENT_MS = 30000,
};

/* ---- what all share ---- */

bool node_commons_make(struct node_commons *c, uint64_t seed)
{
	*c = (struct node_commons){ .limits = limits_make(seed), .places = places_make() };
	if (c->limits && c->places)
		return true;
	node_commons_free(c);
	return false;
}

void node_commons_free(struct node_commons *c)
{
	limits_free(c->limits);
	places_free(c->places);
	*c = (struct node_commons){ 0 };
}

/* ---- what comes in ---- */

static void apdu_rx(void *ctx, const struct net_head *head, struct rd *r)
{
	struct node *node = ctx;
	struct apdu a;
	enum apdu_why why = apdu_read(r, &a);
	if (why == APDU_NO_HEADER) {
		REFUSE(&node->counts, apdu_malformed, &head->from);
		return;
	}
	switch ((enum apdu_type)a.type) {
	case APDU_CONFIRMED:
		server_request(&node->server, head, why, &a, r);
		return;
	case APDU_UNCONFIRMED:
		server_unconfirmed(&node->server, head, &a, r);
		return;
	case APDU_SEGMENT_ACK:
		if (a.server || head->broadcast)
			break;
		server_segment_ack(&node->server, head, &a);
		return;
	case APDU_ABORT:
		if (a.server || head->broadcast)
			break;
		server_abort(&node->server, head, &a);
		return;
	case APDU_SIMPLE_ACK:
	case APDU_COMPLEX_ACK:
	case APDU_ERROR:
	case APDU_REJECT:
	case APDU_TYPE_COUNT:
		break;
	}
	if (!head->broadcast && client_rx(node->client, &head->from, &a, r))
		return;
	REFUSE(&node->counts, unexpected_answer, &head->from);
}

void node_rx(void *ctx, const struct bac_addr *from, enum port_way way, const uint8_t *npdu, size_t length)
{
	struct node *node = ctx;
	network_rx(&node->network, from, way, npdu, length);
}

/* ---- settings ---- */

uint64_t node_services(void)
{
	return service_bits(&service_table);
}

static struct server_settings settings_of(const struct node *node, uint64_t services_off)
{
	const struct device *d = node->device;
	return (struct server_settings){
		.max_apdu = device_max_apdu(d), .max_segments = device_max_segments(d), .apdu_timeout_ms = device_apdu_timeout_ms(d),
		.segment_timeout_ms = device_segment_timeout_ms(d), .retries = device_retries(d),
		.window = node->conf.window >= 1 && node->conf.window <= APDU_WINDOW_MAX ? node->conf.window : NODE_WINDOW,
		.services_off = services_off,
	};
}

void node_configure(struct node *node, uint64_t services_off)
{
	struct server_settings set = settings_of(node, services_off);
	server_set(&node->server, &set);
	client_set_timeouts(node->client, set.apdu_timeout_ms, set.segment_timeout_ms, set.retries);
	device_set_services(node->device, node_services() & ~services_off);
}

void node_set_network_number(struct node *node, uint16_t number)
{
	network_set_number(&node->network, number);
}

void node_set_port(struct node *node, const struct port *port)
{
	network_set_port(&node->network, port);
	binding_set_port(node->binding, port);
	client_set_port(node->client, port);
}

/* ---- life ---- */

static void numbered(void *ctx, uint16_t number, unsigned quality)
{
	struct node *node = ctx;
	device_show_network_number(node->device, number, quality);
	device_settle(node->device);
}

static void write_subscriptions(void *ctx, struct wr *w)
{
	const struct node *node = ctx;
	struct cov_active active;
	for (size_t cursor = 0; !w->full && cov_next(node->cov, &cursor, &active);)
		cov_active_write(w, &active);
}

static bool known_device(void *ctx, size_t n, uint32_t *instance, struct bac_addr *addr)
{
	const struct node *node = ctx;
	return binding_at(node->binding, n, instance, addr);
}

static bool make_client(struct node *node, const struct server_settings *set)
{
	struct port nowhere = { 0 };
	struct binding_conf binding = { .devices = DEVICES, .timeout_ms = WHO_IS_MS, .retries = set->retries, .age_ms = ADDRESS_AGE_MS,
		.absent_ms = ABSENT_MS };
	struct client_conf client = { .timeout_ms = set->apdu_timeout_ms, .segment_timeout_ms = set->segment_timeout_ms, .retries = set->retries,
		.window = set->window, .max_apdu = set->max_apdu, .max_segments = set->max_segments, .requests = REQUESTS,
		.per_peer = REQUESTS_PER_PEER, .request_max = REQUEST_MAX, .answer_max = ANSWER_MAX, .seed = node->conf.seed };
	node->binding = binding_make(node->conf.loop, &nowhere, &binding);
	node->client = node->binding ? client_make(node->conf.loop, &nowhere, node->binding, &client) : NULL;
	return node->client != NULL;
}

struct node *node_make(const struct node_conf *conf)
{
	struct node *node = calloc(1, sizeof *node);
	if (!node)
		return NULL;
	node->conf = *conf;
	node->device = conf->device;
	node->counts.loop = conf->loop;
	node->counts.log = conf->log;
	struct network_conf net = { .loop = conf->loop, .limits = conf->commons->limits, .counts = &node->counts, .ctx = node, .up = apdu_rx,
		.numbered = numbered };
	struct server_conf server = { .loop = conf->loop, .network = &node->network, .places = conf->commons->places,
		.services = &service_table, .node = node };
	struct server_settings set = settings_of(node, conf->services_off);
	network_init(&node->network, &net);
	server_init(&node->server, &server, &set);
	announce_init(node);
	device_set_services(node->device, node_services() & ~conf->services_off);
	command_init(node);
	restart_init(node);
	time_master_init(node);
	struct cov_conf cov = { .ctx = node, .may_initiate = command_may_initiate, .loop = conf->loop, .device = node->device, .network = &node->network,
		.subscriptions = conf->subscriptions ? conf->subscriptions : NODE_SUBSCRIPTIONS };
	if (make_client(node, &set)) {
		cov.client = node->client;
		node->cov = cov_make(&cov);
		node->events = events_make(&(struct events_conf){ .loop = conf->loop, .device = node->device, .network = &node->network,
			.client = node->client, .binding = node->binding, .start_ms = EVENT_START_MS, .ctx = node,
			.may_initiate = command_may_initiate });
	}
	if (node->cov && node->events) {
		device_set_bindings(node->device, known_device, node);
		device_set_subscriptions(node->device, write_subscriptions, node);
		return node;
	}
	node_free(node);
	return NULL;
}

void node_free(struct node *node)
{
	if (!node)
		return;
	device_set_bindings(node->device, NULL, NULL);
	device_set_subscriptions(node->device, NULL, NULL);
	cov_free(node->cov);
	events_free(node->events);
	command_close(node);
	restart_close(node);
	time_master_close(node);
	announce_close(node);
	server_close(&node->server);
	client_free(node->client);
	binding_free(node->binding);
	free(node);
}

void node_start(struct node *node)
{
	announce_start(node);
}

bool node_next_subscription(const struct node *node, size_t *cursor, struct cov_active *active)
{
	return cov_next(node->cov, cursor, active);
}

void node_listen_events(struct node *node, struct event_listener *l)
{
	events_listen(node->events, l);
}

void node_unlisten_events(struct node *node, struct event_listener *l)
{
	events_unlisten(node->events, l);
}

struct fault node_acknowledge(struct node *node, const struct ack_alarm *q)
{
	struct fault f = events_acknowledge(node->events, q);
	device_settle(node->device);
	return f;
}

bool node_counter_at(const struct node *node, size_t n, const char **name, const char **text, uint64_t *value)
{
	return counts_at(&node->counts, n, name, text, value);
}
