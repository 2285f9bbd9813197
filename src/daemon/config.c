#include "daemon/config.h"

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
