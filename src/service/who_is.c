#include "service/state.h"

static void write_i_am(const struct responder *rp, struct wr *w)
{
	apdu_write_unconfirmed(w, UNCONFIRMED_I_AM);
	i_am_write(w, &(struct i_am){ .device = device_id(rp->device), .max_apdu = device_max_apdu(rp->device),
	                              .segmentation = SEGMENTATION_BOTH, .vendor = device_vendor_id(rp->device) });
}

void responder_announce(struct responder *rp)
{
	struct wr w = responder_begin_global(rp);
	write_i_am(rp, &w);
	rp->counters.i_am_sent += responder_broadcast(rp, &w);
}

/* Who-Is, clause 16.10: answered to the one who asked, not to everybody. */
struct fault svc_who_is(struct svc_ctx *ctx, struct rd *request, struct wr *ack)
{
	(void)ack;
	struct responder *rp = ctx->responder;
	struct who_is q;
	if (!who_is_read(request, &q))
		return rd_fault(request);
	uint32_t instance = device_instance(ctx->device);
	if (instance < q.low || instance > q.high)
		return DONE;
	if (!responder_may_answer(rp, ctx->from, (uint64_t)q.low << 32 | q.high))
		return DONE;
	struct wr w = responder_begin(rp, ctx->from, false);
	write_i_am(rp, &w);
	rp->counters.i_am_sent += responder_send(rp, ctx->from, &w);
	return DONE;
}

struct fault svc_i_am(struct svc_ctx *ctx, struct rd *request, struct wr *ack)
{
	(void)ack;
	struct i_am m;
	if (!i_am_read(request, &m))
		return rd_fault(request);
	if (m.device == device_id(ctx->device))
		responder_conflict(ctx->responder, CONFLICT_INSTANCE, ctx->from, m.device);
	return DONE;
}
