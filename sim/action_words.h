/* The words of an order: what its parsers share.  Private to action.c and action_fault.c, but for the time, which scenarios read too. */
#ifndef SIM_ACTION_WORDS_H
#define SIM_ACTION_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Says why, and is false. */
__attribute__((format(printf, 3, 4))) bool action_no(char *why, size_t size, const char *format, ...);

/* Splits at blanks; "..." and '...' keep blanks.  Changes the line.  -1: too many words, a quote without end. */
int action_split(char *line, char **word, int words_max);

/* "250ms", "10s", "2.5m", "1h", -> ms.  A bare number is seconds. */
bool action_time(const char *word, int64_t *ms);

bool action_integer(const char *word, long low, long high, int32_t *v);

#endif
