/* bacnet-ups export: which files, and where to. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/export.h"
#include "tools/tool.h"

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

bool export_wants_point(const struct export *x, int point)
{
	if (!x->family)
		return true;
	for (int i = 0; i < x->family->point_count; i++) {
		const struct fam_point *p = &x->family->point[i];
		if (p->point == point && p->enabled && p->terms > 0)
			return true;
	}
	return false;
}

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

int tool_export(struct tool *t)
{
	struct conf conf;
	struct conf_errors errors = { 0 };
	struct export x = { .conf = &conf, .services = export_services() };
	struct err_at why;
	char directory[200], line[512], reason[200];
	conf_defaults(&conf);
	if (t->config && !conf_load(&conf, t->config, &errors)) {
		fprintf(t->err, "%s\n", err_format(&errors.at[0], line, sizeof line));
		return TOOL_BAD_CONFIG;
	}
	if (t->map && !conf_option_set(conf_option_find("bacnet", "object_map"), &conf, 0, t->map, reason, sizeof reason))
		return tool_fail(t, TOOL_USAGE, "--object-map %s", reason);
	if (t->output && mkdir(t->output, 0777) != 0 && errno != EEXIST)
		return tool_fail(t, TOOL_FAILED, "%s: %s", t->output, strerror(errno));
	struct family *family = NULL;
	if (t->family) {
		tool_family_directory(t, directory, sizeof directory);
		family = family_open(t->family, directory, &why);
		if (!family) {
			fprintf(t->err, "%s\n", err_format(&why, line, sizeof line));
			return TOOL_BAD_CONFIG;
		}
		x.family = family;
	}
	int status = write_all(t, t->args[0], &x);
	family_free(family);
	return status;
}
