/* bacnet-ups read: what it is asked for, and what it prints. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bacnet_client.h"
#include "tools/daemon.h"
#include "tools/show_value.h"
#include "tools/table.h"
#include "tools/writer.h"

enum { TIMEOUT_MS = 1500, WHOIS_MS = 2500, PORT = 47808, BODY_MAX = 256 };

struct target {
	struct bac_addr addr;
	char text[64];
};

struct what {
	bool all_objects;
	uint32_t object, property;
	uint64_t index;                  /* BAC_ARRAY_ALL: none */
};

static bool parse_number(const char *text, uint32_t max, uint32_t *n)
{
	char *end;
	if (text[0] < '0' || text[0] > '9')
		return false;
	unsigned long v = strtoul(text, &end, 10);
	*n = (uint32_t)v;
	return *end == 0 && v <= max;
}

/* ---- Who-Is ---- */

struct finding {
	json_t *devices;
	uint32_t wanted;                 /* BAC_INSTANCE_ANY: everybody */
	struct target *target;
};

static bool found_device(void *ctx, const struct bac_addr *from, const struct i_am *i)
{
	struct finding *f = ctx;
	char address[64];
	json_t *d;
	size_t k;
	client_address_text(from, address, sizeof address);
	if (f->target) {
		if (bac_id_instance(i->device) != f->wanted)
			return true;
		f->target->addr = *from;
		snprintf(f->target->text, sizeof f->target->text, "%s", address);
		return false;
	}
	json_array_foreach(f->devices, k, d)         /* one line, however often it says so */
		if (integer_of(d, "instance") == bac_id_instance(i->device) && strcmp(text_of(d, "address"), address) == 0)
			return true;
	static const char *const segmentation[] = { "both", "transmit", "receive", "none" };
	json_array_append_new(f->devices, json_pack("{s:I, s:s, s:I, s:s, s:I}", "instance", (json_int_t)bac_id_instance(i->device),
		"address", address, "max_apdu", (json_int_t)i->max_apdu, "segmentation",
		i->segmentation < 4 ? segmentation[i->segmentation] : "unknown", "vendor_identifier", (json_int_t)i->vendor));
	return true;
}

static void print_devices(const struct tool *t, json_t *devices)
{
	struct table *table = table_make("rlrlr", "instance|address|max APDU|segmentation|vendor");
	json_t *d;
	size_t i;
	json_array_foreach(devices, i, d) {
		char n[3][24];
		snprintf(n[0], sizeof n[0], "%lld", integer_of(d, "instance"));
		snprintf(n[1], sizeof n[1], "%lld", integer_of(d, "max_apdu"));
		snprintf(n[2], sizeof n[2], "%lld", integer_of(d, "vendor_identifier"));
		table_row(table, PLAIN, n[0], text_of(d, "address"), n[1], text_of(d, "segmentation"), n[2], NULL);
	}
	table_print(table, t);
}

static int whois(struct tool *t, struct bacnet_client *c)
{
	struct who_is q = { 0, BAC_INSTANCE_ANY };
	struct err_at why;
	if (t->count > 1 && (!parse_number(t->args[1], BAC_INSTANCE_ANY, &q.low) ||
	    !parse_number(t->args[t->count > 2 ? 2 : 1], BAC_INSTANCE_ANY, &q.high) || q.low > q.high))
		return tool_fail(t, TOOL_USAGE, "LOW and HIGH are device instances, 0 to 4194303");
	struct finding f = { .devices = json_array(), .wanted = BAC_INSTANCE_ANY };
	if (!bacnet_client_who_is(c, &q, found_device, &f, &why)) {
		json_decref(f.devices);
		return tool_fail(t, TOOL_FAILED, "%s: %s", why.file, why.text);
	}
	size_t n = json_array_size(f.devices);
	if (t->format != FORMAT_TEXT) {
		json_t *out = json_pack("{s:O}", "devices", f.devices);
		writer_show(t, out, NULL, 0);
		json_decref(out);
	} else if (n) {
		print_devices(t, f.devices);
	}
	json_decref(f.devices);
	return n ? TOOL_OK : tool_fail(t, TOOL_FAILED, "no device has answered");
}

