#include "ups/snapshot.h"

#include <string.h>

const char *quality_text(enum quality quality)
{
	switch (quality) {
	case QUALITY_NOT_READ:    return "not read";
	case QUALITY_GOOD:        return "good";
	case QUALITY_STALE:       return "stale";
	case QUALITY_ABSENT:      return "absent";
	case QUALITY_NOT_MANAGED: return "not managed";
	}
	return "unknown";
}

const char *ups_link_text(enum ups_link link)
{
	switch (link) {
	case LINK_STARTING: return "starting";
	case LINK_PROBING:  return "probing";
	case LINK_UP:       return "up";
	case LINK_LOST:     return "lost";
	}
	return "unknown";
}

void snapshot_clear(struct snapshot *s)
{
	memset(s, 0, sizeof *s);
	for (int i = 0; i < PT_COUNT; i++) {
		s->point[i].value = -1;
		uint8_t decimals = point_table[i].decimals;
		s->point[i].decimals = decimals == DECIMALS_FREE ? 0 : decimals;
	}
	for (int i = 0; i < ST_COUNT; i++)
		s->state[i].value = state_table[i].fallback;
}
