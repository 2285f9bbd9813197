/* What the control socket says, against snapshots and devices that are known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "api/entry.h"
#include "api/json.h"
#include "api/events.h"
#include "api/updates.h"
#include "base/memory_test.h"
#include "bacnet/enum.h"
#include "bacnet/value.h"
#include "gateway/gateway.h"
#include "notify/class.h"
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
	int restarts;                            /* 1 a warm one, 100 a cold one */
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
	assert_int_equal(json_array_size(json_object_get(all, "objects")), ENTRY_COUNT);
	json_decref(all);
	assert_null(call(f, "objects", json_pack("{s:s}", "name", "nothing"), &e));
	assert_int_equal(e.code, RPC_PARAMS);
	assert_null(call(f, "objects", json_pack("{s:s}", "ups", "nobody"), &e));
	assert_int_equal(e.code, RPC_PARAMS);
	all = call(f, "objects", json_pack("{s:s}", "ups", ""), &e);
	assert_int_equal(json_array_size(json_object_get(all, "objects")), ENTRY_COUNT);
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
	assert_int_equal(json_array_size(json_object_get(all, "objects")), ENTRY_COUNT);
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

/* Everything that `status` may say of a UPS, word for word. */
static void status_word_for_word(void **state)
{
	struct fixture *f = *state;
	struct rpc_error e;
	f->snapshot.identity = (struct ups_identity){ .vendor = "V", .serial = "S1", .reference = "R", .location = "L", .code = 4711, .units = 2,
		.unit_number = 3, .phases_in = 3, .phases_out = 1 };
	f->snapshot.clock = (struct ups_clock){ .valid = true, .year = 2026, .month = 1, .day = 2, .hour = 3, .minute = 4, .second = 5 };
	f->snapshot.stats = (struct link_stats){ .baud = 19200, .device = "/dev/ttyS0", .cycle_us = 150250, .trouble = "echo", .heard = ev_now(f->loop) };
	f->snapshot.internal_fault = true;
	f->snapshot.state[ST_UPS_LOAD_STATUS] = (struct ups_state){ .value = 1, .quality = QUALITY_ABSENT };
	f->snapshot.state[ST_UNIT_LOAD_STATUS] = (struct ups_state){ .value = UNIT_LOAD_STATUS_ON_BATTERY, .quality = QUALITY_STALE, .at = ev_now(f->loop) };
	f->snapshot.bits[BS_UPS_ALARMS] = (struct ups_bits){ .value = 1, .quality = QUALITY_GOOD };
	f->snapshot.bits[BS_UNIT_ALARMS] = (struct ups_bits){ .value = 1u << 30, .quality = QUALITY_STALE, .at = ev_now(f->loop) };
	good(f, PT_UNIT_TMP, 25, 0);
	show(f);
	ev_advance(f->loop, 1500);
	conf_set_source(conf_option_find("bacnet", "port"), &f->conf, 0, CONF_CONFIGURED);
	conf_set_source(conf_option_find("ups", "retries"), &f->conf, 0, CONF_KEPT);
	json_t *s = call(f, "status", NULL, &e), *ups = json_object_get(s, "ups"), *device = json_object_get(json_array_get(ups, 0), "device");
	assert_int_equal(json_integer_value(json_object_get(device, "objects")), device_count(f->device));
	json_object_set_new(device, "objects", json_integer(102));       /* of the tables, which grow */
	char *text = json_dumps(json_array_get(ups, 0), JSON_COMPACT | JSON_REAL_PRECISION(12));
	assert_int_equal(json_array_size(ups), 1);
	assert_string_equal(text, "{\"name\":\"\",\"device\":{\"instance\":1338,\"name\":\"MASTERYS BC+\",\"model\":\"60 kVA\","
		"\"description\":\"S1\",\"location\":\"0\",\"vendor\":\"\",\"vendor_identifier\":591,\"objects\":102,"
		"\"database_revision\":1,\"network_number\":0,\"object_map\":\"socomec\",\"writable\":\"labels\"},"
		"\"link\":{\"state\":\"up\",\"device\":\"/dev/ttyS0\",\"baud\":19200,\"complete\":true,\"age\":1.5,"
		"\"cycle_ms\":150.25,\"last_error\":\"\",\"trouble\":\"echo\",\"clock_set\":\"\",\"internal_fault\":true},"
		"\"identity\":{\"family\":\"masterys\",\"vendor\":\"V\",\"model\":\"MASTERYS BC+\",\"serial\":\"S1\","
		"\"reference\":\"R\",\"location\":\"L\",\"kva\":60.0,\"code\":4711,\"system\":\"single\",\"units\":2,"
		"\"unit_number\":3,\"phases_in\":3,\"phases_out\":1},\"clock\":\"2026-01-02T03:04:05\","
		"\"states\":{\"DeviceStatus\":\"fault\",\"UPSLoadStatus\":\"absent\",\"UnitLoadStatus\":\"ON BATTERY\","
		"\"UnitStatus\":\"not read\",\"Alarms\":\"not read\",\"BatteryStatus\":\"not read\","
		"\"RectifierStatus\":\"not read\",\"InverterStatus\":\"not read\",\"InputRecStatus\":\"not read\","
		"\"InputBypStatus\":\"not read\"},\"alarms\":[\"UPS IMMINENT STOP\",\"External Input 4\"],"
		"\"figures\":{\"UNIT_TMP\":\"25 °C\"},\"stale\":{\"UnitLoadStatus\":1.5,\"UnitAlarms\":1.5}}");
	free(text);
	text = json_dumps(json_object_get(s, "settings"), JSON_COMPACT);
	assert_string_equal(text, "[{\"section\":\"bacnet\",\"key\":\"port\",\"value\":\"47808\",\"source\":\"configured\"},{\"section\":\"ups\","
		"\"ups\":\"\",\"key\":\"retries\",\"value\":\"3\",\"source\":\"kept\"}]");
	free(text);
	assert_int_equal(json_array_size(json_object_get(s, "problems")), 0);
	json_decref(s);
	f->snapshot.clock.valid = false;
	f->snapshot.identity.kva_x10 = 0;
	gateway_update(f->gateway, &f->snapshot);
	s = call(f, "status", NULL, &e);
	ups = json_array_get(json_object_get(s, "ups"), 0);
	assert_true(json_is_null(json_object_get(ups, "clock")));
	assert_true(json_is_true(json_object_get(json_object_get(ups, "link"), "complete")));
	f->snapshot.lacking = true;              /* one table is silent now */
	gateway_update(f->gateway, &f->snapshot);
	json_decref(s);
	s = call(f, "status", NULL, &e);
	ups = json_array_get(json_object_get(s, "ups"), 0);
	assert_true(json_is_false(json_object_get(json_object_get(ups, "link"), "complete")));
	assert_true(json_is_null(json_object_get(json_object_get(ups, "identity"), "kva")));
	json_decref(s);
}

