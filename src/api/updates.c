#include "api/updates.h"

#include <stdlib.h>

#include "api/entry.h"
#include "object/object.h"

/* What a snapshot says of an entry, without its age. */
struct reading {
	int64_t value;
	uint8_t quality, decimals;
};

struct watched {                                 /* one UPS */
	struct device *device;
	struct device_listener listener;
	struct api_updates *all;
	int ups;
	bool marked[ENTRY_COUNT];
	struct reading known[ENTRY_COUNT];
};

struct api_updates {
	const struct api_view *view;
	void (*publish)(void *ctx, json_t *update);
	void *ctx;
	int ups_count;
	struct watched ups[];
};

static struct reading reading_of(const struct entry *e)
{
	return (struct reading){ .value = entry_has_value(e) ? e->value : 0, .quality = (uint8_t)e->quality, .decimals = e->decimals };
}

static bool same(struct reading a, struct reading b)
{
	return a.value == b.value && a.quality == b.quality && a.decimals == b.decimals;
}

static bool somebody_watches(const struct api_updates *w)
{
	return !w->view->control || control_watchers(w->view->control, RPC_CHANGES) > 0;
}

/* Marks what the snapshot says otherwise than it is known. */
static void mark_readings(struct watched *u)
{
	for (int i = 0; i < ENTRY_COUNT; i++) {
		struct entry e;
		if (i == ENTRY_DEVICE_STATUS)
			continue;
		entry_read(&e, u->all->view->ups[u->ups].snapshot, i);
		u->marked[i] |= !same(reading_of(&e), u->known[i]);
	}
}

static void publish_marked(struct watched *u)
{
	struct api_updates *w = u->all;
	json_t *list = NULL;
	for (int i = 0; i < ENTRY_COUNT; i++) {
		struct entry e;
		if (!u->marked[i])
			continue;
		u->marked[i] = false;
		entry_at(&e, w->view, u->ups, i);
		u->known[i] = reading_of(&e);
		if (!list)
			list = json_array();
		json_array_append_new(list, entry_to_json(w->view, u->ups, &e));
	}
	if (!list)
		return;
	json_t *update = json_pack("{s:o}", "changes", list);
	w->publish(w->ctx, update);
	json_decref(update);
}

static void object_changed(struct device_listener *l, struct object *o, unsigned changes)
{
	struct watched *u = OWNER(l, struct watched, listener);
	int i = entry_of_object(object_id(o));
	(void)changes;
	if (i >= 0)
		u->marked[i] = true;
}

static void settled(struct device_listener *l)
{
	struct watched *u = OWNER(l, struct watched, listener);
	if (somebody_watches(u->all))
		publish_marked(u);
}

void api_updates_snapshot(struct api_updates *w, int ups)
{
	if (!somebody_watches(w))
		return;
	mark_readings(&w->ups[ups]);
	publish_marked(&w->ups[ups]);
}

struct api_updates *api_updates_make(const struct api_view *view, void (*publish)(void *ctx, json_t *update), void *ctx)
{
	struct api_updates *w = calloc(1, sizeof *w + (size_t)view->ups_count * sizeof w->ups[0]);
	if (!w)
		return NULL;
	w->view = view;
	w->publish = publish;
	w->ctx = ctx;
	w->ups_count = view->ups_count;
	for (int i = 0; i < w->ups_count; i++) {
		w->ups[i].all = w;
		w->ups[i].ups = i;
		w->ups[i].listener = (struct device_listener){ .changed = object_changed, .settled = settled, .rank = LISTEN_WATCH };
		w->ups[i].device = view->ups[i].device;
		device_listen(w->ups[i].device, &w->ups[i].listener);
	}
	return w;
}

void api_updates_free(struct api_updates *w)
{
	for (int i = 0; w && i < w->ups_count; i++)
		device_unlisten(w->ups[i].device, &w->ups[i].listener);
	free(w);
}

void api_updates_begin(struct api_updates *w)
{
	if (w->view->control && control_watchers(w->view->control, RPC_CHANGES) > 0)
		return;
	for (int u = 0; u < w->ups_count; u++) {
		for (int i = 0; i < ENTRY_COUNT; i++) {
			struct entry e;
			entry_at(&e, w->view, u, i);
			w->ups[u].known[i] = reading_of(&e);
			w->ups[u].marked[i] = false;
		}
	}
}
