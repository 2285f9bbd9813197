/* bacnet-ups read: what it is asked for, and what it prints. */
#include <stdlib.h>
#include <string.h>

#include "base/ipv4.h"
#include "tools/asker.h"
#include "tools/object_name.h"
#include "tools/read_cov.h"
#include "tools/reading.h"
#include "tools/show_value.h"
#include "tools/writer.h"

enum { TIMEOUT_MS = 1500, WHOIS_MS = 2500, PORT = 47808, TARGET_MAX = 64 };

struct what {
	bool all_objects;
	uint32_t object, property;
	uint64_t index;                  /* BAC_ARRAY_ALL: none */
};

struct session {
	struct tool *t;
	struct asker *asker;
	struct reading reading;
	struct what what;
	char target[TARGET_MAX];         /* as it was asked for, or its address */
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

/* "192.0.2.7:47808", and " network 5 address 0A" when it is behind a router. */
static const char *address_text(const struct bac_addr *a, char *buffer, size_t size)
{
	char ip[IPV4_TEXT_MAX];
	ipv4_port_text(ip, a->mac, (uint16_t)(a->mac[4] << 8 | a->mac[5]));
	size_t n = (size_t)snprintf(buffer, size, a->net ? "%s network %u address " : "%s", ip, a->net);
	for (int i = 0; a->net && i < a->adr_len && n < size; i++)
		n += (size_t)snprintf(buffer + n, size - n, "%02X", a->adr[i]);
	return buffer;
}

/* ---- Who-Is ---- */

static bool found_device(void *ctx, const struct bac_addr *from, const struct i_am *i)
{
	static const char *const segmentation[] = { "both", "transmit", "receive", "none" };
	json_t *devices = ctx, *d;
	char address[TARGET_MAX];
	size_t k;
	address_text(from, address, sizeof address);
	json_array_foreach(devices, k, d)            /* one line, however often it says so */
		if (integer_of(d, "instance") == bac_id_instance(i->device) && strcmp(text_of(d, "address"), address) == 0)
			return true;
	json_array_append_new(devices, json_pack("{s:I, s:s, s:I, s:s, s:I}", "instance", (json_int_t)bac_id_instance(i->device),
		"address", address, "max_apdu", (json_int_t)i->max_apdu, "segmentation",
		i->segmentation < 4 ? segmentation[i->segmentation] : "unknown", "vendor_identifier", (json_int_t)i->vendor));
	return true;
}

static int whois(struct session *s)
{
	static const struct writer_row columns[] = {
		{ .title = "instance", .key = "instance", .align = 'r' },
		{ .title = "address", .key = "address", .align = 'l' },
		{ .title = "max APDU", .key = "max_apdu", .align = 'r' },
		{ .title = "segmentation", .key = "segmentation", .align = 'l' },
		{ .title = "vendor", .key = "vendor_identifier", .align = 'r' },
	};
	static const struct writer_view view = { WRITER_TABLE, .path = "devices", WRITER_ROWS(columns) };
	struct tool *t = s->t;
	struct who_is q = { 0, BAC_INSTANCE_ANY };
	if (t->count > 1 && (!parse_number(t->args[1], BAC_INSTANCE_ANY, &q.low) ||
	    !parse_number(t->args[t->count > 2 ? 2 : 1], BAC_INSTANCE_ANY, &q.high)))
		return tool_fail(t, TOOL_USAGE, "LOW and HIGH are device instances, 0 to 4194303");
	if (q.low > q.high)
		return tool_fail(t, TOOL_USAGE, "LOW is above HIGH: %u, %u", q.low, q.high);
	json_t *devices = json_array();
	asker_who_is(s->asker, &q, t->timeout_ms ? t->timeout_ms : WHOIS_MS, found_device, devices);
	size_t n = json_array_size(devices);
	json_t *out = json_pack("{s:o}", "devices", devices);
	if (n || t->format != FORMAT_TEXT)
		writer_show(t, out, &view, 1);
	json_decref(out);
	if (asker_interrupted(s->asker))
		return TOOL_INTERRUPTED;
	return n ? TOOL_OK : tool_fail(t, TOOL_FAILED, "no device has answered; broadcasts do not cross routers: name the interface (--interface), "
		"wait longer (--timeout), or ask a device by its address");
}

/* ---- arguments ---- */

/* ADDRESS[:PORT], or an instance that is looked for. */
static bool parse_target(struct session *s, const char *text, uint16_t port)
{
	struct bac_addr to = { 0 };
	uint32_t instance;
	uint16_t at;
	snprintf(s->target, sizeof s->target, "device %s", text);
	if (parse_number(text, BAC_INSTANCE_MAX, &instance)) {
		asker_to_device(s->asker, instance);
		return true;
	}
	if (!ipv4_parse_port(text, port, to.mac, &at))
		return false;
	to.mac[4] = (uint8_t)(at >> 8);
	to.mac[5] = (uint8_t)at;
	asker_to_address(s->asker, &to);
	address_text(&to, s->target, sizeof s->target);
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

/* DEVICE OBJECT PROPERTY, where OBJECT may be two words. */
static int parse_what(struct tool *t, struct what *w)
{
	int words = 1;
	if (t->cov && t->count > 1 && object_name_take(t->args + 1, t->count - 1, &w->object) == t->count - 1) {
		w->property = PROP_ALL;          /* of SubscribeCOV: what the device thinks of */
		w->index = BAC_ARRAY_ALL;
		return TOOL_OK;
	}
	if (t->count > 1 && object_name_take(t->args + 1, t->count - 1, &w->object) == t->count - 1)
		return tool_fail(t, TOOL_USAGE, "the property is missing behind the object: present-value, all, or another one");
	if (t->count < 3)
		return tool_fail(t, TOOL_USAGE, "whois [LOW [HIGH]], or DEVICE OBJECT PROPERTY[[INDEX]]");
	w->all_objects = strcmp(t->args[1], "all") == 0;
	if (!w->all_objects)
		words = object_name_take(t->args + 1, t->count - 2, &w->object);
	if (words == 0)
		return tool_fail(t, TOOL_USAGE, "%s is no object: AV 70, analog-value:70, device, network-port or all", t->args[1]);
	if (t->count != words + 2)
		return tool_fail(t, TOOL_USAGE, "one argument too many: %s", t->args[t->count - 1]);
	if (!parse_property(t->args[1 + words], w))
		return tool_fail(t, TOOL_USAGE, "%s is no property: a name or a number, and perhaps [INDEX]", t->args[1 + words]);
	if (t->cov && (w->all_objects || reading_is_special(w->property)))
		return tool_fail(t, TOOL_USAGE, "--cov follows one object, or one property of it");
	return TOOL_OK;
}

/* ---- printing ---- */

static void print_values(const struct tool *t, const json_t *p)
{
	json_t *values = json_object_get(p, "values");
	if (json_array_size(values) == 1)
		show_text(t->out, json_array_get(values, 0));
	else if (values)
		show_text(t->out, values);
	if (json_object_get(p, "error"))
		fprintf(t->out, "%s%s%s%s", values ? " " : "", tool_colour(t, RED), text_of(p, "error"), tool_colour(t, PLAIN));
	fputc('\n', t->out);
}

static void print_object(const struct tool *t, const json_t *o, bool headed)
{
	json_t *p;
	size_t i;
	if (headed)
		fprintf(t->out, "%s%s%s\n", tool_colour(t, BOLD), text_of(o, "object"), tool_colour(t, PLAIN));
	json_array_foreach(json_object_get(o, "properties"), i, p) {
		char name[96];
		snprintf(name, sizeof name, json_object_get(p, "index") ? "%s[%lld]" : "%s", text_of(p, "property"), integer_of(p, "index"));
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

static void print(struct session *s, json_t *objects, bool single)
{
	struct tool *t = s->t;
	json_t *o;
	size_t i;
	if (t->format != FORMAT_TEXT) {
		json_t *out = json_pack("{s:s, s:O}", "device", s->target, "objects", objects);
		writer_show(t, out, NULL, 0);
		json_decref(out);
	} else if (single) {
		print_plain(t, json_array_get(json_object_get(json_array_get(objects, 0), "properties"), 0));
	} else {
		json_array_foreach(objects, i, o)
			print_object(t, o, s->what.all_objects);
	}
}

/* ---- reading ---- */

/* Nobody answers: what a person can do about it. */
static int fail_unreachable(const struct session *s)
{
	if (asker_interrupted(s->asker))
		return TOOL_INTERRUPTED;
	if (s->reading.end == CLIENT_NOT_FOUND)
		return tool_fail(s->t, TOOL_FAILED, "%s: no device with this instance has answered; bacnet-ups read whois lists those that do, and "
			"one behind a router or in another subnet is asked by its ADDRESS", s->target);
	return tool_fail(s->t, TOOL_FAILED, "%s: no answer: is it switched on and in this network, is its UDP port another one (--port), does a "
		"firewall stand between, does it need longer (--timeout MS)?", s->target);
}

/* It answers, but gives no value. */
static int fail_refused(const struct session *s, const char *error)
{
	const char *mend = "";
	if (strstr(error, "unknown-object"))
		mend = "; bacnet-ups read DEVICE device object-list lists its objects";
	else if (strstr(error, "unknown-property"))
		mend = "; bacnet-ups read DEVICE OBJECT all lists what it has";
	else if (strstr(error, "segmentation-not-supported") || strstr(error, "buffer-overflow"))
		mend = "; the device cannot send so much at once: ask for one element, PROPERTY[1]";
	return tool_fail(s->t, TOOL_NO_VALUE, "%s: %s%s", s->target, error, mend);
}

/* A bare present-value hides what an object thinks of it: FAULT, and why, are told beside it.  True: it is in fault. */
static bool tell_fault(const struct session *s, const json_t *o)
{
	const json_t *flags = json_object_get(o, "status_flags"), *reliability = json_object_get(o, "reliability"), *flag;
	bool fault = false;
	size_t i;
	json_array_foreach(json_object_get(flags, "set"), i, flag)
		fault |= strcmp(json_string_value(flag), "fault") == 0;
	if (fault && json_is_integer(reliability))
		tool_fail(s->t, TOOL_NO_VALUE, "%s: %s is in fault, and nobody vouches for its value: reliability %lld", s->target, text_of(o, "object"),
			json_integer_value(reliability));
	else if (fault)
		tool_fail(s->t, TOOL_NO_VALUE, "%s: %s is in fault, and nobody vouches for its value%s%s", s->target, text_of(o, "object"),
			json_is_string(reliability) ? ": " : "", text_of(o, "reliability"));
	return fault;
}

static const json_t *first_error(const json_t *objects, size_t *values)
{
	json_t *o, *p;
	const json_t *error = NULL;
	size_t i, k;
	*values = 0;
	json_array_foreach(objects, i, o)
		json_array_foreach(json_object_get(o, "properties"), k, p) {
			*values += json_object_get(p, "values") != NULL;
			if (!error)
				error = json_object_get(p, "error");
		}
	return error;
}

static int conclude(const struct session *s, const json_t *objects, bool single)
{
	size_t values;
	const json_t *error = first_error(objects, &values);
	if (!reading_goes_on(&s->reading))       /* what was read until then is printed */
		return fail_unreachable(s);
	if (error && (single || values == 0))
		return fail_refused(s, json_string_value(error));
	return single && tell_fault(s, json_array_get(objects, 0)) ? TOOL_NO_VALUE : TOOL_OK;
}

static json_t *read_object(struct session *s, uint32_t object, json_t *objects)
{
	char id[40];
	json_t *list = json_array(), *o = json_pack("{s:s, s:o}", "object", show_object(object, id, sizeof id), "properties", list);
	reading_property(&s->reading, object, s->what.property, s->what.index, list);
	json_array_append_new(objects, o);
	return o;
}

/* What says whether a present-value is to be believed; an object without it, or a device that falls silent here, changes nothing. */
static void read_quality(struct session *s, uint32_t object, json_t *o)
{
	static const struct { uint32_t property; const char *key; } rows[] = { { PROP_STATUS_FLAGS, "status_flags" }, { PROP_RELIABILITY, "reliability" } };
	struct reading aside = s->reading;
	for (size_t i = 0; i < sizeof rows / sizeof *rows && reading_goes_on(&aside); i++) {
		json_t *list = json_array();
		reading_property(&aside, object, rows[i].property, BAC_ARRAY_ALL, list);
		json_t *values = json_object_get(json_array_get(list, 0), "values");
		if (json_array_size(values) == 1)
			json_object_set(o, rows[i].key, json_array_get(values, 0));
		json_decref(list);
	}
}

static int read_every_object(struct session *s, json_t *objects)
{
	char why[256];
	json_t *ids = reading_objects(&s->reading, why, sizeof why), *id;
	size_t i;
	if (!ids)
		return reading_goes_on(&s->reading) ? tool_fail(s->t, TOOL_NO_VALUE, "%s: its object-list cannot be read: %s", s->target, why) :
			fail_unreachable(s);
	json_array_foreach(ids, i, id) {
		uint32_t object;
		if (reading_goes_on(&s->reading) && json_is_string(id) && object_name_parse(json_string_value(id), &object))
			read_object(s, object, objects);
	}
	json_decref(ids);
	return TOOL_OK;
}

static int read_properties(struct session *s)
{
	bool single = !s->what.all_objects && !reading_is_special(s->what.property);
	json_t *objects = json_array(), *one = NULL;
	struct bac_addr at;
	int status = TOOL_OK;
	if (s->what.all_objects)
		status = read_every_object(s, objects);
	else
		one = read_object(s, s->what.object, objects);
	if (one && s->what.property == PROP_PRESENT_VALUE && json_object_get(json_array_get(json_object_get(one, "properties"), 0), "values"))
		read_quality(s, s->what.object, one);
	if (asker_address(s->asker, &at))
		address_text(&at, s->target, sizeof s->target);
	if (status == TOOL_OK) {
		print(s, objects, single);
		status = conclude(s, objects, single);
	}
	json_decref(objects);
	return status;
}

static int run(struct session *s, bool who, uint16_t port)
{
	if (who)
		return whois(s);
	if (!parse_target(s, s->t->args[0], port))
		return tool_fail(s->t, TOOL_USAGE, "%s is neither ADDRESS[:PORT] nor a device instance of 0 to 4194302", s->t->args[0]);
	if (s->t->cov)
		return read_cov(s->t, s->asker, s->target, (struct property_ref){ s->what.object, s->what.property, s->what.index });
	s->reading = (struct reading){ .request = asker_request, .ctx = s->asker };
	return read_properties(s);
}

int tool_read(struct tool *t)
{
	struct err_at why = { .file = "event loop" };
	struct session s = { .t = t };
	bool who = strcmp(t->args[0], "whois") == 0;
	if (who && t->count > 3)
		return tool_fail(t, TOOL_USAGE, "whois [LOW [HIGH]], or DEVICE OBJECT PROPERTY[[INDEX]]");
	int status = who ? TOOL_OK : parse_what(t, &s.what);
	if (status != TOOL_OK)
		return status;
	struct asker_conf conf = { .interface = t->interface, .address = t->address, .port = (uint16_t)(t->port ? t->port : PORT),
		.timeout_ms = t->timeout_ms ? t->timeout_ms : TIMEOUT_MS, .retries = t->retries };
	struct ev_loop *loop = ev_loop_make();
	s.asker = loop ? asker_open(loop, &conf, &why) : NULL;
	if (s.asker)
		status = run(&s, who, conf.port);
	else
		status = tool_fail(t, TOOL_FAILED, "%s: %s", why.file, loop ? why.text : "no memory, or no descriptors");
	asker_close(s.asker);
	if (loop)
		ev_loop_free(loop);
	return status;
}