/* Nothing of an answer or an update stays behind. */
static void answers_give_their_memory_back(void **state)
{
	struct fixture *f = *state;
	struct rpc_error e;
	good(f, PT_BATTERY_PERCENT, 42, 0);
	f->snapshot.bits[BS_UNIT_ALARMS] = (struct ups_bits){ .value = 3, .quality = QUALITY_GOOD };
	show(f);
	for (const struct rpc_method *m = api_table; m->fn; m++)
		if (m->right != RPC_ADMINISTER)
			GIVES_BACK(300, json_decref(call(f, m->name, NULL, &e)));
	GIVES_BACK(300, call(f, "objects", json_pack("{s:s}", "name", "nothing"), &e));
	GIVES_BACK(300, {
		good(f, PT_BATTERY_PERCENT, n_, 0);
		show(f);
		forget(f);
	});
}

static void asked_for_restart(void *ctx, bool cold)
{
	struct fixture *f = ctx;
	f->restarts += cold ? 100 : 1;
}

static void a_restart_is_warm_unless_cold_is_said(void **state)
{
	struct fixture *f = *state;
	struct rpc_error e;
	f->view.restart = asked_for_restart;
	f->view.ctx = f;
	json_t *r = call(f, "restart", NULL, &e);
	text_is(r, "restart", "warm");
	json_decref(r);
	r = call(f, "restart", json_pack("{s:b}", "cold", 0), &e);
	text_is(r, "restart", "warm");
	json_decref(r);
	assert_int_equal(f->restarts, 2);
	r = call(f, "restart", json_pack("{s:b}", "cold", 1), &e);
	text_is(r, "restart", "cold");
	json_decref(r);
	assert_int_equal(f->restarts, 102);
}

