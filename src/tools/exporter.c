/* bacnet-ups export: which files, and where to. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/daemon.h"
#include "tools/export.h"

typedef void export_fn(FILE *, const struct export *);

static void export_conf(FILE *f, const struct export *x)
{
	(void)x;
	conf_write_sample(f);
}

static const struct file {
	const char *kind, *name;
	export_fn *write;
	bool prints;             /* on standard output, when there is no -o */
} files[] = {
	{ "ede",    "bacnet-ups_EDE.csv",        export_ede,              false },
	{ "ede",    "bacnet-ups_StateTexts.csv", export_ede_state_texts,  false },
	{ "ede",    "bacnet-ups_Units.csv",      export_ede_units,        false },
	{ "ede",    "bacnet-ups_ObjTypes.csv",   export_ede_object_types, false },
	{ "pics",   "pics.md",                   export_pics,             true },
	{ "points", "points.csv",                export_points_csv,       true },
	{ "points", "points.md",                 export_points_markdown,  false },
	{ "conf",   "bacnet-ups.conf.sample",    export_conf,             true },
};
enum { FILES = sizeof files / sizeof *files };

static bool write_file(const struct tool *t, const struct file *file, const struct export *x)
{
	char path[512];
	snprintf(path, sizeof path, "%s/%s", t->output, file->name);
	FILE *f = fopen(path, "w");
	if (!f) {
		tool_fail(t, TOOL_FAILED, "%s: %s", path, strerror(errno));
		return false;
	}
	file->write(f, x);
	bool failed = ferror(f) != 0;
	if (fclose(f) != 0 || failed) {
		tool_fail(t, TOOL_FAILED, "%s: cannot be written: %s", path, strerror(errno));
		return false;
	}
	fprintf(t->err, "%s\n", path);
	return true;
}

static int write_all(const struct tool *t, const char *kind, const struct export *x)
{
	int known = 0, printed = 0;
	for (int i = 0; i < FILES; i++) {
		if (strcmp(files[i].kind, kind) != 0)
			continue;
		known++;
		if (t->output && !write_file(t, &files[i], x))
			return TOOL_FAILED;
		if (!t->output && files[i].prints) {
			files[i].write(t->out, x);
			printed++;
		}
	}
	if (!known)
		return tool_fail(t, TOOL_USAGE, "there is no export %s; ede, pics, points or conf", kind);
	if (!t->output && !printed)
		return tool_fail(t, TOOL_USAGE, "%s is several files: say where to with -o DIR", kind);
	return TOOL_OK;
}

/* What is exported: a configuration, what a running gateway says of itself, and the family of either. */
struct source {
	struct conf conf;
	json_t *status, *objects;            /* NULL: nothing runs, or nobody asked */
	struct family *family;               /* NULL: none is named */
	enum ups_system system;
};

static int read_conf(struct tool *t, struct source *s)
{
	struct conf_errors errors = { 0 };
	char line[512], reason[200];
	conf_defaults(&s->conf);
	if (t->config && !conf_load(&s->conf, t->config, &errors)) {
		fprintf(t->err, "%s\n", err_format(&errors.at[0], line, sizeof line));
		return TOOL_BAD_CONFIG;
	}
	if (t->map && !conf_option_set(conf_option_find("bacnet", "object_map"), &s->conf, 0, t->map, reason, sizeof reason))
		return tool_fail(t, TOOL_USAGE, "--object-map %s", reason);
	return TOOL_OK;
}

static int ask_running(const struct tool *t, struct source *s)
{
	int status = TOOL_OK;
	if (!t->running)
		return TOOL_OK;
	s->status = daemon_call(t, "status", NULL, &status);
	s->objects = s->status ? daemon_call(t, "objects", NULL, &status) : NULL;
	return status;
}

/* Of the UPS that is meant, what the gateway says that it is. */
static const char *running_identity(const struct tool *t, const struct source *s, const char *what)
{
	json_t *u;
	size_t i;
	json_array_foreach(json_object_get(s->status, "ups"), i, u)
		if (!t->ups || strcmp(t->ups, text_of(u, "name")) == 0)
			return text_of(json_object_get(u, "identity"), what);
	return "";
}

static int find_system(const struct tool *t, struct source *s)
{
	const char *name = t->system ? t->system : running_identity(t, s, "system");
	s->system = strcmp(name, "parallel") == 0 ? SYSTEM_PARALLEL : SYSTEM_SINGLE;
	if (t->system && strcmp(name, "single") != 0 && s->system != SYSTEM_PARALLEL)
		return tool_fail(t, TOOL_USAGE, "--system must be single or parallel, not %s", name);
	return TOOL_OK;
}

static int find_family(struct tool *t, struct source *s)
{
	char directory[200], line[512];
	struct err_at why;
	const char *running = running_identity(t, s, "family"), *configured = s->conf.ups[0].family;
	const char *name = t->family ? t->family : running[0] ? running : t->config && strcmp(configured, "auto") != 0 ? configured : NULL;
	if (!name)
		return TOOL_OK;
	tool_family_directory(t, directory, sizeof directory);
	s->family = family_open(name, directory, &why);
	if (s->family || running[0])         /* the gateway may know a map that is not here; it says itself what it has */
		return TOOL_OK;
	fprintf(t->err, "%s\n", err_format(&why, line, sizeof line));
	return TOOL_BAD_CONFIG;
}

static int export(const struct tool *t, const struct source *s)
{
	struct inventory *has = calloc(1, sizeof *has);
	struct export x = { .conf = &s->conf, .has = has, .services = export_services(&s->conf) };
	int status = TOOL_OK;
	if (!has || !inventory_make(has, &s->conf, s->family, s->system))
		status = tool_fail(t, TOOL_FAILED, "no memory");
	else if (s->objects && !inventory_take_running(has, s->status, s->objects, t->ups))
		status = tool_fail(t, TOOL_FAILED, "the gateway has no UPS %s with a device", t->ups ? t->ups : "");
	else if (t->output && mkdir(t->output, 0777) != 0 && errno != EEXIST)
		status = tool_fail(t, TOOL_FAILED, "%s: %s", t->output, strerror(errno));
	else
		status = write_all(t, t->args[0], &x);
	if (has)
		inventory_free(has);
	free(has);
	return status;
}

int tool_export(struct tool *t)
{
	struct source s = { .system = SYSTEM_SINGLE };
	int status = read_conf(t, &s);
	if (status == TOOL_OK)
		status = ask_running(t, &s);
	if (status == TOOL_OK)
		status = find_system(t, &s);
	if (status == TOOL_OK)
		status = find_family(t, &s);
	if (status == TOOL_OK)
		status = export(t, &s);
	json_decref(s.status);
	json_decref(s.objects);
	family_free(s.family);
	return status;
}