/* ---- arguments ---- */

/* ADDRESS[:PORT], or an instance that is looked for. */
static int find_target(struct tool *t, struct bacnet_client *c, const char *text, struct target *target)
{
	char host[32];
	uint32_t port = c->port, instance;
	uint8_t ip[4];
	struct err_at why;
	const char *colon = strchr(text, ':');
	snprintf(host, sizeof host, "%.*s", colon ? (int)(colon - text) : (int)strlen(text), text);
	if (inet_pton(AF_INET, host, ip) == 1) {
		if (colon && (!parse_number(colon + 1, 65535, &port) || port == 0))
			return tool_fail(t, TOOL_USAGE, "%s: a port is 1 to 65535", text);
		memcpy(target->addr.mac, ip, 4);
		target->addr.mac[4] = (uint8_t)(port >> 8);
		target->addr.mac[5] = (uint8_t)port;
		client_address_text(&target->addr, target->text, sizeof target->text);
		return TOOL_OK;
	}
	if (!parse_number(text, BAC_INSTANCE_MAX, &instance))
		return tool_fail(t, TOOL_USAGE, "%s is neither ADDRESS[:PORT] nor a device instance of 0 to 4194302", text);
	struct finding f = { .wanted = instance, .target = target };
	struct who_is q = { instance, instance };
	for (int attempt = 0; attempt <= c->retries && !target->text[0]; attempt++)
		if (!bacnet_client_who_is(c, &q, found_device, &f, &why))
			return tool_fail(t, TOOL_FAILED, "%s: %s", why.file, why.text);
	return target->text[0] ? TOOL_OK : tool_fail(t, TOOL_FAILED, "no device with the instance %u has answered", instance);
}

static bool parse_object(const char *text, struct what *w)
{
	char type_name[64];
	uint32_t type, instance = BAC_INSTANCE_ANY;
	const char *colon = strchr(text, ':');
	if (strcmp(text, "all") == 0) {
		w->all_objects = true;
		return true;
	}
	snprintf(type_name, sizeof type_name, "%.*s", colon ? (int)(colon - text) : (int)strlen(text), text);
	if (!bac_object_type_by_name(type_name, &type) || type >= OBJ_TYPE_LIMIT)
		return false;
	/* Without an instance it is the one of its kind. */
	if (!colon && type != OBJ_DEVICE && type != OBJ_NETWORK_PORT)
		return false;
	if (colon && !parse_number(colon + 1, BAC_INSTANCE_ANY, &instance))
		return false;
	w->object = bac_object_id(type, instance);
	return true;
}

static bool parse_property(const char *text, struct what *w)
{
	char name[64];
	const char *bracket = strchr(text, '[');
	uint32_t index;
	snprintf(name, sizeof name, "%.*s", bracket ? (int)(bracket - text) : (int)strlen(text), text);
	w->index = BAC_ARRAY_ALL;
	if (bracket) {
		char digits[16];
		size_t n = strcspn(bracket + 1, "]");
		if (n >= sizeof digits || bracket[1 + n] != ']' || bracket[2 + n])
			return false;
		snprintf(digits, sizeof digits, "%.*s", (int)n, bracket + 1);
		if (!parse_number(digits, UINT32_MAX, &index))
			return false;
		w->index = index;
	}
	return bac_property_by_name(name, &w->property);
}

/* ---- asking ---- */

/* What became of one property: its values, or why there are none. */
static json_t *property_json(uint32_t property, uint64_t index, json_t *values, const char *error)
{
	char name[64];
	json_t *p = json_pack("{s:s}", "property", show_property(property, name, sizeof name));
	if (index != BAC_ARRAY_ALL)
		json_object_set_new(p, "index", json_integer((json_int_t)index));
	if (values)
		json_object_set_new(p, "values", values);
	else
		json_object_set_new(p, "error", json_string(error));
	return p;
}

