/* Parts of a loaded family map as text again, in the words of the map language: names of words and bits, conditions, scales, sources. */
#ifndef TOOLS_MAPTEXT_H
#define TOOLS_MAPTEXT_H

#include "family/family.h"

enum { MAPTEXT_MAX = 600 };

/* "S002 and not (A008 or M001 = 0xFFFF)"; empty when it is never true. */
void maptext_condition(const struct family *, struct fam_expr, char *buffer, size_t size);
void maptext_registers(const struct family *, const struct fam_point *, char *buffer, size_t size);   /* "M036 + M037", "signed M024" */
void maptext_scale(const struct fam_point *, char *buffer, size_t size);     /* "x10", "x10 factor", "x1 times 10" */
void maptext_absent(const struct fam_point *, char *buffer, size_t size);    /* "0xFFFF, 0" */
void maptext_source(const struct fam_source *, char *buffer, size_t size);   /* "M p.40" */
const char *maptext_rate(enum fam_rate);
const char *maptext_mark(char mark);                                        /* "manual", "inferred"; NULL */

#endif
