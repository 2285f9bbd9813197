#include "service/service.h"

/* What this device executes. */
static const struct service_row confirmed[CONFIRMED_COUNT] = {
	[CONFIRMED_READ_PROPERTY]          = { service_read_property,          SERVICE_COMPLEX, SERVICE_READS },
	[CONFIRMED_READ_PROPERTY_MULTIPLE] = { service_read_property_multiple, SERVICE_COMPLEX, SERVICE_READS },
	[CONFIRMED_WRITE_PROPERTY]         = { service_write_property,         SERVICE_SIMPLE,  SERVICE_CHANGES },
};

/* I-Am and I-Have are only listened to, for conflicts: that is no execution, so their bits stay 0. */
static const struct service_row unconfirmed[UNCONFIRMED_COUNT] = {
	[UNCONFIRMED_WHO_IS]                   = { service_who_is },
	[UNCONFIRMED_WHO_HAS]                  = { service_who_has },
	[UNCONFIRMED_TIME_SYNCHRONIZATION]     = { service_time_synchronization, .effect = SERVICE_CHANGES },
	[UNCONFIRMED_UTC_TIME_SYNCHRONIZATION] = { service_utc_time_synchronization, .effect = SERVICE_CHANGES },
	[UNCONFIRMED_I_AM]                     = { service_i_am, .heard = true },
	[UNCONFIRMED_I_HAVE]                   = { service_i_have, .heard = true },
};

const struct service_table service_table = { confirmed, unconfirmed };

static int bit_named(const char *name, const struct service_row *rows, uint32_t choices, const char *(*name_of)(uint32_t), int (*bit_of)(uint32_t))
{
	for (uint32_t i = 0; i < choices; i++)
		if (rows[i].execute && !rows[i].heard && strcmp(name_of(i), name) == 0)
			return bit_of(i);
	return -1;
}

int node_service_bit(const char *name)
{
	int bit = bit_named(name, confirmed, CONFIRMED_COUNT, bac_confirmed_name, bac_confirmed_bit);
	return bit >= 0 ? bit : bit_named(name, unconfirmed, UNCONFIRMED_COUNT, bac_unconfirmed_name, bac_unconfirmed_bit);
}
