#include <string.h>

#include "api/entry.h"
#include "api/json.h"
#include "api/methods.h"
#include "bacnet/enum.h"
#include "object/network_port.h"
#include "object/object.h"

json_t *api_version(void *ctx, const json_t *params, struct rpc_error *error)
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

static json_t *network_json(const struct api_view *v)
{
	if (!v->bip)
		return json_null();
	const struct bip_port *p = bip_port(v->bip);
	return json_pack("{s:s, s:o, s:o, s:o, s:i}", "interface", p->interface, "address", address_json(p->address),
		"mask", address_json(p->mask), "broadcast", address_json(p->broadcast), "port", p->port);
}

static const char *choice_text(const struct conf *c, const char *key, char *buffer, size_t size)
{
	return conf_option_text(conf_option_find("bacnet", key), c, 0, buffer, size);
}

static json_t *device_json(const struct api_view *v, struct device *d)
{
	char map[CONF_VALUE_MAX], writable[CONF_VALUE_MAX];
	if (!d)
		return json_null();
	return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:i, s:I, s:I, s:i, s:s, s:s}",
		"instance", (json_int_t)device_instance(d),
		"name", json_text(device_text(d, DEVICE_NAME)),
		"model", json_text(device_text(d, DEVICE_MODEL)),
		"description", json_text(device_text(d, DEVICE_DESCRIPTION)),
		"location", json_text(device_text(d, DEVICE_LOCATION)),
		"vendor", json_text(device_text(d, DEVICE_VENDOR)),
		"vendor_identifier", device_vendor_id(d),
		"objects", (json_int_t)device_count(d),
		"database_revision", (json_int_t)device_database_revision(d),
		"network_number", device_network_number(d),
		"object_map", choice_text(v->conf, "object_map", map, sizeof map),
		"writable", choice_text(v->conf, "writable", writable, sizeof writable));
}

static json_t *link_json(const struct api_view *v, const struct snapshot *s)
{
	const struct link_stats *l = &s->stats;
	return json_pack("{s:s, s:o, s:I, s:b, s:o, s:o, s:o, s:o, s:o, s:b}",
		"state", ups_link_text(s->link), "device", json_text(l->device), "baud", (json_int_t)l->baud, "complete", s->complete && !s->lacking,
		"age", json_age(v->loop, l->heard), "cycle_ms", json_decimal(l->cycle_us, 3), "last_error", json_text(l->last_error),
		"trouble", json_text(l->trouble), "clock_set", json_text(l->clock_told), "internal_fault", s->internal_fault);
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
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:s, s:i, s:i, s:i, s:i}",
		"family", i->family, "vendor", json_text(i->vendor), "model", json_text(i->model), "serial", json_text(i->serial),
		"reference", json_text(i->reference), "location", json_text(i->location),
		"kva", i->kva_x10 ? json_decimal(i->kva_x10, 1) : json_null(), "code", i->code, "system", system_text(i->system),
		"units", i->units, "unit_number", i->unit_number, "phases_in", i->phases_in, "phases_out", i->phases_out);
}

/* Of all that is shown in words, what is stale, with its age in seconds. */
static json_t *stale_json(const struct api_view *v, int ups)
{
	json_t *stale = json_object();
	for (int i = 0; i < ENTRY_COUNT; i++) {
		struct entry e;
		entry_at(&e, v, ups, i);
		if (e.quality == QUALITY_STALE)
			json_object_set_new(stale, e.name, json_age(v->loop, e.at));
	}
	return stale;
}

/* Every multi-state value in entry_words, and every bit of an alarm string that is set. */
static json_t *states_json(const struct api_view *v, int ups)
{
	json_t *states = json_object();
	for (int i = PT_COUNT; i < PT_COUNT + ST_COUNT; i++) {
		struct entry e;
		entry_at(&e, v, ups, i);
		json_object_set_new(states, e.name, entry_words(&e));
	}
	return states;
}

