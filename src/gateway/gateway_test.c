/* Which object shows what, in both maps, as the table of TBK 17 91083 chapter 5.1 and its settled readings say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <malloc.h>

#include "bacnet/enum.h"
#include "bacnet/value.h"
#include "gateway/belief.h"
#include "gateway/gateway.h"
#include "gateway/name.h"
#include "gateway/values.h"
#include "object/analog_value.h"
#include "object/network_port.h"
#include "object/object.h"

struct fixture {
	struct device *device;
	struct gateway *gateway;
	struct device_listener listener;
	struct snapshot s;
	unsigned changes;
	uint8_t octets[64];
};

static void changed(struct device_listener *l, struct object *o, unsigned what)
{
	(void)o;
	(void)what;
	((struct fixture *)(void *)((char *)l - offsetof(struct fixture, listener)))->changes++;
}

/* What clients had written before the start. */
static bool recall(void *ctx, uint32_t id, uint32_t property, struct rd *value)
{
	struct fixture *f = ctx;
	struct wr w = wr_over(f->octets, sizeof f->octets);
	if (id == bac_object_id(OBJ_ANALOG_VALUE, PT_BATTERY_V_PLUS) && property == PROP_COV_INCREMENT)
		bac_put_double(&w, 2.5);
	else if (id == bac_object_id(OBJ_ANALOG_VALUE, PT_BATTERY_PERCENT) && property == PROP_DESCRIPTION)
		bac_put_text(&w, "Charge of string A", 18);
	*value = rd_over(f->octets, wr_len(&w));
	return wr_len(&w);
}

static void open_again(struct fixture *f, enum gateway_map map, const struct gateway_memory *memory)
{
	memset(f, 0, sizeof *f);
	struct device_conf d = { .instance = 1338, .vendor_id = 591, .writable = WRITABLE_LABELS, .hooks = { .ctx = f, .recall = recall } };
	struct gateway_conf g = { .map = map, .device_name = "{model}", .unit_number = 0 };
	f->device = device_make(&d);
	f->listener = (struct device_listener){ .changed = changed, .rank = LISTEN_WATCH };
	device_listen(f->device, &f->listener);
	f->gateway = gateway_make(f->device, &g, memory);
	assert_non_null(f->gateway);
	device_commit(f->device);
	snapshot_clear(&f->s);
	f->s.at = (struct mono){ 1000000000 };
}

static void open_with(struct fixture *f, enum gateway_map map)
{
	open_again(f, map, NULL);
}

/* The next snapshot, a quarter of a second later. */
static bool update(struct fixture *f)
{
	f->s.at = mono_add_ms(f->s.at, 250);
	return gateway_update(f->gateway, &f->s);
}

static void update_for(struct fixture *f, int64_t ms)
{
	for (int64_t t = 0; t < ms; t += 250)
		update(f);
}

static void close_all(struct fixture *f)
{
	gateway_free(f->gateway);
	device_free(f->device);
}

enum { WITHOUT_BYPASS_LOCKED = 0x7FFFFFFF & ~(1 << UNIT_ALARMS_BYPASS_LOCKED), OF_THE_MANUAL = PT_COUNT + ST_COUNT + BS_COUNT };

/* A single three-phase MASTERYS that works: everything good but what the tests change. */
static void fill(struct fixture *f)
{
	struct snapshot *s = &f->s;
	s->link = LINK_UP;
	s->complete = true;
	snprintf(s->identity.family, sizeof s->identity.family, "masterys");
	snprintf(s->identity.model, sizeof s->identity.model, "MASTERYS");
	snprintf(s->identity.serial, sizeof s->identity.serial, "P123456789");
	s->identity.kva_x10 = 200;
	s->identity.system = SYSTEM_SINGLE;
	for (int i = 0; i < PT_COUNT; i++) {
		bool ups = point_table[i].level == LEVEL_UPS;
		s->point[i].quality = ups ? QUALITY_NOT_MANAGED : QUALITY_GOOD;
		s->point[i].value = ups ? 0 : 500 + i;
		s->point[i].decimals = point_table[i].decimals == DECIMALS_FREE ? 1 : point_table[i].decimals;
	}
	for (int i = 0; i < ST_COUNT; i++)
		s->state[i].quality = state_table[i].level == LEVEL_UPS ? QUALITY_NOT_MANAGED : QUALITY_GOOD;
	for (int i = 0; i < BS_COUNT; i++)
		s->bits[i].quality = bits_table[i].level == LEVEL_UPS ? QUALITY_NOT_MANAGED : QUALITY_GOOD;
	s->state[ST_BATTERY_STATUS].value = BATTERY_STATUS_CHARGING;
	s->bits[BS_UNIT_ALARMS].value = 0x40000001;
	s->bits[BS_UNIT_ALARMS].managed = WITHOUT_BYPASS_LOCKED;
}

static float real_of(struct fixture *f, enum point_id id)
{
	return object_real(gateway_point_object(f->gateway, id));
}

static unsigned reliability_of(struct fixture *f, enum point_id id)
{
	return object_reliability(gateway_point_object(f->gateway, id));
}

static uint32_t status_shown(struct fixture *f)
{
	return object_word(gateway_state_object(f->gateway, ST_DEVICE_STATUS));
}

/* What is believed of the UPS, as it is remembered. */
static const struct ups_identity *identity_of(const struct fixture *f)
{
	static struct gateway_memory m;
	gateway_remember(f->gateway, &m);
	return &m.identity;
}

static void before_the_first_reading_nothing_is_known(void **state)
{
	(void)state;
	struct fixture f;
	open_with(&f, GATEWAY_MAP_SOCOMEC);
	assert_int_equal(device_count(f.device), 1 + OF_THE_MANUAL);
	for (int i = 0; i < PT_COUNT; i++) {
		assert_true(real_of(&f, i) == -1.0f);
		assert_int_equal(reliability_of(&f, i), RELIABILITY_COMMUNICATION_FAILURE);
		assert_int_equal(object_status_flags(gateway_point_object(f.gateway, i)), 2);
	}
	assert_int_equal(status_shown(&f), DEVICE_STATUS_READY);
	assert_int_equal(object_word(gateway_state_object(f.gateway, ST_UPS_LOAD_STATUS)), UPS_LOAD_STATUS_LOAD_OFF);
	assert_string_equal(device_text(f.device, DEVICE_NAME), "UPS");
	close_all(&f);
	open_with(&f, GATEWAY_MAP_STANDARD);
	assert_true(isnan(real_of(&f, PT_BATTERY_PERCENT)));
	close_all(&f);
}

static void socomec_sends_the_integer_of_the_object_table(void **state)
{
	(void)state;
	struct fixture f;
	open_with(&f, GATEWAY_MAP_SOCOMEC);
	fill(&f);
	f.s.point[PT_UNIT_OUTPUT_FR].value = 500;
	f.s.point[PT_RECTIFIER_U12].quality = QUALITY_NOT_MANAGED;
	f.s.point[PT_UNIT_OUTPUT_V2].quality = QUALITY_ABSENT;
	update(&f);
	assert_true(real_of(&f, PT_UNIT_OUTPUT_FR) == 500.0f);
	assert_true(real_of(&f, PT_RECTIFIER_U12) == -1.0f);
	assert_true(real_of(&f, PT_UNIT_OUTPUT_V2) == -1.0f);
	assert_int_equal(reliability_of(&f, PT_RECTIFIER_U12), RELIABILITY_NO_FAULT_DETECTED);
	assert_int_equal(reliability_of(&f, PT_UNIT_OUTPUT_V2), RELIABILITY_NO_FAULT_DETECTED);
	assert_true(real_of(&f, PT_UPS_OUTPUT_LR) == 0.0f);      /* single unit: chapter 5.1 */
	assert_int_equal(object_word(gateway_state_object(f.gateway, ST_UPS_LOAD_STATUS)), 7);
	assert_int_equal(object_word(gateway_bits_object(f.gateway, BS_UPS_ALARMS)), 0);
	assert_int_equal(object_word(gateway_bits_object(f.gateway, BS_UNIT_ALARMS)), 0x40000001);
	assert_int_equal(object_word(gateway_state_object(f.gateway, ST_DEVICE_STATUS)), DEVICE_STATUS_RUNNING);
	assert_string_equal(device_text(f.device, DEVICE_NAME), "MASTERYS");
	assert_string_equal(device_text(f.device, DEVICE_MODEL), "20 kVA");
	assert_string_equal(device_text(f.device, DEVICE_DESCRIPTION), "P123456789");
	assert_string_equal(device_text(f.device, DEVICE_LOCATION), "0");
	assert_string_equal(device_text(f.device, DEVICE_PROFILE), "N/A");
	close_all(&f);
}

static void a_parallel_system_has_no_zeros_for_what_is_not_managed(void **state)
{
	(void)state;
	struct fixture f;
	open_with(&f, GATEWAY_MAP_SOCOMEC);
	fill(&f);
	f.s.identity.system = SYSTEM_PARALLEL;
	update(&f);
	assert_true(real_of(&f, PT_UPS_OUTPUT_KVA) == -1.0f);
	close_all(&f);
}

