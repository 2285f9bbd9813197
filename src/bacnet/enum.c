#include "bacnet/enum.h"

#include <stdlib.h>
#include <string.h>

struct named {
	uint32_t number;
	const char *name;
};

#define OBJECT_TYPE(number, id, name) { number, name },
static const struct named object_types[] = {
#include "bacnet/object_type.def"
};
#undef OBJECT_TYPE

#define PROPERTY(number, id, name) { number, name },
static const struct named properties[] = {
#include "bacnet/property.def"
};
#undef PROPERTY

#define RELIABILITY(number, id, name) { number, name },
static const struct named reliabilities[] = {
#include "bacnet/reliability.def"
};
#undef RELIABILITY

#define ERROR_CODE(number, id, name) { number, name },
static const struct named error_codes[] = {
#include "bacnet/error_code.def"
};
#undef ERROR_CODE

#define UNIT(number, id, name) { number, name },
static const struct named units[] = {
#include "bacnet/unit.def"
};
#undef UNIT

#define CLASS(number, id, name) [number] = name,
#define REJECT_REASON(...)
#define ABORT_REASON(...)
static const char *const error_classes[CLASS_COUNT] = {
#include "bacnet/fault.def"
};
#undef CLASS
#undef REJECT_REASON
#undef ABORT_REASON

#define CLASS(...)
#define REJECT_REASON(number, id, name) [number] = name,
#define ABORT_REASON(...)
static const char *const reject_reasons[REJECT_COUNT] = {
#include "bacnet/fault.def"
};
#undef CLASS
#undef REJECT_REASON
#undef ABORT_REASON

#define CLASS(...)
#define REJECT_REASON(...)
#define ABORT_REASON(number, id, name) [number] = name,
static const char *const abort_reasons[ABORT_COUNT] = {
#include "bacnet/fault.def"
};
#undef CLASS
#undef REJECT_REASON
#undef ABORT_REASON

struct service_name {
	int bit;
	const char *name;
};

enum { NO_BIT = -1 };

#define CONFIRMED(number, id, bit, name) [number] = { bit, name },
#define UNCONFIRMED(...)
static const struct service_name confirmed[CONFIRMED_COUNT] = {
#include "bacnet/service.def"
};
#undef CONFIRMED
#undef UNCONFIRMED

#define CONFIRMED(...)
#define UNCONFIRMED(number, id, bit, name) [number] = { bit, name },
static const struct service_name unconfirmed[UNCONFIRMED_COUNT] = {
#include "bacnet/service.def"
};
#undef CONFIRMED
#undef UNCONFIRMED

#define COUNT_OF(a) (sizeof(a) / sizeof(a)[0])

/* Rows stand in the order of their numbers. */
static const char *find_name(const struct named *rows, size_t n, uint32_t number)
{
	size_t low = 0;
	while (low < n) {
		size_t middle = (low + n) / 2;
		if (rows[middle].number == number)
			return rows[middle].name;
		if (rows[middle].number < number)
			low = middle + 1;
		else
			n = middle;
	}
	return NULL;
}

static bool find_number(const struct named *rows, size_t n, const char *name, uint32_t limit, uint32_t *number)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i].name, name) == 0) {
			*number = rows[i].number;
			return true;
		}
	if (name[0] < '0' || name[0] > '9')
		return false;
	char *end;
	unsigned long v = strtoul(name, &end, 10);
	if (*end || v >= limit)
		return false;
	*number = (uint32_t)v;
	return true;
}

const char *bac_object_type_name(uint32_t v) { return find_name(object_types, COUNT_OF(object_types), v); }
const char *bac_property_name(uint32_t v)    { return find_name(properties, COUNT_OF(properties), v); }
const char *bac_reliability_name(uint32_t v) { return find_name(reliabilities, COUNT_OF(reliabilities), v); }
const char *bac_error_code_name(uint32_t v)  { return find_name(error_codes, COUNT_OF(error_codes), v); }
const char *bac_unit_name(uint32_t v)        { return find_name(units, COUNT_OF(units), v); }
const char *bac_error_class_name(uint32_t v) { return v < CLASS_COUNT ? error_classes[v] : NULL; }
const char *bac_reject_name(uint32_t v)      { return v < REJECT_COUNT ? reject_reasons[v] : NULL; }
const char *bac_abort_name(uint32_t v)       { return v < ABORT_COUNT ? abort_reasons[v] : NULL; }
const char *bac_confirmed_name(uint32_t v)   { return v < CONFIRMED_COUNT ? confirmed[v].name : NULL; }
const char *bac_unconfirmed_name(uint32_t v) { return v < UNCONFIRMED_COUNT ? unconfirmed[v].name : NULL; }
int bac_confirmed_bit(uint32_t v)            { return v < CONFIRMED_COUNT ? confirmed[v].bit : NO_BIT; }
int bac_unconfirmed_bit(uint32_t v)          { return v < UNCONFIRMED_COUNT ? unconfirmed[v].bit : NO_BIT; }

const char *bac_services_bit_name(uint32_t bit)
{
	for (uint32_t i = 0; i < CONFIRMED_COUNT; i++)
		if (confirmed[i].bit == (int)bit)
			return confirmed[i].name;
	for (uint32_t i = 0; i < UNCONFIRMED_COUNT; i++)
		if (unconfirmed[i].bit == (int)bit)
			return unconfirmed[i].name;
	return NULL;
}

bool bac_object_type_by_name(const char *name, uint32_t *type)
{
	return find_number(object_types, COUNT_OF(object_types), name, OBJ_TYPE_LIMIT, type);
}

bool bac_property_by_name(const char *name, uint32_t *property)
{
	return find_number(properties, COUNT_OF(properties), name, 1u << 22, property);
}
