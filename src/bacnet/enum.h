/* The numbers and names of the standard, each written once in a .def file: object types, properties, services, error classes and
 * codes, Reject and Abort reasons, reliabilities, units.  Pure constants and look-ups; a number that has no name gives NULL, a
 * name that nobody knows gives false.  Names are those of ASHRAE 135 clause 21 in lower case with hyphens. */
#ifndef BACNET_ENUM_H
#define BACNET_ENUM_H

#include <stdbool.h>
#include <stdint.h>

#define OBJECT_TYPE(number, id, name) OBJ_##id = number,
enum bac_object_type {               /* OBJ_ANALOG_VALUE ... */
#include "bacnet/object_type.def"
	OBJ_TYPE_LIMIT = 1024        /* types are 10 bits */
};
#undef OBJECT_TYPE

#define PROPERTY(number, id, name) PROP_##id = number,
enum bac_property {                  /* PROP_PRESENT_VALUE ... */
#include "bacnet/property.def"
	PROP_STANDARD_LIMIT = 512    /* the identifiers that the standard keeps for itself, first part */
};
#undef PROPERTY

#define RELIABILITY(number, id, name) RELIABILITY_##id = number,
enum bac_reliability {
#include "bacnet/reliability.def"
	RELIABILITY_COUNT
};
#undef RELIABILITY

#define ERROR_CODE(number, id, name) CODE_##id = number,
enum bac_error_code {
#include "bacnet/error_code.def"
};
#undef ERROR_CODE

#define CLASS(number, id, name) CLASS_##id = number,
#define REJECT_REASON(...)
#define ABORT_REASON(...)
enum bac_error_class {
#include "bacnet/fault.def"
	CLASS_COUNT
};
#undef CLASS
#undef REJECT_REASON
#undef ABORT_REASON

#define CLASS(...)
#define REJECT_REASON(number, id, name) REJECT_##id = number,
#define ABORT_REASON(...)
enum bac_reject_reason {
#include "bacnet/fault.def"
	REJECT_COUNT
};
#undef CLASS
#undef REJECT_REASON
#undef ABORT_REASON

#define CLASS(...)
#define REJECT_REASON(...)
#define ABORT_REASON(number, id, name) ABORT_##id = number,
enum bac_abort_reason {
#include "bacnet/fault.def"
	ABORT_COUNT
};
#undef CLASS
#undef REJECT_REASON
#undef ABORT_REASON

#define CONFIRMED(number, id, bit, name) CONFIRMED_##id = number,
#define UNCONFIRMED(...)
enum bac_confirmed {                 /* CONFIRMED_READ_PROPERTY ... */
#include "bacnet/service.def"
	CONFIRMED_COUNT
};
#undef CONFIRMED
#undef UNCONFIRMED

#define CONFIRMED(...)
#define UNCONFIRMED(number, id, bit, name) UNCONFIRMED_##id = number,
enum bac_unconfirmed {
#include "bacnet/service.def"
	UNCONFIRMED_COUNT
};
#undef CONFIRMED
#undef UNCONFIRMED

enum { BAC_INSTANCE_ANY = 4194303, BAC_INSTANCE_MAX = 4194302 };

/* Protocol_Revision that this code claims; lengths of the two supported-strings belong to it (clause 12.11, 135-2020). */
enum { BAC_PROTOCOL_VERSION = 1, BAC_PROTOCOL_REVISION = 22, BAC_SERVICES_BITS = 49, BAC_OBJECT_TYPES_BITS = 63 };

enum { SEGMENTATION_BOTH, SEGMENTATION_TRANSMIT, SEGMENTATION_RECEIVE, SEGMENTATION_NONE };
enum { EVENT_STATE_NORMAL, EVENT_STATE_FAULT, EVENT_STATE_OFFNORMAL, EVENT_STATE_HIGH_LIMIT, EVENT_STATE_LOW_LIMIT };
enum { STATUS_OPERATIONAL, STATUS_OPERATIONAL_READ_ONLY, STATUS_DOWNLOAD_REQUIRED, STATUS_DOWNLOAD_IN_PROGRESS, STATUS_NON_OPERATIONAL,
       STATUS_BACKUP_IN_PROGRESS, STATUS_COUNT };
enum { RESTART_UNKNOWN, RESTART_COLDSTART, RESTART_WARMSTART, RESTART_POWER_LOST, RESTART_POWERED_OFF, RESTART_HARDWARE_WATCHDOG,
       RESTART_SOFTWARE_WATCHDOG, RESTART_SUSPENDED, RESTART_ACTIVATE_CHANGES, RESTART_REASONS };
enum { NETWORK_TYPE_IPV4 = 5, PROTOCOL_LEVEL_APPLICATION = 2 };
enum { NETWORK_NUMBER_UNKNOWN, NETWORK_NUMBER_LEARNED, NETWORK_NUMBER_LEARNED_CONFIGURED, NETWORK_NUMBER_CONFIGURED };
enum { IP_MODE_NORMAL, IP_MODE_FOREIGN, IP_MODE_BBMD };

static inline uint32_t bac_object_id(uint32_t type, uint32_t instance)
{
	return type << 22 | (instance & 0x3FFFFF);
}

static inline uint32_t bac_id_type(uint32_t id)
{
	return id >> 22;
}

static inline uint32_t bac_id_instance(uint32_t id)
{
	return id & 0x3FFFFF;
}

const char *bac_object_type_name(uint32_t type);
const char *bac_property_name(uint32_t property);
const char *bac_reliability_name(uint32_t);
const char *bac_error_class_name(uint32_t);
const char *bac_error_code_name(uint32_t);
const char *bac_reject_name(uint32_t);
const char *bac_abort_name(uint32_t);
const char *bac_unit_name(uint32_t);
const char *bac_confirmed_name(uint32_t choice);
const char *bac_unconfirmed_name(uint32_t choice);
const char *bac_services_bit_name(uint32_t bit);          /* of Protocol_Services_Supported */
int bac_confirmed_bit(uint32_t choice);                   /* the bit of Protocol_Services_Supported; -1: none */
int bac_unconfirmed_bit(uint32_t choice);

/* By name, or by number in decimal ("85", "512"). */
bool bac_object_type_by_name(const char *name, uint32_t *type);
bool bac_property_by_name(const char *name, uint32_t *property);

#endif
