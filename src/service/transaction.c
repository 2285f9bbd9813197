#include "service/transaction.h"

#include <stdlib.h>

#include "service/state.h"

enum { PATIENCE_MS = 500 };          /* how long an unproven transaction keeps its place when others want it */

/* ---- the table ---- */

static void expired(struct ev_timer *);

bool transactions_make(struct responder *rp)
{
	struct transactions *ts = &rp->transactions;
	ts->count = rp->conf.transactions;
	ts->per_source = rp->conf.transactions_per_source;
	ts->response_max = rp->conf.response_max;
	ts->request_max = (size_t)device_max_segments(rp->device) * device_max_apdu(rp->device);
	ts->slot = calloc(ts->count, sizeof ts->slot[0]);
	ts->memory = calloc(ts->count, ts->request_max + ts->response_max);      /* pages come when they are touched */
	if (!ts->slot || !ts->memory)
		return false;
	for (unsigned i = 0; i < ts->count; i++) {
		struct transaction *t = &ts->slot[i];
		t->responder = rp;
		t->response = ts->memory + i * (ts->request_max + ts->response_max);
		t->request = t->response + ts->response_max;
		ev_timer_init(&t->timer, expired);
	}
	return true;
}

void transactions_free(struct responder *rp)
{
	struct transactions *ts = &rp->transactions;
	for (unsigned i = 0; ts->slot && i < ts->count; i++)
		transaction_end(&ts->slot[i]);
	free(ts->slot);
	free(ts->memory);
}

struct transaction *transaction_find(struct responder *rp, const struct bac_addr *peer, uint8_t invoke)
{
	struct transactions *ts = &rp->transactions;
	unsigned live = ts->live;
	for (unsigned i = 0; live && i < ts->count; i++) {
		struct transaction *t = &ts->slot[i];
		if (t->state == TRANSACTION_FREE)
			continue;
		live--;
		if (t->header.invoke == invoke && bac_addr_same(&t->peer, peer))
			return t;
	}
	return NULL;
}

static bool same_source(const struct bac_addr *a, const struct bac_addr *b)
{
	return memcmp(a->mac, b->mac, 4) == 0;   /* the IP address: ports, and networks behind a router, can be made up at will */
}

static void abort_peer(struct transaction *t, struct fault f)
{
	responder_send_fault(t->responder, &t->peer, t->header.invoke, t->header.service, f);
	transaction_end(t);
}

/* The one that has waited longest for a peer that may not exist. */
static struct transaction *give_way(struct responder *rp)
{
	struct transaction *oldest = NULL;
	for (unsigned i = 0; i < rp->transactions.count; i++) {
		struct transaction *t = &rp->transactions.slot[i];
		bool idle = !t->proven && mono_ms_between(t->moved, ev_now(rp->loop)) >= PATIENCE_MS;
		if (idle && (!oldest || t->moved.ns < oldest->moved.ns))
			oldest = t;
	}
	if (oldest)
		abort_peer(oldest, ABORT(PREEMPTED_BY_HIGHER_PRIORITY_TASK));
	return oldest;
}

struct transaction *transaction_take(struct responder *rp, const struct bac_addr *peer, const struct apdu *header)
{
	struct transactions *ts = &rp->transactions;
	struct transaction *free_one = NULL;
	unsigned of_source = 0;
	for (unsigned i = 0; i < ts->count; i++) {
		struct transaction *t = &ts->slot[i];
		if (t->state != TRANSACTION_FREE)
			of_source += same_source(&t->peer, peer);
		else if (!free_one)
			free_one = t;
	}
	if (of_source >= ts->per_source) {
		REFUSE(rp, transactions_source, peer);
		return NULL;
	}
	if (!free_one)
		free_one = give_way(rp);
	if (!free_one) {
		REFUSE(rp, transactions_full, peer);
		return NULL;
	}
	struct transaction *t = free_one;
	t->peer = *peer;
	t->header = *header;
	t->state = TRANSACTION_REQUEST;
	t->moved = ev_now(rp->loop);
	t->retries = t->repeated = 0;
	t->proven = t->nak_sent = false;
	t->received = t->window_start = t->segments = t->base = t->sent = 0;
	t->request_length = t->response_length = 0;
	t->digest = 0;
	ts->live++;
	return t;
}

void transaction_end(struct transaction *t)
{
	ev_cancel(&t->timer);
	if (t->state != TRANSACTION_FREE)
		t->responder->transactions.live--;
	t->state = TRANSACTION_FREE;
}

/* ---- an answer leaves ---- */

