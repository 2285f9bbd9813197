#include "api/methods.h"

static json_t *field_json(const struct link_stats *l)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
		"requests", (json_int_t)l->requests, "answers", (json_int_t)l->answers, "timeouts", (json_int_t)l->timeouts,
		"crc_errors", (json_int_t)l->crc_errors, "exceptions", (json_int_t)l->exceptions,
		"bad_answers", (json_int_t)l->bad_answers, "reconnects", (json_int_t)l->reconnects,
		"echoes", (json_int_t)l->echoes, "strays", (json_int_t)l->strays,
		"cycle_us", (json_int_t)l->cycle_us, "cycle_us_max", (json_int_t)l->cycle_us_max, "wire_us", (json_int_t)l->wire_us,
		"busy_ms", (json_int_t)(l->busy_ns / 1000000), "wanted_ms", (json_int_t)(l->wanted_ns / 1000000));
}

static json_t *node_json(const struct node *node)
{
	json_t *all = json_object();
	const char *name, *text;
	uint64_t value;
	for (size_t n = 0; node_counter_at(node, n, &name, &text, &value); n++)
		json_object_set_new(all, name, json_integer((json_int_t)value));
	return all;
}

static json_t *bip_json(const struct bip_counters *c)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
		"rx", (json_int_t)c->rx, "tx", (json_int_t)c->tx, "rx_octets", (json_int_t)c->rx_octets,
		"tx_octets", (json_int_t)c->tx_octets, "rx_malformed", (json_int_t)c->rx_malformed, "rx_own", (json_int_t)c->rx_own,
		"rx_ignored", (json_int_t)c->rx_ignored, "rx_result", (json_int_t)c->rx_result, "nak_sent", (json_int_t)c->nak_sent,
		"nak_held", (json_int_t)c->nak_held, "tx_dropped", (json_int_t)c->tx_dropped);
}

static json_t *control_json(const struct control *control)
{
	const struct control_counters *c = control_counters(control);
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:i, s:i}", "accepted", (json_int_t)c->accepted, "refused", (json_int_t)c->refused,
		"requests", (json_int_t)c->requests, "failures", (json_int_t)c->failures, "dropped", (json_int_t)c->dropped,
		"clients", control_clients(control), "watchers", control_watchers(control));
}

json_t *api_counters(void *ctx, const json_t *params, struct rpc_error *error)
{
	const struct api_view *v = ctx;
	(void)params;
	(void)error;
	json_t *list = json_array();
	for (int u = 0; u < v->ups_count; u++) {
		const struct node *node = v->ups[u].node;
		json_array_append_new(list, json_pack("{s:s, s:o, s:o}", "name", v->conf->ups[u].name,
			"field", field_json(&v->ups[u].snapshot->stats), "bacnet", node ? node_json(node) : json_null()));
	}
	return json_pack("{s:o, s:o, s:o}", "ups", list, "bip", v->bip ? bip_json(bip_counters(v->bip)) : json_null(),
		"control", v->control ? control_json(v->control) : json_null());
}
