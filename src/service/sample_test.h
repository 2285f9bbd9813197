/* For tests, the fuzzer and benchmarks: a full device of the size that this project has (Device, 88 AV, 10 MSV, 3 BSV, Network Port),
 * and a port that keeps what is sent. */
#ifndef SERVICE_SAMPLE_TEST_H
#define SERVICE_SAMPLE_TEST_H

#include <stdio.h>
#include <stdlib.h>

#include "bacnet/npdu.h"
#include "notify/class.h"
#include "object/analog_value.h"
#include "object/bitstring_value.h"
#include "object/multistate_value.h"
#include "object/network_port.h"
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

/* An object called "object N", N its place in Object_List without the Device object. */
static inline void sample_add(struct device *d, char name[16], const struct object_type *type, uint32_t instance, const void *with)
{
	snprintf(name, 16, "object %u", (unsigned)device_count(d) - 1);
	if (device_add(d, &(struct object_conf){ type, instance, name, "What it is, in words", with }, NULL) != OBJECT_ADDED)
		abort();
}

/* Somebody else writes a text meanwhile. */
static inline void sample_write_text(struct device *d, uint32_t id, uint32_t property, const char *text)
{
	uint8_t octets[140];
	struct wr w = wr_over(octets, sizeof octets);
	bac_put_text(&w, text, strlen(text));
	if (fault_is(object_write(device_find(d, id), property, BAC_ARRAY_ALL, rd_over(octets, wr_len(&w)))))
		abort();
}

/* Names live in `names`, which must outlive the device.  `alarm` NULL: no object has alarms, and there are no Notification Classes. */
static inline struct device *sample_device_with(const struct device_conf *conf, char names[SAMPLE_OBJECTS][16], const struct alarm_conf *alarm)
{
	struct device *d = device_make(conf);
	if (!d || !device_register(d, &analog_value, SAMPLE_AV) || !device_register(d, &multistate_value, SAMPLE_MSV) ||
	    !device_register(d, &bitstring_value, SAMPLE_BSV) || !device_register(d, &network_port_type, 1))
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
	for (unsigned i = 0; i < SAMPLE_AV; i++)
		sample_add(d, names[n++], &analog_value, i, &(struct analog_value_conf){ .units = 5, .cov_increment = 1, .value = -1, .alarm = alarm });
	for (unsigned i = 0; i < SAMPLE_MSV; i++)
		sample_add(d, names[n++], &multistate_value, i,
		           &(struct multistate_value_conf){ .states = 7, .state = 7, .relinquish_default = 7, .text = sample_text, .alarm = alarm });
	for (unsigned i = 0; i < SAMPLE_BSV; i++)
		sample_add(d, names[n++], &bitstring_value, i,
		           &(struct bitstring_value_conf){ .count = sample_bits[i], .text = sample_text, .alarm = alarm });
	struct network_port port = { .address = { 10, 0, 0, 1 }, .mask = { 255, 255, 255, 0 }, .gateway = { 10, 0, 0, 254 },
	                             .dns = { { 10, 0, 0, 2 } }, .dns_count = 1, .udp_port = 47808, .dhcp = true, .link_speed = 1e8f,
	                             .interface = "eth0" };
	sample_add(d, names[n], &network_port_type, 1, &port);
	if (alarm && !classes_make(d))
		abort();
	device_commit(d);
	return d;
}

static inline struct device *sample_device(const struct device_conf *conf, char names[SAMPLE_OBJECTS][16])
{
	return sample_device_with(conf, names, NULL);
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
