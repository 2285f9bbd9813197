/* bacnet-ups status */
#include <string.h>

#include "tools/daemon.h"
#include "tools/table.h"

/* Colours of what a UPS should not be doing; everything else is plain. */
static const struct { const char *text; enum tool_colour colour; } moods[] = {
	{ "up", GREEN }, { "Running", GREEN }, { "NORMAL MODE", GREEN }, { "ON INVERTER", GREEN }, { "OPERATING", GREEN }, { "OK", GREEN },
	{ "NO ALARM", GREEN },
	{ "lost", RED }, { "fault", RED }, { "No com with UPS", RED }, { "CRITICAL ALARM", RED }, { "LOW", RED }, { "DISCHARGED", RED },
	{ "ON BATTERY", YELLOW }, { "DISCHARGING", YELLOW }, { "ON BYPASS", YELLOW }, { "ON MAINT. BYPASS", YELLOW },
	{ "PREVENTIVE ALARM", YELLOW }, { "GENERAL ALARM", YELLOW }, { "NOT PRESENT", YELLOW }, { "OUT OF TOL", YELLOW },
	{ "not managed", DIM }, { "not read", DIM },
};

static enum tool_colour mood(const char *text)
{
	for (size_t i = 0; i < sizeof moods / sizeof *moods; i++)
		if (strcmp(moods[i].text, text) == 0)
			return moods[i].colour;
	return PLAIN;
}

/* Texts come from the UPS: they do not reach the terminal as commands. */
static void line(const struct tool *t, const char *title, enum tool_colour colour, const char *text)
{
	fprintf(t->out, "%-16s %s", title, colour == PLAIN ? "" : tool_colour(t, colour));
	for (; *text; text++)
		fputc((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text, t->out);
	fprintf(t->out, "%s\n", colour == PLAIN ? "" : tool_colour(t, PLAIN));
}

static void print_device(const struct tool *t, const json_t *d)
{
	char text[400];
	if (!json_is_object(d))
		return;
	snprintf(text, sizeof text, "%lld \"%s\", %s %lld, %lld objects, map %s, writable %s", integer_of(d, "instance"), text_of(d, "name"),
		text_of(d, "vendor"), integer_of(d, "vendor_identifier"), integer_of(d, "objects"), text_of(d, "object_map"),
		text_of(d, "writable"));
	line(t, "BACnet device", PLAIN, text);
	if (text_of(d, "location")[0])
		line(t, "Location", PLAIN, text_of(d, "location"));
}

static void print_identity(const struct tool *t, const json_t *i)
{
	char text[400], kva[40] = "";
	if (!text_of(i, "family")[0]) {
		line(t, "UPS", DIM, "not known yet");
		return;
	}
	if (json_is_number(json_object_get(i, "kva")))
		snprintf(kva, sizeof kva, ", %g kVA", number_of(i, "kva"));
	const char *serial = text_of(i, "serial");
	snprintf(text, sizeof text, "%s%s%s%s, family %s, %s system", text_of(i, "model")[0] ? text_of(i, "model") : "unknown model", kva,
		serial[0] ? ", serial " : "", serial, text_of(i, "family"), text_of(i, "system"));
	line(t, "UPS", PLAIN, text);
}

static void print_link(const struct tool *t, const json_t *l)
{
	char text[400], age[32] = "", baud[32] = "";
	if (integer_of(l, "baud"))
		snprintf(baud, sizeof baud, " at %lld baud", integer_of(l, "baud"));
	if (json_is_number(json_object_get(l, "age")))
		tool_duration(number_of(l, "age"), age, sizeof age);
	snprintf(text, sizeof text, "%s: %s%s%s%s%s", text_of(l, "state"), text_of(l, "device"), baud, age[0] ? ", last heard " : "", age,
		age[0] ? " ago" : "");
	line(t, "Link", mood(text_of(l, "state")), text);
	if (text_of(l, "last_error")[0])
		line(t, "Last error", YELLOW, text_of(l, "last_error"));
}

static void print_texts(const struct tool *t, const char *title, enum tool_colour colour, const json_t *list)
{
	size_t i;
	json_t *text;
	json_array_foreach(list, i, text)
		line(t, i ? "" : title, colour, json_string_value(text));
}

static void print_ups(const struct tool *t, const json_t *u, size_t of)
{
	const char *key;
	json_t *value;
	if (of > 1)
		fprintf(t->out, "\n[ups%s%s]\n", text_of(u, "name")[0] ? ":" : "", text_of(u, "name"));
	print_device(t, json_object_get(u, "device"));
	print_identity(t, json_object_get(u, "identity"));
	print_link(t, json_object_get(u, "link"));
	if (json_is_string(json_object_get(u, "clock")))
		line(t, "UPS clock", PLAIN, text_of(u, "clock"));
	fputc('\n', t->out);
	json_object_foreach(json_object_get(u, "states"), key, value)
		line(t, key, mood(json_string_value(value)), json_string_value(value));
	print_texts(t, "Alarms set", RED, json_object_get(u, "alarms"));
	json_t *figures = json_object_get(u, "figures");
	if (json_object_size(figures))
		fputc('\n', t->out);
	json_object_foreach(figures, key, value)
		line(t, key, PLAIN, json_string_value(value));
}

int tool_status(struct tool *t)
{
	json_t *s = daemon_call(t, "status", NULL), *u;
	char text[200], up[32];
	size_t i;
	if (!s)
		return TOOL_FAILED;
	if (t->json) {
		tool_print_json(t, s);
		json_decref(s);
		return TOOL_OK;
	}
	const json_t *n = json_object_get(s, "network");
	snprintf(text, sizeof text, "%s, up %s", text_of(s, "version"), tool_duration(number_of(s, "uptime"), up, sizeof up));
	line(t, "bacnet-upsd", PLAIN, text);
	snprintf(text, sizeof text, "%s%s%s:%lld", text_of(n, "interface"), text_of(n, "interface")[0] ? " " : "", text_of(n, "address"),
		integer_of(n, "port"));
	line(t, "Network", json_is_object(n) ? PLAIN : RED, json_is_object(n) ? text : "not open");
	print_texts(t, "Problems", RED, json_object_get(s, "problems"));
	json_t *list = json_object_get(s, "ups");
	json_array_foreach(list, i, u)
		print_ups(t, u, json_array_size(list));
	json_decref(s);
	return TOOL_OK;
}
