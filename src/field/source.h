/* Where the snapshots of one UPS come from.  A source is a driver of three functions, chosen by what `link` begins with; Modbus, over a
 * serial line or TCP, is the first row of the table (source.c).  A driver that blocks has a thread of its own.
 *
 * The only way out is the queue of snapshots, and the only way in is the time that the UPS's clock shall have.  Never fails once it runs: a value that cannot be read is published with a quality other
 * than GOOD, a device that is not there is looked for until it is.
 *
 * How old what is shown as good may be is one number, source_age_limit_ms, whatever retries are configured, and it is kept on both sides:
 * the source loses the link when nothing was heard for so long, and whoever shows the snapshots measures stats.heard by its own clock
 * (source_good_for_ms), because a thread in the middle of a read that blocks says nothing.  So no snapshot, and no lack of one, can keep
 * a dead UPS alive.
 *
 * Nobody waits for a source.  Stopping it asks; the thread ends by itself, after the request that it is in the middle of, gives its
 * device back and says so through `ended`.  Only then another one may have the same device. */
#ifndef FIELD_SOURCE_H
#define FIELD_SOURCE_H

#include "base/log.h"
#include "base/queue.h"
#include "ups/snapshot.h"

enum {
	SOURCE_AGE_MIN_MS = 5000,
	SOURCE_AGE_TIMEOUTS = 2,
	SOURCE_AGE_MAX_MS = 15000,
};

struct source_conf {
	char link[96];                   /* "/dev/ttyS0" or "tcp:HOST[:PORT]" */
	char family[160];                /* "auto", an id, or a path */
	char family_directory[160];      /* maps that replace the compiled-in ones; empty = none */
	uint32_t baud;                   /* 0 = auto */
	char parity;                     /* 'N', 'E', 'O' */
	uint8_t slave;                   /* 1..247; on TCP, where it is the unit identifier, 0..255 */
	uint8_t unit_number;             /* 0 = whole system */
	uint16_t unit_step;              /* 0 = as the map says; 0x1000 or 0x0100 */
	uint32_t timeout_ms;             /* for the first octet of an answer */
	uint8_t retries;                 /* of one request before the link is lost; fewer when the age limit would pass */
	uint32_t measurement_interval_ms;/* 0 = auto: as plan.h describes */
};

/* The age from which on what was heard is no longer good. */
static inline int64_t source_age_limit_ms(uint32_t timeout_ms)
{
	int64_t ms = (int64_t)timeout_ms * SOURCE_AGE_TIMEOUTS;
	return ms < SOURCE_AGE_MIN_MS ? SOURCE_AGE_MIN_MS : ms > SOURCE_AGE_MAX_MS ? SOURCE_AGE_MAX_MS : ms;
}

/* How long what a snapshot says of a link that is up still counts; 0 or less: not any more. */
static inline int64_t source_good_for_ms(const struct snapshot *s, uint32_t timeout_ms, struct mono now)
{
	return source_age_limit_ms(timeout_ms) - mono_ms_between(mono_is_set(s->stats.heard) ? s->stats.heard : s->at, now);
}

/* What a source is given.  All of it must stay until source_free. */
struct source_out {
	struct queue *snapshots;         /* of struct snapshot */
	const struct log *log;
	void (*ended)(void *ctx);        /* once, on any thread: it has ended and gave its device back; source_free is due */
	void *ctx;
};

struct source;

struct source_driver {
	struct source *(*start)(const struct source_conf *, const struct source_out *);    /* NULL: no memory */
	void (*stop)(struct source *);
	void (*free)(struct source *);
	/* NULL: it cannot be set.  The time at c->at; never waits, the newest counts, and what came of it is in link_stats. */
	void (*set_clock)(struct source *, const struct ups_clock *);
};

struct source {                          /* first in what a driver calls its own */
	const struct source_driver *driver;
	_Atomic int64_t beat_ns;         /* the instant at which its thread last began something; 0: not yet */
};

extern const struct source_driver source_modbus;

/* For how long its thread has said nothing, not even that it waits.  What it does is bounded by timeouts of some seconds, but for a name
 * that is asked for at name servers of which none answers. */
static inline int64_t source_silent_ms(const struct source *s, struct mono now)
{
	int64_t beat = s->beat_ns;
	return beat ? mono_ms_between((struct mono){ beat }, now) : 0;
}

/* The driver of a link; what no row claims goes to the last one, whose snapshots then say what is wrong with it. */
const struct source_driver *source_driver_of(const char *link);

/* From its return on no snapshot comes any more; `ended` does, later or at once.  Stopping twice is stopping. */
static inline void source_stop(struct source *s)
{
	s->driver->stop(s);
}

/* Never waits: what has not ended yet is let go of.  It calls nobody any more, and frees itself when it ends. */
static inline void source_free(struct source *s)
{
	if (s)
		s->driver->free(s);
}

#endif
