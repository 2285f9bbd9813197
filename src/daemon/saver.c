#include "daemon/saver.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"

static void save_on_pool(void *ctx)
{
	struct saver *s = ctx;
	s->ok = file_replace(s->path, s->text, s->length, &s->why);
}

static void saved(void *ctx)
{
	struct saver *s = ctx;
	free(s->text);
	s->text = NULL;
	s->running = false;
	if (!s->ok && !s->failed) {
		char text[512];
		log_error(s->log, "not saved: %s", err_format(&s->why, text, sizeof text));
	} else if (s->ok && s->failed) {
		log_info(s->log, "%s is saved again", s->path);
	}
	s->failed = !s->ok;
	if (s->done)
		s->done(s->ctx, s->ok);
	s->again |= s->failed;
	if (s->again && !s->closing)             /* a disk that is full now may not be so in a minute */
		ev_after(s->loop, &s->timer, s->failed ? 60000 : SAVER_PAUSE_MS);
}

static void begin(struct ev_timer *timer)
{
	struct saver *s = OWNER(timer, struct saver, timer);
	if (s->running) {
		s->again = true;
		return;
	}
	s->again = false;
	s->text = s->serialise(s->ctx, &s->length);
	s->running = s->text != NULL;
	if (s->running && ev_work(s->loop, save_on_pool, saved, s))
		return;
	free(s->text);
	s->text = NULL;
	s->running = false;
	s->again = true;
	ev_after(s->loop, &s->timer, 60000);             /* no memory: later */
}

void saver_init(struct saver *s, struct ev_loop *loop, const struct log *log, const char *path,
	char *(*serialise)(void *ctx, size_t *length), void (*done)(void *ctx, bool ok), void *ctx)
{
	*s = (struct saver){ .loop = loop, .log = log, .serialise = serialise, .done = done, .ctx = ctx };
	snprintf(s->path, sizeof s->path, "%s", path);
	ev_timer_init(&s->timer, begin);
}

void saver_touch(struct saver *s)
{
	s->again = true;
	if (!s->running)
		ev_after(s->loop, &s->timer, 0);
}

void saver_close(struct saver *s)
{
	s->closing = true;
	ev_cancel(&s->timer);
}

void saver_finish(struct saver *s)
{
	if (!s->again)
		return;
	char text[512];
	size_t length;
	char *settings = s->serialise(s->ctx, &length);
	if (!settings || !file_replace(s->path, settings, length, &s->why))
		log_error(s->log, "not saved: %s", settings ? err_format(&s->why, text, sizeof text) : "no memory");
	free(settings);
}
