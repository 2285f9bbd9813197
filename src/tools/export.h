/* Files for building management systems and people, made from the tables of points, states, bits, properties and services.
 *
 * Pure text: each writer walks the tables and writes to a stream; the same input gives the same octets, so the exports that are checked
 * in (docs/exports) show every renumbering as a difference. */
#ifndef TOOLS_EXPORT_H
#define TOOLS_EXPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tools/inventory.h"

struct export {
	const struct conf *conf;             /* vendor, sizes, what may be written */
	const struct inventory *has;         /* the device and its objects */
	uint64_t services;                   /* bits of Protocol_Services_Supported, as the dispatch table says */
};

/* What a gateway made from this configuration executes. */
uint64_t export_services(const struct conf *);
static inline bool export_executes(const struct export *x, int bit)
{
	return bit >= 0 && x->services >> bit & 1;
}

/* EDE, the Engineering Data Exchange template of the BACnet Interest Group Europe, layout 2.3: four files, CR LF, semicolons. */
void export_ede(FILE *, const struct export *);
void export_ede_state_texts(FILE *, const struct export *);
void export_ede_units(FILE *, const struct export *);
void export_ede_object_types(FILE *, const struct export *);

void export_points_csv(FILE *, const struct export *);
void export_points_markdown(FILE *, const struct export *);

/* Protocol Implementation Conformance Statement (Annex A), as Markdown. */
void export_pics(FILE *, const struct export *);

#endif