static void standard_sends_engineering_units_and_only_what_is_there(void **state)
{
	(void)state;
	struct fixture f;
	open_with(&f, GATEWAY_MAP_STANDARD);
	fill(&f);
	f.s.point[PT_UNIT_OUTPUT_FR].value = 499;
	f.s.point[PT_UNIT_OUTPUT_I1].value = 123;
	f.s.point[PT_UNIT_OUTPUT_PF1].value = -98;
	f.s.point[PT_RECTIFIER_U12].quality = QUALITY_NOT_MANAGED;
	f.s.point[PT_UNIT_OUTPUT_V2].quality = QUALITY_ABSENT;
	update(&f);
	assert_true(fabsf(real_of(&f, PT_UNIT_OUTPUT_FR) - 49.9f) < 1e-5f);
	assert_true(fabsf(real_of(&f, PT_UNIT_OUTPUT_I1) - 12.3f) < 1e-5f);
	assert_true(fabsf(real_of(&f, PT_UNIT_OUTPUT_PF1) + 0.98f) < 1e-5f);
	assert_null(gateway_point_object(f.gateway, PT_RECTIFIER_U12));
	assert_null(gateway_point_object(f.gateway, PT_UPS_OUTPUT_LR));
	assert_null(gateway_state_object(f.gateway, ST_UPS_LOAD_STATUS));
	assert_null(gateway_bits_object(f.gateway, BS_UPS_STATUS));
	assert_null(device_find(f.device, bac_object_id(OBJ_ANALOG_VALUE, 56)));
	assert_int_equal(reliability_of(&f, PT_UNIT_OUTPUT_V2), RELIABILITY_NO_SENSOR);
	assert_int_equal(device_count(f.device), 1 + OF_THE_MANUAL - 26 - 1 - 1 - 2 + 30);
	assert_string_equal(device_text(f.device, DEVICE_PROFILE), "");
	close_all(&f);
}

static void a_lost_link_keeps_the_values_and_says_so(void **state)
{
	(void)state;
	struct fixture f;
	open_with(&f, GATEWAY_MAP_SOCOMEC);
	fill(&f);
	f.s.point[PT_UNIT_OUTPUT_V2].quality = QUALITY_ABSENT;
	update(&f);
	f.changes = 0;
	f.s.link = LINK_LOST;
	for (int i = 0; i < PT_COUNT; i++)
		if (f.s.point[i].quality == QUALITY_GOOD)
			f.s.point[i].quality = QUALITY_STALE;
	for (int i = 0; i < ST_COUNT; i++)
		f.s.state[i].quality = QUALITY_STALE;
	f.s.bits[BS_UNIT_ALARMS].quality = QUALITY_STALE;
	update(&f);
	assert_true(f.changes >= 62 + 1);
	assert_true(real_of(&f, PT_BATTERY_PERCENT) == 570.0f);
	assert_int_equal(reliability_of(&f, PT_BATTERY_PERCENT), RELIABILITY_COMMUNICATION_FAILURE);
	assert_int_equal(reliability_of(&f, PT_UNIT_OUTPUT_V2), RELIABILITY_COMMUNICATION_FAILURE);
	assert_int_equal(object_word(gateway_state_object(f.gateway, ST_BATTERY_STATUS)), BATTERY_STATUS_CHARGING);
	assert_int_equal(object_word(gateway_bits_object(f.gateway, BS_UNIT_ALARMS)), 0x40000001);
	assert_int_equal(status_shown(&f), DEVICE_STATUS_NO_COM);
	assert_int_equal(object_reliability(gateway_state_object(f.gateway, ST_DEVICE_STATUS)), RELIABILITY_NO_FAULT_DETECTED);
	/* looking for it again is still "no communication" */
	f.s.link = LINK_PROBING;
	update(&f);
	assert_int_equal(status_shown(&f), DEVICE_STATUS_NO_COM);
	/* and when it is back all is as before */
	fill(&f);
	f.s.complete = false;
	update(&f);
	assert_int_equal(status_shown(&f), DEVICE_STATUS_NO_COM);     /* until all has been read again */
	f.s.complete = true;
	update(&f);
	assert_int_equal(status_shown(&f), DEVICE_STATUS_RUNNING);
	assert_int_equal(reliability_of(&f, PT_BATTERY_PERCENT), RELIABILITY_NO_FAULT_DETECTED);
	close_all(&f);
}

static void a_link_that_starts_anew_forgets_nothing(void **state)
{
	(void)state;
	struct fixture f;
	open_with(&f, GATEWAY_MAP_SOCOMEC);
	fill(&f);
	update(&f);
	struct snapshot fresh;
	snapshot_clear(&fresh);
	gateway_update(f.gateway, &fresh);
	assert_true(real_of(&f, PT_BATTERY_PERCENT) == 570.0f);
	assert_int_equal(reliability_of(&f, PT_BATTERY_PERCENT), RELIABILITY_COMMUNICATION_FAILURE);
	assert_int_equal(object_word(gateway_bits_object(f.gateway, BS_UNIT_ALARMS)), 0x40000001);
	assert_int_equal(status_shown(&f), DEVICE_STATUS_NO_COM);
	assert_string_equal(device_text(f.device, DEVICE_NAME), "MASTERYS");
	close_all(&f);
}

static void the_maps_switch_live(void **state)
{
	(void)state;
	struct fixture f;
	open_with(&f, GATEWAY_MAP_SOCOMEC);
	fill(&f);
	f.s.point[PT_UNIT_OUTPUT_FR].value = 500;
	update(&f);
	uint32_t revision = device_database_revision(f.device);
	struct object *battery = gateway_point_object(f.gateway, PT_BATTERY_V_PLUS);
	assert_true(analog_value_increment(battery) == 25.0f);     /* 2.5 V as a client wrote it, in tenths */
	assert_true(analog_value_increment(gateway_point_object(f.gateway, PT_UNIT_OUTPUT_FR)) == 1.0f);
	struct gateway_conf standard = { .map = GATEWAY_MAP_STANDARD, .device_name = "{model} {serial} {instance}/{unit}",
		.unit_number = 3 };
	gateway_configure(f.gateway, &standard);
	assert_true(real_of(&f, PT_UNIT_OUTPUT_FR) == 50.0f);
	assert_true(analog_value_increment(gateway_point_object(f.gateway, PT_BATTERY_V_PLUS)) == 2.5f);
	assert_null(gateway_point_object(f.gateway, PT_UPS_OUTPUT_LR));
	assert_true(device_database_revision(f.device) == revision + 1);
	assert_string_equal(device_text(f.device, DEVICE_NAME), "MASTERYS P123456789 1338/3");
	assert_string_equal(device_text(f.device, DEVICE_LOCATION), "3");
	struct gateway_conf socomec = { .map = GATEWAY_MAP_SOCOMEC, .device_name = "{model}" };
	gateway_configure(f.gateway, &socomec);
	assert_true(real_of(&f, PT_UNIT_OUTPUT_FR) == 500.0f);
	assert_true(real_of(&f, PT_UPS_OUTPUT_LR) == 0.0f);
	assert_int_equal(device_count(f.device), 1 + OF_THE_MANUAL);
	assert_string_equal(object_description(gateway_point_object(f.gateway, PT_BATTERY_PERCENT)), "Charge of string A");
	close_all(&f);
}

static void what_was_commissioned_is_there_before_the_ups_answers(void **state)
{
	(void)state;
	struct fixture f;
	open_with(&f, GATEWAY_MAP_STANDARD);
	fill(&f);
	update(&f);
	size_t count = device_count(f.device);
	uint32_t digest = device_database_digest(f.device);
	static struct gateway_memory memory;
	gateway_remember(f.gateway, &memory);
	close_all(&f);

	open_again(&f, GATEWAY_MAP_STANDARD, &memory);
	assert_int_equal(device_count(f.device), count);
	assert_int_equal(device_database_digest(f.device), digest);
	assert_string_equal(device_text(f.device, DEVICE_NAME), "MASTERYS");
	assert_int_equal(reliability_of(&f, PT_BATTERY_PERCENT), RELIABILITY_COMMUNICATION_FAILURE);
	f.s.link = LINK_PROBING;                                 /* knows nothing yet: nothing changes */
	update(&f);
	assert_int_equal(device_count(f.device), count);
	assert_int_equal(status_shown(&f), DEVICE_STATUS_READY);
	close_all(&f);
}

static void a_fault_of_our_own_is_device_status_4(void **state)
{
	(void)state;
	struct fixture f;
	open_with(&f, GATEWAY_MAP_SOCOMEC);
	fill(&f);
	update(&f);
	gateway_set_internal_fault(f.gateway, true);
	assert_int_equal(object_word(gateway_state_object(f.gateway, ST_DEVICE_STATUS)), DEVICE_STATUS_FAULT);
	gateway_set_internal_fault(f.gateway, false);
	f.s.internal_fault = true;                               /* the map was refused */
	update(&f);
	assert_int_equal(object_word(gateway_state_object(f.gateway, ST_DEVICE_STATUS)), DEVICE_STATUS_FAULT);
	close_all(&f);
}

static void nothing_new_changes_nothing(void **state)
{
	(void)state;
	struct fixture f;
	open_with(&f, GATEWAY_MAP_STANDARD);
	fill(&f);
	f.s.point[PT_UNIT_OUTPUT_V2].quality = QUALITY_ABSENT;   /* NaN is equal to itself here */
	update(&f);
	f.changes = 0;
	uint32_t revision = device_database_revision(f.device);
	update(&f);
	assert_int_equal(f.changes, 0);
	assert_int_equal(device_database_revision(f.device), revision);
	close_all(&f);
}

/* ---- DeviceStatus ---- */

