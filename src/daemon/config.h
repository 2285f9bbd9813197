/* The configuration of a running daemon: read at the start, checked by --check-config, read again at SIGHUP.  Kept over configured over
 * default (state/overlay.h). */
#ifndef DAEMON_CONFIG_H
#define DAEMON_CONFIG_H

#include "base/log.h"
#include "conf/conf.h"
#include "state/kept.h"

struct config {
	const char *path;
	const struct log *log;
	struct conf now;                 /* what counts; changes in place, and only as a whole */
	char left_out[400];              /* kept options that kept us from starting: "[bacnet] port = 80, [control] path = /x"; empty: none */
	struct conf started;             /* with what the daemon started: options that apply only then are compared with these */
};

/* False with every complaint logged; nothing has changed. */
bool config_load(struct config *, const char *path, const struct kept *, const struct log *);

/* An option of the process cannot be used.  True: its value was a kept one; what the file says (or the default) counts now, until the next
 * reload or start, and it is told.  False: it is as the file has it, and nothing has changed. */
bool config_leave_out(struct config *, const char *section, const char *key);

/* Also the family maps that the configuration names.  False: one cannot be used, the reason is logged. */
bool config_check_families(const struct config *);

struct config_change {
	int options;                     /* how many have another value */
	bool link;                       /* of a UPS: its source must start anew */
};

/* Reads the file again.  False: there is a fault in it, logged, and everything stays as it is. */
bool config_reload(struct config *, const struct kept *, struct config_change *);

/* "[bacnet] port, [control] path": what has changed since the start and takes effect at the next one; empty: nothing. */
const char *config_restart_needed(const struct config *, char *buffer, size_t size);

#endif
