#include "daemon/methods.h"

#include <stdlib.h>
#include <string.h>

#include "bacnet/enum.h"
#include "object/object.h"

/* ---- one object, whatever its type ---- */

enum { ENTRIES = PT_COUNT + ST_COUNT + BS_COUNT };

struct entry {
	uint32_t type;
	uint16_t instance;
	const char *name, *description, *unit;
	enum quality quality;
	struct mono at;
	int64_t value;                   /* as the snapshot has it */
	uint8_t decimals;
	const struct state_info *state;  /* of a multi-state value */
	const struct bits_info *bits;    /* of a bit string */
	struct object *object;           /* NULL: the device has none */
};

static void entry_point(struct entry *e, const struct snapshot *s, int i)
{
	const struct point_info *p = &point_table[i];
	const struct ups_value *v = &s->point[i];
	*e = (struct entry){ .type = OBJ_ANALOG_VALUE, .instance = p->instance, .name = p->name, .description = p->description,
		.unit = unit_symbol(p->unit), .quality = v->quality, .at = v->at, .value = v->value, .decimals = v->decimals };
}

static void entry_state(struct entry *e, const struct snapshot *s, int i)
{
	const struct state_info *p = &state_table[i];
	const struct ups_state *v = &s->state[i];
	*e = (struct entry){ .type = OBJ_MULTI_STATE_VALUE, .instance = p->instance, .name = p->name, .description = p->description,
		.unit = "", .quality = v->quality, .at = v->at, .value = v->value, .state = p };
}

static void entry_bits(struct entry *e, const struct snapshot *s, int i)
{
	const struct bits_info *p = &bits_table[i];
	const struct ups_bits *v = &s->bits[i];
	*e = (struct entry){ .type = OBJ_BITSTRING_VALUE, .instance = p->instance, .name = p->name, .description = p->description,
		.unit = "", .quality = v->quality, .at = v->at, .value = v->value, .bits = p };
}

static void entry_at(struct entry *e, const struct methods_view *v, int ups, int i)
{
	const struct methods_ups *u = &v->ups[ups];
	if (i < PT_COUNT)
		entry_point(e, u->snapshot, i);
	else if (i < PT_COUNT + ST_COUNT)
		entry_state(e, u->snapshot, i - PT_COUNT);
	else
		entry_bits(e, u->snapshot, i - PT_COUNT - ST_COUNT);
	e->object = u->device ? device_find(u->device, bac_object_id(e->type, e->instance)) : NULL;
	/* The gateway makes this one, not the UPS: the object is what there is to know. */
	if (e->state == &state_table[ST_DEVICE_STATUS] && e->object) {
		e->value = object_word(e->object);
		e->quality = QUALITY_GOOD;
		e->at = ev_now(v->loop);
	}
}

static bool has_value(const struct entry *e)
{
	return e->quality == QUALITY_GOOD || e->quality == QUALITY_STALE;
}

/* Exact: the value is an integer with so many decimals. */
static void decimal_text(char *out, size_t size, int64_t value, int decimals)
{
	static const int64_t scales[] = { 1, 10, 100, 1000 };
	decimals = decimals < 0 ? 0 : decimals > 3 ? 3 : decimals;
	int64_t scale = scales[decimals];
	int64_t whole = llabs(value / scale), rest = llabs(value % scale);
	size_t n = (size_t)snprintf(out, size, "%s%lld", value < 0 ? "-" : "", (long long)whole);
	if (scale == 1 || n + 1 + (size_t)decimals >= size)
		return;
	out[n++] = '.';
	for (int64_t digit = scale / 10; digit; digit /= 10)
		out[n++] = (char)('0' + rest / digit % 10);
	out[n] = '\0';
}

/* Texts that the UPS or the system gave may hold anything; JSON is UTF-8. */
static json_t *text_json(const char *text)
{
	char clean[256];
	json_t *j = json_string(text);
	if (j)
		return j;
	snprintf(clean, sizeof clean, "%s", text);
	for (char *p = clean; *p; p++)
		if (*p & 0x80)
			*p = '?';
	return json_string(clean);
}

/* A number that JSON and its reader see as 49.9 and not as 49.900000000000006. */
static json_t *decimal_json(int64_t value, int decimals)
{
	char text[40];
	decimal_text(text, sizeof text, value, decimals);
	return decimals ? json_real(strtod(text, NULL)) : json_integer(value);
}

