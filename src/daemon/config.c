#include "daemon/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "family/family.h"
#include "service/node.h"
#include "state/overlay.h"

enum { CHANGES_MAX = 64 };

static void complain(const struct log *log, enum log_level level, const struct conf_errors *errors)
{
	char text[512];
	int kept = errors->count < CONF_ERRORS_MAX ? errors->count : CONF_ERRORS_MAX;
	for (int i = 0; i < kept; i++)
		log_line(log, level, "%s", err_format(&errors->at[i], text, sizeof text));
	if (errors->count > kept)
		log_line(log, level, "and %d more", errors->count - kept);
}

/* What of the kept options does not count is said each time: it is the answer to "why does it not do what I set?". */
static bool load(struct conf *conf, const struct config *c, const struct kept *kept)
{
	struct conf_errors errors = { 0 }, left_out = { 0 };
	bool ok = overlay_load(conf, c->path, kept, &errors, &left_out);
	complain(c->log, LOG_LEVEL_ERROR, &errors);
	complain(c->log, LOG_LEVEL_WARNING, &left_out);
	uint64_t bits;
	if (ok && !node_services_named(conf->services_off, &bits)) {
		log_error(c->log, "%s: [bacnet] services_off must name services that are executed here, as docs/exports/pics.md lists them: \"%s\"",
		          c->path, conf->services_off);
		ok = false;
	}
	return ok;
}

bool config_load(struct config *c, const char *path, const struct kept *kept, const struct log *log)
{
	c->path = path;
	c->log = log;
	if (!load(&c->now, c, kept))
		return false;
	c->started = c->now;
	return true;
}

bool config_leave_out(struct config *c, const char *section, const char *key)
{
	const struct conf_option *o = conf_option_find(section, key);
	char kept[CONF_VALUE_MAX], value[CONF_VALUE_MAX], why[CONF_VALUE_MAX * 2];
	struct conf_errors errors = { 0 };
	if (conf_option_source(o, &c->now, 0) != CONF_KEPT)
		return false;
	struct conf *file = malloc(sizeof *file);
	bool ok = file && conf_load(file, c->path, &errors) &&
		conf_option_set(o, &c->now, 0, conf_option_text(o, file, 0, value, sizeof value), why, sizeof why);
	if (ok) {
		size_t used = strlen(c->left_out);
		conf_option_text(o, &c->started, 0, kept, sizeof kept);
		snprintf(c->left_out + used, sizeof c->left_out - used, "%s[%s] %s = %s", used ? ", " : "", section, key, kept);
		conf_set_source(o, &c->now, 0, conf_option_source(o, file, 0));
		c->started = c->now;
		log_warning(c->log, "kept.json: [%s] %s = %s cannot be used and is left out: %s counts", section, key, kept, value);
	}
	free(file);
	return ok;
}

bool config_check_families(const struct config *c)
{
	const char *directory = c->now.family_directory[0] ? c->now.family_directory : NULL;
	bool ok = true;
	for (int i = 0; i < c->now.ups_count; i++) {
		struct err_at why;
		char text[512];
		if (strcmp(c->now.ups[i].family, "auto") == 0)
			continue;
		struct family *family = family_open(c->now.ups[i].family, directory, &why);
		if (!family)
			log_error(c->log, "%s", err_format(&why, text, sizeof text));
		ok &= family != NULL;
		family_free(family);
	}
	return ok;
}

bool config_reload(struct config *c, const struct kept *kept, struct config_change *change)
{
	struct conf_change found[CHANGES_MAX];
	struct conf *fresh = malloc(sizeof *fresh);
	bool ok = fresh && load(fresh, c, kept);
	*change = (struct config_change){ 0 };
	if (ok) {
		change->options = conf_diff(&c->now, fresh, found, CHANGES_MAX);
		for (int i = 0; i < change->options && i < CHANGES_MAX; i++)
			change->link |= !found[i].option || found[i].option->per_ups;
		c->now = *fresh;
	}
	free(fresh);
	return ok;
}

const char *config_restart_needed(const struct config *c, char *buffer, size_t size)
{
	struct conf_change found[CHANGES_MAX];
	int changes = conf_diff(&c->started, &c->now, found, CHANGES_MAX);
	size_t used = 0;
	bool sections = false;
	buffer[0] = 0;
	for (int i = 0; i < changes && i < CHANGES_MAX && used < size; i++) {
		const struct conf_option *o = found[i].option;
		const char *comma = used ? ", " : "";
		if (!o && !sections)
			used += (size_t)snprintf(buffer + used, size - used, "%sthe sections of UPSes", comma);
		else if (o && o->apply == CONF_RESTART)
			used += (size_t)snprintf(buffer + used, size - used, "%s[%s] %s", comma, o->section, o->key);
		sections |= !o;
	}
	return buffer;
}
