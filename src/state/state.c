#include "state/state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "state/document.h"
#include "state/takeover.h"

#define FILE_NAME "kept.json"

enum { NAMES_ASIDE = 9, LONGEST_NAME = 64 };         /* of what is put beside the file */

static char *path_of(const struct state *s, const char *name)
{
	char *path = NULL;
	return asprintf(&path, "%s/%s", s->directory, name) < 0 ? NULL : path;
}

/* ---- reading ---- */

/* The file gets a second name, "NAME.SUFFIX-1" to "-9"; the last of them gives way.  It keeps the first one until it is replaced, so
 * that a crash in between loses nothing; where a file can have one name only it is renamed. */
static bool put_aside(const struct state *s, const char *name, const char *suffix, char aside[LONGEST_NAME])
{
	char *from = path_of(s, name), *to = NULL;
	for (int i = 1; from && i <= NAMES_ASIDE; i++) {
		free(to);
		snprintf(aside, LONGEST_NAME, "%s.%s-%d", name, suffix, i);
		to = path_of(s, aside);
		if (!to || access(to, F_OK) != 0)
			break;
	}
	if (to)
		unlink(to);
	bool ok = from && to && (link(from, to) == 0 || rename(from, to) == 0);
	free(from);
	free(to);
	return ok;
}

/* `what` is wrong with the file, which is put aside when it may be touched.  The first fault is the one to tell. */
static bool tell_damaged(struct state *s, const char *name, const char *what, bool touch)
{
	char aside[LONGEST_NAME], text[sizeof s->problem];
	bool moved = touch && put_aside(s, name, "damaged", aside);
	if (moved)
		snprintf(text, sizeof text, "%s: %.240s; put aside as %s", name, what, aside);
	else
		snprintf(text, sizeof text, "%s: %.240s%s%s", name, what, touch ? "; it cannot be put aside: " : "", touch ? strerror(errno) : "");
	log_warning(s->log, "%s/%s", s->directory, text);
	if (!s->problem[0])
		snprintf(s->problem, sizeof s->problem, "%s", text);
	return moved;
}

static void tell_faults(struct state *s, const struct document_faults *faults)
{
	char what[sizeof faults->first + 60];
	snprintf(what, sizeof what, "left out, because it cannot be true: %s%s", faults->first, faults->count > 1 ? ", and more" : "");
	tell_damaged(s, FILE_NAME, what, s->lock >= 0);
}

static void read_kept(struct state *s)
{
	struct err_at why;
	struct document_faults faults = { 0 };
	char reason[240];
	size_t length;
	char *text = file_read(s->path, DOCUMENT_SIZE_MAX, &length, &why);
	s->fresh = !text && errno == ENOENT;
	if (!text && !s->fresh)
		tell_damaged(s, FILE_NAME, why.text, s->lock >= 0);
	if (text && !document_read(s->kept, text, length, &faults, reason, sizeof reason))
		tell_damaged(s, FILE_NAME, reason, s->lock >= 0);
	if (faults.count)
		tell_faults(s, &faults);
	free(text);
}

/* ---- the files of an older version ---- */

static const struct {
	const char *name;
	enum takeover (*take)(struct kept *, const char *path, char *why, size_t size);
} older[] = { { "settings.conf", takeover_settings }, { "state.json", takeover_state } };
enum { OLDER = sizeof older / sizeof *older };

static bool write_document(struct state *s)
{
	char text[512];
	struct err_at why;
	size_t length;
	char *document = document_text(s->kept, &length);
	err_set(&why, s->path, 0, document ? "too long" : "no memory");
	bool ok = document && length <= DOCUMENT_SIZE_MAX && file_replace(s->path, document, length, &why);
	if (!ok)
		log_warning(s->log, "%s", err_format(&why, text, sizeof text));
	free(document);
	return ok;
}

static void tell_taken_over(struct state *s, const char *name, enum takeover found, const char *why, bool touch)
{
	char aside[LONGEST_NAME], *path = path_of(s, name);
	bool moved = found == TAKEOVER_DAMAGED ? tell_damaged(s, name, why, touch) : touch && put_aside(s, name, "taken-over", aside);
	if (moved && found == TAKEOVER_WHOLE)
		log_info(s->log, "%s/%s: taken over into %s, and put aside as %s", s->directory, name, FILE_NAME, aside);
	if (moved && path)
		unlink(path);
	free(path);
}