/* Reading 24: 2 for the first 15 s, then 3; after a loss 3 until everything has been read again, then 1. */
static void finding_1_D_ready_is_for_the_start_alone(void **state)
{
	(void)state;
	struct fixture f;
	open_with(&f, GATEWAY_MAP_SOCOMEC);
	static const enum ups_link silent[] = { LINK_STARTING, LINK_PROBING };
	for (int i = 0; i < 2; i++) {
		f.s.link = silent[i];
		update(&f);
		assert_int_equal(status_shown(&f), DEVICE_STATUS_READY);
	}
	f.changes = 0;
	gateway_waited(f.gateway);
	assert_int_equal(status_shown(&f), DEVICE_STATUS_NO_COM);
	assert_int_equal(f.changes, 1);
	fill(&f);
	f.s.complete = false;
	update(&f);
	assert_int_equal(status_shown(&f), DEVICE_STATUS_NO_COM);        /* 2 does not come back */
	f.s.complete = true;
	update(&f);
	assert_int_equal(status_shown(&f), DEVICE_STATUS_RUNNING);
	f.s.complete = false;
	update(&f);
	assert_int_equal(status_shown(&f), DEVICE_STATUS_NO_COM);
	close_all(&f);
}

static void a_ups_that_answers_slowly_is_ready_until_all_is_read(void **state)
{
	(void)state;
	struct fixture f;
	open_with(&f, GATEWAY_MAP_SOCOMEC);
	fill(&f);
	f.s.complete = false;
	update(&f);
	gateway_waited(f.gateway);
	assert_int_equal(status_shown(&f), DEVICE_STATUS_READY);
	f.s.link = LINK_PROBING;
	update(&f);
	assert_int_equal(status_shown(&f), DEVICE_STATUS_NO_COM);
	f.s.link = LINK_UP;
	update(&f);
	assert_int_equal(status_shown(&f), DEVICE_STATUS_NO_COM);
	close_all(&f);
	open_with(&f, GATEWAY_MAP_SOCOMEC);
	f.s.link = LINK_LOST;                                    /* lost before the first answer, and before patience ends */
	update(&f);
	assert_int_equal(status_shown(&f), DEVICE_STATUS_NO_COM);
	close_all(&f);
	open_with(&f, GATEWAY_MAP_SOCOMEC);
	fill(&f);
	f.s.complete = false;
	f.s.link = LINK_UP;
	update(&f);
	f.s.link = LINK_PROBING;                                 /* tried another way, within the first seconds */
	update(&f);
	assert_int_equal(status_shown(&f), DEVICE_STATUS_READY);
	close_all(&f);
}

/* A link that says "up" while no table answers any more, whatever the way. */
static void finding_1_1_no_table_answers_is_no_communication(void **state)
{
	(void)state;
	struct fixture f;
	open_with(&f, GATEWAY_MAP_SOCOMEC);
	fill(&f);
	update(&f);
	assert_int_equal(status_shown(&f), DEVICE_STATUS_RUNNING);
	for (int i = 0; i < PT_COUNT; i++)
		f.s.point[i].quality = i % 2 ? QUALITY_STALE : QUALITY_NOT_READ;
	for (int i = 0; i < ST_COUNT; i++)
		f.s.state[i].quality = QUALITY_STALE;
	for (int i = 0; i < BS_COUNT; i++)
		f.s.bits[i].quality = QUALITY_STALE;
	f.s.state[ST_DEVICE_STATUS].quality = QUALITY_GOOD;      /* that one is ours */
	update(&f);
	assert_int_equal(status_shown(&f), DEVICE_STATUS_NO_COM);
	/* one of any kind is enough */
	struct snapshot silent = f.s;
	f.s.point[PT_COUNT - 1].quality = QUALITY_ABSENT;
	update(&f);
	assert_int_equal(status_shown(&f), DEVICE_STATUS_RUNNING);
	f.s = silent;
	f.s.state[ST_COUNT - 1].quality = QUALITY_GOOD;
	update(&f);
	assert_int_equal(status_shown(&f), DEVICE_STATUS_RUNNING);
	f.s = silent;
	f.s.bits[BS_COUNT - 1].quality = QUALITY_GOOD;
	update(&f);
	assert_int_equal(status_shown(&f), DEVICE_STATUS_RUNNING);
	close_all(&f);
}

/* ---- what is believed ---- */

static uint32_t revision_of(struct fixture *f)
{
	return device_database_revision(f->device);
}

/* All words FFFF: the family says a code of 65535, a model made of it, no serial number. */
static void finding_1_4_what_is_not_available_is_no_new_name(void **state)
{
	(void)state;
	struct fixture f;
	open_with(&f, GATEWAY_MAP_SOCOMEC);
	fill(&f);
	f.s.identity.code = 20;
	update(&f);
	uint32_t revision = revision_of(&f);
	struct snapshot good = f.s;
	snprintf(f.s.identity.model, sizeof f.s.identity.model, "MASTERYS (code 65535)");
	f.s.identity.serial[0] = 0;
	f.s.identity.kva_x10 = UINT32_MAX;
	f.s.identity.code = UINT16_MAX;
	update_for(&f, 60000);
	assert_string_equal(device_text(f.device, DEVICE_NAME), "MASTERYS");
	assert_string_equal(device_text(f.device, DEVICE_SERIAL), "P123456789");
	assert_string_equal(device_text(f.device, DEVICE_MODEL), "20 kVA");
	assert_int_equal(revision_of(&f), revision);
	f.s = good;
	f.s.identity.model[0] = 0;                               /* or it says nothing at all */
	f.s.identity.serial[0] = 0;
	f.s.identity.kva_x10 = 0;
	f.s.identity.code = 0;
	update_for(&f, 60000);
	assert_string_equal(device_text(f.device, DEVICE_NAME), "MASTERYS");
	assert_string_equal(identity_of(&f)->serial, "P123456789");
	assert_int_equal(identity_of(&f)->code, 20);
	assert_int_equal(revision_of(&f), revision);
	close_all(&f);
}

static void finding_1_9_what_contradicts_must_stand(void **state)
{
	(void)state;
	struct fixture f;
	open_with(&f, GATEWAY_MAP_STANDARD);
	fill(&f);
	assert_true(update(&f));                                 /* the first is believed at once */
	assert_false(update(&f));
	uint32_t revision = revision_of(&f);
	size_t count = device_count(f.device);
	struct snapshot single = f.s, parallel = f.s;
	parallel.identity.system = SYSTEM_PARALLEL;
	for (int i = 0; i < PT_COUNT; i++)
		parallel.point[i].quality = QUALITY_GOOD;
	for (int i = 0; i < 200; i++) {                          /* a bit that wavers */
		f.s.identity = (i % 3 ? &parallel : &single)->identity;
		memcpy(f.s.point, (i % 3 ? &parallel : &single)->point, sizeof f.s.point);
		assert_false(update(&f));
	}
	assert_int_equal(revision_of(&f), revision);
	assert_int_equal(device_count(f.device), count);
	struct mono at = f.s.at;
	f.s = parallel;
	f.s.at = at;
	for (int64_t t = 0; t < 4750; t += 250)                  /* doubted since the last of those */
		assert_false(update(&f));
	assert_int_equal(identity_of(&f)->system, SYSTEM_SINGLE);
	assert_true(update(&f));
	assert_int_equal(identity_of(&f)->system, SYSTEM_PARALLEL);
	assert_int_equal(revision_of(&f), revision + 1);
	assert_int_equal(device_count(f.device), count + 26);
	assert_false(update(&f));
	close_all(&f);
}

/* What was unknown is no contradiction: the name is there as soon as the UPS says it. */
static void what_was_unknown_is_believed_at_once(void **state)
{
	(void)state;
	struct fixture f;
	open_with(&f, GATEWAY_MAP_SOCOMEC);
	fill(&f);
	f.s.identity.model[0] = 0;
	f.s.identity.serial[0] = 0;
	f.s.identity.system = SYSTEM_UNKNOWN;
	assert_true(update(&f));
	assert_string_equal(device_text(f.device, DEVICE_NAME), "UPS");
	fill(&f);
	assert_true(update(&f));
	assert_string_equal(device_text(f.device, DEVICE_NAME), "MASTERYS");
	assert_string_equal(device_text(f.device, DEVICE_SERIAL), "P123456789");
	close_all(&f);
}

static void another_ups_is_taken_whole(void **state)
{
	(void)state;
	struct fixture f;
	open_with(&f, GATEWAY_MAP_SOCOMEC);
	fill(&f);
	f.s.identity.code = 20;
	update(&f);
	f.s.identity.code = 21;
	snprintf(f.s.identity.model, sizeof f.s.identity.model, "MASTERYS BC+");
	f.s.identity.serial[0] = 0;                              /* the other's is not its own */
	update_for(&f, 5500);
	assert_string_equal(device_text(f.device, DEVICE_NAME), "MASTERYS BC+");
	assert_string_equal(device_text(f.device, DEVICE_SERIAL), "");
	snprintf(f.s.identity.family, sizeof f.s.identity.family, "delphys-gp");
	f.s.identity.code = 0;
	f.s.identity.model[0] = 0;
	update_for(&f, 5500);
	assert_string_equal(identity_of(&f)->family, "delphys-gp");
	assert_string_equal(device_text(f.device, DEVICE_NAME), "UPS");
	close_all(&f);
}