static void leds_are_told_whether_or_not_they_have_a_device(void **state)
{
	struct fixture *f = *state;
	struct rpc_error e;
	struct led_board board;
	led_board_init(&board, f->loop);
	f->view.leds = &board;
	led_show(&board, LED_POWER, LED_STEADY_PATTERN);
	led_show(&board, LED_RX, LED_SEARCHING_PATTERN);
	json_t *s = call(f, "status", NULL, &e), *leds = json_object_get(s, "leds");
	assert_int_equal(json_object_size(leds), 4);
	text_is(leds, "power", "on");
	text_is(leds, "link", "off");
	text_is(leds, "rx", "one flash every 2 s");
	text_is(leds, "tx", "off");
	json_decref(s);
	led_board_close(&board);
}

static void the_table_describes_itself(void **state)
{
	struct fixture *f = *state;
	struct rpc_error e;
	json_t *m = call(f, "methods", NULL, &e), *list = json_object_get(m, "methods"), *params, *row;
	static const struct { const char *name, *right; size_t params; } rows[] = { { "methods", "look", 0 }, { "version", "look", 0 },
		{ "status", "look", 0 }, { "objects", "look", 2 }, { "counters", "look", 0 }, { "subscriptions", "look", 1 },
		{ "alarms", "look", 1 }, { "acknowledge", "operate", 2 }, { "events", "look", 1 }, { "watch", "look", 1 }, { "save", "operate", 0 },
		{ "restart", "administer", 1 } };
	assert_int_equal(json_array_size(list), sizeof rows / sizeof *rows);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		row = json_array_get(list, i);
		text_is(row, "name", rows[i].name);
		text_is(row, "right", rows[i].right);
		assert_int_equal(json_object_size(json_object_get(row, "params")), rows[i].params);
		assert_true(strlen(json_string_value(json_object_get(row, "help"))) > 10);
		assert_int_equal(api_table[i].subscribes, strcmp(rows[i].name, "watch") == 0 ? RPC_CHANGES : strcmp(rows[i].name, "events") == 0 ? RPC_EVENTS : RPC_NOTHING);
		assert_int_equal(api_table[i].fn == NULL, api_table[i].later != NULL);
		for (int n = 0; api_table[i].params[n].name; n++) {
			bool number = strcmp(api_table[i].params[n].name, "number") == 0;
			bool cold = strcmp(api_table[i].params[n].name, "cold") == 0;
			assert_int_equal(api_table[i].params[n].type, number ? RPC_INTEGER : cold ? RPC_BOOLEAN : RPC_STRING);
			assert_int_equal(api_table[i].params[n].required, number);
		}
	}
	params = json_object_get(json_array_get(list, 3), "params");
	text_is(params, "name", "only the object of this name");
	text_is(params, "ups", "only this UPS; \"\" is that of the section [ups]");
	json_decref(m);
}

/* The one alarm of the list. */
static json_t *alarm_of_list(json_t *answer)
{
	json_t *list = json_object_get(answer, "alarms");
	assert_int_equal(json_array_size(list), 1);
	return json_array_get(list, 0);
}

static void alarms_are_told_until_they_are_over_and_acknowledged(void **state)
{
	struct fixture *f = *state;
	struct rpc_error e;
	show(f);
	json_t *all = call(f, "alarms", NULL, &e);
	assert_int_equal(json_array_size(json_object_get(all, "alarms")), 0);
	json_decref(all);
	struct object *o = gateway_point_object(f->gateway, PT_BATTERY_PERCENT);
	struct event_stamp when = { .kind = STAMP_DATETIME, .date = { 126, 3, 1, 7 }, .time = { 12, 34, 56, 0 } };
	alarm_enter(o, EVENT_STATE_LOW_LIMIT, &when, "battery charge 12 %, below 30", true);
	all = call(f, "alarms", json_pack("{s:s}", "ups", ""), &e);
	json_t *one = alarm_of_list(all);
	text_is(one, "name", "BATTERY_%");
	text_is(one, "state", "low-limit");
	text_is(one, "text", "battery charge 12 %, below 30");
	text_is(one, "since", "2026-03-01 12:34:56");
	assert_true(json_is_false(json_object_get(one, "acknowledged")));
	assert_int_equal(json_integer_value(json_object_get(one, "class")), ALARM_CLASS_PREVENTIVE);
	size_t number = (size_t)json_integer_value(json_object_get(one, "number"));
	assert_ptr_equal(device_at(f->device, number), o);
	json_decref(all);
	alarm_enter(o, EVENT_STATE_NORMAL, &event_stamp_none, "normal", false);          /* over, and nobody has acknowledged it */
	all = call(f, "alarms", NULL, &e);
	text_is(alarm_of_list(all), "state", "normal");
	text_is(alarm_of_list(all), "text", "battery charge 12 %, below 30");
	json_decref(all);
	alarm_acknowledge(o, TO_OFFNORMAL);
	all = call(f, "alarms", NULL, &e);
	assert_int_equal(json_array_size(json_object_get(all, "alarms")), 0);
	json_decref(all);
	assert_null(call(f, "acknowledge", json_pack("{s:i}", "number", (int)number), &e));
	assert_null(call(f, "acknowledge", json_pack("{s:i}", "number", 9999), &e));
	assert_null(call(f, "acknowledge", json_pack("{s:i}", "number", -1), &e));
	assert_null(call(f, "acknowledge", json_pack("{s:i, s:s}", "number", 1, "ups", "nobody"), &e));
	assert_null(call(f, "alarms", json_pack("{s:s}", "ups", "nobody"), &e));
}