static json_t *set_bits(const struct entry *e)
{
	json_t *set = json_array();
	for (int b = 0; b < e->bits->count; b++)
		if (e->value >> b & 1)
			json_array_append_new(set, json_string(e->bits->bit[b].text));
	return set;
}

/* "49.9 Hz", "ON BATTERY", "OVERLOAD, FAN FAILURE", "none", "not read": a string of its own. */
static json_t *words(const struct entry *e)
{
	char text[1024] = "";
	size_t n = 0;
	if (!has_value(e))
		return json_string(quality_text(e->quality));
	if (e->state) {
		bool known = e->value >= 1 && e->value <= e->state->count;
		return json_string(known ? e->state->state[e->value].text : "unknown state");
	}
	if (e->bits) {
		for (int b = 0; b < e->bits->count && n < sizeof text; b++)
			if (e->value >> b & 1)
				n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", n ? ", " : "", e->bits->bit[b].text);
		return json_string(n ? text : "none");
	}
	decimal_text(text, sizeof text, e->value, e->decimals);
	n = strlen(text);
	snprintf(text + n, sizeof text - n, "%s%s", e->unit[0] ? " " : "", e->unit);
	return json_string(text);
}

/* What BACnet clients read; bits as a text of 0 and 1, b00 first. */
static json_t *present_value(const struct entry *e)
{
	char bits[BITS_MAX + 2];
	if (!e->object)
		return json_null();
	if (e->state)
		return json_integer(object_word(e->object));
	if (!e->bits)
		return json_real((double)object_real(e->object));
	for (int b = 0; b < e->bits->count; b++)
		bits[b] = object_word(e->object) >> b & 1 ? '1' : '0';
	bits[e->bits->count] = 0;
	return json_string(bits);
}

static json_t *age(const struct methods_view *v, struct mono at)
{
	if (!mono_is_set(at))
		return json_null();
	int64_t ms = mono_ms_between(at, ev_now(v->loop));
	return decimal_json(ms < 0 ? 0 : ms, 3);
}

static json_t *value_json(const struct entry *e)
{
	return has_value(e) ? decimal_json(e->value, e->decimals) : json_null();
}

static json_t *entry_json(const struct methods_view *v, int ups, const struct entry *e)
{
	const char *reliability = e->object ? bac_reliability_name(object_reliability(e->object)) : NULL;
	return json_pack("{s:s, s:s, s:i, s:s, s:o, s:o, s:o*, s:s, s:o, s:s, s:o, s:b, s:o, s:s?, s:b}",
		"ups", v->conf->ups[ups].name,
		"type", bac_object_type_name(e->type),
		"instance", e->instance,
		"name", e->name,
		"description", text_json(e->object ? object_description(e->object) : e->description),
		"value", value_json(e),
		"set", e->bits && has_value(e) ? set_bits(e) : NULL,
		"unit", e->unit,
		"text", words(e),
		"quality", quality_text(e->quality),
		"age", age(v, e->at),
		"exposed", e->object != NULL,
		"present_value", present_value(e),
		"reliability", reliability,
		"out_of_service", e->object && object_out_of_service(e->object));
}

/* ---- objects, watch ---- */

static int ups_find(const struct methods_view *v, const char *name)
{
	for (int i = 0; i < v->ups_count; i++)
		if (strcmp(v->conf->ups[i].name, name) == 0)
			return i;
	return -1;
}

static json_t *method_objects(void *ctx, const json_t *params, struct rpc_error *error)
{
	const struct methods_view *v = ctx;
	const char *name = json_string_value(json_object_get(params, "name"));
	const char *ups = json_string_value(json_object_get(params, "ups"));
	int only = ups ? ups_find(v, ups) : -1;
	if (ups && only < 0)
		return rpc_fail(error, RPC_PARAMS, "params.ups: there is no UPS %.60s", ups);
	json_t *list = json_array();
	for (int u = 0; u < v->ups_count; u++) {
		for (int i = 0; i < ENTRIES; i++) {
			struct entry e;
			if (only >= 0 && only != u)
				continue;
			entry_at(&e, v, u, i);
			if (!name || strcmp(e.name, name) == 0)
				json_array_append_new(list, entry_json(v, u, &e));
		}
	}
	if (name && json_array_size(list) == 0) {
		json_decref(list);
		return rpc_fail(error, RPC_PARAMS, "params.name: there is no object %.60s", name);
	}
	return json_pack("{s:o}", "objects", list);
}

