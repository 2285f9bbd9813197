/* What a gateway is made of: for the files of this room only. */
#ifndef GATEWAY_STATE_H
#define GATEWAY_STATE_H

#include "gateway/belief.h"
#include "gateway/gateway.h"
#include "gateway/values.h"
#include "object/alarm.h"

enum { DESCRIPTION_MAX = 112 };

struct gateway {
	struct device *device;
	struct gateway_conf conf;
	struct believer believer;
	bool internal_fault, waited;
	bool left_ready;             /* DeviceStatus has been something other than Ready */
	uint8_t device_status;
	struct snapshot now;
	struct object *object[VALUES];               /* NULL: the object map has none */
	char alarm_name[ALARM_BITS][ALARM_BIT_NAME];
	char description[PT_COUNT][DESCRIPTION_MAX]; /* with the decimals told; empty: not told yet */
};

/* alarm.c: what is an alarm of a value, n as in values.h. */
struct alarm_conf gateway_alarm(struct gateway *, int n);

/* show.c: the Device object and the values of all objects that there are. */
void gateway_show_status(struct gateway *);
void gateway_show_device(struct gateway *);
void gateway_show_values(struct gateway *);
float gateway_missing(const struct gateway *, enum point_id);   /* what stands for "no value" */

#endif
