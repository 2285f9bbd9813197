#include "service/restart.h"

#include "bacnet/cov.h"
#include "service/service.h"

static void write_value(struct wr *w, const struct object *o, uint32_t property)
{
	cov_value_open(w, property, BAC_ARRAY_ALL);
	object_read(o, property, BAC_ARRAY_ALL, w);
	cov_value_close(w);
}

static bool write_notification(struct wr *w, struct node *node)
{
	struct device *device = node->device;
	const struct object *o = device_at(device, 0);
	apdu_write_unconfirmed(w, UNCONFIRMED_COV_NOTIFICATION);
	cov_notification_open(w, &(struct cov_notification){ .device = device_id(device), .object = device_id(device) });
	write_value(w, o, PROP_SYSTEM_STATUS);
	write_value(w, o, PROP_TIME_OF_DEVICE_RESTART);
	write_value(w, o, PROP_LAST_RESTART_REASON);
	cov_notification_close(w);
	return true;
}

void restart_init(struct node *node)
{
	telling_init(&node->restart_telling.telling, node, RECIPIENTS_RESTART, write_notification);
}

void restart_tell(struct node *node)
{
	if (node->restart_telling.begun)
		return;
	node->restart_telling.begun = true;
	telling_begin(&node->restart_telling.telling);
}

void restart_close(struct node *node)
{
	telling_cancel(&node->restart_telling.telling);
}
