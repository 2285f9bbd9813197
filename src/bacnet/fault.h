/* How executing a service ended: done, or an Error, Reject or Abort that says why.  A value; dispatch alone turns it into a PDU. */
#ifndef BACNET_FAULT_H
#define BACNET_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "bacnet/enum.h"
#include "base/rd.h"

enum fault_kind { FAULT_NONE, FAULT_ERROR, FAULT_REJECT, FAULT_ABORT, FAULT_DEFERRED };

struct fault {
	uint8_t kind;
	uint8_t cls;             /* of an Error */
	uint16_t code;           /* error code, Reject reason or Abort reason */
};

#define DONE               ((struct fault){ FAULT_NONE, 0, 0 })
#define DEFERRED           ((struct fault){ FAULT_DEFERRED, 0, 0 })      /* the answer comes later */
#define ERROR(class_, code_) ((struct fault){ FAULT_ERROR, CLASS_##class_, CODE_##code_ })
#define REJECT(reason_)    ((struct fault){ FAULT_REJECT, 0, REJECT_##reason_ })
#define ABORT(reason_)     ((struct fault){ FAULT_ABORT, 0, ABORT_##reason_ })

static inline bool fault_is(struct fault f)
{
	return f.kind != FAULT_NONE;
}

/* The Reject that tells a peer why its request could not be read. */
struct fault rd_fault(const struct rd *);

/* "error property/unknown-property", "reject invalid-tag", "done". Always terminated. */
const char *fault_text(struct fault, char *buffer, size_t size);

#endif
