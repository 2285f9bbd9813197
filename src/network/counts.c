#include "network/counts.h"

#include <stdio.h>

#include "base/ipv4.h"

enum { LINE_MS = 60000 };

#define COUNTER(id, text) { #id, text, offsetof(struct counters, id) },
static const struct {
	const char *name, *text;
	size_t offset;
} rows[COUNTERS] = {
#include "network/counters.def"
};
#undef COUNTER

void counts_refused(struct counts *c, enum counter which, const struct bac_addr *from)
{
	uint32_t held;
	if (c->log->level < LOG_LEVEL_INFO || !log_limit_pass(&c->line[which], ev_now(c->loop), LINE_MS, &held))
		return;
	char behind[24] = "", address[IPV4_TEXT_MAX];
	if (from->net)
		snprintf(behind, sizeof behind, " (network %u)", from->net);
	ipv4_port_text(address, from->mac, (uint16_t)(from->mac[4] << 8 | from->mac[5]));
	log_info(c->log, "bacnet: %s, from %s%s; %u more since the last such line", rows[which].text, address, behind, (unsigned)held);
}

bool counts_at(const struct counts *c, size_t n, const char **name, const char **text, uint64_t *value)
{
	if (n >= COUNTERS)
		return false;
	*name = rows[n].name;
	*text = rows[n].text;
	memcpy(value, (const char *)&c->n + rows[n].offset, sizeof *value);
	return true;
}