static void send_segment(struct transaction *t, uint32_t n)
{
	struct responder *rp = t->responder;
	size_t from = n * t->segment_size;
	size_t length = t->response_length - from < t->segment_size ? t->response_length - from : t->segment_size;
	struct wr w = responder_begin(rp, &t->peer, true);
	apdu_write_complex_segment(&w, t->header.invoke, t->header.service, n + 1 < t->segments, (uint8_t)n, rp->conf.window);
	wr_octets(&w, t->response + from, length);
	rp->counters.segments_sent += responder_send(rp, &t->peer, &w);
	rp->counters.segments_resent += n < t->sent;
}

static void send_window(struct transaction *t)
{
	uint32_t end = t->segments - t->base < t->window ? t->segments : t->base + t->window;
	for (uint32_t n = t->base; n < end; n++)
		send_segment(t, n);
	if (t->sent < end)
		t->sent = end;
	ev_after(t->responder->loop, &t->timer, device_segment_timeout_ms(t->responder->device));
}

/* The longest APDU to this peer that the data link need not cut. */
static size_t whole_apdu(const struct transaction *t)
{
	const struct port *port = &t->responder->port;
	size_t routed = t->peer.net ? 4u + t->peer.adr_len : 0;
	size_t header = 2 + routed;
	return port->npdu_whole > header + APDU_MIN ? port->npdu_whole - header : SIZE_MAX;
}

static size_t segments_of(const struct transaction *t)
{
	return (t->response_length + t->segment_size - 1) / t->segment_size;
}

bool transaction_respond(struct transaction *t, size_t length, size_t limit)
{
	size_t most = apdu_segments_of_code(t->header.max_segments_code);
	size_t whole = whole_apdu(t);
	t->response_length = length;
	t->segment_size = (whole < limit ? whole : limit) - APDU_SEGMENT_HEADER;
	if (segments_of(t) > most)
		t->segment_size = limit - APDU_SEGMENT_HEADER;       /* fragments are better than nothing */
	if (segments_of(t) > most)
		return false;
	t->segments = (uint32_t)segments_of(t);
	t->state = TRANSACTION_RESPONSE;
	t->moved = ev_now(t->responder->loop);
	t->retries = 0;
	t->window = 1;                   /* until the peer says how many it takes */
	send_window(t);
	return true;
}

/* The window again, as long as retries are left. */
static bool resend(struct transaction *t)
{
	if (t->retries >= device_retries(t->responder->device))
		return false;
	t->retries++;
	send_window(t);
	return true;
}

void transaction_segment_ack(struct responder *rp, const struct bac_addr *from, const struct apdu *a)
{
	struct transaction *t = transaction_find(rp, from, a->invoke);
	if (!t || t->state != TRANSACTION_RESPONSE) {
		REFUSE(rp, segment_ack_unexpected, from);
		return;
	}
	if (a->window < 1 || a->window > APDU_WINDOW_MAX) {
		abort_peer(t, ABORT(WINDOW_SIZE_OUT_OF_RANGE));
		return;
	}
	uint8_t ahead = (uint8_t)(a->sequence - (uint8_t)t->base);
	if (ahead < t->window && t->base + ahead < t->sent) {
		t->base += ahead + 1u;
		t->window = a->window < rp->conf.window ? a->window : rp->conf.window;
		t->moved = ev_now(rp->loop);
		t->retries = 0;
		t->proven = true;
		if (t->base == t->segments)
			transaction_end(t);
		else
			send_window(t);
		return;
	}
	/* Outside of the window: never fails the transaction.  A NAK of what came before it means that its first segment was lost. */
	REFUSE(rp, segment_ack_out, from);
	int64_t timeout = device_segment_timeout_ms(rp->device);
	if (a->nak && ahead == UINT8_MAX && t->proven)
		resend(t);
	else if (mono_ms_between(t->moved, ev_now(rp->loop)) < timeout * (device_retries(rp->device) + 1))
		ev_after(rp->loop, &t->timer, timeout);
}

/* ---- a request arrives ---- */

static void acknowledge(struct transaction *t, bool nak)
{
	struct wr w = responder_begin(t->responder, &t->peer, false);
	apdu_write_segment_ack(&w, t->header.invoke, nak, true, (uint8_t)(t->received - 1), t->window);
	responder_send(t->responder, &t->peer, &w);
	t->window_start = t->received;
}

/* For a segment that is not the next one: a storm of them is not answered for ever. */
static void acknowledge_again(struct transaction *t, bool nak)
{
	if (responder_may_complain(t->responder, &t->peer))
		acknowledge(t, nak);
}

/* Takes the segment's octets; false: the request is larger than we take. */
static bool append(struct transaction *t, struct rd *body)
{
	struct transactions *ts = &t->responder->transactions;
	size_t n = rd_left(body);
	if (t->received >= device_max_segments(t->responder->device) || n > ts->request_max - t->request_length)
		return false;
	const uint8_t *p = rd_take(body, n);
	if (n)
		memcpy(t->request + t->request_length, p, n);
	t->request_length += n;
	t->received++;
	t->moved = ev_now(t->responder->loop);
	t->nak_sent = false;
	t->repeated = 0;
	ev_after(t->responder->loop, &t->timer, 4 * (int64_t)device_segment_timeout_ms(t->responder->device));
	return true;
}

