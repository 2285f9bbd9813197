/* Executing a confirmed request and sending what comes of it. */
#include "service/state.h"

static void write_fault(struct responder *rp, struct wr *w, uint8_t invoke, uint8_t service, struct fault f)
{
	switch ((enum fault_kind)f.kind) {
	case FAULT_NONE:
		break;
	case FAULT_ERROR:
		rp->counters.errors_sent++;
		apdu_write_error(w, invoke, service, f.cls, f.code);
		break;
	case FAULT_REJECT:
		rp->counters.rejects_sent++;
		apdu_write_reject(w, invoke, (uint8_t)f.code);
		break;
	case FAULT_ABORT:
		rp->counters.aborts_sent++;
		apdu_write_abort(w, invoke, true, (uint8_t)f.code);
		break;
	}
}

void responder_send_fault(struct responder *rp, const struct bac_addr *to, uint8_t invoke, uint8_t service, struct fault f)
{
	if (!responder_may_refuse(rp, to, f))
		return;
	struct wr w = responder_begin(rp, to, false);
	write_fault(rp, &w, invoke, service, f);
	responder_send(rp, to, &w);
}

/* The answer did not fit one APDU: writes it whole into a transaction, which sends it in segments. */
static struct fault answer_in_segments(struct svc_ctx *ctx, const struct apdu *a, struct rd body, struct transaction *t, size_t limit)
{
	struct responder *rp = ctx->responder;
	if (!a->segments_accepted)
		return ABORT(SEGMENTATION_NOT_SUPPORTED);
	struct transaction *place = t ? t : transaction_take(rp, ctx->from, a);
	if (!place)
		return ABORT(OUT_OF_RESOURCES);
	place->digest = t ? 0 : hash_octets(body.p, rd_left(&body));
	struct wr w = wr_over(place->response, rp->transactions.response_max);
	struct fault f = svc_confirmed[a->service].execute(ctx, &body, &w);
	if (!fault_is(f) && (w.full || !transaction_respond(place, wr_len(&w), limit)))
		f = ABORT(BUFFER_OVERFLOW);
	if (fault_is(f) && !t)
		transaction_end(place);
	return f;
}

/* REPLY_COMPLEX: the answer is written where it is sent from. */
static void answer_with_data(struct svc_ctx *ctx, const struct apdu *a, struct rd body, struct transaction *t)
{
	struct responder *rp = ctx->responder;
	struct wr w = responder_begin(rp, ctx->from, false);
	/* what peer, device and, for one behind a router, the datagram can carry */
	size_t limit = apdu_size_of_code(a->max_apdu_code);
	if (limit > device_max_apdu(rp->device))
		limit = device_max_apdu(rp->device);
	if (limit > wr_room(&w))
		limit = wr_room(&w);
	if (limit < APDU_MIN) {
		REFUSE(rp, tx_full, ctx->from);
		return;
	}
	w.end = w.p + limit;
	struct wr_mark start = wr_mark(&w);
	apdu_write_complex_ack(&w, a->invoke, a->service);
	struct rd request = body;
	struct fault f = svc_confirmed[a->service].execute(ctx, &request, &w);
	if (!fault_is(f) && w.full) {
		f = answer_in_segments(ctx, a, body, t, limit);      /* sends, so what was begun is lost */
		if (fault_is(f))
			responder_send_fault(rp, ctx->from, a->invoke, a->service, f);
		return;
	}
	if (fault_is(f)) {
		if (!responder_may_refuse(rp, ctx->from, f))
			return;
		wr_back(&w, start);
		write_fault(rp, &w, a->invoke, a->service, f);
	}
	responder_send(rp, ctx->from, &w);
}

/* REPLY_SIMPLE: executed, then answered; what must not be executed twice is answered as it was the first time. */
static void answer_simply(struct svc_ctx *ctx, const struct apdu *a, struct rd body)
{
	struct responder *rp = ctx->responder;
	const struct svc_row *row = &svc_confirmed[a->service];
	uint64_t digest = hash_octets(body.p, rd_left(&body));
	struct mono now = ev_now(rp->loop);
	const struct recent_reply *again = NULL;
	if (row->once)
		again = recent_find(&rp->recent, ctx->from, a->invoke, a->service, digest, now,
		                    device_apdu_timeout_ms(rp->device) + 1000);
	struct fault f = again ? DONE : row->execute(ctx, &body, NULL);
	if (!responder_may_refuse(rp, ctx->from, f))
		return;
	struct wr w = responder_begin(rp, ctx->from, false);
	struct wr_mark start = wr_mark(&w);
	if (again) {
		rp->counters.duplicates++;
		wr_octets(&w, again->apdu, again->length);
	} else if (fault_is(f)) {
		write_fault(rp, &w, a->invoke, a->service, f);
	} else {
		apdu_write_simple_ack(&w, a->invoke, a->service);
	}
	if (row->once && !again && !w.full)
		recent_put(&rp->recent, ctx->from, a->invoke, a->service, digest, now, start.p, (size_t)(w.p - start.p));
	responder_send(rp, ctx->from, &w);
}

void responder_answer(struct responder *rp, const struct bac_addr *from, const struct apdu *a, struct rd body, struct transaction *t)
{
	struct svc_ctx ctx = { rp, rp->device, from };
	rp->counters.confirmed++;
	if (svc_confirmed[a->service].reply == REPLY_COMPLEX)
		answer_with_data(&ctx, a, body, t);
	else
		answer_simply(&ctx, a, body);
}
