/* For the tests of this room: a device with room for objects of each type, a listener and hooks that write down what they are told. */
#ifndef OBJECT_TESTING_H
#define OBJECT_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "bacnet/value.h"
#include "object/analog_value.h"
#include "object/bitstring_value.h"
#include "object/multistate_value.h"
#include "object/network_port.h"
#include "object/object.h"

enum { KEPT_MAX = 16, ROOM = 10, ID_ANY_DEVICE = OBJ_DEVICE << 22 | BAC_INSTANCE_ANY };

struct kept {
	uint32_t id, property;
	size_t n;
	uint8_t octets[160];
};

struct world {
	struct device *device;
	struct device_listener listener;
	unsigned told, settled, changes;     /* since the last look */
	struct object *object;               /* of the last change */
	struct kept kept[KEPT_MAX];
	unsigned kept_count, keeps;          /* keeps: calls */
	bool full;                           /* nothing more can be kept */
	unsigned revised;
	uint32_t revision;
	unsigned not_recalled, renamed, times;
	uint32_t bad_property;
	struct fault why;
	char wanted[128], taken[128];
	bool no_clock;
	unsigned clock_asked;
};

static void world_changed(struct device_listener *l, struct object *o, unsigned changes)
{
	struct world *w = (void *)((char *)l - offsetof(struct world, listener));
	w->told++;
	w->changes = changes;
	w->object = o;
}

static void world_settled(struct device_listener *l)
{
	((struct world *)(void *)((char *)l - offsetof(struct world, listener)))->settled++;
}

static struct kept *world_find(struct world *w, uint32_t id, uint32_t property)
{
	for (unsigned i = 0; i < w->kept_count; i++)
		if (w->kept[i].id == id && w->kept[i].property == property)
			return &w->kept[i];
	return NULL;
}

static bool world_keep(void *ctx, uint32_t id, uint32_t property, const uint8_t *value, size_t n)
{
	struct world *w = ctx;
	struct kept *k = world_find(w, id, property);
	w->keeps++;
	if (w->full)
		return false;
	if (!k)
		k = &w->kept[w->kept_count++];
	*k = (struct kept){ .id = id, .property = property, .n = n };
	memcpy(k->octets, value, n);
	return true;
}

static bool world_recall(void *ctx, uint32_t id, uint32_t property, struct rd *value)
{
	const struct kept *k = world_find(ctx, id, property);
	if (k)
		*value = rd_over(k->octets, k->n);
	return k;
}

static void world_not_recalled(void *ctx, uint32_t id, uint32_t property, struct fault why)
{
	struct world *w = ctx;
	(void)id;
	w->not_recalled++;
	w->bad_property = property;
	w->why = why;
}

static void world_renamed(void *ctx, const char *wanted, const char *taken)
{
	struct world *w = ctx;
	w->renamed++;
	snprintf(w->wanted, sizeof w->wanted, "%s", wanted);
	snprintf(w->taken, sizeof w->taken, "%s", taken);
}

static void world_revised(void *ctx, uint32_t revision)
{
	struct world *w = ctx;
	w->revised++;
	w->revision = revision;
}

static bool world_clock(void *ctx, struct bac_date *d, struct bac_time *t)
{
	((struct world *)ctx)->clock_asked++;
	*d = (struct bac_date){ 126, 3, 1, 7 };
	*t = (struct bac_time){ 12, 34, 56, 78 };
	return !((struct world *)ctx)->no_clock;
}

static void world_time(void *ctx, struct bac_date d, struct bac_time t, bool utc)
{
	((struct world *)ctx)->times += d.year == 126 && t.hour == 12 && !utc;
}

/* A device anew, with what `w` has kept from the last one. */
static inline struct device *world_start(struct world *w)
{
	w->device = device_make(&(struct device_conf){ .instance = 5, .writable = WRITABLE_TEST,
		.hooks = { .ctx = w, .clock = world_clock, .time_given = world_time, .keep = world_keep, .recall = world_recall,
		           .not_recalled = world_not_recalled, .renamed = world_renamed, .revised = world_revised } });
	assert_non_null(w->device);
	assert_true(device_register(w->device, &analog_value, ROOM));
	assert_true(device_register(w->device, &multistate_value, ROOM));
	assert_true(device_register(w->device, &bitstring_value, ROOM));
	assert_true(device_register(w->device, &network_port_type, 1));
	w->listener = (struct device_listener){ .changed = world_changed, .settled = world_settled, .rank = LISTEN_WATCH };
	device_listen(w->device, &w->listener);
	return w->device;
}

