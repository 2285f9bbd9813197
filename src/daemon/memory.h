/* state.json in the state directory: what each device remembers over a restart and nobody configures: Database_Revision, who the UPS
 * was, what it does not manage.  So a device that starts before its UPS answers has the name and the objects that it was
 * commissioned with.  Losing the file loses nothing that cannot be read again, so a damaged one is a warning, not a reason not to start. */
#ifndef DAEMON_MEMORY_H
#define DAEMON_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "gateway/gateway.h"

struct memory {
	bool known;                      /* there was an entry */
	uint32_t database_revision, database_digest;
	struct gateway_memory gateway;
};

/* The entry of the UPS of this name.  False with *why: the file is there but cannot be used.  No file, no entry: true, known false. */
bool memory_load(const char *path, const char *ups, struct memory *, struct err_at *why);

/* The text of the file for one UPS, to be freed with free(); NULL: no memory. */
char *memory_text(const char *ups, const struct memory *, size_t *length);

#endif
