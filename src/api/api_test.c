/* What the control socket says, against snapshots and devices that are known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "api/updates.h"
#include "bacnet/enum.h"
#include "bacnet/value.h"
#include "gateway/gateway.h"
#include "object/object.h"

struct fixture {
	struct ev_loop *loop;
	struct device *device;
	struct gateway *gateway;
	struct snapshot snapshot;
	struct conf conf;
	struct api_ups ups;
	struct api_view view;
	json_t *update[8];                       /* what watchers were told, in order */
	int updates;
};

static void heard(void *ctx, json_t *update)
{
	struct fixture *f = ctx;
	f->update[f->updates++ % 8] = json_incref(update);
}

/* The n-th update since the last call of forget(): one change, of this object. */
static json_t *change(const struct fixture *f, int n, const char *name)
{
	json_t *changes = json_object_get(f->update[n], "changes");
	assert_true(n < f->updates);
	assert_int_equal(json_array_size(changes), 1);
	json_t *entry = json_array_get(changes, 0);
	assert_string_equal(json_string_value(json_object_get(entry, "name")), name);
	return entry;
}

static void forget(struct fixture *f)
{
	for (int i = 0; i < 8; i++) {
		json_decref(f->update[i]);
		f->update[i] = NULL;
	}
	f->updates = 0;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct device_conf dc = { .instance = 1338, .vendor_id = 591, .writable = WRITABLE_TEST };
	struct gateway_conf gc = { .map = GATEWAY_MAP_SOCOMEC, .device_name = "{model}" };
	f->loop = ev_loop_make_virtual((struct mono){ 1000000000 });
	f->device = device_make(&dc);
	f->gateway = gateway_make(f->device, &gc, NULL);
	snapshot_clear(&f->snapshot);
	conf_defaults(&f->conf);
	f->ups = (struct api_ups){ .snapshot = gateway_snapshot(f->gateway), .device = f->device };
	f->view = (struct api_view){ .loop = f->loop, .started = { 1000000000 }, .conf = &f->conf, .ups = &f->ups, .ups_count = 1 };
	f->view.updates = api_updates_make(&f->view, heard, f);
	*state = f;
	return f->gateway && f->view.updates ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	forget(f);
	api_updates_free(f->view.updates);
	gateway_free(f->gateway);
	device_free(f->device);
	ev_loop_free(f->loop);
	free(f);
	return 0;
}

static void good(struct fixture *f, enum point_id id, int32_t value, uint8_t decimals)
{
	f->snapshot.point[id] = (struct ups_value){ .value = value, .quality = QUALITY_GOOD, .decimals = decimals, .at = ev_now(f->loop) };
}

static void show(struct fixture *f)
{
	f->snapshot.link = LINK_UP;
	f->snapshot.complete = true;
	f->snapshot.at = ev_now(f->loop);
	strcpy(f->snapshot.identity.family, "masterys");
	strcpy(f->snapshot.identity.model, "MASTERYS BC+");
	f->snapshot.identity.kva_x10 = 600;
	f->snapshot.identity.system = SYSTEM_SINGLE;
	gateway_update(f->gateway, &f->snapshot);
	api_updates_snapshot(f->view.updates, 0);
}

static json_t *call(struct fixture *f, const char *method, json_t *params, struct rpc_error *e)
{
	const struct rpc_method *m = api_table;
	*e = (struct rpc_error){ 0 };
	while (strcmp(m->name, method) != 0)
		m++;
	json_t *none = params ? params : json_object();
	json_t *result = m->fn(&f->view, none, e);
	json_decref(none);
	return result;
}

/* The one object of this name. */
static json_t *object(struct fixture *f, const char *name)
{
	struct rpc_error e;
	json_t *all = call(f, "objects", json_pack("{s:s}", "name", name), &e);
	json_t *list = json_object_get(all, "objects");
	assert_int_equal(json_array_size(list), 1);
	json_t *o = json_incref(json_array_get(list, 0));
	json_decref(all);
	return o;
}

static void text_is(json_t *o, const char *key, const char *text)
{
	const char *is = json_string_value(json_object_get(o, key));
	assert_non_null(is);
	assert_string_equal(is, text);
}

