#include "bacnet/command.h"
#include "service/service.h"

static void restart(struct node *node, const struct command *what)
{
	command_restart_begin(node, what->state);
}

/* ReinitializeDevice, clause 16.4: acknowledged first, then done.  Backup and restore are refused while there is no File object to hold them. */
struct fault service_reinitialize_device(struct service_call *call, struct rd *request, struct wr *ack)
{
	(void)ack;
	static const unsigned reasons[REINITIALIZE_STATES] = { [REINITIALIZE_COLDSTART] = RESTART_COLDSTART,
		[REINITIALIZE_WARMSTART] = RESTART_WARMSTART, [REINITIALIZE_ACTIVATE_CHANGES] = RESTART_ACTIVATE_CHANGES };
	struct reinitialize q;
	if (!reinitialize_read(request, &q))
		return rd_fault(request);
	if (reasons[q.state] == RESTART_UNKNOWN || !service_node(call)->conf.restart)
		return ERROR(SERVICES, OPTIONAL_FUNCTIONALITY_NOT_SUPPORTED);
	return command_guarded(call, "reinitialize", q.has_password ? &q.password : NULL,
	                       &(struct command){ .execute = restart, .state = reasons[q.state] });
}
