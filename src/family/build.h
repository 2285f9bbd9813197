/* A family while its map is read: the arrays grow here and are cut to size at the end.  Private to src/family. */
#ifndef FAMILY_BUILD_H
#define FAMILY_BUILD_H

#include "family/family.h"
#include "family/lex.h"

enum {
	MAP_SIZE_MAX = 256 * 1024,
	MAP_ROWS_MAX = 1024,             /* of one kind */
	EXPR_OPS_MAX = 96,               /* of one expression */
	EXPR_DEPTH_MAX = 16,             /* values waiting, and operators waiting */
	MAP_OPS_MAX = 8192,
	GUARDS_MAX = 8,
};

/* Rows in the order of the table in parse.c; a bit each in builder.seen. */
enum map_row {
	ROW_FAMILY, ROW_COLUMN, ROW_COVERS, ROW_VENDOR, ROW_SERIAL, ROW_TCP, ROW_BASE, ROW_BLOCK, ROW_PROBE, ROW_MODEL, ROW_UNKNOWN_MODEL,
	ROW_IDENTITY, ROW_CLOCK, ROW_PARALLEL, ROW_FACTOR, ROW_SINGLE_PHASE, ROW_GUARD, ROW_POINT, ROW_BIT, ROW_STATE, ROW_ABSENT,
};

struct builder {
	struct family *f;
	uint32_t seen;                   /* rows that stood there, right or wrong: bit = enum map_row */
	uint32_t bases;                  /* bit = enum fam_base */
	int parallel_line, factor_line, single_in_line, single_out_line;
	int factor_point_line;           /* first enabled row that needs the factor word */
	uint32_t broken_blocks;          /* letters of block rows that were refused: what refers to them is not complained about again */
	bool broken_guard;               /* a guard row was refused */
	/* What a row spoke of, right or wrong: it is not missing. */
	bool named_point[PT_COUNT], named_bit[BS_COUNT][BITS_MAX], named_state[ST_COUNT];
	/* absent rest */
	int rest_line;
	uint8_t rest_managed;
	struct fam_source rest_source;
};

/* One more element of an array of the family, zeroed; NULL and the row failed when there are too many or no memory. */
void *build_push(struct row *, void *array_pointer, int *count, size_t size, int limit, const char *what);

/* The [source mark] that ends the row. */
struct fam_source build_source(struct row *);

/* The functions of the keyword table, one a row. */
void build_family_row(struct builder *, struct row *);
void build_column_row(struct builder *, struct row *);
void build_covers_row(struct builder *, struct row *);
void build_vendor_row(struct builder *, struct row *);
void build_serial_row(struct builder *, struct row *);
void build_tcp_row(struct builder *, struct row *);
void build_base_row(struct builder *, struct row *);
void build_parallel_row(struct builder *, struct row *);
void build_factor_row(struct builder *, struct row *);
void build_single_phase_row(struct builder *, struct row *);
void build_guard_row(struct builder *, struct row *);
void build_block_row(struct builder *, struct row *);
void build_probe_row(struct builder *, struct row *);
void build_model_row(struct builder *, struct row *);
void build_unknown_model_row(struct builder *, struct row *);
void build_identity_row(struct builder *, struct row *);
void build_clock_row(struct builder *, struct row *);
void build_point_row(struct builder *, struct row *);
void build_bit_row(struct builder *, struct row *);
void build_state_row(struct builder *, struct row *);
void build_absent_row(struct builder *, struct row *);

/* What `absent rest` stands for, once all rows are there. */
void build_rest(struct builder *, struct row *);

/* managed yes|no|option, off: what any point, bit or state row may end in. */
void build_managed(struct row *, uint8_t *managed, bool *enabled);

/* The points a name stands for: itself, or for _OUTPUT_Lr those of both levels.  Returns how many. */
int build_named_points(const struct tok *name, int point[2]);

/* Index of a guard by name, or -1. */
int build_guard(const struct builder *, const struct tok *name);

/* An index into f->block by letter, or -1. */
int build_block(const struct builder *, char letter);

/* A word or a part of one that holds a number; a bit is none.  A number of two words must lie in its block. */
bool build_term(struct builder *, struct row *, struct fam_term *);
void build_term_fits(struct builder *, struct row *, const struct fam_term *, int words);

/* signed, magnitude, u32, s32 or f32, and low-first behind one of two words, where they stand. */
void build_type(struct row *, uint8_t *type, bool *low_first);

/* A condition up to the word that cannot continue it.  Appends to f->code. */
struct fam_expr build_expr(struct builder *, struct row *);

/* What no single row can know; adds to the faults. */
void check_family(const struct builder *, const char *name, struct fam_faults *);

#endif