static json_t *values_or_error(uint32_t property, uint64_t index, struct rd *value)
{
	json_t *values = show_values(value, property);
	return property_json(property, index, values, rd_why_text(value->why));
}

struct session {
	struct tool *t;
	struct bacnet_client *c;
	struct target target;
	bool no_rpm;                     /* the device does not know ReadPropertyMultiple */
};

static const char *end_text(enum client_end end, struct fault fault, char *buffer, size_t size)
{
	return end == CLIENT_FAULT ? fault_text(fault, buffer, size) : client_end_text(end);
}

/* One property with ReadProperty, appended to `list`.  False: the device does not answer at all. */
static bool read_one(struct session *s, uint32_t object, uint32_t property, uint64_t index, json_t *list)
{
	uint8_t body[BODY_MAX];
	char why[96];
	struct wr w = wr_over(body, sizeof body);
	struct property_ref q = { object, property, index };
	struct fault fault;
	rp_request_write(&w, &q);
	enum client_end end = bacnet_client_request(s->c, &s->target.addr, CONFIRMED_READ_PROPERTY, &w, &fault);
	if (end != CLIENT_ANSWERED) {
		json_array_append_new(list, property_json(property, index, NULL, end_text(end, fault, why, sizeof why)));
		return end == CLIENT_FAULT;
	}
	struct rd r = rd_over(s->c->answer, s->c->answered), value;
	if (rp_ack_read(&r, &q, &value))
		json_array_append_new(list, values_or_error(property, index, &value));
	else
		json_array_append_new(list, property_json(property, index, NULL, "the answer is malformed"));
	return true;
}

static void take_results(struct session *s, json_t *list)
{
	struct rd r = rd_over(s->c->answer, s->c->answered);
	uint32_t object;
	struct rpm_result result;
	char why[96];
	while (rd_left(&r)) {
		struct rd results = rpm_object_read(&r, &object);
		while (rd_left(&results) && rpm_result_read(&results, &result)) {
			uint32_t property = result.ref.property;
			if (result.failed)
				json_array_append_new(list, property_json(property, result.ref.index, NULL, fault_text(result.error, why, sizeof why)));
			else
				json_array_append_new(list, values_or_error(property, result.ref.index, &result.value));
		}
		rd_end(&r, &results);
	}
	if (!rd_ok(&r))
		json_array_append_new(list, property_json(PROP_ALL, BAC_ARRAY_ALL, NULL, "the answer is malformed"));
}

/* all, required, optional: with ReadPropertyMultiple or, where a device has none, one after another by its Property_List. */
static bool read_many(struct session *s, uint32_t object, uint32_t property, json_t *list)
{
	uint8_t body[BODY_MAX];
	char why[96];
	struct wr w = wr_over(body, sizeof body);
	struct property_ref q = { object, property, BAC_ARRAY_ALL };
	struct fault fault = DONE;
	rpm_object_open(&w, object);
	rpm_reference_write(&w, &q);
	rpm_object_close(&w);
	enum client_end end = s->no_rpm ? CLIENT_FAULT : bacnet_client_request(s->c, &s->target.addr, CONFIRMED_READ_PROPERTY_MULTIPLE, &w, &fault);
	if (end == CLIENT_ANSWERED) {
		take_results(s, list);
		return true;
	}
	if (end != CLIENT_FAULT || property != PROP_ALL) {
		json_array_append_new(list, property_json(property, BAC_ARRAY_ALL, NULL, end_text(end, fault, why, sizeof why)));
		return end == CLIENT_FAULT;
	}
	s->no_rpm |= fault.kind == FAULT_REJECT && fault.code == REJECT_UNRECOGNIZED_SERVICE;
	static const uint32_t always[] = { PROP_OBJECT_IDENTIFIER, PROP_OBJECT_NAME, PROP_OBJECT_TYPE };
	for (size_t i = 0; i < sizeof always / sizeof *always; i++)
		if (!read_one(s, object, always[i], BAC_ARRAY_ALL, list))
			return false;
	json_t *listed = json_array();
	if (!read_one(s, object, PROP_PROPERTY_LIST, BAC_ARRAY_ALL, listed)) {
		json_decref(listed);
		return false;
	}
	json_t *name, *values = json_object_get(json_array_get(listed, 0), "values");
	bool alive = true;
	size_t i;
	json_array_foreach(values, i, name) {
		uint32_t p = (uint32_t)json_integer_value(name);
		if (!alive || (json_is_string(name) && !bac_property_by_name(json_string_value(name), &p)))
			continue;
		alive = read_one(s, object, p, BAC_ARRAY_ALL, list);
	}
	json_decref(listed);
	return alive;
}

