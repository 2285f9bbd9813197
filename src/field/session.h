/* The life of one link: look for the UPS, poll it, notice that it has gone, look for it again.  Runs on any struct line, so on
 * virtual time in tests; poller.h runs it on a thread over libmodbus.
 *
 *              ┌────────── nobody answers, back-off with jitter ─────────┐
 *     STARTING ┴▶ PROBING ──family and speed found──▶ UP ──failures──▶ LOST ──answers again──▶ UP
 *
 * Each step makes at most one request.  A failed request is repeated `retries` times; then the link is lost: every value stands and is
 * marked stale, none is cleared.  When only a table that never answered stays silent while another one answers, that table is taken
 * for absent and the link stays up.
 *
 * The snapshot goes out the moment something in it changed, and once a second otherwise. */
#ifndef FIELD_SESSION_H
#define FIELD_SESSION_H

#include "base/log.h"
#include "field/line.h"
#include "field/source.h"
#include "ups/snapshot.h"

enum {
	SESSION_HEARTBEAT_MS = 1000,
	SESSION_BACK_OFF_MS = 200,       /* the first wait after a failed attempt; doubles */
	SESSION_BACK_OFF_MAX_MS = 3000,
	SESSION_KNOWN_FIRST = 3,         /* attempts for what answered before, until everything is tried again */
	SESSION_LATE_FACTOR = 4,         /* an answer does not come any more after so many timeouts, see late.h */
	SESSION_LATE_MIN_MS = 1000,
};

struct session;

/* `publish` gets each snapshot; it must copy what it wants to keep.  The configuration is copied; log, line and ctx must outlive the
 * session.  NULL: no memory. */
struct session *session_make(const struct source_conf *, const struct line *, const struct log *,
	void (*publish)(void *ctx, const struct snapshot *), void *ctx);
void session_free(struct session *);                 /* closes the line */

/* Before the first step: there is nothing to be done, and why.  All it does from now on is to say so once a second. */
void session_refuse(struct session *, const char *why);

/* One request or one wait.  False: the line's pause said that the session shall end. */
bool session_step(struct session *);

#endif
