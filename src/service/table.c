#include "service/service.h"

/* What this device executes. */
static const struct service_row confirmed[CONFIRMED_COUNT] = {
	[CONFIRMED_ACKNOWLEDGE_ALARM]      = { service_acknowledge_alarm,      SERVICE_SIMPLE,  SERVICE_CHANGES },
	[CONFIRMED_GET_ALARM_SUMMARY]      = { service_get_alarm_summary,      SERVICE_COMPLEX, SERVICE_READS },
	[CONFIRMED_GET_ENROLLMENT_SUMMARY] = { service_get_enrollment_summary, SERVICE_COMPLEX, SERVICE_READS },
	[CONFIRMED_GET_EVENT_INFORMATION]  = { service_get_event_information,  SERVICE_COMPLEX, SERVICE_READS },
	[CONFIRMED_SUBSCRIBE_COV]          = { service_subscribe_cov,          SERVICE_SIMPLE,  SERVICE_CHANGES },
	[CONFIRMED_SUBSCRIBE_COV_PROPERTY] = { service_subscribe_cov_property, SERVICE_SIMPLE,  SERVICE_CHANGES },
	[CONFIRMED_READ_PROPERTY]          = { service_read_property,          SERVICE_COMPLEX, SERVICE_READS },
	[CONFIRMED_READ_PROPERTY_MULTIPLE] = { service_read_property_multiple, SERVICE_COMPLEX, SERVICE_READS },
	[CONFIRMED_WRITE_PROPERTY_MULTIPLE] = { service_write_property_multiple, SERVICE_SIMPLE, SERVICE_CHANGES,
		.error = service_write_property_multiple_error },
	[CONFIRMED_ADD_LIST_ELEMENT]       = { service_add_list_element,       SERVICE_SIMPLE,  SERVICE_CHANGES, .error = service_list_element_error },
	[CONFIRMED_REMOVE_LIST_ELEMENT]    = { service_remove_list_element,    SERVICE_SIMPLE,  SERVICE_CHANGES, .error = service_list_element_error },
	[CONFIRMED_REINITIALIZE_DEVICE]    = { service_reinitialize_device,    SERVICE_SIMPLE,  SERVICE_CHANGES },
	[CONFIRMED_DEVICE_COMMUNICATION_CONTROL] = { service_device_communication_control, SERVICE_SIMPLE, SERVICE_CHANGES },
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

static int bit_named(const char *name, size_t n)
{
	for (uint32_t i = 0; i < CONFIRMED_COUNT; i++)
		if (confirmed[i].execute && strlen(bac_confirmed_name(i)) == n && memcmp(bac_confirmed_name(i), name, n) == 0)
			return bac_confirmed_bit(i);
	for (uint32_t i = 0; i < UNCONFIRMED_COUNT; i++)
		if (unconfirmed[i].execute && strlen(bac_unconfirmed_name(i)) == n && memcmp(bac_unconfirmed_name(i), name, n) == 0)
			return bac_unconfirmed_bit(i);
	return -1;
}

bool node_services_named(const char *names, uint64_t *bits)
{
	static const char between[] = ", \t";
	bool all = true;
	*bits = 0;
	for (names += strspn(names, between); *names; names += strspn(names, between)) {
		size_t n = strcspn(names, between);
		int bit = bit_named(names, n);
		if (bit >= 0)
			*bits |= 1ull << bit;
		all &= bit >= 0;
		names += n;
	}
	return all;
}
