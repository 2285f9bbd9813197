/* bacnet-ups alarms */
#include <string.h>

#include "tools/daemon.h"
#include "tools/item.h"
#include "tools/writer.h"

static const char *acknowledged(const json_t *item, char *buffer, size_t size)
{
	(void)buffer, (void)size;
	return json_is_true(json_object_get(item, "acknowledged")) ? "acknowledged" : "to be acknowledged";
}

static const struct writer_row columns[] = {
	{ .title = "number", .key = "number", .align = 'r' },
	{ .key = "ups" },
	{ .title = "since", .key = "since" },
	{ .title = "object", .text = item_brief },
	{ .key = "type" },
	{ .key = "instance" },
	{ .key = "name" },
	{ .title = "state", .key = "state" },
	{ .title = "class", .key = "class", .align = 'r' },
	{ .title = "text", .key = "text" },
	{ .title = "acknowledged", .text = acknowledged },
	{ .key = "acknowledged" },
};
static const struct writer_view view = { .kind = WRITER_TABLE, .path = "alarms", WRITER_ROWS(columns) };

static int acknowledge(struct tool *t)
{
	int status;
	json_t *params = json_pack("{s:i}", "number", t->ack);
	if (t->ups)
		json_object_set_new(params, "ups", json_string(t->ups));
	json_t *answer = daemon_call(t, "acknowledge", params, &status);
	json_decref(answer);
	return answer ? TOOL_OK : status;
}

/* ---- as they happen ---- */

static const char *changed(const json_t *e, char *buffer, size_t size)
{
	if (strcmp(text_of(e, "kind"), "acknowledgement") == 0)
		snprintf(buffer, size, "%s acknowledged", text_of(e, "to"));
	else
		snprintf(buffer, size, "%s -> %s", text_of(e, "from"), text_of(e, "to"));
	return buffer;
}

static const struct writer_row event_columns[] = {
	{ .title = "time", .key = "time", .least = 19 },
	{ .key = "kind" },
	{ .key = "ups" },
	{ .title = "object", .text = item_brief, .least = 6 },
	{ .key = "type" },
	{ .key = "instance" },
	{ .key = "name" },
	{ .title = "event", .text = changed, .least = 26 },
	{ .key = "from" },
	{ .key = "to" },
	{ .title = "class", .key = "class", .align = 'r' },
	{ .title = "text", .key = "text" },
	{ .key = "priority" },
	{ .key = "ack_required" },
};
static const struct writer_view event_view = { .kind = WRITER_TABLE, .path = "events", WRITER_ROWS(event_columns) };

static bool is_wanted(const struct tool *t, const json_t *update)
{
	const json_t *e = json_array_get(json_object_get(update, "events"), 0);
	return e && (!t->ups || strcmp(text_of(e, "ups"), t->ups) == 0);
}

static int follow(struct tool *t, void *c)
{
	struct err_at why = { 0 };
	char line[512];
	json_t *now = t->outside->call(c, "events", t->ups ? json_pack("{s:s}", "ups", t->ups) : NULL, &why);
	if (now)
		writer_show(t, now, &view, 1);
	for (int n = 0; now && !ferror(t->out) && (!t->updates || n < t->updates); ) {
		fflush(t->out);
		json_t *update = t->outside->update(c, -1, &why);
		if (!update)
			break;
		if (is_wanted(t, update))
			writer_next(t, update, &event_view, 1, n++ == 0);
		json_decref(update);
	}
	json_decref(now);
	return why.text[0] ? tool_fail(t, TOOL_FAILED, "%s", err_format(&why, line, sizeof line)) : TOOL_OK;
}

static int watch(struct tool *t)
{
	int status;
	void *c = daemon_open(t, &status);
	if (!c)
		return status;
	status = follow(t, c);
	t->outside->close(c);
	return status;
}

int tool_alarms(struct tool *t)
{
	int status;
	if (t->ack)
		return acknowledge(t);
	if (t->watch)
		return watch(t);
	json_t *all = daemon_call(t, "alarms", t->ups ? json_pack("{s:s}", "ups", t->ups) : NULL, &status);
	if (!all)
		return status;
	writer_show(t, all, &view, 1);
	json_decref(all);
	return TOOL_OK;
}
