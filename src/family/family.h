/* A UPS family: the register map of one range of UPSes, read from a text file (families/NAME.map, or one that a user wrote).
 *
 * A family is data: registers to read, which word is which point, which bits make which state, how to recognise the UPS.  The
 * loader checks all of it (docs/families.md describes the language line by line) and refuses a map with file, line and reason.
 * A loaded family is immutable and may be shared between threads.  Three readers walk it:
 *
 *   field   polls the blocks, keeps the words in a fam_image, calls family_decode() -> snapshot
 *   sim     the same rows backwards: wanted values and states -> words
 *   tools   list what the family offers, with the source mark of each row
 *
 * Words are named by a letter and a number, the way the manuals do: S003 is bit 3 of the status table, M004 word 4 of the
 * measurements, T013 word 13 of the configuration.  A block row gives a letter its address, so every address stands once. */
#ifndef FAMILY_FAMILY_H
#define FAMILY_FAMILY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mono.h"
#include "ups/snapshot.h"

enum {
	FAM_BLOCKS_MAX = 16,
	FAM_BLOCK_WORDS_MAX = 125,       /* of one Modbus request */
	FAM_WORDS_MAX = 512,             /* of all blocks of a family together */
	FAM_PROBE_WORDS_MAX = 32,
	FAM_UNITS_MAX = 15,
	FAM_ID_SIZE = 32,
	FAM_TERMS_MAX = 4,               /* words, or pairs of words, of one point */
	FAM_ABSENT_MAX = 6,              /* values or ranges of one point that mean "not available" */
	FAM_FAULTS_MAX = 20,             /* that are kept of one map; all are counted */
	FAM_LIST_MAX = 16,
};

/* Where a row comes from; the letters of shared source notes and of docs/families.md. */
enum fam_mark { FAM_MANUAL = 'M', FAM_FAMILY = 'F', FAM_CODE = 'C', FAM_SPEC = 'S', FAM_INFERRED = 'I' };

struct fam_source {
	char mark;               /* enum fam_mark */
	char strength;           /* '+', '-' or 0: several hints agree, placeholder only, plain */
	char text[46];           /* "p.40", "NUT" ... may be empty */
};

enum fam_rate { FAM_FAST, FAM_TURN, FAM_RARE };      /* every cycle; in turn; at start and then about once a minute */

/* At which of the system's base addresses a block exists. */
enum fam_level {
	FAM_LEVEL_UNIT = 1,      /* one copy a unit */
	FAM_LEVEL_UPS = 2,       /* one copy of the whole parallel system; not read on a single unit */
	FAM_LEVEL_SYSTEM = 4,    /* once a system, single or parallel */
};

struct fam_block {
	char letter;             /* 'S', 'M' ... */
	uint8_t function;        /* of Modbus: 3 holding registers, 4 input registers; 1 coils and 2 inputs: each bit is a word of 0 or 1 */
	bool bits;               /* names count bits (S017 = bit 1 of word 1), not words */
	uint16_t offset;         /* from the base of the level, see struct fam_bases */
	uint16_t from;           /* number of its first bit or word: 48 when the manual calls its first bit S048 */
	uint8_t count;           /* words; of function 1 and 2 bits */
	uint8_t unit_count;      /* words that exist in a unit's copy and on a single unit; `count` unless the map says less */
	uint8_t shorter;         /* words to read instead when the full count gets an exception; 0 = none */
	uint16_t rest_address;   /* absolute address of the words that the shorter read leaves out; 0 = none */
	uint8_t levels;          /* enum fam_level, or-ed */
	enum fam_rate rate;
	bool optional;           /* an exception means "this UPS has no such table", not a fault */
	bool clock;              /* 4 words: minutes.seconds, day.hours, month.weekday, year - 2000 */
	bool writable;           /* of a clock: its words may be written, by function 16 */
	char managed_by;         /* letter of the block whose bit n says that word n of this one is managed; 0 = none */
	bool used;               /* an enabled row refers to it; unused blocks are not polled */
	uint16_t first;          /* index of its first word in fam_image.level[].word */
	int line;
	struct fam_source source;
};