static void numbers_have_their_decimals(void **state)
{
	struct fixture *f = *state;
	static const struct { int32_t value; uint8_t decimals; const char *text; } rows[] = {
		{ 499, 1, "49.9 Hz" }, { -5, 1, "-0.5 Hz" }, { 0, 1, "0.0 Hz" }, { -1005, 2, "-10.05 Hz" }, { 50, 0, "50 Hz" }, { 7, 2, "0.07 Hz" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		good(f, PT_UNIT_OUTPUT_FR, rows[i].value, rows[i].decimals);
		show(f);
		json_t *o = object(f, "UNIT_OUTPUT_fr");
		text_is(o, "text", rows[i].text);
		assert_true(json_number_value(json_object_get(o, "present_value")) == (double)rows[i].value);
		json_decref(o);
	}
	good(f, PT_UNIT_OUTPUT_FR, 499, 1);
	show(f);
	ev_advance(f->loop, 1500);
	json_t *o = object(f, "UNIT_OUTPUT_fr");
	char *dump = json_dumps(o, JSON_REAL_PRECISION(12));
	assert_string_equal(dump, "{\"ups\": \"\", \"type\": \"analog-value\", \"instance\": 47, \"name\": \"UNIT_OUTPUT_fr\", "
		"\"description\": \"Unit output frequency\", \"value\": 49.9, \"decimals\": 1, \"unit\": \"Hz\", \"text\": \"49.9 Hz\", \"quality\": \"good\", "
		"\"age\": 1.5, \"exposed\": true, \"present_value\": 499.0, \"reliability\": \"no-fault-detected\", \"out_of_service\": false}");
	free(dump);
	json_decref(o);
}

static void what_is_not_there_says_why(void **state)
{
	struct fixture *f = *state;
	good(f, PT_BATTERY_MIN, -1, 0);
	f->snapshot.point[PT_BATTERY_MIN].quality = QUALITY_ABSENT;
	f->snapshot.point[PT_BATTERY_S].quality = QUALITY_NOT_MANAGED;
	good(f, PT_BATTERY_PERCENT, 77, 0);
	f->snapshot.point[PT_BATTERY_PERCENT].quality = QUALITY_STALE;
	show(f);
	json_t *o = object(f, "BATTERY_Min");
	text_is(o, "text", "absent");
	assert_true(json_is_null(json_object_get(o, "value")));
	json_decref(o);
	o = object(f, "BATTERY_s");
	text_is(o, "text", "not managed");
	assert_true(json_is_null(json_object_get(o, "age")));
	json_decref(o);
	o = object(f, "BATTERY_V+");
	text_is(o, "text", "not read");
	json_decref(o);
	o = object(f, "BATTERY_%");
	text_is(o, "text", "77 %");
	text_is(o, "quality", "stale");
	text_is(o, "reliability", "communication-failure");
	json_decref(o);
}

static void states_and_bits_are_words(void **state)
{
	struct fixture *f = *state;
	f->snapshot.state[ST_UNIT_LOAD_STATUS] = (struct ups_state){ .value = UNIT_LOAD_STATUS_ON_BATTERY, .quality = QUALITY_GOOD, .at = { 1 } };
	f->snapshot.bits[BS_UNIT_ALARMS] = (struct ups_bits){ .value = 1u << 1 | 1u << 30, .quality = QUALITY_GOOD, .at = { 1 } };
	show(f);
	json_t *o = object(f, "UnitLoadStatus");
	text_is(o, "text", "ON BATTERY");
	assert_int_equal(json_integer_value(json_object_get(o, "present_value")), 2);
	json_decref(o);
	o = object(f, "UnitAlarms");
	text_is(o, "text", "OVERLOAD, External Input 4");
	text_is(o, "present_value", "0100000000000000000000000000001");
	assert_int_equal(json_array_size(json_object_get(o, "set")), 2);
	json_decref(o);
	f->snapshot.bits[BS_UNIT_ALARMS].value = 0x7fffffff;      /* all of them still fit */
	show(f);
	o = object(f, "UnitAlarms");
	assert_non_null(strstr(json_string_value(json_object_get(o, "text")), "External Input 4"));
	json_decref(o);
	/* DeviceStatus is the gateway's, whatever the snapshot holds. */
	o = object(f, "DeviceStatus");
	text_is(o, "text", "Running");
	text_is(o, "quality", "good");
	json_decref(o);
}

static void every_object_is_listed(void **state)
{
	struct fixture *f = *state;
	struct rpc_error e;
	show(f);
	json_t *all = call(f, "objects", NULL, &e);
	assert_int_equal(json_array_size(json_object_get(all, "objects")), GATEWAY_OBJECTS);
	json_decref(all);
	assert_null(call(f, "objects", json_pack("{s:s}", "name", "nothing"), &e));
	assert_int_equal(e.code, RPC_PARAMS);
	assert_null(call(f, "objects", json_pack("{s:s}", "ups", "nobody"), &e));
	assert_int_equal(e.code, RPC_PARAMS);
	all = call(f, "objects", json_pack("{s:s}", "ups", ""), &e);
	assert_int_equal(json_array_size(json_object_get(all, "objects")), GATEWAY_OBJECTS);
	json_decref(all);
}

/* Without a device, and with an object map that leaves objects out. */
static void an_object_may_be_missing(void **state)
{
	struct fixture *f = *state;
	f->snapshot.point[PT_BATTERY_S].quality = QUALITY_NOT_MANAGED;
	show(f);
	struct gateway_conf gc = { .map = GATEWAY_MAP_STANDARD, .device_name = "{model}" };
	gateway_configure(f->gateway, &gc);
	json_t *o = object(f, "BATTERY_s");
	assert_true(json_is_false(json_object_get(o, "exposed")));
	assert_true(json_is_null(json_object_get(o, "present_value")));
	json_decref(o);
	f->ups.device = NULL;
	o = object(f, "UnitLoadStatus");
	assert_true(json_is_false(json_object_get(o, "exposed")));
	assert_true(json_is_null(json_object_get(o, "reliability")));
	json_decref(o);
	struct rpc_error e;
	json_t *s = call(f, "status", NULL, &e);
	assert_true(json_is_null(json_object_get(json_array_get(json_object_get(s, "ups"), 0), "device")));
	json_decref(s);
}

static void one_problem(void *ctx, struct api_problems *p)
{
	assert_non_null(ctx);
	api_problem(p, "another device uses our %s", "instance");
}

static void status_tells_the_essentials(void **state)
{
	struct fixture *f = *state;
	struct rpc_error e;
	f->view.problems = one_problem;
	f->view.ctx = f;
	f->snapshot.state[ST_UNIT_LOAD_STATUS] = (struct ups_state){ .value = UNIT_LOAD_STATUS_ON_BATTERY, .quality = QUALITY_GOOD, .at = { 1 } };
	f->snapshot.bits[BS_UNIT_ALARMS] = (struct ups_bits){ .value = 1u << 10, .quality = QUALITY_GOOD, .at = { 1 } };
	strcpy(f->snapshot.identity.serial, "\xff\xfe");          /* whatever the UPS says: an answer is made */
	strcpy(f->snapshot.stats.last_error, "read failed");
	good(f, PT_BATTERY_PERCENT, 42, 0);
	show(f);
	ev_advance(f->loop, 61000);
	json_t *s = call(f, "status", NULL, &e);
	assert_non_null(s);
	text_is(s, "version", BACNET_UPS_VERSION);
	assert_true(json_number_value(json_object_get(s, "uptime")) == 61.0);
	assert_true(json_is_null(json_object_get(s, "network")));
	assert_string_equal(json_string_value(json_array_get(json_object_get(s, "problems"), 0)), "another device uses our instance");
	json_t *u = json_array_get(json_object_get(s, "ups"), 0);
	text_is(json_object_get(u, "device"), "name", "MASTERYS BC+");
	text_is(json_object_get(u, "device"), "object_map", "socomec");
	text_is(json_object_get(u, "link"), "state", "up");
	text_is(json_object_get(u, "link"), "last_error", "read failed");
	text_is(json_object_get(u, "identity"), "serial", "??");
	assert_true(json_number_value(json_object_get(json_object_get(u, "identity"), "kva")) == 60.0);
	text_is(json_object_get(u, "states"), "UnitLoadStatus", "ON BATTERY");
	text_is(json_object_get(u, "figures"), "BATTERY_%", "42 %");
	assert_string_equal(json_string_value(json_array_get(json_object_get(u, "alarms"), 0)), "ON BATTERY");
	json_decref(s);
}

static void finding_1_5_a_lost_link_shows_the_age_of_the_last_answer(void **state)
{
	struct fixture *f = *state;
	struct rpc_error e;
	show(f);
	json_t *s = call(f, "status", NULL, &e), *u = json_array_get(json_object_get(s, "ups"), 0);
	assert_true(json_is_null(json_object_get(json_object_get(u, "link"), "age")));           /* never heard */
	assert_int_equal(json_object_size(json_object_get(u, "stale")), 0);
	json_decref(s);

	good(f, PT_BATTERY_PERCENT, 42, 0);
	f->snapshot.state[ST_UNIT_LOAD_STATUS] = (struct ups_state){ .value = UNIT_LOAD_STATUS_ON_BATTERY, .quality = QUALITY_GOOD, .at = ev_now(f->loop) };
	ev_advance(f->loop, 2000);
	f->snapshot.stats.heard = ev_now(f->loop);
	strcpy(f->snapshot.stats.trouble, "the UPS does not answer (no answer)");
	ev_advance(f->loop, 60000);
	f->snapshot.link = LINK_LOST;
	f->snapshot.at = ev_now(f->loop);                        /* a snapshot of a lost link is young, and what it shows is not */
	f->snapshot.point[PT_BATTERY_PERCENT].quality = QUALITY_STALE;
	f->snapshot.state[ST_UNIT_LOAD_STATUS].quality = QUALITY_STALE;
	gateway_update(f->gateway, &f->snapshot);
	s = call(f, "status", NULL, &e);
	u = json_array_get(json_object_get(s, "ups"), 0);
	assert_true(json_number_value(json_object_get(json_object_get(u, "link"), "age")) == 60.0);
	text_is(json_object_get(u, "link"), "trouble", "the UPS does not answer (no answer)");
	assert_true(json_number_value(json_object_get(json_object_get(u, "stale"), "BATTERY_%")) == 62.0);
	assert_true(json_number_value(json_object_get(json_object_get(u, "stale"), "UnitLoadStatus")) == 62.0);
	assert_int_equal(json_object_size(json_object_get(u, "stale")), 2);
	json_decref(s);
}

static void finding_5_1_what_has_no_value_is_still_listed(void **state)
{
	struct fixture *f = *state;
	struct rpc_error e;
	struct gateway_conf gc = { .map = GATEWAY_MAP_STANDARD, .device_name = "{model}" };
	show(f);
	gateway_configure(f->gateway, &gc);
	f->snapshot.point[PT_BATTERY_MIN].quality = QUALITY_ABSENT;
	gateway_update(f->gateway, &f->snapshot);
	json_t *o = object(f, "BATTERY_Min");
	assert_true(json_is_null(json_object_get(o, "present_value")));
	assert_true(json_is_null(json_object_get(o, "value")));
	text_is(o, "quality", "absent");
	text_is(o, "reliability", "no-sensor");
	json_decref(o);
	json_t *all = call(f, "objects", NULL, &e);
	assert_int_equal(json_array_size(json_object_get(all, "objects")), GATEWAY_OBJECTS);
	json_decref(all);
}

static void watchers_get_changes_only(void **state)
{
	struct fixture *f = *state;
	struct rpc_error e;
	good(f, PT_BATTERY_PERCENT, 42, 0);
	show(f);
	json_decref(call(f, "watch", NULL, &e));
	forget(f);
	ev_advance(f->loop, 5000);                               /* time passes, values are read again and are the same */
	good(f, PT_BATTERY_PERCENT, 42, 0);
	show(f);
	assert_int_equal(f->updates, 0);
	good(f, PT_BATTERY_PERCENT, 41, 0);
	show(f);
	text_is(change(f, 0, "BATTERY_%"), "text", "41 %");
	assert_int_equal(f->updates, 1);
	show(f);
	assert_int_equal(f->updates, 1);
	forget(f);
	f->snapshot.link = LINK_LOST;                            /* the device tells it, the snapshot's value stays */
	f->snapshot.point[PT_BATTERY_PERCENT].quality = QUALITY_STALE;
	gateway_update(f->gateway, &f->snapshot);
	api_updates_snapshot(f->view.updates, 0);
	assert_int_equal(f->updates, 1);
	bool charge = false, status = false;
	size_t i;
	json_t *entry;
	json_array_foreach(json_object_get(f->update[0], "changes"), i, entry) {
		const char *name = json_string_value(json_object_get(entry, "name"));
		charge |= strcmp(name, "BATTERY_%") == 0 && strcmp(json_string_value(json_object_get(entry, "quality")), "stale") == 0;
		status |= strcmp(name, "DeviceStatus") == 0 && json_integer_value(json_object_get(entry, "present_value")) == 3;
	}
	assert_true(charge && status);
}

static void write_value(struct fixture *f, struct object *o, uint32_t property, const struct bac_value *v)
{
	uint8_t octets[32];
	struct wr w = wr_over(octets, sizeof octets);
	bac_value_write(&w, v);
	struct fault fault = object_write(o, property, BAC_ARRAY_ALL, rd_over(octets, wr_len(&w)));
	assert_false(fault_is(fault));
	device_settle(f->device);                                /* as the server does at the end of a request */
}

/* Each write is told when it is made, and A, B, A is three updates. */
static void finding_5_2_each_write_is_told_at_once_and_in_order(void **state)
{
	struct fixture *f = *state;
	good(f, PT_BATTERY_PERCENT, 42, 0);
	show(f);
	struct object *o = gateway_point_object(f->gateway, PT_BATTERY_PERCENT);
	forget(f);
	write_value(f, o, PROP_OUT_OF_SERVICE, &(struct bac_value){ .type = APP_BOOLEAN, .boolean = true });
	assert_true(json_is_true(json_object_get(change(f, 0, "BATTERY_%"), "out_of_service")));
	static const float values[] = { 11, 12, 11 };
	for (int i = 0; i < 3; i++) {
		write_value(f, o, PROP_PRESENT_VALUE, &(struct bac_value){ .type = APP_REAL, .real = values[i] });
		assert_int_equal(f->updates, 2 + i);
		assert_true(json_number_value(json_object_get(change(f, 1 + i, "BATTERY_%"), "present_value")) == (double)values[i]);
	}
	/* What is measured behind it is told too, though no object shows it. */
	good(f, PT_BATTERY_PERCENT, 43, 0);
	show(f);
	json_t *entry = change(f, 4, "BATTERY_%");
	assert_int_equal(json_integer_value(json_object_get(entry, "value")), 43);
	assert_true(json_number_value(json_object_get(entry, "present_value")) == 11.0);
	show(f);
	assert_int_equal(f->updates, 5);
}

/* Two snapshots that wait in the queue are two updates. */
static void finding_5_2_a_value_that_was_there_and_is_gone_was_told(void **state)
{
	struct fixture *f = *state;
	good(f, PT_BATTERY_PERCENT, 42, 0);
	show(f);
	forget(f);
	for (int value = 41; value <= 42; value++) {
		good(f, PT_BATTERY_PERCENT, value, 0);
		show(f);
	}
	text_is(change(f, 0, "BATTERY_%"), "text", "41 %");
	text_is(change(f, 1, "BATTERY_%"), "text", "42 %");
	assert_int_equal(f->updates, 2);
}

static void objects_that_go_are_told(void **state)
{
	struct fixture *f = *state;
	struct gateway_conf gc = { .map = GATEWAY_MAP_STANDARD, .device_name = "{model}" };
	f->snapshot.point[PT_BATTERY_S].quality = QUALITY_NOT_MANAGED;
	show(f);
	forget(f);
	gateway_configure(f->gateway, &gc);
	bool gone = false;
	size_t i;
	json_t *entry;
	assert_int_equal(f->updates, 1);
	json_array_foreach(json_object_get(f->update[0], "changes"), i, entry)
		gone |= strcmp(json_string_value(json_object_get(entry, "name")), "BATTERY_s") == 0 && json_is_false(json_object_get(entry, "exposed"));
	assert_true(gone);
}

static void the_rest_answers(void **state)
{
	struct fixture *f = *state;
	struct rpc_error e;
	f->snapshot.stats.requests = INT64_C(7) << 32;           /* 64 bits, and beside it one of 32 */
	f->snapshot.stats.cycle_us = 5;
	f->snapshot.stats.cycle_us_max = 6;
	f->snapshot.stats.busy_ns = 2999999;
	show(f);
	json_t *v = call(f, "version", NULL, &e);
	text_is(v, "program", "bacnet-upsd");
	assert_int_equal(json_integer_value(json_object_get(v, "protocol_revision")), BAC_PROTOCOL_REVISION);
	json_decref(v);
	json_t *c = call(f, "counters", NULL, &e);
	json_t *u = json_array_get(json_object_get(c, "ups"), 0);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(u, "field"), "requests")), INT64_C(7) << 32);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(u, "field"), "cycle_us")), 5);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(u, "field"), "cycle_us_max")), 6);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(u, "field"), "busy_ms")), 2);
	assert_int_equal(json_object_size(json_object_get(u, "field")), 14);
	assert_true(json_is_null(json_object_get(c, "bip")));
	json_decref(c);
}

int main(void)
{
#define WITH_DEVICE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		WITH_DEVICE(numbers_have_their_decimals),
		WITH_DEVICE(what_is_not_there_says_why),
		WITH_DEVICE(states_and_bits_are_words),
		WITH_DEVICE(every_object_is_listed),
		WITH_DEVICE(an_object_may_be_missing),
		WITH_DEVICE(status_tells_the_essentials),
		WITH_DEVICE(finding_1_5_a_lost_link_shows_the_age_of_the_last_answer),
		WITH_DEVICE(finding_5_1_what_has_no_value_is_still_listed),
		WITH_DEVICE(watchers_get_changes_only),
		WITH_DEVICE(finding_5_2_each_write_is_told_at_once_and_in_order),
		WITH_DEVICE(finding_5_2_a_value_that_was_there_and_is_gone_was_told),
		WITH_DEVICE(objects_that_go_are_told),
		WITH_DEVICE(the_rest_answers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
