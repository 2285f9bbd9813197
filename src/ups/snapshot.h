/* All that is known of one UPS at one moment, as one plain value.
 *
 * The field side fills it on its own thread and hands whole copies over (base/queue.h); the gateway turns it into objects.
 * Nothing in it points anywhere.  Each value carries its quality and the instant at which its words were read. */
#ifndef UPS_SNAPSHOT_H
#define UPS_SNAPSHOT_H

#include "base/mono.h"
#include "ups/points.h"

enum quality {
	QUALITY_NOT_READ,        /* not yet: the gateway has just started, or the table has never answered */
	QUALITY_GOOD,
	QUALITY_STALE,           /* the last reading stands, but the link or the table does not answer any more */
	QUALITY_ABSENT,          /* read, and the UPS says "not available": no such phase, no such sensor, not now (0xFFFF, managed bit 0) */
	QUALITY_NOT_MANAGED,     /* this family has no row for it, or the system is a single unit and the value is of UPS level */
};

const char *quality_text(enum quality);      /* "good", "stale", "absent", "not managed", "not read" */

struct ups_value {
	int32_t value;           /* as the object table formats it: 500 for 50.0 Hz.  Meaningful when GOOD or STALE */
	uint8_t quality;         /* enum quality */
	uint8_t decimals;        /* of `value`: 1 for 500 = 50.0; from the object table, or from the map row and the UPS's factor word */
	struct mono at;          /* when it was read; never for NOT_READ and NOT_MANAGED */
};

struct ups_state {
	uint8_t value;           /* 1..count; the default state before the first reading */
	uint8_t quality;
	struct mono at;
};

struct ups_bits {
	uint32_t value;          /* bit n of the object is bit n of the word */
	uint32_t managed;        /* the bits that this family has; those of a string that was never read too */
	uint8_t quality;
	struct mono at;
};

enum ups_link { LINK_STARTING, LINK_PROBING, LINK_UP, LINK_LOST };
const char *ups_link_text(enum ups_link);    /* "starting", "probing", "up", "lost" */

enum ups_system { SYSTEM_UNKNOWN, SYSTEM_SINGLE, SYSTEM_PARALLEL };
enum ups_factor { FACTOR_NA, FACTOR_NONE, FACTOR_10 };     /* Profile_Name "N/A", "no_factor", "factor_10" */

struct ups_identity {
	char family[32];         /* id of the map, "masterys"; empty before the probe */
	char vendor[32];         /* who makes the UPSes of this family; empty when the map does not say */
	char model[32];          /* "MASTERYS BC+", or "MASTERYS 20 kVA"; empty when unknown */
	char serial[24];
	char reference[16];      /* the user's own device reference and location texts, where the family has them */
	char location[16];
	uint32_t kva_x10;        /* nominal apparent power, 0 when unknown */
	uint16_t code;           /* the UPS's own type code, 0 when unknown */
	uint8_t unit_number;     /* as the UPS says it, 0 when unknown */
	uint8_t units;           /* in the system, 0 when unknown */
	uint8_t phases_in, phases_out;   /* 1 or 3, 0 when unknown */
	uint8_t factor;          /* enum ups_factor */
	uint8_t system;          /* enum ups_system */
};

/* The clock of the UPS as it was read at `at`. */
struct ups_clock {
	bool valid;
	uint16_t year;           /* 2000.. */
	uint8_t month, day, weekday, hour, minute, second;      /* weekday 1 = Monday */
	struct mono at;
};

enum { CLOCK_TOLD_SIZE = 96 };

/* Counters of one serial (or Modbus TCP) link since start. */
struct link_stats {
	uint64_t requests, answers, timeouts, crc_errors, exceptions, bad_answers, reconnects;
	uint64_t busy_ns;        /* octets on the wire plus mandatory silences, by calculation from the frames */
	uint64_t wanted_ns;      /* time during which the source wanted to poll */
	uint32_t cycle_us;       /* length of the last complete fast cycle (status and alarm words) */
	uint32_t cycle_us_max;
	uint32_t wire_us;        /* wire time of that cycle */
	uint32_t baud;           /* in use; 0 on TCP */
	char device[64];         /* "/dev/ttyS0" or "tcp:HOST:PORT" */
	uint64_t echoes;         /* answers before which the line gave our own request back */
	uint64_t strays;         /* octets between and before answers that belong to nobody */
	struct mono heard;       /* the last answer with words; never: none yet */
	uint64_t clock_writes, clock_failures;   /* attempts to set the UPS's clock that came true, and that did not */
	char clock_told[CLOCK_TOLD_SIZE];        /* what came of the last one; empty: there was none */
	char last_error[240];    /* in words; empty when the last request was answered */
	char trouble[160];       /* what somebody should look after although the UPS answers, in one sentence; empty when nothing */
};

struct snapshot {
	uint64_t sequence;       /* counts snapshots of this link */
	struct mono at;          /* when it was made */
	enum ups_link link;
	bool complete;           /* since the link came up: every table has been read or is known not to be there, and status and alarms are */
	bool lacking;            /* the link is up and a table does not answer now; link_stats.trouble says which */
	bool internal_fault;     /* the field side cannot work (map refused); link_stats.last_error says why */
	struct ups_identity identity;
	struct ups_clock clock;
	struct ups_value point[PT_COUNT];
	struct ups_state state[ST_COUNT];      /* DEVICE_STATUS is filled by the gateway, not by the field side */
	struct ups_bits bits[BS_COUNT];
	struct link_stats stats;
};

/* Every value NOT_READ, states at their defaults, link STARTING. */
void snapshot_clear(struct snapshot *);

#endif
