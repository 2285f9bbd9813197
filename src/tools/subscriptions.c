/* bacnet-ups subscriptions */
#include "tools/daemon.h"
#include "tools/item.h"
#include "tools/writer.h"

static const char *remaining(const json_t *item, char *buffer, size_t size)
{
	const json_t *s = json_object_get(item, "remaining_s");
	return json_is_null(s) ? "for ever" : tool_duration(json_number_value(s), buffer, size);
}

static const char *how(const json_t *item, char *buffer, size_t size)
{
	(void)buffer, (void)size;
	return json_is_true(json_object_get(item, "confirmed")) ? "confirmed" : "unconfirmed";
}

static const struct writer_row columns[] = {
	{ .key = "ups" },
	{ .title = "subscriber", .key = "peer" },
	{ .title = "process", .key = "process", .align = 'r' },
	{ .title = "object", .text = item_brief },
	{ .key = "type" },
	{ .key = "instance" },
	{ .title = "name", .key = "name" },
	{ .title = "property", .key = "property" },
	{ .title = "increment", .key = "increment", .align = 'r' },
	{ .title = "notifications", .text = how },
	{ .key = "confirmed" },
	{ .title = "remaining", .text = remaining, .align = 'r' },
	{ .key = "remaining_s" },
};
static const struct writer_view view = { .kind = WRITER_TABLE, .path = "subscriptions", WRITER_ROWS(columns) };

int tool_subscriptions(struct tool *t)
{
	int status;
	json_t *all = daemon_call(t, "subscriptions", t->ups ? json_pack("{s:s}", "ups", t->ups) : NULL, &status);
	if (!all)
		return status;
	writer_show(t, all, &view, 1);
	json_decref(all);
	return TOOL_OK;
}