static void events_are_told_as_they_happen(void **state)
{
	struct fixture *f = *state;
	struct node_commons commons;
	struct log log = { .fd = -1 };
	assert_true(classes_make(f->device));
	assert_true(node_commons_make(&commons, 1));
	struct node_conf conf = { .loop = f->loop, .log = &log, .commons = &commons, .device = f->device, .seed = 1 };
	f->ups.node = node_make(&conf);
	assert_non_null(f->ups.node);
	struct api_events *events = api_events_make(&f->view, heard, f);
	f->snapshot.bits[BS_UNIT_ALARMS] = (struct ups_bits){ .value = 0, .quality = QUALITY_GOOD };
	show(f);
	forget(f);
	f->snapshot.bits[BS_UNIT_ALARMS].value = 1u << UNIT_ALARMS_OVERLOAD;
	show(f);
	ev_advance(f->loop, 0);
	json_t *e = NULL, *list;
	for (int i = 0; i < f->updates; i++)
		if ((list = json_object_get(f->update[i], "events")) != NULL && json_array_size(list) == 1)
			e = strcmp(json_string_value(json_object_get(json_array_get(list, 0), "name")), "UnitAlarms") == 0 ? json_array_get(list, 0) : e;
	assert_non_null(e);
	text_is(e, "kind", "alarm");
	text_is(e, "ups", "");
	text_is(e, "type", "bitstring-value");
	assert_int_equal(json_integer_value(json_object_get(e, "instance")), 2);
	text_is(e, "from", "normal");
	text_is(e, "to", "offnormal");
	assert_non_null(strstr(json_string_value(json_object_get(e, "text")), "overload"));
	assert_true(json_is_null(json_object_get(e, "time")));           /* the device has no clock here */
	assert_int_equal(json_integer_value(json_object_get(e, "class")), ALARM_CLASS_GENERAL);
	assert_true(json_is_boolean(json_object_get(e, "ack_required")));
	assert_true(json_integer_value(json_object_get(e, "priority")) > 0);
	api_events_free(events);
	forget(f);
	f->snapshot.bits[BS_UNIT_ALARMS].value = 0;
	show(f);
	ev_advance(f->loop, 0);
	for (int i = 0; i < f->updates && i < 8; i++)
		assert_null(json_object_get(f->update[i], "events"));
	node_free(f->ups.node);
	f->ups.node = NULL;
	node_commons_free(&commons);
}

static void every_object_has_its_entry(void **state)
{
	struct fixture *f = *state;
	struct entry e;
	for (int i = 0; i < ENTRY_COUNT; i++) {
		entry_at(&e, &f->view, 0, i);
		assert_int_equal(entry_of_object(bac_object_id(e.type, e.instance)), i);
	}
	assert_int_equal(entry_of_object(bac_object_id(OBJ_DEVICE, 1)), -1);
	assert_int_equal(entry_of_object(bac_object_id(OBJ_ANALOG_VALUE, 4000000)), -1);
	assert_int_equal(entry_of_object(bac_object_id(OBJ_MULTI_STATE_VALUE, 4000000)), -1);
	assert_int_equal(entry_of_object(bac_object_id(OBJ_BITSTRING_VALUE, 4000000)), -1);
}