static bool is_special(uint32_t property)
{
	return property == PROP_ALL || property == PROP_REQUIRED || property == PROP_OPTIONAL;
}

/* One object; what was read goes to `objects`. */
static bool read_object(struct session *s, uint32_t object, const struct what *w, json_t *objects)
{
	char id[40];
	json_t *list = json_array();
	bool alive = is_special(w->property) ? read_many(s, object, w->property, list) : read_one(s, object, w->property, w->index, list);
	json_array_append_new(objects, json_pack("{s:s, s:o}", "object", show_object(object, id, sizeof id), "properties", list));
	return alive;
}

static bool parse_listed(const json_t *text, uint32_t *object)
{
	struct what w = { 0 };
	const char *s = json_string_value(text);
	bool ok = s && parse_object(s, &w);
	*object = w.object;
	return ok;
}

/* The device's Object_List: whole or, when it does not fit, element by element. */
static json_t *object_list(struct session *s)
{
	uint32_t device = bac_object_id(OBJ_DEVICE, BAC_INSTANCE_ANY);
	json_t *got = json_array(), *ids = json_array();
	bool alive = read_one(s, device, PROP_OBJECT_LIST, BAC_ARRAY_ALL, got);
	json_t *values = json_object_get(json_array_get(got, 0), "values");
	json_array_extend(ids, values);
	if (alive && !values) {
		json_array_clear(got);
		alive = read_one(s, device, PROP_OBJECT_LIST, 0, got);
		json_int_t count = json_integer_value(json_array_get(json_object_get(json_array_get(got, 0), "values"), 0));
		for (json_int_t i = 1; alive && i <= count && i <= 100000; i++) {
			json_array_clear(got);
			alive = read_one(s, device, PROP_OBJECT_LIST, (uint64_t)i, got);
			json_array_extend(ids, json_object_get(json_array_get(got, 0), "values"));
		}
	}
	json_decref(got);
	if (alive && json_array_size(ids))
		return ids;
	json_decref(ids);
	return NULL;
}

/* ---- printing ---- */

static void print_values(const struct tool *t, const json_t *p)
{
	json_t *values = json_object_get(p, "values");
	if (!values)
		fprintf(t->out, "%s%s%s", tool_colour(t, RED), text_of(p, "error"), tool_colour(t, PLAIN));
	else if (json_array_size(values) == 1)
		show_text(t->out, json_array_get(values, 0));
	else
		show_text(t->out, values);
	fputc('\n', t->out);
}

static void print_object(const struct tool *t, const json_t *o, bool headed)
{
	json_t *p;
	size_t i;
	if (headed)
		fprintf(t->out, "%s%s%s\n", tool_colour(t, BOLD), text_of(o, "object"), tool_colour(t, PLAIN));
	json_array_foreach(json_object_get(o, "properties"), i, p) {
		char name[80];
		snprintf(name, sizeof name, "%s", text_of(p, "property"));
		if (json_object_get(p, "index"))
			snprintf(name + strlen(name), sizeof name - strlen(name), "[%lld]", integer_of(p, "index"));
		fprintf(t->out, "%s%-32s ", headed ? "  " : "", name);
		print_values(t, p);
	}
}