/* Base addresses.  unit u: unit_base(u) = unit + (u - 1) * unit_step.  Blocks of FAM_LEVEL_SYSTEM stand at `system`, single or parallel. */
struct fam_bases {
	uint16_t single, ups, concentrator, unit, unit_step, system;
	uint16_t ups_else;       /* where to look for the UPS level when a table is refused at `ups`; the same: nowhere */
};
enum fam_base { FAM_BASE_SINGLE, FAM_BASE_UPS, FAM_BASE_CONCENTRATOR, FAM_BASE_UNIT, FAM_BASE_SYSTEM, FAM_BASE_COUNT };

/* An expression over bits and words: a slice of the family's code, in postfix.  length 0: never true. */
struct fam_expr {
	uint16_t start, length;
};

enum fam_opcode {
	FAM_OP_BIT,              /* push bit `bit` of word `word` of block `block` */
	FAM_OP_IN,               /* push low <= word <= high; `part` picks the whole word, its MSB or LSB; `is_signed` */
	FAM_OP_MANAGED,          /* push whether the word is managed and not absent */
	FAM_OP_NOT, FAM_OP_AND, FAM_OP_OR,
};

/* A part of a word: `bits` bits, the lowest of them is bit `shift`.  bits == 0: the whole word. */
struct fam_part {
	uint8_t shift, bits;
};

struct fam_op {
	uint8_t code;            /* enum fam_opcode */
	uint8_t block, word, bit;
	struct fam_part part;
	bool is_signed;
	bool names_ones;         /* 0xFFFF is one of the values that the condition names, not "not available" */
	int8_t guard;            /* of a rule or bit that asks for a word which only a guarded row reads: the guard, else -1 */
	int32_t low, high;
};

/* The three values of an expression: a word that has not been read makes what depends on it unknown, never false. */
enum fam_truth { FAM_FALSE, FAM_TRUE, FAM_UNKNOWN };

/* One column of the manual's chapter 7. */
enum fam_managed { FAM_MANAGED_YES, FAM_MANAGED_NO, FAM_MANAGED_OPTION };

enum fam_scale { FAM_SCALE_FIXED, FAM_SCALE_FACTOR };

/* How a number lies in its words.  Two words: the high one stands first, unless `low_first`. */
enum fam_type {
	FAM_U16, FAM_S16,
	FAM_M16,                 /* bit 15 is the sign, the rest the magnitude */
	FAM_U32, FAM_S32, FAM_F32,
};

struct fam_term {
	uint8_t block, word;     /* of two words the first */
	struct fam_part part;    /* of one word */
};

struct fam_range {
	int64_t low, high;
};

/* A point from words: a sum of numbers, absent ones left out, or the product of two.
 * value = (that + offset) * multiply / divide, rounded to the nearest. */
struct fam_point {
	uint8_t point;           /* enum point_id */
	struct fam_term term[FAM_TERMS_MAX];
	uint8_t terms;           /* 0: no known register */
	uint8_t type;            /* enum fam_type, of every term */
	bool low_first, product;
	bool enabled;            /* a row that is off is kept, listed and not used */
	int32_t offset;
	int32_t multiply, divide;        /* neither is 0 */
	uint8_t decimals;        /* of the value, when the object table leaves it to the UPS: fixed scale */
	uint8_t scale;           /* FAM_SCALE_FACTOR: decimals are 1 when the factor word says 10, else 0 */
	bool ones_absent;        /* words of all ones mean "not available" */
	struct fam_range absent[FAM_ABSENT_MAX];         /* raw numbers that do; a negative one is the signed number */
	uint8_t absents;
	int8_t guard;            /* index of the plausibility group, -1 = none */
	uint8_t managed;         /* enum fam_managed */
	int line;
	struct fam_source source;
};