struct known {
	int64_t value;
	uint8_t quality, decimals, reliability;
	bool exposed, out_of_service;
	float present;
	uint32_t word;
};

struct methods_watch {
	int ups_count;
	bool begun;
	struct known known[];            /* ENTRIES a UPS */
};

struct methods_watch *methods_watch_make(int ups_count)
{
	struct methods_watch *w = calloc(1, sizeof *w + (size_t)ups_count * ENTRIES * sizeof(struct known));
	if (w)
		w->ups_count = ups_count;
	return w;
}

void methods_watch_free(struct methods_watch *w)
{
	free(w);
}

static struct known know(const struct entry *e)
{
	struct known k = { .value = has_value(e) ? e->value : 0, .quality = (uint8_t)e->quality, .decimals = e->decimals,
		.exposed = e->object != NULL };
	if (!e->object)
		return k;
	k.reliability = (uint8_t)object_reliability(e->object);
	k.out_of_service = object_out_of_service(e->object);
	if (e->state || e->bits)
		k.word = object_word(e->object);
	else
		k.present = object_real(e->object);
	return k;
}

static bool same(const struct known *a, const struct known *b)
{
	return a->value == b->value && a->quality == b->quality && a->decimals == b->decimals && a->reliability == b->reliability &&
	       a->exposed == b->exposed && a->out_of_service == b->out_of_service && a->word == b->word &&
	       memcmp(&a->present, &b->present, sizeof a->present) == 0;       /* bit for bit: a client may write a NaN */
}

/* True when it is not what the watchers know; from now on they do. */
static bool renew(struct methods_watch *w, int ups, int i, const struct entry *e)
{
	struct known now = know(e), *before = &w->known[ups * ENTRIES + i];
	bool changed = !w->begun || !same(&now, before);
	*before = now;
	return changed;
}

json_t *methods_changes(const struct methods_view *v, struct methods_watch *w)
{
	json_t *list = NULL;
	for (int u = 0; u < v->ups_count && u < w->ups_count; u++) {
		for (int i = 0; i < ENTRIES; i++) {
			struct entry e;
			entry_at(&e, v, u, i);
			if (!renew(w, u, i, &e))
				continue;
			if (!list)
				list = json_array();
			json_array_append_new(list, entry_json(v, u, &e));
		}
	}
	w->begun = true;
	return list ? json_pack("{s:o}", "changes", list) : NULL;
}

/* A second watcher must not take the changes away from the first, so only the first one's answer counts as known. */
static json_t *method_watch(void *ctx, const json_t *params, struct rpc_error *error)
{
	const struct methods_view *v = ctx;
	bool first = !v->control || control_watchers(v->control) == 0;
	for (int u = 0; v->watch && first && u < v->ups_count && u < v->watch->ups_count; u++) {
		for (int i = 0; i < ENTRIES; i++) {
			struct entry e;
			entry_at(&e, v, u, i);
			renew(v->watch, u, i, &e);
		}
		v->watch->begun = true;
	}
	return method_objects(ctx, params, error);
}

/* ---- version, status ---- */

static json_t *method_version(void *ctx, const json_t *params, struct rpc_error *error)
{
	(void)ctx;
	(void)params;
	(void)error;
	return json_pack("{s:s, s:s, s:i}", "program", "bacnet-upsd", "version", BACNET_UPS_VERSION,
		"protocol_revision", BAC_PROTOCOL_REVISION);
}

static json_t *address_json(const uint8_t a[4])
{
	return json_sprintf("%u.%u.%u.%u", a[0], a[1], a[2], a[3]);
}

static json_t *network_json(const struct methods_view *v)
{
	if (!v->bip)
		return json_null();
	const struct bip_port *p = bip_port(v->bip);
	return json_pack("{s:s, s:o, s:o, s:o, s:i}", "interface", v->conf->interface, "address", address_json(p->address),
		"mask", address_json(p->mask), "broadcast", address_json(p->broadcast), "port", p->port);
}

static const char *choice_text(const struct conf *c, const char *key, char *buffer, size_t size)
{
	return conf_option_text(conf_option_find("bacnet", key), c, 0, buffer, size);
}