/* One property of one object is asked for to be used: one value a line and nothing else. */
static void print_plain(const struct tool *t, const json_t *p)
{
	json_t *values = json_object_get(p, "values"), *v;
	size_t i;
	json_array_foreach(values, i, v) {
		show_text(t->out, v);
		fputc('\n', t->out);
	}
}

static int print_all(struct session *s, const struct what *w, json_t *objects, bool alive)
{
	struct tool *t = s->t;
	json_t *o, *p;
	size_t i, k, errors = 0, values = 0;
	json_array_foreach(objects, i, o)
		json_array_foreach(json_object_get(o, "properties"), k, p) {
			values += json_object_get(p, "values") != NULL;
			errors += json_object_get(p, "values") == NULL;
		}
	bool single = !w->all_objects && !is_special(w->property);
	if (t->format != FORMAT_TEXT) {
		json_t *out = json_pack("{s:s, s:O}", "device", s->target.text, "objects", objects);
		writer_show(t, out, NULL, 0);
		json_decref(out);
	} else if (single && values) {
		print_plain(t, json_array_get(json_object_get(json_array_get(objects, 0), "properties"), 0));
	} else if (!single) {
		json_array_foreach(objects, i, o)
			print_object(t, o, w->all_objects);
	}
	if (single && errors) {
		p = json_array_get(json_object_get(json_array_get(objects, 0), "properties"), 0);
		return tool_fail(t, TOOL_FAILED, "%s: %s", s->target.text, text_of(p, "error"));
	}
	return alive && values ? TOOL_OK : tool_fail(t, TOOL_FAILED, "%s: %s", s->target.text, alive ? "nothing could be read" : "no answer");
}

static int read_all(struct session *s, const struct what *w)
{
	json_t *objects = json_array(), *id;
	bool alive = true;
	size_t i;
	if (!w->all_objects) {
		alive = read_object(s, w->object, w, objects);
	} else {
		json_t *ids = object_list(s);
		if (!ids) {
			json_decref(objects);
			return tool_fail(s->t, TOOL_FAILED, "%s: its object-list cannot be read", s->target.text);
		}
		json_array_foreach(ids, i, id) {
			uint32_t object;
			if (alive && parse_listed(id, &object))
				alive = read_object(s, object, w, objects);
		}
		json_decref(ids);
	}
	int status = print_all(s, w, objects, alive);
	json_decref(objects);
	return status;
}

int tool_read(struct tool *t)
{
	struct bacnet_client c;
	struct err_at why;
	bool who = strcmp(t->args[0], "whois") == 0;
	struct what w = { 0 };
	if (who ? t->count > 3 : t->count != 3)
		return tool_fail(t, TOOL_USAGE, "whois [LOW [HIGH]], or DEVICE OBJECT PROPERTY[[INDEX]]");
	if (!who && !parse_object(t->args[1], &w))
		return tool_fail(t, TOOL_USAGE, "%s is no object: TYPE:INSTANCE, device, network-port or all", t->args[1]);
	if (!who && !parse_property(t->args[2], &w))
		return tool_fail(t, TOOL_USAGE, "%s is no property: a name or a number, and perhaps [INDEX]", t->args[2]);
	struct bacnet_client_conf conf = { .interface = t->interface, .address = t->address, .port = (uint16_t)(t->port ? t->port : PORT),
		.timeout_ms = t->timeout_ms ? t->timeout_ms : who ? WHOIS_MS : TIMEOUT_MS, .retries = t->retries };
	if (!bacnet_client_open(&c, &conf, &why))
		return tool_fail(t, TOOL_FAILED, "%s: %s", why.file, why.text);
	struct session s = { .t = t, .c = &c };
	int status = who ? whois(t, &c) : find_target(t, &c, t->args[0], &s.target);
	if (!who && status == TOOL_OK)
		status = read_all(&s, &w);
	bacnet_client_close(&c);
	return status;
}