/* Until it is believed that something is not managed, its reading stands. */
static void what_is_doubted_keeps_its_reading(void **state)
{
	(void)state;
	struct fixture f;
	open_with(&f, GATEWAY_MAP_SOCOMEC);
	fill(&f);
	f.s.point[PT_BATTERY_PERCENT].value = 88;
	update(&f);
	f.s.point[PT_BATTERY_PERCENT].quality = QUALITY_NOT_MANAGED;
	f.s.state[ST_BATTERY_STATUS].quality = QUALITY_NOT_MANAGED;
	f.s.bits[BS_UNIT_ALARMS].quality = QUALITY_NOT_MANAGED;
	update(&f);
	assert_true(real_of(&f, PT_BATTERY_PERCENT) == 88);
	assert_int_equal(reliability_of(&f, PT_BATTERY_PERCENT), RELIABILITY_COMMUNICATION_FAILURE);
	assert_int_equal(object_word(gateway_state_object(f.gateway, ST_BATTERY_STATUS)), BATTERY_STATUS_CHARGING);
	assert_int_equal(object_word(gateway_bits_object(f.gateway, BS_UNIT_ALARMS)), 0x40000001);
	update_for(&f, 5500);
	assert_true(real_of(&f, PT_BATTERY_PERCENT) == -1);
	assert_int_equal(reliability_of(&f, PT_BATTERY_PERCENT), RELIABILITY_NO_FAULT_DETECTED);
	assert_int_equal(object_word(gateway_bits_object(f.gateway, BS_UNIT_ALARMS)), 0);
	f.s.point[PT_BATTERY_PERCENT].quality = QUALITY_GOOD;    /* and the other way round */
	update(&f);
	assert_true(real_of(&f, PT_BATTERY_PERCENT) == -1);
	update_for(&f, 5500);
	assert_true(real_of(&f, PT_BATTERY_PERCENT) == 88);
	close_all(&f);
}

/* Each kind of value by itself makes the difference. */
static void every_kind_can_be_not_managed(void **state)
{
	(void)state;
	struct fixture f;
	open_with(&f, GATEWAY_MAP_STANDARD);
	fill(&f);
	update(&f);
	size_t count = device_count(f.device);
	f.s.state[ST_COUNT - 1].quality = QUALITY_NOT_MANAGED;
	update_for(&f, 5500);
	assert_int_equal(device_count(f.device), count - 1);
	f.s.state[ST_COUNT - 2].quality = QUALITY_NOT_MANAGED;
	update_for(&f, 5500);
	assert_int_equal(object_word(gateway_bits_object(f.gateway, BS_UNIT_ALARMS)), 0x40000001);
	f.s.state[ST_COUNT - 2].quality = QUALITY_GOOD;
	update_for(&f, 5500);
	f.s.bits[BS_UNIT_ALARMS].quality = QUALITY_NOT_MANAGED;
	update_for(&f, 5500);
	assert_int_equal(device_count(f.device), count - 2 - 30);        /* and the objects of its bits */
	f.s.point[0].quality = QUALITY_GOOD;
	update_for(&f, 5500);
	assert_int_equal(device_count(f.device), count - 1 - 30);
	f.s.state[ST_DEVICE_STATUS].quality = QUALITY_NOT_MANAGED;       /* the gateway's own is always there */
	update_for(&f, 5500);
	assert_int_equal(device_count(f.device), count - 1 - 30);
	static struct gateway_memory memory;
	gateway_remember(f.gateway, &memory);
	gateway_remember(f.gateway, &memory);                    /* over what was there */
	assert_int_equal(memory.not_managed_count, 26 - 1 + 1 + 1 + 1 + 2 + ALARM_BITS);
	uint32_t digest = device_database_digest(f.device);
	close_all(&f);
	open_again(&f, GATEWAY_MAP_STANDARD, &memory);
	assert_int_equal(device_database_digest(f.device), digest);
	close_all(&f);
	memory.not_managed_count = 1;                    /* what stands behind the last is not in the list */
	open_again(&f, GATEWAY_MAP_STANDARD, &memory);
	size_t without_one = device_count(f.device);
	close_all(&f);
	memory.not_managed_count = 0;
	open_again(&f, GATEWAY_MAP_STANDARD, &memory);
	assert_int_equal(device_count(f.device), without_one + 1);
	close_all(&f);
	open_with(&f, GATEWAY_MAP_STANDARD);
	assert_int_equal(device_count(f.device), without_one + 1);
	close_all(&f);
}

static void nothing_is_left_behind(void **state)
{
	(void)state;
	struct fixture f;
	size_t memory = 0;
	for (int i = 0; i < 4; i++) {
		open_with(&f, GATEWAY_MAP_SOCOMEC);
		close_all(&f);
		gateway_free(NULL);
		if (i == 1)
			memory = mallinfo2().uordblks;
	}
	assert_int_equal(mallinfo2().uordblks, memory);
}

/* ---- a restart ---- */

static void finding_2_3_a_restart_is_no_change(void **state)
{
	(void)state;
	struct fixture f;
	open_with(&f, GATEWAY_MAP_STANDARD);
	assert_int_equal(revision_of(&f), 1);
	fill(&f);
	update(&f);
	assert_int_equal(revision_of(&f), 2);
	uint32_t digest = device_database_digest(f.device);
	static struct gateway_memory memory;
	gateway_remember(f.gateway, &memory);
	close_all(&f);
	for (int restart = 0; restart < 3; restart++) {
		memset(&f, 0, sizeof f);
		f.device = device_make(&(struct device_conf){ .instance = 1338 });
		device_restore_revision(f.device, 2, digest);
		struct gateway_conf g = { .map = GATEWAY_MAP_STANDARD, .device_name = "{model}" };
		f.gateway = gateway_make(f.device, &g, &memory);
		device_commit(f.device);
		assert_int_equal(revision_of(&f), 2);
		snapshot_clear(&f.s);
		update(&f);
		fill(&f);
		update(&f);
		assert_int_equal(revision_of(&f), 2);
		close_all(&f);
	}
}

/* ---- one snapshot does not contradict itself ---- */

static uint32_t alarms_shown(struct fixture *f)
{
	update(f);
	return object_word(gateway_state_object(f->gateway, ST_ALARMS));
}

static void finding_7_5_alarms_do_not_contradict_the_bits(void **state)
{
	(void)state;
	struct fixture f;
	open_with(&f, GATEWAY_MAP_SOCOMEC);
	fill(&f);
	f.s.state[ST_ALARMS].value = ALARMS_NO_ALARM;
	f.s.bits[BS_UNIT_ALARMS].value = 1u << 30;
	assert_int_equal(alarms_shown(&f), ALARMS_GENERAL_ALARM);
	f.s.bits[BS_UNIT_ALARMS].quality = QUALITY_STALE;        /* shown all the same */
	assert_int_equal(alarms_shown(&f), ALARMS_GENERAL_ALARM);
	f.s.bits[BS_UNIT_ALARMS].quality = QUALITY_GOOD;
	for (uint32_t v = ALARMS_CRITICAL_ALARM; v <= ALARMS_GENERAL_ALARM; v++) {
		f.s.state[ST_ALARMS].value = (uint8_t)v;         /* what the family found worse stays */
		assert_int_equal(alarms_shown(&f), v);
	}
	f.s.state[ST_ALARMS].value = ALARMS_NO_ALARM;
	f.s.bits[BS_UNIT_ALARMS].value = 0;
	assert_int_equal(alarms_shown(&f), ALARMS_NO_ALARM);
	f.s.bits[BS_UPS_ALARMS].value = 1;                       /* of a single unit: not shown */
	assert_int_equal(alarms_shown(&f), ALARMS_NO_ALARM);
	f.s.bits[BS_UPS_STATUS] = (struct ups_bits){ .value = 1, .quality = QUALITY_GOOD };
	update_for(&f, 6000);
	assert_int_equal(alarms_shown(&f), ALARMS_NO_ALARM);     /* no alarms */
	f.s.bits[BS_UPS_ALARMS].quality = QUALITY_GOOD;
	update_for(&f, 6000);
	assert_int_equal(alarms_shown(&f), ALARMS_GENERAL_ALARM);
	f.s.state[ST_ALARMS].quality = QUALITY_NOT_READ;
	assert_int_equal(alarms_shown(&f), state_table[ST_ALARMS].fallback);
	close_all(&f);
}

/* ---- reading 27 ---- */

static const char *description_of(struct fixture *f, enum point_id id)
{
	return object_description(gateway_point_object(f->gateway, id));
}

