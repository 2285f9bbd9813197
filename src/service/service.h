/* The services: a file each, a row each in table.c.  To add one: its file, its row; dispatch, Protocol_Services_Supported and the PICS
 * follow from that (transaction/row.h says what a row is). */
#ifndef SERVICE_SERVICE_H
#define SERVICE_SERVICE_H

#include "object/object.h"
#include "service/announce.h"
#include "service/command.h"
#include "service/restart.h"
#include "service/time_master.h"
#include "service/node.h"
#include "transaction/client.h"
#include "transaction/row.h"

struct node {
	struct node_conf conf;
	struct device *device;               /* conf's */
	struct counts counts;
	struct network network;
	struct server server;
	struct binding *binding;
	struct client *client;
	struct cov *cov;
	struct events *events;
	struct announce announce;
	struct commanded commanded;
	struct restart_telling restart_telling;
	struct time_telling time_telling;
};

extern const struct service_table service_table;

service_fn service_read_property, service_read_property_multiple, service_write_property, service_write_property_multiple,
	service_subscribe_cov, service_subscribe_cov_property, service_device_communication_control,
	service_reinitialize_device, service_add_list_element, service_remove_list_element;
service_fn service_acknowledge_alarm, service_get_event_information, service_get_alarm_summary, service_get_enrollment_summary;
service_fn service_who_is, service_i_am, service_who_has, service_i_have, service_time_synchronization, service_utc_time_synchronization;

void service_list_element_error(struct wr *, struct fault, const struct service_call *);
void service_write_property_multiple_error(struct wr *, struct fault, const struct service_call *);

static inline struct node *service_node(const struct service_call *call)
{
	return call->node;
}

#endif