static void next_segment(struct transaction *t, const struct apdu *a, struct rd *body)
{
	if (!append(t, body)) {
		abort_peer(t, ABORT(BUFFER_OVERFLOW));
		return;
	}
	if (a->more) {
		if (t->received == 1 || t->received - t->window_start >= t->window)
			acknowledge(t, false);
		return;
	}
	acknowledge(t, false);
	ev_cancel(&t->timer);
	responder_answer(t->responder, &t->peer, &t->header, rd_over(t->request, t->request_length), t);
	if (t->state == TRANSACTION_REQUEST)
		transaction_end(t);
}

/* Not the segment that is next: one that came before, or one behind a gap. */
static void other_segment(struct transaction *t, const struct apdu *a)
{
	struct responder *rp = t->responder;
	uint8_t behind = (uint8_t)(t->received - 1 - a->sequence);
	if (behind < t->window && behind < t->received) {
		rp->counters.segment_repeated++;
		t->nak_sent = false;
		if (behind == 0 && t->window_start == t->received)
			acknowledge_again(t, false);     /* our acknowledgement was lost */
		else if (++t->repeated > t->window) {
			t->repeated = 0;
			acknowledge_again(t, true);
		}
		return;
	}
	REFUSE(rp, segment_gap, &t->peer);
	if (!t->nak_sent)
		acknowledge_again(t, true);
	t->nak_sent = true;                      /* once for each gap, however many segments follow it */
}

static void first_segment(struct responder *rp, const struct bac_addr *from, const struct apdu *a, struct rd *body)
{
	struct fault f = DONE;
	struct transaction *t = NULL;
	if (a->sequence != 0) {
		rp->counters.segment_unexpected++;
		f = ABORT(INVALID_APDU_IN_THIS_STATE);
	} else if (a->window < 1 || a->window > APDU_WINDOW_MAX) {
		f = ABORT(WINDOW_SIZE_OUT_OF_RANGE);
	} else if (a->service >= CONFIRMED_COUNT || !svc_confirmed[a->service].execute) {
		f = REJECT(UNRECOGNIZED_SERVICE);
	} else {
		t = transaction_take(rp, from, a);
		f = t ? DONE : ABORT(OUT_OF_RESOURCES);
	}
	if (fault_is(f)) {
		responder_send_fault(rp, from, a->invoke, a->service, f);
		return;
	}
	t->window = a->window < rp->conf.window ? a->window : rp->conf.window;
	next_segment(t, a, body);
}

void transaction_segment(struct responder *rp, const struct bac_addr *from, const struct apdu *a, struct rd *body)
{
	rp->counters.segments_received++;
	struct transaction *t = transaction_find(rp, from, a->invoke);
	if (t && t->state == TRANSACTION_RESPONSE) {
		rp->counters.duplicates++;
		if (a->sequence != 0)
			return;                  /* the end of the request again; its answer is on the way */
		transaction_end(t);
		t = NULL;
	}
	if (!t)
		first_segment(rp, from, a, body);
	else if (a->service != t->header.service)
		abort_peer(t, ABORT(INVALID_APDU_IN_THIS_STATE));
	else if (a->sequence == (uint8_t)t->received)
		next_segment(t, a, body);
	else
		other_segment(t, a);
}

bool transaction_repeated(struct transaction *t, const struct apdu *a, uint64_t digest)
{
	if (t->state == TRANSACTION_REQUEST) {
		abort_peer(t, ABORT(INVALID_APDU_IN_THIS_STATE));
		return true;
	}
	if (a->service != t->header.service || digest != t->digest) {
		transaction_end(t);              /* another request: the peer has given up the old one */
		return false;
	}
	t->responder->counters.duplicates++;
	if (!t->proven)
		resend(t);                       /* the first segment may have been lost */
	return true;
}

void transaction_peer_abort(struct responder *rp, const struct bac_addr *from, uint8_t invoke)
{
	struct transaction *t = transaction_find(rp, from, invoke);
	if (!t) {
		REFUSE(rp, unexpected_answer, from);
		return;
	}
	REFUSE(rp, transactions_aborted, from);
	transaction_end(t);
}

/* ---- nobody answers ---- */

static void expired(struct ev_timer *timer)
{
	struct transaction *t = OWNER(timer, struct transaction, timer);
	if (t->state == TRANSACTION_RESPONSE && resend(t))
		return;
	REFUSE(t->responder, transactions_timeout, &t->peer);
	if (t->state == TRANSACTION_REQUEST)
		abort_peer(t, ABORT(TSM_TIMEOUT));
	else
		transaction_end(t);
}
