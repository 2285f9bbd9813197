#include "service/state.h"

/* For telling one question from another. */
static uint64_t digest(const struct who_has *q)
{
	return q->by_name ? hash_octets(q->name.p, q->name.n) : hash_octets(&q->object, sizeof q->object);
}

/* Who-Has, clause 16.9 */
struct fault svc_who_has(struct svc_ctx *ctx, struct rd *request, struct wr *ack)
{
	(void)ack;
	struct responder *rp = ctx->responder;
	struct who_has q;
	if (!who_has_read(request, &q))
		return rd_fault(request);
	uint32_t instance = device_instance(ctx->device);
	if (instance < q.low || instance > q.high || (q.by_name && q.name.charset != 0))
		return DONE;
	struct object *o = q.by_name ? device_find_name(ctx->device, q.name.p, q.name.n) : device_find(ctx->device, q.object);
	if (!o || !responder_may_answer(rp, ctx->from, digest(&q)))
		return DONE;
	const char *name = object_name(o);
	struct wr w = responder_begin(rp, ctx->from, false);
	apdu_write_unconfirmed(&w, UNCONFIRMED_I_HAVE);
	i_have_write(&w, &(struct i_have){ .device = device_id(ctx->device), .object = object_id(o), .name = { name, strlen(name), 0 } });
	rp->counters.i_have_sent += responder_send(rp, ctx->from, &w);
	return DONE;
}

struct fault svc_i_have(struct svc_ctx *ctx, struct rd *request, struct wr *ack)
{
	(void)ack;
	struct i_have m;
	if (!i_have_read(request, &m))
		return rd_fault(request);
	const char *name = device_text(ctx->device, DEVICE_NAME);
	if (m.device == device_id(ctx->device))
		responder_conflict(ctx->responder, CONFLICT_INSTANCE, ctx->from, m.device);
	else if (bac_id_type(m.object) == OBJ_DEVICE && bac_text_is(m.name, name, strlen(name)))
		responder_conflict(ctx->responder, CONFLICT_NAME, ctx->from, m.device);
	return DONE;
}
