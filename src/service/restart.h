/* Telling that this device has started anew (clause 19.3.4): once in a node's life, after its first I-Am, an UnconfirmedCOVNotification of
 * System_Status, Time_Of_Device_Restart and Last_Restart_Reason to each of Restart_Notification_Recipients.  For the service files only. */
#ifndef SERVICE_RESTART_H
#define SERVICE_RESTART_H

#include "service/telling.h"

struct restart_telling {
	struct telling telling;
	bool begun;
};

void restart_init(struct node *);
void restart_tell(struct node *);            /* the first time; later ones do nothing */
void restart_close(struct node *);

#endif
