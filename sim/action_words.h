/* What the parsers of orders share.  Private to action.c and action_fault.c. */
#ifndef SIM_ACTION_WORDS_H
#define SIM_ACTION_WORDS_H

#include "sim/action.h"

/* Says why, and is false. */
__attribute__((format(printf, 3, 4))) bool action_no(char *why, size_t size, const char *format, ...);

bool action_integer(const char *word, long low, long high, int32_t *v);

/* The parser of `fault`. */
bool action_fault(struct action *, char **word, int words, char *why, size_t size);

#endif
