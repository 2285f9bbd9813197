/* The maps of families/ as they were when the program was built; scripts/embed writes the table.  Private to src/family. */
#ifndef FAMILY_BUILTIN_H
#define FAMILY_BUILTIN_H

#include "family/family.h"

extern const struct family_text family_builtin_table[];      /* ends with an id of NULL */

#endif
