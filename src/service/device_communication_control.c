#include "bacnet/command.h"
#include "service/service.h"

static void silence(struct node *node, const struct command *what)
{
	struct commanded *c = &node->commanded;
	int64_t ms = what->minutes * (int64_t)60000;
	ev_cancel(&c->enable);
	c->silent = true;
	if (ms == 0)
		return;
	c->silent_until = mono_add_ms(ev_now(node->conf.loop), ms);
	ev_after(node->conf.loop, &c->enable, ms);
}

static void enable(struct node *node, const struct command *what)
{
	(void)what;
	command_enable(node);
}

/* DeviceCommunicationControl, clause 16.1.  Plain disable is gone since Protocol_Revision 20, password or not.  Under disable-initiation
 * everything is executed and answered as before; nothing is initiated but I-Am in answer to Who-Is. */
struct fault service_device_communication_control(struct service_call *call, struct rd *request, struct wr *ack)
{
	(void)ack;
	struct dcc q;
	if (!dcc_read(request, &q))
		return rd_fault(request);
	if (q.state == DCC_DISABLE)
		return ERROR(SERVICES, SERVICE_REQUEST_DENIED);
	return command_guarded(call, "dcc", q.has_password ? &q.password : NULL,
	                       &(struct command){ .execute = q.state == DCC_ENABLE ? enable : silence, .minutes = q.minutes });
}
