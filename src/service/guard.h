/* The passwords of commands: one guard for the process, whose checks cost the loop nothing.
 *
 * A check runs on the worker, one at a time whoever asks; the file of passwords is read anew for each, so what `bacnet-ups password`
 * writes counts at once.  How often somebody may try is LIMIT_PASSWORD.  Borrows loop, limits and path.  One thread. */
#ifndef SERVICE_GUARD_H
#define SERVICE_GUARD_H

#include "bacnet/addr.h"
#include "bacnet/tag.h"
#include "ev/ev.h"
#include "network/limits.h"

struct guard;

struct guard *guard_make(struct ev_loop *, struct limits *, const char *path);       /* NULL: no memory */
void guard_free(struct guard *);                     /* after its loop: a check may be running.  NULL is fine */

enum guard_answer {
	GUARD_CHECKS,                                /* `done` will be called, in a later turn of the loop */
	GUARD_BUSY,                                  /* another is being checked */
	GUARD_LIMITED,                               /* this one, or everybody, has tried too often */
};

/* Is this the password kept under `name` (a constant)?  The text is copied; its shape must be fine (base/password.h). */
enum guard_answer guard_try(struct guard *, const char *name, struct bac_text, const struct bac_addr *from,
                            void (*done)(void *ctx, bool good), void *ctx);
void guard_forget(struct guard *, const void *ctx);  /* who asked goes: he is not told */

#endif