static json_t *device_json(const struct methods_view *v, struct device *d)
{
	char map[CONF_VALUE_MAX], writable[CONF_VALUE_MAX];
	if (!d)
		return json_null();
	return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:i, s:I, s:I, s:i, s:s, s:s}",
		"instance", (json_int_t)device_instance(d),
		"name", text_json(device_text(d, DEVICE_NAME)),
		"model", text_json(device_text(d, DEVICE_MODEL)),
		"description", text_json(device_text(d, DEVICE_DESCRIPTION)),
		"location", text_json(device_text(d, DEVICE_LOCATION)),
		"vendor", text_json(device_text(d, DEVICE_VENDOR)),
		"vendor_identifier", device_vendor_id(d),
		"objects", (json_int_t)device_count(d),
		"database_revision", (json_int_t)device_database_revision(d),
		"network_number", device_network_number(d),
		"object_map", choice_text(v->conf, "object_map", map, sizeof map),
		"writable", choice_text(v->conf, "writable", writable, sizeof writable));
}

static json_t *link_json(const struct methods_view *v, const struct snapshot *s)
{
	const struct link_stats *l = &s->stats;
	return json_pack("{s:s, s:o, s:I, s:b, s:o, s:o, s:o, s:b}",
		"state", ups_link_text(s->link), "device", text_json(l->device), "baud", (json_int_t)l->baud, "complete", s->complete,
		"age", age(v, s->at), "cycle_ms", decimal_json(l->cycle_us, 3), "last_error", text_json(l->last_error),
		"internal_fault", s->internal_fault);
}

static const char *system_text(enum ups_system system)
{
	switch (system) {
	case SYSTEM_UNKNOWN:  return "unknown";
	case SYSTEM_SINGLE:   return "single";
	case SYSTEM_PARALLEL: return "parallel";
	}
	return "unknown";
}

static json_t *identity_json(const struct ups_identity *i)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:i, s:s, s:i, s:i, s:i, s:i}",
		"family", i->family, "model", text_json(i->model), "serial", text_json(i->serial),
		"reference", text_json(i->reference), "location", text_json(i->location),
		"kva", i->kva_x10 ? decimal_json(i->kva_x10, 1) : json_null(), "code", i->code, "system", system_text(i->system),
		"units", i->units, "unit_number", i->unit_number, "phases_in", i->phases_in, "phases_out", i->phases_out);
}

/* Every multi-state value in words, and every bit of an alarm string that is set. */
static json_t *states_json(const struct methods_view *v, int ups)
{
	json_t *states = json_object();
	for (int i = PT_COUNT; i < PT_COUNT + ST_COUNT; i++) {
		struct entry e;
		entry_at(&e, v, ups, i);
		json_object_set_new(states, e.name, words(&e));
	}
	return states;
}

static json_t *alarms_json(const struct methods_view *v, int ups)
{
	static const enum bits_id alarm_bits[] = { BS_UPS_ALARMS, BS_UNIT_ALARMS };
	json_t *alarms = json_array();
	for (size_t i = 0; i < sizeof alarm_bits / sizeof *alarm_bits; i++) {
		struct entry e;
		entry_at(&e, v, ups, PT_COUNT + ST_COUNT + (int)alarm_bits[i]);
		json_t *set = has_value(&e) ? set_bits(&e) : NULL;
		json_array_extend(alarms, set);
		json_decref(set);
	}
	return alarms;
}

/* What a person wants to know first, where the UPS has it. */
static json_t *figures_json(const struct methods_view *v, int ups)
{
	static const enum point_id first[] = {
		PT_UNIT_OUTPUT_LR, PT_UNIT_OUTPUT_KW, PT_UNIT_OUTPUT_V1, PT_UNIT_OUTPUT_FR, PT_BATTERY_PERCENT, PT_BATTERY_MIN, PT_BATTERY_V_PLUS,
		PT_BYPASS_V1, PT_RECTIFIER_V1, PT_UNIT_TMP,
	};
	json_t *figures = json_object();
	for (size_t i = 0; i < sizeof first / sizeof *first; i++) {
		struct entry e;
		entry_at(&e, v, ups, (int)first[i]);
		if (has_value(&e))
			json_object_set_new(figures, e.name, words(&e));
	}
	return figures;
}

static json_t *clock_json(const struct ups_clock *c)
{
	if (!c->valid)
		return json_null();
	return json_sprintf("%04u-%02u-%02uT%02u:%02u:%02u", c->year, c->month, c->day, c->hour, c->minute, c->second);
}

