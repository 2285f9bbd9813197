/* The inside of a session, shared by session.c (polling) and seek.c (looking for the UPS) only. */
#ifndef FIELD_SESSION_STATE_H
#define FIELD_SESSION_STATE_H

#include "field/late.h"
#include "field/plan.h"
#include "field/session.h"

struct session {
	struct source_conf conf;
	const struct log *log;
	struct line line;
	void (*publish)(void *ctx, const struct snapshot *);
	void *ctx;

	/* what answered, kept while the link is lost */
	struct family *family;           /* NULL: nothing ever did */
	uint32_t baud;
	enum ups_system system;          /* SYSTEM_UNKNOWN: being found out */
	bool other_step;                 /* the units' tables have been looked for at the other step */

	/* looking for it */
	bool refused;                    /* the map that the configuration names cannot be used: nothing to do, ever */
	int misses;                      /* attempts in vain since the link was lost */
	struct mono next_try;
	uint32_t random;
	bool said_alive;

	/* polling it */
	struct plan plan;
	struct late late;
	int again;                       /* this read is being repeated; -1: none */
	int suspect;                     /* this read is silent, the present one tells whether all are; -1: none */
	int failures;                    /* of the present question, in a row */
	struct mono busy_until;          /* up to here the time is in stats.wanted_ns */
	bool said_complete, said_lost;
	struct log_limit lost_lines;
	uint32_t implausible;

	struct wire wire;
	struct fam_image image;
	struct fam_image scout;          /* what was read to tell a single from a parallel system */
	struct snapshot snapshot;
	struct mono next_heartbeat;
};

/* ---- session.c ---- */

void session_say(struct session *, struct mono now);             /* publishes the snapshot as it is */
bool session_wait(struct session *, struct mono until);          /* with heartbeats; false: the session shall end */
struct line_answer session_ask(struct session *, struct line_question, uint16_t *words);  /* the slave is filled in */
bool session_set_speed(struct session *, uint32_t baud);         /* opens the line; false with stats.last_error */

/* ---- seek.c ---- */

/* Waits for the next attempt and makes it; what answered before comes first.  False: the session shall end. */
bool seek_step(struct session *);
void seek_soon(struct session *);                                /* the link is lost: the first attempt, after the shortest wait */

#endif