static json_t *alarms_json(const struct api_view *v, int ups)
{
	static const enum bits_id alarm_bits[] = { BS_UPS_ALARMS, BS_UNIT_ALARMS };
	json_t *alarms = json_array();
	for (size_t i = 0; i < sizeof alarm_bits / sizeof *alarm_bits; i++) {
		struct entry e;
		entry_at(&e, v, ups, PT_COUNT + ST_COUNT + (int)alarm_bits[i]);
		json_t *set = entry_has_value(&e) ? entry_set_bits(&e) : NULL;
		json_array_extend(alarms, set);
		json_decref(set);
	}
	return alarms;
}

/* What a person wants to know first, where the UPS has it. */
static json_t *figures_json(const struct api_view *v, int ups)
{
	static const enum point_id first[] = {
		PT_UNIT_OUTPUT_LR, PT_UNIT_OUTPUT_KW, PT_UNIT_OUTPUT_V1, PT_UNIT_OUTPUT_FR, PT_BATTERY_PERCENT, PT_BATTERY_MIN, PT_BATTERY_V_PLUS,
		PT_BYPASS_V1, PT_RECTIFIER_V1, PT_UNIT_TMP,
	};
	json_t *figures = json_object();
	for (size_t i = 0; i < sizeof first / sizeof *first; i++) {
		struct entry e;
		entry_at(&e, v, ups, (int)first[i]);
		if (entry_has_value(&e))
			json_object_set_new(figures, e.name, entry_words(&e));
	}
	return figures;
}

static json_t *clock_json(const struct ups_clock *c)
{
	if (!c->valid)
		return json_null();
	return json_sprintf("%04u-%02u-%02uT%02u:%02u:%02u", c->year, c->month, c->day, c->hour, c->minute, c->second);
}

/* Every option that does not stand at its default, and where its value comes from. */
static json_t *settings_json(const struct conf *c)
{
	json_t *list = json_array();
	for (int i = 0; i < CONF_OPTIONS; i++) {
		const struct conf_option *o = conf_option(i);
		for (int u = 0; u < (o->per_ups ? c->ups_count : 1); u++) {
			char value[CONF_VALUE_MAX];
			enum conf_source source = conf_option_source(o, c, u);
			if (source == CONF_DEFAULT)
				continue;
			json_array_append_new(list, json_pack("{s:s, s:s*, s:s, s:o, s:s}", "section", o->section,
				"ups", o->per_ups ? c->ups[u].name : NULL, "key", o->key,
				"value", json_text(conf_option_text(o, c, u, value, sizeof value)), "source", conf_source_text(source)));
		}
	}
	return list;
}

static json_t *leds_json(const struct api_view *v)
{
	json_t *leds = json_object();
	for (int i = 0; v->leds && i < LEDS; i++)
		json_object_set_new(leds, led_name((enum led)i), json_string(led_pattern_text(led_pattern_of(v->leds, (enum led)i))));
	return leds;
}

json_t *api_status(void *ctx, const json_t *params, struct rpc_error *error)
{
	const struct api_view *v = ctx;
	(void)params;
	(void)error;
	struct api_problems wrong = { 0 };
	json_t *list = json_array(), *problems = json_array();
	for (int u = 0; u < v->ups_count; u++) {
		const struct snapshot *s = v->ups[u].snapshot;
		json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "name", v->conf->ups[u].name,
			"device", device_json(v, v->ups[u].device), "link", link_json(v, s), "identity", identity_json(&s->identity),
			"clock", clock_json(&s->clock), "states", states_json(v, u), "alarms", alarms_json(v, u),
			"figures", figures_json(v, u), "stale", stale_json(v, u)));
	}
	if (v->problems)
		v->problems(v->ctx, &wrong);
	for (int i = 0; i < wrong.count; i++)
		json_array_append_new(problems, json_text(wrong.text[i]));
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "version", BACNET_UPS_VERSION, "uptime", json_age(v->loop, v->started),
		"network", network_json(v), "leds", leds_json(v), "ups", list, "settings", settings_json(v->conf),
		"problems", problems);
}
