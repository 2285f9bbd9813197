#include "state/overlay.h"

#include <stdlib.h>
#include <string.h>

#define KEPT_FILE "kept.json"        /* in complaints */

static int ups_of(const struct conf *conf, const char *name)
{
	for (int i = 0; i < conf->ups_count; i++)
		if (strcmp(conf->ups[i].name, name) == 0)
			return i;
	return -1;
}

static bool apply(struct conf *conf, const struct kept *k, const struct kept_option *o, struct conf_errors *left_out)
{
	char why[CONF_VALUE_MAX * 2];
	const struct conf_option *row = conf_option_find(o->section, o->key);
	bool per_ups = o->station != KEPT_ALL_STATIONS;
	int ups = per_ups ? ups_of(conf, kept_station_name(k, o->station)) : 0;
	if (!row || row->per_ups != per_ups)
		return conf_complain(left_out, KEPT_FILE, 0, "[%s] %s: no such option in this version", o->section, o->key);
	if (ups < 0)
		return conf_complain(left_out, KEPT_FILE, 0, "[%s] %s: the configuration has no UPS %s", o->section, o->key,
			kept_station_name(k, o->station));
	if (!conf_option_set(row, conf, ups, o->value, why, sizeof why))
		return conf_complain(left_out, KEPT_FILE, 0, "[%s] %s %s", o->section, o->key, why);
	conf_set_source(row, conf, ups, CONF_KEPT);
	return true;
}

bool overlay_load(struct conf *conf, const char *path, const struct kept *k, struct conf_errors *errors, struct conf_errors *left_out)
{
	struct conf *file = malloc(2 * sizeof *file), *both = file + 1;
	const struct kept_option *o;
	if (!file)
		return conf_complain(errors, path, 0, "no memory");
	bool ok = conf_load(file, path, errors);
	if (ok) {
		*both = *file;
		for (int i = 0; (o = kept_option_at(k, i)) != NULL; i++)
			apply(both, k, o, left_out);
		*conf = conf_check(both, KEPT_FILE, left_out) ? *both : *file;
	}
	free(file);
	return ok;
}
