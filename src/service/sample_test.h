/* For tests, the fuzzer and benchmarks: a full device of the size that this project has (Device, 88 AV, 10 MSV, 3 BSV, Network Port),
 * and a port that keeps what is sent. */
#ifndef SERVICE_SAMPLE_TEST_H
#define SERVICE_SAMPLE_TEST_H

#include <stdio.h>
#include <stdlib.h>

#include "bacnet/npdu.h"
#include "object/object.h"
#include "service/node.h"

enum { SAMPLE_AV = 88, SAMPLE_MSV = 10, SAMPLE_BSV = 3, SAMPLE_OBJECTS = SAMPLE_AV + SAMPLE_MSV + SAMPLE_BSV + 1 };

static const uint32_t sample_bits[SAMPLE_BSV] = { 16, 23, 31 };

static inline const char *sample_text(const void *texts, uint32_t n)
{
	static const char *const words[] = { "ON MAINT. BYPASS", "ON BATTERY", "ON INVERTER", "NORMAL MODE", "ECO MODE",
	                                     "ON BYPASS", "LOAD OFF" };
	(void)texts;
	return words[n % 7];
}

/* Names live in `names`, which must outlive the device. */
static inline struct device *sample_device(const struct device_conf *conf, char names[SAMPLE_OBJECTS][16])
{
	struct device_conf c = *conf;
	c.objects = SAMPLE_OBJECTS;
	struct device *d = device_make(&c);
	if (!d)
		abort();
	device_set_text(d, DEVICE_NAME, "MASTERYS");
	device_set_text(d, DEVICE_VENDOR, "SOCOMEC UPS");
	device_set_text(d, DEVICE_MODEL, "120 kVA");
	device_set_text(d, DEVICE_FIRMWARE, "1.0");
	device_set_text(d, DEVICE_APPLICATION, "1.0");
	device_set_text(d, DEVICE_LOCATION, "Unit 0");
	device_set_text(d, DEVICE_DESCRIPTION, "P123456789");
	device_set_text(d, DEVICE_PROFILE, "factor_10");
	unsigned n = 0;
	for (unsigned i = 0; i < SAMPLE_OBJECTS - 1; i++, n++) {
		struct object_conf o = { .name = names[n], .description = "What it is, in words", .text = sample_text };
		if (i < SAMPLE_AV) {
			o.type = OBJ_ANALOG_VALUE;
			o.instance = i;
			o.units = 5;
			o.cov_increment = 1;
			o.real = -1;
		} else if (i < SAMPLE_AV + SAMPLE_MSV) {
			o.type = OBJ_MULTI_STATE_VALUE;
			o.instance = i - SAMPLE_AV;
			o.count = o.state = o.relinquish_default = 7;
		} else {
			o.type = OBJ_BITSTRING_VALUE;
			o.instance = i - SAMPLE_AV - SAMPLE_MSV;
			o.count = sample_bits[o.instance];
		}
		snprintf(names[n], sizeof names[n], "object %u", n);
		if (device_add(d, &o, NULL) != OBJECT_ADDED)
			abort();
	}
	struct network_port port = { .address = { 10, 0, 0, 1 }, .mask = { 255, 255, 255, 0 }, .gateway = { 10, 0, 0, 254 },
	                             .dns = { { 10, 0, 0, 2 } }, .dns_count = 1, .udp_port = 47808, .dhcp = true, .link_speed = 1e8f, .interface = "eth0" };
	snprintf(names[n], sizeof names[n], "port");
	if (device_add_port(d, 1, names[n], "The port", &port, NULL) != OBJECT_ADDED)
		abort();
	device_commit(d);
	return d;
}

/* ---- a port that keeps the last messages ---- */

enum { CAUGHT_MAX = 2048 };

struct caught {
	struct bac_addr to;
	bool broadcast;
	size_t length;
	uint8_t npdu[1500];
};

struct catcher {
	uint8_t room[1500];
	unsigned count;              /* since the last clear */
	struct caught *message;      /* [CAUGHT_MAX] */
};

static inline struct wr catcher_begin(void *ctx, size_t max)
{
	struct catcher *c = ctx;
	return wr_over(c->room, max < sizeof c->room ? max : sizeof c->room);
}

static inline void catcher_keep(struct catcher *c, const struct bac_addr *to, bool broadcast, const struct wr *npdu)
{
	struct caught *m = &c->message[c->count++ % CAUGHT_MAX];
	m->to = to ? *to : (struct bac_addr){ 0 };
	m->broadcast = broadcast;
	m->length = wr_len(npdu);
	memcpy(m->npdu, npdu->start, m->length);
}

static inline void catcher_send(void *ctx, const struct bac_addr *to, const struct wr *npdu)
{
	catcher_keep(ctx, to, false, npdu);
}

static inline void catcher_broadcast(void *ctx, const struct wr *npdu)
{
	catcher_keep(ctx, NULL, true, npdu);
}

static inline struct port catcher_port(struct catcher *c)
{
	return (struct port){ .ctx = c, .begin = catcher_begin, .send = catcher_send, .broadcast = catcher_broadcast,
	                      .mac = { 10, 0, 0, 1, 0xBA, 0xC0 }, .npdu_max = 1497 };
}

#endif
