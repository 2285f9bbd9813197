#include <stdlib.h>
#include <string.h>

#include "api/entry.h"
#include "api/methods.h"
#include "object/object.h"

struct known {
	int64_t value;
	uint8_t quality, decimals, reliability;
	bool exposed, out_of_service;
	float present;
	uint32_t word;
};

struct api_known {
	int ups_count;
	bool begun;
	struct known known[];            /* ENTRY_COUNT a UPS */
};

struct api_known *api_known_make(int ups_count)
{
	struct api_known *w = calloc(1, sizeof *w + (size_t)ups_count * ENTRY_COUNT * sizeof(struct known));
	if (w)
		w->ups_count = ups_count;
	return w;
}

void api_known_free(struct api_known *w)
{
	free(w);
}

static struct known know(const struct entry *e)
{
	struct known k = { .value = entry_has_value(e) ? e->value : 0, .quality = (uint8_t)e->quality, .decimals = e->decimals,
		.exposed = e->object != NULL };
	if (!e->object)
		return k;
	k.reliability = (uint8_t)object_reliability(e->object);
	k.out_of_service = object_out_of_service(e->object);
	if (e->state || e->bits)
		k.word = object_word(e->object);
	else
		k.present = object_real(e->object);
	return k;
}

static bool same(const struct known *a, const struct known *b)
{
	return a->value == b->value && a->quality == b->quality && a->decimals == b->decimals && a->reliability == b->reliability &&
	       a->exposed == b->exposed && a->out_of_service == b->out_of_service && a->word == b->word &&
	       memcmp(&a->present, &b->present, sizeof a->present) == 0;       /* bit for bit: a client may write a NaN */
}

/* True when it is not what the watchers know; from now on they do. */
static bool renew(struct api_known *w, int ups, int i, const struct entry *e)
{
	struct known now = know(e), *before = &w->known[ups * ENTRY_COUNT + i];
	bool changed = !w->begun || !same(&now, before);
	*before = now;
	return changed;
}

json_t *api_changes(const struct api_view *v, struct api_known *w)
{
	json_t *list = NULL;
	for (int u = 0; u < v->ups_count && u < w->ups_count; u++) {
		for (int i = 0; i < ENTRY_COUNT; i++) {
			struct entry e;
			entry_at(&e, v, u, i);
			if (!renew(w, u, i, &e))
				continue;
			if (!list)
				list = json_array();
			json_array_append_new(list, entry_to_json(v, u, &e));
		}
	}
	w->begun = true;
	return list ? json_pack("{s:o}", "changes", list) : NULL;
}

/* A second watcher must not take the changes away from the first, so only the first one's answer counts as known. */
json_t *api_watch(void *ctx, const json_t *params, struct rpc_error *error)
{
	const struct api_view *v = ctx;
	bool first = !v->control || control_watchers(v->control) == 0;
	for (int u = 0; v->known && first && u < v->ups_count && u < v->known->ups_count; u++) {
		for (int i = 0; i < ENTRY_COUNT; i++) {
			struct entry e;
			entry_at(&e, v, u, i);
			renew(v->known, u, i, &e);
		}
		v->known->begun = true;
	}
	return api_objects(ctx, params, error);
}
