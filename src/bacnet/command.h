/* The messages that command a device: DeviceCommunicationControl (clause 16.1) and ReinitializeDevice (16.4).  One reader-writer pair
 * each; a reader takes the whole body and returns rd_done().  Pure. */
#ifndef BACNET_COMMAND_H
#define BACNET_COMMAND_H

#include "bacnet/tag.h"

enum dcc_state { DCC_ENABLE, DCC_DISABLE, DCC_DISABLE_INITIATION, DCC_STATES };

struct dcc {
	uint32_t minutes;                    /* 1..65535; 0: none given, until further notice */
	uint32_t state;                      /* enum dcc_state */
	bool has_password;
	struct bac_text password;
};

bool dcc_read(struct rd *, struct dcc *);
void dcc_write(struct wr *, const struct dcc *);

enum reinitialize_state { REINITIALIZE_COLDSTART, REINITIALIZE_WARMSTART, REINITIALIZE_START_BACKUP, REINITIALIZE_END_BACKUP,
	REINITIALIZE_START_RESTORE, REINITIALIZE_END_RESTORE, REINITIALIZE_ABORT_RESTORE, REINITIALIZE_ACTIVATE_CHANGES, REINITIALIZE_STATES };

struct reinitialize {
	uint32_t state;                      /* enum reinitialize_state */
	bool has_password;
	struct bac_text password;
};

bool reinitialize_read(struct rd *, struct reinitialize *);
void reinitialize_write(struct wr *, const struct reinitialize *);

#endif
