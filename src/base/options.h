/* Command lines as rows: one row an option gives parsing, the range, the complaint and its line of help.  glibc's getopt_long does the
 * splitting (so "--name=VALUE", abbreviations and "--" are what everybody is used to); it keeps its state in globals, so one
 * thread parses at a time.
 *
 *     static const struct option_row rows[] = {
 *             { "port", 'p', "N", "UDP port (47808)", OPTION_NUMBER, offsetof(struct mine, port), 1, 65535, NULL },
 *     };
 */
#ifndef BASE_OPTIONS_H
#define BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum option_kind {
	OPTION_FLAG,                         /* bool */
	OPTION_TEXT,                         /* const char *, borrowed from argv; not empty when low is 1 */
	OPTION_NUMBER,                       /* int; decimal, or hexadecimal after 0x */
	OPTION_REAL,                         /* double */
	OPTION_PARSED,                       /* what `parse` makes of it */
};

struct option_row {
	const char *name;                    /* without the dashes */
	char letter;                         /* 0: none */
	const char *argument;                /* what its value is called in help; NULL for a flag */
	const char *help;
	enum option_kind kind;
	size_t at;                           /* where the value goes, from the start of the caller's struct */
	double low, high;                    /* of a number, both included */
	bool (*parse)(void *at, const char *text);
};

enum { OPTIONS_MAX = 64 };

/* Fills `into`; arguments that are no options end up at argv[*first] and behind.  *given has bit n for row n.  False with the complaint in
 * `why`: "--port must be 1 to 65535, not 70000". */
bool options_parse(const struct option_row *, size_t count, void *into, int argc, char **argv, int *first, uint64_t *given, char *why,
	size_t size);

/* A line of help for each row whose bit is set. */
void options_print(FILE *, const struct option_row *, size_t count, uint64_t which);

#endif