static void the_description_tells_decimals_that_only_the_ups_knows(void **state)
{
	(void)state;
	struct fixture f;
	open_with(&f, GATEWAY_MAP_SOCOMEC);
	assert_string_equal(description_of(&f, PT_UNIT_OUTPUT_KVA), point_table[PT_UNIT_OUTPUT_KVA].description);
	fill(&f);
	f.s.point[PT_UNIT_OUTPUT_KVA].decimals = 1;
	f.s.point[PT_UNIT_OUTPUT_KW].decimals = 0;
	f.s.point[PT_UNIT_OUTPUT_I1].decimals = 2;
	f.s.point[PT_BATTERY_AH].decimals = 1;
	f.s.point[PT_UNIT_OUTPUT_I2].quality = QUALITY_ABSENT;
	update(&f);
	assert_string_equal(description_of(&f, PT_UNIT_OUTPUT_KVA), "Unit output apparent power, in steps of 0.1 kVA");
	assert_string_equal(description_of(&f, PT_UNIT_OUTPUT_KW), "Unit output active power, in steps of 1 kW");
	assert_string_equal(description_of(&f, PT_UNIT_OUTPUT_I1), "Unit output current L1, in steps of 0.01 A");
	assert_string_equal(description_of(&f, PT_UNIT_OUTPUT_I2), point_table[PT_UNIT_OUTPUT_I2].description);
	assert_string_equal(description_of(&f, PT_UNIT_OUTPUT_FR), point_table[PT_UNIT_OUTPUT_FR].description);
	assert_string_equal(description_of(&f, PT_BATTERY_PERCENT), "Charge of string A");       /* a client's stays */
	size_t n = strlen(description_of(&f, PT_BATTERY_AH));
	assert_string_equal(description_of(&f, PT_BATTERY_AH) + n - 17, ", in steps of 0.1");
	f.changes = 0;
	update(&f);
	assert_int_equal(f.changes, 0);
	f.s.point[PT_UNIT_OUTPUT_KVA].decimals = 3;
	update(&f);
	assert_string_equal(description_of(&f, PT_UNIT_OUTPUT_KVA), "Unit output apparent power, in steps of 0.001 kVA");
	assert_true(f.changes > 0);
	f.s.point[PT_UNIT_OUTPUT_KVA].quality = QUALITY_ABSENT;  /* what was told stays */
	update(&f);
	assert_string_equal(description_of(&f, PT_UNIT_OUTPUT_KVA), "Unit output apparent power, in steps of 0.001 kVA");
	struct gateway_conf standard = { .map = GATEWAY_MAP_STANDARD, .device_name = "{model}" };
	gateway_configure(f.gateway, &standard);                 /* engineering units need no word */
	assert_string_equal(description_of(&f, PT_UNIT_OUTPUT_KW), point_table[PT_UNIT_OUTPUT_KW].description);
	struct gateway_conf socomec = { .map = GATEWAY_MAP_SOCOMEC, .device_name = "{model}" };
	gateway_configure(f.gateway, &socomec);
	assert_string_equal(description_of(&f, PT_UNIT_OUTPUT_KW), "Unit output active power, in steps of 1 kW");
	close_all(&f);
}

/* ---- values in their scales ---- */

static void decimals_scale_values_and_increments(void **state)
{
	(void)state;
	struct fixture f;
	static const float scales[] = { 1, 10, 100, 1000, 1000 };
	for (uint8_t decimals = 0; decimals < 5; decimals++) {
		open_with(&f, GATEWAY_MAP_SOCOMEC);
		fill(&f);
		f.s.point[PT_UNIT_OUTPUT_KVA].decimals = decimals;
		f.s.point[PT_UNIT_OUTPUT_KVA].value = 1234567;
		update(&f);
		struct object *o = gateway_point_object(f.gateway, PT_UNIT_OUTPUT_KVA);
		assert_true(object_real(o) == 1234567.0f);
		assert_true(analog_value_increment(o) == 0.5f * scales[decimals]);
		struct gateway_conf standard = { .map = GATEWAY_MAP_STANDARD, .device_name = "{model}" };
		gateway_configure(f.gateway, &standard);
		assert_true(object_real(o) == 1234567.0f / scales[decimals]);
		assert_true(analog_value_increment(o) == 0.5f);
		close_all(&f);
	}
	open_with(&f, GATEWAY_MAP_SOCOMEC);                      /* before anything is read: those that the manual fixes */
	assert_true(analog_value_increment(gateway_point_object(f.gateway, PT_UNIT_OUTPUT_FR)) == 1.0f);
	assert_true(analog_value_increment(gateway_point_object(f.gateway, PT_UNIT_OUTPUT_KVA)) == 0.5f);
	close_all(&f);
}

/* Each quality, in both maps: what is shown, and how reliable it is. */
static void qualities_are_shown_as_the_table_says(void **state)
{
	(void)state;
	static const struct { enum gateway_map map; uint8_t quality; enum ups_link link; float value; unsigned reliability; } rows[] = {
		{ GATEWAY_MAP_SOCOMEC,  QUALITY_NOT_READ, LINK_UP,   -1,   RELIABILITY_COMMUNICATION_FAILURE },
		{ GATEWAY_MAP_SOCOMEC,  QUALITY_GOOD,     LINK_UP,   88,   RELIABILITY_NO_FAULT_DETECTED },
		{ GATEWAY_MAP_SOCOMEC,  QUALITY_STALE,    LINK_UP,   88,   RELIABILITY_COMMUNICATION_FAILURE },
		{ GATEWAY_MAP_SOCOMEC,  QUALITY_ABSENT,   LINK_UP,   -1,   RELIABILITY_NO_FAULT_DETECTED },
		{ GATEWAY_MAP_SOCOMEC,  QUALITY_ABSENT,   LINK_LOST, -1,   RELIABILITY_COMMUNICATION_FAILURE },
		{ GATEWAY_MAP_SOCOMEC,  99,               LINK_UP,   -1,   RELIABILITY_COMMUNICATION_FAILURE },
		{ GATEWAY_MAP_STANDARD, QUALITY_NOT_READ, LINK_UP,   NAN,  RELIABILITY_COMMUNICATION_FAILURE },
		{ GATEWAY_MAP_STANDARD, QUALITY_GOOD,     LINK_UP,   88,   RELIABILITY_NO_FAULT_DETECTED },
		{ GATEWAY_MAP_STANDARD, QUALITY_STALE,    LINK_UP,   88,   RELIABILITY_COMMUNICATION_FAILURE },
		{ GATEWAY_MAP_STANDARD, QUALITY_ABSENT,   LINK_UP,   NAN,  RELIABILITY_NO_SENSOR },
		{ GATEWAY_MAP_STANDARD, QUALITY_ABSENT,   LINK_LOST, NAN,  RELIABILITY_COMMUNICATION_FAILURE },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture f;
		open_with(&f, rows[i].map);
		fill(&f);
		f.s.point[PT_BATTERY_PERCENT].value = 88;
		f.s.point[PT_BATTERY_PERCENT].quality = rows[i].quality;
		f.s.state[ST_BATTERY_STATUS].quality = rows[i].quality;
		f.s.bits[BS_UNIT_ALARMS].quality = rows[i].quality;
		f.s.link = rows[i].link;
		update(&f);
		bool shown = rows[i].value == 88;
		assert_true(isnan(rows[i].value) ? isnan(real_of(&f, PT_BATTERY_PERCENT)) : real_of(&f, PT_BATTERY_PERCENT) == rows[i].value);
		assert_int_equal(reliability_of(&f, PT_BATTERY_PERCENT), rows[i].reliability);
		struct object *o = gateway_state_object(f.gateway, ST_BATTERY_STATUS);
		assert_int_equal(object_word(o), shown ? BATTERY_STATUS_CHARGING : state_table[ST_BATTERY_STATUS].fallback);
		assert_int_equal(object_reliability(o), rows[i].reliability);
		o = gateway_bits_object(f.gateway, BS_UNIT_ALARMS);
		assert_int_equal(object_word(o), shown ? 0x40000001 : 0);
		assert_int_equal(object_reliability(o), rows[i].reliability);
		close_all(&f);
	}
}

/* 7.2: the tables of one level are refused and the other's answer: each shows what can be read. */
static void finding_7_2_each_level_shows_what_can_be_read(void **state)
{
	(void)state;
	struct fixture f;
	open_with(&f, GATEWAY_MAP_SOCOMEC);
	fill(&f);
	f.s.identity.system = SYSTEM_PARALLEL;
	for (int i = 0; i < PT_COUNT; i++)
		f.s.point[i].quality = point_table[i].level == LEVEL_UPS ? QUALITY_GOOD : QUALITY_NOT_READ;
	f.s.point[PT_UPS_OUTPUT_LR].value = 44;
	f.s.state[ST_UPS_LOAD_STATUS] = (struct ups_state){ .value = UPS_LOAD_STATUS_ON_INVERTER, .quality = QUALITY_GOOD };
	update(&f);
	assert_true(real_of(&f, PT_UPS_OUTPUT_LR) == 44);
	assert_int_equal(object_word(gateway_state_object(f.gateway, ST_UPS_LOAD_STATUS)), UPS_LOAD_STATUS_ON_INVERTER);
	assert_true(real_of(&f, PT_UNIT_OUTPUT_LR) == -1);
	assert_int_equal(reliability_of(&f, PT_UNIT_OUTPUT_LR), RELIABILITY_COMMUNICATION_FAILURE);
	close_all(&f);
}

static void a_profile_is_a_word_of_the_manual(void **state)
{
	(void)state;
	static const char *const text[] = { "N/A", "no_factor", "factor_10", "N/A" };
	for (uint8_t factor = 0; factor < 4; factor++) {
		struct fixture f;
		open_with(&f, GATEWAY_MAP_SOCOMEC);
		fill(&f);
		f.s.identity.factor = factor;
		update(&f);
		assert_string_equal(device_text(f.device, DEVICE_PROFILE), text[factor]);
		close_all(&f);
	}
}

/* 2.9: a model that an object is called. */
static void finding_2_9_a_model_text_that_an_object_has(void **state)
{
	(void)state;
	struct fixture f;
	open_with(&f, GATEWAY_MAP_STANDARD);
	fill(&f);
	snprintf(f.s.identity.model, sizeof f.s.identity.model, "BATTERY_%%");
	update(&f);
	assert_string_equal(device_text(f.device, DEVICE_NAME), "BATTERY_% (1338)");
	assert_non_null(gateway_point_object(f.gateway, PT_BATTERY_PERCENT));
	assert_int_equal(device_count(f.device), 1 + OF_THE_MANUAL - 26 - 1 - 2 + 30);
	close_all(&f);
	struct device *d = device_make(&(struct device_conf){ .instance = 1 });
	device_register(d, &analog_value, 1);                    /* somebody else has taken the type */
	struct gateway_conf g = { .map = GATEWAY_MAP_SOCOMEC, .device_name = "{model}" };
	assert_null(gateway_make(d, &g, NULL));
	device_free(d);
}