struct fam_bit {
	uint8_t bits, bit;       /* enum bits_id, bit number */
	bool enabled;
	uint8_t managed;
	struct fam_expr when;    /* length 0: no known bit, always false */
	int line;
	struct fam_source source;
};

struct fam_rule {            /* in file order; the first that is true gives the state */
	uint8_t state_object;    /* enum state_id */
	uint8_t value;           /* 1..count */
	bool enabled, otherwise;
	uint8_t managed;
	struct fam_expr when;
	int line;
	struct fam_source source;
};

struct fam_guard {           /* a group of inferred rows is published only while every one of these ranges holds */
	char name[16];
	struct fam_expr holds;
	int line;
};

struct fam_model {           /* type code -> name */
	uint16_t low, high;
	char name[32];
	int line;
	struct fam_source source;
};

struct fam_field {           /* a number or an ASCII text of the identification */
	uint8_t what;            /* enum fam_field_kind */
	struct fam_term term;
	uint8_t words;           /* of a text; 2 for a number of 32 bits */
	bool lsb_first;          /* of ASCII: the first character is the low octet */
	bool low_first;          /* of a number of 32 bits: the low word stands first */
	uint16_t holds;          /* kva: the number is kVA times this: 1, 10, 100 (tens of VA), 1000 (VA); ignored with FAM_SCALE_FACTOR */
	uint8_t scale;
	struct fam_source source;
	int line;                /* several rows of a kind: the first that can be read counts */
};
enum fam_field_kind {
	FAM_ID_CODE, FAM_ID_MODEL, FAM_ID_SERIAL, FAM_ID_REFERENCE, FAM_ID_LOCATION, FAM_ID_KVA, FAM_ID_UNIT, FAM_ID_UNITS,
	FAM_ID_PHASES_IN, FAM_ID_PHASES_OUT,
};

/* A clock that is not the four words of a `clock` block: a number each, those that the UPS has. */
enum fam_clock_part {
	FAM_CLOCK_YEAR, FAM_CLOCK_MONTH, FAM_CLOCK_DAY, FAM_CLOCK_HOUR, FAM_CLOCK_MINUTE, FAM_CLOCK_SECOND,
	FAM_CLOCK_SECONDS,       /* since the start of the year `epoch` */
	FAM_CLOCK_DAYS,          /* the same in days; the time of day is in HOUR, MINUTE, SECOND or OF_DAY */
	FAM_CLOCK_OF_DAY,        /* seconds since midnight */
	FAM_CLOCK_PARTS,
};
struct fam_clock {
	uint16_t has;            /* bit = enum fam_clock_part */
	struct fam_term term[FAM_CLOCK_PARTS];
	uint16_t wide;           /* bit: that number has two words */
	bool low_first;
	uint16_t epoch;
	int line;
	struct fam_source source;
};

enum { FAM_MATCHES_MAX = 4, FAM_MATCH_TEXT_MAX = 24 };

/* What one word of the answer must be, or a text that begins there (two characters a word, the first in the MSB). */
struct fam_match {
	uint8_t word;            /* index in the answer */
	uint16_t low, high;
	char text[FAM_MATCH_TEXT_MAX + 1];       /* empty: the word lies in low..high */
};

struct fam_probe {
	uint8_t order;           /* families are tried by it, lowest first */
	uint8_t function;        /* as in struct fam_block */
	uint16_t address;        /* absolute */
	uint8_t count;
	struct fam_match match[FAM_MATCHES_MAX];
	uint8_t matches;         /* all of them must hold; 0: any answer will do */
	struct fam_source source;
};

