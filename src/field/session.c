#include "field/session_state.h"

#include <stdio.h>
#include <stdlib.h>

struct session *session_make(const struct source_conf *conf, const struct line *line, const struct log *log,
	void (*publish)(void *, const struct snapshot *), void *ctx)
{
	struct session *s = calloc(1, sizeof *s);
	if (!s)
		return NULL;
	s->conf = *conf;
	s->line = *line;
	s->log = log;
	s->publish = publish;
	s->ctx = ctx;
	s->again = s->suspect = -1;
	s->random = (uint32_t)line_now(line).ns * 2654435761u | 1;
	snapshot_clear(&s->snapshot);
	snprintf(s->snapshot.stats.device, sizeof s->snapshot.stats.device, "%.63s", conf->link);
	return s;
}

void session_free(struct session *s)
{
	if (!s)
		return;
	line_close(&s->line);
	family_free(s->family);
	free(s);
}

void session_take_clock(struct session *s, bool (*take)(void *ctx, struct ups_clock *))
{
	s->take_clock = take;
}

void session_refuse(struct session *s, const char *why)
{
	s->refused = s->snapshot.internal_fault = true;
	snprintf(s->snapshot.stats.last_error, sizeof s->snapshot.stats.last_error, "%s", why);
}

bool session_step(struct session *s)
{
	session_hear_clock(s);
	if (s->refused)
		return session_wait(s, mono_add_ms(line_now(&s->line), 10 * SESSION_HEARTBEAT_MS));
	return s->snapshot.link == LINK_UP ? poll_step(s) : seek_step(s);
}
