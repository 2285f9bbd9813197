/* The configuration as it counts: the administrator's file, and over it the options that programs set (kept over configured over
 * default).
 *
 * A fault in the file is the administrator's to mend, and refused.  A kept option that this version does not know, that has a value it
 * does not take, or that does not go with the file is left out and told: nobody could mend it with an editor. */
#ifndef STATE_OVERLAY_H
#define STATE_OVERLAY_H

#include "conf/conf.h"
#include "state/kept.h"

/* conf_load() with the options of `kept` over it.  `left_out` gets a complaint for each that does not count.  False: *conf is as it was. */
bool overlay_load(struct conf *, const char *path, const struct kept *, struct conf_errors *errors, struct conf_errors *left_out);

#endif
