#include <string.h>

#include "api/entry.h"
#include "api/methods.h"
#include "api/updates.h"

json_t *api_objects(void *ctx, const json_t *params, struct rpc_error *error)
{
	const struct api_view *v = ctx;
	const char *name = json_string_value(json_object_get(params, "name"));
	const char *ups = json_string_value(json_object_get(params, "ups"));
	int only = ups ? entry_ups(v, ups) : -1;
	if (ups && only < 0)
		return rpc_fail(error, RPC_PARAMS, "params.ups: there is no UPS %.60s", ups);
	json_t *list = json_array();
	for (int u = 0; u < v->ups_count; u++) {
		for (int i = 0; i < ENTRY_COUNT; i++) {
			struct entry e;
			if (only >= 0 && only != u)
				continue;
			entry_at(&e, v, u, i);
			if (!name || strcmp(e.name, name) == 0)
				json_array_append_new(list, entry_to_json(v, u, &e));
		}
	}
	if (name && json_array_size(list) == 0) {
		json_decref(list);
		return rpc_fail(error, RPC_PARAMS, "params.name: there is no object %.60s", name);
	}
	return json_pack("{s:o}", "objects", list);
}

json_t *api_watch(void *ctx, const json_t *params, struct rpc_error *error)
{
	const struct api_view *v = ctx;
	if (v->updates)
		api_updates_begin(v->updates);
	return api_objects(ctx, params, error);
}