struct family {
	char id[FAM_ID_SIZE];    /* "vu-map" */
	char title[64];          /* "SOCOMEC VU-MAP" */
	char column[48];         /* of the manual's chapter 7: "MASTERYS" */
	char covers[8][32];
	int cover_count;
	char vendor[32];         /* who makes them; empty when the map does not say */
	char model_text[32];     /* the model of every UPS of this family, when the UPS itself does not say */
	uint32_t baud[4];        /* in the order of probing; none on a family that is only reached over TCP */
	int baud_count;
	uint8_t slave;
	int16_t tcp_unit;        /* unit identifier over TCP, -1: as `slave` */
	struct fam_bases bases;
	struct fam_source base_source[FAM_BASE_COUNT], serial_source, tcp_source;
	struct fam_block *block;     int block_count;
	struct fam_probe probe[4];   int probe_count;
	struct fam_model *model;     int model_count;
	struct fam_field *field;     int field_count;
	struct fam_point *point;     int point_count;      /* enabled and disabled rows */
	struct fam_bit *bit;         int bit_count;
	struct fam_rule *rule;       int rule_count;
	struct fam_guard *guard;     int guard_count;
	struct fam_op *code;         int code_count;
	struct fam_expr parallel;        /* true: part of a parallel system */
	struct fam_expr single_phase_in, single_phase_out;
	struct fam_expr factor_10;       /* true: FACTOR_10, false: FACTOR_NONE */
	bool has_factor;                 /* false: Profile_Name N/A */
	char unknown_model[32];          /* "MASTERYS %k": of any other code; see identity.c */
	struct fam_clock clock;
	int words;                       /* used of fam_image.level[].word */
};

/* ---- loading ---- */

/* Everything that is wrong with a map: what follows from a fault is left out. */
struct fam_faults {
	struct err_at list[FAM_FAULTS_MAX];
	int count;               /* may be more than the list holds */
};

/* Parses and checks a map.  `name` stands in complaints.  NULL when it is refused; nothing is kept then. */
struct family *family_parse(const char *text, size_t length, const char *name, struct fam_faults *);
struct family *family_load(const char *path, struct fam_faults *);
void family_free(struct family *);

/* The maps compiled in, in the order of families/. */
struct family_text {
	const char *id, *text;
	size_t length;
};
int family_builtin_count(void);
const struct family_text *family_builtin(int i);

/* The ids that there are: the compiled-in ones in their order, then those of which only `directory` has an ID.map, by name.  A file
 * whose name is no id is passed over, and so is what does not fit.  The directory may be NULL, empty or missing.  Reads it: blocks. */
struct family_id {
	char text[FAM_ID_SIZE];
};
int family_list(const char *directory, struct family_id list[FAM_LIST_MAX]);

/* By id or by path: a path (with a '/') is loaded from there; an id first from `directory`/ID.map when that file exists (directory
 * may be NULL), then from the compiled-in maps. */
struct family *family_find(const char *id_or_path, const char *directory, struct fam_faults *);
struct family *family_open(const char *id_or_path, const char *directory, struct err_at *why);      /* the first fault is enough */

/* ---- words ---- */

/* The words of one UPS as they were read, for the two levels.  All zero = nothing read. */
struct fam_image {
	struct fam_image_level {
		uint16_t word[FAM_WORDS_MAX];
		struct fam_image_block {
			uint8_t got;             /* words of the block that have been read, from its first; 0 = not read */
			bool rest_got;           /* those past `got` have been read too, at rest_address */
			bool refused;            /* the UPS answered with an exception: no such table */
			bool stale;              /* the last read failed; the words are those of `at` */
			struct mono at;
		} block[FAM_BLOCKS_MAX];
	} level[LEVEL_TABLES];                   /* LEVEL_UPS, LEVEL_UNIT.  FAM_LEVEL_SYSTEM blocks stand in LEVEL_UNIT */
	uint8_t system;          /* enum ups_system as the reader of the words decided; SYSTEM_UNKNOWN: as the words themselves say */
};

/* For `unit_step = 0x0100` in the configuration: unit u at u * step.  Only before the family is shared. */
void family_set_unit_step(struct family *, uint16_t step);

/* How many words to ask for in one request: fewer on a single unit and in a unit's copy when the map says so. */
uint8_t family_block_words(const struct fam_block *, enum level, enum ups_system);

