/* The inside of a session, shared by session_state.c (what all share), poll.c (polling), seek.c (looking for the UPS) and
 * session.c (its life) only. */
#ifndef FIELD_SESSION_STATE_H
#define FIELD_SESSION_STATE_H

#include "field/late.h"
#include "field/plan.h"
#include "field/session.h"

/* Something before answers that should not be there: how many answers in a row with it, or without. */
struct noise {
	int with, without;
	bool told;
};

/* Lines of one kind in the present minute. */
struct lines {
	struct mono from;
	int count;
	uint32_t held_back;
};

enum lines_of { LINES_LINK, LINES_OTHER, LINES_KINDS };  /* LINK: that it is lost, that it is back */

/* Tables that share a fate, to be told in one line. */
struct gathered {
	struct mono from;
	int count;
	bool again;                      /* they answer again; otherwise they do not, and why */
	char how[48], text[200];
};

/* The time that the UPS's clock shall have. */
struct clock_to_set {
	bool pending;
	int attempts;
	struct ups_clock wanted;
};

struct session {
	struct source_conf conf;
	const struct log *log;
	struct line line;
	void (*publish)(void *ctx, const struct snapshot *);
	void *ctx;
	bool (*take_clock)(void *ctx, struct ups_clock *);       /* NULL: nobody sets it */
	struct clock_to_set clock;

	/* what answered, kept while the link is lost */
	struct family *family;           /* NULL: nothing ever did */
	uint32_t baud;
	enum ups_system system;          /* SYSTEM_UNKNOWN: being found out */
	bool system_guessed;             /* the words that tell have not been read: the first that they say counts */
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
	int again;                       /* this read is asked next; -1: what the plan says */
	int suspect;                     /* this read is silent, the present one tells whether all are; -1: none */
	bool others_answer;              /* they do: the suspect has one more attempt */
	bool doubt;                      /* nothing has answered for a while: is there a table left that does? */
	int failures;                    /* of the present question, in a row */
	int refusals;                    /* since the last answer */
	bool changed;                    /* since the last snapshot that shows whole cycles */
	struct mono busy_until;          /* up to here the time is in stats.wanted_ns */
	struct mono other_system_since;  /* what tells the system has said otherwise from then on; never: it does not */
	bool said_complete, said_lost, said_incomplete;
	char lost_why[240];              /* while the link is lost; what is tried meanwhile does not change it */
	uint32_t implausible;
	struct noise echo, strays;

	/* what is logged */
	struct lines lines[LINES_KINDS];
	struct gathered gathered;

	struct wire wire;
	struct plan_words words;         /* as they come in */
	struct fam_image shown;          /* as of the last whole cycle: what snapshots are made of */
	struct snapshot snapshot;
	struct mono next_heartbeat;
};

/* ---- session_state.c ---- */

void session_say(struct session *, struct mono now);             /* publishes the snapshot as it is */
void session_decode(struct session *);                           /* the words that are shown -> its values */
bool session_wait(struct session *, struct mono until);          /* with heartbeats; false: the session shall end */
void session_beat(struct session *, struct mono now);            /* the heartbeat alone */
struct line_answer session_ask(struct session *, struct line_question, uint16_t *words);  /* the slave is filled in */
bool session_set_speed(struct session *, uint32_t baud);         /* opens the line; false with stats.last_error */
bool session_has_no_answer(enum line_result);                    /* neither words nor a refusal came from the UPS */

void session_try_later(struct session *);                        /* the next attempt: the more there were, the longer the wait */
void session_try_soon(struct session *);                         /* the link is lost: the first attempt, after the shortest wait */

/* A log line, with the link before it.  False: held back. */
bool session_log_of(struct session *, enum lines_of, enum log_level, const char *format, ...) __attribute__((format(printf, 4, 5)));
#define session_log(s, level, ...) session_log_of(s, LINES_OTHER, level, __VA_ARGS__)

/* A line about a table that does not answer (`how`) or answers again (NULL), together with those to which the same happens soon. */
void session_gather(struct session *, char letter, uint16_t address, const char *how);
void session_tell_gathered(struct session *);                    /* now */

/* ---- session_clock.c ---- */

void session_hear_clock(struct session *);                       /* takes what waits; gives it up where nobody answers */
/* To be called where another question does no harm.  True: one was asked. */
bool session_set_clock(struct session *, struct mono now);

/* ---- poll.c ---- */

void poll_begin(struct session *, struct mono now);              /* the link is up: everything is read anew */
bool poll_step(struct session *);                                /* one request or one wait; false: the session shall end */
void poll_tell_lost(struct session *);                           /* the line about it */

/* ---- seek.c ---- */

/* Waits for the next attempt and makes it; what answered before comes first.  False: the session shall end. */
bool seek_step(struct session *);

#endif
