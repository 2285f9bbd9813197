#include "service/service.h"

/* What this device executes.  I-Am and I-Have are only listened to, for conflicts: that is no execution, so their bits stay 0. */
const struct svc_row svc_confirmed[CONFIRMED_COUNT] = {
	[CONFIRMED_READ_PROPERTY]            = { svc_read_property,          REPLY_COMPLEX, .claimed = true },
	[CONFIRMED_READ_PROPERTY_MULTIPLE]   = { svc_read_property_multiple, REPLY_COMPLEX, .claimed = true },
	[CONFIRMED_WRITE_PROPERTY]           = { svc_write_property,         REPLY_SIMPLE,  .claimed = true, .once = true },
};

const struct svc_row svc_unconfirmed[UNCONFIRMED_COUNT] = {
	[UNCONFIRMED_WHO_IS]                   = { svc_who_is,                   REPLY_NONE, .claimed = true },
	[UNCONFIRMED_WHO_HAS]                  = { svc_who_has,                  REPLY_NONE, .claimed = true },
	[UNCONFIRMED_TIME_SYNCHRONIZATION]     = { svc_time_synchronization,     REPLY_NONE, .claimed = true },
	[UNCONFIRMED_UTC_TIME_SYNCHRONIZATION] = { svc_utc_time_synchronization, REPLY_NONE, .claimed = true },
	[UNCONFIRMED_I_AM]                     = { svc_i_am,                     REPLY_NONE, .claimed = false },
	[UNCONFIRMED_I_HAVE]                   = { svc_i_have,                   REPLY_NONE, .claimed = false },
};

uint64_t svc_supported(void)
{
	uint64_t bits = 0;
	for (uint32_t i = 0; i < CONFIRMED_COUNT; i++)
		bits |= (uint64_t)svc_confirmed[i].claimed << bac_confirmed_bit(i);
	for (uint32_t i = 0; i < UNCONFIRMED_COUNT; i++)
		bits |= (uint64_t)svc_unconfirmed[i].claimed << bac_unconfirmed_bit(i);
	return bits;
}
