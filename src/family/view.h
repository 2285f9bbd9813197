/* The words of one UPS as one level of the system sees them: which are there, which are managed, what conditions over them say and how
 * good that is.  What has not been read is UNKNOWN, never false.  Values only, nothing is owned.  Private to src/family. */
#ifndef FAMILY_VIEW_H
#define FAMILY_VIEW_H

#include "family/family.h"

struct view {
	const struct family *f;
	const struct fam_image *image;
	enum level level;
	bool concentrator;       /* the whole system through one interface: the levels may stand in for each other */
	const enum fam_truth *guard;     /* what the guards say, for rules over guarded words; NULL: every word is believed */
};

/* Blocks that an expression refers to, as bits, with the blocks of their managed bits. */
uint32_t expr_blocks(const struct family *, struct fam_expr);

/* The words of a block as this level sees them; block NULL when the level has no such block. */
struct words {
	const struct fam_image_block *block;
	const uint16_t *word;
};
struct words view_block(const struct view *, int index);
bool view_word(const struct view *, int index, int word, uint16_t *value);     /* false: not read */

/* Index of the block with the managed bits of this one, or -1. */
int view_managers(const struct family *, int index);

/* What the managed bits say.  A UPS that refuses the whole table of them leaves the question open: UNKNOWN. */
enum fam_truth view_managed(const struct view *, int index, int word);

/* A bit of a word of all ones, and a word that its guard does not believe, are unknown. */
enum fam_truth view_truth(const struct view *, struct fam_expr);

/* Does it ask for such a word?  (Not for one past the shorter table: there all ones mean that there is nothing.) */
bool view_doubts(const struct view *, struct fam_expr);

/* How good is what came out of several blocks?  NOT_READ until every block that is not optional has been read; then STALE when one that
 * is not rare is stale, or when a word was doubted.  As old as the oldest of the fast ones. */
struct quality_at {
	enum quality quality;
	struct mono at;
};
struct quality_at view_quality(const struct view *, uint32_t blocks, bool doubted);

/* The points, the identity and the clock of one snapshot. */
void points_decode(const struct view *ups, const struct view *unit, enum ups_system, struct snapshot *out);
void identity_decode(const struct view *, enum ups_system, struct ups_identity *);
void clock_decode(const struct view *, struct ups_clock *);

#endif
