/* bacnet-ups status: what the gateway and its UPS are doing.  Everything that is stale says so, with its age. */
#include <string.h>

#include "tools/daemon.h"
#include "tools/mood.h"
#include "tools/writer.h"

static const char *gateway_text(const json_t *s, char *buffer, size_t size)
{
	char up[32];
	snprintf(buffer, size, "%s, up %s", text_of(s, "version"), tool_duration(number_of(s, "uptime"), up, sizeof up));
	return buffer;
}

static const char *network_text(const json_t *n, char *buffer, size_t size)
{
	if (!json_is_object(n))
		return "not open";
	snprintf(buffer, size, "%s%s%s:%lld", text_of(n, "interface"), text_of(n, "interface")[0] ? " " : "", text_of(n, "address"),
		integer_of(n, "port"));
	return buffer;
}

static const char *device_text(const json_t *d, char *buffer, size_t size)
{
	if (!json_is_object(d))
		return NULL;
	snprintf(buffer, size, "%lld \"%s\", %lld objects", integer_of(d, "instance"), text_of(d, "name"), integer_of(d, "objects"));
	return buffer;
}

static const char *settings_text(const json_t *d, char *buffer, size_t size)
{
	if (!json_is_object(d))
		return NULL;
	snprintf(buffer, size, "map %s, writable %s, vendor %s (%lld)", text_of(d, "object_map"), text_of(d, "writable"), text_of(d, "vendor"),
		integer_of(d, "vendor_identifier"));
	return buffer;
}

static const char *identity_text(const json_t *i, char *buffer, size_t size)
{
	char kva[40] = "";
	const char *serial = text_of(i, "serial");
	if (!text_of(i, "family")[0])
		return "not known yet";
	if (json_is_number(json_object_get(i, "kva")) && !strstr(text_of(i, "model"), "kVA"))
		snprintf(kva, sizeof kva, ", %g kVA", number_of(i, "kva"));
	snprintf(buffer, size, "%s%s%s%s", text_of(i, "model")[0] ? text_of(i, "model") : "unknown model", kva, serial[0] ? ", serial " : "", serial);
	return buffer;
}

static const char *system_text(const json_t *i, char *buffer, size_t size)
{
	if (!text_of(i, "family")[0])
		return NULL;
	snprintf(buffer, size, "%s, family %s", text_of(i, "system"), text_of(i, "family"));
	return buffer;
}

/* The speed is told where it is known to be right: while others are tried, or nobody answers, it is only the one of the last attempt. */
static const char *link_text(const json_t *l, char *buffer, size_t size)
{
	char age[32] = "", baud[48] = "";
	const char *state = text_of(l, "state");
	if (integer_of(l, "baud") && strcmp(state, "up") == 0)
		snprintf(baud, sizeof baud, " at %lld baud", integer_of(l, "baud"));
	if (json_is_number(json_object_get(l, "age")))
		tool_duration(number_of(l, "age"), age, sizeof age);
	snprintf(buffer, size, "%s: %s%s%s%s%s", state, text_of(l, "device"), baud, age[0] ? ", last answer " : ", no answer yet", age,
		age[0] ? " ago" : "");
	return buffer;
}

static enum tool_colour link_colour(const json_t *l)
{
	return mood_of(text_of(l, "state"));
}

static enum tool_colour network_colour(const json_t *n)
{
	return json_is_object(n) ? PLAIN : RED;
}

static enum tool_colour identity_colour(const json_t *i)
{
	return text_of(i, "family")[0] ? PLAIN : DIM;
}

/* States and figures carry a mark when they are not of now; see mark_stale(). */
static enum tool_colour word_colour(const json_t *text)
{
	const char *word = json_string_value(text);
	return word && strstr(word, STALE_MARK) ? YELLOW : mood_of(word ? word : "");
}

static enum tool_colour red(const json_t *text)
{
	(void)text;
	return RED;
}

static enum tool_colour yellow(const json_t *text)
{
	(void)text;
	return YELLOW;
}

static const char *ups_heading(const json_t *u, char *buffer, size_t size)
{
	snprintf(buffer, size, "[ups%s%s]", text_of(u, "name")[0] ? ":" : "", text_of(u, "name"));
	return buffer;
}

static const struct writer_row gateway_rows[] = {
	{ .title = "bacnet-upsd", .text = gateway_text },
	{ .title = "Network", .key = "network", .text = network_text, .colour = network_colour },
	{ .title = "LEDs", .key = "leds" },
	{ .title = "Problems", .key = "problems", .colour = red },
};

static const struct writer_row ups_rows[] = {
	{ .title = "BACnet device", .key = "device", .text = device_text },
	{ .title = "Settings", .key = "device", .text = settings_text },
	{ .title = "Location", .key = "device.location" },
	{ .title = "UPS", .key = "identity", .text = identity_text, .colour = identity_colour },
	{ .title = "System", .key = "identity", .text = system_text },
	{ .title = "Link", .key = "link", .text = link_text, .colour = link_colour },
	{ .title = "Last error", .key = "link.last_error", .colour = yellow },
	{ .title = "UPS clock", .key = "clock", .colour = word_colour },
	{ .title = "Clock set", .key = "link.clock_set" },
	{ .title = NULL },
	{ .title = "States", .key = "states", .colour = word_colour },
	{ .title = "Alarms set", .key = "alarms", .colour = red },
	{ .title = NULL },
	{ .title = "Figures", .key = "figures", .colour = word_colour },
};

static const struct writer_view views[] = {
	{ .kind = WRITER_RECORD, WRITER_ROWS(gateway_rows) },
	{ .kind = WRITER_RECORD, .path = "ups", WRITER_ROWS(ups_rows), .heading = ups_heading },
};

/* For people: "ON INVERTER" becomes "ON INVERTER  (stale, 3 min old)". */
static void mark_member(json_t *group, const char *name, const json_t *age)
{
	char text[WRITER_TEXT_MAX], old[32];
	const char *word = text_of(group, name);
	if (!word[0])
		return;
	snprintf(text, sizeof text, "%s" STALE_MARK "%s old)", word, tool_duration(json_number_value(age), old, sizeof old));
	json_object_set_new(group, name, json_string(text));
}

static void mark_stale(json_t *ups)
{
	json_t *age;
	const char *name;
	json_object_foreach(json_object_get(ups, "stale"), name, age) {
		mark_member(json_object_get(ups, "states"), name, age);
		mark_member(json_object_get(ups, "figures"), name, age);
	}
	if (strcmp(text_of(json_object_get(ups, "link"), "state"), "up") != 0)
		mark_member(ups, "clock", json_object_get(json_object_get(ups, "link"), "age"));
}

/* For people they are one line: "power on, link on, rx flashing, tx flashing". */
static void join_leds(json_t *status)
{
	char line[WRITER_TEXT_MAX] = "";
	size_t n = 0;
	const char *name;
	json_t *shows;
	json_object_foreach(json_object_get(status, "leds"), name, shows)
		if (n < sizeof line)
			n += (size_t)snprintf(line + n, sizeof line - n, "%s%s %s", n ? ", " : "", name, json_string_value(shows));
	json_object_set_new(status, "leds", json_string(line));
}

int tool_status(struct tool *t)
{
	int status;
	json_t *s = daemon_call(t, "status", NULL, &status), *u;
	size_t i;
	if (!s)
		return status;
	if (t->format == FORMAT_TEXT) {
		join_leds(s);
		json_array_foreach(json_object_get(s, "ups"), i, u)
			mark_stale(u);
	}
	writer_show(t, s, views, sizeof views / sizeof *views);
	json_decref(s);
	return TOOL_OK;
}
