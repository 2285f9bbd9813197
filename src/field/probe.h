/* Which family answers here?  Pure: gives the next question, takes what came of it, decides.
 *
 * The probe rows of all candidate families are tried by their order, lowest first; a question that several families ask is asked
 * once.  The first row whose answer fits its family wins.  Before a later row may win, the questions before it that got no answer
 * are asked once more: a disturbed answer must not make a UPS that speaks two maps show the poorer one.
 *
 * Only words are an answer.  A refusal says that there is a Modbus slave, not which; one that passes by itself (the UPS is busy, or
 * starting) and words of all ones ("not available") are asked about again.
 *
 * A family that the configuration names need not fit: words are enough, of its probe rows or of its first fast table.  That table is
 * also what a family without probe rows is asked for. */
#ifndef FIELD_PROBE_H
#define FIELD_PROBE_H

#include "family/family.h"
#include "field/line.h"

enum {
	PROBE_FAMILIES_MAX = 16,
	PROBE_QUESTIONS_MAX = 32,
	PROBE_TRIES = 2,
};

struct probe {
	const struct family *family[PROBE_FAMILIES_MAX];
	int families;
	bool forced;
	struct probe_question {
		struct line_question ask;        /* the slave is the asker's business */
		uint8_t tries;
		bool answered, refused;
		uint16_t word[FAM_PROBE_WORDS_MAX];
	} question[PROBE_QUESTIONS_MAX];
	int questions;
	struct probe_row {
		struct fam_probe row;
		uint8_t family, question;
	} row[PROBE_QUESTIONS_MAX];      /* by row.order */
	int rows;
	int present;             /* the question that is being asked */
	int found;               /* index of the family, -1: none */
	bool alive;              /* a slave is there, be it that it refuses */
};

void probe_make(struct probe *, const struct family *const *families, int count, bool forced);

/* False when there is nothing more to ask: `found` tells. */
bool probe_next(struct probe *, struct line_question *);

/* What came of the question that probe_next gave.  `words` is used with LINE_ANSWER only. */
void probe_put(struct probe *, const struct line_answer *, const uint16_t *words);

#endif
