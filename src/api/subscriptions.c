#include <stdio.h>

#include "api/entry.h"
#include "api/methods.h"
#include "bacnet/enum.h"
#include "base/ipv4.h"
#include "object/object.h"

/* "192.0.2.7:47808", or behind a router "192.0.2.7:47808 network 5 0a000007bac0". */
static json_t *peer_json(const struct bac_addr *a)
{
	char address[IPV4_TEXT_MAX], behind[2 * BAC_MAC_MAX + 1] = "";
	ipv4_port_text(address, a->mac, (uint16_t)(a->mac[4] << 8 | a->mac[5]));
	for (int i = 0; i < a->adr_len; i++)
		snprintf(behind + 2 * i, 3, "%02x", a->adr[i]);
	return a->net ? json_sprintf("%s network %u %s", address, a->net, behind) : json_string(address);
}

static json_t *subscription_json(const char *ups, struct device *device, const struct cov_active *s)
{
	const struct object *o = device_find(device, s->ref.object);
	json_t *j = json_pack("{s:s, s:o, s:I, s:s, s:I, s:s, s:s, s:b}", "ups", ups, "peer", peer_json(&s->peer), "process", (json_int_t)s->process,
		"type", bac_object_type_name(bac_id_type(s->ref.object)), "instance", (json_int_t)bac_id_instance(s->ref.object),
		"name", o ? object_name(o) : "", "property", bac_property_name(s->ref.property), "confirmed", s->confirmed);
	json_object_set_new(j, "remaining_s", s->remaining_s ? json_integer(s->remaining_s) : json_null());
	json_object_set_new(j, "increment", s->has_increment ? json_real((double)s->increment) : json_null());
	return j;
}

json_t *api_subscriptions(void *ctx, const json_t *params, struct rpc_error *error)
{
	const struct api_view *v = ctx;
	const char *ups = json_string_value(json_object_get(params, "ups"));
	int only = ups ? entry_ups(v, ups) : -1;
	if (ups && only < 0)
		return rpc_fail(error, RPC_PARAMS, "params.ups: there is no UPS %.60s", ups);
	json_t *list = json_array();
	for (int u = 0; u < v->ups_count; u++) {
		struct cov_active s;
		if (only >= 0 && only != u)
			continue;
		for (size_t cursor = 0; v->ups[u].node && node_next_subscription(v->ups[u].node, &cursor, &s);)
			json_array_append_new(list, subscription_json(v->conf->ups[u].name, v->ups[u].device, &s));
	}
	return json_pack("{s:o}", "subscriptions", list);
}