static struct bac_value property_of(const struct object *o, uint32_t property, uint64_t index)
{
	static uint8_t octets[256];
	struct wr w = wr_over(octets, sizeof octets);
	assert_false(fault_is(object_read(o, property, index, &w)));
	struct rd r = rd_over(octets, wr_len(&w));
	return bac_value_read(&r);
}

/* Texts and defaults of states and bits, by property, are those of the tables. */
static void states_and_bits_have_the_texts_of_their_tables(void **state)
{
	(void)state;
	struct fixture f;
	open_with(&f, GATEWAY_MAP_SOCOMEC);
	fill(&f);
	update(&f);
	for (int i = 0; i < ST_COUNT; i++) {
		const struct object *o = gateway_state_object(f.gateway, i);
		const struct state_info *t = &state_table[i];
		assert_int_equal(property_of(o, PROP_NUMBER_OF_STATES, BAC_ARRAY_ALL).number, t->count);
		assert_int_equal(property_of(o, PROP_RELINQUISH_DEFAULT, BAC_ARRAY_ALL).number, t->fallback);
		for (uint32_t v = 1; v <= t->count; v++)
			assert_true(bac_text_is(property_of(o, PROP_STATE_TEXT, v).text, t->state[v].text, strlen(t->state[v].text)));
	}
	for (int i = 0; i < BS_COUNT; i++) {
		const struct object *o = gateway_bits_object(f.gateway, i);
		const struct bits_info *t = &bits_table[i];
		assert_int_equal(property_of(o, PROP_PRESENT_VALUE, BAC_ARRAY_ALL).bits.count, t->count);
		for (uint32_t b = 0; b < t->count; b++)
			assert_true(bac_text_is(property_of(o, PROP_BIT_TEXT, b + 1).text, t->bit[b].text, strlen(t->bit[b].text)));
	}
	for (int i = 0; i < PT_COUNT; i++) {
		const struct object *o = gateway_point_object(f.gateway, i);
		assert_int_equal(property_of(o, PROP_UNITS, BAC_ARRAY_ALL).number, point_table[i].unit);
		assert_string_equal(object_name(o), point_table[i].name);
		assert_int_equal(object_id(o), bac_object_id(OBJ_ANALOG_VALUE, point_table[i].instance));
	}
	static const enum gateway_map maps[] = { GATEWAY_MAP_STANDARD, GATEWAY_MAP_SOCOMEC };
	for (int m = 0; m < 2; m++) {                            /* Relinquish_Default belongs to the map */
		struct gateway_conf conf = { .map = maps[m], .device_name = "{model}" };
		gateway_configure(f.gateway, &conf);
		f.changes = 0;
		device_settle(f.device);
		assert_int_equal(f.changes, 0);                  /* it was told */
		for (int i = 0; i < ST_COUNT; i++) {
			struct wr w = wr_over(f.octets, sizeof f.octets);
			const struct object *o = gateway_state_object(f.gateway, i);
			if (o)
				assert_int_equal(fault_is(object_read(o, PROP_RELINQUISH_DEFAULT, BAC_ARRAY_ALL, &w)), m == 0);
		}
	}
	close_all(&f);
	open_with(&f, GATEWAY_MAP_STANDARD);
	struct wr w = wr_over(f.octets, sizeof f.octets);
	assert_true(fault_is(object_read(gateway_state_object(f.gateway, ST_ALARMS), PROP_RELINQUISH_DEFAULT, BAC_ARRAY_ALL, &w)));
	close_all(&f);
}

static void a_fault_is_told_and_shown_by_the_device(void **state)
{
	(void)state;
	struct fixture f;
	open_with(&f, GATEWAY_MAP_SOCOMEC);
	update(&f);
	f.changes = 0;
	gateway_set_internal_fault(f.gateway, true);
	assert_int_equal(f.changes, 2);                          /* DeviceStatus and System_Status */
	assert_int_equal(property_of(device_at(f.device, 0), PROP_SYSTEM_STATUS, BAC_ARRAY_ALL).number, STATUS_NON_OPERATIONAL);
	gateway_set_internal_fault(f.gateway, false);
	assert_int_equal(property_of(device_at(f.device, 0), PROP_SYSTEM_STATUS, BAC_ARRAY_ALL).number, STATUS_OPERATIONAL);
	close_all(&f);
}

/* The shortest names that there can be, a link that forgets, and what it has said stays. */
static void one_letter_is_a_family(void **state)
{
	(void)state;
	struct fixture f;
	open_with(&f, GATEWAY_MAP_SOCOMEC);
	fill(&f);
	strcpy(f.s.identity.family, "x");
	strcpy(f.s.identity.model, "M");
	f.s.clock.valid = true;
	f.s.clock.year = 2026;
	f.s.state[ST_DEVICE_STATUS].quality = QUALITY_NOT_READ;
	assert_true(update(&f));
	assert_string_equal(device_text(f.device, DEVICE_NAME), "M");
	assert_false(update(&f));                        /* it goes on, and is no link that starts anew */
	assert_int_equal(gateway_snapshot(f.gateway)->point[PT_UNIT_OUTPUT_LR].quality, QUALITY_GOOD);
	struct mono at = f.s.at;
	snapshot_clear(&f.s);
	f.s.at = at;
	for (int i = 0; i < 40; i++)
		assert_false(update(&f));
	assert_string_equal(identity_of(&f)->family, "x");
	const struct snapshot *s = gateway_snapshot(f.gateway);
	assert_string_equal(s->identity.family, "x");
	assert_int_equal(s->clock.year, 2026);
	assert_int_equal(s->at.ns, f.s.at.ns);
	assert_int_equal(s->link, LINK_STARTING);
	assert_false(s->complete);
	for (int i = 0; i < PT_COUNT; i++)
		assert_int_equal(s->point[i].quality, point_table[i].level == LEVEL_UPS ? QUALITY_NOT_MANAGED : QUALITY_STALE);
	assert_int_equal(s->state[ST_BATTERY_STATUS].quality, QUALITY_STALE);
	assert_int_equal(s->bits[BS_UNIT_ALARMS].quality, QUALITY_STALE);
	assert_int_equal(object_reliability(gateway_state_object(f.gateway, ST_BATTERY_STATUS)), RELIABILITY_COMMUNICATION_FAILURE);
	close_all(&f);
}

/* The first and the last value of each kind are held like all others. */
static void the_edges_are_held_too(void **state)
{
	(void)state;
	struct fixture f;
	open_with(&f, GATEWAY_MAP_SOCOMEC);
	fill(&f);
	f.s.identity.system = SYSTEM_PARALLEL;
	for (int n = 0; n < VALUES; n++)
		value_set_quality(&f.s, n, QUALITY_GOOD);
	for (int i = 0; i < BS_COUNT; i++)
		f.s.bits[i].managed = UINT32_MAX;
	update(&f);
	for (int n = 0; n < VALUES; n++)
		value_set_quality(&f.s, n, QUALITY_NOT_MANAGED);
	update(&f);
	for (int n = 0; n < VALUES; n++)
		assert_int_equal(value_quality(gateway_snapshot(f.gateway), n), QUALITY_STALE);
	close_all(&f);
}

/* A value of UPS level that a single unit has, and that is not available now, is not the 0 of what it cannot have. */
static void zero_is_for_what_a_single_unit_cannot_have(void **state)
{
	(void)state;
	struct fixture f;
	open_with(&f, GATEWAY_MAP_SOCOMEC);
	fill(&f);
	f.s.point[PT_UPS_OUTPUT_KVA].quality = QUALITY_ABSENT;
	f.s.point[PT_UNIT_OUTPUT_KVA].quality = QUALITY_NOT_MANAGED;
	update(&f);
	assert_true(real_of(&f, PT_UPS_OUTPUT_KVA) == -1);
	assert_true(real_of(&f, PT_UPS_OUTPUT_KW) == 0);
	assert_true(real_of(&f, PT_UNIT_OUTPUT_KVA) == -1);
	close_all(&f);
}

static void a_gateway_without_all_its_objects_is_none(void **state)
{
	(void)state;
	static const char *const names[] = { "UPS_OUTPUT_Lr", "Alarms", "UnitAlarms" };     /* the first, one in the middle, the last */
	for (int i = 0; i < 3; i++) {
		struct device *d = device_make(&(struct device_conf){ .instance = 1 });
		struct gateway_conf g = { .map = GATEWAY_MAP_SOCOMEC, .device_name = "{model}" };
		device_register(d, &network_port_type, 1);
		struct network_port np = { .udp_port = 1 };
		assert_int_equal(device_add(d, &(struct object_conf){ &network_port_type, 1, names[i], NULL, &np }, NULL), OBJECT_ADDED);
		assert_null(gateway_make(d, &g, NULL));
		device_free(d);
	}
}

