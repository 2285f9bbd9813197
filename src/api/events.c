#include "api/events.h"

#include <stdlib.h>

#include "api/json.h"
#include "api/methods.h"
#include "bacnet/enum.h"
#include "notify/event.h"
#include "object/object.h"

struct heard_of {                                /* one UPS */
	struct event_listener listener;
	struct api_events *all;
	int ups;
};

struct api_events {
	const struct api_view *view;
	void (*publish)(void *ctx, json_t *update);
	void *ctx;
	struct heard_of ups[];
};

static json_t *event_json(const struct api_view *v, int ups, const struct event *e)
{
	static const char *const kinds[] = { [NOTIFY_ALARM] = "alarm", [NOTIFY_EVENT] = "event", [NOTIFY_ACK] = "acknowledgement" };
	const struct object *o = device_find(v->ups[ups].device, e->object);
	return json_pack("{s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:s, s:o, s:I, s:i, s:b}", "kind", kinds[e->notify_type], "ups", v->conf->ups[ups].name,
		"type", bac_object_type_name(bac_id_type(e->object)), "instance", (json_int_t)bac_id_instance(e->object),
		"name", o ? object_name(o) : "", "from", api_event_state_text(e->from), "to", api_event_state_text(e->to), "text", e->text,
		"time", api_stamp_json(&e->stamp), "class", (json_int_t)e->class, "priority", e->priority, "ack_required", e->ack_required);
}

static void happened(struct event_listener *l, const struct event *e)
{
	const struct heard_of *u = OWNER(l, struct heard_of, listener);
	const struct api_events *all = u->all;
	if (all->view->control && control_watchers(all->view->control, RPC_EVENTS) == 0)
		return;
	json_t *update = json_pack("{s:[o]}", "events", event_json(all->view, u->ups, e));
	all->publish(all->ctx, update);
	json_decref(update);
}

struct api_events *api_events_make(const struct api_view *view, void (*publish)(void *ctx, json_t *update), void *ctx)
{
	struct api_events *all = calloc(1, sizeof *all + (size_t)view->ups_count * sizeof all->ups[0]);
	if (!all)
		return NULL;
	*all = (struct api_events){ .view = view, .publish = publish, .ctx = ctx };
	for (int i = 0; i < view->ups_count; i++) {
		all->ups[i] = (struct heard_of){ .listener = { .happened = happened }, .all = all, .ups = i };
		node_listen_events(view->ups[i].node, &all->ups[i].listener);
	}
	return all;
}

void api_events_free(struct api_events *all)
{
	for (int i = 0; all && i < all->view->ups_count; i++)
		node_unlisten_events(all->view->ups[i].node, &all->ups[i].listener);
	free(all);
}
