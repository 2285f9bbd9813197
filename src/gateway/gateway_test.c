/* Which object shows what, in both maps, as the table of TBK 17 91083 chapter 5.1 and its settled readings say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "bacnet/enum.h"
#include "gateway/gateway.h"
#include "gateway/name.h"
#include "object/analog_value.h"
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

static void close_all(struct fixture *f)
{
	gateway_free(f->gateway);
	device_free(f->device);
}

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
}

static float real_of(struct fixture *f, enum point_id id)
{
	return object_real(gateway_point_object(f->gateway, id));
}

static unsigned reliability_of(struct fixture *f, enum point_id id)
{
	return object_reliability(gateway_point_object(f->gateway, id));
}

static void before_the_first_reading_nothing_is_known(void **state)
{
	(void)state;
	struct fixture f;
	open_with(&f, GATEWAY_MAP_SOCOMEC);
	assert_int_equal(device_count(f.device), 1 + GATEWAY_OBJECTS);
	for (int i = 0; i < PT_COUNT; i++) {
		assert_true(real_of(&f, i) == -1.0f);
		assert_int_equal(reliability_of(&f, i), RELIABILITY_COMMUNICATION_FAILURE);
		assert_int_equal(object_status_flags(gateway_point_object(f.gateway, i)), 2);
	}
	assert_int_equal(gateway_device_status(f.gateway), DEVICE_STATUS_READY);
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
	assert_int_equal(device_count(f.device), 1 + GATEWAY_OBJECTS - 26 - 1 - 1 - 2);
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
	assert_int_equal(gateway_device_status(f.gateway), DEVICE_STATUS_NO_COM);
	assert_int_equal(object_reliability(gateway_state_object(f.gateway, ST_DEVICE_STATUS)), RELIABILITY_NO_FAULT_DETECTED);
	/* looking for it again is still "no communication" */
	f.s.link = LINK_PROBING;
	update(&f);
	assert_int_equal(gateway_device_status(f.gateway), DEVICE_STATUS_NO_COM);
	/* and when it is back all is as before */
	fill(&f);
	f.s.complete = false;
	update(&f);
	assert_int_equal(gateway_device_status(f.gateway), DEVICE_STATUS_NO_COM);     /* until all has been read again */
	f.s.complete = true;
	update(&f);
	assert_int_equal(gateway_device_status(f.gateway), DEVICE_STATUS_RUNNING);
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
	assert_int_equal(gateway_device_status(f.gateway), DEVICE_STATUS_NO_COM);
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
	assert_int_equal(device_count(f.device), 1 + GATEWAY_OBJECTS);
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
	assert_int_equal(gateway_device_status(f.gateway), DEVICE_STATUS_READY);
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
	assert_string_equal(name_rating(75, text, sizeof text), "7.5 kVA");
	assert_string_equal(name_rating(8000, text, sizeof text), "800 kVA");
	assert_string_equal(name_rating(0, text, sizeof text), "");
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
		cmocka_unit_test(templates_are_filled_and_never_empty),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