/* A second UPS that has no device yet. */
static void each_ups_by_its_name(void **state)
{
	struct fixture *f = *state;
	struct rpc_error e;
	static struct snapshot other;
	snapshot_clear(&other);
	other.point[PT_BATTERY_PERCENT] = (struct ups_value){ .value = 7, .quality = QUALITY_GOOD, .at = { 1 } };
	struct api_ups two[2] = { f->ups, { .snapshot = &other } };
	f->view.ups = two;
	f->view.ups_count = 2;
	strcpy(f->conf.ups[1].name, "b");
	good(f, PT_BATTERY_PERCENT, 42, 0);
	show(f);
	json_t *all = call(f, "objects", json_pack("{s:s}", "name", "BATTERY_%"), &e), *list = json_object_get(all, "objects");
	assert_int_equal(json_array_size(list), 2);
	text_is(json_array_get(list, 0), "text", "42 %");
	text_is(json_array_get(list, 1), "text", "7 %");
	text_is(json_array_get(list, 1), "ups", "b");
	json_decref(all);
	for (int u = 0; u < 2; u++) {
		all = call(f, "objects", json_pack("{s:s, s:s}", "name", "BATTERY_%", "ups", f->conf.ups[u].name), &e);
		list = json_object_get(all, "objects");
		assert_int_equal(json_array_size(list), 1);
		text_is(json_array_get(list, 0), "text", u ? "7 %" : "42 %");
		json_decref(all);
	}
	assert_null(call(f, "objects", json_pack("{s:s}", "ups", "c"), &e));
	assert_string_equal(e.text, "params.ups: there is no UPS c");
	assert_null(call(f, "objects", json_pack("{s:s}", "name", "c"), &e));
	assert_string_equal(e.text, "params.name: there is no object c");
	json_t *s = call(f, "status", NULL, &e);
	text_is(json_array_get(json_object_get(s, "ups"), 1), "name", "b");
	json_decref(s);
	f->view.ups = &f->ups;
	f->view.ups_count = 1;
}

static const struct log quiet = { .fd = -1, .level = LOG_LEVEL_ERROR };

/* What nobody hears is not made, and is known all the same when somebody comes. */
static void without_watchers_nothing_is_told(void **state)
{
	struct fixture *f = *state;
	struct rpc_error e;
	struct err_at why;
	char path[] = "/tmp/api-test-XXXXXX";
	close(mkstemp(path));
	unlink(path);
	f->view.control = control_open(f->loop, path, api_table, &f->view, &quiet, &why);
	assert_non_null(f->view.control);
	good(f, PT_BATTERY_PERCENT, 42, 0);
	show(f);
	write_value(f, gateway_point_object(f->gateway, PT_BATTERY_PERCENT), PROP_OUT_OF_SERVICE, &(struct bac_value){ .type = APP_BOOLEAN, .boolean = true });
	assert_int_equal(f->updates, 0);
	json_decref(call(f, "watch", NULL, &e));
	json_t *c = call(f, "counters", NULL, &e), *of = json_object_get(c, "control");
	assert_int_equal(json_object_size(of), 7);
	assert_int_equal(json_integer_value(json_object_get(of, "clients")), 0);
	assert_int_equal(json_integer_value(json_object_get(of, "watchers")), 0);
	assert_int_equal(json_integer_value(json_object_get(of, "requests")), 0);
	json_decref(c);
	control_close(f->view.control);
	f->view.control = NULL;
	show(f);
	assert_int_equal(f->updates, 0);
	good(f, PT_BATTERY_PERCENT, 41, 0);
	show(f);
	assert_int_equal(f->updates, 1);
	change(f, 0, "BATTERY_%");
}

