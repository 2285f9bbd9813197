/* What is read from a UPS, and when.  Pure: words and instants in, the next question out; no I/O, no clock, no failure.
 *
 * One cycle reads every fast table once, in the order of the map: status, then alarms.  Between two cycles there is room for at most
 * one slow request, so that a bit that changes waits for one of them at most:
 *
 *     S A  S A M  S A  S A S  S A I  S A  ...     M measurements in turn, I identity, configuration, clock: rarely
 *
 * What a cycle read is shown together, when the cycle is over: status and alarm words contradict each other when the UPS changes
 * between the two requests.  When a table changed, those before it in the cycle were perhaps read before the change, so they are read
 * once more (the third cycle above); and itself too when one after it did not change, because it may have changed back.
 *
 * Measurements come every eight times the wire time that they take, but not more often than PLAN_TURN_MIN_MS and at least every
 * PLAN_TURN_MAX_MS: on a single unit within 2 s at 9600 baud and within 1 s at 57600.  After a fast word has changed they are read at
 * once, first the tables that the rule of a state reads, because a state that follows from measurements must not contradict the bits.
 * While the load is on battery the tables with the battery's values go first and come every PLAN_BATTERY_MS at least.  An interval of
 * the configuration replaces the eight times.  Rare tables take 1/PLAN_RARE_SHARE of the line, at most every PLAN_RARE_MS.
 * After the link came up everything is read once, as fast as the line allows, and the rare tables a few times more every PLAN_SOON_MS:
 * a UPS that has just started may not know itself yet.
 *
 * Which tables: on a single unit those of the unit; on a parallel system those of the UPS, and those of the unit that the gateway
 * belongs to or of the concentrator.  Besides, wherever they stand, the words that tell a single from a parallel system: always at the
 * address that a single unit has, so that it is one word in one place.  A table that stands at the same address at both levels, or
 * under two letters of the map, is read once.
 *
 * What becomes of a table that does not answer:
 *     refused for good (exceptions 1 to 3), never answered in this run     the shorter read, plus the rest at its own address; else it
 *                                                                          does not exist, and is asked for less and less often
 *     refused for now (any other), or answered before                      a few times the same question, then its values are stale;
 *                                                                          one that is refused for good by then is looked for in each
 *                                                                          length and place again, as after an exchange of the UPS
 *     silent while others answer                                           stale
 * A stale table is asked again within seconds.  Where it has never answered the pauses grow, for a minute's sake or for ten. */
#ifndef FIELD_PLAN_H
#define FIELD_PLAN_H

#include "family/family.h"
#include "field/late.h"
#include "field/line.h"
#include "field/wire.h"

enum {
	PLAN_READS_MAX = 4 * FAM_BLOCKS_MAX + 4, /* two levels, two parts, and what tells the system */
	PLAN_TURN_TIMES = 8,
	PLAN_TURN_MIN_MS = 500,
	PLAN_TURN_MAX_MS = 1500,
	PLAN_TURN_TCP_MS = 1000,
	PLAN_BATTERY_MS = 1000,
	PLAN_RARE_SHARE = 1000,
	PLAN_RARE_MS = 60000,
	PLAN_SOON_MS = 5000,             /* for the first times after the link came up, or after a fast table came back */
	PLAN_SOON_TIMES = 3,
	PLAN_RETRY_MS = 1000,            /* of a table that is stale because it is refused */
	PLAN_SILENT_MS = 2000,           /* of one that is silent, and two timeouts on top, because asking costs one */
	PLAN_ABSENT_MS = 10000,          /* of one that has never answered; doubles */
	PLAN_ABSENT_FAST_MAX_MS = 30000, /* as long as the status or the alarms are missing */
	PLAN_ABSENT_MAX_MS = 600000,
	PLAN_TCP_CYCLE_MS = 200,         /* nothing but politeness limits Modbus TCP */
	PLAN_PATIENCE_MS = 2000,         /* so long a fast table may be passed over for the sake of late answers, see late.h */
};

enum plan_state {
	PLAN_NEW,                /* not answered since the link came up */
	PLAN_GOOD,
	PLAN_FAILING,            /* it does not answer now: its values are stale */
	PLAN_REFUSED,            /* this UPS has no such table */
	PLAN_OFF,                /* not needed: the rest of a table that is read in full */
};

enum { PLAN_TELLS = 1 << LEVEL_TABLES };         /* in `levels`: its words tell the system */