static void templates_are_filled_and_never_empty(void **state)
{
	(void)state;
	struct ups_identity id = { .model = "DELPHYS MX", .serial = "" };
	struct name_parts parts = { .identity = &id, .instance = 4194302, .unit_number = 15 };
	char text[128], small[8];
	assert_string_equal(name_expand("{model}", &parts, text, sizeof text), "DELPHYS MX");
	assert_string_equal(name_expand("{unit}-{instance}{x}{", &parts, text, sizeof text), "15-4194302{x}{");
	assert_string_equal(name_expand("{serial}", &parts, text, sizeof text), "UPS");
	assert_string_equal(name_expand("{model} {model}", &parts, small, sizeof small), "DELPHYS");
	assert_string_equal(name_expand("abcdefghij", &parts, small, sizeof small), "abcdefg");
	assert_string_equal(name_expand("abcdefg{unit}", &parts, small, sizeof small), "abcdefg");
	assert_string_equal(name_expand("{mode}l{model", &parts, text, sizeof text), "{mode}l{model");
	assert_string_equal(name_expand("caf\xC3\xA9{unit}", &parts, text, sizeof text), "caf\xC3\xA9" "15");
	assert_string_equal(name_expand("123456\xC3\xA9", &parts, small, sizeof small), "123456");      /* whole characters */
	strcpy(text, "left over");
	assert_string_equal(name_expand("", &parts, text, sizeof text), "UPS");
	assert_string_equal(name_expand("{model}", &(struct name_parts){ .identity = &(struct ups_identity){ .model = "" } }, text, sizeof text), "UPS");
	assert_string_equal(name_expand("{serial}.", &(struct name_parts){ .identity = &(struct ups_identity){ .serial = "7" } }, text, sizeof text), "7.");
	assert_string_equal(name_rating(1, text, sizeof text), "0.1 kVA");
	assert_string_equal(name_rating(10, text, sizeof text), "1 kVA");
	assert_string_equal(name_rating(75, text, sizeof text), "7.5 kVA");
	assert_string_equal(name_rating(8000, text, sizeof text), "800 kVA");
	assert_string_equal(name_rating(0, text, sizeof text), "");
}

/* ---- alarms ---- */

static const char *text_of(struct fixture *f, const struct object *o, unsigned state)
{
	static char text[128];
	const struct alarm *a = alarm_see(o);
	(void)f;
	a->text(a->ctx, o, state, text, sizeof text);
	return text;
}

static void an_alarm_has_a_text_that_a_person_can_read(void **state)
{
	struct fixture f;
	(void)state;
	open_with(&f, GATEWAY_MAP_SOCOMEC);
	fill(&f);
	f.s.identity.unit_number = 2;
	f.s.identity.system = SYSTEM_PARALLEL;
	for (int i = 0; i < BS_COUNT; i++)
		f.s.bits[i].quality = QUALITY_GOOD;
	f.s.point[PT_BATTERY_MIN] = (struct ups_value){ .value = 7, .quality = QUALITY_GOOD };
	f.s.point[PT_BATTERY_TMP] = (struct ups_value){ .value = 415, .decimals = 1, .quality = QUALITY_GOOD };
	f.s.bits[BS_UNIT_ALARMS].value = 1u << UNIT_ALARMS_BATTERY_LOW;
	f.s.state[ST_BATTERY_STATUS].value = BATTERY_STATUS_LOW;
	update(&f);
	const struct object *bits = gateway_bits_object(f.gateway, BS_UNIT_ALARMS);
	assert_string_equal(text_of(&f, bits, EVENT_STATE_OFFNORMAL), "Unit 2: battery low, 7 min left");
	f.s.bits[BS_UNIT_ALARMS].value |= 1u << UNIT_ALARMS_FAN_FAILURE;
	f.s.point[PT_BATTERY_MIN].quality = QUALITY_ABSENT;
	update(&f);
	assert_string_equal(text_of(&f, bits, EVENT_STATE_OFFNORMAL), "Unit 2: battery low, fan failure");
	f.s.bits[BS_UNIT_ALARMS].value = 0;
	f.s.bits[BS_UPS_ALARMS].value = 0x7FFFFF;
	update(&f);
	assert_string_equal(text_of(&f, bits, EVENT_STATE_NORMAL), "Unit 2: no alarm");
	const char *all = text_of(&f, gateway_bits_object(f.gateway, BS_UPS_ALARMS), EVENT_STATE_OFFNORMAL);
	assert_int_equal(strlen(all), 127);              /* cut where a text ends */
	assert_memory_equal(all, "UPS: UPS imminent stop, UPS overload", 36);
	const struct object *t = gateway_point_object(f.gateway, PT_BATTERY_TMP);
	assert_string_equal(text_of(&f, t, EVENT_STATE_HIGH_LIMIT), "Unit 2: battery temperature 41.5 \xC2\xB0""C, above 40");
	assert_string_equal(text_of(&f, t, EVENT_STATE_LOW_LIMIT), "Unit 2: battery temperature 41.5 \xC2\xB0""C, below 0");
	assert_string_equal(text_of(&f, t, EVENT_STATE_NORMAL), "Unit 2: battery temperature 41.5 \xC2\xB0""C, normal");
	assert_string_equal(text_of(&f, gateway_state_object(f.gateway, ST_BATTERY_STATUS), EVENT_STATE_OFFNORMAL), "Unit 2: battery: low");
	f.s.link = LINK_LOST;
	f.s.bits[BS_UNIT_ALARMS].quality = QUALITY_STALE;
	update(&f);
	assert_string_equal(text_of(&f, bits, EVENT_STATE_FAULT), "UnitAlarms: communication-failure");
	close_all(&f);
}

static void what_is_not_known_exceeds_no_limit(void **state)
{
	struct fixture f;
	(void)state;
	open_with(&f, GATEWAY_MAP_SOCOMEC);
	const struct object *o = gateway_point_object(f.gateway, PT_BATTERY_MIN), *mode = gateway_state_object(f.gateway, ST_UNIT_LOAD_STATUS);
	assert_true(alarm_see(o)->unknown && alarm_see(mode)->unknown);
	fill(&f);
	update(&f);
	assert_false(alarm_see(o)->unknown || alarm_see(mode)->unknown);
	f.s.point[PT_BATTERY_MIN].quality = QUALITY_ABSENT;      /* shown as -1 */
	f.s.state[ST_UNIT_LOAD_STATUS].quality = QUALITY_ABSENT;
	update(&f);
	assert_true(alarm_see(o)->unknown && alarm_see(mode)->unknown);
	assert_int_equal(alarm_see(o)->class, ALARM_CLASS_CRITICAL);
	assert_int_equal(alarm_see(o)->limits, LIMIT_LOW);
	assert_int_equal(alarm_see(gateway_state_object(f.gateway, ST_DEVICE_STATUS))->class, ALARM_CLASS_COMMUNICATION);
	assert_int_equal(alarm_see(gateway_point_object(f.gateway, PT_UNIT_OUTPUT_LR))->limits, LIMIT_HIGH);
	assert_int_equal(alarm_see(gateway_point_object(f.gateway, PT_UPS_OUTPUT_I1))->limits, 0);
	assert_int_equal(alarm_see(gateway_bits_object(f.gateway, BS_UPS_STATUS))->bits, 0);
	assert_int_equal(alarm_see(gateway_bits_object(f.gateway, BS_UPS_ALARMS))->bits, 0x7FFFFF);
	close_all(&f);
}

/* ---- one object an alarm bit ---- */

static int alarm_at(enum bits_id bits, unsigned bit)
{
	for (int n = 0; n < ALARM_BITS; n++)
		if (alarm_bit_table[n].bits == bits && alarm_bit_table[n].bit == bit)
			return n;
	fail();
	return -1;
}

static void each_alarm_bit_has_an_object_in_the_map_standard(void **state)
{
	struct fixture f;
	(void)state;
	open_with(&f, GATEWAY_MAP_STANDARD);
	fill(&f);
	update(&f);
	for (int n = 0; n < ALARM_BITS; n++) {
		const struct alarm_bit *a = &alarm_bit_table[n];
		const struct bit_text *b = &bits_table[a->bits].bit[a->bit];
		struct object *o = gateway_alarm_object(f.gateway, n);
		char name[80];
		if (a->bits != BS_UNIT_ALARMS || a->bit == UNIT_ALARMS_BYPASS_LOCKED) {
			assert_null(o);
			continue;
		}
		snprintf(name, sizeof name, "UnitAlarms.%s", b->text);
		assert_string_equal(object_name(o), name);
		assert_string_equal(object_description(o), b->description);
		assert_int_equal(object_id(o), bac_object_id(OBJ_BINARY_VALUE, 200u + a->bit));
		assert_ptr_equal(device_find(f.device, object_id(o)), o);
		assert_int_equal(object_word(o), a->bit == 0 || a->bit == 30);
		assert_int_equal(object_reliability(o), RELIABILITY_NO_FAULT_DETECTED);
		assert_int_equal(alarm_see(o)->class, b->class);
		assert_int_equal(alarm_see(o)->delay_s, 0);
		assert_true(alarm_see(o)->detects);
	}
	assert_false(alarm_see(gateway_bits_object(f.gateway, BS_UNIT_ALARMS))->detects);        /* or each would be told twice */
	f.s.bits[BS_UNIT_ALARMS].value = 1u << UNIT_ALARMS_BATTERY_LOW;
	update(&f);
	const struct object *low = gateway_alarm_object(f.gateway, alarm_at(BS_UNIT_ALARMS, UNIT_ALARMS_BATTERY_LOW));
	assert_int_equal(object_word(low), 1);
	assert_int_equal(object_word(gateway_alarm_object(f.gateway, alarm_at(BS_UNIT_ALARMS, 0))), 0);
	f.s.link = LINK_LOST;
	f.s.bits[BS_UNIT_ALARMS].quality = QUALITY_STALE;
	update(&f);
	assert_int_equal(object_word(low), 1);
	assert_int_equal(object_reliability(low), RELIABILITY_COMMUNICATION_FAILURE);
	assert_false(alarm_see(low)->unknown);
	close_all(&f);
}

