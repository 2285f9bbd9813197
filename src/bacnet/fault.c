#include "bacnet/fault.h"

#include <stdio.h>

struct fault rd_fault(const struct rd *r)
{
	switch (r->why) {
	case RD_OK:    return DONE;
	case RD_SHORT: return REJECT(MISSING_REQUIRED_PARAMETER);
	case RD_TAG:   return REJECT(INVALID_TAG);
	case RD_TYPE:  return REJECT(INVALID_PARAMETER_DATA_TYPE);
	case RD_VALUE: return REJECT(PARAMETER_OUT_OF_RANGE);
	case RD_ENUM:  return REJECT(UNDEFINED_ENUMERATION);
	case RD_EXTRA: return REJECT(TOO_MANY_ARGUMENTS);
	}
	return REJECT(OTHER);
}

/* "name" or, when the number has none, "#number". */
static const char *name_or_number(const char *name, unsigned number, char buffer[16])
{
	if (name)
		return name;
	snprintf(buffer, 16, "#%u", number);
	return buffer;
}

const char *fault_text(struct fault f, char *buffer, size_t size)
{
	char a[16], b[16];
	switch ((enum fault_kind)f.kind) {
	case FAULT_NONE:
		snprintf(buffer, size, "done");
		break;
	case FAULT_DEFERRED:
		snprintf(buffer, size, "deferred");
		break;
	case FAULT_ERROR:
		snprintf(buffer, size, "error %s/%s", name_or_number(bac_error_class_name(f.cls), f.cls, a),
		         name_or_number(bac_error_code_name(f.code), f.code, b));
		break;
	case FAULT_REJECT:
		snprintf(buffer, size, "reject %s", name_or_number(bac_reject_name(f.code), f.code, a));
		break;
	case FAULT_ABORT:
		snprintf(buffer, size, "abort %s", name_or_number(bac_abort_name(f.code), f.code, a));
		break;
	}
	return buffer;
}