static json_t *method_status(void *ctx, const json_t *params, struct rpc_error *error)
{
	const struct methods_view *v = ctx;
	(void)params;
	(void)error;
	json_t *list = json_array(), *problems = json_array();
	for (int u = 0; u < v->ups_count; u++) {
		const struct snapshot *s = v->ups[u].snapshot;
		json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "name", v->conf->ups[u].name,
			"device", device_json(v, v->ups[u].device), "link", link_json(v, s), "identity", identity_json(&s->identity),
			"clock", clock_json(&s->clock), "states", states_json(v, u), "alarms", alarms_json(v, u),
			"figures", figures_json(v, u)));
	}
	for (const char *const *p = v->problems; p && *p; p++)
		json_array_append_new(problems, text_json(*p));
	return json_pack("{s:s, s:o, s:o, s:o, s:o}", "version", BACNET_UPS_VERSION, "uptime", age(v, v->started),
		"network", network_json(v), "ups", list, "problems", problems);
}

/* ---- counters ---- */

static json_t *field_json(const struct link_stats *l)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
		"requests", (json_int_t)l->requests, "answers", (json_int_t)l->answers, "timeouts", (json_int_t)l->timeouts,
		"crc_errors", (json_int_t)l->crc_errors, "exceptions", (json_int_t)l->exceptions,
		"bad_answers", (json_int_t)l->bad_answers, "reconnects", (json_int_t)l->reconnects,
		"cycle_us", (json_int_t)l->cycle_us, "cycle_us_max", (json_int_t)l->cycle_us_max, "wire_us", (json_int_t)l->wire_us,
		"busy_ms", (json_int_t)(l->busy_ns / 1000000), "wanted_ms", (json_int_t)(l->wanted_ns / 1000000));
}

static json_t *responder_json(const struct responder *r)
{
	json_t *all = json_object();
	const char *name, *text;
	uint64_t value;
	for (size_t n = 0; responder_counter_at(r, n, &name, &text, &value); n++)
		json_object_set_new(all, name, json_integer((json_int_t)value));
	return all;
}

static json_t *bip_json(const struct bip_counters *c)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
		"rx", (json_int_t)c->rx, "tx", (json_int_t)c->tx, "rx_octets", (json_int_t)c->rx_octets,
		"tx_octets", (json_int_t)c->tx_octets, "rx_malformed", (json_int_t)c->rx_malformed, "rx_own", (json_int_t)c->rx_own,
		"rx_ignored", (json_int_t)c->rx_ignored, "rx_result", (json_int_t)c->rx_result, "nak_sent", (json_int_t)c->nak_sent,
		"nak_held", (json_int_t)c->nak_held, "tx_dropped", (json_int_t)c->tx_dropped);
}

static json_t *control_json(const struct control *control)
{
	const struct control_counters *c = control_counters(control);
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:i, s:i}", "accepted", (json_int_t)c->accepted, "refused", (json_int_t)c->refused,
		"requests", (json_int_t)c->requests, "failures", (json_int_t)c->failures, "dropped", (json_int_t)c->dropped,
		"clients", control_clients(control), "watchers", control_watchers(control));
}

static json_t *method_counters(void *ctx, const json_t *params, struct rpc_error *error)
{
	const struct methods_view *v = ctx;
	(void)params;
	(void)error;
	json_t *list = json_array();
	for (int u = 0; u < v->ups_count; u++) {
		const struct responder *r = v->ups[u].responder;
		json_array_append_new(list, json_pack("{s:s, s:o, s:o}", "name", v->conf->ups[u].name,
			"field", field_json(&v->ups[u].snapshot->stats), "bacnet", r ? responder_json(r) : json_null()));
	}
	return json_pack("{s:o, s:o, s:o}", "ups", list, "bip", v->bip ? bip_json(bip_counters(v->bip)) : json_null(),
		"control", v->control ? control_json(v->control) : json_null());
}

const struct rpc_method methods_table[] = {
	{ "version",  method_version,  { { 0 } }, false, "Program and version" },
	{ "status",   method_status,   { { 0 } }, false, "Link, identity, states and alarms of each UPS; the BACnet device; problems" },
	{ "objects",  method_objects,  { { "name", RPC_STRING, false, "only the object of this name" },
	                                 { "ups", RPC_STRING, false, "only this UPS; \"\" is that of the section [ups]" } },
	                               false, "Every object with its value in words and as clients read it, quality and age" },
	{ "counters", method_counters, { { 0 } }, false, "Serial link, BACnet/IP, BACnet services, control socket" },
	{ "watch",    method_watch,    { { "name", RPC_STRING, false, "only the object of this name in the answer" } },
	                               true, "As objects, and then the notification update with each change" },
	{ 0 },
};