struct plan_read {
	uint16_t address;
	uint8_t function;
	uint8_t count, full;     /* words of the next request; of the whole table */
	uint8_t block;           /* of the family */
	uint8_t offset;          /* its first word in the block */
	uint8_t levels;          /* bit LEVEL_UPS, LEVEL_UNIT: the tables of the image it fills; PLAN_TELLS */
	uint8_t also, also_levels;       /* 1 + a second block of the family that begins with the same words; 0 = none */
	uint8_t rate;            /* enum fam_rate */
	uint8_t state;           /* enum plan_state */
	bool optional;           /* of all blocks that it serves */
	bool of_states, of_battery;      /* the rule of a state reads it; it has values of the battery */
	bool silent;             /* the last time it was not even refused */
	uint8_t failures;        /* in a row */
	uint8_t answers;         /* up to 255 */
	struct mono asked;       /* last time; never: at once */
};

struct plan_conf {
	const struct family *family;
	enum ups_system system;  /* SYSTEM_UNKNOWN: only what tells whether it is single or parallel */
	uint8_t unit_number;
	uint8_t retries;
	struct wire wire;        /* zero on TCP */
	uint32_t interval_ms;    /* of the measurements; 0 = as described above */
	uint32_t timeout_ms;
};

struct plan {
	struct plan_conf conf;
	struct plan_read read[PLAN_READS_MAX];
	int reads, fasts;        /* the fast ones stand first */

	/* the present cycle */
	int cursor;              /* next fast read */
	int changed;             /* the last fast read whose words changed; -1: none */
	bool second;             /* what stands before that one is being read once more */
	bool torn;               /* a table had to be passed over: what was read does not belong together */
	bool slow_done;          /* the one slow request after it has been made */

	bool on_battery;
	struct mono stirred;     /* a fast word changed */

	struct mono cycle_began; /* when its turn came */
	struct mono cycle_start; /* of the present cycle's first request */
	struct mono cycle_end;   /* of its last answer */
	int64_t cycle_wire_ns;
	int cycle_failures;
	uint32_t cycles;         /* complete ones without a failure; the next two are of the last of them */
	int64_t last_cycle_ns, last_cycle_wire_ns;
};

/* Where the words go. */
struct plan_words {
	struct fam_image image;
	struct fam_image tells;  /* at its unit level: the words that tell the system */
};

void plan_make(struct plan *, const struct plan_conf *);

/* The question of a read; the slave is the asker's business. */
struct line_question plan_question(const struct plan_read *);
int64_t plan_read_ns(const struct plan *, const struct plan_read *);     /* on the wire */
int64_t plan_turn_ns(const struct plan *, const struct plan_read *);     /* present interval of a table of measurements */

/* The index of the read that is to be made now; -1: none before *wait. */
int plan_next(struct plan *, struct mono now, struct late *, struct mono *wait);

/* Between two cycles: what has been read so far belongs together. */
bool plan_is_between(struct plan *, struct mono now);

/* ---- what came of it (plan_result.c) ---- */

/* A table of all ones is how a UPS says that it does not know it now: no answer to keep. */
bool plan_is_void(const struct plan *, int read, const uint16_t *words);

/* The words of a read go to their places.  True when one of them, or the state of a table, differs from what was there. */
bool plan_answered(struct plan *, int read, const uint16_t *words, struct plan_words *, struct mono sent, struct mono ended);

enum plan_verdict {
	PLAN_ASK_AGAIN,          /* at its next turn; its values still stand */
	PLAN_ASK_SHORTER,        /* the read has been made shorter: ask at once */
	PLAN_ASK_ELSEWHERE,      /* the table may stand at another address: ask there at once */
	PLAN_BECAME_STALE,
	PLAN_BECAME_ABSENT,      /* this UPS has no such table */
	PLAN_AS_BEFORE,          /* still stale, still absent */
};

/* The UPS refused the read.  Exception 0: it answered, but with words that are void. */
enum plan_verdict plan_refused(struct plan *, int read, uint8_t exception, struct plan_words *, struct mono now);

/* It does not answer this read, but others. */
enum plan_verdict plan_silent(struct plan *, int read, struct plan_words *, struct mono now);

/* The read failed without an answer, for the statistics of the cycle. */
void plan_failed(struct plan *, int read);

/* Something was refused, but perhaps not this: nothing is learnt, the read has its next turn soon. */
void plan_unsure(struct plan *, int read, struct mono now);

/* Everything has been read once or is known not to be there, and status and alarms are. */
bool plan_is_complete(const struct plan *);
bool plan_is_known(const struct plan *);                         /* the first half of that */

/* A read that works, or else one that has not been tried, and may be asked now: to find out whether only one table is silent, or all
 * are.  -1: none. */
int plan_witness(const struct plan *, int silent, struct mono now, struct late *);
bool plan_has_good(const struct plan *);

/* The first read that a person should know of: a table that is needed and does not answer; -1: none. */
int plan_ailing(const struct plan *);

/* Fast tables that last answered at or before an instant are stale; true: one has become so. */
bool plan_image_age(struct fam_image *, const struct family *, struct mono);
void plan_image_stale(struct fam_image *);                       /* the link is lost: every word stands, none is fresh */

#endif