/* Absolute address of a block at a level: enum level, and for LEVEL_UNIT the unit (0 = concentrator) of a parallel system. */
uint16_t family_address(const struct family *, const struct fam_block *, enum level, enum ups_system, uint8_t unit_number);

/* Where else a table of a parallel system may stand when it is refused at `address`: those of the UPS level, for a gateway of one unit.
 * (A concentrator reads that place anyway, for its unit level, and family_decode takes them from there.) */
bool family_elsewhere(const struct family *, const struct fam_block *, enum level, uint8_t unit_number, uint16_t address, uint16_t *other);

enum fam_truth family_truth(const struct family *, struct fam_expr, const struct fam_image *, enum level);

/* The condition of one FAM_OP_IN over a word that was read and is managed.  An unsigned word of 0xFFFF is "not available", which makes
 * it unknown unless the condition names 0xFFFF. */
enum fam_truth family_word_in(const struct fam_op *, uint16_t word);

/* ---- the clock, written ---- */

enum { FAM_CLOCK_WORDS = 4 };
/* Of a `clock` block, in its order. */
void family_clock_words(const struct ups_clock *, uint16_t words[FAM_CLOCK_WORDS]);
/* Where the words of the clock may be written.  False: the map names none. */
bool family_clock_address(const struct family *, uint16_t *address);

/* ---- numbers ---- */

static inline uint16_t fam_part_mask(struct fam_part part)
{
	return part.bits == 0 ? 0xFFFF : (uint16_t)(((1u << part.bits) - 1) << part.shift);
}
static inline uint16_t fam_part_get(uint16_t word, struct fam_part part)
{
	return part.bits == 0 ? word : (uint16_t)((word & fam_part_mask(part)) >> part.shift);
}
static inline void fam_part_put(uint16_t *word, struct fam_part part, uint16_t value)
{
	uint16_t mask = fam_part_mask(part);
	*word = (uint16_t)((*word & ~mask) | ((unsigned)value << (part.bits ? part.shift : 0) & mask));
}
static inline int fam_type_words(uint8_t type)
{
	return type >= FAM_U32 ? 2 : 1;
}

/* One number from its words (fam_type_words() of them); false: the words say "not available". */
bool family_number_get(const struct fam_point *, const struct fam_term *, const uint16_t *words, double *number);

/* The other way round, for a simulator: the nearest number that the words can hold and that does not read as "not available". */
void family_number_put(const struct fam_point *, const struct fam_term *, double number, uint16_t *words);
void family_number_put_absent(const struct fam_point *, const struct fam_term *, uint16_t *words);

/* Which system is it?  SYSTEM_UNKNOWN until the words that tell have been read. */
enum ups_system family_system(const struct family *, const struct fam_image *);

/* In a concentrator the two levels may stand at the same address (read it once, at either level), and a table of the UPS level that
 * the UPS refuses is taken from the unit level: family_decode fills in a copy that was not read from the other one.
 *
 * Words -> values.  Fills identity, clock, point, state and bits of *out (the rest of it is the caller's), for a gateway with this
 * unit_number.  Single: UPS-level values are NOT_MANAGED.  Concentrator (parallel, unit_number 0): UNIT_OUTPUT_ equals UPS_OUTPUT_.
 * A block that is stale makes its values STALE and changes none of them.  *implausible (may be NULL) gets a bit a guard group that
 * does not hold, for a log line. */
void family_decode(const struct family *, const struct fam_image *, uint8_t unit_number, struct snapshot *out, uint32_t *implausible);

/* How many bits of a bits block one word of the image holds: 16, or 1 where a request reads single bits. */
static inline int fam_word_bits(const struct fam_block *block)
{
	return block->function == 1 || block->function == 2 ? 1 : 16;
}

/* Does this answer to a probe belong to the family? */
bool family_probe_matches(const struct fam_probe *, const uint16_t *words, int count);

const char *fam_managed_text(enum fam_managed);      /* "yes", "no", "option" */

#endif
