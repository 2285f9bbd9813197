/* bacnet-ups alarms */
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

int tool_alarms(struct tool *t)
{
	int status;
	if (t->ack)
		return acknowledge(t);
	json_t *all = daemon_call(t, "alarms", t->ups ? json_pack("{s:s}", "ups", t->ups) : NULL, &status);
	if (!all)
		return status;
	writer_show(t, all, &view, 1);
	json_decref(all);
	return TOOL_OK;
}