/* What was read is on disk under its new name before an old file is taken away. */
static void take_over(struct state *s)
{
	enum takeover found[OLDER];
	char why[OLDER][240];
	bool any = false;
	for (int i = 0; i < OLDER; i++) {
		char *path = path_of(s, older[i].name);
		found[i] = path ? older[i].take(s->kept, path, why[i], sizeof why[i]) : TAKEOVER_NOTHING;
		any |= found[i] != TAKEOVER_NOTHING;
		free(path);
	}
	bool touch = any && s->lock >= 0 && write_document(s);
	for (int i = 0; i < OLDER; i++)
		if (found[i] != TAKEOVER_NOTHING)
			tell_taken_over(s, older[i].name, found[i], why[i], touch);
}

/* ---- the directory ---- */

/* flock() belongs to the open file, so the lock ends with the process whatever happens to it, and leaves nothing behind. */
static bool lock_directory(struct state *s, struct err_at *why)
{
	if (mkdir(s->directory, 0755) != 0 && errno != EEXIST)
		log_warning(s->log, "%s: cannot be made: %s", s->directory, strerror(errno));
	s->lock = open(s->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->lock < 0) {
		log_warning(s->log, "%s: %s", s->directory, strerror(errno));
		return true;
	}
	if (flock(s->lock, LOCK_EX | LOCK_NB) == 0)
		return true;
	if (errno == EWOULDBLOCK)
		return err_set(why, s->directory, 0, "another bacnet-upsd uses this state directory; give each one its own with --state-dir");
	log_warning(s->log, "%s: cannot be locked: %s", s->directory, strerror(errno));
	return true;
}

static bool take(struct state *s, const char *directory, const struct log *log, bool lock, struct err_at *why)
{
	*s = (struct state){ .log = log, .lock = -1 };
	if (strlen(directory) + LONGEST_NAME >= PATH_MAX)
		return err_set(why, directory, 0, "the path of the state directory is too long: at most %d octets", PATH_MAX - LONGEST_NAME - 1);
	s->directory = strdup(directory);
	s->path = s->directory ? path_of(s, FILE_NAME) : NULL;
	s->kept = kept_make();
	if (!s->path || !s->kept)
		return err_set(why, directory, 0, "no memory");
	if (lock && !lock_directory(s, why))
		return false;
	read_kept(s);
	if (s->fresh)
		take_over(s);
	return true;
}

bool state_open(struct state *s, const char *directory, const struct log *log, struct err_at *why)
{
	return take(s, directory, log, true, why);
}

bool state_look(struct state *s, const char *directory, const struct log *log, struct err_at *why)
{
	return take(s, directory, log, false, why);
}

/* ---- saving ---- */

static char *text_now(void *ctx, size_t *length)
{
	const struct state *s = ctx;
	return document_text(s->kept, length);
}

static void attempted(void *ctx, bool ok)
{
	struct state *s = ctx;
	if (s->saved)
		s->saved(s->ctx, ok);
}

void state_start(struct state *s, struct ev_loop *loop, saver_replace_fn *replace, void (*saved)(void *ctx, bool ok), void *ctx)
{
	s->saved = saved;
	s->ctx = ctx;
	saver_init(&s->saver, loop, &(struct saver_conf){ .log = s->log, .path = s->path, .max = DOCUMENT_SIZE_MAX, .replace = replace, .serialise = text_now,
		.done = attempted, .ctx = s });
	if (s->problem[0])
		state_touch(s);                  /* what has been put aside is replaced by what could be read */
}

uint64_t state_touch(struct state *s)
{
	return saver_touch(&s->saver);
}

void state_stop(struct state *s)
{
	if (s->saver.loop)
		saver_close(&s->saver);
}

void state_close(struct state *s)
{
	if (s->saver.loop)
		saver_finish(&s->saver);
	kept_free(s->kept);
	free(s->path);
	free(s->directory);
	if (s->lock >= 0)
		close(s->lock);
}
