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

struct builder {
	struct family *f;
	uint32_t seen;                   /* rows that may stand once: bit = row number of the keyword table */
	uint32_t bases;                  /* bit = enum fam_base */
	int parallel_line;
	int factor_point_line;           /* first enabled row that needs the factor word */
};

/* One more element of an array of the family, zeroed; NULL and the row failed when there are too many or no memory. */
void *build_push(struct row *, void *array_pointer, int *count, size_t size, int limit, const char *what);

/* The [source mark] that ends the row. */
struct fam_source build_source(struct row *);

/* The functions of the keyword table that stand in rows.c. */
void build_point_row(struct builder *, struct row *);
void build_bit_row(struct builder *, struct row *);
void build_state_row(struct builder *, struct row *);
void build_absent_row(struct builder *, struct row *);

/* Index of a guard by name, or -1. */
int build_guard(const struct builder *, const struct tok *name);

/* An index into f->block by letter, or -1. */
int build_block(const struct builder *, char letter);

/* "M004", "S017", "T009.0", "T000.msb" -> block, word, bit.  part: 0 word, 1 MSB, 2 LSB.  bit: -1 when it names a word. */
struct word_ref {
	int block, word, bit, part;
};
bool build_word_ref(struct builder *, struct row *, const struct tok *, struct word_ref *);

/* A condition up to the word that cannot continue it.  Appends to f->code. */
struct fam_expr build_expr(struct builder *, struct row *);

/* What no single row can know.  False with *why filled. */
bool check_family(const struct builder *, const char *name, struct err_at *why);

/* Blocks that an expression refers to, as bits, with the blocks of their managed bits. */
uint32_t expr_blocks(const struct family *, struct fam_expr);

#endif
