/* What is read from a UPS, and when.  Pure: words and instants in, the next question out; no I/O, no clock, no failure.
 *
 * One cycle reads every fast table once (status, alarms).  Between two cycles there is room for at most one slow request, so that a
 * bit that changes waits for one of them at most:
 *
 *     S A  S A  S A M  S A  S A  ...  S A I  S A          M measurements in turn, I identity, configuration, clock: rarely
 *
 * A change must be seen within 1.2 cycles 99 times out of 100, so whatever may stand in its way must take clearly less than 1 % of
 * the line: by default 1/PLAN_SHARE for all tables of measurements together, but every PLAN_TURN_MS at the most and every
 * PLAN_TURN_MAX_MS at the least, and 1/PLAN_RARE_SHARE for the rare ones, but at most every PLAN_RARE_MS.  On a line of 57600 baud
 * that is every 6 s, of 9600 baud every 15 s (there 1.2 cycles are out of reach anyway, and a load that changes should show).
 * Measurements matter most when something happens: they are read every PLAN_HURRY_MS while the load is on battery and for
 * PLAN_HURRY_FOR_MS after the load or the battery changed its state.  A fixed interval of the configuration overrides all of that.
 * After the link came up everything is read once, as fast as the line allows.
 *
 * Which tables: on a single unit those of the unit; on a parallel system those of the UPS, and those of the unit that the gateway
 * belongs to or of the concentrator.  A table that stands at the same address at both levels, or under two
 * letters of the map, is read once.
 *
 * What a table does when it is refused:
 *     never answered yet, and a shorter read exists     the shorter one from now on, plus the rest at its own address
 *     never answered yet                                it does not exist here; asked again every PLAN_REFUSED_MS
 *     answered before                                   the same question a few times, then its values are stale
 * All of this is forgotten when the link is lost, because plan_make starts afresh. */
#ifndef FIELD_PLAN_H
#define FIELD_PLAN_H

#include "family/family.h"
#include "field/late.h"
#include "field/line.h"
#include "field/wire.h"

enum {
	PLAN_READS_MAX = 4 * FAM_BLOCKS_MAX,     /* two levels, two parts */
	PLAN_SHARE = 250,
	PLAN_RARE_SHARE = 1000,
	PLAN_TURN_MS = 2000,
	PLAN_TURN_MAX_MS = 15000,
	PLAN_HURRY_MS = 1000,
	PLAN_HURRY_FOR_MS = 10000,
	PLAN_RARE_MS = 60000,
	PLAN_REFUSED_MS = 600000,
	PLAN_TCP_CYCLE_MS = 200,         /* nothing but politeness limits Modbus TCP */
	PLAN_PATIENCE_MS = 2000,         /* so long a fast table may be passed over for the sake of late answers, see late.h */
};

enum plan_state {
	PLAN_NEW,                /* not answered since the link came up */
	PLAN_GOOD,
	PLAN_FAILING,            /* it answered, and does not any more: its values are stale */
	PLAN_REFUSED,            /* this UPS has no such table */
	PLAN_OFF,                /* not needed: the rest of a table that is read in full */
};

struct plan_read {
	uint8_t function;
	uint16_t address;
	uint8_t count, full;     /* words of the next request; of the whole table */
	uint8_t block;           /* of the family */
	uint8_t offset;          /* its first word in the block */
	uint8_t levels;          /* bit LEVEL_UPS, LEVEL_UNIT: the tables of the image it fills */
	uint8_t also, also_levels;       /* 1 + a second block of the family that begins with the same words; 0 = none */
	uint8_t rate;            /* enum fam_rate */
	uint8_t state;           /* enum plan_state */
	uint8_t failures;        /* exceptions in a row */
	struct mono asked;       /* last time; never: at once */
};

/* The question of a read; the slave is the asker's business. */
struct line_question plan_question(const struct plan_read *);

struct plan {
	const struct family *family;
	struct plan_read read[PLAN_READS_MAX];
	int reads, fasts;        /* the fast ones stand first */
	int cursor;              /* next fast read; == fasts between cycles */
	bool slow_done;          /* the one slow request between two cycles has been made */
	struct wire wire;        /* zero on TCP */
	uint32_t interval_ms;    /* of the measurements; 0 = as described above */
	bool on_battery;
	struct mono hurry_until;

	struct mono cycle_began; /* when its turn came */
	struct mono cycle_start; /* of the present cycle's first request */
	struct mono cycle_end;   /* of its last answer */
	int64_t cycle_wire_ns;
	int cycle_failures;
	uint32_t cycles;         /* complete ones without a failure; the next two are of the last of them */
	int64_t last_cycle_ns, last_cycle_wire_ns;
};

/* With SYSTEM_UNKNOWN: only what tells whether the system is single or parallel. */
void plan_make(struct plan *, const struct family *, enum ups_system, uint8_t unit_number, const struct wire *,
	uint32_t measurement_interval_ms);

/* The index of the read that is to be made now; -1: none before *wait. */
int plan_next(struct plan *, struct mono now, struct late *, struct mono *wait);

/* The words of a read go to their places.  True when one of them, or the state of a table, differs from what was there. */
bool plan_answered(struct plan *, int read, const uint16_t *words, struct fam_image *, struct mono sent, struct mono ended);

enum plan_verdict {
	PLAN_ASK_SHORTER,        /* the read has been made shorter: ask again */
	PLAN_ASK_AGAIN,          /* at its next turn; its values still stand */
	PLAN_STALE,              /* its values are stale now */
	PLAN_ABSENT,             /* this UPS has no such table */
};

/* The UPS refused the read, or stays silent only there (exception 0). */
enum plan_verdict plan_refused(struct plan *, int read, uint8_t exception, uint8_t retries, struct fam_image *, struct mono now);

/* The read failed without an answer, for the statistics of the cycle. */
void plan_failed(struct plan *, int read);

/* Something refused, but perhaps not this: nothing is learnt, the read has its next turn soon. */
void plan_unsure(struct plan *, int read, struct mono now);

/* Everything has been read once, or is known not to be there. */
bool plan_complete(const struct plan *);

/* A read with another word count that answered before, to find out whether only one table is silent; -1: none. */
int plan_witness(const struct plan *, int read);

int64_t plan_turn_ns(const struct plan *, struct mono now);      /* present interval of the measurements */

void plan_image_stale(struct fam_image *);                       /* the link is lost: every word stands, none is fresh */

#endif
