#include "notify/cov.h"
#include "service/service.h"

/* SubscribeCOV, clause 13.14. */
struct fault service_subscribe_cov(struct service_call *call, struct rd *request, struct wr *ack)
{
	(void)ack;
	struct cov_subscribe q;
	if (!cov_subscribe_read(request, &q))
		return rd_fault(request);
	return cov_subscribe(service_node(call)->cov, &call->head->from, &q, false);
}

/* SubscribeCOVProperty, clause 13.15. */
struct fault service_subscribe_cov_property(struct service_call *call, struct rd *request, struct wr *ack)
{
	(void)ack;
	struct cov_subscribe q;
	if (!cov_subscribe_property_read(request, &q))
		return rd_fault(request);
	return cov_subscribe(service_node(call)->cov, &call->head->from, &q, true);
}
