#include "state/saver.h"

#include <stdlib.h>

static void schedule(struct saver *s)
{
	int64_t wait_ns = mono_ns_between(ev_now(s->loop), s->not_before);
	if (!s->running && !s->closing && !ev_pending(&s->timer))
		ev_after(s->loop, &s->timer, wait_ns > 0 ? (wait_ns + 999999) / 1000000 : 0);
}

static void write_on_pool(void *ctx)
{
	struct saver *s = ctx;
	s->ok = s->conf.replace(s->conf.path, s->text, s->length, &s->why);
}

static void attempted(struct saver *s, bool ok, const char *reason)
{
	if (!ok && !s->failed)
		log_error(s->conf.log, "not saved: %s", reason);
	else if (ok && s->failed)
		log_info(s->conf.log, "%s is saved again", s->conf.path);
	if (ok)
		s->saved = s->writing;
	s->failed = !ok;
	s->running = false;
	s->not_before = mono_add_ms(ev_now(s->loop), ok ? SAVER_PAUSE_MS : SAVER_RETRY_MS);
	free(s->text);
	s->text = NULL;
	if (s->conf.done)
		s->conf.done(s->conf.ctx, ok);
	if (s->saved != s->touched)
		schedule(s);
}

static void written(void *ctx)
{
	struct saver *s = ctx;
	char text[512];
	attempted(s, s->ok, err_format(&s->why, text, sizeof text));
}

/* The text to write; NULL with s->why. */
static char *text_to_write(struct saver *s)
{
	char *text = s->conf.serialise(s->conf.ctx, &s->length);
	if (!text)
		err_set(&s->why, s->conf.path, 0, "no memory");
	if (!text || !s->conf.max || s->length <= s->conf.max)
		return text;
	err_set(&s->why, s->conf.path, 0, "it would have %zu octets, and more than %zu are not read again", s->length, s->conf.max);
	free(text);
	return NULL;
}

static void begin(struct ev_timer *timer)
{
	char why[512];
	struct saver *s = OWNER(timer, struct saver, timer);
	s->writing = s->touched;
	s->running = true;
	s->text = text_to_write(s);
	if (s->text && ev_work(s->loop, write_on_pool, written, s))
		return;
	if (s->text)
		err_set(&s->why, s->conf.path, 0, "no memory");
	attempted(s, false, err_format(&s->why, why, sizeof why));
}

void saver_init(struct saver *s, struct ev_loop *loop, const struct saver_conf *conf)
{
	*s = (struct saver){ .loop = loop, .conf = *conf };
	ev_timer_init(&s->timer, begin);
}

uint64_t saver_touch(struct saver *s)
{
	s->touched++;
	schedule(s);
	return s->touched;
}

bool saver_saved(const struct saver *s, uint64_t change)
{
	return s->saved >= change;
}

bool saver_failed(const struct saver *s)
{
	return s->failed;
}

void saver_close(struct saver *s)
{
	s->closing = true;
	ev_cancel(&s->timer);
}

bool saver_finish(struct saver *s)
{
	if (s->saved == s->touched)
		return true;
	char text[512];
	char *whole = text_to_write(s);
	bool ok = whole && s->conf.replace(s->conf.path, whole, s->length, &s->why);
	if (!ok)
		log_error(s->conf.log, "not saved: %s", err_format(&s->why, text, sizeof text));
	free(whole);
	return ok;
}
