#include "api/methods.h"

/* A counter is a row: the name of the member is what the socket calls it. */
struct row {
	const char *name;
	size_t at, size;
};

#define ROW(type, member) { #member, offsetof(struct type, member), sizeof ((struct type *)0)->member }
#define ROWS_OF(rows, from) rows_to_json(rows, sizeof rows / sizeof *rows, from)

static const struct row link_rows[] = {
	ROW(link_stats, requests), ROW(link_stats, answers), ROW(link_stats, timeouts), ROW(link_stats, crc_errors), ROW(link_stats, exceptions),
	ROW(link_stats, bad_answers), ROW(link_stats, reconnects), ROW(link_stats, echoes), ROW(link_stats, strays), ROW(link_stats, cycle_us),
	ROW(link_stats, cycle_us_max), ROW(link_stats, wire_us),
};

static const struct row bip_rows[] = {
	ROW(bip_counters, rx), ROW(bip_counters, tx), ROW(bip_counters, rx_octets), ROW(bip_counters, tx_octets),
	ROW(bip_counters, rx_malformed), ROW(bip_counters, rx_own), ROW(bip_counters, rx_ignored), ROW(bip_counters, rx_result),
	ROW(bip_counters, nak_sent), ROW(bip_counters, nak_held), ROW(bip_counters, tx_dropped),
};

static const struct row control_rows[] = {
	ROW(control_counters, accepted), ROW(control_counters, refused), ROW(control_counters, requests), ROW(control_counters, failures),
	ROW(control_counters, dropped),
};

static json_t *rows_to_json(const struct row *rows, size_t count, const void *from)
{
	json_t *all = json_object();
	for (size_t i = 0; i < count; i++) {
		const void *at = (const char *)from + rows[i].at;
		uint64_t value = rows[i].size == sizeof(uint64_t) ? *(const uint64_t *)at : *(const uint32_t *)at;
		json_object_set_new(all, rows[i].name, json_integer((json_int_t)value));
	}
	return all;
}

static json_t *link_to_json(const struct link_stats *l)
{
	json_t *all = ROWS_OF(link_rows, l);
	json_object_set_new(all, "busy_ms", json_integer((json_int_t)(l->busy_ns / 1000000)));
	json_object_set_new(all, "wanted_ms", json_integer((json_int_t)(l->wanted_ns / 1000000)));
	return all;
}

static json_t *node_to_json(const struct node *node)
{
	json_t *all = json_object();
	const char *name, *text;
	uint64_t value;
	for (size_t n = 0; node_counter_at(node, n, &name, &text, &value); n++)
		json_object_set_new(all, name, json_integer((json_int_t)value));
	return all;
}

static json_t *control_to_json(const struct control *control)
{
	json_t *all = ROWS_OF(control_rows, control_counters(control));
	json_object_set_new(all, "clients", json_integer(control_clients(control)));
	json_object_set_new(all, "watchers", json_integer(control_watchers(control, RPC_ANYTHING)));
	return all;
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
			"field", link_to_json(&v->ups[u].snapshot->stats), "bacnet", node ? node_to_json(node) : json_null()));
	}
	return json_pack("{s:o, s:o, s:o}", "ups", list, "bip", v->bip ? ROWS_OF(bip_rows, bip_counters(v->bip)) : json_null(),
		"control", v->control ? control_to_json(v->control) : json_null());
}