static void the_upses_alarms_are_those_of_a_parallel_system(void **state)
{
	struct fixture f;
	(void)state;
	open_with(&f, GATEWAY_MAP_STANDARD);
	fill(&f);
	f.s.identity.system = SYSTEM_PARALLEL;
	f.s.bits[BS_UPS_ALARMS] = (struct ups_bits){ .value = 1u << UPS_ALARMS_OVERLOAD, .managed = 3, .quality = QUALITY_GOOD };
	update(&f);
	assert_int_equal(object_id(gateway_alarm_object(f.gateway, alarm_at(BS_UPS_ALARMS, UPS_ALARMS_OVERLOAD))), bac_object_id(OBJ_BINARY_VALUE, 101));
	assert_int_equal(object_word(gateway_alarm_object(f.gateway, alarm_at(BS_UPS_ALARMS, UPS_ALARMS_OVERLOAD))), 1);
	assert_int_equal(object_word(gateway_alarm_object(f.gateway, alarm_at(BS_UPS_ALARMS, UPS_ALARMS_IMMINENT_STOP))), 0);
	assert_null(gateway_alarm_object(f.gateway, alarm_at(BS_UPS_ALARMS, UPS_ALARMS_BYPASS_LOCKED)));
	close_all(&f);
}

static void alarm_objects_come_and_go_with_the_map(void **state)
{
	struct fixture f;
	(void)state;
	open_with(&f, GATEWAY_MAP_SOCOMEC);
	fill(&f);
	update(&f);
	for (int n = 0; n < ALARM_BITS; n++)
		assert_null(gateway_alarm_object(f.gateway, n));
	assert_true(alarm_see(gateway_bits_object(f.gateway, BS_UNIT_ALARMS))->detects);
	struct gateway_conf standard = { .map = GATEWAY_MAP_STANDARD, .device_name = "{model}" }, socomec = { .device_name = "{model}" };
	gateway_configure(f.gateway, &standard);
	assert_int_equal(object_word(gateway_alarm_object(f.gateway, alarm_at(BS_UNIT_ALARMS, 30))), 1);
	assert_false(alarm_see(gateway_bits_object(f.gateway, BS_UNIT_ALARMS))->detects);
	assert_int_equal(object_word(gateway_bits_object(f.gateway, BS_UNIT_ALARMS)), 0x40000001);
	uint32_t revision = device_database_revision(f.device);
	gateway_configure(f.gateway, &standard);
	assert_int_equal(device_database_revision(f.device), revision);
	gateway_configure(f.gateway, &socomec);
	assert_null(gateway_alarm_object(f.gateway, alarm_at(BS_UNIT_ALARMS, 30)));
	assert_true(alarm_see(gateway_bits_object(f.gateway, BS_UNIT_ALARMS))->detects);
	assert_int_equal(device_count(f.device), 1 + OF_THE_MANUAL);
	close_all(&f);
}

static void which_alarm_bits_there_are_is_remembered(void **state)
{
	struct fixture f;
	(void)state;
	open_with(&f, GATEWAY_MAP_STANDARD);
	assert_non_null(gateway_alarm_object(f.gateway, 0));     /* of an unknown UPS: all */
	assert_int_equal(object_reliability(gateway_alarm_object(f.gateway, 0)), RELIABILITY_COMMUNICATION_FAILURE);
	fill(&f);
	update(&f);
	static struct gateway_memory memory;
	gateway_remember(f.gateway, &memory);
	close_all(&f);
	open_again(&f, GATEWAY_MAP_STANDARD, &memory);
	assert_null(gateway_alarm_object(f.gateway, alarm_at(BS_UNIT_ALARMS, UNIT_ALARMS_BYPASS_LOCKED)));
	const struct object *o = gateway_alarm_object(f.gateway, alarm_at(BS_UNIT_ALARMS, 0));
	assert_int_equal(object_reliability(o), RELIABILITY_COMMUNICATION_FAILURE);
	assert_true(alarm_see(o)->unknown);
	close_all(&f);
}

/* A bit that the family is said not to have, for a moment: the object stays, with what it said. */
static void a_bit_that_is_doubted_keeps_its_reading(void **state)
{
	struct fixture f;
	(void)state;
	open_with(&f, GATEWAY_MAP_STANDARD);
	fill(&f);
	update(&f);
	f.s.bits[BS_UNIT_ALARMS].managed &= ~1u;
	f.s.bits[BS_UNIT_ALARMS].value = 0;
	update(&f);
	const int n = alarm_at(BS_UNIT_ALARMS, 0);
	assert_int_equal(object_word(gateway_alarm_object(f.gateway, n)), 1);
	assert_int_equal(object_word(gateway_alarm_object(f.gateway, alarm_at(BS_UNIT_ALARMS, 30))), 0);
	update_for(&f, BELIEF_MS);
	assert_null(gateway_alarm_object(f.gateway, n));
	close_all(&f);
}

static void one_bit_has_a_text_of_its_own(void **state)
{
	struct fixture f;
	(void)state;
	open_with(&f, GATEWAY_MAP_STANDARD);
	fill(&f);
	f.s.identity.unit_number = 2;
	f.s.point[PT_BATTERY_MIN] = (struct ups_value){ .value = 7, .quality = QUALITY_GOOD };
	f.s.bits[BS_UNIT_ALARMS].value = 1u << UNIT_ALARMS_BATTERY_LOW | 1u << UNIT_ALARMS_FAN_FAILURE;
	update(&f);
	const struct object *low = gateway_alarm_object(f.gateway, alarm_at(BS_UNIT_ALARMS, UNIT_ALARMS_BATTERY_LOW)),
		*fan = gateway_alarm_object(f.gateway, alarm_at(BS_UNIT_ALARMS, UNIT_ALARMS_FAN_FAILURE));
	assert_string_equal(text_of(&f, low, EVENT_STATE_OFFNORMAL), "Unit 2: battery low, 7 min left");
	assert_string_equal(text_of(&f, low, EVENT_STATE_NORMAL), "Unit 2: battery low: no more");
	assert_string_equal(text_of(&f, fan, EVENT_STATE_OFFNORMAL), "Unit 2: fan failure");
	f.s.bits[BS_UNIT_ALARMS].quality = QUALITY_STALE;
	update(&f);
	assert_string_equal(text_of(&f, fan, EVENT_STATE_FAULT), "UnitAlarms.FAN FAILURE: communication-failure");
	close_all(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_the_first_reading_nothing_is_known),
		cmocka_unit_test(socomec_sends_the_integer_of_the_object_table),
		cmocka_unit_test(a_parallel_system_has_no_zeros_for_what_is_not_managed),
		cmocka_unit_test(standard_sends_engineering_units_and_only_what_is_there),
		cmocka_unit_test(a_lost_link_keeps_the_values_and_says_so),
		cmocka_unit_test(a_link_that_starts_anew_forgets_nothing),
		cmocka_unit_test(the_maps_switch_live),
		cmocka_unit_test(what_was_commissioned_is_there_before_the_ups_answers),
		cmocka_unit_test(a_fault_of_our_own_is_device_status_4),
		cmocka_unit_test(nothing_new_changes_nothing),
		cmocka_unit_test(finding_1_D_ready_is_for_the_start_alone),
		cmocka_unit_test(a_ups_that_answers_slowly_is_ready_until_all_is_read),
		cmocka_unit_test(finding_1_1_no_table_answers_is_no_communication),
		cmocka_unit_test(finding_1_4_what_is_not_available_is_no_new_name),
		cmocka_unit_test(finding_1_9_what_contradicts_must_stand),
		cmocka_unit_test(what_was_unknown_is_believed_at_once),
		cmocka_unit_test(another_ups_is_taken_whole),
		cmocka_unit_test(what_is_doubted_keeps_its_reading),
		cmocka_unit_test(every_kind_can_be_not_managed),
		cmocka_unit_test(nothing_is_left_behind),
		cmocka_unit_test(finding_2_3_a_restart_is_no_change),
		cmocka_unit_test(finding_7_5_alarms_do_not_contradict_the_bits),
		cmocka_unit_test(the_description_tells_decimals_that_only_the_ups_knows),
		cmocka_unit_test(decimals_scale_values_and_increments),
		cmocka_unit_test(qualities_are_shown_as_the_table_says),
		cmocka_unit_test(finding_7_2_each_level_shows_what_can_be_read),
		cmocka_unit_test(a_profile_is_a_word_of_the_manual),
		cmocka_unit_test(finding_2_9_a_model_text_that_an_object_has),
		cmocka_unit_test(states_and_bits_have_the_texts_of_their_tables),
		cmocka_unit_test(a_fault_is_told_and_shown_by_the_device),
		cmocka_unit_test(one_letter_is_a_family),
		cmocka_unit_test(the_edges_are_held_too),
		cmocka_unit_test(zero_is_for_what_a_single_unit_cannot_have),
		cmocka_unit_test(a_gateway_without_all_its_objects_is_none),
		cmocka_unit_test(templates_are_filled_and_never_empty),
		cmocka_unit_test(an_alarm_has_a_text_that_a_person_can_read),
		cmocka_unit_test(what_is_not_known_exceeds_no_limit),
		cmocka_unit_test(each_alarm_bit_has_an_object_in_the_map_standard),
		cmocka_unit_test(the_upses_alarms_are_those_of_a_parallel_system),
		cmocka_unit_test(alarm_objects_come_and_go_with_the_map),
		cmocka_unit_test(which_alarm_bits_there_are_is_remembered),
		cmocka_unit_test(a_bit_that_is_doubted_keeps_its_reading),
		cmocka_unit_test(one_bit_has_a_text_of_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
