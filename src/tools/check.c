/* bacnet-ups check: the configuration and family maps, before anybody uses them. */
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "family/family.h"
#include "state/overlay.h"
#include "state/state.h"
#include "tools/daemon.h"

static void complain(const struct tool *t, const struct err_at *why)
{
	char line[512];
	fprintf(t->err, "%s\n", err_format(why, line, sizeof line));
}

static bool check_map(const struct tool *t, const char *name, const char *directory)
{
	struct err_at why;
	/* What is a file here is a map, with or without a '/' in its name. */
	struct family *f = directory ? family_open(name, directory, &why) : family_load(name, &why);
	if (!f) {
		complain(t, &why);
		return false;
	}
	fprintf(t->out, "%s: ok, %s \"%s\"\n", name, f->id, f->title);
	family_free(f);
	return true;
}

/* The file with what is kept over it, as the daemon would take it. */
static bool load(const struct tool *t, const char *path, struct conf *conf)
{
	struct conf_errors errors = { 0 }, left_out = { 0 };
	struct err_at why;
	struct state state;
	struct log quiet = { .fd = -1, .level = LOG_LEVEL_ERROR };
	bool ok = state_look(&state, t->state_dir ? t->state_dir : TOOL_STATE_DIR, &quiet, &why);
	if (!ok)
		complain(t, &why);
	else
		ok = overlay_load(conf, path, state.kept, &errors, &left_out);
	if (state.problem[0])
		fprintf(t->err, "%s\n", state.problem);
	state_close(&state);
	for (int i = 0; i < errors.count && i < CONF_ERRORS_MAX; i++)
		complain(t, &errors.at[i]);
	for (int i = 0; i < left_out.count && i < CONF_ERRORS_MAX; i++)
		complain(t, &left_out.at[i]);
	if (errors.count > CONF_ERRORS_MAX)
		fprintf(t->err, "%s: %d more\n", path, errors.count - CONF_ERRORS_MAX);
	return ok;
}

static bool check_config(const struct tool *t)
{
	struct conf conf;
	const char *path = t->config ? t->config : TOOL_CONFIG;
	if (!load(t, path, &conf))
		return false;
	fprintf(t->out, "%s: ok\n", path);
	bool ok = true;
	for (int i = 0; i < conf.ups_count; i++)
		if (strcmp(conf.ups[i].family, "auto") != 0 &&
		    !check_map(t, conf.ups[i].family, t->families ? t->families : conf.family_directory))
			ok = false;
	return ok;
}

int tool_check(struct tool *t)
{
	bool ok = true;
	if (t->config || t->count == 0)
		ok = check_config(t);
	for (int i = 0; i < t->count; i++)
		if (!check_map(t, t->args[i], NULL))
			ok = false;
	return ok ? TOOL_OK : TOOL_BAD_CONFIG;
}