static void the_network_and_its_counters(void **state)
{
	struct fixture *f = *state;
	struct rpc_error e;
	struct err_at why;
	struct node_commons commons;
	struct bip_conf conf = { .address = { 127, 0, 0, 1 } };
	struct bip *bip = bip_make(f->loop, &conf, &quiet, NULL, NULL);
	assert_int_equal(bip_open(bip, &why), BIP_OPENED);
	assert_true(node_commons_make(&commons, 7));
	struct node *node = node_make(&(struct node_conf){ .loop = f->loop, .log = &quiet, .commons = &commons, .device = f->device });
	f->view.bip = bip;
	f->ups.node = node;
	json_t *s = call(f, "status", NULL, &e), *n = json_object_get(s, "network");
	text_is(n, "interface", "lo");
	text_is(n, "address", "127.0.0.1");
	text_is(n, "mask", "255.0.0.0");
	text_is(n, "broadcast", "127.255.255.255");
	assert_int_equal(json_integer_value(json_object_get(n, "port")), bip_port(bip)->port);
	json_decref(s);
	json_t *c = call(f, "counters", NULL, &e);
	assert_int_equal(json_object_size(json_object_get(c, "bip")), 11);
	json_t *of = json_object_get(json_array_get(json_object_get(c, "ups"), 0), "bacnet");
	const char *name, *text;
	uint64_t value;
	size_t count = 0;
	while (node_counter_at(node, count, &name, &text, &value)) {
		assert_int_equal(json_integer_value(json_object_get(of, name)), value);
		count++;
	}
	assert_true(count > 20);
	assert_int_equal(json_object_size(of), count);
	json_decref(c);
	f->view.bip = NULL;
	f->ups.node = NULL;
	node_free(node);
	node_commons_free(&commons);
	bip_free(bip);
}

static void problems_are_bounded(void **state)
{
	static struct api_problems p;
	char long_one[API_PROBLEM_SIZE + 100];
	(void)state;
	memset(long_one, 'x', sizeof long_one - 1);
	long_one[sizeof long_one - 1] = 0;
	for (int i = 0; i < API_PROBLEMS_MAX + 3; i++)
		api_problem(&p, "%d%s", i, i == API_PROBLEMS_MAX - 1 ? long_one : "");
	assert_int_equal(p.count, API_PROBLEMS_MAX);
	assert_string_equal(p.text[0], "0");
	assert_string_equal(p.text[API_PROBLEMS_MAX - 2], "22");
	assert_int_equal(strlen(p.text[API_PROBLEMS_MAX - 1]), API_PROBLEM_SIZE - 1);
}

static struct call *asked;

static void save(void *ctx, struct call *call)
{
	assert_non_null(ctx);
	asked = call;
}

static void a_save_is_the_daemons(void **state)
{
	struct fixture *f = *state;
	f->view.save = save;
	f->view.ctx = f;
	const struct rpc_method *row = api_table;
	while (strcmp(row->name, "save") != 0)
		row++;
	row->later(&f->view, NULL, (struct call *)f);
	assert_ptr_equal(asked, f);
}

static void decimals_are_exact(void **state)
{
	static const struct { int64_t value; int decimals; size_t size; const char *text; } rows[] = {
		{ 5, -1, 20, "5" }, { 5, 0, 20, "5" }, { 1234, 3, 20, "1.234" }, { -1, 3, 20, "-0.001" }, { 12345, 4, 20, "12.345" }, { 100, 2, 20, "1.00" },
		{ 499, 1, 5, "49.9" }, { 499, 1, 4, "49" }, { 1234, 3, 6, "1.234" }, { 1234, 3, 5, "1" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[20];
		json_decimal_text(text, rows[i].size, rows[i].value, rows[i].decimals);
		assert_string_equal(text, rows[i].text);
	}
	struct ev_loop *loop = ev_loop_make_virtual((struct mono){ 5000000000 });
	json_t *age = json_age(loop, (struct mono){ 3766000000 });
	assert_true(json_number_value(age) == 1.234);
	json_decref(age);
	age = json_age(loop, (struct mono){ 6000000000 });       /* from a thread that is ahead */
	assert_true(json_number_value(age) == 0.0);
	json_decref(age);
	ev_loop_free(loop);
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
		WITH_DEVICE(status_word_for_word),
		WITH_DEVICE(answers_give_their_memory_back),
		WITH_DEVICE(a_restart_is_warm_unless_cold_is_said), WITH_DEVICE(leds_are_told_whether_or_not_they_have_a_device),
		WITH_DEVICE(the_table_describes_itself), WITH_DEVICE(alarms_are_told_until_they_are_over_and_acknowledged),
		WITH_DEVICE(events_are_told_as_they_happen),
		WITH_DEVICE(every_object_has_its_entry),
		WITH_DEVICE(each_ups_by_its_name),
		WITH_DEVICE(without_watchers_nothing_is_told),
		WITH_DEVICE(the_network_and_its_counters),
		cmocka_unit_test(problems_are_bounded),
		WITH_DEVICE(a_save_is_the_daemons),
		cmocka_unit_test(decimals_are_exact),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
