/* Answers that may still come, and what may be asked meanwhile.  Pure, no clock of its own.
 *
 * A Modbus RTU answer does not say which question it answers: slave, function, octet count, words.  When a UPS answers after the
 * timeout, its status words look exactly like the alarm words that were asked for next.  So for every question that failed we keep
 * that its answer is owed, and until that is settled allow only questions whose answers cannot be confused with it:
 *
 *     the same question               any answer to it is true
 *     one with another function or    libmodbus refuses the late answer
 *     another length of the answer
 *
 * An exception answer has no word count, so while something is owed to another question exceptions are not believed (late_owed).
 *
 * What is owed is settled in one of two ways.  A slave answers in order: once a question that owes nothing itself has been answered,
 * everything owed to earlier questions has come or never will.  (An answer to a question that failed before settles nothing: it may
 * be the late one, and then another follows.)  Or so much time goes by that no slave would be that late; for which a question that has
 * been answered in doubt for a while must rest once, or every question of a plan could be in doubt for ever.
 *
 * The questions are all to one slave: answers of another are never taken for its.
 *
 * A Modbus TCP answer carries the number of its transaction: there nothing is ever noted. */
#ifndef FIELD_LATE_H
#define FIELD_LATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mono.h"
#include "field/line.h"

enum {
	LATE_MAX = 8,
	LATE_DOUBT_MS = 3000,    /* so long a question may be answered in doubt before it rests */
};

struct late {
	struct late_question {
		struct line_question question;
		struct mono until;       /* the answer does not come any more after this */
		struct mono doubtful;    /* since then it has been answered, each time perhaps to the attempt before; never: it has not */
	} owed[LATE_MAX];
	int count;
};

/* The question failed; its answer may come until `until`. */
void late_note(struct late *, const struct line_question *, struct mono until);

/* The question was answered; if that may have been the answer to an earlier attempt, its own may come until `until`. */
void late_answered(struct late *, const struct line_question *, struct mono now, struct mono until);

/* From when the question may be asked: `now` or earlier means now. */
struct mono late_allowed(struct late *, const struct line_question *, struct mono now);

/* Is an answer to another question than this one still possible? */
bool late_owed(struct late *, const struct line_question *, struct mono now);

/* Would an answer to this question settle what is owed?  False also when nothing is owed. */
bool late_settles(struct late *, const struct line_question *, struct mono now);

#endif
