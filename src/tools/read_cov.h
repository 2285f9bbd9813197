/* bacnet-ups read --cov: subscribes at a device and prints what it is told.  For read.c. */
#ifndef TOOLS_READ_COV_H
#define TOOLS_READ_COV_H

#include "tools/asker.h"
#include "tools/tool.h"

/* `ref.property` PROP_ALL: the object by SubscribeCOV, otherwise SubscribeCOVProperty.  Ends by SIGINT or after --updates notifications, and
 * cancels the subscription then.  `target` stands in complaints.  The asker knows whom to ask. */
int read_cov(struct tool *, struct asker *, const char *target, struct property_ref ref);

#endif
