/* The life of one link: look for the UPS, poll it, notice that it has gone, look for it again.  Runs on any struct line, so on
 * virtual time in tests; source_modbus.c runs it on a thread over libmodbus.
 *
 *              ┌────────── nobody answers, back-off with jitter ─────────┐
 *     STARTING ┴▶ PROBING ──family and speed found──▶ UP ──failures──▶ LOST ──answers again──▶ UP
 *
 * Each step makes at most one request.  A question without an answer is repeated; the last of the `retries` goes to another table that
 * works.  When that one answers, only the first is silent: its values are stale, it is asked again within seconds, and the link
 * stays up.  When it does not, or when table after table is refused until none is left that answers, the link is lost: every value
 * stands and is marked stale, none is cleared.  The reason stays in last_error until the link is up again.
 *
 * Nothing is shown as good that is older than source_age_limit_ms, whatever `retries` says: retries that would take longer are left
 * out, a table that works is asked in time between tables that are silent, a fast table that has not answered for so long is
 * stale, and when nothing has, the link is lost.
 *
 * Whether the system is single or parallel is decided by the words at one address (plan.h) and stays so until they have said
 * otherwise for SESSION_STANDS_MS.  (Who the UPS says it is becomes part of each snapshot as it was read; the gateway believes it.)
 *
 * The clock of the UPS is all that is ever written, when somebody asks for it and the map names the words: between two cycles, by one
 * request, repeated as often as others; and while the link is down not at all.
 *
 * The snapshot goes out the moment something in it changed, with the words of whole cycles only, and once a second otherwise.
 * Each loss and each return is logged once, and so is each table; what happens to several tables within SESSION_GATHER_MS is one line.
 * When that would be more than SESSION_LINES in a minute, lines are held back, counted and told with the next one; the link's losses and
 * returns have as many lines of their own, and a link that stays lost is always told in the end. */
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
	SESSION_STANDS_MS = 10000,
	SESSION_LINES = 20,
	SESSION_LINES_MS = 60000,
	SESSION_GATHER_MS = 1000,
	SESSION_NOISE_FROM = 3,          /* answers in a row with something before them, until it is called a fault of the line */
	SESSION_NOISE_TO = 20,           /* answers in a row without, until it is called mended */
};

struct session;

/* `publish` gets each snapshot; it must copy what it wants to keep.  The configuration is copied; log, line and ctx must outlive the
 * session.  NULL: no memory. */
struct session *session_make(const struct source_conf *, const struct line *, const struct log *,
	void (*publish)(void *ctx, const struct snapshot *), void *ctx);
void session_free(struct session *);                 /* closes the line */

/* Before the first step: where a time comes from that the UPS's clock shall have; the newest counts.  False: none waits. */
void session_take_clock(struct session *, bool (*take)(void *ctx, struct ups_clock *));

/* Before the first step: there is nothing to be done, and why.  All it does from now on is to say so once a second. */
void session_refuse(struct session *, const char *why);

/* One request or one wait.  False: the line's pause said that the session shall end. */
bool session_step(struct session *);

#endif