static inline struct device *world_make(struct world *w)
{
	*w = (struct world){ 0 };
	return world_start(w);
}

/* What is told now: how many objects; changes and object of the last one are in `w`. */
static inline unsigned world_look(struct world *w)
{
	w->told = w->settled = w->changes = 0;
	w->object = NULL;
	device_settle(w->device);
	assert_int_equal(w->settled, w->told > 0);
	return w->told;
}

static const char *world_text(const void *texts, uint32_t n)
{
	return ((const char *const *)texts)[n];
}

static const char *const world_texts[] = { "one", "two", "three" };

static inline struct object *add(struct device *d, const struct object_type *type, uint32_t instance, const char *name, const void *with)
{
	struct object *o = NULL;
	assert_int_equal(device_add(d, &(struct object_conf){ type, instance, name, "text", with }, &o), OBJECT_ADDED);
	assert_non_null(o);
	return o;
}

static inline struct object *add_av(struct device *d, uint32_t instance, const char *name)
{
	return add(d, &analog_value, instance, name, &(struct analog_value_conf){ .units = 5, .cov_increment = 1, .value = -1,
	                                                                          .reliability = RELIABILITY_NO_SENSOR });
}

static inline struct object *add_msv(struct device *d, uint32_t instance, const char *name)
{
	return add(d, &multistate_value, instance, name, &(struct multistate_value_conf){ .states = 3, .state = 3, .text = world_text,
	                                                                                  .texts = world_texts });
}

static inline struct object *add_bsv(struct device *d, uint32_t instance, const char *name, uint32_t count)
{
	return add(d, &bitstring_value, instance, name, &(struct bitstring_value_conf){ .count = count });
}

static inline struct bac_value read_one(const struct object *o, uint32_t property)
{
	static uint8_t octets[256];
	struct wr w = wr_over(octets, sizeof octets);
	assert_false(fault_is(object_read(o, property, BAC_ARRAY_ALL, &w)));
	struct rd r = rd_over(octets, wr_len(&w));
	struct bac_value v = bac_value_read(&r);
	assert_true(rd_done(&r));
	return v;
}

static inline struct fault write_one(struct object *o, uint32_t property, struct bac_value v)
{
	uint8_t octets[256];
	struct wr w = wr_over(octets, sizeof octets);
	bac_value_write(&w, &v);
	return object_write(o, property, BAC_ARRAY_ALL, rd_over(octets, wr_len(&w)));
}

static inline struct fault write_text(struct object *o, uint32_t property, const char *text)
{
	return write_one(o, property, (struct bac_value){ .type = APP_TEXT, .text = { text, strlen(text), 0 } });
}

static inline struct fault write_bool(struct object *o, uint32_t property, bool v)
{
	return write_one(o, property, (struct bac_value){ .type = APP_BOOLEAN, .boolean = v });
}

static inline struct fault write_real(struct object *o, uint32_t property, float v)
{
	return write_one(o, property, (struct bac_value){ .type = APP_REAL, .real = v });
}

static inline struct fault write_number(struct object *o, uint32_t property, enum bac_app type, uint64_t v)
{
	return write_one(o, property, (struct bac_value){ .type = (uint8_t)type, .number = v });
}

static inline bool has_property(const struct object *o, uint32_t property)
{
	uint8_t octets[2048];
	struct wr w = wr_over(octets, sizeof octets);
	struct fault f = object_read(o, property, BAC_ARRAY_ALL, &w);
	if (fault_is(f))
		assert_true(f.cls == CLASS_PROPERTY && f.code == CODE_UNKNOWN_PROPERTY);
	return !fault_is(f);
}

#define assert_done(f) assert_false(fault_is(f))
#define assert_error(f_, class_, code_) \
	do { \
		struct fault error_ = (f_); \
		assert_int_equal(error_.kind, FAULT_ERROR); \
		assert_int_equal(error_.cls, CLASS_##class_); \
		assert_int_equal(error_.code, CODE_##code_); \
	} while (0)

#endif
