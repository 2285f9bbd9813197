/* bacnet-ups check: the configuration, family maps, and what the machine has of what they need, before anybody uses them. */
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "family/family.h"
#include "service/node.h"
#include "state/overlay.h"
#include "state/state.h"
#include "tools/daemon.h"
#include "tools/host.h"
#include "tools/writer.h"

/* What was looked at, in order: { "check": ..., "result": ..., "text": ... }. */
struct report {
	const struct tool *t;
	json_t *list;
	int status;
};

static void note(struct report *r, const char *check, enum finding_kind kind, const char *text)
{
	static const char *const results[] = { [FINDING_OK] = "ok", [FINDING_NOTE] = "note", [FINDING_FAULT] = "fault" };
	json_t *safe = json_string(text);
	json_array_append_new(r->list, json_pack("{s:s, s:s, s:o}", "check", check, "result", results[kind], "text", safe ? safe : json_string("?")));
	if (kind == FINDING_FAULT && r->status == TOOL_OK)
		r->status = TOOL_FAILED;
}

/* A fault of a file is a line that editors understand, on the side of complaints. */
static void complain(struct report *r, const struct err_at *why)
{
	char line[512];
	fprintf(r->t->err, "%s\n", err_format(why, line, sizeof line));
	r->status = TOOL_BAD_CONFIG;
}

/* A file with a section of a configuration is none of a map: maps have no brackets at the beginning of a line. */
static bool is_configuration(const char *path)
{
	char line[200];
	FILE *f = fopen(path, "r");
	bool is = false;
	while (f && !is && fgets(line, sizeof line, f))
		is = strncmp(line, "[bacnet]", 8) == 0 || strncmp(line, "[ups]", 5) == 0 || strncmp(line, "[ups:", 5) == 0;
	if (f)
		fclose(f);
	return is;
}

static void check_map(struct report *r, const char *name, const char *directory)
{
	struct fam_faults faults;
	char text[300];
	/* What is a file here is a map, with or without a '/' in its name. */
	struct family *f = directory ? family_find(name, directory, &faults) : family_load(name, &faults);
	for (int i = 0; i < faults.count && i < FAM_FAULTS_MAX; i++)
		complain(r, &faults.list[i]);
	if (faults.count > FAM_FAULTS_MAX)
		fprintf(r->t->err, "%s: %d more\n", name, faults.count - FAM_FAULTS_MAX);
	if (!f)
		return;
	snprintf(text, sizeof text, "%s: %s \"%s\"", name, f->id, f->title);
	note(r, "map", FINDING_OK, text);
	family_free(f);
}

/* The file with what is kept over it, as the daemon would take it.  What nobody could mend with an editor is a note. */
static bool load(struct report *r, const char *path, struct conf *conf)
{
	struct conf_errors errors = { 0 }, left_out = { 0 };
	struct err_at why;
	struct state state;
	struct log quiet = { .fd = -1, .level = LOG_LEVEL_ERROR };
	char line[512];
	bool ok = state_look(&state, r->t->state_dir ? r->t->state_dir : TOOL_STATE_DIR, &quiet, &why);
	if (!ok)
		complain(r, &why);
	else
		ok = overlay_load(conf, path, state.kept, &errors, &left_out);
	if (state.problem[0])
		note(r, "kept", FINDING_NOTE, state.problem);
	state_close(&state);
	for (int i = 0; i < errors.count && i < CONF_ERRORS_MAX; i++)
		complain(r, &errors.at[i]);
	for (int i = 0; i < left_out.count && i < CONF_ERRORS_MAX; i++)
		note(r, "kept", FINDING_NOTE, err_format(&left_out.at[i], line, sizeof line));
	if (errors.count > CONF_ERRORS_MAX)
		fprintf(r->t->err, "%s: %d more\n", path, errors.count - CONF_ERRORS_MAX);
	return ok;
}

/* What no option can check by itself. */
static bool names_services(struct report *r, const char *path, const struct conf *conf)
{
	struct err_at why;
	uint64_t bits;
	if (node_services_named(conf->services_off, &bits))
		return true;
	err_set(&why, path, 0, "[bacnet] services_off must name services that are executed here (bacnet-ups export pics lists them), not \"%s\"", conf->services_off);
	complain(r, &why);
	return false;
}

static bool check_config(struct report *r, struct conf *conf)
{
	const struct tool *t = r->t;
	const char *path = t->config ? t->config : TOOL_CONFIG;
	if (!load(r, path, conf) || !names_services(r, path, conf))
		return false;
	note(r, "configuration", FINDING_OK, path);
	for (int i = 0; i < conf->ups_count; i++) {
		if (strcmp(conf->ups[i].family, "auto") != 0)
			check_map(r, conf->ups[i].family, t->families ? t->families : conf->family_directory);
		else
			note(r, "map", FINDING_OK, "auto: the UPS is asked what it is");
	}
	return true;
}

static void take(struct report *r, const char *check, struct finding f)
{
	note(r, check, f.kind, f.text);
}

static bool gateway_answers(const struct tool *t, const char *path)
{
	struct err_at why;
	void *c = t->outside->open(t->outside->ctx, path, 1000, &why);
	if (c)
		t->outside->close(c);
	return c != NULL;
}

static void check_machine(struct report *r, const struct conf *c)
{
	struct host host;
	bool running = gateway_answers(r->t, c->control_path);
	host_this(&host);
	for (int i = 0; i < c->ups_count; i++) {
		struct finding line = host_line(&host, c->ups[i].link);
		take(r, "line", line);
		if (line.kind == FINDING_OK)
			take(r, "line in use", host_holder(&host, c->ups[i].link, running));
	}
	take(r, "network", host_address(c));
	take(r, "port", host_port(c, running));
	take(r, "state", host_state_directory(&host, r->t->state_dir ? r->t->state_dir : TOOL_STATE_DIR));
	take(r, "control socket", host_control(&host, c->control_path, running));
}

static enum tool_colour result_colour(const json_t *finding)
{
	const char *result = text_of(finding, "result");
	return strcmp(result, "fault") == 0 ? RED : strcmp(result, "note") == 0 ? YELLOW : PLAIN;
}

static const struct writer_row rows[] = {
	{ .title = "result", .key = "result" }, { .title = "check", .key = "check" }, { .title = "text", .key = "text" },
};
static const struct writer_view view = { .kind = WRITER_TABLE, .path = "checks", WRITER_ROWS(rows), .colour = result_colour };

int tool_check(struct tool *t)
{
	struct report r = { .t = t, .list = json_array() };
	struct conf conf;
	struct tool uncut = *t;
	uncut.width = 0;                     /* what is to be done is not cut away */
	if ((t->config || t->count == 0) && check_config(&r, &conf) && t->count == 0)
		check_machine(&r, &conf);
	for (int i = 0; i < t->count; i++) {
		if (is_configuration(t->args[i]))
			r.status = tool_fail(t, TOOL_USAGE, "%s is a configuration: --config %s", t->args[i], t->args[i]);
		else
			check_map(&r, t->args[i], NULL);
	}
	json_t *tree = json_pack("{s:o}", "checks", r.list);
	if (json_array_size(r.list) == 0)
		;                            /* nothing but complaints, which have been printed */
	else if (t->format == FORMAT_TEXT)
		writer_next(&uncut, tree, &view, 1, false);
	else
		writer_show(t, tree, &view, 1);
	json_decref(tree);
	return r.status;
}
