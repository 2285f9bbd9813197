/* For the tests of commands: a command line is run as a person types it, on a daemon and a clock of the test's own. */
#ifndef TOOLS_TESTING_H
#define TOOLS_TESTING_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tools/command.h"
#include "tools/daemon.h"

/* How many allocations live: a command that leaks fails its test.  Sanitizers see that themselves. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__ || defined __clang__
#define FAKE_COUNTS_ALLOCATIONS 0
static long fake_live;
#else
#define FAKE_COUNTS_ALLOCATIONS 1
static long fake_live;
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
extern void __libc_free(void *);

void *malloc(size_t n)
{
	fake_live++;
	return __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	fake_live++;
	return __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	fake_live += !p;
	return __libc_realloc(p, n);
}

void free(void *p)
{
	fake_live -= p != NULL;
	__libc_free(p);
}
#endif

enum { FAKE_ANSWERS = 8, FAKE_UPDATES = 16 };

/* Answers are JSON texts with ' for ".  A method without an answer fails with `failure`. */
struct fake {
	struct outside outside;
	struct { const char *method, *json; } answer[FAKE_ANSWERS];
	const char *update[FAKE_UPDATES];            /* in order; NULL ends the connection, "" is a time that is over */
	int next;                                    /* update */
	const char *typed;                           /* standard input */
	const char *failure;
	int refuse;                                  /* so many connections; with refuse_errno */
	int refuse_errno;
	int64_t now_ms, wall_ms;
	int opened, open;                            /* connections: all, now */
	char path[128], asked[512];                  /* of the last one; the calls with their parameters */
	int slept_ms, timeout_ms;
	/* what came out */
	char *out, *err;
	int status, width;
	bool colour;
};

static inline json_t *fake_json(const char *text)
{
	char *copy = strdup(text);
	json_error_t e;
	for (char *p = copy; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	json_t *j = json_loads(copy, JSON_DECODE_ANY, &e);
	if (!j)
		fail_msg("%s: column %d of %s", e.text, e.column, copy);
	free(copy);
	return j;
}

static inline void *fake_open(void *ctx, const char *path, int timeout_ms, struct err_at *why)
{
	struct fake *f = ctx;
	snprintf(f->path, sizeof f->path, "%s", path);
	f->timeout_ms = timeout_ms;
	f->opened++;
	if (f->refuse > 0) {
		f->refuse--;
		err_set(why, path, 0, "refused");
		errno = f->refuse_errno;
		return NULL;
	}
	f->open++;
	return f;
}

static inline json_t *fake_call(void *connection, const char *method, json_t *params, struct err_at *why)
{
	struct fake *f = connection;
	char *text = params ? json_dumps(params, JSON_COMPACT) : strdup("");
	size_t n = strlen(f->asked);
	snprintf(f->asked + n, sizeof f->asked - n, "%s%s%s", n ? " " : "", method, text);
	free(text);
	json_decref(params);
	for (int i = 0; i < FAKE_ANSWERS; i++)
		if (f->answer[i].method && strcmp(f->answer[i].method, method) == 0)
			return fake_json(f->answer[i].json);
	err_set(why, f->path, 0, "%s", f->failure ? f->failure : "no such method");
	return NULL;
}

static inline json_t *fake_update(void *connection, int timeout_ms, struct err_at *why)
{
	struct fake *f = connection;
	const char *text = f->next < FAKE_UPDATES ? f->update[f->next] : NULL;
	f->timeout_ms = timeout_ms;
	f->next += text != NULL;
	if (!text)
		err_set(why, f->path, 0, "closed");
	else if (!*text)
		err_set(why, f->path, 0, "%s", "");
	f->now_ms += text && !*text ? timeout_ms : 10;
	f->wall_ms += 10;
	return text && *text ? fake_json(text) : NULL;
}

static inline void fake_close(void *connection)
{
	struct fake *f = connection;
	f->open--;
}

static inline int64_t fake_now(void *ctx)
{
	return ((struct fake *)ctx)->now_ms;
}

static inline int64_t fake_wall(void *ctx)
{
	return ((struct fake *)ctx)->wall_ms;
}

static inline void fake_sleep(void *ctx, int ms)
{
	struct fake *f = ctx;
	f->now_ms += ms;
	f->slept_ms += ms;
}

static inline int fake_run_once(struct fake *f, const char *line)
{
	char *copy = strdup(line), *argv[32] = { (char[]){ "bacnet-ups" } };
	size_t out_size, err_size;
	int argc = 1;
	for (char *p = copy; p && *copy && argc < 31; ) {
		argv[argc++] = p;
		p = strchr(p, '|');
		if (p)
			*p++ = 0;
	}
	f->outside = (struct outside){ .ctx = f, .open = fake_open, .call = fake_call, .update = fake_update, .close = fake_close,
		.now_ms = fake_now, .wall_ms = fake_wall, .sleep_ms = fake_sleep };
	f->asked[0] = 0;
	f->opened = f->next = 0;
	char nothing = 0;
	size_t typed = f->typed ? strlen(f->typed) : 0;
	struct tool t = { .in = typed ? fmemopen((void *)(uintptr_t)f->typed, typed, "r") : fmemopen(&nothing, 1, "r"),
		.out = open_memstream(&f->out, &out_size), .err = open_memstream(&f->err, &err_size), .outside = &f->outside,
		.width = f->width, .colour = f->colour };
	f->status = command_run(&t, argc, argv);
	fclose(t.in);
	fclose(t.out);
	fclose(t.err);
	free(copy);
	assert_int_equal(f->open, 0);                /* every connection is closed */
	return f->status;
}

/* Runs "bacnet-ups LINE" (arguments separated by '|'); what it printed is in f->out, f->err until the next run.  What has been allocated
 * afterwards and was not before is the two outputs; a library that keeps something does so once, so a suspicion is looked into twice. */
static inline int fake_run(struct fake *f, const char *line)
{
	free(f->out);
	free(f->err);
	f->out = f->err = NULL;
	for (int attempt = 0; ; attempt++) {
		struct fake again = *f;
		long before = fake_live;
		int status = fake_run_once(f, line);
		long leaked = fake_live - before - 2;
		if (!FAKE_COUNTS_ALLOCATIONS || leaked <= 0)
			return status;
		if (attempt == 2)
			fail_msg("%s: %ld allocations are never freed", line, leaked);
		free(f->out);
		free(f->err);
		*f = again;
	}
}

static inline void fake_end(struct fake *f)
{
	free(f->out);
	free(f->err);
	f->out = f->err = NULL;
}

/* Both streams and the status, exactly. */
#define RUNS(f, line, status_, out_, err_) do { \
	int is_ = fake_run(f, line); \
	assert_string_equal((f)->err, err_); \
	assert_string_equal((f)->out, out_); \
	assert_int_equal(is_, status_); \
} while (0)

#endif
