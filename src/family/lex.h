/* One line of a map as tokens: words, "quoted texts", signs ( ) = < > and the [source mark] that ends a data row.
 *
 * Tokens point into the text of the map, which its reader keeps.  Octets that have no place in a map (NUL, control characters,
 * anything but ASCII outside a comment), lines over LINE_MAX_OCTETS and unfinished quotes are named with their line.  A row is read
 * by asking for what must come next; the first thing that is not there fails the row, sticks and says why; the next row begins anew.
 * Nothing allocates. */
#ifndef FAMILY_LEX_H
#define FAMILY_LEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "family/family.h"

enum { LINE_MAX_OCTETS = 500, LINE_TOKENS_MAX = 160 };

enum tok_kind { TOK_END, TOK_WORD, TOK_TEXT, TOK_SIGN, TOK_SOURCE };

struct tok {
	enum tok_kind kind;
	const char *p;           /* without the quotes or brackets */
	int n;
};

struct lines {
	const char *p, *end, *file;
	int line;                /* of the row that was read last, from 1 */
	struct fam_faults *faults;
	bool failed;             /* the present row */
};

struct row {
	struct lines *in;
	struct tok tok[LINE_TOKENS_MAX + 1];
	int next;
};

void fault_add(struct fam_faults *, const char *file, int line, const char *text);

void lines_begin(struct lines *, const char *text, size_t length, const char *file, struct fam_faults *);

/* The next line that is not empty; of one that cannot be cut into tokens the row has failed.  False at the end. */
bool lines_next(struct lines *, struct row *);

/* All of these return false or zero once the row has failed, so a handler may ask on and look at the end. */
bool row_fail(struct row *, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool row_give_up(struct row *);                              /* fails without a word: the reason has been told elsewhere */
bool row_ok(const struct row *);
const struct tok *row_peek(const struct row *);
bool row_has(const struct row *, const char *word);          /* is the next token this word or sign? */
bool row_take(struct row *, const char *word);               /* the same, and goes past it */
void row_want(struct row *, const char *word);               /* fails when it is not */
struct tok row_word(struct row *, const char *what);
void row_text(struct row *, char *buffer, size_t size, const char *what);
int32_t row_number(struct row *, int32_t low, int32_t high, const char *what);
void row_range(struct row *, int32_t min, int32_t max, const char *what, int32_t *low, int32_t *high);      /* "1..5" or "7" */
void row_wide_range(struct row *, int64_t min, int64_t max, const char *what, int64_t *low, int64_t *high);
bool row_at_end(const struct row *);

/* How much of a token stands in a complaint. */
static inline int tok_shown(const struct tok *tok)
{
	return tok->n > 60 ? 60 : tok->n;
}

bool tok_is(const struct tok *, const char *word);
bool tok_number(const struct tok *, int32_t *out);           /* decimal or 0x hexadecimal, perhaps with a minus */
void tok_copy(const struct tok *, char *buffer, size_t size);       /* cut where it does not fit; always terminated */

#endif
